"""A unit of work: all or nothing, one after another, and never lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.adapters.db import engine as db_engine
from core.adapters.db.store import SqlStore
from core.adapters.db.types import BadKey
from core.ports.store import Duplicate, StoreAway
from tests.fakes.rows import a_person, a_wallet


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
    for text in ("a\x00b", "a\ud800b"):
        async with store.begin() as work:
            with pytest.raises(BadKey):
                await work.accounts.get("terminal", text)


async def test_a_database_that_cannot_be_reached_is_away(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    for url in (f"sqlite:///{tmp_path}/folder.db", "postgresql://nobody@127.0.0.1:1/nothing"):
        away = SqlStore(url)
        for unit in (away.begin, away.read):
            with pytest.raises(StoreAway):
                async with unit():
                    pytest.fail("began without a database")
        await away.close()


async def test_a_writer_who_never_ends_makes_others_give_up(
    store: SqlStore, other_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.adapters.db.store.WAIT_SECONDS", 0.05)
    if db_engine.is_sqlite(store._writer.url):
        async with store.begin():
            with pytest.raises(StoreAway):
                async with store.begin():
                    pytest.fail("two writers at once")
    async with store.read() as work:
        assert await work.cursors.get("x") is None
