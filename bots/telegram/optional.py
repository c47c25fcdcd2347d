"""Forms that not every server takes and not every client shows: tried only where an operator wants them.

Where one is refused the ordinary form is sent, with the same facts and actions, and the refusal is
remembered. No press that moves money or throws something away hangs on such a form.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from telegram.error import EndPointNotFound, TelegramError

from core.reply import Message, Style

log = structlog.get_logger()

AGAIN = 3600.0  # seconds that a chat gets the ordinary form after a refusal there


class Optional:
    """One such form. `wanted`: the operator's flag."""

    def __init__(self, name: str, wanted: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._wanted, self._clock = name, wanted, clock
        self._refused: dict[int, float] = {}  # chat -> when it is tried there again

    @property
    def wanted(self) -> bool:
        return self._wanted

    def usable(self, chat_id: int) -> bool:
        return self._wanted and self._clock() >= self._refused.get(chat_id, 0.0)

    def refused(self, chat_id: int, error: TelegramError) -> None:
        """Not there for a while; nowhere, if the server does not know the method at all."""
        unknown = isinstance(error, EndPointNotFound)
        log.warning("telegram.form_refused", form=self._name, chat=chat_id, error=str(error), ended=unknown)
        if unknown:
            self._wanted = False
        now = self._clock()
        self._refused = {chat: again for chat, again in self._refused.items() if again > now}
        self._refused[chat_id] = now + AGAIN


def settles(message: Message) -> bool:
    """Whether a press on the message confirms something, or throws something away."""
    buttons = [button for row in message.buttons for button in row]
    buttons += [item.button for item in message.items if item.button is not None]
    return any(b.press and not b.open and b.style in (Style.SUCCESS, Style.DANGER) for b in buttons)
