//! `check --explain-columns`: how the columns of a file were understood.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cycle::bureau::Bureau;
use crate::domain::{Exit, Fault, Files, Month, Severity, Text};
use crate::intake::{self, ColumnMeaning, ColumnUse, Input};
use crate::policy::Rulebook;
use crate::words::{self, Language};
use crate::workspace::Workspace;

use super::answer::{Answer, finding_line};
use super::context::Context;

/// How many rows are shown as read.
const ROWS: usize = 5;

/// How many findings are shown.
const FINDINGS: usize = 20;

/// The file as named; else of that name among the rosters of the month, or of the latest.
fn found(workspace: &Workspace, file: &Path, month: Option<Month>) -> Result<PathBuf, Fault> {
    let month = month.or(workspace.roster_months()?.last().copied());
    let among = month.map(|month| workspace.root().join("rosters").join(month.to_string()).join(file));
    Ok(among.filter(|among| !file.exists() && among.exists()).unwrap_or_else(|| file.to_owned()))
}

/// Explains a file.
///
/// # Errors
/// A file that cannot be opened (exit 3), the workspace, the pack.
pub fn explain(context: &Context, file: &Path, month: Option<Month>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let cycle = month.unwrap_or_else(|| Month::of(context.session.today));
    let bureau = Bureau::open(context.workspace()?, cycle, language)?;
    let rulebook = &bureau.rulebook;
    let bytes = super::desk::read_file(&found(&bureau.workspace, file, month)?)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let input = Input { name: &name, bytes: &bytes };
    let found = intake::explain_columns(rulebook, &input)?;
    let mut answer = Answer::new();
    let roster = rulebook.roster(found.roster);
    let of = |name: &'static str, value: &str| (name, Text::from(value));
    answer.say(
        language,
        if found.by_name { "columns-file" } else { "columns-file-unnamed" },
        &[of("file", &name), of("roster", &roster.name), of("code", &roster.code)],
    );
    answer
        .put("file", name.as_str())
        .put("roster", roster.code.as_str())
        .put("roster_by_name", found.by_name);
    if let Some(profile) = found.profile.and_then(|at| rulebook.profiles.get(at)) {
        answer.say(language, "columns-profile", &[of("profile", &profile.name), of("code", &profile.code)]);
        answer.put("profile", profile.code.as_str());
    }
    let encoding = found.encoding.map_or("", |encoding| encoding.name());
    answer.say(language, "columns-form", &[of("form", found.form.word()), of("encoding", encoding)]);
    answer.put("form", found.form.word()).put("encoding", encoding);
    let mut sheets = Vec::new();
    for sheet in &found.sheets {
        let code = match (sheet.visible, sheet.header_row) {
            (false, _) => "columns-sheet-hidden",
            (true, None) => "columns-sheet-without",
            (true, Some(_)) if sheet.sheet.is_empty() => "columns-header",
            (true, Some(_)) => "columns-sheet",
        };
        let row = sheet.header_row.unwrap_or(0);
        let last = row + (sheet.header_height as u32).saturating_sub(1);
        let rows = if last > row { format!("{row}–{last}") } else { row.to_string() };
        answer.say(language, code, &[of("sheet", &sheet.sheet), of("rows", &rows)]);
        let mut columns = Vec::new();
        for column in &sheet.columns {
            let told = meaning(rulebook, column, language);
            answer.lines.push(format!("  {}  →  {told}", column.column));
            columns.push(column_json(rulebook, column, &told));
        }
        sheets.push(json!({
            "sheet": sheet.sheet.as_str(), "visible": sheet.visible, "header_row": sheet.header_row,
            "header_rows": sheet.header_height, "columns": columns,
        }));
    }
    answer.put("sheets", sheets);
    as_read(&mut answer, &bureau, found.roster, cycle, &input, language);
    answer.next = "disburse check".to_owned();
    Ok(answer)
}

/// What a column is used for, in words.
fn meaning(rulebook: &Rulebook, column: &ColumnMeaning, language: Language) -> String {
    let of = |name: &'static str, value: &str| (name, Text::from(value));
    let mut told = match (column.use_of, column.field) {
        (ColumnUse::Field, Some(field)) => {
            let field = rulebook.field(field);
            format!("{} {}", field.headers.first().map_or("", Text::as_str), field.code)
        }
        (ColumnUse::Helper(helper), _) => {
            words::say(language, "columns-helper", &[of("word", helper.word())])
        }
        (ColumnUse::Birth, _) => words::say(language, "columns-birth", &[]),
        (ColumnUse::Serial, _) => words::say(language, "columns-serial", &[]),
        _ => words::say(language, "columns-unread", &[]),
    };
    if let Some(unit) = column.unit {
        told.push_str(&format!(" [{}]", unit.word()));
    }
    if let Some(near) = &column.near {
        told.push_str(&words::say(language, "columns-near", &[of("near", near)]));
    }
    told
}

fn column_json(rulebook: &Rulebook, column: &ColumnMeaning, told: &str) -> Value {
    json!({
        "column": column.column.as_str(),
        "field": column.field.map(|field| rulebook.field(field).code.as_str()),
        "read": column.use_of != ColumnUse::Unread,
        "near": column.near.as_deref(),
        "text": told,
    })
}

/// The first rows as they are read, and what would be found.
fn as_read(
    answer: &mut Answer,
    bureau: &Bureau,
    roster: crate::policy::RosterId,
    cycle: Month,
    input: &Input<'_>,
    language: Language,
) {
    let of = |name: &'static str, value: String| (name, Text::from(value.as_str()));
    let mut files = Files::default();
    let inputs = [*input];
    let read =
        intake::read_roster(&bureau.rulebook, roster, cycle, cycle, &inputs, &bureau.registers, &mut files);
    let (claims, findings) = match read {
        Ok(read) => (read.claims, read.findings),
        Err(fault) => {
            answer.exit = Exit::Look;
            answer.say(language, fault.code, &fault.arguments);
            answer.put("fault", fault.code);
            return;
        }
    };
    let first = &claims[..claims.len().min(ROWS)];
    let shown = intake::rows_as_read(&bureau.rulebook, roster, first);
    answer.say(
        language,
        "columns-rows",
        &[of("rows", claims.len().to_string()), of("shown", first.len().to_string())],
    );
    let mut rows = Vec::new();
    for (claim, fields) in first.iter().zip(&shown) {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let source = files.show(claim.source);
        answer.lines.push(format!("  {source}  {}", pairs.join("  ")));
        let object: serde_json::Map<String, Value> =
            fields.iter().map(|(name, value)| (name.to_string(), json!(value.as_str()))).collect();
        rows.push(json!({
            "source": source, "rejected": claim.rejected.map(|rejection| rejection.word()), "fields": object,
        }));
    }
    answer.put("rows", claims.len()).put("first_rows", rows);
    let serious = findings.iter().filter(|finding| finding.severity != Severity::Info);
    let count = serious.clone().count();
    for finding in serious.take(FINDINGS) {
        answer.lines.push(finding_line(finding, language));
    }
    if count > FINDINGS {
        answer.say(language, "check-more", &[of("count", (count - FINDINGS).to_string())]);
    }
    answer.put("findings", count);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        answer.exit = Exit::Look;
    }
}
