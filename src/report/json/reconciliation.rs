//! `reconciliation.json`: borders, totals, exceptions, stop limits, what the run rests on.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::domain::{Money, Month, Severity};
use crate::policy::Status;

use super::super::facts::RunFacts;
use super::super::summary::{OUTCOMES, Summary, WaitingFor};
use super::{DraftedFile, Sum, change_counts, drafted_files, sum, write_json};

#[derive(Serialize)]
struct Reconciliation<'a> {
    run: u32,
    kind: &'static str,
    cycle: Month,
    months: &'a [Month],
    today: String,
    by: &'a str,
    pay_by: PayBy,
    balances: bool,
    borders: Vec<Border<'a>>,
    total: Sum,
    programmes: Vec<Programme<'a>>,
    totals: Vec<Cell<'a>>,
    townships: Vec<Named<'a>>,
    banks: Vec<Named<'a>>,
    funds: Vec<Fund<'a>>,
    differences: Vec<Difference<'a>>,
    changes: BTreeMap<&'static str, u64>,
    declared: &'a [super::super::declared::DeclaredTotal<'a>],
    exceptions: Exceptions<'a>,
    returned: Vec<Returned<'a>>,
    limits: Vec<Limit<'a>>,
    rests_on: Vec<RestsOn<'a>>,
    bank_files: Vec<DraftedFile<'a>>,
}

#[derive(Serialize)]
struct PayBy {
    date: String,
    working_days_left: i32,
    holiday_table_known: bool,
}

#[derive(Serialize)]
struct Border<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    of: &'a str,
    balances: bool,
    r#in: Sum,
    out: Sum,
    set_aside: Vec<Aside<'a>>,
}

#[derive(Serialize)]
struct Aside<'a> {
    reason: &'a str,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize)]
struct Programme<'a> {
    programme: &'a str,
    name: &'a str,
    fund: &'a str,
    outcomes: Outcomes,
    entitled: Sum,
    beneficiaries_paid: u64,
    payments: u64,
    fen: i64,
    current_fen: i64,
    arrears_fen: i64,
    advance_fen: i64,
    reissued_fen: i64,
    offset_fen: i64,
    recovery: Sum,
    held: Sum,
    receivable: Sum,
    cycle_before_fen: Option<i64>,
}

/// Written in the order of [`OUTCOMES`].
struct Outcomes([u64; 7]);

impl Serialize for Outcomes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(OUTCOMES.iter().map(|outcome| outcome.word()).zip(self.0))
    }
}

#[derive(Serialize)]
struct Cell<'a> {
    programme: &'a str,
    township: Option<&'a str>,
    bank: &'a str,
    fund: &'a str,
    lines: u64,
    beneficiaries: u64,
    fen: i64,
}

#[derive(Serialize)]
struct Named<'a> {
    name: Option<&'a str>,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize)]
struct Fund<'a> {
    fund: &'a str,
    name: &'a str,
    appropriation_fen: Option<i64>,
    charged_fen: i64,
    this_run_fen: i64,
    left_fen: Option<i64>,
}

#[derive(Serialize)]
struct Difference<'a> {
    kind: &'static str,
    programme: &'a str,
    cause: &'static str,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize)]
struct Exceptions<'a> {
    findings: Vec<FindingCount>,
    waiting: Vec<WaitingItem<'a>>,
}

#[derive(Serialize)]
struct FindingCount {
    code: &'static str,
    severity: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct WaitingItem<'a> {
    what: &'static str,
    programme: &'a str,
    reason: &'a str,
    beneficiaries: u64,
    beneficiary_months: u64,
    oldest_months: u64,
    fen: i64,
}

#[derive(Serialize)]
struct Returned<'a> {
    payment_id: &'a str,
    programme: &'a str,
    bank: &'a str,
    fen: i64,
    reason: &'a str,
    cycle: Month,
}

#[derive(Serialize)]
struct Limit<'a> {
    name: &'a str,
    programme: &'a str,
    township: &'a str,
    subject: &'a str,
    figure: &'a str,
    limit: &'a str,
}

#[derive(Serialize)]
struct RestsOn<'a> {
    code: &'a str,
    name: &'a str,
    key: &'a str,
    written: &'a str,
    from: Month,
    status: Status,
    citation: &'a str,
    #[serde(flatten)]
    sum: Sum,
}

fn returned<'a>(facts: &'a RunFacts<'_>) -> Vec<Returned<'a>> {
    let mut returned: Vec<Returned<'a>> = facts
        .returned
        .iter()
        .map(|one| Returned {
            payment_id: &one.id,
            programme: facts.code(one.programme),
            bank: &one.bank,
            fen: one.amount.fen(),
            reason: &one.reason,
            cycle: one.cycle,
        })
        .collect();
    returned.sort_by(|a, b| a.payment_id.cmp(b.payment_id));
    returned
}

/// Code and kind of a waiting item, for programs: `held`, `deferred`, `rejected`, `receivable`,
/// `returned`, with programme and reason where it has one.
fn waiting_words<'a>(summary: &'a Summary<'_>, what: &'a WaitingFor) -> (&'static str, &'a str, &'a str) {
    match what {
        WaitingFor::Held(hold) => ("held", "", hold.word()),
        WaitingFor::Deferred(programme, reason) => ("deferred", summary.facts.code(*programme), reason),
        WaitingFor::Rejected(programme, reason) => ("rejected", summary.facts.code(*programme), reason),
        WaitingFor::Receivable(programme) => ("receivable", summary.facts.code(*programme), ""),
        WaitingFor::Returned => ("returned", "", ""),
    }
}

