"""The limiter, on a clock of the test's own."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.telegram.limiter import Limiter, Priority

GROUP, OTHER_GROUP, PRIVATE = -100, -200, 7


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


calls = st.lists(
    st.tuples(
        st.sampled_from([GROUP, OTHER_GROUP, PRIVATE, 8, 9]),
        st.sampled_from(list(Priority)),
        st.sampled_from([0.0, 0.01, 0.2, 1.0, 7.0]),
    ),
    max_size=300,
)


def _most(times: list[float], seconds: float) -> int:
    """The most calls in any window of that length."""
    return max((sum(start <= t < start + seconds for t in times) for start in times), default=0)


@given(calls)
def test_no_window_is_ever_overrun(wanted: list[tuple[int, Priority, float]]) -> None:
    clock = Clock()
    limiter = Limiter(clock)
    taken: list[tuple[int, float]] = []
    for chat, priority, pause in wanted:
        clock.now += pause
        if limiter.take(chat, priority) == 0:
            taken.append((chat, clock.now))
    assert _most([t for _, t in taken], 1.0) <= 30
    for chat in (GROUP, OTHER_GROUP):
        assert _most([t for c, t in taken if c == chat], 60.0) <= 20
    assert _most([t for c, t in taken if c == PRIVATE], 5.0) <= 5


@given(calls, st.sampled_from(list(Priority)))
def test_the_wait_that_is_told_is_enough_and_not_too_much(
    wanted: list[tuple[int, Priority, float]], priority: Priority
) -> None:
    clock = Clock()
    limiter = Limiter(clock)
    for chat, other, pause in wanted:
        clock.now += pause
        limiter.take(chat, other)
    wait = limiter.take(GROUP, priority)
    if wait > 0:
        clock.now = math.nextafter(clock.now + wait, math.inf)
        assert limiter.take(GROUP, priority) == 0


def test_one_flood_stops_one_chat(clock: Clock) -> None:
    limiter = Limiter(clock)
    limiter.pause(GROUP, 3600)
    assert limiter.take(GROUP, Priority.RESULT) == 3600
    assert limiter.take(OTHER_GROUP, Priority.PROGRESS) == 0
    clock.now = 3600
    assert limiter.take(GROUP, Priority.RESULT) == 0


def test_progress_leaves_room_for_results(clock: Clock) -> None:
    limiter = Limiter(clock)
    shown = 0
    for _ in range(60):
        clock.now += 1
        shown += limiter.take(GROUP, Priority.PROGRESS) == 0
    assert shown <= 11
    assert [limiter.take(GROUP, Priority.RESULT) for _ in range(9)] == [0] * 9


def test_progress_is_seldom_enough_to_be_read(clock: Clock) -> None:
    limiter = Limiter(clock)
    assert limiter.take(PRIVATE, Priority.REPLY) == 0
    assert limiter.take(PRIVATE, Priority.PROGRESS) == 1.5
    assert limiter.take(GROUP, Priority.REPLY) == 0
    assert limiter.take(GROUP, Priority.PROGRESS) == 3.0


async def _waiting(limiter: Limiter, calls: int) -> None:
    """Until so many calls wait for a slot in the group."""
    chat = limiter._chats[GROUP]
    async with chat.turn:
        await chat.turn.wait_for(lambda: len(chat.queue) == calls)


async def test_the_urgent_go_first(clock: Clock) -> None:
    limiter = Limiter(clock)
    limiter.pause(GROUP, 0.05)
    order: list[Priority] = []

    async def call(priority: Priority) -> None:
        await limiter.slot(GROUP, priority)
        order.append(priority)

    waiting = [asyncio.create_task(call(p)) for p in (Priority.NOTICE, Priority.REPLY, Priority.RESULT)]
    await _waiting(limiter, 3)
    clock.now = 1.0
    await asyncio.gather(*waiting)
    assert order == [Priority.RESULT, Priority.REPLY, Priority.NOTICE]


async def test_who_gives_up_waiting_makes_room(clock: Clock) -> None:
    limiter = Limiter(clock)
    limiter.pause(GROUP, 3600)
    waiting = asyncio.create_task(limiter.slot(GROUP, Priority.RESULT))
    await _waiting(limiter, 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    clock.now = 3601
    assert limiter.take(GROUP, Priority.PROGRESS) == 0


def test_quiet_chats_are_forgotten(clock: Clock) -> None:
    limiter = Limiter(clock)
    for chat in range(1, 10_001):
        clock.now += 0.05
        limiter.take(chat, Priority.REPLY)
    clock.now += 1_000
    limiter.take(PRIVATE, Priority.REPLY)
    limiter.take(20_000, Priority.REPLY)
    assert len(limiter._chats) <= 2


async def test_one_stalled_chat_never_stalls_another(clock: Clock) -> None:
    """However many wait in one chat, and however urgent: they take nothing of what all share."""
    limiter = Limiter(clock)
    limiter.pause(GROUP, 3600)
    stalled = [asyncio.create_task(limiter.slot(GROUP, Priority.RESULT)) for _ in range(100)]
    await _waiting(limiter, 100)
    for _ in range(10):
        await asyncio.wait_for(limiter.slot(PRIVATE, Priority.REPLY), 1)
        assert limiter.take(OTHER_GROUP, Priority.NOTICE) == 0
        clock.now += 2
    assert not any(task.done() for task in stalled)
    for task in stalled:
        task.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)


@given(calls, st.integers(0, 3600))
def test_a_stalled_chat_changes_nothing_for_the_others(
    wanted: list[tuple[int, Priority, float]], seconds: int
) -> None:
    """Call by call the others are told what they would be told if the stalled chat were not there."""

    def told(*, stalled: bool) -> list[float]:
        clock = Clock()
        limiter = Limiter(clock)
        limiter.pause(GROUP, 3600 + seconds)
        waits = []
        for chat, priority, pause in wanted:
            clock.now = min(clock.now + pause, 3599.0)
            if chat == GROUP and stalled:
                assert limiter.take(chat, priority) > 0
            elif chat != GROUP:
                waits.append(limiter.take(chat, priority))
        return waits

    assert told(stalled=True) == told(stalled=False)
