//! The finished file of a [`Book`]: `rust_xlsxwriter` makes the package with every sheet empty; here the rows
//! go into the sheets, rendered by all threads some thousands at a time while the thousands before them are
//! compressed. Memory stays at a few megabytes whatever the number of rows, nothing is laid on disk in
//! between, and the bytes do not depend on the number of threads.

use std::io::{self, Cursor, Read, Write};

use rayon::prelude::*;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::cells::{Cell, Markup, Style, Styles, Sum, height, letters};
use super::workbook::{Book, Column, Rows, format};

/// Rows rendered by one task, and tasks rendered before their bytes are written.
const ROWS_A_TASK: usize = 1024;
const TASKS_AT_ONCE: usize = 8;
/// The markup of rows repeats itself: a fast compression takes a quarter of the time of the usual one, and the
/// file is a fifth longer.
const LEVEL: i64 = 2;

/// Something on a sheet; parts stand below each other.
pub(super) enum Part<'r> {
    /// Texts at columns of one row.
    Line { row: u32, texts: Vec<(u16, String)>, style: Style },
    /// A table.
    Table(Table<'r>),
}

/// A table at a place of a sheet.
pub(super) struct Table<'r> {
    /// Row of its header.
    pub top: u32,
    pub columns: Vec<Column>,
    pub rows: Rows<'r>,
    /// First of its rows that stands here.
    pub from: usize,
    /// How many do.
    pub count: usize,
    pub total: Total,
}

/// What the rows below a table say.
pub(super) struct Total {
    /// Word of the row that adds this table up.
    pub word: String,
    /// Of a split table's last part: word of the row that adds all parts up, and where the totals of the earlier
    /// parts stand (sheet, row from 0).
    pub grand: Option<(String, Vec<(String, u32)>)>,
}

impl Table<'_> {
    fn has_total(&self) -> bool {
        self.count > 0 && self.columns.iter().any(|column| column.sum)
    }

    /// First row below.
    pub fn end(&self) -> u32 {
        let below = match (self.has_total(), &self.total.grand) {
            (false, _) => 0,
            (true, None) => 1,
            (true, Some(_)) => 2,
        };
        self.top + 1 + self.count as u32 + below
    }
}

type Package<'o> = ZipWriter<StreamWriter<&'o mut (dyn Write + Send)>>;

/// Writes the file.
pub(super) fn write(mut book: Book<'_>, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let (frame, styles) = frame(&mut book)?;
    let mut archive = ZipArchive::new(Cursor::new(frame)).map_err(io::Error::other)?;
    let mut package: Package<'_> = ZipWriter::new_stream(out);
    // Sums of a split table, until its last part.
    let mut sums = Vec::new();
    for position in 0..archive.len() {
        let mut file = archive.by_index(position).map_err(io::Error::other)?;
        let name = file.name().map_err(io::Error::other)?.into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let sheet = sheet_number(&name).and_then(|number| book.sheets.get(number));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(sheet.map(|_| LEVEL))
            .unix_permissions(0o600)
            .last_modified_time(DateTime::default());
        package.start_file(&name, options).map_err(io::Error::other)?;
        match sheet {
            None => package.write_all(&bytes)?,
            Some(parts) => {
                let (before, after) = around_rows(&bytes, parts)?;
                package.write_all(&before)?;
                for part in parts {
                    part.write(&styles, &mut sums, &mut package)?;
                }
                package.write_all(&after)?;
            }
        }
    }
    package.finish().map_err(io::Error::other)?;
    Ok(())
}

fn broken(what: &str) -> io::Error {
    io::Error::other(format!("the frame of the workbook has no {what}"))
}

