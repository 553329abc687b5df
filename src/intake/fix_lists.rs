//! Fix lists: rows that need work go back to their township, and come back corrected.
//!
//! A row of a fix list names its original by two columns of its own, `原表位置` (`<file>[!<sheet>]:<row>`,
//! READING 19) and `原表指纹` (the file's sha256). The digest decides which file is meant, so that a renamed
//! or doubled file is still the same one, and a file that was sent anew is not; the place decides the row.
//! A row found so is read in place of its original, which stays behind it in every `source`. Whatever does
//! not fit (the file is another one, no such row, two corrections that differ) is said, and the row is set
//! aside: nothing is guessed.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::claim::{Claim, Rejection};
use super::fields::{self, Fields};
use super::header::Header;
use super::roster::{Input, declared_money, facts_digest, names_of};
use super::survey::{Survey, Written, survey_document};
use super::values::amounts::{Unit, Units, split_unit};
use super::values::texts::squeezed;
use crate::domain::{
    FileId, Files, Finding, Month, Place, ResidentId, Severity, Source, Tally, Text, hexadecimal,
};
use crate::formats::{self, Cell, RowState};
use crate::policy::{Blank, Canonical, FieldId, FieldKind, RosterId, Rulebook};

/// Header of the column that says where a row came from.
pub const PLACE: &str = "原表位置";
/// Header of the column that says from which bytes.
pub const DIGEST: &str = "原表指纹";
/// Header of the column of reasons.
pub const REASON: &str = "需要修改的内容";
/// Header of the column of advice.
pub const ADVICE: &str = "怎样修改";
/// Header of the birth date, which is no field but is compared with the identity number.
pub const BIRTH: &str = "出生日期";

/// Whether a header is one of a fix list's own columns.
pub fn is_own_column(written: &str) -> bool {
    [PLACE, DIGEST, REASON, ADVICE].contains(&written)
}

/// The columns of a fix list that name the original row: place and digest.
pub fn marks_of(header: &Header) -> Option<(usize, usize)> {
    let of = |name: &str| header.columns.iter().find(|column| column.written == name);
    Some((of(PLACE)?.index, of(DIGEST)?.index))
}

/// sha256 as the fix list writes it.
fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

/// A row of a fix list and what became of it.
struct Correction {
    /// Position of its claim.
    claim: usize,
    /// Its file.
    file: FileId,
    /// Positions of the claims it corrects, or why there are none.
    originals: Result<Vec<usize>, &'static str>,
    /// The place it names, as written.
    named: Text,
}

