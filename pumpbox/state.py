"""What a data folder says about its running installation: one lock, remembered ports, `run.json`.

The lock is a `flock` that the supervisor's children inherit: it is free only when the last of them has
ended, so that two installations never work on one folder, not even after a `kill -9` of the supervisor.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.settings import Settings

LOCK = "pumpbox.lock"
STATUS = "run.json"
PORTS = "ports.json"
UNFINISHED = "restore.json"  # there while `pumpbox restore` has put only a part in place


class Taken(Exception):
    """Something that we need belongs to another: the folder, its sockets' folder, every port."""


def acquire(data_dir: Path, patience: float = 10.0, *, restoring: bool = False) -> int:
    """Locks the folder (made if missing, for this user only) and returns the descriptor that holds it.

    Waits up to `patience` seconds for the children of a supervisor that was killed, and a moment for
    somebody who only looks. Raises `Taken`, also for a folder that others can change, or on which a restore
    was cut off (unless `restoring`); `OSError` if the folder can't be written.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    trusted(data_dir)
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    begun = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            owner = read_status(data_dir).get("pid")
            if waited > patience or (waited > 0.5 and _alive(owner)):
                os.close(descriptor)
                raise Taken(
                    f"pumpbox already runs on {data_dir} (pid {owner}). Stop it, or give another --data."
                ) from None
            time.sleep(0.05)
            continue
        try:
            if not restoring:
                whole(data_dir)
        except Taken:
            os.close(descriptor)
            raise
        return descriptor


def trusted(folder: Path) -> None:
    """Raises `Taken` if anybody could put a database of their own in place of ours: whoever owns the folder,
    or everybody. root may work on a folder of another's, as in a container."""
    found = folder.stat()
    if found.st_mode & 0o002 or (os.getuid() != 0 and found.st_uid not in (0, os.getuid())):
        raise Taken(f"other users can change what is in {folder}: give another --data, or chmod 700 it")


def whole(folder: Path) -> None:
    """Raises `Taken` if a restore was cut off in the middle: half an installation must not start."""
    if (folder / UNFINISHED).exists():
        raise Taken(f"a restore of {folder} was cut off: run the same `pumpbox restore` again, then start")


def private(folder: Path) -> None:
    """Makes a folder that only this user may enter. Raises `Taken` if it is somebody else's: its name
    below the temporary folder can be guessed, and sockets with our names could lie in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Taken(f"{folder} is not this user's alone (mode 0700): remove it, then start again")


def running(data_dir: Path) -> bool:
    """Whether a supervisor, or a child that it left behind, works on the folder."""
    try:
        descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def read_status(data_dir: Path) -> dict[str, Any]:
    """`run.json` as the supervisor last wrote it; empty if there is none."""
    return _read(data_dir / STATUS)


def write_status(data_dir: Path, status: Mapping[str, Any]) -> None:
    """Replaces `run.json` in one step: a reader sees the old one or the new one."""
    _write(data_dir / STATUS, status)


def with_ports(settings: Settings) -> Settings:
    """The settings with ports instead of zeros: those of the last start if they are free, else new ones.

    They are remembered because a coin's metadata names its address for ever, and so that people's wallets
    and scripts find the chain again. Only the holder of the lock calls this.
    """
    file = settings.data_dir / PORTS
    known = _read(file)
    chosen = {
        "localnet_port": settings.localnet_port or _free_port(known.get("localnet_port"), pair=True),
        "http_port": settings.http_port or _free_port(known.get("http_port"), pair=False),
    }
    if chosen != known:
        _write(file, chosen)
    return settings.model_copy(update=chosen)


def attached(settings: Settings) -> Settings:
    """The settings with the ports of the installation that runs on the folder."""
    known = _read(settings.data_dir / PORTS)
    return settings.model_copy(
        update={
            "localnet_port": settings.localnet_port or known.get("localnet_port", 0),
            "http_port": settings.http_port or known.get("http_port", 0),
        }
    )


def _free_port(wish: int | None, *, pair: bool) -> int:
    """`wish` if nobody listens there, else any free port; with `pair` the next one is free too."""
    for candidate in (wish or 0, *([0] * 50)):
        with socket.socket() as first, socket.socket() as second:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                first.bind(("127.0.0.1", candidate))
                port = int(first.getsockname()[1])
                if pair:
                    second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise Taken("no free port pair on 127.0.0.1: stop what listens there, or set LOCALNET_PORT")


def _alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return value if isinstance(value, dict) else {}


def _write(file: Path, value: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}-", delete=False) as draft:
        json.dump(value, draft)
    os.replace(draft.name, file)
