"""What a landed order did, complete."""

from __future__ import annotations

from dataclasses import replace

from core.domain.intent import from_json
from core.domain.order import Order
from core.ports.chain import Chain, Fill
from core.ports.store import Store


async def landed_fill(store: Store, chain: Chain, order: Order) -> Fill | None:
    """What the order's transaction did; None while that is not known: ask again. Raises `ChainAway`."""
    fill = await chain.fill(order.signature or "", from_json(order.intent), order.wallet)
    if fill is None or fill.fee is not None:
        return fill
    async with store.read() as work:
        rows = await work.coins.fills_of_trader(order.wallet)
    ours = (row for row in rows if (row.signature, row.mint) == (order.signature, order.mint))
    indexed = next(ours, None)  # the replay knows the state before the trade
    return None if indexed is None else replace(fill, fee=indexed.fee)
