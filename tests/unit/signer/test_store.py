"""The signer's database is what we made, or it is not opened: not every hand that it went through is ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from workers.signer.store import StoreRefused, known_wallets, open_store

FORGETS = """
DROP TRIGGER signatures_kept;
CREATE TRIGGER forgets AFTER INSERT ON audit BEGIN DELETE FROM signatures; END;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "signer.db"
    open_store(path).close()
    return path


def test_what_we_made_is_opened_again(path: Path) -> None:
    open_store(path).close()
    assert known_wallets(path) == (None, {})


@pytest.mark.parametrize(
    "change",
    [
        FORGETS,
        "DROP TRIGGER wallets_kept;",
        "CREATE TRIGGER also AFTER INSERT ON wallets BEGIN UPDATE wallets SET request_id = 'eve'; END;",
        "CREATE VIEW more AS SELECT 1;",
        "ALTER TABLE wallets ADD COLUMN more TEXT;",
        "ALTER TABLE signatures RENAME TO others; CREATE VIEW signatures AS SELECT * FROM others WHERE 0;",
    ],
)
def test_one_that_defines_anything_else_is_refused_before_it_signs_anything(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(change)
    for open_it in (open_store, known_wallets):
        with pytest.raises(StoreRefused, match="somebody changed it"):
            open_it(path)
