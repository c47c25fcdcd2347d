"""The ledger's file: pages, the lock, what is given once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from solders.account import Account
from solders.pubkey import Pubkey

from workers.localnet.errors import LedgerError
from workers.localnet.ledger import PAGE, PAGED_ABOVE, Change, Ledger, TxRow

OWNER = Pubkey.new_unique()


def row(ledger: Ledger) -> TxRow:
    seq = ledger.next_seq()
    return TxRow(seq, seq.to_bytes(64, "big"), 1_000, 0, b"raw", b"meta", None, None)


def stored(path: Path) -> dict[Pubkey, Account]:
    ledger = Ledger(path, 0.0)
    try:
        return dict(ledger.accounts())
    finally:
        ledger.close()


def test_a_big_account_keeps_its_bytes_as_it_changes_grows_and_shrinks(tmp_path: Path) -> None:
    path, key = tmp_path / "ledger.db", Pubkey.new_unique()
    big = bytes(range(256)) * (PAGED_ABOVE // 256) + b"end"
    one_byte = big[:PAGE] + b"!" + big[PAGE + 1 :]
    before: Account | None = None
    for data in (
        big,
        one_byte,
        one_byte + bytes(3 * PAGE),
        big[:-1] + b"x",
        b"small",
        big,
        one_byte[: PAGED_ABOVE + 1],
    ):
        after = Account(5, data, OWNER)
        ledger = Ledger(path, 0.0)
        ledger.record(row(ledger), [key], [Change(key, before, after)])
        ledger.close()
        assert stored(path) == {key: after}
        before = after


def test_a_small_change_in_a_big_account_writes_one_page(tmp_path: Path) -> None:
    path, key = tmp_path / "ledger.db", Pubkey.new_unique()
    ledger = Ledger(path, 0.0)
    first = Account(5, bytes(2 * PAGED_ABOVE), OWNER)
    ledger.record(row(ledger), [], [Change(key, None, first)])
    writes: list[str] = []
    ledger._db.set_trace_callback(writes.append)
    second = Account(5, b"!" + bytes(2 * PAGED_ABOVE - 1), OWNER)
    ledger.record(row(ledger), [], [Change(key, first, second)])
    ledger.close()
    assert sum("INTO page" in statement for statement in writes) == 1


def test_a_closed_account_leaves_no_page(tmp_path: Path) -> None:
    path, key = tmp_path / "ledger.db", Pubkey.new_unique()
    ledger = Ledger(path, 0.0)
    big = Account(5, bytes(2 * PAGED_ABOVE), OWNER)
    ledger.record(row(ledger), [], [Change(key, None, big)])
    ledger.record(row(ledger), [], [Change(key, big, None)])
    ledger.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM page").fetchone() == (0,)
    db.close()
    assert stored(path) == {}


def test_a_failed_write_changes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", 0.0)
    key = Pubkey.new_unique()
    first = row(ledger)
    ledger.record(first, [key], [])
    with pytest.raises(LedgerError, match="UNIQUE"):
        ledger.record(first, [key], [Change(key, None, Account(1, b"", OWNER))])
    assert list(ledger.accounts()) == []
    assert ledger.next_seq() == 2
    ledger.record(row(ledger), [key], [Change(key, None, Account(1, b"", OWNER))])
    assert len(list(ledger.accounts())) == 1
    ledger.close()


def test_a_genesis_account_is_given_once(tmp_path: Path) -> None:
    key = Pubkey.new_unique()
    ledger = Ledger(tmp_path / "ledger.db", 0.0)
    given = Account(7, b"", OWNER)
    ledger.grant([(key, given)])
    ledger.record(row(ledger), [], [Change(key, given, None)])
    ledger.grant([(key, given)])
    assert list(ledger.accounts()) == []
    ledger.close()


def test_a_second_node_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    first = Ledger(path, 0.0)
    with pytest.raises(LedgerError, match=r"another node is using the ledger .* stop it"):
        Ledger(path, 0.0)
    first.close()
    Ledger(path, 0.0).close()


def test_what_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but dear to someone " * 100)
    with pytest.raises(LedgerError, match="can't be read as a ledger"):
        Ledger(path, 0.0)
    assert path.read_text().startswith("not a database")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE account(name TEXT)")
    db.close()
    with pytest.raises(LedgerError, match="something else"):
        Ledger(path, 0.0)


def test_a_ledger_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path, 0.0).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LedgerError, match="schema 99"):
        Ledger(path, 0.0)
    with pytest.raises(LedgerError, match="schema 99"):  # and the first refusal let go of the lock
        Ledger(path, 0.0)
