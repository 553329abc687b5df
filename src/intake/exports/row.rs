//! A row of a profile's file as far as it can be read alone: a household, a person, a line of a list.

use std::collections::BTreeSet;

use super::Export;
use super::join::take_carer;
use super::packed::{member_columns, pieces};
use crate::domain::{Finding, Place, Severity, Text};
use crate::formats;
use crate::intake::claim::{Cell, Claim, Rejection};
use crate::intake::fields::Fields;
use crate::intake::survey::{Survey, Task};
use crate::intake::values::amounts::read_integer;
use crate::intake::values::identity::{cleaned, read_identity};
use crate::intake::values::names::read_account_number;
use crate::intake::values::texts;
use crate::intake::values::{Trouble, shortened};
use crate::policy::{Canonical, FieldKind, Helper, Part, RosterProfile};

/// A household's row.
pub(super) struct Household {
    pub(super) claim: Claim,
    pub(super) file: usize,
    pub(super) key: Text,
    pub(super) insured: Option<i64>,
    /// The figure is there and cannot be read.
    pub(super) insured_unreadable: bool,
    pub(super) insured_place: Place,
    /// Members in its cells: identity number and name.
    pub(super) members: Vec<(Text, Text)>,
    pub(super) carer: (Text, Text),
}

/// A person's row.
pub(super) struct Person {
    pub(super) claim: Claim,
    pub(super) key: Text,
    pub(super) place: Place,
    pub(super) carer: (Text, Text),
    /// Fields whose cell is filled, by slot: these the household's row does not touch.
    pub(super) filled: Vec<bool>,
}

/// A row of a profile's file.
pub(super) enum RowRead {
    Alone(Box<Claim>),
    Household(Box<Household>),
    Person(Box<Person>),
}

pub(super) struct Reader<'r, 'd> {
    pub(super) fields: Fields<'d>,
    pub(super) profile: &'r RosterProfile,
    pub(super) export: &'r Export<'d>,
    pub(super) survey: &'r Survey<'d>,
}

