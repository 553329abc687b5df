//! One row of a register → one entry.

use super::Reader;
use super::cells::Cells;
use super::columns::column;
use crate::domain::{Beneficiary, ResidentId, Severity, Text};
use crate::formats;
use crate::intake::claim::{Cell, Link, NamedPayee, RegisterRow};
use crate::intake::fields::{Origin, read_kind};
use crate::intake::values::Trouble;
use crate::intake::values::dates::read_date;
use crate::intake::values::identity::{cleaned, read_identity};
use crate::intake::values::names::{read_account_number, read_name};
use crate::intake::values::texts::{read_text, squeezed};
use crate::policy::{Blank, FieldId};

impl Reader<'_> {
    fn person(&self, cells: &mut Cells<'_, '_>, column: FieldId) -> Option<ResidentId> {
        let identity = read_identity(cells.at(column), self.cycle, &self.registers.confirmed_ids);
        match identity.trouble {
            Some(trouble) => {
                cells.trouble(column, Severity::Error, trouble);
                None
            }
            None => identity.resident,
        }
    }

    pub(super) fn needed_person(&self, cells: &mut Cells<'_, '_>) -> Option<ResidentId> {
        let blank = cells.at(column::PERSON).is_blank();
        if blank {
            let trouble = Trouble { code: "identity-blank", arguments: Vec::new() };
            cells.trouble(column::PERSON, Severity::Error, trouble);
        }
        self.person(cells, column::PERSON)
    }

    /// Reads a row into its register; `None` where it was set aside.
    pub(super) fn take_row(
        &mut self,
        register: &str,
        further: &[FieldId],
        cells: &mut Cells<'_, '_>,
    ) -> Option<()> {
        match register {
            "deaths" => {
                let person = self.needed_person(cells);
                let reading = read_date(cells.at(column::DIED), false, false);
                let died = cells.need(column::DIED, reading);
                let person = person?;
                let Some(died) = died else {
                    self.registers.deaths_undated.insert(person);
                    return None;
                };
                if died < person.birth() {
                    let trouble = Trouble::written("death-before-birth", &died.to_string());
                    cells.trouble(column::DIED, Severity::Error, trouble);
                    self.registers.deaths_undated.insert(person);
                    return None;
                }
                let earliest = self.registers.deaths.entry(person).or_insert(died);
                *earliest = died.min(*earliest);
            }
            "accounts" => {
                let person = self.needed_person(cells);
                let account = cells.account();
                let from = cells.month(column::FROM);
                let person = person?;
                let read = account.is_some() && from.is_some();
                // An entry that cannot be read holds the money (READING 17): the old account is no longer right.
                let account = if read { account } else { None }.unwrap_or_default();
                let from = from.unwrap_or(self.cycle);
                self.registers.accounts.entry(person).or_default().push((from, account));
                return read.then_some(());
            }
            "changes" => {
                let change = self.change(cells)?;
                let read = !change.unreadable;
                self.registers.changes.push(change);
                return read.then_some(());
            }
            "links" => {
                let kind = self.link_kind(cells);
                let old = cells.label(column::OLD).map(|key| self.link_key(kind.as_deref(), key));
                let new = cells.label(column::NEW).map(|key| self.link_key(kind.as_deref(), key));
                let from = cells.month(column::FROM);
                let document = cells.text(column::DOCUMENT);
                let link = Link { kind: kind?, old: old?, new: new?, from: from?, document };
                self.registers.links.push(link);
            }
            "payees" => {
                let reading = read_text(cells.at(column::KEY));
                let key = cells.need(column::KEY, reading).and_then(|key| self.beneficiary(cells, &key));
                let id = self.person(cells, column::PAYEE);
                let unreadable = id.is_none() && !cells.at(column::PAYEE).is_blank();
                let reading = read_name(cells.at(column::PAYEE_NAME), &mut Vec::new());
                let name = cells.need(column::PAYEE_NAME, reading);
                let account = cells.account();
                let from = cells.month(column::FROM);
                let document = cells.text(column::DOCUMENT);
                if unreadable {
                    return None;
                }
                let payee = NamedPayee { id, name: name?, account: account?, from: from?, document };
                self.registers.payees.entry(key?).or_default().push(payee);
            }
            "confirmed" => self.confirm(cells)?,
            _ => {
                let register = self.rulebook.registers.iter().position(|rule| rule.code == register)?;
                let person = self.needed_person(cells);
                let from = cells.optional_month(column::FROM);
                let until = cells.optional_month(column::UNTIL);
                let columns: Box<[Cell]> = further
                    .iter()
                    .enumerate()
                    .map(|(position, field)| self.further(cells, position, *field))
                    .collect();
                let row = RegisterRow { from: from.ok()?, until: until.ok()?, columns };
                self.registers.listed[register].entry(person?).or_default().push(row);
            }
        }
        Some(())
    }

    fn further(&self, cells: &mut Cells<'_, '_>, position: usize, field: FieldId) -> Cell {
        let column = FieldId(column::FURTHER + position as u16);
        let rule = self.rulebook.field(field);
        let open_end = crate::intake::fields::is_end(&rule.code) && rule.blank == Blank::Empty;
        let mut notes = Vec::new();
        let reading =
            read_kind(&rule.kind, cells.at(column), open_end, Origin::default(), self.cycle, &mut notes);
        for note in notes {
            cells.trouble(column, Severity::Warning, note);
        }
        match reading {
            Ok(Some(cell)) => cell,
            Ok(None) if rule.blank == Blank::Empty => Cell::Empty,
            Ok(None) => Cell::Missing,
            Err(trouble) => {
                cells.trouble(column, Severity::Error, trouble);
                Cell::Missing
            }
        }
    }

    /// A beneficiary's text: `person:…`, `household:<township>:<number>`, or a bare identity number. A
    /// township may be written by its name.
    fn beneficiary(&self, cells: &mut Cells<'_, '_>, written: &str) -> Option<Text> {
        let key = squeezed(written).replace('：', ":");
        let bare = match key.strip_prefix("household:") {
            Some(household) => {
                let (township, number) = household.split_once(':').unwrap_or(("", ""));
                let township =
                    crate::intake::values::codes::find_township(township, &self.rulebook.divisions);
                let code = self.rulebook.divisions.code(&township).to_owned();
                (!number.is_empty()).then(|| Beneficiary::household(&code, number).to_string())
            }
            None => {
                let number = cleaned(key.strip_prefix("person:").unwrap_or(&key)).into_owned();
                let confirmed = &self.registers.confirmed_ids;
                let cell = formats::Cell::Text(number.into());
                read_identity(&cell, self.cycle, confirmed).resident.map(|person| format!("person:{person}"))
            }
        };
        if bare.is_none() {
            cells.trouble(column::KEY, Severity::Error, Trouble::written("beneficiary-unreadable", written));
        }
        bare.map(Text::from)
    }

    fn link_kind(&self, cells: &mut Cells<'_, '_>) -> Option<Text> {
        let written = cells.text(column::KIND);
        let kind = match squeezed(&written).to_ascii_lowercase().as_str() {
            "person" | "人" | "人员" | "个人" | "身份证号" => "person",
            "household" | "户" | "家庭" | "家庭编号" => "household",
            "case" | "个案" | "审批" | "审批编号" => "case",
            _ => {
                let trouble = Trouble::written("code-unknown", &written)
                    .with("known", "person 人员、household 家庭、case 审批编号");
                cells.trouble(column::KIND, Severity::Error, trouble);
                return None;
            }
        };
        Some(kind.into())
    }

    /// Persons by their cleaned number, households by `<township code>:<number>`; either may be written
    /// with its `person:` or `household:` before it.
    fn link_key(&self, kind: Option<&str>, key: Text) -> Text {
        match kind {
            Some("person") => cleaned(key.strip_prefix("person:").unwrap_or(&key)).as_ref().into(),
            Some("household") => {
                let bare = key.strip_prefix("household:").unwrap_or(&key);
                let Some((township, number)) = bare.split_once(':') else { return key };
                let township =
                    crate::intake::values::codes::find_township(township, &self.rulebook.divisions);
                format!("{}:{number}", self.rulebook.divisions.code(&township)).into()
            }
            _ => key,
        }
    }

    fn confirm(&mut self, cells: &mut Cells<'_, '_>) -> Option<()> {
        let kind = cells.text(column::KIND);
        let key = cells.at(column::KEY);
        match squeezed(&kind).to_ascii_lowercase().as_str() {
            "resident_id" | "identity" | "person" | "身份证" | "身份证号" | "身份证号码" => {
                let identity = read_identity(key, self.cycle, &[]);
                if ResidentId::confirmed(&identity.written, self.cycle).is_none() {
                    let trouble =
                        identity.trouble.unwrap_or(Trouble { code: "identity-blank", arguments: Vec::new() });
                    cells.trouble(column::KEY, Severity::Error, trouble);
                    return None;
                }
                self.registers.confirmed_ids.push(identity.written);
            }
            "account" | "account_no" | "账号" | "银行账号" | "账户" | "共用账号" | "共用账户" =>
            {
                let reading = read_account_number(key, &mut Vec::new());
                let number = cells.need(column::KEY, reading)?;
                self.registers.shared_accounts.push(number);
            }
            _ => {
                let trouble = Trouble::written("code-unknown", &kind).with("known", "身份证号、账号");
                cells.trouble(column::KIND, Severity::Error, trouble);
                return None;
            }
        }
        Some(())
    }
}
