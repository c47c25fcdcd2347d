"""To Discord: new messages as the bot, and the way out of deliveries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import discord
import structlog

from bots.desk import Desk, Gone, MessageGone
from bots.discord.inbound import PLATFORM
from bots.discord.render import Json, Look, plainer, render
from bots.discord.wire import INVALID_RECIPIENT, TOKEN_GONE, Wire
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, Visibility, t

log = structlog.get_logger()

TOKEN_LIFE = 15 * 60 - 30  # seconds that we still trust an interaction's token

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

    async def reach(self, target: Target, look: Look, nonce: str) -> LiveMessage:
        """Posts there. What is not for everybody goes to the private chat; if that is closed, QUIET goes to
        the channel and PRIVATE only says there that it exists. Raises `Gone`, `RetryAfter`."""
        personal = target.chat_id is None or target.visibility != Visibility.PUBLIC
        found = await self._to_person(target, look, nonce) if personal else None
        if found is not None:
            return found
        if target.chat_id is None:
            raise Gone
        if target.visibility == Visibility.PRIVATE:
            look = render(_pointer(target.user_id), target.locale)
        return await self._to_channel(target, target.chat_id, look, nonce)

    async def _to_person(self, target: Target, look: Look, nonce: str) -> LiveMessage | None:
        """None if the person's private chat is closed to us."""
        if target.user_id is None:
            return None
        try:
            channel_id = await self._wire.private_channel(target.user_id)
            made = await self._wire.post(channel_id, look, nonce)
        except discord.HTTPException as refused:
            if refused.status in (403, 404) or refused.code == INVALID_RECIPIENT:
                return None
            raise
        return _live(target, made, None, None, channel_id)

    async def _to_channel(self, target: Target, chat_id: str, look: Look, nonce: str) -> LiveMessage:
        if target.thread_id is not None:
            try:
                made = await self._wire.post(target.thread_id, look, nonce)
                return _live(target, made, chat_id, target.thread_id, target.thread_id)
            except (discord.Forbidden, discord.NotFound) as refused:
                log.info("discord.thread_closed", code=refused.code)  # the channel may still be open
        try:
            made = await self._wire.post(chat_id, look, nonce)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise Gone from refused
        return _live(target, made, chat_id, None, chat_id)


def _live(
    target: Target, made: Json, chat_id: str | None, thread_id: str | None, channel_id: str
) -> LiveMessage:
    return LiveMessage(
        subject="",  # filled in by who records it
        platform=PLATFORM,
        chat_id=chat_id,
        thread_id=thread_id,
        message_id=str(made["id"]),
        user_id=target.user_id,
        handle={"channel_id": channel_id, "locale": target.locale},
    )


def _pointer(user_id: str | None) -> Message:
    """Says in the group that there is news, and nothing of it."""
    return Message(t("discord-news"), body=(t("discord-news-private", user=user_id or ""),))


class Outbox:
    """Sends deliveries: `send` is what `bots.desk.run_outbox` wants."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk, self._wire = desk, wire

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """A new message, or the new look of `live`. Raises `Gone`, `MessageGone`, `RetryAfter`."""
        if live is not None:
            locale = (live.handle or {}).get("locale")
            await in_best_form(message, locale, lambda look: self._edit(look, live))
            return None
        locale = await self._locale(delivery)
        target = Target(delivery.chat_id, delivery.thread_id, delivery.user_id, delivery.visibility, locale)
        mail, nonce = Mail(self._wire), f"pb-{delivery.id}"
        try:
            return await in_best_form(message, locale, lambda look: mail.reach(target, look, nonce))
        except Gone:
            if delivery.kind != "result" or target.chat_id is None:
                raise
        target = replace(target, chat_id=None, thread_id=None)  # what somebody is waiting for goes to them
        return await in_best_form(message, locale, lambda look: mail.reach(target, look, nonce))

    async def _edit(self, look: Look, live: LiveMessage) -> None:
        """By the interaction's token while it lives, which also reaches what only one person sees; then as
        the bot. Raises `MessageGone`."""
        handle = live.handle or {}
        try:
            if self._desk.clock.now() - handle.get("at", 0) < TOKEN_LIFE:
                try:
                    await self._wire.hooked(
                        "PATCH",
                        handle["application_id"],
                        handle["interaction_token"],
                        handle["message"],
                        look,
                    )
                    return
                except discord.HTTPException as refused:
                    if refused.code not in TOKEN_GONE:
                        raise
            if handle.get("ephemeral"):
                raise MessageGone
            channel_id = handle.get("channel_id") or live.thread_id or live.chat_id
            if channel_id is None:
                raise MessageGone
            await self._wire.edit(channel_id, live.message_id, look)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise MessageGone from refused

    async def _locale(self, delivery: Delivery) -> str | None:
        async with self._desk.store.read() as work:
            if delivery.chat_id is not None:
                chat = await work.chats.get(PLATFORM, delivery.chat_id)
                return chat.locale if chat else None
            account = await work.accounts.get(PLATFORM, delivery.user_id) if delivery.user_id else None
            return account.locale if account else None
