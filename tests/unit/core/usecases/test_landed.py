"""A fee that the chain's answer leaves open is the one that the index replayed."""

from __future__ import annotations

from dataclasses import replace

from core.domain.money import Lamports
from core.domain.order import OrderState
from tests.fakes.house import House, Process
from tests.fakes.rows import a_fill


async def test_an_order_waits_for_the_index_where_only_that_knows_the_fee(
    home: House, process: Process
) -> None:
    order = await process.quotes.buy(home.mint, Lamports(10**8), await home.asker("ann"))
    order = await process.orders.confirm(order.id, order.person_id, "a press")
    signature = order.signature or ""
    status, fill = home.chain.landed[signature]
    home.chain.landed[signature] = (status, replace(fill, fee=None))
    await process.keeper.round()
    assert (await home.order(order.id)).state is OrderState.SENT
    async with home.store.begin() as work:
        for sequence, of, fee in ((2, "another", 5), (3, signature, 7)):
            row = a_fill(home.mint, sequence, signature=of, trader=order.wallet, fee=fee)
            assert await work.coins.add_fill(row)
    await process.keeper.round()
    landed = await home.order(order.id)
    assert landed.state is OrderState.LANDED
    assert landed.result is not None
    assert (landed.result["fee"], landed.result["lamports"]) == (7, fill.lamports)
