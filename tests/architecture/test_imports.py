"""The import contracts hold, and each of them notices what it forbids."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pumpbox", "bots", "core", "workers")

# A module for each contract, and what it must not import.
REVERSED = {
    "core/domain/_wrong.py": "import core.ports.store",
    "core/usecases/_wrong.py": "import sqlalchemy",
    "core/commands/_wrong.py": "import bots.desk",
    "bots/terminal/_wrong.py": "import bots.telegram.render",
    "workers/localnet/_wrong.py": "import workers.signer.main",
    "core/bootstrap/_wrong.py": "import redis",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def broken(result: subprocess.CompletedProcess[str]) -> set[str]:
    # "NAME BROKEN", or "NAME BROKEN (30 ignored imports)"
    return {line.split(" BROKEN")[0] for line in result.stdout.splitlines() if " BROKEN" in line}


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_reversed_import_breaks_each_contract(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for name, line in REVERSED.items():
        (tmp_path / name).write_text(line + "\n")
    with (tmp_path / "core" / "localize.py").open("a") as file:
        file.write("import core.usecases.orders\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert broken(result) == {
        "Imports point one way",
        "Texts and settings know nothing of what uses them",
        "Surfaces don't know each other",
        "Workers don't know each other",
        "The core speaks to the outside through ports alone",
        "Wiring names adapters, not what they are made of",
    }
    # The layers' report names each arrow that points back.
    for arrow in ("core.domain -> core.ports", "core.commands -> bots"):
        below, above = arrow.split(" -> ")
        assert f"{below} is not allowed to import {above}" in result.stdout
