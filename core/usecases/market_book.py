"""The coins of one unit of work of the indexer: read when first asked for, written once at its end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core.domain.curve import CurveState
from core.domain.money import Bps, Lamports, TokenAtoms
from core.ports.rows import Coin
from core.ports.store import Work


@dataclass(frozen=True, slots=True)
class Market:
    """A coin's replay: its state after `sequence` events of the program."""

    sequence: int
    state: CurveState


@dataclass
class Book:
    """See above; `save` writes what was `put`."""

    work: Work
    _coins: dict[str, Coin | None] = field(default_factory=dict)
    _markets: dict[str, Market | None] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    async def coin(self, mint: str) -> Coin | None:
        if mint not in self._coins:
            self._coins[mint] = await self.work.coins.get(mint)
        return self._coins[mint]

    async def market(self, mint: str) -> Market | None:
        if mint not in self._markets:
            self._markets[mint] = await load_market(self.work, mint)
        return self._markets[mint]

    def put(self, coin: Coin, market: Market) -> None:
        self._coins[coin.mint], self._markets[coin.mint] = coin, market
        self._changed.add(coin.mint)

    async def save(self) -> None:
        for mint in sorted(self._changed):
            coin, market = self._coins[mint], self._markets[mint]
            assert coin is not None, "put holds both"
            assert market is not None, "put holds both"
            await self.work.coins.put(coin)
            await save_market(self.work, mint, market)


async def load_market(work: Work, mint: str) -> Market | None:
    stored = await work.cursors.get(f"market:{mint}")
    return None if stored is None else Market(stored["sequence"], _state(stored["state"]))


async def save_market(work: Work, mint: str, market: Market) -> None:
    await work.cursors.set(f"market:{mint}", {"sequence": market.sequence, "state": asdict(market.state)})


_TYPES: dict[str, type] = {
    "Lamports": Lamports,
    "TokenAtoms": TokenAtoms,
    "Bps": Bps,
    "int": int,
    "bool": bool,
}


def _state(stored: dict[str, Any]) -> CurveState:
    return CurveState(**{f.name: _TYPES[str(f.type)](stored[f.name]) for f in fields(CurveState)})
