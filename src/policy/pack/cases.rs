//! `cases/*.toml`: facts in, expected decisions out. Read here, with the places of mistakes; run by
//! the conductor of `policy test`, through the same reading and the same assessment as any roster.

use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::diagnostic::PackFaults;
use super::super::rulebook::{BenefitUnit, Field, FieldKind, RosterId, Rulebook};
use super::document::{Located, Read, Table, as_table, position, read};
use crate::domain::{Money, Month, Programme, Text};

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it shows, a sentence.
    pub name: Text,
    /// The file it stands in.
    pub file: Text,
    /// Its line there.
    pub line: u32,
    /// The benefit months, ascending.
    pub months: Vec<Month>,
    /// The cycle whose knowledge counts: the last month, if not stated.
    pub cycle: Month,
    /// People: label and day of birth.
    pub persons: Vec<(Text, NaiveDate)>,
    /// Rows by roster. A roster that is not named is there and empty.
    pub rosters: Vec<(RosterId, Vec<CaseRow>)>,
    /// Rosters the months do not have at all.
    pub missing: Vec<RosterId>,
    /// Rows of registers, by file name.
    pub registers: Vec<(Text, Vec<CaseRow>)>,
    /// What must come out.
    pub expected: Vec<Expected>,
}

/// A row of a roster or register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Whose: position in [`Case::persons`].
    pub person: usize,
    /// The only month it stands in; none: every month.
    pub only: Option<Month>,
    /// Column header and text, as a township would write it.
    pub cells: Vec<(Text, String)>,
}

/// An expected decision. What is not stated is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Programme.
    pub programme: Programme,
    /// Whose: position in [`Case::persons`]; for a household programme, a member.
    pub person: usize,
    /// Benefit month.
    pub month: Month,
    /// Row of the roster, from 1, where one person has several.
    pub row: Option<u32>,
    /// Outcome word.
    pub outcome: Option<Text>,
    /// Yuan: of everything the person gets from the programme in the month.
    pub amount: Option<Money>,
    /// Clause that refuses.
    pub clause: Option<Text>,
    /// Reason as in `decisions.csv`.
    pub reason: Option<Text>,
    /// Line in the file.
    pub line: u32,
}

/// A day: a TOML date, or a text of that form.
struct Day(NaiveDate);

impl<'a> Read<'a> for Day {
    fn read(value: &'a DeValue<'a>) -> Result<Day, &'static str> {
        let text = match value {
            DeValue::Datetime(date) => date.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        text.parse().map(Day).map_err(|_| "@policy-expected-day")
    }
}

/// Any plain value, as the text a cell would hold; yes and no are given by the caller.
enum Plain {
    Text(String),
    Flag(bool),
}

impl<'a> Read<'a> for Plain {
    fn read(value: &'a DeValue<'a>) -> Result<Plain, &'static str> {
        Ok(match value {
            DeValue::String(text) => Plain::Text(text.to_string()),
            DeValue::Integer(integer) => Plain::Text(integer.as_str().to_owned()),
            DeValue::Float(float) => Plain::Text(float.as_str().to_owned()),
            DeValue::Boolean(flag) => Plain::Flag(*flag),
            DeValue::Datetime(date) => Plain::Text(date.to_string()),
            _ => return Err("@policy-expected-cell"),
        })
    }
}

/// Reads the cases of a pack: its files under `cases/`, in order of path and place.
///
/// # Errors
/// Every mistake in them, by file and place.
pub fn cases(files: &[(String, String)], rulebook: &Rulebook) -> Result<Vec<Case>, PackFaults> {
    let mut files: Vec<(String, String)> = files
        .iter()
        .filter(|(path, _)| path.starts_with("cases/") && path.ends_with(".toml"))
        .cloned()
        .collect();
    files.sort();
    let mut faults = PackFaults::new(&files);
    let mut cases = Vec::new();
    for (path, text) in &files {
        let (table, errors) = DeTable::parse_recoverable(text);
        let broken = !errors.is_empty();
        for error in errors {
            faults.add("policy-toml", path, error.span().unwrap_or(0..0)).with("detail", error.message());
        }
        if broken {
            continue;
        }
        let mut root = Table::new(path, 0..0, table.get_ref());
        for table in root.tables("case", &mut faults) {
            cases.extend(case(table, text, rulebook, &mut faults));
        }
        root.done(&mut faults);
    }
    faults.sort();
    if faults.is_empty() { Ok(cases) } else { Err(faults) }
}

