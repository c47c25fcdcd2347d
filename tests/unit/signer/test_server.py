"""The socket: who may come in, and what hostile bytes do (nothing)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import struct
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.adapters.keys import wire
from core.adapters.keys.client import SocketSigner
from core.domain.errors import UserError
from core.ports.signer import SignerAway
from workers.signer.server import Server, SocketRefused, listening


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sock-") as directory:
        yield Path(directory) / "run" / "s.sock"


@asynccontextmanager
async def serving(path: Path, handle: Any) -> AsyncIterator[asyncio.Event]:
    """A server with that handler; gives the event that stops it."""
    stop, up = asyncio.Event(), asyncio.Event()
    with listening(path) as listener:
        task = asyncio.create_task(Server(handle).run(listener, lambda _: up.set(), stop))
        await up.wait()
        try:
            yield stop
        finally:
            stop.set()
            await task


@asynccontextmanager
async def calling(path: Path, timeout: float = 5.0) -> AsyncIterator[SocketSigner]:
    client = SocketSigner(path, timeout)
    try:
        yield client
    finally:
        await client.close()


async def _echo(message: dict[str, Any], pid: int) -> dict[str, Any]:
    return {"address": str(pid), **message["params"]}


async def _exchange(path: Path, raw: bytes) -> bytes:
    """What comes back for raw bytes until the server hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(raw)
    if len(raw) <= 1_024:
        writer.write_eof()  # longer ones are cut off by the server in the middle
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""  # the server left before it had read everything
    finally:
        writer.close()


def test_only_its_owner_can_reach_the_socket(path: Path) -> None:
    with listening(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


async def test_the_asking_process_is_known_by_the_kernels_word(path: Path) -> None:
    async with serving(path, _echo), calling(path) as client:
        assert await client.create_wallet("ann") == str(os.getpid())


async def test_another_users_process_is_turned_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "peer", lambda _: (1, os.geteuid() + 1))
    async with serving(path, _echo):
        assert await _exchange(path, wire.encode({"method": "x", "params": {}})) == b""


async def test_a_socket_of_another_user_is_not_trusted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(path, _echo):
        real = wire.peer
        monkeypatch.setattr(wire, "peer", lambda at: (real(at)[0], os.getuid() + 1))
        with pytest.raises(SignerAway, match="another user listens"):
            await SocketSigner(path).create_wallet("ann")


def test_a_folder_that_somebody_else_made_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(SocketRefused, match="not a folder of this user"), listening(path):
        pass


def test_a_link_in_the_folders_place_is_refused(path: Path) -> None:
    path.parent.symlink_to("/tmp")
    with pytest.raises(SocketRefused, match="not a folder of this user"), listening(path):
        pass


def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(SocketRefused, match="can't open"), listening(tmp_path / ("x" * 120) / "s.sock"):
        pass


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 0),
        struct.pack(">I", 2**32 - 1),
        struct.pack(">I", wire.MAX_FRAME + 1) + b"x" * (wire.MAX_FRAME + 1),
        struct.pack(">I", 10) + b"{",
        struct.pack(">I", 4) + b"[1]\n",
        struct.pack(">I", 2) + b"\xff\xfe",
        struct.pack(">I", 9) + b'{"a":NaN}',
        struct.pack(">I", 13) + b'{"a":1,"a":2}',
        struct.pack(">I", 16_000) + b"[" * 16_000,
        struct.pack(">I", 6_000) + b'{"a":' + b"9" * 5_994 + b"}",
    ],
)
async def test_bytes_that_are_no_request_end_the_connection_and_nothing_else(path: Path, raw: bytes) -> None:
    async with serving(path, _echo), calling(path) as client:
        assert await _exchange(path, raw) == b""
        assert await client.create_wallet("ann")


async def test_a_slow_peer_holds_up_nobody(path: Path) -> None:
    async with serving(path, _echo), calling(path) as client:
        slow, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"\x00\x00")
        assert await client.create_wallet("ann")
        frame = wire.encode({"method": "x", "params": {"n": 1}})
        writer.write(struct.pack(">I", len(frame) - 4)[2:] + frame[4:])
        assert json.loads((await slow.readexactly(4), await slow.read(1_000))[1])["ok"]["n"] == 1
        writer.close()


async def test_a_refusal_keeps_its_code_and_arguments(path: Path) -> None:
    async def refuse(message: dict[str, Any], pid: int) -> dict[str, Any]:
        raise UserError("withdraw-limit", limit="5", left="1")

    async with serving(path, refuse), calling(path) as client:
        for _ in range(2):  # the connection survives a refusal
            with pytest.raises(UserError) as refused:
                await client.create_wallet("ann")
            assert refused.value.arguments == {"limit": "5", "left": "1"}


async def test_a_fault_is_named_by_reference_and_its_words_stay_inside(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(message: dict[str, Any], pid: int) -> dict[str, Any]:
        raise ValueError("secret words")

    async with serving(path, fail), calling(path) as client:
        with pytest.raises(SignerAway, match=r"reference [0-9a-f]{8}"):
            await client.create_wallet("ann")
    printed = capsys.readouterr()
    assert "ValueError" in printed.out
    assert "secret words" not in printed.out + printed.err


async def test_a_stop_finishes_what_is_being_answered(path: Path) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def wait(message: dict[str, Any], pid: int) -> dict[str, Any]:
        asked.set()
        await go.wait()
        return {"address": "done"}

    async with serving(path, wait) as stop, calling(path) as client:
        idle = await asyncio.open_unix_connection(str(path))
        call = asyncio.create_task(client.create_wallet("ann"))
        await asked.wait()
        stop.set()
        go.set()
        assert await call == "done"
        assert await idle[0].read() == b""  # an idle connection is simply closed
        idle[1].close()


async def test_no_answer_in_time_is_away(path: Path) -> None:
    release = asyncio.Event()

    async def late(message: dict[str, Any], pid: int) -> dict[str, Any]:
        await release.wait()
        return {}

    async with serving(path, late), calling(path, timeout=0.05) as client:
        with pytest.raises(SignerAway, match=r"within 0\.05 s"):
            await client.create_wallet("ann")
        release.set()


async def test_an_abandoned_answer_reaches_nobody_else(path: Path) -> None:
    release = asyncio.Event()

    async def late_first(message: dict[str, Any], pid: int) -> dict[str, Any]:
        if message["params"]["request_id"] == "slow":
            await release.wait()
        return {"address": message["params"]["request_id"]}

    async with serving(path, late_first), calling(path, timeout=0.1) as client:
        with pytest.raises(SignerAway):
            await client.create_wallet("slow")
        release.set()
        assert await client.create_wallet("quick") == "quick"


async def test_nobody_there_is_away(path: Path) -> None:
    with pytest.raises(SignerAway, match="can't be reached"):
        await SocketSigner(path).create_wallet("ann")


@pytest.mark.parametrize(
    "answer",
    [{}, {"ok": 5}, {"ok": {}}, {"ok": {"address": 5}}, {"refused": {"code": 5, "args": {}}}, {"what": 1}],
)
async def test_an_answer_that_makes_no_sense_is_away(path: Path, answer: dict[str, Any]) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await wire.read_frame(reader)
        writer.write(wire.encode(answer))
        await writer.drain()
        writer.close()

    with listening(path) as listener:
        server = await asyncio.start_unix_server(speak, sock=listener)
        async with calling(path) as client:
            with pytest.raises(SignerAway, match="makes no sense"):
                await client.create_wallet("ann")
        server.close()


def test_the_wires_peer_is_this_process_on_a_pair() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert wire.peer(one) == (os.getpid(), os.getuid())
