//! Arithmetic without 128-bit integers, which the target can't compile, and the curve built on it.

pub mod curve;
pub mod wide;
mod width;
