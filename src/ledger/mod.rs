//! The ledger: the only room that speaks SQL. In: plans, answers, decisions. Out: lines in sorted
//! order, standing decisions, runs, and findings where stored rows do not verify. It decides nothing
//! about money: it stores what `settle` planned, and refuses what its rules forbid.
//!
//! | part | what it is |
//! |---|---|
//! | `schema.sql`, `schema` | every table, which rows the chain covers, append-only triggers |
//! | [`record`] | what goes in and comes out |
//! | `chain` | row hashes, content hashes, the chain |
//! | `book` | opening, head, codes |
//! | `lines` | lines and standing decisions as a run needs them |
//! | `plan_form`, `draft` | the stored form of a plan; the open draft |
//! | `write` | the one way in which rows enter: hashed as they are bound |
//! | `release`, `post` | the transactions |
//! | `bank` | what bank messages say beyond answers, and the sums they are compared with |
//! | `runs`, `history` | what is stored, for reports, `emit` and `explain` |
//! | `outside` | what was done outside runs, and where it is listed |
//! | `derive`, `as_of` | derived columns from chained rows alone; the ledger after an earlier entry |
//! | `verify` | everything computed again |
//!
//! Promises kept here (DESIGN §2): rows are never changed or deleted; every transaction is an entry of
//! one hash chain; a draft that the ledger has moved away from is stale; a released run can be written
//! again from here alone.

mod as_of;
mod bank;
mod book;
mod chain;
mod derive;
mod draft;
mod fault;
mod history;
mod lines;
mod open_returns;
mod outside;
mod plan_form;
mod post;
pub mod record;
mod release;
mod request;
mod runs;
mod schema;
mod verify;
mod write;

#[cfg(test)]
mod tests;

pub use bank::{Flow, PaymentMovement};
pub use book::Ledger;
pub use open_returns::OpenReturn;
pub use outside::Completed;
pub use plan_form::plan_digest;
pub use record::*;
