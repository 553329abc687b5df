//! The ledger cannot be talked out of the truth: crashes, two operators, tampering, restoring.

mod crash;
mod small;
