"""The program's history, oldest first: what the index is built from."""

from __future__ import annotations

from typing import Protocol

from core.domain.calls import ProgramTransaction
from core.domain.curve import CurveState


class ChainLog(Protocol):
    """Every method raises `ChainAway` when the chain can't be asked."""

    async def after(self, signature: str | None, limit: int) -> list[ProgramTransaction]:
        """Up to `limit` successful transactions that came after `signature` (None: from the beginning)."""
        ...

    async def terms(self, mint: str) -> CurveState | None:
        """The coin's market as it was at launch: its terms, which nothing changes, with full reserves."""
        ...

    async def market(self, mint: str) -> tuple[int, CurveState] | None:
        """The coin's sequence and market as the chain has them now."""
        ...
