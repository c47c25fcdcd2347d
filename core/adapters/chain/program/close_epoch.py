"""close_epoch: after the expiry anyone sends what nobody claimed back to who paid it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class CloseEpoch:
    """Needs no signer of its own. Refused before the expiry (EpochOpen)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "close_epoch")

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
                AccountMeta(ids.epoch(self.epoch), is_signer=False, is_writable=True),
                AccountMeta(self.funder, is_signer=False, is_writable=True),
            ],
        )
