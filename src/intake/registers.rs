//! The registers (DESIGN §7): deaths, accounts, changes, links, payees, confirmed, and those that
//! the pack declares. They are read by the same rules as rosters; a row that cannot be read is set
//! aside with a finding and the others hold.

use std::collections::BTreeMap;

use super::claim::{Cell, Change, Link, NamedPayee, RegisterRow, Registers};
use super::fields::{Fields, Origin, canonical, read_kind};
use super::files::{begins_with, split_ending};
use super::header::{self, Header, Names};
use super::layout::{self, Class};
use super::roster::{Input, unreadable};
use super::rows::Stand;
use super::values::dates::{read_date, read_month};
use super::values::identity::{cleaned, read_identity};
use super::values::names::{read_account_number, read_name};
use super::values::texts::{read_label, read_text, squeezed};
use super::values::{Reading, Trouble};
use crate::domain::{
    Account, Beneficiary, Border, Exit, Fault, FileId, Finding, Money, Month, ResidentId, Severity, Tally,
    Text,
};
use crate::formats::{self, Row, RowState};
use crate::policy::{Blank, Canonical, FieldId, Roster, RosterId, Rulebook};

/// The registers the program itself knows, in the order in which they are read: confirmed numbers
/// first, because the others may hold them.
const KNOWN: [&str; 6] = ["confirmed", "deaths", "accounts", "changes", "links", "payees"];

/// The columns of the registers, as positions that headers are mapped to.
mod column {
    use crate::policy::FieldId;

    pub const PERSON: FieldId = FieldId(0);
    pub const DIED: FieldId = FieldId(1);
    pub const BANK: FieldId = FieldId(2);
    pub const NUMBER: FieldId = FieldId(3);
    pub const HOLDER: FieldId = FieldId(4);
    pub const FROM: FieldId = FieldId(5);
    pub const UNTIL: FieldId = FieldId(6);
    pub const FIELD: FieldId = FieldId(7);
    pub const VALUE: FieldId = FieldId(8);
    pub const DOCUMENT: FieldId = FieldId(9);
    pub const KIND: FieldId = FieldId(10);
    pub const OLD: FieldId = FieldId(11);
    pub const NEW: FieldId = FieldId(12);
    pub const KEY: FieldId = FieldId(13);
    pub const PAYEE: FieldId = FieldId(14);
    pub const PAYEE_NAME: FieldId = FieldId(15);
    /// Columns that a pack's register declares follow.
    pub const FURTHER: u16 = 100;
}

/// Headers of the known registers' columns; the first is DESIGN §7's.
const HEADERS: [(FieldId, &[&str]); 16] = [
    (column::PERSON, &["身份证号", "身份证号码", "公民身份号码", "证件号码", "resident_id"]),
    (column::DIED, &["死亡日期", "死亡时间", "去世日期", "died_on"]),
    (column::BANK, &["开户银行", "开户行", "银行名称", "bank"]),
    (column::NUMBER, &["银行账号", "账号", "卡号", "银行卡号", "account_no"]),
    (column::HOLDER, &["账户名称", "户名", "账户名", "开户名", "account_name"]),
    (column::FROM, &["起始月份", "生效月份", "开始月份", "from"]),
    (column::UNTIL, &["终止月份", "截止月份", "结束月份", "until"]),
    (column::FIELD, &["字段", "field"]),
    (column::VALUE, &["新值", "value"]),
    (column::DOCUMENT, &["文号", "依据文号", "document"]),
    (column::KIND, &["类别", "kind"]),
    (column::OLD, &["旧编号", "old"]),
    (column::NEW, &["新编号", "new"]),
    (column::KEY, &["编号", "key"]),
    (column::PAYEE, &["领款人身份证号", "payee_id"]),
    (column::PAYEE_NAME, &["领款人姓名", "payee_name"]),
];

/// Which columns a register needs, the first of which finds its header.
fn needed(register: &str) -> &'static [FieldId] {
    use column::*;
    match register {
        "deaths" => &[PERSON, DIED],
        "accounts" => &[PERSON, BANK, NUMBER, HOLDER, FROM],
        "changes" => &[PERSON, FIELD, VALUE, FROM],
        "links" => &[OLD, KIND, NEW, FROM],
        "payees" => &[KEY, PAYEE_NAME, BANK, NUMBER, HOLDER, FROM],
        "confirmed" => &[KEY, KIND],
        _ => &[PERSON],
    }
}

