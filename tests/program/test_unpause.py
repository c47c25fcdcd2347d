"""unpause: the council ends a pause at once, and that alone."""

from __future__ import annotations

import pytest

from core.adapters.chain.program.action import Action, EndPause
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import ProposalExecuted
from core.adapters.chain.program.unpause import Unpause
from core.domain.governance import DAY, EXECUTION_WINDOW, PAUSE, PAUSE_GAP
from tests.program.conftest import Coin
from tests.program.council import NOW, ONE_OF_EACH, TERMS, Council
from tests.program.harness import SOL, events, landed, refused


def test_the_kth_approval_is_enough(council: Council, coin: Coin) -> None:
    """No lock: that launches and buys go on harms nobody."""
    chain = council.chain
    landed(council.pause())
    council.later(DAY)
    number = council.proposed(EndPause())
    refused(council.execute(number), ProgramErrorCode.NotApproved)
    landed(council.approve(number, chain.council[1]))
    assert events(landed(council.execute(number))) == [ProposalExecuted(6, number, 5, config_version=1)]
    config = chain.config()
    assert (config.paused_until, config.pause_allowed_at) == (NOW + DAY, NOW + DAY + PAUSE_GAP)
    landed(chain.buy(coin.trader, coin.mint, SOL))


def test_it_voids_nothing_else(council: Council) -> None:
    """Ending a pause is no change of terms: proposals in their lock stay approved."""
    other = council.approved(TERMS)
    landed(council.pause())
    council.executed(EndPause())
    council.later(TERMS.delay.under(council.chain.config().time_lock))
    landed(council.execute(other))


def test_proposed_approved_and_ended_in_one_transaction(council: Council) -> None:
    """The guardian, who can't veto it, can't race it either."""
    chain = council.chain
    landed(council.pause())
    first, second = chain.council[:2]
    propose = council.propose_args(EndPause())
    approve = council.approval(0, second, EndPause())
    end = Unpause(0, council.payer.pubkey())
    built = [propose.build(chain.ids), approve.build(chain.ids), end.build(chain.ids)]
    landed(chain.send(built, council.payer, first, second))
    assert chain.config().paused_until == NOW


def test_what_is_not_paused_is_not_unpaused(council: Council) -> None:
    """The proposal stays: it is not used up for nothing."""
    number = council.approved(EndPause())
    refused(council.execute(number), ProgramErrorCode.NotPaused)
    landed(council.pause())  # in the same second, so that it counts as asked for
    council.later(PAUSE)
    refused(council.execute(number), ProgramErrorCode.ProposalExpired)


def test_an_old_approval_ends_no_later_pause(council: Council) -> None:
    """It lasts as long as the guardian has to wait, so it can't lie in store for the next pause."""
    landed(council.pause())
    council.executed(EndPause())
    stored = council.approved(EndPause())
    council.later(max(PAUSE_GAP, EXECUTION_WINDOW))
    landed(council.pause())
    refused(council.execute(stored), ProgramErrorCode.ProposalExpired)


def test_an_old_draft_ends_no_later_pause(council: Council) -> None:
    """One approval left over from an earlier pause, and one stolen key, would do what takes two: nothing locks or
    vetoes it. The proposal must be one of this pause."""
    chain = council.chain
    landed(council.pause())
    old = council.proposed(EndPause())  # then it lapsed by itself
    council.later(PAUSE + PAUSE_GAP - 1)
    also_old = council.proposed(EndPause())
    council.later(1)
    landed(council.pause())
    for number in (old, also_old):
        landed(council.approve(number, chain.council[1]))
        refused(council.execute(number), ProgramErrorCode.ProposalOutdated)
    council.executed(EndPause())
    assert chain.config().paused_until == council.now


@pytest.mark.parametrize(
    "action",
    [action for action in ONE_OF_EACH if not isinstance(action, EndPause)],
    ids=lambda action: type(action).__name__,
)
def test_it_executes_nothing_else(council: Council, action: Action) -> None:
    landed(council.pause())
    number = council.approved(action)
    council.later(action.delay.under(council.chain.config().time_lock))
    wrong = Unpause(number, council.payer.pubkey()).build(council.chain.ids)
    refused(council.chain.send(wrong, council.payer), ProgramErrorCode.WrongAction)
