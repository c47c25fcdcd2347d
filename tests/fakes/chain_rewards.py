"""Rewards on the fake chain: who is paid what, by the same tree as the program's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from solders.pubkey import Pubkey

from core.domain.intent import ClaimIntent
from core.domain.merkle import HASH_BYTES, LEAVES_A_PAGE, Leaf, leaf_hash, leaf_tree, levels, root_from
from core.ports.chain import RewardState

PAGE_RENT = 2_115_840
DAY = 86_400


class NotPaid(Exception):
    """The program would not; `code` is the `UserError`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Epoch:
    """An open epoch, and what was claimed of it."""

    state: RewardState
    paid: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, number: int, leaves: Sequence[Leaf], opened_at: int) -> Epoch:
        """As `open_epoch` would make it, for 30 days of claims."""
        total, starts = sum(leaf.amount for leaf in leaves), opened_at + DAY
        root = leaf_tree(number, leaves).root.hex()
        return cls(RewardState(root, len(leaves), total, 0, starts, starts + 30 * DAY))

    def claimed(self, index: int) -> bool | None:
        """Whether a leaf was paid; None if no leaf of its page was."""
        pages = {paid // LEAVES_A_PAGE for paid in self.paid}
        return index in self.paid if index // LEAVES_A_PAGE in pages else None

    def claim(self, intent: ClaimIntent, wallet: str, now: int) -> int:
        """Marks the leaf paid; returns what its page took, if this was the first of it. Raises `NotPaid`."""
        if now < self.state.claims_from:
            raise NotPaid("reward-early")
        if now >= self.state.expires_at:
            raise NotPaid("reward-ended")
        leaf = Leaf(bytes(Pubkey.from_string(wallet)), intent.amount)
        proof = [
            bytes.fromhex(intent.proof)[at : at + HASH_BYTES]
            for at in range(0, len(intent.proof) // 2, HASH_BYTES)
        ]
        root = root_from(leaf_hash(intent.epoch, intent.index, leaf), intent.index, proof)
        if len(proof) != levels(self.state.count) or root.hex() != self.state.root:
            raise NotPaid("program-fault")
        if intent.index in self.paid:
            raise NotPaid("reward-claimed")
        rent = PAGE_RENT if self.claimed(intent.index) is None else 0
        self.paid.add(intent.index)
        return rent
