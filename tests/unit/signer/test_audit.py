"""The audit log: every act has an entry, and no entry can be changed, dropped or moved unnoticed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.errors import UserError
from tests.unit.signer.desk import Desk
from workers.signer.audit import AuditBroken, head, verify


@pytest.fixture
def log(desk: Desk) -> Path:
    """Two wallets, two signatures, a refusal and a repeat that differed: six entries."""
    ann = desk.wallet("ann")
    desk.wallet("bob")
    desk.withdraw("o1", ann, 1)
    desk.withdraw("o2", ann, 2)
    with pytest.raises(UserError):
        desk.withdraw("o3", ann, 10**18)
    desk.withdraw("o1", ann, 3)
    desk.withdraw("o1", ann, 1)  # a true repeat is no event
    return desk.database


def _tamper(database: Path, *statements: str) -> None:
    """As somebody who can write the file and knows its triggers."""
    with closing(sqlite3.connect(database)) as connection:
        for trigger in ("audit_kept", "audit_fixed", "signatures_kept", "signatures_fixed", "wallets_kept"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_every_act_is_an_entry(log: Path) -> None:
    assert verify(log) == 6
    with closing(sqlite3.connect(log)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM audit ORDER BY seq")]
    assert [body["event"] for body in bodies] == [
        "wallet-created",
        "wallet-created",
        "signed",
        "signed",
        "refused",
        "repeat-differs",
    ]
    assert bodies[2].items() >= {"order_id": "o1", "intent": "withdraw", "pid": 7}.items()
    assert bodies[4].items() >= {"order_id": "o3", "code": "withdraw-limit"}.items()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit SET body = replace(body, 'ann', 'eve') WHERE seq = 1", "entry 1 was changed"),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", "entry 3 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM audit WHERE seq >= 4", "order o2 has no entry: the end of the log was cut off"),
        ("DELETE FROM signatures WHERE order_id = 'o1'", "order o1 has an entry but is gone"),
        ("DELETE FROM wallets WHERE request_id = 'bob'", "has an entry but is gone"),
        ("UPDATE signatures SET raw = zeroblob(9) WHERE order_id = 'o2'", "order o2 was signed as another"),
        ("UPDATE audit SET body = CAST(x'ff' AS TEXT) WHERE seq = 3", "signer.s database"),
        ("DROP TABLE audit", "no such table"),
    ],
)
def test_each_way_of_tampering_is_noticed(log: Path, statement: str, why: str) -> None:
    _tamper(log, statement)
    with pytest.raises(AuditBroken, match=why):
        verify(log)


def test_entries_that_change_places_are_noticed(log: Path) -> None:
    _tamper(
        log,
        "UPDATE audit SET seq = 99 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 99",
    )
    with pytest.raises(AuditBroken, match="entry 3 was changed"):
        verify(log)


def test_a_cut_end_that_no_signature_tells_of_shows_in_the_head(log: Path) -> None:
    before = head(log)
    _tamper(log, "DELETE FROM audit WHERE seq = 6")
    assert verify(log) == 5
    assert head(log) != before


@pytest.mark.parametrize("table", ["audit", "signatures", "wallets"])
def test_the_database_itself_refuses_to_forget(desk: Desk, log: Path, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        desk.connection.execute(f"DELETE FROM {table}")


def test_what_is_no_log_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "signer.db")
    (tmp_path / "signer.db").write_bytes(b"not a database, certainly" * 100)
    with pytest.raises(AuditBroken, match="not a signer's database"):
        verify(tmp_path / "signer.db")
