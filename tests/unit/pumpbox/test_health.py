"""What a process says of itself: /healthz, /readyz, /metrics, and `pumpbox health` which asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.desk import Desk
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.bootstrap import board as boards
from core.bootstrap import places
from core.bootstrap.board import Board
from core.bootstrap.health import Health
from core.ports.rows import InboxItem
from core.settings import Settings
from core.usecases.keeper_wallet import CURSOR, POOR
from pumpbox.health import health as verb
from pumpbox.ops import answering
from pumpbox.refused import Refused
from pumpbox.roles import ROLES
from pumpbox.supervisor import Supervisor
from tests.fakes.installation import installation, settings_of

ALL = ("database", "valkey", "chain", "signer")


@asynccontextmanager
async def page(settings: Settings, board: Board) -> AsyncIterator[TestServer]:
    async with Health(settings, board) as health:
        app = web.Application()
        app.add_routes(health.routes())
        async with TestServer(app) as server:
            yield server


async def asked(server: TestServer, path: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(server.make_url(path)) as response:
        return response.status, await response.json()


async def test_each_part_that_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir()
    board = Board()
    board.join("telegram", ALL)
    board.change("telegram", "ready")
    async with page(settings, board) as server:
        status, report = await asked(server, "/readyz")
    assert status == 503
    assert report["status"] == "unready"
    assert report["roles"] == {"telegram": "ready"}
    said = {name: part["status"] for name, part in report["parts"].items()}
    assert said == {"chain": "unready", "database": "unready", "signer": "unready", "valkey": "degraded"}
    assert "pumpbox migrate" in report["parts"]["database"]["detail"]


async def test_without_valkey_a_process_is_degraded_and_still_takes_traffic(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir()
    await upgrade(places.database_url(settings))
    board = Board()
    board.join("announcer", ("database", "valkey"))
    board.change("announcer", "ready")
    async with page(settings, board) as server:
        status, report = await asked(server, "/readyz")
    assert (status, report["status"]) == (200, "degraded")


@pytest.mark.parametrize("state", ["starting", "crashed", "stopped"])
async def test_a_role_that_does_not_work_is_not_ready_but_alive(tmp_path: Path, state: str) -> None:
    board = Board()
    board.join("web", ())
    board.change("web", state)
    async with page(settings_of(tmp_path), board) as server:
        assert (await asked(server, "/readyz"))[0] == 503
        assert await asked(server, "/healthz") == (200, {"status": "ok", "service": "pumpbox"})


async def test_who_asks_often_does_not_make_us_ask_as_often(tmp_path: Path) -> None:
    """/readyz is on the public port too: a flood of it must not become a flood at the chain's provider."""
    asks = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asks
        asks += 1
        return web.json_response({"result": "ok"})

    app = web.Application()
    app.router.add_post("/", answer)
    board = Board()
    board.join("indexer", ("chain",))
    async with TestServer(app) as chain:
        settings = settings_of(tmp_path, rpc_url=str(chain.make_url("/")))
        async with page(settings, board) as server:
            await asyncio.gather(*(asked(server, "/readyz") for _ in range(20)))
    assert asks == 1


async def test_a_node_that_says_it_is_behind_is_not_ready(tmp_path: Path) -> None:
    async def behind(request: web.Request) -> web.Response:
        return web.json_response({"error": {"code": -32005, "message": "Node is behind by 42 slots"}})

    app = web.Application()
    app.router.add_post("/", behind)
    board = Board()
    board.join("indexer", ("chain",))
    async with TestServer(app) as chain:
        health = Health(settings_of(tmp_path, rpc_url=str(chain.make_url("/?key=hidden"))), board)
        report = json.dumps(await health.report())
    assert "not healthy" in report
    assert "hidden" not in report


