//! Everything a report may speak of, borrowed from whoever knows it. Plain data without behaviour
//! beyond look-ups; amounts in fen ([`Money`]), months as [`Month`].

use chrono::NaiveDate;

use crate::assess::Decision;
use crate::domain::{Beneficiary, Border, Files, Finding, Money, Month, PostingKind, Programme, Tally, Text};
use crate::intake::Claim;
use crate::policy::Rulebook;
use crate::settle::{Plan, RunKind, SettledLine};
use crate::words::Language;

/// What is known about a drafted run when its reports are written.
#[derive(Clone, Copy)]
pub struct RunFacts<'a> {
    /// The bureau's name, for titles and signature blocks.
    pub bureau: &'a str,
    /// The loaded pack.
    pub rulebook: &'a Rulebook,
    /// Names of the files that sources point to.
    pub files: &'a Files,
    /// Number of the run; 0 for a dry run.
    pub run: u32,
    /// Kind of the run.
    pub kind: RunKind,
    /// The month that pays.
    pub cycle: Month,
    /// Benefit months assessed, ascending.
    pub months: &'a [Month],
    /// The day on which it was drafted (`--today`).
    pub today: NaiveDate,
    /// Who drafted it.
    pub by: &'a str,
    /// Version of the rules this program implements.
    pub rules_version: u32,
    /// All claims of the cycle month; of other months the lines that the run posts or that are decided
    /// otherwise than last settled. Any order: the writers sort where it is not line order already.
    pub decisions: &'a [ReportedDecision<'a>],
    /// All findings, any order.
    pub findings: &'a [Finding],
    /// What the run would do.
    pub plan: &'a Plan,
    /// Lines of the plan that have no decision in `decisions`, as last settled, in line order: whence
    /// reports take their names and townships. May hold more than is needed.
    pub earlier: &'a [SettledLine],
    /// Id and place in a bank file of every payment, by position in `plan.payments`.
    pub payments: &'a [PaymentPlace],
    /// Every border of the run, in the order in which they were crossed.
    pub borders: &'a [Border],
    /// Stop limits reached.
    pub limits: &'a [LimitReached],
    /// Every input read.
    pub inputs: &'a [InputFile],
    /// Bank files as drafted, in file order.
    pub bank_files: &'a [BankFile],
    /// Head of the ledger's chain before the run (hex).
    pub ledger_head: &'a str,
    /// When the money must be paid.
    pub pay_by: PayBy,
    /// What earlier cycles paid, by cycle and programme, ascending; up to twelve cycles back.
    pub history: &'a [CycleTotal],
    /// Against the month before.
    pub changes: &'a [Change],
    /// Budget by fund.
    pub budgets: &'a [BudgetLine],
    /// Failed payments whose money is still open.
    pub returned: &'a [ReturnedPayment],
    /// The language of messages and pages.
    pub language: Language,
}

/// A decision and the row that speaks for it (the head's for a household).
#[derive(Debug, Clone, Copy)]
pub struct ReportedDecision<'a> {
    /// What was decided.
    pub decision: &'a Decision,
    /// The row of [`Decision::claim`].
    pub claim: &'a Claim,
}

/// Where a payment stands in the drafted bank files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentPlace {
    /// Payment id (DESIGN §11).
    pub id: Text,
    /// Name of the bank file.
    pub file: Text,
    /// Line of the bank file, from 1.
    pub line: u32,
}

/// A stop limit that was reached (DESIGN §10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitReached {
    /// `recoveries`, `beneficiaries`, `programme-total`, `single-payment`, `engine`, `budget`.
    pub name: Text,
    /// Programme code; empty where it is about none.
    pub programme: Text,
    /// Township name; empty where it is about none.
    pub township: Text,
    /// Beneficiary, fund or payment concerned; empty where none.
    pub subject: Text,
    /// The figure found, as shown (`37`, `+31.2%`, `62000.00`).
    pub figure: Text,
    /// The limit, as shown.
    pub limit: Text,
}

/// An input that the run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Path inside the workspace, with `/`.
    pub path: Text,
    /// sha256 of its bytes (hex).
    pub sha256: String,
    /// Data rows read; 0 where it holds none.
    pub rows: u64,
}

