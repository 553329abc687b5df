//! A cycle computed: rosters in, decisions, the plan. Nothing is written, so that `run`, `verify --run` and
//! the papers of a release go through the same doors.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::assess::{Assessor, Links, MonthDecisions, MonthRosters, Outcome};
use crate::domain::{
    Beneficiary, Border, Exit, Fault, Finding, Month, Place, Programme, Severity, Source, Tally, Text,
};
use crate::ledger::Ledger;
use crate::pay::{self};
use crate::policy::Frequency;
use crate::settle::{self, LedgerLine, Payee, Plan, Settlement};

use super::Bureau;
use super::draft::Request;
use super::inputs::{Gathered, Gatherer, ReadInput, Shelf, Window, missing_text};
use super::stage::{self, Stage};

/// What a run comes to, computed and not yet written anywhere.
pub(super) struct Computed {
    pub(super) window: Window,
    /// Programme codes by position.
    pub(super) codes: Vec<Text>,
    /// Rosters by month.
    pub(super) gathered: Gathered,
    /// Decisions by month.
    pub(super) months: Vec<MonthDecisions>,
    pub(super) borders: Vec<Border>,
    /// Lines of the month before, of the cycle month, and of months before both.
    pub(super) last: Vec<LedgerLine>,
    pub(super) this: Vec<LedgerLine>,
    pub(super) resumed: Vec<(Programme, Beneficiary)>,
    /// The plan.
    pub(super) plan: Plan,
    pub(super) findings: Vec<Finding>,
    pub(super) noteworthy: Vec<Vec<usize>>,
}

/// Computes a cycle: rosters, decisions, the plan. Nothing is written.
///
/// # Errors
/// As [`super::draft::draft()`].
pub(super) fn compute(
    bureau: &Bureau,
    ledger: &Ledger,
    request: &Request,
    shelf: Shelf<'_>,
) -> Result<Computed, Fault> {
    let window = window(bureau, ledger, request)?;
    let codes = ledger.programme_codes(&bureau.codes())?;
    let last = ledger.month_lines(request.cycle.plus(-1), &codes)?;

    // Door 1: rosters.
    tracing::info!(cycle = %request.cycle, "reading rosters");
    let mut archived = Vec::new();
    for month in window.first.through(window.cycle) {
        archived.extend(ledger.month_inputs(month)?);
    }
    let mut gathered = Gatherer {
        workspace: &bureau.workspace,
        shelf,
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        window,
        exceptions: &request.exceptions,
        archived: &archived,
        last: &last,
    }
    .gather()?;
    if !gathered.missing.is_empty() {
        let missing = missing_text(&gathered.missing, &bureau.rulebook);
        return Err(Fault { missing: gathered.missing, ..Fault::new(Exit::Refused, "rosters-missing") }
            .with("month", request.cycle.to_string())
            .with("missing", missing));
    }
    for input in bureau.inputs.iter().chain(&gathered.inputs) {
        tracing::debug!(file = %input.name, rows = input.rows, sha256 = %input.sha256, "read");
    }
    if matches!(shelf, Shelf::Folders) {
        gathered.findings.extend(outside_window(bureau, ledger, window.first)?);
    }
    let mut borders = bureau.borders.clone();
    borders.append(&mut gathered.borders);
    must_balance(&borders)?;

    // Door 2: decisions.
    tracing::info!(cycle = %request.cycle, "deciding");
    let rows = gathered.inputs.iter().map(|input| input.rows).sum();
    Stage::Deciding.begin(rows);
    let once = bureau.rulebook.once_programmes();
    let standing = ledger.standing(&codes, &once)?;
    let links = Links::new(&bureau.registers.links);
    let mut lines: Vec<Vec<LedgerLine>> = Vec::with_capacity(gathered.months.len());
    for month in &gathered.months {
        lines.push(ledger.month_lines(month.month, &codes)?);
    }
    mark_link_needed(bureau, ledger, &links, &codes, &mut gathered, &lines)?;
    let assessor = Assessor {
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        links: &links,
        files: &gathered.files,
        cycle: request.cycle,
    };
    let months = assessor.assess(&gathered.months, &standing.decided_cases);
    borders.push(claims_border(bureau, request.cycle, &gathered.months, &months));
    if let Some(at) = months.iter().position(|decided| decided.month == request.cycle) {
        let said =
            super::check::across_rows(bureau, &links, &gathered, &gathered.months[at], &months[at], &last);
        gathered.findings.extend(said);
    }
    must_balance(&borders)?;

    // Door 3: the plan.
    stage::advance(rows, rows);
    tracing::info!(cycle = %request.cycle, "settling");
    Stage::Settling.begin(rows);
    let open = ledger.open_lines(window.first..=window.last, &codes)?;
    let encodable = |_: Programme, payee: &Payee| {
        pay::unfit(bureau.profiles.of(&payee.account.bank), &payee.account).is_none()
    };
    let this: Vec<LedgerLine> = months
        .iter()
        .position(|month| month.month == request.cycle)
        .map(|position| lines[position].clone())
        .unwrap_or_default();
    let resumed = resumed(&months, &lines, &last, request.cycle);
    let settled = settle::settle(Settlement {
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        links: &links,
        files: &gathered.files,
        cycle: request.cycle,
        rosters: &gathered.months,
        months: &months,
        ledger: lines,
        open,
        standing: &standing,
        account_people: bureau.workspace.config.limits.account_people,
        through: request.through.unwrap_or(request.cycle),
        encodable: &encodable,
    });
    stage::advance(rows, rows);
    borders.extend(settled.borders.iter().cloned());
    must_balance(&borders)?;
    Ok(Computed {
        window,
        codes,
        gathered,
        months,
        borders,
        last,
        this,
        resumed,
        plan: settled.plan,
        findings: settled.findings,
        noteworthy: settled.noteworthy,
    })
}

