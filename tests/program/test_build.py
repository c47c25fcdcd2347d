"""The committed binaries: their hash, the record of their build, and what build.sh says without a toolchain.

That the sources give the binaries is build.sh's own to prove: `make verify-program`, and `make test` where it can.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from solders.account import Account
from solders.keypair import Keypair
from solders.litesvm import FeatureSet, LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

from core.adapters.chain import loader
from core.adapters.chain.deploy import NEEDS_SBPF_V3
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER
from core.bootstrap import embedded
from tests.program.elf import RETURNS_SUCCESS, elf
from tests.program.harness import ARTIFACTS, PROGRAMS

PROGRAM = ARTIFACTS.parent
SHARED: dict[str, list[str]] = {
    "pumpbox": [],
    "raydium_standin": ["../pumpbox/src/math/wide.rs", "../pumpbox/src/math/width.rs"],
    "forwarder": [],
}
each_program = pytest.mark.parametrize("name", SHARED)


@each_program
def test_the_committed_hash_is_that_of_the_committed_binary(name: str) -> None:
    artifacts = PROGRAMS / name / "artifacts"
    listed = (artifacts / f"{name}.so.sha256").read_text().split()[0]
    assert hashlib.sha256((artifacts / f"{name}.so").read_bytes()).hexdigest() == listed


@each_program
def test_the_recorded_build_is_that_of_these_sources(name: str) -> None:
    """Who changes a program and forgets to rebuild it hears so here, with no Rust on the machine."""
    folder = PROGRAMS / name
    files = [folder / "Cargo.lock", folder / "Cargo.toml", *(folder / "src").rglob("*.rs")]
    names = sorted(str(file.relative_to(folder)) for file in files) + SHARED[name]
    lines = [f"{hashlib.sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for file in names]
    record = (folder / "artifacts" / f"{name}.build.txt").read_text()
    recorded = dict(line.split(" ", 1) for line in record.splitlines())
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == recorded["sources"]


@each_program
def test_what_is_taken_from_another_program_is_part_of_the_record(name: str) -> None:
    folder = PROGRAMS / name
    taken = re.findall(
        r'#\[path = "\.\./(.+)"\]', "".join(f.read_text() for f in (folder / "src").rglob("*.rs"))
    )
    assert taken == SHARED[name]


def test_the_docs_tell_of_the_committed_build() -> None:
    text = (PROGRAM.parents[1] / "docs" / "program.md").read_text()
    for line in (ARTIFACTS / "pumpbox.build.txt").read_text().splitlines():
        name, value = line.split(" ", 1)
        if name not in ("sources", "rustflags"):
            assert name in text, name
            assert value in text, name
    size = (ARTIFACTS / "pumpbox.so").stat().st_size
    assert f"{size:,} bytes" in text
    assert f"head -c {size} " in text
    assert embedded.program_id() in text
    assert (
        f"**Cost** for {size / 1000:.0f} kB " in (PROGRAM.parents[1] / "docs" / "operations.md").read_text()
    )


def test_clusters_take_the_binary_when_they_take_nothing_older() -> None:
    """SIMD-0500, active: the loader itself is asked. What it refuses then is any program of V0."""
    binary, old = (ARTIFACTS / "pumpbox.so").read_bytes(), elf(RETURNS_SUCCESS)
    newest = LiteSVM.mainnet_feature_set()
    assert (takes(newest, binary), takes(newest, old)) == (True, True)
    newest.activate(NEEDS_SBPF_V3, 0)
    assert (takes(newest, binary), takes(newest, old)) == (True, False)


def takes(features: FeatureSet, binary: bytes) -> bool:
    """Whether the loader of a cluster with these features deploys it."""
    svm = LiteSVM.default().with_feature_set(features).with_builtins().with_lamports(10**18).with_sysvars()
    svm = svm.with_sigverify(False).with_blockhash_check(False)
    payer, program, buffer = Keypair(), Pubkey.new_unique(), Pubkey.new_unique()
    svm.airdrop(payer.pubkey(), 10**12)
    held = (1).to_bytes(4, "little") + b"\1" + bytes(payer.pubkey()) + binary
    svm.set_account(buffer, Account(10**10, held, UPGRADEABLE_LOADER))
    svm.set_account(program, Account(10**8, bytes(loader.PROGRAM_BYTES), UPGRADEABLE_LOADER))
    deploy = loader.deploy(payer.pubkey(), payer.pubkey(), program, buffer, len(binary))
    message = Message.new_with_blockhash([deploy], payer.pubkey(), svm.latest_blockhash())
    result = svm.send_transaction(Transaction([payer], message, svm.latest_blockhash()))
    if isinstance(result, FailedTransactionMetadata):
        assert "sbpf_version" in str(result.meta().logs())  # refused for that, and nothing else
        return False
    return True


def build_script(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """build.sh, as on a machine where CI is not set unless given."""
    env = {name: value for name, value in os.environ.items() if name != "CI"} | environment
    command = [str(PROGRAMS / "build.sh"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


@each_program
def test_without_the_toolchain_the_proof_is_left_out_in_one_line(name: str, tmp_path: Path) -> None:
    """No system package is installed on a developer's machine by `make test`."""
    said = build_script(name, "--verify-if-here", CARGO_HOME=str(tmp_path))
    assert said.returncode == 0
    (line,) = said.stderr.splitlines()
    assert line.startswith(f"left out: the proof that {name}.so comes from its sources")
    assert "make verify-program" in line
    assert not (tmp_path / "bin").exists()


@pytest.mark.parametrize("arguments", [["pumpbox", "--verfy"], ["--help"], ["pumpboks"], [], ["--setup"]])
def test_an_unknown_argument_builds_nothing(arguments: list[str]) -> None:
    before = (ARTIFACTS / "pumpbox.so").stat().st_mtime_ns
    said = build_script(*arguments)
    assert said.returncode == 2
    assert "usage: build.sh" in said.stderr
    assert (ARTIFACTS / "pumpbox.so").stat().st_mtime_ns == before


def test_the_dockerfile_is_clean_and_copies_what_is_there() -> None:
    """Docker's own linter; and each file that it copies is in the checkout and not kept from the builder."""
    root, dockerfile = PROGRAM.parents[1], PROGRAM / "Dockerfile"
    linted = subprocess.run(
        [Path(sys.executable).parent / "hadolint", dockerfile], capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout
    copied = [
        source
        for line in dockerfile.read_text().splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
    ]
    ignored = (PROGRAM / "Dockerfile.dockerignore").read_text().splitlines()
    assert len(copied) == 4
    for source in copied:
        assert (root / source).exists(), source
        assert source not in ignored
