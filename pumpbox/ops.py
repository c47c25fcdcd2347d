"""What the operator's tools ask a process on OPS_PORT: /healthz, /readyz and /metrics. Not for the public."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.settings import Settings
from pumpbox.refused import Refused


@asynccontextmanager
async def answering(settings: Settings | None) -> AsyncIterator[None]:
    """Answers on `OPS_PORT` meanwhile; nothing with 0, or for None: a role that has no network.

    Raises `Refused` if the port can't be had.
    """
    if settings is None or not settings.ops_port:
        yield
        return
    from aiohttp import web  # late, as the next ones: not every process has it

    from core.adapters.metrics.prometheus import CONTENT_TYPE
    from core.bootstrap.board import board
    from core.bootstrap.health import Health
    from core.bootstrap.listening import listening
    from core.bootstrap.metrics import process_meter

    meter = process_meter()
    async with Health(settings, board()) as health:

        async def metrics(request: web.Request) -> web.Response:
            works = board().works()
            meter.roles(works)
            if "announcer" in works:  # one role of an installation says what waits; it has the outbox anyway
                await health.measure(meter)
            return web.Response(body=meter.page(), headers={"Content-Type": CONTENT_TYPE})

        app = web.Application()
        app.add_routes([*health.routes(), web.get("/metrics", metrics)])
        async with AsyncExitStack() as opened:
            try:
                await opened.enter_async_context(listening(app, settings.ops_host, settings.ops_port))
            except OSError as error:
                where = f"{settings.ops_host}:{settings.ops_port}"
                raise Refused(
                    f"can't listen on OPS_PORT {where}: {os.strerror(error.errno or 0)}; set another"
                ) from None
            yield
