//! One file an instruction: its Args, its Accounts with their checks, and what it does.

pub mod approve;
pub mod buy;
pub mod cancel;
pub mod claim;
pub mod close_epoch;
pub mod close_page;
pub mod execute;
pub mod graduate;
pub mod initialize;
pub mod launch;
pub mod open_epoch;
pub mod pause;
pub mod propose;
pub mod rotate;
pub mod sell;
pub mod set_fee_recipient;
pub mod sweep_fees;
pub mod unpause;
pub mod upgrade;
pub mod void_epoch;
