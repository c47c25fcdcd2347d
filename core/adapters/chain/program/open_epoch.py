"""open_epoch: rewards are promised by a root and paid in, in one instruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds
from core.adapters.chain.program.layout import discriminator, u32, u64
from core.domain.money import Lamports


@dataclass(frozen=True, slots=True)
class OpenEpoch:
    """Claims start 24 hours after it lands. The program refuses what is outside its bounds (InvalidEpoch)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "open_epoch")

    authority: Pubkey  # Config's rewards key; signs
    funder: Pubkey  # signs, pays, and gets back what nobody claims
    epoch: int  # Config's next_epoch, with which the leaves were hashed; another is refused (WrongEpoch)
    root: bytes
    leaves_sha256: bytes  # of the public file
    count: int
    total: Lamports
    claim_time: int  # seconds that claims stay possible once they have started, 30 days to 2 years

    def data(self) -> bytes:
        """The instruction's data. Raises OverflowError where a value does not fit its field."""
        return b"".join(
            (
                self.DISCRIMINATOR,
                u64(self.epoch),
                self.root,
                self.leaves_sha256,
                u64(self.count),
                u64(self.total),
                u32(self.claim_time),
            )
        )

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.authority, is_signer=True, is_writable=False),
                AccountMeta(self.funder, is_signer=True, is_writable=True),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.epoch(self.epoch), is_signer=False, is_writable=True),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
