//! `reconciliation.html`: one self-contained page (DESIGN §12). Everything is rendered here from the
//! summary; the page's script only searches, filters and sorts what stands there already, and
//! without it all of it can be read. No network, no file beside it.

use std::io::{self, Write};

use chrono::Datelike;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::domain::{Border, Money, Tally};
use crate::policy::Status;
use crate::words::Language;

use super::facts::{ChangeKind, RunFacts};
use super::geometry::{self, Bar, Segment};
use super::label::{self, cells, label, percent, permille, sentence, signed};
use super::page_rows;
use super::people::{grouped, grouped_count};
use super::summary::{OUTCOMES, Summary};

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

#[derive(Serialize)]
struct BorderRow {
    label: String,
    entered: (String, String),
    out: (String, String),
    aside: (String, String),
    balances: bool,
    reasons: Vec<(String, String, String)>,
    bar: Vec<Segment>,
}

#[derive(Serialize)]
struct ProgrammeRow {
    name: String,
    code: String,
    people: String,
    paid: String,
    before: String,
    difference: String,
    percent: String,
    rose: bool,
    fell: bool,
    current: String,
    arrears: String,
    advance: String,
    reissued: String,
    offset: String,
    recovery: String,
    held: String,
    receivable: String,
    bars: Vec<Bar>,
    months: String,
}

#[derive(Serialize)]
struct Todo {
    label: String,
    people: String,
    months: String,
    oldest: String,
    money: String,
    file: &'static str,
    anchor: &'static str,
}

#[derive(Serialize)]
struct Place {
    name: String,
    people: String,
    money: String,
    share: String,
    width: u16,
}

#[derive(Serialize)]
struct Cause {
    kind: String,
    programme: String,
    cause: String,
    lines: String,
    money: String,
    negative: bool,
}

#[derive(Serialize)]
struct Budget {
    name: String,
    appropriation: String,
    charged: String,
    this_run: String,
    left: String,
    short: bool,
    stated: bool,
    charged_width: u16,
    run_width: u16,
    used: String,
}

#[derive(Serialize)]
struct RestsRow {
    name: String,
    code: String,
    key: String,
    written: String,
    from: String,
    status: String,
    example: bool,
    citation: String,
    people: String,
    money: String,
}

#[derive(Serialize)]
struct LimitRow {
    label: String,
    subject: String,
    figure: String,
    limit: String,
    code: String,
}

