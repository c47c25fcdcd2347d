"""The signer's socket: frames in, answers out. Knows nothing of keys or orders."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import stat
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from core.adapters.keys import wire
from core.domain.errors import UserError

Handle = Callable[[dict[str, Any], int], Awaitable[dict[str, Any]]]
_MAX_CONNECTIONS = 256
_FRAME_TIMEOUT = 30.0  # seconds from a frame's first byte to the answer's last
_STOP_TIMEOUT = 5.0  # seconds that a request in progress may take at a clean stop
log = structlog.get_logger()


class SocketRefused(Exception):
    """The socket can't be opened safely. One line, says what to do."""


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A listening socket (0600) in a directory that only this user may enter; its name goes at the end.

    A leftover socket is replaced: whoever calls holds the lock that says that no other signer runs.
    Raises `SocketRefused`.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = path.parent.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            # the folder lies in /tmp: somebody else may have made it first
            raise SocketRefused(f"{path.parent} is not a folder of this user; remove it")
        path.parent.chmod(0o700)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:
        raise SocketRefused(f"can't prepare the signer's socket {path}: {error}") from error
    with listener:
        try:
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(_MAX_CONNECTIONS)
        except OSError as error:
            raise SocketRefused(f"can't open the signer's socket {path}: {error}") from error
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


class Server:
    """Serves connections of this user's processes until `stop`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._connections: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(
        self, listener: socket.socket, ready: Callable[[str], None] | None, stop: asyncio.Event
    ) -> None:
        """Calls `ready` with the socket's path when connections are accepted. After `stop`, returns when
        what was being answered has been."""
        server = await asyncio.start_unix_server(self._accept, sock=listener, limit=wire.MAX_FRAME * 2)
        if ready is not None:
            ready(listener.getsockname())
        await stop.wait()
        self._stopping = True
        server.close()
        for task in self._idle:
            task.cancel()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=_STOP_TIMEOUT)
            for task in late:
                task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs this as a task of its own
        pid, uid = wire.peer(writer.get_extra_info("socket"))
        if uid != os.geteuid() or self._stopping or len(self._connections) >= _MAX_CONNECTIONS:
            log.warning("signer.connection_refused", pid=pid, uid=uid)
            writer.close()
            return
        self._connections.add(task)
        try:
            await self._converse(task, reader, writer, pid)
        except (OSError, TimeoutError, wire.WireError) as error:
            log.info("signer.connection_ended", pid=pid, reason=type(error).__name__)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int
    ) -> None:
        while not self._stopping:
            self._idle.add(task)
            try:
                message = await wire.read_frame(reader)
            finally:
                self._idle.discard(task)
            if message is None:
                return
            async with asyncio.timeout(_FRAME_TIMEOUT):
                writer.write(wire.encode(await self._answer(message, pid)))
                await writer.drain()

    async def _answer(self, message: dict[str, Any], pid: int) -> dict[str, Any]:
        try:
            return {"ok": await self._handle(message, pid)}
        except UserError as refusal:
            return {"refused": {"code": refusal.code, "args": refusal.arguments}}
        except Exception as fault:  # noqa: BLE001 - whatever it is, the signer goes on; the caller knows nothing
            reference = secrets.token_hex(4)
            log.error("signer.fault", reference=reference, pid=pid, **_describe(fault))
            return {"fault": reference}


def _describe(fault: BaseException) -> dict[str, Any]:
    """Where it happened, without the exception's own words: a library may quote its arguments, and in this
    process an argument may be a key."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"kind": type(fault).__name__, "where": where}
