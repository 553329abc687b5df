//! Rows of files that are read by a profile go back under the headers of their own file, so that the corrected list is
//! read by the same profile and each row takes its place before households and people are put together.

use crate::domain::{Files, Text};
use crate::formats;
use crate::intake::exports::{fields_of, member_columns, profile_names};
use crate::intake::fields::Fields;
use crate::intake::files::{profile_of, split_ending};
use crate::intake::header::{self, Header, Names};
use crate::intake::roster::Input;
use crate::intake::survey::{Written, survey_document};
use crate::policy::{Canonical, FieldId, FieldKind, Helper, Part, ProfileFile, RosterId};

use super::carried::{as_it_is, carried_as, set_aside};
use super::returned::is_named_fix_list;
use super::rows::{ByRow, cell_of, index_of};
use super::{BIRTH, Carried, FixColumn, FixRow, FixRows, digest_named, digest_of};

/// The rows of one file of a profile at which somebody must look.
pub(super) fn rows_of(
    fields: Fields<'_>,
    roster: RosterId,
    input: &Input<'_>,
    by_row: &ByRow<'_>,
) -> Option<FixRows> {
    let rulebook = fields.rulebook;
    let (_, profile, kind) = profile_of(rulebook, roster, input.name)?;
    let names = profile_names(rulebook, roster, kind);
    let document = header::open(input.bytes, &names).ok()?;
    let sheets = document.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let delimited = document.form == formats::Form::Delimited;
    let mut files = Files::default();
    let file = files.add(input.name, if delimited { Vec::new() } else { sheets });
    let layout = digest_named(&document).is_none().then_some(kind);
    let fields = fields_of(fields, profile, kind);
    let survey = survey_document(fields, &names, input.name, file, &document, layout).ok()?;
    let list = List { fields, kind, names: &names };
    let digest = digest_of(input.bytes);
    let mut columns: Vec<FixColumn> = Vec::new();
    let mut pending = Vec::new();
    for task in &survey.tasks {
        let claim = survey.read(task, &mut Vec::new(), &mut Vec::new());
        let sheet = files.sheet(claim.source);
        let Some(found) = by_row.get(&(input.name, sheet, claim.source.row)) else { continue };
        let written = survey.written(task);
        let cells = list.cells(&written);
        let mut known: Vec<(usize, usize)> = Vec::new();
        let mut of_row: Vec<(usize, Carried)> = Vec::new();
        for (index, head, cell) in cells {
            // A header that stands twice in a row is two columns.
            let nth = known.iter().filter(|(_, at)| columns[*at] == FixColumn::Own(head.clone())).count();
            let same =
                columns.iter().enumerate().filter(|(_, known)| **known == FixColumn::Own(head.clone()));
            let at = same.map(|(at, _)| at).nth(nth).unwrap_or(columns.len());
            if at == columns.len() {
                columns.push(FixColumn::Own(head));
            }
            known.push((index, at));
            of_row.push((at, cell));
        }
        let place = |index: usize| known.iter().find(|(known, _)| *known == index).map(|(_, at)| *at);
        let findings =
            found.iter().map(|finding| (index_of(&finding.place).and_then(place), (*finding).clone()));
        let row = FixRow {
            original: files.show(claim.source),
            digest: digest.clone(),
            resident: claim.resident,
            township: cell_of(&written, Canonical::Township.id()).trim().into(),
            cells: Vec::new(),
            findings: findings.collect(),
        };
        pending.push((row, of_row));
    }
    let rows = pending
        .into_iter()
        .map(|(row, mut cells)| {
            let mut of = |at: usize| {
                let found = cells.iter_mut().find(|(known, _)| *known == at);
                found.map_or(Carried::Empty, |(_, cell)| std::mem::take(cell))
            };
            FixRow { cells: (0..columns.len()).map(&mut of).collect(), ..row }
        })
        .collect();
    Some(FixRows { stem: stem(input.name), columns, rows })
}

/// The name of a file without its ending, and without what its own fix list added.
fn stem(name: &str) -> Text {
    let stem = split_ending(name).map_or(name, |(stem, _)| stem);
    if !is_named_fix_list(name) {
        return stem.into();
    }
    let mut parts = stem.rsplitn(3, '-');
    parts.nth(2).unwrap_or(stem).into()
}

