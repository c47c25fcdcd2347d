"""From nothing to the prompt: `make bench-start` prints a table, then one line of JSON.

`make demo` on a new folder, with everything installed, through a terminal of our own that answers what a
terminal answers: seconds until the prompt is drawn; `/help` then proves that it can be used. Seconds that the
imports of the command line and of each role take in a fresh interpreter. Resident memory of each process of the
installation that the demo has started. Limits: 5 s to the prompt, 1.5 s for each import; memory is only told.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pumpbox.roles import ROLES
from pumpbox.state import read_status

ROOT = Path(__file__).parents[2]
PROMPT_LIMIT, IMPORT_LIMIT = 5.0, 1.5
TIMES = int(os.environ.get("BENCH_TIMES", "5"))
PATIENCE = 60.0
ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[6n": b"\x1b[1;1R"}  # attributes; where the cursor is

# What the bodies of `pumpbox.bodies` import when they begin: the module of a role alone says little.
LATE = {
    "localnet": ("workers.localnet.main", "workers.localnet.genesis"),
    "signer": ("workers.signer.main", "core.adapters.chain.program.ids"),
    "telegram": ("bots.telegram.surface", "core.bootstrap.app"),
    "discord": ("bots.discord.surface", "core.bootstrap.app"),
    "matrix": ("bots.matrix.surface", "core.bootstrap.app"),
}


class Screen:
    """A command at a terminal of 80 columns that shows no pictures."""

    def __init__(self, *command: str) -> None:
        self.shown = b""
        self._answered = 0
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="40")
            os.execvp(command[0], command)

    def until(self, pattern: str) -> float:
        """Reads until the pattern is there; the moment. Raises `TimeoutError`, `EOFError` with what was shown."""
        end = time.perf_counter() + PATIENCE
        while re.search(pattern, plain(self.shown)) is None:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.perf_counter()))
            if not ready:
                raise TimeoutError(plain(self.shown))
            try:
                self.shown += os.read(self._terminal, 65_536)
            except OSError:  # how Linux says that the other end is closed
                raise EOFError(plain(self.shown)) from None
            self._answer()
        return time.perf_counter()

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def close(self) -> None:
        """Ends it, and waits until everything has stopped."""
        os.kill(self.pid, signal.SIGTERM)
        try:
            while os.read(self._terminal, 65_536):
                continue
        except OSError:  # closed
            pass
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def _answer(self) -> None:
        new = self.shown[self._answered :]
        for found in re.finditer(rb"\x1b\[(?:c|6n)", new):
            os.write(self._terminal, ANSWERS[found[0]])
            self._answered += found.end()
            return self._answer()
        return None


def plain(shown: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode(errors="replace"))


def prompt(folder: Path) -> tuple[float, dict[str, int]]:
    """Seconds to the prompt on a new folder, and the memory of each process in KiB."""
    begun = time.perf_counter()
    screen = Screen("make", "--no-print-directory", "-C", str(ROOT), "demo", f"DATA={folder}")
    try:
        seconds = screen.until(r"/quit leaves\.\s+>") - begun
        screen.type("/help\r")
        screen.until("gives the coin's card")
        return seconds, memory(folder)
    finally:
        screen.close()


def memory(folder: Path) -> dict[str, int]:
    """Resident KiB of each process: the terminal with the supervisor in it, and its children by their roles."""
    status = read_status(folder)
    hosted: dict[int, list[str]] = {}
    for role in status["roles"]:
        hosted.setdefault(role["pid"], []).append(role["name"])
    processes = {"terminal, supervisor": int(status["pid"])}
    for pid, names in hosted.items():
        processes[ROLES[names[0]].process] = pid
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                processes[Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return {name: resident(pid) for name, pid in processes.items()}


def resident(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None, "a process that has ended"
    return int(found[1])


def importing(*modules: str) -> float:
    """Seconds of a core that a fresh interpreter needs to import them; the median of `TIMES`, after one to warm up."""
    code = (
        "import time; begun = time.process_time(); "
        f"import {', '.join(modules)}; print(time.process_time() - begun)"
    )
    taken = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT).stdout)
        for _ in range(TIMES + 1)
    ]
    return statistics.median(taken[1:])


def imports() -> dict[str, float]:
    wanted = {"the command line": ("pumpbox.cli",), "terminal": ("pumpbox.terminal", "pumpbox.session")}
    for name, role in ROLES.items():
        wanted[name] = (role.code.partition(":")[0], *LATE.get(name, ()))
    wanted["app (all of its process)"] = tuple(
        dict.fromkeys(
            module for name, role in ROLES.items() if role.process == "app" for module in wanted[name]
        )
    )
    return {name: importing(*modules) for name, modules in wanted.items()}


def measure() -> dict[str, Any]:
    runs = []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(prompt(Path(folder) / "demo"))
    seconds = [taken for taken, _ in runs]
    taken = imports()
    median = statistics.median(seconds)
    return {
        "prompt_s": round(median, 2),
        "prompt_slowest_s": round(max(seconds), 2),
        "prompt_limit_s": PROMPT_LIMIT,
        "imports_s": {name: round(value, 2) for name, value in taken.items()},
        "import_limit_s": IMPORT_LIMIT,
        "memory_mib": {name: round(kib / 1024) for name, kib in runs[-1][1].items()},
        "met": median <= PROMPT_LIMIT and max(taken.values()) <= IMPORT_LIMIT,
    }


def main() -> None:
    found = measure()
    print(f"{'seconds':<34}{'ours':>8}{'limit':>8}{'of it':>8}")
    rows = {"make demo to the prompt": (found["prompt_s"], PROMPT_LIMIT)}
    rows |= {f"import: {name}": (value, IMPORT_LIMIT) for name, value in found["imports_s"].items()}
    for name, (value, limit) in rows.items():
        print(f"{name:<34}{value:>8.2f}{limit:>8.1f}{value / limit:>8.2f}")
    print(f"{'resident memory, MiB':<34}")
    for name, value in found["memory_mib"].items():
        print(f"{name:<34}{value:>8}")
    print(json.dumps({"bench": "start", **found}))


if __name__ == "__main__":
    main()
