//! What the first screen says: the programmes against last month, the borders, the stop limits.

use serde::Serialize;

use crate::domain::{Border, Money, Programme, Tally};

use super::super::label::{self, label, percent, permille, sentence};
use super::super::people::{grouped, grouped_count};
use super::super::summary::{ProgrammeFigures, Summary};
use super::figure::{self, Figure};
use super::geometry::{self, Bar};

/// A programme's row, or the last row of all.
#[derive(Debug, Serialize)]
pub struct ProgrammeRow {
    name: String,
    code: String,
    people: Figure,
    payments: Figure,
    paid: Figure,
    share: Figure,
    width: u16,
    before: Figure,
    difference: Figure,
    percent: Figure,
    current: Figure,
    arrears: Figure,
    advance: Figure,
    reissued: Figure,
    offset: Figure,
    recovery: Figure,
    held: Figure,
    receivable: Figure,
    bars: Vec<Bar>,
    months: String,
}

/// What the cycle before paid in all; `None` if there was none.
pub fn before_total(summary: &Summary<'_>) -> Option<Money> {
    let before = summary.facts.cycle.plus(-1);
    let mut of_before = summary.facts.history.iter().filter(|total| total.cycle == before).peekable();
    of_before.peek()?;
    Some(of_before.map(|total| total.paid.money).sum())
}

/// One row a programme with anything to show, and the sum.
pub fn programmes(summary: &Summary<'_>) -> Vec<ProgrammeRow> {
    let facts = summary.facts;
    let largest = summary.programmes.iter().map(|figures| figures.paid.money).max().unwrap_or_default();
    let compared = before_total(summary).is_some();
    let mut rows: Vec<ProgrammeRow> = summary
        .shown()
        .map(|(programme, figures)| {
            let rule = facts.rulebook.rule(programme);
            // A programme that the cycle before did not pay paid 0.00 then.
            let before = compared.then(|| figures.before.unwrap_or_default().money);
            let row = row(summary, &rule.code, figures, before);
            let series = series(summary, programme, figures.paid.money);
            ProgrammeRow {
                name: rule.name.to_string(),
                width: permille(figures.paid.money.fen(), largest.fen()),
                months: series.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>().join("; "),
                bars: geometry::columns(&series),
                ..row
            }
        })
        .collect();
    let whole = summary.programmes.iter().fold(ProgrammeFigures::default(), add);
    let total = row(summary, "total", &whole, before_total(summary));
    rows.push(ProgrammeRow { name: sentence(facts.language, "total", &[]), code: String::new(), ..total });
    rows
}

fn add(mut sum: ProgrammeFigures, figures: &ProgrammeFigures) -> ProgrammeFigures {
    sum.paid = sum.paid + figures.paid;
    sum.payments += figures.payments;
    sum.current += figures.current;
    sum.arrears += figures.arrears;
    sum.advance += figures.advance;
    sum.reissued += figures.reissued;
    sum.offset += figures.offset;
    sum.recovery = sum.recovery + figures.recovery;
    sum.held = sum.held + figures.held;
    sum.receivable = sum.receivable + figures.receivable;
    sum
}

fn row(summary: &Summary<'_>, code: &str, figures: &ProgrammeFigures, before: Option<Money>) -> ProgrammeRow {
    let id = |part: &str| format!("programme.{code}.{part}");
    let now = figures.paid.money;
    let share = figure::share(now.fen(), summary.total.money.fen());
    ProgrammeRow {
        name: String::new(),
        code: code.to_owned(),
        people: Figure::count(id("people"), figures.paid.count),
        payments: Figure::count(id("payments"), figures.payments),
        paid: Figure::money(id("paid"), now),
        share: Figure::text(id("share"), share),
        width: 0,
        before: Figure::text(id("before"), before.map_or(String::new(), grouped)),
        difference: Figure::difference(id("difference"), before.map(|before| now - before)),
        percent: Figure {
            negative: before.is_some_and(|before| now < before),
            ..Figure::text(
                id("percent"),
                before.map_or(String::new(), |before| percent(before.fen(), now.fen())),
            )
        },
        current: Figure::some_money(id("current"), figures.current),
        arrears: Figure::some_money(id("arrears"), figures.arrears),
        advance: Figure::some_money(id("advance"), figures.advance),
        reissued: Figure::some_money(id("reissued"), figures.reissued),
        offset: Figure::some_money(id("offset"), figures.offset),
        recovery: Figure::some_money(id("recovery"), figures.recovery.money),
        held: Figure::some_money(id("held"), figures.held.money),
        receivable: Figure::some_money(id("receivable"), figures.receivable.money),
        bars: Vec::new(),
        months: String::new(),
    }
}

