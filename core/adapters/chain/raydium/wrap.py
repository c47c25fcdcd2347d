"""SOL to WSOL and back: pools know tokens only."""

from __future__ import annotations

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from core.adapters.chain.program.ids import ATA_PROGRAM, SYSTEM_PROGRAM
from core.adapters.chain.raydium.addresses import TOKEN_PROGRAM, WSOL, associated_account, wsol_account
from core.domain.money import Lamports

_CREATE_IDEMPOTENT, _CLOSE_ACCOUNT, _SYNC_NATIVE = bytes([1]), bytes([9]), bytes([17])


def open_account(payer: Pubkey, owner: Pubkey, mint: Pubkey, token_program: Pubkey) -> Instruction:
    """Makes `owner`'s associated account for a mint of either token program, unless it exists."""
    return Instruction(
        ATA_PROGRAM,
        _CREATE_IDEMPOTENT,
        [
            AccountMeta(payer, is_signer=True, is_writable=True),
            AccountMeta(associated_account(owner, mint, token_program), is_signer=False, is_writable=True),
            AccountMeta(owner, is_signer=False, is_writable=False),
            AccountMeta(mint, is_signer=False, is_writable=False),
            AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            AccountMeta(token_program, is_signer=False, is_writable=False),
        ],
    )


def wrap(owner: Pubkey, lamports: Lamports) -> list[Instruction]:
    """Puts `lamports` into the owner's WSOL account, which is made if need be."""
    account = wsol_account(owner)
    return [
        open_account(owner, owner, WSOL, TOKEN_PROGRAM),
        transfer(TransferParams(from_pubkey=owner, to_pubkey=account, lamports=lamports)),
        Instruction(TOKEN_PROGRAM, _SYNC_NATIVE, [AccountMeta(account, is_signer=False, is_writable=True)]),
    ]


def unwrap(owner: Pubkey) -> Instruction:
    """Closes the owner's WSOL account: all that it holds, its rent too, becomes the owner's SOL."""
    return Instruction(
        TOKEN_PROGRAM,
        _CLOSE_ACCOUNT,
        [
            AccountMeta(wsol_account(owner), is_signer=False, is_writable=True),
            AccountMeta(owner, is_signer=False, is_writable=True),
            AccountMeta(owner, is_signer=True, is_writable=False),
        ],
    )
