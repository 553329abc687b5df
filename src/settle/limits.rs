//! Stop limits (DESIGN §10): the draft is made, and `approve` needs a reason for each.

use std::collections::BTreeMap;

use crate::assess::{Decision, Outcome};
use crate::domain::{Cause, Money, Month, PostingKind, Programme, Text};
use crate::policy::Rulebook;

use super::plan::{LedgerLine, Plan};

/// The figures of `[limits]` in disburse.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Recoveries in a programme × township, per cent of its beneficiaries …
    pub recoveries_percent: u32,
    /// … and more people than this.
    pub recoveries_people: u32,
    /// Beneficiaries against last month per programme × township, ± per cent …
    pub beneficiaries_percent: u32,
    /// … and more people than this.
    pub beneficiaries_people: u32,
    /// A programme's total against last month, ± per cent.
    pub programme_total_percent: u32,
    /// One payment above this.
    pub single_payment: Money,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            recoveries_percent: 5,
            recoveries_people: 20,
            beneficiaries_percent: 20,
            beneficiaries_people: 20,
            programme_total_percent: 30,
            single_payment: Money::from_fen(5_000_000),
        }
    }
}

/// A limit that was reached, with the figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LimitHit {
    /// The fixed name, as `--accept` takes it.
    pub limit: String,
    /// Where: programme code, and township name where it applies.
    pub place: String,
    /// The figures, e.g. `31 of 204`.
    pub figures: String,
}

/// Looks at a drafted plan. `decisions` are those of the cycle month, `last` the ledger's lines of
/// the month before.
pub fn check(
    rulebook: &Rulebook,
    limits: &Limits,
    cycle: Month,
    plan: &Plan,
    decisions: &[Decision],
    last: &[LedgerLine],
) -> Vec<LimitHit> {
    let mut hits = Vec::new();
    let mut hit = |limit: &str, place: String, figures: String| {
        hits.push(LimitHit { limit: limit.to_owned(), place, figures });
    };
    let code = |programme: Programme| {
        rulebook.programmes.get(usize::from(programme.0)).map_or(String::new(), |rule| rule.code.to_string())
    };
    let place = |programme: Programme, township: &str| {
        let division = rulebook.divisions.rows().iter().find(|division| division.code == township);
        format!("{}/{}", code(programme), division.map_or(township, |division| &division.name))
    };

    // Beneficiaries by programme × township, now and last month, and the money of each programme.
    let mut now: BTreeMap<(Programme, Text), u32> = BTreeMap::new();
    let mut total_now: BTreeMap<Programme, Money> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.outcome == Outcome::Entitled) {
        let township = rulebook.divisions.code(&decision.township).into();
        *now.entry((decision.programme, township)).or_default() += 1;
        *total_now.entry(decision.programme).or_default() += decision.amount;
    }
    let mut before: BTreeMap<(Programme, Text), u32> = BTreeMap::new();
    let mut total_before: BTreeMap<Programme, Money> = BTreeMap::new();
    for line in last.iter().filter(|line| line.entitlement.is_positive()) {
        let township = line.settled.as_ref().map(|settled| settled.township.clone()).unwrap_or_default();
        *before.entry((line.line.programme, township)).or_default() += 1;
        *total_before.entry(line.line.programme).or_default() += line.entitlement;
    }

    let mut recovered: BTreeMap<(Programme, Text), std::collections::BTreeSet<String>> = BTreeMap::new();
    let townships: BTreeMap<&crate::domain::Line, &Text> =
        plan.settled.iter().map(|settled| (&settled.line, &settled.township)).collect();
    for posting in plan.postings.iter().filter(|posting| posting.kind == PostingKind::Recovery) {
        let township = townships.get(&posting.line).map(|township| (*township).clone()).unwrap_or_default();
        recovered
            .entry((posting.line.programme, township))
            .or_default()
            .insert(posting.line.beneficiary.to_string());
    }
    for ((programme, township), people) in &recovered {
        let people = people.len() as u32;
        let of = now.get(&(*programme, township.clone())).copied().unwrap_or(0);
        if people > limits.recoveries_people && people * 100 > of * limits.recoveries_percent {
            hit("recoveries", place(*programme, township), format!("{people} / {of}"));
        }
    }
    let keys: std::collections::BTreeSet<_> = now.keys().chain(before.keys()).cloned().collect();
    if !last.is_empty() {
        for key in keys {
            if rulebook
                .programmes
                .get(usize::from(key.0.0))
                .is_none_or(|rule| rule.frequency == crate::policy::Frequency::Once)
            {
                continue;
            }
            let (is, was) = (now.get(&key).copied().unwrap_or(0), before.get(&key).copied().unwrap_or(0));
            let moved = is.abs_diff(was);
            if moved > limits.beneficiaries_people && moved * 100 > was * limits.beneficiaries_percent {
                hit("beneficiaries", place(key.0, &key.1), format!("{was} → {is}"));
            }
        }
        for (programme, was) in &total_before {
            let once = rulebook
                .programmes
                .get(usize::from(programme.0))
                .is_none_or(|rule| rule.frequency == crate::policy::Frequency::Once);
            let is = total_now.get(programme).copied().unwrap_or(Money::ZERO);
            let moved = (is - *was).fen().abs();
            if !once && moved * 100 > was.fen() * i64::from(limits.programme_total_percent) {
                hit("programme-total", code(*programme), format!("{was} → {is}"));
            }
        }
    }
    for payment in plan.payments.iter().filter(|payment| payment.amount > limits.single_payment) {
        let figures = payment.amount.to_string();
        hit("single-payment", code(payment.programme), figures);
    }
    let engine = plan.postings.iter().filter(|posting| posting.cause == Some(Cause::Engine)).count();
    if engine > 0 {
        hit("engine", cycle.to_string(), engine.to_string());
    }
    hits
}
