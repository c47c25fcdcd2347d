//! Calls to other programs: System, the two token programs and their associated accounts, Raydium, the loader.
//!
//! Their ids are constants of the call: a wrong program account makes the runtime refuse the call, so the
//! program accounts in our instructions need no check of their own.

pub mod loader;
pub mod metadata;
pub mod raydium;
pub mod system;
pub mod token;
pub mod wsol;
