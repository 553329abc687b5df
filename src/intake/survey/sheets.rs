//! Which sheets of a file are read (READING 1–3, 5, 8), and each sheet in pieces that are surveyed in parallel.

use rayon::prelude::*;

use super::Survey;
use super::piece::{Piece, Refusing};
use crate::domain::{Exit, Fault, FileId, Finding, Place, Severity, Text};
use crate::formats::{self, Document, Sheet, Span, Unseen};
use crate::intake::fields::Fields;
use crate::intake::header::{self, Header, Kept, Names};
use crate::intake::layout;
use crate::intake::rows::{Stand, Table};
use crate::intake::totals;
use crate::intake::values::amounts::Unit;
use crate::policy::{Canonical, FieldId, ProfileFile};

/// Surveys a file.
///
/// # Errors
/// Exit 3 where no sheet has a header of the roster, or two tables stand side by side.
pub fn survey_document<'d>(
    fields: Fields<'d>,
    names: &Names,
    name: &'d str,
    file: FileId,
    document: &'d Document<'d>,
    layout: Option<&ProfileFile>,
) -> Result<Survey<'d>, Fault> {
    let mut all = Survey::default();
    let place = Place { file: name.into(), ..Place::default() };
    if let Some(encoding) = document.encoding {
        all.findings.push(
            Finding::new("encoding-seen", Severity::Info, place.clone()).with("encoding", encoding.name()),
        );
    }
    let ending = crate::intake::files::split_ending(name).map(|(_, ending)| ending).unwrap_or_default();
    if !document.form.fits(&ending) {
        all.findings.push(
            Finding::new("content-not-ending", Severity::Warning, place.clone())
                .with("ending", &ending)
                .with("form", document.form.word()),
        );
    }
    for unseen in &document.unseen {
        let code = match unseen {
            Unseen::StruckCharacters => "struck-characters-unseen",
            Unseen::HiddenRows => "hidden-rows-unseen",
            Unseen::Styles => "styles-unseen",
        };
        all.findings.push(Finding::new(code, Severity::Info, place.clone()));
    }
    let delimited = document.form == formats::Form::Delimited;
    let mut seen: Vec<Kept> = Vec::new();
    let mut read_sheets = 0;
    for (index, sheet) in document.sheets.iter().enumerate() {
        let stand = Stand {
            file,
            file_name: name,
            sheet: if delimited { 0 } else { index as u16 + 1 },
            sheet_name: &sheet.name,
            delimited,
        };
        if !sheet.visible {
            all.findings.push(Finding::new(
                "sheet-hidden",
                Severity::Warning,
                stand.place(0, Text::default()),
            ));
            continue;
        }
        if layout.is_some_and(|layout| layout.sheet.as_ref().is_some_and(|only| *only != sheet.name)) {
            continue;
        }
        match found_header(sheet, names, layout) {
            Ok((header, rest)) => {
                read_sheets += 1;
                side_by_side(&header, names, name, &sheet.name)?;
                if !delimited {
                    let finding =
                        Finding::new("sheet-read", Severity::Info, stand.place(header.row, Text::default()));
                    all.findings.push(finding);
                }
                all.append(survey_sheet(fields, names, stand, sheet, header, rest));
            }
            Err(rows) if rows.iter().any(|row| names.known_in(row) >= 3) => {
                let place = stand.place(0, Text::default());
                all.findings.push(Finding::new("sheet-without-identity-column", Severity::Warning, place));
                seen.extend(rows);
            }
            Err(rows) => {
                if !delimited && rows.iter().any(|row| row.filled().next().is_some()) {
                    let finding =
                        Finding::new("sheet-passed-over", Severity::Info, stand.place(0, Text::default()));
                    all.findings.push(finding);
                }
                seen.extend(rows);
            }
        }
    }
    if read_sheets == 0 {
        return Err(no_header(names, name, &seen).found(all.findings));
    }
    if all.is_rubbish() {
        let what = format!("record-cells × {}", all.ragged);
        return Err(Fault::new(Exit::Refused, "file-damaged").with("file", name).with("what", what));
    }
    if all.tasks.is_empty() && all.refused_rows == 0 {
        all.findings.push(Finding::new("file-no-rows", Severity::Warning, place));
    }
    Ok(all)
}

/// The header of a sheet, found by its names or where a profile says it is, with the profile's unit
/// where none is written.
pub fn found_header(
    sheet: &Sheet<'_>,
    names: &Names,
    layout: Option<&ProfileFile>,
) -> Result<(Header, Span), Vec<Kept>> {
    let row = layout.and_then(|layout| layout.header_row);
    let rows = layout.and_then(|layout| layout.header_rows).unwrap_or(1);
    let (mut header, rest) = match row {
        Some(row) => header::fixed(sheet, names, row, rows)?,
        None => header::find(sheet, names)?,
    };
    let unit = layout.and_then(|layout| layout.unit.as_deref()).and_then(Unit::named);
    header.unit_row = header.unit_row.or(unit);
    Ok((header, rest))
}

