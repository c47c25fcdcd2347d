"""close_page: once its epoch is gone a page is needed no more; who paid for it gets its rent back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class ClosePage:
    """Needs no signer of its own. Refused while the epoch's account is there (EpochOpen)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "close_page")

    epoch: int
    index: int  # of any leaf of the page
    payer: Pubkey  # the page's

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(ids.claim_page(self.epoch, self.index), is_signer=False, is_writable=True),
                AccountMeta(ids.epoch(self.epoch), is_signer=False, is_writable=False),
                AccountMeta(self.payer, is_signer=False, is_writable=True),
            ],
        )
