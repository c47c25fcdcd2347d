"""Whether a Valkey answers now."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.adapters.queue.valkey import ValkeyAway


async def ping(url: str, timeout: float = 1.0) -> None:
    """Returns when the server has answered. Raises `ValkeyAway`, in words without the URL: it may hold a password."""
    client = Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
    )
    try:
        await client.ping()
    except (RedisError, OSError, TimeoutError) as error:
        raise ValkeyAway(type(error).__name__) from None
    finally:
        await client.aclose()
