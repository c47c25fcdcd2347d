"""Custody: a wallet signs only with its own key, and only out of a database that nobody rearranged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from solders.keypair import Keypair

from core.adapters.keys.envelope import EnvelopeBroken, new_key
from core.adapters.keys.master_key import MasterKey
from core.domain.errors import UserError
from tests.unit.signer.desk import OUTSIDE, Desk
from workers.signer.store import StoreRefused, known_fingerprint, open_store, remember_fingerprint
from workers.signer.vault import Vault


def test_a_wallets_signature_verifies_under_its_address(desk: Desk) -> None:
    address = desk.wallet()
    signature = desk.vault.sign(address, b"message")
    assert signature.verify(Keypair().pubkey().from_string(address), b"message")


def test_each_wallet_has_its_own_keys(desk: Desk) -> None:
    for name in ("ann", "bob"):
        desk.wallet(name)
    rows = desk.connection.execute("SELECT wrapped_key, sealed_seed FROM wallets").fetchall()
    assert len({part for row in rows for part in row}) == 4


@pytest.mark.parametrize("columns", ["wrapped_key", "sealed_seed", "wrapped_key, sealed_seed"])
def test_another_wallets_ciphertext_in_the_row_signs_nothing(desk: Desk, columns: str) -> None:
    ann, bob = desk.wallet("ann"), desk.wallet("bob")
    desk.connection.execute(
        f"UPDATE wallets SET ({columns}) = (SELECT {columns} FROM wallets WHERE address = ?) WHERE address = ?",
        (bob, ann),
    )
    with pytest.raises(EnvelopeBroken):
        desk.withdraw("o1", ann, 1)
    assert desk.connection.execute("SELECT count(*) FROM signatures").fetchone() == (0,)
    assert desk.withdraw("o2", bob, 1)["signature"]


def test_another_master_key_opens_nothing(desk: Desk) -> None:
    address = desk.wallet()
    with pytest.raises(EnvelopeBroken):
        Vault(desk.connection, MasterKey(new_key())).sign(address, b"message")


def test_an_unknown_wallet_is_refused(desk: Desk) -> None:
    with pytest.raises(UserError, match="wallet-unknown"):
        desk.vault.sign(OUTSIDE, b"message")


def test_the_fingerprint_binds_only_once_a_wallet_exists(desk: Desk) -> None:
    remember_fingerprint(desk.connection, "first")
    remember_fingerprint(desk.connection, "second")
    assert known_fingerprint(desk.connection) is None
    desk.wallet()
    assert known_fingerprint(desk.connection) == "second"


def test_a_database_whose_fingerprint_was_removed_fits_no_key(desk: Desk) -> None:
    desk.wallet()
    desk.connection.execute("DELETE FROM meta")
    assert known_fingerprint(desk.connection) == ""


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "signer.db"
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(StoreRefused, match="newer pumpbox"):
        open_store(path)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "signer.db").write_bytes(b"something else entirely" * 99)
    with pytest.raises(StoreRefused, match="can't open"):
        open_store(tmp_path / "signer.db")
