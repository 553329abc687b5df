//! The rows that go back to their township.

use rustc_hash::FxHashMap;

use super::carried::{birth, carried};
use super::{Carried, FixColumn, FixRow, FixRows, digest_of};
use crate::domain::{Files, Finding, Month, Place, Severity};
use crate::formats;
use crate::intake::fields::Fields;
use crate::intake::files::profile_of;
use crate::intake::header;
use crate::intake::roster::{Input, names_of};
use crate::intake::survey::{Written, survey_document};
use crate::policy::{Blank, Canonical, FieldId, RosterId, Rulebook};

/// Findings by file, sheet and row.
pub(super) type ByRow<'f> = FxHashMap<(&'f str, &'f str, u32), Vec<&'f Finding>>;

/// The rows of a roster's files at which somebody must look, each cell as its file has it: those of its plain lists
/// together, those of each file of a profile apart. `findings` are those of the month; those of other files and of no
/// data row are passed over.
pub fn rows_to_mend(
    rulebook: &Rulebook,
    roster: RosterId,
    cycle: Month,
    inputs: &[Input<'_>],
    findings: &[Finding],
) -> Vec<FixRows> {
    let fields = Fields::new(rulebook, roster, cycle, &[]);
    let names = names_of(rulebook, roster);
    let mut by_row = ByRow::default();
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Info) {
        let place = &finding.place;
        by_row.entry((place.file.as_str(), place.sheet.as_str(), place.row)).or_default().push(finding);
    }
    let (exported, inputs): (Vec<Input<'_>>, Vec<Input<'_>>) =
        inputs.iter().partition(|input| profile_of(rulebook, roster, input.name).is_some());
    let of_exports =
        exported.iter().filter_map(|input| super::exports::rows_of(fields, roster, input, &by_row));
    let mut files = Files::default();
    let mut columns: Vec<FixColumn> = fields
        .all()
        .filter(|field| matches!(fields.blank(*field), Blank::Rejects | Blank::Missing) || always(*field))
        .map(FixColumn::Field)
        .collect();
    let mut pending = Vec::new();
    let documents: Vec<_> =
        inputs.iter().filter_map(|input| Some((input, header::open(input.bytes, &names).ok()?))).collect();
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
            let cells: Vec<(FixColumn, Carried)> = fields
                .all()
                .map(|field| (FixColumn::Field(field), carried(fields, &written, field)))
                .chain(std::iter::once((FixColumn::Birth, birth(&written))))
                .collect();
            let places: Vec<Option<FixColumn>> =
                row.findings.iter().map(|(_, finding)| column_of(&written, &finding.place)).collect();
            pending.push((row, cells, places));
        }
    }
    let order = |column: &FixColumn| match column {
        FixColumn::Field(field) => fields.all().position(|known| known == *field).unwrap_or(usize::MAX - 1),
        FixColumn::Birth | FixColumn::Own(_) => usize::MAX,
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
    let stem = rulebook.roster(roster).code.clone();
    std::iter::once(FixRows { stem, columns, rows }).chain(of_exports).collect()
}

/// Fields that every list shows, so that a township knows its people again and can name an account.
fn always(field: FieldId) -> bool {
    use Canonical::{AccountName, AccountNo, Bank, Name, Township};
    [Name, Township, Bank, AccountNo, AccountName].iter().any(|canonical| canonical.id() == field)
}

pub(super) fn cell_of(written: &Written<'_, '_>, field: FieldId) -> String {
    let columns = written.table.columns_of(field);
    let index = columns.and_then(|(mut columns, _, _)| columns.next());
    index.and_then(|index| written.cells.get(index)).map_or(String::new(), |cell| cell.shown().into_owned())
}

/// The column of a finding's place in its file, from 0: by its letter.
pub(super) fn index_of(place: &Place) -> Option<usize> {
    let letters = place.column.split(' ').next().filter(|letters| !letters.is_empty())?;
    let index = letters.bytes().try_fold(0_usize, |index, letter| {
        let value = usize::from(letter.is_ascii_uppercase().then(|| letter - b'A')?);
        index.checked_mul(26)?.checked_add(value + 1)
    })?;
    index.checked_sub(1)
}

/// The list's column of a finding's place.
fn column_of(written: &Written<'_, '_>, place: &Place) -> Option<FixColumn> {
    let index = index_of(place)?;
    let header = written.table.header();
    if header.birth == Some(index) {
        return Some(FixColumn::Birth);
    }
    let column = header.columns.iter().find(|column| column.index == index)?;
    column.field.map(FixColumn::Field)
}
