"""A process of the supervisor: hosts the roles of one kind, and says on its old stdout what becomes of them.

Parent to child, on stdin: the line `go`, when what the child's roles need is ready (imports happen before,
side by side with the other processes). The end of stdin means that the parent is gone: the child stops.
Child to parent: one JSON object a line, `{"role", "state", "detail"}`. What libraries print goes to stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping

import structlog

from core.bootstrap.board import board
from core.settings import Settings, load_settings
from pumpbox.backoff import Backoff
from pumpbox.logs import configure
from pumpbox.ops import answering
from pumpbox.refused import Refused
from pumpbox.roles import ROLES, Role, Run, wanted

GRACE = 8.0  # seconds between being told to stop, or losing the parent, and ending by force
SETTLED = 3.0  # seconds after which a role has imported what it needs
Report = Callable[[str, str, str], None]  # role, state, detail

log = structlog.get_logger()


def main(process: str, roles: Mapping[str, Role] = ROLES) -> int:
    """Runs the process named `process` until it is told to stop; exit code 1 if its role crashed."""
    os.umask(0o077)  # also where somebody made the data folder before us, open to others
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    settings = load_settings()
    configure(settings.log_level, form=settings.log_format)

    def report(role: str, state: str, detail: str) -> None:
        board().change(role, state)
        with contextlib.suppress(BrokenPipeError):  # the parent is gone; stdin says so too
            say.write(json.dumps({"role": role, "state": state, "detail": detail}) + "\n")

    mine = [role for role in wanted(settings, roles).values() if role.process == process]
    bodies = {role.name: role.load() for role in mine}
    return asyncio.run(_host(settings, mine, bodies, report))


def alone(settings: Settings, role: Role) -> int:
    """One role in the foreground, without a parent; until a signal. Exit code 1 if it crashed."""
    configure(settings.log_level, form=settings.log_format)
    body = role.load()

    def report(name: str, state: str, detail: str) -> None:
        board().change(name, state)
        log.info(f"role.{state}", role=name, detail=detail)

    async def work() -> int:
        stop = asyncio.Event()
        stop_on_signals(stop)
        board().join(role.name, role.needs)
        async with answering(settings if role.network else None):
            return await once(role, body, settings, report, stop)

    return asyncio.run(work())


def stop_on_signals(stop: asyncio.Event) -> None:
    """Sets `stop` on SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _host(settings: Settings, roles: list[Role], bodies: Mapping[str, Run], report: Report) -> int:
    go, stop, ended = asyncio.Event(), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    stop_on_signals(stop)
    threading.Thread(target=_listen, args=(loop, go, stop, ended), daemon=True).start()
    try:
        if not await first(go, stop):
            return 0
        if len(roles) == 1 and not roles[0].once:
            return await once(roles[0], bodies[roles[0].name], settings, report, stop)
        for role in roles:
            board().join(role.name, role.needs)
        async with answering(settings), asyncio.TaskGroup() as group:
            for role in roles:
                run = keep(role, bodies[role.name], settings, report, stop)
                if role.once:
                    await run
                else:
                    group.create_task(run)
        return 0
    except Refused as refusal:
        for role in roles:
            report(role.name, "crashed", str(refusal))
        return 1
    finally:
        ended.set()


async def first(go: asyncio.Event, stop: asyncio.Event) -> bool:
    """Waits for either; whether it was `go`."""
    waits = [asyncio.ensure_future(event.wait()) for event in (go, stop)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return go.is_set() and not stop.is_set()


async def once(role: Role, body: Run, settings: Settings, report: Report, stop: asyncio.Event) -> int:
    """Runs a role that has the process for itself: a crash ends the process, the supervisor starts it again."""
    error = await _run(role, body, settings, report, stop)
    return 0 if error is None else 1


async def keep(role: Role, body: Run, settings: Settings, report: Report, stop: asyncio.Event) -> None:
    """Runs a role beside others: a crash restarts it alone. Returns when it is told to stop, or done."""
    backoff = Backoff()
    while not stop.is_set():
        begun = time.monotonic()
        error = await _run(role, body, settings, report, stop)
        if error is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), backoff.after(time.monotonic() - begun))


async def _run(
    role: Role, body: Run, settings: Settings, report: Report, stop: asyncio.Event
) -> Exception | None:
    """One run of a role. Returns what it crashed of, or None after an orderly end."""

    loop = asyncio.get_running_loop()

    def ready(address: str = "") -> None:
        report(role.name, "ready", address)
        loop.call_later(SETTLED, _keep_for_good)

    report(role.name, "starting", "")
    try:
        await body(settings, ready=ready, stop=stop)
        if not stop.is_set() and not role.once:
            raise RuntimeError(f"{role.name} came back without being told to stop")
    except Exception as error:
        log.exception("role.crashed", role=role.name)
        report(role.name, "crashed", f"{type(error).__name__}: {error}")
        return error
    report(role.name, "done" if role.once else "stopped", "")
    return None


def _keep_for_good() -> None:
    """What is there now stays: modules, commands, statements. The collector need not look through all that in
    each of its full rounds, in which everything waits: 50 ms and more in a process with all the roles."""
    gc.collect()
    gc.freeze()


def _listen(
    loop: asyncio.AbstractEventLoop, go: asyncio.Event, stop: asyncio.Event, ended: threading.Event
) -> None:
    """Reads what the parent says; its end means stop. A loop that is stuck then is ended by force."""
    while line := os.read(0, 64):
        if b"go" in line:
            _tell(loop, go)
    _tell(loop, stop)
    if not ended.wait(GRACE):
        os._exit(1)


def _tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(event.set)


def leave(code: int) -> None:
    """Ends the process at once. All is closed by now; taking the interpreter's modules apart takes half a second."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(sys.argv[1]))
