"""Which way a delivery goes: a coin's first card to its topic, a result whose group is closed to its person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bots.desk import Gone, MessageGone
from bots.outbox import Send
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, Visibility

log = structlog.get_logger()


@dataclass(frozen=True)
class Outgoing:
    """answers: shows deliveries where they name. homes: those of kind "home"."""

    answers: Send
    homes: Send

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """`bots.outbox.Send`. Raises what that says."""
        if delivery.kind == "home":
            return await self.homes(delivery, message, live)
        try:
            return await self.answers(delivery, message, live)
        except Gone as closed:
            if delivery.kind == "result" and delivery.chat_id is not None and delivery.user_id is not None:
                await self._in_private(delivery, message)
            raise closed from None

    async def _in_private(self, delivery: Delivery, message: Message) -> None:
        """We were thrown out between somebody's press and what came of it: they hear of it all the same, if
        they have ever written to us."""
        own = replace(delivery, chat_id=None, thread_id=None, visibility=Visibility.PRIVATE.value)
        try:
            await self.answers(own, message, None)
        except (Gone, MessageGone) as silent:
            log.info("telegram.result_unseen", delivery=delivery.id, error=str(silent))
