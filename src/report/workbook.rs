//! Workbooks, the mechanics: sheets with a title, a frozen header with filters, real numbers and dates, a
//! total row of formulas whose cached values are ours, widths that fit Chinese, print titles. What stands on
//! the sheets of a run is in [`super::sheets`].
//!
//! A book is laid out first: which table stands where, how many rows it has and how a row is made. Rows are
//! made when the file is written, some thousands at a time (the private room `package`).

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_xlsxwriter::{
    DataValidation, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use crate::domain::Money;
use crate::formats::made_on;

pub use super::cells::{Cell, Style};
use super::package::{Part, Table, Total};

/// Rows of data that one sheet takes; the file format ends at 1,048,576 rows.
pub const SHEET_ROWS: usize = 1_000_000;
/// Where the header stands; data begin below.
pub const HEADER: u32 = 2;
/// Longest name of a sheet.
const NAME_CHARACTERS: usize = 31;

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

    /// Wide enough for amounts up to one, and for their sum.
    #[must_use]
    pub fn fitting(mut self, amount: Money) -> Column {
        let width = super::people::grouped(amount).len() + 3;
        self.width = self.width.max(u16::try_from(width).unwrap_or(u16::MAX));
        self
    }

    /// Sums it up.
    #[must_use]
    pub fn summed(mut self) -> Column {
        self.sum = true;
        self
    }
}

/// How a sheet is shown and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Columns from the left that stay in sight.
    pub frozen: u16,
    /// Printed upright instead of across.
    pub upright: bool,
    /// Whether the header stands on every page: not where other tables follow below.
    pub header_repeats: bool,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { frozen: 0, upright: false, header_repeats: true }
    }
}

type MakeRow<'r> = Arc<dyn Fn(usize) -> Vec<Cell<'r>> + Send + Sync + 'r>;

/// The rows of a table: how many, and how each is made when its turn comes.
#[derive(Clone)]
pub struct Rows<'r> {
    count: usize,
    make: MakeRow<'r>,
}

impl<'r> Rows<'r> {
    /// One row for each item of a list.
    pub fn of<T: Send + Sync + 'r>(
        items: Vec<T>,
        make: impl Fn(&T) -> Vec<Cell<'r>> + Send + Sync + 'r,
    ) -> Rows<'r> {
        Rows { count: items.len(), make: Arc::new(move |position| make(&items[position])) }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The row at a position.
    pub(super) fn row(&self, position: usize) -> Vec<Cell<'r>> {
        (self.make)(position)
    }
}

impl<'r> From<Vec<Vec<Cell<'r>>>> for Rows<'r> {
    fn from(rows: Vec<Vec<Cell<'r>>>) -> Rows<'r> {
        Rows::of(rows, Vec::clone)
    }
}

const MONEY: &str = "#,##0.00_ ;[Red]-#,##0.00_ ";
const COUNT: &str = "#,##0_ ";

/// Where people type.
const TYPED: &str = "#FFF8E1";

/// How a style looks.
pub(super) fn format(style: Style) -> Format {
    let base =
        || Format::new().set_font_name("宋体").set_font_size(10).set_align(FormatAlign::VerticalCenter);
    let cell = || base().set_border(FormatBorder::Thin).set_border_color("#BFC9D3");
    let total = || cell().set_bold().set_background_color("#EEF2F6");
    match style {
        Style::Title => base().set_bold().set_font_size(14),
        Style::Subtitle => base().set_font_color("#526273"),
        Style::Head => total().set_text_wrap().set_align(FormatAlign::Center),
        Style::Text => cell(),
        Style::Wrapped => cell().set_text_wrap(),
        Style::Money => cell().set_num_format(MONEY),
        Style::Count => cell().set_num_format(COUNT),
        Style::Month => cell().set_num_format("yyyy-mm").set_align(FormatAlign::Center),
        Style::Day => cell().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
        Style::TotalText => total(),
        Style::TotalMoney => total().set_num_format(MONEY),
        Style::TotalCount => total().set_num_format(COUNT),
        Style::Signature => base().set_font_size(11),
        Style::TypedNumber => cell().set_background_color(TYPED),
        Style::TypedText => cell().set_background_color(TYPED).set_num_format("@").set_text_wrap(),
    }
}

/// A workbook in the making.
pub struct Book<'r> {
    pub(super) workbook: Workbook,
    /// What stands on each sheet, from the top.
    pub(super) sheets: Vec<Vec<Part<'r>>>,
    /// Line under every sheet's title.
    subtitle: String,
    total_word: String,
    names: BTreeSet<String>,
    sheet_rows: usize,
}

/// A text within the limits of a sheet's name: so many characters, none of `[]:*?/\'`, no control characters.
fn clipped(wanted: &str, characters: usize) -> String {
    let allowed = |character: char| !"[]:*?/\\'".contains(character) && !character.is_control();
    let name: String = wanted
        .chars()
        .map(|character| if allowed(character) { character } else { ' ' })
        .take(characters)
        .collect();
    name.trim().to_owned()
}

