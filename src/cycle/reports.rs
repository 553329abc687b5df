//! Fills the report room's facts from what a draft knows, and writes the run's files.

use chrono::{Datelike, NaiveDate};

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::domain::{
    Border, Exit, Fault, Files, Finding, Line, Money, Month, PostingKind, Programme, Tally, Text,
};
use crate::ledger::{DraftMeta, DraftRecord, Ledger};
use crate::pay::BankFile;
use crate::policy::Rulebook;
use crate::report::{
    self, CycleTotal, Extent, InputFile, LimitReached, PayBy, PaymentPlace, ReportedDecision,
    ReturnedPayment, RunFacts,
};
use crate::settle::SettledLine;
use crate::settle::changes::{Change, Kind};
use crate::settle::limits::{Allowed, LimitHit};
use crate::words::{self, Language};
use crate::workspace::{FolderFile, FolderWriter};

use super::{Bureau, Session, stage};

/// What the draft hands over.
pub(super) struct Facts<'a> {
    /// The pack's, with the programmes that are retired.
    pub rulebook: &'a Rulebook,
    pub record: &'a DraftRecord,
    pub reported: &'a [ReportedDecision<'a>],
    pub findings: &'a [Finding],
    pub borders: &'a [Border],
    pub limits: &'a [LimitHit],
    pub changes: Vec<Change>,
    pub months: &'a [Month],
    pub files: &'a Files,
    pub bank_files: &'a [BankFile],
    pub pay_by: NaiveDate,
    /// Which files are written.
    pub extent: Extent,
}

/// Writes a run's reports into a folder that the caller publishes.
///
/// # Errors
/// The report room's writers, the disk (exit 4).
pub(super) fn write(
    bureau: &Bureau,
    ledger: &Ledger,
    mut facts: Facts<'_>,
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
    earlier.extend(open_before(ledger, meta)?);
    earlier.sort_by(|a, b| a.line.cmp(&b.line));
    earlier.dedup_by(|a, b| a.line == b.line);
    let changes: Vec<report::Change> =
        std::mem::take(&mut facts.changes).into_iter().map(|change| of_change(bureau, change)).collect();
    let limits: Vec<LimitReached> =
        facts.limits.iter().map(|hit| of_limit(&facts, hit, session.language)).collect();
    let returned = returned(ledger, record)?;
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
        returned: &returned,
        language: session.language,
    };
    report::write_run(&filled, facts.extent, &mut InFolder(folder)).map_err(|error| {
        // The disk's errors carry their fault; any other is ours.
        let failed =
            |error: io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", error.to_string());
        error.downcast::<Fault>().unwrap_or_else(failed)
    })?;
    Ok(())
}

/// How many files a run writes: the tables, and JSON, page, workbook and manifest.
pub(super) const FILES: u64 = report::tables::FILES.len() as u64 + 4;

/// The run's folder as the report room's sink.
struct InFolder<'a>(&'a FolderWriter);

impl report::Sink for InFolder<'_> {
    type Out = FolderFile;

    fn open(&mut self, name: &str) -> io::Result<FolderFile> {
        self.0.open(name).map_err(io::Error::other)
    }

    fn close(&mut self, _name: &str, out: FolderFile) -> io::Result<()> {
        stage::advance(1, 0);
        self.0.close(out).map_err(io::Error::other)
    }
}

/// What every line that was open before the run was settled from: money on hold, receivables.
fn open_before(ledger: &Ledger, meta: &DraftMeta) -> Result<impl Iterator<Item = SettledLine>, Fault> {
    let codes: Vec<Text> = meta.codes.iter().map(Text::from).collect();
    // Outside a month that nothing is ever paid for: all of them.
    let never = Month::from_index(i32::MAX);
    let open = ledger.open_lines(never..=never, &codes)?;
    Ok(open.into_iter().filter_map(|line| line.settled))
}

fn of_change(bureau: &Bureau, change: Change) -> report::Change {
    let township = bureau.rulebook.divisions.find(&change.township);
    report::Change {
        programme: change.programme,
        beneficiary: change.beneficiary,
        name: change.name,
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

/// A limit in words: programme and fund by their names, the payment with its payee.
fn of_limit(facts: &Facts<'_>, hit: &LimitHit, language: Language) -> LimitReached {
    let rulebook = facts.rulebook;
    let say = |code: &str, blanks: &[(&'static str, Text)]| words::say(language, code, blanks);
    let number = |number: u32| Text::from(number.to_string());
    let payment = hit.payment.and_then(|position| facts.record.plan.payments.get(position as usize));
    let fund = hit.subject.split_once('/').map_or(hit.subject.as_str(), |(fund, _)| fund);
    let subject = match rulebook.funds.iter().find(|known| known.code == fund) {
        Some(known) if hit.limit == super::budget::LIMIT => hit.subject.replacen(fund, &known.name, 1).into(),
        _ => match payment {
            Some(payment) => Text::from(format!("{} {}", hit.subject, payment.payee.name)),
            None => hit.subject.clone(),
        },
    };
    let limit = match &hit.allowed {
        Allowed::PercentAndPeople(percent, people) => {
            say("report-allowed-share", &[("percent", number(*percent)), ("people", number(*people))]).into()
        }
        other => Text::from(other.to_string()),
    };
    LimitReached {
        name: hit.limit.as_str().into(),
        programme: hit.programme.clone(),
        township: hit.township.clone(),
        subject,
        figure: hit.figures.as_str().into(),
        limit,
    }
}

/// Payments of earlier runs that came back and whose money this run does not pay again either, with what
/// is owed of them after it.
fn returned(ledger: &Ledger, record: &DraftRecord) -> Result<Vec<ReturnedPayment>, Fault> {
    let codes: Vec<Text> = record.meta.codes.iter().map(Text::from).collect();
    let open = ledger.open_returns(&codes)?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let plan = &record.plan;
    let paid: BTreeSet<&Line> = plan
        .postings
        .iter()
        .filter(|posting| posting.kind == PostingKind::Payment)
        .map(|posting| &posting.line)
        .collect();
    let mut returned: Vec<ReturnedPayment> = Vec::new();
    for one in open {
        let after = plan.balances.binary_search_by(|balance| balance.line.cmp(&one.line));
        let owed = after.map_or(Money::ZERO, |position| plan.balances[position].balance);
        if !owed.is_positive() || paid.contains(&one.line) {
            continue;
        }
        let id = Text::from(one.payment.to_string());
        match returned.last_mut().filter(|before| before.id == id) {
            Some(before) => before.amount += owed,
            None => returned.push(ReturnedPayment {
                id,
                programme: one.programme,
                beneficiary: one.beneficiary,
                name: one.name,
                bank: one.bank,
                amount: owed,
                reason: one.reason,
                cycle: one.payment.cycle,
            }),
        }
    }
    Ok(returned)
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
