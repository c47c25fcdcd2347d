"""The supervisor with real processes and roles that need nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.settings import Settings
from pumpbox.state import Taken, acquire, read_status, running
from pumpbox.supervisor import RoleState, StartFailed, Supervisor
from tests.fakes.role_child import ROLES


def command(process: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.fakes.role_child", process)


class Watch:
    """Waits for what the supervisor says of its roles."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.states: dict[str, RoleState] = {}
        self._changed = asyncio.Event()

    def __call__(self, state: RoleState) -> None:
        self.seen.append((state.name, state.state))
        self.states[state.name] = state
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def ready(self) -> None:
        names = ("localnet", "bank", "talk", "shaky")
        await self.until(lambda: all(n in self.states and self.states[n].state == "ready" for n in names))


@asynccontextmanager
async def supervised(data: Path) -> AsyncIterator[tuple[Watch, asyncio.Event, asyncio.Task[None]]]:
    watch, stop = Watch(), asyncio.Event()
    supervisor = Supervisor(Settings(data_dir=data), roles=ROLES, command=command, on_change=watch)
    task = asyncio.create_task(supervisor.run(stop))
    try:
        await watch.ready()
        yield watch, stop, task
    finally:
        stop.set()
        await task


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_roles_start_in_order_and_stop_cleanly(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (watch, _, _):
        status = read_status(tmp_path)
        pids = {role["process"]: role["pid"] for role in status["roles"]}
        assert watch.seen.index(("localnet", "ready")) < watch.seen.index(("setup", "done"))
        assert watch.seen.index(("setup", "done")) < watch.seen.index(("bank", "ready"))
        assert set(pids) == {"chain", "bank", "house"}
        assert len(set(pids.values())) == 3
        assert status["rpc_url"].startswith("http://127.0.0.1:")
        assert running(tmp_path)
    assert all(gone(pid) for pid in pids.values())
    assert not running(tmp_path)
    assert {role["state"] for role in read_status(tmp_path)["roles"]} == {"stopped"}


async def test_a_killed_process_restarts_alone(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (watch, _, _):
        before = {name: state.pid for name, state in watch.states.items()}
        os.kill(before["bank"] or 0, signal.SIGKILL)
        await watch.until(lambda: watch.states["bank"].restarts == 1)
        await watch.ready()
        after = {name: state.pid for name, state in watch.states.items()}
        assert after.pop("bank") != before.pop("bank")
        assert after == before


async def test_a_role_that_crashes_beside_others_restarts_alone(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (watch, _, _):
        house = watch.states["talk"].pid
        (tmp_path / "crash-shaky").touch()
        await watch.until(lambda: watch.states["shaky"].restarts == 1)
        await watch.ready()
        assert watch.states["talk"].pid == watch.states["shaky"].pid == house
        assert watch.seen.count(("talk", "ready")) == 1
        assert (tmp_path / "setups").read_text() == "x"


async def test_a_second_supervisor_is_refused(tmp_path: Path) -> None:
    async with supervised(tmp_path):
        with pytest.raises(Taken, match="already runs"):
            await Supervisor(Settings(data_dir=tmp_path), roles=ROLES, command=command).run(asyncio.Event())


async def test_a_process_that_never_starts_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pumpbox.backoff.Backoff.MOST", 0.01)
    monkeypatch.setattr("pumpbox.backoff.Backoff.FIRST", 0.01)
    (tmp_path / "broken-chain").touch()
    with pytest.raises(StartFailed, match="chain is broken"):
        await Supervisor(Settings(data_dir=tmp_path), roles=ROLES, command=command).run(asyncio.Event())
    assert not running(tmp_path)


async def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """What `kill -9` of the supervisor leaves behind: nothing, and a lock that is free."""
    script = (
        "import asyncio, pathlib, sys\n"
        "from core.settings import Settings\n"
        "from pumpbox.supervisor import Supervisor\n"
        "from tests.fakes.role_child import ROLES\n"
        "from tests.unit.pumpbox.test_supervisor import command\n"
        "def say(state): print(state.name, state.state, flush=True)\n"
        "settings = Settings(data_dir=pathlib.Path(sys.argv[1]))\n"
        "supervisor = Supervisor(settings, roles=ROLES, command=command, on_change=say)\n"
        "asyncio.run(supervisor.run(asyncio.Event()))\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    ready = set()
    while not {"localnet", "bank", "talk", "shaky"} <= ready:
        name, state = (await child.stdout.readline()).decode().split()
        if state == "ready":
            ready.add(name)
    child.kill()
    await child.wait()
    # Each child holds the lock until it has ended: this waits for them, and raises if they live on.
    os.close(await asyncio.to_thread(acquire, tmp_path))
