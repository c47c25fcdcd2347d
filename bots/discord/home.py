"""A thread of its own for a coin: under its card in a text channel, or a post of a forum.

Where none can be made the card goes to the chat itself and says what is missing. A text channel's thread is
made once however often it is tried: the card carries a nonce, and a message has one thread at most. A forum
knows no nonce: before another try the bot looks for the post that an earlier one may have made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import structlog
from discord.http import Route

from bots.desk import Gone
from bots.discord.mail import Mail, Target, in_best_form, live_message
from bots.discord.render import Json, Look, shorten
from bots.discord.wire import (
    MISSING_ACCESS,
    THREAD_EXISTS,
    TOO_MANY_THREADS,
    UNKNOWN_CHANNEL,
    Wire,
    body,
)
from core.domain.home import HERE
from core.localize import clean, text
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, T, Visibility, t

log = structlog.get_logger()

TEXT, ANNOUNCEMENTS, FORUM, MEDIA = 0, 5, 15, 16  # types of channels
WEEK = 10_080  # minutes of silence after which Discord closes a thread; a new message opens it again
MAX_NAME = 100
REQUIRE_TAG = 1 << 4  # flag of a forum
AT_MOST_EARLIER = 60  # seconds by which Discord's clock may be behind ours

READ, WRITE = "View Channel", "Send Messages, Attach Files"
THREADS, POSTS = "Create Public Threads", "Create Posts, Attach Files"


class Homeless(Exception):
    """No thread can be made there: `why` is said to people, `posted` (channel, message) is there already."""

    def __init__(self, why: T, posted: tuple[str, str] | None = None) -> None:
        super().__init__(why.id)
        self.why, self.posted = why, posted


class Homes:
    """Makes the threads of deliveries of kind "home"."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def begin(self, delivery: Delivery, message: Message, locale: str | None) -> LiveMessage | None:
        """The card in a thread of its own, else in the chat. Raises `Gone`, `RetryAfter`."""
        chat = delivery.chat_id
        if chat is None:
            raise Gone
        wanted = chat if delivery.thread_id in (None, HERE) else str(delivery.thread_id)
        name = shorten(clean(text(message.title, locale)).strip(), MAX_NAME) or "…"
        try:
            place = await self._place(chat, wanted)
            return await in_best_form(
                message, locale, lambda look: self._thread(delivery, place, name, look, locale)
            )
        except Homeless as caught:
            homeless = caught
        log.warning("discord.no_thread", chat=chat, why=homeless.why.id, **homeless.why.args)
        said = replace(message, body=(*message.body, homeless.why))
        return await in_best_form(
            said, locale, lambda look: self._in_chat(delivery, chat, homeless, look, locale)
        )

    async def _place(self, chat: str, wanted: str) -> Json:
        """The channel that shall hold the threads: one of the chat's own server. Raises `Homeless`."""
        try:
            place = await self._wire.channel(wanted)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise _homeless(refused, wanted, READ) from refused
        server = place.get("guild_id")
        if wanted != chat and server is not None:
            try:
                server = (await self._wire.channel(chat)).get("guild_id")
            except (discord.Forbidden, discord.NotFound) as refused:
                raise Gone from refused
        known = place["type"] in (TEXT, ANNOUNCEMENTS, FORUM, MEDIA)
        if not known or server is None or server != place.get("guild_id"):
            raise Homeless(t("discord-home-wrong", channel=wanted))
        return place

    async def _thread(
        self, delivery: Delivery, place: Json, name: str, look: Look, locale: str | None
    ) -> LiveMessage:
        channel = str(place["id"])
        if place["type"] in (FORUM, MEDIA):
            message_id = await self._post(delivery, place, name, look)
            held_by = message_id
        else:
            message_id = await self._under_card(delivery, channel, name, look)
            held_by = channel  # the card is the channel's, its thread hangs below it
        target = Target(delivery.chat_id, message_id, delivery.user_id, Visibility.PUBLIC, locale)
        return live_message(target, message_id, delivery.chat_id, message_id, held_by)

    async def _under_card(self, delivery: Delivery, channel: str, name: str, look: Look) -> str:
        """The id of the card, which is its thread's too."""
        try:
            card = str((await self._wire.post(channel, look, f"pb-{delivery.id}"))["id"])
        except (discord.Forbidden, discord.NotFound) as refused:
            raise _homeless(refused, channel, WRITE) from refused
        route = Route(
            "POST",
            "/channels/{channel_id}/messages/{message_id}/threads",
            channel_id=channel,
            message_id=card,
        )
        try:
            await self._wire.request(route, {"name": name, "auto_archive_duration": WEEK})
        except discord.HTTPException as refused:
            if refused.code != THREAD_EXISTS:
                raise _homeless(refused, channel, THREADS, (channel, card)) from refused
        return card

    async def _post(self, delivery: Delivery, forum: Json, name: str, look: Look) -> str:
        """The id of the post, which is its first message's too."""
        channel = str(forum["id"])
        if delivery.attempts > 1 or delivery.maybe_doubled:
            made = await self._made_before(delivery, forum, name)
            if made is not None:
                return made
        payload: dict[str, Any] = {"name": name, "auto_archive_duration": WEEK, "message": body(look)}
        if forum.get("flags", 0) & REQUIRE_TAG:
            free = [tag["id"] for tag in forum.get("available_tags", ()) if not tag.get("moderated")]
            payload["applied_tags"] = free[:1]
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=channel)
        try:
            return str((await self._wire.request(route, payload, look, once=True))["id"])
        except discord.HTTPException as refused:
            if refused.status == 400 and refused.code != TOO_MANY_THREADS:
                raise  # the card's form, perhaps
            raise _homeless(refused, channel, POSTS) from refused

    async def _made_before(self, delivery: Delivery, forum: Json, name: str) -> str | None:
        """The post of that name that the bot has made since the delivery was written."""
        route = Route("GET", "/guilds/{guild_id}/threads/active", guild_id=forum["guild_id"])
        active = (await self._wire.request(route))["threads"]
        me = (await self._wire.request(Route("GET", "/users/@me")))["id"]
        since = delivery.created_at - AT_MOST_EARLIER
        for thread in active:
            ours = (thread["parent_id"], thread["owner_id"], thread["name"]) == (forum["id"], me, name)
            if ours and discord.utils.snowflake_time(int(thread["id"])).timestamp() >= since:
                return str(thread["id"])
        return None

    async def _in_chat(
        self, delivery: Delivery, chat: str, homeless: Homeless, look: Look, locale: str | None
    ) -> LiveMessage | None:
        """The card without a thread, and what is missing, where people launch."""
        target = Target(chat, None, delivery.user_id, Visibility.PUBLIC, locale)
        if homeless.posted is not None:
            channel, card = homeless.posted
            if channel == chat:
                await self._wire.edit(channel, card, look)
                return live_message(target, card, chat, None, chat)
            try:
                await self._wire.delete(channel, card)
            except (discord.Forbidden, discord.NotFound) as refused:
                log.info("discord.card_left", code=refused.code)
        return await Mail(self._wire).reach(target, look, f"pb-{delivery.id}-c")


def _homeless(
    refused: discord.HTTPException, channel: str, permission: str, posted: tuple[str, str] | None = None
) -> Homeless:
    """Why Discord makes no thread there."""
    if refused.code == UNKNOWN_CHANNEL:
        return Homeless(t("discord-home-wrong", channel=channel), posted)
    if refused.code == TOO_MANY_THREADS:
        return Homeless(t("discord-home-full", channel=channel), posted)
    lacking = READ if refused.code == MISSING_ACCESS else permission
    return Homeless(t("discord-home-lacks", channel=channel, permission=lacking), posted)
