//! `verify`: whether anything was altered since it was written. The ledger's chain and everything
//! derived from it, the heads written down outside, every published file, every archived input; and for
//! one run, whether the archive still gives the same plan. Each thing found is named.

use crate::domain::{Exit, Fault, Finding, Place, Severity, Text};
use crate::ledger::{Act, Batch, DecisionKind, EntryKind, Head, Ledger, NewDecision};
use crate::workspace::config::Role;
use crate::workspace::{Workspace, run_folder};

use super::Session;
use super::recompute::{self, Recomputed};
use super::stage::Stage;

/// What `verify` is asked to look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Also computes this run again.
    pub run: Option<u32>,
    /// A head somebody wrote down; it must stand in the chain.
    pub head: Option<String>,
    /// Who takes a restored copy into use.
    pub by: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub struct Verified {
    /// Everything that is not as it was written; errors first.
    pub findings: Vec<Finding>,
    /// The end of the chain.
    pub head: Head,
    /// Published files looked at.
    pub files: u64,
    /// Archived inputs looked at.
    pub inputs: u64,
    /// What computing the run again gave.
    pub recomputed: Option<Recomputed>,
    /// This is a restored copy that nobody has taken into use: the head it was made at.
    pub copy: Option<Head>,
    /// It has been taken into use now.
    pub adopted: bool,
}

impl Verified {
    /// Whether nothing was altered.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// Looks at everything.
///
/// # Errors
/// Exit 2: no such run, a head that is none; exit 4: the disk.
pub fn verify(
    workspace: &Workspace,
    ledger: &mut Ledger,
    request: &Request,
    session: &Session,
) -> Result<Verified, Fault> {
    let wanted = request.head.as_deref().map(head_of).transpose()?;
    if let Some(run) = request.run {
        recompute::must_be_known(ledger, run)?;
    }
    if request.by.is_some() && (wanted.is_none() || workspace.backup_mark()?.is_none()) {
        return Err(Fault::new(Exit::Usage, "nothing-to-adopt"));
    }
    Stage::Chain.begin(1);
    let mut found = Found::default();
    found.ledger(workspace, ledger)?;
    if let Some(wanted) = wanted {
        found.part(|findings| must_stand(ledger, wanted, findings))?;
    }
    let mut files = 0;
    found.part(|findings| outbox(workspace, ledger, &mut files, findings))?;
    let mut inputs = 0;
    found.part(|findings| archive(workspace, ledger, &mut inputs, findings))?;
    found.part(|findings| reports(workspace, ledger, findings))?;
    let mut recomputed = None;
    if let Some(run) = request.run {
        found.part(|findings| {
            recomputed = Some(recompute::recompute(workspace, ledger, run, session, findings)?);
            Ok(())
        })?;
    }
    let mut findings = found.0;
    findings.sort_by_key(|finding| finding.severity);
    let mut verified = Verified {
        findings,
        head: ledger.head().unwrap_or_else(|_| Head::empty()),
        files,
        inputs,
        recomputed,
        copy: workspace.backup_mark()?.map(|mark| mark.head),
        adopted: false,
    };
    if let (Some(by), Some(wanted)) = (&request.by, wanted)
        && verified.is_clean()
    {
        adopt(workspace, ledger, wanted, by, session)?;
        (verified.copy, verified.adopted) = (None, true);
        verified.head = ledger.head()?;
    }
    Ok(verified)
}

/// A head as people write it down: 64 hexadecimal digits, or its number and they.
fn head_of(text: &str) -> Result<&str, Fault> {
    let hash = text.trim().rsplit([' ', ':']).next().unwrap_or("");
    let plain = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { Ok(hash) } else { Err(Fault::new(Exit::Usage, "head-unreadable").with("text", text)) }
}

/// Findings as they are gathered. What cannot be read because it was altered is a finding too, and the
/// other parts are looked at all the same.
#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn part(&mut self, look: impl FnOnce(&mut Vec<Finding>) -> Result<(), Fault>) -> Result<(), Fault> {
        match look(&mut self.0) {
            Err(fault) if fault.exit == Exit::Unbalanced => {
                let finding = of_fault(&fault, "ledger.db");
                if !self.0.contains(&finding) {
                    self.0.push(finding);
                }
                Ok(())
            }
            ended => ended,
        }
    }

    /// The ledger itself, and the heads written down outside it.
    fn ledger(&mut self, workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
        let mut log = Default::default();
        self.part(|findings| {
            match workspace.heads_log() {
                Ok(read) => log = read,
                Err(fault) if fault.exit == Exit::Unbalanced => {
                    findings.push(of_fault(&fault, "archive/heads.log"));
                }
                Err(fault) => return Err(fault),
            }
            Ok(())
        })?;
        let (heads, rest) = log;
        self.part(|findings| {
            findings.extend(ledger.verify(&heads)?);
            Ok(())
        })?;
        self.part(|findings| heads_log(ledger, &heads, &rest, findings))
    }
}

