"""Custody: makes wallets, and opens a seed for as long as one signature takes.

A seed is never an attribute, an argument of an error, or part of a log: it lives in local variables of the
two functions below. Python can't wipe memory; hardening.py keeps it out of core dumps and debuggers.
"""

from __future__ import annotations

import secrets
import sqlite3

from solders.keypair import Keypair
from solders.signature import Signature

from core.adapters.keys.envelope import EnvelopeBroken, new_key, seal, unseal
from core.adapters.keys.master_key import KeyWrapper
from core.domain.errors import UserError

_SEED_BYTES = 32


class Vault:
    """The wallets of one database under one master key."""

    def __init__(self, connection: sqlite3.Connection, master: KeyWrapper) -> None:
        self._connection = connection
        self._master = master

    def find(self, request_id: str) -> str | None:
        """Address of the wallet that this request made."""
        row = self._connection.execute(
            "SELECT address FROM wallets WHERE request_id = ?", (request_id,)
        ).fetchone()
        return str(row[0]) if row else None

    def made_for(self, address: str) -> str | None:
        """The request that made the wallet; None if it is none of ours."""
        row = self._connection.execute(
            "SELECT request_id FROM wallets WHERE address = ?", (address,)
        ).fetchone()
        return str(row[0]) if row else None

    def create(self, request_id: str, at: int) -> str:
        """A new wallet, in the caller's transaction. Address in base58."""
        seed = secrets.token_bytes(_SEED_BYTES)
        address = str(Keypair.from_seed(seed).pubkey())
        data_key = new_key()
        self._connection.execute(
            "INSERT INTO wallets (address, request_id, created_at, wrapped_key, sealed_seed) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                address,
                request_id,
                at,
                self._master.wrap(data_key, _associated("data-key", address)),
                seal(seed, data_key, _associated("seed", address)),
            ),
        )
        return address

    def sign(self, address: str, message: bytes) -> Signature:
        """The wallet's signature of the bytes. Raises `UserError` wallet-unknown, `EnvelopeBroken`."""
        row = self._connection.execute(
            "SELECT wrapped_key, sealed_seed FROM wallets WHERE address = ?", (address,)
        ).fetchone()
        if row is None:
            raise UserError("wallet-unknown")
        data_key = self._master.unwrap(row[0], _associated("data-key", address))
        keypair = Keypair.from_seed(unseal(row[1], data_key, _associated("seed", address)))
        if str(keypair.pubkey()) != address:
            raise EnvelopeBroken("the stored seed belongs to another address")
        return keypair.sign_message(message)


def _associated(purpose: str, address: str) -> bytes:
    """What a ciphertext is bound to: this format's version, its purpose, its wallet."""
    return f"pumpbox:{purpose}:1:{address}".encode()
