//! Coverage-guided: the limb arithmetic against `u128`, and the curve's promises on whatever numbers reach
//! another branch.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pumpbox::math::curve::{self, FeeTerms, Fill, Reserves, FINAL_TOKENS, INITIAL_TOKENS};
use pumpbox::math::wide::{div_rem, mul, mul_div_ceil, mul_div_floor, Wide};
use pumpbox::units::{Atoms, Bps, Lamports, Slot};

fn words(data: &[u8]) -> Option<[u64; 6]> {
    let mut words = [0; 6];
    for (word, bytes) in words.iter_mut().zip(data.first_chunk::<48>()?.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().ok()?);
    }
    Some(words)
}

fn check_wide(a: u64, b: u64, d: u64) {
    let product = u128::from(a) * u128::from(b);
    let divisor = u128::from(d);
    let fits = |quotient: Option<u128>| quotient.and_then(|quotient| u64::try_from(quotient).ok());
    assert_eq!(mul(a, b), Wide { hi: (product >> 64) as u64, lo: product as u64 });
    let floor = fits(product.checked_div(divisor));
    assert_eq!(mul_div_floor(a, b, d), floor);
    assert_eq!(mul_div_ceil(a, b, d), fits((d != 0).then(|| product.div_ceil(divisor))));
    let value = u128::from(a) << 64 | u128::from(b);
    let exact = fits(value.checked_div(divisor)).map(|quotient| (quotient, (value % divisor) as u64));
    assert_eq!(div_rem(Wide { hi: a, lo: b }, d), exact);
}

fn product(reserves: Reserves) -> u128 {
    u128::from(reserves.sol.0) * u128::from(reserves.tokens.0)
}

fn check_fill(now: Reserves, fill: &Fill) {
    assert!(product(fill.after) >= product(now));
    assert!((FINAL_TOKENS..=INITIAL_TOKENS).contains(&fill.after.tokens));
}

fuzz_target!(|data: &[u8]| {
    let Some([a, b, d, initial, sold, rates]) = words(data) else { return };
    check_wide(a, b, d);
    let initial = 5_000_000_000 + initial % 495_000_000_001;
    let tokens = INITIAL_TOKENS.0 - sold % (INITIAL_TOKENS.0 - FINAL_TOKENS.0 + 1);
    let sol = (u128::from(initial) * u128::from(INITIAL_TOKENS.0)).div_ceil(tokens.into()) as u64;
    let now = Reserves { sol: Lamports(sol), tokens: Atoms(tokens) };
    let terms = FeeTerms {
        normal: Bps((rates % 501) as u16),
        creator: Bps((rates % 501 / 2) as u16),
        high: Bps((rates % 501 + (rates >> 16) % 9_400) as u16),
        schedule_slots: ((rates >> 32) % 9_001) as u16,
        launch_slot: Slot(0),
    };
    let bps = terms.at(Slot(rates >> 48)).expect("within 16 bits");
    assert!(bps >= terms.normal && bps.0 <= 9_900);
    if let Ok(fill) = curve::buy(now, bps, Lamports(a), Atoms(b)) {
        check_fill(now, &fill);
        assert!(fill.sol.0 + fill.fee.0 <= a);
        assert!(
            u128::from(fill.atoms.0) * u128::from(a) >= u128::from(b) * u128::from(fill.sol.0 + fill.fee.0)
        );
        assert!(terms.creator_share(fill.fee, bps).expect("at most the fee") <= fill.fee);
        if let Ok(back) = curve::sell(fill.after, terms.normal, fill.atoms, Lamports(0)) {
            assert!(back.sol.0 - back.fee.0 <= fill.sol.0 + fill.fee.0, "a circle that profits");
        }
    }
    if let Ok(fill) = curve::sell(now, terms.normal, Atoms(a), Lamports(b)) {
        check_fill(now, &fill);
        assert!(fill.sol.0 - fill.fee.0 >= b);
        assert!(fill.after.sol.0 >= initial, "what was never paid in was paid out");
    }
});
