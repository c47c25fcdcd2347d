"""`pumpbox run`: every role that settings allow under the supervisor, or one role in the foreground."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from core.settings import Settings, load_settings
from pumpbox.child import alone, stop_on_signals
from pumpbox.preflight import clear
from pumpbox.refused import Refused
from pumpbox.roles import ROLES, Role
from pumpbox.state import Taken, attached, private, trusted, whole
from pumpbox.supervisor import RoleState, StartFailed, Supervisor


def run(
    *,
    data: Path | None = None,
    role: str | None = None,
    with_parent: Annotated[bool, Parameter(show=False)] = False,
) -> int:
    """Runs the installation until Ctrl-C or SIGTERM.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    role
        Run only this role, in the foreground and without restarts: for one container a role.
    with_parent
        Stop when stdin ends: whoever started this is gone.
    """
    settings = load_settings(data)
    if role is not None:
        return _alone(settings, role)
    clear(settings)  # at once, before any process; the role `prepare` asks again
    return supervise(settings, with_parent=with_parent)


def supervise(settings: Settings, *, roles: Mapping[str, Role] = ROLES, with_parent: bool = False) -> int:
    """Runs roles in the foreground until a signal. Raises `Refused` if they don't start."""
    try:
        return asyncio.run(_supervise(settings, roles, with_parent))
    except (Taken, StartFailed) as error:
        raise Refused(str(error)) from None


def _alone(settings: Settings, name: str) -> int:
    if name not in ROLES:
        raise Refused(f"there is no role {name!r}; there are {', '.join(ROLES)}")
    try:
        private(settings.run_dir)
        if settings.data_dir.exists():
            trusted(settings.data_dir)
            whole(settings.data_dir)
    except Taken as error:
        raise Refused(str(error)) from None
    return alone(attached(settings), ROLES[name])


async def _supervise(settings: Settings, roles: Mapping[str, Role], with_parent: bool) -> int:
    stop = asyncio.Event()
    stop_on_signals(stop)
    if with_parent:
        loop = asyncio.get_running_loop()
        threading.Thread(target=_until_stdin_ends, args=(loop, stop), daemon=True).start()
    await Supervisor(settings, roles=roles, on_change=_say).run(stop)
    return 0


def _until_stdin_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _say(state: RoleState) -> None:
    what = state.detail or (state.address if state.state == "ready" else "") or ""
    print(f"{state.name:<10} {state.state:<9} {what}".rstrip(), file=sys.stderr, flush=True)
