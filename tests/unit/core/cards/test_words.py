"""What the cards say to a trader is true to the lamport, and the button below an error says what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.cards.coin import coins_card
from core.cards.error import error_card
from core.cards.order import order_card
from core.cards.portfolio import portfolio_card
from core.domain.errors import UserError
from core.domain.money import Lamports
from core.domain.order import OrderKind, OrderState
from core.localize import text
from core.reply import Message, T
from core.usecases.portfolio import Portfolio
from tests.unit.core.cards.test_cards import LINKS, QUOTE, RESULT, market, order


def rows(card: Message) -> dict[str, str]:
    return {text(row.label): text(row.value) for row in card.rows}


def labels(card: Message) -> list[str]:
    return [text(button.label) for row in card.buttons for button in row]


def test_a_first_buy_says_what_its_account_costs() -> None:
    quoted = replace(order(OrderKind.BUY, OrderState.QUOTED), quote=QUOTE | {"deposit": 2_100_000})
    landed = replace(order(OrderKind.BUY, OrderState.LANDED), result=RESULT | {"deposit": 2_074_080})
    assert rows(order_card(quoted, LINKS))["Account rent"].startswith("0.0021 SOL at most")
    assert rows(order_card(landed, LINKS))["Account rent"] == "0.00207408 SOL"
    again = replace(quoted, quote=QUOTE | {"deposit": 0})
    assert "Account rent" not in rows(order_card(again, LINKS))


def test_who_sells_sells_and_does_not_pay() -> None:
    assert rows(order_card(order(OrderKind.SELL, OrderState.QUOTED), LINKS))["You sell"].endswith(" CATS")
    assert rows(order_card(order(OrderKind.SELL, OrderState.LANDED), LINKS))["Sold"].endswith(" CATS")


def test_a_quote_names_the_transaction_that_it_became() -> None:
    assert order_card(order(OrderKind.BUY, OrderState.QUOTED), LINKS).data["quote"]["signature"] is None
    assert order_card(order(OrderKind.BUY, OrderState.LANDED), LINKS).data["quote"]["signature"] == "5sig"


def test_every_quote_and_fill_has_the_values_that_the_interface_promises() -> None:
    promised = {"lamports", "atoms", "fee", "signature", "state"}
    withdrawn = {key: QUOTE[key] for key in ("lamports", "destination", "left_today", "seconds")}
    for kind in OrderKind:
        quote = withdrawn if kind is OrderKind.WITHDRAW else QUOTE
        data = order_card(replace(order(kind, OrderState.LANDED), quote=quote), LINKS).data
        assert promised <= set(data["fill"])
        assert kind is OrderKind.LAUNCH or promised <= set(data["quote"])
    assert "quote" not in order_card(order(OrderKind.LAUNCH, OrderState.LANDED), LINKS).data


@pytest.mark.parametrize(
    ("press", "label"),
    [
        (("new", {}), "Newest coins"),
        (("portfolio", {}), "Portfolio"),
        (("buy", {"coin": "CATS", "sol": "1"}), "New quote"),
        (("help", {}), "Help"),
    ],
)
def test_the_way_out_of_an_error_says_where_it_leads(press: tuple[str, dict[str, str]], label: str) -> None:
    assert labels(error_card(UserError("quote-expired", again=press))) == [label]


def test_an_empty_portfolio_explains_no_worth() -> None:
    assert portfolio_card(Portfolio("address", Lamports(5), ())).footer is None


def test_a_page_after_the_last_does_not_say_that_there_are_no_coins() -> None:
    card = coins_card([], page=3, more=False)
    assert [text(line) for line in card.body] == ["There are no older ones."]
    assert labels(card) == ["Newer"]


@pytest.mark.parametrize(("holders", "said"), [(0, "0 holders"), (1, "1 holder"), (2, "2 holders")])
def test_holders_are_counted(holders: int, said: str) -> None:
    [item] = coins_card([replace(market(), holders=holders)], page=0, more=False).items
    assert item.detail is not None
    assert text(item.detail).endswith(said)


def test_a_command_that_is_near_to_none_is_not_asked_for() -> None:
    assert (
        text(T("error-unknown-command.next", {"near": 0, "suggestion": "/help"})) == "/help lists them all."
    )
    near = text(T("error-unknown-command.next", {"near": 1, "suggestion": "/launch"}))
    assert near == "Did you mean /launch? /help lists them all."
    assert text(T("error-too-fast.next", {"seconds": 1})) == "Wait 1 second and try again."
