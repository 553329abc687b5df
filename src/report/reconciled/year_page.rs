//! `reconcile.html` of a year: each programme's twelve months, what came back, what is outstanding, and
//! each fund against its budget. Every figure has a name, as on a run's page.

use std::io;

use minijinja::context;
use serde::Serialize;

use super::Shown;
use crate::domain::{Money, Month, Tally};
use crate::reconcile::year::{FundFacts, Year, YearCell};
use crate::report::label::permille;
use crate::report::page::figure::{self, Figure};
use crate::report::page::{render, serde, style};
use crate::words::Language;

const TEMPLATE: &str = include_str!("year.html");
const CHART_HEIGHT: u32 = 90;
const CHART_STEP: u32 = 84;

/// What is told of a cell, in the order of the columns.
pub(super) const MEASURES: [&str; 9] = [
    "paid",
    "returned",
    "bank_difference",
    "repaid",
    "offset",
    "written_off",
    "payable",
    "receivable",
    "unanswered",
];

/// The code of a measure's heading. What a year paid is what its runs released, answered or not.
pub(super) fn heading(measure: &str) -> &'static str {
    match measure {
        "paid" => "column-released",
        "returned" => "column-given-back",
        "bank_difference" => "column-bank_difference",
        "repaid" => "column-repaid",
        "offset" => "column-offset",
        "written_off" => "column-written_off",
        "payable" => "column-payable",
        "receivable" => "column-receivable",
        _ => "column-unanswered",
    }
}

/// The amounts of a cell, in the order of [`MEASURES`].
pub(super) fn amounts(cell: &YearCell) -> [Money; 9] {
    [
        cell.paid.money,
        cell.returned,
        cell.difference,
        cell.repaid,
        cell.offset,
        cell.written_off,
        cell.payable,
        cell.receivable,
        cell.unanswered.money,
    ]
}

/// A row of measures.
#[derive(Serialize)]
struct Row {
    name: String,
    payments: Figure,
    figures: Vec<Figure>,
    /// Paid by month, for the first table.
    paid: Vec<Figure>,
    months: Vec<Row>,
}

#[derive(Serialize)]
struct MonthColumn {
    month: String,
    known: bool,
    total: Figure,
    x: u32,
    y: u32,
    height: u32,
}

#[derive(Serialize)]
struct Fund {
    name: String,
    appropriation: Figure,
    charged: Figure,
    restored: Figure,
    left: Figure,
    used: Figure,
    stated: bool,
    width: u16,
}

#[derive(Serialize)]
struct Card {
    label: String,
    figure: Figure,
    note: String,
}

#[derive(Serialize)]
struct Odd {
    what: String,
    place: String,
    amount: Figure,
}

fn row(name: String, id: &str, cell: &YearCell) -> Row {
    let figures = MEASURES
        .iter()
        .zip(amounts(cell))
        .map(|(measure, money)| Figure::some_money(format!("{id}.{measure}"), money))
        .collect();
    Row {
        name,
        payments: Figure::some_count(format!("{id}.payments"), cell.paid.count),
        figures,
        paid: Vec::new(),
        months: Vec::new(),
    }
}

/// All programmes together: by month of the year, and the year.
pub(super) fn together(result: &Year) -> ([Option<YearCell>; 12], YearCell) {
    let mut months: [Option<YearCell>; 12] = std::array::from_fn(|_| None);
    let mut whole = YearCell::default();
    for row in &result.rows {
        for (sum, cell) in months.iter_mut().zip(&row.months) {
            if let Some(cell) = cell {
                *sum.get_or_insert_default() += cell;
            }
        }
        whole += &row.total;
    }
    (months, whole)
}

/// A month of the year, `2023-02`.
pub(super) fn month_name(year: i32, position: usize) -> String {
    Month::new(year, position as u32 + 1).map(|month| month.to_string()).unwrap_or_default()
}

fn rows(shown: &Shown<'_>, result: &Year) -> Vec<Row> {
    result
        .rows
        .iter()
        .map(|of| {
            let code = shown.code(of.programme);
            let name = |position| month_name(result.year, position);
            let paid = of.months.iter().enumerate().map(|(position, cell)| {
                let money = cell.as_ref().map_or(Money::ZERO, |cell| cell.paid.money);
                Figure::some_money(format!("year.{code}.{}.paid", name(position)), money)
            });
            let months = of.months.iter().enumerate().filter_map(|(position, cell)| {
                let id = format!("year.{code}.{}", name(position));
                Some(row(name(position), &id, cell.as_ref()?))
            });
            Row {
                paid: paid.collect(),
                months: months.collect(),
                ..row(shown.name(of.programme).to_owned(), &format!("year.{code}.total"), &of.total)
            }
        })
        .collect()
}

