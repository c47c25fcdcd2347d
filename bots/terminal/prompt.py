"""The terminal for people: a prompt with history and completion, buttons by number, progress in place."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style as Colours

from bots.desk import Desk
from bots.terminal.inbound import payload_of_text
from bots.terminal.jsonlines import Lines, refusal
from bots.terminal.render import Choice, Fragment, bar, choices, lines, words
from bots.terminal.surface import Shown, Terminal
from core.commands.spec import Spec
from core.domain.errors import UserError
from core.ports.store import StoreAway
from core.reply import Form, Style, t

LEAVE = ("/quit", "/exit", "quit", "exit")
COLOURS = Colours.from_dict(
    {
        "title": "bold",
        "busy": "bold ansiyellow",
        "good": "bold ansigreen",
        "bad": "bold ansired",
        "warn": "bold ansimagenta",
        "dim": "ansibrightblack",
        "key": "bold",
        "success": "ansigreen",
        "danger": "ansired",
        "primary": "ansiblue",
        "secondary": "",
    }
)


@dataclass(slots=True)
class Filling:
    """A form that is being answered, question by question."""

    form: Form
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return len(self.answers)


class PromptScreen:
    """Prints cards, remembers what the last one offers, keeps what is being done in one line.

    `plain`: where to print when there is no prompt below the cards: no colours, progress as it comes.
    """

    def __init__(self, *, plain: TextIO | None, colour: bool, output: Output | None = None) -> None:
        self._plain, self._output = plain, output
        self._depth = None if colour else ColorDepth.DEPTH_1_BIT
        self._last: dict[str, list[list[Fragment]]] = {}
        self.choices: list[Choice] = []
        self.filling: Filling | None = None
        self.progress: dict[str, str] = {}
        self.redraw: Callable[[], None] = lambda: None  # the prompt, when what is being done has changed

    def show(self, shown: Shown) -> None:
        message = shown.message
        if message is None:
            return
        said = self.progress.get(shown.msg)
        if message.progress is not None:
            self.progress[shown.msg] = (
                f"{words((message.body or (message.title,))[0])}  {bar(message.progress)}"
            )
        else:
            self.progress.pop(shown.msg, None)
        self.redraw()
        # A form's quick answers stand in its question: a number is an answer there, not a button.
        offered = [] if message.form is not None else choices(message)
        if shown.kind == "edit" and message.progress is not None:
            # The card itself is on the screen already; only its progress has changed.
            if self._plain is not None and self.progress[shown.msg] != said:
                self.print([[("class:busy", self.progress[shown.msg])]])
            return
        card = lines(message)
        if self._last.get(shown.msg) == card and not offered:
            return
        self._last = {shown.msg: card}
        if offered:
            self.choices = offered
        if message.form is not None:
            self.filling = Filling(message.form)
        self.print([*card, *self._buttons(offered), []])

    def print(self, block: list[list[Fragment]]) -> None:
        if self._plain is not None:
            self._plain.write("".join("".join(part for _, part in line) + "\n" for line in block))
            self._plain.flush()
            return
        text: list[Fragment] = []
        for number, line in enumerate(block):
            text += [("", "\n")] if number else []
            text += [(style, part) for style, part in line]
        print_formatted_text(
            FormattedText(text), style=COLOURS, color_depth=self._depth, output=self._output, flush=True
        )

    def ask(self) -> FormattedText:
        """The prompt, below what is being done."""
        lines = [("class:busy", f"{line}\n") for line in self.progress.values()]
        return FormattedText([*lines, ("class:key", self.question())])

    def question(self) -> str:
        """What the prompt asks for now."""
        if self.filling is None:
            return "> "
        asked = self.filling.form.fields[self.filling.asked]
        quick = f" ({', '.join(asked.presets)})" if asked.presets else ""
        return f"{words(asked.label)}{quick}: "

    def _buttons(self, offered: list[Choice]) -> list[list[Fragment]]:
        if not offered:
            return []
        line: list[Fragment] = []
        for number, choice in enumerate(offered, 1):
            line += [("class:key", f"[{number}] "), (f"class:{choice.style.value}", choice.label), ("", "  ")]
        if confirms(offered):
            line.append(("class:dim", "y/N"))
        return [line]


def confirms(offered: list[Choice]) -> bool:
    """Two buttons, one to do it and one not to: they answer to y and n as well."""
    return len(offered) == 2 and offered[0].style is Style.SUCCESS and offered[1].style is Style.DANGER


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


class Completions(Completer):
    """Commands, then what the command's arguments may be."""

    def __init__(self, specs: Mapping[str, Spec], desk: Desk, screen: PromptScreen) -> None:
        self._specs, self._desk, self._screen = specs, desk, screen

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> list[Completion]:
        return []  # the prompt asks asynchronously; the base class demands this one

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        for completion in await self._find(document.text_before_cursor):
            yield completion

    async def _find(self, before: str) -> list[Completion]:
        if self._screen.filling is not None:
            form, asked = self._screen.filling.form, self._screen.filling.asked
            return await self._suggested(form.command, form.fields[asked].name, before)
        if not before.startswith("/"):
            return []
        name, space, rest = before[1:].partition(" ")
        if not space:
            return [
                Completion(f"/{spec.name}", -len(before), display_meta=words(spec.help))
                for spec in self._specs.values()
                if not spec.hidden and spec.name.startswith(name)
            ]
        spec = self._specs.get(name)
        given = rest.split(" ")
        if spec is None or len(given) > len(spec.args):
            return []
        return await self._suggested(spec.name, spec.args[len(given) - 1].name, given[-1])

    async def _suggested(self, command: str, argument: str, typed: str) -> list[Completion]:
        found = await self._desk.suggest(command, argument, typed)
        return [Completion(value, -len(typed), display_meta=label) for value, label in found]


async def converse(
    terminal: Terminal, screen: PromptScreen, desk: Desk, specs: Mapping[str, Spec], as_: str, history: Path
) -> None:
    """The prompt, until Ctrl-D or /quit."""
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(history)),
        completer=Completions(specs, desk, screen),
        complete_while_typing=False,
        reserve_space_for_menu=4,
        style=COLOURS,
    )
    screen.redraw = session.app.invalidate
    screen.print([[("class:dim", words(t("terminal-welcome")))]])
    with patch_stdout():
        while True:
            try:
                line = await session.prompt_async(screen.ask)
            except KeyboardInterrupt:
                screen.filling = None
                continue
            except EOFError:
                return
            if line.strip() in LEAVE:
                return
            await submit(terminal, screen, line, as_)
            await terminal.idle()


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
