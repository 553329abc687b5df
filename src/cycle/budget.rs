//! Budget on a cash basis: a payment charges the year of its release, arrears included; what comes
//! back in the same year restores the appropriation (DESIGN §10, budget).

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::{Fault, Money, Programme, Text};
use crate::ledger::{DraftMeta, FundFigures, Ledger};
use crate::policy::Rulebook;
use crate::report::BudgetLine;
use crate::settle::Plan;
use crate::settle::limits::{Allowed, LimitHit};
use crate::workspace::Config;

/// The stop limit's name.
pub(super) const LIMIT: &str = "budget";

/// Each fund's appropriation, what the year has charged, and what this run would charge, in the pack's
/// order of funds. The rulebook is the pack's with the programmes that are retired, `codes` all of them.
///
/// # Errors
/// The ledger.
pub(super) fn figures(
    config: &Config,
    rulebook: &Rulebook,
    codes: &[Text],
    ledger: &Ledger,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Vec<FundFigures>, Fault> {
    let charged = charged(ledger, today.year(), codes)?;
    let funds = rulebook.funds.iter().enumerate().map(|(position, fund)| {
        let pays = |programme: Programme| {
            let rule = rulebook.programmes.get(usize::from(programme.0));
            rule.is_some_and(|rule| usize::from(rule.fund) == position)
        };
        let sources: Vec<String> = fund.sources.iter().map(|(source, _)| source.to_string()).collect();
        let of_fund = rulebook.programmes.iter().filter(|rule| usize::from(rule.fund) == position);
        FundFigures {
            fund: fund.code.to_string(),
            programmes: of_fund.map(|rule| rule.code.to_string()).collect(),
            year: today.year(),
            appropriation: appropriation(config, today.year(), &fund.code, &sources),
            charged: charged.iter().filter(|(programme, _)| pays(*programme)).map(|(_, paid)| *paid).sum(),
            this_run: this_run(plan, pays),
            shares: fund.sources.iter().map(|(_, share)| share.to_string()).collect(),
            by_source: by_source(config, today.year(), &fund.code, &sources),
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
            partial: figures.appropriation.is_none() && figures.by_source.iter().any(Option::is_some),
            charged: figures.charged,
            this_run: figures.this_run,
        })
        .collect()
}

/// The stop limit `budget`: a source of a fund, or a fund as a whole, that this run would overdraw.
pub(super) fn overdrawn(figures: &[FundFigures]) -> Vec<LimitHit> {
    let mut hits = Vec::new();
    let mut hit = |place: String, after: Money, appropriation: Money| {
        let hit = LimitHit::new(LIMIT, after.to_string(), Allowed::Money(appropriation));
        hits.push(LimitHit { subject: place.into(), ..hit });
    };
    for fund in figures.iter().filter(|fund| fund.this_run.is_positive()) {
        let after = fund.charged + fund.this_run;
        let shares: Vec<Decimal> = fund.shares.iter().filter_map(|share| share.parse().ok()).collect();
        let parts = split(after, &shares);
        let mut by_source = false;
        for ((source, part), appropriation) in fund.sources.iter().zip(parts).zip(&fund.by_source) {
            if let Some(appropriation) = appropriation.filter(|appropriation| part > *appropriation) {
                hit(format!("{}/{source}", fund.fund), part, appropriation);
                by_source = true;
            }
        }
        if let Some(appropriation) = fund.appropriation.filter(|whole| after > *whole && !by_source) {
            hit(fund.fund.clone(), after, appropriation);
        }
    }
    hits
}

/// Splits a sum among sources by their shares, to the fen: each gets its share rounded down, and what is
/// left goes fen by fen to the largest remainders, the first source first among equals (DESIGN §10).
fn split(sum: Money, shares: &[Decimal]) -> Vec<Money> {
    let exact: Vec<Decimal> = shares.iter().map(|share| Decimal::from(sum.fen()) * *share).collect();
    let mut parts: Vec<i64> = exact.iter().map(|part| part.floor().to_i64().unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(exact[*position] - exact[*position].floor()));
    let left = sum.fen() - parts.iter().sum::<i64>();
    for position in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[position] += 1;
    }
    parts.into_iter().map(Money::from_fen).collect()
}

fn by_source(config: &Config, year: i32, fund: &str, sources: &[String]) -> Vec<Option<Money>> {
    sources.iter().map(|source| config.appropriation(year, fund, source)).collect()
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
            by_source: by_source(config, today.year(), &drafted.fund, &drafted.sources),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fen_goes_to_the_largest_remainder_and_none_is_lost() {
        let shares: Vec<Decimal> = ["0.7", "0.1", "0.2"].iter().map(|share| share.parse().unwrap()).collect();
        let of = |fen| split(Money::from_fen(fen), &shares).iter().map(|part| part.fen()).collect::<Vec<_>>();
        assert_eq!(of(1000), [700, 100, 200]);
        assert_eq!(of(1004), [703, 100, 201]);
        assert_eq!(of(1), [1, 0, 0]);
        for fen in 0..500 {
            assert_eq!(of(fen).iter().sum::<i64>(), fen);
        }
    }

    #[test]
    fn a_source_is_overdrawn_though_the_fund_is_not() {
        let yuan = |text: &str| text.parse::<Money>().unwrap();
        let fund = FundFigures {
            fund: "dibao".to_owned(),
            sources: vec!["region".to_owned(), "district".to_owned()],
            shares: vec!["0.5".to_owned(), "0.5".to_owned()],
            by_source: vec![Some(yuan("100.00")), Some(yuan("10.00"))],
            programmes: Vec::new(),
            year: 2023,
            appropriation: Some(yuan("110.00")),
            charged: Money::ZERO,
            this_run: yuan("40.00"),
        };
        let hits = overdrawn(&[fund]);
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].subject.as_str(), hits[0].figures.as_str()), ("dibao/district", "20.00"));
        assert_eq!(hits[0].allowed, Allowed::Money(yuan("10.00")));
    }
}
