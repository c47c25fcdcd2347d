"""The last steps of a restore: what was unpacked comes into its place, and the database is filled.

A folder and a database server change in no single step. So before the first change a note is put into the
folder, on account of which nothing starts there, and it goes when all is done. A restore that was cut off begins
anew: what it had put in place it takes away, what it had moved aside stays there, and a database that
it had filled from the same backup is full already.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.adapters.db.snapshot import fill, filled_from
from core.bootstrap.places import database_url
from core.settings import Settings
from pumpbox.backup import sync_folder
from pumpbox.refused import Refused
from pumpbox.state import LOCK, UNFINISHED
from pumpbox.unpack import STAGE, Stage

_BEFORE = "before-"
_DRAFT = f".{UNFINISHED}"


@dataclass(frozen=True, slots=True)
class _Note:
    """backup: its id. aside: where the former contents go, if there are any. moved: they are all there, and what
    else lies in the folder was put there by the restore."""

    backup: str
    aside: str | None
    moved: bool


class Target:
    """The folder (locked by the caller) and the database that the settings name."""

    def __init__(self, settings: Settings, *, replace: bool) -> None:
        self._folder, self._url, self._replace = settings.data_dir, database_url(settings), replace
        self._inside = settings.database_url is None  # the database is a file of the folder
        self._note = self._read()

    def check(self) -> None:
        """Raises `Refused` unless folder and database are empty, or may be replaced, or are half restored."""
        if self._former() and not self._replace:
            raise Refused(
                f"{self._folder} is not empty: give another --data, or --replace to move aside what is there"
            )
        if self._inside:
            return
        known = filled_from(self._url)
        if known is not None and not (self._note is not None and known == self._note.backup):
            raise Refused(
                "the database that DATABASE_URL names is not empty: give an empty one; nothing in it was changed"
            )

    def former(self) -> list[Path]:
        """Where the signer's folder of the former contents may be."""
        places = [self._folder / "signer"] if self._former() else []
        if self._note is not None and self._note.aside is not None:
            places.append(self._folder / self._note.aside / "signer")
        return places

    def install(self, stage: Stage, backup: str) -> None:
        """Puts everything in place. Raises `BadDump`, `SchemaMismatch`, `StoreAway`, `Refused`."""
        filled = None if self._inside else filled_from(self._url)
        if filled is not None and filled != backup:
            raise Refused(
                "the database was filled from another backup: restore that one, or empty the database"
            )
        os.sync()  # what was unpacked is on the disk before anything says so
        stage.aside = self._move_aside(backup)
        for path in self._entries():  # what a restore that was cut off had put in place
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in sorted(stage.new.iterdir()):
            path.rename(self._folder / path.name)
        if filled is None:
            fill(self._url, stage.header["schema"], stage.chunks(), backup)
        os.sync()
        shutil.rmtree(stage.folder)
        (self._folder / UNFINISHED).unlink()
        sync_folder(self._folder)

    def _move_aside(self, backup: str) -> str | None:
        """The name of the folder where the former contents are now."""
        aside = self._note.aside if self._note is not None else None
        if former := self._former():
            aside = aside or self._new_aside()
            self._write(_Note(backup, aside, moved=False))
            (self._folder / aside).mkdir(mode=0o700, exist_ok=True)
            for path in former:
                path.rename(self._folder / aside / path.name)
            sync_folder(self._folder / aside)
            sync_folder(self._folder)
        self._write(_Note(backup, aside, moved=True))
        return aside

    def _new_aside(self) -> str:
        name = f"{_BEFORE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        taken = (f"{name}-{n}" for n in itertools.count(2))
        while (self._folder / name).exists():
            name = next(taken)
        return name

    def _former(self) -> list[Path]:
        """What lies in the folder and was there before."""
        return [] if self._note is not None and self._note.moved else self._entries()

    def _entries(self) -> list[Path]:
        ours = {LOCK, UNFINISHED, _DRAFT, STAGE}
        found = sorted(self._folder.iterdir())
        return [path for path in found if path.name not in ours and not path.name.startswith(_BEFORE)]

    def _read(self) -> _Note | None:
        try:
            return _Note(**json.loads((self._folder / UNFINISHED).read_text()))
        except FileNotFoundError:
            return None

    def _write(self, note: _Note) -> None:
        with (self._folder / _DRAFT).open("w") as draft:
            json.dump(asdict(note), draft)
            draft.flush()
            os.fsync(draft.fileno())
        os.replace(self._folder / _DRAFT, self._folder / UNFINISHED)
        sync_folder(self._folder)
        self._note = note
