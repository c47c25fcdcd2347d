//! launch: a coin at the address that its content and creator decide, all of it in the curve's vault.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_token_2022::instructions::{
    metadata_pointer, AuthorityType, InitializeAccount3, InitializeMint2, MintTo, SetAuthority,
};

use crate::cpi::metadata::{self, MAX_STRINGS};
use crate::cpi::system::{Creation, OwnCreation};
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, Launched};
use crate::math::curve::SUPPLY;
use crate::state::{Config, Curve, Origin, State};
use crate::sys::{sha256, Now};
use crate::units::Lamports;
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0x99, 0xf1, 0x5d, 0xe1, 0x16, 0x45, 0x4a, 0x3d]; // global:launch

pub const DECIMALS: u8 = 6;
const MAX_NAME: usize = 32;
const MAX_SYMBOL: usize = 10;
const BOX_TAG: &[u8] = b"pumpbox:box:1";
/// A mint with the MetadataPointer extension; Token-2022 adds the metadata itself.
const MINT_SPACE: u64 = 234;
/// The same with metadata whose strings are empty.
const MINT_FULL: usize = 318;
/// A mint of just a multisig's length could be taken for one, so Token-2022 makes it 2 bytes longer.
const MULTISIG_SIZE: usize = 355;
const VAULT_SPACE: usize = 165;

pub struct Args<'a> {
    /// Config's version that the creator saw: a change in between fails the launch.
    pub config_version: u64,
    pub seed_commitment: &'a [u8; 32],
    /// name, symbol, uri as Borsh strings: just what the box's hash and Token-2022 take.
    pub content: &'a [u8],
    /// Bytes of the three together.
    pub strings: usize,
}

impl<'a> Args<'a> {
    #[inline(always)]
    fn parse(data: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let config_version = reader.u64()?;
        let seed_commitment = reader.array()?;
        let content = reader.0;
        let (name, symbol, uri) = (reader.string_len()?, reader.string_len()?, reader.string_len()?);
        reader.finish()?;
        // Each is at most the length of the data, so the sum is small.
        let strings = name.saturating_add(symbol).saturating_add(uri);
        if !(1..=MAX_NAME).contains(&name) || !(1..=MAX_SYMBOL).contains(&symbol) || strings > MAX_STRINGS {
            return Err(Error::InvalidMetadata);
        }
        Ok(Self { config_version, seed_commitment, content, strings })
    }

    /// What makes this coin this coin. Another creator, seed or content is another address, so nobody can
    /// take it first, and a retry finds it taken.
    #[inline(always)]
    fn box_id(&self, creator: &Address) -> [u8; 32] {
        let content = sha256(&[self.content]);
        sha256(&[BOX_TAG, creator.as_ref(), self.seed_commitment, &content])
    }
}

pub struct Accounts<'a> {
    pub creator: &'a AccountView,
    pub config: &'a AccountView,
    pub mint: &'a mut AccountView,
    pub curve: &'a mut AccountView,
    pub vault: &'a mut AccountView,
}

