"""propose: by whom, what, and what is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.action import (
    Action,
    RotateCouncil,
    RotateGuardian,
    SetKeys,
    SetTimeLock,
    digest,
    encode_action,
)
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import ProposalApproved, ProposalMade
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.propose import Propose
from core.domain.governance import DAY, HOUR, Ballot
from core.domain.money import Bps, Lamports
from tests.program import forwarder
from tests.program.council import NOW, ONE_OF_EACH, OTHERS, TERMS, Council
from tests.program.harness import SOL, Chain, events, landed, refused

ZERO = Pubkey.default()
NAMES = pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: type(action).__name__)


@NAMES
def test_what_was_proposed_is_what_is_stored(council: Council, action: Action) -> None:
    chain = council.chain
    landed(council.propose(action))
    assert council.proposal(0) == Proposal(
        number=0,
        config_version=1,
        created_at=NOW,
        ballot=Ballot(approvals=0b001),
        payer=council.payer.pubkey(),
        proposer=chain.council[0].pubkey(),
        digest=digest(1, action),
        action=action,
    )
    stored = chain.account(chain.ids.proposal(0))
    packed = encode_action(action)
    assert stored.data[144:] == packed.ljust(296, b"\0"), "the exact bytes, and nothing else"
    assert stored.owner == chain.ids.program
    assert stored.lamports == (Proposal.SIZE + 128) * 6_960


def test_proposing_is_told_and_approves(council: Council) -> None:
    """The proposer need not sign twice. Config's events go on counting: initialize was 1."""
    second = council.chain.council[1]
    result = landed(council.propose(TERMS, by=second))
    assert events(result) == [
        ProposalMade(2, 0, 1, second.pubkey(), digest(1, TERMS), TERMS.TAG),
        ProposalApproved(3, 0, second.pubkey(), approvals=0b010, approved=False, time=NOW),
    ]
    assert council.proposal(0).approved_by(council.chain.config()) == (second.pubkey(),)


def test_a_council_of_one_decides_by_proposing_and_still_waits(bare: Chain) -> None:
    landed(bare.initialize(council=(bare.council[0].pubkey(),), threshold=1))
    council = Council(bare)
    landed(council.propose(TERMS))
    assert council.proposal(0).ballot == Ballot(approvals=1, approved_at=NOW)
    refused(council.execute(0), ProgramErrorCode.TimeLocked)
    council.later(48 * HOUR)
    landed(council.execute(0))


def test_a_multisigs_vault_proposes_and_pays(council: Council) -> None:
    """All of it by a call: the vault is member, payer, and gets the rent back."""
    chain, vault = council.chain, forwarder.VAULT
    forwarder.install(chain)
    council.executed(RotateCouncil(1, (vault,)))
    chain.put(vault, SOL, b"", ZERO)
    built = Propose(vault, vault, 1, 2, TERMS).build(chain.ids)
    landed(chain.send(forwarder.forwarded(built), council.payer))
    assert (council.proposal(1).payer, council.proposal(1).proposer) == (vault, vault)
    assert chain.lamports(vault) == SOL - (Proposal.SIZE + 128) * 6_960
    council.later(48 * HOUR)
    landed(council.execute(1))
    assert chain.lamports(vault) == SOL


def test_numbers_are_given_once(council: Council) -> None:
    """A closed proposal's address is not made again, whatever was cancelled."""
    assert [council.proposed(action) for action in ONE_OF_EACH[:3]] == [0, 1, 2]
    landed(council.cancel(2, council.chain.council[0]))
    assert council.proposed(TERMS) == 3
    again = replace(council.propose_args(TERMS), number=2).build(council.chain.ids)
    refused(council.chain.send(again, council.payer, council.chain.council[0]), ProgramErrorCode.WrongAddress)


def test_nobody_outside_the_council_proposes(council: Council) -> None:
    """Nor the guardian, nor who will upgrade."""
    for stranger in (council.chain.wallet(), council.chain.guardian, council.chain.authority):
        refused(council.propose(TERMS, by=stranger), ProgramErrorCode.Unauthorized)


