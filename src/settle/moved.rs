//! Accounts on a roster that are others than those the month before was settled with: said, so that
//! somebody asks before the money goes elsewhere.

use crate::assess::{MonthDecisions, MonthRosters, Outcome};
use crate::domain::{Files, Finding, Line, Severity};
use crate::intake::Registers;
use crate::policy::{PayeeRule, Rulebook};

use super::LedgerLine;

/// A warning for each entitled row of the cycle month whose account differs from last month's. `last`:
/// last month's lines in line order. Accounts that the register `accounts` names, and organisations', are
/// no roster's.
pub fn accounts_changed(
    rulebook: &Rulebook,
    registers: &Registers,
    files: &Files,
    rosters: &MonthRosters,
    decided: &MonthDecisions,
    last: &[LedgerLine],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if last.is_empty() {
        return findings;
    }
    for decision in decided.decisions.iter().filter(|decision| decision.outcome == Outcome::Entitled) {
        let rule = rulebook.rule(decision.programme);
        if !matches!(rule.payee, PayeeRule::Person | PayeeRule::Head | PayeeRule::Carer) {
            continue;
        }
        let month = rosters.rosters.get(usize::from(rule.roster.0)).and_then(Option::as_ref);
        let Some(claim) = month.and_then(|month| month.claims.get(decision.claim as usize)) else { continue };
        if claim.account.number.is_empty()
            || claim.resident.is_some_and(|payee| registers.account(payee, rosters.month).is_some())
        {
            continue;
        }
        let line = Line {
            programme: decision.programme,
            beneficiary: decision.beneficiary.clone(),
            month: rosters.month.plus(-1),
            case_no: decision.case_no.clone(),
        };
        let Ok(at) = last.binary_search_by(|known| known.line.cmp(&line)) else { continue };
        let Some(before) = last[at].settled.as_ref().and_then(|settled| settled.payee.as_ref()) else {
            continue;
        };
        if before.account.number.is_empty() || before.account.number == claim.account.number {
            continue;
        }
        findings.push(
            Finding::new("account-changed", Severity::Warning, files.place(claim.source))
                .about(claim.resident, &claim.name)
                .with("programme", &rule.name)
                .with("before", before.account.masked_number())
                .with("now", claim.account.masked_number()),
        );
    }
    findings
}
