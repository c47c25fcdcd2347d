"""A `Message` as text: the same lines for JSON, for a pipe and, coloured, for the prompt.

Nothing of what a person typed reaches the screen as control characters: `core.localize` cleans arguments,
and what prints the fragments escapes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bots.terminal.layout import Line, columns, flow, labelled, paragraph
from core.localize import clean, text
from core.reply import Button, Form, Item, Json, Media, Message, Style, T, Tone

BAR = 20  # cells of a progress bar

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


def lines(
    message: Message,
    locale: str | None = None,
    width: int | None = None,
    *,
    numbers: Mapping[str, int] | None = None,
    pictured: bool = False,
) -> list[Line]:
    """The card, a line a list of fragments. width: cells to fit, or None for one line a thing.

    numbers: of the buttons by their tokens, for those that stand at an item. pictured: the picture is drawn
    beside these lines, so that its path need not be said.
    """
    shown = paragraph(_TONES[message.tone], words(message.title, locale), width)
    for part in message.body:
        shown += paragraph("", words(part, locale), width)
    if message.progress is not None:
        shown.append([("class:busy", bar(message.progress))])
    pairs = [(words(row.label, locale), words(row.value, locale)) for row in message.rows]
    shown += columns(pairs, ("class:dim", ""), width)
    for item in message.items:
        shown += _item(item, locale, width, numbers or {})
    if message.media is not None:
        shown += _picture(message.media, locale, width, pictured=pictured)
    for link in _links(message):
        shown += labelled(words(link.label, locale), clean(link.url or link.copy or ""), "class:dim", width)
    if message.footer is not None:
        shown += paragraph("class:dim", words(message.footer, locale), width)
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
    return [_choice(b, locale) for b in buttons if b.token is not None]


def numbered(message: Message, locale: str | None = None) -> list[Choice]:
    """The same in the order in which a reader meets them: those of the items stand above the others."""
    offered = choices(message, locale)
    of_items = {item.button.token for item in message.items if item.button is not None}
    return sorted(offered, key=lambda choice: choice.token not in of_items)


def button(number: int, choice: Choice) -> Line:
    return [("class:key", f"[{number}] "), (f"class:{choice.style.value}", choice.label)]


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


def _choice(pressed: Button, locale: str | None) -> Choice:
    return Choice(pressed.token or "", words(pressed.label, locale), pressed.style)


def _links(message: Message) -> Iterable[Button]:
    buttons = [button for row in message.buttons for button in row]
    buttons += [item.button for item in message.items if item.button is not None]
    shown = {value for row in message.rows for value in row.value.args.values()}  # can be copied there
    return (b for b in buttons if b.url is not None or (b.copy is not None and b.copy not in shown))


def _item(item: Item, locale: str | None, width: int | None, numbers: Mapping[str, int]) -> list[Line]:
    shown = paragraph("", words(item.title, locale), width, "• ", "  ")
    if item.button is not None and item.button.token in numbers:
        choice = _choice(item.button, locale)
        *before, last = shown
        shown = [*before, *flow([last, button(numbers[choice.token], choice)], width)]
    if item.detail is not None:
        shown += paragraph("class:dim", words(item.detail, locale), width, "  ", "  ")
    return shown


def _picture(media: Media, locale: str | None, width: int | None, *, pictured: bool) -> list[Line]:
    alt = words(media.alt, locale)
    if pictured:
        return paragraph("class:dim", alt, width)
    return labelled(alt, clean(path(media)), "class:dim", width)