/// The package without rows, and the numbers it gave to the styles: a first row shows one cell of each.
fn frame(book: &mut Book<'_>) -> io::Result<(Vec<u8>, Styles)> {
    let first = book.workbook.worksheet_from_index(0).map_err(io::Error::other)?;
    for (column, style) in Style::ALL.into_iter().enumerate() {
        first.write_blank(0, column as u16, &format(style)).map_err(io::Error::other)?;
    }
    let frame = book.workbook.save_to_buffer().map_err(io::Error::other)?;
    let mut archive = ZipArchive::new(Cursor::new(&frame)).map_err(io::Error::other)?;
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").map_err(io::Error::other)?.read_to_string(&mut sheet)?;
    let mut numbers = sheet
        .split("<c r=\"")
        .skip(1)
        .filter_map(|cell| cell.split_once(" s=\"")?.1.split_once('"')?.0.parse::<u32>().ok());
    let mut styles: Styles = Default::default();
    for style in &mut styles {
        *style = numbers.next().ok_or_else(|| broken("style"))?;
    }
    Ok((frame, styles))
}

/// Position of a sheet by its file's name.
fn sheet_number(name: &str) -> Option<usize> {
    let number: usize = name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?.parse().ok()?;
    number.checked_sub(1)
}

/// What stands before and after the rows of a sheet.
fn around_rows(bytes: &[u8], parts: &[Part<'_>]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
    let (before, after) = match text.split_once("<sheetData/>") {
        Some(around) => around,
        None => {
            let (before, rest) = text.split_once("<sheetData>").ok_or_else(|| broken("rows"))?;
            (before, rest.split_once("</sheetData>").ok_or_else(|| broken("rows"))?.1)
        }
    };
    let (head, rest) = before.split_once("<dimension ref=\"").ok_or_else(|| broken("dimension"))?;
    let (_, tail) = rest.split_once('"').ok_or_else(|| broken("dimension"))?;
    let (mut rows, mut columns) = (0, 1);
    for part in parts {
        if part.top() < rows {
            // Office programs call such a file damaged.
            return Err(io::Error::other("a part of a sheet overlaps the one above it"));
        }
        let (row, column) = match part {
            Part::Line { row, texts, .. } => {
                (row + 1, texts.iter().map(|(column, _)| column + 1).max().unwrap_or(1))
            }
            Part::Table(table) => (table.end(), table.columns.len() as u16),
        };
        rows = row;
        columns = columns.max(column);
    }
    let corner = letters(usize::from(columns) - 1);
    let before = format!("{head}<dimension ref=\"A1:{corner}{rows}\"{tail}<sheetData>");
    Ok((before.into_bytes(), format!("</sheetData>{after}").into_bytes()))
}

impl Part<'_> {
    /// Its first row.
    fn top(&self) -> u32 {
        match self {
            Part::Line { row, .. } => *row,
            Part::Table(table) => table.top,
        }
    }

    fn write(&self, styles: &Styles, carried: &mut Vec<Sum>, out: &mut Package<'_>) -> io::Result<()> {
        match self {
            Part::Line { row, texts, style } => {
                let mut bytes = Vec::new();
                let mut markup =
                    Markup::new(&mut bytes, styles, *row, if *style == Style::Title { 22 } else { 0 });
                for (column, text) in texts {
                    markup.text(&letters(usize::from(*column)), *style, text);
                }
                markup.end();
                out.write_all(&bytes)
            }
            Part::Table(table) => table.write(styles, carried, out),
        }
    }
}

