"""One address may stand for many nodes, and not all of them know the same."""

from __future__ import annotations

from typing import Any, cast

import pytest

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.domain.intent import BuyIntent
from core.ports.chain import ChainAway
from tests.fakes.signer import PROGRAM_ID

SIGNATURE = "5" * 88
WALLET = "1" * 32


class Nodes:
    """Answers by method, as a load balancer does: each from whichever node."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    async def call(self, method: str, *params: Any) -> Any:
        return self.answers[method]


def chain(**answers: Any) -> tuple[SolanaChain, Nodes]:
    nodes = Nodes(**answers)
    return SolanaChain(cast(Rpc, nodes), PROGRAM_ID), nodes


def statuses(slot: int, *entries: Any) -> dict[str, Any]:
    return {"context": {"slot": slot}, "value": list(entries)}


async def test_a_node_that_is_behind_can_not_say_that_nothing_landed() -> None:
    """Else an order is called expired, its user buys again, and both land."""
    asked, nodes = chain(
        getEpochInfo={"absoluteSlot": 5_000, "blockHeight": 4_700},
        getSignatureStatuses=statuses(4_999, None),
    )
    assert await asked.block_height() == 4_700
    with pytest.raises(ChainAway, match="behind"):
        await asked.statuses([SIGNATURE])
    nodes.answers["getSignatureStatuses"] = statuses(5_000, None)
    assert await asked.statuses([SIGNATURE]) == [None]


async def test_an_answer_for_fewer_than_were_asked_for_is_none() -> None:
    asked, _ = chain(getSignatureStatuses=statuses(1, None))
    with pytest.raises(ChainAway):
        await asked.statuses([SIGNATURE, SIGNATURE])


@pytest.mark.parametrize("meta", [{"fee": 5_000, "logMessages": None}, {"fee": 5_000}])
async def test_a_node_without_logs_stops_nobody_elses_order(meta: dict[str, Any]) -> None:
    asked, _ = chain(getTransaction={"slot": 7, "meta": meta})
    with pytest.raises(ChainAway):
        await asked.fill(SIGNATURE, BuyIntent(WALLET, 1, 1, 1), WALLET)
