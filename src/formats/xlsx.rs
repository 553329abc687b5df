//! Office Open XML workbooks. Values, styles, merged ranges and hidden sheets come from `calamine`;
//! a second look at each sheet's XML gives what it does not tell: hidden rows, and formulas without a
//! cached value.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{NaiveDate, NaiveDateTime};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cell::{Cell, NO_CACHED_VALUE, Number};
use super::document::{Document, DocumentFault, Form, Sheet, Unseen};
use super::grid::{self, Merged, Placed, Struck};
use crate::domain::Text;

/// Uncompressed bytes beyond which a part is not looked into: an honest list of a district is a
/// thousandth of it.
const LARGEST_PART: u64 = super::package::MOST_BYTES;

fn damaged(fault: impl std::fmt::Display) -> DocumentFault {
    DocumentFault::Damaged(fault.to_string().into())
}

/// Opens a workbook.
///
/// # Errors
/// Protected or damaged.
pub fn open(bytes: &[u8]) -> Result<Document<'static>, DocumentFault> {
    super::package::check(bytes)?;
    let mut workbook: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(bytes)).map_err(|fault| match fault {
        XlsxError::Password => DocumentFault::Protected,
        other => damaged(other),
    })?;
    let mut looks = Looks::open(bytes);
    let mut unseen = Vec::new();
    match &mut looks {
        Some(looks) => looks.read_struck_strings(),
        None => unseen.push(Unseen::HiddenRows),
    }
    let metadata: Vec<(String, bool)> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let mut sheets = Vec::with_capacity(metadata.len());
    for (name, visible) in metadata {
        let look = match &mut looks {
            Some(looks) => looks.sheet(&name)?,
            None => Look::default(),
        };
        let merged = workbook.merge_cells_by_sheet_name(&name).map_err(damaged)?;
        let merged: Vec<Merged> = merged
            .iter()
            .map(|range| Merged { top: range.start.0, bottom: range.end.0, left: range.start.1 })
            .collect();
        let mut cells = Vec::new();
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
        let styles: Vec<(bool, Text)> = reader
            .styles()
            .iter()
            .map(|style| {
                let struck = style.font.as_ref().is_some_and(calamine::Font::has_strikethrough);
                let format = style.number_format.as_ref().map_or("", |format| format.format_code.as_str());
                (struck, if format.eq_ignore_ascii_case("general") { Text::default() } else { format.into() })
            })
            .collect();
        let plain = (false, Text::default());
        while let Some((found, style)) = reader.next_cell_with_style_id().map_err(damaged)? {
            let (row, column) = found.get_position();
            let (struck, format) = styles.get(style).unwrap_or(&plain);
            let mut cell = value(found.get_value(), format);
            if cell == Cell::Empty && look.uncached.contains(&(row, column)) {
                cell = Cell::Error(NO_CACHED_VALUE.into());
            }
            if cells.len() >= grid::MOST_CELLS {
                return Err(grid::too_many());
            }
            let struck = Struck::of(*struck, look.struck.contains(&(row, column)));
            cells.push(Placed { row, column, cell, struck });
        }
        let rows = grid::rows(cells, &merged, |row| look.hidden.contains(&row))?;
        sheets.push(Sheet::grid(name.into(), visible, rows));
    }
    Ok(Document { form: Form::Xlsx, encoding: None, sheets, unseen })
}

fn value(data: &DataRef<'_>, format: &Text) -> Cell<'static> {
    match data {
        DataRef::SharedString(text) => Cell::text((*text).to_owned().into()),
        other => data_cell(&other.clone().into(), format),
    }
}

/// A value of `calamine` as a cell.
pub(super) fn data_cell(data: &Data, format: &Text) -> Cell<'static> {
    match data {
        Data::Empty => Cell::Empty,
        Data::String(text) => Cell::text(text.clone().into()),
        Data::Int(number) => number_cell(number.to_string().into(), format),
        Data::Float(number) => match Number::digits_of(*number) {
            Some(digits) => number_cell(digits, format),
            None => Cell::Error("#NUM!".into()),
        },
        Data::Bool(flag) => Cell::Flag(*flag),
        Data::DateTime(at) => day(at, format),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::text(text.clone().into()),
        Data::Error(error) => Cell::Error(error.to_string().into()),
    }
}

