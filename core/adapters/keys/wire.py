"""The signer's wire: a frame is its length (4 bytes, big-endian) and a JSON object of that many bytes.

Request: `{"method": ..., "params": {...}}`. Answer, one of: `{"ok": {...}}`, `{"refused": {"code", "args"}}`
(a `UserError`), `{"fault": reference}` (ours; nothing is known). One request at a time on a connection.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

MAX_FRAME = 16_384  # a launch request is under 1 kB, a signed transaction in base64 under 1.7 kB
_LENGTH = struct.Struct(">I")
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: Linux's struct ucred


class WireError(Exception):
    """What came is not a frame of ours. The connection is of no further use."""


def encode(message: dict[str, Any]) -> bytes:
    """The frame. Raises `WireError` if the message is too large."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MAX_FRAME:
        raise WireError("message too large")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message; None at a clean end. Raises `WireError`, and `OSError` of the connection."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if not 0 < length <= MAX_FRAME:
            raise WireError("frame length out of range")
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError as end:
        if end.partial or end.expected != _LENGTH.size:
            raise WireError("connection ended inside a frame") from None
        return None
    try:
        message = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise WireError("frame is not JSON") from None
    if not isinstance(message, dict):
        raise WireError("frame is not an object")
    return message


def peer(connection: socket.socket) -> tuple[int, int]:
    """pid and uid of the process at the other end, as the kernel knows them. Linux only."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    return pid, uid


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")  # two readers could each believe a different one
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