def test_a_change_in_between_refuses_the_proposal(council: Council) -> None:
    """Proposed on terms that are not there any more."""
    member = council.chain.council[0]
    late = council.propose_args(TERMS).build(council.chain.ids)
    council.executed(SetTimeLock(3 * DAY))
    stale = replace(council.propose_args(TERMS), config_version=1).build(council.chain.ids)
    refused(council.chain.send(late, council.payer, member), ProgramErrorCode.ConfigChanged)
    refused(council.chain.send(stale, council.payer, member), ProgramErrorCode.ConfigChanged)


def test_a_prefunded_address_is_no_obstacle(council: Council) -> None:
    """Pump Science H-01. What was sent there goes to the payer in the end."""
    chain = council.chain
    chain.put(chain.ids.proposal(0), SOL, b"", ZERO)
    number = council.proposed(TERMS)
    before = chain.lamports(council.payer.pubkey())
    landed(council.cancel(number, chain.council[0]))
    assert chain.lamports(council.payer.pubkey()) == before + SOL - 2 * 5_000


REFUSED: dict[str, Action] = {
    "R0 under 5 SOL": replace(TERMS, initial_sol=Lamports(5 * SOL - 1)),
    "R0 over 500 SOL": replace(TERMS, initial_sol=Lamports(500 * SOL + 1)),
    "a cap over 1 SOL": replace(TERMS, graduation_cap=Lamports(SOL + 1)),
    "a fee over 5 %": replace(TERMS, fee=Bps(501)),
    "a creator's fee above the fee": replace(TERMS, creator_fee=Bps(201)),
    "a schedule over 99 %": replace(TERMS, schedule_fee=Bps(9_901)),
    "a schedule over an hour": replace(TERMS, schedule_slots=9_001),
    "no treasury": SetKeys(ZERO, OTHERS[0]),
    "no rewards key": SetKeys(OTHERS[0], ZERO),
    "no lock": SetTimeLock(0),
    "a lock under 48 hours": SetTimeLock(48 * HOUR - 1),
    "a lock over 30 days": SetTimeLock(30 * DAY + 1),
    "a lock beyond signed 64 bits": SetTimeLock(2**63),
    "no council": RotateCouncil(0, ()),
    "a council of ten": RotateCouncil(2, OTHERS),
    "the same member twice": RotateCouncil(2, (OTHERS[0], OTHERS[1], OTHERS[0])),
    "a zero member": RotateCouncil(1, (OTHERS[0], ZERO)),
    "a threshold of none": RotateCouncil(0, OTHERS[:3]),
    "a threshold above the council": RotateCouncil(4, OTHERS[:3]),
    "no guardian": RotateGuardian(ZERO),
}


@pytest.mark.parametrize("action", REFUSED.values(), ids=REFUSED.keys())
def test_what_could_not_be_executed_is_not_proposed(council: Council, action: Action) -> None:
    """Zero-delay council (Drift 2026), duplicate council key, and the rest of the compiled bounds."""
    refused(council.propose(action), ProgramErrorCode.InvalidConfig)


@pytest.mark.parametrize("cut", [-1, 1], ids=["short", "long"])
@NAMES
def test_bytes_that_are_not_one_action_are_refused(council: Council, action: Action, cut: int) -> None:
    """A tail would be approved unseen: what a client shows would not be all that is bound."""
    built = council.propose_args(action).build(council.chain.ids)
    data = bytes(built.data) + b"\0" if cut > 0 else bytes(built.data)[:-1]
    wrong = Instruction(built.program_id, data, built.accounts)
    refused(council.chain.send(wrong, council.payer, council.chain.council[0]), ProgramErrorCode.InvalidData)


@pytest.mark.parametrize("tag", [7, 8, 255])
def test_an_unknown_action_is_refused(council: Council, tag: int) -> None:
    built = council.propose_args(SetTimeLock(3 * DAY)).build(council.chain.ids)
    data = bytearray(built.data)
    data[16] = tag
    wrong = Instruction(built.program_id, bytes(data), built.accounts)
    refused(council.chain.send(wrong, council.payer, council.chain.council[0]), ProgramErrorCode.InvalidData)
