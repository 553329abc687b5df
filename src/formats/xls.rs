//! Old binary workbooks (BIFF8, BIFF5). Values, merged ranges and hidden sheets come from `calamine`;
//! a second look at the records gives hidden rows, struck-through cells and number formats.

use std::io::Cursor;

use calamine::{Reader as _, SheetType, SheetVisible, Xls, XlsError};
use rustc_hash::{FxHashMap, FxHashSet};

use super::document::{Document, DocumentFault, Form, Sheet, Unseen};
use super::grid::{self, Merged, Placed, Struck};
use super::ole;
use super::xlsx::data_cell;
use crate::domain::Text;

/// Opens a workbook.
///
/// # Errors
/// Protected, damaged, or another kind of old Office file.
pub fn open(bytes: &[u8]) -> Result<Document<'static>, DocumentFault> {
    if ole::is_encrypted_package(bytes) {
        return Err(DocumentFault::Protected);
    }
    let damaged = |fault: XlsError| match fault {
        XlsError::Password => DocumentFault::Protected,
        other => DocumentFault::Damaged(other.to_string().into()),
    };
    let stream = ole::stream(bytes, &["Workbook", "Book"]);
    if stream.is_none() && ole::stream(bytes, &["WordDocument"]).is_some() {
        return Err(DocumentFault::Foreign("Word".into()));
    }
    if !stream.as_deref().map_or_else(|| plausible_anywhere(bytes), plausible) {
        return Err(DocumentFault::Damaged("impossible dimensions".into()));
    }
    let mut workbook: Xls<Cursor<&[u8]>> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    let looks = stream.map(|stream| Looks::read(&stream));
    let unseen = match &looks {
        Some(looks) if looks.struck_characters => vec![Unseen::StruckCharacters],
        Some(_) => Vec::new(),
        None => vec![Unseen::HiddenRows, Unseen::Styles],
    };
    let looks = looks.unwrap_or_default();
    let metadata: Vec<(usize, String, bool)> = workbook
        .sheets_metadata()
        .iter()
        .enumerate()
        .filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet)
        .map(|(index, sheet)| (index, sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let mut sheets = Vec::with_capacity(metadata.len());
    let none = Look::default();
    for (index, name, visible) in metadata {
        let look = looks.sheets.get(index).unwrap_or(&none);
        let range = workbook.worksheet_range(&name).map_err(damaged)?;
        let merged = workbook.merge_cells_by_sheet_name(&name).map_err(damaged)?;
        let merged: Vec<Merged> = merged
            .iter()
            .map(|range| Merged { top: range.start.0, bottom: range.end.0, left: range.start.1 })
            .collect();
        let (top, left) = range.start().unwrap_or((0, 0));
        let mut cells = Vec::new();
        for (row, column, data) in range.used_cells() {
            let (row, column) = (row as u32 + top, column as u32 + left);
            let style =
                look.styles.get(&(row, column)).and_then(|style| looks.styles.get(usize::from(*style)));
            let (struck, format) =
                style.map_or((false, Text::default()), |style| (style.struck, style.format.clone()));
            cells.push(Placed {
                row,
                column,
                cell: data_cell(data, &format),
                struck: Struck::of(struck, false),
            });
        }
        let rows = grid::rows(cells, &merged, |row| look.hidden.contains(&row))?;
        sheets.push(Sheet::grid(name.into(), visible, rows));
    }
    Ok(Document { form: Form::Xls, encoding: None, sheets, unseen })
}

/// Whether every sheet's dimensions record names rows and columns that such a workbook can have. The
/// reader makes room for all of them before it reads one cell, so that a damaged record would ask for
/// more memory than there is, which no program survives.
fn plausible(stream: &[u8]) -> bool {
    let sheets = records(stream, 0)
        .take_while(|(kind, _)| *kind != END_OF_STREAM)
        .filter(|(kind, content)| *kind == BOUND_SHEET && content.len() >= 4)
        .map(|(_, content)| u32::from_le_bytes([content[0], content[1], content[2], content[3]]) as usize);
    let starts: Vec<usize> = std::iter::once(0).chain(sheets).collect();
    starts
        .into_iter()
        .flat_map(|start| records(stream, start))
        .filter(|(kind, _)| *kind == DIMENSIONS)
        .all(|(_, content)| possible(content))
}

/// The same where the stream itself cannot be told from the file around it.
fn plausible_anywhere(bytes: &[u8]) -> bool {
    bytes
        .windows(4)
        .enumerate()
        .filter(|(_, head)| u16_at(head, 0) == DIMENSIONS && matches!(u16_at(head, 2), 10 | 14 | 16))
        .all(|(at, head)| bytes.get(at + 4..at + 4 + usize::from(u16_at(head, 2))).is_none_or(possible))
}

/// First and last row fit a workbook of 65,536 rows.
fn possible(dimensions: &[u8]) -> bool {
    let u32_at = |at| u32::from(u16_at(dimensions, at)) | u32::from(u16_at(dimensions, at + 2)) << 16;
    let (first, last) = match dimensions.len() {
        14 | 16 => (u32_at(0), u32_at(4)),
        _ => (u32::from(u16_at(dimensions, 0)), u32::from(u16_at(dimensions, 2))),
    };
    first <= last && last <= 65_536
}

/// What the records tell besides the values.
#[derive(Debug, Default)]
struct Looks {
    /// A struck-through font that no cell's style names: it serves single characters.
    struck_characters: bool,
    styles: Vec<Style>,
    sheets: Vec<Look>,
}

#[derive(Debug, Default)]
struct Style {
    struck: bool,
    format: Text,
}

#[derive(Debug, Default)]
struct Look {
    hidden: FxHashSet<u32>,
    styles: FxHashMap<(u32, u32), u16>,
}

const FONT: u16 = 0x0031;
const FORMAT: u16 = 0x041E;
const XF: u16 = 0x00E0;
const BOUND_SHEET: u16 = 0x0085;
const END_OF_STREAM: u16 = 0x000A;
const BEGIN_OF_STREAM: u16 = 0x0809;
const DIMENSIONS: u16 = 0x0200;
const ROW: u16 = 0x0208;
const MUL_RK: u16 = 0x00BD;
/// Records of one cell: row, column, style.
const CELLS: [u16; 8] = [0x00FD, 0x0203, 0x027E, 0x0006, 0x0205, 0x0204, 0x00D6, 0x0201];

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(two) => u16::from_le_bytes([two[0], two[1]]),
        None => 0,
    }
}

