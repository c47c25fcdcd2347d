"""What reaches `dispatch`: who asks, where, and for what. Surfaces make these from native updates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where.

    user_id, chat_id, thread_id: the platform's ids as text. chat_id None: the private chat with the bot.
    name, chat_title: as the platform shows them; hostile text. locale: BCP 47 or None.
    """

    platform: str
    user_id: str
    name: str
    chat_id: str | None = None
    chat_title: str = ""
    thread_id: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A typed line: `/buy SPACE 0.1`, or plain text (a pasted mint address gives the coin's card)."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command whose arguments the platform has parsed (a Discord slash command). Values are text."""

    command: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Press:
    """A button, by its token."""

    token: str


@dataclass(frozen=True, slots=True)
class Submit:
    """A filled form, by its token."""

    token: str
    fields: Mapping[str, str]


async def nobody() -> bool:
    """Where no platform vouches for anybody."""
    return False


@dataclass(frozen=True, slots=True)
class Invocation:
    """event_id: the platform's id of the update, unique on that platform; a repeat is the same event.

    always_answered: nobody has to share what the platform lets us say, so no refusal is held back.
    manages: asks the platform whether the caller manages the chat; only asked for commands that need it.
    """

    event_id: str
    caller: Caller
    what: Line | Call | Press | Submit
    always_answered: bool = False
    manages: Callable[[], Awaitable[bool]] = nobody
