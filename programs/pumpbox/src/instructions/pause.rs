//! pause: the guardian alone stops launches and buys for 7 days. Nothing stops sells, sweeps or graduation.

use pinocchio::ProgramResult;

use crate::checks;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, Paused};
use crate::state::{Config, State};
use crate::sys::Now;
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xd3, 0x16, 0xdd, 0xfb, 0x4a, 0x79, 0xc1, 0x2f]; // global:pause

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let [guardian, config, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    checks::signer(guardian)?;
    // Owner, kind and writability are checked by load_mut.
    let config = Config::load_mut(config, program_id)?;
    if guardian.address() != &config.guardian {
        return Err(Error::Unauthorized.into());
    }
    let pause = config.pause().begin(Now::get()?.time)?;
    config.set_pause(pause);
    config.next_sequence()?;
    Paused {
        discriminator: Paused::DISCRIMINATOR,
        sequence: config.sequence,
        until: pause.until,
        next_at: pause.next_at,
    }
    .emit();
    Ok(())
}
