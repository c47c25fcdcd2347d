"""What an installation keeps from other users of the machine, and its processes from each other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from core.settings import Settings
from pumpbox.roles import ROLES, SECRETS, Role, withheld
from pumpbox.supervisor import RoleState, Supervisor
from tests.unit.pumpbox.test_cli import pumpbox

GIVEN = {name: f"/secret/{name}" for secret in SECRETS for name in (secret, f"{secret}_FILE")}


def hosted_by(process: str) -> list[Role]:
    return [role for role in ROLES.values() if role.process == process]


@pytest.mark.parametrize(
    ("process", "kept"),
    [
        ("localnet", set()),
        ("signer", {"MASTER_KEY_FILE"}),
        ("app", set(SECRETS) - {"MASTER_KEY_FILE"}),
    ],
)
def test_a_process_is_given_the_secrets_that_it_reads(process: str, kept: set[str]) -> None:
    assert set(SECRETS) - withheld(hosted_by(process)) == kept


async def test_a_child_does_not_see_what_is_withheld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    told, stop = tmp_path / "environment", asyncio.Event()
    report = json.dumps({"role": "signer", "state": "ready", "detail": ""})

    def on_change(state: RoleState) -> None:
        if state.state == "ready":
            stop.set()

    supervisor = Supervisor(
        Settings(data_dir=tmp_path, telegram_token=None, database_url=None, redis_url=None),
        roles={"signer": ROLES["signer"]},
        command=lambda _: ("/bin/sh", "-c", f"env > '{told}'; echo '{report}'; exec sleep 60"),
        on_change=on_change,
    )
    async with asyncio.timeout(20):
        await supervisor.run(stop)
    seen = dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)
    assert {name for name in seen if name in GIVEN} == {"MASTER_KEY_FILE", "MASTER_KEY_FILE_FILE"}


def test_the_database_is_for_its_user_only_even_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert pumpbox("migrate", "--data", str(tmp_path)).returncode == 0
    assert [f.name for f in tmp_path.iterdir() if f.stat().st_mode & 0o077] == []


def test_a_role_alone_refuses_a_sockets_folder_that_others_can_enter(tmp_path: Path) -> None:
    run_dir = Settings(data_dir=tmp_path).run_dir
    run_dir.mkdir(mode=0o777)
    run_dir.chmod(0o777)
    try:
        refused = pumpbox("run", "--role", "valkey", "--data", str(tmp_path))
    finally:
        run_dir.rmdir()
    assert refused.returncode == 1
    assert "not this user's alone" in refused.stderr


def test_a_folder_that_everybody_can_change_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for verb in (("run",), ("run", "--role", "localnet"), ("terminal",)):
        refused = pumpbox(*verb, "--data", str(tmp_path))
        assert refused.returncode == 1
        assert "other users can change" in refused.stderr
    assert not (tmp_path / "signer").exists()
