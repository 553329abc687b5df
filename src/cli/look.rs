//! Commands that look: `check`, `changes`, `compare`, `calendar`, of which `changes` and `compare` write a list with
//! whole numbers; and `init`.

use std::path::Path;

use chrono::Datelike;
use serde_json::json;

use crate::cycle::inputs::missing_name;
use crate::cycle::{Bureau, bureau};
use crate::cycle::{check as checking, compare as comparing, init as making};
use crate::domain::{Beneficiary, Exit, Fault, Month, Severity};
use crate::report::beside;
use crate::report::label::reason_words;
use crate::report::table::{Align, Table};
use crate::words::{self, Language};

use super::answer::{Answer, finding_line};
use super::context::Context;
use crate::workspace::write_file_atomically;

/// How many findings a terminal shows; the rest are counted.
const SHOWN: usize = 60;

/// Reads and judges a month.
///
/// # Errors
/// As [`checking::check`]; exit 2 where no month is given and no folder is there, or where fix lists would be
/// written among the rosters themselves.
pub fn check(context: &Context, month: Option<Month>, fix_lists: Option<&Path>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let workspace = context.workspace()?;
    let month = month
        .or(workspace.roster_months()?.last().copied())
        .ok_or_else(|| Fault::new(Exit::Usage, "no-roster-month"))?;
    let (bureau, ledger) = context.read_only(month)?;
    let (checked, lists) = match fix_lists {
        None => (checking::check(&bureau, &ledger, month)?, None),
        Some(folder) => {
            let rosters = bureau.workspace.root().join("rosters");
            let ends = |path: &Path| {
                std::path::absolute(path).map(|path| path.components().collect::<std::path::PathBuf>())
            };
            if ends(folder)
                .ok()
                .zip(ends(&rosters).ok())
                .is_some_and(|(folder, rosters)| folder.starts_with(rosters))
            {
                return Err(Fault::new(Exit::Usage, "fix-lists-among-rosters")
                    .with("folder", folder.display().to_string()));
            }
            let (checked, lists) = checking::fix_lists(&bureau, &ledger, month, &context.session)?;
            for list in &lists {
                write_file_atomically(&folder.join(&list.name), &list.bytes)?;
            }
            (checked, Some((folder, lists)))
        }
    };
    let mut answer = Answer::new();
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    for finding in checked.findings.iter().filter(|finding| finding.severity != Severity::Info).take(SHOWN) {
        answer.lines.push(finding_line(finding, language));
    }
    let of = |name: &'static str, value: String| (name, value.as_str().into());
    if errors + warnings > SHOWN as u64 {
        answer.say(language, "check-more", &[of("count", (errors + warnings - SHOWN as u64).to_string())]);
    }
    for place in &checked.missing {
        let name = missing_name(place, &bureau.rulebook);
        answer.say(language, "check-missing", &[of("place", name)]);
    }
    let outcomes: Vec<String> = checked
        .outcomes
        .iter()
        .map(|(outcome, count)| {
            // A draft is rejected by a person; a claim is one when its row cannot be read.
            let code = if outcome.word() == "rejected" { "claim-rejected" } else { outcome.word() };
            format!("{} {count}", words::say(language, code, &[]))
        })
        .collect();
    answer.say(
        language,
        "check-done",
        &[
            of("month", month.to_string()),
            of("rows", checked.rows.to_string()),
            of("errors", errors.to_string()),
            of("warnings", warnings.to_string()),
            of("outcomes", outcomes.join("  ")),
        ],
    );
    let counts: serde_json::Map<String, serde_json::Value> =
        checked.outcomes.iter().map(|(outcome, count)| (outcome.word().to_owned(), json!(count))).collect();
    answer
        .put("month", month.to_string())
        .put("rows", checked.rows)
        .put("errors", errors)
        .put("warnings", warnings)
        .put("missing", json!(checked.missing))
        .put("outcomes", counts)
        .put(
            "findings",
            checked
                .findings
                .iter()
                .map(|finding| json!({"code": finding.code, "severity": finding.severity.word(), "text": finding_line(finding, language)}))
                .collect::<Vec<_>>(),
        );
    if let Some((folder, lists)) = &lists {
        for list in lists {
            answer.say(
                language,
                "fix-list-written",
                &[
                    of("file", folder.join(&list.name).display().to_string()),
                    of("count", list.rows.to_string()),
                ],
            );
        }
        if lists.is_empty() {
            answer.say(language, "fix-lists-none", &[]);
        }
        let listed: Vec<serde_json::Value> = lists
            .iter()
            .map(|list| json!({"file": list.name, "township": list.township, "rows": list.rows}))
            .collect();
        answer.put("fix_lists", listed);
    }
    if errors > 0 || !checked.missing.is_empty() {
        answer.exit = Exit::Look;
    }
    // What does not come this month is said roster by roster; the whole command is easier mended than made.
    let reason = super::reason_word(language);
    let without: String =
        checked.missing.iter().map(|place| format!(" --without {place}={reason}")).collect();
    answer.next = format!("disburse run --month {month} --by NAME{without}");
    Ok(answer)
}

