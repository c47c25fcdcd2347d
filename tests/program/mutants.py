"""`make mutants`: opens each known hole in a copy of the program and sees that the tests notice.

`programs/pumpbox/mutants/*.toml` lists the holes; its README says what an entry means. The tests get the
mutated binary by PUMPBOX_SO. Needs the program's toolchain: `programs/pumpbox/build.sh --setup`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "programs/pumpbox"
MUTANTS = PROGRAM / "mutants"
_HOST = "cargo:"
_SEQUENCES = "sequences"
_INSTRUCTIONS = 200_000  # by the crowd of programs/pumpbox/fuzz
_FAILED = 1  # pytest: tests ran and failed; 2 to 5 mean that they could not run
_TEST_SECONDS = 300


class MutantError(Exception):
    """A mutant can't be applied, built or judged: the entry must be put right."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One hole: a text of the source and what it becomes, and the tests that must notice."""

    name: str
    opens: str
    file: str
    old: str
    new: str
    noticed_by: tuple[str, ...]

    @property
    def chain_tests(self) -> list[str]:
        """Pytest ids below tests/program."""
        others = (_HOST, _SEQUENCES)
        return [test for test in self.noticed_by if not test.startswith(others)]

    @property
    def host_tests(self) -> list[str]:
        """Names of test files of programs/pumpbox/tests."""
        return [test.removeprefix(_HOST) for test in self.noticed_by if test.startswith(_HOST)]

    @property
    def sequences(self) -> bool:
        """Whether the crowd of programs/pumpbox/fuzz must notice, too."""
        return _SEQUENCES in self.noticed_by

    def apply(self, sources: Path) -> str:
        """The mutated text of `file` below `sources`. Raises `MutantError` unless `old` is there once."""
        text = (sources / self.file).read_text()
        found = text.count(self.old)
        if found != 1:
            raise MutantError(f"{self.name}: its `old` stands {found} times in {self.file}, not once")
        return text.replace(self.old, self.new)


def load() -> list[Mutant]:
    """All mutants, file by file. Raises `MutantError` on an entry that is not as the README says."""
    found = []
    for path in sorted(MUTANTS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text())["mutant"]:
            texts = {key: entry[key].strip("\n") for key in ("name", "opens", "file", "old", "new")}
            found.append(Mutant(**texts, noticed_by=tuple(entry["noticed_by"])))
    names = [mutant.name for mutant in found]
    if len(set(names)) != len(names):
        raise MutantError("two mutants have the same name")
    return found


class Workshop:
    """A copy of the program in one folder, so that only what a mutant touches is compiled again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("src", "tests", "fuzz"):
            shutil.copytree(PROGRAM / name, folder / name, ignore=shutil.ignore_patterns("target"))
        for name in ("Cargo.toml", "Cargo.lock"):
            shutil.copy(PROGRAM / name, folder / name)

    def noticed(self, mutant: Mutant) -> bool:
        """Whether every kind of test that should notice does: host, sequences, chain. Raises `MutantError` if that can't be told."""
        path = self.folder / "src" / mutant.file
        original = path.read_text()
        path.write_text(mutant.apply(PROGRAM / "src"))
        try:
            noticed = [not self._passes_on_host(test) for test in mutant.host_tests]
            if mutant.sequences:
                noticed.append(not self._keeps_invariants())
            if mutant.chain_tests:
                noticed.append(not self._passes_on_chain(mutant.chain_tests))
            return all(noticed)
        finally:
            path.write_text(original)

    def check_unchanged(self, mutants: list[Mutant]) -> None:
        """The sources as they are must pass every test that mutants must not. Raises `MutantError`."""
        chain = sorted({test for mutant in mutants for test in mutant.chain_tests})
        if chain and not self._passes_on_chain(chain):
            raise MutantError("a test fails without any mutant: see above")
        for test in sorted({test for mutant in mutants for test in mutant.host_tests}):
            if not self._passes_on_host(test):
                raise MutantError(f"cargo test {test} fails without any mutant")
        if any(mutant.sequences for mutant in mutants) and not self._keeps_invariants():
            raise MutantError("the crowd breaks an invariant without any mutant")

    def _keeps_invariants(self) -> bool:
        folder = self.folder / "fuzz"
        command = ["cargo", "run", "--quiet", "--release", "--locked", "--bin", _SEQUENCES]
        self._run(["cargo", "build", *command[2:]], "it does not compile", folder)
        return self._status([*command, "--", str(_INSTRUCTIONS)], folder) == 0

    def _passes_on_host(self, test: str) -> bool:
        command = ["cargo", "test", "--quiet", "--release", "--locked", "--test", test]
        self._run([*command, "--no-run"], "it does not compile")
        return self._status(command) == 0

    def _passes_on_chain(self, tests: list[str]) -> bool:
        build = self._run([str(PROGRAM / "build.sh"), "--other", str(self.folder)], "it does not build")
        binary = build.stdout.splitlines()[-1]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += [f"tests/program/{test}" for test in tests]
        status = self._status(command, cwd=ROOT, PUMPBOX_SO=binary)
        if status not in (0, _FAILED):
            raise MutantError(f"pytest ended with {status}: {' '.join(tests)}")
        return status == 0

    def _run(
        self, command: list[str], complaint: str, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=folder or self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MutantError(f"{complaint}:\n{done.stderr[-3_000:]}")
        return done

    def _status(self, command: list[str], cwd: Path | None = None, **environment: str) -> int:
        try:
            done = subprocess.run(
                command,
                cwd=cwd or self.folder,
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=_TEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _FAILED  # a mutant that never ends is noticed too
        return done.returncode


def main(only: list[str]) -> int:
    """Runs all mutants, or those named; 1 if one survives."""
    mutants = [mutant for mutant in load() if not only or mutant.name in only]
    if unknown := set(only) - {mutant.name for mutant in mutants}:
        raise MutantError(f"no mutant is called {', '.join(sorted(unknown))}")
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        workshop.check_unchanged(mutants)
        for mutant in mutants:
            started = time.monotonic()
            noticed = workshop.noticed(mutant)
            took = time.monotonic() - started
            print(f"{'noticed ' if noticed else 'SURVIVED'} {mutant.name:40} {took:5.1f} s", flush=True)
            if not noticed:
                survivors.append(f"{mutant.name}: {mutant.opens}")
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants noticed")
    for survivor in survivors:
        print(f"nobody noticed {survivor}")
    return 1 if survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MutantError as error:
        sys.exit(f"mutants: {error}")
