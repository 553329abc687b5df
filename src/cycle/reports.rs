//! Fills the report room's facts from what a draft knows, and writes the run's files.

use chrono::{Datelike, NaiveDate};

use std::collections::BTreeMap;
use std::io;

use crate::domain::{Border, Exit, Fault, Files, Finding, Month, Programme, Tally, Text};
use crate::ledger::{DraftMeta, DraftRecord, Ledger};
use crate::pay::BankFile;
use crate::policy::Rulebook;
use crate::report::{
    self, CycleTotal, Extent, InputFile, LimitReached, PayBy, PaymentPlace, ReportedDecision, RunFacts,
};
use crate::settle::changes::{Change, Kind};
use crate::settle::{LedgerLine, SettledLine, limits::LimitHit};

use crate::workspace::{FolderFile, FolderWriter};

use super::{Bureau, Session};

/// What the draft hands over.
pub(super) struct Facts<'a> {
    /// The pack's, with the programmes that are retired.
    pub rulebook: &'a Rulebook,
    pub record: &'a DraftRecord,
    pub reported: &'a [ReportedDecision<'a>],
    pub findings: &'a [Finding],
    pub borders: &'a [Border],
    pub limits: &'a [LimitHit],
    pub changes: &'a [Change],
    pub months: &'a [Month],
    pub files: &'a Files,
    pub bank_files: &'a [BankFile],
    pub last: &'a [LedgerLine],
    pub pay_by: NaiveDate,
}

/// Writes a run's reports into a folder that the caller publishes.
///
/// # Errors
/// The report room's writers, the disk (exit 4).
pub(super) fn write(
    bureau: &Bureau,
    ledger: &Ledger,
    facts: Facts<'_>,
    session: &Session,
    folder: &FolderWriter,
) -> Result<(), Fault> {
    let record = facts.record;
    let meta = &record.meta;
    let payments: Vec<PaymentPlace> = super::rendering::numbered(meta, &record.plan.payments)
        .zip(&record.places)
        .map(|((id, _), (file, line))| PaymentPlace {
            id: id.to_string().into(),
            file: facts.bank_files.get(*file as usize).map(|file| file.name.clone()).unwrap_or_default(),
            line: *line,
        })
        .collect();
    // Lines the plan speaks of that no decision of the cycle month names: of other months.
    let mut earlier: Vec<SettledLine> =
        record.plan.settled.iter().filter(|settled| settled.line.month != meta.cycle).cloned().collect();
    let open = facts.last.iter().filter(|line| !line.balance.is_zero());
    earlier.extend(open.filter_map(|line| line.settled.clone()));
    earlier.sort_by(|a, b| a.line.cmp(&b.line));
    earlier.dedup_by(|a, b| a.line == b.line);
    let changes: Vec<report::Change> = facts.changes.iter().map(|change| of_change(bureau, change)).collect();
    let limits: Vec<LimitReached> = facts.limits.iter().map(of_limit).collect();
    let inputs: Vec<InputFile> = meta
        .inputs
        .iter()
        .map(|input| InputFile {
            path: input.name.as_str().into(),
            sha256: input.sha256.clone(),
            rows: input.rows,
        })
        .collect();
    let bank_files: Vec<report::BankFile> = facts
        .bank_files
        .iter()
        .map(|file| report::BankFile {
            name: file.name.clone(),
            programme: facts.rulebook.programme(&file.programme).unwrap_or(Programme(0)),
            bank: file.bank.clone(),
            sha256: file.sha256.clone(),
            total: Tally { count: file.count, money: file.total },
        })
        .collect();
    let history = history(ledger, meta)?;
    let budgets = super::budget::lines(&meta.budget);
    let filled = RunFacts {
        bureau: &bureau.workspace.config.bureau.name,
        rulebook: facts.rulebook,
        files: facts.files,
        run: meta.run,
        kind: meta.kind,
        cycle: meta.cycle,
        months: facts.months,
        today: session.today,
        by: &meta.drafted_by,
        rules_version: meta.rules_version,
        decisions: facts.reported,
        findings: facts.findings,
        plan: &record.plan,
        earlier: &earlier,
        payments: &payments,
        borders: facts.borders,
        limits: &limits,
        inputs: &inputs,
        bank_files: &bank_files,
        ledger_head: &meta.head_before.hash,
        pay_by: PayBy {
            date: facts.pay_by,
            working_days_left: bureau.calendar.working_days_left(session.today, facts.pay_by),
            table_known: bureau.calendar.knows(facts.pay_by.year()),
        },
        history: &history,
        changes: &changes,
        budgets: &budgets,
        returned: &[],
        language: session.language,
    };
    report::write_run(&filled, Extent::Everything, &mut InFolder(folder)).map_err(|error| {
        // The disk's errors carry their fault; any other is ours.
        let failed =
            |error: io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", error.to_string());
        error.downcast::<Fault>().unwrap_or_else(failed)
    })?;
    Ok(())
}

