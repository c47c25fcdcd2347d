"""Starting: a signer that can't be trusted does not start, and says why in one line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.keys.client import SocketSigner
from core.settings import Settings
from tests.fakes.signer import PROGRAM_ID
from tests.fakes.signer_process import SignerProcess, signer_process
from workers.signer.audit import verify
from workers.signer.main import SignerConfig

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignerProcess]:
    """One signer for the tests that only look at it."""
    with signer_process(tmp_path_factory.mktemp("signer")) as process:
        yield process


async def _wallet(process: SignerProcess) -> str:
    client = SocketSigner(process.socket)
    address = await client.create_wallet("ann")
    await client.close()
    return address


async def test_a_restart_finds_its_wallets_and_only_then_needs_its_key(tmp_path: Path) -> None:
    with signer_process(tmp_path) as process:
        await _restart_without_its_key_and_with_it(process)


async def _restart_without_its_key_and_with_it(process: SignerProcess) -> None:
    key = process.directory / "master.key"
    before = await _wallet(process)
    assert process.stop() == 0
    assert not process.socket.exists()
    assert process.start()
    assert await _wallet(process) == before
    process.stop()

    saved = key.rename(key.with_name("backup"))
    process.output = ""
    assert not process.start()
    assert "is missing but wallets exist; restore the file" in process.output
    assert process.output.count("\n") == 1
    assert not key.exists()

    saved.rename(key)
    assert process.start()
    assert await _wallet(process) == before
    assert verify(process.database) == 4  # three starts, one wallet


def test_a_second_signer_on_the_same_folder_is_refused(running: SignerProcess) -> None:
    second = SignerProcess(running.directory, running.socket)
    assert not second.start()
    assert "another signer runs on" in second.output
    assert running.socket.exists()


def test_its_files_are_its_owners_only(running: SignerProcess) -> None:
    assert running.directory.stat().st_mode & 0o777 == 0o700
    for path in running.directory.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_it_dumps_no_core(running: SignerProcess) -> None:
    limits = Path(f"/proc/{running.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if "core file" in line).split()[4:6] == ["0", "0"]


def test_a_hardened_process_is_not_dumpable() -> None:
    # asked of the kernel: to a test that runs as root, /proc looks the same either way
    program = (
        "import ctypes; from workers.signer.hardening import harden; libc = ctypes.CDLL(None)\n"
        "print(libc.prctl(3, 0, 0, 0, 0)); harden(); print(libc.prctl(3, 0, 0, 0, 0))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout.split() == ["1", "0"], ran.stderr


def test_the_log_is_verified_while_it_runs(running: SignerProcess) -> None:
    assert verify(running.database) == 1
    with closing(sqlite3.connect(running.database)) as connection:
        (body,) = connection.execute("SELECT body FROM audit").fetchone()
    assert '"event":"started"' in body
    assert PROGRAM_ID in body


def test_its_settings_are_the_installations(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, withdraw_daily_limit_sol="0.5", trade_limit_sol="2")
    config = SignerConfig.of(settings, ProgramIds(Pubkey.from_string(PROGRAM_ID)))
    assert (config.trade_limit, config.withdraw_daily_limit) == (2_000_000_000, 500_000_000)
    assert config.master_key_file == tmp_path / "signer" / "master.key"
    assert config.database == tmp_path / "signer" / "signer.db"
    assert config.socket == settings.signer_socket
