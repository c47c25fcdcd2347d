"""Parts that can be away: the real thing with a switch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.adapters.db.store import SqlStore, SqlWork
from core.ports.store import StoreAway


class SwitchedStore(SqlStore):
    """`away`: set it, and no unit of work can be begun, as if the database's machine were unplugged.
    `mute`: units of work are committed, and the answer that says so is lost."""

    away = mute = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlWork]:
        if self.away:
            raise StoreAway("unplugged")
        async with super().begin() as work:
            yield work
        if self.mute:
            raise StoreAway("unplugged while committing")

    async def synced(self) -> None:
        if self.away:
            raise StoreAway("unplugged")
        await super().synced()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlWork]:
        if self.away:
            raise StoreAway("unplugged")
        async with super().read() as work:
            yield work
