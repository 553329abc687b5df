//! Records that hold several rows: other ends of lines than the file's own, stray quotation marks.

use crate::formats::{self, Row, RowState, Sheet, Span};
use crate::intake::rows::Table;

/// Rows that other ends of lines than the file's own (a lone carriage return, U+2028) have joined into one record, where
/// each of them has as many cells as the header.
pub(super) fn rows_in_one(table: &Table<'_>, sheet: &Sheet<'_>, row: &Row<'_, '_>) -> Option<Vec<Span>> {
    let ends = ['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    if row.state != RowState::Plain || row.lines > 1 {
        return None;
    }
    let line = sheet.raw(row.span).trim_end_matches(['\r', '\n']);
    let mut spans = Vec::new();
    let mut start = row.span.start;
    for piece in line.split_inclusive(ends) {
        let span = Span { start, end: start + piece.len(), row: row.number };
        start = span.end;
        if formats::cell::is_blank_text(piece) {
            continue;
        }
        let mut cells = Vec::new();
        if table.cell_count_differs(&sheet.row_at(span, &mut cells)?) {
            return None;
        }
        spans.push(span);
    }
    (spans.len() > 1).then_some(spans)
}

/// Whether a record over several lines has swallowed rows: a line inside it has as many cells as the
/// header. Where the record's own number of cells is right, that line must also begin with a cell of
/// its own, not with the end of a quoted one (a line break inside the first column).
pub(super) fn swallows_rows(table: &Table<'_>, sheet: &Sheet<'_>, row: &Row<'_, '_>) -> bool {
    let header = table.header();
    let differs = table.cell_count_differs(row);
    let whole = |line: &str| {
        let alone = formats::delimited::Delimited::new(line.replace('"', "").into(), Vec::new());
        let mut cells = Vec::new();
        alone.records(alone.whole()).next(&mut cells);
        let quote = line.find('"').unwrap_or(line.len());
        let own_start = cells.first().is_some_and(|cell| cell.shown().len() < quote);
        (header.width..=header.cells).contains(&cells.len()) && (differs || own_start)
    };
    sheet.raw(row.span).lines().skip(1).any(whole)
}
