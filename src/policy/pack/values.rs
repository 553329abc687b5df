//! Dated values: what a figure was from when, for whom, by which source.

use std::ops::Range;

use rust_decimal::Decimal;

use super::super::dated::{Rounding, RoundingMode};
use super::super::diagnostic::PackFaults;
use super::super::expression::KEYS;
use super::super::rulebook::{
    Arrears, Citation, DatedEntry, DatedValue, Field, FieldId, FieldKind, KeyPart, Status, Unit, ValueKey,
};
use super::super::syntax::WORDS;
use super::document::{Figure, Located, Table, as_table, check_code, position, read};
use super::fields::field_id;
use super::history;
use crate::domain::{Month, Text};

/// A dated value with the places of its entries, for the checks that compare them.
#[derive(Debug)]
pub(super) struct Drafted<'a> {
    pub value: DatedValue,
    pub file: &'a str,
    pub span: Range<usize>,
    /// One place an entry, in the order of the value's entries.
    pub places: Vec<Range<usize>>,
}

/// How often a figure of money is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Per {
    Month,
    Year,
    Piece,
}

/// All dated values.
pub(super) fn values<'a>(
    tables: Vec<Table<'a>>,
    fields: &[Field],
    faults: &mut PackFaults,
) -> Vec<Drafted<'a>> {
    let mut drafts: Vec<Drafted<'a>> = Vec::new();
    for table in tables {
        let Some((draft, name_span)) = value(table, fields, faults) else { continue };
        let twice = drafts.iter().find(|other| {
            let names = [&other.value.code, &other.value.name];
            names.contains(&&draft.value.code) || names.contains(&&draft.value.name)
        });
        if let Some(other) = twice {
            let (file, span) = (other.file, other.span.clone());
            faults
                .add("policy-twice", draft.file, name_span.clone())
                .with("name", &draft.value.code)
                .beside(file, span);
        }
        let field = fields.iter().find(|field| {
            let names = [Some(&field.code), field.headers.first()];
            names.contains(&Some(&draft.value.code)) || names.contains(&Some(&draft.value.name))
        });
        if let Some(field) = field {
            faults
                .add("policy-name-of-field", draft.file, name_span)
                .with("name", &draft.value.code)
                .with("field", &field.code);
        }
        history::check(&draft, fields, faults);
        drafts.push(draft);
    }
    drafts
}

/// `rounding` and `to` of a table; `None` where it names no rounding.
pub(super) fn rounding(table: &mut Table<'_>, faults: &mut PackFaults) -> Option<Rounding> {
    let modes = [("half-up", RoundingMode::HalfUp), ("up", RoundingMode::Up), ("down", RoundingMode::Down)];
    let mode = table.word("rounding", &modes, faults);
    let steps = [("fen", 1), ("jiao", 10), ("yuan", 100)];
    let step = table.word("to", &steps, faults);
    let mode = mode?;
    match step {
        Some(step) => Some(Rounding { fen: step.value, mode: mode.value }),
        None => {
            table.missing("to", faults);
            None
        }
    }
}

/// `citation` and `status` of a table; a fault where one is missing.
pub(super) fn citation(table: &mut Table<'_>, faults: &mut PackFaults) -> Option<Citation> {
    let before = faults.faults().len();
    let (text, status) = citation_parts(table, faults);
    if (text.is_none() || status.is_none()) && faults.faults().len() == before {
        faults.add("policy-no-citation", table.file, table.span.clone());
    }
    Some(Citation { text: text?.into(), status: status? })
}

fn citation_parts<'a>(table: &mut Table<'a>, faults: &mut PackFaults) -> (Option<&'a str>, Option<Status>) {
    let text = table.maybe::<&str>("citation", faults).filter(|text| !text.value.trim().is_empty());
    let words = [("verified", Status::Verified), ("assumed", Status::Assumed), ("example", Status::Example)];
    let status = table.word("status", &words, faults);
    (text.map(|text| text.value), status.map(|status| status.value))
}

