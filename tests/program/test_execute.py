"""execute: what was approved, after its lock, within its week, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.adapters.chain.program.action import (
    Action,
    EndPause,
    ReplaceCode,
    RotateCouncil,
    RotateGuardian,
    SetTimeLock,
)
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.execute import Execute
from core.adapters.chain.program.governance_events import ProposalExecuted
from core.domain.governance import DAY, EXECUTION_WINDOW, HOUR
from tests.program.council import KEYS, LOCK, OTHERS, TERMS, Council
from tests.program.harness import Chain, events, landed, launch_args, refused


def test_terms_change_for_coins_to_come(council: Council) -> None:
    chain = council.chain
    before = chain.config()
    number = council.ready(TERMS)
    assert events(landed(council.execute(number))) == [ProposalExecuted(5, number, TERMS.TAG, 2)]
    assert chain.config() == replace(
        before,
        config_version=2,
        sequence=5,
        next_proposal=1,
        initial_sol=TERMS.initial_sol,
        graduation_cap=TERMS.graduation_cap,
        schedule_slots=TERMS.schedule_slots,
        fee=TERMS.fee,
        creator_fee=TERMS.creator_fee,
        schedule_fee=TERMS.schedule_fee,
    )
    mint = chain.launch(chain.wallet(), config_version=2)
    state = chain.curve(mint).state
    assert (state.initial_sol, state.fee, state.schedule_slots) == (TERMS.initial_sol, 200, 100)


def test_keys_change(council: Council) -> None:
    before = council.chain.config()
    council.executed(KEYS)
    expected = replace(before, config_version=2, sequence=5, next_proposal=1)
    assert council.chain.config() == replace(expected, treasury=OTHERS[0], rewards=OTHERS[1])


def test_a_launch_that_saw_the_old_terms_is_refused(council: Council) -> None:
    """The creator signed for terms: others are not what they agreed to."""
    chain, creator = council.chain, council.chain.wallet()
    council.executed(TERMS)
    old = launch_args(creator.pubkey(), config_version=1).build(chain.ids)
    refused(chain.send(old, creator), ProgramErrorCode.ConfigChanged)


def test_neither_before_the_lock_ends_nor_a_week_after(council: Council) -> None:
    """To the second."""
    number = council.approved(TERMS)
    opens = council.now + LOCK
    window = council.proposal(number).window(council.chain.config())
    assert window is not None
    assert (window.opens, window.closes) == (opens, opens + 7 * DAY)
    for early in (council.now, opens - 1):
        council.at(early)
        refused(council.execute(number), ProgramErrorCode.TimeLocked)
    council.at(opens + EXECUTION_WINDOW)
    refused(council.execute(number), ProgramErrorCode.ProposalExpired)
    council.at(opens + EXECUTION_WINDOW - 1)
    landed(council.execute(number))


def test_too_few_approvals_execute_nothing(council: Council) -> None:
    number = council.proposed(TERMS)
    council.later(30 * DAY)
    refused(council.execute(number), ProgramErrorCode.NotApproved)


def test_executing_twice_is_refused(council: Council) -> None:
    """The account is gone, and its number is never given again."""
    number = council.ready(TERMS)
    built = council.execution(number)
    landed(council.chain.send(built, council.payer))
    refused(council.chain.send(built, council.payer), ProgramErrorCode.WrongOwner)
    revived = council.ready(TERMS)
    built = council.execution(revived)
    refused(council.chain.send([built, built], council.payer), ProgramErrorCode.WrongOwner)


def test_the_rent_returns_to_who_paid_it(council: Council) -> None:
    chain = council.chain
    number = council.ready(TERMS)
    rent = chain.lamports(chain.ids.proposal(number))
    before = chain.lamports(council.payer.pubkey())
    landed(council.execute(number))
    assert chain.lamports(council.payer.pubkey()) == before + rent - 5_000
    assert not council.is_open(number)


def test_one_change_voids_the_other(council: Council) -> None:
    """Two approved in parallel: what the second was approved for is not there any more."""
    first, second = council.approved(TERMS), council.approved(KEYS)
    council.later(LOCK)
    landed(council.execute(first))
    refused(council.execute(second), ProgramErrorCode.ProposalOutdated)


@pytest.mark.parametrize("new", [48 * HOUR, 5 * DAY, 30 * DAY])
def test_a_new_lock_waits_for_the_longer_of_the_two(council: Council, new: int) -> None:
    council.executed(SetTimeLock(5 * DAY))
    number = council.approved(SetTimeLock(new))
    council.later(max(5 * DAY, new) - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)
    council.later(1)
    landed(council.execute(number))
    assert council.chain.config().time_lock == new


@pytest.mark.parametrize(
    "action",
    [RotateCouncil(1, OTHERS[:1]), RotateGuardian(OTHERS[0]), EndPause(), ReplaceCode(OTHERS[0], bytes(32))],
    ids=lambda action: type(action).__name__,
)
def test_other_instructions_actions_are_not_its_own(council: Council, action: Action) -> None:
    """Guard missing on a second entry (Meteora swap2): each action has one way in."""
    number = council.ready(action)
    wrong = Execute(number, council.payer.pubkey()).build(council.chain.ids)
    refused(council.chain.send(wrong, council.payer), ProgramErrorCode.WrongAction)


@pytest.mark.parametrize("stored", [0, 3_600, 2**63 - 1, -1], ids=["none", "hour", "for ever", "negative"])
def test_the_locks_bounds_hold_whatever_is_stored(council: Council, stored: int) -> None:
    """Zero-delay council: were Config's lock ever out of bounds, 48 hours and 30 days would still be."""
    chain: Chain = council.chain
    number = council.approved(TERMS)
    chain.edit(chain.ids.config, 40, stored.to_bytes(8, "little", signed=True))
    bound = 30 * DAY if stored > 30 * DAY else 48 * HOUR
    council.later(bound - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)
