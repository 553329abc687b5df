//! A sheet, or a piece of one, row by row below its header: what each row is, and what it changes for the rows after it.

use super::joined::{rows_in_one, swallows_rows};
use super::{Survey, Task};
use crate::domain::{Finding, Severity, Text};
use crate::formats::{self, Cell, Row, RowState, Sheet, Span};
use crate::intake::fields::Fields;
use crate::intake::header::{self, Header, Kept, Names};
use crate::intake::layout::{self, Class, TotalOver};
use crate::intake::rows::{Stand, Table};
use crate::intake::totals::{self, Border, Total};
use crate::intake::values::amounts::{Scale, Unit};
use crate::intake::values::shortened;
use crate::policy::{Canonical, FieldId, FieldKind};

/// A title that refuses.
pub(super) struct Refusing {
    pub(super) title: Text,
    pub(super) row: u32,
    /// It is a list's title: rows whose own status says that they have ended are read.
    pub(super) list: bool,
    /// Rows below it that are no claims.
    pub(super) rows: u64,
}

/// The state of a survey from row to row.
pub(super) struct Piece<'p, 'd> {
    fields: Fields<'d>,
    names: &'p Names,
    stand: Stand<'d>,
    sheet: &'d Sheet<'d>,
    found: Survey<'d>,
    pub(super) refusing: Option<Refusing>,
    /// The unit that a row between two blocks names.
    unit_row: Option<Unit>,
    /// The unit that holds whatever titles say.
    pub(super) standing: Option<Unit>,
    /// The rows above the first header.
    pub(super) above: &'p [Kept],
    /// A title that does not stand above the first header begins what follows: the unit above it has ended.
    titled: bool,
    /// A total over all rows stands above.
    ended: bool,
    numbers_only: u64,
    /// Rows of a repeated header are passed over up to here.
    skip_until: usize,
}

impl<'p, 'd> Piece<'p, 'd> {
    /// Below a header.
    pub(super) fn new(
        fields: Fields<'d>,
        names: &'p Names,
        stand: Stand<'d>,
        sheet: &'d Sheet<'d>,
        table: &Table<'d>,
    ) -> Piece<'p, 'd> {
        let found = Survey { tables: vec![(sheet, table.clone())], ..Survey::default() };
        Piece {
            fields,
            names,
            stand,
            sheet,
            found,
            refusing: None,
            unit_row: None,
            standing: None,
            above: &[],
            titled: false,
            ended: false,
            numbers_only: 0,
            skip_until: 0,
        }
    }

