"""What we believe of a chain's answers: our own program's instructions and events, and nothing that imitates them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from solders.pubkey import Pubkey

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.fills import events_of
from core.adapters.chain.log import RpcChainLog, calls_of
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.events import Traded
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.trace import NotTold
from core.domain.base58 import encode
from core.domain.calls import Bought
from core.domain.intent import WithdrawIntent
from core.domain.money import Lamports, TokenAtoms
from core.ports.chain import ChainAway

OURS = "PumpBoxTest11111111111111111111111111111111"
THEIRS = "So11111111111111111111111111111111111111112"
BUYER, MINT = Pubkey(bytes([7] * 32)), Pubkey(bytes([9] * 32))


def traded(atoms: int = 5) -> str:
    """A `Program data:` line as our program writes it for a buy."""
    numbers = [atoms, 900, 70, 30, 1, 1, 1, 1]
    body = bytes(MINT) + (2).to_bytes(8, "little") + bytes(BUYER) + bytes([1])
    data = Traded.DISCRIMINATOR + body + b"".join(number.to_bytes(8, "little") for number in numbers)
    return f"Program data: {b64encode(data).decode()}"


def invoked(program: str, *inside: str, depth: int = 1) -> list[str]:
    return [f"Program {program} invoke [{depth}]", *inside, f"Program {program} success"]


def atoms_of(logs: list[str]) -> list[int]:
    return [int(event.atoms) for event in events_of(logs, OURS) if isinstance(event, Traded)]


class TestEvents:
    def test_our_own_line_is_believed(self) -> None:
        assert atoms_of(invoked(OURS, traded(5))) == [5]
        assert atoms_of(invoked(THEIRS, *invoked(OURS, traded(5), depth=2))) == [5]

    @pytest.mark.parametrize(
        "logs",
        [
            [traded()],  # outside of any program
            invoked(THEIRS, traded()),
            invoked(OURS, *invoked(THEIRS, traded(), depth=2)),
            [*invoked(OURS), traded()],
            invoked(THEIRS, f"Program log: Program {OURS} invoke [1]", traded()),
            invoked(THEIRS, f"Program log: {OURS} invoke [1]", traded()),
            [f"Program {OURS} invoke [1]", f"Program {OURS} failed: custom program error: 0x1", traded()],
        ],
    )
    def test_what_only_looks_like_ours_is_not(self, logs: list[str]) -> None:
        assert atoms_of(logs) == []

    def test_words_of_programs_do_not_hide_our_event(self) -> None:
        noise = [
            "Program log: invoke me",
            "Program log: success",
            f"Program {OURS} consumed 5 of 9 compute units",
        ]
        assert atoms_of(invoked(OURS, *noise, traded(5))) == [5]

    @pytest.mark.parametrize("line", ["Program data: %%%", "Program data: AAAA", "Program data: "])
    def test_a_line_that_we_can_not_read_is_passed_over(self, line: str) -> None:
        assert atoms_of(invoked(OURS, line, traded(5))) == [5]


def transaction(program: str = OURS, *, data: bytes | None = None, inner: bool = False) -> dict[str, Any]:
    """A buy as getTransaction tells it."""
    ids = ProgramIds(Pubkey.from_string(OURS))
    built = Buy(BUYER, MINT, Lamports(1_000), TokenAtoms(1), 10).build(ids)
    keys = [*(str(meta.pubkey) for meta in built.accounts), program]
    call = {
        "programIdIndex": len(keys) - 1,
        "accounts": list(range(len(built.accounts))),
        "data": encode(bytes(built.data) if data is None else data),
    }
    nothing = {"programIdIndex": 0, "accounts": [], "data": ""}
    return {
        "slot": 5,
        "blockTime": 6,
        "transaction": {"message": {"accountKeys": keys, "instructions": [nothing if inner else call]}},
        "meta": {
            "innerInstructions": [{"index": 0, "instructions": [call]}] if inner else [],
            "err": None,
            "fee": 5_000,
            "preBalances": [0] * len(keys),
            "postBalances": [0] * len(keys),
        },
    }


class TestCalls:
    @pytest.mark.parametrize("inner", [False, True])
    def test_a_buy_is_read_wherever_it_was_called_from(self, inner: bool) -> None:
        assert calls_of(transaction(inner=inner), OURS) == [Bought(str(MINT), str(BUYER), 1_000, 1)]

    @pytest.mark.parametrize(
        "found",
        [
            transaction(THEIRS),
            transaction(data=b""),
            transaction(data=Buy.DISCRIMINATOR),  # cut off
            transaction(data=b"\xff" * 40),  # what a later program may understand
        ],
    )
    def test_what_is_no_call_of_ours_is_passed_over(self, found: dict[str, Any]) -> None:
        assert calls_of(found, OURS) == []

    def test_a_node_that_keeps_no_inner_instructions_gives_no_history(self) -> None:
        """Without them calls of ours by other programs would be missing, and nobody would notice."""
        found = transaction()
        found["meta"]["innerInstructions"] = None
        with pytest.raises(NotTold):
            calls_of(found, OURS)


class Node:
    """A node that answers as the test says: `answers` by method, a value or the whole body as text."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        call = await request.json()
        self.asked.append((call["method"], call["params"]))
        found = self.answers[call["method"]]
        if callable(found):
            found = found(*call["params"])
        if isinstance(found, str):
            return web.Response(text=found)
        return web.Response(text=json.dumps({"jsonrpc": "2.0", "id": call["id"], **found}))


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[Rpc]:
    app = web.Application()
    app.router.add_post("/", node.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with Rpc(f"http://127.0.0.1:{port}/?key=of-a-provider") as rpc:
            yield rpc
    finally:
        await runner.cleanup()


class TestNodes:
    @pytest.mark.parametrize(
        "body", ["", "<html>busy</html>", "[]", "7", "null", '{"jsonrpc": "2.0", "id": 1}', "\xff"]
    )
    async def test_an_answer_that_is_none_means_away_and_names_no_key(self, body: str) -> None:
        node = Node()
        node.answers["getSlot"] = lambda *_: body
        async with running(node) as rpc:
            with pytest.raises(ChainAway) as away:
                await SolanaChain(rpc, OURS).slot()
        assert "provider" not in str(away.value)

    async def test_a_refusal_without_data_is_a_refusal(self) -> None:
        node = Node()
        node.answers["sendTransaction"] = {"error": {"code": -32002, "message": "no"}}
        async with running(node) as rpc:
            with pytest.raises(RpcRefused, match="no"):
                await rpc.call("sendTransaction")

    async def test_a_transaction_that_is_known_already_is_sent(self) -> None:
        node = Node()
        node.answers["sendTransaction"] = {
            "error": {"code": -32002, "message": "x", "data": {"err": "AlreadyProcessed", "logs": []}}
        }
        async with running(node) as rpc:
            await SolanaChain(rpc, OURS).send(b"raw")
        assert [method for method, _ in node.asked] == ["sendTransaction"]

    async def test_history_comes_oldest_first_through_all_pages_and_without_holes(self) -> None:
        names = [f"signature-{number}" for number in range(2_500)]  # oldest first

        def page(address: str, options: dict[str, Any]) -> dict[str, Any]:
            newest_first = names[::-1]
            start = newest_first.index(options["before"]) + 1 if "before" in options else 0
            end = newest_first.index(options["until"]) if "until" in options else len(names)
            part = newest_first[start : min(end, start + options["limit"])]
            return {"result": [{"signature": name, "slot": 1, "err": None} for name in part]}

        node = Node()
        node.answers = {
            "getSignaturesForAddress": page,
            "getTransaction": lambda *_: {"result": transaction()},
        }
        async with running(node) as rpc:
            log = RpcChainLog(rpc, OURS)
            first = await log.after(None, 3)
            then = await log.after(first[-1].signature, 2)
            jumped = await log.after("signature-2497", 50)
            assert [t.signature for t in (*first, *then, *jumped)] == [
                *names[:5],
                "signature-2498",
                "signature-2499",
            ]
            assert first[0].calls == (Bought(str(MINT), str(BUYER), 1_000, 1),)
            node.answers["getTransaction"] = {"result": None}  # listed, but this node lags behind
            with pytest.raises(ChainAway):
                await log.after("signature-2497", 50)
            hidden = transaction()
            hidden["meta"]["innerInstructions"] = None
            node.answers["getTransaction"] = {"result": hidden}
            with pytest.raises(ChainAway, match="inner instructions"):
                await log.after("signature-2497", 50)

    async def test_a_failed_transaction_has_no_calls_and_is_not_asked_for(self) -> None:
        node = Node()
        entry = {"signature": "s", "slot": 1, "err": {"InstructionError": [0, {"Custom": 1}]}}
        node.answers["getSignaturesForAddress"] = {"result": [entry]}
        async with running(node) as rpc:
            (found,) = await RpcChainLog(rpc, OURS).after(None, 10)
        assert found.calls == ()

    async def test_only_a_launch_makes_a_mint(self) -> None:
        async with Rpc("http://127.0.0.1:1") as rpc:
            with pytest.raises(TypeError):
                SolanaChain(rpc, OURS).mint_address(str(BUYER), WithdrawIntent(THEIRS, 1))