/// How the cells of a file's rows are carried.
struct List<'l, 'd> {
    fields: Fields<'d>,
    kind: &'l ProfileFile,
    names: &'l Names,
}

impl List<'_, '_> {
    /// The cells of a row that the profile reads: column, header, content.
    fn cells(&self, written: &Written<'_, '_>) -> Vec<(usize, Text, Carried)> {
        let header = written.table.header();
        // A row that was set aside as a whole must not become a right one by being copied: whose it is must be said
        // anew.
        let aside = set_aside(self.fields, written, |_| false);
        let empty = formats::Cell::Empty;
        let cell = |index: usize| written.cells.get(index).unwrap_or(&empty);
        let mut cells = Vec::new();
        for column in &header.columns {
            let carried = match (column.field, column.helper) {
                (Some(field), _) if aside && field == Canonical::ResidentId.id() => Carried::Empty,
                (Some(field), _) => {
                    let kind = &self.fields.rulebook.field(field).kind;
                    let read = written.table.columns_of(field).is_none_or(|(_, _, read)| read);
                    carried_as(Some((field, kind)), cell(column.index), header.units(column), read)
                }
                (None, Some(helper)) => self.beside(helper, cell(column.index)),
                (None, None) if header.birth == Some(column.index) => as_it_is(cell(column.index)),
                (None, None) => continue,
            };
            cells.push((column.index, self.head(column), carried));
        }
        for helper in [Helper::MemberIds, Helper::MemberNames] {
            let unnamed = member_columns(header, helper)
                .filter(|index| !header.columns.iter().any(|column| column.index == *index))
                .filter(|index| !cell(*index).is_blank());
            for index in unnamed.collect::<Vec<_>>() {
                let head = self.member_head(header, helper, index);
                cells.push((index, head, self.beside(helper, cell(index))));
            }
        }
        cells.sort_by_key(|(index, ..)| *index);
        cells
    }

    fn beside(&self, helper: Helper, cell: &formats::Cell<'_>) -> Carried {
        match helper {
            Helper::HeadId | Helper::MemberIds | Helper::CarerId => carried_as(
                Some((Canonical::ResidentId.id(), &FieldKind::ResidentId)),
                cell,
                Default::default(),
                true,
            ),
            _ => carried_as(None, cell, Default::default(), true),
        }
    }

    /// The header as written where the profile understands it by itself; else one that it knows.
    fn head(&self, column: &header::Column) -> Text {
        let (field, unit, helper) = self.names.meaning(&column.written);
        if column.field.is_none() && column.helper.is_none() {
            return BIRTH.into();
        }
        if field == column.field && helper == column.helper && unit == column.unit {
            return column.written.clone();
        }
        match (column.field, column.helper) {
            (Some(field), _) => self.name_of(field),
            (None, Some(helper)) => self.helper_name(helper),
            (None, None) => column.written.clone(),
        }
    }

    fn name_of(&self, field: FieldId) -> Text {
        if field == Canonical::ResidentId.id() && self.kind.part == Part::Household {
            return self.helper_name(Helper::HeadId);
        }
        let own = self.kind.aliases.iter().find(|(of, _)| *of == field).map(|(_, headers)| headers);
        let rule = self.fields.rulebook.field(field);
        // Without a unit in brackets: the cell says it.
        own.into_iter()
            .chain([&rule.headers])
            .flatten()
            .find(|head| self.names.meaning(head) == (Some(field), None, None))
            .cloned()
            .unwrap_or_else(|| rule.code.clone())
    }

    fn helper_name(&self, helper: Helper) -> Text {
        let of = self.kind.columns.iter().find(|(of, _)| *of == helper);
        of.and_then(|(_, headers)| headers.first()).cloned().unwrap_or_default()
    }

    /// A header for a column to the right of the members' that has none: numbered, as the profile reads it.
    fn member_head(&self, header: &Header, helper: Helper, index: usize) -> Text {
        let first = header.helpers(helper).filter(|first| *first < index).max().unwrap_or(index);
        format!("{}{}", self.helper_name(helper), 100 + index - first).into()
    }
}
