"""Slots and blockhashes. Both follow from the ledger's seed, its birth and the time: nothing is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from solders.hash import Hash

SLOT_SECONDS = 0.4
FIRST_SLOT = 1_000  # clients subtract from slots: 0 would go below zero
SLOTS_PER_EPOCH = 432_000
VALID_SLOTS = 150  # a transaction may land in its blockhash's slot and in the 150 after it
SLOT_HASHES = 512  # what the SlotHashes sysvar keeps


class SlotClock:
    """The slot now, never going back, and the blockhash of any slot.

    `genesis_time` is in unix seconds; `floor` is the highest slot the ledger has already used.
    """

    def __init__(
        self, seed: bytes, genesis_time: float, now: Callable[[], float], floor: int = FIRST_SLOT
    ) -> None:
        self._seed = seed
        self._genesis_time = genesis_time
        self._now = now
        self._slot = max(FIRST_SLOT, floor)
        self._valid: dict[Hash, int] = {}
        self._valid_upto = self._slot - VALID_SLOTS - 1
        self.slot()

    def slot(self) -> int:
        """The slot that a transaction sent now lands in."""
        reached = FIRST_SLOT + int((self._now() - self._genesis_time) / SLOT_SECONDS)
        self._slot = max(self._slot, reached)
        return self._slot

    def seconds_to_next(self) -> float:
        """Seconds until the slot changes (0 if it should have)."""
        due = self._genesis_time + (self._slot + 1 - FIRST_SLOT) * SLOT_SECONDS
        return max(0.0, due - self._now())

    def block_time(self, slot: int) -> int:
        """When the slot began, in unix seconds."""
        return int(self._genesis_time + (slot - FIRST_SLOT) * SLOT_SECONDS)

    def unix_time(self) -> int:
        """The time now, in unix seconds, never before the current slot began."""
        return max(int(self._now()), self.block_time(self._slot))

    def blockhash(self, slot: int) -> Hash:
        """The blockhash that `slot` produced."""
        return blockhash(self._seed, slot)

    def slot_of(self, blockhash: Hash) -> int | None:
        """The slot of a blockhash that is valid now, or None for an expired or foreign one."""
        slot = self.slot()
        if self._valid_upto < slot:
            self._extend(slot)
        return self._valid.get(blockhash)

    def _extend(self, slot: int) -> None:
        oldest = slot - VALID_SLOTS
        for new in range(max(self._valid_upto + 1, oldest), slot + 1):
            self._valid[self.blockhash(new)] = new
        for old in [known for known, at in self._valid.items() if at < oldest]:
            del self._valid[old]
        self._valid_upto = slot

    def slot_hashes(self) -> list[tuple[int, Hash]]:
        """The SlotHashes sysvar, newest first; the current slot is in it, as tables are made against it."""
        slot = self.slot()
        oldest = max(0, slot - SLOT_HASHES + 1)
        return [(at, self.blockhash(at)) for at in range(slot, oldest - 1, -1)]


def blockhash(seed: bytes, slot: int) -> Hash:
    """What `slot` of the ledger with this seed produced."""
    return Hash(hashlib.sha256(seed + slot.to_bytes(8, "little")).digest())
