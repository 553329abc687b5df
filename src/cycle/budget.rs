//! Budget on a cash basis: a payment charges the year of its release, arrears included; what comes
//! back in the same year restores the appropriation (DESIGN §10, budget).

use chrono::{Datelike, NaiveDate};

use crate::domain::{Fault, Money};
use crate::ledger::Ledger;
use crate::report::BudgetLine;
use crate::settle::Plan;
use crate::settle::limits::LimitHit;

use super::Bureau;

/// Each fund's appropriation, what the year has charged, and what this run would charge.
///
/// # Errors
/// The ledger.
pub(super) fn lines(
    bureau: &Bureau,
    ledger: &Ledger,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Vec<BudgetLine>, Fault> {
    let codes = ledger.programme_codes(&bureau.codes())?;
    let charged = ledger.paid_in_year(today.year(), &codes)?;
    let restored = ledger.restored_in_year(today.year(), &codes)?;
    let mut lines = Vec::new();
    for (position, fund) in bureau.rulebook.funds.iter().enumerate() {
        let of_fund = |programme: &crate::domain::Programme| {
            bureau
                .rulebook
                .programmes
                .get(usize::from(programme.0))
                .is_some_and(|rule| usize::from(rule.fund) == position)
        };
        let this_run: Money = plan
            .payments
            .iter()
            .filter(|payment| of_fund(&payment.programme))
            .map(|payment| payment.amount)
            .sum();
        let charged: Money =
            charged.iter().filter(|(_, programme, _)| of_fund(programme)).map(|(_, _, paid)| *paid).sum();
        let back: Money =
            restored.iter().filter(|(programme, _)| of_fund(programme)).map(|(_, back)| *back).sum();
        let charged = charged - back;
        lines.push(BudgetLine {
            fund: position as u16,
            appropriation: fund
                .sources
                .iter()
                .map(|(source, _)| bureau.workspace.config.appropriation(today.year(), &fund.code, source))
                .sum(),
            charged,
            this_run,
        });
    }
    Ok(lines)
}

/// The stop limit `budget`: a fund that this run would overdraw.
///
/// # Errors
/// The ledger.
pub(super) fn check(
    bureau: &Bureau,
    ledger: &Ledger,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Vec<LimitHit>, Fault> {
    Ok(lines(bureau, ledger, plan, today)?
        .into_iter()
        .filter_map(|line| {
            let appropriation = line.appropriation?;
            let after = line.charged + line.this_run;
            (after > appropriation).then(|| LimitHit {
                limit: "budget".to_owned(),
                place: bureau.rulebook.funds[usize::from(line.fund)].code.to_string(),
                figures: format!("{after} > {appropriation}"),
            })
        })
        .collect())
}
