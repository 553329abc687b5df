//! Records become claims and findings. In: sheets from `formats`, the rulebook's rosters. Out: one
//! [`Claim`] per data row (read, or rejected with its reason), findings for every cell that could
//! not be used, and a border tally rows = claims + set aside. It decides nothing about money.

pub mod claim;

pub use claim::{
    Cell, Change, Claim, Link, NamedPayee, Origin, RegisterRow, Registers, Rejection, RosterMonth, RowStatus,
};
