//! How things move: the months of the last year, who is new, stopped or changed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Money, Month, Programme, Tally};

use super::super::super::facts::ChangeKind;
use super::super::super::label::{self, label, permille, sentence};
use super::super::super::summary::Summary;
use super::super::figure::Figure;

/// A month of the twelve-month chart.
#[derive(Debug, Serialize)]
pub struct MonthColumn {
    month: String,
    total: Figure,
    x: u32,
    y: u32,
    height: u32,
    now: bool,
}

/// A programme's months.
#[derive(Debug, Serialize)]
pub struct MonthRow {
    name: String,
    paid: Vec<Figure>,
}

const CHART_HEIGHT: u32 = 90;
const CHART_STEP: u32 = 84;

/// The cycles known of the last twelve months, this one last, and what each programme was paid in each;
/// nothing while this is the only one.
pub fn months(summary: &Summary<'_>) -> (Vec<MonthColumn>, Vec<MonthRow>) {
    let facts = summary.facts;
    let mut cycles: Vec<Month> = facts
        .history
        .iter()
        .map(|total| total.cycle)
        .filter(|cycle| facts.cycle.months_since(*cycle) < 12)
        .collect();
    cycles.sort();
    cycles.dedup();
    if cycles.is_empty() {
        return (Vec::new(), Vec::new());
    }
    cycles.push(facts.cycle);
    let paid = |programme: Programme, cycle: Month| -> Money {
        if cycle == facts.cycle {
            return summary.programmes[usize::from(programme.0)].paid.money;
        }
        let of = facts.history.iter().filter(|total| total.cycle == cycle && total.programme == programme);
        of.map(|total| total.paid.money).sum()
    };
    let programmes = || (0..summary.programmes.len()).map(|position| Programme(position as u16));
    let totals: Vec<Money> =
        cycles.iter().map(|cycle| programmes().map(|programme| paid(programme, *cycle)).sum()).collect();
    let largest = totals.iter().copied().max().unwrap_or_default();
    let columns = (0..)
        .zip(cycles.iter().zip(&totals))
        .map(|(position, (cycle, total))| {
            let height = u32::from(permille(total.fen(), largest.fen())) * CHART_HEIGHT / 1000;
            MonthColumn {
                month: cycle.to_string(),
                total: Figure::money(format!("month.{cycle}.total"), *total),
                x: position * CHART_STEP,
                y: CHART_HEIGHT - height,
                height,
                now: *cycle == facts.cycle,
            }
        })
        .collect();
    let rows = programmes()
        .map(|programme| {
            let rule = facts.rulebook.rule(programme);
            let figure = |cycle: &Month| {
                Figure::some_money(format!("month.{cycle}.{}", rule.code), paid(programme, *cycle))
            };
            MonthRow { name: rule.name.to_string(), paid: cycles.iter().map(figure).collect() }
        })
        .filter(|row| row.paid.iter().any(|paid| !paid.text.is_empty()))
        .collect();
    (columns, rows)
}

/// How many changes of each kind a programme has.
#[derive(Debug, Serialize)]
pub struct ChangeRow {
    name: String,
    counts: Vec<Figure>,
    difference: Figure,
}

/// Changes of one kind for one reason.
#[derive(Debug, Serialize)]
pub struct ReasonRow {
    change: String,
    reason: String,
    count: Figure,
    difference: Figure,
}

fn difference(change: &super::super::super::Change) -> Money {
    change.now.unwrap_or_default() - change.before.unwrap_or_default()
}

/// Whether a stop is no stop: a case that is paid once was paid, and is not paid again.
pub fn is_finished(change: ChangeKind, reason: &str) -> bool {
    change == ChangeKind::Stopped && reason == "case-repeated"
}

/// The words of a change; a case paid once and done is not called stopped.
pub fn change_words(summary: &Summary<'_>, change: ChangeKind, reason: &str) -> String {
    let word = if is_finished(change, reason) { "finished" } else { change.word() };
    label(summary.facts.language, "change", word)
}

/// Changes by programme, the sum last, and by reason, the largest difference first.
pub fn changes(summary: &Summary<'_>) -> (Vec<ChangeRow>, Vec<ReasonRow>) {
    let facts = summary.facts;
    type Counts = (BTreeMap<ChangeKind, u64>, Money);
    let mut by_programme: BTreeMap<Programme, Counts> = BTreeMap::new();
    let mut whole = Counts::default();
    let mut by_reason: BTreeMap<(ChangeKind, &str), Tally> = BTreeMap::new();
    for change in facts.changes {
        for counts in [by_programme.entry(change.programme).or_default(), &mut whole] {
            *counts.0.entry(change.change).or_default() += 1;
            counts.1 += difference(change);
        }
        by_reason.entry((change.change, &change.reason)).or_default().add(difference(change));
    }
    let row = |name: String, code: &str, counts: &Counts| ChangeRow {
        name,
        counts: ChangeKind::ALL
            .iter()
            .map(|kind| {
                let count = counts.0.get(kind).copied().unwrap_or(0);
                Figure::some_count(format!("change.{code}.{}", kind.word()), count)
            })
            .collect(),
        difference: Figure::difference(format!("change.{code}.difference"), Some(counts.1)),
    };
    let mut rows: Vec<ChangeRow> = by_programme
        .iter()
        .map(|(programme, counts)| {
            let rule = facts.rulebook.rule(*programme);
            row(rule.name.to_string(), &rule.code, counts)
        })
        .collect();
    rows.push(row(sentence(facts.language, "total", &[]), "total", &whole));
    let mut reasons: Vec<_> = by_reason.into_iter().collect();
    reasons.sort_by_key(|((kind, reason), tally)| {
        (is_finished(*kind, reason), *kind, std::cmp::Reverse(tally.count), *reason)
    });
    let reasons = reasons
        .into_iter()
        .map(|((kind, reason), tally)| {
            let id = |part: &str| format!("change-reason.{}.{reason}.{part}", kind.word());
            ReasonRow {
                change: change_words(summary, kind, reason),
                reason: if reason.is_empty() {
                    sentence(facts.language, "no-reason", &[])
                } else {
                    label::reason(summary, reason).into_owned()
                },
                count: Figure::count(id("count"), tally.count),
                difference: Figure::difference(id("difference"), Some(tally.money)),
            }
        })
        .collect();
    (rows, reasons)
}
