//! `reconciliation.html`: one self-contained page (DESIGN §12). Everything is rendered here from the
//! summary; the page's script only searches, filters and sorts what stands there already, and
//! without it all of it can be read. No network, no file beside it. Every figure has a stable name
//! ([`figure::Figure`]).

pub mod figure;
mod first;
mod flow;
mod geometry;
mod lists;
mod sections;
mod todo;

pub(super) use first::border_name;

use std::io::{self, Write};

use chrono::Datelike;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::words::Language;

use super::facts::{ChangeKind, RunFacts};
use super::label::{label, percent, sentence};
use super::summary::Summary;
use figure::Figure;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A template environment that speaks the report's language: `t(code)` is the catalogue's
/// `report-page-<code>`. Escapes HTML; an unknown name in a template is an error.
pub(super) fn environment(language: Language) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_function("t", move |code: String| sentence(language, &code, &[]));
    environment
}

/// Renders a template of this room.
///
/// # Errors
/// What the writer says; a mistake in the template itself, as an error of kind `Other`.
pub(super) fn render(
    language: Language,
    name: &'static str,
    template: &'static str,
    context: Value,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut environment = environment(language);
    environment.add_template(name, template).map_err(io::Error::other)?;
    let page = environment.get_template(name).and_then(|template| template.render(context));
    out.write_all(page.map_err(io::Error::other)?.as_bytes())
}

/// A value of ours as templates see it.
pub(super) fn serde<T: Serialize>(value: T) -> Value {
    Value::from(Serde(value))
}

/// Style and script of the report's pages, safe to stand in them.
pub(super) fn style() -> Value {
    Value::from_safe_string(STYLE.to_owned())
}

/// See [`style`].
pub(super) fn script() -> Value {
    Value::from_safe_string(SCRIPT.to_owned())
}

/// Writes the page.
///
/// # Errors
/// What the writer says.
pub fn page(summary: &Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    let facts = summary.facts;
    let language = facts.language;
    let before = first::before_total(summary);
    let total = summary.total.money;
    let (todo, waiting) = todo::todo(summary);
    let (month_columns, month_rows) = sections::months(summary);
    let (change_rows, change_reasons) = sections::changes(summary);
    let (inputs, input_count) = sections::inputs(summary);
    let unbalanced = facts.borders.iter().filter(|border| !border.balances()).count();
    let context = context! {
        lang => if language == Language::Zh { "zh-CN" } else { "en" },
        style => style(),
        script => script(),
        printed => lists::PRINTED,
        bureau => facts.bureau,
        run => facts.run,
        dry => facts.run == 0,
        kind => label(language, "run", facts.kind.word()),
        cycle => facts.cycle.to_string(),
        today => facts.today.to_string(),
        by => facts.by,
        months => months_text(facts),
        pay_by => serde(pay_by(facts)),
        balances => summary.balances(),
        balance_text => match unbalanced {
            0 => sentence(language, "balanced", &[("count", &facts.borders.len().to_string())]),
            count => sentence(language, "unbalanced", &[("count", &count.to_string())]),
        },
        total => serde(Figure::money("total.money", total)),
        payments => serde(Figure::count("total.payments", summary.total.count)),
        compared => before.is_some(),
        total_difference => serde(Figure::difference("total.difference", before.map(|before| total - before))),
        total_percent => serde(Figure::text(
            "total.percent",
            before.map_or(String::new(), |before| percent(before.fen(), total.fen())),
        )),
        waiting => serde(Figure::count("todo.people", waiting)),
        programmes => serde(first::programmes(summary)),
        folded => serde(first::folded(summary)),
        borders => serde(first::borders(summary)),
        limits => serde(first::limits(summary)),
        todo => serde(todo),
        bridge => first::bridge(summary),
        flow => serde(flow::flow(summary)),
        month_columns => serde(month_columns),
        month_rows => serde(month_rows),
        change_kinds => serde(ChangeKind::ALL.map(|kind| label(language, "change", kind.word()))),
        change_rows => serde(change_rows),
        change_reasons => serde(change_reasons),
        causes => serde(sections::causes(summary)),
        bands => serde(sections::bands()),
        ages => serde(sections::ages(summary)),
        declared => serde(sections::declared(summary)),
        townships => serde(sections::townships(summary)),
        banks => serde(sections::banks(summary)),
        budgets => serde(sections::budgets(summary)),
        rests => serde(sections::rests(summary)),
        lists => context! {
            changes => serde(lists::changes(summary)),
            differences => serde(lists::differences(summary)),
            held => serde(lists::held(summary)),
            receivable => serde(lists::receivables(summary)),
            returned => serde(lists::returned(summary)),
            undecided => serde(lists::undecided(summary)),
            largest => serde(lists::largest(summary)),
            findings => serde(lists::findings(summary)),
        },
        inputs => serde(inputs),
        input_count => input_count,
        bank_files => serde(sections::bank_files(summary)),
        ledger_head => facts.ledger_head,
        policy => context! { name => facts.rulebook.name.as_str(), digest => facts.rulebook.digest.as_str() },
        tool => format!("disburse {} · {}", env!("CARGO_PKG_VERSION"), facts.rules_version),
    };
    render(language, "page.html", TEMPLATE, context, out)
}

fn months_text(facts: &RunFacts<'_>) -> String {
    match facts.months {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first} – {last}"),
    }
}

#[derive(Serialize)]
struct PayBy {
    date: String,
    weekday: String,
    left: Figure,
    class: &'static str,
    table_known: bool,
}

fn pay_by(facts: &RunFacts<'_>) -> PayBy {
    let (date, left) = (facts.pay_by.date, facts.pay_by.working_days_left);
    let code = match left {
        left if left < 0 => "days-past",
        0 => "days-today",
        _ => "days-left",
    };
    let days = left.unsigned_abs().to_string();
    PayBy {
        date: date.to_string(),
        weekday: sentence(facts.language, &format!("weekday-{}", date.weekday().num_days_from_monday()), &[]),
        left: Figure::text("pay-by.left", sentence(facts.language, code, &[("days", &days)])),
        class: match left {
            left if left < 0 => "bad",
            0..=2 => "warn",
            _ => "good",
        },
        table_known: facts.pay_by.table_known,
    }
}
