//! The `run` command: rosters in, a draft in the ledger, reports beside it. Nothing a bank would
//! accept leaves this house here.

use chrono::NaiveDate;

use crate::assess::{Decision, MonthDecisions, MonthRosters, Outcome};
use crate::crash;
use crate::domain::{
    Beneficiary, Border, Exit, Fault, Finding, Money, Month, Programme, Severity, Tally, Text,
};
use crate::ledger::{self, Asked, DraftMeta, DraftRecord, FundFigures, Ledger};
use crate::pay::BankFile;
use crate::policy::{Frequency, Rulebook};
use crate::report::{Extent, ReportedDecision};
use crate::settle::{self, Plan, RULES_VERSION, RunKind, changes, limits};
use crate::workspace::config::Role;
use crate::workspace::{Existing, FolderWriter, run_folder};

use super::compute::{Computed, compute, must_balance};
use super::inputs::{Exceptions, Gathered, Shelf, Window, Without};
use super::rendering::{self, Rendering};
use super::stage::{self, Stage};
use super::warnings::{bank_findings, hold_findings, payer_findings};
use super::{Bureau, Session};

/// The most payments of a dry run that gets a workbook. A dry run is read and thrown away, and from here on
/// the workbook is the longest of its files to make; the CSV files and the page hold the same.
pub const DRY_RUN_WORKBOOK: usize = 50_000;

/// What `run` is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The cycle month.
    pub cycle: Month,
    /// Pay in advance through this month.
    pub through: Option<Month>,
    /// Monthly or adhoc.
    pub kind: RunKind,
    /// Leave the ledger alone.
    pub dry_run: bool,
    /// Rosters that are not there.
    pub exceptions: Exceptions,
    /// Execution date.
    pub pay_on: Option<NaiveDate>,
    /// Who drafts.
    pub by: String,
}

impl Request {
    /// What must be kept of it to compute the plan again.
    fn asked(&self, stand_ins: &[(Month, String)]) -> Asked {
        let Exceptions { carry_forward, without } = &self.exceptions;
        Asked {
            through: self.through,
            carry_forward: carry_forward.clone(),
            without: without
                .iter()
                .map(|left_out| (left_out.roster.clone(), left_out.township.clone(), left_out.reason.clone()))
                .collect(),
            stand_ins: stand_ins.to_vec(),
        }
    }

    /// The request that led to a draft. It is for computing, not for drafting.
    pub(super) fn of(meta: &DraftMeta) -> Request {
        let asked = &meta.asked;
        let without = |(roster, township, reason): &(String, Option<String>, String)| Without {
            roster: roster.clone(),
            township: township.clone(),
            reason: reason.clone(),
        };
        Request {
            cycle: meta.cycle,
            through: asked.through,
            kind: meta.kind,
            dry_run: true,
            exceptions: Exceptions {
                carry_forward: asked.carry_forward.clone(),
                without: asked.without.iter().map(without).collect(),
            },
            pay_on: Some(meta.pay_on),
            by: meta.drafted_by.clone(),
        }
    }
}

/// What a draft became.
#[derive(Debug)]
pub struct Drafted {
    /// The run's number; `None` for a dry run, or when there is nothing to post.
    pub run: Option<u32>,
    /// The same draft as the one already open.
    pub identical: bool,
    /// Sum of the payments.
    pub total: Money,
    /// How many payments.
    pub payments: u64,
    /// How many lines are on hold, and their money.
    pub held: Tally,
    /// Claims of the cycle month set aside: deferred, rejected.
    pub deferred: u64,
    /// See `deferred`.
    pub rejected: u64,
    /// Findings by severity: errors, warnings.
    pub errors: u64,
    /// See `errors`.
    pub warnings: u64,
    /// What bank files say of the payer and disburse.toml leaves empty; counted among the warnings.
    pub payer: Vec<Finding>,
    /// Codes and names of programmes, for messages.
    pub programmes: Vec<(Text, Text)>,
    /// Stop limits reached.
    pub limits: Vec<limits::LimitHit>,
    /// The last day for the files to reach the bank.
    pub pay_by: NaiveDate,
    /// Working days from today to that day.
    pub working_days_left: i32,
    /// The day the bank is asked to pay on.
    pub pay_on: NaiveDate,
    /// Where the reports lie, inside the workspace; `None` if nothing was written.
    pub folder: Option<String>,
    /// A dry run of so many payments that `reconciliation.xlsx` was left out.
    pub without_workbook: bool,
    /// Borders, all balanced.
    pub borders: Vec<Border>,
}

