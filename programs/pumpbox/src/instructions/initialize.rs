//! initialize: the one Config. Only who may upgrade the program can make it, so nobody can be first.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::cpi::loader;
use crate::cpi::system::OwnCreation;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, Initialized};
use crate::state::{members, CoinTerms, Config, State};
use crate::units::{Bps, Lamports, Seconds};
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed]; // global:initialize

/// The Config that the arguments describe; all checks on it are `Config::validate`'s.
fn parse(data: &[u8], bump: u8) -> Result<Config, Error> {
    let mut reader = Reader(data);
    let time_lock = i64::try_from(reader.u64()?).map_err(|_| Error::InvalidConfig)?;
    let initial_sol = Lamports(reader.u64()?);
    let graduation_cap = reader.u32()?;
    let schedule_slots = reader.u16()?;
    let (fee, creator_fee, schedule_fee) = (Bps(reader.u16()?), Bps(reader.u16()?), Bps(reader.u16()?));
    let (threshold, raydium_set) = (reader.u8()?, reader.u8()?);
    let (guardian, treasury, rewards) = (reader.address()?, reader.address()?, reader.address()?);
    let (council_len, council) = members(&mut reader)?;
    reader.finish()?;
    Ok(Config {
        discriminator: Config::DISCRIMINATOR,
        config_version: 1,
        sequence: 1,
        next_proposal: 0,
        next_epoch: 0,
        time_lock: Seconds(time_lock),
        paused_until: Seconds(0),
        pause_allowed_at: Seconds(0),
        terms: CoinTerms {
            initial_sol,
            graduation_cap,
            schedule_slots,
            fee,
            creator_fee,
            schedule_fee,
            council_len,
            threshold,
            raydium_set,
            bump,
        },
        reserved: [0; 5],
        guardian,
        treasury,
        rewards,
        council,
    })
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let [payer, authority, config, program_data, _system_program, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    // payer: a writable signer, else its transfer fails. config: writable, else its creation fails.
    checks::signer(authority)?;
    check_upgrade_authority(program_data, authority, program_id)?;
    let bump = pda::find(config, &[pda::CONFIG], program_id)?;
    checks::unused(config, Error::AlreadyInitialized)?;
    let state = parse(data, bump)?;
    state.validate()?;

    let bump = [bump];
    let seeds = [Seed::from(pda::CONFIG), Seed::from(&bump)];
    OwnCreation {
        payer,
        account: config,
        lamports: Rent::get()?.try_minimum_balance(Config::SIZE)?,
        program_id,
    }
    .invoke::<Config>(&[Signer::from(&seeds)])?;
    Initialized {
        discriminator: Initialized::DISCRIMINATOR,
        sequence: state.sequence,
        config_version: state.config_version,
    }
    .emit();
    state.store(config)?;
    Ok(())
}

/// The loader's ProgramData of this program must name `authority`.
fn check_upgrade_authority(
    program_data: &AccountView,
    authority: &AccountView,
    program_id: &Address,
) -> Result<(), Error> {
    pda::find(program_data, &[program_id.as_ref()], &loader::ID)?;
    if &loader::program_authority(program_data)? != authority.address() {
        return Err(Error::Unauthorized);
    }
    Ok(())
}