fn number_cell(digits: Text, format: &Text) -> Cell<'static> {
    Cell::Number(Box::new(Number { digits, format: format.clone() }))
}

/// A day of the 1900 or 1904 system; a span of time stays a number.
fn day(at: &ExcelDateTime, format: &Text) -> Cell<'static> {
    if at.is_duration() {
        return Number::digits_of(at.as_f64()).map_or(Cell::Empty, |digits| number_cell(digits, format));
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date: Option<NaiveDateTime> =
        NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
            .and_then(|date| date.and_hms_opt(u32::from(hour), u32::from(minute), u32::from(second)));
    date.map_or_else(|| Cell::Error("#DATE".into()), Cell::Date)
}

/// What the sheets' XML tells besides the values.
struct Looks<'a> {
    archive: zip::ZipArchive<Cursor<&'a [u8]>>,
    paths: FxHashMap<String, String>,
    strings: String,
    /// Shared texts of which single characters are struck through, by position.
    struck: FxHashSet<usize>,
}

/// One sheet's.
#[derive(Debug, Default)]
struct Look {
    hidden: FxHashSet<u32>,
    uncached: FxHashSet<(u32, u32)>,
    /// Cells of which single characters are struck through.
    struck: FxHashSet<(u32, u32)>,
}

impl<'a> Looks<'a> {
    fn open(bytes: &'a [u8]) -> Option<Looks<'a>> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        let root = part(&mut archive, "_rels/.rels").unwrap_or_default();
        let workbook =
            relations(&root).into_iter().find(|(_, kind, _)| kind.ends_with("/officeDocument")).map_or_else(
                || "xl/workbook.xml".to_owned(),
                |(_, _, target)| target.trim_start_matches('/').to_owned(),
            );
        let (folder, file) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
        let relations_path = if folder.is_empty() {
            format!("_rels/{file}.rels")
        } else {
            format!("{folder}/_rels/{file}.rels")
        };
        let mut targets: FxHashMap<String, String> = FxHashMap::default();
        let mut strings = String::new();
        for (id, kind, target) in relations(&part(&mut archive, &relations_path)?) {
            let path = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None if folder.is_empty() => target,
                None => format!("{folder}/{target}"),
            };
            if kind.ends_with("/sharedStrings") {
                strings.clone_from(&path);
            }
            targets.insert(id, path);
        }
        let text = part(&mut archive, &workbook)?;
        let mut paths = FxHashMap::default();
        let mut reader = Reader::from_str(&text);
        loop {
            match reader.read_event() {
                Ok(Event::Start(element) | Event::Empty(element))
                    if element.local_name().as_ref() == "sheet" =>
                {
                    let name = attribute(&element, "name");
                    let target = attribute(&element, "id").and_then(|id| targets.get(&id).cloned());
                    if let (Some(name), Some(target)) = (name, target) {
                        paths.insert(name, target);
                    }
                }
                Ok(Event::Eof) => {
                    return Some(Looks { archive, paths, strings, struck: FxHashSet::default() });
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Finds the shared texts of several fonts that hold a struck-through one.
    fn read_struck_strings(&mut self) {
        let Some(text) = part(&mut self.archive, &self.strings).filter(|text| text.contains("strike")) else {
            return;
        };
        let mut reader = Reader::from_str(&text);
        let mut position = 0_usize;
        let mut run = Run::default();
        while let Ok(event) = reader.read_event() {
            if run.strikes(&event) {
                self.struck.insert(position);
            }
            match event {
                Event::End(element) if element.local_name().as_ref() == "si" => position += 1,
                Event::Empty(element) if element.local_name().as_ref() == "si" => position += 1,
                Event::Eof => break,
                _ => {}
            }
        }
    }

    fn sheet(&mut self, name: &str) -> Result<Look, DocumentFault> {
        let mut look = Look::default();
        let Some(text) = self.paths.get(name).cloned().and_then(|path| part(&mut self.archive, &path)) else {
            return Ok(look);
        };
        let mut reader = Reader::from_str(&text);
        let mut next_row = 0_u32;
        let mut next_column = 0_u32;
        let mut at = (0, 0);
        let mut formula = false;
        let mut valued = false;
        let mut shared = false;
        let mut run = Run::default();
        loop {
            let event = reader.read_event().map_err(damaged)?;
            if run.strikes(&event) {
                look.struck.insert(at);
            }
            if let (true, Event::Text(content)) = (shared && valued, &event)
                && let Ok(position) = content.xml10_content().trim().parse::<usize>()
                && self.struck.contains(&position)
            {
                look.struck.insert(at);
            }
            let (element, empty) = match &event {
                Event::Start(element) => (element, false),
                Event::Empty(element) => (element, true),
                Event::End(element) => {
                    match element.local_name().as_ref() {
                        "c" if formula && !valued => {
                            look.uncached.insert(at);
                        }
                        "sheetData" => break,
                        _ => {}
                    }
                    continue;
                }
                Event::Eof => break,
                _ => continue,
            };
            match element.local_name().as_ref() {
                "row" => {
                    let row = attribute(element, "r").and_then(|row| row.parse::<u32>().ok());
                    let row = row.map_or(next_row, |row| row.saturating_sub(1));
                    next_row = row.saturating_add(1);
                    next_column = 0;
                    let flag = |name: &str| {
                        attribute(element, name).is_some_and(|v| matches!(v.as_str(), "1" | "true"))
                    };
                    let no_height = attribute(element, "ht").is_some_and(|height| height == "0");
                    if flag("hidden") || no_height {
                        look.hidden.insert(row);
                    }
                }
                "c" => {
                    let row = next_row.saturating_sub(1);
                    let column =
                        attribute(element, "r").and_then(|place| column_of(&place)).unwrap_or(next_column);
                    next_column = column.saturating_add(1);
                    at = (row, column);
                    formula = false;
                    valued = false;
                    shared = !self.struck.is_empty() && attribute(element, "t").as_deref() == Some("s");
                }
                "f" => formula = true,
                "v" => valued = !empty,
                "is" => valued = true,
                _ => {}
            }
        }
        Ok(look)
    }
}

/// The run of characters that is being read: a struck-through font holds for one run only.
#[derive(Debug, Default)]
struct Run {
    inside: bool,
    struck: bool,
}

impl Run {
    /// Whether this event is a visible text of a struck-through run.
    fn strikes(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(element) if element.local_name().as_ref() == "r" => {
                *self = Run { inside: true, struck: false };
            }
            Event::End(element) if element.local_name().as_ref() == "r" => *self = Run::default(),
            Event::Start(element) | Event::Empty(element)
                if self.inside && element.local_name().as_ref() == "strike" =>
            {
                let off = attribute(element, "val").is_some_and(|val| matches!(val.as_str(), "0" | "false"));
                self.struck = !off;
            }
            Event::Text(text) => {
                return self.struck && !super::cell::is_blank_text(&text.xml10_content());
            }
            _ => {}
        }
        false
    }
}

/// A part of the package as text.
pub(super) fn part(archive: &mut zip::ZipArchive<Cursor<&[u8]>>, path: &str) -> Option<String> {
    let position = archive.index_for_name(path).or_else(|| {
        (0..archive.len()).find(|index| {
            archive
                .name_for_index(*index)
                .is_some_and(|name| name.is_ok_and(|name| name.eq_ignore_ascii_case(path)))
        })
    })?;
    let file = archive.by_index(position).ok()?;
    if file.size() > LARGEST_PART {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_PART).read_to_end(&mut bytes).ok()?;
    Some(super::encoding::decode(&bytes).text.into_owned())
}

fn relations(text: &str) -> Vec<(String, String, String)> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == "Relationship" =>
            {
                let of = |name| attribute(&element, name).unwrap_or_default();
                found.push((of("Id"), of("Type"), of("Target")));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found
}

/// An attribute by its local name, unescaped.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .and_then(|attribute| {
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(|v| v.into_owned())
        })
}

/// `AB12` → 27.
fn column_of(place: &str) -> Option<u32> {
    let mut column = 0_u32;
    for letter in place.bytes().take_while(u8::is_ascii_alphabetic) {
        column = column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)?;
    }
    column.checked_sub(1)
}
