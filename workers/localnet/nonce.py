"""Durable nonces, which stand in for a recent blockhash and never expire until they are used."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from solders.account import Account
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from workers.localnet.wire import Wire

NONCE_SIZE = 80  # version u32, state u32, authority 32, durable nonce 32, lamports a signature u64
_ADVANCE = (4).to_bytes(4, "little")
_INITIALIZED = (1).to_bytes(4, "little")
_VALUE = slice(40, 72)


@dataclass(frozen=True, slots=True)
class Advance:
    """A transaction's first instruction, when it advances a nonce."""

    nonce: Pubkey
    authority: Pubkey


def durable_nonce(blockhash: Hash) -> bytes:
    """The nonce value that a blockhash gives."""
    return hashlib.sha256(b"DURABLE_NONCE" + bytes(blockhash)).digest()


def advance_of(wire: Wire) -> Advance | None:
    """The nonce that a transaction runs on, if its first instruction advances one by a signer's authority."""
    instructions = wire.message.instructions
    if not instructions:
        return None
    first, keys = instructions[0], wire.keys
    accounts = first.accounts
    if keys[first.program_id_index] != SYSTEM_PROGRAM or first.data[:4] != _ADVANCE or len(accounts) < 3:
        return None
    signers = wire.message.header.num_required_signatures
    if accounts[0] >= len(keys) or accounts[2] >= signers:
        return None
    return Advance(keys[accounts[0]], keys[accounts[2]])


def is_nonce(account: Account | None) -> bool:
    """Whether the account is an initialized nonce."""
    return (
        account is not None
        and account.owner == SYSTEM_PROGRAM
        and len(account.data) == NONCE_SIZE
        and account.data[4:8] == _INITIALIZED
    )


def holds(account: Account | None, advance: Advance, blockhash: Hash) -> bool:
    """Whether the nonce account's value is `blockhash` and its authority the one that signs."""
    return (
        account is not None
        and is_nonce(account)
        and account.data[_VALUE] == bytes(blockhash)
        and account.data[8:40] == bytes(advance.authority)
    )


def with_value(account: Account, value: bytes) -> Account:
    """The nonce account holding another value."""
    data = account.data
    return Account(account.lamports, data[:40] + value + data[72:], account.owner, account.executable)
