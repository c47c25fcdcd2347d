"""The cards that every surface's golden files are made of: all there, always the same; and golden files bite."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import runpy
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import core.cards
from core.reply import Message, decode, encode
from tests.fakes.installation import all_buttons
from tests.surfaces import cards
from tests.surfaces.golden import GoldenDiffers, check, leftovers


def card_functions() -> dict[CodeType, str]:
    """Public functions that return a Message, by their code."""
    found: dict[CodeType, str] = {}
    for module in pkgutil.iter_modules(core.cards.__path__, "core.cards."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            returns = function.__annotations__.get("return")
            if not name.startswith("_") and returns == "Message" and function.__module__ == module.name:
                found[function.__code__] = f"{module.name}.{name}"
    return found


def test_every_card_function_has_a_sample() -> None:
    called: set[CodeType] = set()

    def trace(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(trace)
    try:
        runpy.run_path(cards.__file__)
    finally:
        sys.setprofile(None)
    functions = card_functions()
    assert len(functions) > 8, "the search has stopped finding them"
    assert [name for code, name in functions.items() if code not in called] == []


def test_samples_are_the_same_in_every_run() -> None:
    again = runpy.run_path(cards.__file__)["CARDS"]
    assert again == cards.CARDS


@pytest.mark.parametrize("name", cards.CARDS)
def test_a_sample_is_what_a_surface_gets(name: str) -> None:
    card: Message = cards.CARDS[name]
    assert decode(encode(card)) == card
    for button in all_buttons(card):
        assert (button.token is None) == (button.press is None), "a press has its token, a link has none"
    assert card.form is None or card.form.token is not None
    tokens = [b.token for b in all_buttons(card) if b.token]
    assert len(tokens) == len(set(tokens))
    assert all(len(token) == 22 for token in tokens)


def test_pictures_lie_where_the_cards_say(card_pictures: Path) -> None:
    shown = [card.media.path for card in cards.CARDS.values() if card.media is not None]
    assert len(shown) > 5
    assert [path for path in shown if Path(path).is_absolute() or not Path(path).is_file()] == []


def test_a_golden_file_that_differs_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "card.json"
    monkeypatch.setenv("UPDATE_GOLDENS", "1")
    check(path, {"title": "Bought CATS", "rows": [1, 2]})
    monkeypatch.delenv("UPDATE_GOLDENS")
    check(path, {"title": "Bought CATS", "rows": [1, 2]})
    with pytest.raises(GoldenDiffers, match=r'-  "title": "Bought CATS"') as seen:
        check(path, {"title": "Sold CATS", "rows": [1, 2]})
    assert '+  "title": "Sold CATS"' in str(seen.value)
    assert str(tmp_path.parent) not in str(seen.value)


def test_a_golden_file_that_is_missing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPDATE_GOLDENS", raising=False)
    with pytest.raises(GoldenDiffers, match=r"\+Bought"):
        check(tmp_path / "card.txt", "Bought CATS")
    (tmp_path / "old.txt").write_text("of a card that is gone")
    assert leftovers(tmp_path, ["card.txt"]) == ["old.txt"]
