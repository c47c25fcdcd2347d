"""`pumpbox backup`: one file with everything but the master key, taken while people trade (ADR 0010)."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from cyclopts import Parameter

from core.settings import Settings, load_settings
from pumpbox import archive
from pumpbox.archive import BackupBroken, Writer
from pumpbox.refused import Refused
from pumpbox.state import PORTS, Taken, whole

if TYPE_CHECKING:
    from core.adapters.db.snapshot import Snapshot
    from pumpbox.frozen import Frozen

SCRATCH = ".backup"
_COMPRESSED = {".tar": False, ".tar.gz": True, ".tgz": True}


@dataclass
class Made:
    """What a backup holds. id: of its sums. damaged: published files that are not what their names say, left
    out. size: bytes before compression."""

    header: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    size: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    published: int = 0
    damaged: list[str] = field(default_factory=list)


def backup(file: Annotated[str, Parameter(allow_leading_hyphen=True)], /, *, data: Path | None = None) -> int:
    """Writes everything that an installation needs to live on into one file, while it runs.

    That is the database (SQLite or PostgreSQL), the signer's sealed wallets and log, the embedded chain, what was
    published. The master key, which opens the wallets, is not in it: keep that elsewhere.

    Parameters
    ----------
    file
        FILE.tar, FILE.tar.gz or FILE.tgz, which must not be there yet; - writes a tar to stdout.
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    """
    settings = load_settings(data)
    try:
        with _output(file) as (out, compressed):
            made = take(settings, out, compressed=compressed)
    except (Taken, BackupBroken) as error:
        raise Refused(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"the backup can't be made: {error}") from None
    print(_report(made, settings, file), file=sys.stderr if file == "-" else sys.stdout)
    return 0


def take(settings: Settings, out: BinaryIO, *, compressed: bool) -> Made:
    """Writes a backup to `out`. Raises `Refused`, `Taken`, `OSError`, `BackupBroken`."""
    from core.adapters.db.engine import BadDatabaseUrl  # late: SQLAlchemy takes a second to import
    from core.adapters.db.migrate import SchemaMismatch
    from core.adapters.db.snapshot import exists, snapshot
    from core.bootstrap.places import SettingMissing, database_url
    from core.ports.store import StoreAway

    try:
        url = database_url(settings)
        whole(settings.data_dir)
        if not (settings.data_dir.is_dir() and exists(url)):
            raise Refused(
                f"there is no installation in {settings.data_dir}: give its --data, or DATABASE_URL"
            )
        with ExitStack() as opened:
            stores = _stores(settings, opened)
            scratch = opened.enter_context(_scratch(settings.data_dir))
            about = _about(settings)

            def hold() -> None:
                for store in stores.values():
                    store.hold()

            def write(rows: Snapshot) -> Made:
                copies = {name: scratch / name for name in stores}
                for name, store in stores.items():
                    store.copy(copies[name])
                    store.close()  # held no longer than needed: its writers' log grows
                writer = Writer(out, about["at"], compressed=compressed)
                return _write(settings, writer, rows, copies, about)

            return snapshot(url, hold, write)
    except StoreAway as error:
        raise Refused(f"the database can't be reached: {error}. Check DATABASE_URL.") from None
    except (SchemaMismatch, BadDatabaseUrl, SettingMissing) as error:
        raise Refused(str(error)) from None


@contextmanager
def _scratch(data_dir: Path) -> Iterator[Path]:
    """A folder for the copies, of one backup at a time; what a killed one left there is thrown away."""
    folder = data_dir / SCRATCH
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another backup of {data_dir} is being made: wait for it") from None
        for left in folder.iterdir():
            left.unlink()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    finally:
        os.close(handle)


def _stores(settings: Settings, opened: ExitStack) -> dict[str, Frozen]:
    """The SQLite files of the others, by their names in the archive; in the order in which they are held."""
    from pumpbox.bodies import localnet_config, signer_config
    from pumpbox.frozen import Frozen

    files = {archive.SIGNER: signer_config(settings).database}
    if settings.embedded_chain:
        files[archive.LEDGER] = localnet_config(settings).ledger_path
    there = {name: path for name, path in files.items() if path.exists()}
    return {name: opened.enter_context(closing(Frozen(path))) for name, path in there.items()}


def _about(settings: Settings) -> dict[str, Any]:
    """What is known before anything is copied."""
    from core.bootstrap.places import program_id

    return {
        "format": archive.FORMAT,
        "made_by": version("pumpbox"),
        "at": int(time.time()),
        "cluster": settings.cluster,
        "embedded": settings.embedded_chain,
        "program": program_id(settings),
        "genesis": None if settings.embedded_chain else asyncio.run(chains_genesis(settings)),
    }


async def chains_genesis(settings: Settings) -> str | None:
    """The genesis hash of the chain at SOLANA_RPC_URL; None if it doesn't answer."""
    from core.adapters.chain.rpc import Rpc, RpcRefused
    from core.bootstrap.places import rpc_url
    from core.ports.chain import ChainAway

    try:
        async with Rpc(rpc_url(settings)) as rpc:
            return str(await rpc.call("getGenesisHash"))
    except (ChainAway, RpcRefused):
        return None


