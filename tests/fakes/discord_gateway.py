"""The gateway half of the fake Discord: sessions, sequences, heartbeats, resume."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11

MOST_A_MINUTE, LONGEST = 120, 4096  # frames from a client on one connection; bytes of one


@dataclass
class Session:
    """What a client identified; events are kept so that a resume can replay them."""

    id: str
    intents: int
    events: list[Json] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


class Gateway:
    """`greet(session)` gives the events that follow an IDENTIFY: READY, then the guilds."""

    def __init__(self, token: str, greet: Callable[[Session], list[tuple[str, Json]]]) -> None:
        self._token, self._greet = token, greet
        self._ids = itertools.count(1)
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.changed = asyncio.Condition()

    @property
    def session(self) -> Session:
        """The newest one."""
        return list(self.sessions.values())[-1]

    async def connected(self, resumed: int = 0, identified: int = 1) -> None:
        """Until a client is there, having resumed and identified at least so often."""
        async with self.changed:
            await self.changed.wait_for(
                lambda: (
                    self.identified >= identified
                    and self.resumed >= resumed
                    and self.session.socket is not None
                )
            )

    async def dispatch(self, event: str, data: Json) -> None:
        """To every live session, or kept for its resume."""
        for session in self.sessions.values():
            await self._emit(session, event, data)

    async def ask_to_reconnect(self) -> None:
        """Opcode 7, as before a gateway goes down: the client is to resume."""
        session = self.session
        assert session.socket is not None
        await self._write(session.socket, {"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        """Opcode 9."""
        session = self.session
        assert session.socket is not None
        if not resumable:
            del self.sessions[session.id]
        await self._write(session.socket, {"op": INVALID, "d": resumable})

    async def drop(self) -> None:
        """The connection breaks; what happens meanwhile is replayed on resume."""
        session = self.session
        socket, session.socket = session.socket, None
        assert socket is not None
        await socket.close(code=4000)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        times: list[float] = []
        await self._write(socket, {"op": HELLO, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            now = asyncio.get_running_loop().time()
            times = [*(then for then in times if then > now - 60), now]
            if len(times) > MOST_A_MINUTE:
                await socket.close(code=4008, message=b"Rate limited.")
            elif len(message.data) > LONGEST:
                await socket.close(code=4002, message=b"Decode error.")
            elif message.type is WSMsgType.TEXT:
                await self._receive(socket, json.loads(message.data))
        for session in self.sessions.values():
            if session.socket is socket:
                session.socket = None
        return socket

    async def _receive(self, socket: web.WebSocketResponse, frame: Json) -> None:
        op, data = frame["op"], frame["d"]
        if op == HEARTBEAT:
            await self._write(socket, {"op": ACK, "d": None})
        elif op in (IDENTIFY, RESUME) and data["token"] != self._token:
            await socket.close(code=4004, message=b"Authentication failed.")
        elif op == IDENTIFY:
            await self._identify(socket, data)
        elif op == RESUME:
            await self._resume(socket, data)
        async with self.changed:
            self.changed.notify_all()

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> None:
        session = Session(f"session-{next(self._ids)}", data["intents"], socket=socket)
        self.sessions[session.id] = session
        for event, payload in self._greet(session):
            await self._emit(session, event, payload)
        self.identified += 1

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            await self._write(socket, {"op": INVALID, "d": False})
            return
        missed = session.events[data["seq"] :]
        session.socket = socket
        for frame in missed:
            await self._write(socket, frame)
        await self._emit(session, "RESUMED", {})
        self.resumed += 1

    async def _emit(self, session: Session, event: str, data: Json) -> None:
        frame = {"op": DISPATCH, "t": event, "s": len(session.events) + 1, "d": data}
        session.events.append(frame)
        if session.socket is not None and not session.socket.closed:
            await self._write(session.socket, frame)

    @staticmethod
    async def _write(socket: web.WebSocketResponse, frame: Json) -> None:
        await socket.send_str(json.dumps(frame))
