"""The signer's own limits, at their edges."""

from __future__ import annotations

import pytest
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from core.domain.errors import UserError
from tests.fakes.signer import PROGRAM_ID, WITHDRAW_LIMIT
from tests.unit.signer.desk import BLOCKHASH, OUTSIDE, Desk
from workers.signer.limits import _CHAINS_OWN, DAY

HOUR = 60 * 60


def test_every_address_of_the_chain_is_an_address() -> None:
    assert {str(Pubkey.from_string(address)) for address in _CHAINS_OWN} == _CHAINS_OWN
    assert {str(CLOCK), str(RENT)} <= _CHAINS_OWN


def test_a_days_withdrawals_are_given_back_24_hours_later_one_by_one(desk: Desk) -> None:
    wallet, start = desk.wallet(), desk.now
    desk.withdraw("first", wallet, WITHDRAW_LIMIT - 7)
    desk.now = start + HOUR
    desk.withdraw("second", wallet, 7)
    for late in (0, DAY - HOUR - 1):
        desk.now = start + HOUR + late
        with pytest.raises(UserError, match="withdraw-limit"):
            desk.withdraw("third", wallet, 1)
    desk.now = start + DAY
    with pytest.raises(UserError) as refused:
        desk.withdraw("third", wallet, WITHDRAW_LIMIT - 6)
    assert refused.value.arguments == {"limit": "5", "left": "4.999999993"}
    desk.withdraw("third", wallet, WITHDRAW_LIMIT - 7)


def test_a_limit_is_the_wallets_own(desk: Desk) -> None:
    desk.withdraw("a", desk.wallet("ann"), WITHDRAW_LIMIT)
    desk.withdraw("b", desk.wallet("bob"), WITHDRAW_LIMIT)


def test_a_repeat_counts_once_and_works_past_the_limit(desk: Desk) -> None:
    wallet = desk.wallet()
    first = desk.withdraw("first", wallet, WITHDRAW_LIMIT)
    assert desk.withdraw("first", wallet, WITHDRAW_LIMIT) == first


def test_the_priority_fee_may_reach_its_limit_and_not_pass_it(desk: Desk) -> None:
    wallet = desk.wallet()
    most = {"unit_limit": 1_000_000, "unit_price": 10_000_000}  # 10,000,000 lamports
    desk.withdraw("first", wallet, 1, compute=most)
    with pytest.raises(UserError, match="network-fee-limit"):
        desk.withdraw("second", wallet, 1, compute=most | {"unit_limit": 1_000_001})


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("", "withdraw-address"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "withdraw-address"),
        (OUTSIDE[:-3], "withdraw-address"),
        (OUTSIDE + "\u202e", "withdraw-address"),
        (PROGRAM_ID, "withdraw-to-program"),
        (str(RENT), "withdraw-to-program"),
        ("1nc1nerator11111111111111111111111111111111", "withdraw-to-program"),
    ],
)
def test_where_sol_would_be_lost_it_is_not_sent(desk: Desk, destination: str, code: str) -> None:
    wallet = desk.wallet()
    intent = {"kind": "withdraw", "destination": destination, "lamports": 1}
    with pytest.raises(UserError) as refused:
        desk.withdraw("first", wallet, 1, intent=intent)
    assert refused.value.code == code


def test_an_address_off_the_curve_can_receive(desk: Desk) -> None:
    vault, _ = Pubkey.find_program_address([b"vault"], Pubkey.from_string(PROGRAM_ID))
    intent = {"kind": "withdraw", "destination": str(vault), "lamports": 1}
    assert desk.withdraw("first", desk.wallet(), 1, intent=intent)["signature"]


@pytest.mark.parametrize(("deadline", "taken"), [(849, False), (850, True), (2**64 - 1, True)])
def test_a_deadline_before_the_blockhash_was_made_is_stale(desk: Desk, deadline: int, taken: bool) -> None:
    wallet = desk.wallet()
    intent = {"kind": "buy", "mint": OUTSIDE, "max_in": 1, "min_out": 1, "deadline_slot": deadline}
    blockhash = {"hash": BLOCKHASH, "last_valid_block_height": 1_000}
    if taken:
        desk.withdraw("first", wallet, 1, intent=intent, blockhash=blockhash)
        return
    with pytest.raises(UserError, match="order-stale"):
        desk.withdraw("first", wallet, 1, intent=intent, blockhash=blockhash)
