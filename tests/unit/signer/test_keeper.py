"""The keeper's wallet: it does what nobody else may, nothing else, and spends no more in a day than its budget."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.domain.errors import UserError
from core.ports.signer import KEEPER
from tests.fakes.signer import KEEPER_LIMIT
from tests.unit.signer.desk import OUTSIDE, Desk, sign_params
from workers.signer.limits import DAY, SIGNATURE_FEE, TOKEN_ACCOUNT_RENT

SWEEP = {"kind": "sweep", "mint": OUTSIDE, "treasury": OUTSIDE, "fee_recipient": OUTSIDE}
GRADUATE = {
    "kind": "graduate",
    "mint": OUTSIDE,
    "raydium_set": 1,
    "max_top_up": 0,
    "finish": 0,
    "finish_max_in": 0,
}
KEEPERS = {"sweep": SWEEP, "graduate": GRADUATE}
OTHERS: dict[str, dict[str, Any]] = {
    "buy": {"mint": OUTSIDE, "max_in": 1, "min_out": 1, "deadline_slot": 1_000},
    "sell": {"mint": OUTSIDE, "amount": 1, "min_out": 1, "deadline_slot": 1_000},
    "pool_buy": {"mint": OUTSIDE, "lamports": 1, "min_out": 1, "raydium_set": 1},
    "pool_sell": {"mint": OUTSIDE, "amount": 1, "min_out": 1, "raydium_set": 1},
    "claim": {"epoch": 0, "index": 0, "amount": 1, "proof": ""},
    "withdraw": {"destination": OUTSIDE, "lamports": 1},
    "launch": {
        "name": "Cats",
        "symbol": "CAT",
        "uri": "http://x/m.json",
        "seed_commitment": "ab" * 32,
        "config_version": 1,
        "first_buy": 0,
    },
}
DEAR = {
    "unit_limit": 1_000_000,
    "unit_price": 9_995_000,
}  # 9,995,000 lamports: ten in a budget, with 5,000 each


@pytest.mark.parametrize("kind", KEEPERS)
def test_only_the_keepers_wallet_does_a_keepers_work(desk: Desk, kind: str) -> None:
    with pytest.raises(UserError, match="keeper-only"):
        desk.sign("first", desk.wallet("ann"), KEEPERS[kind])
    assert desk.sign("first", desk.wallet(KEEPER), KEEPERS[kind])["signature"]


@pytest.mark.parametrize("kind", OTHERS)
def test_the_keepers_wallet_does_nothing_else(desk: Desk, kind: str) -> None:
    intent = {"kind": kind} | OTHERS[kind]
    with pytest.raises(UserError, match="keeper-wallet"):
        desk.sign("first", desk.wallet(KEEPER), intent)
    assert desk.sign("first", desk.wallet("ann"), intent)["signature"]


def test_a_days_budget_is_given_back_24_hours_later_one_by_one(desk: Desk) -> None:
    wallet, start = desk.wallet(KEEPER), desk.now
    for number in range(10):
        desk.now = start + number
        desk.sign(f"order-{number}", wallet, SWEEP, compute=DEAR)
    desk.now = start + DAY - 1
    with pytest.raises(UserError) as refused:
        desk.sign("late", wallet, SWEEP)
    assert (refused.value.code, refused.value.arguments) == ("keeper-budget", {"budget": "0.1", "left": "0"})
    desk.now = start + DAY
    desk.sign("late", wallet, SWEEP, compute=DEAR)
    with pytest.raises(UserError, match="keeper-budget"):
        desk.sign("later", wallet, SWEEP)


def test_a_repeat_counts_once_and_works_past_the_budget(desk: Desk) -> None:
    wallet = desk.wallet(KEEPER)
    signed = [desk.sign(f"order-{number}", wallet, SWEEP, compute=DEAR) for number in range(10)]
    desk.restart()
    assert [desk.sign(f"order-{number}", wallet, SWEEP, compute=DEAR) for number in range(10)] == signed


def test_a_clock_that_is_set_back_gives_no_budget_back(desk: Desk) -> None:
    wallet = desk.wallet(KEEPER)
    for number in range(10):
        desk.sign(f"order-{number}", wallet, SWEEP, compute=DEAR)
    desk.now -= 30 * DAY
    desk.restart()
    with pytest.raises(UserError, match="keeper-budget"):
        desk.sign("late", wallet, SWEEP)


def test_an_order_id_stays_the_first_transaction_whoever_asks_for_what(desk: Desk) -> None:
    keeper, ann = desk.wallet(KEEPER), desk.wallet("ann")
    signed = desk.sign("first", keeper, SWEEP)
    assert desk.sign("first", keeper, GRADUATE | {"max_top_up": 2**64 - 1}) == signed
    assert desk.sign("first", ann, SWEEP) == signed
    assert desk.withdraw("first", ann, 5) == signed
    asked = {"method": "withdrawn_today", "params": {"wallet": ann}}
    assert desk.service.handle(asked)["lamports"] == 0


def test_a_fraction_of_a_lamport_counts_as_one(desk: Desk) -> None:
    wallet = desk.wallet(KEEPER)
    desk.sign("first", wallet, SWEEP, compute={"unit_limit": 1, "unit_price": 1})
    asked = {"method": "withdrawn_today", "params": {"wallet": wallet}}
    assert desk.service.handle(asked) == {"lamports": SIGNATURE_FEE + 1, "limit": KEEPER_LIMIT}


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({}, SIGNATURE_FEE),
        ({"max_top_up": 70}, SIGNATURE_FEE + 70),
        ({"finish": 1, "finish_max_in": 300}, SIGNATURE_FEE + 300 + TOKEN_ACCOUNT_RENT),
    ],
)
def test_a_graduation_counts_all_that_it_may_spend(desk: Desk, changes: dict[str, int], cost: int) -> None:
    wallet, free = desk.wallet(KEEPER), {"unit_limit": 400_000, "unit_price": 0}
    desk.sign("first", wallet, GRADUATE | changes, compute=free)
    asked = {"method": "withdrawn_today", "params": {"wallet": wallet}}
    assert desk.service.handle(asked)["lamports"] == cost
    with pytest.raises(UserError, match="keeper-budget"):
        desk.sign(
            "second", wallet, GRADUATE | {"max_top_up": KEEPER_LIMIT - SIGNATURE_FEE - cost + 1}, compute=free
        )
    desk.sign("third", wallet, GRADUATE | {"max_top_up": KEEPER_LIMIT - SIGNATURE_FEE - cost}, compute=free)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mint": "1" * 31}, "mint"),
        ({"raydium_set": 0}, "raydium_set"),
        ({"raydium_set": 3}, "raydium_set"),
        ({"max_top_up": -1}, "max_top_up"),
        ({"max_top_up": 2**64}, "max_top_up"),
        ({"finish": -1}, "finish"),
        ({"finish": 1}, "finish_max_in"),
        ({"finish_max_in": 1}, "finish_max_in"),
    ],
)
def test_says_which_field_of_a_graduation_is_wrong(desk: Desk, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as refused:
        desk.sign("first", desk.wallet(KEEPER), GRADUATE | changes)
    assert (refused.value.code, refused.value.arguments) == ("order-invalid", {"field": field})


def test_the_log_says_what_each_may_cost(desk: Desk) -> None:
    desk.sign("first", desk.wallet(KEEPER), SWEEP, compute=DEAR)
    desk.withdraw("second", desk.wallet("ann"), 5)
    bodies = [json.loads(body) for (body,) in desk.connection.execute("SELECT body FROM audit ORDER BY seq")]
    costs = {body["order_id"]: body.get("cost") for body in bodies if body["event"] == "signed"}
    assert costs == {"first": 10_000_000, "second": None}


@pytest.mark.parametrize("field", ["mint", "treasury", "fee_recipient"])
def test_an_address_that_is_none_is_named(desk: Desk, field: str) -> None:
    params = sign_params("first", desk.wallet(KEEPER), SWEEP | {field: "1" * 31})
    with pytest.raises(UserError) as refused:
        desk.service.handle({"method": "sign", "params": params})
    assert refused.value.arguments == {"field": field}
