//! Declared amounts beside computed ones (READING 23): a difference is said, and ours is paid unless the
//! pack says otherwise.

use crate::domain::{Files, Finding, Money, Severity};
use crate::intake::Cell;
use crate::policy::{Declared, Rulebook};

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
    // By roster and row: nothing decided, a sum, or something of it undecided.
    let mut sums: Vec<Vec<Option<Option<Money>>>> = rosters
        .rosters
        .iter()
        .map(|month| vec![None; month.as_ref().map_or(0, |month| month.claims.len())])
        .collect();
    for decision in &decided.decisions {
        let rule = rulebook.rule(decision.programme);
        if rule.declared != Declared::PayComputed || decision.outcome == Outcome::NotCurrent {
            continue;
        }
        let roster = sums.get_mut(usize::from(rule.roster.0));
        let Some(sum) = roster.and_then(|rows| rows.get_mut(decision.claim as usize)) else { continue };
        *sum = match (sum.unwrap_or(Some(Money::ZERO)), decision.outcome.is_decision()) {
            (Some(sum), true) => Some(Some(sum + decision.amount)),
            _ => Some(None),
        };
    }
    let mut findings = Vec::new();
    let claims = rosters.rosters.iter().map(|month| month.as_ref().map_or(&[][..], |month| &month.claims));
    for (claim, sum) in claims.zip(&sums).flat_map(|(claims, sums)| claims.iter().zip(sums)) {
        let (Cell::Money(declared), Some(Some(computed))) = (&claim.declared_amount, *sum) else { continue };
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