/// Drafts a cycle.
///
/// # Errors
/// Exit 3: input or policy refused, a roster or township missing; exit 4: locked; exit 5: a border
/// does not balance. Nothing is written in any of these.
pub fn draft(
    bureau: &Bureau,
    ledger: &mut Ledger,
    request: &Request,
    session: &Session,
) -> Result<Drafted, Fault> {
    bureau.must_have(&request.by, Role::Draft)?;
    refuse_dates(request, session.today)?;
    refuse_out_of_order(ledger, request)?;
    let computed = compute(bureau, ledger, request, Shelf::Folders)?;
    let Computed { window, codes, mut gathered, months, mut borders, last, this, resumed, plan, .. } =
        computed;

    // Door 4: bank files, drafted and not kept.
    tracing::info!(cycle = %request.cycle, "bank files");
    Stage::BankFiles.begin(plan.payments.len() as u64);
    let pay_by = bureau.calendar.pay_by(
        request.cycle,
        bureau.workspace.config.pay.lead_days,
        bureau.workspace.config.pay.includes_tenth,
    );
    let pay_on = request.pay_on.unwrap_or(pay_by);
    let retired = super::retired::of(&bureau.rulebook, ledger, &codes)?;
    let rulebook = bureau.rulebook.with_retired(&retired);
    let decisions =
        &months.iter().find(|month| month.month == request.cycle).map_or(&[][..], |m| &m.decisions);
    let figures = bureau.workspace.config.stop_limits();
    let mut hits = limits::check(&rulebook, &figures, request.cycle, &plan, decisions, &last);
    let budget =
        super::budget::figures(&bureau.workspace.config, &rulebook, &codes, ledger, &plan, session.today)?;
    hits.extend(super::budget::overdrawn(&budget));
    let was_paid = |programme: Programme, beneficiary: &Beneficiary| {
        resumed.binary_search_by(|(known, paid)| (*known, paid).cmp(&(programme, beneficiary))).is_ok()
    };
    let changes = changes::compare(&bureau.rulebook, &last, &this, was_paid, &plan, decisions, request.cycle);

    let mut findings = bureau.findings.clone();
    findings.append(&mut gathered.findings);
    findings.extend(computed.findings);
    findings.extend(hold_findings(&plan, &rulebook, &months, &gathered, request.cycle));
    let payer = payer_findings(bureau, &plan);
    findings.extend(payer.iter().cloned());
    findings.extend(bank_findings(bureau, &plan));
    let held = plan.held.iter().fold(Tally::default(), |mut tally, held| {
        tally.add(held.amount);
        tally
    });
    let count =
        |outcome: Outcome| decisions.iter().filter(|decision| decision.outcome == outcome).count() as u64;
    let severity =
        |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    // After a release of the cycle a run that posts nothing is none; the first always is one, and so is one
    // that decides a case at 0.00, which the ledger must know.
    let released = ledger.latest_released_cycle()? == Some(request.cycle);
    let decides_case = plan.settled.iter().any(|settled| {
        let rule = bureau.rulebook.programmes.get(usize::from(settled.line.programme.0));
        rule.is_some_and(|rule| rule.frequency == Frequency::Once)
    });
    let nothing = released && plan.postings.is_empty() && !decides_case && !request.dry_run;
    let rendering = Rendering::of(bureau, &rulebook);
    let mut meta = meta(
        bureau,
        ledger,
        request,
        session,
        Drafting {
            window,
            pay_on,
            plan: &plan,
            gathered: &gathered,
            limits: &hits,
            codes: &codes,
            budget,
            rendering: &rendering,
            months: &months,
        },
    )?;
    let number = if request.dry_run {
        ledger::DraftNumber { run: 0, identical: false }
    } else {
        ledger.number_for(&meta)?
    };
    meta.run = number.run;
    for hit in &mut hits {
        if let Some(payment) = hit.payment {
            hit.subject = rendering::payment_id(&meta, payment).to_string().into();
        }
    }
    tracing::info!(
        run = number.run,
        postings = plan.postings.len(),
        payments = plan.payments.len(),
        held = plan.held.len(),
        "planned"
    );
    let mut bank_files =
        rendering.render(&bureau.profiles, &meta, rendering::numbered(&meta, &plan.payments))?;
    // They are drafted to be known by their digests; a release makes them again.
    bank_files.iter_mut().for_each(|file| file.bytes = Vec::new());
    stage::advance(plan.payments.len() as u64, plan.payments.len() as u64);
    borders.push(files_border(&plan, &bank_files));
    must_balance(&borders)?;
    meta.bank_files = bank_files.iter().map(ledger_file).collect();
    let without_workbook = request.dry_run && plan.payments.len() > DRY_RUN_WORKBOOK;
    let mut drafted = Drafted {
        run: (!nothing && !request.dry_run).then_some(number.run),
        identical: number.identical,
        total: plan.total(),
        payments: plan.payments.len() as u64,
        held,
        deferred: count(Outcome::Deferred),
        rejected: count(Outcome::Rejected),
        errors: severity(Severity::Error),
        warnings: severity(Severity::Warning),
        payer,
        programmes: rulebook.programmes.iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect(),
        limits: hits,
        pay_by,
        pay_on,
        working_days_left: bureau.calendar.working_days_left(session.today, pay_by),
        folder: None,
        without_workbook,
        borders,
    };
    if nothing {
        return Ok(drafted);
    }

    // Door 5: the draft into the ledger, the reports beside it.
    tracing::info!(cycle = %request.cycle, "writing");
    Stage::Writing.begin(super::reports::FILES);
    let mut places = vec![(0, 0); plan.payments.len()];
    for (file, bank_file) in bank_files.iter().enumerate() {
        for row in &bank_file.rows {
            places[row.payment as usize] = (file as u32, row.row);
        }
    }
    // The same draft by another person stays that of the first.
    let open = if number.identical { ledger.open_draft_meta()? } else { None };
    if let Some(open) = open {
        meta = open;
        if bureau.workspace.has_out_folder(request.cycle, &run_folder(number.run)) {
            drafted.folder = Some(format!("out/{}/{}", request.cycle, run_folder(number.run)));
            return Ok(drafted);
        }
    }
    let record = DraftRecord { meta, plan, places };
    if !request.dry_run {
        archive(bureau, &gathered)?;
        crash::point("inputs-archived");
    }
    let folder = if request.dry_run {
        format!("out/{}/dry-run", request.cycle)
    } else {
        format!("out/{}/{}", request.cycle, run_folder(number.run))
    };
    let reported = reported(&bureau.rulebook, &months, &gathered.months, &computed.noteworthy, request.cycle);
    // A run's folder is never rewritten with other contents; the same draft gives the same bytes. It takes
    // its name once the ledger knows the draft.
    let name = folder.rsplit('/').next().unwrap_or("run");
    let writer = FolderWriter::begin(
        &bureau.workspace.out_folder(request.cycle, name),
        if request.dry_run { Existing::Replace } else { Existing::MustEqual },
    )?;
    super::reports::write(
        bureau,
        ledger,
        super::reports::Facts {
            rulebook: &rulebook,
            record: &record,
            reported: &reported,
            findings: &findings,
            borders: &drafted.borders,
            limits: &drafted.limits,
            changes,
            months: &months.iter().map(|month| month.month).collect::<Vec<_>>(),
            files: &gathered.files,
            bank_files: &bank_files,
            pay_by,
            extent: if without_workbook { Extent::Page } else { Extent::Everything },
        },
        session,
        &writer,
    )?;
    if !request.dry_run && !number.identical {
        ledger.save_draft(&record)?;
    }
    writer.publish()?;
    // Millions of small pieces of memory: given back beside what follows, not before the answer.
    rayon::spawn(move || drop((record, gathered, months)));
    drafted.folder = Some(folder);
    Ok(drafted)
}

