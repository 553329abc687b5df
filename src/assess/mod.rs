//! Claims and rulebook become decisions. Pure: same claims, registers, rulebook and cycle, same
//! decisions, in any order of rows and with any number of threads.

pub mod decision;

pub use decision::{Decision, Outcome, Reason};