/// Kind and content of each record from a position on.
fn records(stream: &[u8], from: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = from;
    std::iter::from_fn(move || {
        let kind = u16_at(stream, at);
        let length = usize::from(u16_at(stream.get(at..at + 4)?, 2));
        let content = stream.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((kind, content))
    })
}

impl Looks {
    fn read(stream: &[u8]) -> Looks {
        let mut looks = Looks::default();
        let mut fonts: Vec<bool> = Vec::new();
        let mut formats: FxHashMap<u16, Text> = FxHashMap::default();
        let mut styles: Vec<(u16, u16)> = Vec::new();
        let mut sheets: Vec<usize> = Vec::new();
        let mut eight = true;
        for (kind, content) in records(stream, 0) {
            match kind {
                BEGIN_OF_STREAM => eight = u16_at(content, 0) == 0x0600,
                FONT => fonts.push(u16_at(content, 2) & 0x0008 != 0),
                FORMAT => {
                    if let Some(format) = format_code(content, eight) {
                        formats.insert(u16_at(content, 0), format);
                    }
                }
                XF => styles.push((u16_at(content, 0), u16_at(content, 2))),
                BOUND_SHEET => {
                    let position = u32::from(u16_at(content, 0)) | u32::from(u16_at(content, 2)) << 16;
                    sheets.push(position as usize);
                }
                END_OF_STREAM => break,
                _ => {}
            }
        }
        // There is no font of number 4 (MS-XLS 2.5.129).
        let position = |font: u16| usize::from(if font > 4 { font - 1 } else { font });
        looks.struck_characters = (0..fonts.len())
            .any(|font| fonts[font] && !styles.iter().any(|(used, _)| position(*used) == font));
        looks.styles = styles
            .into_iter()
            .map(|(font, format)| {
                let struck = fonts.get(position(font)).copied().unwrap_or(false);
                let format = formats.get(&format).cloned().unwrap_or_else(|| built_in(format));
                Style { struck, format }
            })
            .collect();
        looks.sheets = sheets.into_iter().map(|position| Look::read(stream, position)).collect();
        looks
    }
}

impl Look {
    fn read(stream: &[u8], position: usize) -> Look {
        let mut look = Look::default();
        let mut depth = 0;
        for (kind, content) in records(stream, position) {
            match kind {
                BEGIN_OF_STREAM => depth += 1,
                END_OF_STREAM => {
                    depth -= 1;
                    if depth <= 0 {
                        break;
                    }
                }
                _ if depth != 1 => {}
                ROW if u16_at(content, 12) & 0x0020 != 0 => {
                    look.hidden.insert(u32::from(u16_at(content, 0)));
                }
                MUL_RK => {
                    let (row, first) = (u32::from(u16_at(content, 0)), u32::from(u16_at(content, 2)));
                    for index in 0..content.len().saturating_sub(6) / 6 {
                        look.styles.insert((row, first + index as u32), u16_at(content, 4 + 6 * index));
                    }
                }
                kind if CELLS.contains(&kind) => {
                    let place = (u32::from(u16_at(content, 0)), u32::from(u16_at(content, 2)));
                    look.styles.insert(place, u16_at(content, 4));
                }
                _ => {}
            }
        }
        look
    }
}

/// The text of a format record: in BIFF8 a length, a flag and 8- or 16-bit characters.
fn format_code(content: &[u8], eight: bool) -> Option<Text> {
    if !eight {
        let length = usize::from(*content.get(2)?);
        return Some(String::from_utf8_lossy(content.get(3..3 + length)?).as_ref().into());
    }
    let length = usize::from(u16_at(content, 2));
    if content.get(4)? & 1 == 0 {
        let bytes = content.get(5..5 + length)?;
        return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    let units: Vec<u16> = content
        .get(5..5 + 2 * length)?
        .chunks_exact(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]))
        .collect();
    Some(String::from_utf16_lossy(&units).into())
}

/// The built-in number formats that show decimals.
fn built_in(format: u16) -> Text {
    match format {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        _ => "",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::possible;

    #[test]
    fn a_record_that_asks_for_more_rows_than_there_can_be_is_not_believed() {
        let dimensions = |first: u32, last: u32| {
            [first.to_le_bytes(), last.to_le_bytes(), [0; 4], [0; 4]].concat()[..14].to_vec()
        };
        assert!(possible(&dimensions(0, 65_536)));
        assert!(!possible(&dimensions(0, 65_537)));
        assert!(!possible(&dimensions(5, 4)));
    }
}
