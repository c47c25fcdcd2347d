"""Finding secrets where they must not be, in every form that people and programs write them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.keys.envelope import unseal
from core.adapters.keys.master_key import MasterKey
from workers.signer.store import open_store


def found(secrets: Sequence[bytes], where: bytes) -> list[bytes]:
    """The spellings of any of the secrets that occur in `where`."""
    return [spelling for secret in secrets for spelling in spellings(secret) if spelling in where]


def spellings(secret: bytes) -> Iterator[bytes]:
    """A secret (32 bytes, or a keypair's 64) as people and programs write it."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    if len(secret) == 32:
        yield str(Pubkey(secret)).encode()  # base58
    else:
        yield str(Keypair.from_bytes(secret)).encode()
    for shift in range(3):  # base64 of a text that holds it somewhere: the middle, at each alignment
        middle = base64.b64encode(bytes(shift) + secret)[4 : 4 + len(secret)]
        yield middle
        yield middle.translate(bytes.maketrans(b"+/", b"-_"))
    numbers = list(secret)
    yield json.dumps(numbers).strip("[]").encode()
    yield json.dumps(numbers, separators=(",", ":")).strip("[]").encode()
    yield repr(secret)[2:-1].encode()


def wallet_secrets(database: Path, master: MasterKey) -> list[bytes]:
    """Every data key, seed and keypair of a signer's database, opened as only the master key can."""
    connection = open_store(database)
    rows = connection.execute("SELECT address, wrapped_key, sealed_seed FROM wallets").fetchall()
    connection.close()
    secrets = []
    for address, wrapped, sealed in rows:
        data_key = master.unwrap(wrapped, f"pumpbox:data-key:1:{address}".encode())
        seed = unseal(sealed, data_key, f"pumpbox:seed:1:{address}".encode())
        assert str(Keypair.from_seed(seed).pubkey()) == address
        secrets += [data_key, seed, bytes(Keypair.from_seed(seed))]
    return secrets
