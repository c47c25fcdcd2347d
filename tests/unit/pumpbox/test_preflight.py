"""The preflight: what would go wrong on a real cluster is said before it does, with what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from solders.pubkey import Pubkey

from core.adapters.chain.deployed import Deployed
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.adapters.chain.rpc import Rpc
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.bootstrap import embedded, places
from core.bootstrap.board import Board
from core.bootstrap.health import Health
from core.bootstrap.prepare import prepare
from core.settings import Settings
from core.usecases.keeper_wallet import CURSOR, POOR
from pumpbox.bodies import localnet_config
from pumpbox.checks import chain
from pumpbox.checks.check import FAIL, OK, WARN, Check
from pumpbox.preflight import PreflightFailed, cleared, examine
from pumpbox.preflight import preflight as verb
from pumpbox.refused import Refused
from pumpbox.roles import ROLES
from pumpbox.run import run
from tests.fakes.installation import settings_of
from tests.fakes.telegram import TOKEN, FakeTelegram
from workers.localnet.main import LocalNode

OWN = str(ProgramIds(Pubkey.from_string(embedded.program_id())).upgrade_authority)


@pytest.fixture
async def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Settings]:
    """An embedded chain that stands for devnet, with mainnet's Raydium: its program is set up, and the settings
    say devnet."""
    settings = settings_of(tmp_path)
    async with LocalNode.start(localnet_config(settings)) as node:
        await prepare(settings, ready=lambda _: None, stop=asyncio.Event())
        async with Rpc(node.url) as rpc:
            monkeypatch.setitem(chain.GENESIS, "devnet", await rpc.call("getGenesisHash"))
            monkeypatch.setitem(chain.RAYDIUM_SETS, "devnet", RAYDIUM_MAINNET)
        changes = {"cluster": "devnet", "rpc_url": node.url, "program_id": embedded.program_id()}
        yield settings.model_copy(update={**changes, "public_url": "https://coins.example.org"})


def of(checks: list[Check], name: str) -> tuple[str, str]:
    """Status and all words of the first check of that name."""
    found = next(check for check in checks if check.name == name)
    return found.status, f"{found.seen} {found.do}"


async def look(settings: Settings, name: str, **changes: Any) -> tuple[str, str]:
    return of(await examine(settings.model_copy(update=changes), starting=True), name)


class TestTheKeeper:
    """On this cluster `prepare` made the database, and no keeper has run."""

    async def test_before_the_first_start(self, cluster: Settings) -> None:
        status, words = await look(cluster, "keeper")
        assert status == WARN
        assert "no wallet yet" in words

    async def test_a_wallet_is_named_and_what_it_lacks(self, cluster: Settings) -> None:
        address = str(embedded.keypair("anybody").pubkey())
        store = SqlStore(places.database_url(cluster))
        async with store.begin() as work:
            await work.cursors.set(CURSOR, {"wallet": address})
        await store.close()
        assert await look(cluster, "keeper") == (
            WARN,
            f"{address} holds 0 SOL send it 0.05 SOL: it graduates coins and sweeps fees",
        )
        async with Rpc(places.rpc_url(cluster)) as rpc:
            await rpc.call("requestAirdrop", address, POOR)
        assert await look(cluster, "keeper") == (OK, f"{address} holds 0.005 SOL ")

    async def test_on_the_embedded_chain_it_has_test_money(self, tmp_path: Path) -> None:
        assert (await look(settings_of(tmp_path), "keeper"))[0] == OK


class TestTheCluster:
    async def test_all_in_order(self, cluster: Settings) -> None:
        checks = await examine(cluster, starting=True)
        assert [check for check in checks if check.status == FAIL] == []
        assert of(checks, "chain") == (OK, "devnet, healthy ")
        status, words = of(checks, "program")
        assert status == OK
        assert "only a proposal" in words
        assert of(checks, "config")[0] == OK

    async def test_another_cluster_behind_the_address(self, cluster: Settings) -> None:
        status, words = await look(cluster, "chain", cluster="mainnet")
        assert status == FAIL
        assert "not mainnet's" in words
        assert "two clusters" in words

    async def test_another_binary(
        self, cluster: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other.so"
        other.write_bytes(embedded.ARTIFACT.read_bytes() + b"\xff")
        monkeypatch.setattr(embedded, "ARTIFACT", other)
        status, words = await look(cluster, "program")
        assert status == FAIL
        assert "another binary" in words

    @pytest.mark.parametrize(
        ("authority", "on_mainnet", "on_devnet", "words"),
        [
            (str(embedded.keypair("nobody").pubkey()), FAIL, WARN, "can change it alone"),
            (OWN, OK, OK, "only a proposal"),
            (None, OK, OK, "nobody can change it"),
        ],
        ids=["somebody's key", "its own", "nobody's"],
    )
    async def test_who_could_replace_the_program(
        self,
        cluster: Settings,
        monkeypatch: pytest.MonkeyPatch,
        authority: str | None,
        on_mainnet: str,
        on_devnet: str,
        words: str,
    ) -> None:
        async def found(rpc: Rpc, program_id: str) -> Deployed:
            return Deployed(embedded.ARTIFACT.read_bytes(), authority)

        monkeypatch.setattr(chain, "deployed", found)
        monkeypatch.setitem(chain.GENESIS, "mainnet", chain.GENESIS["devnet"])
        monkeypatch.setattr(chain, "RAYDIUM_SETS", {})
        status, seen = await look(cluster, "program")
        assert (status, words in seen) == (on_devnet, True)
        mainnet = cluster.model_copy(update={"cluster": "mainnet"})
        assert (await look(mainnet, "program"))[0] == on_mainnet
        if on_mainnet == FAIL:
            with pytest.raises(PreflightFailed, match="can change it alone"):
                await cleared(mainnet)
        else:
            await cleared(mainnet)

    async def test_a_config_of_another_cluster(
        self, cluster: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (await look(cluster, "config"))[0] == OK
        monkeypatch.setitem(chain.RAYDIUM_SETS, "devnet", 7)
        status, words = await look(cluster, "config")
        assert (status, "no coin could graduate" in words) == (FAIL, True)

    async def test_a_treasury_that_does_not_exist(
        self, cluster: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "treasury" not in [check.name for check in await examine(cluster, starting=True)]
        nobody = embedded.keypair("nobody").pubkey()
        whole = chain.config_of

        async def found(rpc: Rpc, program_id: str) -> Config | None:
            config = await whole(rpc, program_id)
            return config and replace(config, treasury=nobody)

        monkeypatch.setattr(chain, "config_of", found)
        status, words = await look(cluster, "treasury")
        assert (status, str(nobody) in words) == (WARN, True)

    async def test_no_program_there(self, cluster: Settings) -> None:
        nobody = str(embedded.keypair("nobody").pubkey())
        assert (await look(cluster, "program", program_id=nobody))[0] == FAIL
        assert (await look(cluster, "config", program_id=nobody))[0] == FAIL

    async def test_a_program_that_was_never_set_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = settings_of(tmp_path)
        async with LocalNode.start(localnet_config(settings)) as node:
            changes = {"cluster": "devnet", "program_id": embedded.program_id()}
            status, words = await look(settings, "config", rpc_url=node.url, **changes)
        assert status == FAIL
        assert "pumpbox program deploy" in words

    async def test_a_node_that_is_away_does_not_show_its_key(self, cluster: Settings) -> None:
        status, words = await look(cluster, "chain", rpc_url="http://127.0.0.1:1/?api-key=hidden")
        assert status == FAIL
        assert "hidden" not in words

    def test_fill_is_no_difference_and_anything_else_is(self) -> None:
        assert Deployed(b"code\0\0\0", None).is_(b"code")
        assert not Deployed(b"code\0\1", None).is_(b"code")
        assert not Deployed(b"cod", None).is_(b"code")


class TestTheMachine:
    async def test_a_folder_that_others_can_change(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path)
        settings.data_dir.mkdir()
        settings.data_dir.chmod(0o777)
        status, words = await look(settings, "folder")
        assert status == FAIL
        assert "chmod 700" in words

    async def test_a_key_that_others_can_read(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path)
        key = settings.data_dir / "signer" / "master.key"
        key.parent.mkdir(parents=True)
        key.write_text("0" * 64)
        key.chmod(0o640)
        assert of(await examine(settings), "key") == (FAIL, f"{key} is readable by others chmod 600 {key}")
        key.chmod(0o600)
        assert of(await examine(settings), "key")[0] == OK

    async def test_a_key_that_is_lost_though_wallets_exist(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, run_folder=tmp_path / "r")
        assert of(await examine(settings), "key")[0] == WARN  # none yet: the signer makes it
        settings.run_dir.mkdir()
        settings.signer_socket.touch()
        assert of(await examine(settings), "key")[0] == OK  # it runs, elsewhere: it has its own folder
        folder = settings.data_dir / "signer"
        folder.mkdir(parents=True)
        (folder / "signer.db").touch()
        status, words = of(await examine(settings), "key")
        assert status == FAIL
        assert "backup" in words

    async def test_a_signer_that_left_its_socket(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, run_folder=tmp_path / "r")
        assert of(await examine(settings), "signer")[0] == WARN
        settings.run_dir.mkdir()
        settings.signer_socket.touch()
        assert of(await examine(settings), "signer")[0] == FAIL

    async def test_no_database(self, tmp_path: Path) -> None:
        url = SecretStr("postgresql://pumpbox:hidden@127.0.0.1:1/pumpbox")
        status, words = await look(settings_of(tmp_path), "database", database_url=url)
        assert status == FAIL
        assert "hidden" not in words

    async def test_a_database_that_is_to_be_migrated(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path)
        settings.data_dir.mkdir()
        (settings.data_dir / "pumpbox.db").touch()
        assert (await look(settings, "database"))[0] == WARN
        await upgrade(places.database_url(settings))
        assert (await look(settings, "database"))[0] == OK

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"rpc_url": None}, "SOLANA_RPC_URL"),
            ({"program_id": None}, "PUMPBOX_PROGRAM_ID"),
            ({"program_id": "0O"}, "PUMPBOX_PROGRAM_ID is no address"),
            ({"public_url": None}, "PUBLIC_URL is not set"),
            ({"public_url": "http://coins.example.org"}, "https"),
            ({"public_url": "https://" + "x" * 99}, "bytes"),
            ({"trade_limit_sol": "much"}, "TRADE_LIMIT_SOL"),
        ],
    )
    async def test_settings_that_do_not_fit_together(
        self, tmp_path: Path, change: dict[str, Any], words: str
    ) -> None:
        complete = {"rpc_url": "http://127.0.0.1:1", "public_url": "https://coins.example.org"}
        settings = settings_of(tmp_path, cluster="mainnet", program_id=embedded.program_id(), **complete)
        assert (
            of(await examine(settings, starting=True), "settings")[0] == WARN
        )  # SQLite, no chat: no failure
        status, seen = await look(settings, "settings", **change)
        assert (status, words in seen) == (FAIL, True)

    async def test_valkey_may_be_away(self, tmp_path: Path) -> None:
        url = SecretStr("redis://:hidden@127.0.0.1:1/0")
        status, words = await look(settings_of(tmp_path), "valkey", redis_url=url)
        assert status == WARN
        assert "hidden" not in words

    async def test_a_check_that_breaks_is_a_failure_and_hides_no_other(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(settings: Settings) -> list[Check]:
            raise ZeroDivisionError("https://node/?key=hidden")

        monkeypatch.setattr(chain, "chain", broken)
        checks = await examine(settings_of(tmp_path))
        assert of(checks, "broken")[0] == FAIL
        assert "hidden" not in str(checks)
        assert of(checks, "valkey")[0] == OK


class TestTheOutside:
    async def test_tokens_are_known_by_their_platform(self, tmp_path: Path) -> None:
        async def me(request: web.Request) -> web.Response:
            if request.headers["Authorization"] != "Bot right":
                raise web.HTTPUnauthorized
            return web.json_response({"username": "pumpbox"})

        app = web.Application()
        app.router.add_get("/users/@me", me)
        async with FakeTelegram() as telegram, TestServer(app) as discord:
            settings = settings_of(
                tmp_path,
                telegram_api_base=telegram.base,
                telegram_token=SecretStr(TOKEN),
                discord_api_base=str(discord.make_url("/")),
                discord_token=SecretStr("right"),
            )
            checks = await examine(settings)
            assert (of(checks, "telegram")[0], of(checks, "discord")[0]) == (OK, OK)
            wrong = {"telegram_token": SecretStr("1:wrong"), "discord_token": SecretStr("wrong")}
            checks = await examine(settings.model_copy(update=wrong))
        for name in ("telegram", "discord"):
            status, words = of(checks, name)
            assert (status, "anew" in words, "wrong" in words) == (FAIL, True, False)

    async def test_every_platform_can_be_asked(self, tmp_path: Path) -> None:
        tokens = {f"{role.name}_token": SecretStr("1:hidden") for role in ROLES.values() if role.remote}
        hosts = {f"{name}_api_base": "http://127.0.0.1:1" for name in ("telegram", "discord")}
        settings = settings_of(tmp_path, **tokens, **hosts, matrix_homeserver="http://127.0.0.1:1")
        checks = await examine(settings)
        for name in (role.name for role in ROLES.values() if role.remote):
            status, words = of(checks, name)
            assert (status, "can't be reached" in words) == (FAIL, True)
        assert "hidden" not in str(checks)
        assert of(await examine(settings_of(tmp_path)), "chats")[0] == WARN

    async def test_the_public_address_is_ours(self, tmp_path: Path) -> None:
        async def welcome(request: web.Request) -> web.Response:
            return web.Response(text="It works!")

        ours, others = web.Application(), web.Application()
        ours.add_routes(Health(settings_of(tmp_path), Board()).routes())
        others.router.add_get("/healthz", welcome)
        async with TestServer(ours) as us, TestServer(others) as somebody:
            for server, expected in ((us, OK), (somebody, FAIL)):
                settings = settings_of(tmp_path, public_url=str(server.make_url("")))
                assert of(await examine(settings), "public")[0] == expected
        assert of(await examine(settings_of(tmp_path, public_url="http://127.0.0.1:1")), "public")[0] == WARN


class TestTheGate:
    async def test_mainnet_is_refused_and_devnet_is_warned(
        self, cluster: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(PreflightFailed, match="not mainnet's"):
            await cleared(cluster.model_copy(update={"cluster": "mainnet"}))
        capsys.readouterr()
        await cleared(cluster)
        assert capsys.readouterr().err == ""
        await cleared(cluster.model_copy(update={"public_url": None}))
        assert "PUBLIC_URL" in capsys.readouterr().err

    async def test_no_role_works_before_the_first_has_cleared_mainnet(self, cluster: Settings) -> None:
        """Also in containers, and where a terminal starts the others."""
        settings = cluster.model_copy(update={"cluster": "mainnet"})
        with pytest.raises(PreflightFailed):
            await ROLES["prepare"].load()(settings, ready=lambda _: None, stop=asyncio.Event())

    def test_run_refuses_mainnet_at_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOLANA_CLUSTER", "mainnet")
        monkeypatch.setenv("SOLANA_RPC_URL", "http://127.0.0.1:1")
        with pytest.raises(Refused, match="PUBLIC_URL is not set"):
            run(data=tmp_path / "data")
        assert not (tmp_path / "data").exists()  # nothing was begun

    def test_the_verb_says_it_for_people_and_for_scripts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert verb(data=tmp_path) == 0  # the embedded chain: harmless
        assert "0 fail" in capsys.readouterr().out
        monkeypatch.setenv("SOLANA_CLUSTER", "mainnet")
        assert verb(data=tmp_path, json=True) == 1
        shown = json.loads(capsys.readouterr().out)
        assert (shown["cluster"], shown["passed"]) == ("mainnet", False)
        assert all(check["do"] for check in shown["checks"] if check["status"] != OK)
