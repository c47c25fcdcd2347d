"""An open terminal on an installation that runs. Apart from `terminal.py` because of what it imports: two
seconds' worth, which pass while the installation starts."""

from __future__ import annotations

import os
import sys
from typing import IO

from bots.desk import Desk
from bots.terminal.inbound import PLATFORM
from bots.terminal.jsonlines import JsonScreen, serve
from bots.terminal.surface import Terminal
from core.bootstrap.app import open_app
from core.settings import Settings


async def session(settings: Settings, as_: str, *, json: bool, colour: bool) -> int:
    """Serves stdin until its end and until what it began has ended. The exit code: 1 if that goes on."""
    people = sys.stdin.isatty() and not json
    async with open_app(settings) as app:
        desk = Desk.of(app, PLATFORM)
        if json:
            screen = JsonScreen(sys.stdout.buffer)
            async with Terminal(desk, screen, settings.run_dir) as surface:
                await serve(surface, screen, _stdin(), as_)
                return await _finish(surface)
        from bots.terminal.prompt import PromptScreen, converse, follow  # late: scripts need no prompt

        shown = PromptScreen(plain=None if people else sys.stdout, colour=colour)
        async with Terminal(desk, shown, settings.run_dir) as surface:
            if people:
                await converse(surface, shown, desk, app.specs, as_, settings.data_dir / "history")
            else:
                await follow(surface, shown, _stdin(), as_)
            return await _finish(surface)


def _stdin() -> IO[bytes]:
    """Standard input by a descriptor of our own: a thread may still wait there when the interpreter ends, and
    must not hold `sys.stdin` then."""
    return os.fdopen(os.dup(0), "rb")


async def _finish(surface: Terminal) -> int:
    if await surface.finish():
        return 0
    print("pumpbox: something that was begun goes on; it is finished by the next start.", file=sys.stderr)
    return 1
