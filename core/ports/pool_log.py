"""A pool's history, oldest first: what the index goes on from after graduation."""

from __future__ import annotations

from typing import Protocol

from core.domain.pool_calls import PoolTransaction


class PoolLog(Protocol):
    """Every method raises `ChainAway` when the chain can't be asked. `mint`: of a coin that has graduated."""

    async def after(self, mint: str, signature: str, limit: int) -> list[PoolTransaction]:
        """Up to `limit` transactions of the coin's pool that came after `signature`; failed ones without calls."""
        ...

    async def reserves(self, mint: str) -> tuple[int, int] | None:
        """Lamports and atoms that the pool holds now; None if there is none."""
        ...
