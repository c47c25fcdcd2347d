//! claim: anyone has a leaf paid to its recipient, once.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::cpi::system::OwnCreation;
use crate::data::Reader;
use crate::error::Error;
use crate::math::merkle::{Hash, Leaf};
use crate::state::{ClaimPage, Place, RewardEpoch, State};
use crate::sys::Now;
use crate::units::Lamports;
use crate::Context;
use crate::{checks, lamports, pda};

pub const DISCRIMINATOR: [u8; 8] = [0x3e, 0xc6, 0xd6, 0xc1, 0xd5, 0x9f, 0x6c, 0xd2]; // global:claim

pub struct Args<'a> {
    pub index: u64,
    pub amount: Lamports,
    /// The siblings, the lowest first.
    pub proof: &'a [Hash],
}

impl<'a> Args<'a> {
    #[inline(always)]
    fn parse(data: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let (index, amount, length) = (reader.u64()?, Lamports(reader.u64()?), reader.u32()?);
        let (proof, rest) = reader.0.as_chunks();
        if proof.len() != length as usize || !rest.is_empty() {
            return Err(Error::InvalidData);
        }
        Ok(Self { index, amount, proof })
    }
}

pub struct Accounts<'a> {
    pub submitter: &'a AccountView,
    pub epoch: &'a mut AccountView,
    pub page: &'a mut AccountView,
    pub recipient: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [submitter, epoch, page, recipient, _system_program, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        // submitter: a writable signer if it pays for a page, else its transfer fails; nothing is asked of
        // it otherwise, it may be the recipient.
        // epoch: owner, kind and writability are checked where it is loaded; its number is in the leaf.
        // page: its address where it is made, its epoch and number where its bit is set.
        // recipient: its address is in the leaf. SOL paid to an account of ours would be somebody else's (a
        // page's payer, an epoch's funder) or stuck, and what a program's own account holds is stuck too:
        // such a leaf is not paid, and goes back to the funder with the rest.
        if recipient.owned_by(program_id) || recipient.executable() {
            return Err(Error::InvalidRecipient);
        }
        // Before it is made the page is not ours yet.
        checks::distinct(page, recipient)?;
        Ok(Self { submitter, epoch, page, recipient })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let mut accounts = Accounts::validate(accounts, program_id)?;
    let epoch = RewardEpoch::load(accounts.epoch, program_id)?;
    epoch.check_claimable(Now::get()?.time)?;
    let recipient = *accounts.recipient.address();
    let leaf =
        Leaf { epoch: epoch.number, index: args.index, recipient: recipient.as_array(), amount: args.amount };
    epoch.check_leaf(&leaf, args.proof)?;

    let place = Place::of(leaf.epoch, leaf.index)?;
    if accounts.page.owned_by(&pinocchio_system::ID) {
        make_page(&mut accounts, place, program_id)?;
    }
    ClaimPage::load_mut(accounts.page, program_id)?.mark(place)?;
    RewardEpoch::load(accounts.epoch, program_id)?.check_left(leaf.amount)?;
    // Lamports move last: a call after a move fails with UnbalancedInstruction.
    lamports::pay(accounts.epoch, accounts.recipient, leaf.amount)?;
    let balance = accounts.epoch.lamports();
    RewardEpoch::load_mut(accounts.epoch, program_id)?.settle(&leaf, balance)?;
    Ok(())
}

/// The first claim of 1,024 makes their page. It can't be made anew while its epoch is there, because only
/// close_page unmakes it.
#[inline(never)]
fn make_page(accounts: &mut Accounts, place: Place, program_id: &Address) -> ProgramResult {
    let (epoch, seed) = (*accounts.epoch.address(), place.seed());
    let bump = [pda::find(accounts.page, &[pda::CLAIMS, epoch.as_ref(), &seed], program_id)?];
    let seeds = [Seed::from(pda::CLAIMS), Seed::from(epoch.as_array()), Seed::from(&seed), Seed::from(&bump)];
    OwnCreation {
        payer: accounts.submitter,
        account: accounts.page,
        lamports: Rent::get()?.try_minimum_balance(ClaimPage::SIZE)?,
        program_id,
    }
    .invoke::<ClaimPage>(&[Signer::from(&seeds)])?;
    ClaimPage::of(place, *accounts.submitter.address()).store(accounts.page)?;
    Ok(())
}