impl Table<'_> {
    fn write(&self, styles: &Styles, carried: &mut Vec<Sum>, out: &mut Package<'_>) -> io::Result<()> {
        let names: Vec<String> = (0..self.columns.len()).map(letters).collect();
        let mut bytes = Vec::new();
        let heads = self.columns.iter().map(|column| (column.head.as_str(), column.width));
        let mut head = Markup::new(&mut bytes, styles, self.top, height(heads).max(18));
        for (name, column) in names.iter().zip(&self.columns) {
            head.text(name, Style::Head, &column.head);
        }
        head.end();
        let mut sums = vec![Sum::default(); self.columns.len()];
        let mut ready = vec![(bytes, sums.clone())];
        let tasks: Vec<usize> = (0..self.count).step_by(ROWS_A_TASK).collect();
        for batch in tasks.chunks(TASKS_AT_ONCE) {
            let (written, rendered) = rayon::join(
                || ready.iter().try_for_each(|(bytes, _)| out.write_all(bytes)),
                || batch.par_iter().map(|start| self.rendered(*start, &names, styles)).collect::<Vec<_>>(),
            );
            written?;
            for (_, part) in &rendered {
                join(&mut sums, part);
            }
            ready = rendered;
        }
        ready.iter().try_for_each(|(bytes, _)| out.write_all(bytes))?;
        if self.has_total() {
            out.write_all(&self.totals(&names, &sums, styles, carried))?;
        }
        Ok(())
    }

    /// Some rows from one on, and what they add up to.
    fn rendered(&self, start: usize, names: &[String], styles: &Styles) -> (Vec<u8>, Vec<Sum>) {
        let end = (start + ROWS_A_TASK).min(self.count);
        let mut bytes = Vec::with_capacity((end - start) * names.len() * 56);
        let mut sums = vec![Sum::default(); names.len()];
        for position in start..end {
            let cells = self.rows.row(self.from + position);
            let texts = cells.iter().zip(&self.columns).filter_map(|(cell, column)| match cell {
                Cell::Text(text) => Some((&**text, column.width)),
                _ => None,
            });
            let mut markup = Markup::new(&mut bytes, styles, self.top + 1 + position as u32, height(texts));
            for (place, ((name, column), cell)) in names.iter().zip(&self.columns).zip(&cells).enumerate() {
                sums[place].join(markup.cell(name, column.width, cell));
            }
            markup.end();
        }
        (bytes, sums)
    }

    /// The rows below: what this table adds up to, and after the last part of a split table what all do.
    fn totals(&self, names: &[String], sums: &[Sum], styles: &Styles, carried: &mut Vec<Sum>) -> Vec<u8> {
        let row = self.top + 1 + self.count as u32;
        let mut bytes = Vec::new();
        // Rows count from 1 in formulas.
        let (first, last) = (self.top + 2, row);
        let own = |name: &str| format!("SUM({name}{first}:{name}{last})");
        self.total_row(&mut bytes, row, &self.total.word, names, sums, styles, own);
        if self.from == 0 {
            carried.clear();
            carried.resize(sums.len(), Sum::default());
        }
        join(carried, sums);
        if let Some((word, earlier)) = &self.total.grand {
            let all = |name: &str| {
                let parts: Vec<String> =
                    earlier.iter().map(|(sheet, row)| format!("'{sheet}'!{name}{}", row + 1)).collect();
                format!("{}+{name}{}", parts.join("+"), row + 1)
            };
            self.total_row(&mut bytes, row + 1, word, names, carried, styles, all);
        }
        bytes
    }

    #[expect(clippy::too_many_arguments, reason = "one row's parts, used twice just above")]
    fn total_row(
        &self,
        bytes: &mut Vec<u8>,
        row: u32,
        word: &str,
        names: &[String],
        sums: &[Sum],
        styles: &Styles,
        formula: impl Fn(&str) -> String,
    ) {
        let mut markup = Markup::new(bytes, styles, row, 0);
        for (place, (name, column)) in names.iter().zip(&self.columns).enumerate() {
            let sum = sums[place];
            match column.sum {
                false => markup.text(name, Style::TotalText, if place == 0 { word } else { "" }),
                true => {
                    let style = if sum.money { Style::TotalMoney } else { Style::TotalCount };
                    markup.formula(name, style, &formula(name), &sum.digits());
                }
            }
        }
        markup.end();
    }
}

fn join(sums: &mut [Sum], more: &[Sum]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        sum.join(*more);
    }
}
