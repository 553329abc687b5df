//! OpenDocument spreadsheets, read from `content.xml`: numbers are decimal text there and stay it.

use std::io::Cursor;

use chrono::{NaiveDate, NaiveDateTime};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cell::{Cell, NO_CACHED_VALUE, Number};
use super::document::{Document, DocumentFault, Form, Sheet};
use super::grid::{self, MOST_CELLS, Merged, Placed, Struck};
use super::xlsx::{attribute, part};
use crate::domain::Text;

/// Rows of a sheet.
const MOST_ROWS: u32 = 1 << 20;
/// Cells that one written row may stand for again and again.
const MOST_COPIES: usize = 500_000;

/// Opens a spreadsheet.
///
/// # Errors
/// Protected or damaged.
pub fn open(bytes: &[u8]) -> Result<Document<'static>, DocumentFault> {
    let damaged = |fault: String| DocumentFault::Damaged(fault.into());
    super::package::check(bytes)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|fault| damaged(fault.to_string()))?;
    let manifest = part(&mut archive, "META-INF/manifest.xml").unwrap_or_default();
    if manifest.contains("encryption-data") {
        return Err(DocumentFault::Protected);
    }
    let content = part(&mut archive, "content.xml").ok_or_else(|| damaged("content.xml".to_owned()))?;
    let mut styles = Styles::default();
    if let Some(common) = part(&mut archive, "styles.xml") {
        styles.read(&common);
    }
    styles.read(&content);
    let sheets = Tables::read(&content, &styles)?;
    Ok(Document { form: Form::Ods, encoding: None, sheets, unseen: Vec::new() })
}

#[derive(Debug, Default)]
struct Styles {
    /// Cell styles: struck through, number style, parent.
    cells: FxHashMap<String, CellStyle>,
    /// Number styles as format codes.
    numbers: FxHashMap<String, Text>,
    /// Table styles that hide the sheet.
    hidden_tables: FxHashSet<String>,
    /// Styles of paragraphs and single characters that are struck through.
    struck: FxHashSet<String>,
}

#[derive(Debug, Default, Clone)]
struct CellStyle {
    struck: Option<bool>,
    number: Option<String>,
    parent: Option<String>,
}

