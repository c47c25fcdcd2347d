"""The real signer as a process of its own, for tests that stop, kill and restart it.

`python -m tests.fakes.signer_process DIRECTORY SOCKET PROGRAM_ID` is what it runs; it prints `ready`.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from tests.fakes.signer import KEEPER_LIMIT, PROGRAM_ID, TRADE_LIMIT, WITHDRAW_LIMIT
from workers.signer.main import SignerConfig, SignerRefused, serve

_ROOT = Path(__file__).parents[2]


class SignerProcess:
    """One signer's folder, and the process that serves it while there is one. `output` is all it printed."""

    def __init__(self, directory: Path, socket: Path) -> None:
        self.directory = directory
        self.socket = socket
        self.output = ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def database(self) -> Path:
        return self.directory / "signer.db"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> bool:
        """Waits until it answers; False if it refused to start, `output` says why."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.signer_process", self.directory, self.socket, PROGRAM_ID],
            cwd=_ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        self.output += first
        if first == "ready\n":
            return True
        self.stop()
        return False

    def kill(self) -> None:
        """kill -9: no clean-up of any kind."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """A clean stop; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        output, _ = process.communicate()
        self.output += output
        return process.returncode


@contextmanager
def signer_process(directory: Path) -> Iterator[SignerProcess]:
    """A running signer; stopped at the end. Its socket is outside `directory`, whose path may be long."""
    with tempfile.TemporaryDirectory(prefix="signer-") as run:
        process = SignerProcess(directory / "signer", Path(run) / "run" / "s.sock")
        try:
            assert process.start(), process.output
            yield process
        finally:
            process.stop()


async def _main(directory: str, socket: str, program_id: str) -> None:
    config = SignerConfig(
        directory=Path(directory),
        socket=Path(socket),
        master_key_file=Path(directory) / "master.key",
        program=ProgramIds(Pubkey.from_string(program_id)),
        trade_limit=TRADE_LIMIT,
        keeper_daily_limit=KEEPER_LIMIT,
        withdraw_daily_limit=WITHDRAW_LIMIT,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(config, ready=lambda _: print("ready", flush=True), stop=stop)


if __name__ == "__main__":
    try:
        asyncio.run(_main(*sys.argv[1:]))
    except SignerRefused as refusal:
        sys.exit(f"signer: {refusal}")
