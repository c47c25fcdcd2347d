"""Events, deliveries, leaders: what leaves the house, in which order, and by whose hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.adapters.db.store import SqlStore
from core.ports.rows import Delivery
from tests.fakes.rows import a_delivery


async def _claim(store: SqlStore, now: int = 10, until: int = 20, limit: int = 100) -> list[Delivery]:
    async with store.begin() as work:
        return await work.deliveries.claim("terminal", "me", now, until, limit)


async def _add(store: SqlStore, *deliveries: Delivery) -> None:
    async with store.begin() as work:
        await work.deliveries.add(deliveries)


def _keys(deliveries: list[Delivery]) -> list[str]:
    return [delivery.key for delivery in deliveries]


def _edit(key: str, version: int, kind: str = "progress", subject: str = "box:1") -> Delivery:
    return a_delivery(key, version=version, kind=kind, subject=subject)


async def test_events_are_numbered_as_they_happen(store: SqlStore) -> None:
    async with store.begin() as work:
        first = await work.events.add("launched", {"amount": 2**64 - 1, "name": "\x00"}, 5)
        second = await work.events.add("bought", {}, 6)
    assert second > first
    async with store.read() as work:
        events = await work.events.after(0, 9)
        assert [(event.seq, event.type, event.at) for event in events] == [
            (first, "launched", 5),
            (second, "bought", 6),
        ]
        assert events[0].payload == {"amount": 2**64 - 1, "name": "\x00"}
        assert [event.seq for event in await work.events.after(0, 1)] == [first]
        assert await work.events.after(second, 9) == []


async def test_a_cursor_is_what_was_set_last(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.cursors.set("chain", {"slot": 2**63})
        await work.cursors.set("chain", {"slot": 2**64 - 1})
    async with store.read() as work:
        assert await work.cursors.get("chain") == {"slot": 2**64 - 1}
        assert await work.cursors.get("events") is None


async def test_a_role_has_one_leader(store: SqlStore) -> None:
    async with store.begin() as work:
        hold, release = work.leaders.hold, work.leaders.release
        assert await hold("indexer", "ann", now=1, until=10)
        assert not await hold("indexer", "bob", now=9, until=20)
        assert await hold("keeper", "bob", now=9, until=20)
        assert await hold("indexer", "ann", now=9, until=15)
        assert await hold("indexer", "bob", now=15, until=20)
        await release("indexer", "ann")  # no longer hers
        assert not await hold("indexer", "ann", now=16, until=30)
        await release("indexer", "bob")
        assert await hold("indexer", "ann", now=16, until=30)


async def test_of_many_candidates_one_leads(store: SqlStore, other_store: SqlStore) -> None:
    async def stand(mine: SqlStore, owner: str) -> bool:
        async with mine.begin() as work:
            return await work.leaders.hold("indexer", owner, 1, 10)

    elected = await asyncio.gather(*(stand(each, f"o{n}") for n, each in enumerate([store, other_store] * 3)))
    assert elected.count(True) == 1


async def test_a_delivery_is_added_once_and_comes_back_whole(store: SqlStore) -> None:
    given = a_delivery("k1", thread_id="t1", user_id="u1", subject="order:1", message='{"text":":1 \\u0000"}')
    await _add(store)
    await _add(store, given, a_delivery("k2", platform="discord"))
    await _add(store, replace(given, message="another"), a_delivery("k3"))
    async with store.read() as work:
        assert await work.deliveries.open_count("terminal") == 2
        assert await work.deliveries.open_count("discord") == 1
    first, second = await _claim(store)
    assert first == replace(given, id=first.id, attempts=1)
    assert second.key == "k3"
    assert second.id > first.id


async def test_results_leave_before_notices_before_progress(store: SqlStore) -> None:
    kinds = ["progress", "notice", "result", "notice", "result", "progress"]
    await _add(store, *(_edit(f"{n}", n, kind, subject=f"s{n}") for n, kind in enumerate(kinds)))
    assert _keys(await _claim(store, limit=3)) == ["2", "4", "1"]
    assert _keys(await _claim(store)) == ["3", "0", "5"]
    assert await _claim(store) == []


async def test_of_several_edits_of_a_subject_the_newest_leaves(store: SqlStore) -> None:
    await _add(
        store,
        _edit("old", 1),
        _edit("newest", 3, "result"),
        _edit("older", 2),
        _edit("another subject", 1, subject="box:2"),
        a_delivery("elsewhere", version=9, kind="progress", subject="box:1", platform="discord"),
        a_delivery("notice", version=1, subject="box:1"),
        a_delivery("no subject", version=1, kind="progress"),
        a_delivery("no subject either", version=2, kind="progress"),
    )
    claimed = _keys(await _claim(store))
    assert claimed == ["newest", "notice", "another subject", "no subject", "no subject either"]
    async with store.read() as work:
        assert await work.deliveries.open_count("terminal") == len(claimed)


async def test_an_edit_that_comes_too_late_is_dropped(store: SqlStore) -> None:
    await _add(store, _edit("new", 5))
    [sent] = await _claim(store)
    async with store.begin() as work:
        await work.deliveries.done(sent.id)
    await _add(store, _edit("late", 4))
    assert await _claim(store) == []
    await _add(store, _edit("newer", 6))
    assert _keys(await _claim(store)) == ["newer"]


async def test_a_stuck_edit_does_not_hold_back_the_next(store: SqlStore) -> None:
    await _add(store, _edit("stuck", 1))
    assert _keys(await _claim(store, now=10, until=20)) == ["stuck"]
    await _add(store, _edit("next", 2), a_delivery("notice"))
    assert _keys(await _claim(store, now=11, until=12)) == ["notice", "next"]
    # The stuck one is not shown after the next: it never comes back.
    assert _keys(await _claim(store, now=30, until=40)) == ["notice", "next"]


async def test_what_was_in_flight_may_be_doubled(store: SqlStore) -> None:
    await _add(store, a_delivery("k1"))
    [first] = await _claim(store, now=10, until=20)
    assert (first.maybe_doubled, first.attempts) == (False, 1)
    assert await _claim(store, now=19, until=29) == []
    [second] = await _claim(store, now=20, until=30)
    assert (second.maybe_doubled, second.attempts) == (True, 2)
    async with store.begin() as work:
        await work.deliveries.retry(second.id, at=25)
    [third] = await _claim(store, now=25, until=35)
    assert third.maybe_doubled  # what may be doubled stays so


async def test_a_refused_delivery_comes_again_not_before_its_time(store: SqlStore) -> None:
    await _add(store, a_delivery("k1"), a_delivery("k2"))
    [first, _] = await _claim(store)
    async with store.begin() as work:
        await work.deliveries.retry(first.id, at=15)
    assert await _claim(store, now=14) == []
    [again] = await _claim(store, now=15)
    assert (again.key, again.maybe_doubled, again.attempts) == ("k1", False, 2)


async def test_what_is_done_or_dropped_is_over(store: SqlStore) -> None:
    await _add(store, a_delivery("k1"), a_delivery("k2"))
    one, two = await _claim(store)
    async with store.begin() as work:
        await work.deliveries.done(one.id)
        await work.deliveries.drop(two.id, "the chat is gone \x00")
        await work.deliveries.retry(two.id, at=0)
        assert await work.deliveries.open_count("terminal") == 0
    assert await _claim(store, now=100) == []
    await _add(store, a_delivery("k1"))
    assert await _claim(store, now=100) == []


async def test_two_senders_share_without_overlap(store: SqlStore, other_store: SqlStore) -> None:
    await _add(store, *(a_delivery(f"{n:02}") for n in range(20)))
    claimed = await asyncio.gather(
        *(_claim(each, limit=5) for each in (store, other_store) for _ in range(2))
    )
    assert sorted(key for each in claimed for key in _keys(each)) == [f"{n:02}" for n in range(20)]
