//! What a file's rows are, before any of them is read: sheets, headers, totals, sections, notes
//! (READING 1–9). Out: the rows to read, each with the header it stands under.

use rayon::prelude::*;

use super::claim::Claim;
use super::fields::Fields;
use super::header::{self, Header, Kept, Names};
use super::layout::{self, Class, TotalOver};
use super::rows::{Stand, Table};
use super::totals::{self, Border, Total};
use super::values::amounts::{Scale, Unit};
use crate::domain::{Exit, Fault, FileId, Finding, Place, Severity, Text};
use crate::formats::{self, Cell, Document, Row, RowState, Sheet, Span, Unseen};
use crate::policy::{Canonical, FieldId, FieldKind, ProfileFile};

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
    let ending = super::files::split_ending(name).map(|(_, ending)| ending).unwrap_or_default();
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
        let piece = Piece::new(fields, names, stand, sheet, &table);
        let refusing = refusing.as_ref().map(|(title, row, list)| Refusing {
            title: title.clone(),
            row: *row,
            list: *list,
            rows: 0,
        });
        Piece { refusing, standing, above: &above, ..piece }.survey(*span)
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

/// A title that refuses.
struct Refusing {
    title: Text,
    row: u32,
    /// It is a list's title: rows whose own status says that they have ended are read.
    list: bool,
    /// Rows below it that are no claims.
    rows: u64,
}

/// The state of a survey from row to row.
struct Piece<'p, 'd> {
    fields: Fields<'d>,
    names: &'p Names,
    stand: Stand<'d>,
    sheet: &'d Sheet<'d>,
    found: Survey<'d>,
    refusing: Option<Refusing>,
    /// The unit that a row between two blocks names.
    unit_row: Option<Unit>,
    /// The unit that holds whatever titles say.
    standing: Option<Unit>,
    /// The rows above the first header.
    above: &'p [Kept],
    /// A title that does not stand above the first header begins what follows: the unit above it has ended.
    titled: bool,
    /// A total over all rows stands above.
    ended: bool,
    numbers_only: u64,
    /// Rows of a repeated header are passed over up to here.
    skip_until: usize,
}

impl<'p, 'd> Piece<'p, 'd> {
    fn new(
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

    fn survey(mut self, span: Span) -> Survey<'d> {
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
                    let label = super::values::shortened(&label.unwrap_or_default());
                    self.say("row-note", Severity::Info, row.number, "written", &label);
                }
                self.found.totals.push(Total::of(row, over));
            }
            Class::Unclear(text) => {
                let text = super::values::shortened(&text);
                self.say("row-after-total", Severity::Warning, row.number, "written", &text);
            }
            Class::Note(text) => {
                self.unit_or_title(row, layout::is_title_of_list(&text));
                // A title printed again on each page is not another list's.
                if self.refusing.is_some() && self.titled && layout::grants(&text) {
                    self.end_section();
                    self.found.totals.push(Total::border(row, row.span.end, Border::Section(false)));
                }
                let written = super::values::shortened(&text);
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
                    let title = super::values::shortened(&title);
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

/// Rows that other ends of lines than the file's own (a lone carriage return, U+2028) have joined into one record, where
/// each of them has as many cells as the header.
fn rows_in_one(table: &Table<'_>, sheet: &Sheet<'_>, row: &Row<'_, '_>) -> Option<Vec<Span>> {
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

/// Whether a record over several lines has swallowed rows: a line inside it has as many cells as the
/// header. Where the record's own number of cells is right, that line must also begin with a cell of
/// its own, not with the end of a quoted one (a line break inside the first column).
fn swallows_rows(table: &Table<'_>, sheet: &Sheet<'_>, row: &Row<'_, '_>) -> bool {
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