/// Months and days that would make a draft nobody could mean: one that ends before it begins, and one that
/// nobody could approve any more. A dry run is not approved.
fn refuse_dates(request: &Request, today: NaiveDate) -> Result<(), Fault> {
    if let Some(through) = request.through.filter(|through| *through < request.cycle) {
        return Err(Fault::new(Exit::Usage, "through-before-month")
            .with("through", through.to_string())
            .with("month", request.cycle.to_string()));
    }
    if let Some(pay_on) = request.pay_on.filter(|day| *day < today && !request.dry_run) {
        return Err(Fault::new(Exit::Usage, "pay-on-passed")
            .with("date", pay_on.to_string())
            .with("today", today.to_string()));
    }
    Ok(())
}

/// A cycle before the latest released one is closed; an adhoc run needs its cycle's monthly release.
fn refuse_out_of_order(ledger: &Ledger, request: &Request) -> Result<(), Fault> {
    let released = ledger.latest_released_cycle()?;
    if let Some(latest) = released.filter(|latest| request.cycle < *latest) {
        return Err(Fault::new(Exit::Refused, "cycle-closed")
            .with("month", request.cycle.to_string())
            .with("latest", latest.to_string()));
    }
    if request.kind == RunKind::Adhoc && released != Some(request.cycle) {
        return Err(
            Fault::new(Exit::Refused, "adhoc-before-monthly").with("month", request.cycle.to_string())
        );
    }
    Ok(())
}

