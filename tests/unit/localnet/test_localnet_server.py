"""The node on its ports: what HTTP and WebSocket clients get, polite or not."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from spl.token.constants import TOKEN_PROGRAM_ID

from tests.fakes.chain_builders import SOL, holding, make_holding, make_mint, pay, signed
from workers.localnet import ws
from workers.localnet.config import LocalnetConfig
from workers.localnet.errors import LedgerError
from workers.localnet.main import LocalNode, serve
from workers.localnet.server import MAX_BODY

HEALTH = b'{"jsonrpc":"2.0","id":1,"method":"getHealth"}'


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[LocalNode]:
    async with LocalNode.start(LocalnetConfig(tmp_path / "ledger.db")) as node:
        yield node


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def hear(client: ClientWebSocketResponse) -> Any:
    return json.loads(await asyncio.wait_for(client.receive_str(), 5))


async def say(client: ClientWebSocketResponse, method: str, *params: object) -> Any:
    await client.send_str(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    return await hear(client)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (HEALTH, {}),
        (HEALTH, {"Content-Encoding": "gzip"}),
        (gzip.compress(HEALTH), {"Content-Encoding": "gzip"}),
    ],
    ids=["plain", "plain that claims to be gzip", "gzip"],
)
async def test_bodies_as_clients_send_them(
    running: LocalNode, http: ClientSession, body: bytes, headers: dict[str, str]
) -> None:
    async with http.post(running.url, data=body, headers=headers) as answer:
        assert (await answer.json())["result"] == "ok"


async def test_what_is_too_large_or_broken_is_refused_and_the_node_lives_on(
    running: LocalNode, http: ClientSession
) -> None:
    bomb, broken = gzip.compress(bytes(10 * MAX_BODY)), b"\x1f\x8b" + b"junk" * 10
    for body in (bomb, broken):
        async with http.post(running.url, data=body) as answer:
            assert (await answer.json())["error"]["code"] == -32700
    async with http.post(running.url, data=io.BytesIO(b"x" * (MAX_BODY + 1))) as answer:
        assert answer.status == 413
    async with http.get(running.url) as answer:
        assert answer.status == 405
    async with http.get(f"{running.url}/health") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")


async def test_a_browser_may_ask(running: LocalNode, http: ClientSession) -> None:
    origin = {"Origin": "http://wallet.example"}
    async with http.options(running.url, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    async with http.post(running.url, data=HEALTH, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_second_node_is_refused_on_the_ledger_and_on_the_ports(
    running: LocalNode, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match="another node"):
        async with LocalNode.start(LocalnetConfig(tmp_path / "ledger.db")):
            pass
    port = int(running.url.rsplit(":", 1)[1])
    for taken in (port, port - 1, 65_535):
        with pytest.raises(LedgerError, match="choose another port"):
            async with LocalNode.start(LocalnetConfig(tmp_path / "other.db", port=taken)):
                pass


async def test_the_role_says_when_it_answers_and_stops_when_told(tmp_path: Path, http: ClientSession) -> None:
    stop, told = asyncio.Event(), asyncio.get_running_loop().create_future()
    role = asyncio.create_task(
        serve(LocalnetConfig(tmp_path / "ledger.db"), ready=told.set_result, stop=stop)
    )
    url = await asyncio.wait_for(told, 5)
    async with http.post(url, data=HEALTH) as answer:
        assert (await answer.json())["result"] == "ok"
    stop.set()
    await asyncio.wait_for(role, 5)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


async def test_the_node_starts_fast(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with LocalNode.start(LocalnetConfig(tmp_path / "ledger.db")):
        assert loop.time() - begin < 0.5


async def test_websocket_nonsense_is_answered(running: LocalNode, http: ClientSession) -> None:
    async with http.ws_connect(running.ws_url) as client:
        await client.send_str("{")
        assert (await hear(client))["error"]["code"] == -32700
        assert (await say(client, "tellMeAll"))["error"]["code"] == -32601
        assert (await say(client, "accountSubscribe", "nobody"))["error"]["code"] == -32602
        assert (await say(client, "slotUnsubscribe", 99))["error"]["code"] == -32602
        number = (await say(client, "rootSubscribe"))["result"]
    async with http.ws_connect(running.ws_url) as other:
        assert "error" in await say(other, "rootUnsubscribe", number)


async def test_a_connection_has_so_many_subscriptions(
    running: LocalNode, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws, "MAX_SUBSCRIPTIONS", 1)
    async with http.ws_connect(running.ws_url) as client:
        key = str(Pubkey.new_unique())
        number = (await say(client, "accountSubscribe", key))["result"]
        assert "too many" in (await say(client, "accountSubscribe", key))["error"]["message"]
        assert (await say(client, "accountUnsubscribe", number))["result"] is True
        assert "result" in await say(client, "accountSubscribe", key)


async def test_who_reads_too_slowly_is_cut_off_and_told(
    running: LocalNode, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws, "OUTBOX", 3)
    async with http.ws_connect(running.ws_url) as client:
        await say(client, "logsSubscribe", "all")
        for _ in range(10):  # in one turn of the loop: nobody reads meanwhile
            running.node.airdrop(Pubkey.new_unique(), SOL)
        kinds = []
        while not client.closed:
            kinds.append((await asyncio.wait_for(client.receive(), 5)).type)
        assert kinds[-1] in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        assert client.close_code == 1013


async def test_accounts_that_close_and_failures_are_told(running: LocalNode, http: ClientSession) -> None:
    alice, node = Keypair(), running.node
    node.airdrop(alice.pubkey(), SOL)
    async with http.ws_connect(running.ws_url) as client:
        await say(client, "accountSubscribe", str(alice.pubkey()), {"encoding": "base64"})
        too_much = signed([pay(alice, Pubkey.new_unique(), 2 * SOL)], node.latest_blockhash(), alice)
        watched = {"enableReceivedNotification": True}
        await say(client, "signatureSubscribe", str(too_much.signatures[0]), watched)
        node.send(bytes(too_much), skip_preflight=True)
        notices = [await hear(client) for _ in range(3)]
        assert notices[0]["params"]["result"]["value"]["lamports"] == SOL - 5_000
        assert notices[1]["params"]["result"]["value"] == "receivedSignature"
        assert notices[2]["params"]["result"]["value"] == {"err": {"InstructionError": [0, {"Custom": 1}]}}
        everything = pay(alice, node.faucet.pubkey(), SOL - 10_000)
        node.send(bytes(signed([everything], node.latest_blockhash(), alice)))
        closed = (await hear(client))["params"]["result"]["value"]
        assert (closed["lamports"], closed["data"]) == (0, ["", "base64"])


async def test_a_large_account_is_told_in_base64_to_who_named_no_encoding(
    running: LocalNode, http: ClientSession
) -> None:
    alice, mint, node = Keypair(), Keypair(), running.node
    node.airdrop(alice.pubkey(), SOL)
    launch = [*make_mint(alice, mint), make_holding(alice, alice.pubkey(), mint.pubkey())]
    async with http.ws_connect(running.ws_url) as client:
        await say(client, "programSubscribe", str(TOKEN_PROGRAM_ID), {"filters": [{"dataSize": 165}]})
        node.send(bytes(signed(launch, node.latest_blockhash(), alice, mint)))
        told = (await hear(client))["params"]["result"]["value"]
        assert told["pubkey"] == str(holding(alice.pubkey(), mint.pubkey()))
        assert told["account"]["data"][1] == "base64"


async def test_a_failing_listener_does_not_unsay_what_landed(
    running: LocalNode, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a fault in a listener")

    running.node.listeners.insert(0, broken)
    signature = running.node.airdrop(Pubkey.new_unique(), SOL)
    assert signature
    assert running.node.ledger.count() == 1
    assert "a fault in a listener" in caplog.text