fn value<'a>(
    mut table: Table<'a>,
    fields: &[Field],
    faults: &mut PackFaults,
) -> Option<(Drafted<'a>, Range<usize>)> {
    let code = table.needed::<&str>("code", faults);
    let name = table.needed::<&str>("name", faults);
    for written in code.iter().chain(&name) {
        if WORDS.contains(&written.value) {
            faults
                .add("policy-reserved-name", written.file, written.span.clone())
                .with("name", written.value);
        }
    }
    if let Some(code) = &code {
        check_code(code, '_', faults);
    }
    let units = [("money", Unit::Money), ("ratio", Unit::Ratio), ("integer", Unit::Integer)];
    if table.raw("unit").is_none() {
        table.missing("unit", faults);
    }
    let unit = table.word("unit", &units, faults);
    let keys = table.list::<&str>("keys", faults);
    let bands = table.list::<&str>("bands", faults);
    let rounding = rounding(&mut table, faults);
    let (shared_citation, shared_status) = citation_parts(&mut table, faults);
    let history = table.tables("history", faults);
    if history.is_empty() {
        table.missing("history", faults);
    }
    let (file, span) = (table.file, table.span.clone());
    table.done(faults);

    let mut columns: Vec<(Located<'a, &'a str>, ValueKey)> = Vec::new();
    for key in keys {
        let Some(id) = field_id(&key, fields, faults) else { continue };
        if !matches!(fields[usize::from(id.0)].kind, FieldKind::Code(_)) {
            faults.add("policy-key-not-code", key.file, key.span.clone()).with("field", key.value);
        }
        columns.push((key, ValueKey::Code(id)));
    }
    columns.extend(bands.into_iter().map(|band| (band, ValueKey::Band)));
    if columns.len() > KEYS {
        faults.add("policy-too-many-keys", file, span.clone()).with("limit", KEYS.to_string());
    }
    let unit = unit?.value;
    let mut entries = Vec::new();
    for row in history {
        let place = row.span.clone();
        let context = Context {
            unit,
            rounding,
            citation: shared_citation,
            status: shared_status,
            columns: &columns,
            fields,
        };
        if let Some(entry) = entry(row, &context, faults) {
            entries.push((entry, place));
        }
    }
    entries.sort_by(|(a, _), (b, _)| (&a.key, a.from).cmp(&(&b.key, b.from)));
    let (entries, places) = entries.into_iter().unzip();
    let (code, name) = (code?, name?);
    let value = DatedValue {
        code: code.value.into(),
        name: name.value.into(),
        keys: columns.into_iter().map(|(_, key)| key).collect(),
        unit,
        entries,
    };
    Some((Drafted { value, file, span, places }, code.span))
}

/// What the entries of one value share.
struct Context<'c, 'a> {
    unit: Unit,
    rounding: Option<Rounding>,
    citation: Option<&'a str>,
    status: Option<Status>,
    columns: &'c [(Located<'a, &'a str>, ValueKey)],
    fields: &'c [Field],
}

fn entry(mut row: Table<'_>, context: &Context<'_, '_>, faults: &mut PackFaults) -> Option<DatedEntry> {
    let from = row.needed::<Month>("from", faults);
    let until = row.maybe::<Month>("until", faults);
    let amount = row.needed::<Figure>("amount", faults);
    let pers = [("month", Per::Month), ("year", Per::Year), ("case", Per::Piece), ("piece", Per::Piece)];
    let per_text = row.raw("per").and_then(|value| value.get_ref().as_str()).unwrap_or("");
    let per = row.word("per", &pers, faults);
    let announced = row.maybe::<Month>("announced", faults);
    let arrears =
        row.word("arrears", &[("all", Arrears::All), ("still-entitled", Arrears::StillEntitled)], faults);
    let before = faults.faults().len();
    let (text, status) = citation_parts(&mut row, faults);
    let text = text.or(context.citation);
    let status = status.or(context.status);
    if (text.is_none() || status.is_none()) && faults.faults().len() == before {
        faults.add("policy-no-citation", row.file, row.span.clone());
    }
    let key: Vec<Option<KeyPart>> = context
        .columns
        .iter()
        .map(|(column, key)| match key {
            ValueKey::Code(field) => code_part(&mut row, column.value, *field, context.fields, faults),
            ValueKey::Band => band_part(&mut row, column.value, faults),
        })
        .collect();
    row.done(faults);
    let citation = text.zip(status).map(|(text, status)| Citation { text: text.into(), status });
    if let (Some(from), Some(until)) = (&from, &until)
        && until.value < from.value
    {
        faults
            .add("policy-ends-before", until.file, until.span.clone())
            .with("from", from.value.to_string())
            .with("until", until.value.to_string());
    }
    if let (Some(arrears), None) = (&arrears, &announced) {
        faults.add("policy-arrears-without-announced", arrears.file, arrears.span.clone());
    }
    let amount = amount?;
    let (number, written) = measured(&amount, per, per_text, context, faults)?;
    let from = from?.value;
    Some(DatedEntry {
        key: key.into_iter().collect::<Option<_>>()?,
        from,
        until: until.map(|until| until.value),
        amount: number,
        written,
        announced: announced.map_or(from, |announced| announced.value),
        arrears: arrears.map_or(Arrears::All, |arrears| arrears.value),
        citation: citation?,
    })
}

