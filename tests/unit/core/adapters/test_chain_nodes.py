"""One address may stand for many nodes, and not all of them know the same."""

from __future__ import annotations

from typing import Any, cast

import pytest

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.raydium.addresses import MAINNET
from core.adapters.chain.rpc import Rpc
from core.domain.intent import BuyIntent
from core.ports.chain import ChainAway
from tests.fakes.signer import PROGRAM_ID

SIGNATURE = "5" * 88
WALLET = "1" * 32
RAYDIUM = str(MAINNET.program)


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


@pytest.mark.parametrize("told", [{"innerInstructions": None}, {}])
async def test_a_node_without_inner_instructions_stops_nobody_elses_order(told: dict[str, Any]) -> None:
    meta = {"fee": 5_000, "preBalances": [9], "postBalances": [1], **told}
    message = {"accountKeys": [WALLET], "instructions": []}
    asked, _ = chain(
        getTransaction={"slot": 7, "meta": meta, "transaction": {"message": message}},
        getAccountInfo={"value": None},
    )
    with pytest.raises(ChainAway, match="inner instructions"):
        await asked.fill(SIGNATURE, BuyIntent(WALLET, 1, 1, 1), WALLET)


def failed(code: int, level: str = "confirmed") -> dict[str, Any]:
    err = {"InstructionError": [0, {"Custom": code}]}
    return statuses(9, {"slot": 8, "err": err, "confirmationStatus": level})


def transaction(code: int, *logs: str) -> dict[str, Any]:
    """One instruction, of our program, failed."""
    message = {"accountKeys": [WALLET, PROGRAM_ID], "instructions": [{"programIdIndex": 1}]}
    meta = {"err": {"InstructionError": [0, {"Custom": code}]}, "logMessages": list(logs)}
    return {"transaction": {"message": message}, "meta": meta}


async def test_a_code_means_what_the_program_that_failed_means_by_it() -> None:
    """6005 is a wrong owner to us, and a price that moved to Raydium."""
    asked, nodes = chain(getSignatureStatuses=failed(6005), getTransaction=transaction(6005))
    (status,) = await asked.statuses([SIGNATURE])
    assert status is not None
    assert (status.confirmed, status.error) == (True, "program-fault")
    inner = f"Program {RAYDIUM} failed: custom program error: 0x1775"
    nodes.answers["getTransaction"] = transaction(6005, inner)
    (status,) = await asked.statuses([SIGNATURE])
    assert status is not None
    assert status.error == "slippage"


async def test_a_failure_whose_program_is_not_known_yet_is_asked_for_again() -> None:
    asked, nodes = chain(getSignatureStatuses=failed(6019), getTransaction=None)
    (status,) = await asked.statuses([SIGNATURE])
    assert status is not None
    assert (status.confirmed, status.error) == (False, None)
    nodes.answers["getTransaction"] = transaction(6019)
    (status,) = await asked.statuses([SIGNATURE])
    assert status is not None
    assert (status.confirmed, status.error) == (True, "slippage")


async def test_a_final_failure_is_one_even_if_its_contents_never_come() -> None:
    asked, _ = chain(getSignatureStatuses=failed(6019, "finalized"), getTransaction=None)
    (status,) = await asked.statuses([SIGNATURE])
    assert status is not None
    assert (status.confirmed, status.error) == (True, "chain-refused")
