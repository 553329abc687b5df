//! Entries outside a run: postings, answers, decisions, movements of the account; to be made, and as stored.

use chrono::NaiveDate;

use crate::domain::{Beneficiary, Cause, Hold, Line, Money, Month, PaymentId, PostingKind, Programme, Text};
use crate::settle::SettledLine;

use super::{AnswerStatus, DecisionKind, Head};

/// A posting to be made outside a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    /// The line; only `opening-*` and `transfer` may make a new one.
    pub line: Line,
    /// Kind.
    pub kind: PostingKind,
    /// Signed amount, never zero; the sign must fit the kind.
    pub amount: Money,
    /// The posting it corrects.
    pub corrects: Option<i64>,
    /// The payment it speaks of (`return`, `paid-after-all`, `bank-difference`).
    pub payment: Option<PaymentId>,
    /// Document number.
    pub document: Text,
}

/// An answer to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// Of which payment.
    pub payment: PaymentId,
    /// What it says.
    pub status: AnswerStatus,
    /// Reason as written.
    pub reason: Text,
    /// Amount the bank names.
    pub amount: Option<Money>,
    /// Booking day.
    pub date: Option<NaiveDate>,
    /// Item class (DESIGN §13), e.g. `matched`, `conflict`.
    pub class: Text,
    /// sha256 of the file it stands in, or a document number.
    pub source: Text,
}

/// A decision to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// What.
    pub kind: DecisionKind,
    /// On whose money.
    pub beneficiary: Option<Beneficiary>,
    /// Of which programme; none for all.
    pub programme: Option<Programme>,
    /// Of which month.
    pub month: Option<Month>,
    /// Of which case.
    pub case_no: Text,
    /// On which payment.
    pub payment: Option<PaymentId>,
    /// How much.
    pub amount: Option<Money>,
    /// Document number.
    pub document: Text,
    /// Why.
    pub why: Text,
}

/// An item of a bank answer that belongs to no one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStray {
    /// Item class, e.g. `unexpected`, `ambiguous`.
    pub class: Text,
    /// sha256 of the file it stands in.
    pub source: Text,
    /// Amount the bank names.
    pub amount: Option<Money>,
    /// What else it says, as JSON text.
    pub details: String,
}

/// What a message said beyond an answer's status; kept where it is more than a neutral file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSaid {
    /// Position of the answer in [`Batch::answers`].
    pub answer: u32,
    /// `paid`, `failed`, `pending` or `unknown`, as the message had it.
    pub word: Text,
    /// What kind of message.
    pub source: Text,
    /// The bank's reference of a booking.
    pub reference: Text,
    /// Id of the message or statement.
    pub message: Text,
    /// Row in the file.
    pub row: u32,
    /// The bank debited the payment once more.
    pub second_debit: bool,
    /// The bank gave such a debit back.
    pub given_back: bool,
}

/// A movement of the payer's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBooking {
    /// Position of the file in [`Batch::files`].
    pub file: u32,
    /// What kind of message.
    pub source: Text,
    /// Id of the statement or notification.
    pub statement: Text,
    /// Batch it names; empty where it names none.
    pub batch: Text,
    /// Payment id of a booking of one payment; empty else.
    pub payment: Text,
    /// Money that left the account; below 0 money that came.
    pub debit: Money,
    /// Booked, or only announced.
    pub booked: bool,
    /// Booking day.
    pub date: Option<NaiveDate>,
    /// The bank's reference.
    pub reference: Text,
    /// How many payments it lists.
    pub details: u32,
    /// Sum of what it lists; `None` where it lists nothing, or not all amounts.
    pub listed: Option<Money>,
    /// Row in the file.
    pub row: u32,
}

/// A statement's balances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// Position of the file in [`Batch::files`].
    pub file: u32,
    /// Account it is of.
    pub account: Text,
    /// Statement id.
    pub statement: Text,
    /// Opening balance.
    pub opening: Option<Money>,
    /// Closing balance.
    pub closing: Option<Money>,
    /// Day of the closing balance.
    pub day: Option<NaiveDate>,
}

/// Which stray a decision speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrayId {
    /// The entry that recorded it.
    pub entry: u64,
    /// Its number there, from 0.
    pub number: u32,
}

impl StrayId {
    /// The reference people write in a file of decisions: `item-12-3`.
    pub fn parse(text: &str) -> Option<StrayId> {
        let (entry, number) = text.strip_prefix("item-")?.split_once('-')?;
        let id = StrayId { entry: entry.parse().ok()?, number: number.parse().ok()? };
        (id.to_string() == text).then_some(id)
    }
}

impl std::fmt::Display for StrayId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "item-{}-{}", self.entry, self.number)
    }
}

/// A file of answers taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFile {
    /// sha256 of its bytes.
    pub sha256: String,
    /// Name.
    pub name: String,
    /// Items in it.
    pub rows: u64,
}

/// What one entry outside a run brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Postings, in the order in which they are to be numbered.
    pub postings: Vec<NewPosting>,
    /// Answers, in the order read.
    pub answers: Vec<NewAnswer>,
    /// Decisions.
    pub decisions: Vec<NewDecision>,
    /// Items of no payment.
    pub strays: Vec<NewStray>,
    /// Files they came from.
    pub files: Vec<AnswerFile>,
    /// More about some of the answers, by position of the answer.
    pub said: Vec<NewSaid>,
    /// Movements of the payer's account.
    pub bookings: Vec<NewBooking>,
    /// Balances of statements.
    pub statements: Vec<NewStatement>,
    /// Strays that decisions speak of: position in [`Batch::decisions`].
    pub stray_decisions: Vec<(u32, StrayId)>,
    /// The request that this entry completes.
    pub request: Option<i64>,
}

/// What an entry became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The new head.
    pub head: Head,
    /// Ids of the postings, in the batch's order.
    pub posting_ids: Vec<i64>,
}

/// A posting as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Id, counted for ever.
    pub id: i64,
    /// The entry that made it.
    pub entry: u64,
    /// The line.
    pub line: Line,
    /// Kind.
    pub kind: PostingKind,
    /// Signed amount.
    pub amount: Money,
    /// Why an entitlement differs.
    pub cause: Option<Cause>,
    /// The posting it corrects.
    pub corrects: Option<i64>,
    /// The payment it speaks of.
    pub payment: Option<PaymentId>,
    /// Document number.
    pub document: Text,
}

/// An answer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The entry that recorded it.
    pub entry: u64,
    /// Its number in the entry.
    pub number: u32,
    /// What it says.
    pub answer: NewAnswer,
    /// What the message said beyond that; `None` for a plain answer of a neutral file, or of a person.
    pub said: Option<NewSaid>,
}

/// A movement of the payer's account as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The entry that recorded it.
    pub entry: u64,
    /// Name of the file it stands in.
    pub file: Text,
    /// What it says.
    pub booking: NewBooking,
}

/// A statement's balances as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The entry that recorded it.
    pub entry: u64,
    /// Name of the file it stands in.
    pub file: Text,
    /// What it says.
    pub statement: NewStatement,
}

/// A decision as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The entry that recorded it.
    pub entry: u64,
    /// What was decided.
    pub decision: NewDecision,
}

/// All the ledger knows of one line, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineHistory {
    /// The line.
    pub line: Line,
    /// Entitlement posted.
    pub entitlement: Money,
    /// Balance.
    pub balance: Money,
    /// Its postings by id.
    pub postings: Vec<Posting>,
    /// What it was settled from, by entry.
    pub settled: Vec<(u64, SettledLine)>,
    /// When it was on hold, by entry.
    pub held: Vec<(u64, Money, Hold)>,
}
