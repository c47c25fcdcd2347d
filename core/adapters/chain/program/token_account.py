"""A wallet's account of one of our coins: the associated token program's CreateIdempotent, Token-2022's Burn."""

from __future__ import annotations

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import (
    ATA_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    token_account,
)
from core.adapters.chain.program.layout import u64
from core.domain.money import TokenAtoms

_CREATE_IDEMPOTENT = bytes([1])
_BURN = bytes([8])


def create_token_account(payer: Pubkey, owner: Pubkey, mint: Pubkey) -> Instruction:
    """Makes `owner`'s token account unless it exists; `payer` pays its rent."""
    return Instruction(
        ATA_PROGRAM,
        _CREATE_IDEMPOTENT,
        [
            AccountMeta(payer, is_signer=True, is_writable=True),
            AccountMeta(token_account(owner, mint), is_signer=False, is_writable=True),
            AccountMeta(owner, is_signer=False, is_writable=False),
            AccountMeta(mint, is_signer=False, is_writable=False),
            AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            AccountMeta(TOKEN_2022_PROGRAM, is_signer=False, is_writable=False),
        ],
    )


def burn(owner: Pubkey, mint: Pubkey, amount: TokenAtoms) -> Instruction:
    """Ends the existence of so many atoms in `owner`'s associated token account."""
    return Instruction(
        TOKEN_2022_PROGRAM,
        _BURN + u64(amount),
        [
            AccountMeta(token_account(owner, mint), is_signer=False, is_writable=True),
            AccountMeta(mint, is_signer=False, is_writable=True),
            AccountMeta(owner, is_signer=True, is_writable=False),
        ],
    )
