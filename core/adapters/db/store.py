"""The store: units of work on a SQLAlchemy engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from core.adapters.db.accounts import SqlAccounts
from core.adapters.db.boxes import SqlBoxes
from core.adapters.db.buttons import SqlButtons
from core.adapters.db.chats import SqlChats
from core.adapters.db.coins import SqlCoins
from core.adapters.db.cursors import SqlCursors
from core.adapters.db.deliveries import SqlDeliveries
from core.adapters.db.engine import (
    WAIT_SECONDS,
    database_url,
    is_sqlite,
    port_errors,
    postgres_engine,
    postgres_transaction,
    sqlite_engine,
    sqlite_transaction,
    sync_log,
)
from core.adapters.db.events import SqlEvents
from core.adapters.db.inbox import SqlInbox
from core.adapters.db.leaders import SqlLeaders
from core.adapters.db.messages import SqlMessages
from core.adapters.db.migrate import revision_of
from core.adapters.db.orders import SqlOrders
from core.adapters.db.rewards import SqlRewards
from core.adapters.db.session import Session
from core.adapters.db.wallets import SqlWallets
from core.ports.store import StoreAway


class SqlWork:
    """One transaction, and the repositories in it."""

    def __init__(self, session: Session) -> None:
        self.accounts = SqlAccounts(session)
        self.chats = SqlChats(session)
        self.wallets = SqlWallets(session)
        self.inbox = SqlInbox(session)
        self.buttons = SqlButtons(session)
        self.messages = SqlMessages(session)
        self.boxes = SqlBoxes(session)
        self.orders = SqlOrders(session)
        self.coins = SqlCoins(session)
        self.rewards = SqlRewards(session)
        self.events = SqlEvents(session)
        self.cursors = SqlCursors(session)
        self.leaders = SqlLeaders(session)
        self.deliveries = SqlDeliveries(session)


class SqlStore:
    """The `Store` port on `sqlite:///path` or `postgresql://...`. Nothing connects before the first unit.

    Raises `BadDatabaseUrl`.
    """

    def __init__(self, url: str) -> None:
        parsed = database_url(url)
        self._database: _Sqlite | _Postgres = _Sqlite(parsed) if is_sqlite(parsed) else _Postgres(parsed)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlWork]:
        """A read-write unit of work: commits at the end, rolls back on an exception. Don't nest it.

        Raises `StoreAway` and `Duplicate`; then nothing of it happened, unless the commit's answer was lost.
        """
        async with self._database.write() as connection:
            yield SqlWork(Session(connection, writes=True))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlWork]:
        """A snapshot for reading: what is written meanwhile isn't seen, and nothing waits for it.

        Raises `StoreAway`.
        """
        async with self._database.read() as connection:
            yield SqlWork(Session(connection, writes=False))

    async def revision(self) -> str | None:
        """The schema's; None for a database without one of ours. Takes no write lock. Raises `StoreAway`."""
        async with self._database.read() as connection:
            with port_errors():
                if isinstance(connection, Connection):
                    return revision_of(connection)
                return await connection.run_sync(revision_of)

    async def synced(self) -> None:
        """See the port. SQLite alone leaves the last commits to the system, which writes them when it likes."""
        await self._database.synced()

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()


class _Sqlite:
    """SQLite has one writer at a time. Inside a process they queue here, in order and without polling."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._writer = sqlite_engine(url, "BEGIN IMMEDIATE", wait=0)
        self._reader = sqlite_engine(url, "BEGIN", wait=1)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await held.enter_async_context(self._turn)
            except TimeoutError:
                raise StoreAway("the writers before us take too long") from None
            yield await held.enter_async_context(sqlite_transaction(self._writer))

    def read(self) -> AbstractAsyncContextManager[Connection]:
        return sqlite_transaction(self._reader)

    async def synced(self) -> None:
        try:
            await asyncio.to_thread(sync_log, self._url)  # milliseconds, in which the others go on
        except OSError as error:
            raise StoreAway(f"the disk: {error.strerror}") from error

    async def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


class _Postgres:
    def __init__(self, url: URL) -> None:
        self._writer = postgres_engine(url)
        self._reader = self._writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return postgres_transaction(self._writer)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return postgres_transaction(self._reader)

    async def synced(self) -> None:
        """Its commits are on the disk, unless whoever runs it has turned `synchronous_commit` off."""

    async def close(self) -> None:
        await self._writer.dispose()
