"""Serving HTTP where strangers may connect: nobody holds a connection by saying nothing.

aiohttp waits for a request's head, and for who does not read its answer, for ever. A process has about a thousand
descriptors for everything, its database's too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler

FIRST = 30.0  # seconds in which a connection's first request must have come
AGAIN = 600.0  # seconds from one request to the next; longer than proxies keep theirs, so that they end it
CROWD = 200  # connections beyond which those that are due first are let go at once
LOOK = 1.0  # seconds between looks


class Doorkeeper:
    """Remembers by when each connection must have asked for something. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._due: dict[RequestHandler, float] = {}

    def asks(self, connection: RequestHandler, now: float) -> None:
        self._due[connection] = now + AGAIN

    def overdue(self, connections: Sequence[RequestHandler], now: float) -> list[RequestHandler]:
        """Which of the open connections are to be closed."""
        self._due = {each: self._due.get(each, now + FIRST) for each in connections}
        soonest = sorted(connections, key=self._due.__getitem__)
        crowd = max(0, len(soonest) - CROWD)
        return soonest[:crowd] + [each for each in soonest[crowd:] if self._due[each] < now]


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int, **how: Any) -> AsyncIterator[None]:
    """Serves `app` meanwhile. how: options of aiohttp's `AppRunner`. Raises `OSError` if the port can't be had."""
    door = Doorkeeper()

    @web.middleware
    async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
        door.asks(request.protocol, time.monotonic())
        return await handler(request)

    app.middlewares.append(noted)
    runner = web.AppRunner(app, access_log=None, **how)
    await runner.setup()
    keeping: asyncio.Task[None] | None = None
    starting = asyncio.create_task(web.TCPSite(runner, host, port).start())
    try:
        await asyncio.shield(starting)  # cancelled half way it would keep the port
        keeping = asyncio.create_task(_keep(door, runner))
        yield
    finally:
        if keeping is not None:
            keeping.cancel()
        await asyncio.wait({starting})
        await runner.cleanup()  # first: it closes the port before it waits for anything
        if keeping is not None:
            await asyncio.gather(keeping, return_exceptions=True)


async def _keep(door: Doorkeeper, runner: web.AppRunner) -> None:
    while runner.server is not None:
        for connection in door.overdue(runner.server.connections, time.monotonic()):
            transport = connection.transport
            connection.force_close()
            if transport is not None:
                transport.abort()  # closing alone would wait until what was answered is read
        await asyncio.sleep(LOOK)
