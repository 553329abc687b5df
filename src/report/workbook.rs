//! `reconciliation.xlsx`, the mechanics: sheets with a title, a frozen header with filters, real
//! numbers and dates, a total row of formulas whose cached values are ours, widths that fit Chinese,
//! print titles. What stands on the sheets is in [`super::sheets`].

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    DataValidation, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

use unicode_width::UnicodeWidthStr;

use crate::domain::{Money, Month};

use super::encode::guarded;

/// Rows of data that one sheet takes; the file format ends at 1,048,576 rows.
pub const SHEET_ROWS: usize = 1_000_000;
/// Longest text of a cell.
const CELL_CHARACTERS: usize = 32_000;
/// Where the header stands; data begin below.
const HEADER: u32 = 2;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text; guarded (READING 22).
    Text(String),
    /// An amount in yuan.
    Money(Money),
    /// A whole number.
    Count(u64),
    /// A month, as its first day.
    Month(Month),
    /// A formula over this sheet with the value we computed; `{row}` is the row's number.
    Formula(&'static str, Money),
}

impl Cell {
    /// A text cell.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// An amount, or nothing.
    pub fn money(money: Option<Money>) -> Cell {
        money.map_or(Cell::Empty, Cell::Money)
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: String,
    /// Width in characters; a Chinese character is two.
    pub width: u16,
    /// Whether the total row sums it up.
    pub sum: bool,
}

impl Column {
    /// A column without a sum.
    pub fn new(head: impl Into<String>, width: u16) -> Column {
        Column { head: head.into(), width, sum: false }
    }

    /// Sums it up.
    #[must_use]
    pub fn summed(mut self) -> Column {
        self.sum = true;
        self
    }
}

/// The look of cells.
pub struct Formats {
    title: Format,
    subtitle: Format,
    head: Format,
    text: Format,
    wrapped: Format,
    money: Format,
    count: Format,
    month: Format,
    total_text: Format,
    total_money: Format,
    total_count: Format,
    /// Signature lines.
    pub signature: Format,
}

const MONEY: &str = "#,##0.00_ ;[Red]-#,##0.00_ ";
const COUNT: &str = "#,##0_ ";

impl Formats {
    fn new() -> Formats {
        let base = || Format::new().set_font_name("宋体").set_font_size(10);
        let cell = || base().set_border(FormatBorder::Thin).set_border_color("#BFC9D3");
        let total = || cell().set_bold().set_background_color("#EEF2F6");
        Formats {
            title: base().set_bold().set_font_size(14),
            subtitle: base().set_font_color("#526273"),
            head: total()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            text: cell(),
            wrapped: cell().set_text_wrap().set_align(FormatAlign::Top),
            money: cell().set_num_format(MONEY),
            count: cell().set_num_format(COUNT),
            month: cell().set_num_format("yyyy-mm").set_align(FormatAlign::Center),
            total_text: total(),
            total_money: total().set_num_format(MONEY),
            total_count: total().set_num_format(COUNT),
            signature: base().set_font_size(11),
        }
    }
}

/// A workbook in the making.
pub struct Book {
    workbook: Workbook,
    /// The look of cells.
    pub formats: Formats,
    /// Line under every sheet's title.
    subtitle: String,
    total_word: String,
}

/// The value a number cell holds. The file format knows numbers as binary floats only; below 10¹⁵
/// fen the nearest float prints as exactly these digits, and nothing is computed with it here.
fn cell_number(money: Money) -> f64 {
    money.fen() as f64 / 100.0
}

/// A sheet's name within the format's limits: 31 characters, none of `[]:*?/\`.
pub fn sheet_name(wanted: &str) -> String {
    let name: String = wanted
        .chars()
        .map(|character| if "[]:*?/\\'".contains(character) { ' ' } else { character })
        .take(31)
        .collect();
    name.trim().to_owned()
}

/// The letter of a column from 0.
fn letter(column: u16) -> String {
    rust_xlsxwriter::utility::column_number_to_name(column)
}

/// A day as workbooks count them.
pub(super) fn excel_day(day: &impl Datelike) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1900), day.month() as u8, day.day() as u8)
}

impl Book {
    /// An empty workbook whose properties say when the run was drafted, so that the same run is the
    /// same bytes.
    ///
    /// # Errors
    /// A date outside the format's years.
    pub fn new(
        title: &str,
        subtitle: String,
        total_word: String,
        today: NaiveDate,
    ) -> Result<Book, XlsxError> {
        let created = excel_day(&today)?;
        let mut workbook = Workbook::new();
        let properties =
            rust_xlsxwriter::DocProperties::new().set_title(title).set_creation_datetime(&created);
        workbook.set_properties(&properties);
        Ok(Book { workbook, formats: Formats::new(), subtitle, total_word })
    }

    /// A new sheet with title and subtitle, set up for printing on A4 landscape.
    ///
    /// # Errors
    /// A name that is taken or not allowed.
    pub fn sheet(&mut self, name: &str, title: &str) -> Result<&mut Worksheet, XlsxError> {
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(sheet_name(name))?;
        sheet.write_string_with_format(0, 0, title, &self.formats.title)?;
        sheet.write_string_with_format(1, 0, &self.subtitle, &self.formats.subtitle)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
        sheet.set_footer("&C&A  &P / &N");
        Ok(sheet)
    }

