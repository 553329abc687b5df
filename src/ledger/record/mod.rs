//! What goes into the ledger and comes out of it, beside the plan's own types.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Text, fixed_words};

mod posted;
mod runs;

pub use posted::*;
pub use runs::*;

fixed_words! {
    /// What a ledger transaction is.
    EntryKind {
        /// Cut-over: what the old system paid and owed.
        Opening = "opening",
        /// A run is released.
        Release = "release",
        /// Bank answers, or a person's decisions on exceptions.
        Answers = "answers",
        /// Decisions and money on recoveries.
        Recover = "recover",
        /// A released file is taken back.
        Recall = "recall",
        /// Money held by hand.
        Hold = "hold",
        /// Money let go.
        Clear = "clear",
        /// Any other decision of a person.
        Decision = "decision",
        /// A restored copy is taken into use.
        Restore = "restore",
    }
}

fixed_words! {
    /// Where a run stands.
    RunState {
        /// Open: it may be approved or rejected.
        Drafted = "drafted",
        /// Another draft took its place.
        Superseded = "superseded",
        /// A person dropped it.
        Rejected = "rejected",
        /// Its payments are with the banks.
        Released = "released",
        /// A file of it was taken back; others may be out.
        Recalled = "recalled",
        /// Every payment has an answer.
        Settled = "settled",
    }
}

fixed_words! {
    /// What a bank, or a person in its place, says of a payment.
    AnswerStatus {
        /// Money is in the account.
        Paid = "paid",
        /// It is not and will not be.
        Failed = "failed",
        /// Not yet known; the payment stays unanswered.
        Pending = "pending",
        /// Taken back before the bank acted.
        Recalled = "recalled",
        /// Said something that is no answer (altered name, unknown status); stays unanswered.
        Open = "open",
    }
}

fixed_words! {
    /// Where a payment stands: its latest answer that is one.
    PaymentState {
        /// Released and unanswered.
        Released = "released",
        /// Paid.
        Paid = "paid",
        /// Failed.
        Failed = "failed",
        /// Recalled.
        Recalled = "recalled",
    }
}

impl PaymentState {
    /// The number stored for it.
    pub(super) fn number(self) -> i64 {
        self as i64
    }

    /// The state of a stored number.
    pub(super) fn from_number(number: i64) -> Option<PaymentState> {
        PaymentState::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

fixed_words! {
    /// What a person decides.
    DecisionKind {
        /// Hold money of a beneficiary.
        Hold = "hold",
        /// Let money of a beneficiary go: by-hand and mirror holds, failed accounts.
        Clear = "clear",
        /// A receivable may be offset.
        Confirm = "confirm",
        /// Money came back.
        Repay = "repay",
        /// A receivable is given up.
        WriteOff = "write-off",
        /// Moved between lines.
        Transfer = "transfer",
        /// An unanswered payment was paid.
        ConfirmedPaid = "confirmed-paid",
        /// An unanswered payment was not paid.
        ConfirmedNotPaid = "confirmed-not-paid",
        /// A released file taken back.
        Recall = "recall",
        /// An exception looked at and closed.
        Close = "close",
        /// The bank moved another amount than ours.
        BankDifference = "bank-difference",
        /// A restored copy is taken into use.
        Restore = "restore",
    }
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the latest entry; 0 for an empty ledger.
    pub number: u64,
    /// Its hash, 64 hexadecimal digits.
    pub hash: String,
}

/// Who does what, when: the words of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub kind: EntryKind,
    /// The day, as given by `--today`.
    pub today: NaiveDate,
    /// Who asked.
    pub by: Text,
    /// Who approved; empty where one person suffices.
    pub second: Text,
    /// The operating system's user.
    pub os_user: Text,
    /// The host.
    pub host: Text,
    /// Document number, reason.
    pub note: Text,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// Its words.
    pub act: Act,
    /// The hash over its rows.
    pub content: String,
    /// Its hash.
    pub hash: String,
}

/// A two-person request that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Number.
    pub id: i64,
    /// Which command.
    pub kind: Text,
    /// The command in a canonical text: the identical command has the identical text.
    pub body: String,
    /// Who asked.
    pub by: Text,
    /// When.
    pub today: NaiveDate,
}

/// Days in JSON as `2023-02-08`.
pub(crate) mod day {
    use chrono::NaiveDate;

    pub fn serialize<S: serde::Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
