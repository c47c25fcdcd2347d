"""A backup on its way into a folder: read, checked against its sums and against the settings, and laid out beside
what is there. Nothing that is in use is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.settings import Settings
from pumpbox import archive
from pumpbox.archive import BackupBroken, Member, Reader
from pumpbox.refused import Refused

STAGE = ".restore"
_SPARE = 64 * 2**20  # bytes that are left free on the disk
_CLUSTER = 4_096  # bytes that the smallest file takes
_HEADER = {"at": int, "cluster": str, "embedded": bool, "program": str, "schema": str}


@dataclass
class Stage:
    """What was unpacked. new: the folder's contents to be. newer: entries by which the former signer's log, which
    is kept, is longer. aside: where the folder's former contents went."""

    folder: Path
    header: dict[str, Any] = field(default_factory=dict)
    rows: list[tuple[str, Path]] = field(default_factory=list)  # table, file; in order
    newer: int = 0
    aside: str | None = None

    @property
    def new(self) -> Path:
        return self.folder / "new"

    def chunks(self) -> Iterator[tuple[str, bytes]]:
        """What the database takes in."""
        for table, file in self.rows:
            yield table, file.read_bytes()


def check_all(reader: Reader) -> dict[str, Any]:
    """Reads it all and keeps nothing; the header. Raises `BackupBroken`."""
    header: dict[str, Any] = {}
    for member in reader:
        if member.name == archive.HEADER:
            header = parsed(member)
        else:
            _check_name(member, _drain(member))
    return header


def unpack(
    reader: Reader, settings: Settings, key: Path | None, former: list[Path], genesis: str | None
) -> Stage:
    """Lays the backup out in the data folder's `STAGE`. former: where the folder's own signer may be found.
    genesis: of the chain at SOLANA_RPC_URL.

    Raises `BackupBroken`, and `Refused` for settings, a master key or a disk that it does not fit.
    """
    stage = Stage(settings.data_dir / STAGE)
    shutil.rmtree(stage.folder, ignore_errors=True)
    (stage.new / "signer").mkdir(mode=0o700, parents=True)
    try:
        for member in reader:
            if member.name == archive.HEADER:
                stage.header = parsed(member)
                _fits(stage.header, settings, genesis)
                _place_key(stage, settings, key, former)
            else:
                _write(stage, member)
        _look_inside(stage)
        _keep_newer(stage, former)
        _check_owners(stage)
    except BaseException:
        shutil.rmtree(stage.folder)
        raise
    return stage


def parsed(member: Member) -> dict[str, Any]:
    """The header. Raises `BackupBroken` for one of another format."""
    try:
        header = json.loads(member.whole())
        known = header["format"]
        if known == archive.FORMAT:
            for name, kind in _HEADER.items():
                if not isinstance(header[name], kind):
                    raise TypeError(name)
    except (ValueError, TypeError, KeyError):
        raise BackupBroken("it does not say what it is a backup of") from None
    if known != archive.FORMAT:
        raise BackupBroken(f"its format is {known!r}, we know {archive.FORMAT}: install a newer pumpbox")
    return {"master_key": None, "audit": None, "genesis": None, **header}


def _fits(header: dict[str, Any], settings: Settings, genesis: str | None) -> None:
    """Raises `Refused` if the settings name another chain or program."""
    from core.adapters.db.migrate import revisions
    from core.bootstrap.places import program_id

    ours = settings.cluster, settings.embedded_chain
    if (header["cluster"], header["embedded"]) != ours:
        raise Refused(
            f"the backup is of {_chain(header['cluster'], header['embedded'])}, the settings name "
            f"{_chain(*ours)}: set SOLANA_CLUSTER and SOLANA_RPC_URL as they were"
        )
    if header["program"] != program_id(settings):
        raise Refused(f"the backup is of program {header['program']}: set PUMPBOX_PROGRAM_ID to it")
    if not settings.embedded_chain and header["genesis"] is not None:
        if genesis is None:
            raise Refused(
                "the chain at SOLANA_RPC_URL doesn't say which one it is: try again when it answers"
            )
        if genesis != header["genesis"]:
            raise Refused("SOLANA_RPC_URL leads to another chain than the backup's: their genesis differs")
    if header["schema"] not in revisions():
        raise Refused(
            f"the backup's rows are of schema {header['schema']}, this version knows up to {revisions()[-1]}: "
            "install a newer pumpbox"
        )


def _chain(cluster: str, embedded: bool) -> str:
    return "the embedded chain" if embedded else f"{cluster} at SOLANA_RPC_URL"


