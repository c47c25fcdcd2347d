"""set_fee_recipient: a coin's creator says who gets the creator's share of its fees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class SetFeeRecipient:
    """Also for fees that accrued before and were not swept yet."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "set_fee_recipient")

    creator: Pubkey
    mint: Pubkey
    fee_recipient: Pubkey

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR + bytes(self.fee_recipient)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.creator, is_signer=True, is_writable=False),
                AccountMeta(ids.curve(self.mint), is_signer=False, is_writable=True),
            ],
        )
