"""`SocketSigner`: the signer's port over its Unix socket."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.adapters.keys import wire
from core.domain.errors import UserError
from core.domain.intent import Intent, to_json
from core.ports.chain import Blockhash, Compute
from core.ports.meter import SILENT, Meter
from core.ports.signer import Signed, SignerAway

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_MAX_CONNECTIONS = 64


class SocketSigner:
    """Implements `core.ports.signer.Signer`. Connects on first use, again after a break.

    A request whose connection broke is sent once more on a new one: every request is idempotent, so that a
    signer that restarted between two calls is not noticed. `timeout` is in seconds, for the whole call.
    """

    def __init__(self, path: Path, timeout: float = 5.0, meter: Meter = SILENT) -> None:
        self._path, self._meter = path, meter
        self._timeout = timeout
        self._idle: deque[_Connection] = deque()
        self._slots = asyncio.Semaphore(_MAX_CONNECTIONS)

    async def create_wallet(self, request_id: str) -> str:
        answer = await self._call("create_wallet", {"request_id": request_id})
        return _text(answer, "address")

    async def sign(
        self, order_id: str, wallet: str, intent: Intent, blockhash: Blockhash, compute: Compute
    ) -> Signed:
        params = {
            "order_id": order_id,
            "wallet": wallet,
            "intent": to_json(intent),
            "blockhash": asdict(blockhash),
            "compute": asdict(compute),
        }
        answer = await self._call("sign", params)
        try:
            raw = base64.b64decode(_text(answer, "raw"), validate=True)
        except binascii.Error:
            raise SignerAway("the signer's answer makes no sense") from None
        return Signed(raw, _text(answer, "signature"), _number(answer, "last_valid_block_height"))

    async def withdrawn_today(self, wallet: str) -> tuple[int, int]:
        answer = await self._call("withdrawn_today", {"wallet": wallet})
        return _number(answer, "lamports"), _number(answer, "limit")

    async def ping(self) -> None:
        """Returns when the signer has answered. Raises `SignerAway`."""
        await self._call("ping", {})

    async def close(self) -> None:
        """Closes the idle connections; the signer can be used again afterwards."""
        while self._idle:
            _, writer = self._idle.popleft()
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                continue  # the other side was first

    async def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        begun, outcome = time.perf_counter(), "away"
        try:
            result = await self._request(method, params)
            outcome = "answered"
        except UserError:
            outcome = "refused"
            raise
        finally:
            self._meter.signer(method, outcome, time.perf_counter() - begun)
        return result

    async def _request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            frame = wire.encode({"method": method, "params": params})
        except wire.WireError:
            raise UserError("order-invalid", field="size") from None
        try:
            async with asyncio.timeout(self._timeout), self._slots:
                return _outcome(await self._exchange(frame))
        except TimeoutError:
            raise SignerAway(f"the signer did not answer within {self._timeout} s") from None
        except (OSError, wire.WireError) as error:
            raise SignerAway(f"the signer can't be reached: {error}") from error

    async def _exchange(self, frame: bytes) -> dict[str, Any]:
        """Raises `OSError`, `WireError`."""
        while self._idle:
            connection = self._idle.popleft()
            try:
                return await self._ask(connection, frame)
            except (OSError, wire.WireError):
                continue  # it went stale while idle, or broke: repeating is safe
        return await self._ask(await self._connect(), frame)

    async def _ask(self, connection: _Connection, frame: bytes) -> dict[str, Any]:
        """One request on a connection, which is kept only if the answer came whole."""
        reader, writer = connection
        try:
            writer.write(frame)
            await writer.drain()
            answer = await wire.read_frame(reader)
            if answer is None:
                raise wire.WireError("the signer hung up")
        except BaseException:  # cancelled too: a late answer must not reach the next caller
            writer.close()
            raise
        self._idle.append(connection)
        return answer

    async def _connect(self) -> _Connection:
        reader, writer = await asyncio.open_unix_connection(str(self._path), limit=wire.MAX_FRAME * 2)
        _, uid = wire.peer(writer.get_extra_info("socket"))
        if uid != os.getuid():
            writer.close()
            raise wire.WireError("another user listens on the signer's socket")
        return reader, writer


def _outcome(answer: dict[str, Any]) -> dict[str, Any]:
    match answer:
        case {"ok": dict(result)}:
            return result
        case {"refused": {"code": str(code), "args": dict(args)}}:
            raise UserError(code, **args)
        case {"fault": str(reference)}:
            raise SignerAway(f"the signer failed; its log has reference {reference}")
        case _:
            raise SignerAway("the signer's answer makes no sense")


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise SignerAway("the signer's answer makes no sense")
    return value


def _number(answer: dict[str, Any], name: str) -> int:
    value = answer.get(name)
    if type(value) is not int:
        raise SignerAway("the signer's answer makes no sense")
    return value
