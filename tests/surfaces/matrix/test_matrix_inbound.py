"""What an event means, and that nothing that people can send makes reading fail in a way that is not expected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.matrix.inbound import Asked, Reader

ME = "@pump.bot:example.org"
READER = Reader(ME, "Pump Box", ("buy", "help"))


def message(body: str, **content: Any) -> dict[str, Any]:
    return {
        "event_id": "$1",
        "sender": "@ann:example.org",
        "type": "m.room.message",
        "origin_server_ts": 1_000,
        "content": {"msgtype": "m.text", "body": body, **content},
    }


def mentioned(body: str) -> dict[str, Any]:
    return message(body, **{"m.mentions": {"user_ids": [ME]}})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Pump Box: !buy CATS 1", "/buy CATS 1"),
        ("pump box buy CATS 1", "/buy CATS 1"),
        ("@pump.bot:example.org, help", "/help"),
        ("@pump.bot help", "/help"),
        ("pump.bot: HELP", "/HELP"),
        ("Pump Box", ""),
        ("Pump Boxes are nice", "Pump Boxes are nice"),
        ("look, Pump Box, 7xKX", "look, Pump Box, 7xKX"),
    ],
)
def test_a_mention_before_the_line_is_not_part_of_it(body: str, text: str) -> None:
    asked = READER.read("!r", mentioned(body), direct=False)
    assert asked is not None
    assert asked.text == text


@pytest.mark.parametrize("body", ["!buy", "//buy", "/buy", "! buy", "!BUY x", "!!buy"])
def test_a_command_needs_no_mention(body: str) -> None:
    asked = READER.read("!r", message(body), direct=False)
    assert asked is not None
    assert asked.text.lower().replace(" ", "").startswith("/buy")


@pytest.mark.parametrize("body", ["buy", "!echo", "hello", "1", "", "!", "https://example.org/buy", "a/buy"])
def test_a_group_may_say_anything_else(body: str) -> None:
    assert READER.read("!r", message(body), direct=False) is None


def test_everything_in_a_private_chat_is_for_us() -> None:
    for body in ("hello", "1", "!echo"):
        assert READER.read("!r", message(body), direct=True) is not None


def test_our_own_events_are_not_for_us() -> None:
    assert READER.read("!r", {**message("!help"), "sender": ME}, direct=True) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from([ME, "m.thread"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "body",
                    "msgtype",
                    "m.relates_to",
                    "rel_type",
                    "event_id",
                    "key",
                    "m.in_reply_to",
                    "user_ids",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    content=st.fixed_dictionaries(
        {},
        optional={
            "msgtype": st.just("m.text") | values,
            "body": st.sampled_from(["!help", "1", "> a\n\n1"]) | values,
            "m.relates_to": st.fixed_dictionaries(
                {},
                optional={
                    "event_id": st.just("$2") | values,
                    "key": st.just("1\ufe0f\u20e3") | values,
                    "rel_type": st.sampled_from(["m.thread", "m.annotation", "m.replace"]) | values,
                    "m.in_reply_to": st.fixed_dictionaries({"event_id": values}) | values,
                    "is_falling_back": values,
                },
            )
            | values,
            "m.mentions": st.fixed_dictionaries({"user_ids": st.just([ME]) | values}) | values,
        },
    ),
    kind=st.sampled_from(["m.room.message", "m.reaction"]),
    direct=st.booleans(),
)
def test_any_content_is_read_or_refused_as_the_sync_expects(
    content: dict[str, Any], kind: str, direct: bool
) -> None:
    event = {**message("x"), "type": kind, "content": content}
    try:
        asked = READER.read("!r", event, direct=direct)
    except (KeyError, TypeError, AttributeError, ValueError):  # what `Sync` takes for unreadable
        return
    assert asked is None or (isinstance(asked, Asked) and isinstance(asked.text, str))
    if asked is not None:
        assert asked.target is None or isinstance(asked.target, str)
        assert asked.thread is None or isinstance(asked.thread, str)


@given(st.text(max_size=200))
def test_any_line_is_read(body: str) -> None:
    asked = READER.read("!r", mentioned(body), direct=False)
    assert asked is not None
    assert len(asked.text) <= len(body) + 1
