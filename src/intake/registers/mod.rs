//! The registers (DESIGN §7): deaths, accounts, changes, links, payees, confirmed, and those that
//! the pack declares. They are read by the same rules as rosters; a row that cannot be read is set
//! aside with a finding and the others hold.
//!
//! | part | what it is |
//! |---|---|
//! | `columns` | the registers that the program knows, and their headers |
//! | `cells` | one row being read |
//! | `entries` | one row → one entry |
//! | `change` | an entry of a change sheet |

mod cells;
mod change;
mod columns;
mod entries;

use std::collections::BTreeMap;

use self::cells::Cells;
use self::columns::{HEADERS, KNOWN, column, needed};
use super::claim::Registers;
use super::files::{begins_with, split_ending};
use super::header::{self, Header, Names};
use super::layout::{self, Class};
use super::roster::{Input, unreadable};
use super::rows::Stand;
use super::values::Trouble;
use super::values::identity::cleaned;
use crate::domain::{Border, Exit, Fault, FileId, Finding, Money, Month, ResidentId, Severity, Tally, Text};
use crate::formats::{self, Row, RowState};
use crate::policy::{FieldId, Rulebook};

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
            self.unread_columns(&header, &names, stand);
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

    /// Columns of a register that nothing reads: for the record, and one by one where the header is almost a known one.
    fn unread_columns(&mut self, header: &Header, names: &Names, stand: Stand<'_>) {
        let known = ["姓名", "备注", "乡镇街道", "社区村", "name"];
        let unread = header.columns.iter().filter(|column| {
            let plain = header::normalised(&column.written);
            column.field.is_none() && header.serial != Some(column.index) && !known.contains(&plain.as_str())
        });
        let mut labels: Vec<Text> = Vec::new();
        for column in unread {
            let label = header.label(column.index);
            if let Some(name) = names.near(&column.written) {
                let place = stand.place(header.row, label.clone());
                self.findings.push(Finding::new("column-near", Severity::Warning, place).with("field", name));
            }
            labels.push(label);
        }
        if !labels.is_empty() {
            let place = stand.place(header.row, Text::default());
            let shown = labels[..labels.len().min(40)].join("; ");
            self.findings
                .push(Finding::new("columns-not-read", Severity::Info, place).with("columns", shown));
        }
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
}
