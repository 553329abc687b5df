//! What goes into the ledger and comes out of it, beside the plan's own types.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Beneficiary, Cause, Hold, Line, Money, Month, PaymentId, PostingKind, Programme, Text, fixed_words,
};
use crate::settle::statistics::CountRow;
use crate::settle::{Plan, PlannedPayment, RunKind, SettledLine};
use crate::words::Language;

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

/// A file a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// Path within the workspace, with `/`.
    pub name: String,
    /// sha256, hexadecimal.
    pub sha256: String,
    /// Data rows read; 0 where it has none.
    pub rows: u64,
    /// The benefit month it was read for; none for registers, policy, calendar.
    pub month: Option<Month>,
}

/// What a benefit month is settled from, as one digest. A month whose is unchanged needs no work (DESIGN
/// §10); an empty one says that it must be decided anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Basis {
    /// The benefit month.
    pub month: Month,
    /// Which part of it: `month` for the whole.
    pub key: String,
    /// Digest of the part.
    pub digest: String,
}

/// A bank file as drafted: enough to render it again from the ledger alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankFile {
    /// File name.
    pub name: String,
    /// sha256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Payments in it.
    pub count: u64,
    /// Their sum.
    pub total: Money,
    /// The bank profile and whatever else rendering needs, as text.
    pub profile: String,
}

/// A stop limit that a draft reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitHit {
    /// Its name, e.g. `recoveries`.
    pub limit: String,
    /// What reached it, with figures.
    pub detail: String,
}

/// Everything about a draft but the plan itself; kept with the release as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftMeta {
    /// The run's number, from [`super::Ledger::number_for`].
    pub run: u32,
    /// Monthly or adhoc.
    pub kind: RunKind,
    /// The month in which it pays.
    pub cycle: Month,
    /// First month assessed.
    pub first_month: Month,
    /// Last month assessed.
    pub last_month: Month,
    /// Who drafted it.
    pub drafted_by: String,
    /// The day, as given by `--today`.
    #[serde(with = "day")]
    pub today: NaiveDate,
    /// The operating system's user.
    pub os_user: String,
    /// The host.
    pub host: String,
    /// The ledger's head that the plan was computed from.
    pub head_before: Head,
    /// Programme codes by position: what [`Programme`] means in the plan.
    pub codes: Vec<String>,
    /// The district's six digits, for payment ids.
    pub district: String,
    /// [`super::plan_digest`] of the plan.
    pub plan_digest: String,
    /// The policy pack's digest.
    pub policy_digest: String,
    /// Version of the program's rules.
    pub rules_version: u32,
    /// Execution date of the payments.
    #[serde(with = "day")]
    pub pay_on: NaiveDate,
    /// Sum of the payments.
    pub total: Money,
    /// Number of payments.
    pub payments: u32,
    /// What was read.
    pub inputs: Vec<InputDigest>,
    /// What months are settled from.
    pub bases: Vec<Basis>,
    /// Bank files as drafted.
    pub bank_files: Vec<BankFile>,
    /// Stop limits reached.
    pub limits: Vec<LimitHit>,
    /// What the operator asked for beside the month, so that the plan can be computed again.
    #[serde(default)]
    pub asked: Asked,
    /// The budget as the draft saw it: funds that its payments charge.
    #[serde(default)]
    pub budget: Vec<FundFigures>,
    /// What it counts for the monthly statistics; none in drafts made before it was kept.
    #[serde(default)]
    pub counts: Option<Vec<CountRow>>,
    /// The language in which papers about it are written, whoever writes them again.
    #[serde(default)]
    pub language: Language,
    /// Anything else reports want again, as JSON text.
    pub details: String,
}

/// What the operator asked for beside the month.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Pay in advance through this month.
    pub through: Option<Month>,
    /// Rosters carried forward.
    pub carry_forward: Vec<String>,
    /// Rosters or townships left out: roster, township, reason.
    pub without: Vec<(String, Option<String>, String)>,
    /// Inputs that stood in for a month's own files, by month and name: read from the archive.
    pub stand_ins: Vec<(Month, String)>,
}

/// A fund's money as a draft saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundFigures {
    /// The fund's code in the pack.
    pub fund: String,
    /// Its sources' names.
    pub sources: Vec<String>,
    /// Their shares as decimals, in the same order.
    #[serde(default)]
    pub shares: Vec<String>,
    /// What each source may pay in that year, in the same order; `None`: not watched.
    #[serde(default)]
    pub by_source: Vec<Option<Money>>,
    /// Programmes it pays, by code.
    pub programmes: Vec<String>,
    /// Calendar year.
    pub year: i32,
    /// What it may pay in that year; `None`: not watched.
    pub appropriation: Option<Money>,
    /// What the year has charged.
    pub charged: Money,
    /// What this run would charge.
    pub this_run: Money,
}

/// A draft: what would be released, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRecord {
    /// About it.
    pub meta: DraftMeta,
    /// The plan.
    pub plan: Plan,
    /// By payment, in the plan's order: position in [`DraftMeta::bank_files`], and row in that file.
    pub places: Vec<(u32, u32)>,
}

/// The number a draft gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftNumber {
    /// The run.
    pub run: u32,
    /// The open draft is this very draft: there is nothing to write.
    pub identical: bool,
}

/// A second person's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The run.
    pub run: u32,
    /// Who approves.
    pub by: Text,
    /// The day.
    pub today: NaiveDate,
    /// The operating system's user.
    pub os_user: Text,
    /// The host.
    pub host: Text,
    /// Stop limits accepted, with reasons.
    pub accepted: Vec<(String, String)>,
}

/// A run as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Number.
    pub number: u32,
    /// Kind.
    pub kind: RunKind,
    /// Cycle.
    pub cycle: Month,
    /// Where it stands.
    pub state: RunState,
    /// Who drafted it, and when.
    pub drafted_by: Text,
    /// See `drafted_by`.
    pub drafted_on: NaiveDate,
    /// Sum of its payments.
    pub total: Money,
    /// How many payments.
    pub payments: u32,
    /// Who released it, when, by which entry; none before release.
    pub released: Option<ReleaseNote>,
    /// How many of its bank files were recalled, of how many; (0, 0) where none was.
    pub recalled: (u64, u64),
}

/// A release as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseNote {
    /// The entry.
    pub entry: u64,
    /// Who approved.
    pub approved_by: Text,
    /// The day of approval.
    pub on: NaiveDate,
    /// Payments no bank has answered.
    pub unanswered: u64,
}

/// A payment as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPayment {
    /// Its id.
    pub id: PaymentId,
    /// As planned, items included.
    pub payment: PlannedPayment,
    /// Position in the run's bank files.
    pub file: u32,
    /// Row in that file.
    pub row: u32,
    /// Its latest answer.
    pub state: PaymentState,
}

/// A released run, as the ledger alone knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedRun {
    /// As drafted.
    pub meta: DraftMeta,
    /// Entry and approval.
    pub released: ReleaseNote,
    /// Stop limits accepted, with reasons.
    pub accepted: Vec<(String, String)>,
    /// Its payments in sequence.
    pub payments: Vec<LedgerPayment>,
}

/// How a bank file was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecall {
    /// Document number.
    pub document: Text,
    /// Why.
    pub why: Text,
    /// The day.
    pub on: NaiveDate,
    /// Who asked.
    pub by: Text,
    /// Who approved.
    pub second: Text,
}

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
