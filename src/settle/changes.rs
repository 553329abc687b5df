//! This month against the last: who is new, stopped, changed, resumed, or paid elsewhere, and why.

use std::cmp::Ordering;

use crate::assess::{Decision, Outcome};
use crate::domain::{Beneficiary, Money, Programme, Text};
use crate::policy::Rulebook;

use super::plan::{LedgerLine, Payee, Plan, SettledLine};

/// What changed for one beneficiary of one programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Entitled now, never before.
    New,
    /// Entitled last month, not now.
    Stopped,
    /// Another amount.
    Changed,
    /// Entitled now and in an earlier month, but not last month.
    Resumed,
    /// Another account.
    MovedAccount,
}

impl Kind {
    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Stopped => "stopped",
            Kind::Changed => "changed",
            Kind::Resumed => "resumed",
            Kind::MovedAccount => "moved-account",
        }
    }
}

/// One row of `changes.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Programme.
    pub programme: Programme,
    /// Beneficiary.
    pub beneficiary: Beneficiary,
    /// Name.
    pub name: Text,
    /// Township code, or as written.
    pub township: Text,
    /// What.
    pub kind: Kind,
    /// Last month's entitlement.
    pub before: Money,
    /// This month's.
    pub now: Money,
    /// Why: a reason code, the refusal's words, or the cause of the difference.
    pub reason: String,
}

/// One side of the comparison for one beneficiary: the entitlement, and what it was last settled from.
#[derive(Default, Clone, Copy)]
struct Side<'a> {
    amount: Money,
    settled: Option<&'a SettledLine>,
}

impl Side<'_> {
    fn account(&self) -> Option<&Payee> {
        self.settled.and_then(|settled| settled.payee.as_deref())
    }
}

type Key<'a> = (Programme, &'a Beneficiary);

/// Sums parts of one side by beneficiary, in order.
fn side<'a>(mut parts: Vec<(Key<'a>, Side<'a>)>) -> Vec<(Key<'a>, Side<'a>)> {
    // Stable: of several settled lines the one given last stays.
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    parts
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let sum = group.iter().fold(Side::default(), |sum, (_, part)| Side {
                amount: sum.amount + part.amount,
                settled: part.settled.or(sum.settled),
            });
            (group[0].0, sum)
        })
        .collect()
}

fn of_ledger(line: &LedgerLine) -> (Key<'_>, Side<'_>) {
    let key = (line.line.programme, &line.line.beneficiary);
    (key, Side { amount: line.entitlement, settled: line.settled.as_ref() })
}

/// Compares the cycle month with the month before. `last` are the ledger's lines of the month
/// before; `this` those of the cycle month (from an earlier run of the cycle); `was_paid` says of a
/// beneficiary whether an earlier month was ever entitled, for who resumes. The plan says what the
/// cycle month becomes.
pub fn compare(
    rulebook: &Rulebook,
    last: &[LedgerLine],
    this: &[LedgerLine],
    was_paid: impl Fn(Programme, &Beneficiary) -> bool,
    plan: &Plan,
    decisions: &[Decision],
    cycle: crate::domain::Month,
) -> Vec<Change> {
    let before = side(last.iter().map(of_ledger).collect());
    let mut parts: Vec<(Key<'_>, Side<'_>)> = this.iter().map(of_ledger).collect();
    let of_cycle = |line: &crate::domain::Line| line.month == cycle;
    parts.extend(
        plan.postings.iter().filter(|posting| of_cycle(&posting.line) && posting.kind.is_entitlement()).map(
            |posting| {
                let key = (posting.line.programme, &posting.line.beneficiary);
                (key, Side { amount: posting.amount, settled: None })
            },
        ),
    );
    parts.extend(plan.settled.iter().filter(|settled| of_cycle(&settled.line)).map(|settled| {
        let key = (settled.line.programme, &settled.line.beneficiary);
        (key, Side { amount: Money::ZERO, settled: Some(settled) })
    }));
    let now = side(parts);
    let mut changes = Vec::new();
    let (mut a, mut b) = (before.iter().peekable(), now.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((was, _)), Some((is, _))) => was.cmp(is),
        };
        let was = if order == Ordering::Greater { None } else { a.next() };
        let is = if order == Ordering::Less { None } else { b.next() };
        let Some(key) = was.or(is).map(|(key, _)| *key) else { break };
        let was = was.map_or(Side::default(), |(_, side)| *side);
        let is = is.map_or(Side::default(), |(_, side)| *side);
        let kind = match (was.amount.is_positive(), is.amount.is_positive()) {
            (false, false) => continue,
            (false, true) if was_paid(key.0, key.1) => Kind::Resumed,
            (false, true) => Kind::New,
            (true, false) => Kind::Stopped,
            (true, true) if was.amount != is.amount => Kind::Changed,
            (true, true) => match (was.account(), is.account()) {
                (Some(a), Some(b)) if a.account != b.account => Kind::MovedAccount,
                _ => continue,
            },
        };
        let told = is.settled.or(was.settled);
        changes.push(Change {
            programme: key.0,
            beneficiary: key.1.clone(),
            name: told.map(|settled| settled.name.clone()).unwrap_or_default(),
            township: told.map(|settled| settled.township.clone()).unwrap_or_default(),
            kind,
            before: was.amount,
            now: is.amount,
            reason: reason(rulebook, kind, key, &was, &is, decisions),
        });
    }
    changes
}

fn reason(
    rulebook: &Rulebook,
    kind: Kind,
    key: Key<'_>,
    was: &Side<'_>,
    is: &Side<'_>,
    decisions: &[Decision],
) -> String {
    match kind {
        Kind::Stopped => super::payees::decisions_of(decisions, key.0, key.1)
            .iter()
            .find(|decision| decision.outcome != Outcome::Entitled)
            .map_or_else(
                || "row-gone".to_owned(),
                |decision| match decision.reason_words(rulebook).1 {
                    words if words.is_empty() => decision.outcome.word().to_owned(),
                    words => words.into_owned(),
                },
            ),
        Kind::Changed => match (was.settled, is.settled) {
            (Some(was), Some(is)) if was.digests.row != is.digests.row => "row".to_owned(),
            (Some(was), Some(is)) if was.digests.register != is.digests.register => "register".to_owned(),
            (Some(was), Some(is)) if was.digests.policy != is.digests.policy => "policy".to_owned(),
            (Some(_), Some(_)) => "stacking".to_owned(),
            _ => String::new(),
        },
        Kind::MovedAccount => "account".to_owned(),
        Kind::New | Kind::Resumed => String::new(),
    }
}
