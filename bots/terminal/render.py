"""A `Message` as text: the same lines for JSON, for a pipe and, coloured, for the prompt.

Nothing of what a person typed reaches the screen as control characters: `core.localize` cleans arguments,
and what prints the fragments escapes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wcwidth import wcswidth

from core.localize import clean, text
from core.reply import Button, Form, Json, Media, Message, Style, T, Tone

BAR = 20  # cells of a progress bar

Fragment = tuple[str, str]  # prompt_toolkit: style, text
_TONES = {
    Tone.NEUTRAL: "class:title",
    Tone.BUSY: "class:busy",
    Tone.GOOD: "class:good",
    Tone.BAD: "class:bad",
    Tone.WARN: "class:warn",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A button as the terminal shows it."""

    token: str
    label: str
    style: Style


def lines(message: Message, locale: str | None = None) -> list[list[Fragment]]:
    """The card, a line a list of fragments."""
    shown: list[list[Fragment]] = [[(_TONES[message.tone], words(message.title, locale))]]
    shown += [[("", words(part, locale))] for part in message.body]
    if message.progress is not None:
        shown.append([("class:busy", bar(message.progress))])
    shown += _rows(message, locale)
    for item in message.items:
        shown.append([("", "• " + words(item.title, locale))])
        if item.detail is not None:
            shown.append([("class:dim", "  " + words(item.detail, locale))])
    if message.media is not None:
        media = message.media
        shown.append([("class:dim", f"{words(media.alt, locale)}: {clean(path(media))}")])
    shown += [
        [("class:dim", f"{words(b.label, locale)}: {clean(b.url or b.copy or '')}")] for b in _links(message)
    ]
    if message.footer is not None:
        shown.append([("class:dim", words(message.footer, locale))])
    return shown


def plain_text(message: Message, locale: str | None = None) -> str:
    """The card without colours."""
    return "\n".join("".join(part for _, part in line) for line in lines(message, locale))


def words(message: T, locale: str | None = None) -> str:
    """One text, its own line breaks kept, every other control character gone."""
    return "\n".join(clean(line) for line in text(message, locale).split("\n"))


def bar(percent: int) -> str:
    full = max(0, min(BAR, percent * BAR // 100))
    return f"{'█' * full}{'░' * (BAR - full)} {percent} %"


def choices(message: Message, locale: str | None = None) -> list[Choice]:
    """Every button that can be pressed, in the order shown."""
    buttons = [button for row in message.buttons for button in row]
    buttons += [item.button for item in message.items if item.button is not None]
    return [Choice(b.token, words(b.label, locale), b.style) for b in buttons if b.token is not None]


def path(media: Media) -> str:
    """Where the picture lies, wherever the reader works."""
    return str(Path(media.path).absolute())


def form_data(form: Form, locale: str | None = None) -> dict[str, Json]:
    """A form for a script: its id and its questions."""
    return {
        "id": form.token,
        "fields": [
            {"name": f.name, "label": words(f.label, locale), "presets": list(f.presets), "value": f.value}
            for f in form.fields
        ],
    }


def _links(message: Message) -> Iterable[Button]:
    buttons = [button for row in message.buttons for button in row]
    buttons += [item.button for item in message.items if item.button is not None]
    return (b for b in buttons if b.url is not None or b.copy is not None)


def _rows(message: Message, locale: str | None) -> list[list[Fragment]]:
    pairs = [(words(row.label, locale), words(row.value, locale)) for row in message.rows]
    wide = max((wcswidth(label) for label, _ in pairs), default=0)
    return [
        [("class:dim", label + " " * (wide - wcswidth(label) + 2)), ("", value)] for label, value in pairs
    ]