    /// Surveys its rows.
    pub(super) fn survey(mut self, span: Span) -> Survey<'d> {
        let mut rows = self.sheet.rows(span);
        while let Some(row) = rows.next_row() {
            if row.span.start >= self.skip_until {
                self.row(&row);
            }
            if self.found.is_rubbish() {
                break;
            }
        }
        self.end_section();
        if self.numbers_only > 0 {
            let count = self.numbers_only.to_string();
            self.say("rows-number-only", Severity::Info, 0, "count", &count);
        }
        self.found
    }

    fn say(&mut self, code: &'static str, severity: Severity, row: u32, blank: &'static str, value: &str) {
        let place = self.stand.place(row, Text::default());
        self.found.findings.push(Finding::new(code, severity, place).with(blank, value));
    }

    fn table(&self) -> &Table<'d> {
        &self.found.tables[self.found.tables.len() - 1].1
    }

    fn row(&mut self, row: &Row<'_, '_>) {
        let identity = Canonical::ResidentId.id();
        match layout::classify(row, self.table().header(), identity, self.ended) {
            Class::Blank => {}
            Class::NumberOnly => self.numbers_only += 1,
            Class::Total(over) => {
                if over == TotalOver::All {
                    self.ended = true;
                    self.found.state_changed = true;
                }
                if !row.cells.iter().any(|cell| cell.shown().contains(|sign: char| sign.is_numeric())) {
                    let label = row.cells.iter().find(|cell| !cell.is_blank()).map(Cell::shown);
                    let label = shortened(&label.unwrap_or_default());
                    self.say("row-note", Severity::Info, row.number, "written", &label);
                }
                self.found.totals.push(Total::of(row, over));
            }
            Class::Unclear(text) => {
                let text = shortened(&text);
                self.say("row-after-total", Severity::Warning, row.number, "written", &text);
            }
            Class::Note(text) => {
                self.unit_or_title(row, layout::is_title_of_list(&text));
                // A title printed again on each page is not another list's.
                if self.refusing.is_some() && self.titled && layout::grants(&text) {
                    self.end_section();
                    self.found.totals.push(Total::border(row, row.span.end, Border::Section(false)));
                }
                let written = shortened(&text);
                match self.unit_below(row, &text) {
                    true => self.say("unit-below", Severity::Warning, row.number, "written", &written),
                    false => self.say("row-note", Severity::Info, row.number, "written", &written),
                }
            }
            Class::Section { title, refuses, list } => {
                if self.units_under_header(row) {
                    return;
                }
                self.unit_or_title(row, list);
                self.found.state_changed = true;
                self.end_section();
                self.found.totals.push(Total::border(row, row.span.end, Border::Section(refuses)));
                if refuses {
                    self.refusing = Some(Refusing { title, row: row.number, list, rows: 0 });
                } else {
                    let title = shortened(&title);
                    self.say("row-note", Severity::Info, row.number, "written", &title);
                }
            }
            Class::Data => {
                if may_repeat_header(row, self.table().header())
                    && (self.header_again(row) || header::is_number_row(row) || self.units_under_header(row))
                {
                    return;
                }
                let ended_by_status =
                    self.refusing.as_ref().is_some_and(|title| title.list) && self.table().says_ended(row);
                if let Some(title) = self.refusing.as_mut().filter(|_| !ended_by_status) {
                    title.rows += 1;
                    self.found.refused_rows += 1;
                    return;
                }
                self.titled = false;
                let table = self.found.tables.len() as u32 - 1;
                if row.lines > 1
                    && row.state == RowState::Plain
                    && swallows_rows(self.table(), self.sheet, row)
                {
                    self.tear(row, table);
                    return;
                }
                if self.table().cell_count_differs(row) {
                    if let Some(spans) = rows_in_one(self.table(), self.sheet, row) {
                        self.found.tasks.extend(spans.iter().map(|span| Task {
                            table,
                            span: *span,
                            torn: false,
                        }));
                        return;
                    }
                    self.found.ragged += 1;
                }
                self.found.tasks.push(Task { table, span: row.span, torn: false });
            }
        }
    }

    /// Whether a header begins at this row; if it means something else, it holds from here on.
    fn header_again(&mut self, row: &Row<'_, '_>) -> bool {
        if !header::maps_identity(&Kept::of(row), self.names) {
            return false;
        }
        let following = following(self.sheet, row);
        let Some(header) = header::at(&following, self.names) else { return false };
        self.skip_until = following[header.height - 1].span.end;
        self.ended = false;
        self.found.totals.push(Total::border(row, self.skip_until, Border::Header));
        let before = if self.titled { self.standing } else { self.table().header().unit_row };
        let unit_row = header.unit_row.or(self.unit_row.take()).or(before);
        self.titled = false;
        self.hold(row, Header { unit_row, ..header });
        true
    }

    /// A note or a title: it may name a unit, and a list's title of its own ends the unit of the block above.
    fn unit_or_title(&mut self, row: &Row<'_, '_>, title: bool) {
        let kept = Kept::of(row);
        if let Some(unit) = header::unit_row(&kept) {
            self.unit_row = Some(unit);
            self.found.state_changed = true;
        }
        let text = |kept: &Kept| kept.filled().next().map(|text| header::normalised(text));
        if title && !self.above.iter().any(|above| text(above) == text(&kept)) {
            self.titled = true;
            self.found.state_changed = true;
        }
    }

    /// Whether a note says of the rows above it a unit other than theirs (注：以上金额单位为万元): they have been read
    /// already, and units stand above what they are about (READING 14).
    fn unit_below(&self, row: &Row<'_, '_>, note: &str) -> bool {
        let of_above = ["注", "备注", "说明"].iter().any(|word| note.starts_with(word))
            || ["以上", "上述", "本表", "表中"].iter().any(|word| note.contains(word));
        let Some(unit) = header::unit_row(&Kept::of(row)).filter(|_| of_above) else { return false };
        let header = self.table().header();
        let money = |field: FieldId| self.fields.rulebook.field(field).kind == FieldKind::Money;
        let amounts = header.columns.iter().filter(|column| column.field.is_some_and(money));
        amounts.map(|column| header.units(column)).any(|units| {
            let read = units.header.or(units.row).and_then(|unit| unit.scale);
            unit.scale.is_some_and(|named| named != read.unwrap_or(Scale::Yuan))
        })
    }

    /// A row of units under a header: each holds for its column, a lone one elsewhere for all.
    fn units_under_header(&mut self, row: &Row<'_, '_>) -> bool {
        let Some(units) = header::units_below(row) else { return false };
        let mut header = self.table().header().clone();
        for (index, unit) in units {
            match header.columns.iter_mut().find(|column| column.index == index && column.field.is_some()) {
                // Two that disagree: every amount of the column says so.
                Some(column) => {
                    column.unit =
                        Some(column.unit.map_or(Some(unit), |own| own.with(unit)).unwrap_or(Unit::OTHER));
                }
                None => header.unit_row = Unit::of_list(header.unit_row.into_iter().chain([unit])),
            }
        }
        self.hold(row, header);
        true
    }

    /// If a header means something else than the one before, it holds from this row on.
    fn hold(&mut self, row: &Row<'_, '_>, header: Header) {
        if !header.same_meaning(self.table().header()) {
            self.found.state_changed = true;
            let start = self.skip_until.max(row.span.end);
            let below = self.sheet.from(Span { start, end: 0, row: row.number });
            let implausible = totals::implausible_columns(self.sheet, below, &header, self.fields);
            let table = Table::new(self.fields, self.stand, header, &implausible);
            self.found.findings.extend(table.header_findings());
            self.found.tables.push((self.sheet, table));
        }
    }

    /// A stray pair of quotation marks has joined lines: each is set aside on its own, so that none is
    /// lost.
    fn tear(&mut self, row: &Row<'_, '_>, table: u32) {
        let mut start = row.span.start;
        for (offset, line) in self.sheet.raw(row.span).split_inclusive('\n').enumerate() {
            let span = Span { start, end: start + line.len(), row: row.number + offset as u32 };
            start = span.end;
            if !formats::cell::is_blank_text(line) {
                self.found.tasks.push(Task { table, span, torn: true });
            }
        }
    }

    fn end_section(&mut self) {
        if let Some(refusing) = self.refusing.take() {
            let place = self.stand.place(refusing.row, Text::default());
            self.found.findings.push(
                Finding::new("section-refused", Severity::Warning, place)
                    .with("title", refusing.title)
                    .with("count", refusing.rows.to_string()),
            );
        }
    }
}

/// Only a row whose identity cell holds no digits, or that is a row of small numbers, is looked at
/// as a header again.
fn may_repeat_header(row: &Row<'_, '_>, header: &Header) -> bool {
    let Some(column) = header.column(Canonical::ResidentId.id()) else { return true };
    match row.cells.get(column.index) {
        Some(Cell::Text(text)) if text.len() == 18 && text.as_bytes()[0].is_ascii_digit() => false,
        Some(cell) => !layout::looks_like_identity(&cell.shown()),
        None => true,
    }
}

fn following(sheet: &Sheet<'_>, row: &Row<'_, '_>) -> Vec<Kept> {
    let mut rows = sheet.rows(sheet.from(row.span));
    let mut kept = Vec::with_capacity(3);
    while kept.len() < 3 {
        match rows.next_row() {
            Some(row) => kept.push(Kept::of(&row)),
            None => break,
        }
    }
    kept
}