/// Writes the page.
///
/// # Errors
/// What the writer says.
pub fn page(summary: &Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    let facts = summary.facts;
    let language = facts.language;
    let weekday =
        sentence(language, &format!("weekday-{}", facts.pay_by.date.weekday().num_days_from_monday()), &[]);
    let before = before_total(summary);
    let unbalanced = facts.borders.iter().filter(|border| !border.balances()).count();
    let people: u64 = summary.waiting.iter().map(|item| item.people).sum();
    let paid: u64 = summary.programmes.iter().map(|figures| figures.paid.count).sum();
    let context = context! {
        lang => if language == Language::Zh { "zh-CN" } else { "en" },
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        bureau => facts.bureau,
        run => facts.run,
        dry => facts.run == 0,
        kind => label(language, "run", facts.kind.word()),
        cycle => facts.cycle.to_string(),
        today => facts.today.to_string(),
        by => facts.by,
        months => months_text(facts),
        pay_by => context! {
            date => facts.pay_by.date.to_string(),
            weekday => weekday,
            left => days_left(facts),
            class => match facts.pay_by.working_days_left { left if left < 0 => "bad", 0..=2 => "warn", _ => "good" },
            table_known => facts.pay_by.table_known,
        },
        balances => summary.balances(),
        balance_text => match unbalanced {
            0 => sentence(language, "balanced", &[("count", &facts.borders.len().to_string())]),
            count => sentence(language, "unbalanced", &[("count", &count.to_string())]),
        },
        total => grouped(summary.total.money),
        payments => grouped_count(summary.total.count),
        paid_people => grouped_count(paid),
        total_before => before.map_or(String::new(), grouped),
        total_difference => before.map_or(String::new(), |before| signed(summary.total.money - before)),
        total_percent => before.map_or(String::new(), |before| percent(before.fen(), summary.total.money.fen())),
        waiting_people => grouped_count(people),
        borders => serde(facts.borders.iter().map(|border| border_row(summary, border)).collect::<Vec<_>>()),
        outcomes => serde(outcomes(summary)),
        outcome_total => grouped_count(summary.programmes.iter().flat_map(|figures| figures.outcomes).sum()),
        programmes => serde(programme_rows(summary)),
        programme_total => serde(programme_total(summary)),
        limits => serde(limits(summary)),
        todo => serde(todo(summary)),
        change_counts => serde(change_counts(summary)),
        causes => serde(causes(summary)),
        townships => serde(townships(summary)),
        banks => serde(banks(summary)),
        budgets => serde(budgets(summary)),
        rests => serde(rests(summary)),
        lists => context! {
            changes => serde(page_rows::changes(summary)),
            differences => serde(page_rows::differences(summary)),
            held => serde(page_rows::held(summary)),
            receivable => serde(page_rows::receivables(summary)),
            returned => serde(page_rows::returned(summary)),
            undecided => serde(page_rows::undecided(summary)),
            largest => serde(page_rows::largest(summary)),
            findings => serde(page_rows::findings(summary)),
        },
        inputs => serde(inputs(facts)),
        bank_files => serde(bank_files(facts)),
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

fn days_left(facts: &RunFacts<'_>) -> String {
    let left = facts.pay_by.working_days_left;
    let days = left.unsigned_abs().to_string();
    let code = match left {
        left if left < 0 => "days-past",
        0 => "days-today",
        _ => "days-left",
    };
    sentence(facts.language, code, &[("days", &days)])
}

fn before_total(summary: &Summary<'_>) -> Option<Money> {
    let before: Vec<Tally> = summary.programmes.iter().filter_map(|figures| figures.before).collect();
    (!before.is_empty()).then(|| before.iter().map(|tally| tally.money).sum())
}

fn border_row(summary: &Summary<'_>, border: &Border) -> BorderRow {
    let language = summary.facts.language;
    let aside = border.set_aside.iter().fold(Tally::default(), |sum, (_, tally)| sum + *tally);
    let parts = [
        ("paid", String::new(), border.out.count, String::new()),
        ("aside", String::new(), aside.count, String::new()),
    ];
    BorderRow {
        label: label(language, "border", border.name),
        entered: cells(border.entered),
        out: cells(border.out),
        aside: cells(aside),
        balances: border.balances(),
        reasons: border
            .set_aside
            .iter()
            .map(|(reason, tally)| {
                let (count, money) = cells(*tally);
                (label::reason(summary, reason).into_owned(), count, money)
            })
            .collect(),
        bar: geometry::stacked(&parts),
    }
}

fn outcomes(summary: &Summary<'_>) -> Vec<Segment> {
    let language = summary.facts.language;
    let parts: Vec<_> = OUTCOMES
        .iter()
        .enumerate()
        .map(|(place, outcome)| {
            let count: u64 = summary.programmes.iter().map(|figures| figures.outcomes[place]).sum();
            (outcome.word(), label(language, "outcome", outcome.word()), count, grouped_count(count))
        })
        .collect();
    geometry::stacked(&parts)
}

fn programme_rows(summary: &Summary<'_>) -> Vec<ProgrammeRow> {
    let facts = summary.facts;
    summary
        .shown()
        .map(|(programme, figures)| {
            let rule = facts.rulebook.rule(programme);
            let before = figures.before.map(|tally| tally.money);
            let now = figures.paid.money;
            let mut series: Vec<(String, i64)> = (1..12)
                .rev()
                .map(|back| {
                    let cycle = facts.cycle.plus(-back);
                    let found = facts
                        .history
                        .iter()
                        .find(|total| total.cycle == cycle && total.programme == programme)
                        .map_or(Money::ZERO, |total| total.paid.money);
                    (format!("{cycle}: {}", grouped(found)), found.fen())
                })
                .collect();
            series.push((format!("{}: {}", facts.cycle, grouped(now)), now.fen()));
            let optional = |money: Money| if money.is_zero() { String::new() } else { grouped(money) };
            ProgrammeRow {
                name: rule.name.to_string(),
                code: rule.code.to_string(),
                people: grouped_count(figures.paid.count),
                paid: grouped(now),
                before: before.map_or(String::new(), grouped),
                difference: before.map_or(String::new(), |before| signed(now - before)),
                percent: before.map_or(String::new(), |before| percent(before.fen(), now.fen())),
                rose: before.is_some_and(|before| now > before),
                fell: before.is_some_and(|before| now < before),
                current: optional(figures.current),
                arrears: optional(figures.arrears),
                advance: optional(figures.advance),
                reissued: optional(figures.reissued),
                offset: optional(figures.offset),
                recovery: optional(figures.recovery.money),
                held: optional(figures.held.money),
                receivable: optional(figures.receivable.money),
                months: series.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>().join("; "),
                bars: geometry::columns(&series),
            }
        })
        .collect()
}

fn programme_total(summary: &Summary<'_>) -> ProgrammeRow {
    let language = summary.facts.language;
    let figures = &summary.programmes;
    let sum = |part: fn(&super::summary::ProgrammeFigures) -> Money| -> String {
        grouped(figures.iter().map(part).sum())
    };
    let before = before_total(summary);
    let now: Money = figures.iter().map(|figures| figures.paid.money).sum();
    ProgrammeRow {
        name: sentence(language, "total", &[]),
        code: String::new(),
        people: grouped_count(figures.iter().map(|figures| figures.paid.count).sum()),
        paid: grouped(now),
        before: before.map_or(String::new(), grouped),
        difference: before.map_or(String::new(), |before| signed(now - before)),
        percent: before.map_or(String::new(), |before| percent(before.fen(), now.fen())),
        rose: false,
        fell: false,
        current: sum(|figures| figures.current),
        arrears: sum(|figures| figures.arrears),
        advance: sum(|figures| figures.advance),
        reissued: sum(|figures| figures.reissued),
        offset: sum(|figures| figures.offset),
        recovery: sum(|figures| figures.recovery.money),
        held: sum(|figures| figures.held.money),
        receivable: sum(|figures| figures.receivable.money),
        bars: vec![],
        months: String::new(),
    }
}

fn limits(summary: &Summary<'_>) -> Vec<LimitRow> {
    let facts = summary.facts;
    facts
        .limits
        .iter()
        .map(|limit| {
            let programme = facts.rulebook.programme(&limit.programme);
            let name = programme.map_or(limit.programme.as_str(), |found| &facts.rulebook.rule(found).name);
            let parts = [name, limit.township.as_str(), limit.subject.as_str()];
            LimitRow {
                label: label(facts.language, "limit", &limit.name),
                subject: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
                figure: limit.figure.to_string(),
                limit: limit.limit.to_string(),
                code: limit.name.to_string(),
            }
        })
        .collect()
}

fn todo(summary: &Summary<'_>) -> Vec<Todo> {
    summary
        .waiting
        .iter()
        .map(|item| {
            let (file, anchor) = label::where_to_look(&item.what);
            Todo {
                label: label::waiting(summary, &item.what),
                people: grouped_count(item.people),
                months: grouped_count(item.people_months),
                oldest: grouped_count(item.oldest),
                money: if item.money.is_zero() { String::new() } else { grouped(item.money) },
                file,
                anchor,
            }
        })
        .collect()
}

fn change_counts(summary: &Summary<'_>) -> Vec<(String, String)> {
    let counts = super::json::change_counts(summary.facts);
    ChangeKind::ALL
        .iter()
        .map(|change| {
            let count = counts.get(change.word()).copied().unwrap_or(0);
            (label(summary.facts.language, "change", change.word()), grouped_count(count))
        })
        .collect()
}

fn causes(summary: &Summary<'_>) -> Vec<Cause> {
    let facts = summary.facts;
    use crate::domain::PostingKind::{Advance, Arrears, Recovery};
    summary
        .differences
        .iter()
        .filter(|((kind, _, _), _)| matches!(kind, Advance | Arrears | Recovery))
        .map(|((kind, programme, cause), tally)| {
            let (lines, money) = cells(*tally);
            Cause {
                kind: label(facts.language, "kind", kind.word()),
                programme: facts.rulebook.rule(*programme).name.to_string(),
                cause: cause.map_or(String::new(), |cause| label(facts.language, "cause", cause.word())),
                lines,
                money,
                negative: tally.money.is_negative(),
            }
        })
        .collect()
}

fn places(named: Vec<(String, Tally)>) -> Vec<Place> {
    let whole: i64 = named.iter().map(|(_, tally)| tally.money.fen()).sum();
    let largest = named.iter().map(|(_, tally)| tally.money.fen()).max().unwrap_or(0);
    named
        .into_iter()
        .map(|(name, tally)| {
            let (people, money) = cells(tally);
            let share = permille(tally.money.fen(), whole);
            Place {
                name,
                people,
                money,
                share: format!("{}.{}%", share / 10, share % 10),
                width: permille(tally.money.fen(), largest),
            }
        })
        .collect()
}

fn townships(summary: &Summary<'_>) -> Vec<Place> {
    let unknown = sentence(summary.facts.language, "township-unknown", &[]);
    let named = summary.by_township().into_iter();
    places(named.map(|(name, tally)| (name.map_or_else(|| unknown.clone(), String::from), tally)).collect())
}

fn banks(summary: &Summary<'_>) -> Vec<Place> {
    places(summary.by_bank().into_iter().map(|(name, tally)| (name.to_owned(), tally)).collect())
}

fn budgets(summary: &Summary<'_>) -> Vec<Budget> {
    let facts = summary.facts;
    facts
        .budgets
        .iter()
        .map(|budget| {
            let left = Summary::left(budget);
            let whole = budget.appropriation.map_or(0, Money::fen);
            let used = permille((budget.charged + budget.this_run).fen(), whole);
            Budget {
                name: facts
                    .rulebook
                    .funds
                    .get(usize::from(budget.fund))
                    .map_or(String::new(), |fund| fund.name.to_string()),
                appropriation: budget
                    .appropriation
                    .map_or_else(|| sentence(facts.language, "no-budget", &[]), grouped),
                charged: grouped(budget.charged),
                this_run: grouped(budget.this_run),
                left: left.map_or(String::new(), grouped),
                short: left.is_some_and(Money::is_negative),
                stated: budget.appropriation.is_some(),
                charged_width: permille(budget.charged.fen(), whole),
                run_width: permille(budget.this_run.fen(), whole),
                used: format!("{}.{}%", used / 10, used % 10),
            }
        })
        .collect()
}

fn rests(summary: &Summary<'_>) -> Vec<RestsRow> {
    let language = summary.facts.language;
    summary
        .rests
        .iter()
        .map(|item| {
            let (people, money) = cells(item.money);
            let word = match item.status {
                Status::Verified => "verified",
                Status::Assumed => "assumed",
                Status::Example => "example",
            };
            RestsRow {
                name: item.name.to_owned(),
                code: item.code.clone(),
                key: item.key.clone(),
                written: item.written.to_owned(),
                from: item.from.to_string(),
                status: label(language, "status", word),
                example: item.status == Status::Example,
                citation: item.citation.to_owned(),
                people,
                money,
            }
        })
        .collect()
}

fn inputs(facts: &RunFacts<'_>) -> Vec<(String, String, String)> {
    let mut inputs: Vec<_> = facts
        .inputs
        .iter()
        .map(|input| (input.path.to_string(), grouped_count(input.rows), input.sha256.clone()))
        .collect();
    inputs.sort();
    inputs
}

fn bank_files(facts: &RunFacts<'_>) -> Vec<(String, String, String, String, String)> {
    facts
        .bank_files
        .iter()
        .map(|file| {
            let (count, money) = cells(file.total);
            (file.name.to_string(), file.bank.to_string(), count, money, file.sha256.clone())
        })
        .collect()
}

/// A value of ours as templates see it.
pub(super) fn serde<T: Serialize>(value: T) -> Value {
    Value::from(Serde(value))
}
