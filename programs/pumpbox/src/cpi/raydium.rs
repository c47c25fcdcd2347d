//! Raydium CPMM's `initialize`: makes a pool and puts both sides into it.

use pinocchio::cpi::{invoke_signed, Signer};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};

const INITIALIZE: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed]; // global:initialize
/// Open at once. Raydium makes it the next second: a pool can't be swapped on in the second of its making.
const OPEN_TIME: u64 = 0;

/// One of the pool's two sides.
#[derive(Clone, Copy)]
pub struct PoolSide<'a> {
    pub mint: &'a AccountView,
    pub token_program: &'a AccountView,
    /// The creator's token account, which `amount` is taken from.
    pub source: &'a AccountView,
    /// The pool's.
    pub vault: &'a AccountView,
    pub amount: u64,
}

pub struct Initialize<'a> {
    pub program: &'a Address,
    /// Signs; pays for the accounts and Raydium's fee.
    pub creator: &'a AccountView,
    pub config: &'a AccountView,
    pub authority: &'a AccountView,
    /// Signs; any address that the caller can sign for, so that nobody else can take it.
    pub pool: &'a AccountView,
    /// In the order of their mints' bytes.
    pub sides: [PoolSide<'a>; 2],
    pub lp_mint: &'a AccountView,
    /// The creator's associated account of the LP mint.
    pub creator_lp: &'a AccountView,
    pub fee_receiver: &'a AccountView,
    pub observation: &'a AccountView,
    pub token_program: &'a AccountView,
    pub associated_token_program: &'a AccountView,
    pub system_program: &'a AccountView,
    pub rent: &'a AccountView,
}

impl Initialize<'_> {
    #[inline(never)]
    pub fn invoke(&self, signers: &[Signer; 2]) -> ProgramResult {
        let [one, two] = &self.sides;
        let mut data = [0u8; 32];
        let fields =
            [INITIALIZE, one.amount.to_le_bytes(), two.amount.to_le_bytes(), OPEN_TIME.to_le_bytes()];
        for (place, field) in data.chunks_exact_mut(8).zip(&fields) {
            place.copy_from_slice(field);
        }
        let views = [
            self.creator,
            self.config,
            self.authority,
            self.pool,
            one.mint,
            two.mint,
            self.lp_mint,
            one.source,
            two.source,
            self.creator_lp,
            one.vault,
            two.vault,
            self.fee_receiver,
            self.observation,
            self.token_program,
            one.token_program,
            two.token_program,
            self.associated_token_program,
            self.system_program,
            self.rent,
        ];
        let accounts = [
            InstructionAccount::writable_signer(self.creator.address()),
            InstructionAccount::readonly(self.config.address()),
            InstructionAccount::readonly(self.authority.address()),
            InstructionAccount::writable_signer(self.pool.address()),
            InstructionAccount::readonly(one.mint.address()),
            InstructionAccount::readonly(two.mint.address()),
            InstructionAccount::writable(self.lp_mint.address()),
            InstructionAccount::writable(one.source.address()),
            InstructionAccount::writable(two.source.address()),
            InstructionAccount::writable(self.creator_lp.address()),
            InstructionAccount::writable(one.vault.address()),
            InstructionAccount::writable(two.vault.address()),
            InstructionAccount::writable(self.fee_receiver.address()),
            InstructionAccount::writable(self.observation.address()),
            InstructionAccount::readonly(self.token_program.address()),
            InstructionAccount::readonly(one.token_program.address()),
            InstructionAccount::readonly(two.token_program.address()),
            InstructionAccount::readonly(self.associated_token_program.address()),
            InstructionAccount::readonly(self.system_program.address()),
            InstructionAccount::readonly(self.rent.address()),
        ];
        let instruction = InstructionView { program_id: self.program, accounts: &accounts, data: &data };
        invoke_signed(&instruction, &views, signers)
    }
}
