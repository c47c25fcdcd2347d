"""The prompt as a person uses it: keys come in as bytes, cards stand above it."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from bots.terminal.detect import Pictures
from bots.terminal.prompt import converse
from bots.terminal.screen import TURNING, PromptScreen
from bots.terminal.surface import Shown, Terminal
from core.bootstrap.app import load_commands
from core.commands.incoming import Invocation, Line, Press
from core.reply import Reply, t
from tests.surfaces.cards import CARDS, write_pictures
from tests.surfaces.terminal.conftest import Bench

CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Glass(io.StringIO):
    """What was printed, and a sign when there is more."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()

    def flush(self) -> None:
        self.flushed.set()


class Person:
    """Somebody at the keyboard."""

    def __init__(self, keys: PipeInput, out: Glass, talking: asyncio.Task[None]) -> None:
        self._keys, self._out, self.talking = keys, out, talking

    def type(self, text: str) -> None:
        self._keys.send_text(text)

    async def sees(self, words: str) -> str:
        """All that was printed, when the words are there."""
        async with asyncio.timeout(10):
            while words not in CODES.sub("", self._out.getvalue()):
                self._out.flushed.clear()
                await self._out.flushed.wait()
        return self._out.getvalue()


@asynccontextmanager
async def person(bench: Bench, asked: list[Invocation], begun: str = "") -> AsyncIterator[Person]:
    def answer(invocation: Invocation) -> Reply:
        asked.append(invocation)
        what = invocation.what
        return Reply(CARDS["form-withdraw" if isinstance(what, Line) and "withdraw" in what.text else "coin"])

    out = Glass()
    desk = bench.desk(answer)
    output = Vt100_Output(out, lambda: Size(40, 80), term="xterm-256color")
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        screen = PromptScreen(plain=None, colour=True, pictures=Pictures.SIXEL)
        async with Terminal(desk, screen, bench.folder / "run") as terminal:
            talk = converse(terminal, screen, desk, load_commands(), "you", bench.folder / "history", begun)
            somebody = Person(keys, out, asyncio.create_task(talk))
            yield somebody
            somebody.type("/quit\r")
            await somebody.talking


def said(asked: list[Invocation]) -> list[str]:
    return [i.what.text if isinstance(i.what, Line) else type(i.what).__name__ for i in asked]


async def test_lines_and_numbers_are_taken_and_only_commands_remembered(bench: Bench) -> None:
    write_pictures(bench.folder / "files")
    asked: list[Invocation] = []
    async with person(bench, asked) as somebody:
        await somebody.sees("/launch")
        somebody.type("/coin CATS\r")
        printed = await somebody.sees("Refresh")
        assert printed.index("\x1bP0;1q") < printed.index("Market cap"), "the picture stands above the card"
        somebody.type("1\r")
    assert said(asked) == ["/coin CATS", "Press"]
    assert isinstance(asked[1].what, Press)
    kept = (bench.folder / "history").read_text()
    assert [line for line in kept.splitlines() if line.startswith("+")] == ["+/coin CATS", "+/quit"]


async def test_what_was_typed_before_the_prompt_stands_in_it(bench: Bench) -> None:
    asked: list[Invocation] = []
    async with person(bench, asked, begun="/coin C") as somebody:
        await somebody.sees("/coin C")
        somebody.type("ATS\r")
        await somebody.sees("Market cap")
    assert said(asked) == ["/coin CATS"]


async def test_ctrl_c_leaves_a_form_and_the_prompt_goes_on(bench: Bench) -> None:
    asked: list[Invocation] = []
    async with person(bench, asked) as somebody:
        somebody.type("/withdraw\r")
        await somebody.sees("Where to: a Solana address:")
        somebody.type("half an addr\x03")
        somebody.type("/coin CATS\r")
        await somebody.sees("Market cap")
    assert said(asked) == ["/withdraw", "/coin CATS"]


async def test_what_is_being_done_turns_until_it_is_done() -> None:
    turned = asyncio.Event()
    screen = PromptScreen(plain=None, colour=True, output=Vt100_Output(io.StringIO(), lambda: Size(40, 80)))
    turning = asyncio.create_task(screen.turn())
    screen.show(Shown(None, "m1", "reply", "you", None, CARDS["buy-quoted"]))
    assert not screen.busy.is_set()
    screen.show(Shown(None, "m1", "edit", "you", None, CARDS["buy-sent"]))
    frame = screen.frame
    screen.redraw = turned.set
    await asyncio.wait_for(turned.wait(), 10)
    assert screen.ask()[0] == ("class:busy", f"{TURNING[frame + 1]} Buying CATS…\n")
    screen.show(Shown(None, "m1", "edit", "you", None, CARDS["buy-landed"]))
    assert screen.ask() == [("class:key", "> ")]
    assert not screen.busy.is_set()
    turning.cancel()


def test_an_order_on_its_way_is_a_line_and_no_second_card() -> None:
    out = io.StringIO()
    screen = PromptScreen(plain=None, colour=False, output=Vt100_Output(out, lambda: Size(40, 80)))
    for kind, name in (("reply", "buy-quoted"), ("edit", "buy-sent"), ("edit", "buy-landed")):
        screen.show(Shown(None, "m1", kind, "you", None, CARDS[name]))
    assert out.getvalue().count("See the transaction") == 1
    assert t("buy-sent").id not in out.getvalue()
