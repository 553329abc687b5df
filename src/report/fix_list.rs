//! A fix list as a workbook: the rows of one township that need work, each cell as it was sent, the faulty ones
//! marked, reason and advice beside them, and the two columns by which the corrected row finds its original.

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError};

use crate::domain::{Finding, Severity};
use crate::formats::{excel_day, made_on};
use crate::intake::fix_lists::{ADVICE, BIRTH, Carried, DIGEST, FixColumn, FixRow, PLACE, REASON};
use crate::policy::Rulebook;
use crate::words::{self, Language};

use super::encode::guarded;

/// A list to be written.
#[derive(Debug, Clone)]
pub struct FixList<'a> {
    /// Name of the sheet: the roster's.
    pub sheet: &'a str,
    /// Its columns.
    pub columns: &'a [FixColumn],
    /// Its rows.
    pub rows: &'a [FixRow],
    /// What was said about whole files of which rows are here.
    pub of_files: &'a [Finding],
}

/// The workbook's bytes. `today` is its date, so that the same list is the same bytes.
///
/// # Errors
/// What the writer says.
pub fn render(
    list: &FixList<'_>,
    rulebook: &Rulebook,
    language: Language,
    today: NaiveDate,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&made_on(today)?);
    people(workbook.add_worksheet(), list, rulebook, language)?;
    notes(workbook.add_worksheet(), list, language)?;
    workbook.save_to_buffer()
}

fn people(
    sheet: &mut Worksheet,
    list: &FixList<'_>,
    rulebook: &Rulebook,
    language: Language,
) -> Result<(), XlsxError> {
    sheet.set_name(super::workbook::sheet_name(list.sheet))?;
    let head = Format::new()
        .set_bold()
        .set_border(FormatBorder::Thin)
        .set_background_color(Color::RGB(0xD9_E2_F3))
        .set_align(FormatAlign::Center)
        .set_text_wrap();
    let text = Format::new().set_num_format("@").set_border(FormatBorder::Thin);
    let look = |severity: Option<Severity>, format: Format| match severity {
        Some(Severity::Error) => format.set_background_color(Color::RGB(0xFF_C7_CE)),
        Some(_) => format.set_background_color(Color::RGB(0xFF_EB_9C)),
        None => format,
    };
    let wrapped = Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
    let grey = text.clone().set_font_color(Color::RGB(0x80_80_80));
    let heads: Vec<&str> = list
        .columns
        .iter()
        .map(|column| match column {
            FixColumn::Field(field) => {
                let rule = rulebook.field(*field);
                rule.headers.first().map_or(rule.code.as_str(), |header| header.as_str())
            }
            FixColumn::Birth => BIRTH,
        })
        .collect();
    let reason = heads.len() as u16;
    for (column, name) in heads.iter().copied().chain([REASON, ADVICE, PLACE, DIGEST]).enumerate() {
        sheet.write_string_with_format(0, column as u16, name, &head)?;
    }
    for (at, row) in list.rows.iter().enumerate() {
        let line = at as u32 + 1;
        for (column, cell) in row.cells.iter().enumerate() {
            let worst = row
                .findings
                .iter()
                .filter(|(place, _)| *place == Some(column))
                .map(|(_, f)| f.severity)
                .min();
            write(sheet, line, column as u16, cell, &look(worst, text.clone()))?;
        }
        let (mut reasons, mut advice) = (Vec::new(), Vec::new());
        for (place, finding) in &row.findings {
            let (message, action) = words::finding(language, finding);
            let message = match place {
                Some(column) => format!("{}：{message}", heads[*column]),
                None => message,
            };
            for (said, list) in [(message, &mut reasons), (action, &mut advice)] {
                if !said.is_empty() && !list.contains(&said) {
                    list.push(said);
                }
            }
        }
        let worst = row.findings.iter().map(|(_, finding)| finding.severity).min();
        sheet.write_string_with_format(line, reason, reasons.join("\n"), &look(worst, wrapped.clone()))?;
        sheet.write_string_with_format(line, reason + 1, advice.join("\n"), &wrapped)?;
        sheet.write_string_with_format(line, reason + 2, guarded(&row.original), &grey)?;
        sheet.write_string_with_format(line, reason + 3, &row.digest, &grey)?;
    }
    for (column, name) in heads.iter().enumerate() {
        let wide = ["身份证", "账号", "残疾证"].iter().any(|part| name.contains(part));
        sheet.set_column_width(column as u16, if wide { 22 } else { 13 })?;
    }
    for (offset, width) in [44, 40, 24, 12].into_iter().enumerate() {
        sheet.set_column_width(reason + offset as u16, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Carried,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Carried::Empty => sheet.write_blank(row, column, format)?,
        Carried::Text(text) => {
            // A cell's limit; a text so long is wrong wherever it stands, and its end says that it was cut.
            let cut: String = if text.chars().count() > 1_000 {
                text.chars().take(1_000).chain("…（过长，已截断？）".chars()).collect()
            } else {
                text.clone()
            };
            sheet.write_string_with_format(row, column, guarded(&cut), format)?
        }
        Carried::Number(digits, number) => match digits.parse() {
            // A number stays a number, so that what was refused for being one still is.
            Ok(value) => {
                let format = if number.is_empty() {
                    format.clone()
                } else {
                    format.clone().set_num_format(number.as_str())
                };
                let value: f64 = value;
                sheet.write_number_with_format(row, column, value, &format)?
            }
            Err(_) => sheet.write_string_with_format(row, column, digits.as_str(), format)?,
        },
        Carried::Day(at) => match excel_day(at.date()) {
            Some(day) => {
                let format = format.clone().set_num_format("yyyy-mm-dd");
                sheet.write_datetime_with_format(row, column, day, &format)?
            }
            // A day that a workbook cannot hold came from another kind of file.
            None => sheet.write_string_with_format(row, column, at.date().to_string(), format)?,
        },
        Carried::Error(text) => sheet.write_formula_with_format(
            row,
            column,
            Formula::new("=NA()").set_result(if text.starts_with("#N") { text.as_str() } else { "#N/A" }),
            format,
        )?,
    };
    Ok(())
}

fn notes(sheet: &mut Worksheet, list: &FixList<'_>, language: Language) -> Result<(), XlsxError> {
    sheet.set_name(words::say(language, "fix-list-notes", &[]))?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_column_width(0, 100)?;
    let mut row = 0;
    let mut line = |text: String| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, guarded(&text), &wrapped)?;
        row += 1;
        Ok(())
    };
    for code in ["fix-list-how", "fix-list-marks", "fix-list-return", "fix-list-status"] {
        line(words::say(language, code, &[]))?;
    }
    for finding in list.of_files {
        let (message, action) = words::finding(language, finding);
        let place = &finding.place;
        let at = [place.file.as_str(), place.sheet.as_str(), place.column.as_str()];
        let at: Vec<&str> = at.into_iter().filter(|part| !part.is_empty()).collect();
        line(format!("{}：{message}{}{action}", at.join(" "), if action.is_empty() { "" } else { "　→　" }))?;
    }
    Ok(())
}
