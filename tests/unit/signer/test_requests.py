"""Hostile requests: whatever the JSON, the answer is a request of ours or order-invalid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import UserError
from core.domain.intent import WithdrawIntent
from tests.unit.signer.desk import OUTSIDE, sign_params
from workers.signer.requests import Sign, parse

WITHDRAW = {"kind": "withdraw", "destination": OUTSIDE, "lamports": 5}
LAUNCH = {
    "kind": "launch",
    "name": "Cats",
    "symbol": "CAT",
    "uri": "http://x/m.json",
    "seed_commitment": "ab" * 32,
    "config_version": 1,
    "first_buy": 0,
}
BUY = {"kind": "buy", "mint": OUTSIDE, "max_in": 1, "min_out": 1, "deadline_slot": 9}
SWEEP = {"kind": "sweep", "mint": OUTSIDE, "treasury": OUTSIDE, "fee_recipient": OUTSIDE}
GRADUATE = {"kind": "graduate", "mint": OUTSIDE, "raydium_set": 1, "finish": 1, "finish_max_in": 2}
POOL_BUY = {"kind": "pool_buy", "mint": OUTSIDE, "lamports": 1, "min_out": 1, "raydium_set": 1}
POOL_SELL = {"kind": "pool_sell", "mint": OUTSIDE, "amount": 1, "min_out": 1, "raydium_set": 2}
CLAIM = {"kind": "claim", "epoch": 7, "index": 3, "amount": 5, "proof": "ab" * 64}
SELL = {"kind": "sell", "mint": OUTSIDE, "amount": 1, "min_out": 1, "deadline_slot": 9}

_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
_paths = st.sampled_from(
    [
        ("method",),
        ("params",),
        ("params", "order_id"),
        ("params", "wallet"),
        ("params", "intent"),
        ("params", "blockhash"),
        ("params", "compute"),
        ("params", "extra"),
        ("params", "blockhash", "hash"),
        ("params", "blockhash", "last_valid_block_height"),
        ("params", "compute", "unit_limit"),
        ("params", "compute", "unit_price"),
        ("params", "intent", "kind"),
        ("params", "intent", "lamports"),
        ("params", "intent", "name"),
        ("params", "intent", "mint"),
    ]
)


def _message(intent: dict[str, Any]) -> dict[str, Any]:
    return {"method": "sign", "params": sign_params("order-1", OUTSIDE, dict(intent))}


def _refusal(message: dict[str, Any]) -> str | None:
    try:
        parse(message)
    except UserError as refused:
        return refused.code
    return None


def test_a_good_request_is_read_field_by_field() -> None:
    request = parse(_message(WITHDRAW))
    assert isinstance(request, Sign)
    assert request.intent == WithdrawIntent(OUTSIDE, 5)
    assert (request.compute.unit_limit, request.compute.unit_price) == (1_000, 5)


@given(_paths, _json, st.sampled_from([WITHDRAW, LAUNCH, BUY, SELL, SWEEP, GRADUATE, CLAIM]))
def test_any_value_anywhere_is_read_or_refused(
    path: tuple[str, ...], value: Any, intent: dict[str, Any]
) -> None:
    message: dict[str, Any] = _message(intent)
    place = message
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert _refusal(message) in (None, "order-invalid")


@given(_json)
def test_any_object_is_read_or_refused(params: Any) -> None:
    for method in ("sign", "create_wallet", "withdrawn_today", "export"):
        assert _refusal({"method": method, "params": params}) in (None, "order-invalid")


@pytest.mark.parametrize(
    ("intent", "change", "field"),
    [
        (WITHDRAW, {"lamports": True}, "intent"),
        (WITHDRAW, {"lamports": 5.0}, "intent"),
        (WITHDRAW, {"lamports": "5"}, "intent"),
        (WITHDRAW, {"lamports": 0}, "lamports"),
        (WITHDRAW, {"lamports": 2**64}, "lamports"),
        (WITHDRAW, {"memo": "hi"}, "intent"),
        (WITHDRAW, {"kind": "raw"}, "intent"),
        (BUY, {"max_in": 0}, "max_in"),
        (BUY, {"min_out": -1}, "min_out"),
        (BUY, {"mint": "1" * 31}, "mint"),
        (BUY, {"mint": OUTSIDE + "1"}, "mint"),
        (SELL, {"amount": 2**64}, "amount"),
        (POOL_BUY, {"lamports": 0}, "lamports"),
        (POOL_BUY, {"raydium_set": 0}, "raydium_set"),
        (POOL_BUY, {"mint": "1" * 31}, "mint"),
        (POOL_SELL, {"amount": 0}, "amount"),
        (POOL_SELL, {"min_out": -1}, "min_out"),
        (POOL_SELL, {"raydium_set": 3}, "raydium_set"),
        (LAUNCH, {"name": ""}, "name"),
        (LAUNCH, {"name": "é" * 17}, "name"),
        (LAUNCH, {"symbol": "ELEVENCHARS"}, "symbol"),
        (LAUNCH, {"uri": "u" * 160}, "uri"),
        (LAUNCH, {"name": "\ud800"}, "name"),
        (LAUNCH, {"seed_commitment": "AB" * 32}, "seed_commitment"),
        (LAUNCH, {"seed_commitment": "ab" * 31}, "seed_commitment"),
        (LAUNCH, {"first_buy": -1}, "first_buy"),
        (CLAIM, {"epoch": -1}, "epoch"),
        (CLAIM, {"index": 2**64}, "index"),
        (CLAIM, {"amount": 0}, "amount"),
        (CLAIM, {"proof": "ab" * 31}, "proof"),
        (CLAIM, {"proof": "AB" * 32}, "proof"),
        (CLAIM, {"proof": "ab" * 32 * 25}, "proof"),
        (CLAIM, {"recipient": OUTSIDE}, "intent"),
    ],
)
def test_says_which_field_is_wrong(intent: dict[str, Any], change: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(_message(intent | change))
    assert refused.value.arguments == {"field": field}


@pytest.mark.parametrize("order_id", ["", " ", "a b", "a\n", "x" * 129, "ордер", None, 5, ["a"]])
def test_an_id_is_short_and_plain(order_id: Any) -> None:
    message = _message(WITHDRAW)
    message["params"]["order_id"] = order_id
    with pytest.raises(UserError) as refused:
        parse(message)
    assert refused.value.arguments == {"field": "order_id"}


def test_equal_requests_have_equal_digests_and_no_others() -> None:
    first, again, other = (parse(_message(intent)) for intent in (BUY, BUY, SELL))
    assert isinstance(first, Sign)
    assert isinstance(again, Sign)
    assert isinstance(other, Sign)
    assert first.digest() == again.digest() != other.digest()
