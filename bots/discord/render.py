"""A `Message` as Discord's Components V2: one container, coloured by its tone.

Pure: no network, no client. Whatever comes in, what goes out is within Discord's limits: 4,000 characters
of text, 40 components, 80 characters a label; the least important is cut first and the cut is said.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog
from discord import ui

from core.localize import clean, text
from core.reply import Button, Item, Media, Message, Style, T, Tone, t

log = structlog.get_logger()

Json = dict[str, Any]

MAX_TEXT, MAX_COMPONENTS, MAX_LABEL, MAX_URL, MAX_BUTTONS = 4_000, 40, 80, 512, 25
MAX_TITLE, MAX_FOOTER, MAX_ALT, MAX_FILE = 250, 300, 1_000, 10 << 20
PRESS = "pb:"  # custom_id of a button: this and the token of the press

_COLOURS = {Tone.BUSY: 0x3B82F6, Tone.GOOD: 0x22C55E, Tone.BAD: 0xEF4444, Tone.WARN: 0xF59E0B}
_STYLES = {
    Style.PRIMARY: discord.ButtonStyle.primary,
    Style.SUCCESS: discord.ButtonStyle.success,
    Style.DANGER: discord.ButtonStyle.danger,
    Style.SECONDARY: discord.ButtonStyle.secondary,
}
_MARKUP = re.compile(r"([\\*_~`|<>#@\[\]])")
_LIST = re.compile(r"^(\s*)(?:([-+])(?=\s|$)|(\d+)(?=[.)](?:\s|$)))")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the components name as `attachment://<name>`."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Look:
    """What is put on the wire."""

    components: list[Json]
    attachments: tuple[Attachment, ...] = ()


def escape(value: str) -> str:
    """Text from outside, so that it is read and never obeyed: no markup, no mention, no link."""
    plain = _MARKUP.sub(r"\\\1", value)
    plain = _LIST.sub(lambda m: m[1] + (f"\\{m[2]}" if m[2] else f"{m[3]}\\"), plain)
    return plain.replace("://", "\\://")


def shorten(value: str, limit: int) -> str:
    """At most `limit` characters; a cut ends with an ellipsis and never leaves half an escape."""
    if len(value) <= limit:
        return value
    kept = value[: max(0, limit - 1)].rstrip()
    if (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = kept[:-1]
    return kept + "…"


def code(value: str) -> str:
    """Text to be copied, verbatim."""
    return "`" + clean(value).replace("`", "'") + "`"


def label(words: T, locale: str | None, limit: int = MAX_LABEL) -> str:
    """Words of a place that knows no markup: a button, a modal. Never empty."""
    return shorten(text(words, locale), limit) or "…"


def render(message: Message, locale: str | None) -> Look:
    """The native form of a message. Raises `ValueError` for a button that does nothing, `UnknownText`."""
    page = _Page(locale)
    buttons = list(page.actions(message))
    title = f"## {shorten(page.say(message.title), MAX_TITLE)}"
    footer = f"-# {shorten(page.say(message.footer), MAX_FOOTER)}" if message.footer else ""
    page.letters -= len(title) + len(footer)
    page.components -= 1 + sum(1 + len(row) for row in buttons) + bool(footer)
    page.add(title, *(page.say(line) for line in message.body), reserved=title)
    page.add(*(f"**{page.say(row.label)}** {page.say(row.value)}" for row in message.rows))
    page.add(*page.spoken)
    page.items(message.items)
    page.picture(message.media)
    if message.progress is not None:
        page.add(bar(message.progress))
    if footer:
        page.children.append(ui.TextDisplay(footer))
    page.children += [ui.ActionRow(*row) for row in buttons]
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*page.children, accent_colour=_COLOURS.get(message.tone)))
    components = view.to_components()  # type: ignore[no-untyped-call]  # discord.py leaves it unannotated
    return Look(components, tuple(page.attachments))


def plainer(message: Message) -> Iterator[Message]:
    """Forms of a message, best first, each with the same facts and actions: for when Discord refuses one."""
    yield message
    if message.media is not None:
        message = replace(message, media=None, body=(*message.body, message.media.alt))
        yield message
    if message.items:
        lines = [line for i in message.items for line in (i.title, i.detail) if line is not None]
        beside = tuple((i.button,) for i in message.items if i.button is not None)
        yield replace(message, items=(), body=(*message.body, *lines), buttons=(*message.buttons, *beside))


def bar(percent: int) -> str:
    """▰▰▰▱▱▱▱▱▱▱ 30 %"""
    full = max(0, min(100, percent)) // 10
    return f"{'▰' * full}{'▱' * (10 - full)} {percent} %"


@dataclass
class _Page:
    """A container being filled, and what room is left in it."""

    locale: str | None
    letters: int = MAX_TEXT
    components: int = MAX_COMPONENTS
    children: list[Any] = field(default_factory=list)  # items of discord.ui
    attachments: list[Attachment] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)  # buttons that can only be text

    def say(self, words: T) -> str:
        return text(words, self.locale, escape)

    def add(self, *lines: str, reserved: str = "") -> None:
        """One text of these lines, as far as they fit; `reserved` is a first line already accounted for."""
        words = "\n".join(line for line in lines if line.strip())
        words = shorten(words, len(reserved) + max(0, self.letters))
        if not words.strip() or words == "…" or self.components < 1:
            return
        self.letters -= len(words) - len(reserved)
        self.components -= 1
        self.children.append(ui.TextDisplay(words))

    def actions(self, message: Message) -> Iterator[list[Any]]:
        """Rows of at most five buttons; what Discord can't press becomes a line of text."""
        rows = [list(row) for row in message.buttons]
        left = MAX_BUTTONS
        opener = _opener(message, self.locale)
        for row in rows:
            forms = [self.button(b) for b in row]
            self.spoken += [form for form in forms if isinstance(form, str)]
            made = [form for form in forms if not isinstance(form, str)]
            if len(made) > left:
                log.warning("discord.buttons_cut", kept=left, of=len(made))
            made = made[:left]
            left -= len(made)
            yield from (made[i : i + 5] for i in range(0, len(made), 5))
        if opener is not None:
            yield [opener]

    def button(self, b: Button) -> ui.Button[Any] | str:
        """A native button, or the line of text that says the same."""
        words = label(b.label, self.locale)
        if b.token is not None:
            return ui.Button(label=words, style=_STYLES[b.style], custom_id=PRESS + b.token)
        if b.url is not None and reachable(b.url):
            return ui.Button(label=words, url=b.url)
        value = b.copy if b.copy is not None else b.url
        if value is None:
            raise ValueError(f"button {b.label.id!r} has neither token, url nor copy")
        return self.say(t("discord-copy-line", label=words)) + " " + code(value)

    def items(self, items: Sequence[Item]) -> None:
        """Entries with a button beside them where there is room, joined as text where not."""
        plain: list[str] = []
        for position, item in enumerate(items):
            words = "\n".join(self.say(line) for line in (item.title, item.detail) if line is not None)
            words = shorten(words, 1_000)
            needs = 4 if item.button else 1  # a text before it, then section, text, button
            if self.letters < len(words) + 40 or self.components < needs + 1:
                plain.append(self.say(t("discord-more", count=len(items) - position)))
                break
            accessory = self.button(item.button) if item.button else ""
            if isinstance(accessory, str):
                plain += [line for line in (words, accessory) if line]
                self.letters -= len(words) + len(accessory) + 2
                continue
            self._flush(plain)
            self.letters -= len(words)
            self.components -= 3
            self.children.append(ui.Section(ui.TextDisplay(words), accessory=accessory))
        self._flush(plain)

    def _flush(self, plain: list[str]) -> None:
        if plain:
            self.children.append(ui.TextDisplay("\n".join(plain)))
            self.components -= 1
            plain.clear()

    def picture(self, media: Media | None) -> None:
        if media is None:
            return
        alt = shorten(text(media.alt, self.locale), MAX_ALT)
        file = Path(media.path)
        if file.is_file() and file.stat().st_size <= MAX_FILE:
            attachment = Attachment(f"{media.key[:40]}.{media.type.rpartition('/')[2]}", media.path)
            self.attachments.append(attachment)
            url = f"attachment://{attachment.name}"
        elif media.url is not None and reachable(media.url):
            url = media.url
        else:
            log.warning("discord.picture_missing", key=media.key)
            self.add(escape(alt))
            return
        self.components -= 1
        self.children.append(ui.MediaGallery(discord.MediaGalleryItem(url, description=alt)))


def _opener(message: Message, locale: str | None) -> ui.Button[Any] | None:
    """The button that asks for the form, where the form can't be the answer itself."""
    if message.form is None or message.form.token is None:
        return None
    words = label(t("discord-open-form"), locale)
    return ui.Button(label=words, style=discord.ButtonStyle.primary, custom_id=PRESS + message.form.token)


def reachable(url: str) -> bool:
    """Whether Discord takes it as a link: http(s), short enough, not this machine's own."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or len(url) > MAX_URL or re.search(r"\s", url):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost"))
