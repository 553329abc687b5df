//! One row of a register being read: its cells by column, and the troubles met.

use super::columns::column;
use crate::domain::{Account, Month, Severity, Text};
use crate::formats::{self, Row};
use crate::intake::header::Header;
use crate::intake::values::dates::read_month;
use crate::intake::values::names::{read_account_number, read_name};
use crate::intake::values::texts::{read_label, read_text};
use crate::intake::values::{Reading, Trouble};
use crate::policy::FieldId;

/// One row being read: its cells by column, and the troubles met.
pub(super) struct Cells<'r, 't> {
    pub(super) row: &'r Row<'r, 't>,
    pub(super) header: &'r Header,
    pub(super) troubles: Vec<(Option<usize>, Severity, Trouble)>,
}

const EMPTY: formats::Cell<'static> = formats::Cell::Empty;

impl<'r, 't> Cells<'r, 't> {
    pub(super) fn at(&self, column: FieldId) -> &'r formats::Cell<'t> {
        let found = self.header.column(column).and_then(|column| self.row.cells.get(column.index));
        found.unwrap_or(&EMPTY)
    }

    /// A value; trouble is kept, blank or troubled is `None`.
    pub(super) fn take<T>(&mut self, column: FieldId, reading: Reading<T>) -> Option<T> {
        match reading {
            Ok(value) => value,
            Err(trouble) => {
                self.trouble(column, Severity::Error, trouble);
                None
            }
        }
    }

    /// A needed value: blank is trouble too.
    pub(super) fn need<T>(&mut self, column: FieldId, reading: Reading<T>) -> Option<T> {
        let blank = matches!(reading, Ok(None));
        if blank {
            self.trouble(column, Severity::Error, Trouble { code: "needed-blank", arguments: Vec::new() });
        }
        self.take(column, reading)
    }

    pub(super) fn trouble(&mut self, column: FieldId, severity: Severity, trouble: Trouble) {
        let index = self.header.column(column).map(|column| column.index);
        self.troubles.push((index, severity, trouble));
    }

    pub(super) fn text(&mut self, column: FieldId) -> Text {
        let reading = read_text(self.at(column));
        self.take(column, reading).unwrap_or_default()
    }

    pub(super) fn label(&mut self, column: FieldId) -> Option<Text> {
        let reading = read_label(self.at(column));
        self.need(column, reading)
    }

    pub(super) fn month(&mut self, column: FieldId) -> Option<Month> {
        let reading = read_month(self.at(column), true, false, &mut Vec::new());
        self.need(column, reading)
    }

    pub(super) fn optional_month(&mut self, column: FieldId) -> Result<Option<Month>, ()> {
        match read_month(self.at(column), true, false, &mut Vec::new()) {
            Ok(month) => Ok(month),
            Err(trouble) => {
                self.trouble(column, Severity::Error, trouble);
                Err(())
            }
        }
    }

    pub(super) fn account(&mut self) -> Option<Account> {
        let mut notes = Vec::new();
        let bank = read_text(self.at(column::BANK));
        let number = read_account_number(self.at(column::NUMBER), &mut notes);
        let name = read_name(self.at(column::HOLDER), &mut notes);
        for note in notes {
            self.trouble(column::NUMBER, Severity::Warning, note);
        }
        let bank = self.need(column::BANK, bank);
        let number = self.need(column::NUMBER, number);
        let name = self.need(column::HOLDER, name);
        Some(Account { bank: bank?, number: number?, name: name? })
    }
}
