"""Splitting a pot: to the lamport, the same in any order, and nothing that could not be paid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.merkle import Leaf
from core.domain.money import U64_MAX
from core.domain.rewards import MINIMUM, check_leaves, split

PEOPLE = [bytes([number]) * 32 for number in range(1, 9)]
A, B, C = PEOPLE[:3]
weights = st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 2**70))
carries = st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, MINIMUM - 1))


def test_shares_are_rounded_down_and_the_rest_is_said() -> None:
    found = split(10_000_000, {A: 1, B: 1, C: 1})
    assert [leaf.amount for leaf in found.leaves] == [3_333_333] * 3
    assert (found.rest, found.carried, found.total) == (1, {}, 9_999_999)


def test_what_is_too_small_carries_over_until_it_is_not() -> None:
    first = split(1_000_000, {A: 1, B: 9})
    assert first.leaves == (Leaf(B, 900_000),)
    assert first.carried == {A: 100_000}
    second = split(1_000_000, {A: 8, B: 2}, first.carried)
    assert second.leaves == (Leaf(A, 900_000),)
    assert second.carried == {B: 200_000}
    third = split(0, {}, second.carried)
    assert (third.leaves, third.carried, third.rest) == ((), {B: 200_000}, 0)


def test_the_minimum_itself_is_paid() -> None:
    found = split(2 * MINIMUM - 1, {A: MINIMUM, B: MINIMUM - 1})
    assert found.leaves == (Leaf(A, MINIMUM),)
    assert found.carried == {B: MINIMUM - 1}


def test_nobody_with_a_weight_leaves_the_pot_whole() -> None:
    assert split(5_000_000, {A: 0}).rest == 5_000_000


@given(st.integers(0, U64_MAX - 8 * MINIMUM), weights, carries)
def test_no_lamport_is_made_or_lost(pot: int, weights: dict[bytes, int], carried: dict[bytes, int]) -> None:
    found = split(pot, weights, carried)
    after = found.total + sum(found.carried.values()) + found.rest
    assert after == pot + sum(carried.values())
    assert found.total <= pot + sum(carried.values())
    assert 0 <= found.rest < max(1, len(weights)) or not any(weights.values())
    assert all(leaf.amount >= MINIMUM for leaf in found.leaves)
    assert all(0 < due < MINIMUM for due in found.carried.values())
    check_leaves(list(found.leaves))


@given(st.integers(0, 2**50), weights, carries, st.randoms())
def test_the_order_of_people_does_not_matter(
    pot: int, weights: dict[bytes, int], carried: dict[bytes, int], random: st.Random
) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    assert split(pot, dict(shuffled), carried) == split(pot, weights, carried)


@given(st.integers(0, 2**50), weights)
def test_who_has_more_weight_gets_no_less(pot: int, weights: dict[bytes, int]) -> None:
    found = split(pot, weights)
    got = {leaf.recipient: leaf.amount for leaf in found.leaves} | found.carried
    by_weight = sorted(weights, key=lambda who: weights[who])
    amounts = [got.get(who, 0) for who in by_weight]
    assert amounts == sorted(amounts)


@pytest.mark.parametrize(
    ("pot", "weights", "carried"),
    [
        (-1, {A: 1}, {}),
        (1, {A: -1, B: 3}, {}),
        (1, {A: 1}, {A: -5}),
        (10**9, {b"short": 1}, {}),
        (U64_MAX, {A: 1}, {B: MINIMUM}),
    ],
    ids=["a negative pot", "a negative weight", "a negative carry", "no address", "beyond 64 bits"],
)
def test_what_makes_no_sense_is_refused(
    pot: int, weights: dict[bytes, int], carried: dict[bytes, int]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        split(pot, weights, carried)


@pytest.mark.parametrize(
    "leaves",
    [
        [Leaf(B, MINIMUM), Leaf(A, MINIMUM)],
        [Leaf(A, MINIMUM), Leaf(A, MINIMUM)],
        [Leaf(A, MINIMUM - 1)],
        [Leaf(A, U64_MAX + 1)],
        [Leaf(A + b"\0", MINIMUM)],
    ],
    ids=["descending", "twice", "too small", "too large", "33 bytes"],
)
def test_leaves_that_no_epoch_takes_are_refused(leaves: list[Leaf]) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_leaves(leaves)
