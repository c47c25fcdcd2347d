//! Paying out of an account that this program owns.

use pinocchio::error::ProgramError;
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

/// Everything that `account`, which must be ours and another than `to`, holds goes to `to`; nothing is left
/// of it. The runtime wipes its data.
#[inline(always)]
pub fn close(account: &mut AccountView, to: &mut AccountView) -> Result<Lamports, ProgramError> {
    let all = Lamports(account.lamports());
    pay(account, to, all)?;
    account.close()?;
    Ok(all)
}
