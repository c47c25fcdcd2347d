"""How much Telegram lets a bot say: about one message a second in a chat after a short burst, 20 a minute in
a group, 30 a second in all. Used by the fake Bot API."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.telegram_rules import Refused

# (burst, calls a second). Telegram says "about": one more than the number, so that no test hangs on a
# millisecond between two clocks.
PRIVATE, GROUP, ALL = (6, 1.0), (21, 20 / 60), (31, 30.0)


@dataclass
class _Bucket:
    burst: int
    rate: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one call is allowed; 0: now."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.left) / self.rate)


class Limits:
    """`clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all = self._full(ALL)
        self._chats: dict[int, _Bucket] = {}

    def spend(self, chat: int) -> None:
        """One message or edit in the chat. Refuses with 429 and the seconds to wait."""
        now = self._clock()
        here = self._chats.setdefault(chat, self._full(GROUP if chat < 0 else PRIVATE))
        wait = math.ceil(max(here.wait(now), self._all.wait(now)))
        if wait > 0:
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        here.left -= 1
        self._all.left -= 1

    def _full(self, limit: tuple[int, float]) -> _Bucket:
        burst, rate = limit
        return _Bucket(burst, rate, burst, self._clock())
