//! A fix list as a workbook: the rows of one township that need work, each cell as it was sent, the faulty ones
//! marked, reason and advice beside them, and the two columns by which the corrected row finds its original.

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, Format, FormatAlign, Formula, IgnoreError, Workbook, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use crate::domain::{Finding, Severity};
use crate::formats::{excel_day, made_on};
use crate::intake::fix_lists::{ADVICE, BIRTH, Carried, DIGEST, FixColumn, FixRow, PLACE, REASON};
use crate::policy::Rulebook;
use crate::words::{self, Language};

use super::cells::{Style, height};
use super::encode::guarded;
use super::workbook::{self, sheet_name};

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
    sheet.set_name(sheet_name(list.sheet))?;
    // The look of the other workbooks; what is typed here stays text.
    let head = workbook::format(Style::Head);
    let text = workbook::format(Style::Text).set_num_format("@");
    let look = |severity: Option<Severity>, format: Format| match severity {
        Some(Severity::Error) => format.set_background_color(Color::RGB(0xFF_C7_CE)),
        Some(_) => format.set_background_color(Color::RGB(0xFF_EB_9C)),
        None => format,
    };
    let wrapped = workbook::format(Style::Wrapped);
    // Cut at the cell's edge, not over the next one.
    let grey = text.clone().set_font_color(Color::RGB(0x80_80_80)).set_align(FormatAlign::Fill);
    let heads: Vec<&str> = list
        .columns
        .iter()
        .map(|column| match column {
            FixColumn::Field(field) => {
                let rule = rulebook.field(*field);
                rule.headers.first().map_or(rule.code.as_str(), |header| header.as_str())
            }
            FixColumn::Birth => BIRTH,
            FixColumn::Own(header) => header.as_str(),
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
        let (reasons, advice) = (reasons.join("\n"), advice.join("\n"));
        let texts = [(reasons.as_str(), REASON_WIDTH), (advice.as_str(), ADVICE_WIDTH)];
        let height = height(texts.into_iter());
        if height > 0 {
            sheet.set_row_height(line, height)?;
        }
        sheet.write_string_with_format(line, reason, &reasons, &look(worst, wrapped.clone()))?;
        sheet.write_string_with_format(line, reason + 1, &advice, &wrapped)?;
        sheet.write_string_with_format(line, reason + 2, guarded(&row.original), &grey)?;
        sheet.write_string_with_format(line, reason + 3, &row.digest, &grey)?;
    }
    for (column, name) in heads.iter().enumerate() {
        let longest = list.rows.iter().map(|row| shown_width(&row.cells[column])).max().unwrap_or_default();
        // Words of a head may stand below each other; its longest piece of four characters may not.
        let width = longest.max(name.width().min(8)) + 2;
        sheet.set_column_width(column as u16, width.min(24) as f64)?;
    }
    for (offset, width) in [REASON_WIDTH, ADVICE_WIDTH, 20, 10].into_iter().enumerate() {
        sheet.set_column_width(reason + offset as u16, f64::from(width))?;
    }
    sheet.set_row_height(0, 30)?;
    sheet.set_freeze_panes(1, 2)?;
    let last = list.rows.len() as u32;
    if last > 0 {
        // No filter: a row that is filtered away when the list comes back would not be read.
        sheet.ignore_error_range(1, 0, last, reason + 3, IgnoreError::NumberStoredAsText)?;
    }
    // On paper without the two columns that only the program reads.
    sheet.set_print_area(0, 0, last, reason + 1)?;
    printed(sheet);
    sheet.set_landscape().set_repeat_rows(0, 0)?;
    Ok(())
}

const REASON_WIDTH: u16 = 44;
const ADVICE_WIDTH: u16 = 40;

fn printed(sheet: &mut Worksheet) {
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    sheet.set_footer("&C&A  &P / &N");
}

/// Columns of a terminal or sheet that a cell takes.
fn shown_width(cell: &Carried) -> usize {
    match cell {
        Carried::Empty => 0,
        Carried::Text(text) => text.width(),
        Carried::Error(text) => text.width(),
        Carried::Number(digits, _) => digits.len(),
        Carried::Day(_) => 10,
        Carried::Flag(_) => 5,
    }
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
            // A day that a workbook cannot hold came from another kind of file; as a text it must not become one that can
            // be read.
            None => sheet.write_string_with_format(row, column, format!("{}？", at.date()), format)?,
        },
        Carried::Flag(flag) => sheet.write_boolean_with_format(row, column, *flag, format)?,
        Carried::Error(text) => sheet.write_formula_with_format(
            row,
            column,
            Formula::new("=NA()").set_result(if text.starts_with("#N") { text.as_str() } else { "#N/A" }),
            format,
        )?,
    };
    Ok(())
}

const NOTE_WIDTH: u16 = 100;

fn notes(sheet: &mut Worksheet, list: &FixList<'_>, language: Language) -> Result<(), XlsxError> {
    sheet.set_name(words::say(language, "fix-list-notes", &[]))?;
    let wrapped = Format::new().set_font_name("宋体").set_font_size(11).set_text_wrap();
    sheet.set_column_width(0, f64::from(NOTE_WIDTH))?;
    printed(sheet);
    let mut row = 0;
    let mut line = |text: String| -> Result<(), XlsxError> {
        let height = height([(text.as_str(), NOTE_WIDTH)].into_iter());
        if height > 0 {
            sheet.set_row_height(row, height + 6)?;
        }
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