/// Reads all registers as known today. `inputs` are the files of `registers/`; a file belongs to the
/// register whose name its stem is, or begins with before `-`, `_` or a space.
///
/// Gives the registers, what was noticed, and one border per register (`register-<name>`: rows in,
/// rows read, rows set aside).
///
/// # Errors
/// A [`Fault`] with exit 3 for a file that cannot be read whole.
pub fn read_registers(
    rulebook: &Rulebook,
    cycle: Month,
    inputs: &[Input<'_>],
) -> Result<(Registers, Vec<Finding>, Vec<Border>), Fault> {
    let mut registers = Registers {
        listed: vec![rustc_hash::FxHashMap::default(); rulebook.registers.len()],
        ..Registers::default()
    };
    let mut findings = Vec::new();
    let mut borders = Vec::new();
    let declared =
        rulebook.registers.iter().map(|rule| rule.code.as_str()).filter(|code| !KNOWN.contains(code));
    let names: Vec<&str> = KNOWN.into_iter().chain(declared).collect();
    let mut by_register: BTreeMap<usize, Vec<&Input<'_>>> = BTreeMap::new();
    for input in inputs {
        let base = input.name.rsplit('/').next().unwrap_or(input.name);
        let stem = split_ending(base).map(|(stem, _)| stem);
        let register = stem.and_then(|stem| {
            let matching = names.iter().enumerate().filter(|(_, name)| begins_with(stem, name));
            matching.max_by_key(|(_, name)| name.len()).map(|(position, _)| position)
        });
        match register {
            Some(register) => by_register.entry(register).or_default().push(input),
            None => {
                let place = crate::domain::Place { file: input.name.into(), ..Default::default() };
                findings.push(
                    Finding::new("register-unknown", Severity::Warning, place)
                        .with("known", names.join("、")),
                );
            }
        }
    }
    for (register, inputs) in by_register {
        let name = names[register];
        let mut reader = Reader { rulebook, cycle, registers, findings, tally: RegisterTally::default() };
        for input in inputs {
            reader.read_file(name, input)?;
        }
        borders.push(reader.tally.border(name));
        registers = reader.registers;
        findings = reader.findings;
    }
    for accounts in registers.accounts.values_mut() {
        accounts.sort_by_key(|(from, _)| *from);
    }
    for payees in registers.payees.values_mut() {
        payees.sort_by_key(|payee| payee.from);
    }
    Ok((registers, findings, borders))
}

#[derive(Debug, Default)]
struct RegisterTally {
    entered: Tally,
    out: Tally,
    aside: Tally,
}

impl RegisterTally {
    fn border(&self, register: &str) -> Border {
        let mut set_aside = Vec::new();
        if self.aside.count > 0 {
            set_aside.push(("unreadable".to_owned(), self.aside));
        }
        Border { name: "register-rows", of: register.into(), entered: self.entered, out: self.out, set_aside }
    }
}

struct Reader<'a> {
    rulebook: &'a Rulebook,
    cycle: Month,
    registers: Registers,
    findings: Vec<Finding>,
    tally: RegisterTally,
}

/// One row being read: its cells by column, and the troubles met.
struct Cells<'r, 't> {
    row: &'r Row<'r, 't>,
    header: &'r Header,
    troubles: Vec<(Option<usize>, Severity, Trouble)>,
}

const EMPTY: formats::Cell<'static> = formats::Cell::Empty;

impl<'r, 't> Cells<'r, 't> {
    fn at(&self, column: FieldId) -> &'r formats::Cell<'t> {
        let found = self.header.column(column).and_then(|column| self.row.cells.get(column.index));
        found.unwrap_or(&EMPTY)
    }

    /// A value; trouble is kept, blank or troubled is `None`.
    fn take<T>(&mut self, column: FieldId, reading: Reading<T>) -> Option<T> {
        match reading {
            Ok(value) => value,
            Err(trouble) => {
                self.trouble(column, Severity::Error, trouble);
                None
            }
        }
    }

