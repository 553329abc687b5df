//! Where a sheet's header is.

use super::{Column, Header, Kept, Names, normalised, unit_row};
use crate::domain::Text;
use crate::formats::{self, Document, DocumentFault, Sheet, Span};
use crate::policy::FieldId;

/// How far down a header is looked for.
const DEEPEST: usize = 60;

/// Headers of the birth date, which only confirms the identity number (READING 11).
const BIRTH: [&str; 6] = ["出生日期", "出生年月", "出生年月日", "出生时间", "生日", "birth_date"];

/// Headers of a running number, which is no fact about anybody.
const SERIAL: [&str; 7] = ["序号", "编号", "顺序号", "行号", "no", "no.", "#"];

/// Opens a file; of delimited text, the header line says the delimiter (READING 4).
///
/// # Errors
/// As [`formats::document::open`].
pub fn open<'b>(bytes: &'b [u8], names: &Names) -> Result<Document<'b>, DocumentFault> {
    let mut document = formats::document::open(bytes)?;
    for sheet in &mut document.sheets {
        let Some(guessed) = sheet.delimiter() else { continue };
        let fields = |sheet: &Sheet<'_>| find(sheet, names).map_or(0, |(header, _)| header.fields());
        // Cut at the wrong sign, a header has no column at all, or one.
        let mut best = (fields(sheet), guessed);
        if best.0 < 2 {
            for other in [',', '\t', ';'].into_iter().filter(|other| *other != guessed) {
                sheet.set_delimiter(other);
                let found = fields(sheet);
                if found > best.0 {
                    best = (found, other);
                }
            }
            sheet.set_delimiter(best.1);
        }
    }
    Ok(document)
}

/// The header of a sheet, and where the rows below it begin. `Err` holds the rows looked at, so that
/// a refusal can say what was seen instead.
pub fn find(sheet: &Sheet<'_>, names: &Names) -> Result<(Header, Span), Vec<Kept>> {
    let mut rows = sheet.rows(sheet.whole());
    let mut kept: Vec<Kept> = Vec::new();
    let mut limit = DEEPEST;
    while let Some(row) = rows.next_row() {
        let row = Kept::of(&row);
        if !maps_identity(&row, names) {
            kept.push(row);
            if kept.len() >= limit {
                break;
            }
            continue;
        }
        // The rows below may belong to the header; those above were looked at already.
        kept.push(row);
        limit = kept.len() + 2;
        while kept.len() < limit {
            match rows.next_row() {
                Some(row) => kept.push(Kept::of(&row)),
                None => break,
            }
        }
        let base = limit - 3;
        let Some(header) = best(&kept, base, names) else { return Err(kept) };
        let after = header.0 + header.1.height;
        let last = kept[after - 1].span;
        return Ok((header.1, sheet.from(Span { start: last.end, end: 0, row: last.row + 1 })));
    }
    Err(kept)
}

/// The header where a profile says it stands. `Err` as [`find`].
pub fn fixed(
    sheet: &Sheet<'_>,
    names: &Names,
    first: u32,
    height: usize,
) -> Result<(Header, Span), Vec<Kept>> {
    let mut rows = sheet.rows(sheet.whole());
    let mut kept: Vec<Kept> = Vec::new();
    let end = first.saturating_add(height as u32);
    while let Some(row) = rows.next_row() {
        if row.number >= end {
            break;
        }
        kept.push(Kept::of(&row));
    }
    let above = kept.iter().position(|row| row.number >= first).unwrap_or(kept.len());
    if above == kept.len() {
        return Err(kept);
    }
    let header = compose(&kept[above..], &kept[..above], names);
    if header.column(names.identity).is_none() {
        return Err(kept);
    }
    let last = kept[kept.len() - 1].span;
    Ok((header, sheet.from(Span { start: last.end, end: 0, row: last.row + 1 })))
}

/// A header that begins at the first row of `rows` (a repeated header inside a sheet).
pub fn at(rows: &[Kept], names: &Names) -> Option<Header> {
    if rows.is_empty() || !maps_identity(&rows[0], names) {
        return None;
    }
    best(rows, 0, names).map(|(_, header)| header)
}

/// Whether a row holds a name of the identity column.
pub fn maps_identity(row: &Kept, names: &Names) -> bool {
    row.texts.iter().any(|text| {
        !text.is_empty()
            && text.len() <= 80
            && names.find(text).is_some_and(|(field, _)| field == names.identity)
    })
}

