"""Bells: in this process alone, and between processes through Valkey's publish and subscribe."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_PREFIX = "pumpbox:bell:"
_AGAIN_SECONDS = 0.5  # between attempts to reach Valkey
_TIMEOUT_SECONDS = 0.5  # for a word from Valkey
_QUIET_SECONDS = 15.0  # without a word from Valkey: ask whether it is there
_AWAY = (RedisError, OSError, TimeoutError)

log = structlog.get_logger(__name__)


class LocalBell:
    """The `Bell` port inside one process."""

    def __init__(self) -> None:
        self._rung: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def ring(self, name: str) -> None:
        self._rung[name].set()

    async def wait(self, name: str, timeout: float) -> bool:
        rung = self._rung[name]
        try:
            async with asyncio.timeout(timeout):
                await rung.wait()
        except TimeoutError:
            return False
        rung.clear()
        return True


class ValkeyBell:
    """The `Bell` port between processes. While Valkey is away it rings in this process only.

    url: `redis://`, `rediss://` or `unix://`. Nothing connects before the first `ring` or `wait`; what is
    rung before the first `wait` on a name has reached Valkey isn't heard.
    """

    def __init__(self, url: str) -> None:
        self._here = LocalBell()
        self._names: set[str] = set()
        never = Retry(NoBackoff(), 0)  # we go on without Valkey, and come back by ourselves
        self._ringing = Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS, retry=never
        )
        self._hearing = Redis.from_url(
            url, socket_connect_timeout=_TIMEOUT_SECONDS, retry=never, decode_responses=True
        )
        self._subscription: PubSub | None = None
        self._listener: asyncio.Task[None] | None = None
        self._away = False
        self._again_at = 0.0

    async def ring(self, name: str) -> None:
        if self._away and time.monotonic() < self._again_at:
            await self._here.ring(name)  # a server that hangs would cost every ring its timeout
            return
        try:
            await self._ringing.publish(_PREFIX + name, "")
            self._is_away(False)
        except _AWAY as error:
            self._again_at = time.monotonic() + _AGAIN_SECONDS
            self._is_away(True, error)
            await self._here.ring(name)

    async def wait(self, name: str, timeout: float) -> bool:
        await self._hear(name)
        return await self._here.wait(name, timeout)

    async def close(self) -> None:
        """Stops listening and closes the connections."""
        while self._listener is not None and not self._listener.done():
            self._listener.cancel()  # until it heeds: redis-py loses one that comes while it connects
            await asyncio.wait({self._listener}, timeout=0.01)
        await self._ringing.aclose()
        await self._hearing.aclose()

    async def _hear(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            if self._subscription is not None:
                with suppress(*_AWAY):  # the listener finds out too, and subscribes to all names again
                    await self._subscription.subscribe(_PREFIX + name)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except _AWAY as error:
                self._is_away(True, error)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen_once(self) -> None:
        """Hears until Valkey goes away, which raises."""
        async with self._hearing.pubsub() as subscription:
            heard: set[str] = set()
            while new := self._names - heard:  # some may be waited on while we subscribe to the others
                await subscription.subscribe(*(_PREFIX + name for name in new))
                heard |= new
            self._subscription = subscription
            try:
                while True:
                    message = await subscription.get_message(timeout=_QUIET_SECONDS)
                    if message is None:
                        await subscription.ping()
                    elif message["type"] == "message":
                        await self._here.ring(message["channel"].removeprefix(_PREFIX))
                    else:
                        self._is_away(False)
            finally:
                self._subscription = None

    def _is_away(self, away: bool, error: BaseException | None = None) -> None:
        """Says once that Valkey went, and once that it is back."""
        if away and not self._away:
            log.warning("bell_away", reason=type(error).__name__)
        elif self._away and not away:
            log.info("bell_back")
        self._away = away
