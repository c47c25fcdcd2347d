"""Named attacks on governance: each docstring says which real incident or flaw the test replays.

Those of one instruction stand with the instruction: changed bytes and double approvals (test_approve), executing
early, late or twice (test_execute), upgrades to other code (test_upgrade), pauses without end (test_pause).
"""

from __future__ import annotations

import hashlib

import pytest
from solders.rent import Rent

from core.adapters.chain.program.action import (
    Action,
    EndPause,
    ReplaceCode,
    RotateCouncil,
    RotateGuardian,
    SetTimeLock,
)
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.domain import curve
from core.domain.governance import DAY, EXECUTION_WINDOW, HOUR
from tests.program import forwarder
from tests.program.conftest import Coin
from tests.program.council import LOCK, ONE_OF_EACH, OTHERS, TERMS, Council
from tests.program.harness import SLOT, SOL, landed, refused
from tests.program.test_upgrade import BUFFER, CODE, put_buffer

LOCKED = [action for action in ONE_OF_EACH if not isinstance(action, EndPause)]
EACH_LOCKED = pytest.mark.parametrize("action", LOCKED, ids=lambda action: type(action).__name__)


@EACH_LOCKED
def test_a_late_kth_approval_executes_nothing_at_once(council: Council, action: Action) -> None:
    """Drift 2026: two of five had signed by durable nonce weeks before, and sending the signatures was the execution.

    Here the last approval, whenever it was signed, starts the lock: with the execution in one transaction it is
    refused, however old the proposal is.
    """
    chain, second = council.chain, council.chain.council[1]
    number = council.proposed(action)
    council.later(300 * DAY)
    approval = council.approval(number, second, action).build(chain.ids)
    at_once = [approval, council.execution(number)]
    refused(chain.send(at_once, council.payer, second), ProgramErrorCode.TimeLocked)
    landed(chain.send(approval, council.payer, second))
    council.later(LOCK - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)


def test_no_council_is_ever_without_delay(council: Council) -> None:
    """Drift 2026: a council without a time lock; two transactions four slots apart took the protocol.

    The floor is compiled in, and shortening the lock waits for the longer of the two.
    """
    for lock in (0, 1, LOCK - 1):
        refused(council.propose(SetTimeLock(lock)), ProgramErrorCode.InvalidConfig)
    council.executed(SetTimeLock(30 * DAY))
    number = council.approved(SetTimeLock(LOCK))
    council.later(LOCK)  # the new lock, which is not the longer one
    refused(council.execute(number), ProgramErrorCode.TimeLocked)


def test_a_council_is_not_replaced_unseen(council: Council) -> None:
    """Drift 2026: days before, four of five members were new and two signatures enough, all without a delay."""
    new = council.chain.wallet()
    number = council.approved(RotateCouncil(1, (new.pubkey(),)))
    landed(council.propose(TERMS))
    refused(council.approve(1, new), ProgramErrorCode.Unauthorized)
    council.later(LOCK - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)
    landed(council.cancel(number, council.chain.guardian))


def test_one_stolen_key_is_not_two(council: Council) -> None:
    """One key twice in the council would reach a threshold of two alone; so would one that is counted twice."""
    chain, thief = council.chain, council.chain.council[0]
    twice = RotateCouncil(2, (thief.pubkey(), chain.council[1].pubkey(), thief.pubkey()))
    refused(council.propose(twice), ProgramErrorCode.InvalidConfig)
    number = council.proposed(TERMS)
    again = council.approval(number, thief, TERMS).build(chain.ids)
    refused(chain.send([again], council.payer, thief), ProgramErrorCode.AlreadyApproved)
    forwarder.install(chain)
    refused(chain.send(forwarder.forwarded(again), council.payer, thief), ProgramErrorCode.AlreadyApproved)


def test_a_guardian_cannot_hold_on_to_its_office(council: Council) -> None:
    """Who may veto must not veto their own removal: not by cancel, and not by making it void with a pause."""
    chain, guardian = council.chain, council.chain.guardian
    number = council.approved(RotateGuardian(OTHERS[0]))
    refused(council.cancel(number, guardian), ProgramErrorCode.Unauthorized)
    landed(council.pause())  # a new version of Config would void the rotation
    other = council.approved(TERMS)
    landed(council.cancel(other, guardian))
    council.later(2 * LOCK)
    refused(council.cancel(number, guardian), ProgramErrorCode.Unauthorized)
    landed(council.execute(number))
    assert chain.config().guardian == OTHERS[0]


