"""buy: SOL for a coin, along its curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import (
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    ProgramIds,
    token_account,
)
from core.adapters.chain.program.layout import discriminator, u64
from core.domain.money import Lamports, TokenAtoms


@dataclass(frozen=True, slots=True)
class Buy:
    """The buyer's token account must exist: put `create_token_account` before it."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "buy")

    buyer: Pubkey
    mint: Pubkey
    max_in: Lamports  # fee included
    min_out: TokenAtoms  # for the whole of max_in; `core.domain.curve.min_out_for_buy`
    deadline_slot: int  # the last slot in which it may land
    buyer_tokens: Pubkey | None = None  # the buyer's associated token account, unless given

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR + u64(self.max_in) + u64(self.min_out) + u64(self.deadline_slot)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        tokens = self.buyer_tokens or token_account(self.buyer, self.mint)
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.buyer, is_signer=True, is_writable=True),
                AccountMeta(ids.config, is_signer=False, is_writable=False),
                AccountMeta(ids.curve(self.mint), is_signer=False, is_writable=True),
                AccountMeta(self.mint, is_signer=False, is_writable=False),
                AccountMeta(ids.vault(self.mint), is_signer=False, is_writable=True),
                AccountMeta(tokens, is_signer=False, is_writable=True),
                AccountMeta(TOKEN_2022_PROGRAM, is_signer=False, is_writable=False),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
