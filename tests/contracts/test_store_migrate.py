"""Schemas: made, migrated under a lock, and refused when they aren't ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from core.adapters.db import migrate
from core.adapters.db.engine import BadDatabaseUrl, database_url
from core.adapters.db.migrate import SchemaMismatch, check_head, in_transaction, run_alembic, upgrade
from core.adapters.db.store import SqlStore
from core.adapters.db.tables import metadata
from core.ports.store import StoreAway


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/deeper/store.db"
        return
    url = str(request.getfixturevalue("postgres_server"))
    await _drop_all(url)
    yield url
    await _drop_all(url)


async def _drop_all(url: str) -> None:
    await _sql(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


async def _sql(url: str, *statements: str) -> None:
    def run(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    await in_transaction(url, run)


_PG_SCHEMA = """
SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
 || coalesce(collation_name, '') || coalesce(numeric_precision, 0) || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
"""


def _schema(connection: Connection) -> set[str]:
    """Everything that the database says of its tables, but for the order of columns and constraints."""
    if connection.dialect.name == "postgresql":
        return set(connection.execute(text(_PG_SCHEMA)).scalars())
    found: set[str] = set()
    for name, sql in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")):
        found.add(f"{name}: autoincrement {'AUTOINCREMENT' in sql}")
        for pragma in ("table_info", "foreign_key_list"):
            rows = connection.execute(text(f"PRAGMA {pragma}({name})")).mappings()
            found |= {f"{name} {pragma}: {dict(row) | {'cid': 0, 'id': 0}}" for row in rows}
        for check in inspect(connection).get_check_constraints(name):
            found.add(f"{name}: {check['name']} {check['sqltext']}")
    for sql in connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'index'")).scalars():
        found.add(str(sql))
    return found


async def test_the_tables_and_the_migrations_say_the_same(empty_url: str) -> None:
    def compare(connection: Connection) -> None:
        run_alembic(connection)
        migrated = _schema(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        _down(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        assert not any("orders" in line for line in _schema(connection))
        migrate._upgrade(connection)
        made = _schema(connection)
        assert made == migrated
        assert any("ck_orders_signed_is_stored" in line for line in made)  # not two empty sets

    await in_transaction(empty_url, compare)


def _down(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


def test_the_numbers_of_the_files_are_the_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == migrate.revisions()[-1]
    assert {each.revision for each in script.walk_revisions()} == set(migrate.revisions())


async def test_many_who_start_at_once_make_one_schema(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(6)))
    await check_head(empty_url)


async def test_a_database_with_other_tables_is_refused(empty_url: str) -> None:
    await _sql(empty_url, "CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(SchemaMismatch, match="not ours"):
        await upgrade(empty_url)


async def test_an_unknown_schema_is_refused(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SchemaMismatch, match="pumpbox migrate"):
        await check_head(empty_url)
    await upgrade(empty_url)
    await upgrade(empty_url)
    await check_head(empty_url)
    await _sql(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    for refuse in (check_head, upgrade):
        with pytest.raises(SchemaMismatch, match="newer pumpbox"):
            await refuse(empty_url)
    monkeypatch.setattr(migrate, "revisions", lambda: ["0001", "9999", "99999"])
    with pytest.raises(SchemaMismatch, match=r"9999, we need 99999.*pumpbox migrate"):
        await check_head(empty_url)


async def test_a_migration_that_breaks_references_is_undone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)

    def orphan(connection: Connection) -> None:
        connection.execute(text("INSERT INTO accounts VALUES ('terminal', '1', 'nobody', 'name', NULL)"))
        run_alembic(connection)

    with pytest.raises(SchemaMismatch, match="1 references"):
        await in_transaction(url, orphan)
    store = SqlStore(url)
    async with store.read() as work:
        assert await work.accounts.get("terminal", "1") is None
    await store.close()


def test_a_fresh_start_does_not_wait_for_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from core.adapters.db.migrate import check_head, upgrade\n"
        f"url = 'sqlite:///{tmp_path}/store.db'\n"
        "asyncio.run(upgrade(url)); asyncio.run(upgrade(url)); asyncio.run(check_head(url))\n"
        "assert not [name for name in sys.modules if name.startswith('alembic')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_migrating_what_cannot_be_reached_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("not a database, and long enough to be read as one" * 30)
    for url in (
        f"sqlite:///{tmp_path}/folder.db",
        f"sqlite:///{tmp_path}/text.db",
        "postgresql://x@127.0.0.1:1/x",
    ):
        for use in (upgrade, check_head):
            with pytest.raises(StoreAway):
                await use(url)


def test_a_database_url_is_checked_without_being_shown() -> None:
    assert database_url("sqlite:////data/p.db").database == "/data/p.db"
    assert database_url("postgres://u:p@h/n").drivername == "postgresql+asyncpg"
    assert database_url("postgresql+psycopg://u:p@h/n").drivername == "postgresql+asyncpg"
    encrypted = database_url("postgresql://u:p@h/n?sslmode=verify-full&host=db")
    assert encrypted.query == {"ssl": "verify-full", "host": "db"}
    with pytest.raises(BadDatabaseUrl, match="leave out channel_binding"):
        database_url("postgresql://u:p@h/n?channel_binding=require")
    for wrong in (
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:hush@h/n",
        "://hush",
        "postgresql://u:hush@h:x/n",
    ):
        with pytest.raises(BadDatabaseUrl) as refused:
            database_url(wrong)
        assert "hush" not in repr(refused.value)
