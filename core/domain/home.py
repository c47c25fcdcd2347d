"""Where the coins of a chat are at home: each gets a thread of its own there."""

from __future__ import annotations

import re

HERE = "here"  # in the chat itself: a topic of the forum, a thread of the channel

_ID = re.compile(r"(?:<#)?(\d{1,20})>?")


def parse_home(text: str) -> str | None:
    """`here`, or the id of another channel, written as the number or as a mention `<#id>`; None: neither."""
    words = text.strip().lower()
    if words == HERE:
        return HERE
    found = _ID.fullmatch(words)
    return None if found is None else found[1]
