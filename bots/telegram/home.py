"""A coin's own topic: begun in a forum, with the coin's card as its first message."""

from __future__ import annotations

from dataclasses import replace

import structlog
from telegram.error import BadRequest

from bots.desk import Desk
from bots.outbox import Send
from bots.telegram.render import clip
from bots.telegram.send import Sender
from core.domain.home import HERE
from core.localize import text
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, T, t

log = structlog.get_logger()

NAME = 128  # UTF-16 units of a topic's name


class Homes:
    """Sends deliveries, those of kind "home" as the first card of a topic. `send` posts in a place that is there.

    A coin without a topic is shown in the chat itself, with a line that says what is missing.
    """

    def __init__(self, desk: Desk, sender: Sender, send: Send) -> None:
        self._desk, self._sender, self._send = desk, sender, send

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """`bots.outbox.Send`."""
        if delivery.kind != "home":
            return await self._send(delivery, message, live)
        topic, lacking = await self._topic(delivery, message)
        if lacking is not None:
            log.warning("telegram.no_topic", chat=delivery.chat_id, next=text(lacking))
            message = replace(message, body=(*message.body, lacking))
        there = None if topic is None else str(topic)
        return await self._send(replace(delivery, kind="notice", thread_id=there), message, None)

    async def _topic(self, delivery: Delivery, message: Message) -> tuple[int | None, T | None]:
        """The topic, or why there is none. The same for a delivery that is sent again: its topic is noted
        before anything is posted there."""
        if delivery.chat_id is None or delivery.thread_id != HERE:
            return None, t("telegram-home-elsewhere")
        cursor = f"telegram-topic:{delivery.key}"
        async with self._desk.store.read() as work:
            begun = await work.cursors.get(cursor)
        if begun is not None:
            return begun["topic"], None
        name = clip(text(message.title, await self._desk.locale(delivery)), NAME)
        try:
            topic = await self._sender.begin_topic(int(delivery.chat_id), name)
        except BadRequest as refused:
            log.info("telegram.topic_refused", error=str(refused))
            return None, _lacking(str(refused).lower())
        async with self._desk.store.begin() as work:
            await work.cursors.set(cursor, {"topic": topic})
        return topic, None


def _lacking(refusal: str) -> T:
    if "not a forum" in refusal:
        return t("telegram-home-no-forum")
    if "rights" in refusal or "admin" in refusal:
        return t("telegram-home-rights")
    return t("telegram-home-refused")
