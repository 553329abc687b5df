//! The one door into this room.

use rayon::prelude::*;

use super::cell::Cell;
use super::delimited::{Delimited, Record, Records};
use super::encoding::{self, Encoding};
use crate::domain::Text;

/// What the content of a file is, whatever its ending says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Delimited text.
    Delimited,
    /// Office Open XML workbook.
    Xlsx,
    /// Old binary workbook.
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
}

impl Form {
    /// The word in findings.
    pub fn word(self) -> &'static str {
        match self {
            Form::Delimited => "text",
            Form::Xlsx => "xlsx",
            Form::Xls => "xls",
            Form::Ods => "ods",
        }
    }

    /// Whether a file of this form may carry this ending (lower case, without the point).
    pub fn fits(self, ending: &str) -> bool {
        match self {
            Form::Delimited => matches!(ending, "csv" | "tsv" | "txt"),
            Form::Xlsx => ending == "xlsx",
            Form::Xls => ending == "xls",
            Form::Ods => ending == "ods",
        }
    }
}

/// Why a file cannot be read whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// No bytes, or nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// A web page saved under a workbook's name.
    #[error("the file is a web page (HTML) saved as a workbook")]
    Html,
    /// Protected by a password.
    #[error("the file is protected by a password")]
    Protected,
    /// A form this program does not read (a picture, a PDF, a Word file, xlsb …).
    #[error("the file is no list: {0}")]
    Foreign(Text),
    /// More than this program takes in; which bound.
    #[error("the file is too large: {0}")]
    TooLarge(Text),
    /// Damaged; what the reader said.
    #[error("the file is damaged: {0}")]
    Damaged(Text),
}

/// Something a file holds that its reader does not deliver (READING 5: say where it cannot).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// Single characters of a cell are struck through; which, is not told.
    StruckCharacters,
    /// Whether rows are hidden.
    HiddenRows,
    /// Strikethrough and number formats of cells.
    Styles,
}

/// What is known of a row besides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// An ordinary row.
    Plain,
    /// Hidden or filtered out.
    Hidden,
    /// Every filled cell is struck through.
    Struck,
    /// Its bytes fit no encoding, or hold NUL.
    Undecodable,
    /// A quotation mark was opened and never closed.
    OpenQuote,
}

/// A stretch of a sheet: bytes of delimited text, or rows of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Row number (line) at its beginning; not used by workbooks, whose rows know theirs.
    pub row: u32,
}

/// A row of a workbook.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRow {
    /// As the spreadsheet shows it, from 1.
    pub number: u32,
    /// What is known of it.
    pub state: RowState,
    /// Its cells from column A.
    pub cells: Vec<Cell<'static>>,
    /// Columns of its cells that are struck through, wholly or in part, in order.
    pub struck: Vec<u32>,
}

impl GridRow {
    /// The row at its place.
    fn at(&self, span: Span) -> Row<'_, 'static> {
        Row {
            number: self.number,
            lines: 1,
            state: self.state,
            span,
            cells: &self.cells,
            struck: &self.struck,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Body<'a> {
    Delimited(Delimited<'a>),
    Grid(Vec<GridRow>),
}

/// One table of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet<'a> {
    /// The sheet's name; empty for delimited text.
    pub name: Text,
    /// Whether people see it.
    pub visible: bool,
    body: Body<'a>,
}

/// A file after opening.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<'a> {
    /// What it is.
    pub form: Form,
    /// For delimited text.
    pub encoding: Option<Encoding>,
    /// Its sheets in order; one for delimited text.
    pub sheets: Vec<Sheet<'a>>,
    /// What the file holds and this room cannot show, so that a finding can say so.
    pub unseen: Vec<Unseen>,
}

/// One row as it is read.
#[derive(Debug)]
pub struct Row<'r, 't> {
    /// Line or row, from 1.
    pub number: u32,
    /// Lines covered (delimited text), else 1.
    pub lines: u32,
    /// What is known of it.
    pub state: RowState,
    /// Where it begins and ends, to come back to it.
    pub span: Span,
    /// Its cells.
    pub cells: &'r [Cell<'t>],
    /// Columns of its cells that are struck through, wholly or in part (workbooks only).
    pub struck: &'r [u32],
}

/// Opens a file: content decides (READING 2).
///
/// # Errors
/// A [`DocumentFault`] for what cannot be read whole.
pub fn open(bytes: &[u8]) -> Result<Document<'_>, DocumentFault> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return guarded(|| {
            let holds = |part: &str| memchr::memmem::find(bytes, part.as_bytes()).is_some();
            if !holds("[Content_Types].xml") && holds("content.xml") {
                super::ods::open(bytes)
            } else if holds("word/document.xml") {
                Err(DocumentFault::Foreign("Word".into()))
            } else if holds("xl/workbook.bin") {
                Err(DocumentFault::Foreign("xlsb".into()))
            } else if !holds("[Content_Types].xml") {
                Err(DocumentFault::Foreign("zip".into()))
            } else {
                super::xlsx::open(bytes)
            }
        });
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return guarded(|| super::xls::open(bytes));
    }
    if bytes.starts_with(b"%PDF") {
        return Err(DocumentFault::Foreign("PDF".into()));
    }
    if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xFF\xD8\xFF") {
        return Err(DocumentFault::Foreign("picture".into()));
    }
    let decoded = encoding::decode(bytes);
    if decoded.text.chars().all(|character| super::cell::is_space(character) || character == '\0') {
        return Err(DocumentFault::Empty);
    }
    if is_markup(&decoded.text) {
        return Err(DocumentFault::Html);
    }
    let encoding = Some(decoded.encoding);
    let body = Body::Delimited(Delimited::new(decoded.text, decoded.bad_lines));
    Ok(Document {
        form: Form::Delimited,
        encoding,
        sheets: vec![Sheet { name: Text::default(), visible: true, body }],
        unseen: Vec::new(),
    })
}

