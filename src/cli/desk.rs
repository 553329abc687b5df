//! `returns`, `opening`, `recover`, `hold`, `clear`, `recall`: what persons and banks say.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cycle::Bureau;
use crate::cycle::answers::File;
use crate::cycle::decisions::{Decided, Desk, Opening, Recall, Recovery, RecoveryAction};
use crate::cycle::inputs::beneficiary_of;
use crate::domain::{Beneficiary, Exit, Fault, Money, Month, Text};
use crate::ledger::Ledger;
use crate::words;
use crate::workspace::config::{Config, Role};

use super::answer::{Answer, finding_line};
use super::context::Context;

/// Arguments of `recover`.
#[derive(Debug, Clone, Args)]
pub struct RecoverArgs {
    /// confirm: let it be offset; repay: it came back; write-off: give it up; transfer: settle it against money due elsewhere.
    #[arg(value_enum)]
    pub action: RecoverAction,
    /// Programme code, as old-age.
    #[arg(long, value_name = "PROGRAMME")]
    pub programme: String,
    /// person:ID, or household:TOWNSHIP CODE:HOUSEHOLD NUMBER.
    #[arg(long, value_name = "BENEFICIARY")]
    pub beneficiary: String,
    /// Benefit month.
    #[arg(long)]
    pub month: Option<Month>,
    /// Case number.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Amount in yuan; default: all that is owed.
    #[arg(long, value_name = "YUAN")]
    pub amount: Option<String>,
    /// Transfer to this programme.
    #[arg(long, value_name = "PROGRAMME")]
    pub to_programme: Option<String>,
    /// Transfer to this benefit month.
    #[arg(long, value_name = "MONTH")]
    pub to_month: Option<Month>,
    /// Transfer to this case.
    #[arg(long, value_name = "CASE")]
    pub to_case: Option<String>,
    /// Number of the document that orders it.
    #[arg(long, value_name = "NUMBER")]
    pub document: String,
    /// Your name, as disburse.toml has it.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// What to do about a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecoverAction {
    /// Let it be offset.
    Confirm,
    /// It came back.
    Repay,
    /// Give it up.
    WriteOff,
    /// Settle it against money due elsewhere.
    Transfer,
}

impl RecoverAction {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            RecoverAction::Confirm => "confirm",
            RecoverAction::Repay => "repay",
            RecoverAction::WriteOff => "write-off",
            RecoverAction::Transfer => "transfer",
        }
    }
}

/// Arguments of `hold` and `clear`.
#[derive(Debug, Clone, Args)]
pub struct HoldArgs {
    /// Identity number, or person:ID, or household:TOWNSHIP CODE:HOUSEHOLD NUMBER.
    pub whom: String,
    /// One programme only.
    #[arg(long, value_name = "PROGRAMME")]
    pub programme: Option<String>,
    /// The reason, in your own words.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Your name, as disburse.toml has it.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

fn amount(text: &str) -> Result<Money, Fault> {
    super::typed_money(text)
        .ok_or_else(|| Fault::new(Exit::Usage, "typed-amount-unreadable").with("text", text))
}

fn whom(text: &str) -> Result<Beneficiary, Fault> {
    beneficiary_of(text).ok_or_else(|| Fault::new(Exit::Usage, "whom-unreadable").with("text", text))
}

fn open(context: &Context) -> Result<(Bureau, Ledger, crate::workspace::Lock), Fault> {
    // Registers are read as of the day; no roster is.
    context.exclusive(Month::of(context.session.today))
}

fn desk<'a>(context: &'a Context, bureau: &'a Bureau, ledger: &'a mut Ledger) -> Desk<'a> {
    Desk {
        workspace: &bureau.workspace,
        config: &bureau.workspace.config,
        ledger,
        session: &context.session,
        codes: bureau.codes(),
    }
}

