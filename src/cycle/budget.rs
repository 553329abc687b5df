//! Budget on a cash basis: a payment charges the year of its release, arrears included; what comes
//! back in the same year restores the appropriation (DESIGN §10, budget).

use chrono::{Datelike, NaiveDate};

use crate::domain::{Fault, Money, Programme, Text};
use crate::ledger::{DraftMeta, FundFigures, Ledger};
use crate::report::BudgetLine;
use crate::settle::Plan;
use crate::settle::limits::LimitHit;
use crate::workspace::Config;

use super::Bureau;

/// The stop limit's name.
pub(super) const LIMIT: &str = "budget";

/// Each fund's appropriation, what the year has charged, and what this run would charge, in the pack's
/// order of funds.
///
/// # Errors
/// The ledger.
pub(super) fn figures(
    bureau: &Bureau,
    ledger: &Ledger,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Vec<FundFigures>, Fault> {
    let codes = ledger.programme_codes(&bureau.codes())?;
    let charged = charged(ledger, today.year(), &codes)?;
    let config = &bureau.workspace.config;
    let funds = bureau.rulebook.funds.iter().enumerate().map(|(position, fund)| {
        let pays = |programme: Programme| {
            let rule = bureau.rulebook.programmes.get(usize::from(programme.0));
            rule.is_some_and(|rule| usize::from(rule.fund) == position)
        };
        let sources: Vec<String> = fund.sources.iter().map(|(source, _)| source.to_string()).collect();
        let of_fund = bureau.rulebook.programmes.iter().filter(|rule| usize::from(rule.fund) == position);
        FundFigures {
            fund: fund.code.to_string(),
            programmes: of_fund.map(|rule| rule.code.to_string()).collect(),
            year: today.year(),
            appropriation: appropriation(config, today.year(), &fund.code, &sources),
            charged: charged.iter().filter(|(programme, _)| pays(*programme)).map(|(_, paid)| *paid).sum(),
            this_run: this_run(plan, pays),
            sources,
        }
    });
    Ok(funds.collect())
}

/// The figures as reports show them.
pub(super) fn lines(figures: &[FundFigures]) -> Vec<BudgetLine> {
    (0..)
        .zip(figures)
        .map(|(fund, figures)| BudgetLine {
            fund,
            appropriation: figures.appropriation,
            charged: figures.charged,
            this_run: figures.this_run,
        })
        .collect()
}

/// The stop limit `budget`: a fund that this run would overdraw.
pub(super) fn overdrawn(figures: &[FundFigures]) -> Vec<LimitHit> {
    figures
        .iter()
        .filter_map(|fund| {
            let appropriation = fund.appropriation?;
            let after = fund.charged + fund.this_run;
            (after > appropriation && fund.this_run.is_positive()).then(|| LimitHit {
                limit: LIMIT.to_owned(),
                place: fund.fund.clone(),
                figures: format!("{after} > {appropriation}"),
            })
        })
        .collect()
}

/// What approval finds of a draft's funds.
pub(super) struct Again {
    /// A fund of the draft whose appropriation is another now, or whose year was charged more since.
    pub touched: Option<String>,
    /// Funds that the run would overdraw now, in the year of the approval.
    pub overdrawn: Vec<LimitHit>,
}

/// Looks at the funds of a draft again, as settings and ledger stand at approval.
///
/// # Errors
/// The ledger.
pub(super) fn again(
    config: &Config,
    ledger: &Ledger,
    meta: &DraftMeta,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Again, Fault> {
    let codes: Vec<Text> = meta.codes.iter().map(Text::from).collect();
    let charged = charged(ledger, today.year(), &ledger.programme_codes(&codes)?)?;
    let mut touched = None;
    let mut now = Vec::new();
    for drafted in &meta.budget {
        let pays = |programme: Programme| {
            let code = meta.codes.get(usize::from(programme.0));
            code.is_some_and(|code| drafted.programmes.contains(code))
        };
        let figures = FundFigures {
            year: today.year(),
            appropriation: appropriation(config, today.year(), &drafted.fund, &drafted.sources),
            charged: charged.iter().filter(|(programme, _)| pays(*programme)).map(|(_, paid)| *paid).sum(),
            this_run: this_run(plan, pays),
            ..drafted.clone()
        };
        // Money that came back since makes the budget no tighter, and a new year has its own.
        let tighter = figures.appropriation.is_some() && figures.charged > drafted.charged;
        if figures.year == drafted.year
            && figures.this_run.is_positive()
            && (figures.appropriation != drafted.appropriation || tighter)
        {
            touched.get_or_insert(drafted.fund.clone());
        }
        now.push(figures);
    }
    Ok(Again { touched, overdrawn: overdrawn(&now) })
}

/// What a year has charged, by programme; same-year returns and repayments restore it.
fn charged(ledger: &Ledger, year: i32, codes: &[Text]) -> Result<Vec<(Programme, Money)>, Fault> {
    let paid = ledger.paid_in_year(year, codes)?.into_iter().map(|(_, programme, paid)| (programme, paid));
    let back = ledger.restored_in_year(year, codes)?.into_iter().map(|(programme, back)| (programme, -back));
    Ok(paid.chain(back).collect())
}

fn this_run(plan: &Plan, pays: impl Fn(Programme) -> bool) -> Money {
    let payments = plan.payments.iter().filter(|payment| pays(payment.programme));
    payments.map(|payment| payment.amount).sum()
}

/// What a fund may pay in a year: all its sources together; `None` where one of them is not watched.
fn appropriation(config: &Config, year: i32, fund: &str, sources: &[String]) -> Option<Money> {
    if sources.is_empty() {
        return None;
    }
    sources.iter().map(|source| config.appropriation(year, fund, source)).sum()
}
