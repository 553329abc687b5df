//! Declared amounts beside computed ones (READING 23): a difference is said, and ours is paid unless the
//! pack says otherwise.

use rustc_hash::FxHashMap;

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
    let mut refused: FxHashMap<(u16, u32), &str> = FxHashMap::default();
    for decision in &decided.decisions {
        let rule = rulebook.rule(decision.programme);
        if rule.declared != Declared::PayComputed || decision.outcome == Outcome::NotCurrent {
            continue;
        }
        let roster = sums.get_mut(usize::from(rule.roster.0));
        let Some(sum) = roster.and_then(|rows| rows.get_mut(decision.claim as usize)) else { continue };
        if decision.outcome == Outcome::Refused {
            let clause = rule.clauses.iter().find(|clause| clause.id == decision.reason_words(rulebook).0);
            if let Some(clause) = clause {
                refused.insert((rule.roster.0, decision.claim), clause.words.as_str());
            }
        }
        *sum = match (sum.unwrap_or(Some(Money::ZERO)), decision.outcome.is_decision()) {
            (Some(sum), true) => Some(Some(sum + decision.amount)),
            _ => Some(None),
        };
    }
    let mut findings = Vec::new();
    for (roster, (month, sums)) in (0..).zip(rosters.rosters.iter().zip(&sums)) {
        let claims = month.as_ref().map_or(&[][..], |month| &month.claims);
        for (row, (claim, sum)) in (0..).zip(claims.iter().zip(sums)) {
            let (Cell::Money(declared), Some(Some(computed))) = (&claim.declared_amount, *sum) else {
                continue;
            };
            if *declared == computed {
                continue;
            }
            let finding = |code| {
                Finding::new(code, Severity::Warning, files.place(claim.source))
                    .about(claim.resident, &claim.name)
                    .with("declared", declared.to_string())
            };
            findings.push(match refused.get(&(roster, row)) {
                Some(why) if computed.is_zero() => finding("declared-refused").with("why", why),
                None if computed.is_zero() => finding("declared-nothing"),
                _ => finding("declared-differs").with("computed", computed.to_string()),
            });
        }
    }
    findings
}