fn line(text: &str, span: &Range<usize>) -> u32 {
    let before = text.get(..span.start).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1
}

fn case(mut table: Table<'_>, text: &str, rulebook: &Rulebook, faults: &mut PackFaults) -> Option<Case> {
    let name = table.needed::<&str>("name", faults);
    let (file, span) = (table.file, table.span.clone());
    let mut months: Vec<Month> =
        table.list::<Month>("months", faults).into_iter().map(|month| month.value).collect();
    months.extend(table.maybe::<Month>("month", faults).map(|month| month.value));
    months.sort_unstable();
    months.dedup();
    if months.is_empty() {
        table.missing("month", faults);
    }
    let cycle = table.maybe::<Month>("cycle", faults).map(|month| month.value);
    let persons: Vec<(Text, NaiveDate)> = match table.table("persons", faults) {
        None => Vec::new(),
        Some(persons) => persons
            .own_keys()
            .into_iter()
            .filter_map(|(label, born)| {
                let born = read::<Day>(file, born, faults)?;
                Some((Text::from(label.value), born.value.0))
            })
            .collect(),
    };
    if persons.is_empty() {
        table.missing("persons", faults);
    }
    let people = People { persons: &persons, rulebook };
    let rosters = table.table("rosters", faults);
    let mut read_rosters = Vec::new();
    for (code, value) in rosters.iter().flat_map(Table::own_keys) {
        let codes = rulebook.rosters.iter().map(|roster| roster.code.as_str());
        let Some(roster) = position(&code, codes, "policy-unknown-roster", faults) else { continue };
        let id = RosterId(roster as u16);
        read_rosters.push((id, people.rows(file, value, Some(id), faults)));
    }
    let mut registers = Vec::new();
    let registers_table = table.table("registers", faults);
    for (code, value) in registers_table.iter().flat_map(Table::own_keys) {
        registers.push((Text::from(code.value), people.rows(file, value, None, faults)));
    }
    let missing = table
        .list::<&str>("missing", faults)
        .iter()
        .filter_map(|code| {
            let codes = rulebook.rosters.iter().map(|roster| roster.code.as_str());
            position(code, codes, "policy-unknown-roster", faults).map(|found| RosterId(found as u16))
        })
        .collect();
    let rows = table.tables("expect", faults);
    if rows.is_empty() {
        table.missing("expect", faults);
    }
    let last = months.last().copied();
    let expected =
        rows.into_iter().filter_map(|row| people.expected(row, text, &months, faults)).collect::<Vec<_>>();
    table.done(faults);
    Some(Case {
        name: name?.value.into(),
        file: file.into(),
        line: line(text, &span),
        cycle: cycle.or(last)?,
        months,
        persons,
        rosters: read_rosters,
        missing,
        registers,
        expected,
    })
}

struct People<'p> {
    persons: &'p [(Text, NaiveDate)],
    rulebook: &'p Rulebook,
}

