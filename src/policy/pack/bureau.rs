//! The pack's own table, the townships, the funds.

use rust_decimal::Decimal;

use super::super::diagnostic::PackFaults;
use super::super::rulebook::Fund;
use super::document::{Figure, Located, Table, check_code};
use crate::domain::{Division, Divisions, Text};

/// `[pack]`: what the pack is, and where.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    pub name: Text,
    pub district: Text,
    /// How rosters write the district before a township's name.
    pub district_names: Vec<Text>,
    /// The order of programmes in reports; those not named follow in order of file.
    pub order: Vec<Located<'a, &'a str>>,
}

pub(super) fn about<'a>(tables: Vec<Table<'a>>, faults: &mut PackFaults) -> About<'a> {
    let mut about = About::default();
    let mut tables = tables.into_iter();
    let Some(mut table) = tables.next() else {
        faults.add("policy-no-pack-table", "", 0..0);
        return about;
    };
    if let Some(second) = tables.next() {
        faults
            .add("policy-twice", second.file, second.span)
            .with("name", "pack")
            .beside(table.file, table.span.clone());
    }
    if let Some(name) = table.needed::<&str>("name", faults) {
        about.name = name.value.into();
    }
    if let Some(district) = table.needed::<&str>("district", faults) {
        if district.value.len() != 6 || !district.value.bytes().all(|byte| byte.is_ascii_digit()) {
            faults
                .add("policy-wrong-value", district.file, district.span.clone())
                .with("expected", "@policy-expected-district");
        }
        about.district = district.value.into();
    }
    about.district_names =
        table.list::<&str>("district_names", faults).into_iter().map(|name| name.value.into()).collect();
    about.order = table.list("order", faults);
    table.done(faults);
    about
}

pub(super) fn divisions(tables: Vec<Table<'_>>, about: &About<'_>, faults: &mut PackFaults) -> Divisions {
    let mut rows: Vec<Division> = Vec::new();
    for mut table in tables {
        let code = table.needed::<&str>("code", faults);
        let name = table.needed::<&str>("name", faults);
        let aliases = table.list::<&str>("aliases", faults);
        let quarterly = table.maybe::<bool>("quarterly", faults).is_some_and(|flag| flag.value);
        let (file, span) = (table.file, table.span.clone());
        table.done(faults);
        let (Some(code), Some(name)) = (code, name) else { continue };
        if code.value.len() != 9 || !code.value.starts_with(about.district.as_str()) {
            faults
                .add("policy-wrong-value", code.file, code.span.clone())
                .with("expected", "@policy-expected-division");
        }
        let mut aliases: Vec<Text> = aliases.into_iter().map(|alias| Text::from(alias.value)).collect();
        // Rosters also write the district before the township.
        let with_district: Vec<Text> = about
            .district_names
            .iter()
            .flat_map(|district| {
                std::iter::once(name.value)
                    .chain(aliases.iter().map(Text::as_str))
                    .map(move |rest| compact_str::format_compact!("{district}{rest}"))
            })
            .collect();
        aliases.extend(with_district);
        for other in &rows {
            let shared = std::iter::once(name.value)
                .chain(std::iter::once(code.value))
                .chain(aliases.iter().map(Text::as_str))
                .find(|text| {
                    other.code == *text || other.name == *text || other.aliases.iter().any(|a| a == text)
                });
            if let Some(shared) = shared {
                faults.add("policy-twice", file, span.clone()).with("name", shared);
            }
        }
        rows.push(Division { code: code.value.into(), name: name.value.into(), aliases, quarterly });
    }
    Divisions::new(rows)
}

pub(super) fn funds(tables: Vec<Table<'_>>, faults: &mut PackFaults) -> Vec<Fund> {
    let mut funds: Vec<Fund> = Vec::new();
    for mut table in tables {
        let code = table.needed::<&str>("code", faults);
        let name = table.needed::<&str>("name", faults);
        let sources = table.tables("sources", faults);
        if sources.is_empty() && table.raw("sources").is_none() {
            table.missing("sources", faults);
        }
        // For people; shares of money rest on a source like every other figure.
        table.maybe::<&str>("citation", faults);
        table.maybe::<&str>("status", faults);
        let (file, sources_span) = (table.file, table.key_span("sources"));
        table.done(faults);
        let mut shares = Vec::new();
        let mut sum = Some(Decimal::ZERO);
        for mut source in sources {
            let name = source.needed::<&str>("name", faults);
            let share = source.needed::<Figure>("share", faults);
            source.done(faults);
            match (name, share) {
                (Some(name), Some(share)) => {
                    sum = sum.and_then(|sum| sum.checked_add(share.value.number));
                    shares.push((Text::from(name.value), share.value.number));
                }
                _ => sum = None,
            }
        }
        if let Some(sum) = sum
            && sum != Decimal::ONE
        {
            faults
                .add("policy-shares", file, sources_span)
                .with("sum", format!("{}%", (sum * Decimal::ONE_HUNDRED).normalize()));
        }
        let (Some(code), Some(name)) = (code, name) else { continue };
        check_code(&code, '-', faults);
        if funds.iter().any(|fund| fund.code == code.value) {
            faults.add("policy-twice", code.file, code.span.clone()).with("name", code.value);
        }
        funds.push(Fund { code: code.value.into(), name: name.value.into(), sources: shares });
    }
    funds
}
