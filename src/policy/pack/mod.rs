//! The files of a pack → a [`Rulebook`], or every mistake in them.
//!
//! Any file may hold any section; a file is a way to keep things together, nothing else. Files are
//! read in order of path. Read in stages, so that each stage can name what the ones before it
//! declare: the pack itself, fields, rosters and registers, values, programmes, stacking. A stage
//! goes on after a mistake, so that all mistakes are shown at once.

mod bureau;
mod cases;
pub(in crate::policy) mod constant;
mod document;
mod fields;
mod history;
mod order;
mod profiles;
mod programmes;
mod values;

use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::DeTable;

use super::diagnostic::PackFaults;
use super::rulebook::{DatedValue, Rulebook, ValueKey};
use super::types::Names;
use crate::domain::{Finding, Place, Severity, Text};

pub use cases::{Case, CaseRow, Expected, cases};
use document::Table;
use programmes::World;

/// The default pack of the Xincheng district (DESIGN §15), as `init` writes it: path relative to
/// `policy/`, text.
pub fn xincheng() -> Vec<(String, String)> {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            vec![$((
                $name.to_owned(),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/xincheng/policy/", $name)).to_owned(),
            )),*]
        };
    }
    files![
        "cases/assistance.toml",
        "cases/children.toml",
        "cases/disability.toml",
        "cases/elderly.toml",
        "divisions.toml",
        "fields.toml",
        "funds.toml",
        "pack.toml",
        "programmes-assistance.toml",
        "programmes-children.toml",
        "programmes-disability.toml",
        "programmes-elderly.toml",
        "rosters.toml",
        "rosters/national.toml",
        "stacking.toml",
        "values.toml",
    ]
}

/// Whether a file belongs to the rules. Bank profiles and cases lie beside them and are read
/// elsewhere; they count into the digest all the same.
fn is_rule_file(path: &str) -> bool {
    path.ends_with(".toml") && !path.starts_with("banks/") && !path.starts_with("cases/")
}

/// sha256 over all files in order of path: path, length, bytes.
fn digest(files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        for part in [path, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    crate::domain::hexadecimal(&hash.finalize())
}

/// The tables of one name in all files, in order of file and place.
fn section<'a>(roots: &mut [Table<'a>], name: &str, faults: &mut PackFaults) -> Vec<Table<'a>> {
    roots.iter_mut().flat_map(|root| root.tables(name, faults)).collect()
}

