"""approve: by the council's members, once each, for exactly what they mean."""

from __future__ import annotations

from dataclasses import replace

from core.adapters.chain.program.action import RotateCouncil, SetTimeLock, digest
from core.adapters.chain.program.approve import Approve
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import ProposalApproved
from core.domain.governance import DAY, Ballot
from tests.program import forwarder
from tests.program.council import NOW, OTHERS, TERMS, Council
from tests.program.harness import events, landed, refused
from tests.program.test_launch import redirect


def test_the_kth_approval_starts_the_lock(council: Council) -> None:
    member = council.chain.council[2]
    number = council.proposed(TERMS)
    council.later(5 * DAY)
    result = landed(council.approve(number, member))
    assert events(result) == [
        ProposalApproved(4, number, member.pubkey(), approvals=0b101, approved=True, time=NOW + 5 * DAY)
    ]
    assert council.proposal(number).ballot == Ballot(0b101, NOW + 5 * DAY)


def test_later_approvals_do_not_move_the_lock(council: Council) -> None:
    """A third member neither delays nor hastens what two have decided."""
    number = council.approved(TERMS)
    council.later(DAY)
    landed(council.approve(number, council.chain.council[2]))
    assert council.proposal(number).ballot == Ballot(0b111, NOW)


def test_approving_twice_is_refused(council: Council) -> None:
    """One member's two approvals are not two members'; the proposer has approved already."""
    number = council.proposed(TERMS)
    refused(council.approve(number, council.chain.council[0]), ProgramErrorCode.AlreadyApproved)
    council.later(3 * DAY)
    refused(council.execute(number), ProgramErrorCode.NotApproved)


def test_nobody_outside_the_council_approves(council: Council) -> None:
    """Non-council signer: the guardian, the treasury's key, a stranger."""
    number = council.proposed(TERMS)
    for stranger in (council.chain.guardian, council.chain.rewards, council.chain.wallet()):
        refused(council.approve(number, stranger), ProgramErrorCode.Unauthorized)


def test_changed_bytes_are_not_approved(council: Council) -> None:
    """Drift 2026: signatures were got for what looked like something else, and kept by durable nonce.

    Here one is good for the content that it names, whatever stands under that number when it is sent.
    """
    chain, member = council.chain, council.chain.council[1]
    number = council.proposed(TERMS)
    for meant in (
        digest(1, replace(TERMS, schedule_slots=101)),  # one field of one action
        digest(1, SetTimeLock(3 * DAY)),
        digest(2, TERMS),  # another version of Config
        bytes(32),
    ):
        wrong = Approve(member.pubkey(), number, meant).build(chain.ids)
        refused(chain.send(wrong, council.payer, member), ProgramErrorCode.WrongDigest)
    assert council.proposal(number).ballot.approvals == 0b001


def test_a_void_proposal_is_not_approved(council: Council) -> None:
    """Config changed in between: it was proposed, and approved by others, for another world."""
    number = council.proposed(TERMS)
    council.executed(SetTimeLock(3 * DAY))
    refused(council.approve(number, council.chain.council[1]), ProgramErrorCode.ProposalOutdated)


def test_former_members_and_their_approvals_count_no_more(council: Council) -> None:
    """A rotation voids what the old council began, so nobody inherits the bits of their predecessor."""
    number = council.proposed(TERMS)
    council.executed(RotateCouncil(2, OTHERS[:3]))
    refused(council.approve(number, council.chain.council[1]), ProgramErrorCode.ProposalOutdated)
    refused(council.propose(TERMS), ProgramErrorCode.Unauthorized)


def test_a_member_that_is_a_program_approves_by_a_call(council: Council) -> None:
    """A multisig's vault has no key: it signs when its program calls ours, and never otherwise."""
    chain = council.chain
    forwarder.install(chain)
    council.executed(RotateCouncil(2, (chain.council[0].pubkey(), forwarder.VAULT)))
    number = council.proposed(TERMS)
    approval = Approve(forwarder.VAULT, number, council.proposal(number).digest).build(chain.ids)
    landed(chain.send(forwarder.forwarded(approval), council.payer))
    assert council.proposal(number).ballot == Ballot(0b11, council.now)
    assert council.proposal(number).approved_by(chain.config())[1] == forwarder.VAULT


def test_a_call_does_not_sign_for_others(council: Council) -> None:
    """Fake signer: the forwarder signs for its own address only, and a key named without a signature is none."""
    chain = council.chain
    forwarder.install(chain)
    number = council.proposed(TERMS)
    member = chain.council[1].pubkey()
    approval = Approve(member, number, council.proposal(number).digest).build(chain.ids)
    unsigned = redirect(approval, 0, member)
    refused(chain.send(forwarder.forwarded(unsigned), council.payer), ProgramErrorCode.MissingSigner)
    refused(chain.send(unsigned, council.payer), ProgramErrorCode.MissingSigner)
    outsider = Approve(forwarder.VAULT, number, council.proposal(number).digest).build(chain.ids)
    refused(chain.send(forwarder.forwarded(outsider), council.payer), ProgramErrorCode.Unauthorized)


def test_members_are_told_apart_by_place_up_to_the_ninth(council: Council) -> None:
    chain = council.chain
    keys = tuple(chain.wallet() for _ in range(9))
    council.executed(RotateCouncil(9, tuple(member.pubkey() for member in keys)))
    landed(council.propose(TERMS, by=keys[8]))
    number = chain.config().next_proposal - 1
    for at, member in enumerate(keys[:8]):
        assert not council.proposal(number).ballot.approved_at
        landed(council.approve(number, member))
        assert council.proposal(number).ballot.approvals == 1 << 8 | (1 << at + 1) - 1
    assert council.proposal(number).ballot == Ballot(0b1_1111_1111, council.now)
