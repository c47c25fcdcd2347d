"""rotate: other people in the council, another guardian."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.adapters.chain.program.action import Action, EndPause, RotateCouncil, RotateGuardian
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import ProposalExecuted
from core.adapters.chain.program.rotate import Rotate
from core.domain.governance import DAY, HOUR
from tests.program.council import LOCK, ONE_OF_EACH, OTHERS, TERMS, Council
from tests.program.harness import events, landed, refused


def test_a_council_replaces_itself(council: Council) -> None:
    """Members and threshold at once; fewer than before leave no key behind."""
    chain = council.chain
    before = chain.config()
    number = council.ready(RotateCouncil(1, OTHERS[:2]))
    assert events(landed(council.execute(number))) == [ProposalExecuted(5, number, 3, 2)]
    after = chain.config()
    assert after == replace(
        before, config_version=2, sequence=5, next_proposal=1, threshold=1, council=OTHERS[:2]
    )
    raw = chain.account(chain.ids.config).data
    assert raw[-9 * 32 :] == b"".join(map(bytes, OTHERS[:2])).ljust(9 * 32, b"\0")


def test_the_new_council_decides(council: Council) -> None:
    chain = council.chain
    new = (chain.wallet(), chain.wallet())
    council.executed(RotateCouncil(2, tuple(member.pubkey() for member in new)))
    landed(council.propose(TERMS, by=new[1]))
    landed(council.approve(1, new[0]))
    council.later(LOCK)
    landed(council.execute(1))
    assert chain.config().fee == TERMS.fee


def test_a_guardian_is_replaced_after_two_locks(council: Council) -> None:
    """It can't veto this, so those who trusted it have twice the time to leave."""
    chain, new = council.chain, council.chain.wallet()
    number = council.approved(RotateGuardian(new.pubkey()))
    council.later(2 * LOCK - 1)
    refused(council.execute(number), ProgramErrorCode.TimeLocked)
    council.later(1)
    landed(council.execute(number))
    assert chain.config().guardian == new.pubkey()
    refused(council.pause(), ProgramErrorCode.Unauthorized)
    landed(council.pause(by=new))


def test_a_new_guardian_waits_out_the_pause_of_the_old(council: Council) -> None:
    """Two guardians taking turns would pause without end."""
    new = council.chain.wallet()
    number = council.approved(RotateGuardian(new.pubkey()))
    council.later(2 * LOCK)
    landed(council.pause())
    landed(council.execute(number))
    refused(council.pause(by=new), ProgramErrorCode.PauseTooSoon)
    council.later(14 * DAY)
    landed(council.pause(by=new))


def test_the_council_overrules_itself_in_time(council: Council) -> None:
    """Nobody vetoes a guardian's rotation, but any other change, which waits half as long, voids it."""
    rotation = council.approved(RotateGuardian(OTHERS[0]))
    council.executed(TERMS)
    council.later(LOCK)
    refused(council.execute(rotation), ProgramErrorCode.ProposalOutdated)


@pytest.mark.parametrize(
    "action",
    [action for action in ONE_OF_EACH if not isinstance(action, RotateCouncil | RotateGuardian)],
    ids=lambda action: type(action).__name__,
)
def test_it_executes_nothing_else(council: Council, action: Action) -> None:
    number = council.approved(action)
    council.later(0 if isinstance(action, EndPause) else 48 * HOUR + 2 * DAY)
    wrong = Rotate(number, council.payer.pubkey()).build(council.chain.ids)
    refused(council.chain.send(wrong, council.payer), ProgramErrorCode.WrongAction)
