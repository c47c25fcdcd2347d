"""What the fake Discord holds: users, guilds, channels, messages, interactions, as the wire shows them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.discord_rules import EPHEMERAL, LOADING

Json = dict[str, Any]
EPOCH = 1_420_070_400_000
TEXT_CHANNEL, DM, GROUP_DM, THREAD, FORUM = 0, 1, 3, 11, 15


class Clock:
    """Real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0
        self._counter = itertools.count()

    def now(self) -> float:
        return time.time() + self.added

    def snowflake(self) -> str:
        return str((int(self.now() * 1000) - EPOCH << 22) | next(self._counter) & 0x3FFFFF)

    def iso(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat()


@dataclass
class User:
    id: str
    name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True
    permissions: int = 0  # in every server
    wrote: str | None = None  # id of what they last said to the bot in private, before the test

    def wire(self) -> Json:
        return {
            "id": self.id,
            "username": self.name[:32],
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
        }


@dataclass
class Message:
    id: str
    channel: Channel
    author: User
    flags: int = 0
    content: str = ""
    components: list[Json] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    only_for: User | None = None
    nonce: str | None = None
    edits: int = 0
    allowed_mentions: Json | None = None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    def wire(self) -> Json:
        return {
            "id": self.id,
            "channel_id": self.channel.id,
            "author": self.author.wire(),
            "type": 0,
            "content": self.content,
            "flags": self.flags,
            "components": self.components,
            "embeds": [],
            "attachments": [
                {"id": str(n), "filename": name, "size": len(data), "url": f"https://cdn.invalid/{name}",
                 "proxy_url": f"https://cdn.invalid/{name}"}
                for n, (name, data) in enumerate(self.files.items())
            ],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "pinned": False,
            "tts": False,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None,
            "nonce": self.nonce,
        }  # fmt: skip


@dataclass
class Channel:
    id: str
    type: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    messages: list[Message] = field(default_factory=list)
    accessible: bool = True
    denied: set[str] = field(default_factory=set)  # what the bot may not do here: send, threads
    archived: bool = False
    locked: bool = False
    flags: int = 0
    tags: list[Json] = field(default_factory=list)

    def wire(self) -> Json:
        data: Json = {"id": self.id, "type": self.type}
        if self.type == DM:
            assert self.recipient is not None
            last = self.messages[-1].id if self.messages else self.recipient.wrote
            return data | {"recipients": [self.recipient.wire()], "last_message_id": last}
        if self.type == GROUP_DM:
            return data | {"name": self.name, "recipients": [], "icon": None, "owner_id": "1"}
        assert self.guild is not None
        data |= {
            "name": self.name,
            "guild_id": self.guild.id,
            "position": 0,
            "permission_overwrites": [],
            "nsfw": False,
            "parent_id": self.parent.id if self.parent else None,
            "flags": self.flags,
        }
        if self.type == FORUM:
            data |= {"available_tags": self.tags}
        if self.type == THREAD:
            data |= {
                "owner_id": "1",
                "message_count": 0,
                "member_count": 1,
                "thread_metadata": {
                    "archived": self.archived,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": "2026-01-01T00:00:00+00:00",
                    "locked": self.locked,
                },
            }
        return data


@dataclass
class Guild:
    id: str
    name: str
    channels: list[Channel] = field(default_factory=list)
    owner: User | None = None
    full: bool = False  # of open threads

    def wire(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "member_count": 2,
            "owner_id": self.owner.id if self.owner else "1",
            "roles": [
                {"id": self.id, "name": "@everyone", "permissions": "0", "position": 0, "color": 0, "hoist": False,
                 "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                 "managed": False, "mentionable": False, "flags": 0}
            ],
            "emojis": [],
            "stickers": [],
            "features": [],
            "channels": [c.wire() for c in self.channels if c.type in (TEXT_CHANNEL, FORUM)],
            "threads": [c.wire() for c in self.channels if c.type == THREAD],
            "members": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "afk_timeout": 60,
            "premium_progress_bar_enabled": False,
        }  # fmt: skip


@dataclass
class Interaction:
    """One act of a user, and what became of it.

    state: None until the first response, then deferred | deferred_update | answered | updated | modal |
    choices. original: the message that `@original` names. edits: of the source, when it was pressed.
    """

    id: str
    token: str
    type: int
    user: User
    channel: Channel
    created: float
    source: Message | None = None
    state: str | None = None
    original: Message | None = None
    modal: Json | None = None
    choices: list[Json] | None = None
    followups: list[Message] = field(default_factory=list)
    edits: int = 0
    wire: Json = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """What the user sees as the answer: the newest."""
        assert self.state is not None, "not answered"
        found = self.followups[-1] if self.followups else self.original
        assert found is not None, "no message"
        return found
