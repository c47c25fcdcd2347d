"""Engines: how each database is opened, and what its errors mean."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.adapters.db.types import BadKey
from core.domain.money import OutOfRange
from core.ports.store import Duplicate, StoreAway

WAIT_SECONDS = 10  # for a lock, a connection or a server, before the store is said to be away
_POLL_SECONDS = 0.002  # between looks at another process's lock: about a unit of work

# Primary result codes of SQLite by which the database, rather than the statement, is at fault.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_SQLITE_DUPLICATE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}

# SQLSTATE classes and codes of PostgreSQL with the same meaning: connection, rollback (deadlock), resources,
# shutdown, system; read-only (a standby), lock timeout, statement timeout, wrong password, no such database.
_PG_AWAY = ("08", "40", "53", "57P", "58", "25006", "55P03", "57014", "28", "3D000")
_PG_DUPLICATE = "23505"


class BadDatabaseUrl(ValueError):
    """DATABASE_URL is not one that we can use. The text never holds the URL, which may hold a password."""


def database_url(text: str) -> URL:
    """`sqlite:///path` or `postgresql://user:password@host/name`, with the driver that we use.

    Raises `BadDatabaseUrl`.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(
            "DATABASE_URL must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadDatabaseUrl("DATABASE_URL must name a file: several processes share it (sqlite:///PATH)")
        return url.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        if importlib.util.find_spec("asyncpg") is None:
            raise BadDatabaseUrl("PostgreSQL needs its driver: pip install 'pumpbox[postgres]'")
        unknown = url.query.keys() - {"host", "port", "ssl", "sslmode"}
        if unknown:
            raise BadDatabaseUrl(f"DATABASE_URL: leave out {', '.join(sorted(unknown))}")
        query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
        return url.set(drivername="postgresql+asyncpg", query=query)  # what libpq calls sslmode
    raise BadDatabaseUrl(f"DATABASE_URL names {backend!r}; known are sqlite and postgresql")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def sqlite_engine(url: URL, begin: str, *, wait: float, foreign_keys: bool = True) -> Engine:
    """Connections that begin every transaction with the statement `begin`, waiting `wait` seconds for locks.

    Python's sqlite3 would begin by itself, too late: before the first write and not before the first read,
    and two who read the same would both write. With `isolation_level=None` it leaves that to us.
    """
    assert url.database is not None
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": wait, "isolation_level": None},
        max_overflow=-1,  # a file to open costs little, and waiting for one to close could be for ever
        hide_parameters=True,  # an error's text is logged, and a sealed box's seed is a parameter
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def sync_log(url: URL) -> None:
    """Waits until the disk has SQLite's write-ahead log, and with it every commit. Raises `OSError`.

    Not by `synchronous = FULL`, which makes each unit of work wait, on the event loop's thread. The log's own
    file is not the one that SQLite locks, so opening and closing it here takes no lock from anybody.
    """
    assert url.database is not None
    try:
        descriptor = os.open(f"{url.database}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return  # whoever closed the database last has written it all there
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def postgres_engine(url: URL) -> AsyncEngine:
    """Connections that give up on a lock, a statement or an idle transaction rather than hang."""
    return create_async_engine(
        url,
        connect_args={
            "timeout": WAIT_SECONDS,
            "server_settings": {
                "application_name": "pumpbox",
                "lock_timeout": f"{WAIT_SECONDS}s",
                "statement_timeout": "30s",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
        pool_size=8,
        max_overflow=8,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
    )


@asynccontextmanager
async def sqlite_transaction(engine: Engine) -> AsyncIterator[Connection]:
    """Commits at the end, rolls back on an exception. Raises `StoreAway` and `Duplicate`.

    The statements run on the event loop's thread: they take less time than two switches of threads. Only
    another process's lock is worth waiting for, and that is waited for here, asleep.
    """
    await asyncio.sleep(0)  # nothing below suspends: one who only uses the store lets others run
    with ExitStack() as opened:
        connection = opened.enter_context(await _begun(engine))
        yield connection
        with port_errors():
            connection.commit()


async def _begun(engine: Engine) -> Connection:
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        with ExitStack() as opened:
            try:
                with port_errors():
                    connection = opened.enter_context(engine.connect())
                    connection.begin()
            except StoreAway as away:
                if not _is_busy(away) or time.monotonic() > give_up:
                    raise
            else:
                opened.pop_all()
                return connection
        await asyncio.sleep(_POLL_SECONDS)


def _is_busy(away: StoreAway) -> bool:
    code = getattr(getattr(away.__cause__, "orig", None), "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


@asynccontextmanager
async def postgres_transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Commits at the end, rolls back on an exception. Raises `StoreAway` and `Duplicate`."""
    async with AsyncExitStack() as opened:
        with port_errors():
            try:
                connection = await opened.enter_async_context(engine.connect())
                await connection.begin()
            except (OSError, TimeoutError) as error:  # the network's own, before there is a connection
                raise StoreAway(type(error).__name__) from error
        yield connection
        with port_errors():
            await connection.commit()


@contextmanager
def port_errors() -> Iterator[None]:
    """Raises the port's exceptions, and those of values that no column holds, in place of SQLAlchemy's."""
    try:
        yield
    except SQLAlchemyError as error:
        meaning = translated(error)
        if meaning is None:
            raise
        raise meaning from error


def translated(error: SQLAlchemyError) -> Exception | None:
    """The port's exception for what a statement, a commit or a checkout raised; None if it is a fault of ours."""
    if isinstance(error, PoolTimeout):
        return StoreAway("no free connection")
    if isinstance(error, StatementError) and isinstance(error.orig, BadKey | OutOfRange):
        return error.orig
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        if code in _SQLITE_DUPLICATE:
            return Duplicate(str(cause))
        return StoreAway(str(cause)) if code & 0xFF in _SQLITE_AWAY else None
    state = getattr(cause, "sqlstate", None) or ""
    if state == _PG_DUPLICATE:
        return Duplicate("a row with this key is there already")
    if state.startswith(_PG_AWAY):
        return StoreAway(f"PostgreSQL: {state}")
    if error.connection_invalidated or (isinstance(error, InterfaceError) and not state):
        return StoreAway(type(cause).__name__)
    return None