impl People<'_> {
    fn person(&self, table: &mut Table<'_>, faults: &mut PackFaults) -> Option<usize> {
        let Some(written) = table.maybe::<&str>("person", faults) else { return Some(0) };
        position(
            &written,
            self.persons.iter().map(|(label, _)| label.as_str()),
            "case-unknown-person",
            faults,
        )
    }

    fn rows<'a>(
        &self,
        file: &'a str,
        value: &'a Spanned<DeValue<'a>>,
        roster: Option<RosterId>,
        faults: &mut PackFaults,
    ) -> Vec<CaseRow> {
        let Some(list) = value.get_ref().as_array() else {
            faults.add("policy-wrong-value", file, value.span()).with("expected", "@policy-expected-tables");
            return Vec::new();
        };
        list.iter().filter_map(|item| self.row(as_table(file, item, faults)?, roster, faults)).collect()
    }

    fn row(
        &self,
        mut table: Table<'_>,
        roster: Option<RosterId>,
        faults: &mut PackFaults,
    ) -> Option<CaseRow> {
        let person = self.person(&mut table, faults);
        let only = table.maybe::<Month>("only", faults).map(|month| month.value);
        let mut cells = Vec::new();
        for (key, value) in table.own_keys() {
            if ["person", "only"].contains(&key.value) {
                continue;
            }
            let Some(plain) = read::<Plain>(table.file, value, faults) else { continue };
            let field = match roster {
                None => None,
                Some(roster) => match self.field(&key, roster, faults) {
                    Some(field) => Some(field),
                    None => continue,
                },
            };
            let header = field.and_then(|field| field.headers.first()).map_or(key.value, Text::as_str);
            let text = match (plain.value, field.map(|field| &field.kind)) {
                (Plain::Text(text), Some(FieldKind::Code(table))) => {
                    // A code stands for its first word, as a township would write it.
                    let entry = table.iter().find(|entry| entry.code == text);
                    entry.and_then(|entry| entry.words.first()).map_or(text, Text::to_string)
                }
                (Plain::Text(text), _) => text,
                (Plain::Flag(flag), Some(FieldKind::Flag { yes, no })) => {
                    (if flag { yes } else { no }).first().map(Text::to_string).unwrap_or_default()
                }
                (Plain::Flag(flag), _) => (if flag { "是" } else { "否" }).to_owned(),
            };
            cells.push((header.into(), text));
        }
        Some(CaseRow { person: person?, only, cells })
    }

    /// A column of a roster, by code or header.
    fn field(&self, key: &Located<'_, &str>, roster: RosterId, faults: &mut PackFaults) -> Option<&Field> {
        let rule = self.rulebook.roster(roster);
        let on_roster = self.rulebook.fields.iter().enumerate().filter(|(position, _)| {
            *position < super::super::rulebook::Canonical::ALL.len()
                || rule.extra.iter().any(|extra| usize::from(extra.0) == *position)
        });
        let fields: Vec<&Field> = on_roster.map(|(_, field)| field).collect();
        let found = fields
            .iter()
            .find(|field| field.code == key.value || field.headers.iter().any(|header| header == key.value));
        if let Some(found) = found {
            return Some(found);
        }
        let codes = fields.iter().map(|field| field.code.as_str());
        position(key, codes, "policy-unknown-field", faults).map(|found| fields[found])
    }

    fn expected(
        &self,
        mut table: Table<'_>,
        text: &str,
        months: &[Month],
        faults: &mut PackFaults,
    ) -> Option<Expected> {
        let programme = table.needed::<&str>("programme", faults).and_then(|code| {
            let codes = self.rulebook.programmes.iter().map(|rule| rule.code.as_str());
            position(&code, codes, "policy-unknown-programme", faults)
        });
        let person = self.person(&mut table, faults);
        let month = match table.maybe::<Month>("month", faults) {
            Some(month) => {
                if !months.contains(&month.value) {
                    faults
                        .add("case-other-month", month.file, month.span)
                        .with("month", month.value.to_string());
                }
                Some(month.value)
            }
            None => months.last().copied(),
        };
        let words: Vec<(&'static str, &'static str)> =
            ["entitled", "nil", "refused", "barred", "not-current", "deferred", "rejected", "none"]
                .into_iter()
                .map(|word| (word, word))
                .collect();
        let outcome = table.word("outcome", &words, faults).map(|word| Text::from(word.value));
        let amount = table.maybe::<Plain>("amount", faults).and_then(|written| {
            let amount = match &written.value {
                Plain::Text(text) => text.parse::<Money>().ok(),
                Plain::Flag(_) => None,
            };
            if amount.is_none() {
                faults
                    .add("policy-wrong-value", written.file, written.span)
                    .with("expected", "@policy-expected-yuan");
            }
            amount
        });
        let clause = table.maybe::<&str>("clause", faults);
        if let (Some(programme), Some(clause)) = (programme, &clause) {
            let clauses = &self.rulebook.programmes[programme].clauses;
            let ids = clauses.iter().map(|clause| clause.id.as_str());
            position(clause, ids, "case-unknown-clause", faults);
        }
        let clause = clause.map(|clause| Text::from(clause.value));
        let reason = table.maybe::<&str>("reason", faults).map(|reason| Text::from(reason.value));
        let row = table.maybe::<i64>("row", faults).and_then(|row| u32::try_from(row.value).ok());
        let line = line(text, &table.span);
        if outcome.is_none() && amount.is_none() && clause.is_none() && reason.is_none() {
            table.missing("outcome", faults);
        }
        table.done(faults);
        Some(Expected {
            programme: Programme(programme? as u16),
            person: person?,
            month: month?,
            row,
            outcome,
            amount,
            clause,
            reason,
            line,
        })
    }
}

impl Rulebook {
    /// Whether a programme is decided for households.
    pub fn is_household(&self, programme: Programme) -> bool {
        self.rule(programme).unit == BenefitUnit::Household
    }
}
