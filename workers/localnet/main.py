"""The role: one node behind one pair of ports, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp import web

from workers.localnet.config import LocalnetConfig
from workers.localnet.node import Node
from workers.localnet.server import Handler, bind_pair
from workers.localnet.ws import Hub


@dataclass(frozen=True, slots=True)
class LocalNode:
    """A running node. `url` answers JSON-RPC; `ws_url` is the next port, as web3.js and the CLI expect."""

    node: Node
    url: str
    ws_url: str

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, config: LocalnetConfig) -> AsyncIterator[LocalNode]:
        """Runs a node in this event loop. Raises `LedgerError` if the ledger or the ports are taken."""
        first, second = bind_pair(config.host, config.port)
        with contextlib.ExitStack() as opened:
            opened.callback(second.close)
            opened.callback(first.close)
            node = Node(config)
            opened.callback(node.close)
            hub = Hub(node)
            runner = web.ServerRunner(web.Server(Handler(node, hub), access_log=None, auto_decompress=False))
            await runner.setup()
            ticker = asyncio.create_task(hub.tick())
            try:
                for sock in (first, second):
                    await web.SockSite(runner, sock).start()
                host = f"[{config.host}]" if ":" in config.host else config.host
                port = first.getsockname()[1]
                yield cls(node, f"http://{host}:{port}", f"ws://{host}:{port + 1}")
            finally:
                ticker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticker
                await hub.close()
                await runner.cleanup()


async def serve(
    settings: LocalnetConfig, *, ready: Callable[[str], None] | None = None, stop: asyncio.Event
) -> None:
    """Runs the node until `stop` is set; calls `ready` with its URL when it answers."""
    async with LocalNode.start(settings) as running:
        if ready is not None:
            ready(running.url)
        await stop.wait()
