"""programs/forwarder on a test's chain: any instruction of ours, called by another program."""

from __future__ import annotations

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.genesis import genesis_accounts
from tests.program.harness import PROGRAMS, Chain, key

FORWARDER = key(90).pubkey()
VAULT = Pubkey.find_program_address([b"forwarder"], FORWARDER)[0]
"""The address that the forwarder signs for, as a multisig does for its vault."""


def install(chain: Chain) -> None:
    """Puts the program on the chain."""
    code = (PROGRAMS / "forwarder/artifacts/forwarder.so").read_bytes()
    for address, account in genesis_accounts(FORWARDER, code, chain.authority.pubkey()).items():
        chain.svm.set_account(address, account)


def forwarded(built: Instruction) -> Instruction:
    """The same by a call. Where `VAULT` is to sign, the forwarder does it."""
    target = AccountMeta(built.program_id, is_signer=False, is_writable=False)
    metas = [
        AccountMeta(meta.pubkey, meta.is_signer and meta.pubkey != VAULT, meta.is_writable)
        for meta in built.accounts
    ]
    return Instruction(FORWARDER, built.data, [target, *metas])
