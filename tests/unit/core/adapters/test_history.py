"""One address may stand for many nodes: what one that is behind lists is never taken for what is new."""

from __future__ import annotations

from typing import Any, cast

import pytest

from core.adapters.chain.history import History
from core.adapters.chain.rpc import Rpc
from core.ports.chain import ChainAway


class Nodes:
    """Answers as a node that has seen the first `seen` of these transactions, and keeps those from `kept` on."""

    def __init__(self, *signatures: str) -> None:
        self.signatures = signatures
        self.seen, self.kept = len(signatures), 0

    async def call(self, method: str, *params: Any) -> Any:
        known = self.signatures[self.kept : self.seen]
        if method == "getTransaction":
            return {"signature": params[0]} if params[0] in known else None
        assert method == "getSignaturesForAddress"
        options = params[1]
        until, before = options.get("until"), options.get("before")
        end = known.index(before) if before in known else 0 if before else len(known)
        start = (
            known.index(until) + 1 if until in known else 0
        )  # as Agave does with one that it does not know
        newest_first = [{"signature": each, "slot": 1, "err": None} for each in reversed(known[start:end])]
        return newest_first[: options["limit"]]


def history(nodes: Nodes) -> History:
    return History(cast(Rpc, nodes), "address")


async def listed(found: History, after: str | None) -> list[str]:
    return [entry["signature"] for entry, _ in await found.after(after, 10)]


async def test_what_came_after_is_given_once() -> None:
    nodes = Nodes("a", "b", "c")
    found = history(nodes)
    assert await listed(found, None) == ["a", "b", "c"]
    assert await listed(found, "c") == []
    nodes.signatures, nodes.seen = ("a", "b", "c", "d"), 4
    assert await listed(found, "c") == ["d"]
    assert await listed(history(nodes), "b") == ["c", "d"]


async def test_a_node_that_does_not_know_the_last_one_yet_gives_nothing_again() -> None:
    """It lists its whole history then, from the first trade on: each would be booked a second time."""
    nodes = Nodes("a", "b", "c", "d")
    nodes.seen = 2
    with pytest.raises(ChainAway, match="behind"):
        await listed(history(nodes), "c")
    nodes.seen = 4
    assert await listed(history(nodes), "c") == ["d"]


async def test_a_node_that_does_not_keep_the_last_one_any_more_leaves_no_hole() -> None:
    nodes = Nodes("a", "b", "c", "d")
    nodes.kept = 2
    with pytest.raises(ChainAway, match="history"):
        await listed(history(nodes), "a")
