"""initialize: makes the installation's Config; signed by the program's upgrade authority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds
from core.adapters.chain.program.layout import discriminator, u16, u32, u64
from core.domain.money import Bps, Lamports

RAYDIUM_MAINNET = 1
RAYDIUM_DEVNET = 2


@dataclass(frozen=True, slots=True)
class Initialize:
    """Config's first values. The program refuses what is outside its compiled bounds (InvalidConfig)."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "initialize")

    payer: Pubkey
    authority: Pubkey  # the program's upgrade authority
    time_lock: int  # seconds, 48 hours to 30 days
    initial_sol: Lamports  # R0 of new coins
    graduation_cap: Lamports
    fee: Bps
    creator_fee: Bps
    guardian: Pubkey
    treasury: Pubkey
    rewards: Pubkey
    council: tuple[Pubkey, ...]
    threshold: int
    raydium_set: int
    schedule_slots: int = 0
    schedule_fee: Bps = Bps(0)  # noqa: RUF009 - an immutable int

    def data(self) -> bytes:
        """The instruction's data. Raises OverflowError where a value does not fit its field."""
        return b"".join(
            (
                self.DISCRIMINATOR,
                u64(self.time_lock),
                u64(self.initial_sol),
                u32(self.graduation_cap),
                u16(self.schedule_slots),
                u16(self.fee),
                u16(self.creator_fee),
                u16(self.schedule_fee),
                bytes([self.threshold, self.raydium_set]),
                bytes(self.guardian),
                bytes(self.treasury),
                bytes(self.rewards),
                u32(len(self.council)),
                *map(bytes, self.council),
            )
        )

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.payer, is_signer=True, is_writable=True),
                AccountMeta(self.authority, is_signer=True, is_writable=False),
                AccountMeta(ids.config, is_signer=False, is_writable=True),
                AccountMeta(ids.program_data, is_signer=False, is_writable=False),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
