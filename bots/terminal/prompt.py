"""The prompt: what a typed line means, and the conversation, with history and completion."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.history import FileHistory
from prompt_toolkit.patch_stdout import patch_stdout

from bots.desk import Desk
from bots.terminal.colours import COLOURS
from bots.terminal.complete import Completions
from bots.terminal.inbound import payload_of_text
from bots.terminal.jsonlines import Lines, refusal
from bots.terminal.render import Choice, words
from bots.terminal.screen import Filling, PromptScreen, confirms
from bots.terminal.surface import Terminal
from core.commands.spec import Spec
from core.domain.errors import UserError
from core.ports.store import StoreAway
from core.reply import t

LEAVE = ("/quit", "/exit", "quit", "exit")


def typed(screen: PromptScreen, line: str, as_: str) -> dict[str, Any] | None:
    """What a typed line asks for, or None if it only moved a form on. Raises `UserError`."""
    word = line.strip()
    if screen.filling is not None:
        if word.startswith("/"):
            screen.filling = None  # a command leaves the form
        else:
            return _answer(screen, screen.filling, word, as_)
    pressed: Choice | None = None
    if re.fullmatch(r"[0-9]{1,3}", word):
        if not 0 < int(word) <= len(screen.choices):
            raise UserError("no-such-number", number=word)
        pressed = screen.choices[int(word) - 1]
    elif word.lower() in ("y", "yes", "n", "no") and confirms(screen.choices):
        pressed = screen.choices[0 if word.lower().startswith("y") else 1]
    if pressed is not None:
        return {"id": None, "as": as_, "chat": None, "press": pressed.token}
    return payload_of_text(line, as_)


def _answer(screen: PromptScreen, filling: Filling, word: str, as_: str) -> dict[str, Any] | None:
    asked = filling.form.fields[filling.asked]
    filling.answers[asked.name] = word or asked.value
    if filling.asked < len(filling.form.fields):
        return None
    screen.filling = None
    return {"id": None, "as": as_, "chat": None, "form": filling.form.token or "", "fields": filling.answers}


class Commands(FileHistory):
    """The history: commands only. A number or a yes would mean something else the next time."""

    def append_string(self, string: str) -> None:
        if string.startswith("/"):
            super().append_string(string)


async def converse(
    terminal: Terminal,
    screen: PromptScreen,
    desk: Desk,
    specs: Mapping[str, Spec],
    as_: str,
    history: Path,
    begun: str = "",
) -> None:
    """The prompt, until Ctrl-D or /quit. begun: what was typed before there was one."""
    session: PromptSession[str] = PromptSession(
        history=Commands(str(history)),
        auto_suggest=AutoSuggestFromHistory(),
        completer=Completions(specs, desk, screen),
        complete_while_typing=False,
        reserve_space_for_menu=4,
        style=COLOURS,
        color_depth=screen.depth,
    )
    screen.redraw = session.app.invalidate
    screen.say("class:dim", words(t("terminal-welcome")))
    turning = asyncio.create_task(screen.turn())
    try:
        with patch_stdout():
            while (line := await _line(session, screen, begun)) is not None:
                begun = ""
                await submit(terminal, screen, line, as_)
                await terminal.idle()
    finally:
        turning.cancel()


async def _line(session: PromptSession[str], screen: PromptScreen, begun: str) -> str | None:
    """The next line, None at the end. Ctrl-C leaves a form, or throws away what is typed."""
    while True:
        try:
            line = await session.prompt_async(screen.ask, default=begun)
        except KeyboardInterrupt:
            screen.filling = None
            begun = ""
            continue
        except EOFError:
            return None
        return None if line.strip() in LEAVE else line


async def follow(terminal: Terminal, screen: PromptScreen, source: IO[bytes], as_: str) -> None:
    """Lines of a pipe, each when what the one before began has ended: `1` presses a button that is there."""
    incoming = Lines(source)
    while batch := await incoming.next(1):
        line = batch[0].decode(errors="replace").rstrip("\n")
        if line.strip() in LEAVE:
            return
        screen.print([[("class:key", screen.question()), ("", words(t("value", value=line)))]])
        await submit(terminal, screen, line, as_)
        await terminal.finish()


async def submit(terminal: Terminal, screen: PromptScreen, line: str, as_: str) -> None:
    """Hands one typed line on; an empty one is nothing, except as an answer in a form."""
    if not line.strip() and screen.filling is None:
        return
    try:
        payload = typed(screen, line, as_)
        if payload is not None:
            await terminal.accept([payload])
    except UserError as error:
        screen.show(refusal(error, None, as_))
    except StoreAway:
        screen.show(refusal(UserError("store-away"), None, as_))
