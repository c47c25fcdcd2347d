"""A whole installation in processes of its own, and what it takes to kill each of them by name.

home = Running(folder)
await home.start()
await home.kill("signer")
await home.close()
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from core.settings import Settings, load_settings
from pumpbox.roles import wanted
from pumpbox.state import attached, read_status

PATIENCE = 60.0  # seconds after which a test says what it waited for
LOOK = 0.03  # seconds between looks at what other processes write
ROLES = {"localnet": "localnet", "signer": "signer", "app": "keeper"}  # process -> a role that it hosts
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")  # of the environment: no settings of whoever tests


async def until(holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Looks again and again until `holds`: for what other processes do, which wakes nobody here."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = holds()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(LOOK)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE:.0f} s for {what}") from None


@dataclass
class Terminal:
    """`pumpbox terminal --json`, started again whenever it has died. `shown`: all that any of them wrote."""

    folder: Path
    shown: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await _pumpbox(self.folder, "terminal", "--json", pipes=True)
        self._reading = asyncio.create_task(self._read(self.process))

    async def say(self, **line: Any) -> None:
        """A line to whoever listens; nobody does for a moment after a kill."""
        if self.process is None or self.process.stdin is None or self.process.returncode is not None:
            return
        self.process.stdin.write(json.dumps(line).encode() + b"\n")

    async def died(self) -> int:
        """The exit code, once all that it wrote is read."""
        assert self.process is not None
        await self._reading
        return await self.process.wait()

    async def finish(self) -> int:
        """The end of input: it ends when what was begun has ended."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await asyncio.wait_for(self.died(), 2 * PATIENCE)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.endswith(b"\n"):  # else a kill cut it short
                async with self.news:
                    self.shown.append(json.loads(line))
                    self.news.notify_all()
        async with self.news:
            self.news.notify_all()


class Running:
    """`pumpbox run` on a folder, its roles and a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminal = Terminal(folder)
        self._supervisor: asyncio.subprocess.Process | None = None

    @property
    def settings(self) -> Settings:
        return attached(load_settings(self.folder))

    async def start(self) -> None:
        self._supervisor = await _pumpbox(self.folder, "run", pipes=False)
        await until(self._ready, "the installation to start")

    async def stop(self) -> int:
        assert self._supervisor is not None
        self._supervisor.send_signal(signal.SIGTERM)
        return await self._supervisor.wait()

    async def kill(self, name: str) -> None:
        """SIGKILLs a process by name, and returns when it is back: app, localnet, signer, valkey, terminal."""
        if name == "terminal":
            assert self.terminal.process is not None
            self.terminal.process.kill()
            await self.terminal.died()
            await self.terminal.start()
            return
        before = self._pid(name)
        os.kill(before, signal.SIGKILL)
        await until(lambda: self._pid(name) not in (0, before) and self._ready(), f"{name} to be back")

    async def kill_all(self) -> None:
        """The power cut: supervisor first, so that it starts nobody anew, then everybody at once."""
        assert self._supervisor is not None
        pids = [self._pid(name) for name in (*ROLES, "valkey")]
        for pid in (self._supervisor.pid, *pids):
            if pid:
                os.kill(pid, signal.SIGKILL)
        if self.terminal.process is not None:
            if self.terminal.process.returncode is None:
                self.terminal.process.kill()
            await self.terminal.died()
        await self._supervisor.wait()

    async def close(self) -> None:
        """Leaves no process behind, whatever the test came to."""
        if self._supervisor is not None and self._supervisor.returncode is None:
            await self.kill_all()

    def _pid(self, name: str) -> int:
        """0 if there is none now."""
        if name == "valkey":
            return _valkey_pid(self.settings.valkey_socket)
        roles = read_status(self.folder).get("roles", [])
        return next((int(role["pid"] or 0) for role in roles if role["name"] == ROLES[name]), 0)

    def _ready(self) -> bool:
        assert self._supervisor is not None
        assert self._supervisor.returncode is None, f"it has ended; see {self.folder.parent / 'chaos.log'}"
        status = read_status(self.folder)
        roles = status.get("roles", [])
        return (
            status.get("pid") == self._supervisor.pid
            and len(roles) == len(wanted(self.settings))
            and all(role["state"] in ("ready", "done") and role["pid"] for role in roles)
        )


async def _pumpbox(folder: Path, *words: str, pipes: bool) -> asyncio.subprocess.Process:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    # Nobody is paid fees meanwhile: a wallet's history is what its orders did.
    environment |= {"LOG_LEVEL": "WARNING", "WITHDRAW_DAILY_LIMIT_SOL": "1000", "KEEPER_SWEEP_SOL": "1000000"}
    with (folder.parent / "chaos.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pumpbox", *words, "--data", str(folder)),
            stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipes else log,
            stderr=log,
            env=environment,
            limit=2**20,
        )


def _valkey_pid(socket: Path) -> int:
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=1) as valkey:
            return int(valkey.info("server")["process_id"])
    except (OSError, RedisError):
        return 0
