"""What a person sees: cards above a prompt, their buttons by number, what is being done in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from prompt_toolkit import print_formatted_text
from prompt_toolkit.application import get_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.output import ColorDepth, Output

from bots.terminal.colours import COLOURS
from bots.terminal.detect import Pictures
from bots.terminal.graphics import ROWS, cell_pixels, draw
from bots.terminal.layout import Line, flow, paragraph
from bots.terminal.render import Choice, bar, button, lines, numbered, path, plain_text, words
from bots.terminal.surface import Shown
from core.reply import Form, Media, Message, Style, Tone

TURNING, TURN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", 0.1  # what turns beside the progress; seconds a step
RAW = "[ZeroWidthEscape]"  # prompt_toolkit's style for what goes to the terminal as it is


@dataclass(slots=True)
class Filling:
    """A form that is being answered, question by question."""

    form: Form
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return len(self.answers)


class PromptScreen:
    """Prints cards, remembers what the last one offers, keeps what is being done in one line above the prompt.

    plain: where to print when there is no prompt below the cards, or a terminal that knows no codes: whole
    lines, no colours, progress as it comes. pictures: how they are shown; never AUTO.
    """

    def __init__(
        self,
        *,
        plain: TextIO | None,
        colour: bool,
        output: Output | None = None,
        pictures: Pictures = Pictures.NONE,
    ) -> None:
        self._plain, self._output, self._pictures = plain, output, pictures
        self.colour = colour
        self._last: dict[str, str] = {}
        self._drawn: str | None = None  # key of the picture that was drawn last
        self.choices: list[Choice] = []
        self.filling: Filling | None = None
        self.progress: dict[str, str] = {}
        self.frame = 0  # of what turns beside it
        self.busy = asyncio.Event()
        self.redraw: Callable[[], None] = lambda: None  # the prompt, when what is being done has changed

    @property
    def depth(self) -> ColorDepth | None:
        """Of colours; None: as many as the terminal has."""
        return None if self.colour else ColorDepth.DEPTH_1_BIT

    def show(self, shown: Shown) -> None:
        message = shown.message
        if message is None:
            return
        said = self.progress.get(shown.msg)
        going_on = self._follow(shown.msg, message)
        # A form's quick answers stand in its question: a number is an answer there, not a button.
        offered = [] if message.form is not None else numbered(message)
        if shown.kind == "edit" and going_on:
            # The card itself is on the screen already; only its progress has changed.
            if self._plain is not None and self.progress[shown.msg] != said:
                self.say("class:busy", self.progress[shown.msg])
            return
        card = plain_text(message)
        if self._last.get(shown.msg) == card and not offered:
            return
        self._last = {shown.msg: card}
        if offered:
            self.choices = offered
        if message.form is not None:
            self.filling = Filling(message.form)
        self.print([*self._card(message, offered), []])

    def _follow(self, msg: str, message: Message) -> bool:
        """Keeps the line that says what is being done; whether there is something."""
        what = words((message.body or (message.title,))[0])
        if message.progress is not None:
            self.progress[msg] = f"{what}  {bar(message.progress)}"
        elif message.tone is Tone.BUSY and self._plain is None:
            self.progress[msg] = words(message.title)
        else:
            self.progress.pop(msg, None)
        if self.progress:
            self.busy.set()
        else:
            self.busy.clear()
        self.redraw()
        return msg in self.progress

    def _card(self, message: Message, offered: list[Choice]) -> list[Line]:
        width = self._size().columns if self._plain is None else None
        picture = self._picture(message.media)
        numbers = {choice.token: number for number, choice in enumerate(offered, 1)}
        shown = lines(message, width=width, numbers=numbers, pictured=picture is not None)
        of_items = {item.button.token for item in message.items if item.button is not None}
        below = [button(numbers[c.token], c) for c in offered if c.token not in of_items]
        if confirms(offered):
            below.append([("class:dim", "y/N")])
        return [*([[(RAW, picture)]] if picture is not None else []), *shown, *flow(below, width)]

    def _picture(self, media: Media | None) -> str | None:
        """What draws it; None where the terminal can't, or it stands just above: ten trades of one coin in a
        row need no ten pictures."""
        if media is None or self._pictures is Pictures.NONE or media.key == self._drawn:
            return None
        drawn = draw(self._pictures, Path(path(media)), min(ROWS, self._size().rows // 2), cell_pixels())
        if drawn is not None:
            self._drawn = media.key
        return drawn

    def _size(self) -> Size:
        """Of the terminal as it is now: it may have been resized since the last card."""
        return (self._output or get_app_session().output).get_size()

    def say(self, style: str, text: str) -> None:
        """One text by itself."""
        self.print(paragraph(style, text, self._size().columns if self._plain is None else None))

    def print(self, block: list[Line]) -> None:
        if self._plain is not None:
            self._plain.write("".join("".join(part for _, part in line) + "\n" for line in block))
            self._plain.flush()
            return
        text: Line = []
        for number, line in enumerate(block):
            text += [("", "\n")] if number else []
            text += line if self.colour else [(RAW if style == RAW else "", part) for style, part in line]
        print_formatted_text(
            FormattedText(text), style=COLOURS, color_depth=self.depth, output=self._output, flush=True
        )

    def ask(self) -> FormattedText:
        """The prompt, below what is being done."""
        turning = TURNING[self.frame % len(TURNING)]
        lines = [("class:busy", f"{turning} {line}\n") for line in self.progress.values()]
        return FormattedText([*lines, ("class:key", self.question())])

    async def turn(self) -> None:
        """Keeps turning what stands beside the progress, for as long as there is any; until cancelled."""
        while True:
            await self.busy.wait()
            self.frame += 1
            self.redraw()
            await asyncio.sleep(TURN)

    def question(self) -> str:
        """What the prompt asks for now."""
        if self.filling is None:
            return "> "
        asked = self.filling.form.fields[self.filling.asked]
        quick = f" ({', '.join(asked.presets)})" if asked.presets else ""
        return f"{words(asked.label)}{quick}: "


def confirms(offered: list[Choice]) -> bool:
    """Two buttons, one to do it and one not to: they answer to y and n as well."""
    return len(offered) == 2 and offered[0].style is Style.SUCCESS and offered[1].style is Style.DANGER
