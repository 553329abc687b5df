//! Entitlements merged with ledger lines become a plan of postings and payments. Pure.

pub mod plan;

pub use plan::*;
