"""approve: a council member agrees to a proposal. The k-th to do so starts its lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class Approve:
    """Names the content (`action.digest`), so that it can approve nothing else under the same number."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "approve")

    member: Pubkey  # signs, or its program does for it
    number: int
    digest: bytes

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR + self.digest

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.member, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.proposal(self.number), is_signer=False, is_writable=True),
            ],
        )