struct Bumps {
    mint: u8,
    curve: u8,
    vault: u8,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(
        accounts: &'a mut [AccountView],
        box_id: &[u8; 32],
        program_id: &Address,
    ) -> Result<(Self, Bumps), Error> {
        let [creator, config, mint, curve, vault, _token_program, _system_program, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        // creator: a signer, checked before its key entered box_id; writable, else its transfers fail.
        // config: owner and kind are checked where it is loaded.
        // mint, curve, vault: addresses derived here; writable, else their creation fails.
        let bumps = Bumps {
            mint: pda::find(mint, &[pda::MINT, box_id], program_id)?,
            curve: pda::find(curve, &[pda::CURVE, mint.address().as_ref()], program_id)?,
            vault: pda::find(vault, &[pda::VAULT, mint.address().as_ref()], program_id)?,
        };
        checks::unused(mint, Error::AlreadyLaunched)?;
        Ok((Self { creator, config, mint, curve, vault }, bumps))
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let creator = accounts.first().ok_or(Error::NotEnoughAccounts)?;
    checks::signer(creator)?;
    let box_id = args.box_id(creator.address());
    let (accounts, bumps) = Accounts::validate(accounts, &box_id, program_id)?;

    let now = Now::get()?;
    let config = Config::load(accounts.config, program_id)?;
    config.check_not_paused(now.time)?;
    if config.config_version != args.config_version {
        return Err(Error::ConfigChanged.into());
    }

    let rent = Rent::get()?;
    create_mint(&accounts, &box_id, bumps.mint, rent.try_minimum_balance(mint_size(args.strings))?)?;
    let curve_bump = [bumps.curve];
    let curve_seeds =
        [Seed::from(pda::CURVE), Seed::from(accounts.mint.address().as_array()), Seed::from(&curve_bump)];
    let authority = [Signer::from(&curve_seeds)];
    let rent_deposit = Lamports(rent.try_minimum_balance(Curve::SIZE)?);
    OwnCreation { payer: accounts.creator, account: accounts.curve, lamports: rent_deposit.0, program_id }
        .invoke::<Curve>(&authority)?;
    create_vault(&accounts, bumps.vault, &rent)?;
    fill_and_seal(&accounts, args.content, &authority)?;

    let curve = Curve::at_launch(
        &config.terms,
        Origin {
            mint: *accounts.mint.address(),
            creator: *accounts.creator.address(),
            launch_slot: now.slot,
            rent_deposit,
            bump: bumps.curve,
            vault_bump: bumps.vault,
        },
    );
    Launched::new(&curve, args.config_version).emit();
    curve.store(accounts.curve)?;
    Ok(())
}

/// How long the mint will be with its metadata.
#[inline(always)]
fn mint_size(strings: usize) -> usize {
    match MINT_FULL.saturating_add(strings) {
        MULTISIG_SIZE => MULTISIG_SIZE.saturating_add(2),
        size => size,
    }
}

/// The mint's account, its pointer to itself, no freeze authority; the curve mints and then lets go.
#[inline(never)]
fn create_mint(accounts: &Accounts, box_id: &[u8; 32], bump: u8, lamports: u64) -> ProgramResult {
    let bump = [bump];
    let seeds = [Seed::from(pda::MINT), Seed::from(box_id), Seed::from(&bump)];
    Creation {
        payer: accounts.creator,
        account: accounts.mint,
        space: MINT_SPACE,
        lamports,
        owner: &pinocchio_token_2022::ID,
    }
    .invoke(&[Signer::from(&seeds)])?;
    metadata_pointer::Initialize {
        mint: accounts.mint,
        authority: None,
        metadata_address: Some(accounts.mint.address()),
        token_program: &pinocchio_token_2022::ID,
    }
    .invoke()?;
    InitializeMint2::new(accounts.mint, DECIMALS, accounts.curve.address(), None).invoke()
}

/// The coin's token account, owned by the curve.
#[inline(never)]
fn create_vault(accounts: &Accounts, bump: u8, rent: &Rent) -> ProgramResult {
    let bump = [bump];
    let seeds = [Seed::from(pda::VAULT), Seed::from(accounts.mint.address().as_array()), Seed::from(&bump)];
    Creation {
        payer: accounts.creator,
        account: accounts.vault,
        space: VAULT_SPACE as u64,
        lamports: rent.try_minimum_balance(VAULT_SPACE)?,
        owner: &pinocchio_token_2022::ID,
    }
    .invoke(&[Signer::from(&seeds)])?;
    InitializeAccount3::new(accounts.vault, accounts.mint, accounts.curve.address()).invoke()
}

/// Metadata and the whole supply, then both authorities are dropped: nothing about the coin can change.
#[inline(never)]
fn fill_and_seal(accounts: &Accounts, content: &[u8], authority: &[Signer; 1]) -> ProgramResult {
    metadata::Initialize { mint: accounts.mint, authority: accounts.curve, content }.invoke(authority)?;
    metadata::drop_authority(accounts.mint, accounts.curve, authority)?;
    MintTo::new(accounts.mint, accounts.vault, accounts.curve, SUPPLY.0).invoke_signed(authority)?;
    SetAuthority::new(accounts.mint, accounts.curve, AuthorityType::MintTokens, None).invoke_signed(authority)
}
