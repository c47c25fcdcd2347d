"""HTTP and WebSocket on a pair of ports."""

from __future__ import annotations

import socket
import zlib

from aiohttp import web

from workers.localnet.errors import PARSE_ERROR, LedgerError, RpcError
from workers.localnet.node import Node
from workers.localnet.rpc import dispatch
from workers.localnet.ws import Hub

MAX_BODY = 1024 * 1024
_GZIP = b"\x1f\x8b"
_TRIES = 50
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "content-type, solana-client",
    "Access-Control-Max-Age": "86400",
}


class Handler:
    """Answers requests: POST is JSON-RPC, an upgrade is a WebSocket, GET /health is for supervisors."""

    def __init__(self, node: Node, hub: Hub) -> None:
        self._node = node
        self._hub = hub

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        if request.method == "POST":
            return self._rpc(await request.read(), request)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_CORS)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._hub.serve(request)
        if request.path == "/health":
            return web.Response(text="ok")
        return web.Response(status=405, text="JSON-RPC answers POST; WebSocket answers an upgrade")

    def _rpc(self, body: bytes, request: web.BaseRequest) -> web.Response:
        try:
            text = dispatch.handle(self._node, _inflated(body))
        except RpcError as error:
            text = dispatch.dumps(dispatch.failure(None, error))
        headers = _CORS if "Origin" in request.headers else None
        return web.Response(text=text, content_type="application/json", headers=headers)


def _inflated(body: bytes) -> bytes:
    """The body, decompressed if it is gzip: some clients claim gzip and send plain JSON."""
    if not body.startswith(_GZIP):
        return body
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = inflater.decompress(body, MAX_BODY)
    except zlib.error as error:
        raise RpcError(PARSE_ERROR, "Parse error: the body is broken gzip") from error
    if not inflater.eof:
        raise RpcError(PARSE_ERROR, f"Parse error: the body is cut off or over {MAX_BODY} bytes")
    return plain


def bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Two listening sockets on neighbouring ports; port 0 finds a free pair. LedgerError if taken."""
    for _ in range(_TRIES if port == 0 else 1):
        first = _bind(host, port)
        if first is None:
            continue
        second = _bind(host, first.getsockname()[1] + 1)
        if second is not None:
            return first, second
        first.close()
    raise LedgerError(
        f"ports {port} and {port + 1} on {host} can't both be had: stop what uses them, or choose another port"
    )


def _bind(host: str, port: int) -> socket.socket | None:
    """A bound socket, None if the port is taken or there is no such port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(1024)
    except (OSError, OverflowError):
        made.close()
        return None
    return made
