//! A change that the council votes on: its exact bytes, for one version of Config.

use pinocchio::{AccountView, Address};

use crate::data::Reader;
use crate::error::Error;
use crate::lamports;
use crate::math::governance::{Ballot, Window};
use crate::state::{Action, Config, State, MAX_ACTION};
use crate::sys::{self, sha256};
use crate::units::{Lamports, Seconds};

const DIGEST_TAG: &[u8] = b"pumpbox:proposal:1";
/// `MAX_ACTION` rounded up to 8.
const ACTION_SPACE: usize = 296;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Proposal {
    pub discriminator: [u8; 8],
    pub number: u64,
    /// Config's version that it was made for. Under any other it is void.
    pub config_version: u64,
    pub created_at: Seconds,
    pub ballot: Ballot,
    /// Who paid for this account and gets it back when it closes.
    pub payer: Address,
    pub proposer: Address,
    /// What an approval names.
    pub digest: [u8; 32],
    /// A Borsh `Action`, then zeros.
    pub action: [u8; ACTION_SPACE],
}

const _: () = assert!(core::mem::size_of::<Proposal>() == 440);
const _: () = assert!(MAX_ACTION <= ACTION_SPACE);

// SAFETY: integers and byte arrays in `repr(C)`; the size above is the sum of the fields, so no padding.
unsafe impl State for Proposal {
    const DISCRIMINATOR: [u8; 8] = [0x1a, 0x5e, 0xbd, 0xbb, 0x74, 0x88, 0x35, 0x21]; // account:Proposal
}

/// Who makes a proposal, and when.
pub struct Making {
    pub payer: Address,
    pub proposer: Address,
    pub now: Seconds,
}

impl Proposal {
    /// A proposal of these bytes for Config as it is. They must be one action and nothing else.
    #[inline(always)]
    pub fn new(config: &Config, bytes: &[u8], making: Making) -> Result<Self, Error> {
        let mut action = [0u8; ACTION_SPACE];
        sys::copy(action.get_mut(..bytes.len()).ok_or(Error::InvalidData)?, bytes)?;
        Ok(Self {
            discriminator: Self::DISCRIMINATOR,
            number: config.next_proposal,
            config_version: config.config_version,
            created_at: making.now,
            ballot: Ballot::EMPTY,
            payer: making.payer,
            proposer: making.proposer,
            digest: sha256(&[DIGEST_TAG, &config.config_version.to_le_bytes(), bytes]),
            action,
        })
    }

    #[inline(always)]
    pub fn action(&self) -> Result<Action, Error> {
        Action::read(&mut Reader(&self.action))
    }

    /// Which action it is, as its first byte says.
    #[inline(always)]
    pub fn tag(&self) -> u8 {
        let [tag, ..] = self.action;
        tag
    }

    #[inline(always)]
    pub fn is_current(&self, config: &Config) -> bool {
        self.config_version == config.config_version
    }

    #[inline(always)]
    pub fn check_current(&self, config: &Config) -> Result<(), Error> {
        if !self.is_current(config) {
            return Err(Error::ProposalOutdated);
        }
        Ok(())
    }

    /// When it may be executed; None until it is approved.
    #[inline(never)]
    pub fn window(&self, config: &Config) -> Result<Option<Window>, Error> {
        let delay = self.action()?.delay().under(config.time_lock);
        self.ballot.window(config.terms.threshold, delay)
    }

    /// The action, if it may be executed now.
    #[inline(never)]
    pub fn executable(&self, config: &Config, now: Seconds) -> Result<Action, Error> {
        self.check_current(config)?;
        self.window(config)?.ok_or(Error::NotApproved)?.check_open(now)?;
        self.action()
    }
}

/// Ends a proposal's account for good: its number is never given again. All it holds goes to `payer`, which
/// the instruction has compared with the proposal's.
#[inline(never)]
pub fn close_proposal(proposal: &mut AccountView, payer: &mut AccountView) -> Result<(), Error> {
    let held = Lamports(proposal.lamports());
    lamports::pay(proposal, payer, held)?;
    proposal.close().map_err(|_| Error::AliasedAccounts)
}
