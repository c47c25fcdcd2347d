"""cancel: closes a proposal that shall not be executed, or can't be any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class Cancel:
    """The guardian's veto; the proposer's until it is approved; anyone's once it is void or its time is over."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "cancel")

    by: Pubkey  # signs
    number: int
    payer: Pubkey  # the proposal's, who gets its rent back

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.by, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.proposal(self.number), is_signer=False, is_writable=True),
                AccountMeta(self.payer, is_signer=False, is_writable=True),
            ],
        )