/// What became of a command that two persons give. `again` is the command, without `--by`.
fn decided(context: &Context, config: &Config, code: &str, outcome: &Decided, again: &str) -> Answer {
    let language = context.session.language;
    let mut answer = Answer::new();
    answer.next = "disburse status".to_owned();
    match outcome {
        Decided::Waiting { by } => {
            answer.put("waiting", true).put("by", by.as_str());
            answer.say(language, "second-person-needed", &[("by", by.clone())]);
            // Who asked is not the one who completes it.
            let other = config.only(Role::Approve).filter(|other| *other != by.as_str());
            answer.next = format!("disburse {again} --by {}", other.unwrap_or("OTHER"));
        }
        Decided::Before { folder } => {
            answer.put("waiting", false).put("before", true).put("folder", folder.clone());
            answer.say(language, "decided-before", &[]);
        }
        Decided::Posted { folder, postings, amount } => {
            answer
                .put("waiting", false)
                .put("postings", *postings)
                .put("amount", amount.to_string())
                .put("folder", folder.clone());
            answer.say(
                language,
                code,
                &[
                    ("postings", postings.to_string().as_str().into()),
                    ("amount", amount.to_string().as_str().into()),
                ],
            );
        }
    }
    answer
}

/// An option with its value as a shell takes it; nothing where there is no value.
pub(super) fn option(name: &str, value: Option<&str>) -> String {
    let Some(value) = value else { return String::new() };
    let plain = |c: char| c.is_alphanumeric() || "-_./:=".contains(c);
    match !value.is_empty() && value.chars().all(plain) {
        true => format!(" --{name} {value}"),
        false => format!(" --{name} '{}'", value.replace('\'', "'\\''")),
    }
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|fault| {
        if fault.kind() == std::io::ErrorKind::NotFound {
            return Fault::new(Exit::Refused, "disk-not-found").with("what", path.display().to_string());
        }
        Fault::new(Exit::Refused, "file-unreadable")
            .with("file", path.display().to_string())
            .with("fault", fault.to_string())
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A file whose first row does not name the columns that are needed.
pub(super) fn columns_missing<'c>(
    file: &str,
    missing: impl Iterator<Item = &'c str>,
    wanted: &[&str],
) -> Fault {
    Fault::new(Exit::Refused, "written-columns-missing")
        .with("file", file)
        .with("columns", missing.collect::<Vec<_>>().join(", "))
        .with("wanted", wanted.join(","))
}

/// A cell that cannot be read, of a CSV that people write.
pub(super) fn cell_refused(file: &str, line: u64, column: &str, value: &str) -> Fault {
    let code = if value.is_empty() { "written-cell-blank" } else { "written-cell-unreadable" };
    Fault::new(Exit::Refused, code)
        .with("file", file)
        .with("line", line.to_string())
        .with("column", column)
        .with("value", value)
}

/// The rows of a CSV that people write: by header, with the row's line for messages.
pub(super) fn rows(path: &Path, columns: &[&str]) -> Result<Vec<(u64, Vec<String>)>, Fault> {
    let bytes = read_file(path)?;
    let file = name_of(path);
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes)) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
    };
    let refuse = |line: u64, detail: String| {
        Fault::new(Exit::Refused, "written-file-refused")
            .with("file", &file)
            .with("line", line.to_string())
            .with("detail", detail)
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers: Vec<String> = reader
        .headers()
        .map_err(|fault| refuse(1, fault.to_string()))?
        .iter()
        .map(|cell| cell.trim().to_owned())
        .collect();
    let positions: Vec<usize> =
        columns.iter().filter_map(|column| headers.iter().position(|header| header == column)).collect();
    if positions.len() < columns.len() {
        let missing = columns.iter().filter(|column| !headers.iter().any(|header| header == *column));
        return Err(columns_missing(&file, missing.copied(), columns));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|fault| refuse(0, fault.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |position: &usize| {
            let cell = record.get(*position).unwrap_or("").trim();
            // Our own guard against formulas is taken off again (READING 22).
            cell.strip_prefix('\'')
                .filter(|rest| rest.starts_with(['=', '+', '-', '@']))
                .unwrap_or(cell)
                .to_owned()
        };
        rows.push((line, positions.iter().map(cell).collect()));
    }
    Ok(rows)
}

/// Takes in bank answers, or a person's decisions.
///
/// # Errors
/// As [`Desk::take_in`], [`Desk::decide_payments`] and [`super::decisions_file::read`].
pub fn returns(
    context: &Context,
    files: &[PathBuf],
    format: Option<&str>,
    decisions: Option<&Path>,
    by: &str,
) -> Result<Answer, Fault> {
    let language = context.session.language;
    if files.is_empty() == decisions.is_none() {
        return Err(Fault::new(Exit::Usage, "returns-needs-files"));
    }
    let (bureau, mut ledger, _lock) = open(context)?;
    let mut desk = desk(context, &bureau, &mut ledger);
    if let Some(path) = decisions {
        let outcome =
            desk.decide_payments(&super::decisions_file::read(&name_of(path), &read_file(path)?)?, by)?;
        let again = format!("returns{}", option("decisions", Some(&path.display().to_string())));
        return Ok(decided(context, desk.config, "decisions-posted", &outcome, &again));
    }
    let mut read = Vec::new();
    for path in files {
        read.push(File { name: name_of(path), bytes: read_file(path)? });
    }
    let taken = desk.take_in(&read, format, &bureau.profiles, by)?;
    let mut answer = Answer::new();
    for name in &taken.known_files {
        answer.say(language, "returns-known-file", &[("file", name.as_str().into())]);
    }
    for finding in &taken.findings {
        answer.lines.push(finding_line(finding, language));
    }
    for (class, count) in &taken.classes {
        answer.say(
            language,
            "returns-class",
            &[
                ("class", words::say(language, &format!("class-{}", class.word()), &[]).as_str().into()),
                ("count", count.to_string().as_str().into()),
            ],
        );
    }
    answer.say(
        language,
        "returns-posted",
        &[
            ("postings", taken.postings.to_string().as_str().into()),
            ("amount", taken.returned.to_string().as_str().into()),
            ("missing", taken.missing.to_string().as_str().into()),
        ],
    );
    let classes: serde_json::Map<String, serde_json::Value> =
        taken.classes.iter().map(|(class, count)| (class.word().to_owned(), json!(count))).collect();
    answer
        .put("classes", classes)
        .put("postings", taken.postings)
        .put("amount", taken.returned.to_string())
        .put("exceptions", taken.exceptions)
        .put("unanswered", taken.missing)
        .put("known_files", json!(taken.known_files))
        .put("folder", taken.folder.clone());
    if let Some(folder) = &taken.folder {
        answer.say(language, "run-folder", &[("folder", folder.as_str().into())]);
    }
    if taken.exceptions > 0 {
        answer.exit = Exit::Look;
    }
    // The month that was answered, which need not be the latest.
    answer.next = match taken.cycle.or(desk.ledger.latest_released_cycle()?) {
        Some(cycle) => format!("disburse reconcile --month {cycle}"),
        None => "disburse status".to_owned(),
    };
    Ok(answer)
}

/// The columns of an opening file (DESIGN §12).
const OPENING: [&str; 6] = ["programme", "beneficiary", "benefit_month", "case_no", "entitled", "paid"];

/// Cut-over.
///
/// # Errors
/// As [`Desk::opening`]; exit 3 naming the line of a row that cannot be read.
pub fn opening(context: &Context, path: &Path, by: &str) -> Result<Answer, Fault> {
    let mut opening = Vec::new();
    let file = File { name: name_of(path), bytes: read_file(path)? };
    for (line, cells) in rows(path, &OPENING)? {
        let refuse = |at: usize| cell_refused(&file.name, line, OPENING[at], &cells[at]);
        let money = |at: usize| -> Result<Money, Fault> {
            super::typed_money(&cells[at]).filter(|money| !money.is_negative()).ok_or_else(|| refuse(at))
        };
        opening.push(Opening {
            row: line,
            programme: cells[0].clone(),
            beneficiary: Beneficiary::parse(&cells[1]).ok_or_else(|| refuse(1))?,
            month: cells[2].parse().map_err(|_| refuse(2))?,
            case_no: cells[3].as_str().into(),
            entitled: money(4)?,
            paid: money(5)?,
        });
    }
    let (bureau, mut ledger, _lock) = open(context)?;
    let outcome = desk(context, &bureau, &mut ledger).opening(&file, &opening, by)?;
    let mut answer = decided(context, &bureau.workspace.config, "opening-posted", &outcome, "");
    answer.next = "disburse check".to_owned();
    Ok(answer)
}

/// Decisions and money on recoveries.
///
/// # Errors
/// As [`Desk::recover`].
pub fn recover(context: &Context, arguments: &RecoverArgs) -> Result<Answer, Fault> {
    let case = |text: &Option<String>| text.as_ref().map(|text| Text::from(text.as_str()));
    let recovery = Recovery {
        action: match arguments.action {
            RecoverAction::Confirm => RecoveryAction::Confirm,
            RecoverAction::Repay => RecoveryAction::Repay,
            RecoverAction::WriteOff => RecoveryAction::WriteOff,
            RecoverAction::Transfer => RecoveryAction::Transfer,
        },
        programme: arguments.programme.clone(),
        beneficiary: whom(&arguments.beneficiary)?,
        month: arguments.month,
        case_no: case(&arguments.case),
        amount: arguments.amount.as_deref().map(amount).transpose()?,
        to_programme: arguments.to_programme.clone(),
        to_month: arguments.to_month,
        to_case: case(&arguments.to_case),
        document: arguments.document.as_str().into(),
    };
    let (bureau, mut ledger, _lock) = open(context)?;
    let outcome = desk(context, &bureau, &mut ledger).recover(&recovery, &arguments.by)?;
    let month = |month: Option<Month>| month.map(|month| month.to_string());
    let options = [
        ("programme", Some(arguments.programme.clone())),
        ("beneficiary", Some(arguments.beneficiary.clone())),
        ("month", month(arguments.month)),
        ("case", arguments.case.clone()),
        ("amount", arguments.amount.clone()),
        ("to-programme", arguments.to_programme.clone()),
        ("to-month", month(arguments.to_month)),
        ("to-case", arguments.to_case.clone()),
        ("document", Some(arguments.document.clone())),
    ];
    let options: String = options.iter().map(|(name, value)| option(name, value.as_deref())).collect();
    let again = format!("recover {}{options}", arguments.action.word());
    Ok(decided(context, &bureau.workspace.config, "recover-posted", &outcome, &again))
}

/// Holds money by hand, or lets it go.
///
/// # Errors
/// As [`Desk::hold`].
pub fn hold(context: &Context, arguments: &HoldArgs, hold: bool) -> Result<Answer, Fault> {
    let beneficiary = whom(&arguments.whom)?;
    let (bureau, mut ledger, _lock) = open(context)?;
    let is_known = desk(context, &bureau, &mut ledger).hold(
        hold,
        &beneficiary,
        arguments.programme.as_deref(),
        &arguments.why,
        &arguments.by,
    )?;
    let mut answer = Answer::new();
    let code = if hold { "hold-done" } else { "clear-done" };
    answer.put("done", true).say(
        context.session.language,
        code,
        &[("whom", beneficiary.masked().as_str().into())],
    );
    if hold && !is_known {
        let blanks = [("whom", beneficiary.masked().as_str().into())];
        answer.say(context.session.language, "hold-nobody", &blanks);
    }
    answer.put("known", is_known);
    answer.next = "disburse status".to_owned();
    Ok(answer)
}

/// Takes a released file back.
///
/// # Errors
/// As [`Desk::recall`].
pub fn recall(
    context: &Context,
    run: u32,
    file: Option<String>,
    document: &str,
    why: &str,
    by: &str,
) -> Result<Answer, Fault> {
    let recall = Recall { run, file, document: document.into(), why: why.into() };
    let (bureau, mut ledger, _lock) = open(context)?;
    let outcome = desk(context, &bureau, &mut ledger).recall(&recall, by)?;
    let again = format!(
        "recall {run}{}{}{}",
        option("file", recall.file.as_deref()),
        option("document", Some(document)),
        option("why", Some(why))
    );
    Ok(decided(context, &bureau.workspace.config, "recall-posted", &outcome, &again))
}