/// Loads a pack from its files: path relative to `policy/` with `/` between folders, and text.
///
/// Out: the rulebook, and warnings about what is allowed and odd.
///
/// # Errors
/// Every mistake of the pack, by file and place; a pack with a mistake does not run (DESIGN §8).
pub fn load(files: &[(String, String)]) -> Result<(Rulebook, Vec<Finding>), PackFaults> {
    let mut files: Vec<(String, String)> = files.to_vec();
    files.sort();
    let mut faults = PackFaults::new(&files);
    let documents: Vec<(&str, &str, Spanned<DeTable<'_>>)> = files
        .iter()
        .filter(|(path, _)| is_rule_file(path))
        .map(|(path, text)| {
            let (table, errors) = DeTable::parse_recoverable(text);
            for error in errors {
                faults.add("policy-toml", path, error.span().unwrap_or(0..0)).with("detail", error.message());
            }
            (path.as_str(), text.as_str(), table)
        })
        .collect();
    // What a broken line hides would be missed everywhere else: first the form, then the meaning.
    let loaded = if faults.is_empty() { read(&files, &documents, &mut faults) } else { None };
    faults.sort();
    match loaded {
        Some(loaded) if faults.is_empty() => Ok(loaded),
        _ => Err(faults),
    }
}

fn read(
    files: &[(String, String)],
    documents: &[(&str, &str, Spanned<DeTable<'_>>)],
    faults: &mut PackFaults,
) -> Option<(Rulebook, Vec<Finding>)> {
    let mut roots: Vec<Table<'_>> =
        documents.iter().map(|(path, _, table)| Table::new(path, 0..0, table.get_ref())).collect();
    let packs: Vec<Table<'_>> = roots.iter_mut().filter_map(|root| root.table("pack", faults)).collect();
    let about = bureau::about(packs, faults);
    let divisions = bureau::divisions(section(&mut roots, "division", faults), &about, faults);
    let funds = bureau::funds(section(&mut roots, "fund", faults), faults);
    let fields = fields::fields(section(&mut roots, "field", faults), faults);
    let rosters = fields::rosters(section(&mut roots, "roster", faults), &fields, faults);
    let profiles = profiles::profiles(section(&mut roots, "profile", faults), &fields, &rosters, faults);
    let registers = fields::registers(section(&mut roots, "register", faults), &fields, faults);
    let drafts = values::values(section(&mut roots, "value", faults), &fields, faults);

    let programmes = section(&mut roots, "programme", faults);
    let stackings = section(&mut roots, "stacking", faults);
    for root in roots {
        root.done(faults);
    }
    let programmes = in_order(programmes, documents, &about, faults);
    let named = programmes::names_of(&programmes);
    let (values, value_places): (Vec<DatedValue>, Vec<_>) =
        drafts.into_iter().map(|draft| (draft.value, (draft.file, draft.span))).unzip();
    let world = World {
        fields: &fields,
        rosters: &rosters,
        registers: &registers,
        values: &values,
        funds: &funds,
        programmes: &named,
    };
    let names = Names::new(&fields, world.values, world.registers, &named);
    let mut placed: Vec<_> = programmes
        .into_iter()
        .map(|(table, source)| programmes::programme(table, source, &world, &names, faults))
        .collect();
    let (stacking, stacking_citations): (Vec<_>, Vec<_>) =
        order::stacking(stackings, &world, faults).into_iter().unzip();
    let order = order::connect(&mut placed, &stacking, faults);
    let placed = placed.into_iter().collect::<Option<Vec<_>>>()?;
    let rulebook = Rulebook {
        name: about.name,
        district: about.district,
        digest: digest(files),
        divisions,
        programmes: placed.into_iter().map(|placed| placed.rule).collect(),
        order,
        stacking,
        stacking_citations,
        funds,
        fields,
        rosters,
        profiles,
        registers,
        values,
    };
    let findings = oddities(&rulebook, &value_places, documents);
    Some((rulebook, findings))
}

/// Programmes in the order that `pack.order` names; others follow in order of file and place.
fn in_order<'a>(
    tables: Vec<Table<'a>>,
    documents: &'a [(&'a str, &'a str, Spanned<DeTable<'a>>)],
    about: &bureau::About<'_>,
    faults: &mut PackFaults,
) -> Vec<(Table<'a>, &'a str)> {
    let names: Vec<_> = tables
        .into_iter()
        .map(|table| {
            let source =
                documents.iter().find(|(path, ..)| *path == table.file).map_or("", |(_, text, _)| *text);
            (table, source)
        })
        .collect();
    let codes = programmes::names_of(&names);
    for (position, named) in codes.iter().enumerate() {
        if let Some(first) = codes[..position].iter().position(|other| other.code == named.code) {
            let (twice, first) = (&names[position].0, &names[first].0);
            faults
                .add("policy-twice", twice.file, twice.span.clone())
                .with("name", &named.code)
                .beside(first.file, first.span.clone());
        }
    }
    for wanted in &about.order {
        document::position(
            wanted,
            codes.iter().map(|named| named.code.as_str()),
            "policy-unknown-programme",
            faults,
        );
    }
    let rank = |code: &Text| {
        about.order.iter().position(|wanted| *code == wanted.value).unwrap_or(about.order.len())
    };
    let mut ranked: Vec<_> =
        names.into_iter().zip(codes).map(|(table, named)| (rank(&named.code), table)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, table)| table).collect()
}

/// What is allowed, and probably not meant.
fn oddities(
    rulebook: &Rulebook,
    places: &[(&str, std::ops::Range<usize>)],
    documents: &[(&str, &str, Spanned<DeTable<'_>>)],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, (value, (file, span))) in rulebook.values.iter().zip(places).enumerate() {
        let text = documents.iter().find(|(path, ..)| path == file).map_or("", |(_, text, _)| *text);
        let row = text[..span.start.min(text.len())].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let place = Place { file: Text::from(*file), row: row as u32, ..Place::default() };
        let asked = rulebook
            .programmes
            .iter()
            .any(|rule| rule.asks.values.iter().any(|id| usize::from(id.0) == position));
        if !asked {
            findings.push(
                Finding::new("policy-value-unused", Severity::Warning, place.clone())
                    .with("value", &value.code),
            );
        }
        for (axis, key) in value.keys.iter().enumerate() {
            let ValueKey::Code(field) = key else { continue };
            let super::rulebook::FieldKind::Code(table) = &rulebook.field(*field).kind else { continue };
            for (code, entry) in table.iter().enumerate() {
                let wanted = super::rulebook::KeyPart::Code(code as u16);
                if !value.entries.iter().any(|dated| dated.key.get(axis) == Some(&wanted)) {
                    findings.push(
                        Finding::new("policy-key-without-value", Severity::Warning, place.clone())
                            .with("value", &value.code)
                            .with("key", &entry.code),
                    );
                }
            }
        }
    }
    findings
}
