//! A bank's own result file, read by the `[result]` part of its profile.

use std::io::Cursor;

use calamine::{Data, Reader};

use super::{Answer, AnswerSource, AnswerStatus, ReadAnswers, figures, place, refused, text};
use crate::domain::{Fault, Finding, Money, Severity, Text};
use crate::pay::profile::{FileEncoding, Format, ResultField, ResultProfile, ResultStatus, Unit};
use crate::pay::read_back::split_cells;

/// Reads a result file.
///
/// # Errors
/// Exit 3 where the bytes are not of the profile's kind at all.
pub fn read(file: &str, bytes: &[u8], profile: &ResultProfile) -> Result<ReadAnswers, Fault> {
    let rows = match profile.format {
        Format::Workbook => workbook_rows(file, bytes)?,
        Format::Fixed => fixed_rows(file, bytes, profile)?,
        _ => delimited_rows(file, bytes, profile)?,
    };
    let mut read = ReadAnswers::default();
    let last = rows.len().saturating_sub(profile.trailer_rows);
    for (row, cells) in rows.into_iter().take(last).skip(profile.header_rows) {
        if cells.as_ref().is_some_and(|cells| cells.iter().all(|cell| cell.trim().is_empty())) {
            continue;
        }
        read.rows += 1;
        match cells.filter(|cells| cells.len() >= profile.columns.len()) {
            Some(cells) if cells.iter().skip(profile.columns.len()).all(|cell| cell.trim().is_empty()) => {
                let answer = answer(file, row, &cells, profile, &mut read);
                read.answers.push(answer);
            }
            _ => {
                read.set_aside += 1;
                let finding = Finding::new("answer-row-layout", Severity::Error, place(file, row, ""));
                read.findings.push(finding.with("expected", profile.columns.len().to_string()));
            }
        }
    }
    Ok(read)
}

fn answer(file: &str, row: u32, cells: &[String], profile: &ResultProfile, read: &mut ReadAnswers) -> Answer {
    let cell = |field: ResultField| {
        let at = profile.columns.iter().position(|column| column.field == field)?;
        Some(text::cell(&cells[at])).filter(|cell| !cell.is_empty())
    };
    let unit =
        profile.columns.iter().find(|column| column.field == ResultField::Amount).map(|column| column.unit);
    let code = cell(ResultField::Code).unwrap_or_default();
    let words = cell(ResultField::Reason).unwrap_or_default();
    let known = profile.codes.get(&code).or_else(|| profile.codes.get(code.trim_start_matches('0')));
    let mut status = match known {
        None => AnswerStatus::Unknown(format!("{code} {words}").trim().into()),
        Some(meaning) => match meaning.status {
            ResultStatus::Paid => AnswerStatus::Paid,
            ResultStatus::Pending => AnswerStatus::Pending,
            ResultStatus::Failed => {
                let said = if words.is_empty() { &meaning.text } else { &words };
                AnswerStatus::Failed(format!("{} {said}", meaning.reason).trim().into())
            }
        },
    };
    let written = cell(ResultField::Amount);
    let mut amount = written.as_deref().and_then(|text| match unit {
        Some(Unit::Fen) => fen(text),
        _ => figures::amount(text),
    });
    if written.is_some() && amount.is_none() {
        let value = written.unwrap_or_default();
        let finding = Finding::new("answer-amount-unreadable", Severity::Error, place(file, row, "amount"));
        let id = cell(ResultField::PaymentId).unwrap_or_default();
        read.findings.push(finding.with("value", &value).with("payment", &id));
        status = AnswerStatus::Unknown(format!("amount “{value}”").into());
    }
    // Where the column holds what was moved, a failure moved nothing.
    if matches!(status, AnswerStatus::Failed(_)) && amount == Some(Money::ZERO) {
        amount = None;
    }
    let written_date = cell(ResultField::Date);
    let date = written_date.as_deref().and_then(figures::date);
    if let (Some(written), None) = (&written_date, date) {
        read.warn("answer-date-unreadable", place(file, row, "date"), written);
    }
    let text = |field| cell(field).map(Text::from);
    Answer {
        payment_id: text(ResultField::PaymentId),
        batch: text(ResultField::Batch),
        whole_batch: false,
        account_no: text(ResultField::AccountNo).unwrap_or_default(),
        account_name: text(ResultField::AccountName).unwrap_or_default(),
        amount,
        status,
        date,
        source: AnswerSource::ResultFile,
        reference: Text::default(),
        message: Text::default(),
        place: place(file, row, ""),
    }
}

