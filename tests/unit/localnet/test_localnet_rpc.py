"""JSON-RPC as strangers speak it: batches, notifications, nonsense. Nothing breaks the node."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from tests.fakes.chain_builders import SOL, pay, signed
from tests.unit.localnet.conftest import Open, Time
from workers.localnet.errors import (
    BLOCK_NOT_AVAILABLE,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    KEY_EXCLUDED,
    METHOD_NOT_FOUND,
    MIN_CONTEXT_SLOT,
    PARSE_ERROR,
    RpcError,
)
from workers.localnet.node import Node
from workers.localnet.rpc import dispatch, subscribe
from workers.localnet.rpc.params import Params

WITH_DATA = (-32002, -32005, -32016)  # without data, solders panics in the client


def ask(node: Node, method: str, *params: object) -> Any:
    """The whole answer to one call."""
    call = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
    answer = json.loads(dispatch.handle(node, json.dumps(call).encode()))
    assert answer["id"] == 7
    return answer


def result(node: Node, method: str, *params: object) -> Any:
    answer = ask(node, method, *params)
    assert "error" not in answer, answer
    return answer["result"]


def error(node: Node, method: str, *params: object) -> Any:
    return ask(node, method, *params)["error"]


def raw(node: Node, body: str | bytes) -> Any:
    answer = dispatch.handle(node, body.encode() if isinstance(body, str) else body)
    return json.loads(answer) if answer else None


# ---------------------------------------------------------------------- the envelope


def test_a_batch_is_answered_in_order_and_without_its_notifications(node: Node) -> None:
    batch = [
        {"jsonrpc": "2.0", "id": "a", "method": "getHealth"},
        {"jsonrpc": "2.0", "method": "getHealth"},
        {"jsonrpc": "2.0", "id": 2, "method": "getNothing"},
        17,
    ]
    answers = raw(node, json.dumps(batch))
    assert answers[0] == {"jsonrpc": "2.0", "result": "ok", "id": "a"}
    assert [answer.get("error", {}).get("code") for answer in answers[1:]] == [
        METHOD_NOT_FOUND,
        INVALID_REQUEST,
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", PARSE_ERROR),
        ("{", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        ("[" * 100_000, PARSE_ERROR),
        ("[]", INVALID_REQUEST),
        ("3", INVALID_REQUEST),
        ('{"id":1}', INVALID_REQUEST),
        ('{"id":1,"method":3}', INVALID_REQUEST),
        ('{"id":1,"method":"getSlot","params":{"a":1}}', INVALID_PARAMS),
    ],
)
def test_nonsense_is_named(node: Node, body: str | bytes, code: int) -> None:
    assert raw(node, body)["error"]["code"] == code


def test_a_notification_has_no_answer(node: Node) -> None:
    assert raw(node, '{"jsonrpc":"2.0","method":"getHealth"}') is None
    assert raw(node, '[{"jsonrpc":"2.0","method":"getHealth"}]') is None


@pytest.mark.parametrize(
    ("ident", "echoed"), [('"\\ud800"', "\ud800"), ("NaN", None), ("1e400", None), ("{}", None)]
)
def test_an_odd_id_still_gets_json(node: Node, ident: str, echoed: object) -> None:
    answer = dispatch.handle(node, f'{{"id":{ident},"method":"getHealth"}}'.encode())
    assert json.loads(answer.encode()) == {"jsonrpc": "2.0", "result": "ok", "id": echoed}


def test_a_batch_has_a_limit(node: Node) -> None:
    call = '{"id":1,"method":"getHealth"}'
    assert len(raw(node, f"[{','.join([call] * 1_000)}]")) == 1_000
    assert raw(node, f"[{','.join([call] * 1_001)}]")["error"]["code"] == INVALID_REQUEST


KEY = str(Pubkey.new_unique())
SETTINGS = [
    *("encoding", "commitment", "minContextSlot", "filters", "memcmp", "offset", "bytes", "dataSize"),
    *("dataSlice", "length", "mint", "programId", "limit", "before", "until", "accounts", "addresses"),
    *("transactionDetails", "maxSupportedTransactionVersion", "sigVerify", "innerInstructions"),
]
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=50),
        st.sampled_from(
            [KEY, str(Signature.default()), "base64", "jsonParsed", "AAAA", 1_000, 2**64 - 1, 10**30]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(SETTINGS),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


ODD = [None, True, 0, -1, 1.5, 2**64, "", "0", "é", "1" * 33, "A" * 5_000, KEY, [], [KEY], [7], {}, {"a": 1}]
ODD_CONFIGS: list[object] = [
    None,
    "base64",
    3,
    {"encoding": "base64"},
    {"encoding": []},
    {"commitment": {}},
    {"filters": 1},
]


@pytest.mark.parametrize("method", sorted(dispatch.METHODS))
def test_odd_parameters_are_refused_by_name(node: Node, method: str) -> None:
    for first, second in itertools.product(ODD, ODD_CONFIGS):
        refused = ask(node, method, first, second).get("error")
        if refused is not None:
            assert refused["code"] != INTERNAL_ERROR, (first, second)
            assert (refused["code"] in WITH_DATA) <= ("data" in refused)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(sorted(dispatch.METHODS)), params=st.lists(json_values, max_size=4))
def test_no_parameters_break_a_method(node: Node, method: str, params: list[object]) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = json.loads(dispatch.handle(node, json.dumps(call).encode()))
    refused = answer.get("error")
    if refused is None:
        assert "result" in answer
    else:
        assert refused["code"] != INTERNAL_ERROR, (refused, call)
        assert (refused["code"] in WITH_DATA) <= ("data" in refused)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(sorted(subscribe.METHODS)), params=st.lists(json_values, max_size=3))
def test_no_parameters_break_a_subscription(node: Node, method: str, params: list[object]) -> None:
    code = None
    try:
        wanted = subscribe.METHODS[method](node, Params(params))
        assert {wanted.topic: wanted}  # a topic is a key
    except RpcError as refused:
        code = refused.code
    assert code in (None, INVALID_PARAMS, MIN_CONTEXT_SLOT)


# ---------------------------------------------------------------------- families


def test_accounts_of_strangers_do_not_exist(node: Node) -> None:
    nobody = str(Pubkey.new_unique())
    assert result(node, "getAccountInfo", nobody)["value"] is None
    assert result(node, "getBalance", nobody)["value"] == 0
    assert result(node, "getMultipleAccounts", [nobody, nobody])["value"] == [None, None]
    assert error(node, "getMultipleAccounts", [nobody] * 101)["code"] == INVALID_PARAMS
    assert error(node, "getAccountInfo", "not a key")["code"] == INVALID_PARAMS


def test_the_system_program_cannot_be_listed(node: Node) -> None:
    refused = error(node, "getProgramAccounts", str(Pubkey.default()))
    assert refused["code"] == KEY_EXCLUDED
    assert "data" in refused


def test_a_slot_that_has_not_come_is_refused_with_data(node: Node) -> None:
    refused = error(node, "getSlot", {"minContextSlot": 2**40})
    assert refused["code"] == MIN_CONTEXT_SLOT
    assert refused["data"] == {"contextSlot": node.clock.slot()}
    assert error(node, "getSlot", {"commitment": "soon"})["code"] == INVALID_PARAMS


def test_blockhashes_can_be_asked_about(node: Node, time: Time) -> None:
    value = result(node, "getLatestBlockhash")["value"]
    assert value["lastValidBlockHeight"] == result(node, "getBlockHeight") + 150
    assert result(node, "isBlockhashValid", value["blockhash"])["value"] is True
    time.pass_slots(151)
    assert result(node, "isBlockhashValid", value["blockhash"])["value"] is False


def test_blocks(node: Node, alice: Keypair, time: Time) -> None:
    first = node.clock.slot()
    sent = []
    for slots in (0, 3):
        time.pass_slots(slots)
        tx = signed([pay(alice, Pubkey.new_unique(), SOL)], node.latest_blockhash(), alice)
        sent.append(node.send(bytes(tx)))
    full = result(node, "getBlock", first + 3, {"maxSupportedTransactionVersion": 0})
    assert [tx["transaction"]["signatures"][0] for tx in full["transactions"]] == [sent[1]]
    assert full["parentSlot"] == first + 2
    before = result(node, "getBlock", first + 2, {"transactionDetails": "signatures", "rewards": False})
    assert full["previousBlockhash"] == before["blockhash"]
    assert before["signatures"] == []
    assert "rewards" not in before
    accounts = result(node, "getBlock", first, {"transactionDetails": "accounts"})["transactions"]
    assert accounts[-1]["transaction"]["accountKeys"][0]["pubkey"] == str(alice.pubkey())
    assert result(node, "getBlocks", first, first + 99) == [first, first + 1, first + 2, first + 3]
    assert result(node, "getBlocksWithLimit", first, 2) == [first, first + 1]
    for slot in (999, first + 4, 2**64 - 1):
        assert error(node, "getBlock", slot)["code"] == BLOCK_NOT_AVAILABLE


def test_history_survives_a_restart(node: Node, open_node: Open, alice: Keypair) -> None:
    tx = signed([pay(alice, Pubkey.new_unique(), SOL)], node.latest_blockhash(), alice)
    signature = node.send(bytes(tx))
    queries: list[tuple[str, list[object]]] = [
        ("getTransaction", [signature, "jsonParsed"]),
        ("getSignaturesForAddress", [str(alice.pubkey())]),
        ("getBlock", [node.clock.slot()]),
        ("getGenesisHash", []),
        ("getLatestBlockhash", []),
    ]
    before = [result(node, method, *params) for method, params in queries]
    node = open_node()
    assert [result(node, method, *params) for method, params in queries] == before


def test_simulation_options_that_contradict_each_other(node: Node, alice: Keypair) -> None:
    tx = signed([pay(alice, Pubkey.new_unique(), SOL)], node.latest_blockhash(), alice)
    text = base64.b64encode(bytes(tx)).decode()
    both = {"encoding": "base64", "sigVerify": True, "replaceRecentBlockhash": True}
    assert error(node, "simulateTransaction", text, both)["code"] == INVALID_PARAMS
    assert result(node, "simulateTransaction", text, {"encoding": "base64"})["value"]["err"] is None
    assert node.engine.get(alice.pubkey()) is not None
    assert node.ledger.count() == 1  # alice's airdrop: a simulation keeps nothing


def test_what_landed_can_be_simulated_again_on_a_new_blockhash(node: Node, alice: Keypair) -> None:
    tx = signed([pay(alice, Pubkey.new_unique(), SOL)], node.latest_blockhash(), alice)
    node.send(bytes(tx))
    text = base64.b64encode(bytes(tx)).decode()
    as_it_is = result(node, "simulateTransaction", text, {"encoding": "base64"})
    assert as_it_is["value"]["err"] == "AlreadyProcessed"
    anew = {"encoding": "base64", "replaceRecentBlockhash": True}
    assert result(node, "simulateTransaction", text, anew)["value"]["err"] is None


@pytest.mark.parametrize("encoding", ["base64", "base58"])
def test_a_packet_too_large_is_refused_before_it_is_decoded(node: Node, encoding: str) -> None:
    refused = error(node, "sendTransaction", "A" * 100_000, {"encoding": encoding})
    assert refused["code"] == INVALID_PARAMS
    assert "too large: 100000 bytes" in refused["message"]