fn columns(result: &Year, months: &[Option<YearCell>; 12]) -> Vec<MonthColumn> {
    let paid = |cell: &Option<YearCell>| cell.as_ref().map_or(Money::ZERO, |cell| cell.paid.money);
    let largest = months.iter().map(paid).max().unwrap_or_default();
    (0..)
        .zip(months)
        .map(|(position, cell)| {
            let month = month_name(result.year, position as usize);
            let height = u32::from(permille(paid(cell).fen(), largest.fen())) * CHART_HEIGHT / 1000;
            MonthColumn {
                known: cell.is_some(),
                total: Figure::some_money(format!("year.total.{month}.paid"), paid(cell)),
                month,
                x: position * CHART_STEP,
                y: CHART_HEIGHT - height,
                height,
            }
        })
        .collect()
}

fn fund(shown: &Shown<'_>, fund: &FundFacts) -> Fund {
    let id = |part: &str| format!("fund.{}.{part}", fund.code);
    let net = fund.charged - fund.restored;
    let whole = fund.appropriation.map_or(0, Money::fen);
    Fund {
        name: fund.name.to_string(),
        appropriation: match fund.appropriation {
            Some(money) => Figure::money(id("appropriation"), money),
            None => Figure::text(
                id("appropriation"),
                shown.say(if fund.partial { "part-stated" } else { "not-stated" }),
            ),
        },
        charged: Figure::money(id("charged"), fund.charged),
        restored: Figure::some_money(id("restored"), fund.restored),
        left: fund.left().map_or(Figure::text(id("left"), ""), |left| Figure::money(id("left"), left)),
        used: Figure::text(id("used"), figure::share(net.fen(), whole)),
        stated: fund.appropriation.is_some(),
        width: permille(net.fen(), whole),
    }
}

fn cards(shown: &Shown<'_>, whole: &YearCell) -> Vec<Card> {
    let counted = |tally: Tally| {
        shown.say_with("payments-count", &[("count", tally.count.to_string().as_str().into())])
    };
    let recovered = whole.repaid + whole.offset;
    let card = |label: &str, part: &str, money: Money, note: String| Card {
        label: shown.say(label),
        figure: Figure::money(format!("card.{part}"), money),
        note,
    };
    vec![
        card("column-released", "paid", whole.paid.money, counted(whole.paid)),
        card("column-given-back", "returned", whole.returned, shown.say("card-returned")),
        card("card-recovered", "recovered", recovered, shown.say("card-recovered-help")),
        card("card-outstanding", "receivable", whole.receivable, shown.say("card-outstanding-help")),
    ]
}

/// The page.
///
/// # Errors
/// A mistake in the template.
pub(super) fn page(shown: &Shown<'_>, result: &Year) -> io::Result<Vec<u8>> {
    let say = |code: &str| shown.say(code);
    let (months, whole) = together(result);
    let good = result.disagreements.is_empty();
    let cycles: Vec<Row> = months
        .iter()
        .enumerate()
        .filter_map(|(position, cell)| {
            let name = month_name(result.year, position);
            Some(row(name.clone(), &format!("year.total.{name}"), cell.as_ref()?))
        })
        .collect();
    let odd: Vec<Odd> = (1..)
        .zip(&result.disagreements)
        .map(|(number, one)| Odd {
            what: say(&format!("disagreement-{}", one.what)),
            place: one.place.to_string(),
            amount: Figure::money(format!("disagreement.{number}"), one.amount),
        })
        .collect();
    let context = context! {
        lang => if shown.language == Language::Zh { "zh-CN" } else { "en" },
        style => style(),
        title => format!("{} {}", say("year-title"), result.year),
        bureau => shown.bureau,
        today => shown.today.to_string(),
        good => good,
        verdict => say(if good { "year-closes" } else { "year-open" }),
        verdict_help => say(if good { "year-closes-help" } else { "year-open-help" }),
        cards => serde(cards(shown, &whole)),
        disagreements => serde(odd),
        columns => serde(columns(result, &months)),
        rows => serde(rows(shown, result)),
        whole => serde(row(say("total"), "year.total.total", &whole)),
        cycles => serde(cycles),
        heads => serde(MEASURES.map(|measure| say(heading(measure)))),
        funds => serde(result.funds.iter().map(|one| fund(shown, one)).collect::<Vec<_>>()),
        words => context! {
            verdict => say("year-verdict"), paid_by_month => say("year-paid"), measures => say("year-measures"),
            measures_help => say("year-measures-help"), cycles => say("year-cycles"), budget => say("budget"),
            each => say("year-each"), programme => say("column-programme"), total => say("total"),
            payments => say("column-count"), cycle => say("column-cycle"), fund => say("column-fund"),
            appropriation => say("column-appropriation"), charged => say("column-charged"),
            restored => say("column-restored"), left => say("column-left"), what => say("column-what"),
            where => say("column-where"), amount => say("column-amount"), disagreements => say("disagreements"),
        },
    };
    let mut bytes = Vec::new();
    render(shown.language, "year.html", TEMPLATE, context, &mut bytes)?;
    Ok(bytes)
}
