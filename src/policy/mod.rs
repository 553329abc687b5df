//! The policy room: a pack of TOML files becomes a [`Rulebook`], and the rulebook answers what a
//! clause or an amount is for one claim in one month.
//!
//! In: the pack's files (path and text), read by `workspace`. Out: a [`Rulebook`], or every mistake
//! of the pack as a rendered diagnostic with file, line, column and caret. Pure after loading: an
//! expression sees the world through [`Facts`] and nothing else.
//!
//! | part | what it is |
//! |---|---|
//! | [`rulebook`] | the loaded frame: fields, rosters, dated values, programmes, stacking |
//! | [`profiles`] | how files of other systems are read |
//! | [`value`] | what an expression computes with; missing is not false |
//! | [`syntax`], [`types`], [`mod@evaluate`] | the expression language: text → tree → typed tree → value |
//! | [`expression`] | the typed tree between the last two |
//! | [`dated`] | which entry of a dated value holds; rounding |
//! | [`pack`] | TOML → rulebook, with the static checks |
//! | [`diagnostic`] | how mistakes are shown |
//! | [`check`] | finer checks of a pack that loads |
//! | [`plain`], [`show`], [`compare`] | rules in plain words; two packs or two months compared |
//! | [`trace`] | an expression computed in the open, for `explain` |

pub mod check;
pub mod compare;
pub mod dated;
pub mod diagnostic;
pub mod evaluate;
pub mod expression;
pub mod format;
pub mod pack;
pub mod plain;
pub mod profiles;
pub mod rulebook;
pub mod schema;
pub mod show;
pub mod syntax;
pub mod trace;
pub mod types;
pub mod value;

#[cfg(test)]
mod tests;

pub use dated::{Rounding, RoundingMode};
pub use diagnostic::{PackFault, PackFaults};
pub use expression::{Expression, Type};
pub use profiles::{Helper, Part, ProfileFile, RosterProfile};
pub use rulebook::*;
pub use trace::{Speaker, Traced};
pub use value::{Facts, Missing, Value};
