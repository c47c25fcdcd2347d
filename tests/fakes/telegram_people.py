"""Who and what there is in the fake Bot API's world: people, groups, messages as they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BOT_ID = 123456

Json = dict[str, Any]

RESTRICTED = {
    "until_date": 0,
    "is_member": True,
    **dict.fromkeys(
        (
            "can_change_info",
            "can_invite_users",
            "can_pin_messages",
            "can_send_messages",
            "can_send_polls",
            "can_send_other_messages",
            "can_add_web_page_previews",
            "can_manage_topics",
            "can_send_audios",
            "can_send_documents",
            "can_send_photos",
            "can_send_videos",
            "can_send_video_notes",
            "can_send_voice_notes",
            "can_edit_tag",
        ),
        False,
    ),
}


@dataclass
class User:
    id: int
    name: str
    language: str | None = "en"
    is_bot: bool = False

    @property
    def chat(self) -> int:
        return self.id

    def json(self) -> Json:
        raw: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}
        return raw if self.language is None else {**raw, "language_code": self.language}


@dataclass
class Group:
    id: int
    title: str
    kind: str = "supergroup"
    topics: set[int] = field(default_factory=set)  # a forum if there are any
    closed: set[int] = field(default_factory=set)  # of these topics
    manage_topics: bool = False  # the bot may begin topics
    admins: dict[int, str] = field(default_factory=dict)  # user id -> creator | administrator
    bot_is_admin: bool = False

    @property
    def chat(self) -> int:
        return self.id


Where = User | Group


@dataclass
class Shown:
    """A message in a chat, as a user sees it."""

    id: int
    chat: int
    sender: int
    text: str = ""  # plain: of the text or the caption
    html: str = ""
    photo: bytes | None = None
    file_id: str | None = None
    markup: Json | None = None
    thread: int | None = None
    reply_to: int | None = None
    silent: bool = False
    edits: int = 0
    animated: bool = False  # `photo` is a GIF
    rich: bool = False
    whisper: int = 0  # id of an ephemeral message

    @property
    def buttons(self) -> list[Json]:
        return [b for row in (self.markup or {}).get("inline_keyboard", []) for b in row]

    @property
    def labels(self) -> list[str]:
        return [b["text"] for b in self.buttons]
