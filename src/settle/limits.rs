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

/// What a limit allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// So many per cent, and so many people: both must be exceeded.
    PercentAndPeople(u32, u32),
    /// So many per cent more or less than last month.
    Percent(u32),
    /// So much money.
    Money(Money),
    /// Nothing at all.
    Nothing,
}

impl std::fmt::Display for Allowed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Allowed::PercentAndPeople(percent, people) => write!(out, "{percent}%, {people}"),
            Allowed::Percent(percent) => write!(out, "±{percent}%"),
            Allowed::Money(money) => write!(out, "{money}"),
            Allowed::Nothing => write!(out, "0"),
        }
    }
}

/// A limit that was reached: what it is about, the figures, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitHit {
    /// The fixed name, as `--accept` takes it.
    pub limit: String,
    /// Programme code; empty where it is about none.
    pub programme: Text,
    /// Township name; empty where it is about none.
    pub township: Text,
    /// The fund (with its source) or the payment it is about; empty where it is about neither.
    pub subject: Text,
    /// The payment it is about, by position in [`Plan::payments`].
    pub payment: Option<u32>,
    /// The figures, e.g. `31 / 204`.
    pub figures: String,
    /// What is allowed.
    pub allowed: Allowed,
}

impl LimitHit {
    /// A limit reached by nothing in particular.
    pub fn new(limit: &str, figures: String, allowed: Allowed) -> LimitHit {
        LimitHit {
            limit: limit.to_owned(),
            programme: Text::default(),
            township: Text::default(),
            subject: Text::default(),
            payment: None,
            figures,
            allowed,
        }
    }

    /// What it is about in one text: programme, township, fund or payment, joined by `/`.
    pub fn place(&self) -> String {
        let parts = [&self.programme, &self.township, &self.subject];
        parts.into_iter().filter(|part| !part.is_empty()).map(Text::as_str).collect::<Vec<_>>().join("/")
    }
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
    let code = |programme: Programme| {
        rulebook.programmes.get(usize::from(programme.0)).map_or(Text::default(), |rule| rule.code.clone())
    };
    let name = |township: &Text| {
        let division = rulebook.divisions.rows().iter().find(|division| division.code == *township);
        division.map_or_else(|| township.clone(), |division| division.name.clone())
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
    for posting in plan.postings.iter().filter(|posting| posting.kind == PostingKind::Recovery) {
        let township =
            plan.settled_of(&posting.line).map(|settled| settled.township.clone()).unwrap_or_default();
        recovered
            .entry((posting.line.programme, township))
            .or_default()
            .insert(posting.line.beneficiary.to_string());
    }
    for ((programme, township), people) in &recovered {
        let people = people.len() as u32;
        let of = now.get(&(*programme, township.clone())).copied().unwrap_or(0);
        if people > limits.recoveries_people && people * 100 > of * limits.recoveries_percent {
            let allowed = Allowed::PercentAndPeople(limits.recoveries_percent, limits.recoveries_people);
            hits.push(LimitHit {
                programme: code(*programme),
                township: name(township),
                ..LimitHit::new("recoveries", format!("{people} / {of}"), allowed)
            });
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
                let allowed =
                    Allowed::PercentAndPeople(limits.beneficiaries_percent, limits.beneficiaries_people);
                hits.push(LimitHit {
                    programme: code(key.0),
                    township: name(&key.1),
                    ..LimitHit::new("beneficiaries", format!("{was} → {is}"), allowed)
                });
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
                let allowed = Allowed::Percent(limits.programme_total_percent);
                hits.push(LimitHit {
                    programme: code(*programme),
                    ..LimitHit::new("programme-total", format!("{was} → {is}"), allowed)
                });
            }
        }
    }
    for (position, payment) in (0..).zip(&plan.payments) {
        if payment.amount > limits.single_payment {
            let allowed = Allowed::Money(limits.single_payment);
            hits.push(LimitHit {
                programme: code(payment.programme),
                // Until the run has a number: the payment's own in its run.
                subject: format!("#{}", position + 1).into(),
                payment: Some(position),
                ..LimitHit::new("single-payment", payment.amount.to_string(), allowed)
            });
        }
    }
    let engine = plan.postings.iter().filter(|posting| posting.cause == Some(Cause::Engine)).count();
    if engine > 0 {
        hits.push(LimitHit {
            subject: cycle.to_string().into(),
            ..LimitHit::new("engine", engine.to_string(), Allowed::Nothing)
        });
    }
    hits
}
