"""However much and however odd what core says, Discord takes what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.forms import modal
from bots.discord.render import render
from core.reply import Button, Form, FormField, Item, Media, Message, Row, t
from tests.fakes.discord_rules import TEXT, check_message, check_modal, walk


def said(value: str) -> Any:
    """A text that is all argument."""
    return t("value", value=value)


SHOWN = "https://cdn.example.org/a.png"
words = st.builds(said, st.text(max_size=300) | st.text("*\\`_ #", max_size=300) | st.just("x" * 1_500))
presses = st.builds(
    lambda label, number: Button(label, press=("x", {}), token=f"t{number}"), words, st.integers(0, 10**9)
)
links = st.builds(lambda label: Button(label, url="https://a.example"), words)
copies = st.builds(lambda label, value: Button(label, copy=value), words, st.text(max_size=100))
actions = presses | links | copies
messages = st.builds(
    Message,
    title=words,
    body=st.lists(words, max_size=6).map(tuple),
    rows=st.lists(st.builds(Row, words, words), max_size=8).map(tuple),
    items=st.lists(st.builds(Item, words, st.none() | words, st.none() | actions), max_size=30).map(tuple),
    media=st.none()
    | st.builds(lambda alt, small: Media("image/png", "", "k", alt, SHOWN, small), words, st.booleans()),
    progress=st.none() | st.integers(0, 100),
    footer=st.none() | words,
    buttons=st.lists(st.lists(actions, max_size=7).map(tuple), max_size=7).map(tuple),
    form=st.none() | st.just(Form(said("f"), (FormField("a", said("b")),), "c", token="form")),
)


@settings(max_examples=60, deadline=None)
@given(messages)
def test_discord_takes_whatever_core_says(message: Message) -> None:
    """However much and however odd, the result is within Discord's limits."""
    unique = _with_unique_tokens(message)
    look = render(unique, None)
    check_message({"flags": 1 << 15, "components": look.components}, {})
    (container,) = look.components
    first = next(c for c in walk([container]) if c["type"] == TEXT)
    assert first["content"].startswith("## ")


def _with_unique_tokens(message: Message) -> Message:
    count = iter(range(10_000))

    def again(b: Button) -> Button:
        return replace(b, token=f"n{next(count)}") if b.token else b

    return replace(
        message,
        buttons=tuple(tuple(again(b) for b in row) for row in message.buttons),
        items=tuple(replace(i, button=again(i.button)) if i.button else i for i in message.items),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Form,
        title=words,
        fields=st.lists(
            st.builds(
                FormField,
                name=st.sampled_from(["coin", "sol", "address"]),
                label=words,
                placeholder=st.text(max_size=200),
                value=st.text(max_size=400),
                presets=st.lists(st.text(max_size=60), max_size=25).map(tuple),
                max_length=st.integers(1, 200),
            ),
            min_size=1,
            max_size=5,
        ).map(tuple),
        command=st.just("buy"),
        arguments=st.just({}),
        token=st.just("tok"),
    )
)
def test_discord_takes_whatever_core_asks(form: Form) -> None:
    check_modal(modal(form, None))
