"""void_epoch: before the first claim the guardian sends everything back, when the leaves are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class VoidEpoch:
    """Refused once claims have started (ClaimsStarted)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "void_epoch")

    guardian: Pubkey  # Config's; signs
    epoch: int
    funder: Pubkey  # the epoch's

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.guardian, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=False),
                AccountMeta(ids.epoch(self.epoch), is_signer=False, is_writable=True),
                AccountMeta(self.funder, is_signer=False, is_writable=True),
            ],
        )
