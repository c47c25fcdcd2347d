"""`pumpbox restore`: a backup becomes an installation, or nothing does (ADR 0010)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from core.settings import Settings, load_settings
from pumpbox.archive import BackupBroken, Reader
from pumpbox.backup import chains_genesis, contents
from pumpbox.refused import Refused
from pumpbox.state import Taken, acquire
from pumpbox.unpack import Stage, check_all, unpack


def restore(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    data: Path | None = None,
    master_key: Path | None = None,
    replace: Annotated[bool, Parameter(negative=())] = False,
    check: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Makes an installation of a backup: in an empty folder and an empty database, SQLite or PostgreSQL as
    DATABASE_URL says, whichever it came from. Everything is checked before anything is changed; a restore that
    was cut off leaves nothing that starts, and is run again.

    Parameters
    ----------
    file
        What `pumpbox backup` wrote; - reads stdin.
    data
        Folder of the installation to be; default PUMPBOX_DATA, else ./data.
    master_key
        The key that the wallets were made under, to be copied into the folder. Not with MASTER_KEY_FILE.
    replace
        Move what is in the folder into a folder before-TIME in it. A signer there that has gone on since the
        backup is kept: it knows more wallets and signatures.
    check
        Only read the backup and say whether it is whole. Needs no key and changes nothing.
    """
    try:
        with _input(file) as source:
            if check:
                return _check(source)
            return _restore(load_settings(data), source, master_key, replace)
    except BackupBroken as error:
        raise Refused(f"{file}: {error}") from None
    except Taken as error:
        raise Refused(str(error)) from None


@contextmanager
def _input(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - its own errors, not those of what is done with it
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    with source:
        yield source


def _check(source: BinaryIO) -> int:
    reader = Reader(source)
    header = check_all(reader)
    print(f"The backup is whole: {contents(header, reader.rows)}.")
    print(f"Its id is {reader.id}: compare it with what `pumpbox backup` said.")
    if header["master_key"] is not None:
        print(f"Its wallets need the master key with the fingerprint {header['master_key']}.")
    return 0


def _restore(settings: Settings, source: BinaryIO, key: Path | None, replace: bool) -> int:
    from workers.signer.hardening import harden

    harden()  # the master key is read here, to see that it is the right one
    stage, reader = put_back(settings, source, key, replace=replace)
    print(_report(settings, stage, reader))
    return 0


def put_back(
    settings: Settings, source: BinaryIO, key: Path | None = None, *, replace: bool = False
) -> tuple[Stage, Reader]:
    """Makes the installation. Raises `Refused`, `Taken`, `BackupBroken`."""
    from core.adapters.db.dump import BadDump  # late: SQLAlchemy takes a second to import
    from core.adapters.db.engine import BadDatabaseUrl
    from core.adapters.db.migrate import SchemaMismatch
    from core.bootstrap.places import SettingMissing
    from core.ports.store import StoreAway
    from pumpbox.install import Target

    lock = acquire(settings.data_dir, patience=1.0, restoring=True)
    try:
        target = Target(settings, replace=replace)
        target.check()
        reader = Reader(source)
        genesis = None if settings.embedded_chain else asyncio.run(chains_genesis(settings))
        stage = unpack(reader, settings, key, target.former(), genesis)
        target.install(stage, reader.id)
        return stage, reader
    except StoreAway as error:
        raise Refused(f"the database can't be reached: {error}. Check DATABASE_URL.") from None
    except BadDump as error:
        raise BackupBroken(str(error)) from None
    except (SchemaMismatch, BadDatabaseUrl, SettingMissing) as error:
        raise Refused(str(error)) from None
    finally:
        os.close(lock)


def _report(settings: Settings, stage: Stage, reader: Reader) -> str:
    folder = settings.data_dir
    lines = [
        f"Restored into {folder}: {contents(stage.header, reader.rows)}.",
        f"Its id is {reader.id}: compare it with what `pumpbox backup` said.",
    ]
    if stage.newer:
        lines.append(
            f"The folder's own signer was kept: it holds {stage.newer} entries more than the backup."
        )
    if stage.aside is not None:
        lines.append(f"What was there before is in {folder / stage.aside}: delete it when all is well.")
    lines += [
        "Quotes that nobody had confirmed are over; orders on their way are settled by asking the chain.",
        "Now:",
        "  never start the installation that this is a backup of again: both would act for the same wallets",
        f"  pumpbox audit --data {folder}",
        f"  pumpbox run --data {folder}",
    ]
    return "\n".join(lines)
