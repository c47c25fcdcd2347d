"""A unit of work: all or nothing, one after another, and never lost."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError

from core.adapters.db.engine import sqlite_engine
from core.adapters.db.migrate import in_transaction, upgrade
from core.adapters.db.store import SqlStore
from core.adapters.db.types import BadKey
from core.ports.store import Duplicate, StoreAway
from tests.fakes.rows import a_box, a_person, a_wallet


async def test_an_exception_undoes_everything(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.begin() as work:
            await work.cursors.set("chain", {"slot": 1})
            await work.events.add("launched", {}, 1)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await fail()
    async with store.read() as work:
        assert await work.cursors.get("chain") is None
        assert await work.events.after(0, 10) == []


async def test_a_cancelled_unit_is_undone_and_blocks_nobody(store: SqlStore, other_store: SqlStore) -> None:
    inside = asyncio.Event()

    async def unfinished() -> None:
        async with store.begin() as work:
            await work.cursors.set("chain", {"slot": 1})
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(unfinished())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for each in (store, other_store):
        async with each.begin() as work:
            assert await work.cursors.get("chain") is None


async def test_cancelled_in_the_middle_of_a_statement_blocks_nobody(store: SqlStore) -> None:
    async def writing() -> None:
        async with store.begin() as work:
            while True:
                await work.cursors.set("chain", {"slot": 1})
                await asyncio.sleep(0)

    for _ in range(10):
        task = asyncio.create_task(writing())
        for _ in range(30):  # somewhere in it
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with store.begin() as work:
        assert await work.cursors.get("chain") is None


async def test_read_then_write_loses_nothing(store: SqlStore, other_store: SqlStore) -> None:
    """Eight tasks on two stores count to 50 each; also the row that wasn't there is counted once."""

    async def count(mine: SqlStore) -> None:
        for _ in range(50):
            async with mine.begin() as work:
                before = await work.cursors.get("count") or {"n": 0}
                await work.cursors.set("count", {"n": before["n"] + 1})

    await asyncio.gather(*(count(each) for each in (store, other_store) for _ in range(4)))
    async with store.read() as work:
        assert await work.cursors.get("count") == {"n": 400}


async def test_a_snapshot_sees_one_moment_and_waits_for_nobody(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.cursors.set("chain", {"slot": 1})
    async with store.read() as snapshot:
        assert await snapshot.cursors.get("chain") == {"slot": 1}
        async with store.begin() as work:
            await work.cursors.set("chain", {"slot": 2})
            assert await snapshot.cursors.get("chain") == {"slot": 1}
        assert await snapshot.cursors.get("chain") == {"slot": 1}
    async with store.read() as snapshot:
        assert await snapshot.cursors.get("chain") == {"slot": 2}


async def test_events_are_seen_in_the_order_of_their_numbers(store: SqlStore, other_store: SqlStore) -> None:
    """A reader who has seen number n will never find a smaller one that it missed."""
    seen: list[int] = []

    async def write(mine: SqlStore) -> None:
        for at in range(15):
            async with mine.begin() as work:
                await work.events.add("tick", {"at": at}, at)
                await work.cursors.set("noise", {"at": at})

    async def follow() -> None:
        while len(seen) < 60:
            async with store.read() as work:
                seen.extend([event.seq for event in await work.events.after(seen[-1] if seen else 0, 100)])

    await asyncio.gather(follow(), *(write(each) for each in (store, other_store) for _ in range(2)))
    async with store.read() as work:
        assert [event.seq for event in await work.events.after(0, 100)] == seen


async def test_a_taken_key_is_said(store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        await work.wallets.add(a_wallet(person))
    with pytest.raises(Duplicate):
        async with store.begin() as work:
            await work.wallets.add(a_wallet(person, address="another"))


async def test_an_id_that_no_database_holds_is_refused(store: SqlStore) -> None:
    for wrong in ("a\x00b", "a\ud800b"):
        async with store.begin() as work:
            with pytest.raises(BadKey):
                await work.accounts.get("terminal", wrong)


async def test_a_database_that_cannot_be_reached_is_away(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    for url in (f"sqlite:///{tmp_path}/folder.db", "postgresql://nobody@127.0.0.1:1/nothing"):
        away = SqlStore(url)
        for unit in (away.begin, away.read):
            with pytest.raises(StoreAway):
                async with unit():
                    pytest.fail("began without a database")
        await away.close()


async def test_writers_give_up_behind_one_that_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process or in another."""
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    monkeypatch.setattr("core.adapters.db.engine.WAIT_SECONDS", 0.05)
    monkeypatch.setattr("core.adapters.db.store.WAIT_SECONDS", 0.05)
    one, other = SqlStore(url), SqlStore(url)
    async with one.begin():
        for waiting in (one, other):
            with pytest.raises(StoreAway):
                async with waiting.begin():
                    pytest.fail("two writers at once")
            async with waiting.read() as work:
                assert await work.cursors.get("chain") is None
    async with other.begin() as work:
        await work.cursors.set("chain", {"slot": 1})
    await one.close()
    await other.close()


async def test_a_full_disk_is_said_and_undoes_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    monkeypatch.setattr(
        "core.adapters.db.store.sqlite_engine", partial(_nearly_full, f"PRAGMA max_page_count = {pages + 2}")
    )
    store = SqlStore(url)

    async def write_much() -> None:
        async with store.begin() as work:
            await work.cursors.set("small", {})
            await work.cursors.set("large", {"text": "x" * 100_000})

    with pytest.raises(StoreAway, match="full"):
        await write_much()
    async with store.begin() as work:
        assert await work.cursors.get("small") is None
        await work.cursors.set("small", {})
    await store.close()


def _nearly_full(limit: str, *args: Any, **options: Any) -> Engine:
    engine = sqlite_engine(*args, **options)
    event.listen(engine, "connect", lambda connection, _: connection.execute(limit))
    return engine


def _hang_up_on_others(connection: Connection) -> None:
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


async def test_a_server_that_hangs_up_is_away_and_comes_back(postgres_server: str) -> None:
    await upgrade(postgres_server)
    store = SqlStore(postgres_server)

    async def be_hung_up_on() -> None:
        async with store.begin() as work:
            await work.cursors.set("hung", {})
            await in_transaction(postgres_server, _hang_up_on_others)
            await work.cursors.set("hung", {})

    with pytest.raises(StoreAway):
        await be_hung_up_on()
    async with store.begin() as work:
        assert await work.cursors.get("hung") is None
    await store.close()


async def test_one_who_only_uses_the_store_lets_others_run(store: SqlStore) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    for _ in range(20):
        async with store.begin() as work:
            await work.cursors.set("chain", {})
    running.cancel()
    assert turns >= 20


async def test_an_error_never_shows_what_was_stored(store: SqlStore) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with store.begin() as work:
            await work.boxes.add(a_box("b1", "no such person", seed="hush" * 16))
    assert "hush" not in f"{refused.value} {refused.value!r}"


async def test_what_is_committed_can_be_brought_to_the_disk(store: SqlStore) -> None:
    await store.synced()  # nothing yet is no error
    async with store.begin() as work:
        await work.cursors.set("chain", {"slot": 1})
    await store.synced()
    async with store.read() as work:
        assert await work.cursors.get("chain") == {"slot": 1}
