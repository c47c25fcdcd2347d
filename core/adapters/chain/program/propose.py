"""propose: a council member writes down a change, and thereby approves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.action import Action, encode_action
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds
from core.adapters.chain.program.layout import discriminator, u64


@dataclass(frozen=True, slots=True)
class Propose:
    """Its number is Config's `next_proposal`: if another proposal comes first, this one is refused (WrongAddress)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "propose")

    payer: Pubkey  # signs; gets the account's rent back when it closes
    proposer: Pubkey  # signs; a member of the council
    number: int
    config_version: int  # the one seen; a change in between refuses the proposal (ConfigChanged)
    action: Action

    def data(self) -> bytes:
        """The instruction's data. Raises OverflowError where a value does not fit its field."""
        return self.DISCRIMINATOR + u64(self.config_version) + encode_action(self.action)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.payer, is_signer=True, is_writable=True),
                AccountMeta(self.proposer, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.proposal(self.number), is_signer=False, is_writable=True),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
