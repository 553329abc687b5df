//! Monthly statistics (月报) written down: `statistics.csv`, `statistics_townships.csv`,
//! `statistics_checks.csv` and `statistics.xlsx`, the form as civil affairs offices publish it. In: a
//! [`Statistics`]. Out: bytes by file name. Nothing is computed here but per-head amounts.

mod book;

use std::io;

use crate::domain::{Money, Programme};
use crate::reconcile::statistics::{Figures, Row as StatisticsRow, Statistics};
use crate::settle::statistics::{Area, Counts};

use super::encode::{Row, write_rows};
use super::label::sentence;
use super::reconciled::Shown;

const STATISTICS: &[&str] = &[
    "cycle",
    "period",
    "programme",
    "programme_name",
    "area",
    "households",
    "persons",
    "entitled",
    "current",
    "arrears",
    "advance",
    "offset",
    "fresh",
    "fresh_wan",
    "reissued",
    "released",
    "per_person",
];

const TOWNSHIPS: &[&str] = &[
    "cycle",
    "period",
    "programme",
    "programme_name",
    "township",
    "area",
    "households",
    "persons",
    "fresh",
    "reissued",
    "released",
];

const CHECKS: &[&str] = &["check", "compared", "holds", "place", "left", "right", "meaning"];

/// The files.
///
/// # Errors
/// What the workbook's format refuses; a bug.
pub fn files(shown: &Shown<'_>, statistics: &Statistics) -> io::Result<Vec<(String, Vec<u8>)>> {
    let cycle = statistics.cycle;
    let mut rows = Vec::new();
    let lines: Vec<(&StatisticsRow, bool)> =
        statistics.rows.iter().flat_map(|row| [(row, false), (row, true)]).collect();
    write_rows(&mut rows, STATISTICS, &lines, |(line, year), row| {
        let figures = if *year { &line.year } else { &line.month };
        row.month(cycle).word(if *year { "year" } else { "month" });
        match line.programme {
            Some(programme) => row.word(shown.code(programme)).text(shown.name(programme)),
            None => row.word("*").empty(),
        };
        row.word(line.area.map_or("*", Area::word));
        people(row, by_household(line.programme, &line.year.counts), &figures.counts);
        let Counts { current, arrears, advance, offset, .. } = figures.counts;
        row.money(figures.counts.entitled).money(current).money(arrears).money(advance).money(offset);
        row.money(figures.counts.fresh()).word(&figures.fresh.to_string());
        row.money(figures.counts.reissued).money(figures.counts.paid);
        row.optional_money(per_person(line.programme, figures));
    })?;
    let mut townships = Vec::new();
    let lines: Vec<_> = statistics.townships.iter().flat_map(|row| [(row, false), (row, true)]).collect();
    write_rows(&mut townships, TOWNSHIPS, &lines, |(line, year), row| {
        let counts = if *year { &line.year } else { &line.month };
        row.month(cycle).word(if *year { "year" } else { "month" });
        row.word(shown.code(line.programme)).text(shown.name(line.programme));
        row.text(&line.name).word(line.area.word());
        people(row, by_household(Some(line.programme), &line.year), counts);
        row.money(counts.fresh()).money(counts.reissued).money(counts.paid);
    })?;
    let mut checks = Vec::new();
    let lines: Vec<_> = statistics
        .checks
        .iter()
        .flat_map(|check| {
            let failed = check.failed.iter().map(move |failed| (check, Some(failed)));
            failed.chain(check.failed.is_empty().then_some((check, None)))
        })
        .collect();
    write_rows(&mut checks, CHECKS, &lines, |(check, failed), row| {
        row.word(check.code).number(check.compared).word(if failed.is_none() { "yes" } else { "no" });
        match failed {
            Some((place, left, right)) => row.text(place).text(left).text(right),
            None => row.empty().empty().empty(),
        };
        row.text(&meaning(shown, check.code));
    })?;
    Ok(vec![
        ("statistics.csv".to_owned(), rows),
        ("statistics_townships.csv".to_owned(), townships),
        ("statistics_checks.csv".to_owned(), checks),
        ("statistics.xlsx".to_owned(), book::workbook(shown, statistics)?),
    ])
}

/// Households stay empty for programmes whose unit is the person.
fn people(row: &mut Row<'_>, by_household: bool, counts: &Counts) {
    if by_household {
        row.number(counts.households);
    } else {
        row.empty();
    }
    row.number(counts.persons);
}

fn by_household(programme: Option<Programme>, year: &Counts) -> bool {
    programme.is_none() || year.households > 0
}

/// Entitlement a head, half-up to the fen.
/// None over all programmes: their people are not one kind.
fn per_person(programme: Option<Programme>, figures: &Figures) -> Option<Money> {
    let persons = i64::try_from(figures.counts.persons).ok().filter(|persons| *persons > 0)?;
    programme?;
    let fen = figures.counts.entitled.fen();
    Some(Money::from_fen((2 * fen + persons).div_euclid(2 * persons)))
}

fn say(shown: &Shown<'_>, code: &str) -> String {
    sentence(shown.language, &format!("statistics-{code}"), &[])
}

/// What a check compares, in words.
fn meaning(shown: &Shown<'_>, code: &str) -> String {
    crate::words::say(shown.language, &format!("reconcile-check-{code}"), &[])
}
