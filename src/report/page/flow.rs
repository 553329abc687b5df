//! The way from roster rows to bank files as a picture: a bar a station, as high as its count, a ribbon
//! to the next, and below each what left the way there. Whole numbers only.

use serde::Serialize;

use crate::assess::Outcome;
use crate::domain::{Border, Tally};

use super::super::label::{self, label, sentence};
use super::super::people::grouped_count;
use super::super::summary::{OUTCOMES, Summary};
use super::figure::Figure;

/// Height of the largest bar.
const HEIGHT: u64 = 62;
/// Where bars end at the bottom.
const FLOOR: u64 = 104;
/// Distance between two stations.
const STEP: u64 = 116;
/// Width of a bar.
const WIDTH: u64 = 12;

/// A station of the way.
#[derive(Debug, Serialize)]
pub struct Station {
    /// Left edge.
    pub x: u64,
    /// Upper edge.
    pub y: u64,
    /// Height.
    pub height: u64,
    /// Corners of the ribbon to the next station; empty for the last.
    pub ribbon: String,
    /// Words.
    pub label: String,
    /// How many.
    pub count: Figure,
    /// What left the way here.
    pub aside: Vec<Aside>,
}

/// What left the way.
#[derive(Debug, Serialize)]
pub struct Aside {
    /// Baseline of its words.
    pub y: u64,
    /// Words.
    pub label: String,
    /// How many.
    pub count: Figure,
}

/// The stations, left to right.
pub fn flow(summary: &Summary<'_>) -> Vec<Station> {
    let facts = summary.facts;
    let named = |name: &'static str| {
        facts.borders.iter().filter(move |border| border.name == name && !border.of.contains('/'))
    };
    let sum = |borders: &mut dyn Iterator<Item = &Border>, part: fn(&Border) -> Tally| {
        borders.fold(Tally::default(), |sum, border| sum + part(border)).count
    };
    let rows = sum(&mut named("rows-claims"), |border| border.entered);
    let claims = sum(&mut named("claims-decisions"), |border| border.entered);
    let decided = sum(&mut named("claims-decisions"), |border| border.out);
    let aside = |name: &'static str| {
        named(name).flat_map(|border| &border.set_aside).map(|(reason, tally)| (reason.clone(), tally.count))
    };
    let outcome = |outcome: Outcome| -> u64 {
        let place = OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(0);
        summary.programmes.iter().map(|figures| figures.outcomes[place]).sum()
    };
    let not_entitled = [Outcome::NotCurrent, Outcome::Refused, Outcome::Barred, Outcome::Nil]
        .map(|of| (of.word().to_owned(), outcome(of)));
    let entitled = outcome(Outcome::Entitled);
    // One row may claim from several programmes, and the rows of a household are one claim.
    let claimed = entitled + not_entitled.iter().map(|(_, count)| count).sum::<u64>();
    let due = sum(&mut named("due-payments"), |border| border.entered);
    let paid = sum(&mut named("due-payments"), |border| border.out);
    let mut left_out: Vec<(String, u64)> = aside("claims-decisions").collect();
    left_out.push(("refused-section".to_owned(), rows.saturating_sub(claims)));
    let (offset, held): (Vec<_>, Vec<_>) = aside("due-payments").partition(|(reason, _)| reason == "offset");
    let mut waiting = vec![("held".to_owned(), held.iter().map(|(_, count)| count).sum())];
    waiting.extend(offset);
    let stations = [
        ("rows", rows, left_out),
        ("decided", decided, Vec::new()),
        ("claims", claimed, Vec::new()),
        ("entitled", entitled, not_entitled.to_vec()),
        ("due", due, waiting),
        ("paid", paid, Vec::new()),
    ];
    draw(summary, &stations)
}

/// Code, count, and what left the way there.
type Stop<'a> = (&'a str, u64, Vec<(String, u64)>);

fn draw(summary: &Summary<'_>, stations: &[Stop<'_>]) -> Vec<Station> {
    let language = summary.facts.language;
    let largest = stations.iter().map(|(_, count, _)| *count).max().unwrap_or(0).max(1);
    let height = |count: u64| if count == 0 { 0 } else { (count * HEIGHT / largest).max(1) };
    let left = |position: usize| position as u64 * STEP + 8;
    stations
        .iter()
        .enumerate()
        .map(|(position, (code, count, aside))| {
            let (x, top) = (left(position), FLOOR - height(*count));
            let ribbon = stations.get(position + 1).map_or(String::new(), |(_, next, _)| {
                let (from, to) = (x + WIDTH, left(position + 1));
                format!("{from},{top} {to},{} {to},{FLOOR} {from},{FLOOR}", FLOOR - height(*next))
            });
            let aside = aside.iter().filter(|(_, count)| *count > 0);
            Station {
                x,
                y: top,
                height: height(*count),
                ribbon,
                label: sentence(language, &format!("flow-{code}"), &[]),
                count: Figure::text(format!("flow.{code}"), grouped_count(*count)),
                aside: (0..)
                    .zip(aside)
                    .map(|(line, (reason, count))| Aside {
                        y: FLOOR + 16 + line * 15,
                        label: words(summary, reason),
                        count: Figure::count(format!("flow.{code}.{reason}"), *count),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn words(summary: &Summary<'_>, reason: &str) -> String {
    let known = ["outcome", "waiting"]
        .map(|kind| label(summary.facts.language, kind, reason))
        .into_iter()
        .find(|words| words != reason);
    known.unwrap_or_else(|| label::reason(summary, reason).into_owned())
}
