//! What the rules of time promise, over all clocks, locks and orders of approval.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use pumpbox::data::Reader;
use pumpbox::error::Error;
use pumpbox::math::governance::{
    Ballot, Delay, Pause, EXECUTION_WINDOW, MAX_LOCK, MIN_LOCK, PAUSE, PAUSE_GAP,
};
use pumpbox::state::{Action, MAX_ACTION};
use pumpbox::units::Seconds;

const DAY: i64 = 86_400;

/// Moments in order, seconds to months apart.
fn moments(count: usize) -> impl Strategy<Value = Vec<Seconds>> {
    let gap = prop_oneof![Just(0), 1..DAY, DAY..40 * DAY];
    prop::collection::vec(gap, count).prop_map(|gaps| {
        let mut now = 1_700_000_000;
        gaps.iter()
            .map(|gap| {
                now += gap;
                Seconds(now)
            })
            .collect()
    })
}

fn delay() -> impl Strategy<Value = Delay> {
    prop_oneof![
        Just(Delay::None),
        Just(Delay::Lock),
        any::<i64>().prop_map(|new| Delay::LockOr(Seconds(new))),
        Just(Delay::TwiceLock),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lock_runs_from_the_kth_members_approval(
        members in prop::collection::vec(0..12usize, 1..20), threshold in 1..=9u8, times in moments(20)
    ) {
        let mut ballot = Ballot::EMPTY;
        let mut approved: Vec<usize> = Vec::new();
        let mut decided = None;
        for (member, now) in members.iter().zip(&times) {
            let answer = ballot.approve(*member, threshold, *now);
            if approved.contains(member) {
                prop_assert_eq!(answer, Err(Error::AlreadyApproved));
                continue;
            }
            prop_assert_eq!(answer, Ok(()));
            approved.push(*member);
            if approved.len() == usize::from(threshold) {
                decided = Some(*now);
            }
        }
        let window = ballot.window(threshold, Seconds(7)).unwrap();
        prop_assert_eq!(window.map(|span| span.opens.0 - 7), decided.map(|now| now.0));
    }

    #[test]
    fn nothing_locked_is_executed_within_48_hours_whatever_is_stored(
        delay in delay(), lock in any::<i64>(), approved in 0..i64::MAX / 2, wait in 0..100 * DAY
    ) {
        let ballot = Ballot { approved_at: Seconds(approved), approvals: 1, reserved: [0; 6] };
        let span = ballot.window(1, delay.under(Seconds(lock))).unwrap().unwrap();
        prop_assert_eq!(span.closes.0 - span.opens.0, EXECUTION_WINDOW.0);
        let waited = span.opens.0 - approved;
        match delay {
            Delay::None => prop_assert_eq!(waited, 0),
            Delay::TwiceLock => prop_assert!((2 * MIN_LOCK.0..=2 * MAX_LOCK.0).contains(&waited)),
            Delay::Lock | Delay::LockOr(_) => prop_assert!((MIN_LOCK.0..=MAX_LOCK.0).contains(&waited)),
        }
        if let Delay::LockOr(new) = delay {
            prop_assert!(waited >= new.0.min(MAX_LOCK.0) && waited >= lock.min(MAX_LOCK.0));
        }
        let now = Seconds(approved + wait);
        let open = span.check_open(now);
        prop_assert_eq!(open.is_ok(), wait >= waited && wait < waited + EXECUTION_WINDOW.0);
        prop_assert_eq!(span.is_over(now), open == Err(Error::ProposalExpired));
    }

    #[test]
    fn between_two_pauses_lie_seven_days_and_none_is_longer(
        acts in prop::collection::vec(any::<bool>(), 1..40), times in moments(40), age in 0..10 * DAY
    ) {
        let mut pause = Pause { until: Seconds(0), next_at: Seconds(0) };
        for (begins, now) in acts.iter().zip(&times) {
            let before = pause;
            let after = if *begins { before.begin(*now) } else { before.end(Seconds(now.0 - age), *now) };
            let Ok(after) = after else { continue };
            if *begins {
                prop_assert!(now.0 >= before.until.0 + PAUSE_GAP.0 || before.next_at.0 == 0);
                prop_assert_eq!(after.until.0 - now.0, PAUSE.0);
            } else {
                prop_assert!(*now < before.until);
                prop_assert!(now.0 - age >= before.until.0 - PAUSE.0, "ended by a proposal older than the pause");
                prop_assert_eq!(after.until, *now);
            }
            prop_assert_eq!(after.next_at.0 - after.until.0, PAUSE_GAP.0);
            pause = after;
        }
    }

    #[test]
    fn a_clock_at_its_end_is_refused_and_does_not_wrap(late in i64::MAX - 700_000..=i64::MAX) {
        let ballot = Ballot { approved_at: Seconds(late), approvals: 1, reserved: [0; 6] };
        prop_assert_eq!(ballot.window(1, MIN_LOCK), Err(Error::MathOverflow));
        let pause = Pause { until: Seconds(0), next_at: Seconds(0) };
        prop_assert_eq!(pause.begin(Seconds(late)), Err(Error::MathOverflow));
    }

    #[test]
    fn any_bytes_are_an_action_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..MAX_ACTION + 8), tag in 0..9u8) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = tag;
        }
        let mut reader = Reader(&bytes);
        let read = Action::read(&mut reader);
        prop_assert!(matches!(read, Ok(_) | Err(Error::InvalidData | Error::InvalidConfig)));
        if read.is_ok() {
            prop_assert!(bytes.len() - reader.0.len() <= MAX_ACTION);
            prop_assert!(tag < 7);
        }
    }
}

#[test]
fn a_member_beyond_the_bitmask_is_nobody() {
    let mut ballot = Ballot::EMPTY;
    assert_eq!(ballot.approve(16, 1, Seconds(1)), Err(Error::Unauthorized));
    assert_eq!(ballot.approve(usize::MAX, 1, Seconds(1)), Err(Error::Unauthorized));
    assert_eq!(ballot, Ballot::EMPTY);
}
