//! `approve`, `reject`, `emit`: a draft is released by a second person, in one transaction; then its
//! bank files, rendered again from the ledger and equal to the drafted digests, appear in the outbox
//! by one rename (DESIGN §10, approve).

use std::collections::BTreeSet;

use crate::crash;
use crate::domain::{Exit, Fault, Money, PaymentId, Text};
use crate::ledger::{Approval, DraftMeta, Head, Ledger, ReleasedRun, RunState};
use crate::pay::BankFile;
use crate::settle::PlannedPayment;
use crate::words;
use crate::workspace::config::Role;
use crate::workspace::{Existing, Workspace, run_folder, write_folder_atomically};

use super::Session;
use super::rendering::{self, Rendering};
use super::stage::Stage;

/// Every stop limit, as `--accept` takes it (DESIGN §10).
const LIMITS: [&str; 6] =
    ["recoveries", "beneficiaries", "programme-total", "single-payment", "engine", super::budget::LIMIT];

/// What `approve` is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The run.
    pub run: u32,
    /// The total, as the approver typed it.
    pub total: Money,
    /// Who approves.
    pub by: String,
    /// Limits accepted, with reasons.
    pub accepted: Vec<(String, String)>,
}

/// What a release became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The run.
    pub run: u32,
    /// It was released before; nothing has changed.
    pub before: bool,
    /// Sum of the payments.
    pub total: Money,
    /// The part of it in the files that are there: without recalled ones.
    pub in_files: Money,
    /// Where the bank files lie, inside the workspace.
    pub folder: String,
    /// Their names.
    pub files: Vec<String>,
    /// Names of files that were recalled: they are not there, and must not be handed to the bank again.
    pub recalled: Vec<String>,
    /// Where the payment vouchers lie, inside the workspace.
    pub vouchers: String,
    /// The end of the chain.
    pub head: Head,
    /// The folder of the run's reports is gone.
    pub reports_missing: Option<String>,
}

/// Releases a draft.
///
/// # Errors
/// Exit 2: not a person with the role, no such run or limit; exit 3: own draft, wrong total, a limit not accepted; exit 4: the
/// draft is stale, superseded or past its execution date; exit 5: files do not equal the drafted digests.
/// Nothing is released in any of these.
pub fn approve(
    workspace: &Workspace,
    ledger: &mut Ledger,
    request: &Request,
    session: &Session,
) -> Result<Released, Fault> {
    let config = &workspace.config;
    if !config.may(&request.by, Role::Approve) {
        return Err(super::lacks_role(config, &request.by, Role::Approve));
    }
    if let Some((limit, _)) = request.accepted.iter().find(|(limit, _)| !LIMITS.contains(&limit.as_str())) {
        return Err(Fault::new(Exit::Usage, "limit-unknown")
            .with("limit", limit)
            .with("known", LIMITS.join(", ")));
    }
    let run = run_text(request.run);
    let summary = ledger.runs()?.into_iter().find(|summary| summary.number == request.run);
    let Some(summary) = summary else { return Err(Fault::new(Exit::Usage, "run-unknown").with("run", run)) };
    match summary.state {
        RunState::Drafted => {}
        RunState::Released | RunState::Settled | RunState::Recalled => {
            // Approved before: finish what a crash may have left, change nothing.
            let files = emit(workspace, ledger, request.run)?;
            return Ok(Released { before: true, ..files });
        }
        RunState::Superseded | RunState::Rejected => {
            return Err(Fault::new(Exit::Locked, "run-not-open")
                .with("run", run)
                .with("state", words::say(session.language, summary.state.word(), &[])));
        }
    }
    Stage::Checking.begin(1);
    let Some(draft) = ledger.open_draft()?.filter(|draft| draft.meta.run == request.run) else {
        return Err(Fault::new(Exit::Locked, "run-not-open").with("run", run).with("state", "?"));
    };
    let meta = &draft.meta;
    if meta.drafted_by == request.by {
        return Err(Fault::new(Exit::Refused, "approve-own-draft")
            .with("name", &request.by)
            .with("run", run));
    }
    if meta.total != request.total {
        return Err(Fault::new(Exit::Refused, "typed-total-differs")
            .with("typed", request.total.to_string())
            .with("total", meta.total.to_string()));
    }
    if session.today > meta.pay_on {
        return Err(Fault::new(Exit::Locked, "execution-date-passed")
            .with("date", meta.pay_on.to_string())
            .with("run", run));
    }
    // The budget as it stands now, and in this year: the draft may be of the year before.
    let budget = super::budget::again(config, ledger, meta, &draft.plan, session.today)?;
    if let Some(fund) = budget.touched {
        return Err(Fault::new(Exit::Locked, "draft-stale")
            .with("run", run)
            .with("what", format!("budget {fund}")));
    }
    let drafted = meta.limits.iter().map(|hit| hit.limit.as_str());
    let reached: BTreeSet<&str> =
        drafted.chain(budget.overdrawn.iter().map(|hit| hit.limit.as_str())).collect();
    let accepted = |limit: &str| {
        request.accepted.iter().any(|(accepted, reason)| accepted == limit && !reason.trim().is_empty())
    };
    let open: Vec<&str> = reached.into_iter().filter(|limit| !accepted(limit)).collect();
    if !open.is_empty() {
        return Err(Fault::new(Exit::Refused, "limits-not-accepted")
            .with("limits", open.join(", "))
            .with("run", run));
    }
    render_equal(meta, rendering::numbered(meta, &draft.plan.payments))?;
    Stage::Posting.begin(u64::from(meta.payments));
    ledger.release(&Approval {
        run: request.run,
        by: request.by.as_str().into(),
        today: session.today,
        os_user: session.os_user.as_str().into(),
        host: session.host.as_str().into(),
        accepted: request.accepted.clone(),
    })?;
    super::heads::write_down(workspace, ledger)?;
    tracing::info!(run = request.run, total = %meta.total, payments = meta.payments, "released");
    crash::point("released");
    emit(workspace, ledger, request.run)
}

