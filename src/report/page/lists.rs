//! The page's lists of people and lines, capped: the most urgent or the largest first, so that the
//! page stays small at any number of lines. The CSV file that holds the rest is named beside each.

use serde::Serialize;

use crate::domain::{Beneficiary, Line, Money, PostingKind, Programme};

use super::super::label::{self, label, signed};
use super::super::people::{grouped, grouped_count};
use super::super::summary::Summary;
use super::super::{Change, reason, tables};
use super::sections::{change_words, is_finished};

/// Rows that a list of the page may have.
pub const CAP: usize = 400;
/// Rows of a list that are printed.
pub const PRINTED: usize = 12;

/// A list of the page.
#[derive(Debug, Serialize)]
pub struct List {
    /// Anchor.
    pub id: &'static str,
    /// Column heads with whether they hold numbers.
    pub columns: Vec<Column>,
    /// Cells, as text.
    pub rows: Vec<Vec<String>>,
    /// All rows there are, for people.
    pub total: String,
    /// Whether rows are left out.
    pub cut: bool,
    /// What is said about it.
    pub note: String,
    /// What is said about rows that are not printed; empty where all are.
    pub print_note: String,
    /// The file that holds all rows.
    pub file: &'static str,
    /// The column (from 0) by which the list can be narrowed.
    pub filter: usize,
}

/// A column of a list.
#[derive(Debug, Serialize)]
pub struct Column {
    /// Stable name.
    pub code: &'static str,
    /// Words.
    pub label: String,
    /// Right-aligned, sorted by value.
    pub number: bool,
    /// Kept on one line: months, names, beneficiaries.
    pub short: bool,
}

struct Draft {
    id: &'static str,
    file: &'static str,
    columns: &'static [(&'static str, bool)],
    filter: usize,
}

fn list<T>(
    summary: &Summary<'_>,
    draft: Draft,
    mut items: Vec<T>,
    mut order: impl FnMut(&T, &T) -> std::cmp::Ordering,
    render: impl Fn(&T) -> Vec<String>,
) -> List {
    let language = summary.facts.language;
    let all = items.len();
    let total = grouped_count(all as u64);
    let cut = items.len() > CAP;
    if cut {
        // Every order ends in the line, so which rows are chosen does not depend on their first order.
        items.select_nth_unstable_by(CAP - 1, &mut order);
        items.truncate(CAP);
    }
    items.sort_by(order);
    let rows: Vec<Vec<String>> = items.iter().map(render).collect();
    let shown = grouped_count(rows.len() as u64);
    let note = if cut {
        label::sentence(language, "cut", &[("total", &total), ("shown", &shown), ("file", draft.file)])
    } else {
        label::sentence(language, "whole", &[("total", &total), ("file", draft.file)])
    };
    let columns = draft
        .columns
        .iter()
        .map(|(code, number)| Column {
            code,
            label: label(language, "column", code),
            number: *number,
            short: matches!(
                *code,
                "month"
                    | "since"
                    | "cycle"
                    | "beneficiary"
                    | "name"
                    | "payment"
                    | "change"
                    | "township"
                    | "bank"
            ),
        })
        .collect();
    let print_note = if rows.len() > PRINTED {
        label::sentence(
            language,
            "print-cut",
            &[("more", &grouped_count((all - PRINTED) as u64)), ("file", draft.file)],
        )
    } else {
        String::new()
    };
    List { id: draft.id, columns, rows, total, cut, note, print_note, file: draft.file, filter: draft.filter }
}

fn programme_name(summary: &Summary<'_>, programme: Programme) -> String {
    summary.facts.rulebook.rule(programme).name.to_string()
}

/// Name and township of a beneficiary, and its text with the identity number hidden.
fn who(summary: &Summary<'_>, programme: Programme, beneficiary: &Beneficiary) -> [String; 3] {
    let person = summary.people.find(programme, beneficiary);
    let name = person.map_or("", |person| person.name).to_owned();
    let township = person.map_or("", |person| person.township).to_owned();
    [name, township, shown(summary, beneficiary)]
}

/// A beneficiary for people: the identity number with its middle hidden, the household's own number, the
/// row of whoever cannot be identified.
fn shown(summary: &Summary<'_>, beneficiary: &Beneficiary) -> String {
    let masked = beneficiary.masked();
    match masked.split_once(':') {
        Some(("household", of)) => {
            let number = of.split_once(':').map_or(of, |(_, number)| number);
            label::sentence(summary.facts.language, "household", &[("number", number)])
        }
        Some(("person" | "row", rest)) => rest.to_owned(),
        _ => masked,
    }
}