/// A sheet's name within the format's limits.
pub fn sheet_name(wanted: &str) -> String {
    clipped(wanted, NAME_CHARACTERS)
}

impl<'r> Book<'r> {
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
    ) -> Result<Book<'r>, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_properties(&made_on(today)?.set_title(title));
        Ok(Book {
            workbook,
            sheets: Vec::new(),
            subtitle,
            total_word,
            names: BTreeSet::new(),
            sheet_rows: SHEET_ROWS,
        })
    }

    /// Splits tables after so many rows instead of [`SHEET_ROWS`].
    #[must_use]
    pub fn with_sheet_rows(mut self, rows: usize) -> Book<'r> {
        self.sheet_rows = rows.clamp(1, SHEET_ROWS);
        self
    }

    /// Whether a table of so many rows is split over several sheets.
    pub fn splits(&self, rows: usize) -> bool {
        rows > self.sheet_rows
    }

    /// A name that no sheet has yet; names differ in more than letter case.
    fn free_name(&mut self, wanted: &str, part: Option<usize>) -> String {
        let ending = part.map_or(String::new(), |part| format!("-{part}"));
        let mut again = 1;
        loop {
            let ending = if again == 1 { ending.clone() } else { format!("{ending} ({again})") };
            let stem = clipped(wanted, NAME_CHARACTERS - ending.chars().count());
            let stem = if stem.is_empty() { "-".to_owned() } else { stem };
            let name = format!("{stem}{ending}");
            if self.names.insert(name.to_lowercase()) {
                return name;
            }
            again += 1;
        }
    }

    /// A new sheet with title and subtitle, set up for printing on A4 landscape.
    fn sheet(&mut self, name: &str, title: &str) -> Result<&mut Worksheet, XlsxError> {
        self.sheets.push(vec![
            Part::Line { row: 0, texts: vec![(0, title.to_owned())], style: Style::Title },
            Part::Line { row: 1, texts: vec![(0, self.subtitle.clone())], style: Style::Subtitle },
        ]);
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(name)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
        sheet.set_print_center_horizontally(true);
        sheet.set_footer("&C&A  &P / &N");
        Ok(sheet)
    }

    fn last(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.workbook.worksheet_from_index(self.sheets.len().saturating_sub(1))
    }

    fn push(&mut self, part: Part<'r>) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(part);
        }
    }

    /// A sheet that is one table, split over several sheets where it is too long: then each says what
    /// its rows add up to, and the last what all do. Returns the first free row below the table.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn table(
        &mut self,
        name: &str,
        title: &str,
        columns: &[Column],
        rows: impl Into<Rows<'r>>,
    ) -> Result<u32, XlsxError> {
        self.table_as(Layout::default(), name, title, columns, rows)
    }

    /// As [`Book::table`], shown and printed otherwise.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn table_as(
        &mut self,
        layout: Layout,
        name: &str,
        title: &str,
        columns: &[Column],
        rows: impl Into<Rows<'r>>,
    ) -> Result<u32, XlsxError> {
        let rows: Rows<'r> = rows.into();
        let parts = rows.count.div_ceil(self.sheet_rows).max(1);
        let last_column = columns.len().saturating_sub(1) as u16;
        let mut earlier: Vec<(String, u32)> = Vec::new();
        let mut next = HEADER;
        for part in 0..parts {
            let from = part * self.sheet_rows;
            let count = (rows.count - from).min(self.sheet_rows);
            let name = self.free_name(name, (parts > 1).then_some(part + 1));
            let last_row = HEADER + count as u32;
            let sheet = self.sheet(&name, title)?;
            for (place, column) in columns.iter().enumerate() {
                sheet.set_column_width(place as u16, f64::from(column.width))?;
            }
            sheet.set_freeze_panes(HEADER + 1, layout.frozen)?;
            sheet.set_repeat_rows(0, if layout.header_repeats { HEADER } else { HEADER - 1 })?;
            if layout.upright {
                sheet.set_portrait();
            }
            if count > 0 {
                sheet.autofilter(HEADER, 0, last_row, last_column)?;
                // Identity and account numbers are text on purpose; no mark in every corner.
                let text = IgnoreError::NumberStoredAsText;
                sheet.ignore_error_range(HEADER + 1, 0, last_row, last_column, text)?;
            }
            let total = match parts {
                1 => Total { word: self.total_word.clone(), grand: None },
                _ => Total {
                    word: format!("{} ({}/{parts})", self.total_word, part + 1),
                    grand: (part + 1 == parts).then(|| (self.total_word.clone(), earlier.clone())),
                },
            };
            next = self.place(Table {
                top: HEADER,
                columns: columns.into(),
                rows: rows.clone(),
                from,
                count,
                total,
            });
            earlier.push((name, last_row + 1));
        }
        Ok(next)
    }

    fn place(&mut self, table: Table<'r>) -> u32 {
        let next = table.end();
        self.push(Part::Table(table));
        next
    }

    /// Places a table at a row of the sheet made last, below everything on it; returns the first free row
    /// below.
    pub fn block(&mut self, top: u32, columns: &[Column], rows: impl Into<Rows<'r>>) -> u32 {
        let rows: Rows<'r> = rows.into();
        let (count, total) = (rows.count, Total { word: self.total_word.clone(), grand: None });
        self.place(Table { top, columns: columns.into(), rows, from: 0, count, total })
    }

    /// Lets people choose from these words in a column of the table made last, which has so many
    /// rows; other words are refused by the spreadsheet.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn choices(&mut self, column: u16, rows: usize, words: &[&str]) -> Result<(), XlsxError> {
        let Some(last) = rows.min(self.sheet_rows).checked_sub(1) else { return Ok(()) };
        let validation = DataValidation::new().allow_list_strings(words)?;
        self.last()?.add_data_validation(
            HEADER + 1,
            column,
            HEADER + 1 + last as u32,
            column,
            &validation,
        )?;
        Ok(())
    }

    /// A line of plain text on the sheet made last, below everything on it.
    pub fn line(&mut self, row: u32, text: &str, heading: bool) {
        let style = if heading { Style::Title } else { Style::Subtitle };
        self.push(Part::Line { row, texts: vec![(0, text.to_owned())], style });
    }

    /// The signature block: words at columns of a row of the sheet made last, below everything on it.
    pub fn signatures(&mut self, row: u32, words: &[(u16, String)]) {
        self.push(Part::Line { row, texts: words.to_vec(), style: Style::Signature });
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What the writer says; what the format refuses, as an error of kind `Other`.
    pub fn write(self, out: &mut (dyn io::Write + Send)) -> io::Result<()> {
        super::package::write(self, out)
    }

    /// The finished file.
    ///
    /// # Errors
    /// What the format refuses.
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book<'r>() -> Book<'r> {
        let today = NaiveDate::from_ymd_opt(2023, 2, 6).unwrap();
        Book::new("t", "s".into(), "合计".into(), today).unwrap()
    }

    #[test]
    fn sheets_whose_names_would_be_the_same_get_different_ones() {
        let mut book = book();
        let long = "困难残疾人生活补贴和重度残疾人护理补贴（含历史遗留补发部分）的名单";
        let columns = [Column::new("a", 10)];
        for name in [long, long, "Notice", "notice", "", "a/b", "a:b"] {
            book.table(name, "t", &columns, Vec::new()).unwrap();
        }
        let bytes = book.bytes().unwrap();
        let workbook: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let names = calamine::Reader::sheet_names(&workbook);
        assert_eq!(names[0], sheet_name(long));
        assert_eq!(names[1], "困难残疾人生活补贴和重度残疾人护理补贴（含历史遗留补发 (2)");
        assert_eq!(&names[2..], ["Notice", "notice (2)", "-", "a b", "a b (2)"]);
        assert!(names.iter().all(|name| name.chars().count() <= NAME_CHARACTERS));
    }

    #[test]
    fn a_list_of_any_length_is_the_same_bytes_with_one_thread_or_four() {
        let write = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut book = book();
                let columns = [Column::new("n", 10), Column::new("元", 10).summed()];
                let rows = Rows::of((0..20_000_i64).collect(), |number| {
                    vec![Cell::Count(*number as u64), Cell::Money(Money::from_fen(*number))]
                });
                book.table("a", "t", &columns, rows).unwrap();
                book.bytes().unwrap()
            })
        };
        assert!(write(1) == write(4));
    }

    /// Time and memory of a long list, measured by hand: `cargo test --release --lib -- --ignored --nocapture
    /// a_list_of_300_000`.
    #[test]
    #[ignore = "measures; run by hand in a release build"]
    fn a_list_of_300_000_rows_takes_little_memory() {
        let rows: u64 = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(300_000);
        let peak = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            status.lines().filter(|line| line.starts_with("VmHWM")).collect::<String>()
        };
        let before = peak();
        let started = std::time::Instant::now();
        let mut book = book();
        let columns: Vec<Column> =
            (0..15).map(|column| Column::new(column.to_string(), 20).summed()).collect();
        let made = Rows::of((0..rows).collect(), |number| {
            let money = || Cell::Money(Money::from_fen((*number % 77_777) as i64));
            vec![
                Cell::Count(*number),
                Cell::text(["张三", "李四明", "王五"][*number as usize % 3]),
                Cell::text(format!("1501991950{number:08}")),
                Cell::text("保合少镇"),
                Cell::text(format!("第{}社区", number % 100)),
                Cell::Count(1),
                money(),
                money(),
                money(),
                money(),
                money(),
                money(),
                Cell::text("内蒙古农村信用社"),
                Cell::text(format!("6230{:015}", number * 7_919)),
                Cell::text(format!("150102-202302-R0001-{number:07}")),
            ]
        });
        book.table("名单", "t", &columns, made).unwrap();
        let path = std::env::temp_dir().join("disburse-long-list.xlsx");
        let mut file = io::BufWriter::new(std::fs::File::create(&path).unwrap());
        book.write(&mut file).unwrap();
        drop(file);
        let size = std::fs::metadata(&path).unwrap().len();
        eprintln!("{rows} rows: {:?}, {size} bytes, before {before}, after {}", started.elapsed(), peak());
    }
}