/// Twelve months up to this one; months before the first cycle have no bar.
fn series(summary: &Summary<'_>, programme: Programme, now: Money) -> Vec<(String, Option<i64>)> {
    let facts = summary.facts;
    let mut series: Vec<(String, Option<i64>)> = (1..12)
        .rev()
        .map(|back| {
            let cycle = facts.cycle.plus(-back);
            let known = facts.history.iter().any(|total| total.cycle == cycle);
            let paid = facts
                .history
                .iter()
                .find(|total| total.cycle == cycle && total.programme == programme)
                .map_or(Money::ZERO, |total| total.paid.money);
            (format!("{cycle}: {}", grouped(paid)), known.then(|| paid.fen()))
        })
        .collect();
    series.push((format!("{}: {}", facts.cycle, grouped(now)), Some(now.fen())));
    series.retain(|(_, paid)| paid.is_some() || !facts.history.is_empty());
    series
}

/// A border, or several of one name folded into one line.
#[derive(Debug, Serialize)]
pub struct BorderRow {
    label: String,
    doors: u64,
    entered: [Figure; 2],
    out: [Figure; 2],
    aside: [Figure; 2],
    balances: bool,
    reasons: Vec<(String, [Figure; 2])>,
}

fn aside(border: &Border) -> Tally {
    border.set_aside.iter().fold(Tally::default(), |sum, (_, tally)| sum + *tally)
}

fn border_row(label: String, id: &str, doors: &[&Border]) -> BorderRow {
    let sum =
        |part: fn(&Border) -> Tally| doors.iter().fold(Tally::default(), |sum, border| sum + part(border));
    let id = |part: &str| format!("border.{id}.{part}");
    BorderRow {
        label,
        doors: doors.len() as u64,
        entered: Figure::tally(&id("in"), sum(|border| border.entered)),
        out: Figure::tally(&id("out"), sum(|border| border.out)),
        aside: Figure::tally(&id("aside"), sum(aside)),
        balances: doors.iter().all(|border| border.balances()),
        reasons: Vec::new(),
    }
}

/// The name of one of several doors: a roster, with its month where it is not the cycle's, or a register.
fn door(summary: &Summary<'_>, of: &str) -> String {
    let (month, code) = of.split_once('/').map_or((None, of), |(month, code)| (Some(month), code));
    let roster = summary.facts.rulebook.rosters.iter().find(|roster| roster.code == code);
    let name = match roster {
        Some(roster) => roster.name.to_string(),
        None => label(summary.facts.language, "register", code),
    };
    month.map_or(name.clone(), |month| format!("{name} {month}"))
}

/// Whether a door is of an earlier month's roster.
fn is_past(border: &Border) -> bool {
    border.of.contains('/')
}

/// The words of a border's name.
fn named(summary: &Summary<'_>, border: &Border) -> String {
    let name = label(summary.facts.language, "border", border.name);
    if is_past(border) {
        return sentence(summary.facts.language, "earlier-months", &[("border", &name)]);
    }
    name
}

