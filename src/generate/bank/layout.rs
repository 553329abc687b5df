//! A bank's own result layout, written by the `[result]` part of its profile.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_xlsxwriter::Workbook;

use super::{Outcome, SentFile, SentPayment};
use crate::formats::made_on;
use crate::pay::profile::{Format, ResultField, ResultProfile, ResultStatus, Unit};

/// Why a layout cannot say an answer.
#[derive(Debug, thiserror::Error)]
pub enum LayoutFault {
    /// No code of the profile means it.
    #[error("no code of the profile means {0}")]
    NoCode(&'static str),
    /// A value is longer than its column, or has a character that the encoding lacks.
    #[error("{field:?} does not fit: {value}")]
    DoesNotFit {
        /// Which.
        field: ResultField,
        /// What.
        value: String,
    },
    /// What the workbook writer says.
    #[error(transparent)]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// The code, and the words that go with it, for an outcome. A failure without a code of its own is told
/// by whatever failure code there is; where there is none, by a code that the profile does not know.
fn code<'p>(profile: &'p ResultProfile, outcome: &Outcome) -> Result<(&'p str, String), LayoutFault> {
    let of = |status: ResultStatus, reason: Option<&str>| {
        profile
            .codes
            .iter()
            .find(|(_, code)| code.status == status && reason.is_none_or(|reason| code.reason == reason))
            .map(|(code, meaning)| (code.as_str(), meaning.text.clone()))
    };
    match outcome {
        Outcome::Failed(reason) => Ok(match of(ResultStatus::Failed, Some(reason)) {
            Some(found) => found,
            None => match of(ResultStatus::Failed, None) {
                Some((code, _)) => (code, (*reason).to_owned()),
                None => ("?", (*reason).to_owned()),
            },
        }),
        Outcome::Pending => of(ResultStatus::Pending, None).ok_or(LayoutFault::NoCode("pending")),
        _ => of(ResultStatus::Paid, None).ok_or(LayoutFault::NoCode("paid")),
    }
}

fn cell(
    field: ResultField,
    unit: Unit,
    file: &SentFile,
    payment: &SentPayment,
    outcome: &Outcome,
    (code, words): (&str, &str),
    date: NaiveDate,
) -> String {
    match field {
        ResultField::PaymentId => payment.id.to_string(),
        ResultField::Batch => file.batch.to_string(),
        ResultField::AccountNo => payment.account_no.to_string(),
        ResultField::AccountName => outcome.name(&payment.account_name).to_owned(),
        ResultField::Amount => {
            let amount = outcome.amount(payment.amount);
            if unit == Unit::Fen { amount.fen().to_string() } else { amount.to_string() }
        }
        ResultField::Code => code.to_owned(),
        ResultField::Reason => words.to_owned(),
        ResultField::Date => date.format("%Y%m%d").to_string(),
        ResultField::Skip => String::new(),
    }
}

/// Pending payments are passed over where the layout has no code for them: a bank that cannot say it
/// says nothing yet.
pub(super) fn render(
    file: &SentFile,
    answered: &[(&SentPayment, Outcome)],
    profile: &ResultProfile,
    date: NaiveDate,
) -> Result<Vec<u8>, LayoutFault> {
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(answered.len());
    for (payment, outcome) in answered {
        let (code, words) = match code(profile, outcome) {
            Ok(found) => found,
            Err(LayoutFault::NoCode("pending")) => continue,
            Err(fault) => return Err(fault),
        };
        rows.push(
            profile
                .columns
                .iter()
                .map(|column| cell(column.field, column.unit, file, payment, outcome, (code, &words), date))
                .collect(),
        );
    }
    if profile.format == Format::Workbook {
        return workbook(&rows, profile, date);
    }
    let mut bytes = Vec::new();
    let filler = |bytes: &mut Vec<u8>, count: usize, text: &str| {
        for _ in 0..count {
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
    };
    filler(&mut bytes, profile.header_rows, &file.batch);
    for row in &rows {
        for (position, (cell, column)) in row.iter().zip(&profile.columns).enumerate() {
            let fault = || LayoutFault::DoesNotFit { field: column.field, value: cell.clone() };
            if profile.format == Format::Fixed {
                let used = profile.encoding.length(cell).map_err(|_| fault())?;
                let blanks = column.width.checked_sub(used).ok_or_else(fault)?;
                profile.encoding.push(&mut bytes, cell).map_err(|_| fault())?;
                bytes.extend(std::iter::repeat_n(b' ', blanks));
                continue;
            }
            if position > 0 {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(profile.delimiter.encode_utf8(&mut buffer).as_bytes());
            }
            let quoted: Cow<'_, str> = if cell.contains([profile.delimiter, '"']) {
                format!("\"{}\"", cell.replace('"', "\"\"")).into()
            } else {
                cell.into()
            };
            profile.encoding.push(&mut bytes, &quoted).map_err(|_| fault())?;
        }
        bytes.extend_from_slice(b"\r\n");
    }
    filler(&mut bytes, profile.trailer_rows, &rows.len().to_string());
    Ok(bytes)
}

fn workbook(rows: &[Vec<String>], profile: &ResultProfile, date: NaiveDate) -> Result<Vec<u8>, LayoutFault> {
    let mut book = Workbook::new();
    // A day of making: the same answers are the same bytes.
    book.set_properties(&made_on(date)?);
    let sheet = book.add_worksheet();
    let filler = |sheet: &mut rust_xlsxwriter::Worksheet, from: usize, count: usize| {
        (0..count).try_for_each(|row| sheet.write_string((from + row) as u32, 0, "-").map(|_| ()))
    };
    filler(sheet, 0, profile.header_rows)?;
    for (at, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string((profile.header_rows + at) as u32, column as u16, cell)?;
        }
    }
    filler(sheet, profile.header_rows + rows.len(), profile.trailer_rows)?;
    Ok(book.save_to_buffer()?)
}
