"""Finding the coin that people mean."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.domain.address import find_address, is_address, short
from core.domain.errors import UserError
from core.ports.rows import Coin
from core.ports.store import Store

INDEX_LOOKS, INDEX_PAUSE = 20, 0.1  # looks, and seconds between them


@dataclass(frozen=True)
class Coins:
    store: Store

    async def find(self, reference: str) -> Coin:
        """By mint, or by ticker. A coin of ours that landed a moment ago is waited for.

        Raises coin-unknown, coin-ambiguous.
        """
        found = await self._look(reference)
        if not found and is_address(reference) and await self._launched(reference):
            for _ in range(INDEX_LOOKS):
                await asyncio.sleep(INDEX_PAUSE)
                found = await self._look(reference)
                if found:
                    break
        if not found:
            raise UserError("coin-unknown", coin=reference[:44], again=("new", {}))
        if len(found) > 1:
            raise UserError(
                "coin-ambiguous", coin=reference, mints=", ".join(short(c.mint) for c in found[:5])
            )
        return found[0]

    async def _look(self, reference: str) -> list[Coin]:
        async with self.store.read() as work:
            if is_address(reference):
                coin = await work.coins.get(reference)
                return [] if coin is None else [coin]
            return await work.coins.by_ticker(reference)

    async def _launched(self, mint: str) -> bool:
        """Whether a box of ours became that mint: then the index is only a moment behind."""
        async with self.store.read() as work:
            box = await work.boxes.by_mint(mint)
        return box is not None and box.state == "launched"

    async def newest(self, limit: int, offset: int) -> list[Coin]:
        async with self.store.read() as work:
            return await work.coins.newest(limit, offset)

    async def matching(self, typed: str, limit: int) -> list[Coin]:
        """Whose ticker (with or without $) or name begins with what was typed, or whose mint it holds; the
        newest for nothing."""
        wanted = find_address(typed) or typed.strip().removeprefix("$")
        async with self.store.read() as work:
            return await (work.coins.search(wanted, limit) if wanted else work.coins.newest(limit))

    async def suggest(self, typed: str) -> list[tuple[str, str]]:
        """(mint, label) of coins that match what was typed."""
        found = await self.matching(typed, 25)
        return [(coin.mint, f"{coin.ticker} - {coin.name}"[:100]) for coin in found]
