"""The whole of a database at one moment, out to a backup and back in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, text

from core.adapters.db import dump
from core.adapters.db.engine import (
    WAIT_SECONDS,
    database_url,
    is_sqlite,
    port_errors,
    postgres_engine,
    postgres_transaction,
    sqlite_engine,
)
from core.adapters.db.migrate import check_head, in_transaction, revisions

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All rows as they were at one moment."""

    _connection: Connection

    @property
    def revision(self) -> str:
        """Of the schema."""
        return revisions()[-1]

    def wallets(self) -> dict[str, str]:
        """The person of every wallet that anybody was told of, by address."""
        return dump.wallet_owners(self._connection)

    def chunks(self) -> Iterator[dump.Chunk]:
        """Every row, tables that others refer to first."""
        return dump.dump(self._connection)


def exists(url: str) -> bool:
    """Whether there is something to connect to; opening a SQLite file would make it. Raises `BadDatabaseUrl`."""
    parsed = database_url(url)
    return not is_sqlite(parsed) or Path(parsed.database or "").exists()


def snapshot(url: str, meanwhile: Callable[[], object], read: Callable[[Snapshot], Result]) -> Result:
    """What `read` returns, of the database as it is while `meanwhile` runs.

    For as long as `meanwhile` takes (let it be milliseconds) nobody can write an order: a transaction is stored
    before it is sent, so the chain and the signer, if `meanwhile` takes their moment too, hold nothing of
    an order that the database will hold later. `read` then takes the time that it needs, in this thread, and
    holds nobody up. Raises `StoreAway`, `BadDatabaseUrl`, `SchemaMismatch`.
    """
    parsed = database_url(url)
    asyncio.run(check_head(url))
    if is_sqlite(parsed):
        return _sqlite(parsed, meanwhile, lambda connection: read(Snapshot(connection)))
    return asyncio.run(_postgres(parsed, meanwhile, lambda connection: read(Snapshot(connection))))


def fill(url: str, revision: str, chunks: Iterable[tuple[str, bytes]], backup: str) -> None:
    """See `dump.load`: all of it, or nothing. Raises `BadDump`, `SchemaMismatch`, `StoreAway`."""
    asyncio.run(in_transaction(url, lambda connection: dump.load(connection, revision, chunks, backup)))


def filled_from(url: str) -> str | None:
    """The backup that the database was filled from; "" for one that has tables from elsewhere, None for an empty
    one or a file that isn't there. Raises `StoreAway`, `BadDatabaseUrl`."""
    return asyncio.run(in_transaction(url, dump.restored_from)) if exists(url) else None


def _sqlite(url: URL, meanwhile: Callable[[], object], read: Callable[[Connection], Result]) -> Result:
    writer = sqlite_engine(url, "BEGIN IMMEDIATE", wait=WAIT_SECONDS)
    reader = sqlite_engine(url, "BEGIN", wait=WAIT_SECONDS)
    try:
        with port_errors(), reader.connect() as reading:
            with writer.connect() as holding:
                holding.begin()
                reading.execute(text("SELECT 1 FROM sqlite_master"))  # a snapshot begins at the first look
                meanwhile()
            return read(reading)
    finally:
        writer.dispose()
        reader.dispose()


async def _postgres(
    url: URL, meanwhile: Callable[[], object], read: Callable[[Connection], Result]
) -> Result:
    engine = postgres_engine(url)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        async with postgres_transaction(reader) as reading:
            async with postgres_transaction(engine) as holding:
                await holding.execute(text("LOCK TABLE orders IN SHARE MODE"))
                # Whoever takes the rows may be slow: a pipe to another machine.
                await reading.execute(text("SET LOCAL statement_timeout = 0"))
                await reading.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                await reading.execute(text("SELECT 1 FROM orders LIMIT 1"))
                meanwhile()
            return await reading.run_sync(read)
    finally:
        await engine.dispose()
