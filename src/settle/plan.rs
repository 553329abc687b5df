//! What a run would do: the whole of it, as values. The plan lives in the ledger from the draft on;
//! CSVs and pages are only renderings of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::assess::decision::Digests;
use crate::domain::{
    Account, Beneficiary, Cause, Hold, Line, Money, Month, PostingKind, Programme, ResidentId, Text,
};
use crate::intake::Origin;

/// Whose account gets money, and who owes it back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payee {
    /// Identity number; organisations have none.
    pub id: Option<ResidentId>,
    /// Name.
    pub name: Text,
    /// A provider or an institution, which is paid for several and owes for itself.
    pub organisation: bool,
    /// The account.
    pub account: Account,
}

/// One posting of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPosting {
    /// The line.
    pub line: Line,
    /// Kind.
    pub kind: PostingKind,
    /// Signed amount; never zero.
    pub amount: Money,
    /// Why an entitlement differs; `None` for other kinds.
    pub cause: Option<Cause>,
    /// The ledger posting it corrects: the line's latest entitlement posting.
    pub corrects: Option<i64>,
    /// Position of the payment in [`Plan::payments`].
    pub payment: Option<u32>,
}

/// One payment of the plan; its position in [`Plan::payments`] + 1 is the sequence of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPayment {
    /// Programme.
    pub programme: Programme,
    /// To whom.
    pub payee: Arc<Payee>,
    /// For whom; `None` where it serves several.
    pub beneficiary: Option<Beneficiary>,
    /// How many beneficiaries it serves.
    pub beneficiaries: u32,
    /// The parts of due money by column, before offsets.
    pub current: Money,
    /// See `current`.
    pub arrears: Money,
    /// See `current`.
    pub advance: Money,
    /// See `current`.
    pub reissued: Money,
    /// Used up by offsets.
    pub offset: Money,
    /// What goes to the bank: current + arrears + advance + reissued − offset.
    pub amount: Money,
    /// Payment id of the failed payment that this one replaces.
    pub replaces: Option<Text>,
    /// What each line gets, in line order.
    pub items: Vec<(Line, Money)>,
}

/// What a line is settled from in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledLine {
    /// The line.
    pub line: Line,
    /// Outcome word.
    pub outcome: Text,
    /// Reason as written to `decisions.csv`.
    pub reason: Text,
    /// Clause id, if a clause decided.
    pub clause: Text,
    /// Entitlement decided.
    pub amount: Money,
    /// Source rows.
    pub source: Text,
    /// Person (head for households) and name, for reports of later months.
    pub resident: Option<ResidentId>,
    /// Name.
    pub name: Text,
    /// Township code or name as written.
    pub township: Text,
    /// Which month's roster it was read from.
    pub origin: Origin,
    /// What it rests on.
    pub digests: Digests,
    /// Payee as then known.
    pub payee: Option<Arc<Payee>>,
    /// Members (identity numbers) for household lines, for the link rule.
    pub members: Vec<ResidentId>,
}

/// Money owed and not payable now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLine {
    /// The line.
    pub line: Line,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub hold: Hold,
    /// The cycle in which money of this line was first held without interruption.
    pub since: Month,
}

/// A line that is not at zero after the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineBalance {
    /// The line.
    pub line: Line,
    /// Entitlement posted, after the plan.
    pub entitlement: Money,
    /// Balance after the plan; above 0 payable, below 0 receivable.
    pub balance: Money,
    /// Who owes it: empty for payables; beneficiary text or organisation name.
    pub debtor: Text,
}

/// The whole plan of a run. Every list is in line order, payments in sequence order (programme,
/// bank, beneficiary).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Postings by line, then in the order of DESIGN §10.
    pub postings: Vec<PlannedPosting>,
    /// Payments in sequence.
    pub payments: Vec<PlannedPayment>,
    /// Lines settled anew or otherwise than before.
    pub settled: Vec<SettledLine>,
    /// Money on hold.
    pub held: Vec<HeldLine>,
    /// Lines not at zero after the plan.
    pub balances: Vec<LineBalance>,
}

impl Plan {
    /// Sum of the payments.
    pub fn total(&self) -> Money {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    /// What a line is settled from in this run; `None` where that stays as it was.
    pub fn settled_of(&self, line: &Line) -> Option<&SettledLine> {
        let position = self.settled.binary_search_by(|settled| settled.line.cmp(line)).ok()?;
        self.settled.get(position)
    }

    /// Nothing to post and nothing to record.
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty() && self.settled.is_empty()
    }
}

/// What the ledger holds of one line before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// The line.
    pub line: Line,
    /// opening-entitled + current + advance + arrears + recovery.
    pub entitlement: Money,
    /// Sum of all postings.
    pub balance: Money,
    /// Written off and not reversed.
    pub written_off: Money,
    /// Posting id of the latest entitlement posting.
    pub latest_entitlement: Option<i64>,
    /// What it was last settled from; `None` for lines that came by `opening` alone.
    pub settled: Option<SettledLine>,
    /// Rules version that settled it.
    pub rules_version: u32,
    /// Who got the latest payment: `None` if never paid; the organisation's name, or empty for the
    /// beneficiary.
    pub paid_to: Option<Text>,
    /// A `return` came after the latest payment.
    pub returned: bool,
    /// Id of that returned payment.
    pub returned_payment: Option<Text>,
    /// Whether a payment of it is released and unanswered.
    pub unanswered: bool,
    /// The cycle since which it is on hold, as of the latest release.
    pub held_since: Option<Month>,
}

/// Decisions of persons and answers of banks that a run must heed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Held by hand: (beneficiary text, programme or all).
    pub held_by_hand: Vec<(Text, Option<Programme>)>,
    /// Accounts whose latest answer is failed, each once, with the ledger entry of the latest failure.
    pub failed_accounts: Vec<(Account, u64)>,
    /// Mirror holds cleared by a person: (beneficiary text, programme or all).
    pub cleared: Vec<(Text, Option<Programme>)>,
    /// Every `clear` in order: (beneficiary text, programme or all, ledger entry). It lets money go from
    /// accounts that failed before it.
    pub let_go: Vec<(Text, Option<Programme>, u64)>,
    /// Receivables confirmed for offset.
    pub confirmed: Vec<Line>,
    /// Cases decided by a month: (programme, case, month).
    pub decided_cases: Vec<(Programme, Text, Month)>,
}

/// Kinds of runs; they differ in name and reports only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// The scheduled monthly run.
    Monthly,
    /// A recomputation after roster changes.
    Adhoc,
}

impl RunKind {
    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            RunKind::Monthly => "monthly",
            RunKind::Adhoc => "adhoc",
        }
    }
}
