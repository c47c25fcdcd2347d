"""A buy that is large enough to be told to the chat where its coin is at home."""

from __future__ import annotations

from core.ports.rows import FillRow
from core.ports.store import Work

BIG_BUY = 1_000_000_000  # lamports


async def tell_buy(work: Work, row: FillRow, now: int) -> None:
    """Writes the event, if there is anything to tell."""
    if row.side != "buy" or row.lamports < BIG_BUY:
        return
    bought = {"mint": row.mint, "lamports": row.lamports, "atoms": row.atoms, "trader": row.trader}
    await work.events.add("coin.bought", bought, now)
