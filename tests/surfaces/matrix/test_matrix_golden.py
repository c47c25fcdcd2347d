"""What Matrix makes of each card: the content of the event, to the letter."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bots.matrix.render import CHOICES, render, with_picture
from core.bootstrap.app import load_commands
from core.reply import Json
from tests.surfaces.cards import CARDS
from tests.surfaces.golden import check, leftovers

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = tuple(name for name, spec in load_commands().items() if not spec.hidden)
TAGS = {"strong", "em", "code", "br", "a"}


def native(name: str) -> Json:
    card = CARDS[name]
    content = render(card, COMMANDS)
    if card.media is None:
        return content
    return with_picture(content, card.media, f"mxc://example.org/{card.media.key[:8]}")


class Tags(HTMLParser):
    """The tags of a text, checked to be closed where they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", CARDS)
def test_golden(name: str) -> None:
    check(GOLDEN / f"{name}.json", native(name))


def test_no_golden_file_is_left_over() -> None:
    assert leftovers(GOLDEN, [f"{name}.json" for name in CARDS]) == []


@pytest.mark.parametrize("name", CARDS)
def test_golden_holds_what_a_homeserver_takes(name: str) -> None:
    content = native(name)
    assert len(json.dumps(content).encode()) < 20_000, "an event and its edit fit 64 KiB"
    tags = Tags()
    tags.feed(content["formatted_body"])
    assert tags.seen <= TAGS
    assert tags.open == []
    # What stands in brackets in the text is bold in HTML, and stands for a token.
    assert re.findall(r"\[(\d+)\] ", content["body"]) == list(content.get(CHOICES, {}))
    assert "@everyone" not in content["body"], "a mention of somebody is no mention here"
    assert not re.search(r"(?<![\w/])/(?:buy|sell|launch|help|wallet)\b", content["body"]), (
        "typed with ! here"
    )