/// `reconciliation.json`.
///
/// # Errors
/// What the writer says.
pub fn reconciliation(summary: &Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    let facts = summary.facts;
    let fund_of = |fund: u16| facts.rulebook.funds.get(usize::from(fund));
    let fund_code = |fund: u16| fund_of(fund).map_or("", |fund| fund.code.as_str());
    let townships = summary.by_township();
    let reconciliation = Reconciliation {
        run: facts.run,
        kind: facts.kind.word(),
        cycle: facts.cycle,
        months: facts.months,
        today: facts.today.to_string(),
        by: facts.by,
        pay_by: PayBy {
            date: facts.pay_by.date.to_string(),
            working_days_left: facts.pay_by.working_days_left,
            holiday_table_known: facts.pay_by.table_known,
        },
        balances: summary.balances(),
        borders: facts
            .borders
            .iter()
            .map(|border| Border {
                of: &border.of,
                name: border.name,
                balances: border.balances(),
                r#in: sum(border.entered),
                out: sum(border.out),
                set_aside: border
                    .set_aside
                    .iter()
                    .map(|(reason, tally)| Aside { reason, sum: sum(*tally) })
                    .collect(),
            })
            .collect(),
        total: sum(summary.total),
        programmes: programmes(summary),
        totals: summary
            .cells
            .iter()
            .map(|cell| Cell {
                programme: facts.code(cell.programme),
                township: cell.township.as_deref(),
                bank: &cell.bank,
                fund: fund_code(facts.rulebook.rule(cell.programme).fund),
                lines: cell.lines,
                beneficiaries: cell.paid.count,
                fen: cell.paid.money.fen(),
            })
            .collect(),
        townships: townships
            .iter()
            .map(|(name, tally)| Named { name: name.as_deref(), sum: sum(*tally) })
            .collect(),
        banks: summary
            .by_bank()
            .into_iter()
            .map(|(name, tally)| Named { name: Some(name), sum: sum(tally) })
            .collect(),
        funds: facts
            .budgets
            .iter()
            .map(|budget| Fund {
                fund: fund_code(budget.fund),
                name: fund_of(budget.fund).map_or("", |fund| &fund.name),
                appropriation_fen: budget.appropriation.map(Money::fen),
                charged_fen: budget.charged.fen(),
                this_run_fen: budget.this_run.fen(),
                left_fen: Summary::left(budget).map(Money::fen),
            })
            .collect(),
        differences: summary
            .differences
            .iter()
            .map(|((kind, programme, cause), tally)| Difference {
                kind: kind.word(),
                programme: facts.code(*programme),
                cause: cause.map_or("", |cause| cause.word()),
                sum: sum(*tally),
            })
            .collect(),
        changes: change_counts(facts),
        declared: &summary.declared,
        exceptions: Exceptions { findings: finding_counts(facts), waiting: waiting(summary) },
        returned: returned(facts),
        limits: facts
            .limits
            .iter()
            .map(|limit| Limit {
                name: &limit.name,
                programme: &limit.programme,
                township: &limit.township,
                subject: &limit.subject,
                figure: &limit.figure,
                limit: &limit.limit,
            })
            .collect(),
        rests_on: summary
            .rests
            .iter()
            .map(|item| RestsOn {
                code: &item.code,
                name: item.name,
                key: &item.key,
                written: item.written,
                from: item.from,
                status: item.status,
                citation: item.citation,
                sum: sum(item.money),
            })
            .collect(),
        bank_files: drafted_files(facts),
    };
    write_json(out, &reconciliation)
}

fn programmes<'a>(summary: &'a Summary<'_>) -> Vec<Programme<'a>> {
    let rulebook = summary.facts.rulebook;
    summary
        .shown()
        .map(|(programme, figures)| {
            let rule = rulebook.rule(programme);
            Programme {
                programme: &rule.code,
                name: &rule.name,
                fund: rulebook.funds.get(usize::from(rule.fund)).map_or("", |fund| &fund.code),
                outcomes: Outcomes(figures.outcomes),
                entitled: sum(figures.entitled),
                beneficiaries_paid: figures.paid.count,
                payments: figures.payments,
                fen: figures.paid.money.fen(),
                current_fen: figures.current.fen(),
                arrears_fen: figures.arrears.fen(),
                advance_fen: figures.advance.fen(),
                reissued_fen: figures.reissued.fen(),
                offset_fen: figures.offset.fen(),
                recovery: sum(figures.recovery),
                held: sum(figures.held),
                receivable: sum(figures.receivable),
                cycle_before_fen: figures.before.map(|tally| tally.money.fen()),
            }
        })
        .collect()
}

fn waiting<'a>(summary: &'a Summary<'_>) -> Vec<WaitingItem<'a>> {
    summary
        .waiting
        .iter()
        .map(|item| {
            let (what, programme, reason) = waiting_words(summary, &item.what);
            WaitingItem {
                what,
                programme,
                reason,
                beneficiaries: item.people,
                beneficiary_months: item.people_months,
                oldest_months: item.oldest,
                fen: item.money.fen(),
            }
        })
        .collect()
}

fn finding_counts(facts: &RunFacts<'_>) -> Vec<FindingCount> {
    let mut counts: BTreeMap<(Severity, &'static str), u64> = BTreeMap::new();
    for finding in facts.findings {
        *counts.entry((finding.severity, finding.code)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((severity, code), count)| FindingCount { code, severity: severity.word(), count })
        .collect()
}
