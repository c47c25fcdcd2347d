"""Killing a process between any two steps: ports that die on the way in or on the way out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.ports.store import Store, Work


class Killed(BaseException):
    """kill -9: nothing catches it, nothing cleans up."""


@dataclass
class Fuse:
    """`left`: steps until the process dies; None: it lives. `taken`: steps since it was set."""

    left: int | None = None
    taken: int = 0

    def set(self, steps: int | None) -> None:
        self.left, self.taken = steps, 0

    def step(self) -> None:
        self.taken += 1
        if self.left is None:
            return
        if self.left == 0:
            raise Killed
        self.left -= 1


class MortalPort:
    """A port of which each call can be the process's last: before it is made, or before its answer comes."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self._real, self._fuse = real, fuse

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._real, name)
        if name == "mint_address":  # the one that asks nobody
            return attribute

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._fuse.step()
            answer = await attribute(*args, **kwargs)
            self._fuse.step()
            return answer

        return call


class MortalStore:
    """A store of which each unit of work can be the last: before it, in it before the commit, or after it."""

    def __init__(self, real: Store, fuse: Fuse) -> None:
        self._real, self._fuse = real, fuse

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        self._fuse.step()
        async with self._real.begin() as work:
            yield work
            self._fuse.step()
        self._fuse.step()

    async def synced(self) -> None:
        self._fuse.step()
        await self._real.synced()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        self._fuse.step()
        async with self._real.read() as work:
            yield work
