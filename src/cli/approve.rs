//! `approve`, `reject`, `emit`.

use serde_json::json;

use crate::cycle::approve::{self as conductor, Released, Request};
use crate::cycle::{notices, payroll, recompute};
use crate::domain::{Exit, Fault};

use super::answer::Answer;
use super::context::Context;

/// Releases a draft.
///
/// # Errors
/// As [`conductor::approve`]; exit 2 for an amount or an `--accept` that cannot be read.
pub fn approve(
    context: &Context,
    run: u32,
    total: &str,
    by: String,
    accept: &[String],
) -> Result<Answer, Fault> {
    let unreadable = || Fault::new(Exit::Usage, "typed-amount-unreadable").with("text", total);
    let total = super::typed_money(total).ok_or_else(unreadable)?;
    let mut accepted = Vec::new();
    for text in accept {
        let (limit, reason) = super::reasoned(text, "accept-needs-reason")?;
        accepted.push((limit.to_owned(), reason.to_owned()));
    }
    let (workspace, mut ledger, _lock) = context.locked()?;
    let request = Request { run, total, by, accepted };
    let released = conductor::approve(&workspace, &mut ledger, &request, &context.session)?;
    let code = if released.before { "approve-before" } else { "approve-released" };
    let mut answer = answer(context, code, &released);
    let blanks = [("run", run.to_string().as_str().into())];
    answer.say(context.session.language, "papers-hint", &blanks);
    Ok(answer)
}

/// Drops a draft.
///
/// # Errors
/// As [`conductor::reject`].
pub fn reject(context: &Context, run: u32, why: &str, by: &str) -> Result<Answer, Fault> {
    let (workspace, mut ledger, _lock) = context.locked()?;
    conductor::reject(&workspace, &mut ledger, run, why, by, &context.session)?;
    let mut answer = Answer::new();
    answer.put("run", run).say(
        context.session.language,
        "reject-done",
        &[("run", run.to_string().as_str().into())],
    );
    Ok(answer)
}

/// Writes a released run's files again.
///
/// # Errors
/// As [`conductor::emit`], [`recompute::again`], [`payroll::write`] and [`notices::write`].
pub fn emit(context: &Context, run: u32, payroll: bool, notices: bool) -> Result<Answer, Fault> {
    let language = context.session.language;
    let (workspace, ledger, _lock) = context.locked()?;
    let released = conductor::emit(&workspace, &ledger, run)?;
    let mut answer = answer(context, "emit-done", &released);
    let again = match payroll || notices {
        true => Some(recompute::again(&workspace, &ledger, run, &context.session)?),
        false => None,
    };
    if let Some(again) = again.as_ref().filter(|_| payroll) {
        let written = payroll::write(&workspace, &ledger, run, again)?;
        answer.put("payroll", written.folder.clone()).say(
            language,
            "payroll-written",
            &[
                ("count", written.lists.to_string().as_str().into()),
                ("money", written.total.to_string().as_str().into()),
                ("folder", written.folder.as_str().into()),
            ],
        );
    }
    if let Some(again) = again.as_ref().filter(|_| notices) {
        let written = notices::write(&workspace, &ledger, run, again)?;
        answer.put("notices", written.folder.clone()).say(
            language,
            "notices-written",
            &[
                ("count", written.programmes.to_string().as_str().into()),
                ("rows", written.rows.to_string().as_str().into()),
                ("folder", written.folder.as_str().into()),
            ],
        );
    }
    if again.is_none() {
        answer.say(language, "papers-hint", &[("run", run.to_string().as_str().into())]);
    }
    Ok(answer)
}

fn answer(context: &Context, code: &str, released: &Released) -> Answer {
    let mut answer = Answer::new();
    answer
        .put("run", released.run)
        .put("total", released.total.to_string())
        .put("in_files", released.in_files.to_string())
        .put("folder", released.folder.clone())
        .put("files", json!(released.files));
    answer.say(
        context.session.language,
        code,
        &[
            ("run", released.run.to_string().as_str().into()),
            ("total", released.in_files.to_string().as_str().into()),
            ("count", released.files.len().to_string().as_str().into()),
            ("folder", released.folder.as_str().into()),
        ],
    );
    if !released.recalled.is_empty() {
        answer.put("recalled", json!(released.recalled));
        let names = released.recalled.join(", ");
        answer.say(context.session.language, "emit-left-out", &[("files", names.as_str().into())]);
    }
    answer.put("vouchers", released.vouchers.clone());
    let blanks = [("folder", released.vouchers.as_str().into())];
    answer.say(context.session.language, "vouchers-written", &blanks);
    // To be written down somewhere else: what a restored backup is measured by.
    answer.put("head", released.head.hash.clone()).say(
        context.session.language,
        "verify-head",
        &[
            ("number", released.head.number.to_string().as_str().into()),
            ("head", released.head.hash.as_str().into()),
        ],
    );
    if let Some(folder) = &released.reports_missing {
        answer.put("reports_missing", folder.clone());
        let blanks = [("file", folder.as_str().into()), ("run", released.run.to_string().as_str().into())];
        answer.say(context.session.language, "reports-missing", &blanks);
    }
    answer.next = "disburse returns FILE… --by NAME".to_owned();
    answer
}
