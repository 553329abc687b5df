//! This month against the last: who is new, stopped, changed, resumed, or paid elsewhere, and why.

use std::collections::{BTreeMap, BTreeSet};

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

#[derive(Default, Clone)]
struct Side {
    amount: Money,
    settled: Option<SettledLine>,
    account: Option<Payee>,
}

/// Compares the cycle month with the month before. `last` are the ledger's lines of the month
/// before; `this` those of the cycle month (from an earlier run of the cycle); `earlier` those of
/// months before that, for who resumes. The plan says what the cycle month becomes.
pub fn compare(
    rulebook: &Rulebook,
    last: &[LedgerLine],
    this: &[LedgerLine],
    earlier: &[Vec<LedgerLine>],
    plan: &Plan,
    decisions: &[Decision],
    cycle: crate::domain::Month,
) -> Vec<Change> {
    let mut before: BTreeMap<(Programme, Beneficiary), Side> = BTreeMap::new();
    let mut now: BTreeMap<(Programme, Beneficiary), Side> = BTreeMap::new();
    let add = |sides: &mut BTreeMap<(Programme, Beneficiary), Side>, line: &LedgerLine| {
        let side = sides.entry((line.line.programme, line.line.beneficiary.clone())).or_default();
        side.amount += line.entitlement;
        side.settled = line.settled.clone();
        side.account = line.settled.as_ref().and_then(|settled| settled.payee.clone());
    };
    last.iter().for_each(|line| add(&mut before, line));
    this.iter().for_each(|line| add(&mut now, line));
    for posting in
        plan.postings.iter().filter(|posting| posting.line.month == cycle && posting.kind.is_entitlement())
    {
        let side = now.entry((posting.line.programme, posting.line.beneficiary.clone())).or_default();
        side.amount += posting.amount;
    }
    for settled in plan.settled.iter().filter(|settled| settled.line.month == cycle) {
        let side = now.entry((settled.line.programme, settled.line.beneficiary.clone())).or_default();
        side.account = settled.payee.clone();
        side.settled = Some(settled.clone());
    }
    let known: BTreeSet<(Programme, &Beneficiary)> = earlier
        .iter()
        .flatten()
        .filter(|line| line.entitlement.is_positive())
        .map(|line| (line.line.programme, &line.line.beneficiary))
        .collect();
    let keys: BTreeSet<&(Programme, Beneficiary)> = before.keys().chain(now.keys()).collect();
    let mut changes = Vec::new();
    let nothing = Side::default();
    for key in keys {
        let (was, is) = (before.get(key).unwrap_or(&nothing), now.get(key).unwrap_or(&nothing));
        let kind = match (was.amount.is_positive(), is.amount.is_positive()) {
            (false, false) => continue,
            (false, true) if known.contains(&(key.0, &key.1)) => Kind::Resumed,
            (false, true) => Kind::New,
            (true, false) => Kind::Stopped,
            (true, true) if was.amount != is.amount => Kind::Changed,
            (true, true) => match (&was.account, &is.account) {
                (Some(a), Some(b)) if a.account != b.account => Kind::MovedAccount,
                _ => continue,
            },
        };
        let told = is.settled.as_ref().or(was.settled.as_ref());
        changes.push(Change {
            programme: key.0,
            beneficiary: key.1.clone(),
            name: told.map(|settled| settled.name.clone()).unwrap_or_default(),
            township: told.map(|settled| settled.township.clone()).unwrap_or_default(),
            kind,
            before: was.amount,
            now: is.amount,
            reason: reason(rulebook, kind, key, was, is, decisions),
        });
    }
    changes
}

fn reason(
    rulebook: &Rulebook,
    kind: Kind,
    key: &(Programme, Beneficiary),
    was: &Side,
    is: &Side,
    decisions: &[Decision],
) -> String {
    match kind {
        Kind::Stopped => super::payees::decisions_of(decisions, key.0, &key.1)
            .iter()
            .find(|decision| decision.outcome != Outcome::Entitled)
            .map_or_else(
                || "row-gone".to_owned(),
                |decision| match decision.reason_words(rulebook).1 {
                    words if words.is_empty() => decision.outcome.word().to_owned(),
                    words => words.into_owned(),
                },
            ),
        Kind::Changed => match (&was.settled, &is.settled) {
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
