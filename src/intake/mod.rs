//! Records become claims and findings. In: sheets from `formats`, the rulebook's rosters. Out: one
//! [`Claim`] per data row (read, or rejected with its reason), findings for every cell that could
//! not be used, and a border tally rows = claims + set aside. It decides nothing about money.
//!
//! The rules are READING.md's; each module names the clauses it holds.
//!
//! | part | what it is |
//! |---|---|
//! | [`claim`] | what a row and a register are after reading: the contract with `assess` |
//! | [`files`] | which roster a file belongs to |
//! | [`header`] | where the header is and what its columns mean |
//! | [`layout`] | people, totals, section titles, notes |
//! | [`values`] | one cell → one value |
//! | [`fields`], [`rows`] | one row → one claim |
//! | [`unread`] | cells that no field reads |
//! | [`survey`] | which rows there are, and under which header |
//! | [`totals`] | declared totals against the rows |
//! | [`ended`] | rows that are paid though another place says that payments have ended |
//! | [`exports`] | files of other systems, by a roster profile |
//! | [`registers`], [`changes`] | deaths, accounts, change sheets … |
//! | [`fix_lists`] | rows to send back to a township, and the corrected ones in their place |
//! | [`columns`] | what the columns of a file are read as |
//! | [`roster`] | the door: files → claims, findings, border |

pub mod changes;
pub mod claim;
pub mod columns;
pub mod ended;
pub mod exports;
pub mod fields;
pub mod files;
pub mod fix_lists;
pub mod header;
pub mod layout;
pub mod registers;
pub mod roster;
pub mod rows;
pub mod survey;
pub mod totals;
pub mod unread;
pub mod values;

#[cfg(test)]
mod tests;

pub use changes::apply_changes;
pub use claim::{
    Cell, Change, Claim, Link, NamedPayee, Origin, RegisterRow, Registers, Rejection, RosterMonth, RowStatus,
};
pub use columns::{ColumnMeaning, ColumnUse, FileMeaning, SheetMeaning, explain_columns, rows_as_read};
pub use files::roster_of;
pub use registers::read_registers;
pub use roster::{Input, RosterRead, read_roster};
