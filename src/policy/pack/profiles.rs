//! Roster profiles.

use toml::Spanned;
use toml::de::DeValue;

use super::super::diagnostic::PackFaults;
use super::super::profiles::{Helper, Part, ProfileFile, RosterProfile};
use super::super::rulebook::{Canonical, Field, FieldId, FieldKind, Roster, RosterId};
use super::document::{Located, Table, check_code, one_of, position, read};
use super::fields::field_id;
use crate::domain::Text;

const PARTS: [(&str, Part); 3] =
    [("list", Part::List), ("household", Part::Household), ("person", Part::Person)];
const UNITS: [(&str, ()); 3] = [("元", ()), ("万元", ()), ("元/年", ())];

fn texts(list: Vec<Located<'_, &str>>) -> Vec<Text> {
    list.into_iter().map(|item| item.value.into()).collect()
}

/// All profiles, in order of file and place.
pub(super) fn profiles(
    tables: Vec<Table<'_>>,
    fields: &[Field],
    rosters: &[Roster],
    faults: &mut PackFaults,
) -> Vec<RosterProfile> {
    let mut profiles: Vec<RosterProfile> = Vec::new();
    for mut table in tables {
        let code = table.needed::<&str>("code", faults);
        let name = table.needed::<&str>("name", faults);
        let roster = table.needed::<&str>("roster", faults).and_then(|roster| {
            position(
                &roster,
                rosters.iter().map(|roster| roster.code.as_str()),
                "policy-unknown-roster",
                faults,
            )
        });
        let active = table.maybe::<bool>("active", faults).is_some_and(|flag| flag.value);
        let hukou_from_name = table.maybe::<bool>("hukou_from_name", faults).is_some_and(|flag| flag.value);
        let carer_is_payee = table.maybe::<bool>("carer_is_payee", faults).is_some_and(|flag| flag.value);
        let on_roster = |id: FieldId| {
            usize::from(id.0) < Canonical::ALL.len()
                || roster.is_some_and(|roster| rosters[roster].extra.contains(&id))
        };
        let field = |written: &Located<'_, &str>, faults: &mut PackFaults| {
            let id = field_id(written, fields, faults)?;
            if roster.is_some() && !on_roster(id) {
                let roster = roster.map_or("", |roster| rosters[roster].code.as_str());
                faults
                    .add("policy-field-not-on-roster", written.file, written.span.clone())
                    .with("field", written.value)
                    .with("roster", roster);
                return None;
            }
            Some(id)
        };
        let illness = table.table("illness", faults).and_then(|mut illness| {
            let written = illness.needed::<&str>("field", faults);
            let id = written.as_ref().and_then(|written| field(written, faults));
            let words = texts(illness.list::<&str>("words", faults));
            if let (Some(id), Some(written)) = (id, &written)
                && !matches!(fields[usize::from(id.0)].kind, FieldKind::Flag { .. })
            {
                faults
                    .add("policy-wrong-value", written.file, written.span.clone())
                    .with("expected", "@policy-expected-flag-field");
            }
            illness.done(faults);
            Some((id?, words))
        });
        let mut instead = Vec::new();
        if let Some(list) = table.table("instead", faults) {
            for (written, value) in list.own_keys() {
                let first = field(&written, faults);
                let second =
                    read::<&str>(list.file, value, faults).and_then(|written| field(&written, faults));
                instead.extend(first.zip(second));
            }
        }
        let mut files = Vec::new();
        for file in table.tables("file", faults) {
            files.push(profile_file(file, &field, faults));
        }
        if files.is_empty() {
            table.missing("file", faults);
        }
        table.done(faults);
        let (Some(code), Some(name), Some(roster)) = (code, name, roster) else { continue };
        check_code(&code, '-', faults);
        if profiles.iter().any(|profile| profile.code == code.value) {
            faults.add("policy-twice", code.file, code.span.clone()).with("name", code.value);
        }
        profiles.push(RosterProfile {
            code: code.value.into(),
            name: name.value.into(),
            roster: RosterId(roster as u16),
            files,
            active,
            hukou_from_name,
            illness,
            instead,
            carer_is_payee,
        });
    }
    profiles
}

