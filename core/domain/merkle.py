"""The tree that rewards are proved by, as the program computes it (docs/program.md, Rewards).

leaf = sha256(0x00 || epoch || index || recipient || amount), node = sha256(0x01 || left || right), numbers
and amount as u64 little-endian. What is missing to a power of two is pad = sha256(0x02).

A page is 1,024 leaves. With the siblings above it, it proves each of them: nobody needs the other pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
MAX_LEVELS = 24
"""Of a tree that the program takes."""
PAGE_LEVELS = 10
LEAVES_A_PAGE = 2**PAGE_LEVELS
"""Leaves whose bits share an account of the program's; also a row of ours."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a recipient (32 bytes) gets, in lamports."""

    recipient: bytes
    amount: int


def leaf_hash(epoch: int, index: int, leaf: Leaf) -> bytes:
    """Raises OverflowError for numbers outside 64 bits."""
    head = b"\x00" + epoch.to_bytes(8, "little") + index.to_bytes(8, "little")
    return sha256(head + leaf.recipient + leaf.amount.to_bytes(8, "little")).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two."""
    return sha256(b"\x01" + left + right).digest()


def _pads() -> tuple[bytes, ...]:
    pads = [sha256(b"\x02").digest()]
    for _ in range(MAX_LEVELS):
        pads.append(node_hash(pads[-1], pads[-1]))
    return tuple(pads)


PADS = _pads()
"""What stands at each level where no leaf is below, the lowest first."""


def levels(count: int) -> int:
    """How many levels stand above `count` leaves, which is how long a proof is: ceil(log2 count)."""
    return (count - 1).bit_length()


def root_from(hash_: bytes, index: int, proof: Iterable[bytes]) -> bytes:
    """The root that follows from a leaf's hash, its index and its siblings, the lowest first."""
    for sibling in proof:
        hash_ = node_hash(sibling, hash_) if index & 1 else node_hash(hash_, sibling)
        index >>= 1
    return hash_


class Tree:
    """A tree over hashes that stand at one level, 0 for leaves. Each level is one string, without the pads."""

    def __init__(self, hashes: Iterable[bytes], level: int = 0) -> None:
        """Raises ValueError without any."""
        bottom = b"".join(hashes)
        if not bottom:
            raise ValueError("a tree needs a leaf")
        self.count = len(bottom) // HASH_BYTES
        self._level = level
        self._rows = [bottom]
        while len(self._rows[-1]) > HASH_BYTES:
            self._rows.append(_above(self._rows[-1], PADS[level]))
            level += 1

    @property
    def root(self) -> bytes:
        """The node above all."""
        return self._rows[-1]

    def proof(self, at: int) -> tuple[bytes, ...]:
        """The siblings of the hash at this place, the lowest first. Raises IndexError."""
        if not 0 <= at < self.count:
            raise IndexError(at)
        siblings = []
        for row, pad in zip(self._rows[:-1], PADS[self._level :], strict=False):
            start = (at ^ 1) * HASH_BYTES
            siblings.append(row[start : start + HASH_BYTES] or pad)
            at >>= 1
        return tuple(siblings)


def _above(row: bytes, pad: bytes) -> bytes:
    if len(row) // HASH_BYTES % 2:
        row += pad
    pairs = range(0, len(row), 2 * HASH_BYTES)
    return b"".join([sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest() for at in pairs])


def leaf_tree(epoch: int, leaves: Sequence[Leaf], first: int = 0) -> Tree:
    """The tree over leaves whose indexes begin with `first`. Raises as `leaf_hash` and `Tree` do."""
    return Tree(leaf_hash(epoch, first + at, leaf) for at, leaf in enumerate(leaves))


@dataclass(frozen=True, slots=True)
class Page:
    """Leaves from index `first` on, and the siblings of the node above them, the lowest first."""

    first: int
    leaves: tuple[Leaf, ...]
    path: tuple[bytes, ...]

    def proof(self, epoch: int, index: int) -> tuple[bytes, ...]:
        """The siblings of a leaf of this page, the lowest first. Raises IndexError."""
        inside = leaf_tree(epoch, self.leaves, self.first).proof(index - self.first)
        return inside + _to_page(len(inside), self.first) + self.path


def page_root(epoch: int, first: int, leaves: Sequence[Leaf]) -> bytes:
    """The node above a page's leaves, for `page_tree`."""
    tree = leaf_tree(epoch, leaves, first)
    return root_from(tree.root, 0, _to_page(levels(tree.count), first))


def page_tree(roots: Iterable[bytes]) -> Tree:
    """The tree above pages: its root is the epoch's, its proofs are the pages' paths. Raises ValueError."""
    return Tree(roots, PAGE_LEVELS)


def _to_page(level: int, first: int) -> tuple[bytes, ...]:
    """What the node above a page that is not full lacks to a page's height. The first page that is not full is
    the only one, and the tree is no higher than it."""
    return PADS[level:PAGE_LEVELS] if first else ()