impl Styles {
    fn read(&mut self, text: &str) {
        let mut reader = Reader::from_str(text);
        let mut current: Option<(String, String)> = None;
        let mut number: Option<(String, Text)> = None;
        let mut in_number_text = false;
        while let Ok(event) = reader.read_event() {
            match &event {
                Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                    "style" => {
                        let name = attribute(element, "name").unwrap_or_default();
                        let family = attribute(element, "family").unwrap_or_default();
                        if family == "table-cell" {
                            let style = CellStyle {
                                struck: None,
                                number: attribute(element, "data-style-name"),
                                parent: attribute(element, "parent-style-name"),
                            };
                            self.cells.insert(name.clone(), style);
                        }
                        current = Some((name, family));
                    }
                    "text-properties" => {
                        let line = attribute(element, "text-line-through-style")
                            .or_else(|| attribute(element, "text-line-through-type"));
                        if let (Some(line), Some((name, family))) = (line, &current) {
                            if matches!(family.as_str(), "text" | "paragraph") && line != "none" {
                                self.struck.insert(name.clone());
                            }
                            if let Some(style) = self.cells.get_mut(name) {
                                style.struck = Some(line != "none");
                            }
                        }
                    }
                    "table-properties" => {
                        if let Some((name, family)) = &current
                            && family == "table"
                            && attribute(element, "display").as_deref() == Some("false")
                        {
                            self.hidden_tables.insert(name.clone());
                        }
                    }
                    "number-style" | "currency-style" | "percentage-style" => {
                        number = Some((attribute(element, "name").unwrap_or_default(), Text::default()));
                    }
                    "number" => {
                        if let Some((_, format)) = &mut number {
                            let of = |name| attribute(element, name).and_then(|n| n.parse::<usize>().ok());
                            let decimals = of("min-decimal-places")
                                .or_else(|| of("decimal-places"))
                                .unwrap_or(0)
                                .min(30);
                            let integers = of("min-integer-digits").unwrap_or(1).min(30);
                            format.push_str(&"0".repeat(integers.max(1)));
                            if decimals > 0 {
                                format.push('.');
                                format.push_str(&"0".repeat(decimals));
                            }
                            // What is shown is a part of what is held, as a comma after the digits says in a
                            // workbook's format.
                            if attribute(element, "display-factor").is_some_and(|factor| factor != "1") {
                                format.push(',');
                            }
                        }
                    }
                    "text" => in_number_text = number.is_some() && matches!(event, Event::Start(_)),
                    _ => {}
                },
                Event::Text(text) if in_number_text => {
                    if let Some((_, format)) = &mut number {
                        format.push_str(&text.xml10_content());
                    }
                }
                Event::End(element) => match element.local_name().as_ref() {
                    "style" => current = None,
                    "text" => in_number_text = false,
                    "number-style" | "currency-style" | "percentage-style" => {
                        if let Some((name, format)) = number.take() {
                            self.numbers.insert(name, format);
                        }
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
    }

    /// Struck through, and the number format, through the parents.
    fn of(&self, name: &str) -> (bool, Text) {
        let mut struck = None;
        let mut number = None;
        let mut name = Some(name.to_owned());
        for _ in 0..8 {
            let Some(style) = name.as_ref().and_then(|name| self.cells.get(name)) else { break };
            struck = struck.or(style.struck);
            number = number.or_else(|| style.number.clone());
            name = style.parent.clone();
        }
        let format = number.and_then(|number| self.numbers.get(&number).cloned()).unwrap_or_default();
        (struck.unwrap_or(false), format)
    }
}

/// Reads the tables one after the other.
struct Tables<'s> {
    styles: &'s Styles,
    known: FxHashMap<String, (bool, Text)>,
    cells: Vec<Placed>,
    merged: Vec<Merged>,
    hidden: FxHashSet<u32>,
    /// Default styles of the columns, with how many columns each holds for.
    columns: Vec<(u32, Option<String>)>,
    row: u32,
    row_repeat: u32,
    row_start: usize,
    /// Cells made by repeating rows.
    copies: usize,
    column: u32,
}

fn repeat(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
}

impl<'s> Tables<'s> {
    fn read(content: &str, styles: &'s Styles) -> Result<Vec<Sheet<'static>>, DocumentFault> {
        let damaged = |fault: String| DocumentFault::Damaged(fault.into());
        let mut reader = Reader::from_str(content);
        let mut sheets = Vec::new();
        let mut tables = Tables {
            styles,
            known: FxHashMap::default(),
            cells: Vec::new(),
            merged: Vec::new(),
            hidden: FxHashSet::default(),
            columns: Vec::new(),
            row: 0,
            row_repeat: 1,
            row_start: 0,
            copies: 0,
            column: 0,
        };
        let mut name: Option<(String, bool)> = None;
        let mut depth = 0;
        loop {
            let event = reader.read_event().map_err(|fault| damaged(fault.to_string()))?;
            let (element, empty) = match &event {
                Event::Start(element) => (element, false),
                Event::Empty(element) => (element, true),
                Event::End(element) => {
                    match element.local_name().as_ref() {
                        "table-row" => tables.end_row()?,
                        "table" => {
                            depth -= 1;
                            if let (0, Some((name, visible))) = (depth, name.take()) {
                                sheets.push(Sheet::grid(name.into(), visible, tables.take_rows()?));
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                Event::Eof => break,
                _ => continue,
            };
            match element.local_name().as_ref() {
                "table" if !empty => {
                    depth += 1;
                    if depth == 1 {
                        let style = attribute(element, "style-name").unwrap_or_default();
                        let visible = !styles.hidden_tables.contains(&style);
                        name = Some((attribute(element, "name").unwrap_or_default(), visible));
                    }
                }
                "table-column" => {
                    let style = attribute(element, "default-cell-style-name");
                    tables.columns.push((repeat(element, "number-columns-repeated"), style));
                }
                "table-row" => {
                    tables.start_row(element);
                    if empty {
                        tables.end_row()?;
                    }
                }
                "table-cell" => {
                    let element = element.clone().into_owned();
                    let (text, struck) = if empty {
                        (String::new(), false)
                    } else {
                        cell_text(&mut reader, &styles.struck).map_err(damaged)?
                    };
                    tables.cell(&element, text, struck)?;
                }
                "covered-table-cell" => {
                    let count = repeat(element, "number-columns-repeated");
                    if !empty {
                        cell_text(&mut reader, &styles.struck).map_err(damaged)?;
                    }
                    tables.column = tables.column.saturating_add(count);
                }
                _ => {}
            }
        }
        Ok(sheets)
    }

    fn take_rows(&mut self) -> Result<Vec<super::document::GridRow>, DocumentFault> {
        let cells = std::mem::take(&mut self.cells);
        let hidden = std::mem::take(&mut self.hidden);
        let rows = grid::rows(cells, &self.merged, |row| hidden.contains(&row))?;
        self.merged.clear();
        self.columns.clear();
        self.row = 0;
        Ok(rows)
    }

    fn start_row(&mut self, element: &BytesStart<'_>) {
        self.row_repeat = repeat(element, "number-rows-repeated");
        self.row_start = self.cells.len();
        self.column = 0;
        let visibility = attribute(element, "visibility");
        if matches!(visibility.as_deref(), Some("collapse" | "filter")) {
            for row in self.row..self.row.saturating_add(self.row_repeat).min(MOST_ROWS) {
                self.hidden.insert(row);
            }
        }
    }

    fn end_row(&mut self) -> Result<(), DocumentFault> {
        let content = self.cells.get(self.row_start..).unwrap_or_default().to_vec();
        if !content.is_empty() {
            // No list has people a hundred thousand times over; a few bytes would ask for all there is.
            self.copies =
                self.copies.saturating_add(content.len().saturating_mul(self.row_repeat as usize - 1));
            if self.copies > MOST_COPIES || self.cells.len() + self.copies > MOST_CELLS {
                return Err(DocumentFault::TooLarge(format!("{MOST_COPIES} repeated cells").into()));
            }
            for copy in 1..self.row_repeat {
                self.cells.extend(
                    content
                        .iter()
                        .cloned()
                        .map(|placed| Placed { row: self.row.saturating_add(copy), ..placed }),
                );
            }
        }
        self.row = self.row.saturating_add(self.row_repeat);
        Ok(())
    }

    fn style(&mut self, element: &BytesStart<'_>) -> (bool, Text) {
        let name = attribute(element, "style-name").or_else(|| {
            let mut first = 0;
            self.columns
                .iter()
                .find(|(count, _)| {
                    first = u32::saturating_add(first, *count);
                    self.column < first
                })
                .and_then(|(_, style)| style.clone())
        });
        let Some(name) = name else { return (false, Text::default()) };
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        let style = self.styles.of(&name);
        self.known.insert(name, style.clone());
        style
    }

    fn cell(
        &mut self,
        element: &BytesStart<'_>,
        text: String,
        characters: bool,
    ) -> Result<(), DocumentFault> {
        let count = repeat(element, "number-columns-repeated");
        let (struck, format) = self.style(element);
        let struck = Struck::of(struck, characters);
        let cell = read_cell(element, text, format);
        let down = repeat(element, "number-rows-spanned");
        if down > 1 {
            let bottom = self.row.saturating_add(down - 1);
            self.merged.push(Merged { top: self.row, bottom, left: self.column });
        }
        if cell != Cell::Empty {
            if count > 16_384 || self.cells.len() + count as usize > MOST_CELLS {
                return Err(grid::too_many());
            }
            for copy in 0..count {
                self.cells.push(Placed {
                    row: self.row,
                    column: self.column.saturating_add(copy),
                    cell: cell.clone(),
                    struck,
                });
            }
        }
        self.column = self.column.saturating_add(count);
        Ok(())
    }
}

fn read_cell(element: &BytesStart<'_>, text: String, format: Text) -> Cell<'static> {
    let of = |name: &str| attribute(element, name);
    // The office and the calcext attribute share a local name; the second alone says `error`.
    let kinds: Vec<String> = element
        .attributes()
        .with_checks(false)
        .flatten()
        .filter(|attribute| attribute.key.local_name().as_ref() == "value-type")
        .map(|attribute| attribute.value.into_owned())
        .collect();
    if kinds.iter().any(|kind| kind == "error") {
        return Cell::Error(text.into());
    }
    match kinds.first().map(String::as_str) {
        Some("float" | "currency" | "percentage") => {
            let value = of("value").unwrap_or_default();
            // LibreOffice saves a truth cell of other forms so.
            if let (true, "TRUE" | "FALSE") = (of("formula").is_some(), text.as_str()) {
                return Cell::Flag(text == "TRUE");
            }
            match number(&value) {
                Some(digits) => Cell::Number(Box::new(Number { digits, format })),
                None => Cell::text(text.into()),
            }
        }
        Some("date") => {
            let value = of("date-value").unwrap_or_default();
            let (date, time) = value.split_once('T').unwrap_or((&value, "00:00:00"));
            let at: Option<NaiveDateTime> = date
                .parse::<NaiveDate>()
                .ok()
                .and_then(|date| Some(date.and_time(time.split('.').next()?.parse().ok()?)));
            at.map_or_else(|| Cell::text(value.clone().into()), Cell::Date)
        }
        Some("boolean") => Cell::Flag(of("boolean-value").as_deref() == Some("true")),
        Some("time") => Cell::text(text.into()),
        Some(_) => Cell::text(of("string-value").unwrap_or(text).into()),
        None if of("formula").is_some() && text.is_empty() => Cell::Error(NO_CACHED_VALUE.into()),
        None => Cell::text(text.into()),
    }
}

/// Decimal text as the file has it; through 15 digits only where it is written with an exponent or
/// longer than they are.
fn number(value: &str) -> Option<Text> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let plain = !value.is_empty()
        && value.bytes().enumerate().all(|(at, b)| b.is_ascii_digit() || b == b'.' || (b == b'-' && at == 0));
    if plain && digits <= 15 { Some(value.into()) } else { Number::digits_of(value.parse().ok()?) }
}

/// The text of a cell's own paragraphs up to its end, and whether a struck-through style stands over any of it;
/// annotations and drawings are passed over.
fn cell_text(reader: &mut Reader<&[u8]>, struck: &FxHashSet<String>) -> Result<(String, bool), String> {
    let mut text = String::new();
    let mut depth = 0_usize;
    // Depth of the outermost element whose style is struck through.
    let mut striking: Option<usize> = None;
    let mut strikes = false;
    let mut foreign = 0_usize;
    let mut paragraphs = 0;
    loop {
        match reader.read_event().map_err(|fault| fault.to_string())? {
            Event::Start(element) => {
                depth += 1;
                let name = element.local_name();
                if striking.is_none()
                    && matches!(name.as_ref(), "p" | "span")
                    && attribute(&element, "style-name").is_some_and(|style| struck.contains(&style))
                {
                    striking = Some(depth);
                }
                if foreign > 0
                    || matches!(name.as_ref(), "annotation" | "frame" | "custom-shape" | "control" | "g")
                {
                    foreign += 1;
                } else if name.as_ref() == "p" {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                }
            }
            Event::Empty(element) if foreign == 0 => match element.local_name().as_ref() {
                "s" => (0..attribute(&element, "c").and_then(|c| c.parse().ok()).unwrap_or(1).min(1000))
                    .for_each(|_| text.push(' ')),
                "tab" => text.push('\t'),
                "line-break" => text.push('\n'),
                "p" => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                }
                _ => {}
            },
            Event::Text(content) if foreign == 0 && paragraphs > 0 => {
                let content = content.xml10_content();
                strikes |= striking.is_some() && !super::cell::is_blank_text(&content);
                text.push_str(&content);
            }
            Event::CData(content) if foreign == 0 && paragraphs > 0 => {
                text.push_str(&content.xml10_content())
            }
            Event::GeneralRef(reference) if foreign == 0 && paragraphs > 0 => {
                match reference.resolve_char_ref() {
                    Ok(Some(character)) => text.push(character),
                    _ => {
                        let name = reference.xml10_content();
                        text.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap_or(""));
                    }
                }
            }
            Event::End(_) => {
                if depth == 0 {
                    return Ok((text, strikes));
                }
                if striking == Some(depth) {
                    striking = None;
                }
                depth -= 1;
                foreign = foreign.saturating_sub(1);
            }
            Event::Eof => return Err("the file ends inside a cell".to_owned()),
            _ => {}
        }
    }
}
