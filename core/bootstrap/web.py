"""The web role: published pictures and metadata, and whether we are well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from core.adapters.storage.local import routes
from core.settings import Settings


async def run(settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serves until `stop` is set. Raises `OSError` if the port is taken."""
    app = web.Application()
    app.add_routes(routes(settings.files_dir))
    app.router.add_get("/healthz", _healthy)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        # Behind a proxy or in a container PUBLIC_URL is set and others must reach us; else only this machine.
        host = "0.0.0.0" if settings.public_url else "127.0.0.1"  # noqa: S104 - asked for by PUBLIC_URL
        site = web.TCPSite(runner, host, settings.http_port)
        await site.start()
        ready(f"http://127.0.0.1:{settings.http_port}")
        await stop.wait()
    finally:
        await runner.cleanup()


async def _healthy(request: web.Request) -> web.Response:
    return web.json_response({"ok": True})
