"""The council of a chain at work: proposals made, approved, waited for and executed, each in one line."""

from __future__ import annotations

from collections.abc import Sequence

from solders.instruction import Instruction
from solders.keypair import Keypair

from core.adapters.chain.program.action import (
    Action,
    EndPause,
    ReplaceCode,
    RotateCouncil,
    RotateGuardian,
    SetKeys,
    SetTerms,
    SetTimeLock,
    digest,
)
from core.adapters.chain.program.approve import Approve
from core.adapters.chain.program.cancel import Cancel
from core.adapters.chain.program.execute import Execute
from core.adapters.chain.program.pause import Pause
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.propose import Propose
from core.adapters.chain.program.rotate import Rotate
from core.adapters.chain.program.unpause import Unpause
from core.adapters.chain.program.upgrade import Upgrade
from core.domain.governance import DAY, HOUR
from core.domain.money import Bps, Lamports
from tests.program.harness import SLOT, SOL, Chain, Result, key, landed

LOCK = 48 * HOUR
NOW = 1_800_000_000
"""When a test begins, unix seconds."""
OTHERS = tuple(key(n).pubkey() for n in range(300, 310))
TERMS = SetTerms(
    initial_sol=Lamports(40 * SOL),
    graduation_cap=Lamports(SOL),
    schedule_slots=100,
    fee=Bps(200),
    creator_fee=Bps(50),
    schedule_fee=Bps(5_000),
)
KEYS = SetKeys(treasury=OTHERS[0], rewards=OTHERS[1])
ONE_OF_EACH: tuple[Action, ...] = (
    TERMS,
    KEYS,
    SetTimeLock(3 * DAY),
    RotateCouncil(2, OTHERS[:4]),
    RotateGuardian(OTHERS[5]),
    EndPause(),
    ReplaceCode(OTHERS[6], bytes(range(32))),
)


class Council:
    """Acts on `chain`, whose clock it starts at NOW."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.payer = chain.wallet()
        self.at(NOW)

    def at(self, now: int) -> None:
        """Sets the chain's clock to a unix time."""
        self.now = now
        self.chain.warp(SLOT, now)

    def later(self, seconds: int) -> None:
        """Moves the chain's clock."""
        self.at(self.now + seconds)

    # -- acting; each returns the transaction's result

    def propose_args(self, action: Action, by: Keypair | None = None) -> Propose:
        """What `propose` sends: the first member's, for Config as it is."""
        config = self.chain.config()
        by = by or self.chain.council[0]
        return Propose(self.payer.pubkey(), by.pubkey(), config.next_proposal, config.config_version, action)

    def propose(self, action: Action, by: Keypair | None = None) -> Result:
        """Made and approved by the first member, or by `by`."""
        by = by or self.chain.council[0]
        return self._send(self.propose_args(action, by).build(self.chain.ids), by)

    def approve(self, number: int, by: Keypair) -> Result:
        """Names the content that the proposal has."""
        args = self.approval(number, by, self.proposal(number).action)
        return self._send(args.build(self.chain.ids), by)

    def approval(self, number: int, by: Keypair, action: Action) -> Approve:
        """What `approve` sends: for that action, and Config as it is."""
        return Approve(by.pubkey(), number, digest(self.chain.config().config_version, action))

    def execute(self, number: int) -> Result:
        """By whichever instruction executes that action, sent by a stranger."""
        return self._send(self.execution(number))

    def execution(self, number: int) -> Instruction:
        """The instruction that executes that proposal."""
        proposal, ids = self.proposal(number), self.chain.ids
        match proposal.action:
            case RotateCouncil() | RotateGuardian():
                return Rotate(number, proposal.payer).build(ids)
            case EndPause():
                return Unpause(number, proposal.payer).build(ids)
            case ReplaceCode(buffer=buffer):
                return Upgrade(number, proposal.payer, buffer).build(ids)
            case _:
                return Execute(number, proposal.payer).build(ids)

    def cancel(self, number: int, by: Keypair) -> Result:
        """By the guardian, the proposer or a stranger."""
        proposal = self.proposal(number)
        return self._send(Cancel(by.pubkey(), number, proposal.payer).build(self.chain.ids), by)

    def pause(self, by: Keypair | None = None) -> Result:
        """By the guardian, or by `by`."""
        by = by or self.chain.guardian
        return self._send(Pause(by.pubkey()).build(self.chain.ids), by)

    # -- whole stories

    def proposed(self, action: Action) -> int:
        """A proposal with one approval. Its number."""
        landed(self.propose(action))
        return self.chain.config().next_proposal - 1

    def approved(self, action: Action) -> int:
        """A proposal that two of three have approved just now. Its number."""
        number = self.proposed(action)
        landed(self.approve(number, self.chain.council[1]))
        return number

    def ready(self, action: Action) -> int:
        """An approved proposal whose lock has just ended. Its number."""
        number = self.approved(action)
        self.later(action.delay.under(self.chain.config().time_lock))
        return number

    def executed(self, action: Action) -> int:
        """A change that was made. The proposal's number."""
        number = self.ready(action)
        landed(self.execute(number))
        return number

    # -- looking

    def proposal(self, number: int) -> Proposal:
        """As the client reads it."""
        return Proposal.decode(self.chain.account(self.chain.ids.proposal(number)).data)

    def is_open(self, number: int) -> bool:
        """Whether the proposal's account is there."""
        return bool(self.chain.lamports(self.chain.ids.proposal(number)))

    def _send(self, instructions: Instruction | Sequence[Instruction], *signers: Keypair) -> Result:
        return self.chain.send(instructions, self.payer, *signers)
