//! initialize: the one Config. Only who may upgrade the program can make it, so nobody can be first.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::cpi::system::OwnCreation;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, Initialized};
use crate::state::{CoinTerms, Config, State, MAX_COUNCIL};
use crate::units::{Bps, Lamports, Seconds};
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed]; // global:initialize

/// BPFLoaderUpgradeab1e11111111111111111111111
const LOADER: Address = Address::new_from_array([
    2, 168, 246, 145, 78, 136, 161, 176, 226, 16, 21, 62, 247, 99, 174, 43, 0, 194, 185, 61, 22, 193, 36,
    210, 192, 83, 122, 16, 4, 128, 0, 0,
]);

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
    let members = reader.u32()? as usize;
    if members > MAX_COUNCIL {
        return Err(Error::InvalidConfig);
    }
    let mut council = [Address::new_from_array([0; 32]); MAX_COUNCIL];
    for member in council.iter_mut().take(members) {
        *member = reader.address()?;
    }
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
            council_len: members as u8, // at most 9
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

/// The loader's ProgramData of this program must name `authority`: tag 3 (u32), slot (u64), some (u8), key.
fn check_upgrade_authority(
    program_data: &AccountView,
    authority: &AccountView,
    program_id: &Address,
) -> Result<(), Error> {
    pda::find(program_data, &[program_id.as_ref()], &LOADER)?;
    if !program_data.owned_by(&LOADER) {
        return Err(Error::WrongOwner);
    }
    // SAFETY: nothing writes to this account's data while the slice lives.
    let mut reader = Reader(unsafe { program_data.borrow_unchecked() });
    let tag = reader.u32()?;
    reader.u64()?;
    let is_some = reader.u8()?;
    if tag != 3 || is_some != 1 || &reader.address()? != authority.address() {
        return Err(Error::Unauthorized);
    }
    Ok(())
}
