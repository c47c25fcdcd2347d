"""docs/program.md's table of costs, held to what `make bench-program` measures on the committed binary."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.benchmarks.program import ALSO, PEERS, TARGET_CU, TARGET_LAMPORTS, measure

PAGE = (Path(__file__).parents[2] / "docs" / "program.md").read_text()
# What the page calls them, where that is not the instruction's name.
CALLED = {
    "buy": "buy (the buyer's token account made before)",
    "graduate, no CPMM": "graduate without Raydium's part",
    "buy and graduate": "buy and graduate in one transaction, 1,039 bytes",
    "open_epoch": "open_epoch, beside the total",
    "claim, a page made": "claim of a million leaves, 1,024's first",
    "claim": "claim of a million leaves",
    "propose": "propose; the rent comes back",
    "upgrade": "upgrade to as much code",
}


def row(name: str) -> list[str]:
    """The cells of an instruction's row: CU least, median and most, lamports."""
    begin = f"| {CALLED.get(name, name)} |"
    (line,) = [line for line in PAGE.partition("## Costs")[2].splitlines() if line.startswith(begin)]
    return [cell.strip() for cell in line.removeprefix(begin).removesuffix("|").split("|")]


def test_the_docs_tell_what_is_measured_and_the_targets_are_met() -> None:
    costs = measure()
    for name, cost in costs.items():
        least, middle, most, lamports = row(name)
        assert least == f"{min(cost.cu):,}", name
        if middle:
            assert (middle, most) == (f"{int(median(cost.cu)):,}", f"{max(cost.cu):,}"), name
        if lamports:
            assert lamports == f"{cost.lamports:,}", name
    assert median(costs["launch"].cu) <= TARGET_CU["launch"]
    assert all(max(costs[name].cu) <= TARGET_CU[name] for name in ("buy", "sell"))
    assert costs["launch"].lamports <= TARGET_LAMPORTS["launch"]


def test_peers_stand_beside_them() -> None:
    for peer in (*PEERS.values(), *ALSO):
        assert f"{peer.least:,}" in PAGE, peer.who
        assert f"{peer.most:,}" in PAGE, peer.who
