"""One call of the Bot API: at the pace that it allows, and every refusal understood.

Two tempers. A reply to somebody is patient: it waits for its slot, through 429 and outages, and stalls
nobody but its own chat. A delivery is not: it raises `RetryAfter`, and its row comes again when it is due,
or is replaced by a newer look of the same subject.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import telegram
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError

from bots.desk import Gone, MessageGone, RetryAfter
from bots.patience import patiently
from bots.telegram.limiter import Limiter, Priority

AWAY = 5.0  # seconds before a delivery is tried again when Telegram can't be reached

_MESSAGE_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message not found",
)
_CHAT_GONE = (
    "chat not found",
    "chat_write_forbidden",
    "have no rights to send a message",
    "not enough rights to send text messages",
    "group chat was deactivated",
    "user is deactivated",
    "peer_id_invalid",
)
TOPIC_GONE = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")

Result = TypeVar("Result")
Moved = Callable[[int, int], Awaitable[None]]
Call = Callable[[int], Awaitable[Result]]


class Calls:
    """`moved(old, new)` is told when a group has become a supergroup with a new id."""

    def __init__(self, limiter: Limiter, moved: Moved) -> None:
        self._limiter, self._moved = limiter, moved

    async def make(
        self, chat_id: int, priority: Priority, patient: bool, call: Call[Result]
    ) -> Result | None:
        """Makes the call when its turn has come. None: the message looked like that already.

        Raises `MessageGone`, `Gone`, `RetryAfter` unless patient, and `BadRequest` for what is none of these.
        """
        try:
            if patient:
                return await self._patiently(chat_id, priority, call)
            wait = self._limiter.take(chat_id, priority)
            if wait > 0:
                raise RetryAfter(wait)
            return await call(chat_id)
        except telegram.error.RetryAfter as flood:
            self._limiter.pause(chat_id, seconds_of(flood))
            raise RetryAfter(seconds_of(flood)) from flood
        except ChatMigrated as moved:
            await self._moved(chat_id, moved.new_chat_id)
            return await self.make(moved.new_chat_id, priority, patient, call)
        except Forbidden as closed:
            raise Gone(str(closed)) from closed
        except BadRequest as refused:
            if says(refused, ("message is not modified",)):
                return None
            if says(refused, _MESSAGE_GONE):
                raise MessageGone(str(refused)) from refused
            if says(refused, _CHAT_GONE):
                raise Gone(str(refused)) from refused
            raise
        except NetworkError as away:
            raise RetryAfter(AWAY) from away

    async def _patiently(self, chat_id: int, priority: Priority, call: Call[Result]) -> Result:
        def again(error: Exception) -> bool:
            if isinstance(error, telegram.error.RetryAfter):
                self._limiter.pause(chat_id, seconds_of(error))  # the next `slot` waits that long
                return True
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)

        async def in_turn() -> Result:
            await self._limiter.slot(chat_id, priority)
            return await call(chat_id)

        return await patiently("telegram.reply", again, in_turn)


def seconds_of(flood: telegram.error.RetryAfter) -> float:
    wait = flood.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def says(refused: BadRequest, phrases: tuple[str, ...]) -> bool:
    words = str(refused).lower()
    return any(phrase in words for phrase in phrases)