/// `heads.log`: every entry in turn; only the last may be missing or cut short, by a crash.
fn heads_log(ledger: &Ledger, heads: &[Head], rest: &str, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let damaged = |line: &str| at("archive/heads.log", "heads-damaged").with("line", line);
    let mut expected = 1;
    for head in heads {
        if head.number != expected {
            findings.push(damaged(&head.number.to_string()));
        }
        expected = head.number + 1;
    }
    let entries = ledger.entries_from(expected)?;
    if entries.len() > 1 {
        findings.push(at("archive/heads.log", "heads-missing").with("count", entries.len().to_string()));
    }
    let next = entries.first().map(|entry| format!("{} {}\n", entry.number, entry.hash)).unwrap_or_default();
    if !next.starts_with(rest) {
        findings.push(damaged(rest));
    }
    Ok(())
}

fn must_stand(ledger: &Ledger, wanted: &str, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let stands = ledger.entries_from(1)?.iter().any(|entry| entry.hash.eq_ignore_ascii_case(wanted));
    if !stands && !Head::empty().hash.eq_ignore_ascii_case(wanted) {
        findings.push(at("ledger.db", "head-not-in-chain").with("head", wanted));
    }
    Ok(())
}

/// Every released run's files, but for those recalled, and nothing else, with the bytes the ledger knows.
fn outbox(
    workspace: &Workspace,
    ledger: &Ledger,
    looked_at: &mut u64,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let copy = workspace.backup_mark()?.is_some();
    let (mut published, strays) = workspace.outbox()?;
    for stray in strays {
        findings.push(at(&format!("outbox/{stray}"), "outbox-stray"));
    }
    for run in ledger.runs()?.into_iter().filter(|run| run.released.is_some()) {
        let Some((meta, _, _)) = ledger.release_meta(run.number)? else { continue };
        let folder = format!("outbox/{}/{}", run.cycle, run_folder(run.number));
        let number = run.number.to_string();
        published.retain(|of| *of != (run.cycle, run.number));
        let Some(names) = workspace.outbox_names(run.cycle, run.number)? else {
            // A backup holds no bank files; they can be written again once it is in use.
            let severity = if copy { Severity::Warning } else { Severity::Error };
            let missing = at(&folder, "outbox-run-missing").with("run", number);
            findings.push(Finding { severity, ..missing });
            continue;
        };
        for name in &names {
            if !meta.bank_files.iter().any(|file| file.name == *name) {
                findings.push(at(&format!("{folder}/{name}"), "outbox-file-foreign").with("run", &number));
            }
        }
        let recalled = ledger.recalled_files(run.number)?;
        for (position, file) in (0..).zip(&meta.bank_files) {
            let path = format!("{folder}/{}", file.name);
            *looked_at += 1;
            if recalled.contains(&position) {
                if names.contains(&file.name) {
                    findings.push(at(&path, "outbox-file-recalled").with("run", &number));
                }
            } else if !names.contains(&file.name) {
                findings.push(at(&path, "outbox-file-missing").with("run", &number));
            } else if workspace.outbox_sha256(run.cycle, run.number, &file.name)? != file.sha256 {
                findings.push(at(&path, "outbox-file-altered").with("run", &number));
            }
        }
    }
    for (month, run) in published {
        findings.push(
            at(&format!("outbox/{month}/{}", run_folder(run)), "outbox-run-unknown")
                .with("run", run.to_string())
                .with("month", month.to_string()),
        );
    }
    Ok(())
}

