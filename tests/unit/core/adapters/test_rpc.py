"""The JSON-RPC client against a server that answers as the internet does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from core.adapters.chain import rpc as client
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.ports.chain import ChainAway

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def asking(answer: Answer) -> AsyncIterator[Rpc]:
    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _, port = runner.addresses[0]
        async with Rpc(f"http://127.0.0.1:{port}/?api-key=hidden") as rpc:
            yield rpc
    finally:
        await runner.cleanup()


def saying(text: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text)

    return answer


def in_pieces(text: str, size: int) -> Answer:
    """Sent as a slow network brings it: each piece on its own."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(text), size):
            await response.write(text[start : start + size].encode())
        return response

    return answer


async def test_a_long_answer_is_read_to_its_end() -> None:
    listed = [{"signature": "5" * 88, "slot": slot, "err": None} for slot in range(3_000)]
    async with asking(in_pieces(json.dumps({"id": 1, "result": listed}), 10_000)) as rpc:
        assert await rpc.call("getSignaturesForAddress", "x") == listed


async def test_an_answer_without_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_ANSWER", 1_000)
    async with asking(saying(json.dumps({"result": "x" * 2_000}))) as rpc:
        with pytest.raises(ChainAway):
            await rpc.call("getSlot")


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", '"result"', '{"result": 1'])
async def test_what_is_no_answer_says_nothing_of_the_url(text: str) -> None:
    async with asking(saying(text)) as rpc:
        with pytest.raises(ChainAway) as away:
            await rpc.call("getSlot")
    assert "hidden" not in str(away.value)


async def test_a_refusal_keeps_the_nodes_words() -> None:
    refusal = {"error": {"code": -32_005, "message": "behind", "data": {"numSlotsBehind": 9}}}
    async with asking(saying(json.dumps(refusal))) as rpc:
        with pytest.raises(RpcRefused, match="-32005: behind") as refused:
            await rpc.call("getSlot")
    assert refused.value.data == {"numSlotsBehind": 9}


async def test_a_refusals_words_move_no_terminals_cursor() -> None:
    refusal = {"error": {"code": "none", "message": "\x1b]0;owned\x07\x1b[2J"}}
    async with asking(saying(json.dumps(refusal))) as rpc:
        with pytest.raises(RpcRefused) as refused:
            await rpc.call("getSlot")
    assert refused.value.code == 0
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text", ['{"result": -1}', '{"result": ' + "[" * 100_000, '{"result": 1' + "0" * 9_999 + "}"]
)
async def test_a_result_that_can_not_be_is_no_answer(text: str) -> None:
    async with asking(saying(text)) as rpc:
        with pytest.raises(ChainAway):
            await rpc.call("getSlot")