    /// A needed value: blank is trouble too.
    fn need<T>(&mut self, column: FieldId, reading: Reading<T>) -> Option<T> {
        let blank = matches!(reading, Ok(None));
        if blank {
            self.trouble(column, Severity::Error, Trouble { code: "needed-blank", arguments: Vec::new() });
        }
        self.take(column, reading)
    }

    fn trouble(&mut self, column: FieldId, severity: Severity, trouble: Trouble) {
        let index = self.header.column(column).map(|column| column.index);
        self.troubles.push((index, severity, trouble));
    }

    fn text(&mut self, column: FieldId) -> Text {
        let reading = read_text(self.at(column));
        self.take(column, reading).unwrap_or_default()
    }

    fn label(&mut self, column: FieldId) -> Option<Text> {
        let reading = read_label(self.at(column));
        self.need(column, reading)
    }

    fn month(&mut self, column: FieldId) -> Option<Month> {
        let reading = read_month(self.at(column), true, false, &mut Vec::new());
        self.need(column, reading)
    }

    fn optional_month(&mut self, column: FieldId) -> Result<Option<Month>, ()> {
        match read_month(self.at(column), true, false, &mut Vec::new()) {
            Ok(month) => Ok(month),
            Err(trouble) => {
                self.trouble(column, Severity::Error, trouble);
                Err(())
            }
        }
    }