fn of_line(summary: &Summary<'_>, line: &Line) -> Vec<String> {
    let [name, township, beneficiary] = who(summary, line.programme, &line.beneficiary);
    vec![programme_name(summary, line.programme), name, township, beneficiary, line.month.to_string()]
}

/// New, stopped, changed: the largest difference first.
pub fn changes(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let difference =
        |before: Option<Money>, now: Option<Money>| now.unwrap_or_default() - before.unwrap_or_default();
    let draft = Draft {
        id: "changes",
        file: "changes.csv",
        columns: &[
            ("change", false),
            ("programme", false),
            ("name", false),
            ("township", false),
            ("beneficiary", false),
            ("before", true),
            ("now", true),
            ("difference", true),
            ("reason", false),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        facts.changes.iter().collect(),
        |a, b| {
            let size = |change: &Change| difference(change.before, change.now).fen().unsigned_abs();
            // What is over and done comes after what somebody should look at.
            let done = |change: &Change| is_finished(change.change, &change.reason);
            done(a).cmp(&done(b)).then_with(|| size(b).cmp(&size(a))).then_with(|| {
                (a.programme, &a.beneficiary, a.change).cmp(&(b.programme, &b.beneficiary, b.change))
            })
        },
        |change| {
            let amount = |money: Option<Money>| money.map_or(String::new(), grouped);
            vec![
                change_words(summary, change.change, &change.reason),
                programme_name(summary, change.programme),
                change.name.to_string(),
                change.township.to_string(),
                shown(summary, &change.beneficiary),
                amount(change.before),
                amount(change.now),
                signed(difference(change.before, change.now)),
                label::reason(summary, &change.reason).into_owned(),
            ]
        },
    )
}

/// Arrears and recoveries, line by line, the largest first.
pub fn differences(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let postings = facts.plan.postings.iter();
    let draft = Draft {
        id: "differences",
        file: "postings.csv",
        columns: &[
            ("kind", false),
            ("programme", false),
            ("name", false),
            ("township", false),
            ("beneficiary", false),
            ("month", false),
            ("amount", true),
            ("cause", false),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        postings
            .filter(|posting| matches!(posting.kind, PostingKind::Arrears | PostingKind::Recovery))
            .collect(),
        |a, b| {
            let size = |money: Money| money.fen().unsigned_abs();
            size(b.amount).cmp(&size(a.amount)).then_with(|| (&a.line, a.kind).cmp(&(&b.line, b.kind)))
        },
        |posting| {
            let mut cells = vec![label(facts.language, "kind", posting.kind.word())];
            cells.extend(of_line(summary, &posting.line));
            cells.push(signed(posting.amount));
            cells.push(
                posting.cause.map_or(String::new(), |cause| label(facts.language, "cause", cause.word())),
            );
            cells
        },
    )
}

/// Money on hold, the longest wait first.
pub fn held(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let draft = Draft {
        id: "held",
        file: "held.csv",
        columns: &[
            ("hold", false),
            ("programme", false),
            ("name", false),
            ("township", false),
            ("beneficiary", false),
            ("month", false),
            ("amount", true),
            ("since", false),
            ("months", true),
            ("action", false),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        facts.plan.held.iter().collect(),
        |a, b| {
            a.since
                .cmp(&b.since)
                .then(b.amount.cmp(&a.amount))
                .then_with(|| (&a.line, a.hold).cmp(&(&b.line, b.hold)))
        },
        |held| {
            let mut cells = vec![label(facts.language, "hold", held.hold.word())];
            cells.extend(of_line(summary, &held.line));
            cells.push(grouped(held.amount));
            cells.push(held.since.to_string());
            cells.push((facts.cycle.months_since(held.since).max(0) + 1).to_string());
            cells.push(tables::hold_action(facts, held.hold));
            cells
        },
    )
}

/// Receivables, the oldest month first.
pub fn receivables(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let balances = facts.plan.balances.iter();
    let draft = Draft {
        id: "receivable",
        file: "balances.csv",
        columns: &[
            ("programme", false),
            ("name", false),
            ("township", false),
            ("beneficiary", false),
            ("month", false),
            ("balance", true),
            ("months", true),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        balances.filter(|balance| balance.balance.is_negative()).collect(),
        |a, b| {
            a.line.month.cmp(&b.line.month).then(a.balance.cmp(&b.balance)).then_with(|| a.line.cmp(&b.line))
        },
        |balance| {
            let mut cells = of_line(summary, &balance.line);
            cells.push(grouped(balance.balance));
            cells.push((facts.cycle.months_since(balance.line.month).max(0) + 1).to_string());
            cells
        },
    )
}

/// Claims that are deferred or rejected, the oldest first.
pub fn undecided(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let decisions = summary.people.decisions().iter();
    let draft = Draft {
        id: "undecided",
        file: "decisions.csv",
        columns: &[
            ("outcome", false),
            ("programme", false),
            ("name", false),
            ("township", false),
            ("beneficiary", false),
            ("month", false),
            ("reason", false),
            ("source", false),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        decisions.filter(|row| !row.decision.outcome.is_decision()).collect(),
        |a, b| a.decision.month.cmp(&b.decision.month).then_with(|| tables::decision_order(a, b)),
        |row| {
            let decision = row.decision;
            vec![
                label(facts.language, "outcome", decision.outcome.word()),
                programme_name(summary, decision.programme),
                row.claim.name.to_string(),
                facts.rulebook.divisions.name(&decision.township).to_owned(),
                shown(summary, &decision.beneficiary),
                decision.month.to_string(),
                label::reason(summary, &reason::reason(facts.rulebook, decision)).into_owned(),
                facts.files.show_all(&decision.sources),
            ]
        },
    )
}

/// Failed payments not paid again, the oldest first.
pub fn returned(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let draft = Draft {
        id: "returned",
        file: label::where_to_look(&super::super::summary::WaitingFor::Returned).0,
        columns: &[
            ("payment", false),
            ("programme", false),
            ("name", false),
            ("bank", false),
            ("amount", true),
            ("reason", false),
            ("cycle", false),
            ("months", true),
        ],
        filter: 1,
    };
    list(
        summary,
        draft,
        facts.returned.iter().collect(),
        |a, b| (a.cycle, &a.id).cmp(&(b.cycle, &b.id)),
        |returned| {
            vec![
                returned.id.to_string(),
                programme_name(summary, returned.programme),
                returned.name.to_string(),
                returned.bank.to_string(),
                grouped(returned.amount),
                label::bank_reason(facts.language, &returned.reason).into_owned(),
                returned.cycle.to_string(),
                (facts.cycle.months_since(returned.cycle).max(0) + 1).to_string(),
            ]
        },
    )
}

/// The largest payments.
pub fn largest(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let draft = Draft {
        id: "largest",
        file: "payments.csv",
        columns: &[
            ("payment", false),
            ("programme", false),
            ("name", false),
            ("bank", false),
            ("people", true),
            ("amount", true),
        ],
        filter: 1,
    };
    let mut payments: Vec<_> = facts.plan.payments.iter().enumerate().collect();
    let by_size = |(a_place, a): &(usize, &crate::settle::PlannedPayment),
                   (b_place, b): &(usize, &crate::settle::PlannedPayment)| {
        b.amount.cmp(&a.amount).then(a_place.cmp(b_place))
    };
    if payments.len() > LARGEST {
        payments.select_nth_unstable_by(LARGEST - 1, by_size);
        payments.truncate(LARGEST);
    }
    let mut found = list(summary, draft, payments, by_size, |(position, payment)| {
        vec![
            facts.payment_id(*position as u32).to_owned(),
            programme_name(summary, payment.programme),
            payment.payee.name.to_string(),
            payment.payee.account.bank.to_string(),
            payment.beneficiaries.to_string(),
            grouped(payment.amount),
        ]
    });
    found.note = label::sentence(
        facts.language,
        "largest",
        &[("shown", &grouped_count(found.rows.len() as u64)), ("file", "payments.csv")],
    );
    found
}

/// How many of the largest payments the page shows.
const LARGEST: usize = 30;

/// Findings, errors first.
pub fn findings(summary: &Summary<'_>) -> List {
    let facts = summary.facts;
    let draft = Draft {
        id: "findings",
        file: "findings.csv",
        columns: &[
            ("severity", false),
            ("file", false),
            ("row", true),
            ("column", false),
            ("name", false),
            ("message", false),
            ("action", false),
        ],
        filter: 0,
    };
    list(
        summary,
        draft,
        facts.findings.iter().collect(),
        |a, b| a.severity.cmp(&b.severity).then_with(|| a.sort_key().cmp(&b.sort_key())),
        |finding| {
            let (message, action) = crate::words::finding(facts.language, finding);
            let place = &finding.place;
            let sheet = if place.sheet.is_empty() { String::new() } else { format!("!{}", place.sheet) };
            let row = if place.row == 0 { String::new() } else { place.row.to_string() };
            vec![
                label(facts.language, "severity", finding.severity.word()),
                format!("{}{sheet}", place.file),
                row,
                place.column.to_string(),
                finding.name.to_string(),
                crate::words::mask(&message),
                action,
            ]
        },
    )
}