/// Why no sheet could be read: no identity column, a summary, or no header at all (READING 3).
fn no_header(names: &Names, name: &str, seen: &[Kept]) -> Fault {
    let code = if seen.iter().any(|row| names.known_in(row) >= 2) {
        "file-no-identity-column"
    } else if layout::looks_like_summary(seen) {
        "file-summary"
    } else if seen.iter().all(|row| row.filled().next().is_none()) {
        "file-empty"
    } else {
        "file-no-header"
    };
    Fault::new(Exit::Refused, code).with("file", name).with("what", "")
}

/// READING 8: two tables side by side are refused, their columns named; also where the second's headers are numbered
/// (姓名2, 身份证号2).
fn side_by_side(header: &Header, names: &Names, file: &str, sheet: &str) -> Result<(), Fault> {
    let identity = Canonical::ResidentId.id();
    let numbered: Vec<(usize, FieldId)> = header
        .columns
        .iter()
        .filter(|column| column.field.is_none() && column.helper.is_none())
        .filter_map(|column| Some((column.index, names.numbered(&column.written)?)))
        .collect();
    let mut numbers: Vec<usize> = header.columns_of(identity).map(|column| column.index).collect();
    numbers.extend(numbered.iter().filter(|(_, field)| *field == identity).map(|(index, _)| *index));
    let mut others: Vec<FieldId> = header.columns.iter().filter_map(|column| column.field).collect();
    others.extend(numbered.iter().map(|(_, field)| *field));
    others.retain(|field| *field != identity);
    let count = |field: &FieldId| others.iter().filter(|other| *other == field).count();
    let doubled = others.iter().filter(|field| count(field) > 1).count();
    if numbers.len() < 2 || (doubled < 2 && count(&Canonical::Name.id()) < 2) {
        return Ok(());
    }
    numbers.sort_unstable();
    let columns: Vec<String> = numbers.iter().map(|index| header.label(*index).to_string()).collect();
    Err(Fault::new(Exit::Refused, "file-side-by-side")
        .with("file", file)
        .with("sheet", if sheet.is_empty() { String::new() } else { format!("!{sheet}") })
        .with("columns", columns.join("; ")))
}

fn survey_sheet<'d>(
    fields: Fields<'d>,
    names: &Names,
    stand: Stand<'d>,
    sheet: &'d Sheet<'d>,
    mut header: Header,
    rest: Span,
) -> Survey<'d> {
    totals::drop_blank_doubles(sheet, rest, &mut header);
    let implausible = totals::implausible_columns(sheet, rest, &header, fields);
    let above = rows_above(sheet, header.row);
    let refusing = layout::refusing_above(&above);
    // A unit that no row above names is the profile's, and holds for every block.
    let written = above.iter().rev().find_map(header::unit_row);
    let standing = header.unit_row.filter(|_| written.is_none());
    let table = Table::new(fields, stand, header, &implausible);
    let mut all = Survey { findings: table.header_findings(), ..Survey::default() };
    let piece = |span: &Span| {
        let mut piece = Piece::new(fields, names, stand, sheet, &table);
        piece.refusing = refusing.as_ref().map(|(title, row, list)| Refusing {
            title: title.clone(),
            row: *row,
            list: *list,
            rows: 0,
        });
        piece.standing = standing;
        piece.above = &above;
        piece.survey(*span)
    };
    // Under a title that refuses, rows are counted in one go.
    let spans = if refusing.is_some() { vec![rest] } else { sheet.pieces(rest) };
    let pieces: Vec<Survey<'d>> = spans.par_iter().map(piece).collect();
    // A title, a total or another header in an earlier piece changes what later rows mean: survey again
    // in one go.
    if pieces.iter().rev().skip(1).any(|piece| piece.state_changed) {
        drop(pieces);
        all.append(piece(&rest));
    } else {
        for piece in pieces {
            all.append(piece);
        }
    }
    if !all.totals.is_empty() {
        // Pieces bring the first header again and again; only what changed it is new.
        let mut headers: Vec<&Header> = Vec::new();
        for (_, table) in &all.tables {
            if headers.last().is_none_or(|last| last.row != table.header().row) {
                headers.push(table.header());
            }
        }
        let findings = totals::compare(sheet, rest, &headers, fields, stand, &all.totals);
        all.findings.extend(findings);
    }
    all
}

/// The rows above a row, those that are far above left out.
fn rows_above(sheet: &Sheet<'_>, number: u32) -> Vec<Kept> {
    let mut rows = sheet.rows(sheet.whole());
    let mut above = Vec::new();
    while let Some(row) = rows.next_row().filter(|row| row.number < number) {
        above.push(Kept::of(&row));
    }
    above
}
