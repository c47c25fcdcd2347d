"""The rewards' tree: against one built the long way, and what does not prove anything."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.merkle import (
    LEAVES_A_PAGE,
    MAX_LEVELS,
    PADS,
    Leaf,
    Page,
    Tree,
    leaf_hash,
    leaf_tree,
    levels,
    node_hash,
    page_root,
    page_tree,
    root_from,
)


def some_leaves(count: int) -> tuple[Leaf, ...]:
    """Leaves, each of another recipient and amount."""
    return tuple(Leaf(sha256(at.to_bytes(4, "big")).digest(), 890_880 + at * at) for at in range(count))


def long_way(epoch: int, leaves: tuple[Leaf, ...]) -> list[list[bytes]]:
    """Every level with its pads, the leaves first."""
    row = [leaf_hash(epoch, index, leaf) for index, leaf in enumerate(leaves)]
    row += [sha256(b"\x02").digest()] * (2 ** levels(len(leaves)) - len(leaves))
    rows = [row]
    while len(row) > 1:
        row = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
        rows.append(row)
    return rows


def test_a_leaf_is_hashed_field_by_field() -> None:
    written = b"\0" + b"\1" + bytes(7) + b"\2" + bytes(7) + b"\7" * 32 + b"\3" + bytes(7)
    assert leaf_hash(1, 2, Leaf(b"\7" * 32, 3)) == sha256(written).digest()


def test_a_known_root() -> None:
    """Written down once, by other code (docs/rewards.md): neither may change together with the other."""
    leaves = [Leaf(bytes([at]) * 32, 1_000_000_000 + at) for at in range(5)]
    assert (
        leaf_tree(7, leaves).root.hex() == "8c51f339c98eba8e22f07c6c294b5850716a98fbccbedb28191be3f97e0199b9"
    )


@given(st.integers(1, 2**24))
def test_a_proof_is_as_long_as_the_tree_is_high(count: int) -> None:
    assert 2 ** levels(count) >= count > 2 ** levels(count) // 2
    assert levels(2**MAX_LEVELS) == MAX_LEVELS == len(PADS) - 1


@given(st.integers(1, 140), st.integers(0, 2**64 - 1))
def test_every_leaf_of_any_tree_gives_its_root(count: int, epoch: int) -> None:
    leaves = some_leaves(count)
    rows, tree = long_way(epoch, leaves), leaf_tree(epoch, leaves)
    assert [tree.root] == rows[-1]
    for index, leaf in enumerate(leaves):
        proof = tree.proof(index)
        assert list(proof) == [row[index >> level ^ 1] for level, row in enumerate(rows[:-1])]
        assert root_from(leaf_hash(epoch, index, leaf), index, proof) == tree.root


@given(st.integers(2, 140), st.data())
def test_what_is_not_the_leaf_does_not_give_the_root(count: int, data: st.DataObject) -> None:
    leaves = some_leaves(count)
    tree, index = leaf_tree(1, leaves), data.draw(st.integers(0, count - 1))
    proof, leaf = list(tree.proof(index)), leaves[index]
    genuine = leaf_hash(1, index, leaf)
    level, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(proof[level], "big") ^ 1 << bit).to_bytes(32, "big")
    wrong = [
        root_from(leaf_hash(2, index, leaf), index, proof),
        root_from(leaf_hash(1, index + 1, leaf), index, proof),
        root_from(leaf_hash(1, index, Leaf(leaf.recipient, leaf.amount + 1)), index, proof),
        root_from(leaf_hash(1, index, Leaf(bytes(32), leaf.amount)), index, proof),
        root_from(genuine, index ^ 1, proof),
        root_from(genuine, index, proof[1:]),
        root_from(genuine, index, [*proof, PADS[0]]),
        root_from(genuine, index, [*proof[:level], flipped, *proof[level + 1 :]]),
    ]
    assert tree.root not in wrong


@settings(max_examples=8, deadline=None)
@given(st.sampled_from([1, 2, 700, 1_023, 1_024, 1_025, 2_048, 2_049, 3_000, 5_121]), st.integers(0, 9))
def test_a_page_proves_its_leaves_alone(count: int, epoch: int) -> None:
    leaves = some_leaves(count)
    whole = leaf_tree(epoch, leaves)
    starts = range(0, count, LEAVES_A_PAGE)
    above = page_tree(page_root(epoch, at, leaves[at : at + LEAVES_A_PAGE]) for at in starts)
    assert above.root == whole.root
    for number, first in enumerate(starts):
        page = Page(first, leaves[first : first + LEAVES_A_PAGE], above.proof(number))
        for index in {first, first + len(page.leaves) // 2, first + len(page.leaves) - 1}:
            assert page.proof(epoch, index) == whole.proof(index)
        for index in (first - 1, first + len(page.leaves)):
            with pytest.raises(IndexError):
                page.proof(epoch, index)


def test_no_leaf_no_tree() -> None:
    with pytest.raises(ValueError, match="a leaf"):
        Tree([])


def test_a_leaf_a_node_and_a_pad_are_told_apart_by_their_first_byte() -> None:
    """Second preimages: no two kinds hash the same bytes."""
    assert node_hash(bytes(32), bytes(32)) != sha256(bytes(64)).digest()
    assert PADS[0] == sha256(b"\x02").digest()
    assert PADS[1] == node_hash(PADS[0], PADS[0])
