"""Bringing a database to the schema that this version speaks, and refusing any other.

Revisions are numbered files in `migrations/versions`; the head is the highest number. An empty database
is made from the tables directly: alembic takes half a second to import, and a test holds that both ways
give the same schema.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import (
    URL,
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    inspect,
    select,
    text,
)

from core.adapters.db.engine import (
    WAIT_SECONDS,
    database_url,
    is_sqlite,
    port_errors,
    postgres_engine,
    postgres_transaction,
    sqlite_engine,
)
from core.adapters.db.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
Result = TypeVar("Result")
_LOCK = 0x70756D70626F78  # "pumpbox": PostgreSQL's advisory lock of whoever migrates

VERSION_TABLE = "alembic_version"
_version = Table(  # as alembic makes it
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class SchemaMismatch(Exception):
    """The database has another schema than this version speaks. The text says what to do."""


def revisions() -> list[str]:
    """The revisions that this version knows, oldest first."""
    numbered = re.compile(r"(\d{4})_\w+\.py")
    names = (numbered.fullmatch(path.name) for path in (MIGRATIONS / "versions").iterdir())
    return sorted(name[1] for name in names if name)


async def upgrade(url: str) -> None:
    """Makes or migrates the schema, in one transaction and under a lock; nothing to do is no error.

    Raises `SchemaMismatch` if the database is newer than this version, `StoreAway`, `BadDatabaseUrl`.
    """
    await in_transaction(url, _upgrade)


async def check_head(url: str) -> None:
    """Raises `SchemaMismatch` unless the database has the schema that this version speaks; `StoreAway`."""
    found = await in_transaction(url, revision_of)
    if found != revisions()[-1]:
        raise _mismatch(found)


async def in_transaction(url: str, work: Callable[[Connection], Result]) -> Result:
    """What `work` returns, done in a transaction of its own. On SQLite it holds the write lock, and foreign
    keys are off: alembic alters a table there by copying it, and the references are checked at the end."""
    parsed = database_url(url)
    if is_sqlite(parsed):
        return await asyncio.to_thread(_in_sqlite, parsed, work)
    engine = postgres_engine(parsed)
    try:
        async with postgres_transaction(engine) as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _in_sqlite(url: URL, work: Callable[[Connection], Result]) -> Result:
    engine = sqlite_engine(url, "BEGIN IMMEDIATE", wait=WAIT_SECONDS, foreign_keys=False)
    try:
        with port_errors(), engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """The schema's; None for a database without one of ours."""
    if not inspect(connection).has_table(_version.name):
        return None
    return connection.execute(select(_version.c.version_num)).scalar()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found, known = revision_of(connection), revisions()
    if found == known[-1]:
        return
    if found is None:
        create(connection, known[-1])
        return
    if found not in known:
        raise _mismatch(found)
    run_alembic(connection)


def create(connection: Connection, revision: str) -> None:
    """Makes the schema that `revision` had, in the transaction of `connection`. Raises `SchemaMismatch` unless
    the database is empty and this version knows the revision."""
    known = revisions()
    if revision not in known:
        raise _mismatch(revision)
    if inspect(connection).get_table_names():
        raise SchemaMismatch("the database has tables that are not ours: give pumpbox one of its own")
    if revision != known[-1]:
        run_alembic(connection, revision)
        return
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection, checkfirst=False)
    connection.execute(_version.insert().values(version_num=revision))


def run_alembic(connection: Connection, to: str = "head") -> None:
    """Runs the revisions that the database lacks as far as `to`, in the transaction of `connection`."""
    from alembic import command  # half a second, and mostly for nothing
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise SchemaMismatch(f"the migration would break {len(broken)} references; nothing was changed")


def _mismatch(found: str | None) -> SchemaMismatch:
    if found is None:
        return SchemaMismatch("the database has no schema of ours yet: run `pumpbox migrate`")
    if found in revisions():
        return SchemaMismatch(f"the database is at {found}, we need {revisions()[-1]}: run `pumpbox migrate`")
    return SchemaMismatch(
        f"the database is at {found}, which this version doesn't know: install a newer pumpbox"
    )