/// A bank file as drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFile {
    /// File name.
    pub name: Text,
    /// Programme it pays.
    pub programme: Programme,
    /// Bank.
    pub bank: Text,
    /// sha256 of the bytes that approval will write (hex).
    pub sha256: String,
    /// Payments and their sum.
    pub total: Tally,
}

/// When the money must be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayBy {
    /// The last day on which files may reach the bank.
    pub date: NaiveDate,
    /// Working days from today to that day, today not counted; below 0 once it has passed.
    pub working_days_left: i32,
    /// Whether the year's holiday table was known; else weekends only.
    pub table_known: bool,
}

/// What an earlier cycle paid in a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleTotal {
    /// Cycle.
    pub cycle: Month,
    /// Programme.
    pub programme: Programme,
    /// Beneficiaries paid (0 where not known; not shown), and the sum paid.
    pub paid: Tally,
}

/// How a beneficiary differs from the month before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Not entitled before, never paid.
    New,
    /// Entitled before, not now.
    Stopped,
    /// Another amount.
    Changed,
    /// Entitled again after a pause.
    Resumed,
    /// Another account.
    MovedAccount,
}

impl ChangeKind {
    /// All, in the order in which pages show them.
    pub const ALL: [ChangeKind; 5] = [
        ChangeKind::New,
        ChangeKind::Stopped,
        ChangeKind::Changed,
        ChangeKind::Resumed,
        ChangeKind::MovedAccount,
    ];

    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::New => "new",
            ChangeKind::Stopped => "stopped",
            ChangeKind::Changed => "changed",
            ChangeKind::Resumed => "resumed",
            ChangeKind::MovedAccount => "moved-account",
        }
    }
}

/// One row of `changes.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Programme.
    pub programme: Programme,
    /// Whom it is about.
    pub beneficiary: Beneficiary,
    /// Name (head's for a household).
    pub name: Text,
    /// Township's name.
    pub township: Text,
    /// How.
    pub change: ChangeKind,
    /// Entitlement of the month before; `None`: none.
    pub before: Option<Money>,
    /// Entitlement now; `None`: none.
    pub now: Option<Money>,
    /// Why, as in the column `reason` of `decisions.csv`, or the cause word.
    pub reason: Text,
}

/// A fund's budget in the cycle's year (cash basis).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLine {
    /// Position in [`Rulebook::funds`].
    pub fund: u16,
    /// Appropriation of the year; `None` where the bureau states none.
    pub appropriation: Option<Money>,
    /// Whether some of its sources have one and others do not: then the whole has none.
    pub partial: bool,
    /// Charged by earlier releases of the year, less what came back.
    pub charged: Money,
    /// What this run would charge.
    pub this_run: Money,
}

/// A payment that the bank did not make and whose money is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedPayment {
    /// Payment id.
    pub id: Text,
    /// Programme.
    pub programme: Programme,
    /// Whom it was for; `None` where it served several.
    pub beneficiary: Option<Beneficiary>,
    /// Payee's name.
    pub name: Text,
    /// Bank.
    pub bank: Text,
    /// Amount.
    pub amount: Money,
    /// The bank's reason.
    pub reason: Text,
    /// Cycle of the release.
    pub cycle: Month,
}

/// How much a written file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wrote {
    /// Rows below the header.
    pub rows: u64,
    /// Sum of its amount column.
    pub amount: Money,
}

/// A written file, for `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// File name.
    pub name: String,
    /// sha256 (hex).
    pub sha256: String,
    /// Rows and money.
    pub wrote: Wrote,
}

impl RunFacts<'_> {
    /// Code of a programme.
    pub fn code(&self, programme: Programme) -> &str {
        &self.rulebook.rule(programme).code
    }

    /// Id of the payment at a position of the plan; empty where it has none yet.
    pub fn payment_id(&self, payment: u32) -> &str {
        self.payments.get(payment as usize).map_or("", |place| &place.id)
    }

    /// Sum of postings of one kind.
    pub fn posted(&self, kind: PostingKind) -> Money {
        self.plan.postings.iter().filter(|posting| posting.kind == kind).map(|posting| posting.amount).sum()
    }
}
