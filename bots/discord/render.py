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
from core.reply import Button, Item, Media, Message, Row, Style, T, Tone, t

log = structlog.get_logger()

Json = dict[str, Any]

MAX_TEXT, MAX_COMPONENTS, MAX_LABEL, MAX_URL, MAX_BUTTONS = 4_000, 40, 80, 512, 25
MAX_TITLE, MAX_FOOTER, MAX_ALT, MAX_ITEM, MAX_FILE = 250, 300, 1_000, 1_000, 10 << 20
MAX_OPTIONS, MAX_OPTION = 25, 100
MORE = 60  # characters kept for "and so many more"
PRESS = "pb:"  # custom_id of a button: this and the token of the press
CHOOSE = "ps:"  # custom_id of a list to choose from; the value of an option is the token of its press

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
    buttons = page.actions(message)
    last = [] if message.progress is None else [bar(message.progress)]
    if message.footer is not None:
        last.append(f"-# {shorten(page.say(message.footer), MAX_FOOTER)}")
    picture = page.picture(message.media)
    page.letters -= sum(map(len, last))
    page.components -= 1 + len(last) + sum(1 + len(row) for row in buttons) + (0 if picture is None else 2)
    title = f"## {shorten(page.say(message.title), MAX_TITLE)}"
    page.add(title, *(page.say(line) for line in message.body))
    page.add(*(page.row(row) for row in message.rows))
    if isinstance(picture, ui.Thumbnail):
        page.children = [ui.Section(*page.children, accessory=picture)]
    page.add(*page.spoken.values())
    page.items(message.items)
    if isinstance(picture, ui.MediaGallery):
        page.children.append(picture)
    elif isinstance(picture, str):
        page.add(picture)
    page.children += [ui.TextDisplay(words) for words in last]
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
    spoken: dict[str, str] = field(default_factory=dict)  # buttons that can only be text: value to line

    def say(self, words: T) -> str:
        return text(words, self.locale, escape)

    def add(self, *lines: str) -> None:
        """One text of these lines, as far as they fit."""
        words = shorten("\n".join(line for line in lines if line.strip()), self.letters)
        if self.components < 1 or not words.strip(" …"):
            return
        self.letters -= len(words)
        self.components -= 1
        self.children.append(ui.TextDisplay(words))

    def row(self, row: Row) -> str:
        """A line; a value that is there to be copied needs no other line for that."""
        value = text(row.value, self.locale)
        shown = self.say(row.value) if self.spoken.pop(value, None) is None else code(value)
        return f"**{self.say(row.label)}** {shown}"

    def actions(self, message: Message) -> list[list[Any]]:
        """Rows of at most five buttons; what Discord can't press becomes a line of text."""
        rows: list[list[Any]] = []
        for row in message.buttons:
            native = []
            for b in row:
                form = self.button(b)
                if isinstance(form, str):
                    self.spoken[b.copy or b.url or ""] = form
                else:
                    native.append(form)
            rows += [native[i : i + 5] for i in range(0, len(native), 5)]
        if len(rows) > 5:  # closer together, then
            flat = [button for row in rows for button in row]
            rows = [flat[i : i + 5] for i in range(0, min(len(flat), MAX_BUTTONS), 5)]
            if len(flat) > MAX_BUTTONS:
                log.warning("discord.buttons_cut", shown=MAX_BUTTONS, of=len(flat))
        opener = _opener(message, self.locale)
        return rows if opener is None else [*rows, [opener]]

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
        """Entries with a button beside each where there is room for that, else with one list to choose from."""
        pressed = [item for item in items if item.button is not None and item.button.token is not None]
        fit = 3 * len(pressed) + len(items) - len(pressed) + 1 <= self.components
        if not fit and pressed and self.components >= 3:
            self._to_choose(items, pressed)
        else:
            self._one_by_one(items)

    def _one_by_one(self, items: Sequence[Item]) -> None:
        """Joined as text where they have no button; as many as there is room for."""
        plain: list[str] = []
        for position, item in enumerate(items):
            words, accessory = self._entry(item)
            held = sum(len(line) + 1 for line in plain)
            # Room is left for the texts before it and for the line that says how many are missing.
            crowded = accessory is not None and self.components < 3 + bool(plain)
            if crowded or self.letters < held + len(words) + MORE:
                plain.append(self.say(t("discord-more", count=len(items) - position)))
                break
            if accessory is None:
                plain.append(words)
                continue
            self.add(*plain)
            plain.clear()
            words = words or "…"
            self.letters -= len(words)
            self.components -= 3
            self.children.append(ui.Section(ui.TextDisplay(words), accessory=accessory))
        self.add(*plain)

    def _to_choose(self, items: Sequence[Item], pressed: Sequence[Item]) -> None:
        """All of them as text, as far as it fits, and what the buttons of `pressed` do in one list under it."""
        self.components -= 2
        plain: list[str] = []
        for position, item in enumerate(items):
            words, _ = self._entry(item)
            beyond = len(pressed) > MAX_OPTIONS and item is pressed[MAX_OPTIONS]
            if beyond or self.letters < sum(len(line) + 1 for line in plain) + len(words) + MORE:
                plain.append(self.say(t("discord-more", count=len(items) - position)))
                break
            plain.append(words)
        self.add(*plain)
        labels = {label(item.button.label, self.locale) for item in pressed if item.button}
        asked = labels.pop() if len(labels) == 1 else label(t("discord-choose"), self.locale)
        options = [self._option(item.title, item.button) for item in pressed[:MAX_OPTIONS] if item.button]
        custom_id = CHOOSE + options[0].value
        self.children.append(ui.ActionRow(ui.Select(custom_id=custom_id, placeholder=asked, options=options)))

    def _option(self, title: T, action: Button) -> discord.SelectOption:
        does = label(action.label, self.locale, MAX_OPTION)
        assert action.token is not None
        return discord.SelectOption(
            label=label(title, self.locale, MAX_OPTION), value=action.token, description=does
        )

    def _entry(self, item: Item) -> tuple[str, ui.Button[Any] | None]:
        """Its words, and its button if Discord has one for that; else that is among the words."""
        title = self.say(item.title).strip()
        if item.detail is None:
            lines = [title]
        else:
            lines = [f"**{shorten(title, MAX_TITLE)}**" if title else "", self.say(item.detail)]
        native = self.button(item.button) if item.button else None
        if isinstance(native, str):
            lines.append(native)
            native = None
        return shorten("\n".join(line for line in lines if line.strip()), MAX_ITEM), native

    def picture(self, media: Media | None) -> ui.MediaGallery[Any] | ui.Thumbnail[Any] | str | None:
        """The native form, its words where it can't be shown."""
        if media is None:
            return None
        alt = shorten(text(media.alt, self.locale), MAX_ALT)
        file = Path(media.path)
        if file.is_file() and file.stat().st_size <= MAX_FILE:
            attachment = Attachment(_file_name(media), media.path)
            self.attachments.append(attachment)
            url = f"attachment://{attachment.name}"
        elif media.url is not None and reachable(media.url):
            url = media.url
        else:
            log.warning("discord.picture_missing", key=media.key)
            return escape(alt)
        if media.small:
            return ui.Thumbnail(url, description=alt)
        return ui.MediaGallery(discord.MediaGalleryItem(url, description=alt))


def _file_name(media: Media) -> str:
    """Of letters that Discord leaves as they are, so that the components find it."""
    stem = re.sub(r"[^A-Za-z0-9]", "", media.key.split(".")[0])[:40]
    return f"p{stem}.{media.type.rpartition('/')[2]}"


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
