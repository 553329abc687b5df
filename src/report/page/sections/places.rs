//! Money by township and bank, and against the budget.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Money, Tally};

use super::super::super::label::{permille, sentence};
use super::super::super::summary::Summary;
use super::super::figure::{self, Figure};

/// A township or a bank beside the others.
#[derive(Debug, Serialize)]
pub struct Place {
    name: String,
    people: Figure,
    money: Figure,
    share: Figure,
    undecided: Figure,
    width: u16,
}

/// Townships in their own order, those not recognised last, with what could not be decided there.
pub fn townships(summary: &Summary<'_>) -> Vec<Place> {
    let facts = summary.facts;
    let divisions = &facts.rulebook.divisions;
    let mut undecided: BTreeMap<Option<&str>, u64> = BTreeMap::new();
    for row in summary.people.decisions() {
        let decision = row.decision;
        if decision.month == facts.cycle && !decision.outcome.is_decision() {
            let known = matches!(decision.township, crate::domain::Township::Known(_));
            let township = known.then(|| divisions.name(&decision.township));
            *undecided.entry(township).or_default() += 1;
        }
    }
    let mut named: Vec<(Option<String>, Tally)> = summary
        .by_township()
        .into_iter()
        .map(|(name, tally)| (name.map(|name| name.to_string()), tally))
        .collect();
    // A township of which nobody is paid and somebody waits has a row as well.
    for township in undecided.keys() {
        if !named.iter().any(|(name, _)| name.as_deref() == *township) {
            named.push((township.map(str::to_owned), Tally::default()));
        }
    }
    let order = |name: &Option<String>| {
        let name = name.as_deref()?;
        divisions.rows().iter().position(|division| division.name == name)
    };
    named.sort_by_key(|(name, _)| order(name).unwrap_or(usize::MAX));
    places(
        "township",
        named.into_iter().map(|(name, tally)| {
            let waiting = undecided.get(&name.as_deref()).copied().unwrap_or(0);
            (name.clone().unwrap_or_default(), super::open::named(summary, name.as_deref()), tally, waiting)
        }),
    )
}

/// Banks by name.
pub fn banks(summary: &Summary<'_>) -> Vec<Place> {
    let banks = summary.by_bank().into_iter();
    places("bank", banks.map(|(name, tally)| (name.to_owned(), name.to_owned(), tally, 0)))
}

fn places(kind: &str, named: impl Iterator<Item = (String, String, Tally, u64)>) -> Vec<Place> {
    let named: Vec<_> = named.collect();
    let whole: i64 = named.iter().map(|(_, _, tally, _)| tally.money.fen()).sum();
    let largest = named.iter().map(|(_, _, tally, _)| tally.money.fen()).max().unwrap_or(0);
    named
        .into_iter()
        .map(|(code, name, tally, undecided)| {
            let id = |part: &str| format!("{kind}.{code}.{part}");
            Place {
                name,
                people: Figure::count(id("people"), tally.count),
                money: Figure::money(id("money"), tally.money),
                share: Figure::text(id("share"), figure::share(tally.money.fen(), whole)),
                undecided: Figure::some_count(id("undecided"), undecided),
                width: permille(tally.money.fen(), largest),
            }
        })
        .collect()
}

/// A fund's year.
#[derive(Debug, Serialize)]
pub struct Budget {
    name: String,
    appropriation: Figure,
    charged: Figure,
    this_run: Figure,
    left: Figure,
    used: Figure,
    short: bool,
    stated: bool,
    charged_width: u16,
    run_width: u16,
}

/// Funds in pack order.
pub fn budgets(summary: &Summary<'_>) -> Vec<Budget> {
    let facts = summary.facts;
    facts
        .budgets
        .iter()
        .map(|budget| {
            let fund = facts.rulebook.funds.get(usize::from(budget.fund));
            let code = fund.map_or("", |fund| &fund.code);
            let id = |part: &str| format!("budget.{code}.{part}");
            let left = Summary::left(budget);
            let whole = budget.appropriation.map_or(0, Money::fen);
            let used = budget.charged + budget.this_run;
            Budget {
                name: fund.map_or(String::new(), |fund| fund.name.to_string()),
                appropriation: match budget.appropriation {
                    Some(money) => Figure::money(id("appropriation"), money),
                    None => Figure::text(
                        id("appropriation"),
                        sentence(
                            facts.language,
                            if budget.partial { "part-appropriation" } else { "no-appropriation" },
                            &[],
                        ),
                    ),
                },
                charged: Figure::money(id("charged"), budget.charged),
                this_run: Figure::money(id("run"), budget.this_run),
                left: left.map_or(Figure::text(id("left"), ""), |left| Figure::money(id("left"), left)),
                used: Figure::text(id("used"), figure::share(used.fen(), whole)),
                short: left.is_some_and(Money::is_negative),
                stated: budget.appropriation.is_some(),
                charged_width: permille(budget.charged.fen(), whole),
                run_width: permille(budget.this_run.fen(), whole),
            }
        })
        .collect()
}
