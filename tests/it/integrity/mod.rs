//! The ledger cannot be talked out of the truth: crashes, two operators, tampering, restoring.

mod beside;
mod crash;
pub mod small;
mod states;
mod tamper;
