"""A coin that has just been launched, before the index has come to it: so that what is called live can be
traded by its ticker at once. The index then replaces it by what it knows."""

from __future__ import annotations

from core.domain.curve import CurveState
from core.domain.intent import LaunchIntent, from_json
from core.domain.order import Order
from core.ports.chain import Fill
from core.ports.rows import Coin
from core.ports.store import Work


def launched_coin(order: Order, fill: Fill, market: CurveState, now: int) -> Coin:
    """The coin of a landed launch. market: as the chain has it now; now: unix seconds."""
    intent = from_json(order.intent)
    assert isinstance(intent, LaunchIntent), "a launch's order"
    assert order.mint is not None, "a launch names its mint"
    return Coin(
        mint=order.mint,
        name=intent.name,
        ticker=intent.symbol,
        uri=intent.uri,
        creator=order.wallet,
        image=order.quote.get("image"),
        launched_at=now,
        launch_slot=fill.slot,
        sequence=0,
        virtual_sol=int(market.virtual_sol),
        virtual_tokens=int(market.virtual_tokens),
        initial_virtual_sol=int(market.initial_sol),
        real_sol=int(market.real_sol),
        volume=0,
        holders=0,
        complete=market.complete,
    )


async def list_coin(work: Work, coin: Coin) -> None:
    """Enters the coin unless the index was faster."""
    if await work.coins.get(coin.mint) is None:
        await work.coins.put(coin)
