//! The program's own handlers, compiled for this machine and run in a small model of the runtime: millions
//! of instructions a minute, where the embedded chain runs thousands.
//!
//! `world` is the ledger and the runtime's rules, `syscalls` what the program asks of it, `programs` the
//! System and Token-2022 instructions that it calls, byte for byte as far as this program uses them.
//! tests/fixtures.rs holds the model to accounts recorded on the embedded chain. `market` is a crowd that
//! does everything it can, and the invariants that must survive it.

pub mod frame;
pub mod market;
pub mod pda;
pub mod programs;
pub mod syscalls;
pub mod world;
