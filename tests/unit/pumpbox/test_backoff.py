"""Waiting before a restart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pumpbox.backoff import Backoff


def test_it_doubles_to_fifteen_seconds_and_begins_anew_after_a_steady_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.25, 0.5, 1, 2, 4, 8, 15, 15]
    assert backoff.after(60) == 0.25


@given(st.lists(st.floats(0, 1000)))
def test_it_is_never_longer_than_it_may_be(lasted: list[float]) -> None:
    backoff = Backoff()
    assert all(0 < backoff.after(seconds) <= Backoff.MOST for seconds in lasted)
