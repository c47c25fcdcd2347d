//! One file an instruction: its Args, its Accounts with their checks, and what it does.

pub mod buy;
pub mod initialize;
pub mod launch;
pub mod sell;
pub mod set_fee_recipient;
pub mod sweep_fees;