/// Puts the rows of fix lists in the place of the rows they name. Out: the rows that gave way.
///
/// `ranges` says which claims are a file's, in the order of `surveys` and `inputs`.
pub fn stand_in(
    inputs: &[Input<'_>],
    surveys: &[Survey<'_>],
    ranges: &[(FileId, std::ops::Range<usize>)],
    claims: &mut Vec<Claim>,
    findings: &mut Vec<Finding>,
    files: &mut Files,
) -> Tally {
    for (survey, (file, range)) in surveys.iter().zip(ranges) {
        let name = files.name(*file);
        if !survey.is_fix_list() && is_named_fix_list(name) && !range.is_empty() {
            let place = Place { file: name.into(), ..Place::default() };
            findings.push(Finding::new("fix-list-without-marks", Severity::Warning, place));
        }
    }
    if !surveys.iter().any(Survey::is_fix_list) {
        return Tally::default();
    }
    let mut by_digest: FxHashMap<String, Vec<FileId>> = FxHashMap::default();
    for (input, (file, _)) in inputs.iter().zip(ranges) {
        by_digest.entry(digest_of(input.bytes)).or_default().push(*file);
    }
    let by_place: FxHashMap<Source, usize> =
        claims.iter().enumerate().map(|(position, claim)| (claim.source, position)).collect();
    let mut corrections = Vec::new();
    for (survey, (file, range)) in surveys.iter().zip(ranges) {
        for (task, claim) in survey.tasks.iter().zip(range.clone()) {
            let written = survey.written(task);
            let Some((place, digest)) = marks_of(written.table.header()) else { continue };
            let text = |index: usize| {
                written.cells.get(index).map_or(String::new(), |cell| cell.shown().trim().to_owned())
            };
            let (place, digest) = (text(place), text(digest));
            let originals = originals(&place, &digest.to_lowercase(), &by_digest, &by_place, files);
            corrections.push(Correction { claim, file: *file, originals, named: place.into() });
        }
    }
    refuse_contradictions(&mut corrections, claims);
    carry_out(corrections, claims, findings, files)
}

/// `…-修正`, `…-修正2`.
fn is_named_fix_list(name: &str) -> bool {
    let stem = super::files::split_ending(name).map_or(name, |(stem, _)| stem);
    stem.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("修正")
}

fn originals(
    place: &str,
    digest: &str,
    by_digest: &FxHashMap<String, Vec<FileId>>,
    by_place: &FxHashMap<Source, usize>,
    files: &Files,
) -> Result<Vec<usize>, &'static str> {
    if place.is_empty() && digest.is_empty() {
        return Err("fix-row-new");
    }
    let (path, row) = place.rsplit_once(':').ok_or("fix-row-not-found")?;
    let row: u32 = row.parse().map_err(|_| "fix-row-not-found")?;
    let (name, sheet) = path.split_once('!').unwrap_or((path, ""));
    let Some(meant) = by_digest.get(digest) else {
        let there = by_digest.values().flatten().any(|file| files.name(*file) == name);
        return Err(if there { "fix-source-changed" } else { "fix-source-missing" });
    };
    let mut found = Vec::new();
    for file in meant {
        let sheet = match sheet {
            "" => Some(0),
            name => files.sheet_number(*file, name),
        };
        let position = sheet.and_then(|sheet| by_place.get(&Source { file: *file, sheet, row }));
        found.push(*position.ok_or("fix-row-not-found")?);
    }
    Ok(found)
}

/// Two corrections of one row that say different things are none.
fn refuse_contradictions(corrections: &mut [Correction], claims: &[Claim]) {
    let mut said: FxHashMap<usize, FxHashSet<u64>> = FxHashMap::default();
    for correction in corrections.iter() {
        for original in correction.originals.iter().flatten() {
            said.entry(*original).or_default().insert(facts_digest(&claims[correction.claim]));
        }
    }
    for correction in corrections {
        let contradicted = |originals: &Vec<usize>| originals.iter().any(|original| said[original].len() > 1);
        if correction.originals.as_ref().is_ok_and(contradicted) {
            correction.originals = Err("fix-row-twice");
        }
    }
}

fn carry_out(
    corrections: Vec<Correction>,
    claims: &mut Vec<Claim>,
    findings: &mut Vec<Finding>,
    files: &mut Files,
) -> Tally {
    let mut replaced = Tally::default();
    let mut gone: FxHashSet<usize> = FxHashSet::default();
    let mut first: FxHashMap<usize, usize> = FxHashMap::default();
    let mut rows_of: BTreeMap<FileId, u64> = BTreeMap::new();
    let mut silent: FxHashSet<(Text, Text, u32)> = FxHashSet::default();
    let mut said = Vec::new();
    for correction in corrections {
        let source = claims[correction.claim].source;
        let originals = match correction.originals {
            Ok(originals) => originals,
            Err(code) => {
                let claim = &mut claims[correction.claim];
                claim.rejected.get_or_insert(Rejection::FixList);
                said.push(
                    Finding::new(code, Severity::Error, files.place(source))
                        .about(claim.resident, &claim.name)
                        .with("original", &correction.named),
                );
                continue;
            }
        };
        *rows_of.entry(correction.file).or_default() += 1;
        // The same correction read a second time stands behind the first.
        let twin = originals.first().and_then(|original| first.get(original).copied());
        let (by, away) = match twin {
            Some(twin) => (twin, vec![correction.claim]),
            None => (correction.claim, originals),
        };
        for away in away {
            first.entry(away).or_insert(by);
            if !gone.insert(away) {
                continue;
            }
            let other = claims[away].source;
            files.stands_for(claims[by].source, other);
            replaced.add(declared_money(&claims[away]));
            let place = files.place(other);
            silent.insert((place.file.clone(), place.sheet.clone(), place.row));
            said.push(
                Finding::new("row-corrected", Severity::Info, place)
                    .about(claims[by].resident, &claims[by].name)
                    .with("by", files.show(claims[by].source)),
            );
        }
    }
    // What was wrong with a row that gave way is no longer wrong; what is wrong with its correction is said there.
    findings.retain(|finding| {
        let place = &finding.place;
        place.row == 0 || !silent.contains(&(place.file.clone(), place.sheet.clone(), place.row))
    });
    findings.extend(said);
    for (file, rows) in rows_of {
        let place = Place { file: files.name(file).into(), ..Place::default() };
        findings.push(Finding::new("fix-list-read", Severity::Info, place).with("count", rows.to_string()));
    }
    let mut position = 0;
    claims.retain(|_| {
        position += 1;
        !gone.contains(&(position - 1))
    });
    replaced
}

/// A cell of a fix list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Carried {
    /// Nothing.
    #[default]
    Empty,
    /// Text, written as a text cell.
    Text(String),
    /// A number cell: its digits and its format.
    Number(Text, Text),
    /// A day.
    Day(NaiveDateTime),
    /// An error value.
    Error(Text),
}