/// Every archived input that an entry rests on is there; and whatever is there is what its name says.
fn archive(
    workspace: &Workspace,
    ledger: &Ledger,
    looked_at: &mut u64,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let mut wanted = ledger.released_inputs()?;
    wanted.extend(ledger.files_taken_in()?);
    wanted.sort();
    wanted.dedup_by(|a, b| a.0 == b.0);
    let (there, strays) = workspace.archive_files()?;
    for stray in strays {
        findings.push(at(&format!("archive/{stray}"), "archive-stray"));
    }
    let of_drafts = there.iter().filter(|digest| wanted.binary_search_by(|(of, _)| of.cmp(digest)).is_err());
    let all = wanted.iter().map(|(digest, name)| (digest, name.as_str()));
    for (digest, name) in all.chain(of_drafts.map(|digest| (digest, ""))) {
        *looked_at += 1;
        match workspace.archive_get(digest) {
            Ok(_) => {}
            Err(fault) if fault.exit == Exit::Unbalanced => {
                findings.push(of_fault(&fault, name));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Reports of released runs that are no longer there. They are not what the ledger vouches for, so that
/// this is a warning.
fn reports(workspace: &Workspace, ledger: &Ledger, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    for run in ledger.runs()?.into_iter().filter(|run| run.released.is_some()) {
        let name = run_folder(run.number);
        if !workspace.has_out_folder(run.cycle, &name) {
            let finding = at(&format!("out/{}/{name}", run.cycle), "reports-missing");
            findings
                .push(Finding { severity: Severity::Warning, ..finding }.with("run", run.number.to_string()));
            continue;
        }
        vouchers(workspace, ledger, run.number, findings)?;
    }
    Ok(())
}

/// A run's vouchers are what the ledger says: money is asked for with them.
fn vouchers(
    workspace: &Workspace,
    ledger: &Ledger,
    run: u32,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let Some((meta, released, _)) = ledger.release_meta(run)? else { return Ok(()) };
    let name = super::vouchers::folder_name(run);
    let folder = format!("out/{}/{name}", meta.cycle);
    if !workspace.has_out_folder(meta.cycle, &name) {
        let missing = at(&folder, "vouchers-missing").with("run", run.to_string());
        findings.push(Finding { severity: Severity::Warning, ..missing });
        return Ok(());
    }
    for (file, bytes) in super::vouchers::of_run(ledger, &meta, &released)? {
        if workspace.out_file(meta.cycle, &name, file)?.as_ref() != Some(&bytes) {
            let altered = at(&format!("{folder}/{file}"), "voucher-altered");
            findings.push(altered.with("run", run.to_string()));
        }
    }
    Ok(())
}

/// Takes a restored copy into use: one entry that says who did, by which backup and which head; then
/// the mark goes. A crash in between is finished by the same command.
fn adopt(
    workspace: &Workspace,
    ledger: &mut Ledger,
    wanted: &str,
    by: &str,
    session: &Session,
) -> Result<(), Fault> {
    let config = &workspace.config;
    if !config.may(by, Role::Draft) && !config.may(by, Role::Approve) {
        return Err(super::lacks_role(config, by, Role::Draft));
    }
    let Some(mark) = workspace.backup_mark()? else { return Ok(()) };
    super::heads::write_down(workspace, ledger)?;
    let why: Text = format!(
        "backup of {}, head {} {}; head given {}",
        mark.day,
        mark.head.number,
        mark.head.hash,
        wanted.to_ascii_lowercase()
    )
    .into();
    let codes = ledger.programme_codes(&[])?;
    let done = ledger.decisions(&codes)?.into_iter().any(|decided| {
        decided.entry > mark.head.number
            && decided.decision.kind == DecisionKind::Restore
            && decided.decision.why == why
    });
    if !done {
        let act = Act {
            kind: EntryKind::Restore,
            today: session.today,
            by: by.into(),
            second: Text::default(),
            os_user: session.os_user.as_str().into(),
            host: session.host.as_str().into(),
            note: Text::default(),
        };
        let decision = NewDecision {
            kind: DecisionKind::Restore,
            beneficiary: None,
            programme: None,
            month: None,
            case_no: Text::default(),
            payment: None,
            amount: None,
            document: Text::default(),
            why,
        };
        ledger.post(&act, &Batch { decisions: vec![decision], ..Batch::default() }, &codes)?;
    }
    super::heads::write_down(workspace, ledger)?;
    workspace.remove_backup_mark()
}

/// A finding about a file or folder of the workspace.
pub(super) fn at(file: &str, code: &'static str) -> Finding {
    let place = Place { file: file.into(), ..Place::default() };
    Finding::new(code, Severity::Error, place).with("file", file)
}

/// A fault as a finding.
pub(super) fn of_fault(fault: &Fault, file: &str) -> Finding {
    let place = Place { file: file.into(), ..Place::default() };
    let mut finding = Finding::new(fault.code, Severity::Error, place);
    finding.arguments = fault.arguments.clone();
    finding
}