/// Who is new, stopped, changed.
///
/// # Errors
/// As [`comparing::changes`]; the workspace, the disk.
pub fn changes(context: &Context, month: Month, against: Option<Month>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let against = against.unwrap_or(month.plus(-1));
    let (bureau, ledger) = context.read_only(month)?;
    let codes = ledger.programme_codes(&bureau.codes())?;
    let changes = comparing::changes(&bureau.rulebook, &ledger, &codes, month, against)?;
    let mut table = Table::said(
        language,
        &[
            ("change", Align::Left),
            ("programme", Align::Left),
            ("beneficiary", Align::Left),
            ("before", Align::Right),
            ("now", Align::Right),
            ("reason", Align::Left),
        ],
    );
    let mut rows = Vec::new();
    for (position, change) in changes.iter().enumerate() {
        let code = codes.get(usize::from(change.programme.0)).map_or("", |code| code.as_str());
        if position < SHOWN {
            table.row([
                words::say(language, change.kind.word(), &[]),
                programme_name(&bureau, code),
                change.beneficiary.masked(),
                change.before.to_string(),
                change.now.to_string(),
                reason_words(language, &bureau.rulebook, &change.reason).into_owned(),
            ]);
        }
        rows.push(json!({
            "programme": code, "beneficiary": change.beneficiary.to_string(), "change": change.kind.word(),
            "amount_before": change.before, "amount_now": change.now, "reason": change.reason,
        }));
    }
    let mut answer = Answer::new();
    answer.lines.push(table.render(None).trim_end().to_owned());
    answer.say(
        language,
        "changes-done",
        &[
            ("month", month.to_string().as_str().into()),
            ("against", against.to_string().as_str().into()),
            ("count", changes.len().to_string().as_str().into()),
        ],
    );
    answer.put("month", month.to_string()).put("against", against.to_string()).put("changes", rows);
    if !changes.is_empty() {
        let bytes = beside::changes(&changes, &codes, &bureau.rulebook).map_err(unwritten)?;
        list_written(&mut answer, &bureau, language, month, ("changes", "changes.csv", &bytes))?;
    }
    answer.next = "disburse status".to_owned();
    Ok(answer)
}

/// Our payments beside another system's list.
///
/// # Errors
/// Exit 3 for a list that cannot be read.
pub fn compare(context: &Context, month: Month, list: &Path) -> Result<Answer, Fault> {
    let language = context.session.language;
    let mut theirs = Vec::new();
    let columns = ["programme", "beneficiary", "amount"];
    let file = list.display().to_string();
    for (line, cells) in super::desk::rows(list, &columns)? {
        let refuse = |at: usize| super::desk::cell_refused(&file, line, columns[at], &cells[at]);
        let beneficiary = Beneficiary::parse(&cells[1]).ok_or_else(|| refuse(1))?;
        let amount = super::typed_money(&cells[2]).ok_or_else(|| refuse(2))?;
        theirs.push((cells[0].clone(), beneficiary, amount));
    }
    let (bureau, ledger) = context.read_only(month)?;
    let codes = ledger.programme_codes(&bureau.codes())?;
    let differences = comparing::compare(&ledger, &codes, month, &theirs)?;
    let mut table = Table::said(
        language,
        &[
            ("programme", Align::Left),
            ("beneficiary", Align::Left),
            ("ours", Align::Right),
            ("theirs", Align::Right),
            ("reason", Align::Left),
        ],
    );
    let mut rows = Vec::new();
    for (position, difference) in differences.iter().enumerate() {
        if position < SHOWN {
            table.row([
                programme_name(&bureau, &difference.programme),
                difference.beneficiary.masked(),
                difference.ours.to_string(),
                difference.theirs.to_string(),
                difference.words(language, &bureau.rulebook),
            ]);
        }
        rows.push(json!({
            "programme": difference.programme, "beneficiary": difference.beneficiary.to_string(),
            "ours": difference.ours, "theirs": difference.theirs, "reason": difference.code(),
        }));
    }
    let mut answer = Answer::new();
    answer.lines.push(table.render(None).trim_end().to_owned());
    answer.say(
        language,
        "compare-done",
        &[
            ("month", month.to_string().as_str().into()),
            ("count", differences.len().to_string().as_str().into()),
            ("listed", theirs.len().to_string().as_str().into()),
        ],
    );
    answer.put("month", month.to_string()).put("listed", theirs.len()).put("differences", rows);
    if !differences.is_empty() {
        answer.exit = Exit::Look;
        let bytes = beside::differences(&differences, language, &bureau.rulebook).map_err(unwritten)?;
        list_written(&mut answer, &bureau, language, month, ("compare", "differences.csv", &bytes))?;
    }
    answer.next = "disburse status".to_owned();
    Ok(answer)
}

