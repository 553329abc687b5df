//! Rows to the bytes of files: delimited text as it comes, workbooks at the end. Bytes go to the caller
//! piece by piece, so that a month of three million rows needs no more memory than its buffers.

use std::io;

use chrono::NaiveDate;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use rustc_hash::FxHashMap;

use super::names;
use super::row::{Register, Roster, Row, column};
use crate::domain::{Month, Text};
use crate::formats::made_on;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Comma, UTF-8 without a mark.
    #[default]
    Csv,
    /// Comma, UTF-8 with a mark, as spreadsheets save it.
    CsvBom,
    /// Comma, GB18030.
    Gb18030,
    /// Tab, UTF-8.
    Tsv,
    /// A workbook with a title row above the header and a total row below the data.
    Xlsx,
}

impl Format {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::CsvBom => "csv-bom",
            Format::Gb18030 => "gb18030",
            Format::Tsv => "tsv",
            Format::Xlsx => "xlsx",
        }
    }

    /// The meaning of that word.
    pub fn from_word(word: &str) -> Option<Format> {
        [Format::Csv, Format::CsvBom, Format::Gb18030, Format::Tsv, Format::Xlsx]
            .into_iter()
            .find(|format| format.word() == word)
    }

    fn ending(self) -> &'static str {
        match self {
            Format::Csv | Format::CsvBom | Format::Gb18030 => "csv",
            Format::Tsv => "tsv",
            Format::Xlsx => "xlsx",
        }
    }
}

/// How a roster is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// The form of its files.
    pub format: Format,
    /// One file for each township instead of one for all.
    pub by_township: bool,
}

/// Takes bytes that continue the file of a path relative to the workspace.
pub type Sink<'a> = dyn FnMut(&str, &[u8]) -> io::Result<()> + 'a;

/// Where a row was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// Path relative to the workspace.
    pub path: Text,
    /// Sheet, in workbooks.
    pub sheet: Text,
    /// The row the spreadsheet shows, or the line.
    pub row: u32,
}

impl Written {
    /// `<file>[!<sheet>]:<row>` as READING 19 has it.
    pub fn source(&self) -> String {
        let file = self.path.rsplit('/').next().unwrap_or_default();
        let sheet = if self.sheet.is_empty() { String::new() } else { format!("!{}", self.sheet) };
        format!("{file}{sheet}:{}", self.row)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum What {
    Roster(Roster, Month, Option<u8>),
    Register(Register),
}

enum Content {
    Text(Vec<u8>),
    Book(Box<Worksheet>, i64),
}

struct File {
    path: Text,
    format: Format,
    content: Content,
    row: u32,
}

/// The open files of a generation.
pub struct Files<'a> {
    sink: &'a mut Sink<'a>,
    layouts: [Layout; 11],
    files: FxHashMap<(Option<Month>, What), File>,
}

const PIECE: usize = 1 << 16;
/// The sheet of our workbooks.
const SHEET: &str = "花名册";

impl<'a> Files<'a> {
    /// Nothing open yet.
    pub fn new(sink: &'a mut Sink<'a>, layouts: [Layout; 11]) -> Files<'a> {
        Files { sink, layouts, files: FxHashMap::default() }
    }

    /// Writes a row of a month; `stage` is the cycle before which the file is laid over the workspace.
    pub fn roster(&mut self, stage: Option<Month>, month: Month, row: &Row) -> io::Result<Written> {
        let layout = self.layouts[row.roster as usize];
        let township = layout.by_township.then_some(row.township);
        let what = What::Roster(row.roster, month, township);
        self.row(stage, what, layout.format, &row.cells)
    }

    /// Writes a row of a register.
    pub fn register(
        &mut self,
        stage: Option<Month>,
        register: Register,
        cells: &[Text],
    ) -> io::Result<Written> {
        self.row(stage, What::Register(register), Format::Csv, cells)
    }

    /// Opens a file, so that it stands there also if no row comes.
    pub fn open_register(&mut self, stage: Option<Month>, register: Register) -> io::Result<()> {
        self.file(stage, What::Register(register), Format::Csv).map(|_| ())
    }

    fn row(
        &mut self,
        stage: Option<Month>,
        what: What,
        format: Format,
        cells: &[Text],
    ) -> io::Result<Written> {
        let file = self.file(stage, what, format)?;
        file.row += 1;
        let row = file.row;
        let path = file.path.clone();
        match &mut file.content {
            Content::Text(buffer) => {
                delimited(buffer, format, cells);
                if buffer.len() >= PIECE {
                    let bytes = std::mem::take(buffer);
                    let path = file.path.clone();
                    (self.sink)(&path, &bytes)?;
                }
                Ok(Written { path, sheet: Text::default(), row })
            }
            Content::Book(sheet, declared) => {
                for (at, cell) in cells.iter().enumerate() {
                    let whole = (at == column::DECLARED).then(|| cell.parse::<i32>().ok()).flatten();
                    match whole {
                        Some(yuan) => {
                            *declared += i64::from(yuan);
                            sheet.write_number(row - 1, at as u16, yuan).map_err(refused)?;
                        }
                        None if cell.is_empty() => {}
                        None => {
                            sheet.write_string(row - 1, at as u16, cell.as_str()).map_err(refused)?;
                        }
                    }
                }
                Ok(Written { path, sheet: SHEET.into(), row })
            }
        }
    }

