"""The installation that a terminal needs: the one that runs on its folder, or one of its own for its life."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.settings import Settings
from pumpbox.cli import Refused
from pumpbox.roles import ROLES
from pumpbox.state import attached, read_status, running

PATIENCE = 60.0  # seconds for everything to be ready
STOPPING = 30.0  # seconds for everything to stop
LOOK = 0.03  # seconds between looks at run.json
Progress = Callable[[str, str], None]  # role, state

WORDS = {
    "valkey": "the queue",
    "localnet": "the chain",
    "prepare": "the program and the database",
    "signer": "the signer",
    "web": "pictures and metadata",
    "preparer": "the box maker",
    "indexer": "the indexer",
}


@asynccontextmanager
async def engine(
    settings: Settings, progress: Progress, meanwhile: Awaitable[object]
) -> AsyncIterator[Settings]:
    """Starts what does not run yet on the data folder, and stops what it started at the end.

    Gives the settings with the ports in use, when `meanwhile` is done too. Raises `Refused` if it does not
    come up.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = None if running(settings.data_dir) else await _spawn(settings)
    other = asyncio.ensure_future(meanwhile)
    try:
        await _until_ready(settings.data_dir, own, progress)
        await other
        yield attached(settings)
    finally:
        if own is not None:
            await _stop(own)


def log_file(data_dir: Path, name: str) -> Path:
    """Where a background process writes what it logs."""
    folder = data_dir / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{name}.log"


async def _spawn(settings: Settings) -> asyncio.subprocess.Process:
    """The supervisor, in a session of its own so that a Ctrl-C at the prompt does not reach it; it stops when
    its stdin ends, so it never outlives us."""
    command: Sequence[str] = ("-m", "pumpbox", "run", "--data", str(settings.data_dir), "--with-parent")
    with log_file(settings.data_dir, "run").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _until_ready(data_dir: Path, own: asyncio.subprocess.Process | None, progress: Progress) -> None:
    said: dict[str, str] = {}
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                if own is not None and own.returncode is not None:
                    raise Refused(f"it did not start:\n{_tail(data_dir)}")
                if own is None and not running(data_dir):
                    raise Refused("what ran on this folder has stopped; try again")
                status = read_status(data_dir)
                roles = status.get("roles", []) if own is None or status.get("pid") == own.pid else []
                for role in roles:
                    if said.get(role["name"]) != role["state"]:
                        said[role["name"]] = role["state"]
                        progress(role["name"], role["state"])
                if roles and all(_up(role) for role in roles):
                    return
                await asyncio.sleep(LOOK)
    except TimeoutError:
        late = [role["name"] for role in read_status(data_dir).get("roles", []) if not _up(role)]
        raise Refused(f"{', '.join(late)} did not start in time:\n{_tail(data_dir)}") from None


def _up(role: Mapping[str, Any]) -> bool:
    """A chat platform that is away does not keep the terminal waiting."""
    known = ROLES.get(role["name"])
    return role["state"] in ("ready", "done") or (known is not None and known.remote)


async def _stop(own: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        own.terminate()
    try:
        await asyncio.wait_for(own.wait(), STOPPING)
    except TimeoutError:
        own.kill()
        await own.wait()


def _tail(data_dir: Path) -> str:
    file = log_file(data_dir, "run")
    last = file.read_text(errors="replace").splitlines()[-5:] if file.exists() else []
    return "\n".join([*last, f"The whole log: {file}"])
