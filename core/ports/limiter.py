"""Rate limits: how often somebody may do something."""

from __future__ import annotations

from typing import Protocol


class Limiter(Protocol):
    async def hit(self, key: str, times: int, per: int) -> int:
        """Counts one use of `key`. 0 if it is within `times` in `per` seconds, else the seconds to wait.
        Where the shared counter is away, each process counts for itself."""
        ...