def _place_key(stage: Stage, settings: Settings, given: Path | None, former: list[Path]) -> None:
    """The wallets' master key is where the signer will look for it. Raises `Refused`."""
    from core.adapters.keys.master_key import MasterKeyRefused, obtain

    needed = stage.header["master_key"]
    if needed is None:
        return  # no wallets; the signer makes a key when there is one
    if given is not None and settings.master_key_file is not None:
        raise Refused("--master-key and MASTER_KEY_FILE: give one of them")
    own = [folder / "master.key" for folder in former if (folder / "master.key").exists()]
    path = given or settings.master_key_file or next(iter(own), None)
    if path is None:
        raise Refused(
            f"the wallets need the master key that they were made under (fingerprint {needed}): give it with "
            "--master-key FILE, or set MASTER_KEY_FILE"
        )
    try:
        obtain(path, known_fingerprint=needed)
    except MasterKeyRefused as refusal:
        raise Refused(str(refusal)) from None
    if path != settings.master_key_file:
        _new_file(stage.new / "signer" / "master.key", [path.read_bytes()])


def _write(stage: Stage, member: Member) -> None:
    """Names are known ones by now: none leads out of the stage."""
    free = shutil.disk_usage(stage.folder).free
    if member.size + _CLUSTER > free - _SPARE:
        raise Refused(f"{member.name} takes {member.size} bytes, and the disk has {free} left: make room")
    if member.table is not None:
        path = stage.folder / member.name
        stage.rows.append((member.table, path))
    elif member.name == archive.SIGNER:
        path = stage.new / "signer" / archive.SIGNER
    else:
        path = stage.new / member.name
    _check_name(member, _new_file(path, member.pieces))
    if archive.is_published(member.name):
        path.chmod(0o644)  # as the publisher leaves it: a web server of another user may serve them


def _new_file(path: Path, pieces: Iterator[bytes] | list[bytes]) -> bytes:
    """Writes a file for this user only; the sha256 of what it holds."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    return digest.digest()


def _drain(member: Member) -> bytes:
    digest = hashlib.sha256()
    for piece in member.pieces:
        digest.update(piece)
    return digest.digest()


def _check_name(member: Member, digest: bytes) -> None:
    if not archive.published_name(member.name, digest):
        raise BackupBroken(f"{member.name} is not what its name says")


def _look_inside(stage: Stage) -> None:
    """The signer's and the chain's files are theirs, and those that the header speaks of."""
    from workers.localnet.errors import LedgerError
    from workers.localnet.ledger import genesis_hash
    from workers.signer import audit
    from workers.signer.store import StoreRefused, known_wallets

    signer, ledger = stage.new / "signer" / archive.SIGNER, stage.new / archive.LEDGER
    found: dict[str, Any] = {"master_key": None, "audit": None, "genesis": None}
    try:
        if signer.exists():
            count, fingerprint = audit.verify(signer), known_wallets(signer)[0]
            found |= {"master_key": fingerprint, "audit": {"entries": count, "head": audit.head(signer)}}
        if ledger.exists():
            found["genesis"] = genesis_hash(ledger)
    except (audit.AuditBroken, StoreRefused, LedgerError) as error:
        raise BackupBroken(str(error)) from None
    for name in ("master_key", "audit", *(("genesis",) if stage.header["embedded"] else ())):
        if found[name] != stage.header[name]:
            raise BackupBroken(f"its {name} is not the one that its header names")


def _keep_newer(stage: Stage, former: list[Path]) -> None:
    """A signer that has gone on since the backup holds wallets that people were told of since, and what was
    signed and withdrawn since. It is the same one if its log goes on from the backup's last entry."""
    from pumpbox.frozen import Frozen
    from workers.signer import audit

    told, ours = stage.header["audit"], stage.new / "signer" / archive.SIGNER
    for folder in former:
        theirs = folder / archive.SIGNER
        if told is None or not theirs.exists():
            continue
        try:
            count = audit.verify(theirs)
            same = audit.hash_at(theirs, told["entries"]) == told["head"]
        except audit.AuditBroken as error:
            raise Refused(
                f"THE LOG OF THE SIGNER IN THE FOLDER WAS CHANGED: {error}. Keep that folder, and restore "
                "into another one"
            ) from None
        if same and count > told["entries"]:
            ours.unlink()
            with closing(Frozen(theirs)) as newer:
                newer.hold()
                newer.copy(ours)
            ours.chmod(0o600)
            stage.newer = count - told["entries"]
            return


def _check_owners(stage: Stage) -> None:
    """A wallet is whose the signer made it for: who can change a backup's rows alone, or finds a signer that went
    on in the folder, gets nobody else's."""
    from workers.signer.store import StoreRefused, known_wallets

    signer = stage.new / "signer" / archive.SIGNER
    try:
        made_for = known_wallets(signer)[1] if signer.exists() else {}
        for _, file in (row for row in stage.rows if row[0] == "wallets"):
            names, *rows = [json.loads(line) for line in file.read_bytes().splitlines()]
            for row in (dict(zip(names, row, strict=True)) for row in rows):
                if made_for.get(row["address"]) != row["person_id"]:
                    raise BackupBroken(f"the wallet {row['address']} was made for somebody else than it says")
    except (ValueError, TypeError, KeyError):
        raise BackupBroken("wallets: not rows of ours") from None
    except StoreRefused as error:
        raise Refused(str(error)) from None