/// From the later of `first_month` and cycle − look-back to the latest of cycle, `--through` and the
/// last month with a posting.
fn window(bureau: &Bureau, ledger: &Ledger, request: &Request) -> Result<Window, Fault> {
    let Some(first_month) = bureau.workspace.config.first_month else {
        return Err(Fault::new(Exit::Refused, "first-month-missing"));
    };
    if request.cycle < first_month {
        return Err(Fault::new(Exit::Refused, "cycle-before-first-month")
            .with("month", request.cycle.to_string())
            .with("first_month", first_month.to_string()));
    }
    let lookback = request.cycle.plus(-(bureau.workspace.config.lookback_months as i32));
    let mut last = request.cycle.max(request.through.unwrap_or(request.cycle));
    // The first month of a quarter pays the whole of it where a programme or a township is paid so.
    let quarterly = bureau.rulebook.divisions.rows().iter().any(|division| division.quarterly)
        || bureau.rulebook.programmes.iter().any(|rule| rule.frequency == Frequency::Quarterly);
    if quarterly {
        last = last.max(settle::quarter_end(request.cycle));
    }
    if let Some(posted) = ledger.last_posted_month()? {
        last = last.max(posted);
    }
    Ok(Window { first: first_month.max(lookback), cycle: request.cycle, last })
}

/// Rosters of months before the window that are not what those months were settled from: said, because
/// nothing acts on them (DESIGN §10).
fn outside_window(bureau: &Bureau, ledger: &Ledger, first: Month) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for month in bureau.workspace.roster_months()? {
        let settled = if month < first { ledger.month_inputs(month)? } else { Vec::new() };
        if settled.is_empty() {
            continue;
        }
        for found in bureau.workspace.rosters(month)?.files {
            let read = ReadInput::read(&found)?;
            if settled.iter().any(|input| input.name == read.path && input.sha256 == read.sha256) {
                continue;
            }
            let file = format!("{month}/{}", read.name);
            findings.push(
                Finding::new(
                    "outside-window",
                    Severity::Warning,
                    Place { file: file.as_str().into(), ..Place::default() },
                )
                .with("month", month.to_string())
                .with("first", first.to_string()),
            );
        }
    }
    Ok(findings)
}

