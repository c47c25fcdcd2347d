"""A card as Matrix shows it: text and HTML, buttons as numbers to answer with, a picture above its caption.

What the numbers stand for travels in the event itself, so any process that reads it back knows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from core.localize import text
from core.reply import Button, Form, Json, Media, Message, Style, T, Tone, t

CHOICES, FORM = "org.pumpbox.choices", "org.pumpbox.form"
CANCEL = "0"  # the button that throws away has always this number, so that no late press of it buys
BAR = 10
_MARK = {Tone.BUSY: "⏳ ", Tone.GOOD: "✅ ", Tone.BAD: "❌ ", Tone.WARN: "⚠️ ", Tone.NEUTRAL: ""}
_ADDRESS = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,88}")
_LINKS = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})|[@#!](?=\w)|:(?=//)")  # what clients turn into links
Line = tuple[str, str]  # as plain text, as HTML


def render(message: Message, commands: Iterable[str]) -> Json:
    """The content of the event. `commands`: names that are typed with `!` here, where `/` is the client's."""
    slash = re.compile(rf"(?<![\w/:.])/(?=(?:{'|'.join(commands)})\b)")
    choices: dict[str, str] = {}
    lines = [*_lines(message, choices)]
    if choices:
        lines.append(_line(text(t("matrix-choose")), "em"))
    if message.form is not None:
        lines += _form(message.form)
    content: Json = {
        "msgtype": "m.notice",
        "body": slash.sub("!", "\n".join(plain for plain, _ in lines)),
        "format": "org.matrix.custom.html",
        "formatted_body": slash.sub("!", "<br>".join(rich for _, rich in lines)),
        "m.mentions": {},
    }
    if choices:
        content[CHOICES] = choices
    if message.form is not None:
        content[FORM] = {"token": message.form.token, "fields": [f.name for f in message.form.fields]}
    return content


def with_picture(content: Json, media: Media, uri: str) -> Json:
    """The same as the caption of an uploaded picture."""
    picture = {"filename": media.key, "url": uri, "info": {"mimetype": media.type}}
    return {**content, "msgtype": "m.image", **picture}


def _lines(message: Message, choices: dict[str, str]) -> Iterator[Line]:
    yield _line(_MARK[message.tone] + _words(message.title), "strong")
    yield from (_line(_words(part)) for part in message.body)
    for pair in message.rows:
        label, value = _line(_words(pair.label)), _words(pair.value)
        shown = _line(value, "code" if _ADDRESS.fullmatch(value) else None)
        yield f"{label[0]}: {shown[0]}", f"{label[1]}: {shown[1]}"
    for item in message.items:
        offer = () if item.button is None else (_button(item.button, choices),)
        yield _joined((_line(f"• {_words(item.title)}"), *offer))
        if item.detail is not None:
            yield _line(_words(item.detail))
    if message.progress is not None:
        full = max(0, min(BAR, message.progress * BAR // 100))
        yield _line(f"{'▓' * full}{'░' * (BAR - full)} {message.progress} %")
    if message.footer is not None:
        yield _line(_words(message.footer), "em")
    if message.form is not None:
        return  # a number is an answer there, and its quick answers are examples
    copied = {_words(pair.value) for pair in message.rows}
    for row in message.buttons:
        offered = [_button(button, choices) for button in row if button.copy not in copied]
        if offered:
            yield _joined(offered)


def _form(form: Form) -> Iterator[Line]:
    if len(form.fields) == 1 and form.fields[0].presets:
        yield _line(text(t("matrix-example", presets=" · ".join(form.fields[0].presets))))
    yield _line(text(t("matrix-answer", count=len(form.fields))), "em")


def _button(button: Button, choices: dict[str, str]) -> Line:
    label = _words(button.label)
    if button.token is None:
        plain = f"{label}: {button.url or button.copy}"
        if button.url is not None:
            return plain, f'<a href="{html.escape(button.url)}">{html.escape(label)}</a>'
        return plain, f"{html.escape(label)}: <code>{html.escape(button.copy or '')}</code>"
    danger = button.style is Style.DANGER and CANCEL not in choices
    number = CANCEL if danger else str(len(choices.keys() - {CANCEL}) + 1)
    choices[number] = button.token
    return f"[{number}] {label}", f"<strong>{number}</strong> {html.escape(label, quote=False)}"


def _words(words: T) -> str:
    return text(words, escape=lambda value: _LINKS.sub(lambda found: f"{found[0]}\u2060", value))


def _line(words: str, tag: str | None = None) -> Line:
    body = html.escape(words, quote=False)
    return words, f"<{tag}>{body}</{tag}>" if tag else body


def _joined(parts: Iterable[Line]) -> Line:
    plain, rich = zip(*parts, strict=True)
    return " · ".join(plain), " · ".join(rich)
