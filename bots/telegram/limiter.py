"""How fast we may talk: per chat and overall, the important first.

Telegram allows about one message a second in a private chat (short bursts are let pass), 20 a minute in a
group and 30 a second in all; edits count. When it asks one chat to wait, only that chat waits. Less urgent
calls may use only a part of each window, so that a result never waits behind progress.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum


class Priority(IntEnum):
    """Lower goes first."""

    RESULT = 0
    REPLY = 1
    NOTICE = 2
    PROGRESS = 3


SHARE = {Priority.RESULT: 1.0, Priority.REPLY: 1.0, Priority.NOTICE: 0.8, Priority.PROGRESS: 0.5}
PROGRESS_GAP = {"private": 1.5, "group": 3.0}  # seconds between any call in a chat and a progress edit
IDLE = 120.0  # seconds after which a chat that is quiet is forgotten


class Window:
    """At most `calls` in any `seconds`."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls, self._seconds = calls, seconds
        self._taken: deque[float] = deque(maxlen=calls)

    @property
    def last(self) -> float | None:
        return self._taken[-1] if self._taken else None

    def wait(self, now: float, share: float = 1.0) -> float:
        """Seconds until a call may be made that uses at most `share` of the window; 0: now."""
        allowed = max(1, int(self._calls * share))
        if len(self._taken) < allowed:
            return 0.0
        return max(0.0, self._taken[-allowed] + self._seconds - now)

    def take(self, now: float) -> None:
        self._taken.append(now)


@dataclass
class _Chat:
    window: Window
    gap: float
    paused_until: float = 0.0
    queue: list[tuple[Priority, int]] = field(default_factory=list)
    turn: asyncio.Condition = field(default_factory=asyncio.Condition)


class Limiter:
    """`chat_id` below zero is a group, as everywhere in Telegram. `clock`: monotonic seconds. per_second:
    messages in all, which is more for a bot that pays for its broadcasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, per_second: int = 30) -> None:
        self._clock = clock
        self._all = Window(per_second, 1.0)
        self._chats: dict[int, _Chat] = {}
        self._tickets = itertools.count()

    def wait(self, chat_id: int, priority: Priority) -> float:
        """Seconds until such a call may be made; 0: now. Those who wait in `slot` are not counted."""
        return self._wait(self._chat(chat_id), priority)

    def take(self, chat_id: int, priority: Priority) -> float:
        """Takes a slot if there is one now and nobody more urgent waits for it: 0; else seconds to wait."""
        chat = self._chat(chat_id)
        if any(waiting <= priority for waiting, _ in chat.queue):
            return max(1.0, self._wait(chat, priority))
        wait = self._wait(chat, priority)
        if wait <= 0:
            self._taken(chat)
        return wait

    async def slot(self, chat_id: int, priority: Priority) -> None:
        """Waits for a slot and takes it; the more urgent first, then the earlier."""
        chat = self._chat(chat_id)
        ticket = (priority, next(self._tickets))
        async with chat.turn:
            heapq.heappush(chat.queue, ticket)
            chat.turn.notify_all()
            try:
                await self._until_due(chat, ticket)
                self._taken(chat)
            finally:
                chat.queue.remove(ticket)
                heapq.heapify(chat.queue)
                chat.turn.notify_all()

    def pause(self, chat_id: int, seconds: float) -> None:
        """Telegram asked this chat to wait."""
        chat = self._chat(chat_id)
        chat.paused_until = max(chat.paused_until, self._clock() + seconds)

    async def _until_due(self, chat: _Chat, ticket: tuple[Priority, int]) -> None:
        while True:
            first = chat.queue[0] == ticket
            wait = self._wait(chat, ticket[0]) if first else None
            if wait is not None and wait <= 0:
                return
            try:
                await asyncio.wait_for(chat.turn.wait(), wait)
            except TimeoutError:
                continue  # our time has come: look again

    def _wait(self, chat: _Chat, priority: Priority) -> float:
        now, share = self._clock(), SHARE[priority]
        waits = [chat.paused_until - now, chat.window.wait(now, share), self._all.wait(now, share)]
        if priority is Priority.PROGRESS and chat.window.last is not None:
            waits.append(chat.window.last + chat.gap - now)
        return max(0.0, *waits)

    def _taken(self, chat: _Chat) -> None:
        now = self._clock()
        chat.window.take(now)
        self._all.take(now)

    def _chat(self, chat_id: int) -> _Chat:
        known = self._chats.get(chat_id)
        if known is not None:
            return known
        if len(self._chats) >= 10_000:
            self._forget_idle()
        private = chat_id > 0
        window = Window(5, 5.0) if private else Window(20, 60.0)
        made = _Chat(window, PROGRESS_GAP["private" if private else "group"])
        self._chats[chat_id] = made
        return made

    def _forget_idle(self) -> None:
        before = self._clock() - IDLE
        self._chats = {
            chat_id: chat
            for chat_id, chat in self._chats.items()
            if chat.queue or chat.paused_until > before or (chat.window.last or before) > before
        }