@pytest.mark.parametrize(
    ("lamports", "status", "detail"),
    [(POOR, "ok", "holds 0.005 SOL"), (POOR - 1, "degraded", "holds 0.004999999 SOL: send it some")],
)
async def test_a_keeper_without_money_says_where_it_wants_some(
    tmp_path: Path, lamports: int, status: str, detail: str
) -> None:
    """Trading goes on without it."""

    async def balance(request: web.Request) -> web.Response:
        return web.json_response({"result": {"value": lamports}})

    app = web.Application()
    app.router.add_post("/", balance)
    board = Board()
    board.join("keeper", ("keeper",))
    board.change("keeper", "ready")
    async with TestServer(app) as chain:
        settings = settings_of(tmp_path, rpc_url=str(chain.make_url("/")))
        settings.data_dir.mkdir()
        await upgrade(places.database_url(settings))
        async with Health(settings, board) as health:
            store = SqlStore(places.database_url(settings))
            assert (await health.report())["parts"]["keeper"]["status"] == "degraded"  # no wallet yet
            async with store.begin() as work:
                await work.cursors.set(CURSOR, {"wallet": "ADDRESS"})
            await store.close()
        async with Health(settings, board) as health:
            report = await health.report()
    assert report["parts"]["keeper"] == {"status": status, "detail": f"ADDRESS {detail}"}
    assert report["status"] == ("ready" if status == "ok" else "degraded")


async def test_a_whole_installation_is_ready_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    board = Board()
    board.join("telegram", ALL)
    board.join("announcer", ())
    for role in board.states:
        board.change(role, "ready")
    monkeypatch.setattr(boards, "board", lambda: board)
    async with installation(tmp_path, ops_port=unused_tcp_port) as home, answering(home.settings):
        desk = Desk.of(home.app, "terminal")
        await desk.accept([InboxItem("terminal", "1", {}, 1)])
        base = f"http://127.0.0.1:{unused_tcp_port}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/readyz") as response:
                assert (response.status, (await response.json())["status"]) == (200, "ready")
            async with session.get(f"{base}/metrics") as response:
                metrics = await response.text()
            await desk.done([InboxItem("terminal", "1", {}, 1)])
            async with session.get(f"{base}/metrics") as response:
                later = await response.text()
            async with session.get(f"http://127.0.0.1:{home.settings.http_port}/metrics") as response:
                assert response.status == 404  # the public reads no figures
    assert 'pumpbox_queue_depth{platform="terminal",queue="inbox"} 1.0' in metrics
    assert 'pumpbox_queue_depth{platform="terminal",queue="inbox"} 0.0' in later
    assert 'pumpbox_role_up{role="telegram"} 1.0' in metrics


async def test_a_port_that_is_taken_is_named(tmp_path: Path, unused_tcp_port: int) -> None:
    settings = settings_of(tmp_path, ops_port=unused_tcp_port)
    async with answering(settings):
        with pytest.raises(Refused, match=f"OPS_PORT 127.0.0.1:{unused_tcp_port}"):
            await answering(settings).__aenter__()


async def test_who_has_no_network_listens_nowhere(tmp_path: Path, unused_tcp_port: int) -> None:
    """Under the supervisor one process speaks for all; the signer never does."""
    supervisor = Supervisor(settings_of(tmp_path, ops_port=unused_tcp_port))
    ports = {name: supervisor._environment(name)["OPS_PORT"] for name in ("app", "localnet", "signer")}
    assert ports == {"app": str(unused_tcp_port), "localnet": "0", "signer": "0"}
    assert [role.name for role in ROLES.values() if not role.network] == ["signer"]


class TestTheVerb:
    def test_where_nothing_runs_it_says_how_to_start(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="pumpbox run"):
            verb(data=tmp_path)

    def test_a_role_that_answers_nowhere_needs_a_port(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="OPS_PORT"):
            verb(data=tmp_path, role="keeper")
        with pytest.raises(Refused, match="no role 'king'"):
            verb(data=tmp_path, role="king")

    def test_a_container_manager_gets_an_exit_code(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("OPS_PORT", "1")
        assert verb(data=tmp_path, role="keeper") == 1
        assert "unready http://127.0.0.1:1/readyz does not answer" in capsys.readouterr().out

    def test_the_signer_is_asked_at_its_socket(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert verb(data=tmp_path, role="signer") == 1
        assert "can't be reached" in capsys.readouterr().out
