"""A pool's history, oldest first: what the index goes on from after graduation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.pool_calls import PoolTransaction


class PoolLog(Protocol):
    """Every method raises `ChainAway` when the chain can't be asked. `mint`: of a coin that has graduated."""

    async def marks(self, mints: Sequence[str]) -> dict[str, int]:
        """A number for each pool that is another after every trade in it: one question for many pools. Pools that
        can't be found are left out."""
        ...

    async def after(self, mint: str, signature: str, limit: int) -> list[PoolTransaction]:
        """Up to `limit` transactions of the coin's pool that came after `signature`; failed ones without calls."""
        ...

    async def reserves(self, mint: str) -> tuple[int, int] | None:
        """Lamports and atoms that the pool holds now; None if there is none."""
        ...
