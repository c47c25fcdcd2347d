//! When a proposal may be executed, and when the guardian may pause. Pure: no account, no clock.

use crate::error::Error;
use crate::units::Seconds;

/// Bounds of the council's time lock: 48 hours to 30 days.
pub const MIN_LOCK: Seconds = Seconds(172_800);
pub const MAX_LOCK: Seconds = Seconds(2_592_000);
/// A proposal that may be executed stays so for 7 days.
pub const EXECUTION_WINDOW: Seconds = Seconds(604_800);
/// A pause lapses after 7 days, and the next begins 7 days after its end at the earliest.
pub const PAUSE: Seconds = Seconds(604_800);
pub const PAUSE_GAP: Seconds = Seconds(604_800);

/// How long a proposal waits after its k-th approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Not at all: ending a pause harms nobody.
    None,
    Lock,
    /// A change of the lock waits for the longer of the two, so that none is shortened faster than itself.
    LockOr(Seconds),
    /// What the guardian can't veto waits twice as long.
    TwiceLock,
}

impl Delay {
    /// Seconds under Config's lock, which is held to its bounds here once more: whatever an account says,
    /// nothing locked is executed within 48 hours.
    pub fn under(self, lock: Seconds) -> Seconds {
        let lock = lock.clamp(MIN_LOCK, MAX_LOCK);
        match self {
            Self::None => Seconds(0),
            Self::Lock => lock,
            Self::LockOr(new) => lock.max(new.clamp(MIN_LOCK, MAX_LOCK)),
            Self::TwiceLock => Seconds(lock.0.saturating_mul(2)),
        }
    }
}

/// Who approved, and since when they are enough. The members are those of one version of Config, and so is
/// the number that decides: a proposal of another version is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Ballot {
    /// The time of the k-th approval; means nothing before it.
    pub approved_at: Seconds,
    /// A bit a member, by their place in the council.
    pub approvals: u16,
    pub reserved: [u8; 6],
}

/// The span in which a proposal may be executed: from `opens` on, before `closes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub opens: Seconds,
    pub closes: Seconds,
}

impl Ballot {
    pub const EMPTY: Self = Self { approved_at: Seconds(0), approvals: 0, reserved: [0; 6] };

    /// Counts a member's approval once. The k-th starts the lock, and later ones don't move it.
    pub fn approve(&mut self, member: usize, threshold: u8, now: Seconds) -> Result<(), Error> {
        let bit =
            u32::try_from(member).ok().and_then(|at| 1u16.checked_shl(at)).ok_or(Error::Unauthorized)?;
        if self.approvals & bit != 0 {
            return Err(Error::AlreadyApproved);
        }
        let before = self.is_approved(threshold);
        self.approvals |= bit;
        if !before && self.is_approved(threshold) {
            self.approved_at = now;
        }
        Ok(())
    }

    pub fn is_approved(&self, threshold: u8) -> bool {
        self.approvals.count_ones() >= u32::from(threshold)
    }

    /// None until it is approved.
    pub fn window(&self, threshold: u8, delay: Seconds) -> Result<Option<Window>, Error> {
        if !self.is_approved(threshold) {
            return Ok(None);
        }
        let opens = self.approved_at.plus(delay)?;
        Ok(Some(Window { opens, closes: opens.plus(EXECUTION_WINDOW)? }))
    }
}

impl Window {
    pub fn check_open(self, now: Seconds) -> Result<(), Error> {
        if now < self.opens {
            return Err(Error::TimeLocked);
        }
        if self.is_over(now) {
            return Err(Error::ProposalExpired);
        }
        Ok(())
    }

    pub fn is_over(self, now: Seconds) -> bool {
        now >= self.closes
    }
}

/// The pause: launches and buys are refused before `until`, a new one before `next_at`, which is always
/// `PAUSE_GAP` later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: Seconds,
    pub next_at: Seconds,
}

impl Pause {
    /// The guardian's pause at `now`.
    pub fn begin(self, now: Seconds) -> Result<Self, Error> {
        if now < self.next_at {
            return Err(Error::PauseTooSoon);
        }
        Self::ending(now.plus(PAUSE)?)
    }

    /// The council's end of it at `now`, by a proposal made at `asked`. One older than the pause is about an
    /// earlier one: nothing locks or vetoes it, so its approvals must not lie in store for this one.
    pub fn end(self, asked: Seconds, now: Seconds) -> Result<Self, Error> {
        if now >= self.until {
            return Err(Error::NotPaused);
        }
        if asked.plus(PAUSE)? < self.until {
            return Err(Error::ProposalOutdated);
        }
        Self::ending(now)
    }

    fn ending(until: Seconds) -> Result<Self, Error> {
        Ok(Self { until, next_at: until.plus(PAUSE_GAP)? })
    }
}