/// The borders as the first screen shows them: those of one name that balance in one line, rosters of
/// earlier months in another, and each that does not balance in its own.
pub fn folded(summary: &Summary<'_>) -> Vec<BorderRow> {
    let facts = summary.facts;
    let mut kinds: Vec<(&str, bool)> = Vec::new();
    for border in facts.borders {
        let kind = (border.name, is_past(border));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut rows = Vec::new();
    for (name, past) in kinds {
        let of_kind = |border: &&Border| border.name == name && is_past(border) == past;
        let (even, odd): (Vec<&Border>, Vec<&Border>) =
            facts.borders.iter().filter(of_kind).partition(|border| border.balances());
        rows.extend(odd.iter().map(|border| own_line(summary, border)));
        if let Some(first) = even.first() {
            let id = if past { format!("{name}/past") } else { name.to_owned() };
            rows.push(border_row(named(summary, first), &id, &even));
        }
    }
    rows
}

/// Why more goes into the decisions than came out of this month's rosters: the rows that could not be read go
/// on as rejected. Empty where there is none.
pub fn bridge(summary: &Summary<'_>) -> String {
    let facts = summary.facts;
    let of = |name: &str, part: fn(&Border) -> Tally| -> u64 {
        let doors = facts.borders.iter().filter(|border| border.name == name && !is_past(border));
        doors.map(|border| part(border).count).sum()
    };
    let entered = of("claims-decisions", |border| border.entered);
    let count = entered.saturating_sub(of("rows-claims", |border| border.out));
    if count == 0 {
        return String::new();
    }
    sentence(facts.language, "bridge", &[("count", &grouped_count(count))])
}

/// A border's name with its door, in words.
pub fn border_name(summary: &Summary<'_>, border: &Border) -> String {
    let name = label(summary.facts.language, "border", border.name);
    if border.of.is_empty() { name } else { format!("{name} · {}", door(summary, &border.of)) }
}

fn own_line(summary: &Summary<'_>, border: &Border) -> BorderRow {
    border_row(border_name(summary, border), &format!("{}/{}", border.name, border.of), &[border])
}

/// Every border with its name, and what it sets aside; rosters of an earlier month that balance in one line
/// a month.
pub fn borders(summary: &Summary<'_>) -> Vec<BorderRow> {
    let mut groups: Vec<(String, Vec<&Border>)> = Vec::new();
    for border in summary.facts.borders {
        let of = match border.of.split_once('/') {
            Some((month, _)) if border.balances() => month,
            _ => &border.of,
        };
        let id = format!("{}/{of}", border.name);
        match groups.iter_mut().find(|(known, _)| *known == id) {
            Some((_, doors)) => doors.push(border),
            None => groups.push((id, vec![border])),
        }
    }
    groups
        .iter()
        .map(|(id, doors)| {
            let row = match doors[..] {
                [one] if !is_past(one) || !one.balances() => own_line(summary, one),
                _ => {
                    let month = id.rsplit('/').next().unwrap_or("");
                    let name = label(summary.facts.language, "border", doors[0].name);
                    border_row(format!("{name} · {month}"), id, doors)
                }
            };
            BorderRow { reasons: reasons(summary, id, doors), ..row }
        })
        .collect()
}

/// What borders set aside, by reason, in the order in which they say it.
fn reasons(summary: &Summary<'_>, id: &str, doors: &[&Border]) -> Vec<(String, [Figure; 2])> {
    let mut sums: Vec<(&str, Tally)> = Vec::new();
    for (reason, tally) in doors.iter().flat_map(|border| &border.set_aside) {
        match sums.iter_mut().find(|(known, _)| known == reason) {
            Some((_, sum)) => *sum = *sum + *tally,
            None => sums.push((reason, *tally)),
        }
    }
    sums.into_iter()
        .filter(|(_, tally)| *tally != Tally::default())
        .map(|(reason, tally)| {
            let figures = Figure::tally(&format!("border.{id}.{}", reason.replace(' ', "-")), tally);
            (label::reason(summary, reason).into_owned(), figures)
        })
        .collect()
}

/// A stop limit that was reached.
#[derive(Debug, Serialize)]
pub struct LimitRow {
    label: String,
    subject: String,
    figure: Figure,
    limit: Figure,
    code: String,
}

/// The limits, in the order in which they are checked.
pub fn limits(summary: &Summary<'_>) -> Vec<LimitRow> {
    let facts = summary.facts;
    (1..)
        .zip(facts.limits)
        .map(|(number, limit)| {
            let number: u64 = number;
            let programme = facts.rulebook.programme(&limit.programme);
            let name = programme.map_or(limit.programme.as_str(), |found| &facts.rulebook.rule(found).name);
            let parts = [name, limit.township.as_str(), limit.subject.as_str()];
            LimitRow {
                label: label(facts.language, "limit", &limit.name),
                subject: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
                figure: Figure::text(format!("limit.{number}.found"), figure::separated(&limit.figure)),
                limit: Figure::text(format!("limit.{number}.allowed"), figure::separated(&limit.limit)),
                code: limit.name.to_string(),
            }
        })
        .collect()
}
