"""JSON-RPC to a Solana node over one HTTP session.

Our own sixty lines rather than solana-py's client: that one hands every error to solders, which panics (a
`BaseException`) on error codes whose `data` a provider left out. docs/adr/0007.
"""

from __future__ import annotations

import itertools
import json
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from core.adapters.chain.answers import fits, plain
from core.ports.chain import ChainAway
from core.ports.meter import SILENT, Meter

TIMEOUT = aiohttp.ClientTimeout(total=5, connect=2)
MAX_ANSWER = 32 * 2**20  # bytes


class RpcRefused(Exception):
    """The node answered with an error. `code` (0: none), `message` and `data` are the node's."""

    def __init__(self, code: int, message: str, data: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.data = code, message, data


class Rpc:
    """`async with Rpc(url) as rpc: await rpc.call("getSlot")`. Opens nothing before it is entered."""

    def __init__(self, url: str, meter: Meter = SILENT) -> None:
        self._url, self._meter = url, meter
        self._ids = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, *params: Any) -> Any:
        """The `result`. Raises `ChainAway` when there is no proper answer, `RpcRefused` for an error."""
        begun, outcome = time.perf_counter(), "away"
        try:
            result = await self._call(method, params)
            outcome = "answered"
        except RpcRefused:
            outcome = "refused"
            raise
        finally:
            self._meter.rpc(method, outcome, time.perf_counter() - begun)
        return result

    async def _call(self, method: str, params: tuple[Any, ...]) -> Any:
        assert self._session is not None, "used outside its context"
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            async with self._session.post(self._url, json=request) as response:
                answer = json.loads(await _whole(response))
        except (TimeoutError, aiohttp.ClientError, ValueError, RecursionError) as error:
            # The URL may hold a provider's key: only the kind of failure is said.
            raise ChainAway(f"{method}: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise ChainAway(f"{method}: no JSON-RPC answer")
        failure = answer.get("error")
        if isinstance(failure, dict):
            code = failure.get("code")
            words = plain(str(failure.get("message", "")))
            raise RpcRefused(code if type(code) is int else 0, words, failure.get("data"))
        if "result" not in answer:
            raise ChainAway(f"{method}: no result")
        if not fits(method, answer["result"]):
            raise ChainAway(f"{method}: not what a node answers")
        return answer["result"]


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body to its end: it comes in pieces of any size. Raises `ValueError` beyond `MAX_ANSWER`."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_ANSWER:
            raise ValueError("too large")
    return bytes(body)
