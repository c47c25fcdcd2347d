"""pause: the guardian stops launches and buys for 7 days; selling goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import discriminator


@dataclass(frozen=True, slots=True)
class Pause:
    """Not again until 7 days after its end."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "pause")

    guardian: Pubkey  # signs

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.guardian, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
            ],
        )
