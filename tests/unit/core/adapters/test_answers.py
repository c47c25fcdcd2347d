"""What a broken or hostile node says is no answer, and moves no terminal's cursor."""

from __future__ import annotations

from typing import Any

import pytest

from core.adapters.chain.answers import fits, plain

OWNER = "BPFLoaderUpgradeab1e11111111111111111111111"
ACCOUNT = {"lamports": 5, "owner": OWNER, "data": ["AAAA", "base64"], "executable": False}
SIGNATURE = {"signature": "5" * 88, "slot": 7, "err": None}
TRANSACTION: dict[str, Any] = {
    "slot": 7,
    "blockTime": None,
    "meta": {"err": None, "fee": 5_000, "preBalances": [9], "postBalances": [4]},
    "transaction": {"message": {"accountKeys": [OWNER], "instructions": [{"programIdIndex": 0}]}},
}
PROPER: dict[str, list[Any]] = {
    "getAccountInfo": [{"value": None}, {"value": ACCOUNT}],
    "getBalance": [{"value": 0}],
    "getBlockHeight": [5],
    "getEpochInfo": [{"absoluteSlot": 5, "blockHeight": 4}],
    "getGenesisHash": [OWNER],
    "getLatestBlockhash": [{"value": {"blockhash": OWNER, "lastValidBlockHeight": 150}}],
    "getMinimumBalanceForRentExemption": [890_880],
    "getMultipleAccounts": [{"value": []}, {"value": [None, ACCOUNT]}],
    "getRecentPrioritizationFees": [[], [{"slot": 1, "prioritizationFee": 0}]],
    "getSignatureStatuses": [{"context": {"slot": 1}, "value": [None, {"slot": 1, "err": None}]}],
    "getSignaturesForAddress": [[], [SIGNATURE]],
    "getSlot": [0],
    "getTokenAccountsByOwner": [{"value": [{"pubkey": OWNER, "account": ACCOUNT}]}],
    "getTransaction": [None, TRANSACTION],
    "requestAirdrop": ["5" * 88],
    "sendTransaction": ["5" * 88],
    "simulateTransaction": [
        {"value": {"err": None, "logs": ["\x1b[2J"], "unitsConsumed": 5}},
        {"value": {"err": "x"}},
    ],
}


@pytest.mark.parametrize("method", PROPER)
def test_what_a_node_answers_fits_and_garbage_does_not(method: str) -> None:
    assert all(fits(method, result) for result in PROPER[method])
    garbage: list[Any] = [
        7.5,
        True,
        -1,
        2**64,
        {},
        {"value": "x"},
        {"value": -1},
        [None],
        ["x"],
        [[]],
        "\x1b[2J",
    ]
    assert not any(fits(method, result) for result in garbage)


@pytest.mark.parametrize(
    "changed",
    [
        {"lamports": -1},
        {"lamports": 2**64},
        {"lamports": "5"},
        {"owner": None},
        {"owner": "\x1b]0;owned\x07"},
        {"data": "AAAA"},
        {"data": ["AAAA", "base58"]},
        {"data": ["A!AA", "base64"]},
        {"data": ["A", "base64"]},
        {"data": {}},
    ],
)
def test_an_account_that_can_not_be(changed: dict[str, Any]) -> None:
    assert not fits("getAccountInfo", {"value": ACCOUNT | changed})
    assert not fits("getMultipleAccounts", {"value": [None, ACCOUNT | changed]})


@pytest.mark.parametrize("missing", ["slot", "blockTime", "meta", "transaction"])
def test_a_transaction_that_lacks_a_part(missing: str) -> None:
    assert not fits("getTransaction", {name: part for name, part in TRANSACTION.items() if name != missing})


def test_a_simulation_that_can_not_be() -> None:
    for wrong in ({"logs": [5]}, {"unitsConsumed": -1}, {"logs": 5}):
        assert not fits("simulateTransaction", {"value": {"err": None, **wrong}})


def test_a_method_that_is_not_read_answers_what_it_likes() -> None:
    assert fits("getHealth", "ok")


def test_words_are_shown_without_what_steers_a_terminal() -> None:
    assert plain("a\x1b]0;owned\x07\r\n\u202eb é 🚀") == "a\ufffd]0;owned\ufffd\ufffd\ufffd\ufffdb é 🚀"
