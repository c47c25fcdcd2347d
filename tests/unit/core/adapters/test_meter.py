"""What is counted, and how it reads on the page that Prometheus fetches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.keys.client import SocketSigner
from core.adapters.metrics.prometheus import PrometheusMeter
from core.ports.chain import ChainAway
from core.ports.meter import Meter
from core.ports.signer import SignerAway


def _samples(meter: PrometheusMeter) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(meter.page().decode()):
        yield from ((sample.name, sample.labels, sample.value) for sample in family.samples)


def value(meter: PrometheusMeter, name: str, **labels: str) -> float:
    """The one sample of that name and those labels; 0 where there is none."""
    return sum(number for found, having, number in _samples(meter) if (found, having) == (name, labels))


def test_counts_and_times_are_on_the_page() -> None:
    meter = PrometheusMeter("0007")
    meter.updates("telegram", "accepted", 3)
    meter.updates("telegram", "accepted")
    meter.dispatched("buy", "answered", 0.002)
    meter.waiting("outbox", "discord", 4, 17)
    meter.roles({"web": True, "keeper": False})
    assert value(meter, "pumpbox_updates_total", platform="telegram", outcome="accepted") == 4
    within = {"command": "buy", "outcome": "answered"}
    assert value(meter, "pumpbox_dispatch_seconds_bucket", **within, le="0.001") == 0
    assert value(meter, "pumpbox_dispatch_seconds_bucket", **within, le="0.0025") == 1
    assert value(meter, "pumpbox_queue_oldest_seconds", queue="outbox", platform="discord") == 17
    assert value(meter, "pumpbox_role_up", role="keeper") == 0
    assert "0007" in meter.page().decode()  # the build info


def test_counting_costs_a_few_microseconds() -> None:
    """An update counts about ten things; they must not be felt beside its milliseconds."""
    meter: Meter = PrometheusMeter()
    begun = time.process_time()
    for _ in range(1_000):
        meter.dispatched("buy", "answered", 0.002)
    assert time.process_time() - begun < 0.1  # 100 µs each, twenty times what is usual


async def test_calls_of_the_chain_are_told_apart_by_how_they_ended() -> None:
    meter = PrometheusMeter()

    async def answer(request: web.Request) -> web.Response:
        asked = (await request.json())["method"]
        failure = {"error": {"code": -1, "message": "no"}}
        return web.json_response({"result": 1} if asked == "getSlot" else failure)

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server, Rpc(str(server.make_url("/")), meter) as rpc:
        assert await rpc.call("getSlot") == 1
        with pytest.raises(RpcRefused):
            await rpc.call("getNothing")
    async with Rpc("http://127.0.0.1:1", meter) as rpc:
        with pytest.raises(ChainAway):
            await rpc.call("getSlot")
    for method, outcome in (("getSlot", "answered"), ("getNothing", "refused"), ("getSlot", "away")):
        assert value(meter, "pumpbox_rpc_seconds_count", method=method, outcome=outcome) == 1


async def test_a_signer_that_is_away_is_counted(tmp_path: Path) -> None:
    meter = PrometheusMeter()
    with pytest.raises(SignerAway):
        await SocketSigner(tmp_path / "none.sock", meter=meter).create_wallet("1")
    assert value(meter, "pumpbox_signer_seconds_count", method="create_wallet", outcome="away") == 1
