//! Sections below the first screen: twelve months, changes, causes, ages, declared amounts, budgets,
//! townships and banks, what the run rests on, files.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Money, Month, PostingKind, Programme, Tally};
use crate::policy::Status;

use super::super::facts::ChangeKind;
use super::super::label::{self, label, permille, sentence};
use super::super::people::grouped_count;
use super::super::summary::Summary;
use super::figure::{self, Figure};

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

fn difference(change: &super::super::Change) -> Money {
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

fn named(summary: &Summary<'_>, township: Option<&str>) -> String {
    township.map_or_else(|| sentence(summary.facts.language, "township-unknown", &[]), str::to_owned)
}

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
            (name.clone().unwrap_or_default(), self::named(summary, name.as_deref()), tally, waiting)
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

/// A figure or rule that is not verified.
#[derive(Debug, Serialize)]
pub struct RestsRow {
    name: String,
    code: String,
    key: String,
    written: String,
    from: String,
    status: String,
    example: bool,
    citation: String,
    people: Figure,
    money: Figure,
}

/// What the run rests on.
pub fn rests(summary: &Summary<'_>) -> Vec<RestsRow> {
    let language = summary.facts.language;
    summary
        .rests
        .iter()
        .map(|item| {
            let id = |part: &str| format!("rests.{}.{}.{part}", item.code, item.key);
            let word = match item.status {
                Status::Verified => "verified",
                Status::Assumed => "assumed",
                Status::Example => "example",
            };
            RestsRow {
                name: item.name.to_owned(),
                code: item.code.clone(),
                key: item.key_words.clone(),
                written: item.written.to_owned(),
                from: item.from.to_string(),
                status: label(language, "status", word),
                example: item.status == Status::Example,
                citation: item.citation.to_owned(),
                people: Figure::count(id("people"), item.money.count),
                money: Figure::money(id("money"), item.money.money),
            }
        })
        .collect()
}

/// A drafted bank file.
#[derive(Debug, Serialize)]
pub struct BankFile {
    name: String,
    bank: String,
    count: Figure,
    money: Figure,
    sha256: String,
}

/// Bank files as drafted.
pub fn bank_files(summary: &Summary<'_>) -> Vec<BankFile> {
    let files = summary.facts.bank_files.iter();
    files
        .map(|file| BankFile {
            name: file.name.to_string(),
            bank: file.bank.to_string(),
            count: Figure::count(format!("file.{}.count", file.name), file.total.count),
            money: Figure::money(format!("file.{}.money", file.name), file.total.money),
            sha256: file.sha256.clone(),
        })
        .collect()
}

/// Inputs with their rows and digests, as many as the page has room for, and how many there are.
pub fn inputs(summary: &Summary<'_>) -> (Vec<(String, Figure, String)>, String) {
    let facts = summary.facts;
    let mut inputs: Vec<_> = facts
        .inputs
        .iter()
        .map(|input| {
            let rows = Figure::some_count(format!("input.{}.rows", input.path), input.rows);
            (input.path.to_string(), rows, input.sha256.clone())
        })
        .collect();
    inputs.sort_by(|a, b| a.0.cmp(&b.0));
    inputs.truncate(super::lists::CAP);
    (inputs, grouped_count(facts.inputs.len() as u64))
}
