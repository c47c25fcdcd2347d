"""An open terminal on an installation that runs. Apart from `terminal.py` because of what it imports: two
seconds' worth, which pass while the installation starts."""

from __future__ import annotations

import os
import sys
from typing import IO

from bots.desk import Desk
from bots.terminal.detect import Found, Pictures
from bots.terminal.inbound import PLATFORM
from bots.terminal.jsonlines import JsonScreen, serve
from bots.terminal.surface import Terminal
from core.bootstrap.app import open_app
from core.settings import Settings


async def session(settings: Settings, as_: str, *, json: bool, colour: bool, found: Found | None) -> int:
    """Serves stdin until its end and until what it began has ended. The exit code: 1 if that goes on.
    found: what the terminal can show; None if nobody sits there."""
    async with open_app(settings) as app:
        desk = Desk.of(app, PLATFORM)
        if json:
            screen = JsonScreen(sys.stdout.buffer)
            async with Terminal(desk, screen, settings.run_dir) as surface:
                await serve(surface, screen, _stdin(), as_)
                return await _finish(surface)
        # Late: scripts need no prompt.
        from bots.terminal.colours import coloured
        from bots.terminal.prompt import converse, follow
        from bots.terminal.screen import PromptScreen

        shown = PromptScreen(
            plain=None if found is not None and found.codes else sys.stdout,
            colour=colour and coloured(os.environ),
            pictures=Pictures.NONE if found is None else found.pictures,
        )
        async with Terminal(desk, shown, settings.run_dir) as surface:
            if found is not None:
                history = settings.data_dir / "history"
                await converse(surface, shown, desk, app.specs, as_, history, found.typed)
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