/// The readers of workbooks come from outside and meet files that nobody has seen: should one of them
/// fail where it must not, the file is damaged and the run goes on.
fn guarded<'a>(
    read: impl FnOnce() -> Result<Document<'a>, DocumentFault>,
) -> Result<Document<'a>, DocumentFault> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(DocumentFault::Damaged("the reader gave up".into())))
}

fn is_markup(text: &str) -> bool {
    let mut end = text.len().min(2048);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].trim_start().to_ascii_lowercase();
    head.starts_with('<')
        && ["<html", "<!doctype", "<table", "<head", "<meta", "<?xml", "<body", "<style"]
            .iter()
            .any(|tag| head.contains(tag))
}

impl<'a> Sheet<'a> {
    /// A workbook's sheet.
    pub fn grid(name: Text, visible: bool, rows: Vec<GridRow>) -> Sheet<'a> {
        Sheet { name, visible, body: Body::Grid(rows) }
    }

    /// Whether its records come from delimited text, whose number of cells is checked.
    pub fn is_delimited(&self) -> bool {
        matches!(self.body, Body::Delimited(_))
    }

    /// Everything.
    pub fn whole(&self) -> Span {
        match &self.body {
            Body::Delimited(table) => table.whole(),
            Body::Grid(rows) => Span { start: 0, end: rows.len(), row: 0 },
        }
    }

    /// What comes from a row on.
    pub fn from(&self, row: Span) -> Span {
        Span { end: self.whole().end, ..row }
    }

    /// A span cut into pieces for parallel work; never depends on the number of threads.
    pub fn pieces(&self, span: Span) -> Vec<Span> {
        match &self.body {
            Body::Delimited(table) => table.pieces(span),
            Body::Grid(_) => vec![span],
        }
    }

    /// The delimiter of delimited text.
    pub fn delimiter(&self) -> Option<char> {
        match &self.body {
            Body::Delimited(table) => Some(table.delimiter()),
            Body::Grid(_) => None,
        }
    }

    /// Says which it is, where the header is known.
    pub fn set_delimiter(&mut self, delimiter: char) {
        if let Body::Delimited(table) = &mut self.body {
            table.set_delimiter(delimiter);
        }
    }

    /// The text behind a row of delimited text.
    pub fn raw(&self, span: Span) -> &str {
        match &self.body {
            Body::Delimited(table) => table.text().get(span.start..span.end).unwrap_or(""),
            Body::Grid(_) => "",
        }
    }

    /// Reads the one row that begins a span, into a vector that is used again.
    pub fn row_at<'r, 't>(&'t self, span: Span, cells: &'r mut Vec<Cell<'t>>) -> Option<Row<'r, 't>> {
        match &self.body {
            Body::Delimited(table) => {
                let record = table.records(span).next(cells)?;
                Some(Row {
                    number: record.line,
                    lines: record.lines,
                    state: state(&record),
                    span,
                    cells,
                    struck: &[],
                })
            }
            Body::Grid(rows) => {
                let row = rows.get(span.start)?;
                Some(row.at(span))
            }
        }
    }

    /// Reads the rows of a span.
    pub fn rows(&self, span: Span) -> Rows<'_> {
        match &self.body {
            Body::Delimited(table) => {
                Rows { source: Source::Records(table.records(span)), cells: Vec::with_capacity(32) }
            }
            Body::Grid(rows) => {
                let rows = rows.get(span.start..span.end).unwrap_or(&[]);
                Rows { source: Source::Grid(rows, span.start), cells: Vec::new() }
            }
        }
    }
}

#[derive(Debug)]
enum Source<'t> {
    Records(Records<'t>),
    Grid(&'t [GridRow], usize),
}

/// Reads rows one after the other.
#[derive(Debug)]
pub struct Rows<'t> {
    source: Source<'t>,
    cells: Vec<Cell<'t>>,
}

impl<'t> Rows<'t> {
    /// The next row, or `None` at the end.
    pub fn next_row(&mut self) -> Option<Row<'_, 't>> {
        match &mut self.source {
            Source::Records(records) => {
                let record = records.next(&mut self.cells)?;
                let span = Span { start: record.start, end: record.end, row: record.line };
                let state = state(&record);
                let cells = &self.cells;
                Some(Row { number: record.line, lines: record.lines, state, span, cells, struck: &[] })
            }
            Source::Grid(rows, index) => {
                let (row, rest) = rows.split_first()?;
                let span = Span { start: *index, end: *index + 1, row: row.number };
                *rows = rest;
                *index += 1;
                Some(row.at(span))
            }
        }
    }
}

fn state(record: &Record) -> RowState {
    match (record.bad, record.open_quote) {
        (true, _) => RowState::Undecodable,
        (false, true) => RowState::OpenQuote,
        (false, false) => RowState::Plain,
    }
}

/// Opens several files at once, in their order.
pub fn open_all<'a>(files: &[&'a [u8]]) -> Vec<Result<Document<'a>, DocumentFault>> {
    files.par_iter().map(|bytes| open(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_under_a_workbooks_name_is_refused() {
        assert_eq!(open(b"<html><table><tr><td>1</td></tr></table></html>"), Err(DocumentFault::Html));
        assert_eq!(open(b"\xEF\xBB\xBF  \r\n"), Err(DocumentFault::Empty));
        assert_eq!(open(b""), Err(DocumentFault::Empty));
        assert!(open("a,b\n<1,2\n".as_bytes()).is_ok());
    }
}
