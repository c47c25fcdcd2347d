"""Slots and blockhashes follow from seed, birth and time."""

from __future__ import annotations

from collections.abc import Callable

from workers.localnet.clock import FIRST_SLOT, SlotClock

SEED = bytes(range(32))


def at(seconds: list[float], floor: int = FIRST_SLOT) -> SlotClock:
    now: Callable[[], float] = lambda: seconds[0]  # noqa: E731  # the list is the test's hand on the clock
    return SlotClock(SEED, 100.0, now, floor)


def test_a_slot_lasts_four_tenths_of_a_second() -> None:
    seconds = [100.0]
    clock = at(seconds)
    assert clock.slot() == 1_000
    seconds[0] = 100.39
    assert clock.slot() == 1_000
    assert 0 < clock.seconds_to_next() < 0.02
    seconds[0] = 140.001
    assert clock.slot() == 1_100
    assert clock.block_time(1_100) == 140


def test_slots_never_go_back() -> None:
    seconds = [200.0]
    clock = at(seconds)
    reached = clock.slot()
    seconds[0] = 0.0
    assert clock.slot() == reached
    assert at(seconds, floor=5_000).slot() == 5_000


def test_a_blockhash_lives_for_150_slots_after_its_own() -> None:
    seconds = [100.0]
    clock = at(seconds)
    blockhash = clock.blockhash(1_000)
    assert clock.slot_of(blockhash) == 1_000
    seconds[0] += 150 * 0.4 + 0.001
    assert clock.slot_of(blockhash) == 1_000
    seconds[0] += 0.4
    assert clock.slot_of(blockhash) is None


def test_a_blockhash_of_the_future_is_unknown() -> None:
    clock = at([100.0])
    assert clock.slot_of(clock.blockhash(1_001)) is None


def test_a_restart_and_a_long_pause_leave_the_same_blockhashes() -> None:
    seconds = [100.0]
    first = at(seconds)
    seconds[0] = 100_000.0
    second = at(seconds)
    now = second.slot()
    assert first.blockhash(now) == second.blockhash(now)
    assert (
        first.slot_of(first.blockhash(now - 150)) == second.slot_of(second.blockhash(now - 150)) == now - 150
    )
    assert second.slot_of(second.blockhash(now - 151)) is None


def test_another_seed_gives_other_blockhashes() -> None:
    other = SlotClock(bytes(32), 100.0, lambda: 100.0)
    assert other.blockhash(1_000) != at([100.0]).blockhash(1_000)


def test_slot_hashes_begin_with_the_current_slot() -> None:
    seconds = [1_000.0]
    hashes = at(seconds).slot_hashes()
    assert hashes[0] == (at(seconds).slot(), at(seconds).blockhash(at(seconds).slot()))
    assert len(hashes) == 512
