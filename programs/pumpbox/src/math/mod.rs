//! Arithmetic without 128-bit integers, which the target can't compile, the curve built on it, and the rules
//! of time by which Config changes.

pub mod curve;
pub mod governance;
pub mod wide;
mod width;
