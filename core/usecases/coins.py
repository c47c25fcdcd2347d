"""Finding the coin that people mean."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.address import is_address, short
from core.domain.errors import UserError
from core.ports.store import Coin, Store


@dataclass(frozen=True)
class Coins:
    store: Store

    async def find(self, reference: str) -> Coin:
        """By mint, or by ticker. Raises coin-unknown, coin-ambiguous."""
        async with self.store.read() as work:
            if is_address(reference):
                coin = await work.coins.get(reference)
                found = [] if coin is None else [coin]
            else:
                found = await work.coins.by_ticker(reference)
        if not found:
            raise UserError("coin-unknown", coin=reference[:44], again=("new", {}))
        if len(found) > 1:
            raise UserError(
                "coin-ambiguous", coin=reference, mints=", ".join(short(c.mint) for c in found[:5])
            )
        return found[0]

    async def newest(self, limit: int, offset: int) -> list[Coin]:
        async with self.store.read() as work:
            return await work.coins.newest(limit, offset)

    async def suggest(self, typed: str) -> list[tuple[str, str]]:
        """(mint, label) of coins that begin with what was typed; the newest for nothing."""
        async with self.store.read() as work:
            found = await work.coins.search(typed, 25) if typed else await work.coins.newest(25)
        return [(coin.mint, f"{coin.ticker} - {coin.name}"[:100]) for coin in found]
