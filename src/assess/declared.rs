//! Declared amounts beside computed ones (READING 23): a difference is said, and ours is paid unless the
//! pack says otherwise.

use std::collections::BTreeMap;

use crate::domain::{Files, Finding, Money, Severity};
use crate::intake::Cell;
use crate::policy::{Declared, RosterId, Rulebook};

use super::decision::Outcome;
use super::{MonthDecisions, MonthRosters};

/// A warning for each decided row of a month whose declared amount is not the sum of what its programmes
/// give. Rows that are not in force, or not decided, say nothing.
pub fn differences(
    rulebook: &Rulebook,
    files: &Files,
    rosters: &MonthRosters,
    decided: &MonthDecisions,
) -> Vec<Finding> {
    let mut sums: BTreeMap<(RosterId, u32), Option<Money>> = BTreeMap::new();
    for decision in &decided.decisions {
        let rule = rulebook.rule(decision.programme);
        if rule.declared != Declared::PayComputed || decision.outcome == Outcome::NotCurrent {
            continue;
        }
        let sum = sums.entry((rule.roster, decision.claim)).or_insert(Some(Money::ZERO));
        *sum = match (*sum, decision.outcome.is_decision()) {
            (Some(sum), true) => Some(sum + decision.amount),
            _ => None,
        };
    }
    let mut findings = Vec::new();
    for ((roster, row), sum) in sums {
        let month = rosters.rosters.get(usize::from(roster.0)).and_then(Option::as_ref);
        let Some(claim) = month.and_then(|month| month.claims.get(row as usize)) else { continue };
        let (Cell::Money(declared), Some(computed)) = (&claim.declared_amount, sum) else { continue };
        if *declared == computed {
            continue;
        }
        findings.push(
            Finding::new("declared-differs", Severity::Warning, files.place(claim.source))
                .about(claim.resident, &claim.name)
                .with("declared", declared.to_string())
                .with("computed", computed.to_string()),
        );
    }
    findings
}
