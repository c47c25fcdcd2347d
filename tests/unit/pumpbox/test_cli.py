"""The command line as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pumpbox.state import UNFINISHED, acquire, write_status


def pumpbox(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command with an environment in which nothing is set."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "pumpbox", *arguments],
        capture_output=True,
        text=True,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )


def test_status_of_nothing(tmp_path: Path) -> None:
    result = pumpbox("status", "--data", str(tmp_path), "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout) == {
        "running": False,
        "pid": None,
        "started_at": None,
        "rpc_url": None,
        "http_url": None,
        "roles": [],
    }
    assert list(tmp_path.iterdir()) == []


def test_status_of_what_runs(tmp_path: Path) -> None:
    role = {"name": "localnet", "state": "ready", "pid": 7, "restarts": 2}
    write_status(tmp_path, {"pid": 1, "rpc_url": "http://127.0.0.1:8899", "roles": [role]})
    lock = acquire(tmp_path)
    try:
        as_json = pumpbox("status", "--data", str(tmp_path), "--json")
        as_table = pumpbox("status", "--data", str(tmp_path))
    finally:
        os.close(lock)
    assert as_json.returncode == as_table.returncode == 0
    assert json.loads(as_json.stdout)["roles"] == [role]
    assert json.loads(as_json.stdout)["rpc_url"] == "http://127.0.0.1:8899"
    assert "localnet   ready           7        2" in as_table.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("terminal",), {"SOLANA_CLUSTER": "devnet"}, "give --operator"),
        (("terminal", "--as", ""), {}, "--as takes 1 to 64 characters"),
        (("run", "--role", "king"), {}, "there is no role 'king'"),
        (("run",), {"LOCALNET_PORT": "many"}, "LOCALNET_PORT"),
        (("localnet",), {"SOLANA_RPC_URL": "http://x"}, "unset them"),
        (("audit",), {}, "has not run on this folder yet"),
        (("backup", "it.tar"), {}, "there is no installation in"),
        (("backup", "it.zip"), {}, "give a name that ends in .tar, .tar.gz, .tgz, or - for stdout"),
        (("backup", "/nowhere/it.tar"), {}, "/nowhere is no folder: make it first"),
        (("restore", "nowhere.tar"), {}, "nowhere.tar: No such file"),
        (("restore", "--check", __file__), {}, "it is damaged, or no tar"),
        (("migrate",), {"DATABASE_URL": "mysql://root:hunter2@x/y"}, "known are sqlite and postgresql"),
    ],
)
def test_what_is_refused_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    result = pumpbox(*arguments, "--data", str(tmp_path / "data"), **environment)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize("verb", ["terminal", "run", "localnet"])
def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path, verb: str) -> None:
    (tmp_path / "file").touch()
    result = pumpbox(verb, "--data", str(tmp_path / "file" / "data"))
    assert result.returncode == 1
    assert f"{tmp_path}/file" in result.stderr
    assert "give another --data" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    for words in (("backup", str(tmp_path / "it.tar")), ("migrate",)):
        result = pumpbox(*words, "--data", str(tmp_path), DATABASE_URL="postgresql://x:hunter2@127.0.0.1:1/x")
        assert result.returncode == 1
        assert "the database can't be reached" in result.stderr
        assert "hunter2" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_works_on_half_an_installation(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED).write_text('{"backup": "it", "aside": null, "moved": true}')
    for words in (("run",), ("run", "--role", "keeper"), ("migrate",), ("backup", "it.tar")):
        result = pumpbox(*words, "--data", str(tmp_path))
        assert result.returncode == 1
        assert "was cut off: run the same `pumpbox restore` again" in result.stderr


def test_migrating_twice_is_migrating_once(tmp_path: Path) -> None:
    for _ in range(2):
        result = pumpbox("migrate", "--data", str(tmp_path / "data"))
        assert result.returncode == 0, result.stderr
    assert (tmp_path / "data" / "pumpbox.db").exists()
