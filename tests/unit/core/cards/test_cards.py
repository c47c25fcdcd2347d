"""Every card can be drawn in every state, says what it is about, and survives the database."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cards.box import box_card
from core.cards.coin import bar, bought_card, coin_card, coins_card, complete_card
from core.cards.error import error_card
from core.cards.form import form_card
from core.cards.help import help_card, start_card
from core.cards.links import Links
from core.cards.order import order_card
from core.cards.portfolio import portfolio_card
from core.cards.tokens import BUTTON_LIFE, OPEN_LIFE, tokenized
from core.cards.wallet import wallet_card
from core.domain import curve
from core.domain.errors import UserError
from core.domain.money import Bps, Lamports, TokenAtoms
from core.domain.order import Order, OrderKind, OrderState
from core.ports.rows import BoxRow, Coin
from core.reply import Button, Form, FormField, Message, decode, encode, t
from core.usecases.portfolio import Holding, Portfolio
from tests.fakes.installation import all_buttons, words
from tests.fakes.rows import a_box, a_coin, an_order

LINKS = Links("localnet", "http://127.0.0.1:8899")
QUOTE = {
    "name": "Space Cats",
    "ticker": "CATS",
    "image": "abc.webp",
    "lamports": 1_500_000_000,
    "atoms": 52_911_787_860_000,
    "fee": 15_000_000,
    "fee_bps": 100,
    "min_out": 51_324_434_224_200,
    "impact_bps": 499,
    "slippage_bps": 300,
    "partial": False,
    "price": "0.0000000266",
    "seconds": 45,
    "destination": "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
    "left_today": 5_000_000_000,
    "again": {"coin": "mint", "sol": "1.5"},
}
RESULT = {
    "signature": "5sig",
    "slot": 7,
    "lamports": 1_500_000_000,
    "atoms": 52_911_787_860_000,
    "fee": 15_000_000,
    "network_fee": 5_000,
    "partial": False,
}


def order(kind: OrderKind, state: OrderState) -> Order:
    made = an_order("0" * 26, "person", kind=kind, state=state, quote=QUOTE, mint="the-mint", box_id="1" * 26)
    if state in (OrderState.FAILED, OrderState.EXPIRED, OrderState.UNKNOWN):
        return replace(made, signature="5sig", error="order-expired")
    if state is OrderState.LANDED:
        return replace(made, signature="5sig", result=RESULT)
    return made


def box(state: str, **changes: object) -> BoxRow:
    contents = {
        "name": "Space Cats",
        "ticker": "CATS",
        "description": "Cats in space.",
        "rarity": "rare",
        "image": "abc.webp",
        "image_uri": "http://x/i/abc.webp",
        "uri": "http://x/m/abc.json",
    }
    opened = {} if state in ("sealed", "failed", "cancelled") else contents
    return a_box("1" * 26, "person", state=state, **opened, **changes)


def market(sold: int = 0) -> Coin:
    state = curve.CurveState.launch(
        initial_sol=curve.r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=1
    )
    if sold:
        state = curve.buy(state, sold, 0, 1)[0]
    return a_coin(
        "the-mint",
        virtual_sol=int(state.virtual_sol),
        virtual_tokens=int(state.virtual_tokens),
        initial_virtual_sol=int(state.initial_sol),
        complete=state.complete,
    )


def holding(worth: int, cost: int) -> Holding:
    return Holding(market(10**9), TokenAtoms(10**12), Lamports(worth), cost)


CARDS: dict[str, Message] = {
    **{f"{k}-{s}": order_card(order(k, s), LINKS) for k, s in itertools.product(OrderKind, OrderState)},
    **{
        f"box-{state}": box_card(box(state), 3)
        for state in ("sealed", "opened", "launching", "launched", "cancelled", "failed")
    },
    **{
        f"box-step-{step}": box_card(box("sealed", step=step), 5)
        for step in ("name", "art", "publish", "done")
    },
    "box-no-rerolls": box_card(box("opened"), 0),
    "box-names-exhausted": box_card(box("failed", step="names-exhausted"), 5),
    "coin": coin_card(market()),
    "coin-complete": coin_card(market(10_000 * 10**9)),
    "coin-bought": bought_card(market(10**9), 10**9, 10**12, "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"),
    "coin-sold-out": complete_card(market(10_000 * 10**9)),
    "coins-none": coins_card([], page=0, more=False),
    "coins": coins_card([market(), market(10**9)], page=1, more=True),
    "portfolio-none": portfolio_card(Portfolio("address", Lamports(5), ())),
    "portfolio": portfolio_card(Portfolio("address", Lamports(5), (holding(5, 7), holding(9, -3)) * 8)),
    "wallet": wallet_card("address", 10**9, test_money=True),
    "wallet-away": wallet_card("address", None, test_money=False),
    "start": start_card(private=True),
    "start-group": start_card(private=False),
    "help": help_card([("/buy <coin> <sol>", t("command-buy-help"))]),
    "error": error_card(UserError("coin-unknown", coin="DOGS", again=("new", {}))),
    "form": form_card(
        Form(t("command-buy-help"), (FormField("sol", t("command-buy-arg-sol"), presets=("1",)),), "buy"),
        "/buy",
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_every_card_can_be_read_and_kept(name: str) -> None:
    card = CARDS[name]
    assert words(card)
    assert decode(encode(card)) == card
    for button in all_buttons(card):
        given = [button.press, button.url, button.copy]
        assert len([way for way in given if way is not None]) == 1, "one press does one thing"


def test_a_quote_shows_all_that_one_must_know_before_confirming() -> None:
    card = order_card(order(OrderKind.BUY, OrderState.QUOTED), LINKS)
    assert words(card) == "\n".join(
        [
            "Buy Space Cats ($CATS)?",
            "You pay",
            "1.5 SOL",
            "You receive",
            "52,911,787.86 CATS",
            "Price",
            "0.0000000266 SOL per CATS",
            "Price impact",
            "4.99%",
            "Fee",
            "0.015 SOL (1%)",
            "Minimum received",
            "51,324,434.22 CATS (at most 3% worse)",
            "The quote holds for 45 seconds.",
        ]
    )
    assert [b.press[0] for b in all_buttons(card) if b.press] == ["confirm", "order_cancel"]


@pytest.mark.parametrize("state", ["sealed", "failed", "cancelled"])
def test_a_closed_box_tells_nothing_of_its_contents(state: str) -> None:
    # As after a reroll: the words of before are still in the row.
    full = replace(box("opened"), state=state, image=None)
    said = encode(box_card(full, 3))
    for secret in ("Space Cats", "CATS", "abc.webp", full.seed):
        assert secret not in said


@pytest.mark.parametrize("name", CARDS)
def test_an_open_button_never_moves_money(name: str) -> None:
    moving = ("confirm", "box_launch")
    assert [b for b in all_buttons(CARDS[name]) if b.open and b.press and b.press[0] in moving] == []


@pytest.mark.parametrize(("bps", "shown"), [(0, "▱" * 12), (9_999, "▰" * 11 + "▱"), (10_000, "▰" * 12)])
def test_a_bar_is_full_only_when_all_is_sold(bps: int, shown: str) -> None:
    assert bar(Bps(bps)) == shown


@pytest.mark.parametrize(
    ("cluster", "platform", "url"),
    [
        ("mainnet", "telegram", "https://explorer.solana.com/tx/5sig"),
        ("devnet", "discord", "https://explorer.solana.com/tx/5sig?cluster=devnet"),
        (
            "localnet",
            "terminal",
            "https://explorer.solana.com/tx/5sig?cluster=custom&customUrl=http%3A%2F%2F127.0.0.1%3A8899",
        ),
        ("localnet", "telegram", None),  # the chain answers on our machine only: the signature to copy
    ],
)
def test_a_link_is_shown_where_it_leads_somewhere(cluster: str, platform: str, url: str | None) -> None:
    found = Links(cluster, "http://127.0.0.1:8899").transaction("5sig", platform)
    assert found.url == url
    assert found.copy == (None if url else "5sig")


def test_tokens_say_whose_a_button_is_and_how_long_it_lives() -> None:
    mine = Button(t("button-cancel"), press=("order_cancel", {"order": "1"}))
    anyones = Button(t("button-help"), press=("help", {}), open=True)
    link = Button(t("button-explorer"), url="http://x")
    given = {"platform": "p", "user_id": "u", "chat_id": "c", "subject": "s", "now": 10}
    message, stored = tokenized(Message(t("help-title"), buttons=((mine, anyones, link),)), **given)  # type: ignore[arg-type]  # as a dict
    tokens = [button.token for button in message.buttons[0]]
    assert tokens[2] is None
    assert [row.token for row in stored] == tokens[:2]
    assert (stored[0].user_id, stored[0].chat_id, stored[0].expires_at) == ("u", "c", 10 + BUTTON_LIFE)
    assert (stored[1].user_id, stored[1].chat_id, stored[1].expires_at) == (None, None, 10 + OPEN_LIFE)
    assert all(len(token or "") <= 32 for token in tokens)


TEXTS = st.builds(
    lambda id_, args: t(id_, **args),
    st.text(),
    st.dictionaries(st.sampled_from(["a", "b"]), st.text() | st.integers()),
)
BUTTONS = st.builds(
    Button,
    label=TEXTS,
    press=st.none() | st.tuples(st.text(), st.dictionaries(st.text(), st.text(), max_size=3)),
    open=st.booleans(),
    url=st.none() | st.text(),
    token=st.none() | st.text(),
)


@given(
    st.builds(
        Message,
        title=TEXTS,
        body=st.lists(TEXTS, max_size=3).map(tuple),
        progress=st.none() | st.integers(0, 100),
        buttons=st.lists(st.lists(BUTTONS, max_size=2).map(tuple), max_size=2).map(tuple),
        data=st.dictionaries(
            st.text(), st.text() | st.integers() | st.none() | st.lists(st.text()), max_size=3
        ),
    )
)
def test_any_message_comes_back_from_the_database_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message
