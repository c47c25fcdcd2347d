"""Neutral words to Telegram's: HTML text, an inline keyboard, a picture.

Every text is escaped as a whole, so neither a coin's name nor a translation can break the markup, and
links and mentions in arguments are defused: only a button leads anywhere. What is over a limit degrades
with the same facts and actions: a link that Telegram refuses becomes a line of text, entries that don't
fit are counted.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from core.localize import text
from core.reply import Button, Item, Media, Message, Row, Style, T, Tone, t

TEXT, CAPTION, ALERT = 4096, 1024, 200  # UTF-16 units of visible text
PER_ROW, PER_MESSAGE = 8, 100  # buttons
ROW_WIDTH, PADDING = 36, 2  # characters that a phone shows in a row of buttons; a button's own margin
LABEL, COPY = 64, 256  # characters of a button
LINE = 1_500  # UTF-16 units of one text; no honest one comes near
BAR = 10  # blocks of a progress bar

_MARK = {Tone.BUSY: "⏳ ", Tone.GOOD: "✅ ", Tone.BAD: "❌ ", Tone.WARN: "⚠️ ", Tone.NEUTRAL: ""}
_OWN_MARKS = ("🟢", "🎓")
_STYLES = {Style.PRIMARY: "primary", Style.SUCCESS: "success", Style.DANGER: "danger"}
_ADDRESS = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,88}")  # an address or a signature
_LINKS = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})|@(?=\w)|:(?=//)")
_JOINER = "\u2060"  # invisible, and no part of a link


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent. `html` fits a text message, and a caption if `captioned`; `plain` is its text."""

    html: str
    plain: str
    media: Media | None = None
    keyboard: InlineKeyboardMarkup | None = None
    rich: str | None = None  # the same as a rich message, tried first where that is wanted

    @property
    def captioned(self) -> bool:
        """Text and picture fit one message."""
        return self.media is not None and utf16(self.plain) <= CAPTION


@dataclass(frozen=True, slots=True)
class _Line:
    plain: str
    html: str


def utf16(words: str) -> int:
    """Length as Telegram counts it."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def render(message: Message, locale: str | None) -> Rendered:
    """The message in the reader's language. Raises `core.localize.UnknownText` for an unknown id."""
    keyboard, as_text = _keyboard(message, locale)
    lines = _fit(message, as_text, locale)
    return Rendered(
        html="\n".join(line.html for line in lines).strip("\n"),
        plain="\n".join(line.plain for line in lines).strip("\n"),
        media=message.media,
        keyboard=InlineKeyboardMarkup(keyboard) if keyboard else None,
    )


def alert(message: Message, locale: str | None) -> str | None:
    """The message as the answer to a press, or None if it doesn't fit there whole."""
    parts = [worded(message.title, locale), *(worded(part, locale) for part in message.body)]
    parts += [f"{worded(row.label, locale)}: {worded(row.value, locale)}" for row in message.rows]
    words = "\n".join(parts)
    whole = not (message.items or message.buttons or message.form or message.media)
    return words if whole and utf16(words) <= ALERT else None


def label(words: T, locale: str | None) -> str:
    """Plain text of a button, never empty."""
    return clip(worded(words, locale), LABEL) or "…"


def clip(words: str, limit: int) -> str:
    """At most `limit` UTF-16 units, the cut marked."""
    if utf16(words) <= limit:
        return words
    kept = words.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    return f"{kept.rstrip()}…"


def escaped(words: str) -> str:
    return html.escape(words, quote=False)


def worded(message: T, locale: str | None) -> str:
    """Plain text, the links and mentions in the arguments defused."""
    return clip(text(message, locale, _defused), LINE)


def _defused(argument: str) -> str:
    """`t.me/x` and `@user` in an argument stay words: Telegram links them by itself otherwise."""
    return _LINKS.sub(lambda found: found[0] + _JOINER, argument)


def _line(words: str, tag: str | None = None) -> _Line:
    body = escaped(words)
    return _Line(words, f"<{tag}>{body}</{tag}>" if tag and words else body)


def _fit(message: Message, as_text: list[_Line], locale: str | None) -> list[_Line]:
    """All lines, with as many entries as fit; then cut at the end, which no honest card reaches."""
    for shown in range(len(message.items), -1, -1):
        lines = _lines(message, message.items[:shown], len(message.items) - shown, as_text, locale)
        if _length(lines) <= TEXT:
            return lines
    return _cut(lines)