fn fen(text: &str) -> Option<Money> {
    let digits = !text.is_empty() && text.len() <= 17 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok().map(Money::from_fen)).flatten()
}

/// Row number and cells; `None` for a row that cannot be cut by the layout.
type Rows = Vec<(u32, Option<Vec<String>>)>;

fn delimited_rows(file: &str, bytes: &[u8], profile: &ResultProfile) -> Result<Rows, Fault> {
    let text = decode(file, bytes, profile.encoding)?;
    let mut rows: Rows = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let mut cells = Vec::new();
        let whole = split_cells(line, profile.delimiter, &mut cells);
        rows.push((row as u32 + 1, whole.then(|| cells.into_iter().map(Into::into).collect())));
    }
    trimmed(rows)
}

fn fixed_rows(file: &str, bytes: &[u8], profile: &ResultProfile) -> Result<Rows, Fault> {
    // A bank that says GBK may send UTF-8; the byte places would then be others, so it is not guessed.
    decode(file, bytes, profile.encoding)?;
    let cut = |line: &[u8]| {
        let mut rest = line;
        let mut cells = Vec::new();
        for (at, column) in profile.columns.iter().enumerate() {
            // Banks cut the blanks at the end of a line.
            let width =
                if at + 1 == profile.columns.len() { rest.len().min(column.width) } else { column.width };
            let (cell, after) = rest.split_at_checked(width)?;
            cells.push(profile.encoding.decode(cell)?.trim().to_owned());
            rest = after;
        }
        rest.iter().all(u8::is_ascii_whitespace).then_some(cells)
    };
    let lines = bytes.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let rows = lines.enumerate().map(|(row, line)| {
        let cells = if line.is_empty() { Some(Vec::new()) } else { cut(line) };
        (row as u32 + 1, cells)
    });
    trimmed(rows.collect())
}

/// Empty lines at the end are no trailer.
fn trimmed(mut rows: Rows) -> Result<Rows, Fault> {
    let empty = |cells: &Option<Vec<String>>| {
        cells.as_ref().is_some_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()))
    };
    while rows.last().is_some_and(|(_, cells)| empty(cells)) {
        rows.pop();
    }
    Ok(rows)
}

fn decode(file: &str, bytes: &[u8], encoding: FileEncoding) -> Result<String, Fault> {
    let marked = bytes.starts_with(&[0xEF, 0xBB, 0xBF]) || bytes.starts_with(&[0xFF, 0xFE]);
    let decoded = if marked { None } else { encoding.decode(bytes).map(std::borrow::Cow::into_owned) };
    decoded
        .or_else(|| text::decode(bytes).map(|(text, _)| text))
        .ok_or_else(|| refused("answer-file-unreadable", file))
}

fn workbook_rows(file: &str, bytes: &[u8]) -> Result<Rows, Fault> {
    let unreadable = || refused("answer-file-unreadable", file);
    let mut workbook = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let range = workbook.worksheet_range_at(0).ok_or_else(unreadable)?.map_err(|_| unreadable())?;
    let (Some((first, _)), Some((last, columns))) = (range.start(), range.end()) else {
        return Ok(Vec::new());
    };
    let mut rows: Rows = (1..=first).map(|row| (row, Some(Vec::new()))).collect();
    for row in first..=last {
        let cells = (0..=columns).map(|column| match range.get_value((row, column)) {
            None | Some(Data::Empty) => Some(String::new()),
            Some(Data::String(text)) => Some(text.clone()),
            Some(Data::Int(number)) => Some(number.to_string()),
            // Fifteen digits are all that a number cell holds: a longer number may be another one.
            Some(Data::Float(number)) => {
                let text = number.to_string();
                (text.bytes().filter(u8::is_ascii_digit).count() <= 15).then_some(text)
            }
            Some(Data::DateTime(moment)) => {
                let (year, month, day, ..) = moment.to_ymd_hms_milli();
                Some(format!("{year:04}-{month:02}-{day:02}"))
            }
            Some(Data::DateTimeIso(text)) => Some(text.clone()),
            Some(_) => None,
        });
        rows.push((row + 1, cells.collect()));
    }
    trimmed(rows)
}
