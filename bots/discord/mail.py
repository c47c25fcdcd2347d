"""New messages as the bot, to a channel or to a person, in the best form that Discord takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import discord
import structlog

from bots.desk import Gone
from bots.discord.inbound import PLATFORM
from bots.discord.render import Look, plainer, render
from bots.discord.wire import INVALID_RECIPIENT, THREAD_CLOSED, Wire
from core.ports.rows import LiveMessage
from core.reply import Message, Visibility, t

log = structlog.get_logger()

_Shown = TypeVar("_Shown")


async def in_best_form(
    message: Message, locale: str | None, show: Callable[[Look], Awaitable[_Shown]]
) -> _Shown:
    """Shows the message, in a plainer form where Discord refuses the better one. Raises what `show` raises."""
    refusal: discord.HTTPException | None = None
    for form in plainer(message):
        try:
            return await show(render(form, locale))
        except discord.HTTPException as refused:
            if refused.status not in (400, 413):
                raise
            log.warning("discord.form_refused", code=refused.code, why=refused.text)
            refusal = refused
    assert refusal is not None
    raise refusal


@dataclass(frozen=True, slots=True)
class Target:
    """Who is to see a new message, and where. chat_id None: the private chat with `user_id`."""

    chat_id: str | None
    thread_id: str | None
    user_id: str | None
    visibility: str
    locale: str | None


class Mail:
    """New messages as the bot: to a channel, or to a person."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def reach(self, target: Target, look: Look, nonce: str) -> LiveMessage | None:
        """Posts there, and says where. What is not for everybody goes to the private chat, if the person has ever used that:
        the bot begins none. If not, or if it is closed, QUIET goes to the channel and PRIVATE only says there
        that it exists: None, since what becomes of it must not be edited in there. Raises `Gone`, `RetryAfter`."""
        if target.chat_id is None:
            found = await self._to_person(target, look, nonce, begin=True)
            if found is None:
                raise Gone
            return found
        if target.visibility != Visibility.PUBLIC:
            found = await self._to_person(target, look, nonce, begin=False)
            if found is not None:
                return found
        if target.visibility == Visibility.PRIVATE:
            pointer = render(_pointer(target.user_id), target.locale)
            await self._to_channel(target, target.chat_id, pointer, nonce)
            return None
        return await self._to_channel(target, target.chat_id, look, nonce)

    async def _to_person(self, target: Target, look: Look, nonce: str, *, begin: bool) -> LiveMessage | None:
        """None if the person's private chat is closed to us. begin: though nothing was ever said there."""
        if target.user_id is None:
            return None
        try:
            channel = await self._wire.private_channel(target.user_id)
            if not begin and channel.get("last_message_id") is None:
                return None
            made = await self._wire.post(channel["id"], look, nonce)
        except discord.HTTPException as refused:
            if refused.status in (403, 404) or refused.code == INVALID_RECIPIENT:
                return None
            raise
        return live_message(target, made["id"], None, None, channel["id"])

    async def _to_channel(self, target: Target, chat_id: str, look: Look, nonce: str) -> LiveMessage:
        if target.thread_id is not None:
            try:
                made = await self._wire.post(target.thread_id, look, nonce)
                return live_message(target, made["id"], chat_id, target.thread_id, target.thread_id)
            except discord.HTTPException as refused:
                if refused.status not in (403, 404) and refused.code not in THREAD_CLOSED:
                    raise
                log.info("discord.thread_closed", code=refused.code)  # the channel may still be open
        try:
            made = await self._wire.post(chat_id, look, nonce)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise Gone from refused
        return live_message(target, made["id"], chat_id, None, chat_id)


def live_message(
    target: Target, message_id: str, chat_id: str | None, thread_id: str | None, channel_id: str
) -> LiveMessage:
    """Where a message of the bot's own is. channel_id: of the channel that holds it."""
    return LiveMessage(
        subject="",  # filled in by who records it
        platform=PLATFORM,
        chat_id=chat_id,
        thread_id=thread_id,
        message_id=message_id,
        user_id=target.user_id,
        handle={"channel_id": channel_id, "locale": target.locale},
    )


def _pointer(user_id: str | None) -> Message:
    """Says in the group that there is news, and nothing of it."""
    return Message(t("discord-news"), body=(t("discord-news-private", user=user_id or ""),))
