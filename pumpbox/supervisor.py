"""The supervisor: starts the processes that settings allow, in order, restarts what crashes, stops cleanly.

Processes start at once, so that their imports overlap, and each begins when what it needs is ready. What is
known of the roles is written to `run.json` at each change. Children live in sessions of their own: a Ctrl-C
reaches the supervisor alone, which stops them last started first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from core.settings import Settings
from pumpbox.backoff import Backoff
from pumpbox.child import GRACE
from pumpbox.roles import ROLES, Role, wanted, withheld
from pumpbox.state import acquire, private, with_ports, write_status

TRIES = 5  # crashes of a process that was never ready, after which the start is given up
Listener = Callable[["RoleState"], None]


class StartFailed(Exception):
    """A process crashed again and again before it was ever ready. The message says which and why."""


@dataclass(slots=True)
class RoleState:
    """What is known of a role. state: waiting | starting | ready | done | crashed | stopped."""

    name: str
    process: str
    state: str = "waiting"
    detail: str = ""  # the error of a crash
    address: str | None = None  # where the role answered last
    restarts: int = 0
    pid: int | None = None
    was_ready: bool = False
    up: asyncio.Event = field(default_factory=asyncio.Event)

    def public(self) -> dict[str, Any]:
        shown = ("name", "process", "state", "detail", "address", "restarts", "pid")
        return {name: getattr(self, name) for name in shown}


def up(role: str, state: str) -> bool:
    """Whether nobody has to wait for the role: it is ready, or its readiness is somebody else's."""
    return state in ("ready", "done") or (role in ROLES and ROLES[role].remote)


def child_command(process: str) -> Sequence[str]:
    return (sys.executable, "-m", "pumpbox.child", process)


class Supervisor:
    """Holds the data folder from `run` to its end. `log`: where children write what they log; None: stderr.
    `host`: run | terminal, for those who find it gone (see `pumpbox.engine`)."""

    def __init__(
        self,
        settings: Settings,
        *,
        roles: Mapping[str, Role] = ROLES,
        command: Callable[[str], Sequence[str]] = child_command,
        log: IO[bytes] | None = None,
        on_change: Listener = lambda _: None,
        host: str = "run",
    ) -> None:
        self._host = host
        self._settings, self._command, self._log, self._on_change = settings, command, log, on_change
        self._roles = wanted(settings, roles)
        self._states = {role.name: RoleState(role.name, role.process) for role in self._roles.values()}
        self._lock = -1
        self._begun = time.time()
        self._stop = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether all roles are up."""
        return all(up(state.name, state.state) for state in self._states.values())

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises `Taken`, `StartFailed`."""
        self._stop = stop
        self._lock = acquire(self._settings.data_dir)
        try:
            private(self._settings.run_dir)
            self._settings = with_ports(self._settings)
            self._write()
            processes = dict.fromkeys(role.process for role in self._roles.values())
            await self._all([asyncio.create_task(self._keep(process)) for process in processes])
        finally:
            self._write()
            os.close(self._lock)

    async def _all(self, tasks: list[asyncio.Task[None]]) -> None:
        """Waits for `stop` or the first failure, then ends the processes: the last, which uses the others, first."""
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stop.set()
            for group in (tasks[-1:], tasks[:-1]):
                for task in group:
                    task.cancel()
                if group:
                    await asyncio.wait(group)
            stopping.cancel()
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _keep(self, process: str) -> None:
        """Runs one process, again and again."""
        states = [state for state in self._states.values() if state.process == process]
        backoff, crashes = Backoff(), 0
        while True:
            begun = time.monotonic()
            code = await self._once(process, states)
            ready = any(state.was_ready for state in states)
            crashes = 0 if ready else crashes + 1
            for state in states:
                reason = state.detail if state.state == "crashed" else f"the process ended with code {code}"
                self._change(state, "crashed", reason)
            if crashes >= TRIES:
                raise StartFailed(f"{process}: {states[0].detail}")
            await asyncio.sleep(backoff.after(time.monotonic() - begun))

    async def _once(self, process: str, states: list[RoleState]) -> int:
        child = await asyncio.create_subprocess_exec(
            *self._command(process),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env=self._environment(process),
            start_new_session=True,
            pass_fds=(self._lock,),
        )
        for state in states:
            state.pid = child.pid
        reader = asyncio.create_task(self._read(child))
        try:
            await self._begin(child, states)
            return await child.wait()
        finally:
            await _end(child)
            await asyncio.wait([reader])
            for state in states:
                state.up.clear()
                state.pid = None
                if self._stop.is_set():
                    self._change(state, "stopped", "")

    async def _begin(self, child: asyncio.subprocess.Process, states: list[RoleState]) -> None:
        """Says `go` when what the process's roles come after is ready; or notices that it has died before."""
        needed = {name for state in states for name in self._roles[state.name].after if name in self._states}
        waits = [asyncio.create_task(self._states[name].up.wait()) for name in needed]
        death = asyncio.create_task(child.wait())
        try:
            for wait in waits:
                await asyncio.wait([wait, death], return_when=asyncio.FIRST_COMPLETED)
            if not death.done() and child.stdin is not None:
                child.stdin.write(b"go\n")
        finally:
            for task in (*waits, death):
                task.cancel()

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        """Takes in what the child reports of its roles."""
        if child.stdout is None:
            return
        async for line in child.stdout:
            report = json.loads(line)
            self._change(self._states[report["role"]], report["state"], report["detail"])

    def _change(self, state: RoleState, name: str, detail: str) -> None:
        """`detail`: where it answers if it is ready, the error if it crashed."""
        if name == state.state == "stopped":
            return  # the child has said so before it ended
        if state.state == "crashed" and name == "starting":
            state.restarts += 1
        if name in ("ready", "done"):
            state.was_ready = True
            state.address = detail or state.address
            state.up.set()
        state.state, state.detail = name, detail if name == "crashed" else ""
        self._write()
        self._on_change(state)

    def _environment(self, process: str) -> dict[str, str]:
        """Children read their settings as we did, but for others' secrets; folder and ports are those that
        we decided on."""
        without = withheld(role for role in self._roles.values() if role.process == process)
        return {
            **{name: value for name, value in os.environ.items() if name not in without},
            "PUMPBOX_DATA": str(self._settings.data_dir),
            "LOCALNET_PORT": str(self._settings.localnet_port),
            "HTTP_PORT": str(self._settings.http_port),
            # One process can have the port: the one whose roles need the others, and so speaks for them.
            "OPS_PORT": str(self._settings.ops_port if process == "app" else 0),
        }

    def _write(self) -> None:
        addresses = {name: state.address for name, state in self._states.items()}
        status = {
            "pid": os.getpid(),
            "host": self._host,
            "started_at": int(self._begun),
            "rpc_url": addresses.get("localnet") or self._settings.rpc_url,
            "http_url": addresses.get("web"),
            "roles": [state.public() for state in self._states.values()],
        }
        write_status(self._settings.data_dir, status)


async def _end(child: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL for who does not listen. Shielded: a stop that is stopped still stops it."""
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), GRACE + 2)
    except TimeoutError:
        child.kill()
        await child.wait()
