//! A run computed again from the archive alone: settings, pack, registers, calendar and rosters by the
//! digests the run wrote down, against the ledger as it was when the run was drafted. The plan must be
//! the same to its digest, and its bank files to their bytes. Under another version of the rules the
//! differences are told, and are no fault.

use std::collections::BTreeMap;

use crate::domain::{Exit, Fault, Finding, Line, Money, Severity, Text};
use crate::ledger::{self, DraftMeta, Ledger};
use crate::settle::{Plan, RULES_VERSION};
use crate::workspace::Workspace;

use super::bureau::{Bureau, SETTINGS, Sources};
use super::compute::{self, Computed};
use super::draft::Request;
use super::inputs::Shelf;
use super::verify::{at, of_fault};
use super::{Session, approve};

/// How many differences are told one by one.
const TOLD: usize = 50;

/// What computing a run again gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// The run.
    pub run: u32,
    /// The plan is the same.
    pub same: bool,
    /// The version of the rules then, and now.
    pub rules: (u32, u32),
    /// How many postings, payments, holds and settled lines differ.
    pub differences: u64,
}

/// Whether a run can be computed again: it is released, or the open draft.
///
/// # Errors
/// Exit 2: it is neither.
pub(super) fn must_be_known(ledger: &Ledger, run: u32) -> Result<(), Fault> {
    match meta_of(ledger, run) {
        Ok(None) => Err(Fault::new(Exit::Usage, "run-not-kept").with("run", run.to_string())),
        // What is altered is found on the way.
        _ => Ok(()),
    }
}

fn meta_of(ledger: &Ledger, run: u32) -> Result<Option<DraftMeta>, Fault> {
    match ledger.release_meta(run)? {
        Some((meta, _, _)) => Ok(Some(meta)),
        None => Ok(ledger.open_draft_meta()?.filter(|meta| meta.run == run)),
    }
}

/// Computes a run again and says what differs.
///
/// # Errors
/// The ledger, the disk.
pub(super) fn recompute(
    workspace: &Workspace,
    ledger: &Ledger,
    run: u32,
    session: &Session,
    findings: &mut Vec<Finding>,
) -> Result<Recomputed, Fault> {
    let Some(meta) = meta_of(ledger, run)? else {
        return Err(Fault::new(Exit::Usage, "run-not-kept").with("run", run.to_string()));
    };
    let number = run.to_string();
    let released = ledger.released_run(run)?;
    if let Some(released) = &released
        && let Err(fault) = approve::renders_as_drafted(released)
    {
        findings.push(of_fault(&fault, "ledger.db"));
    }
    // Under other rules a difference is told, not blamed.
    let severity = if meta.rules_version == RULES_VERSION { Severity::Error } else { Severity::Warning };
    let mut recomputed =
        Recomputed { run, same: false, rules: (meta.rules_version, RULES_VERSION), differences: 0 };
    let computed = match compute(workspace, ledger, &meta, session) {
        Ok(computed) => computed,
        Err(fault) if fault.exit == Exit::Locked => return Err(fault),
        Err(fault) => {
            findings.extend(fault.findings.iter().cloned());
            findings.push(of_fault(&fault, "archive"));
            let failed = at("archive", "recompute-failed").with("run", number);
            findings.push(Finding { severity, ..failed });
            return Ok(recomputed);
        }
    };
    let (plan, codes) = (computed.1.plan, computed.1.codes);
    recomputed.same = ledger::plan_digest(&plan, &codes) == meta.plan_digest;
    if recomputed.same {
        return Ok(recomputed);
    }
    let then = match &released {
        Some(released) => of_ledger(ledger, &meta, released.released.entry)?,
        None => {
            ledger.open_draft()?.map(|draft| of_plan(&draft.plan, &meta_codes(&meta))).unwrap_or_default()
        }
    };
    let now = of_plan(&plan, &codes);
    for key in then.keys().chain(now.keys().filter(|key| !then.contains_key(*key))) {
        let (was, is) = (then.get(key).copied().unwrap_or(0), now.get(key).copied().unwrap_or(0));
        if was == is {
            continue;
        }
        recomputed.differences += 1;
        if recomputed.differences <= TOLD as u64 {
            let finding = at("archive", "recomputed-otherwise")
                .with("run", &number)
                .with("what", key.to_string())
                .with("was", was.to_string())
                .with("is", is.to_string());
            findings.push(Finding { severity, ..finding });
        }
    }
    let all = at("archive", "recomputed-differs")
        .with("run", &number)
        .with("count", recomputed.differences.to_string())
        .with("then", meta.rules_version.to_string())
        .with("now", RULES_VERSION.to_string());
    findings.push(Finding { severity, ..all });
    Ok(recomputed)
}