/// A column of a fix list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixColumn {
    /// A field of the roster.
    Field(FieldId),
    /// The birth date.
    Birth,
}

/// A row that needs work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixRow {
    /// The place in its file, as READING 19 writes it.
    pub original: String,
    /// Digest of that file.
    pub digest: String,
    /// Whose row it is.
    pub resident: Option<ResidentId>,
    /// The township as the row says.
    pub township: Text,
    /// One cell a column.
    pub cells: Vec<Carried>,
    /// The column of each finding, by position in `columns`; `None` for the whole row.
    pub findings: Vec<(Option<usize>, Finding)>,
}

/// What goes back of one roster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixRows {
    /// Columns of the list.
    pub columns: Vec<FixColumn>,
    /// Rows in order of file and row.
    pub rows: Vec<FixRow>,
}

/// The rows of a roster's files at which somebody must look, each cell as its file has it. `findings` are those
/// of the month; those of other files and of no data row are passed over.
pub fn rows_to_mend(
    rulebook: &Rulebook,
    roster: RosterId,
    cycle: Month,
    inputs: &[Input<'_>],
    findings: &[Finding],
) -> FixRows {
    let fields = Fields::new(rulebook, roster, cycle, &[]);
    let names = names_of(rulebook, roster);
    let mut by_row: FxHashMap<(&str, &str, u32), Vec<&Finding>> = FxHashMap::default();
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Info) {
        let place = &finding.place;
        by_row.entry((place.file.as_str(), place.sheet.as_str(), place.row)).or_default().push(finding);
    }
    let mut files = Files::default();
    let mut columns: Vec<FixColumn> = all_fields(fields)
        .filter(|field| matches!(fields.blank(*field), Blank::Rejects | Blank::Missing) || always(*field))
        .map(FixColumn::Field)
        .collect();
    let mut pending = Vec::new();
    let documents: Vec<_> = inputs
        .iter()
        .filter_map(|input| Some((input, super::header::open(input.bytes, &names).ok()?)))
        .collect();
    for (input, document) in &documents {
        let sheets = document.sheets.iter().map(|sheet| sheet.name.clone()).collect();
        let delimited = document.form == formats::Form::Delimited;
        let file = files.add(input.name, if delimited { Vec::new() } else { sheets });
        let Ok(survey) = survey_document(fields, &names, input.name, file, document, None) else { continue };
        let mut digest = String::new();
        for task in &survey.tasks {
            let claim = survey.read(task, &mut Vec::new(), &mut Vec::new());
            let sheet = files.sheet(claim.source);
            let Some(found) = by_row.get(&(input.name, sheet, claim.source.row)) else { continue };
            if digest.is_empty() {
                digest = digest_of(input.bytes);
            }
            let written = survey.written(task);
            let township = cell_of(&written, Canonical::Township.id()).trim().into();
            let row = FixRow {
                original: files.show(claim.source),
                digest: digest.clone(),
                resident: claim.resident,
                township,
                cells: Vec::new(),
                findings: found.iter().map(|finding| (None, (*finding).clone())).collect(),
            };
            let known = |column: FixColumn, columns: &mut Vec<FixColumn>| {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            };
            for column in &written.table.header().columns {
                if let Some(field) = column.field {
                    known(FixColumn::Field(field), &mut columns);
                }
            }
            if written.table.header().birth.is_some() {
                known(FixColumn::Birth, &mut columns);
            }
            let cells: Vec<(FixColumn, Carried)> = all_fields(fields)
                .map(|field| (FixColumn::Field(field), carried(fields, &written, field)))
                .chain(std::iter::once((FixColumn::Birth, birth(&written))))
                .collect();
            let places: Vec<Option<FixColumn>> =
                row.findings.iter().map(|(_, finding)| column_of(&written, &finding.place)).collect();
            pending.push((row, cells, places));
        }
    }
    let order = |column: &FixColumn| match column {
        FixColumn::Field(field) => {
            all_fields(fields).position(|known| known == *field).unwrap_or(usize::MAX - 1)
        }
        FixColumn::Birth => usize::MAX,
    };
    columns.sort_by_key(order);
    columns.dedup();
    let rows = pending
        .into_iter()
        .map(|(row, cells, places)| {
            let cell = |column: &FixColumn| {
                cells
                    .iter()
                    .find(|(known, _)| known == column)
                    .map_or(Carried::Empty, |(_, cell)| cell.clone())
            };
            let findings = row
                .findings
                .into_iter()
                .zip(places)
                .map(|((_, finding), place)| {
                    (place.and_then(|place| columns.iter().position(|column| *column == place)), finding)
                })
                .collect();
            FixRow { cells: columns.iter().map(cell).collect(), findings, ..row }
        })
        .collect();
    FixRows { columns, rows }
}

