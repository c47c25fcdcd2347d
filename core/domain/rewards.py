"""Who gets what of a pot: shares by weight, in whole lamports, none of which is too small to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.merkle import MAX_LEVELS, Leaf
from core.domain.money import U64_MAX

MINIMUM = 890_880
"""Lamports that an account without data must hold: a leaf of less could not be paid to an empty one."""
RECIPIENT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Split:
    """leaves: ascending by recipient. carried: lamports by recipient, each below the minimum, due later.
    rest: lamports of the pot that rounding down leaves over."""

    leaves: tuple[Leaf, ...]
    carried: dict[bytes, int]
    rest: int

    @property
    def total(self) -> int:
        """Lamports that the epoch must be opened with."""
        return sum(leaf.amount for leaf in self.leaves)


def split(pot: int, weights: Mapping[bytes, int], carried: Mapping[bytes, int] | None = None) -> Split:
    """Divides `pot` lamports by weight: floor(pot * weight / sum of weights) each, in any order the same.

    carried: what an earlier split owes; it is added to the shares and is not part of the pot. A sum below the
    minimum carries over. leaves + carried + rest = pot + carried before, to the lamport.

    Raises ValueError for a recipient of other than 32 bytes, a negative number, and sums beyond 64 bits.
    """
    before = carried or {}
    whole = sum(weights.values())
    if any(value < 0 for value in (pot, *weights.values(), *before.values())):
        raise ValueError("a pot, weights and what is carried are not negative")
    shares = {who: pot * weight // whole for who, weight in weights.items() if weight}
    leaves, later = [], {}
    for who in sorted(shares.keys() | before.keys()):
        due = shares.get(who, 0) + before.get(who, 0)
        if due >= MINIMUM:
            leaves.append(Leaf(who, due))
        elif due:
            later[who] = due
    check_leaves(leaves)
    return Split(tuple(leaves), later, pot - sum(shares.values()))


def check_leaves(leaves: list[Leaf]) -> None:
    """Leaves as an epoch takes them, but that there is one. Raises ValueError."""
    if len(leaves) > 2**MAX_LEVELS:
        raise ValueError(f"more than {2**MAX_LEVELS:,} leaves")
    if sum(leaf.amount for leaf in leaves) > U64_MAX:
        raise ValueError("more lamports than 64 bits hold")
    before = b""
    for leaf in leaves:
        check_leaf(leaf, before)
        before = leaf.recipient


def check_leaf(leaf: Leaf, before: bytes) -> None:
    """One leaf; before: the recipient of the one before it, empty for the first. Raises ValueError."""
    if len(leaf.recipient) != RECIPIENT_BYTES:
        raise ValueError(f"a recipient has {RECIPIENT_BYTES} bytes")
    if leaf.recipient <= before:
        raise ValueError("recipients ascend, and stand there once")
    if not MINIMUM <= leaf.amount <= U64_MAX:
        raise ValueError(f"a leaf has at least {MINIMUM:,} lamports")
