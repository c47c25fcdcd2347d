"""claim: anyone has a leaf paid to its recipient, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds
from core.adapters.chain.program.layout import discriminator, u32, u64
from core.domain.money import Lamports


@dataclass(frozen=True, slots=True)
class Claim:
    """The first claim of 1,024 leaves pays for their page (2,115,840 lamports), and gets that back when it
    closes."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "claim")

    submitter: Pubkey  # signs and pays for a page; anyone
    epoch: int
    index: int
    recipient: Pubkey
    amount: Lamports
    proof: tuple[bytes, ...]  # the siblings, the lowest first

    def data(self) -> bytes:
        """The instruction's data. Raises OverflowError where a value does not fit its field."""
        return b"".join(
            (self.DISCRIMINATOR, u64(self.index), u64(self.amount), u32(len(self.proof)), *self.proof)
        )

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.submitter, is_signer=True, is_writable=True),
                AccountMeta(ids.epoch(self.epoch), is_signer=False, is_writable=True),
                AccountMeta(ids.claim_page(self.epoch, self.index), is_signer=False, is_writable=True),
                AccountMeta(self.recipient, is_signer=False, is_writable=True),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