/// The fields of a roster in the order of its usual header.
fn all_fields(fields: Fields<'_>) -> impl Iterator<Item = FieldId> {
    let own = fields.roster.extra.clone();
    Canonical::ALL.iter().map(|field| field.id()).chain(own)
}

/// Fields that every list shows, so that a township knows its people again and can name an account.
fn always(field: FieldId) -> bool {
    use Canonical::{AccountName, AccountNo, Bank, Name, Township};
    [Name, Township, Bank, AccountNo, AccountName].iter().any(|canonical| canonical.id() == field)
}

fn cell_of(written: &Written<'_, '_>, field: FieldId) -> String {
    let columns = written.table.columns_of(field);
    let index = columns.and_then(|(mut columns, _, _)| columns.next());
    index.and_then(|index| written.cells.get(index)).map_or(String::new(), |cell| cell.shown().into_owned())
}

fn birth(written: &Written<'_, '_>) -> Carried {
    let index = written.table.header().birth;
    index.and_then(|index| written.cells.get(index)).map_or(Carried::Empty, as_it_is)
}

/// The list's column of a finding's place: by the letter of its column in the file.
fn column_of(written: &Written<'_, '_>, place: &Place) -> Option<FixColumn> {
    let letters = place.column.split(' ').next().filter(|letters| !letters.is_empty())?;
    let index = letters.bytes().try_fold(0_usize, |index, letter| {
        letter.is_ascii_uppercase().then(|| index * 26 + usize::from(letter - b'A') + 1)
    })?;
    let header = written.table.header();
    if header.birth == Some(index - 1) {
        return Some(FixColumn::Birth);
    }
    let column = header.columns.iter().find(|column| column.index == index - 1)?;
    column.field.map(FixColumn::Field)
}

/// A field's cell as the list carries it. What cannot be carried so that an untouched list reads as the file
/// did is carried so that it cannot be read: a row is never mended by being copied.
fn carried(fields: Fields<'_>, written: &Written<'_, '_>, field: FieldId) -> Carried {
    let doubles: Vec<usize> =
        written.table.columns_of(field).into_iter().flat_map(|(columns, _, _)| columns).collect();
    let differ = |doubles: &[usize]| {
        doubles.iter().any(|index| {
            let of = |index: usize| written.cells.get(index).map_or("".into(), Cell::shown);
            of(*index).trim() != of(doubles[0]).trim()
        })
    };
    if field == Canonical::Status.id() && set_aside(fields, written, differ) {
        return Carried::Empty;
    }
    let Some((mut columns, origin, read)) = written.table.columns_of(field) else { return Carried::Empty };
    let Some(cell) = columns.next().and_then(|index| written.cells.get(index)) else { return Carried::Empty };
    if cell.is_blank() {
        return Carried::Empty;
    }
    if doubles.len() > 1 && differ(&doubles) {
        let texts: Vec<String> = doubles
            .iter()
            .filter_map(|index| Some(written.cells.get(*index)?.shown().into_owned()))
            .collect();
        return Carried::Text(texts.join(" / "));
    }
    let kind = &fields.rulebook.field(field).kind;
    match (kind, cell) {
        (FieldKind::Money, _) if !read => Carried::Text(format!("{}（单位？）", cell.shown())),
        (FieldKind::Money, Cell::Text(_) | Cell::Number(_)) => with_unit(cell, origin.units),
        // Digits beyond the fifteenth are gone: shown as the spreadsheet shows them, which nobody can read as
        // a number of somebody.
        (_, Cell::Number(number))
            if number.digits.len() > 15 && fields::canonical(field) != Some(Canonical::DeclaredAmount) =>
        {
            Carried::Text(scientific(&number.digits))
        }
        (FieldKind::ResidentId | FieldKind::Certificate { .. }, Cell::Number(number)) => {
            Carried::Text(scientific(&number.digits))
        }
        _ => as_it_is(cell),
    }
}

