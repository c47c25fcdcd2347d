"""The web role: published pictures and metadata, and whether we are well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from core.adapters.storage.local import routes
from core.bootstrap.board import board
from core.bootstrap.health import Health
from core.bootstrap.listening import listening
from core.bootstrap.places import own_web
from core.settings import Settings


async def run(settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serves until `stop` is set. Raises `OSError` if the port is taken."""
    async with Health(settings, board()) as health:
        app = web.Application()
        app.add_routes([*routes(settings.files_dir), *health.routes()])
        # Behind a proxy PUBLIC_URL is set and others must reach us; else only this machine.
        everywhere = "0.0.0.0" if settings.public_url else "127.0.0.1"  # noqa: S104 - asked for by PUBLIC_URL
        async with listening(app, settings.http_host or everywhere, settings.http_port):
            ready(own_web(settings))
            await stop.wait()
