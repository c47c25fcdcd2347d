"""`pumpbox terminal`: the prompt, or JSON lines for scripts (docs/terminal.md)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bots.terminal.detect import Found, Pictures, ask_tty, detect
from core.settings import Settings, load_settings
from pumpbox.engine import engine, log_file
from pumpbox.logs import configure
from pumpbox.preflight import clear
from pumpbox.refused import Refused

WORDS = {
    "localnet": "the chain",
    "valkey": "the queue",
    "prepare": "the program and the database",
    "signer": "the signer",
    "indexer": "the indexer",
    "preparer": "the box maker",
    "web": "pictures and metadata",
}


def terminal(
    *,
    data: Path | None = None,
    json: bool = False,
    as_: Annotated[str, Parameter(name="--as")] = "you",
    operator: bool = False,
    no_color: Annotated[bool, Parameter(negative=())] = False,
    pictures: Pictures = Pictures.AUTO,
) -> int:
    """Opens the terminal; starts the embedded parts that don't run yet, for as long as it is open.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    json
        One JSON object a line in and out; see docs/terminal.md.
    as_
        The user who speaks, if a line does not say.
    operator
        Needed off the embedded chain: the terminal acts for any of its users without asking who you are.
    no_color
        No colours; NO_COLOR does the same.
    pictures
        How coins' pictures are shown: auto asks the terminal, none says where the file lies.
    """
    settings = load_settings(data)
    if not settings.embedded_chain and not operator:
        raise Refused(
            f"the terminal acts for anybody it names, and on {settings.cluster} that is real: give --operator"
        )
    if not 0 < len(as_.strip()) <= 64:
        raise Refused("--as takes 1 to 64 characters")
    clear(settings)
    return asyncio.run(_terminal(settings, as_, json, colour=not no_color, pictures=pictures))


async def _terminal(settings: Settings, as_: str, json: bool, *, colour: bool, pictures: Pictures) -> int:
    """SIGTERM ends it as Ctrl-C does: what it started is stopped."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    people = sys.stdin.isatty() and sys.stdout.isatty() and not json
    try:
        looking = asyncio.create_task(_look(pictures)) if people else None
        importing = asyncio.to_thread(import_module, "pumpbox.session")
        async with engine(settings, _progress, meanwhile=importing) as ready:
            configure(ready.log_level, log_file(ready.data_dir, "terminal").open("a"), ready.log_format)
            from pumpbox.session import session  # see there

            found = None if looking is None else await looking
            return await session(ready, as_, json=json, colour=colour, found=found)
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


async def _look(pictures: Pictures) -> Found:
    """What the terminal can show; asked while the installation starts."""
    return await asyncio.to_thread(detect, pictures, os.environ, ask_tty)


def _progress(role: str, state: str) -> None:
    if role not in WORDS or state not in ("ready", "crashed"):
        return
    outcome = "failed, trying again" if state == "crashed" else "ok"
    print(f"starting {WORDS[role]} … {outcome}", file=sys.stderr, flush=True)