/// The best header of which `anchor`, which names the identity column, is one row: most fields,
/// then fewest rows.
fn best(kept: &[Kept], anchor: usize, names: &Names) -> Option<(usize, Header)> {
    let mut best: Option<(usize, Header)> = None;
    for height in 1..=3_usize {
        for first in anchor.saturating_sub(height - 1)..=anchor {
            if first + height > kept.len() || first + height <= anchor {
                continue;
            }
            let rows = &kept[first..first + height];
            if height > 1 && !rows.iter().all(|row| may_be_header(row, names)) {
                continue;
            }
            let header = compose(rows, &kept[..first], names);
            if header.column(names.identity).is_none() {
                continue;
            }
            if best.as_ref().is_none_or(|(_, so_far)| header.fields() > so_far.fields()) {
                best = Some((first, header));
            }
        }
    }
    best
}

/// A row of a header of several rows: two texts at least (a lone one is a title), none of them
/// a figure.
fn may_be_header(row: &Kept, names: &Names) -> bool {
    let mut filled: Vec<&Text> = row.filled().collect();
    filled.dedup();
    let figure = |text: &str| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        digits >= 6 || (digits > 0 && digits * 2 >= text.chars().count())
    };
    let known = filled.iter().any(|text| names.find(text).is_some());
    (filled.len() > 1 || known) && !filled.iter().any(|text| figure(text))
}

fn compose(rows: &[Kept], above: &[Kept], names: &Names) -> Header {
    let cells = rows.iter().map(|row| row.texts.len()).max().unwrap_or(0);
    let mut columns = Vec::new();
    let mut birth = None;
    let mut serial = None;
    // A heading over several columns stands in the first of them; it lends its words to the others
    // only where their own words alone are no name.
    let mut parents: Vec<Text> = vec![Text::default(); rows.len()];
    // Columns found by their last row alone, under a heading that is no part of a known name.
    let mut under_heading: Vec<usize> = Vec::new();
    for index in 0..cells {
        let mut texts: Vec<&str> = Vec::new();
        for (level, row) in rows.iter().enumerate() {
            let text = row.texts.get(index).map_or("", Text::as_str);
            if !text.is_empty() {
                parents[level] = text.into();
                if texts.last() != Some(&text) {
                    texts.push(text);
                }
            }
        }
        let Some(own) = texts.last() else { continue };
        let joined: String = texts.concat();
        // `监护人` over `姓名` and `身份证号`: what stands above is part of the name.
        let bottom = rows.iter().rposition(|row| row.texts.get(index).is_some_and(|text| !text.is_empty()));
        let inherited = (0..bottom.unwrap_or(0)).rev().find_map(|level| {
            let above = rows[level].texts.get(index).is_none_or(|text| text.is_empty());
            (above && !parents[level].is_empty()).then(|| names.find(&format!("{}{own}", parents[level])))?
        });
        let headed = texts.len() == 1
            && (0..bottom.unwrap_or(0)).any(|level| {
                rows[level].texts.get(index).is_none_or(|text| text.is_empty()) && !parents[level].is_empty()
            });
        let whole = inherited.or_else(|| (!headed).then(|| names.find(&joined))?);
        let found = whole.or_else(|| names.find(own));
        if whole.is_none() && found.is_some() {
            under_heading.push(index);
        }
        let plain = normalised(own);
        if birth.is_none() && BIRTH.contains(&plain.as_str()) {
            birth = Some(index);
        }
        if serial.is_none() && SERIAL.contains(&plain.as_str()) && found.is_none() {
            serial = Some(index);
        }
        columns.push(Column {
            index,
            written: one_line(&texts.join(" ")),
            field: found.map(|(field, _)| field),
            unit: found.and_then(|(_, unit)| unit),
            helper: if found.is_none() { names.helper(&joined).or_else(|| names.helper(own)) } else { None },
        });
    }
    // `身份证号` under `联系人` is not the person's where another column is just that.
    let own: Vec<FieldId> = columns
        .iter()
        .filter(|column: &&Column| !under_heading.contains(&column.index))
        .filter_map(|column| column.field)
        .collect();
    for column in columns.iter_mut().filter(|column| under_heading.contains(&column.index)) {
        column.field = column.field.filter(|field| !own.contains(field));
    }
    let last = rows.last();
    Header {
        row: rows.first().map_or(0, |row| row.number),
        height: rows.len(),
        width: columns.last().map_or(0, |column| column.index + 1),
        cells: last.map_or(0, |row| row.texts.len()),
        columns,
        unit_row: above.iter().rev().find_map(unit_row),
        birth,
        serial,
    }
}

/// A header as one line: line breaks inside become nothing.
fn one_line(text: &str) -> Text {
    text.chars().filter(|character| !character.is_control()).collect()
}