impl Reader<'_, '_> {
    /// Reads it.
    pub(super) fn row(&self, file: usize, task: &Task, findings: &mut Vec<Finding>) -> RowRead {
        let mut cells = Vec::with_capacity(48);
        let mut claim = self.survey.read(task, &mut cells, findings);
        let mut own = Vec::with_capacity(48);
        let cells = self.survey.cells_of(task, &mut own);
        let header = self.survey.header_of(task);
        let cell = |helper: Helper| {
            header
                .helpers(helper)
                .find_map(|index| cells.get(index).filter(|cell| !cell.is_blank()).map(|cell| (index, cell)))
        };
        let text = |helper: Helper| cell(helper).map_or_else(Text::default, |(_, cell)| trimmed(cell));
        let silent = claim.rejected.is_some_and(|rejection| {
            matches!(
                rejection,
                Rejection::CellCount | Rejection::Encoding | Rejection::Hidden | Rejection::Struck
            )
        });
        let mut say = |index: usize, severity: Severity, trouble: Trouble, claim: &Claim| {
            if !silent {
                let place = self.survey.place_of(task, Some(index));
                let mut finding =
                    Finding::new(trouble.code, severity, place).about(claim.resident, &claim.name);
                finding.arguments = trouble.arguments;
                findings.push(finding);
            }
        };
        let undecided = matches!(claim.hukou, Cell::Empty)
            && header
                .column(Canonical::Hukou.id())
                .is_none_or(|column| cells.get(column.index).is_none_or(formats::Cell::is_blank));
        if self.profile.hukou_from_name && undecided {
            claim.hukou = self.hukou_of_name();
        }
        if let Some((field, words)) = &self.profile.illness
            && let Some(slot) = self.fields.roster.slot(*field)
            && words_of(&text(Helper::Illness)).any(|word| words.iter().any(|serious| *serious == word))
        {
            claim.extra[slot] = Cell::Flag(true);
        }
        // A second column of account numbers serves where the first is blank; two that differ are set
        // aside (READING 9).
        if let Some((index, second)) = cell(Helper::SecondAccount) {
            match read_account_number(second, &mut Vec::new()) {
                Ok(Some(number)) if claim.account.number.is_empty() => claim.account.number = number,
                Ok(Some(number)) if number != claim.account.number => {
                    let other = header
                        .column(Canonical::AccountNo.id())
                        .map_or_else(Text::default, |column| header.label(column.index));
                    let trouble = Trouble::written("columns-differ", &trimmed(second))
                        .with("other", other)
                        .with("there", shortened(&claim.account.number));
                    say(index, Severity::Error, trouble, &claim);
                    claim.rejected.get_or_insert(Rejection::ColumnsDiffer);
                }
                Ok(_) => {}
                Err(trouble) => say(index, Severity::Warning, trouble, &claim),
            }
        }
        let mut carer = (text(Helper::CarerId), text(Helper::CarerName));
        if self.profile.carer_is_payee
            && let Some((index, written)) = cell(Helper::CarerId)
        {
            let identity = read_identity(written, self.fields.cycle, self.fields.confirmed);
            carer.0 = identity.resident.map_or_else(Text::default, |_| identity.written);
            if let Some(trouble) = identity.trouble {
                say(index, Severity::Error, trouble, &claim);
            }
        }
        let filled = (0..self.fields.roster.extra.len())
            .map(|slot| {
                header
                    .column(self.fields.roster.extra[slot])
                    .is_some_and(|column| cells.get(column.index).is_some_and(|cell| !cell.is_blank()))
            })
            .collect();
        match self.export.kind.part {
            Part::List => {
                take_carer(self.profile, self.fields, &mut claim, &carer);
                RowRead::Alone(Box::new(claim))
            }
            Part::Person => {
                let key = text(Helper::HeadId);
                let key = if key.is_empty() && claim.head {
                    claim.id_written.clone()
                } else {
                    Text::from(cleaned(&key).as_ref())
                };
                let index = header.helpers(Helper::HeadId).next();
                let place = self.survey.place_of(task, index);
                RowRead::Person(Box::new(Person { claim, key, place, carer, filled }))
            }
            Part::Household => {
                let mut insured = None;
                let mut insured_unreadable = false;
                let mut insured_place = self.survey.place_of(task, None);
                if let Some((index, cell)) = cell(Helper::Insured) {
                    insured_place = self.survey.place_of(task, Some(index));
                    match read_integer(cell, 0, 999, &[]) {
                        Ok(number) => insured = number,
                        Err(trouble) => {
                            insured_unreadable = true;
                            say(index, Severity::Error, trouble, &claim);
                        }
                    }
                }
                let of = |helper: Helper| -> Vec<Text> {
                    member_columns(header, helper)
                        .filter_map(|index| cells.get(index))
                        .flat_map(|cell| pieces(cell, helper))
                        .collect()
                };
                let (ids, called) = (of(Helper::MemberIds), of(Helper::MemberNames));
                let paired = called.len() == ids.len();
                if !paired
                    && !called.is_empty()
                    && let Some(index) = header.helpers(Helper::MemberNames).next()
                {
                    let trouble = Trouble::written("member-names-differ", &called.join("、"))
                        .with("names", called.len().to_string())
                        .with("numbers", ids.len().to_string());
                    say(index, Severity::Warning, trouble, &claim);
                }
                let members = ids
                    .into_iter()
                    .enumerate()
                    .map(|(at, id)| (id, if paired { called[at].clone() } else { Text::default() }))
                    .collect();
                let key = claim.id_written.clone();
                RowRead::Household(Box::new(Household {
                    claim,
                    file,
                    key,
                    insured,
                    insured_unreadable,
                    insured_place,
                    members,
                    carer,
                }))
            }
        }
    }

    /// The code whose longest word stands in the file's name.
    fn hukou_of_name(&self) -> Cell {
        let FieldKind::Code(table) = &self.fields.rulebook.field(Canonical::Hukou.id()).kind else {
            return Cell::Missing;
        };
        let words = table.iter().enumerate().flat_map(|(code, entry)| {
            entry
                .words
                .iter()
                .filter(|word| self.export.name.contains(word.as_str()))
                .map(move |word| (word.len(), code as u16))
        });
        let found: BTreeSet<(usize, u16)> = words.collect();
        let longest = found.last().map_or(0, |(length, _)| *length);
        let mut codes = found.iter().filter(|(length, _)| *length == longest).map(|(_, code)| *code);
        match (codes.next(), codes.next()) {
            // 城乡 names neither.
            (Some(code), None) => Cell::Code(code),
            _ => Cell::Missing,
        }
    }
}

fn trimmed(cell: &formats::Cell<'_>) -> Text {
    texts::trimmed(&cell.shown()).into()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| "、，,;；/| \u{3000}\n".contains(sign))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}
