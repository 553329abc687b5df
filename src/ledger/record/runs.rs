//! Runs: what a draft is made of, what is approved, what stands released.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Money, Month, PaymentId, Text};
use crate::settle::statistics::CountRow;
use crate::settle::{Plan, PlannedPayment, RunKind};
use crate::words::Language;

use super::{Head, PaymentState, RunState, day};

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
    /// The run's number, from [`crate::ledger::Ledger::number_for`].
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
    /// Programme codes by position: what [`crate::domain::Programme`] means in the plan.
    pub codes: Vec<String>,
    /// The district's six digits, for payment ids.
    pub district: String,
    /// [`crate::ledger::plan_digest`] of the plan.
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
