//! An entry of a change sheet.

use super::Reader;
use super::cells::Cells;
use super::columns::column;
use crate::domain::{FileId, Severity, Text};
use crate::formats;
use crate::intake::claim::Change;
use crate::intake::fields::{Fields, Origin, canonical};
use crate::intake::header;
use crate::intake::values::Trouble;
use crate::policy::{Blank, Canonical, FieldId, Roster, RosterId};

impl Reader<'_> {
    /// A change sheet's row. Where its value or its months cannot be read, the old value does not hold either: the
    /// field is unreadable from its month, or the cycle, on. Where it does not say which field, nothing of the person
    /// can be decided in its months.
    pub(super) fn change(&mut self, cells: &mut Cells<'_, '_>) -> Option<Change> {
        let person = self.needed_person(cells);
        let written = cells.text(column::FIELD);
        let field = self.field_named(&written);
        if field.is_none() && !matches!(cells.at(column::FIELD), formats::Cell::Error(_)) {
            let trouble = Trouble::written("change-field-unknown", &written);
            cells.trouble(column::FIELD, Severity::Error, trouble);
        }
        let reading = crate::intake::values::texts::shown(cells.at(column::VALUE))
            .map(|value| Some(Text::from(value.as_ref())));
        let value = cells.take(column::VALUE, reading);
        let from = cells.month(column::FROM);
        let until = cells.optional_month(column::UNTIL);
        let document = cells.text(column::DOCUMENT);
        let unreadable = value.is_none() || from.is_none() || until.is_err();
        if let (Some(person), None) = (person, field) {
            self.registers.unclear.push((person, from.unwrap_or(self.cycle), until.unwrap_or_default()));
        }
        let mut change = Change {
            resident: person?,
            field: field?,
            value: value.unwrap_or_default(),
            unreadable,
            from: from.unwrap_or(self.cycle),
            until: until.unwrap_or_default(),
            document,
        };
        if change.field == Canonical::ResidentId.id() {
            cells.trouble(
                column::VALUE,
                Severity::Error,
                Trouble::written("change-of-identity", &change.value),
            );
            return None;
        }
        let number =
            matches!(cells.at(column::VALUE), formats::Cell::Number(number) if number.digits.len() > 15);
        if number && change.field == Canonical::AccountNo.id() {
            let trouble = Trouble::written("account-number-cell", &change.value);
            cells.trouble(column::VALUE, Severity::Error, trouble);
            change.unreadable = true;
        } else if !change.unreadable
            && let Some(trouble) = self.unreadable_value(&change)
        {
            cells.trouble(column::VALUE, Severity::Error, trouble);
            change.unreadable = true;
        }
        Some(change)
    }

    /// A field by its code or a header.
    fn field_named(&self, written: &str) -> Option<FieldId> {
        let text = header::normalised(written);
        let named = |rule: &crate::policy::Field| {
            rule.code == text || rule.headers.iter().any(|name| header::normalised(name) == text)
        };
        self.rulebook.fields.iter().position(named).map(|position| FieldId(position as u16))
    }

    fn unreadable_value(&self, change: &Change) -> Option<Trouble> {
        let holds =
            |roster: &Roster| canonical(change.field).is_some() || roster.slot(change.field).is_some();
        let position = self.rulebook.rosters.iter().position(holds)?;
        let fields =
            Fields::new(self.rulebook, RosterId(position as u16), self.cycle, &self.registers.confirmed_ids);
        let mut claim = fields.empty_claim(crate::domain::Source { file: FileId(0), sheet: 0, row: 0 });
        let cell = formats::Cell::text(change.value.as_str().into());
        match fields.set(&mut claim, change.field, &cell, Origin::default(), &mut Vec::new()) {
            Ok(true) => None,
            Ok(false) if fields.blank(change.field) == Blank::Rejects => {
                Some(Trouble { code: "needed-blank", arguments: Vec::new() })
            }
            Ok(false) => None,
            Err(trouble) => Some(trouble),
        }
    }
}
