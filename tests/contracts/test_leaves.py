"""The leaves files: what is written is what is read, byte for byte, and what anybody can check without us."""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from core.adapters.storage.leaves import LeavesFolder
from core.domain.merkle import Leaf, leaf_tree
from core.domain.rewards import MINIMUM
from core.ports.leaves import BadLeaves

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rewards.md"
LEAVES = tuple(Leaf(bytes([number]) * 32, 1_000_000_000 + number) for number in (0, 1, 9, 77, 255))


@pytest.fixture
def folder(tmp_path: Path) -> LeavesFolder:
    return LeavesFolder(tmp_path / "leaves")


def test_what_is_written_is_read(folder: LeavesFolder) -> None:
    digest = folder.write(7, iter(LEAVES))
    assert tuple(folder.read(7, digest)) == LEAVES
    assert folder.write(7, LEAVES) == digest, "the same leaves make the same file"


def test_the_bytes_are_those_of_the_docs(folder: LeavesFolder) -> None:
    path = folder.path(7, digest := folder.write(7, LEAVES[:2]))
    zeros, ones = "1" * 32, "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"
    assert path.read_text("ascii") == (f"pumpbox-leaves 1 epoch 7\n{zeros} 1000000000\n{ones} 1000000001\n")
    assert digest == sha256(path.read_bytes()).digest()
    assert digest.hex() in path.name


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_docs_own_check_finds_the_same_root(folder: LeavesFolder, tmp_path: Path, count: int) -> None:
    """Twenty lines of Python that share nothing with ours, as they stand on the page."""
    digest = folder.write(7, LEAVES[:count])
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    script = tmp_path / "check.py"
    script.write_text(snippet)
    command = [sys.executable, "-I", str(script), str(folder.path(7, digest))]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()
    assert dict(zip(said[::2], said[1::2], strict=True)) == {
        "root": leaf_tree(7, LEAVES[:count]).root.hex(),
        "sha256": digest.hex(),
        "count": str(count),
        "total": str(sum(leaf.amount for leaf in LEAVES[:count])),
    }


WRONG: dict[str, list[Leaf]] = {
    "none": [],
    "descending": [LEAVES[1], LEAVES[0]],
    "twice": [LEAVES[0], LEAVES[0]],
    "too small": [Leaf(bytes(32), MINIMUM - 1)],
    "beyond 64 bits": [Leaf(bytes(32), 2**64)],
    "a short address": [Leaf(b"\1" * 31, MINIMUM)],
}


@pytest.mark.parametrize("leaves", WRONG.values(), ids=WRONG.keys())
def test_leaves_that_no_epoch_takes_leave_no_file(
    folder: LeavesFolder, tmp_path: Path, leaves: list[Leaf]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        folder.write(7, leaves)
    assert list((tmp_path / "leaves").iterdir()) == []


DAMAGE = {
    "another epoch": (b"epoch 7", b"epoch 8"),
    "another amount": (b" 1000000001", b" 1000000002"),
    "leading zeros": (b" 1000000001", b" 01000000001"),
    "two spaces": (b" 1000000001", b"  1000000001"),
    "a carriage return": (b"1000000001\n", b"1000000001\r\n"),
    "no last line feed": (b"1000000255\n", b"1000000255"),
    "no address": (
        b"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi",
        b"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLK",
    ),
    "an address of 33 bytes": (b"1" * 32, b"1" * 33),
    "a cut": (b"1000000077\n", b""),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_not_taken(folder: LeavesFolder, change: tuple[bytes, bytes]) -> None:
    digest = folder.write(7, LEAVES)
    path = folder.path(7, digest)
    data = path.read_bytes()
    assert change[0] in data
    path.write_bytes(data.replace(*change))
    with pytest.raises(BadLeaves, match=str(path.name)):
        list(folder.read(7, digest))


def test_a_missing_file_is_said(folder: LeavesFolder) -> None:
    with pytest.raises(BadLeaves, match="No such file"):
        list(folder.read(7, bytes(32)))
