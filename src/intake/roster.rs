//! A roster's files for one month → claims and findings.

use rayon::prelude::*;

use super::claim::{Claim, Registers};
use super::fields::Fields;
use super::header::{self, Header, Kept, Names};
use super::layout::{self, Class, TotalOver};
use super::rows::{Stand, Table};
use super::totals::{self, Total};
use crate::domain::{
    Border, Exit, Fault, FileId, Files, Finding, Money, Month, Place, Severity, Tally, Text,
};
use crate::formats::{self, Document, DocumentFault, Row, RowState, Sheet, Span, Unseen};
use crate::policy::{Canonical, RosterId, Rulebook};

/// One file as it was read from disk.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// File name as findings and sources show it.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A roster of one month after reading.
#[derive(Debug, Clone, Default)]
pub struct RosterRead {
    /// One claim per data row, in order of file, sheet and row; rejected ones too.
    pub claims: Vec<Claim>,
    /// Everything that was noticed, in the same order.
    pub findings: Vec<Finding>,
    /// Rows in; claims out; rejected rows and rows of refused sections set aside, by reason. Money is
    /// the declared amount, where there is one.
    pub border: Border,
    /// Files whose rows are all in another file of this roster: one warning stands for all of them
    /// (READING 1), so that a duplicate between the two need not be said again for each person.
    pub repeated: Vec<FileId>,
}

