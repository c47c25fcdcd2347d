"""The ledger on disk: one SQLite transaction for each transaction of the chain.

`synchronous=NORMAL` with a write-ahead log keeps every committed row over `kill -9`. Accounts over 64 kB are
kept in 4 kB pages, so that a small change in a big account writes a few pages and not the whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from solders.account import Account
from solders.pubkey import Pubkey

from workers.localnet.clock import FIRST_SLOT, blockhash
from workers.localnet.errors import LedgerError
from workers.localnet.genesis import is_program_data

SCHEMA_VERSION = 1
PAGED_ABOVE = 64 * 1024
PAGE = 4 * 1024

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE account(
  key BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
  size INTEGER NOT NULL, data BLOB  -- NULL: in pages
) WITHOUT ROWID;
CREATE TABLE page(key BLOB NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(key, n)) WITHOUT ROWID;
CREATE TABLE genesis(key BLOB PRIMARY KEY) WITHOUT ROWID;  -- accounts given once, perhaps gone since
CREATE TABLE closed(key BLOB PRIMARY KEY) WITHOUT ROWID;  -- code that no file may bring back
CREATE TABLE tx(
  seq INTEGER PRIMARY KEY, sig BLOB NOT NULL UNIQUE, slot INTEGER NOT NULL, time INTEGER NOT NULL,
  raw BLOB NOT NULL, meta BLOB NOT NULL, err TEXT, memo TEXT
);
CREATE INDEX tx_slot ON tx(slot);
CREATE TABLE addr(key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(key, seq)) WITHOUT ROWID;
"""
_INSERT_TX = "INSERT INTO tx(seq, sig, slot, time, raw, meta, err, memo) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_UPSERT_ACCOUNT = (
    "INSERT OR REPLACE INTO account(key, lamports, owner, executable, size, data) VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class TxRow:
    """A transaction as stored. `meta` is zlib-compressed JSON, `err` JSON or None, `time` unix seconds."""

    seq: int
    sig: bytes
    slot: int
    time: int
    raw: bytes
    meta: bytes
    err: str | None
    memo: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One account before and after a transaction; None where it doesn't exist."""

    key: Pubkey
    before: Account | None
    after: Account | None


