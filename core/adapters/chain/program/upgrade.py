"""upgrade: puts approved code in the program's place once its lock is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class Upgrade:
    """For anyone to send. The buffer's authority must be `ids.upgrade_authority` by now, its lamports go to the payer."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "upgrade")

    number: int
    payer: Pubkey  # the proposal's, who gets its rent back
    buffer: Pubkey  # the proposal's

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
                AccountMeta(ids.program_data, is_signer=False, is_writable=True),
                AccountMeta(ids.program, is_signer=False, is_writable=True),
                AccountMeta(self.buffer, is_signer=False, is_writable=True),
                AccountMeta(ids.upgrade_authority, is_signer=False, is_writable=False),
                AccountMeta(RENT, is_signer=False, is_writable=False),
                AccountMeta(CLOCK, is_signer=False, is_writable=False),
                AccountMeta(UPGRADEABLE_LOADER, is_signer=False, is_writable=False),
            ],
        )
