"""To Discord: the way out of deliveries."""

from __future__ import annotations

import discord

from bots.desk import Desk, MessageGone
from bots.discord.home import Homes
from bots.discord.mail import Mail, Target, in_best_form
from bots.discord.render import Look
from bots.discord.wire import THREAD_ARCHIVED, TOKEN_GONE, Wire
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message

TOKEN_LIFE = 15 * 60 - 30  # seconds that we still trust an interaction's token


class Outbox:
    """Sends deliveries: `send` is what `bots.outbox.run_outbox` wants."""

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
        locale = await self._desk.locale(delivery)
        if delivery.kind == "home":
            return await Homes(self._wire).begin(delivery, message, locale)
        target = Target(delivery.chat_id, delivery.thread_id, delivery.user_id, delivery.visibility, locale)
        mail, nonce = Mail(self._wire), f"pb-{delivery.id}"
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
            await self._edit_as_bot(channel_id, live.message_id, look)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise MessageGone from refused

    async def _edit_as_bot(self, channel_id: str, message_id: str, look: Look) -> None:
        try:
            await self._wire.edit(channel_id, message_id, look)
        except discord.HTTPException as refused:
            if refused.code != THREAD_ARCHIVED:
                raise
            await self._wire.unarchive(channel_id)
            await self._wire.edit(channel_id, message_id, look)