    fn file(&mut self, stage: Option<Month>, what: What, format: Format) -> io::Result<&mut File> {
        use std::collections::hash_map::Entry;
        match self.files.entry((stage, what)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let path = path(stage, what, format);
                let headers: Vec<Text> = match what {
                    What::Roster(roster, ..) => roster.headers().map(Text::from).collect(),
                    What::Register(register) => register.headers().iter().map(|h| Text::from(*h)).collect(),
                };
                let (content, row) = if format == Format::Xlsx {
                    (Content::Book(Box::new(opened_sheet(what, &headers)?), 0), 2)
                } else {
                    let mut buffer = Vec::with_capacity(PIECE + 512);
                    if format == Format::CsvBom {
                        buffer.extend_from_slice("\u{FEFF}".as_bytes());
                    }
                    delimited(&mut buffer, format, &headers);
                    (Content::Text(buffer), 1)
                };
                Ok(entry.insert(File { path, format, content, row }))
            }
        }
    }

    /// Hands over what is left, file by file in the order of their paths; the paths.
    pub fn finish(self) -> io::Result<Vec<Text>> {
        let mut files: Vec<File> = self.files.into_values().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut paths = Vec::with_capacity(files.len());
        for file in files {
            let bytes = match file.content {
                Content::Text(buffer) => buffer,
                Content::Book(sheet, declared) => closed_book(*sheet, declared, file.row)?,
            };
            debug_assert!(file.format == Format::Xlsx || !bytes.is_empty() || file.row > 1);
            (self.sink)(&file.path, &bytes)?;
            paths.push(file.path);
        }
        Ok(paths)
    }
}

fn path(stage: Option<Month>, what: What, format: Format) -> Text {
    let before = stage.map_or(String::new(), |stage| format!("stages/{stage}/"));
    let ending = format.ending();
    Text::from(match what {
        What::Roster(roster, month, None) => format!("{before}rosters/{month}/{}.{ending}", roster.code()),
        What::Roster(roster, month, Some(township)) => {
            let township = names::TOWNSHIPS[usize::from(township)].1;
            format!("{before}rosters/{month}/{}-{township}.{ending}", roster.code())
        }
        What::Register(register) => format!("{before}registers/{}.{ending}", register.code()),
    })
}

/// One record, quoted where it must be.
fn delimited(buffer: &mut Vec<u8>, format: Format, cells: &[Text]) {
    let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            buffer.push(delimiter);
        }
        let quoted = cell.bytes().any(|byte| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r'));
        let text = if quoted { &Text::from(format!("\"{}\"", cell.replace('"', "\"\""))) } else { cell };
        if format == Format::Gb18030 {
            // GB18030 holds every character of Unicode, so nothing is replaced here.
            buffer.extend_from_slice(&encoding_rs::GB18030.encode(text).0);
        } else {
            buffer.extend_from_slice(text.as_bytes());
        }
    }
    buffer.extend_from_slice(b"\r\n");
}

fn refused(fault: XlsxError) -> io::Error {
    io::Error::other(fault)
}

fn opened_sheet(what: What, headers: &[Text]) -> io::Result<Worksheet> {
    let mut sheet = Worksheet::new();
    sheet.set_name(SHEET).map_err(refused)?;
    if let What::Roster(roster, month, township) = what {
        let place = township.map_or("", |township| names::TOWNSHIPS[usize::from(township)].1);
        let title = format!("{place}{}年{}月{}", month.year(), month.month(), roster.title());
        sheet.write_string(0, 0, title).map_err(refused)?;
    }
    for (at, header) in headers.iter().enumerate() {
        sheet.write_string(1, at as u16, header.as_str()).map_err(refused)?;
    }
    Ok(sheet)
}

fn closed_book(mut sheet: Worksheet, declared: i64, rows: u32) -> io::Result<Vec<u8>> {
    sheet.write_string(rows, 0, "合计").map_err(refused)?;
    if let Ok(declared) = i32::try_from(declared) {
        sheet.write_number(rows, column::DECLARED as u16, declared).map_err(refused)?;
    }
    let mut book = Workbook::new();
    // A fixed day of making: the same rows are the same bytes.
    let day = NaiveDate::from_ymd_opt(2023, 2, 1).unwrap_or_default();
    book.set_properties(&made_on(day).map_err(refused)?);
    book.push_worksheet(sheet);
    book.save_to_buffer().map_err(refused)
}