/// Drops a draft.
///
/// # Errors
/// Exit 2: not a person of the bureau, or no such run; exit 4: it is not open.
pub fn reject(
    workspace: &Workspace,
    ledger: &mut Ledger,
    run: u32,
    why: &str,
    by: &str,
    session: &Session,
) -> Result<(), Fault> {
    let config = &workspace.config;
    if !config.may(by, Role::Approve) && !config.may(by, Role::Draft) {
        return Err(super::lacks_role(config, by, Role::Approve));
    }
    let text = run_text(run);
    let Some(summary) = ledger.runs()?.into_iter().find(|summary| summary.number == run) else {
        return Err(Fault::new(Exit::Usage, "run-unknown").with("run", text));
    };
    match summary.state {
        RunState::Drafted => ledger.reject(run, session.today, by, why),
        // The same command again.
        RunState::Rejected => Ok(()),
        state => {
            let state = words::say(session.language, state.word(), &[]);
            Err(Fault::new(Exit::Locked, "run-not-open").with("run", text).with("state", state))
        }
    }
}

/// Writes a released run's bank files from the ledger alone. Files that are there with these bytes stay;
/// files that were recalled are left out, and taken away where they still lie. Then the vouchers.
///
/// # Errors
/// Exit 2: the run is not released; exit 5: the files no longer equal what was approved.
pub fn emit(workspace: &Workspace, ledger: &Ledger, run: u32) -> Result<Released, Fault> {
    let Some(released) = ledger.released_run(run)? else {
        return Err(super::not_released(ledger, run));
    };
    Stage::Emitting.begin(1);
    let files =
        render_equal(&released.meta, released.payments.iter().map(|paid| (paid.id.clone(), &paid.payment)))?;
    let folder = format!("outbox/{}/run-{:04}", released.meta.cycle, run);
    let recalled = withdraw(workspace, ledger, &released.meta)?;
    let left: Vec<&BankFile> =
        files.iter().filter(|file| recalled.iter().all(|name| *name != *file.name)).collect();
    let gone: Vec<u32> = (0..)
        .zip(&released.meta.bank_files)
        .filter(|(_, file)| recalled.iter().any(|name| *name == *file.name))
        .map(|(position, _)| position)
        .collect();
    let of_files = released.payments.iter().filter(|payment| !gone.contains(&payment.file));
    let in_files = of_files.map(|payment| payment.payment.amount).sum();
    let names: Vec<String> = left.iter().map(|file| file.name.to_string()).collect();
    write_folder_atomically(
        &workspace.outbox_folder(released.meta.cycle, run),
        left.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())),
        Existing::MustEqual,
    )?;
    crash::point("outbox-published");
    let vouchers = super::vouchers::publish(workspace, ledger, &released.meta, &released.released)?;
    let name = run_folder(run);
    let gone = !workspace.has_out_folder(released.meta.cycle, &name);
    Ok(Released {
        run,
        before: false,
        total: released.meta.total,
        in_files,
        folder,
        files: names,
        recalled,
        vouchers,
        head: ledger.head()?,
        reports_missing: gone.then(|| format!("out/{}/{name}", released.meta.cycle)),
    })
}

/// Takes a run's recalled files out of the outbox; their names, in the run's order.
///
/// # Errors
/// The ledger, the disk.
pub(super) fn withdraw(
    workspace: &Workspace,
    ledger: &Ledger,
    meta: &DraftMeta,
) -> Result<Vec<String>, Fault> {
    let recalled = ledger.recalled_files(meta.run)?;
    let names = (0..).zip(&meta.bank_files).filter(|(position, _)| recalled.contains(position));
    let names: Vec<String> = names.map(|(_, file)| file.name.clone()).collect();
    for name in &names {
        workspace.withdraw_from_outbox(meta.cycle, meta.run, name)?;
    }
    Ok(names)
}

/// Whether a run's bank files, rendered from what the ledger holds, are those that were drafted.
///
/// # Errors
/// Exit 5: they are not.
pub(super) fn renders_as_drafted(released: &ReleasedRun) -> Result<(), Fault> {
    let payments = released.payments.iter().map(|paid| (paid.id.clone(), &paid.payment));
    render_equal(&released.meta, payments).map(|_| ())
}

/// Renders a run's files from what the ledger holds, and compares each with its drafted digest.
fn render_equal<'p>(
    meta: &DraftMeta,
    payments: impl Iterator<Item = (PaymentId, &'p PlannedPayment)>,
) -> Result<Vec<BankFile>, Fault> {
    let run = run_text(meta.run);
    let rendering = Rendering::read(meta)?;
    let files = rendering.render(&rendering.profiles()?, meta, payments)?;
    let drafted: Vec<(&str, &str)> =
        meta.bank_files.iter().map(|file| (file.name.as_str(), file.sha256.as_str())).collect();
    let rendered: Vec<(&str, &str)> =
        files.iter().map(|file| (file.name.as_str(), file.sha256.as_str())).collect();
    if drafted != rendered {
        return Err(Fault::new(Exit::Unbalanced, "files-differ-from-draft").with("run", run));
    }
    Ok(files)
}

fn run_text(run: u32) -> Text {
    run.to_string().into()
}
