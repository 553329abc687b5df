//! Why money moved, what waits and how long, what townships declared against what was computed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Money, Month, PostingKind, Tally};

use super::super::super::label::{label, sentence};
use super::super::super::summary::Summary;
use super::super::figure::Figure;

/// Arrears or recoveries of one cause in one programme.
#[derive(Debug, Serialize)]
pub struct Cause {
    kind: String,
    programme: String,
    cause: String,
    lines: Figure,
    money: Figure,
}

/// Arrears, advances and recoveries by programme and cause.
pub fn causes(summary: &Summary<'_>) -> Vec<Cause> {
    let facts = summary.facts;
    summary
        .differences
        .iter()
        .filter(|((kind, _, _), _)| {
            matches!(kind, PostingKind::Advance | PostingKind::Arrears | PostingKind::Recovery)
        })
        .map(|((kind, programme, cause), tally)| {
            let word = cause.map_or("", |cause| cause.word());
            let id = format!("cause.{}.{}.{word}", kind.word(), facts.code(*programme));
            Cause {
                kind: label(facts.language, "kind", kind.word()),
                programme: facts.rulebook.rule(*programme).name.to_string(),
                cause: cause.map_or(String::new(), |cause| label(facts.language, "cause", cause.word())),
                lines: Figure::count(format!("{id}.lines"), tally.count),
                money: Figure::money(format!("{id}.money"), tally.money),
            }
        })
        .collect()
}

/// Open money of one kind, by how long it has waited.
#[derive(Debug, Serialize)]
pub struct AgeRow {
    label: String,
    bands: Vec<Figure>,
    count: Figure,
    money: Figure,
    oldest: Figure,
}

/// The last month of each band but the last, which is open.
const BANDS: [u64; 4] = [1, 3, 6, 12];

/// Names of the bands, in months.
pub fn bands() -> Vec<String> {
    let mut first = 1;
    let mut names: Vec<String> = BANDS
        .iter()
        .map(|last| {
            let name = if first == *last { last.to_string() } else { format!("{first}–{last}") };
            first = last + 1;
            name
        })
        .collect();
    names.push(format!("≥ {first}"));
    names
}

/// Holds by reason, returns and receivables, each with its age in months, this one included.
pub fn ages(summary: &Summary<'_>) -> Vec<AgeRow> {
    let facts = summary.facts;
    #[derive(Default)]
    struct Sum {
        bands: [u64; BANDS.len() + 1],
        tally: Tally,
        oldest: u64,
    }
    let mut sums: BTreeMap<(u8, &str), Sum> = BTreeMap::new();
    let mut add = |kind: u8, word: &'static str, since: Month, money: Money| {
        let months = facts.cycle.months_since(since).max(0) as u64 + 1;
        let sum = sums.entry((kind, word)).or_default();
        sum.bands[BANDS.iter().position(|last| months <= *last).unwrap_or(BANDS.len())] += 1;
        sum.tally.add(money);
        sum.oldest = sum.oldest.max(months);
    };
    for held in &facts.plan.held {
        add(0, held.hold.word(), held.since, held.amount);
    }
    for returned in facts.returned {
        add(1, "returned", returned.cycle, returned.amount);
    }
    for balance in facts.plan.balances.iter().filter(|balance| balance.balance.is_negative()) {
        add(2, "receivable", balance.line.month, balance.balance);
    }
    sums.into_iter()
        .map(|((kind, word), sum)| {
            let waiting = |word: &str| label(facts.language, "waiting", word);
            let id = |part: &str| format!("age.{word}.{part}");
            AgeRow {
                label: match kind {
                    0 => format!("{} · {}", waiting("held"), label(facts.language, "hold", word)),
                    _ => waiting(word),
                },
                bands: bands()
                    .iter()
                    .zip(sum.bands)
                    .map(|(band, count)| Figure::some_count(id(band), count))
                    .collect(),
                count: Figure::count(id("count"), sum.tally.count),
                money: Figure::money(id("money"), sum.tally.money),
                oldest: Figure::count(id("oldest"), sum.oldest),
            }
        })
        .collect()
}

/// Declared amounts of a roster and township beside what the rules give.
#[derive(Debug, Serialize)]
pub struct DeclaredRow {
    roster: String,
    township: String,
    rows: Figure,
    differing: Figure,
    declared: Figure,
    computed: Figure,
    difference: Figure,
}

/// By roster and township, the largest difference first within a roster.
pub fn declared(summary: &Summary<'_>) -> Vec<DeclaredRow> {
    let facts = summary.facts;
    summary
        .declared
        .iter()
        .map(|total| {
            let township = total.township.unwrap_or("");
            let id = |part: &str| format!("declared.{}.{township}.{part}", total.roster);
            let roster = facts.rulebook.rosters.iter().find(|roster| roster.code == total.roster);
            let difference = Money::from_fen(total.difference_fen);
            DeclaredRow {
                roster: roster.map_or(total.roster, |roster| &roster.name).to_owned(),
                township: named(summary, total.township),
                rows: Figure::count(id("rows"), total.rows),
                differing: Figure::some_count(id("differing"), total.differing),
                declared: Figure::money(id("declared"), Money::from_fen(total.declared_fen)),
                computed: Figure::money(id("computed"), Money::from_fen(total.computed_fen)),
                difference: Figure::difference(id("difference"), Some(difference)),
            }
        })
        .collect()
}

pub(super) fn named(summary: &Summary<'_>, township: Option<&str>) -> String {
    township.map_or_else(|| sentence(summary.facts.language, "township-unknown", &[]), str::to_owned)
}