/// Marks rows that may be somebody the ledger knows under another key: against the latest earlier month
/// settled, and against the settled version of the same month.
pub(super) fn mark_link_needed(
    bureau: &Bureau,
    ledger: &Ledger,
    links: &Links,
    codes: &[Text],
    gathered: &mut Gathered,
    lines: &[Vec<LedgerLine>],
) -> Result<(), Fault> {
    let Some(first) = gathered.months.first().map(|month| month.month) else { return Ok(()) };
    let before_first = ledger.month_lines(first.plus(-1), codes)?;
    let mut needed = Vec::new();
    for position in 0..gathered.months.len() {
        let mut before: Vec<&[LedgerLine]> = lines[..position].iter().rev().map(Vec::as_slice).collect();
        before.push(&before_first);
        let found = settle::appear::link_needed(
            &bureau.rulebook,
            links,
            &gathered.months[position],
            &settle::appear::Earlier {
                before,
                same: &lines[position],
                rosters: position.checked_sub(1).map(|earlier| &gathered.months[earlier]),
                needed: &needed,
            },
        );
        let month = &mut gathered.months[position];
        month.link_needed = found.iter().map(|needed| needed.rows.iter().copied().collect()).collect();
        month.vanished = found.iter().map(|needed| needed.vanished.iter().cloned().collect()).collect();
        needed = found;
    }
    Ok(())
}

pub(super) fn must_balance(borders: &[Border]) -> Result<(), Fault> {
    match borders.iter().find(|border| !border.balances()) {
        None => Ok(()),
        Some(border) => Err(Fault::new(Exit::Unbalanced, "border-unbalanced")
            .with("border", border.name)
            .with("in", format!("{} / {}", border.entered.count, border.entered.money))
            .with("out", format!("{} / {}", border.out.count, border.out.money))),
    }
}

/// Beneficiaries entitled in the cycle month who were not last month and were in an earlier month of the
/// window, in order.
fn resumed(
    months: &[MonthDecisions],
    lines: &[Vec<LedgerLine>],
    last: &[LedgerLine],
    cycle: Month,
) -> Vec<(Programme, Beneficiary)> {
    let Some(now) = months.iter().find(|month| month.month == cycle) else { return Vec::new() };
    let key = |line: &'_ LedgerLine| (line.line.programme, line.line.beneficiary.clone());
    let paid = |line: &&LedgerLine| line.entitlement.is_positive();
    let of_last: FxHashSet<(Programme, &Beneficiary)> =
        last.iter().filter(paid).map(|line| (line.line.programme, &line.line.beneficiary)).collect();
    let new: FxHashSet<(Programme, &Beneficiary)> = now
        .decisions
        .iter()
        .filter(|decision| decision.outcome == Outcome::Entitled)
        .map(|decision| (decision.programme, &decision.beneficiary))
        .filter(|key| !of_last.contains(key))
        .collect();
    let mut resumed: Vec<(Programme, Beneficiary)> = months
        .iter()
        .zip(lines)
        .filter(|(month, _)| month.month < cycle.plus(-1))
        .flat_map(|(_, lines)| lines.iter().filter(paid))
        .filter(|line| new.contains(&(line.line.programme, &line.line.beneficiary)))
        .map(key)
        .collect();
    resumed.sort();
    resumed.dedup();
    resumed
}

/// Data rows of the cycle month's rosters = rows behind decisions.
fn claims_border(
    bureau: &Bureau,
    cycle: Month,
    rosters: &[MonthRosters],
    months: &[MonthDecisions],
) -> Border {
    let mut border = Border { name: "claims-decisions", ..Border::default() };
    let Some(read) = rosters.iter().find(|month| month.month == cycle) else { return border };
    let Some(decided) = months.iter().find(|month| month.month == cycle) else { return border };
    let mut behind: Vec<(Source, u32)> = (0..)
        .zip(&decided.decisions)
        .flat_map(|(position, decision)| decision.sources.iter().map(move |source| (*source, position)))
        .collect();
    behind.par_sort_unstable();
    let mut aside: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for row in behind.chunk_by(|a, b| a.0 == b.0) {
        let outcome = decided.decisions[row[0].1 as usize].outcome;
        if outcome.is_decision() {
            border.out.count += 1;
        } else {
            aside.entry(outcome.word()).or_default().count += 1;
        }
    }
    for roster in read.rosters.iter().flatten() {
        if bureau.rulebook.programmes_of(roster.roster).next().is_some() {
            // Members in the cells of one household's row are one row; they follow each other.
            border.entered.count += roster.claims.chunk_by(|a, b| a.source == b.source).count() as u64;
        }
    }
    border.set_aside = aside.into_iter().map(|(word, tally)| (word.to_owned(), tally)).collect();
    border
}
