"""Every card as the terminal prints it: 80 columns wide, first as it is read, then with its colours."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.plain_text import PlainTextOutput
from wcwidth import width as cells

from bots.terminal.layout import Line
from bots.terminal.screen import PromptScreen
from bots.terminal.surface import Shown
from core.reply import Message
from tests.surfaces.cards import CARDS, FRIEND, MINT, WALLET
from tests.surfaces.golden import check, leftovers

GOLDEN = Path(__file__).parent / "golden"
TO_COPY = (MINT, WALLET, FRIEND)


class Paper(PromptScreen):
    """Keeps what it is given to print."""

    def __init__(self, columns: int) -> None:
        output = PlainTextOutput(io.StringIO())
        output.get_size = lambda: Size(40, columns)  # type: ignore[method-assign]  # a terminal of this size
        super().__init__(plain=None, colour=True, output=output)
        self.lines: list[Line] = []

    def print(self, block: list[Line]) -> None:
        self.lines += block


def printed(card: Message, columns: int) -> list[Line]:
    media = card.media and replace(card.media, path=f"/srv/pumpbox/{card.media.path}")
    paper = Paper(columns)
    paper.show(Shown(None, "m1", "reply", "you", None, replace(card, media=media)))
    assert paper.lines[-1] == [], "a blank line parts it from the next"
    return paper.lines[:-1]


def read(line: Line) -> str:
    return "".join(text for _, text in line)


def coloured(line: Line) -> str:
    return "".join(f"{{{style.removeprefix('class:')}: {text}}}" if style else text for style, text in line)


@pytest.mark.parametrize("name", CARDS)
def test_golden(name: str) -> None:
    lines = printed(CARDS[name], 80)
    text = "\n".join([*map(read, lines), "-" * 80, *map(coloured, lines)])
    check(GOLDEN / f"{name}.txt", text)


def test_golden_files_are_all_of_cards() -> None:
    assert leftovers(GOLDEN, [f"{name}.txt" for name in CARDS]) == []


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("name", CARDS)
def test_a_card_fits_and_what_is_to_be_copied_is_whole(name: str, columns: int) -> None:
    lines = [read(line) for line in printed(CARDS[name], columns)]
    wider = [line for line in lines if cells(line) > columns]
    assert [line for line in wider if " " in line.strip()] == [], "only one unbreakable word may be wider"
    whole = "\n".join(lines)
    everything = "\n".join(read(line) for line in printed(CARDS[name], 1_000))
    assert [word for word in TO_COPY if whole.count(word) != everything.count(word)] == []
    assert "".join(whole.split()) == "".join(everything.split()), "nothing is lost by wrapping"


def test_a_card_follows_the_size_of_the_terminal() -> None:
    card = CARDS["portfolio"]
    assert len(printed(card, 40)) > len(printed(card, 80)) > len(printed(card, 200))