/// Reads a roster's files of one month. The files are read in parallel; the result does not depend on
/// the number of threads.
///
/// `cycle` is the month no birth may lie after; `registers` gives the confirmed identity numbers.
///
/// # Errors
/// A [`Fault`] with exit 3 that names the file and what to do, for a file that cannot be read whole
/// (READING 3); with several such files, the first in order, and the others among its findings.
pub fn read_roster(
    rulebook: &Rulebook,
    roster: RosterId,
    month: Month,
    cycle: Month,
    inputs: &[Input<'_>],
    registers: &Registers,
    files: &mut Files,
) -> Result<RosterRead, Fault> {
    let _ = month;
    let fields = Fields::new(rulebook, roster, cycle, &registers.confirmed_ids);
    let names = names_of(rulebook, roster);
    let opened: Vec<Result<Document<'_>, DocumentFault>> =
        inputs.par_iter().map(|input| formats::document::open(input.bytes)).collect();
    let mut documents = Vec::with_capacity(inputs.len());
    let mut faults = Vec::new();
    for (input, opened) in inputs.iter().zip(opened) {
        match opened {
            Ok(document) => {
                let sheets = match document.form {
                    formats::Form::Delimited => Vec::new(),
                    _ => document.sheets.iter().map(|sheet| sheet.name.clone()).collect(),
                };
                documents.push((input.name, files.add(input.name, sheets), document));
            }
            Err(fault) => faults.push(unreadable(input.name, &fault)),
        }
    }
    let read: Vec<Result<FileRead, Fault>> = documents
        .par_iter()
        .map(|(name, file, document)| read_document(fields, &names, name, *file, document))
        .collect();
    let mut all = FileRead::default();
    let mut ranges = Vec::new();
    for ((_, file, _), read) in documents.iter().zip(read) {
        match read {
            Ok(read) => {
                let start = all.claims.len();
                all.append(read);
                ranges.push((*file, start..all.claims.len()));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(first_fault(faults));
    }
    let repeated = repeated_files(&all.claims, &ranges);
    for (file, other) in &repeated {
        let place = Place { file: files.name(*file).into(), ..Place::default() };
        all.findings
            .push(Finding::new("file-repeated", Severity::Warning, place).with("other", files.name(*other)));
    }
    let border = all.border();
    Ok(RosterRead {
        claims: all.claims,
        findings: all.findings,
        border,
        repeated: repeated.into_iter().map(|(file, _)| file).collect(),
    })
}

/// Names by which a roster's headers are found: the Chinese headers, the aliases, the ASCII codes.
/// The roster's own fields come first, then the canonical ones.
pub fn names_of(rulebook: &Rulebook, roster: RosterId) -> Names {
    let mut names = Names::new(Canonical::ResidentId.id());
    let canonical = Canonical::ALL.iter().map(|field| field.id());
    for field in rulebook.roster(roster).extra.iter().copied().chain(canonical) {
        let rule = rulebook.field(field);
        for name in rule.headers.iter().chain(std::iter::once(&rule.code)) {
            names.add(name, field);
        }
    }
    names
}

/// The fault of a file that cannot be opened.
pub fn unreadable(name: &str, fault: &DocumentFault) -> Fault {
    let (code, what) = match fault {
        DocumentFault::Empty => ("file-empty", Text::default()),
        DocumentFault::Html => ("file-html", Text::default()),
        DocumentFault::Protected => ("file-protected", Text::default()),
        DocumentFault::Foreign(what) => ("file-foreign", what.clone()),
        DocumentFault::Damaged(what) => ("file-damaged", what.clone()),
    };
    Fault::new(Exit::Refused, code).with("file", name).with("what", what)
}

/// The first of several faults, with the others as findings.
fn first_fault(faults: Vec<Fault>) -> Fault {
    let mut faults = faults.into_iter();
    let Some(first) = faults.next() else { return Fault::new(Exit::Bug, "file-damaged") };
    let others = faults
        .map(|fault| {
            let file =
                fault.arguments.iter().find(|(blank, _)| *blank == "file").map(|(_, file)| file.clone());
            let place = Place { file: file.unwrap_or_default(), ..Place::default() };
            Finding { arguments: fault.arguments, ..Finding::new(fault.code, Severity::Error, place) }
        })
        .collect();
    first.found(others)
}

/// What was read from a file, a sheet or a piece of one.
#[derive(Debug, Default)]
struct FileRead {
    claims: Vec<Claim>,
    findings: Vec<Finding>,
    /// Rows counted where they were met, before anything was made of them.
    rows: u64,
    refused_rows: u64,
    totals: Vec<Total>,
    /// A header with another meaning, or a section title: later pieces cannot be read without knowing.
    state_changed: bool,
}

impl FileRead {
    fn append(&mut self, other: FileRead) {
        if self.claims.is_empty() {
            self.claims = other.claims;
        } else {
            self.claims.extend(other.claims);
        }
        self.findings.extend(other.findings);
        self.rows += other.rows;
        self.refused_rows += other.refused_rows;
        self.totals.extend(other.totals);
        self.state_changed |= other.state_changed;
    }

    fn border(&self) -> Border {
        let money = |claim: &Claim| match claim.declared_amount {
            super::claim::Cell::Money(money) => money,
            _ => Money::ZERO,
        };
        let mut entered = Tally { count: self.rows, money: Money::ZERO };
        let mut out = Tally::default();
        let mut set_aside: std::collections::BTreeMap<&'static str, Tally> =
            std::collections::BTreeMap::new();
        for claim in &self.claims {
            entered.money += money(claim);
            match claim.rejected {
                None => out.add(money(claim)),
                Some(rejection) => set_aside.entry(rejection.word()).or_default().add(money(claim)),
            }
        }
        if self.refused_rows > 0 {
            set_aside.insert("refused section", Tally { count: self.refused_rows, money: Money::ZERO });
        }
        let set_aside = set_aside.into_iter().map(|(word, tally)| (word.to_owned(), tally)).collect();
        Border { name: "rows-claims", entered, out, set_aside }
    }
}

fn read_document(
    fields: Fields<'_>,
    names: &Names,
    name: &str,
    file: FileId,
    document: &Document<'_>,
) -> Result<FileRead, Fault> {
    let mut all = FileRead::default();
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
        match header::find(sheet, names) {
            Ok((header, rest)) => {
                read_sheets += 1;
                side_by_side(&header, name, &sheet.name)?;
                if !delimited {
                    let finding =
                        Finding::new("sheet-read", Severity::Info, stand.place(header.row, Text::default()));
                    all.findings.push(finding);
                }
                all.append(read_sheet(fields, names, stand, sheet, header, rest));
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
    if all.rows == 0 {
        all.findings.push(Finding::new("file-no-rows", Severity::Warning, place));
    }
    Ok(all)
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

/// READING 8: two tables side by side are refused, their columns named.
fn side_by_side(header: &Header, file: &str, sheet: &str) -> Result<(), Fault> {
    let identity = header.columns_of(Canonical::ResidentId.id()).count();
    let doubled = header
        .columns
        .iter()
        .filter_map(|column| column.field)
        .filter(|field| *field != Canonical::ResidentId.id() && header.columns_of(*field).count() > 1)
        .count();
    let names = header.columns_of(Canonical::Name.id()).count();
    if identity < 2 || (doubled < 2 && names < 2) {
        return Ok(());
    }
    let columns: Vec<String> = header
        .columns_of(Canonical::ResidentId.id())
        .map(|column| header.label(column.index).to_string())
        .collect();
    Err(Fault::new(Exit::Refused, "file-side-by-side")
        .with("file", file)
        .with("sheet", sheet)
        .with("columns", columns.join("; ")))
}

fn read_sheet(
    fields: Fields<'_>,
    names: &Names,
    stand: Stand<'_>,
    sheet: &Sheet<'_>,
    header: Header,
    rest: Span,
) -> FileRead {
    let mut header = header;
    totals::drop_blank_doubles(sheet, rest, &mut header);
    let implausible = totals::implausible_columns(sheet, rest, &header, fields);
    let table = Table::new(fields, stand, header, &implausible);
    let mut all = FileRead { findings: table.header_findings(), ..FileRead::default() };
    let pieces = sheet.pieces(rest);
    let read: Vec<FileRead> =
        pieces.par_iter().map(|piece| read_piece(fields, names, stand, sheet, &table, *piece)).collect();
    // A title or another header in an earlier piece changes what later rows mean: read again in one go.
    let changed = read.iter().rev().skip(1).any(|piece| piece.state_changed);
    if changed {
        drop(read);
        all.append(read_piece(fields, names, stand, sheet, &table, rest));
    } else {
        all.claims.reserve_exact(read.iter().map(|piece| piece.claims.len()).sum());
        for piece in read {
            all.append(piece);
        }
    }
    if !all.totals.is_empty() {
        let findings = totals::compare(sheet, rest, table.header(), fields, stand, &all.totals);
        all.findings.extend(findings);
    }
    all
}

fn read_piece(
    fields: Fields<'_>,
    names: &Names,
    stand: Stand<'_>,
    sheet: &Sheet<'_>,
    table: &Table<'_>,
    piece: Span,
) -> FileRead {
    let mut read = FileRead::default();
    let mut own_table: Option<Table<'_>> = None;
    let mut refusing: Option<(Text, u32, u64)> = None;
    let mut numbers_only = 0_u64;
    let mut ended = false;
    let mut skip_until = 0_usize;
    let mut rows = sheet.rows(piece);
    while let Some(row) = rows.next_row() {
        if row.span.start < skip_until {
            continue;
        }
        let table = own_table.as_ref().unwrap_or(table);
        match layout::classify(&row, table.header(), Canonical::ResidentId.id(), ended) {
            Class::Blank => {}
            Class::NumberOnly => numbers_only += 1,
            Class::Total(over) => {
                if over == TotalOver::All {
                    ended = true;
                    read.state_changed = true;
                }
                read.totals.push(Total::of(&row, over, refusing.is_some()));
            }
            Class::Note(text) => {
                let finding =
                    Finding::new("row-note", Severity::Info, stand.place(row.number, Text::default()));
                read.findings.push(finding.with("written", super::values::shortened(&text)));
            }
            Class::Section { title, refuses } => {
                read.state_changed = true;
                end_section(&mut refusing, stand, &mut read);
                if refuses {
                    refusing = Some((title, row.number, 0));
                } else {
                    let finding =
                        Finding::new("row-note", Severity::Info, stand.place(row.number, Text::default()));
                    read.findings.push(finding.with("written", super::values::shortened(&title)));
                }
            }
            Class::Data => {
                let kept = |row: &Row<'_, '_>| Kept::of(row);
                if may_repeat_header(&row, table.header()) {
                    if header::maps_identity(&kept(&row), names) {
                        let following = following(sheet, &row);
                        if let Some(header) = header::at(&following, names) {
                            let last = &following[header.height - 1];
                            skip_until = last.span.end;
                            ended = false;
                            read.totals.push(Total::border(&row));
                            if !header.same_meaning(table.header()) {
                                read.state_changed = true;
                                let header = Header {
                                    unit_row: header.unit_row.or(table.header().unit_row),
                                    ..header
                                };
                                let table = Table::new(fields, stand, header, &[]);
                                read.findings.extend(table.header_findings());
                                own_table = Some(table);
                            }
                            continue;
                        }
                    }
                    if header::is_number_row(&row) {
                        continue;
                    }
                }
                if let Some((_, _, count)) = &mut refusing {
                    *count += 1;
                    read.rows += 1;
                    read.refused_rows += 1;
                    continue;
                }
                if row.lines > 1 && row.state == RowState::Plain && swallows_rows(table, sheet, &row) {
                    split_lines(table, sheet, &row, &mut read);
                    continue;
                }
                read.rows += 1;
                let claim = table.read(&row, &mut read.findings);
                read.claims.push(claim);
            }
        }
    }
    end_section(&mut refusing, stand, &mut read);
    if numbers_only > 0 {
        let finding = Finding::new("rows-number-only", Severity::Info, stand.place(0, Text::default()));
        read.findings.push(finding.with("count", numbers_only.to_string()));
    }
    read
}

/// Only a row whose identity cell holds no digits, or that is a row of small numbers, is looked at
/// as a header again.
fn may_repeat_header(row: &Row<'_, '_>, header: &Header) -> bool {
    let Some(column) = header.column(Canonical::ResidentId.id()) else { return true };
    match row.cells.get(column.index) {
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

/// A stray pair of quotation marks has joined lines. Each line is set aside on its own, so that none is lost.
fn split_lines(table: &Table<'_>, sheet: &Sheet<'_>, row: &Row<'_, '_>, read: &mut FileRead) {
    for (offset, line) in sheet.raw(row.span).lines().enumerate() {
        if formats::cell::is_blank_text(line) {
            continue;
        }
        let unquoted = line.replace('"', "");
        let alone = formats::delimited::Delimited::new(unquoted.into(), Vec::new());
        let mut records = alone.records(alone.whole());
        let mut cells = Vec::new();
        if records.next(&mut cells).is_none() {
            continue;
        }
        let number = row.number + offset as u32;
        let row = Row { number, lines: 1, state: RowState::OpenQuote, span: row.span, cells: &cells };
        read.rows += 1;
        let claim = table.read(&row, &mut read.findings);
        read.claims.push(claim);
    }
}

fn end_section(refusing: &mut Option<(Text, u32, u64)>, stand: Stand<'_>, read: &mut FileRead) {
    if let Some((title, row, count)) = refusing.take() {
        read.findings.push(
            Finding::new("section-refused", Severity::Warning, stand.place(row, Text::default()))
                .with("title", title)
                .with("count", count.to_string()),
        );
    }
}

/// READING 1: files whose rows are all in another file, with that file. Of two equal files the later
/// one repeats the earlier.
fn repeated_files(claims: &[Claim], ranges: &[(FileId, std::ops::Range<usize>)]) -> Vec<(FileId, FileId)> {
    use std::hash::{BuildHasher, Hash, Hasher};
    if ranges.len() < 2 {
        return Vec::new();
    }
    let builder = rustc_hash::FxBuildHasher;
    let facts: Vec<u64> = claims
        .par_iter()
        .map(|claim| {
            let mut hasher = builder.build_hasher();
            (
                &claim.id_written,
                &claim.name,
                &claim.household_id,
                &claim.relation,
                &claim.hukou,
                &claim.township,
            )
                .hash(&mut hasher);
            (&claim.community, &claim.first_month, &claim.last_month, &claim.status, &claim.declared_amount)
                .hash(&mut hasher);
            (&claim.account, &claim.payee_id, &claim.payee_name, &claim.case_no, &claim.choice, &claim.extra)
                .hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    let sets: Vec<rustc_hash::FxHashSet<u64>> =
        ranges.iter().map(|(_, range)| facts[range.clone()].iter().copied().collect()).collect();
    let mut repeated = Vec::new();
    for (at, (file, range)) in ranges.iter().enumerate().filter(|(_, (_, range))| !range.is_empty()) {
        let holder = (0..ranges.len()).find(|other| {
            let larger =
                sets[*other].len() > sets[at].len() || (sets[*other].len() == sets[at].len() && *other < at);
            larger && facts[range.clone()].iter().all(|fact| sets[*other].contains(fact))
        });
        if let Some(holder) = holder {
            repeated.push((*file, ranges[holder].0));
        }
    }
    repeated
}
