"""The valkey role: the embedded server, for as long as the role runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.adapters.queue.valkey import EmbeddedValkey
from core.settings import Settings

LOOK_EVERY = 2.0  # seconds


async def run(settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Starts the server, or takes the one that a killed parent left; stops it at the end.

    Raises `ValkeyAway` if it can't be started, `ConnectionError` when it has died.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = EmbeddedValkey(settings.data_dir / "valkey", settings.valkey_socket)
    await server.start()
    try:
        ready(server.url)
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
            except TimeoutError:
                if not server.answers():
                    raise ConnectionError("the embedded Valkey has died") from None
    finally:
        await server.stop()
