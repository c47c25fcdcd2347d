"""The audit log: what the signer did and refused, each entry bound to the one before by its hash.

It lies in the signer's own database, so that an entry and what it tells of are one transaction: a kill
leaves both or neither. The hash of entry n covers the hash of entry n-1; changing, dropping or moving an
entry breaks every later one, and `verify` also holds each wallet and signature against its entry. Who can
write the file can still rewrite the whole chain: write `verify`'s count and `head` down elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

_TAG = b"pumpbox:audit:1"
_START = bytes(32)


class AuditBroken(Exception):
    """The log is not what was written. The message says at which entry."""


def append(connection: sqlite3.Connection, event: str, at: float, **facts: str | int | None) -> None:
    """Writes an entry in the caller's transaction. `facts` never carry key material."""
    row = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (row[0] + 1, row[1]) if row else (1, _START)
    known = {name: value for name, value in facts.items() if value is not None}
    body = json.dumps({"event": event, "at": round(at, 3), **known}, sort_keys=True, separators=(",", ":"))
    digest = _hash(previous, seq, body)
    connection.execute("INSERT INTO audit (seq, body, hash) VALUES (?, ?, ?)", (seq, body, digest))


def verify(path: Path) -> int:
    """How many entries the log in the signer's database `path` holds, all of them sound.

    Raises `AuditBroken` at the first that is not, `FileNotFoundError` if there is no such file. May run
    while the signer does: it reads one snapshot.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with closing(_open_to_read(path)) as connection:
            connection.execute("BEGIN")
            return _verify(connection)
    except sqlite3.DatabaseError as error:
        raise AuditBroken(f"{path} is not a signer's database: {error}") from error


def head(path: Path) -> str:
    """Hash of the last entry in hexadecimal; what to write down elsewhere. Zeros if there is none."""
    with closing(_open_to_read(path)) as connection:
        row = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    digest: bytes = row[0] if row else _START
    return digest.hex()


def hash_at(path: Path, seq: int) -> str | None:
    """Hash of entry `seq` in hexadecimal, None if the log is shorter. Two logs that agree in it agree in every
    entry before."""
    with closing(_open_to_read(path)) as connection:
        row = connection.execute("SELECT hash FROM audit WHERE seq = ?", (seq,)).fetchone()
    digest: bytes | None = row[0] if row else None
    return None if digest is None else digest.hex()


def _open_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _verify(connection: sqlite3.Connection) -> int:
    count, previous = 0, _START
    made: dict[str, str] = {}
    for seq, body, digest in connection.execute("SELECT seq, body, hash FROM audit ORDER BY seq"):
        count += 1
        if seq != count:
            raise AuditBroken(f"entry {count} is missing")
        if not isinstance(body, str) or _hash(previous, seq, body) != digest:
            raise AuditBroken(f"entry {seq} was changed, or one before it")
        previous = digest
        _note(json.loads(body), made)
    _match(connection, made)
    return count


def _note(entry: dict[str, Any], made: dict[str, str]) -> None:
    """Keeps what the database must hold: wallets by address, transactions by order id."""
    if entry["event"] == "wallet-created":
        made[f"wallet {entry['wallet']}"] = ""
    elif entry["event"] == "signed":
        made[f"order {entry['order_id']}"] = entry["transaction"]


def _match(connection: sqlite3.Connection, made: dict[str, str]) -> None:
    held = {f"wallet {address}": "" for (address,) in connection.execute("SELECT address FROM wallets")}
    for order_id, raw in connection.execute("SELECT order_id, raw FROM signatures"):
        held[f"order {order_id}"] = sha256(raw).hexdigest()
    for name in held.keys() - made.keys():
        raise AuditBroken(f"{name} has no entry: the end of the log was cut off")
    for name in made.keys() - held.keys():
        raise AuditBroken(f"{name} has an entry but is gone from the database")
    for name, digest in held.items():
        if made[name] != digest:
            raise AuditBroken(f"{name} was signed as another transaction than the database holds")


def _hash(previous: bytes, seq: int, body: str) -> bytes:
    return sha256(_TAG + previous + seq.to_bytes(8, "little") + body.encode()).digest()
