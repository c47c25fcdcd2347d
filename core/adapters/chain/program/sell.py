"""sell: a coin for SOL, along its curve. No pause stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import TOKEN_2022_PROGRAM, ProgramIds, token_account
from core.adapters.chain.program.layout import discriminator, u64
from core.domain.money import Lamports, TokenAtoms


@dataclass(frozen=True, slots=True)
class Sell:
    """Pays the seller's own account, in lamports."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "sell")

    seller: Pubkey
    mint: Pubkey
    amount: TokenAtoms
    min_out: Lamports  # after the fee
    deadline_slot: int  # the last slot in which it may land
    seller_tokens: Pubkey | None = None  # the seller's associated token account, unless given

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR + u64(self.amount) + u64(self.min_out) + u64(self.deadline_slot)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation."""
        tokens = self.seller_tokens or token_account(self.seller, self.mint)
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.seller, is_signer=True, is_writable=True),
                AccountMeta(ids.curve(self.mint), is_signer=False, is_writable=True),
                AccountMeta(self.mint, is_signer=False, is_writable=False),
                AccountMeta(ids.vault(self.mint), is_signer=False, is_writable=True),
                AccountMeta(tokens, is_signer=False, is_writable=True),
                AccountMeta(TOKEN_2022_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
