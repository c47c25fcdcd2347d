"""Nobody holds a connection by saying nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from core.bootstrap import listening as module
from core.bootstrap.listening import AGAIN, CROWD, FIRST, Doorkeeper, listening


def connections(number: int) -> list[Any]:
    return [f"connection {n}" for n in range(number)]


def test_who_never_asks_is_let_go_soon_and_who_asked_is_kept_longer_than_a_proxy_keeps_it() -> None:
    door, (idle, busy) = Doorkeeper(), connections(2)
    assert door.overdue([idle, busy], 0) == []
    door.asks(busy, 1)
    assert door.overdue([idle, busy], FIRST + 1) == [idle]
    assert door.overdue([busy], AGAIN) == []
    assert door.overdue([busy], AGAIN + 2) == [busy]


def test_of_a_crowd_go_those_who_never_asked_then_the_longest_silent() -> None:
    door, many = Doorkeeper(), connections(CROWD + 2)
    door.overdue(many, 0)
    for number, connection in enumerate(many[1:]):
        door.asks(connection, number)
    assert door.overdue(many, FIRST / 2) == many[:2]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.01)
    monkeypatch.setattr(module, "FIRST", 0.05)
    monkeypatch.setattr(module, "AGAIN", 0.1)


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end_is_not_waited_for(said: bytes, unused_tcp_port: int) -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    async with listening(app, "127.0.0.1", unused_tcp_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 10) == b"", "the server hung up"
        writer.close()


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_nobody_reads_is_not_kept(unused_tcp_port: int) -> None:
    written = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(bytes(2**20))
        finally:
            written.set()

    app = web.Application()
    app.router.add_get("/", endless)
    async with listening(app, "127.0.0.1", unused_tcp_port):
        _, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(written.wait(), 10)
        writer.close()


@pytest.mark.usefixtures("impatient")
async def test_who_asks_is_answered(unused_tcp_port: int) -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    async with listening(app, "127.0.0.1", unused_tcp_port), aiohttp.ClientSession() as http:
        for _ in range(3):
            async with http.get(f"http://127.0.0.1:{unused_tcp_port}/") as answer:
                assert await answer.text() == "hello"


async def test_a_port_that_is_taken_is_an_os_error(unused_tcp_port: int) -> None:
    async with listening(web.Application(), "127.0.0.1", unused_tcp_port):
        with pytest.raises(OSError, match="address already in use"):
            async with listening(web.Application(), "127.0.0.1", unused_tcp_port):
                raise AssertionError("unreachable")