def _lines(
    message: Message, items: Iterable[Item], hidden: int, as_text: list[_Line], locale: str | None
) -> list[_Line]:
    numbered = alike(message, locale)
    entries = [
        line
        for number, item in enumerate(items, 1)
        for line in _item(item, number if numbered else None, locale)
    ]
    if hidden:
        entries.append(_line(text(t("telegram-more", count=hidden), locale)))
    progress = [] if message.progress is None else [_line(bar(message.progress))]
    footer = [] if message.footer is None else [_line(worded(message.footer, locale), "i")]
    blocks = [
        [_line(marked(message, locale), "b")],
        [_line(worded(part, locale)) for part in message.body],
        [_row(row, locale) for row in message.rows],
        entries,
        progress,
        footer,
        as_text,
    ]
    lines: list[_Line] = []
    for block in blocks:
        if block:
            lines += [*([_Line("", "")] if lines else []), *block]
    return lines


def _row(row: Row, locale: str | None) -> _Line:
    name, value = worded(row.label, locale), worded(row.value, locale)
    return _Line(f"{name}: {value}", f"{escaped(name)}: {value_html(value)}")


def value_html(value: str) -> str:
    """An address or a signature is shown so that a tap copies it."""
    return f"<code>{value}</code>" if _ADDRESS.fullmatch(value) else escaped(value)


def marked(message: Message, locale: str | None) -> str:
    """The title with the mark of the message's tone; good news that have a mark of their own need no other."""
    words = worded(message.title, locale)
    return (
        words if message.tone is Tone.GOOD and words.startswith(_OWN_MARKS) else _MARK[message.tone] + words
    )


def alike(message: Message, locale: str | None) -> bool:
    """Whether two entries' buttons say the same: then numbers tell them apart, for they stand below the text."""
    labels = [label(item.button.label, locale) for item in message.items if item.button is not None]
    return len(set(labels)) < len(labels)


def _item(item: Item, number: int | None, locale: str | None) -> list[_Line]:
    first = _line(f"{'•' if number is None else f'{number}.'} {worded(item.title, locale)}")
    return [first] if item.detail is None else [first, _line(f"   {worded(item.detail, locale)}")]


def bar(percent: int) -> str:
    percent = min(100, max(0, percent))
    full = percent * BAR // 100
    return f"{'▓' * full}{'░' * (BAR - full)} {percent} %"


def _length(lines: list[_Line]) -> int:
    return sum(utf16(line.plain) + 1 for line in lines)


def _cut(lines: list[_Line]) -> list[_Line]:
    kept: list[_Line] = []
    for line in lines:
        if _length([*kept, line]) > TEXT - 2:
            break
        kept.append(line)
    return [*kept, _Line("…", "…")]


def _keyboard(message: Message, locale: str | None) -> tuple[list[list[InlineKeyboardButton]], list[_Line]]:
    """Rows of buttons, and lines for what can't be a button here."""
    numbered = alike(message, locale)
    of_items = [
        (f"{number}. " if numbered else "", item.button)
        for number, item in enumerate(message.items, 1)
        if item.button is not None
    ]
    rows: list[list[InlineKeyboardButton]] = []
    lines: list[_Line] = []
    room = PER_MESSAGE
    for row in [of_items, *([("", button) for button in row] for row in message.buttons)]:
        made: list[InlineKeyboardButton] = []
        for prefix, button in row:
            native = native_button(button, locale, prefix)
            if native is None or room == 0:
                lines.append(_instead(button, locale))
            else:
                made.append(native)
                room -= 1
        rows += _wrapped(made)
    return rows, lines


def _wrapped(row: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """The row, in as many as it takes to be read on a phone, equally long."""
    if not row:
        return []
    width = sum(utf16(button.text) + PADDING for button in row)
    wanted = max(math.ceil(width / ROW_WIDTH), math.ceil(len(row) / PER_ROW))
    each = math.ceil(len(row) / wanted)
    return [row[start : start + each] for start in range(0, len(row), each)]


def native_button(button: Button, locale: str | None, prefix: str = "") -> InlineKeyboardButton | None:
    """The native button, or None where Telegram would refuse it."""
    words, style = prefix + label(button.label, locale), _STYLES.get(button.style)
    if button.url is not None:
        return InlineKeyboardButton(words, url=button.url, style=style) if reachable(button.url) else None
    if button.copy is not None:
        fits = 1 <= len(button.copy) <= COPY
        return (
            InlineKeyboardButton(words, copy_text=CopyTextButton(button.copy), style=style) if fits else None
        )
    if button.token is None:
        raise ValueError(f"button {button.label.id} has neither token nor link nor text to copy")
    return InlineKeyboardButton(words, callback_data=button.token, style=style)


def _instead(button: Button, locale: str | None) -> _Line:
    words, value = label(button.label, locale), button.url or button.copy or "…"
    return _Line(f"{words}: {value}", f"{escaped(words)}: <code>{escaped(value)}</code>")


def reachable(url: str) -> bool:
    """An http(s) link that a phone can open; Telegram refuses a message with another one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
