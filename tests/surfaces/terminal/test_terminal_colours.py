"""Colours: readable on any background, and gone where somebody or the terminal says so."""

from __future__ import annotations

import io
import re

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from bots.terminal.colours import AMBER, BLUE, GREEN, RED, VIOLET, coloured
from bots.terminal.screen import PromptScreen
from bots.terminal.surface import Shown
from tests.surfaces.cards import CARDS


def luminance(colour: str) -> float:
    """Of sRGB, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", [GREEN, AMBER, RED, VIOLET, BLUE])
def test_a_colour_can_be_read_on_black_and_on_white(colour: str) -> None:
    light = luminance(colour)
    assert 1.05 / (light + 0.05) > 3.9
    assert (light + 0.05) / 0.05 > 3.9


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_who_wants_none_gets_none(environ: dict[str, str], wanted: bool) -> None:
    assert coloured(environ) is wanted


def codes(*, colour: bool) -> set[str]:
    """The styles that are switched on while every card is shown."""
    out = io.StringIO()
    screen = PromptScreen(plain=None, colour=colour, output=Vt100_Output(out, lambda: Size(40, 80)))
    for name, card in CARDS.items():
        screen.show(Shown(None, name, "reply", "you", None, card))
    return set(re.findall(r"\x1b\[([0-9;]*)m", out.getvalue())) - {"0"}


def test_without_colours_nothing_is_styled() -> None:
    assert codes(colour=False) == set()
    assert len(codes(colour=True)) > 5
    screen = PromptScreen(plain=None, colour=False)
    assert screen.depth is ColorDepth.DEPTH_1_BIT, "nor is the prompt"
