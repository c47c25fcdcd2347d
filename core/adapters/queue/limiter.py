"""Rate limits: counted in Valkey for all processes, and by each for itself while Valkey is away."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_AGAIN_SECONDS = 1.0  # between attempts to reach Valkey: nobody waits for it meanwhile
_TIMEOUT_SECONDS = 0.25

log = structlog.get_logger(__name__)


class LocalLimiter:
    """The `Limiter` port inside one process: a moving window, so that no burst fits around a boundary."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, key: str, times: int, per: int) -> int:
        return await _hit(self._windows, key, times, per)


class ValkeyLimiter:
    """The `Limiter` port between processes. url: `redis://`, `rediss://` or `unix://`."""

    def __init__(self, url: str, now: Callable[[], float] = time.monotonic) -> None:
        self._pool = ConnectionPool.from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="pumpbox:limit",
            connection_pool=self._pool,  # type: ignore[arg-type]  # passed on to redis-py as it is
        )
        self._windows = MovingWindowRateLimiter(storage)
        self._local = LocalLimiter()
        self._now = now
        self._away_until: float | None = None

    async def hit(self, key: str, times: int, per: int) -> int:
        if self._away_until is not None and self._now() < self._away_until:
            return await self._local.hit(key, times, per)
        try:
            seconds = await _hit(self._windows, key, times, per)
        except (RedisError, OSError, TimeoutError) as error:
            if self._away_until is None:
                log.warning("limiter_away", reason=type(error).__name__)
            self._away_until = self._now() + _AGAIN_SECONDS
            return await self._local.hit(key, times, per)
        if self._away_until is not None:
            log.info("limiter_back")
            self._away_until = None
        return seconds

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.disconnect()


async def _hit(windows: MovingWindowRateLimiter, key: str, times: int, per: int) -> int:
    item = RateLimitItemPerSecond(times, per)
    if await windows.hit(item, key):
        return 0
    stats = await windows.get_window_stats(item, key)
    return max(1, math.ceil(stats.reset_time - time.time()))
