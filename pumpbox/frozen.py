"""A SQLite file of another process as it is at one moment, copied while that process goes on writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


class Frozen:
    """Opens `path`, which must be there; `hold` takes the moment. Raises `sqlite3.Error`, as all of it does.

    The writers' log grows until `close`, and nobody waits for anybody.
    """

    def __init__(self, path: Path) -> None:
        uri = (
            f"{path.resolve().as_uri()}?mode=rw"  # not ro: the first to open a log after a crash must mend it
        )
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)

    def hold(self) -> None:
        """From here on everything is as it is now."""
        self._db.execute("BEGIN")
        self._db.execute("SELECT 1 FROM sqlite_master").fetchone()  # a snapshot begins at the first look

    def copy(self, to: Path) -> None:
        """Writes the held moment to a new file, which is then on the disk."""
        with closing(sqlite3.connect(to)) as target:
            target.execute("PRAGMA journal_mode = OFF")  # half a copy is no use to anybody
            self._db.backup(target)

    def close(self) -> None:
        self._db.close()