/// Whether a row was set aside for what no single cell shows: its state, two columns that differ. Its list
/// leaves the status blank, so that the township says whether it counts.
fn set_aside(fields: Fields<'_>, written: &Written<'_, '_>, differ: impl Fn(&[usize]) -> bool) -> bool {
    if written.state != RowState::Plain {
        return true;
    }
    let row = formats::Row {
        number: written.number,
        lines: 1,
        state: written.state,
        span: formats::Span { start: 0, end: 0, row: written.number },
        cells: &written.cells,
        struck: &written.struck,
    };
    written.table.cell_count_differs(&row)
        || written.table.struck_column(&row).is_some()
        || all_fields(fields).any(|field| {
            let doubles: Vec<usize> =
                written.table.columns_of(field).into_iter().flat_map(|(columns, _, _)| columns).collect();
            doubles.len() > 1 && differ(&doubles)
        })
}

fn as_it_is(cell: &Cell<'_>) -> Carried {
    match cell {
        Cell::Empty => Carried::Empty,
        Cell::Text(text) => Carried::Text(text.clone().into_owned()),
        Cell::Number(number) => Carried::Number(number.digits.clone(), number.format.clone()),
        Cell::Date(at) => Carried::Day(*at),
        Cell::Flag(_) => Carried::Text(cell.shown().into_owned()),
        Cell::Error(text) => Carried::Error(text.clone()),
    }
}

/// `1.50199194309280E+17`
fn scientific(digits: &str) -> String {
    let plain = digits.trim_start_matches('-');
    if plain.len() < 2 || plain.contains('.') {
        return format!("{digits}E+00");
    }
    format!("{}.{}E+{:02}", &plain[..1], &plain[1..plain.len().min(15)], plain.len() - 1)
}

/// An amount with all that its header, a unit row and its own cell say of it; where they disagree, so that it
/// cannot be read.
fn with_unit(cell: &Cell<'_>, units: Units) -> Carried {
    let outside = units.header.unwrap_or_default().with(units.row.unwrap_or_default());
    if outside.is_some_and(|unit| !unit.is_ten_thousand() && !unit.is_yearly()) {
        return as_it_is(cell);
    }
    let shown = squeezed(&cell.shown()).into_owned();
    let (figure, own) = match cell {
        Cell::Number(number) if number.format.contains('万') => (shown.as_str(), Unit::named("万元")),
        _ => split_unit(&shown),
    };
    match outside.and_then(|unit| unit.with(own.unwrap_or_default())) {
        Some(unit) => Carried::Text(format!("{figure}{}", unit.word())),
        None => Carried::Text(format!(
            "{shown}（单位：{}）",
            units.header.or(units.row).unwrap_or_default().word()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_lost_its_digits_is_shown_so_that_it_cannot_be_taken_for_one() {
        assert_eq!(scientific("150199194309280000"), "1.50199194309280E+17");
        assert_eq!(scientific("5"), "5E+00");
    }

    #[test]
    fn a_list_is_known_by_the_end_of_its_name() {
        assert!(is_named_fix_list("old-age-保合少镇-修正.xlsx"));
        assert!(is_named_fix_list("old-age-保合少镇-修正2.csv"));
        assert!(!is_named_fix_list("old-age-保合少镇.xlsx"));
    }
}
