//! `changes` and `compare`: this month beside another, and our payments beside another system's list.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Beneficiary, Fault, Money, Month, Programme, Text};
use crate::ledger::Ledger;
use crate::policy::Rulebook;
use crate::settle::changes::{self, Change};
use crate::settle::{LedgerLine, Plan};

/// Who is new, stopped, changed in a month against another, as the ledger has both.
///
/// # Errors
/// The ledger.
pub fn changes(
    rulebook: &Rulebook,
    ledger: &Ledger,
    codes: &[Text],
    month: Month,
    against: Month,
) -> Result<Vec<Change>, Fault> {
    let now = ledger.month_lines(month, codes)?;
    let before = ledger.month_lines(against, codes)?;
    let mut earlier: BTreeSet<(Programme, Beneficiary)> = BTreeSet::new();
    if let Some((first, _)) = ledger.month_span()? {
        for month in first.through(against.plus(-1)) {
            let lines = ledger.month_lines(month, codes)?;
            let paid = lines.into_iter().filter(|line| line.entitlement.is_positive());
            earlier.extend(paid.map(|line| (line.line.programme, line.line.beneficiary)));
        }
    }
    let was_paid =
        |programme: Programme, beneficiary: &Beneficiary| earlier.contains(&(programme, beneficiary.clone()));
    Ok(changes::compare(rulebook, &before, &now, was_paid, &Plan::default(), &[], month))
}

/// One difference between our payments and another system's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Programme code.
    pub programme: String,
    /// Beneficiary.
    pub beneficiary: Beneficiary,
    /// What we pay in the cycle.
    pub ours: Money,
    /// What the list says.
    pub theirs: Money,
    /// Why ours is what it is: the settled outcome and reason, or that nothing is settled.
    pub reason: String,
}

/// Our payments of a cycle beside a list of (programme, beneficiary, amount).
///
/// # Errors
/// The ledger.
pub fn compare(
    ledger: &Ledger,
    codes: &[Text],
    cycle: Month,
    list: &[(String, Beneficiary, Money)],
) -> Result<Vec<Difference>, Fault> {
    let mut ours: BTreeMap<(String, Beneficiary), Money> = BTreeMap::new();
    for run in ledger.runs()?.iter().filter(|run| run.cycle == cycle && run.released.is_some()) {
        for payment in ledger.payments_of_run(run.number, codes)? {
            for (line, amount) in &payment.payment.items {
                let code =
                    codes.get(usize::from(line.programme.0)).map(ToString::to_string).unwrap_or_default();
                *ours.entry((code, line.beneficiary.clone())).or_default() += *amount;
            }
        }
    }
    let mut theirs: BTreeMap<(String, Beneficiary), Money> = BTreeMap::new();
    for (programme, beneficiary, amount) in list {
        *theirs.entry((programme.clone(), beneficiary.clone())).or_default() += *amount;
    }
    let settled: BTreeMap<(Programme, Beneficiary), LedgerLine> = ledger
        .month_lines(cycle, codes)?
        .into_iter()
        .map(|line| ((line.line.programme, line.line.beneficiary.clone()), line))
        .collect();
    let keys: BTreeSet<&(String, Beneficiary)> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = Vec::new();
    for key in keys {
        let (a, b) =
            (ours.get(key).copied().unwrap_or(Money::ZERO), theirs.get(key).copied().unwrap_or(Money::ZERO));
        if a == b {
            continue;
        }
        let programme =
            codes.iter().position(|code| *code == key.0).map(|position| Programme(position as u16));
        let line = programme.and_then(|programme| settled.get(&(programme, key.1.clone())));
        differences.push(Difference {
            programme: key.0.clone(),
            beneficiary: key.1.clone(),
            ours: a,
            theirs: b,
            reason: line.map_or_else(|| "not-settled".to_owned(), reason),
        });
    }
    Ok(differences)
}

fn reason(line: &LedgerLine) -> String {
    let Some(settled) = &line.settled else { return "opening".to_owned() };
    let held = if line.held_since.is_some() { " held" } else { "" };
    match settled.reason.as_str() {
        "" => format!("{}{held} {}", settled.outcome, settled.amount),
        why => format!("{}{held} {why}", settled.outcome),
    }
}
