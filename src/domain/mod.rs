//! The nouns every room shares. Values only: nothing here reads a clock, a file or a database.
//!
//! | noun | meaning |
//! |---|---|
//! | [`Month`] | a benefit month or a cycle month |
//! | [`Money`] | an exact amount in fen |
//! | [`ResidentId`] | an identity number that passed every check |
//! | [`Beneficiary`] | whom an amount is for |
//! | [`Line`] | programme × beneficiary × benefit month × case: the unit of decision and of the ledger |
//! | [`Finding`] | something about someone's data, with a stable code, a place and an action |
//! | [`Tally`] | what went into a border, what came out, what was set aside |

mod account;
mod beneficiary;
mod digest;
mod division;
mod fault;
mod finding;
mod fixed_words;
mod line;
mod money;
mod month;
mod name;
mod nearest;
mod payment_id;
mod resident;
mod source;
mod tally;

pub use account::Account;
pub use beneficiary::Beneficiary;
pub(crate) use digest::hexadecimal;
pub use division::{Division, Divisions, Township};
pub use fault::{Exit, Fault};
pub use finding::{Finding, Place, Severity};
pub(crate) use fixed_words::fixed_words;
pub use line::{Cause, Hold, Line, PostingKind, Programme};
pub use money::{AmountFault, Money};
pub use month::Month;
pub use name::{clean_name, fold_name, fold_width, is_chinese, is_space};
pub use nearest::nearest;
pub use payment_id::PaymentId;
pub use resident::{IdentityFault, ResidentId};
pub use source::{FileId, Files, Source};
pub use tally::{Border, Tally};

/// Short text kept inline where it fits: names, account numbers, case numbers.
pub type Text = compact_str::CompactString;
