//! What a file's rows are, before any of them is read: sheets, headers, totals, sections, notes
//! (READING 1–9). Out: the rows to read, each with the header it stands under.
//!
//! | part | what it is |
//! |---|---|
//! | `sheets` | which sheets of a file are read, and where their headers are |
//! | `piece` | row by row below a header: titles, totals, headers again |
//! | `joined` | records that hold several rows |

mod joined;
mod piece;
mod sheets;

use super::claim::Claim;
use super::header::Header;
use super::rows::Table;
use super::totals::Total;
use crate::domain::{Finding, Place, Text};
use crate::formats::{self, Cell, Row, RowState, Sheet, Span};

pub use sheets::{found_header, survey_document};

/// More records than this of another number of cells than the header, and most of a file, are no list.
const MOST_RAGGED: usize = 100_000;

/// A row to read.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// Position in [`Survey::tables`].
    table: u32,
    span: Span,
    /// A line that stray quotation marks had joined with others: read without them, set aside.
    torn: bool,
}

/// A file, a sheet or a piece of one after the survey.
#[derive(Debug, Default)]
pub struct Survey<'d> {
    /// Headers met, each with the sheet it stands in.
    tables: Vec<(&'d Sheet<'d>, Table<'d>)>,
    /// Rows in order.
    pub tasks: Vec<Task>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// Rows under titles that refuse.
    pub refused_rows: u64,
    totals: Vec<Total>,
    /// Records with another number of cells than the header.
    ragged: usize,
    /// A header with another meaning, a section title or a total over all: later pieces cannot be read
    /// without knowing.
    state_changed: bool,
}

/// A row as the file has it, with the table it stands in.
pub struct Written<'s, 'd> {
    /// Its table.
    pub table: &'s Table<'d>,
    /// Its number.
    pub number: u32,
    /// What is known of it.
    pub state: RowState,
    /// Its cells.
    pub cells: Vec<Cell<'d>>,
    /// Columns of its struck-through cells.
    pub struck: Vec<u32>,
}

impl<'d> Survey<'d> {
    /// Whether a header of it has the columns by which a fix list names its original rows.
    pub fn is_fix_list(&self) -> bool {
        self.tables.iter().any(|(_, table)| super::fix_lists::marks_of(table.header()).is_some())
    }

    /// A row of the survey as the file has it.
    pub fn written(&self, task: &Task) -> Written<'_, 'd> {
        let (sheet, table) = &self.tables[task.table as usize];
        let (number, state, cells, struck) = match sheet.row_at(task.span, &mut Vec::new()) {
            Some(row) => (row.number, row.state, row.cells.to_vec(), row.struck.to_vec()),
            None => (task.span.row, RowState::Undecodable, Vec::new(), Vec::new()),
        };
        let state = if task.torn { RowState::OpenQuote } else { state };
        Written { table, number, state, cells, struck }
    }

    /// Whether so many records have another number of cells than the header that the file is no list at all: to set
    /// millions of them aside one by one would take more memory than there is.
    fn is_rubbish(&self) -> bool {
        self.ragged > MOST_RAGGED && self.ragged * 2 > self.tasks.len()
    }

    /// Adds what was surveyed after it.
    fn append(&mut self, other: Survey<'d>) {
        let offset = self.tables.len() as u32;
        if self.tasks.is_empty() && offset == 0 {
            self.tasks = other.tasks;
        } else {
            self.tasks.extend(other.tasks.iter().map(|task| Task { table: task.table + offset, ..*task }));
        }
        self.tables.extend(other.tables);
        self.findings.extend(other.findings);
        self.refused_rows += other.refused_rows;
        self.totals.extend(other.totals);
        self.ragged += other.ragged;
        self.state_changed |= other.state_changed;
    }

    /// Reads a row of the survey. `cells` is used again from row to row.
    pub fn read(&self, task: &Task, cells: &mut Vec<Cell<'d>>, findings: &mut Vec<Finding>) -> Claim {
        let (sheet, table) = &self.tables[task.table as usize];
        if task.torn {
            let line = sheet.raw(task.span).replace('"', "");
            let alone = formats::delimited::Delimited::new(line.into(), Vec::new());
            let mut cells = Vec::new();
            alone.records(alone.whole()).next(&mut cells);
            let row = Row {
                number: task.span.row,
                lines: 1,
                state: RowState::OpenQuote,
                span: task.span,
                cells: &cells,
                struck: &[],
            };
            return table.read(&row, findings);
        }
        match sheet.row_at(task.span, cells) {
            Some(row) => table.read(&row, findings),
            None => table.read(
                &Row {
                    number: task.span.row,
                    lines: 1,
                    state: RowState::Undecodable,
                    span: task.span,
                    cells: &[],
                    struck: &[],
                },
                findings,
            ),
        }
    }

    /// The headers met.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.tables.iter().map(|(_, table)| table.header())
    }

    /// The header that a row stands under.
    pub fn header_of(&self, task: &Task) -> &Header {
        self.tables[task.table as usize].1.header()
    }

    /// A cell's place.
    pub fn place_of(&self, task: &Task, index: Option<usize>) -> Place {
        let table = &self.tables[task.table as usize].1;
        let column = index.map_or_else(Text::default, |index| table.header().label(index));
        table.stand().place(task.span.row, column)
    }

    /// The cells of a row that is no torn piece, for columns that are no fields.
    pub fn cells_of<'r>(&'r self, task: &Task, cells: &'r mut Vec<Cell<'d>>) -> &'r [Cell<'d>] {
        let sheet = self.tables[task.table as usize].0;
        if task.torn {
            return &[];
        }
        sheet.row_at(task.span, cells).map_or(&[], |row| row.cells)
    }
}