/// A programme's name; its code where the pack no longer has it.
fn programme_name(bureau: &Bureau, code: &str) -> String {
    let rule = bureau.rulebook.programmes.iter().find(|rule| rule.code == code);
    rule.map_or_else(|| code.to_owned(), |rule| rule.name.to_string())
}

fn unwritten(fault: std::io::Error) -> Fault {
    Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string())
}

/// Writes the whole list, of which a terminal shows the first rows with numbers masked, and says where.
fn list_written(
    answer: &mut Answer,
    bureau: &Bureau,
    language: Language,
    month: Month,
    (prefix, name, bytes): (&str, &str, &[u8]),
) -> Result<(), Fault> {
    let folder = comparing::write(&bureau.workspace, month, prefix, name, bytes)?;
    let file = format!("{folder}/{name}");
    answer.say(language, "list-written", &[("file", file.as_str().into())]).put("folder", folder);
    Ok(())
}

/// Pay-by dates of a year.
///
/// # Errors
/// The workspace, a calendar that cannot be read.
pub fn calendar(context: &Context, year: Option<i32>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let workspace = context.workspace()?;
    let calendar = bureau::calendar(&workspace.calendar()?)?;
    let year = year.unwrap_or_else(|| context.session.today.year());
    let mut table = Table::said(
        language,
        &[("month", Align::Left), ("pay-by-date", Align::Left), ("working-days", Align::Right)],
    );
    let mut rows = Vec::new();
    for month in (1..=12).filter_map(|month| Month::new(year, month)) {
        let pay = &workspace.config.pay;
        let date = calendar.pay_by(month, pay.lead_days, pay.includes_tenth);
        let before = month.first_day().pred_opt().unwrap_or(month.first_day());
        let days = calendar.working_days_between(before, date);
        table.row([month.to_string(), date.to_string(), days.to_string()]);
        rows.push(json!({"month": month, "pay_by": date.to_string(), "working_days": days}));
    }
    let mut answer = Answer::new();
    answer.lines.push(table.render(None).trim_end().to_owned());
    if calendar.knows(year) {
        for notice in calendar.notices(year) {
            answer.say(language, "calendar-notice", &[("notice", notice.as_str().into())]);
        }
    } else {
        answer.say(language, "calendar-no-table", &[("year", year.to_string().as_str().into())]);
    }
    answer.put("year", year).put("table", calendar.knows(year)).put("months", rows);
    answer.next = "disburse status".to_owned();
    Ok(answer)
}

/// Makes a workspace.
///
/// # Errors
/// As [`making::init`].
pub fn init(context: &Context, folder: &Path) -> Result<Answer, Fault> {
    let files = making::init(folder)?;
    let mut answer = Answer::new();
    answer.put("folder", folder.display().to_string()).put("files", files.len());
    answer.say(
        context.session.language,
        "init-done",
        &[
            ("folder", folder.display().to_string().as_str().into()),
            ("count", files.len().to_string().as_str().into()),
        ],
    );
    answer.next = format!("disburse -C {} status", folder.display());
    Ok(answer)
}
