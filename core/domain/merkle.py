"""The tree that rewards are proved by, as the program computes it (docs/rewards.md).

leaf = sha256(0x00 || epoch || index || recipient || amount), node = sha256(0x01 || left || right), numbers
and amount as u64 little-endian. What is missing to a power of two is pad = sha256(0x02).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
LEAVES_A_PAGE = 1_024
"""Leaves whose bits share an account of the program's; also a row of ours."""
PAGE_LEVELS = 10

PAD = sha256(b"\x02").digest()


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
    """A tree over nodes of one level, which need not be leaves: `pad` is what is missing at that level.

    Each level is one string of hashes, without the pads: 64 MB for a million leaves.
    """

    def __init__(self, hashes: Iterable[bytes], pad: bytes = PAD) -> None:
        """Raises ValueError without any."""
        bottom = b"".join(hashes)
        if not bottom:
            raise ValueError("a tree needs a leaf")
        self.count = len(bottom) // HASH_BYTES
        self._levels = [(bottom, pad)]
        while len(self._levels[-1][0]) > HASH_BYTES:
            self._levels.append(_above(*self._levels[-1]))

    @property
    def root(self) -> bytes:
        """The node above all."""
        return self._levels[-1][0]

    def proof(self, index: int) -> list[bytes]:
        """The siblings of a node of the lowest level, the lowest first. Raises IndexError."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        siblings = []
        for row, pad in self._levels[:-1]:
            at = (index ^ 1) * HASH_BYTES
            siblings.append(row[at : at + HASH_BYTES] or pad)
            index >>= 1
        return siblings


def _above(row: bytes, pad: bytes) -> tuple[bytes, bytes]:
    if len(row) // HASH_BYTES % 2:
        row += pad
    pairs = range(0, len(row), 2 * HASH_BYTES)
    above = b"".join([sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest() for at in pairs])
    return above, node_hash(pad, pad)


def leaf_tree(epoch: int, leaves: Sequence[Leaf], first: int = 0) -> Tree:
    """The tree over leaves whose indexes begin with `first`. Raises as `leaf_hash` and `Tree` do."""
    return Tree(leaf_hash(epoch, first + at, leaf) for at, leaf in enumerate(leaves))