/// The figure in the value's own measure, and as written.
fn measured(
    amount: &Located<'_, Figure>,
    per: Option<Located<'_, Per>>,
    per_text: &str,
    context: &Context<'_, '_>,
    faults: &mut PackFaults,
) -> Option<(Decimal, Text)> {
    let Figure { number, percent } = amount.value;
    let mut mismatch = |expected: &str| {
        faults.add("policy-unit-mismatch", amount.file, amount.span.clone()).with("expected", expected);
        None
    };
    if number.is_sign_negative() && !number.is_zero() {
        return mismatch("@policy-expected-not-negative");
    }
    if let (Some(per), Unit::Ratio | Unit::Integer) = (&per, context.unit) {
        faults
            .add("policy-unit-mismatch", per.file, per.span.clone())
            .with("expected", "@policy-expected-no-per");
        return None;
    }
    match context.unit {
        Unit::Ratio if percent => {
            let hundred = (number * Decimal::ONE_HUNDRED).normalize();
            Some((number, compact_str::format_compact!("{hundred}%")))
        }
        Unit::Ratio => Some((number, compact_str::format_compact!("{number}"))),
        Unit::Integer if percent || !number.fract().is_zero() => mismatch("@policy-expected-integer"),
        Unit::Integer => Some((number, compact_str::format_compact!("{number}"))),
        Unit::Money if percent => mismatch("@policy-expected-yuan"),
        Unit::Money if number.normalize().scale() > 2 => mismatch("@policy-expected-fen"),
        Unit::Money => match per.map(|per| per.value) {
            Some(Per::Year) => {
                let Some(rounding) = context.rounding else {
                    faults.add("policy-rounding-needed", amount.file, amount.span.clone());
                    return None;
                };
                let monthly = number.checked_div(Decimal::from(12)).map(|monthly| rounding.apply(monthly));
                match monthly {
                    Some(Ok(monthly)) => {
                        Some((monthly.yuan(), compact_str::format_compact!("{number} 元/年")))
                    }
                    _ => mismatch("@policy-expected-yuan"),
                }
            }
            Some(Per::Piece) => {
                let of = if per_text == "case" { "例" } else { "次" };
                Some((number, compact_str::format_compact!("{number} 元/{of}")))
            }
            Some(Per::Month) | None => Some((number, compact_str::format_compact!("{number} 元/月"))),
        },
    }
}

fn code_part(
    row: &mut Table<'_>,
    column: &str,
    field: FieldId,
    fields: &[Field],
    faults: &mut PackFaults,
) -> Option<KeyPart> {
    let written = row.needed::<&str>(column, faults)?;
    let FieldKind::Code(table) = &fields[usize::from(field.0)].kind else { return None };
    if let Some(found) = table.iter().position(|entry| entry.words.iter().any(|word| word == written.value)) {
        return Some(KeyPart::Code(found as u16));
    }
    position(&written, table.iter().map(|entry| entry.code.as_str()), "policy-unknown-key-code", faults)
        .map(|position| KeyPart::Code(position as u16))
}

/// `age = { from = 80, below = 100 }`; either side may be open.
fn band_part(row: &mut Table<'_>, column: &str, faults: &mut PackFaults) -> Option<KeyPart> {
    let Some(value) = row.raw(column) else {
        row.missing(column, faults);
        return None;
    };
    // A single number is the band of that number alone: grade = 1.
    if value.get_ref().is_integer() {
        let number = read::<i64>(row.file, value, faults)?.value;
        return Some(KeyPart::Band(Some(number), number.checked_add(1)));
    }
    let mut band = as_table(row.file, value, faults)?;
    let from = band.maybe::<i64>("from", faults);
    let below = band.maybe::<i64>("below", faults);
    let (file, span) = (band.file, band.span.clone());
    band.done(faults);
    let (from, below) = (from.map(|from| from.value), below.map(|below| below.value));
    match (from, below) {
        (Some(from), Some(below)) if from >= below => {
            faults
                .add("policy-band-order", file, span)
                .with("from", from.to_string())
                .with("below", below.to_string());
            None
        }
        _ => Some(KeyPart::Band(from, below)),
    }
}
