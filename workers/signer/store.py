"""The signer's own database: SQLite in its own folder, opened by no other role.

WAL with synchronous=FULL: what was answered is on the disk. Wallets, signatures and the log are only ever
added to; triggers say so to whoever forgets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

_VERSION = 1
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE wallets (
    address     TEXT PRIMARY KEY,
    request_id  TEXT NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed_seed BLOB NOT NULL
) STRICT;
CREATE TABLE signatures (
    order_id                TEXT PRIMARY KEY,
    digest                  TEXT NOT NULL,
    wallet                  TEXT NOT NULL REFERENCES wallets (address),
    withdrawn               INTEGER NOT NULL,
    signed_at               INTEGER NOT NULL,
    raw                     BLOB NOT NULL,
    signature               TEXT NOT NULL,
    last_valid_block_height INTEGER NOT NULL
) STRICT;
CREATE INDEX withdrawals ON signatures (wallet, signed_at) WHERE withdrawn > 0;
CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER signatures_kept BEFORE DELETE ON signatures BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER signatures_fixed BEFORE UPDATE ON signatures BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER wallets_kept BEFORE DELETE ON wallets BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""


class StoreRefused(Exception):
    """The database can't be used. One line, says what to do."""


def open_store(path: Path) -> sqlite3.Connection:
    """The database, made if missing. Its connection stays in the calling thread. Raises `StoreRefused`."""
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            path.chmod(0o600)
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise StoreRefused(f"can't open the signer's database {path}: {error}") from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 2000"):
        connection.execute(f"PRAGMA {pragma}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    elif version != _VERSION:
        raise StoreRefused(f"{path} is of version {version}, made by a newer pumpbox; update this one")
    _check_schema(connection)


def _check_schema(connection: sqlite3.Connection) -> None:
    """A trigger too many could forget what was signed, one too few lets it be forgotten. Raises `StoreRefused`."""
    if _defined(connection) != _schema():
        raise StoreRefused(
            "the signer's database defines something else than ours does: somebody changed it. Take it from a "
            "backup whose id you know"
        )


def _defined(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    return frozenset(connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


@cache
def _schema() -> frozenset[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(_SCHEMA)
        return _defined(fresh)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, durable when left; an exception inside, or a commit that fails, undoes it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def known_fingerprint(connection: sqlite3.Connection) -> str | None:
    """Of the master key that the wallets were made under; None while there is no wallet."""
    if connection.execute("SELECT 1 FROM wallets LIMIT 1").fetchone() is None:
        return None
    row = connection.execute("SELECT value FROM meta WHERE name = 'master_key'").fetchone()
    return str(row[0]) if row else ""  # wallets whose key nobody noted: no key will do


def remember_fingerprint(connection: sqlite3.Connection, fingerprint: str) -> None:
    """Noted before the first wallet is made under that key."""
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('master_key', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (fingerprint,),
    )


def known_wallets(path: Path) -> tuple[str | None, dict[str, str]]:
    """Of a copy of the database: the fingerprint of the master key that its wallets need, None while there is
    no wallet, and for whom each address was made. Raises `StoreRefused` for a file of another kind or version."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                raise StoreRefused(f"the signer's database is of version {version}, we know {_VERSION}")
            _check_schema(connection)
            made_for = dict(connection.execute("SELECT address, request_id FROM wallets"))
            return known_fingerprint(connection), made_for
    except sqlite3.Error as error:
        raise StoreRefused(f"it is no signer's database ({error})") from None