fn files_border(plan: &Plan, files: &[BankFile]) -> Border {
    let mut border = Border { name: "payments-files", ..Border::default() };
    plan.payments.iter().for_each(|payment| border.entered.add(payment.amount));
    for file in files {
        border.out = border.out + Tally { count: file.count, money: file.total };
    }
    border
}

struct Drafting<'a> {
    window: Window,
    pay_on: NaiveDate,
    plan: &'a Plan,
    gathered: &'a Gathered,
    limits: &'a [limits::LimitHit],
    codes: &'a [Text],
    budget: Vec<FundFigures>,
    rendering: &'a Rendering,
    months: &'a [MonthDecisions],
}

/// Everything about the draft that does not depend on its number.
fn meta(
    bureau: &Bureau,
    ledger: &Ledger,
    request: &Request,
    session: &Session,
    drafting: Drafting<'_>,
) -> Result<DraftMeta, Fault> {
    let Drafting { window, pay_on, plan, gathered, limits, codes, budget, rendering, months } = drafting;
    let mut inputs = bureau.inputs.clone();
    inputs.extend(gathered.inputs.iter().cloned());
    Ok(DraftMeta {
        run: 0,
        kind: request.kind,
        cycle: request.cycle,
        first_month: window.first,
        last_month: window.last,
        drafted_by: request.by.clone(),
        today: session.today,
        os_user: session.os_user.clone(),
        host: session.host.clone(),
        head_before: ledger.head()?,
        codes: codes.iter().map(ToString::to_string).collect(),
        district: bureau.rulebook.district.to_string(),
        // A dry run is never looked for again.
        plan_digest: if request.dry_run { String::new() } else { ledger::plan_digest(plan, codes) },
        policy_digest: bureau.rulebook.digest.clone(),
        rules_version: RULES_VERSION,
        pay_on,
        total: plan.total(),
        payments: plan.payments.len() as u32,
        inputs,
        bases: Vec::new(),
        bank_files: Vec::new(),
        limits: limits
            .iter()
            .map(|hit| ledger::LimitHit {
                limit: hit.limit.clone(),
                detail: format!("{} {} > {}", hit.place(), hit.figures, hit.allowed),
            })
            .collect(),
        asked: request.asked(&gathered.stand_ins),
        budget,
        // A dry run is kept nowhere.
        counts: (!request.dry_run).then(|| {
            settle::statistics::count(&bureau.rulebook, request.cycle, &gathered.months, months, plan, codes)
        }),
        language: session.language,
        details: serde_json::to_string(rendering)
            .map_err(|fault| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string()))?,
    })
}

fn ledger_file(file: &BankFile) -> ledger::BankFile {
    ledger::BankFile {
        name: file.name.to_string(),
        sha256: file.sha256.clone(),
        count: file.count,
        total: file.total,
        profile: file.profile.to_string(),
    }
}

fn archive(bureau: &Bureau, gathered: &Gathered) -> Result<(), Fault> {
    for bytes in &bureau.bytes {
        bureau.workspace.archive_put(bytes)?;
    }
    // Rosters are read again rather than kept beside their rows until now.
    gathered.inputs.iter().try_for_each(|input| bureau.workspace.archive_file(&input.name, &input.sha256))
}

/// Every claim of the cycle month, and of other months what this run posts or what is decided otherwise
/// than before.
fn reported<'a>(
    rulebook: &Rulebook,
    months: &'a [MonthDecisions],
    rosters: &'a [MonthRosters],
    noteworthy: &[Vec<usize>],
    cycle: Month,
) -> Vec<ReportedDecision<'a>> {
    let mut reported = Vec::new();
    for ((month, rosters), noteworthy) in months.iter().zip(rosters).zip(noteworthy) {
        let mut add = |decision: &'a Decision| {
            let roster = rosters.rosters[usize::from(rulebook.rule(decision.programme).roster.0)].as_ref();
            let claim = roster.and_then(|roster| roster.claims.get(decision.claim as usize));
            reported.extend(claim.map(|claim| ReportedDecision { decision, claim }));
        };
        if month.month == cycle {
            month.decisions.iter().for_each(&mut add);
        } else {
            noteworthy.iter().filter_map(|position| month.decisions.get(*position)).for_each(&mut add);
        }
    }
    reported
}
