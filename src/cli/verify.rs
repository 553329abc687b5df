//! `verify` and `backup`.

use std::path::Path;

use serde_json::json;

use crate::cycle::verify::{self as conductor, Request, Verified};
use crate::domain::{Exit, Fault, Text};
use crate::ledger::{Ledger, RunSummary};
use crate::words;
use crate::workspace::{Workspace, run_folder};

use super::answer::{Answer, finding_line};
use super::context::Context;

/// The command that takes a restored backup into use.
const ADOPT: &str = "disburse verify --head HEAD --by NAME";

/// Looks at everything, and says each thing that is not as it was written.
///
/// # Errors
/// As [`conductor::verify`]; exit 4 while another command is at work: what it is writing would look
/// altered.
pub fn verify(
    context: &Context,
    run: Option<u32>,
    head: Option<&str>,
    by: Option<&str>,
) -> Result<Answer, Fault> {
    let workspace = context.workspace()?;
    let _lock = match workspace.lock() {
        Ok(lock) => Some(lock),
        // Nobody writes to what cannot be written to: an auditor's copy.
        Err(fault) if by.is_none() && ["disk-read-only", "disk-no-permission"].contains(&fault.code) => None,
        Err(fault) => return Err(fault),
    };
    let request = Request { run, head: head.map(str::to_owned), by: by.map(str::to_owned) };
    let mut ledger = open(&workspace, by.is_some())?;
    let verified = conductor::verify(&workspace, &mut ledger, &request, &context.session)?;
    Ok(answer(context, &verified))
}

/// What a crash or a restored backup left to be done first: `status` says it, and names the command.
///
/// # Errors
/// The disk.
pub fn unfinished(
    context: &Context,
    workspace: &Workspace,
    runs: &[RunSummary],
    answer: &mut Answer,
) -> Result<(), Fault> {
    let language = context.session.language;
    for run in runs.iter().filter(|run| run.released.is_some()) {
        if workspace.outbox_names(run.cycle, run.number)?.is_none() {
            let folder = format!("outbox/{}/{}", run.cycle, run_folder(run.number));
            let blanks = [("run", run.number.to_string().as_str().into()), ("file", folder.as_str().into())];
            answer.say(language, "outbox-run-missing", &blanks);
            answer.next = format!("disburse emit {}", run.number);
        }
    }
    if workspace.backup_mark()?.is_some() {
        answer.say(language, "verify-copy", &[]);
        answer.next = ADOPT.to_owned();
    }
    Ok(())
}

fn open(workspace: &Workspace, to_write: bool) -> Result<Ledger, Fault> {
    let path = workspace.ledger_path();
    if to_write { Ledger::open(&path) } else { Ledger::open_read_only(&path) }
}

fn answer(context: &Context, verified: &Verified) -> Answer {
    let language = context.session.language;
    let mut answer = Answer::new();
    let text = |value: String| Text::from(value);
    let mut listed = Vec::new();
    for finding in &verified.findings {
        answer.lines.push(finding_line(finding, language));
        let (message, action) = words::finding(language, finding);
        listed.push(json!({
            "code": finding.code,
            "severity": finding.severity.word(),
            "file": finding.place.file.as_str(),
            "message": super::answer::mask(&message),
            "action": super::answer::mask(&action),
        }));
    }
    if let Some(recomputed) = &verified.recomputed {
        let (then, now) = recomputed.rules;
        let code = match (recomputed.same, then == now) {
            (true, _) => "verify-run-same",
            (false, true) => "verify-run-differs",
            (false, false) => "verify-run-other-rules",
        };
        answer.say(
            language,
            code,
            &[
                ("run", text(recomputed.run.to_string())),
                ("count", text(recomputed.differences.to_string())),
                ("then", text(then.to_string())),
                ("now", text(now.to_string())),
            ],
        );
        answer.put("recomputed", json!({
            "run": recomputed.run, "same": recomputed.same, "rules_version": then, "rules_version_now": now,
            "differences": recomputed.differences,
        }));
    }
    let code = if verified.is_clean() { "verify-clean" } else { "verify-altered" };
    let errors =
        verified.findings.iter().filter(|finding| finding.severity == crate::domain::Severity::Error);
    let errors = errors.count();
    answer.say(
        language,
        code,
        &[
            ("entries", text(verified.head.number.to_string())),
            ("files", text(verified.files.to_string())),
            ("inputs", text(verified.inputs.to_string())),
            ("count", text(errors.to_string())),
        ],
    );
    answer.say(
        language,
        "verify-head",
        &[("number", text(verified.head.number.to_string())), ("head", verified.head.hash.as_str().into())],
    );
    if verified.adopted {
        answer.say(language, "verify-adopted", &[]);
    }
    answer
        .put("clean", verified.is_clean())
        .put("findings", json!(listed))
        .put("entries", verified.head.number)
        .put("head", verified.head.hash.clone())
        .put("files", verified.files)
        .put("inputs", verified.inputs)
        .put("adopted", verified.adopted);
    if let Some(head) = &verified.copy {
        answer.put("copy", json!(head.hash));
        answer.say(language, "verify-copy", &[]);
        answer.next = ADOPT.to_owned();
    }
    if !verified.is_clean() {
        answer.exit = Exit::Unbalanced;
    } else if answer.next.is_empty() {
        answer.next = "disburse status".to_owned();
    }
    answer
}

/// Copies ledger and archive.
///
/// # Errors
/// As [`crate::cycle::backup::backup`].
pub fn backup(context: &Context, destination: &Path) -> Result<Answer, Fault> {
    let workspace = context.workspace()?;
    let ledger = context.ledger(&workspace)?;
    let made = crate::cycle::backup::backup(&workspace, &ledger, destination, &context.session)?;
    let language = context.session.language;
    let mut answer = Answer::new();
    answer
        .put("folder", destination.display().to_string())
        .put("entries", made.head.number)
        .put("head", made.head.hash.clone())
        .put("before", made.before);
    let code = if made.before { "backup-before" } else { "backup-done" };
    answer.say(
        language,
        code,
        &[
            ("folder", destination.display().to_string().as_str().into()),
            ("number", made.head.number.to_string().as_str().into()),
            ("head", made.head.hash.as_str().into()),
        ],
    );
    answer.next = "disburse status".to_owned();
    Ok(answer)
}
