"""Transactions that the tests of the embedded chain send."""

from __future__ import annotations

from collections.abc import Sequence

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, TransferParams, create_account, transfer
from solders.transaction import VersionedTransaction
from spl.token import instructions as spl
from spl.token import models
from spl.token.constants import MINT_LEN, TOKEN_PROGRAM_ID

SOL = 10**9
MINT_RENT = 1_461_600  # lamports that keep a mint's 82 bytes


def signed(
    instructions: Sequence[Instruction], blockhash: Hash, payer: Keypair, *others: Keypair
) -> VersionedTransaction:
    """A legacy transaction, signed."""
    message = Message.new_with_blockhash(instructions, payer.pubkey(), blockhash)
    return VersionedTransaction(message, [payer, *others])


def pay(payer: Keypair, to: Pubkey, lamports: int) -> Instruction:
    """A transfer of lamports."""
    return transfer(TransferParams(from_pubkey=payer.pubkey(), to_pubkey=to, lamports=lamports))


def make_mint(payer: Keypair, mint: Keypair, decimals: int = 6) -> list[Instruction]:
    """A mint whose authority is the payer."""
    return [
        create_account(
            CreateAccountParams(
                from_pubkey=payer.pubkey(),
                to_pubkey=mint.pubkey(),
                lamports=MINT_RENT,
                space=MINT_LEN,
                owner=TOKEN_PROGRAM_ID,
            )
        ),
        spl.initialize_mint2(
            models.InitializeMint2Params(
                program_id=TOKEN_PROGRAM_ID,
                mint=mint.pubkey(),
                decimals=decimals,
                mint_authority=payer.pubkey(),
                freeze_authority=None,
            )
        ),
    ]


def make_holding(payer: Keypair, owner: Pubkey, mint: Pubkey) -> Instruction:
    """The owner's associated token account; nothing happens if it is there."""
    return spl.create_idempotent_associated_token_account(payer.pubkey(), owner, mint)


def holding(owner: Pubkey, mint: Pubkey) -> Pubkey:
    """The address of the owner's associated token account."""
    return spl.get_associated_token_address(owner, mint)


def mint_to(authority: Keypair, mint: Pubkey, to: Pubkey, atoms: int) -> Instruction:
    """New atoms for a token account."""
    return spl.mint_to(
        models.MintToParams(
            program_id=TOKEN_PROGRAM_ID,
            mint=mint,
            dest=to,
            mint_authority=authority.pubkey(),
            amount=atoms,
        )
    )


def move(
    owner: Keypair, mint: Pubkey, source: Pubkey, to: Pubkey, atoms: int, decimals: int = 6
) -> Instruction:
    """Atoms from one token account to another."""
    return spl.transfer_checked(
        models.TransferCheckedParams(
            program_id=TOKEN_PROGRAM_ID,
            source=source,
            mint=mint,
            dest=to,
            owner=owner.pubkey(),
            amount=atoms,
            decimals=decimals,
        )
    )
