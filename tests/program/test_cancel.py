"""cancel: the guardian's veto, the proposer's change of mind, and the clearing away of what is over."""

from __future__ import annotations

import pytest

from core.adapters.chain.program.action import Action, EndPause, RotateGuardian, SetTimeLock
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import ProposalCancelled
from core.domain.governance import DAY, EXECUTION_WINDOW
from tests.program.council import KEYS, LOCK, ONE_OF_EACH, OTHERS, TERMS, Council
from tests.program.harness import events, landed, refused

VETOABLE = [action for action in ONE_OF_EACH if action.VETOABLE]
NOT_VETOABLE = [action for action in ONE_OF_EACH if not action.VETOABLE]


@pytest.mark.parametrize("action", VETOABLE, ids=lambda action: type(action).__name__)
def test_the_guardian_vetoes_until_the_end(council: Council, action: Action) -> None:
    """Before it is approved, while it is locked, and in the week in which anyone may execute it."""
    guardian = council.chain.guardian
    for wait in (0, LOCK, LOCK + EXECUTION_WINDOW - 1):
        number = council.approved(action)
        council.later(wait)
        assert events(landed(council.cancel(number, guardian)))[0] == ProposalCancelled(
            council.chain.config().sequence, number, guardian.pubkey()
        )
        assert not council.is_open(number)
    number = council.proposed(action)
    landed(council.cancel(number, guardian))


@pytest.mark.parametrize("action", NOT_VETOABLE, ids=lambda action: type(action).__name__)
def test_the_guardian_vetoes_neither_its_removal_nor_the_end_of_its_pause(
    council: Council, action: Action
) -> None:
    guardian = council.chain.guardian
    number = council.proposed(action)
    refused(council.cancel(number, guardian), ProgramErrorCode.Unauthorized)
    landed(council.approve(number, council.chain.council[1]))
    refused(council.cancel(number, guardian), ProgramErrorCode.Unauthorized)


def test_the_proposer_withdraws_only_what_is_not_approved_yet(council: Council) -> None:
    """Once the council has approved it is the council's: one compromised member can't throw it away."""
    proposer, other = council.chain.council[:2]
    number = council.proposed(TERMS)
    refused(council.cancel(number, other), ProgramErrorCode.Unauthorized)
    landed(council.cancel(number, proposer))
    number = council.approved(TERMS)
    refused(council.cancel(number, proposer), ProgramErrorCode.Unauthorized)
    council.later(LOCK)
    refused(council.cancel(number, proposer), ProgramErrorCode.Unauthorized)
    landed(council.execute(number))


def test_strangers_close_nothing_that_lives(council: Council) -> None:
    stranger = council.chain.wallet()
    number = council.proposed(TERMS)
    council.later(365 * DAY)  # never approved: no clock runs
    refused(council.cancel(number, stranger), ProgramErrorCode.Unauthorized)
    landed(council.approve(number, council.chain.council[1]))
    council.later(LOCK + EXECUTION_WINDOW - 1)
    refused(council.cancel(number, stranger), ProgramErrorCode.Unauthorized)


def test_anyone_closes_what_is_over(council: Council) -> None:
    """An expired proposal, the guardian's own rotation included, gives its rent back without its makers."""
    chain, stranger = council.chain, council.chain.wallet()
    number = council.approved(RotateGuardian(OTHERS[0]))
    council.later(2 * LOCK + EXECUTION_WINDOW)
    refused(council.execute(number), ProgramErrorCode.ProposalExpired)
    before, rent = chain.lamports(council.payer.pubkey()), chain.lamports(chain.ids.proposal(number))
    landed(council.cancel(number, stranger))
    assert chain.lamports(council.payer.pubkey()) == before + rent - 2 * 5_000


def test_anyone_closes_what_is_void(council: Council) -> None:
    """Config has another version: it can neither be approved nor executed, approved or not."""
    stranger = council.chain.wallet()
    drafts = [council.proposed(KEYS), council.approved(EndPause()), council.approved(KEYS)]
    council.executed(SetTimeLock(3 * DAY))
    for number in drafts:
        landed(council.cancel(number, stranger))
        assert not council.is_open(number)


def test_cancelling_twice_is_refused(council: Council) -> None:
    number = council.proposed(TERMS)
    proposer = council.chain.council[0]
    landed(council.cancel(number, proposer))
    with pytest.raises(AssertionError, match="no account"):
        council.proposal(number)
