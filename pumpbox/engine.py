"""The installation that a terminal needs: the one that runs on its folder, or one of its own for its life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from core.settings import Settings
from pumpbox.refused import Refused
from pumpbox.roles import wanted
from pumpbox.state import Taken, attached, read_status, running
from pumpbox.supervisor import RoleState, StartFailed, Supervisor, up

PATIENCE = 60.0  # seconds for everything to be ready
LOOK = 0.05  # seconds between looks at what another process writes of itself
HEIR_LOOK = 0.5  # seconds between looks whether the terminal that we joined is still there
HOST = "terminal"
Progress = Callable[[str, str], None]  # role, state

log = structlog.get_logger()


@asynccontextmanager
async def engine(
    settings: Settings, progress: Progress, meanwhile: Awaitable[object]
) -> AsyncIterator[Settings]:
    """Starts what does not run yet on the data folder, and stops what it started at the end.

    Gives the settings with the ports in use, when `meanwhile` is done too. Raises `Refused` if it does not
    come up.
    """
    other = asyncio.ensure_future(meanwhile)
    try:
        if running(settings.data_dir):
            await _in_time(_others(settings, progress), settings.data_dir)
            await other
            async with _joined(settings):
                yield attached(settings)
        else:
            async with _own(settings, progress):
                await other
                yield attached(settings)
    finally:
        other.cancel()


def log_file(data_dir: Path, name: str) -> Path:
    """Where what works behind the terminal writes what it logs."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{name}.log"


@asynccontextmanager
async def _joined(settings: Settings) -> AsyncIterator[None]:
    """On another's installation, and its heir."""
    stop = asyncio.Event()
    with log_file(settings.data_dir, "run").open("ab") as file:
        heir = asyncio.create_task(
            inherit(settings.data_dir, stop, lambda: Supervisor(settings, log=file, host=HOST))
        )
        try:
            yield
        finally:
            stop.set()
            await heir


async def inherit(data_dir: Path, stop: asyncio.Event, make: Callable[[], Supervisor]) -> None:
    """Until `stop`: goes on with the installation when the terminal that ran it has ended before this one."""
    while not stop.is_set():
        if orphaned(data_dir):
            try:
                await make().run(stop)
            except (Taken, StartFailed) as error:  # another terminal was faster; or the next look tries again
                log.warning("engine.not_inherited", error=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), HEIR_LOOK)


def orphaned(data_dir: Path) -> bool:
    """Whether what ran here was a terminal's and has ended. What `pumpbox run` ran is its operator's to start
    again: it would find the folder taken."""
    return read_status(data_dir).get("host") == HOST and not running(data_dir)


@asynccontextmanager
async def _own(settings: Settings, progress: Progress) -> AsyncIterator[None]:
    """A supervisor in this process; its children end with it, however it ends."""
    stop, changed, started = asyncio.Event(), asyncio.Event(), False

    def on_change(state: RoleState) -> None:
        if not started:  # later on it would write into the prompt; `pumpbox status` and the log have it
            progress(state.name, state.state)
        changed.set()

    with log_file(settings.data_dir, "run").open("ab") as file:
        supervisor = Supervisor(settings, log=file, on_change=on_change, host=HOST)
        task = asyncio.create_task(supervisor.run(stop))

        async def ready() -> None:
            while not supervisor.ready:
                if task.done():
                    return
                changed.clear()
                await asyncio.wait(
                    [task, waiting := asyncio.ensure_future(changed.wait())],
                    return_when=asyncio.FIRST_COMPLETED,
                )
                waiting.cancel()

        try:
            await _in_time(ready(), settings.data_dir)
            started = True
            if not task.done():
                yield
        finally:
            stop.set()
            await _ended(task, settings.data_dir)


async def _ended(task: asyncio.Task[None], data_dir: Path) -> None:
    try:
        await task
    except (Taken, StartFailed) as error:
        raise Refused(f"{error}. The log: {log_file(data_dir, 'run')}") from None


async def _others(settings: Settings, progress: Progress) -> None:
    """Until another supervisor's roles are ready. Raises `Refused` when it has gone."""
    said: dict[str, str] = {}
    data_dir = settings.data_dir
    while True:
        if not running(data_dir):
            raise Refused("what ran on this folder has stopped: try again")
        roles = read_status(data_dir).get("roles", [])
        for role in roles:
            if said.get(role["name"]) != role["state"]:
                said[role["name"]] = role["state"]
                progress(role["name"], role["state"])
        lacking = [name for name in wanted(settings) if name not in {role["name"] for role in roles}]
        if roles and lacking:
            raise Refused(f"what runs on this folder has no {lacking[0]}: stop it first")
        if roles and all(up(role["name"], role["state"]) for role in roles):
            return
        await asyncio.sleep(LOOK)


async def _in_time(ready: Awaitable[None], data_dir: Path) -> None:
    try:
        await asyncio.wait_for(ready, PATIENCE)
    except TimeoutError:
        roles = read_status(data_dir).get("roles", [])
        late = ", ".join(role["name"] for role in roles if not up(role["name"], role["state"]))
        raise Refused(
            f"not ready in {PATIENCE:.0f} s: {late}. The log: {log_file(data_dir, 'run')}"
        ) from None
