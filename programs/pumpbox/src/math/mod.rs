//! Arithmetic without 128-bit integers, which the target can't compile, the curve built on it, the rules of
//! time by which Config changes, and the tree that rewards are proved by.

pub mod curve;
pub mod governance;
pub mod graduation;
pub mod merkle;
pub mod wide;
mod width;
