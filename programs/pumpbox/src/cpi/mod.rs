//! Calls to the System and Token-2022 programs and to the loader.
//!
//! Their ids are constants of the call: a wrong program account makes the runtime refuse the call, so the
//! program accounts in our instructions need no check of their own.

pub mod loader;
pub mod metadata;
pub mod system;