    fn account(&mut self) -> Option<Account> {
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

impl Reader<'_> {
    fn names(&self, register: &str) -> (Names, Vec<FieldId>) {
        let mut names = Names::new(needed(register)[0]);
        let rule = self.rulebook.registers.iter().find(|rule| rule.code == register);
        let mut further = Vec::new();
        if let Some(rule) = rule {
            for (column, headers) in [
                (column::PERSON, &rule.id_headers),
                (column::FROM, &rule.from_headers),
                (column::UNTIL, &rule.until_headers),
            ] {
                headers.iter().for_each(|header| names.add(header, column));
            }
            for (position, field) in rule.columns.iter().enumerate() {
                let column = FieldId(column::FURTHER + position as u16);
                let rule = self.rulebook.field(*field);
                rule.headers.iter().chain([&rule.code]).for_each(|header| names.add(header, column));
                further.push(*field);
            }
        }
        for (column, headers) in HEADERS {
            headers.iter().for_each(|header| names.add(header, column));
        }
        (names, further)
    }

    fn read_file(&mut self, register: &str, input: &Input<'_>) -> Result<(), Fault> {
        let (names, further) = self.names(register);
        let document = match header::open(input.bytes, &names) {
            Ok(document) => document,
            Err(fault) => return Err(unreadable(input.name, &fault)),
        };
        let delimited = document.form == formats::Form::Delimited;
        let mut read = false;
        for (index, sheet) in document.sheets.iter().enumerate() {
            let stand = Stand {
                file: FileId(0),
                file_name: input.name,
                sheet: if delimited { 0 } else { index as u16 + 1 },
                sheet_name: &sheet.name,
                delimited,
            };
            if !sheet.visible {
                self.findings.push(Finding::new(
                    "sheet-hidden",
                    Severity::Warning,
                    stand.place(0, Text::default()),
                ));
                continue;
            }
            let Ok((header, rest)) = header::find(sheet, &names) else { continue };
            let missing: Vec<&str> = needed(register)
                .iter()
                .filter(|column| header.column(**column).is_none())
                .filter_map(|column| HEADERS.iter().find(|(known, _)| known == column))
                .map(|(_, headers)| headers[0])
                .collect();
            if !missing.is_empty() {
                return Err(Fault::new(Exit::Refused, "register-column-missing")
                    .with("file", input.name)
                    .with("columns", missing.join("、")));
            }
            read = true;
            let mut rows = sheet.rows(rest);
            while let Some(row) = rows.next_row() {
                let class = layout::classify(&row, &header, needed(register)[0], false);
                match class {
                    Class::Blank | Class::NumberOnly => continue,
                    Class::Note(text) | Class::Section { title: text, .. } => {
                        let place = stand.place(row.number, Text::default());
                        let written = super::values::shortened(&text);
                        self.findings
                            .push(Finding::new("row-note", Severity::Info, place).with("written", written));
                        continue;
                    }
                    Class::Data | Class::Unclear(_) | Class::Total(_) => {}
                }
                self.read_row(register, &header, &further, &row, stand);
            }
        }
        if read {
            return Ok(());
        }
        let expected = HEADERS.iter().filter(|(column, _)| needed(register).contains(column));
        let expected: Vec<&str> = expected.map(|(_, headers)| headers[0]).collect();
        Err(Fault::new(Exit::Refused, "register-no-header")
            .with("file", input.name)
            .with("columns", expected.join("、")))
    }

    fn read_row(
        &mut self,
        register: &str,
        header: &Header,
        further: &[FieldId],
        row: &Row<'_, '_>,
        stand: Stand<'_>,
    ) {
        self.tally.entered.add(Money::ZERO);
        // What is left of a cell that is struck through in part is not what its writer meant (READING 5).
        let mut readable: Vec<formats::Cell<'_>> = Vec::new();
        let document = header.column(column::DOCUMENT).map(|column| column.index);
        if !row.struck.is_empty() {
            readable.extend_from_slice(row.cells);
            for index in
                row.struck.iter().map(|index| *index as usize).filter(|index| Some(*index) != document)
            {
                if let Some(cell) = readable.get_mut(index) {
                    *cell = formats::Cell::Error(formats::cell::STRUCK_THROUGH.into());
                }
            }
        }
        let row = &Row { cells: if readable.is_empty() { row.cells } else { &readable }, ..*row };
        let mut cells = Cells { row, header, troubles: Vec::new() };
        let read = if row.state == RowState::Plain {
            self.take_row(register, further, &mut cells)
        } else {
            let code = match row.state {
                RowState::Undecodable => "line-encoding",
                RowState::OpenQuote => "quotation-mark-open",
                RowState::Struck => "row-struck",
                RowState::Hidden | RowState::Plain => "row-hidden",
            };
            cells.troubles.push((None, Severity::Error, Trouble { code, arguments: Vec::new() }));
            None
        };
        if read.is_some() {
            self.tally.out.add(Money::ZERO);
        } else {
            self.tally.aside.add(Money::ZERO);
        }
        let resident = match cells.at(column::PERSON) {
            formats::Cell::Text(text) => ResidentId::parse(&cleaned(text), self.cycle).ok(),
            _ => None,
        };
        for (index, severity, trouble) in cells.troubles {
            let column = index.map_or(Text::default(), |index| header.label(index));
            let mut finding =
                Finding::new(trouble.code, severity, stand.place(row.number, column)).about(resident, "");
            finding.arguments = trouble.arguments;
            self.findings.push(finding);
        }
    }

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

    fn needed_person(&self, cells: &mut Cells<'_, '_>) -> Option<ResidentId> {
        let blank = cells.at(column::PERSON).is_blank();
        if blank {
            let trouble = Trouble { code: "identity-blank", arguments: Vec::new() };
            cells.trouble(column::PERSON, Severity::Error, trouble);
        }
        self.person(cells, column::PERSON)
    }

    fn take_row(&mut self, register: &str, further: &[FieldId], cells: &mut Cells<'_, '_>) -> Option<()> {
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
        let open_end = super::fields::is_end(&rule.code) && rule.blank == Blank::Empty;
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
                let township = super::values::codes::find_township(township, &self.rulebook.divisions);
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
                let township = super::values::codes::find_township(township, &self.rulebook.divisions);
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

    /// A change sheet's row. Where its value or its months cannot be read, the old value does not hold either: the
    /// field is unreadable from its month, or the cycle, on. Where it does not say which field, nothing of the person
    /// can be decided in its months.
    fn change(&mut self, cells: &mut Cells<'_, '_>) -> Option<Change> {
        let person = self.needed_person(cells);
        let written = cells.text(column::FIELD);
        let field = self.field_named(&written);
        if field.is_none() && !matches!(cells.at(column::FIELD), formats::Cell::Error(_)) {
            let trouble = Trouble::written("change-field-unknown", &written);
            cells.trouble(column::FIELD, Severity::Error, trouble);
        }
        let reading = super::values::texts::shown(cells.at(column::VALUE))
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
