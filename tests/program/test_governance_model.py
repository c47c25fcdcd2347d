"""The binary and `core.domain.governance` agree on every step of any history: who may do what, and when."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from solders.keypair import Keypair

from core.adapters.chain.program.action import Action, EndPause, RotateGuardian, SetKeys, SetTimeLock
from core.adapters.chain.program.errors import ProgramErrorCode
from core.domain import governance
from core.domain.governance import DAY, HOUR, Ballot, GovernanceError, Window
from tests.program.council import Council
from tests.program.harness import Chain, Result, events, key, landed, refused

GUARDIANS = (key(3), key(310))
ACTIONS: tuple[Action, ...] = (
    SetKeys(key(300).pubkey(), key(301).pubkey()),
    SetKeys(key(302).pubkey(), key(303).pubkey()),
    SetTimeLock(48 * HOUR),
    SetTimeLock(5 * DAY),
    RotateGuardian(GUARDIANS[0].pubkey()),
    RotateGuardian(GUARDIANS[1].pubkey()),
    EndPause(),
)
WAITS = (0, 1, HOUR, DAY, 48 * HOUR - 1, 48 * HOUR, 5 * DAY, 7 * DAY - 1, 7 * DAY, 10 * DAY)


@dataclass
class Draft:
    """A proposal as the model has it."""

    action: Action
    proposer: int
    version: int
    ballot: Ballot
    made: int


class History(RuleBasedStateMachine):
    """Three members of whom two decide, a guardian, a stranger, and a clock that only goes forward."""

    proposals = Bundle("proposals")

    @initialize()
    def begin(self) -> None:
        self.chain = Chain()
        self.sequence = 0
        self.told(self.chain.initialize())
        self.council = Council(self.chain)
        self.stranger = self.chain.wallet()
        self.drafts: dict[int, Draft] = {}
        self.version, self.lock, self.guardian = 1, 48 * HOUR, GUARDIANS[0]
        self.pause = governance.Pause()
        self.next = 0

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        self.council.later(seconds)

    @rule(number=proposals, over=st.sampled_from((-1, 0, 1, 7 * DAY - 1, 7 * DAY)))
    def wait_for(self, number: int, over: int) -> None:
        """To just before, at, or after the moment when it can be executed: where mistakes are."""
        window = self.window(number)
        assume(window is not None and window.opens + over > self.council.now)
        assert window is not None
        self.council.at(window.opens + over)

    @rule(target=proposals, action=st.sampled_from(ACTIONS), by=st.integers(0, 2))
    def propose(self, action: Action, by: int) -> int:
        self.told(self.council.propose(action, by=self.chain.council[by]))
        number, self.next = self.next, self.next + 1
        ballot = Ballot().approve(by, 2, self.council.now)
        self.drafts[number] = Draft(action, by, self.version, ballot, self.council.now)
        return number

    @rule(
        target=proposals, action=st.sampled_from(ACTIONS), over=st.sampled_from((-1, 0, 7 * DAY - 1, 7 * DAY))
    )
    def decide(self, action: Action, over: int) -> object:
        """The whole way, which steps drawn one by one seldom go: to where it may be executed, or just not."""
        number = self.propose(action, 0)
        self.approve(number, 1)
        window = self.window(number)
        assert window is not None
        self.council.at(max(self.council.now, window.opens + over))
        return self.execute(number)

    @rule(number=proposals, member=st.integers(0, 2))
    def approve(self, number: int, member: int) -> None:
        assume(number in self.drafts)
        draft, sent = self.drafts[number], None
        if draft.version != self.version:
            sent = self.approval(number, self.chain.council[member])
            refused(sent, ProgramErrorCode.ProposalOutdated)
            return
        try:
            draft.ballot = draft.ballot.approve(member, 2, self.council.now)
        except GovernanceError as error:
            self.refuses(self.approval(number, self.chain.council[member]), error)
        else:
            self.told(self.approval(number, self.chain.council[member]))

    @rule(target=proposals, number=proposals)
    def execute(self, number: int) -> object:
        assume(number in self.drafts)
        draft = self.drafts[number]
        if draft.version != self.version:
            refused(self.council.execute(number), ProgramErrorCode.ProposalOutdated)
            return number
        try:
            draft.ballot.check_executable(2, draft.action.delay.under(self.lock), self.council.now)
            pause = self.pause
            if isinstance(draft.action, EndPause):
                pause = pause.end(draft.made, self.council.now)
        except GovernanceError as error:
            self.refuses(self.council.execute(number), error)
            return number
        self.told(self.council.execute(number))
        del self.drafts[number]
        self.pause = pause
        match draft.action:
            case SetTimeLock(time_lock=lock):
                self.lock = lock
            case RotateGuardian(guardian=to):
                self.guardian = next(each for each in GUARDIANS if each.pubkey() == to)
        self.version += not isinstance(draft.action, EndPause)
        return multiple()

    @rule(number=proposals, who=st.sampled_from(("guardian", "proposer", "other member", "stranger")))
    def cancel(self, number: int, who: str) -> None:
        assume(number in self.drafts)
        draft = self.drafts[number]
        by = {
            "guardian": self.guardian,
            "proposer": self.chain.council[draft.proposer],
            "other member": self.chain.council[(draft.proposer + 1) % 3],
            "stranger": self.stranger,
        }[who]
        allowed = governance.may_cancel(
            self.window(number),
            self.council.now,
            vetoes=who == "guardian" and draft.action.VETOABLE,
            proposed=who == "proposer",
            void=draft.version != self.version,
        )
        sent = self.council.cancel(number, by)
        if allowed:
            self.told(sent)
            del self.drafts[number]
        else:
            refused(sent, ProgramErrorCode.Unauthorized)

    @precondition(lambda self: self.council.now >= self.pause.next_at - DAY)  # else mostly too soon
    @rule(by=st.sampled_from(GUARDIANS))
    def pauses(self, by: Keypair) -> None:
        sent = self.council.pause(by)
        if by != self.guardian:
            refused(sent, ProgramErrorCode.Unauthorized)
            return
        try:
            self.pause = self.pause.begin(self.council.now)
        except GovernanceError as error:
            self.refuses(sent, error)
        else:
            self.told(sent)

    @invariant()
    def config_is_what_the_model_says(self) -> None:
        if not hasattr(self, "chain"):
            return  # before `begin`
        config = self.chain.config()
        assert config.config_version == self.version
        assert (config.time_lock, config.guardian) == (self.lock, self.guardian.pubkey())
        assert (config.paused_until, config.pause_allowed_at) == (self.pause.until, self.pause.next_at)
        assert (config.next_proposal, config.sequence) == (self.next, self.sequence)
        for number in range(self.next):
            assert self.council.is_open(number) == (number in self.drafts)
        for number, draft in self.drafts.items():
            assert self.council.proposal(number).ballot == draft.ballot
            if draft.version == self.version:
                assert self.council.proposal(number).window(config) == self.window(number)

    def window(self, number: int) -> Window | None:
        draft = self.drafts.get(number)
        return draft and draft.ballot.window(2, draft.action.delay.under(self.lock))

    def approval(self, number: int, member: Keypair) -> Result:
        return self.council.approve(number, member)

    def told(self, sent: Result) -> None:
        """It landed, and Config's events go on counting without a gap."""
        for event in events(landed(sent)):
            self.sequence += 1
            assert event.sequence == self.sequence

    def refuses(self, sent: Result, error: GovernanceError) -> None:
        refused(sent, ProgramErrorCode[error.code.value])


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
