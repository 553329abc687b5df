//! `explain`: why this amount, or none.

use std::path::Path;

use crate::cycle::explain::{self as explaining, Question};
use crate::domain::{Exit, Fault, Month, Text};
use crate::report::slip::{Slip, SlipFacts};
use crate::workspace::write_file_atomically;

use super::answer::{Answer, mask};
use super::context::Context;

/// Explains, on the terminal with names and numbers masked; `html`: a page for printing that shows them.
///
/// # Errors
/// As [`explaining::explain`]; the disk.
pub fn explain(
    context: &Context,
    whom: &str,
    month: Option<Month>,
    programme: Option<&str>,
    html: Option<&Path>,
) -> Result<Answer, Fault> {
    let language = context.session.language;
    let workspace = context.workspace()?;
    let ledger = context.ledger(&workspace)?;
    let (month, cycle) = explaining::months(&ledger, &workspace.roster_months()?, month)?;
    let (bureau, ledger) = context.read_only(cycle)?;
    let question =
        Question { whom: whom.to_owned(), month, cycle, programme: programme.map(str::to_owned), language };
    let found = explaining::explain(&bureau, &ledger, &question)?;
    let facts = |masked: bool| SlipFacts {
        rulebook: &bureau.rulebook,
        files: &found.files,
        bureau: &bureau.workspace.config.bureau.name,
        whom: &found.whom,
        month: found.month,
        cycle: found.cycle,
        explained: &found.explained,
        history: &found.history,
        entries: &found.entries,
        answers: &found.answers,
        decisions: &found.decisions,
        drafted: found.drafted.as_ref(),
        codes: &found.codes,
        language,
        masked,
    };
    let failed =
        |error: std::io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", error.to_string());
    let slip = Slip::new(&facts(true));
    let mut answer = Answer::new();
    answer.lines.extend(slip.text(language).map_err(failed)?.lines().map(mask));
    match serde_json::to_value(&slip) {
        Ok(serde_json::Value::Object(object)) => answer.json = object,
        _ => return Err(Fault::new(Exit::Bug, "report-failed").with("fault", "slip")),
    }
    if let Some(path) = html {
        let mut page = Vec::new();
        Slip::new(&facts(false)).page(language, &mut page).map_err(failed)?;
        write_file_atomically(path, &page)?;
        let file: Text = path.display().to_string().into();
        answer.say(language, "explain-written", &[("file", file)]);
        answer.put("html", path.display().to_string());
    }
    Ok(answer)
}
