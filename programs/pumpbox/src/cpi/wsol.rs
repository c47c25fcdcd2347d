//! SOL as a token: the associated account that holds it for a moment.

use pinocchio::cpi::{invoke_signed, Signer};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_system::instructions::Transfer;
use pinocchio_token::instructions::SyncNative;

/// The associated token program.
pub const ASSOCIATED_TOKEN: Address = Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
const CREATE_IDEMPOTENT: [u8; 1] = [1];

pub struct Wrap<'a> {
    /// A system account that signs, pays for the token account and gives the lamports.
    pub owner: &'a AccountView,
    /// The owner's associated account; the associated token program refuses any other address.
    pub tokens: &'a AccountView,
    pub mint: &'a AccountView,
    pub system_program: &'a AccountView,
    pub token_program: &'a AccountView,
    pub lamports: u64,
}

impl Wrap<'_> {
    /// Makes the account unless somebody did before, and adds `lamports` to whatever it holds.
    #[inline(never)]
    pub fn invoke(&self, signer: &[Signer; 1]) -> ProgramResult {
        let accounts = [
            InstructionAccount::writable_signer(self.owner.address()),
            InstructionAccount::writable(self.tokens.address()),
            InstructionAccount::readonly(self.owner.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::readonly(self.system_program.address()),
            InstructionAccount::readonly(self.token_program.address()),
        ];
        let views = [self.owner, self.tokens, self.owner, self.mint, self.system_program, self.token_program];
        let create =
            InstructionView { program_id: &ASSOCIATED_TOKEN, accounts: &accounts, data: &CREATE_IDEMPOTENT };
        invoke_signed(&create, &views, signer)?;
        Transfer { from: self.owner, to: self.tokens, lamports: self.lamports }.invoke_signed(signer)?;
        SyncNative::new(self.tokens, None).invoke()
    }
}