/// A released run computed again from the archive, for papers that need what the ledger does not hold.
pub struct Again {
    pub(super) bureau: Bureau,
    pub(super) computed: Computed,
}

/// Computes a released run again.
///
/// # Errors
/// Exit 2: not released; exit 5: the archive lacks an input; the ledger, the disk.
pub fn again(workspace: &Workspace, ledger: &Ledger, run: u32, session: &Session) -> Result<Again, Fault> {
    let Some((meta, ..)) = ledger.release_meta(run)? else {
        return Err(super::not_released(ledger, run));
    };
    let (bureau, computed) = compute(workspace, ledger, &meta, session)?;
    Ok(Again { bureau, computed })
}

/// Computes a run again: the bureau as it was, and what the run comes to.
///
/// # Errors
/// An input that the archive lacks, or that is refused now; the disk.
fn compute(
    workspace: &Workspace,
    ledger: &Ledger,
    meta: &DraftMeta,
    session: &Session,
) -> Result<(Bureau, Computed), Fault> {
    let settings = meta.inputs.iter().find(|input| input.name == SETTINGS);
    let settings = settings.ok_or_else(|| Fault::new(Exit::Unbalanced, "settings-not-archived"))?;
    let then = workspace.under(workspace.archive_get(&settings.sha256)?)?;
    let sources = Sources::archived(&then, &meta.inputs)?;
    let bureau = Bureau::read(then, sources, meta.cycle, session.language)?;
    let before = ledger.as_of(meta.head_before.number)?;
    let shelf = Shelf::Archive { inputs: &meta.inputs, stand_ins: &meta.asked.stand_ins };
    let computed = compute::compute(&bureau, &before, &Request::of(meta), shelf)?;
    Ok((bureau, computed))
}

fn meta_codes(meta: &DraftMeta) -> Vec<Text> {
    meta.codes.iter().map(Text::from).collect()
}

/// One thing a plan says, in words that name nobody whole, and in full for comparing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    programme: Text,
    line: Option<Line>,
    what: String,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.programme)?;
        if let Some(line) = &self.line {
            write!(f, " {} {}", line.beneficiary.masked(), line.month)?;
            if !line.case_no.is_empty() {
                write!(f, " {}", line.case_no)?;
            }
        }
        write!(f, " {}", self.what)
    }
}

/// What is said, and how often.
type Bag = BTreeMap<Said, u32>;

fn add(bag: &mut Bag, codes: &[Text], line: &Line, what: String) {
    let programme = codes.get(usize::from(line.programme.0)).cloned().unwrap_or_default();
    *bag.entry(Said { programme, line: Some(line.clone()), what }).or_default() += 1;
}

fn add_payment(bag: &mut Bag, programme: Text, bank: &str, amount: Money, items: &[(Line, Money)]) {
    let line = items.first().map(|(line, _)| line.clone());
    let what = format!("payment {bank} {amount} / {}", items.len());
    *bag.entry(Said { programme, line, what }).or_default() += 1;
}

fn of_plan(plan: &Plan, codes: &[Text]) -> Bag {
    let mut bag = Bag::new();
    for posting in &plan.postings {
        let cause = posting.cause.map_or("", |cause| cause.word());
        add(&mut bag, codes, &posting.line, format!("{} {} {cause}", posting.kind, posting.amount));
    }
    for payment in &plan.payments {
        let programme = codes.get(usize::from(payment.programme.0)).cloned().unwrap_or_default();
        add_payment(&mut bag, programme, &payment.payee.account.bank, payment.amount, &payment.items);
    }
    for held in &plan.held {
        add(&mut bag, codes, &held.line, format!("held {} {}", held.amount, held.hold.word()));
    }
    bag
}

/// The same of a released run, from the ledger's rows.
fn of_ledger(ledger: &Ledger, meta: &DraftMeta, entry: u64) -> Result<Bag, Fault> {
    let codes = meta_codes(meta);
    let mut bag = Bag::new();
    for posting in ledger.postings_of_entries(entry, entry, &codes)? {
        let cause = posting.cause.map_or("", |cause| cause.word());
        add(&mut bag, &codes, &posting.line, format!("{} {} {cause}", posting.kind, posting.amount));
    }
    for paid in ledger.payments_of_run(meta.run, &codes)? {
        let payment = &paid.payment;
        let programme = codes.get(usize::from(payment.programme.0)).cloned().unwrap_or_default();
        add_payment(&mut bag, programme, &payment.payee.account.bank, payment.amount, &payment.items);
    }
    for held in ledger.held_of_run(meta.run, &codes)? {
        add(&mut bag, &codes, &held.line, format!("held {} {}", held.amount, held.hold.word()));
    }
    Ok(bag)
}