    /// A sheet that is one table, split over several sheets where it is too long. Returns the names
    /// of the sheets.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn table(
        &mut self,
        name: &str,
        title: &str,
        columns: &[Column],
        rows: &[Vec<Cell>],
    ) -> Result<Vec<String>, XlsxError> {
        let mut names = Vec::new();
        let parts = rows.len().div_ceil(SHEET_ROWS).max(1);
        for part in 0..parts {
            let from = part * SHEET_ROWS;
            let chunk = &rows[from..rows.len().min(from + SHEET_ROWS)];
            let name = if parts == 1 { name.to_owned() } else { format!("{name}-{}", part + 1) };
            self.sheet(&name, title)?;
            self.block(HEADER, columns, chunk)?;
            let last_column = (columns.len() - 1) as u16;
            let last_row = HEADER + chunk.len() as u32;
            let sheet = self.workbook.worksheet_from_name(&sheet_name(&name))?;
            sheet.set_freeze_panes(HEADER + 1, 0)?;
            sheet.set_repeat_rows(0, HEADER)?;
            if !chunk.is_empty() {
                sheet.autofilter(HEADER, 0, last_row, last_column)?;
            }
            names.push(sheet_name(&name));
        }
        Ok(names)
    }

    /// Writes a table at a row of the sheet written last; returns the first free row below.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn block(&mut self, top: u32, columns: &[Column], rows: &[Vec<Cell>]) -> Result<u32, XlsxError> {
        let formats = &self.formats;
        let total_word = &self.total_word;
        let position = self.workbook.worksheets().len().saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(position)?;
        for (place, column) in columns.iter().enumerate() {
            let place = place as u16;
            sheet.write_string_with_format(top, place, &column.head, &formats.head)?;
            if top == HEADER {
                sheet.set_column_width(place, f64::from(column.width))?;
            }
        }
        let mut sums = vec![0_i128; columns.len()];
        let mut money = vec![false; columns.len()];
        for (offset, row) in rows.iter().enumerate() {
            let at = top + 1 + offset as u32;
            for (place, cell) in row.iter().enumerate() {
                let column = place as u16;
                match cell {
                    Cell::Empty => sheet.write_blank(at, column, &formats.text)?,
                    Cell::Text(text) => {
                        let text: String = guarded(text).chars().take(CELL_CHARACTERS).collect();
                        // A digest has nowhere to break, so it stays on its line.
                        let breaks = !text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                        let wide = breaks && text.width() > usize::from(columns[place].width);
                        let format = if wide { &formats.wrapped } else { &formats.text };
                        sheet.write_string_with_format(at, column, text, format)?
                    }
                    Cell::Money(amount) => {
                        sums[place] += i128::from(amount.fen());
                        money[place] = true;
                        sheet.write_number_with_format(at, column, cell_number(*amount), &formats.money)?
                    }
                    Cell::Count(count) => {
                        sums[place] += i128::from(*count);
                        // Counts stay far below 2^53.
                        sheet.write_number_with_format(at, column, *count as f64, &formats.count)?
                    }
                    Cell::Month(month) => {
                        let day = ExcelDateTime::from_ymd(
                            u16::try_from(month.year()).unwrap_or(1900).max(1900),
                            month.month() as u8,
                            1,
                        )?;
                        sheet.write_datetime_with_format(at, column, &day, &formats.month)?
                    }
                    Cell::Formula(formula, value) => {
                        sums[place] += i128::from(value.fen());
                        money[place] = true;
                        let text = formula.replace("{row}", &(at + 1).to_string());
                        let formula = Formula::new(text).set_result(value.to_string());
                        sheet.write_formula_with_format(at, column, formula, &formats.money)?
                    }
                };
            }
        }
        let mut next = top + 1 + rows.len() as u32;
        if columns.iter().any(|column| column.sum) && !rows.is_empty() {
            for (place, column) in columns.iter().enumerate() {
                let at = place as u16;
                if !column.sum {
                    let text = if place == 0 { total_word.as_str() } else { "" };
                    sheet.write_string_with_format(next, at, text, &formats.total_text)?;
                    continue;
                }
                let (value, format) = if money[place] {
                    let fen = i64::try_from(sums[place]).unwrap_or(i64::MAX);
                    (Money::from_fen(fen).to_string(), &formats.total_money)
                } else {
                    (sums[place].to_string(), &formats.total_count)
                };
                let formula = format!("=SUM({0}{1}:{0}{2})", letter(at), top + 2, next);
                let formula = Formula::new(formula).set_result(value);
                sheet.write_formula_with_format(next, at, formula, format)?;
            }
            next += 1;
        }
        Ok(next)
    }

    /// Lets people choose from these words in a column of the table written last, which has so many
    /// rows; other words are refused by the spreadsheet.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn choices(&mut self, column: u16, rows: usize, words: &[&str]) -> Result<(), XlsxError> {
        let (Some(position), Some(last)) =
            (self.workbook.worksheets().len().checked_sub(1), rows.min(SHEET_ROWS).checked_sub(1))
        else {
            return Ok(());
        };
        let validation = DataValidation::new().allow_list_strings(words)?;
        let sheet = self.workbook.worksheet_from_index(position)?;
        sheet.add_data_validation(HEADER + 1, column, HEADER + 1 + last as u32, column, &validation)?;
        Ok(())
    }

    /// A line of plain text on the sheet written last.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn line(&mut self, row: u32, text: &str, heading: bool) -> Result<(), XlsxError> {
        let format = if heading { &self.formats.title } else { &self.formats.subtitle };
        let position = self.workbook.worksheets().len().saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(position)?;
        sheet.write_string_with_format(row, 0, guarded(text), format)?;
        Ok(())
    }

    /// The signature block: words at columns of a row of the sheet written last.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn signatures(&mut self, row: u32, words: &[(u16, String)]) -> Result<(), XlsxError> {
        let position = self.workbook.worksheets().len().saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(position)?;
        for (column, word) in words {
            sheet.write_string_with_format(row, *column, word, &self.formats.signature)?;
        }
        Ok(())
    }

    /// The finished file.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn bytes(mut self) -> Result<Vec<u8>, XlsxError> {
        self.workbook.save_to_buffer()
    }
}