class Ledger:
    """The only reader and writer of a ledger file. Raises `LedgerError` if it can't be had."""

    def __init__(self, path: Path, now: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path)
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        try:
            self._open(path, now)
        except sqlite3.DatabaseError as error:
            self.close()
            raise LedgerError(f"{path} can't be read as a ledger ({error}): choose another path") from error
        except LedgerError:
            self.close()
            raise
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        self.seed: bytes = meta["seed"]
        self.genesis_time: float = meta["genesis_time"]
        self._seq: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM tx").fetchone()[0]

    def _open(self, path: Path, now: float) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version == 0 and tables:
            raise LedgerError(f"{path} is a database of something else: choose another path")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA cache_size=-65536")  # KiB
        self._db.execute("PRAGMA wal_autocheckpoint=8000")  # pages: a checkpoint waits for the disk
        if version == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION};")
            rows = [("seed", secrets.token_bytes(32)), ("genesis_time", now)]
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            self._db.execute("COMMIT")
        elif version != SCHEMA_VERSION:
            raise LedgerError(
                f"{path} was written by another version (schema {version}): move it away to begin anew"
            )

    def close(self) -> None:
        """Ends writing and frees the ledger for another node."""
        self._db.close()
        self._lock.close()

    # ------------------------------------------------------------------ writing

    def record(self, row: TxRow, keys: Iterable[Pubkey], changes: Iterable[Change]) -> None:
        """Stores a transaction, who it names and what it changed: all, or nothing and a `LedgerError`."""
        with self._transaction() as db:
            db.execute(
                _INSERT_TX, (row.seq, row.sig, row.slot, row.time, row.raw, row.meta, row.err, row.memo)
            )
            addresses = [(bytes(key), row.seq) for key in keys]
            db.executemany("INSERT OR IGNORE INTO addr(key, seq) VALUES (?, ?)", addresses)
            for change in changes:
                self._write(change)
        self._seq = row.seq

    def grant(self, accounts: Iterable[tuple[Pubkey, Account]]) -> None:
        """Writes genesis accounts that this ledger hasn't been given before."""
        with self._transaction() as db:
            given = {key for (key,) in db.execute("SELECT key FROM genesis")}
            for key, account in accounts:
                if bytes(key) not in given:
                    db.execute("INSERT INTO genesis VALUES (?)", (bytes(key),))
                    self._write(Change(key, None, account))

    def replace(self, key: Pubkey, account: Account) -> None:
        """Writes an account anew, whatever was there."""
        with self._transaction() as db:
            db.execute("DELETE FROM page WHERE key = ?", (bytes(key),))
            self._write(Change(key, None, account))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. SQLite has already rolled back by itself when the disk is full."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise LedgerError(
                f"the ledger can't be written ({error}), so nothing was changed: look at the disk, try again"
            ) from error
        except BaseException:
            db.execute("ROLLBACK")
            raise

    def _write(self, change: Change) -> None:
        key, after = bytes(change.key), change.after
        was_paged = change.before is not None and len(change.before.data) > PAGED_ABOVE
        if after is None:
            self._db.execute("DELETE FROM account WHERE key = ?", (key,))
            if change.before is not None and is_program_data(change.before):
                self._db.execute("INSERT OR IGNORE INTO closed VALUES (?)", (key,))
            if was_paged:
                self._db.execute("DELETE FROM page WHERE key = ?", (key,))
            return
        data = after.data
        paged = len(data) > PAGED_ABOVE
        inline = None if paged else data
        row = (key, after.lamports, bytes(after.owner), int(after.executable), len(data), inline)
        self._db.execute(_UPSERT_ACCOUNT, row)
        if paged or was_paged:
            self._write_pages(key, data if paged else b"", change.before)

    def _write_pages(self, key: bytes, data: bytes, before: Account | None) -> None:
        """Writes the pages that differ. A page that the ledger lacks (a program from a file) is written."""
        stored = {n for (n,) in self._db.execute("SELECT n FROM page WHERE key = ?", (key,))}
        old = before.data if before is not None else b""
        pages = range((len(data) + PAGE - 1) // PAGE)
        for n in pages:
            new = data[n * PAGE : (n + 1) * PAGE]
            if n not in stored or new != old[n * PAGE : (n + 1) * PAGE]:
                self._db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?)", (key, n, new))
        self._db.execute("DELETE FROM page WHERE key = ? AND n >= ?", (key, len(pages)))

    # ------------------------------------------------------------------ reading

    def accounts(self) -> Iterator[tuple[Pubkey, Account]]:
        """Every account of the ledger, executable ones last: their code must be there before them."""
        rows = self._db.execute(
            "SELECT key, lamports, owner, executable, data FROM account ORDER BY executable"
        )
        for key, lamports, owner, executable, data in rows:
            if data is None:
                pages = self._db.execute("SELECT data FROM page WHERE key = ? ORDER BY n", (key,))
                data = b"".join(page for (page,) in pages)
            yield Pubkey(key), Account(lamports, data, Pubkey(owner), bool(executable))

    def lamports(self) -> int:
        """What all accounts hold together, programs that come from files left out."""
        return int(self._db.execute("SELECT coalesce(sum(lamports), 0) FROM account").fetchone()[0])

    def is_closed(self, key: Pubkey) -> bool:
        """Whether this was a program's code and is gone for ever."""
        return self._db.execute("SELECT 1 FROM closed WHERE key = ?", (bytes(key),)).fetchone() is not None

    def next_seq(self) -> int:
        """The number that the next transaction gets; numbers have no gaps."""
        return self._seq + 1

    def highest_slot(self) -> int:
        """The last slot that holds a transaction."""
        slot = self._db.execute("SELECT max(slot) FROM tx").fetchone()[0]
        return FIRST_SLOT if slot is None else int(slot)

    def has(self, sig: bytes) -> bool:
        """Whether this signature ever landed."""
        return self._db.execute("SELECT 1 FROM tx WHERE sig = ?", (sig,)).fetchone() is not None

    def status(self, sig: bytes) -> tuple[int, str | None] | None:
        """Slot and error (JSON) of a landed transaction."""
        found: tuple[int, str | None] | None = self._db.execute(
            "SELECT slot, err FROM tx WHERE sig = ?", (sig,)
        ).fetchone()
        return found

    def transaction(self, sig: bytes) -> TxRow | None:
        """A landed transaction."""
        row = self._db.execute("SELECT * FROM tx WHERE sig = ?", (sig,)).fetchone()
        return None if row is None else TxRow(*row)

    def block(self, slot: int) -> list[TxRow]:
        """The transactions of a slot, in the order in which they ran."""
        rows = self._db.execute("SELECT * FROM tx WHERE slot = ? ORDER BY seq", (slot,))
        return [TxRow(*row) for row in rows]

    def naming(self, key: Pubkey, before: bytes | None, until: bytes | None, limit: int) -> list[TxRow]:
        """Transactions that name `key`, newest first, between two signatures (both left out)."""
        upper = self._seq + 1 if before is None else self._seq_of(before)
        lower = 0 if until is None else self._seq_of(until)
        rows = self._db.execute(
            "SELECT tx.* FROM addr JOIN tx USING (seq) WHERE addr.key = ? AND addr.seq < ? AND addr.seq > ? "
            "ORDER BY addr.seq DESC LIMIT ?",
            (bytes(key), upper, lower, limit),
        )
        return [TxRow(*row) for row in rows]

    def _seq_of(self, sig: bytes) -> int:
        found = self._db.execute("SELECT seq FROM tx WHERE sig = ?", (sig,)).fetchone()
        return 0 if found is None else int(found[0])

    def count(self) -> int:
        """How many transactions ever landed."""
        return self._seq

    def count_since(self, slot: int) -> int:
        """How many transactions landed in `slot` or later."""
        found = self._db.execute("SELECT count(*) FROM tx WHERE slot >= ?", (slot,)).fetchone()
        return int(found[0])


def _lock(path: Path) -> IO[bytes]:
    """Holds the ledger for this process; the kernel lets go when the process ends, however it ends."""
    lock = Path(f"{path}.lock").open("ab")  # noqa: SIM115  # held as long as the ledger is
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LedgerError(
            f"another node is using the ledger {path}: stop it, or give this one another path"
        ) from error
    os.set_inheritable(lock.fileno(), False)
    return lock


def genesis_hash(path: Path) -> str:
    """Of a copy of a ledger: what its chain answers to getGenesisHash. Raises `LedgerError` for a file of
    another kind or version."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise LedgerError(f"the ledger is of schema {version}, we know {SCHEMA_VERSION}")
            (seed,) = db.execute("SELECT value FROM meta WHERE key = 'seed'").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise LedgerError(f"it is no ledger ({error})") from None
    return str(blockhash(seed, 0))