fn profile_file(
    mut table: Table<'_>,
    field: &impl Fn(&Located<'_, &str>, &mut PackFaults) -> Option<FieldId>,
    faults: &mut PackFaults,
) -> ProfileFile {
    let part = table.word("part", &PARTS, faults).map_or(Part::List, |part| part.value);
    let patterns = texts(table.list::<&str>("patterns", faults));
    if patterns.is_empty() {
        table.missing("patterns", faults);
    }
    let sheet = table.maybe::<&str>("sheet", faults).map(|sheet| sheet.value.into());
    let number = |key: &str, most: i64, table: &mut Table<'_>, faults: &mut PackFaults| {
        let written = table.maybe::<i64>(key, faults)?;
        if !(1..=most).contains(&written.value) {
            faults
                .add("policy-wrong-value", written.file, written.span)
                .with("expected", "@policy-expected-row");
            return None;
        }
        Some(written.value)
    };
    let header_row = number("header_row", 1_000_000, &mut table, faults).map(|row| row as u32);
    let header_rows = number("header_rows", 3, &mut table, faults).map(|rows| rows as usize);
    let unit = table.maybe::<&str>("unit", faults).and_then(|unit| {
        let text = Text::from(unit.value);
        one_of(unit, &UNITS, faults).map(|_| text)
    });
    let mut aliases: Vec<(FieldId, Vec<Text>)> = Vec::new();
    let mut seen: Vec<Text> = Vec::new();
    if let Some(list) = table.table("aliases", faults) {
        for (written, value) in list.own_keys() {
            let headers = headers(list.file, value, &mut seen, faults);
            aliases.extend(field(&written, faults).map(|id| (id, headers)));
        }
    }
    let mut columns: Vec<(Helper, Vec<Text>)> = Vec::new();
    let helpers: Vec<(&str, Helper)> = Helper::ALL.iter().map(|helper| (helper.word(), *helper)).collect();
    if let Some(list) = table.table("columns", faults) {
        for (written, value) in list.own_keys() {
            let headers = headers(list.file, value, &mut seen, faults);
            columns.extend(one_of(written, &helpers, faults).map(|word| (word.value, headers)));
        }
    }
    if part != Part::List && !columns.iter().any(|(helper, _)| *helper == Helper::HeadId) {
        faults.add("policy-profile-no-join", table.file, table.span.clone());
    }
    let ignored = texts(table.list::<&str>("ignored", faults));
    let shared: Vec<FieldId> =
        table.list::<&str>("shared", faults).iter().filter_map(|written| field(written, faults)).collect();
    table.done(faults);
    ProfileFile { part, patterns, sheet, header_row, header_rows, unit, aliases, columns, ignored, shared }
}

/// A list of headers, none of them twice in one file.
fn headers(
    file: &str,
    value: &Spanned<DeValue<'_>>,
    seen: &mut Vec<Text>,
    faults: &mut PackFaults,
) -> Vec<Text> {
    let Some(array) = value.get_ref().as_array() else {
        faults.add("policy-wrong-value", file, value.span()).with("expected", "@policy-expected-list");
        return Vec::new();
    };
    let mut headers = Vec::new();
    for item in array.iter() {
        match item.get_ref().as_str() {
            Some(text) if seen.iter().any(|known| known == text) => {
                faults.add("policy-twice", file, item.span()).with("name", text);
            }
            Some(text) => {
                seen.push(text.into());
                headers.push(text.into());
            }
            None => {
                faults.add("policy-wrong-value", file, item.span()).with("expected", "@policy-expected-text");
            }
        }
    }
    headers
}
