"""What a card says of money is so: of what a failure cost, and of the most that a purchase can take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.terminal.render import plain_text
from core.adapters.chain.refusals import USER_ERRORS
from core.cards.links import Links
from core.cards.order import order_card
from core.domain.money import Lamports
from core.domain.order import OrderKind, OrderState
from tests.fakes.house import House, Process
from tests.fakes.rows import an_order

LINKS = Links("localnet", "http://127.0.0.1:1")
FAILURES = sorted({*USER_ERRORS.values(), "balance-short", "chain-refused", "program-fault"})


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("error", FAILURES)
def test_what_ran_and_failed_cost_a_fee_and_the_card_says_so(kind: OrderKind, error: str) -> None:
    order = an_order(
        "0" * 26, "ann", kind=kind, state=OrderState.FAILED, quote={"name": "Cat", "ticker": "CAT"}
    )
    args = {"reason": "Insolvent"} if error in ("chain-refused", "program-fault") else {}
    failed = replace(order, raw=b"x", signature="5sig", error=error, error_args=args)
    said = plain_text(order_card(failed, LINKS))
    assert "The network keeps its fee" in said
    assert "Nothing was spent" not in said


def test_what_never_ran_cost_nothing() -> None:
    order = an_order("0" * 26, "ann", state=OrderState.EXPIRED, quote={"name": "Cat", "ticker": "CAT"})
    said = plain_text(order_card(replace(order, signature="5sig", error="order-expired"), LINKS))
    assert "Nothing was spent" in said
    assert "fee" not in said


async def test_a_purchase_of_all_that_is_left_names_the_most_that_it_may_take(
    home: House, process: Process
) -> None:
    """Somebody may sell before it lands; then more is left, and up to the whole amount is taken."""
    asker = await home.asker("ann")
    wallet = await process.wallets.ensure(asker.person_id)
    home.chain.books.lamports[wallet.address] = 300 * 10**9
    order = await process.quotes.buy(home.mint, Lamports(200 * 10**9), asker)
    assert order.quote["partial"]
    assert order.quote["lamports"] < order.intent["max_in"] == 200 * 10**9
    assert "200 SOL at most" in plain_text(order_card(order, LINKS))


def test_a_sale_that_lacked_coins_does_not_blame_the_sol() -> None:
    """The token program and the System program say it by the same number."""
    order = an_order("0" * 26, "ann", kind=OrderKind.SELL, state=OrderState.FAILED, quote={"ticker": "CAT"})
    said = plain_text(order_card(replace(order, raw=b"x", signature="5sig", error="balance-short"), LINKS))
    assert "fewer coins than it sells" in said
