"""When a change of the program's Config may be made: `programs/pumpbox/src/math/governance.rs` in Python.

Times are unix seconds of the chain's clock, spans are seconds. Pure; tests/program holds it to the binary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

HOUR = 3_600
DAY = 24 * HOUR
MIN_LOCK, MAX_LOCK = 48 * HOUR, 30 * DAY
"""Bounds of the council's time lock."""
EXECUTION_WINDOW = 7 * DAY
"""How long a proposal may be executed once its lock is over."""
PAUSE = 7 * DAY
PAUSE_GAP = 7 * DAY
"""From a pause's end to the next at the earliest."""
MAX_COUNCIL = 9


class GovernanceErrorCode(StrEnum):
    """The program's refusals, by the names of its error codes."""

    UNAUTHORIZED = "Unauthorized"
    OUTDATED = "ProposalOutdated"
    ALREADY_APPROVED = "AlreadyApproved"
    NOT_APPROVED = "NotApproved"
    LOCKED = "TimeLocked"
    EXPIRED = "ProposalExpired"
    PAUSE_TOO_SOON = "PauseTooSoon"
    NOT_PAUSED = "NotPaused"


class GovernanceError(Exception):
    """The program would refuse this."""

    def __init__(self, code: GovernanceErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Delay:
    """How a kind of change waits. `new_lock`: of a change of the lock itself, which waits for the longer."""

    locks: int = 1  # 0: ending a pause; 2: rotating the guardian, who can't veto that
    new_lock: int = 0

    def under(self, lock: int) -> int:
        """Seconds from the k-th approval on, with Config's lock held to its bounds."""
        held = _bounded(lock)
        if self.new_lock:
            held = max(held, _bounded(self.new_lock))
        return self.locks * held


NO_DELAY, ONE_LOCK, TWO_LOCKS = Delay(0), Delay(1), Delay(2)


@dataclass(frozen=True, slots=True)
class Window:
    """A proposal may be executed from `opens` on and before `closes`."""

    opens: int
    closes: int

    def check_open(self, now: int) -> None:
        """Raises GovernanceError: LOCKED, EXPIRED."""
        if now < self.opens:
            raise GovernanceError(GovernanceErrorCode.LOCKED)
        if self.is_over(now):
            raise GovernanceError(GovernanceErrorCode.EXPIRED)

    def is_over(self, now: int) -> bool:
        """It can't be executed any more."""
        return now >= self.closes


@dataclass(frozen=True, slots=True)
class Ballot:
    """Who has approved, a bit a council member, and when the k-th did."""

    approvals: int = 0
    approved_at: int = 0

    def is_approved(self, threshold: int) -> bool:
        """By enough of the council."""
        return self.approvals.bit_count() >= threshold

    def approve(self, member: int, threshold: int, now: int) -> Ballot:
        """With the approval of the member at this place. Raises GovernanceError: ALREADY_APPROVED."""
        bit = 1 << member
        if self.approvals & bit:
            raise GovernanceError(GovernanceErrorCode.ALREADY_APPROVED)
        after = replace(self, approvals=self.approvals | bit)
        if not self.is_approved(threshold) and after.is_approved(threshold):
            return replace(after, approved_at=now)
        return after

    def window(self, threshold: int, delay: int) -> Window | None:
        """None until it is approved."""
        if not self.is_approved(threshold):
            return None
        opens = self.approved_at + delay
        return Window(opens, opens + EXECUTION_WINDOW)

    def check_executable(self, threshold: int, delay: int, now: int) -> None:
        """Raises GovernanceError: NOT_APPROVED, LOCKED, EXPIRED."""
        window = self.window(threshold, delay)
        if window is None:
            raise GovernanceError(GovernanceErrorCode.NOT_APPROVED)
        window.check_open(now)


def may_cancel(
    window: Window | None, now: int, *, vetoes: bool = False, proposed: bool = False, void: bool = False
) -> bool:
    """Whether someone may close a proposal whose window is this. vetoes: they are the guardian, and it is not about
    them. proposed: it is theirs. void: Config has another version."""
    if void or vetoes:
        return True
    return proposed if window is None else window.is_over(now)


@dataclass(frozen=True, slots=True)
class Pause:
    """Launches and buys are refused before `until`, another pause before `next_at`."""

    until: int = 0
    next_at: int = 0

    def begin(self, now: int) -> Pause:
        """The guardian's pause. Raises GovernanceError: PAUSE_TOO_SOON."""
        if now < self.next_at:
            raise GovernanceError(GovernanceErrorCode.PAUSE_TOO_SOON)
        return Pause(now + PAUSE, now + PAUSE + PAUSE_GAP)

    def end(self, asked: int, now: int) -> Pause:
        """The council's end of it, by a proposal made at `asked`. Raises GovernanceError: NOT_PAUSED; OUTDATED if it
        was made before this pause."""
        if now >= self.until:
            raise GovernanceError(GovernanceErrorCode.NOT_PAUSED)
        if asked + PAUSE < self.until:
            raise GovernanceError(GovernanceErrorCode.OUTDATED)
        return Pause(now, now + PAUSE_GAP)


def _bounded(lock: int) -> int:
    return min(max(lock, MIN_LOCK), MAX_LOCK)
