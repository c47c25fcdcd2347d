"""sweep_fees: anyone sends a coin's fees to whom they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class SweepFees:
    """Needs no signer of its own. A share whose payee could not keep it stays accrued."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "sweep_fees")

    mint: Pubkey
    treasury: Pubkey  # Config's
    fee_recipient: Pubkey  # the curve's

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(ids.curve(self.mint), is_signer=False, is_writable=True),
                AccountMeta(ids.config, is_signer=False, is_writable=False),
                AccountMeta(self.treasury, is_signer=False, is_writable=True),
                AccountMeta(self.fee_recipient, is_signer=False, is_writable=True),
            ],
        )
