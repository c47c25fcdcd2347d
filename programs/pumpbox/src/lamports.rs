//! Paying out of an account that this program owns.

use pinocchio::AccountView;

use crate::error::Error;
use crate::units::Lamports;

/// Moves lamports without a call. Right even if both are the same account: each balance is read when it
/// is written.
#[inline(always)]
pub fn pay(from: &mut AccountView, to: &mut AccountView, amount: Lamports) -> Result<(), Error> {
    let rest = Lamports(from.lamports()).minus(amount).map_err(|_| Error::Insolvent)?;
    from.set_lamports(rest.0);
    let sum = Lamports(to.lamports()).plus(amount)?;
    to.set_lamports(sum.0);
    Ok(())
}