def _write(
    settings: Settings, writer: Writer, rows: Snapshot, copies: dict[str, Path], about: dict[str, Any]
) -> Made:
    wallets = rows.wallets()
    made = Made({**about, "schema": rows.revision, **_checked(copies, wallets)})
    writer.add_json(archive.HEADER, made.header)
    numbers: dict[str, int] = {}
    for chunk in rows.chunks():
        numbers[chunk.table] = numbers.get(chunk.table, 0) + 1
        name = f"database/{chunk.table}/{numbers[chunk.table]:06}.jsonl"
        writer.add(name, len(chunk.data), [chunk.data], chunk.rows)
        made.rows[chunk.table] = made.rows.get(chunk.table, 0) + chunk.rows
    ports = settings.data_dir / PORTS
    for name, path in {**copies, archive.PORTS: ports}.items():
        if path.exists():
            writer.add(name, path.stat().st_size, _pieces(path))
    for name, blob in _published(settings.files_dir, made):
        writer.add(name, len(blob), [blob])
    made.id, made.size = writer.end(), writer.size
    return made


def _checked(copies: dict[str, Path], wallets: dict[str, str]) -> dict[str, Any]:
    """What the copies say of themselves. Raises `Refused` if they could not stand for the installation."""
    from workers.localnet.errors import LedgerError
    from workers.localnet.ledger import genesis_hash
    from workers.signer import audit
    from workers.signer.store import StoreRefused, known_wallets

    found: dict[str, Any] = {"master_key": None, "audit": None}
    keys: dict[str, str] = {}
    try:
        if (signer := copies.get(archive.SIGNER)) is not None:
            found["master_key"], keys = known_wallets(signer)
            found["audit"] = {"entries": audit.verify(signer), "head": audit.head(signer)}
        if (ledger := copies.get(archive.LEDGER)) is not None:
            found["genesis"] = genesis_hash(ledger)
    except audit.AuditBroken as error:
        raise Refused(f"THE SIGNER'S LOG WAS CHANGED: {error}. Compare with an earlier backup.") from None
    except (StoreRefused, LedgerError) as error:
        raise Refused(str(error)) from None
    if missing := wallets.keys() - keys.keys():
        raise Refused(
            f"{len(missing)} wallets of the database have no key in the signer's folder: back up where "
            "that folder is, with the DATABASE_URL that belongs to it"
        )
    if taken := [address for address, person in wallets.items() if keys[address] != person]:
        raise Refused(
            f"{len(taken)} wallets of the database were made for other people, such as {taken[0]}: THE DATABASE WAS "
            "CHANGED. Compare with an earlier backup."
        )
    return found


def _published(folder: Path, made: Made) -> Iterator[tuple[str, bytes]]:
    """Name and contents of every published file. They are never changed, and were there before anything named
    them: so what is here now is all that the rows can name."""
    for kind in ("i", "m"):
        if not (folder / kind).is_dir():
            continue
        for path in sorted((folder / kind).iterdir()):
            name = f"files/{kind}/{path.name}"
            if not archive.is_published(name):
                continue  # one that is being written
            blob = path.read_bytes()
            if archive.published_name(name, hashlib.sha256(blob).digest()):
                made.published += 1
                yield name, blob
            else:
                made.damaged.append(name)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(archive.PIECE):
            yield piece


@contextmanager
def _output(file: str) -> Iterator[tuple[BinaryIO, bool]]:
    """Where the backup goes, and whether it is compressed. Under its name it is whole and on the disk."""
    if file == "-":
        if sys.stdout.isatty():
            raise Refused("a backup is no text: send stdout to a file or a program, or give FILE.tar.gz")
        yield sys.stdout.buffer, False
        return
    target = Path(file)
    compressed = next((packed for end, packed in _COMPRESSED.items() if target.name.endswith(end)), None)
    if compressed is None:
        raise Refused(f"{file}: give a name that ends in {', '.join(_COMPRESSED)}, or - for stdout")
    if target.exists():
        raise Refused(f"{file} is there already: give another name")
    if not target.parent.is_dir():
        raise Refused(f"{target.parent} is no folder: make it first")
    handle, draft = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name}-"
    )  # 0600, as the name keeps it
    try:
        with os.fdopen(handle, "wb") as out:
            yield out, compressed
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Brings the names in the folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def contents(header: dict[str, Any], rows: dict[str, int]) -> str:
    """What a backup holds, in words."""
    at = datetime.fromtimestamp(header["at"], UTC)
    counted = ", ".join(_count(rows.get(f"{name}s", 0), name) for name in ("wallet", "order", "coin"))
    chain = "the embedded chain" if header["embedded"] else header["cluster"]
    return f"{counted} on {chain} as of {at:%Y-%m-%d %H:%M:%S} UTC"


def _report(made: Made, settings: Settings, file: str) -> str:
    from pumpbox.bodies import signer_config

    lines = [f"Backed up {contents(made.header, made.rows)}, {_count(made.published, 'published file')}."]
    if made.damaged:
        lines.append(f"LEFT OUT, because damaged: {', '.join(made.damaged)}")
    lines.append(f"Its id is {made.id}: write it down elsewhere, `pumpbox restore` shows it too.")
    if (fingerprint := made.header["master_key"]) is not None:
        lines += [
            "The master key is NOT in it, and without that key every wallet in it is lost. Keep a copy of",
            f"  {signer_config(settings).master_key_file} (fingerprint {fingerprint})",
            "in another place than the backup: whoever has both has the wallets.",
        ]
    if file != "-":
        lines.append(f"Check it now and then: pumpbox restore --check {file}")
    return "\n".join(lines)