def test_a_guardian_in_the_council_has_no_veto_through_it(council: Council) -> None:
    """Two hats: as proposer of its own removal it may withdraw a draft, but nothing that the council has approved."""
    chain = council.chain
    member = chain.council[0]
    council.executed(RotateGuardian(member.pubkey()))
    number = council.approved(RotateGuardian(OTHERS[0]))  # proposed by that member
    refused(council.cancel(number, member), ProgramErrorCode.Unauthorized)


def test_one_hostile_member_stops_nothing(council: Council) -> None:
    """A single lost key must not be able to keep the others from replacing it."""
    hostile, *honest = council.chain.council
    landed(council.propose(RotateCouncil(2, OTHERS[:3]), by=honest[0]))
    landed(council.approve(0, honest[1]))
    refused(council.cancel(0, hostile), ProgramErrorCode.Unauthorized)
    for _ in range(3):  # drafts of its own, which void nothing
        council.proposed(TERMS)
    council.later(LOCK)
    landed(council.execute(0))
    assert council.chain.config().council == OTHERS[:3]


def test_a_proposal_does_not_wait_in_a_drawer(council: Council) -> None:
    """Approved when nobody minded, executed when nobody looks: after a week it can't be, and is no precedent."""
    number = council.approved(TERMS)
    council.later(LOCK + EXECUTION_WINDOW)
    refused(council.execute(number), ProgramErrorCode.ProposalExpired)
    refused(council.approve(number, council.chain.council[1]), ProgramErrorCode.AlreadyApproved)
    landed(council.approve(number, council.chain.council[2]))  # nor does another approval renew it
    refused(council.execute(number), ProgramErrorCode.ProposalExpired)


def test_terms_changed_mid_sale_do_not_touch_a_coin(council: Council, coin: Coin) -> None:
    """The whole way, by a real proposal to the highest fees that the program allows: new coins only."""
    chain = council.chain
    landed(chain.buy(coin.trader, coin.mint, SOL))
    council.executed(TERMS)
    before = chain.curve(coin.mint)
    expected, _ = curve.buy(before.state, SOL, 0, SLOT)
    landed(chain.buy(coin.trader, coin.mint, SOL))
    assert chain.curve(coin.mint).state == expected
    assert (before.state.fee, before.graduation_cap) == (chain.terms.fee, chain.terms.graduation_cap)


def test_holders_leave_before_a_hostile_upgrade(council: Council, coin: Coin) -> None:
    """What a malicious council can do: any code, two days from now. Until then everybody can sell, paused or not."""
    chain = council.chain
    chain.edit(chain.ids.program_data, 13, bytes(chain.ids.upgrade_authority))
    put_buffer(chain)
    landed(chain.buy(coin.trader, coin.mint, 20 * SOL))
    number = council.approved(ReplaceCode(BUFFER, hashlib.sha256(CODE).digest()))
    landed(council.pause())
    council.later(LOCK - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)
    landed(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens)))
    assert chain.curve(coin.mint).state.real_sol < 10**6, "all but roundings"
    council.later(1)
    landed(council.execute(number))


def test_two_short_waits_are_not_shorter_than_one_long(council: Council) -> None:
    """Shortening the lock first, to do the rest quickly: the shortening has waited as long as the rest would have."""
    council.executed(SetTimeLock(20 * DAY))
    begun = council.now
    council.executed(SetTimeLock(48 * HOUR))
    council.executed(TERMS)
    assert council.now - begun >= 20 * DAY + 48 * HOUR


@pytest.mark.parametrize("per_byte", [1, 6_960 * 10], ids=["down", "up"])
def test_rent_repriced_stops_no_decision(council: Council, per_byte: int) -> None:
    """All that the account holds goes back, whatever an account of its size costs by then; also to an emptied payer."""
    chain, payer = council.chain, council.payer.pubkey()
    number = council.proposed(TERMS)
    held = chain.lamports(chain.ids.proposal(number))
    chain.svm.set_rent(Rent(per_byte, 1.0, 50))
    council.payer = chain.wallet()
    chain.put(payer, 10 * SOL if per_byte > 1 else 0, b"", SYSTEM_PROGRAM)
    before = chain.lamports(payer)
    landed(council.approve(number, chain.council[1]))
    council.later(LOCK)
    landed(council.execute(number))
    assert chain.lamports(payer) == before + held


@EACH_LOCKED
def test_a_call_of_another_program_opens_no_other_way(council: Council, action: Action) -> None:
    """Guard missing on a CPI (Meteora swap2): the lock holds inside a call as outside."""
    forwarder.install(council.chain)
    number = council.approved(action)
    by_call = forwarder.forwarded(council.execution(number))
    refused(council.chain.send(by_call, council.payer), ProgramErrorCode.TimeLocked)
