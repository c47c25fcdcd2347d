"""Rows as text: what one database gives out, either takes in; and the moment at which they are read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from core.adapters.db.dump import BadDump, Chunk, dump
from core.adapters.db.migrate import in_transaction, revisions, upgrade
from core.adapters.db.snapshot import Snapshot, fill, filled_from, snapshot
from core.adapters.db.store import SqlStore
from core.ports.rows import InboxItem, Wallet
from core.ports.store import StoreAway
from tests.fakes.rows import a_coin, a_person, an_order

HEAD = revisions()[-1]


async def chunks(url: str) -> list[tuple[str, bytes]]:
    return [(chunk.table, chunk.data) for chunk in await in_transaction(url, _all)]


def _all(connection: Connection) -> list[Chunk]:
    return list(dump(connection))


async def emptied(url: str) -> None:
    """A database without any table, under the same URL."""

    def drop(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            return
        names = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        for name in names:
            if not name.startswith("sqlite_"):
                connection.execute(text(f"DROP TABLE {name}"))

    await in_transaction(url, drop)


async def _some_rows(store: SqlStore) -> None:
    async with store.begin() as work:
        account = await work.accounts.ensure("terminal", "ann", "Zoë 🐱", None)
        await work.wallets.add(Wallet("address", account.person_id, 1))
        payload = {"text": "\0 \ud800 \r\n\x85\u2028", "number": 2**70, "none": None}
        await work.inbox.put([InboxItem("terminal", str(n), payload, n) for n in range(700)])
        await work.events.add("coin.launched", {"mint": "m"}, 5)
        for amount in (0, 1, 2**63, 2**64 - 1):
            await work.coins.put(a_coin(f"mint-{amount}", volume=amount, complete=amount == 0))


async def test_either_database_takes_in_what_either_gives(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    await _some_rows(store)
    given = await chunks(store_url)
    await store.close()
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    await asyncio.to_thread(fill, elsewhere, HEAD, given, "first")
    assert await asyncio.to_thread(filled_from, elsewhere) == "first"
    came = await chunks(elsewhere)
    assert [chunk for chunk in came if chunk[0] != "cursors"] == given
    await emptied(store_url)
    assert await asyncio.to_thread(filled_from, store_url) is None
    await asyncio.to_thread(fill, store_url, HEAD, came, "second")
    assert await asyncio.to_thread(filled_from, store_url) == "second"
    back = await chunks(store_url)
    assert [chunk for chunk in back if chunk[0] != "cursors"] == given


async def test_numbering_goes_on_after_what_was_taken_in(store: SqlStore, store_url: str) -> None:
    await _some_rows(store)
    given = await chunks(store_url)
    await store.close()
    await emptied(store_url)
    await asyncio.to_thread(fill, store_url, HEAD, given, "it")
    again = SqlStore(store_url)
    async with again.begin() as work:
        await work.events.add("coin.launched", {"mint": "n"}, 6)
        first, second = [event.seq for event in await work.events.after(0, 10)]
        assert second == first + 1
        assert len(await work.inbox.put([InboxItem("terminal", "new", {}, 1)])) == 1
    await again.close()


NOT_OURS = (
    ("nobodys", b'["id"]\n', "nobodys, a table that schema"),
    ("alembic_version", b'["version_num"]\n["9999"]\n', "alembic_version, a table"),
    ("persons", b"no json", "persons: not rows of ours"),
    ("persons", b'["id"]\n["a","b"]\n', "persons: not rows of ours"),
    ("persons", b'["name"]\n["a"]\n', "persons: not rows of ours"),
    ("persons", b'["id"]\n[["a"]]\n', "persons: not rows of ours"),
    ("persons", b'["id"]\n["a"]\n["a"]\n', "persons: the database refuses"),
    ("persons", b'["id"]\n[null]\n', "persons: the database refuses"),
    ("inbox", b'["seq"]\n[9223372036854775808]\n', "inbox: the database refuses"),
    ("coins", b'["volume"]\n[18446744073709551616]\n', "coins: not rows of ours"),
    ("coins", b'["volume"]\n[-1]\n', "coins: not rows of ours"),
)


async def test_what_is_no_row_of_ours_leaves_the_database_empty(store_url: str) -> None:
    await emptied(store_url)
    for table, data, said in NOT_OURS:
        with pytest.raises(BadDump, match=said):
            await asyncio.to_thread(fill, store_url, HEAD, [(table, data)], "it")
        assert await asyncio.to_thread(filled_from, store_url) is None
    await upgrade(store_url)


async def test_no_order_is_written_while_the_moment_is_taken(
    store: SqlStore, other_store: SqlStore, store_url: str
) -> None:
    """What was committed before is in the snapshot; who comes while it begins waits, and isn't in it."""
    loop, tried = asyncio.get_running_loop(), asyncio.Event()
    async with store.begin() as work:
        person = await a_person(work)
        await work.orders.add(an_order("before", person))

    async def write() -> None:
        async with other_store.begin() as work:
            await work.orders.add(an_order("meanwhile", person))

    writing: list[asyncio.Task[None]] = []

    async def begin_to_write() -> bool:
        writing.append(asyncio.create_task(write()))
        tried.set()
        return not (await asyncio.wait(writing, timeout=0.3))[0]  # it waits, or would have ended by now

    def meanwhile() -> None:
        assert asyncio.run_coroutine_threadsafe(begin_to_write(), loop).result()

    def read(rows: Snapshot) -> bytes:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(writing[0], 10), loop).result()  # nobody waits now
        return b"".join(chunk.data for chunk in rows.chunks() if chunk.table == "orders")

    found = await asyncio.to_thread(snapshot, store_url, meanwhile, read)
    assert b'"before"' in found
    assert b'"meanwhile"' not in found
    async with store.read() as work:
        assert await work.orders.get("meanwhile") is not None


async def test_a_snapshot_of_what_cannot_be_reached_says_so() -> None:
    with pytest.raises(StoreAway):
        await asyncio.to_thread(snapshot, "postgresql://x@127.0.0.1:1/x", lambda: None, lambda rows: None)
