"""execute: applies an approved change of terms, keys or time lock once its lock is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class Execute:
    """For anyone to send."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "execute")

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
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.proposal(self.number), is_signer=False, is_writable=True),
                AccountMeta(self.payer, is_signer=False, is_writable=True),
            ],
        )