/// The run's folder as the report room's sink.
struct InFolder<'a>(&'a FolderWriter);

impl report::Sink for InFolder<'_> {
    type Out = FolderFile;

    fn open(&mut self, name: &str) -> io::Result<FolderFile> {
        self.0.open(name).map_err(io::Error::other)
    }

    fn close(&mut self, _name: &str, out: FolderFile) -> io::Result<()> {
        self.0.close(out).map_err(io::Error::other)
    }
}

fn of_change(bureau: &Bureau, change: &Change) -> report::Change {
    let township = bureau.rulebook.divisions.find(&change.township);
    report::Change {
        programme: change.programme,
        beneficiary: change.beneficiary.clone(),
        name: change.name.clone(),
        township: bureau.rulebook.divisions.name(&township).into(),
        change: match change.kind {
            Kind::New => report::ChangeKind::New,
            Kind::Stopped => report::ChangeKind::Stopped,
            Kind::Changed => report::ChangeKind::Changed,
            Kind::Resumed => report::ChangeKind::Resumed,
            Kind::MovedAccount => report::ChangeKind::MovedAccount,
        },
        before: (!change.before.is_zero()).then_some(change.before),
        now: (!change.now.is_zero()).then_some(change.now),
        reason: change.reason.as_str().into(),
    }
}

fn of_limit(hit: &LimitHit) -> LimitReached {
    let (programme, township) = hit.place.split_once('/').unwrap_or((&hit.place, ""));
    LimitReached {
        name: hit.limit.as_str().into(),
        programme: programme.into(),
        township: township.into(),
        subject: "".into(),
        figure: hit.figures.as_str().into(),
        limit: "".into(),
    }
}

/// What the cycles before this one paid, by programme, up to twelve cycles back.
fn history(ledger: &Ledger, meta: &DraftMeta) -> Result<Vec<CycleTotal>, Fault> {
    let codes: Vec<Text> = meta.codes.iter().map(Text::from).collect();
    let runs = ledger.runs()?;
    let mut totals: BTreeMap<(Month, Programme), Tally> = BTreeMap::new();
    // A cycle is mostly released in its own year; December's may be in January's.
    for year in meta.cycle.year() - 2..=meta.cycle.year() + 1 {
        for (run, programme, paid) in ledger.paid_in_year(year, &codes)? {
            let cycle = runs.iter().find(|known| known.number == run).map(|known| known.cycle);
            let recent = |cycle: &Month| *cycle < meta.cycle && meta.cycle.months_since(*cycle) <= 12;
            if let Some(cycle) = cycle.filter(recent) {
                let total = totals.entry((cycle, programme)).or_default();
                total.money += paid;
            }
        }
    }
    Ok(totals.into_iter().map(|((cycle, programme), paid)| CycleTotal { cycle, programme, paid }).collect())
}
