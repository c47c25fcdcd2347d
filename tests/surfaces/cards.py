"""One message or more of every card, as a surface gets it: tokens in the buttons, a picture where it has one.

What each surface makes of them is held in its `golden` folder (tests/surfaces/golden.py). Everything here is
fixed, so that a golden file changes only when a card or a surface does. A card that is not here fails
`test_cards_all.py`. Pictures are named by a relative path; `write_pictures` puts them there.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from core.cards.box import box_card
from core.cards.coin import bought_card, coin_card, coins_card, complete_card, graduated_card
from core.cards.error import error_card
from core.cards.form import form_card
from core.cards.help import help_card, start_card
from core.cards.home import home_card
from core.cards.links import Links
from core.cards.order import order_card
from core.cards.portfolio import portfolio_card
from core.cards.tokens import tokenized
from core.cards.wallet import wallet_card
from core.commands.buy import Buy
from core.commands.spec import REGISTRY, missing
from core.commands.withdraw import Withdraw
from core.domain import base58, curve
from core.domain.curve import FINAL_TOKENS, CurveState
from core.domain.errors import UserError
from core.domain.money import Bps, Lamports, TokenAtoms
from core.domain.order import Order, OrderKind, OrderState
from core.ports.rows import Coin
from core.reply import Message, decode, encode, t
from core.usecases.portfolio import Holding, Portfolio
from tests.fakes.rows import a_box, a_coin, an_order

LOCALNET = Links("localnet", "http://127.0.0.1:8899")
MAINNET = Links("mainnet", "")


def address(what: str) -> str:
    """A Solana address that follows from a word."""
    return base58.encode(hashlib.sha256(what.encode()).digest())


MINT, WALLET, FRIEND, POOL_ADDRESS = map(address, ("mint", "wallet", "friend", "pool"))
SIGNATURE = base58.encode(hashlib.sha512(b"signature").digest())
PICTURE, SQUARE = "c4c5" * 16 + ".webp", 64  # a coin's own picture; pixels of a side

# What people get past the checks of a box or bring in by launching without us: markup of every platform, a
# mention, a link, a turned direction of writing, and emoji that are one character of many code points.
MARKUP = "<b>*x*</b>_[a](http://e.vil)`@everyone"
TURNED = "\u202eevil \u202c\u05e9\u05dc\u05d5\u05dd"
FAMILY = "👨‍👩‍👧‍👦 families with very long emoji names 🏳️‍🌈"

TRADE = {
    "name": "Space Cats",
    "ticker": "CATS",
    "image": PICTURE,
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
}
POOL: dict[str, object] = {"venue": "pool", "fee": 3_750_000, "fee_bps": 25}
IN_COINS: dict[str, object] = {"fee": 0, "fee_atoms": 132_279_469_650}
QUOTES = {
    OrderKind.BUY: TRADE | {"deposit": 2_100_000, "again": {"coin": MINT, "sol": "1.5"}},
    OrderKind.SELL: TRADE | {"min_out": 1_455_000_000, "again": {"coin": MINT, "amount": "50%"}},
    OrderKind.LAUNCH: {"name": "Space Cats", "ticker": "CATS", "image": PICTURE, "seconds": 45},
    OrderKind.WITHDRAW: {
        "lamports": 250_000_000,
        "destination": FRIEND,
        "left_today": 5_000_000_000,
        "seconds": 45,
        "again": {"address": FRIEND, "sol": "0.25"},
    },
    OrderKind.CLAIM: {"lamports": 250_000_000, "epoch": 7, "deposit": 2_115_840, "seconds": 45},
}
FILL = {
    "signature": SIGNATURE,
    "slot": 7,
    "lamports": 1_500_000_000,
    "atoms": 52_911_787_860_000,
    "fee": 15_000_000,
    "network_fee": 5_000,
    "partial": False,
    "deposit": 0,
}
FILLS = {
    OrderKind.BUY: FILL | {"deposit": 2_039_280},
    OrderKind.SELL: FILL,
    OrderKind.LAUNCH: FILL | {"lamports": 7_900_000, "atoms": 0, "fee": 0},
    OrderKind.WITHDRAW: FILL | {"lamports": 250_000_000, "atoms": 0, "fee": 0},
    OrderKind.CLAIM: FILL | {"lamports": 250_000_000, "atoms": 0, "fee": 0, "deposit": 2_115_840},
}
ERRORS = {
    OrderState.FAILED: "slippage",
    OrderState.EXPIRED: "order-expired",
    OrderState.UNKNOWN: "order-not-known",
}


def order(kind: OrderKind, state: OrderState, links: Links = LOCALNET, **quote: object) -> Message:
    """The card of an order in a state."""
    row = an_order(
        "01ORDER".ljust(26, "0"),
        "person",
        kind=kind,
        state=state,
        quote=QUOTES[kind] | quote,
        intent={"max_in": 2_000_000_000},
        wallet=WALLET,
        mint=None if kind in (OrderKind.WITHDRAW, OrderKind.CLAIM) else MINT,
        box_id="01BOX".ljust(26, "0") if kind is OrderKind.LAUNCH else None,
    )
    return order_card(_ended(row), links)


def _ended(row: Order) -> Order:
    if row.state in (OrderState.QUOTED, OrderState.CANCELLED):
        return row
    result = FILLS[row.kind] if row.state is OrderState.LANDED else None
    if result is not None and "fee_atoms" in row.quote:
        result = result | {"fee": row.quote["fee"], "fee_atoms": row.quote["fee_atoms"]}
    return replace(row, signature=SIGNATURE, error=ERRORS.get(row.state), result=result)


def box(state: str, rerolls_left: int = 5, **changes: object) -> Message:
    """The card of a box in a state."""
    contents: dict[str, object] = {
        "name": "Space Cats",
        "ticker": "CATS",
        "description": "Cats who left the sofa for the stars, and took the sofa along.",
        "rarity": "rare",
        "image": PICTURE,
        "image_uri": f"https://coins.example/i/{PICTURE}",
        "uri": "https://coins.example/m/c4c5.json",
        "step": "done",
    }
    opened = {} if state in ("sealed", "failed", "cancelled") else contents
    row = a_box("01BOX".ljust(26, "0"), "person", state=state, **{**opened, **changes})
    return box_card(row, rerolls_left)


def coin(spent: int = 0, **changes: object) -> Coin:
    """A coin after somebody bought for so many lamports."""
    state = CurveState.launch(
        initial_sol=curve.r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=1
    )
    if spent:
        state = curve.buy(state, Lamports(spent), TokenAtoms(0), 1)[0]
    market: dict[str, Any] = {
        "mint": MINT,
        "image": PICTURE,
        "virtual_sol": int(state.virtual_sol),
        "virtual_tokens": int(state.virtual_tokens),
        "initial_virtual_sol": int(state.initial_sol),
        "real_sol": int(state.real_sol),
        "volume": spent,
        "holders": 1 if spent else 0,
        "complete": state.virtual_tokens == FINAL_TOKENS,
    }
    return a_coin(**{**market, **changes})


def on_pool() -> Coin:
    """A coin that has graduated."""
    market = {"virtual_sol": 85_005_359_057, "virtual_tokens": 206_900_000_000_000, "real_sol": 0}
    return coin(10_000 * 10**9, pool=POOL_ADDRESS, holders=4_321, volume=123_456_789_000, **market)


def form(command: type, **given: str) -> Message:
    """What is asked when a command lacks arguments."""
    spec = next(spec for spec in REGISTRY.values() if spec.type is command)
    asked = missing(spec, given)
    assert asked is not None, "something is missing"
    return form_card(asked, spec.usage)


def holdings(count: int) -> tuple[Holding, ...]:
    """Some with a gain, some with a loss, some whose cost nobody knows."""
    costs = (400_000_000, 700_000_000, None)
    return tuple(
        Holding(
            coin(10**9, mint=address(f"coin {n}"), ticker=f"C{n}", name=f"Coin {n}"),
            TokenAtoms(12_345_678_900_000),
            Lamports(500_000_000),
            costs[n % len(costs)],
        )
        for n in range(count)
    )


def _orders() -> dict[str, Message]:
    """Every state that people see: a launch has no quote of its own, its box is what is confirmed."""
    unseen = {(OrderKind.LAUNCH, OrderState.QUOTED), (OrderKind.LAUNCH, OrderState.CANCELLED)}
    seen = [(kind, state) for kind in OrderKind for state in OrderState if (kind, state) not in unseen]
    return {
        **{f"{kind}-{state}": order(kind, state) for kind, state in seen},
        "buy-quoted-last": order(OrderKind.BUY, OrderState.QUOTED, partial=True, deposit=0),
        "buy-quoted-hostile": order(OrderKind.BUY, OrderState.QUOTED, name=MARKUP, ticker="*_`<@1>"),
        "buy-landed-mainnet": order(OrderKind.BUY, OrderState.LANDED, MAINNET),
        "buy-quoted-pool": order(OrderKind.BUY, OrderState.QUOTED, **POOL),
        "sell-quoted-pool": order(OrderKind.SELL, OrderState.QUOTED, **POOL | IN_COINS),
        "sell-landed-pool": order(OrderKind.SELL, OrderState.LANDED, **POOL | IN_COINS),
    }


def _boxes() -> dict[str, Message]:
    hostile = {"name": TURNED, "theme": MARKUP, "description": f"{MARKUP}\n# {FAMILY}"}
    return {
        **{f"box-sealed-{step}": box("sealed", step=step) for step in ("name", "art", "publish")},
        "box-sealed-again": box("sealed", step="art", image=PICTURE),
        "box-opened": box("opened"),
        "box-opened-last": box("opened", 0, rarity="legendary", rerolls=5),
        "box-opened-hostile": box("opened", **hostile),
        "box-launching": box("launching"),
        "box-launched": box("launched"),
        "box-failed": box("failed", step="art"),
        "box-failed-names": box("failed", step="names-exhausted"),
        "box-cancelled": box("cancelled"),
    }


def _coins() -> dict[str, Message]:
    hostile = coin(10**9, name=MARKUP, ticker="<@1>", image=None)
    family = coin(10**9, name=FAMILY, ticker="FAMILY", image=None)
    return {
        "coin": coin_card(coin(12 * 10**9, holders=1_234)),
        "coin-new": coin_card(coin(image=None)),
        "coin-complete": coin_card(coin(10_000 * 10**9)),
        "coin-hostile": coin_card(hostile),
        "coin-bought": bought_card(coin(10**9), 10**9, 10**12, WALLET),
        "coin-sold-out": complete_card(coin(10_000 * 10**9)),
        "coin-on-pool": coin_card(on_pool()),
        "coin-on-pool-mainnet": coin_card(on_pool(), MAINNET.pool(POOL_ADDRESS, MINT, "telegram")),
        "coin-graduated": graduated_card(on_pool(), LOCALNET.pool(POOL_ADDRESS, MINT, "terminal")),
        "coins-none": coins_card([], page=0, more=False),
        "coins-end": coins_card([], page=3, more=False),
        "coins": coins_card([coin(12 * 10**9, holders=2), coin(), on_pool()], page=0, more=True),
        "coins-hostile": coins_card([hostile, family], page=1, more=True),
    }


def _people() -> dict[str, Message]:
    commands = [("/launch [theme]", "launch"), ("/buy <coin> <sol>", "buy"), ("/wallet", "wallet")]
    rich = Portfolio(WALLET, Lamports(9_123_456_789), holdings(11))
    return {
        "start": start_card(private=True),
        "start-group": start_card(private=False),
        "help": help_card([(usage, t(f"command-{name}-help")) for usage, name in commands]),
        "wallet": wallet_card(WALLET, 9_123_456_789, test_money=True),
        "wallet-real": wallet_card(WALLET, 250_000_000, test_money=False),
        "wallet-away": wallet_card(WALLET, None, test_money=False),
        "portfolio": portfolio_card(replace(rich, holdings=holdings(3))),
        "portfolio-more": portfolio_card(rich),
        "portfolio-none": portfolio_card(Portfolio(WALLET, Lamports(0), ())),
        "home-off": home_card(None),
        "home-here": home_card("here"),
        "home-there": home_card("1134567890123456789"),
        "form-buy": form(Buy),
        "form-buy-presets": form(Buy, coin="CATS"),
        "form-withdraw": form(Withdraw),
        "error": error_card(UserError("signer-away")),
        "error-next": error_card(UserError("coin-unknown", coin="DOGS", again=("new", {}))),
        "error-graduated": error_card(UserError("coin-graduated", again=("buy", {"coin": MINT, "sol": "1"}))),
        "error-quote": error_card(UserError("quote-expired", again=("buy", {"coin": MINT, "sol": "1"}))),
        "error-hostile": error_card(UserError("coin-unknown", coin=MARKUP, again=("new", {}))),
        "error-reference": error_card(UserError("internal", reference="9QW3RT5Y")),
    }


def _with_tokens(name: str, card: Message) -> Message:
    """As dispatch gives it out, but with tokens that follow from the card's name: 22 characters, as ours."""
    message, stored = tokenized(
        card, platform="test", user_id="u1", chat_id="c1", subject=f"card:{name}", now=1_700_000_000
    )
    written = encode(message)
    for number, row in enumerate(stored, 1):
        written = written.replace(row.token, f"{number:02}-{name}"[:22].ljust(22, "_"))
    return decode(written)


CARDS: dict[str, Message] = {
    name: _with_tokens(name, card) for name, card in (_orders() | _boxes() | _coins() | _people()).items()
}


def write_pictures(folder: Path) -> None:
    """Every picture that a card names, by its relative path below `folder`: a square, violet and yellow."""
    picture = Image.new("RGB", (SQUARE, SQUARE), (124, 58, 237))
    picture.paste((250, 204, 21), (SQUARE // 4, SQUARE // 4, SQUARE * 3 // 4, SQUARE * 3 // 4))
    for path in {folder / card.media.path for card in CARDS.values() if card.media is not None}:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, lossless=True)
