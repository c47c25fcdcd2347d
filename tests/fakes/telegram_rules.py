"""What Telegram refuses, in its own words: sizes, markup, buttons. Used by the fake Bot API."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

TEXT, CAPTION, ALERT, CALLBACK_DATA, COPY = 4096, 1024, 200, 64, 256
QUERY = 30.0  # seconds in which a press can be answered
TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "tg-spoiler",
    "a",
    "code",
    "pre",
    "blockquote",
}
ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
RICH = 32_768  # characters of a rich message
RICH_TAGS = TAGS | {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "footer",
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


class Refused(Exception):
    """An answer with ok=false."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def utf16(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str, tags: frozenset[str] | set[str] = TAGS) -> str:
    """The text without its entities. Refuses what Telegram's HTML parser refuses."""
    out, open_tags, position = [], [], 0
    while True:
        start = source.find("<", position)
        out.append(html.unescape(source[position:] if start < 0 else source[position:start]))
        if start < 0:
            break
        tag = _TAG.match(source, start)
        if tag is None or tag[2].lower() not in tags:
            raise bad(f"can't parse entities: Unsupported start tag at byte offset {start}")
        if not tag[1]:
            open_tags.append(tag[2].lower())
        elif not open_tags or open_tags.pop() != tag[2].lower():
            raise bad(f"can't parse entities: Unmatched end tag at byte offset {start}")
        position = tag.end()
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1]}\"")
    return "".join(out).strip()


def check_text(text: str, parse_mode: str | None) -> str:
    plain = parse_html(text) if parse_mode == "HTML" else text.strip()
    if not plain:
        raise bad("message text is empty")
    if utf16(plain) > TEXT:
        raise bad("message is too long")
    return plain


def check_caption(caption: str, parse_mode: str | None) -> str:
    plain = parse_html(caption) if parse_mode == "HTML" else caption.strip()
    if utf16(plain) > CAPTION:
        raise bad("message caption is too long")
    return plain


def check_markup(markup: dict[str, Any] | None) -> None:
    rows = (markup or {}).get("inline_keyboard", [])
    if sum(len(row) for row in rows) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    for row in rows:
        for button in row:
            check_button(button)


def check_button(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = [name for name in ("callback_data", "url", "copy_text") if name in button]
    if len(actions) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "style" in button and button["style"] not in ("primary", "success", "danger"):
        raise bad("BUTTON_STYLE_INVALID")
    if actions == ["callback_data"] and not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA:
        raise bad("BUTTON_DATA_INVALID")
    if actions == ["copy_text"] and not 1 <= len(button["copy_text"]["text"]) <= COPY:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if actions == ["url"]:
        url = urlsplit(button["url"])
        if url.scheme not in ("http", "https", "tg") or not url.hostname or url.hostname == "localhost":
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def check_rich(html: str) -> str:
    """Plain text of a rich message's HTML."""
    plain = parse_html(html, RICH_TAGS)
    if not plain:
        raise bad("RICH_MESSAGE_EMPTY")
    if len(plain) > RICH:
        raise bad("RICH_MESSAGE_TOO_LONG")
    return plain


def check_inline_answer(params: dict[str, Any]) -> None:
    results = params.get("results") or []
    ids = [result["id"] for result in results]
    if len(ids) > 50:
        raise bad("RESULTS_TOO_MUCH")
    if len(set(ids)) < len(ids) or not all(1 <= len(i.encode()) <= 64 for i in ids):
        raise bad("RESULT_ID_INVALID")
    for result in results:
        if not result.get("title"):
            raise bad("ARTICLE_TITLE_EMPTY")
        content = result["input_message_content"]
        check_text(content["message_text"], content.get("parse_mode"))
        check_markup(result.get("reply_markup"))
    button = params.get("button")
    if button and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", button.get("start_parameter", "")):
        raise bad("START_PARAM_INVALID")


def check_animation(data: bytes) -> None:
    if len(data) > 50 * 1024 * 1024:
        raise Refused(413, "Request Entity Too Large")
    if not data.startswith(b"GIF8"):
        raise bad("wrong type of the web page content")


def check_photo(data: bytes) -> None:
    if len(data) > 10 * 1024 * 1024:
        raise Refused(413, "Request Entity Too Large")
    if not data.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
        raise bad("IMAGE_PROCESS_FAILED")


def check_commands(commands: list[dict[str, str]]) -> None:
    if len(commands) > 100:
        raise bad("too many commands specified")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]) or not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_INVALID")


def check_secret(secret: str) -> None:
    if not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
