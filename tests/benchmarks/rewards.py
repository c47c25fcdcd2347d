"""What an epoch of a million leaves takes: `make bench-rewards` (LEAVES=1000000).

Split by weight, prepared as the use case does it (public file, rows of a SQLite database), and one person's claim
found with its proof. Targets are ours: seconds to prepare, since that is done once an epoch; milliseconds to find,
since people wait for it. CPU beside wall time, because other work on the machine counts in the latter alone.
Memory is what the process held at most.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from core.adapters.storage.leaves import LeavesFolder
from core.domain import base58
from core.domain.merkle import Leaf, leaf_hash, leaf_tree, root_from
from core.domain.rewards import MINIMUM, split
from core.usecases.rewards import Rewards
from tests.fakes.chain_rewards import DAY, Epoch
from tests.fakes.house import house

LEAVES = int(os.environ.get("LEAVES", "1000000"))
LOOKUPS = 200
TARGETS = {"split": 10.0, "tree": 10.0, "prepare": 60.0, "find p99": 0.050}  # seconds


class Watch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def seconds(self) -> tuple[float, float]:
        """Wall and CPU."""
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


@dataclass(frozen=True, slots=True)
class Measured:
    """(wall, CPU) seconds by what was done, bytes by what was kept."""

    seconds: dict[str, tuple[float, float]]
    sizes: dict[str, int]


def weights() -> dict[bytes, int]:
    """People of whom the last has a thousand times the first's weight, and nobody too little to be paid."""
    return {sha256(number.to_bytes(8, "little")).digest(): 1 + number % 1_000 for number in range(LEAVES)}


async def measure(folder: Path) -> Measured:
    """One epoch from weights to claims."""
    seconds: dict[str, tuple[float, float]] = {}
    people = weights()
    watch = Watch()
    leaves = split(sum(people.values()) * MINIMUM, people).leaves
    seconds["split"] = watch.seconds()
    del people
    watch = Watch()
    root = leaf_tree(0, leaves).root
    seconds["tree"] = watch.seconds()
    async with house(folder) as home:
        process = home.process()
        files = LeavesFolder(folder / "leaves")
        rewards = Rewards(home.store, files, home.chain, process.orders, process.wallets, home.clock)
        watch = Watch()
        epoch = await rewards.prepare(0, leaves)
        seconds["prepare"] = watch.seconds()
        assert epoch.root == root.hex()
        opened = Epoch.of(0, leaves[:1], home.clock.now() - DAY)
        home.chain.books.epochs[0] = Epoch(replace(opened.state, root=epoch.root))
        found = [await _find(rewards, leaves, epoch.root, n) for n in range(LOOKUPS)]
        for name, at in (("find median", len(found) // 2), ("find p99", len(found) * 99 // 100)):
            seconds[name] = sorted(wall for wall, _ in found)[at], sorted(cpu for _, cpu in found)[at]
        return Measured(seconds, _sizes(folder, files.path(0, bytes.fromhex(epoch.leaves_sha256))))


def _sizes(folder: Path, file: Path) -> dict[str, int]:
    database = sum(part.stat().st_size for part in folder.glob("house.db*"))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    return {"file": file.stat().st_size, "database": database, "memory": held}


async def _find(rewards: Rewards, leaves: tuple[Leaf, ...], root: str, number: int) -> tuple[float, float]:
    index = number * 7_919 % len(leaves)
    address = base58.encode(leaves[index].recipient)
    watch = Watch()
    (claim,) = await rewards.find(address)
    took = watch.seconds()
    proven = root_from(leaf_hash(0, index, leaves[index]), index, claim.proof())
    assert (claim.index, proven.hex()) == (index, root)
    return took


def main() -> None:
    """Prints the table and, as the last line, the same as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(measure(Path(folder)))
    print(f"{LEAVES:,} leaves{'':<6}{'wall s':>10}{'CPU s':>10}{'target':>9}{'wall/target':>13}")
    for name, (wall, cpu) in measured.seconds.items():
        target = TARGETS.get(name)
        ratio = f"{target:>9}{wall / target:>13.2f}" if target else ""
        print(f"{name:<20}{wall:>10.4f}{cpu:>10.4f}{ratio}")
    for name, size in measured.sizes.items():
        print(f"{name:<20}{size:>12,} bytes, {size / LEAVES:.0f} a leaf")
    print(json.dumps({"leaves": LEAVES, "seconds": measured.seconds, "bytes": measured.sizes}))


if __name__ == "__main__":
    main()
