//! Fields with their aliases and code tables; rosters; registers.

use super::super::diagnostic::PackFaults;
use super::super::rulebook::{Blank, Canonical, CodeEntry, Field, FieldId, FieldKind, RegisterRule, Roster};
use super::super::syntax::WORDS;
use super::document::{Located, Table, check_code, one_of, position};
use crate::domain::Text;

const YES: [&str; 6] = ["是", "有", "Y", "y", "1", "√"];
const NO: [&str; 5] = ["否", "无", "N", "n", "0"];

fn texts(list: Vec<Located<'_, &str>>) -> Vec<Text> {
    list.into_iter().map(|item| item.value.into()).collect()
}

/// A field as read, before the fields it refers to are known.
struct Draft<'a> {
    field: Field,
    code: Located<'a, &'a str>,
    certificate: Option<(Located<'a, &'a str>, Located<'a, &'a str>)>,
}

/// All fields, canonical ones first.
pub(super) fn fields(tables: Vec<Table<'_>>, faults: &mut PackFaults) -> Vec<Field> {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for table in tables {
        let Some(draft) = draft(table, faults) else { continue };
        match drafts.iter().find(|other| other.field.code == draft.field.code) {
            Some(other) => {
                let (file, span) = (other.code.file, other.code.span.clone());
                faults
                    .add("policy-twice", draft.code.file, draft.code.span.clone())
                    .with("name", draft.code.value)
                    .beside(file, span);
            }
            None => drafts.push(draft),
        }
    }
    // The program's own fields come first, in its own order.
    let canonical =
        |draft: &Draft<'_>| Canonical::ALL.iter().position(|canonical| canonical.code() == draft.field.code);
    drafts.sort_by_key(|draft| canonical(draft).unwrap_or(Canonical::ALL.len()));
    for known in Canonical::ALL {
        if !drafts.iter().any(|draft| draft.field.code == known.code()) {
            faults.add("policy-canonical-missing", "", 0..0).with("field", known.code());
        }
    }
    for draft in &drafts {
        if let Some(position) = canonical(draft) {
            canonical_kind(Canonical::ALL[position], draft, faults);
        }
    }
    let codes: Vec<Text> = drafts.iter().map(|draft| draft.field.code.clone()).collect();
    let mut fields: Vec<Field> = Vec::with_capacity(drafts.len());
    let mut certificates = Vec::new();
    for Draft { mut field, certificate, .. } in drafts {
        if let Some((kind, grade)) = certificate {
            let find = |written: &Located<'_, &str>, faults: &mut PackFaults| {
                position(written, codes.iter().map(Text::as_str), "policy-unknown-field", faults)
                    .map(|position| FieldId(position as u16))
            };
            let (kind_place, grade_place) = (kind.clone(), grade.clone());
            let (kind, grade) = (find(&kind, faults), find(&grade, faults));
            if let (Some(kind), Some(grade)) = (kind, grade) {
                field.kind = FieldKind::Certificate { kind, grade };
                certificates.push((kind, grade, kind_place, grade_place));
            }
        }
        fields.push(field);
    }
    for (kind, grade, kind_place, grade_place) in certificates {
        if !matches!(fields[usize::from(kind.0)].kind, FieldKind::Code(_)) {
            faults
                .add("policy-key-not-code", kind_place.file, kind_place.span)
                .with("field", kind_place.value);
        }
        if !matches!(fields[usize::from(grade.0)].kind, FieldKind::Integer { .. }) {
            faults
                .add("policy-wrong-value", grade_place.file, grade_place.span)
                .with("expected", "@policy-expected-integer-field");
        }
    }
    fields
}

fn draft<'a>(mut table: Table<'a>, faults: &mut PackFaults) -> Option<Draft<'a>> {
    let code = table.needed::<&str>("code", faults);
    let headers = table.list::<&str>("headers", faults);
    if headers.is_empty() {
        table.missing("headers", faults);
    }
    for name in code.iter().chain(headers.first()) {
        if WORDS.contains(&name.value) {
            faults.add("policy-reserved-name", name.file, name.span.clone()).with("name", name.value);
        }
    }
    if let Some(code) = &code {
        check_code(code, '_', faults);
    }
    let mut certificate = None;
    let kind = match table.needed::<&str>("kind", faults).map(|kind| (kind.value, kind)) {
        Some(("resident-id", _)) => Some(FieldKind::ResidentId),
        Some(("name", _)) => Some(FieldKind::Name),
        Some(("text", _)) => Some(FieldKind::Text),
        Some(("money", _)) => Some(FieldKind::Money),
        Some(("date", _)) => Some(FieldKind::Date),
        Some(("month", _)) => Some(FieldKind::Month),
        Some(("integer", _)) => integer(&mut table, faults),
        Some(("code", _)) => codes(&mut table, faults),
        Some(("flag", _)) => Some(flag(&mut table, faults)),
        Some(("certificate", _)) => {
            let kind = table.needed::<&str>("kind_field", faults);
            let grade = table.needed::<&str>("grade_field", faults);
            certificate = kind.zip(grade);
            Some(FieldKind::Text)
        }
        Some((_, written)) => {
            let known = [
                "resident-id",
                "name",
                "text",
                "money",
                "integer",
                "date",
                "month",
                "code",
                "flag",
                "certificate",
            ];
            one_of(written, &known.map(|word| (word, ())), faults);
            None
        }
        None => None,
    };
    let blank = table.maybe::<&str>("blank", faults);
    let blank = match (blank, table.raw("default")) {
        (Some(blank), None) => blank_word(blank, faults),
        (None, Some(value)) => match kind.as_ref().and_then(|kind| meaning(kind, value.get_ref())) {
            Some(number) => Some(Blank::Default(number)),
            None => {
                faults
                    .add("policy-wrong-value", table.file, value.span())
                    .with("expected", "@policy-expected-default");
                None
            }
        },
        (Some(blank), Some(_)) => {
            faults.add("policy-blank-and-default", blank.file, blank.span);
            None
        }
        // No silent default: what a pack does not say is needed.
        (None, None) => Some(Blank::Missing),
    };
    table.done(faults);
    let code = code?;
    let field = Field {
        code: code.value.into(),
        headers: texts(headers),
        kind: kind?,
        blank: blank.unwrap_or(Blank::Missing),
    };
    Some(Draft { field, code, certificate })
}

fn blank_word(written: Located<'_, &str>, faults: &mut PackFaults) -> Option<Blank> {
    let words = [("rejects", 0), ("missing", 1), ("empty", 2)];
    one_of(written, &words, faults).map(|word| match word.value {
        0 => Blank::Rejects,
        1 => Blank::Missing,
        _ => Blank::Empty,
    })
}

/// The number that a default stands for.
fn meaning(kind: &FieldKind, value: &toml::de::DeValue<'_>) -> Option<i64> {
    match kind {
        FieldKind::Flag { yes, no } => match (value.as_bool(), value.as_str()) {
            (Some(flag), _) => Some(i64::from(flag)),
            (_, Some(word)) if yes.iter().any(|yes| yes == word) => Some(1),
            (_, Some(word)) if no.iter().any(|no| no == word) => Some(0),
            _ => None,
        },
        FieldKind::Code(table) => {
            let word = value.as_str()?;
            let position = table
                .iter()
                .position(|entry| entry.code == word || entry.words.iter().any(|known| known == word))?;
            i64::try_from(position).ok()
        }
        FieldKind::Integer { least, most, .. } => {
            let number: i64 = value.as_integer()?.as_str().parse().ok()?;
            (*least..=*most).contains(&number).then_some(number)
        }
        _ => None,
    }
}

fn integer(table: &mut Table<'_>, faults: &mut PackFaults) -> Option<FieldKind> {
    let least = table.needed::<i64>("least", faults);
    let most = table.maybe::<i64>("most", faults);
    let mut words = Vec::new();
    if let Some(list) = table.table("words", faults) {
        for (word, value) in list.own_keys() {
            if let Some(number) = super::document::read::<i64>(list.file, value, faults) {
                words.push((Text::from(word.value), number.value));
            }
        }
    }
    let least = least?.value;
    match most {
        Some(most) if most.value < least => {
            faults
                .add("policy-wrong-value", most.file, most.span)
                .with("expected", "@policy-expected-not-less");
            None
        }
        most => Some(FieldKind::Integer { least, most: most.map_or(i64::MAX, |most| most.value), words }),
    }
}

fn codes(table: &mut Table<'_>, faults: &mut PackFaults) -> Option<FieldKind> {
    let mut entries: Vec<CodeEntry> = Vec::new();
    let tables = table.tables("codes", faults);
    if tables.is_empty() {
        table.missing("codes", faults);
    }
    for mut row in tables {
        let code = row.needed::<&str>("code", faults);
        let words = row.list::<&str>("words", faults);
        row.done(faults);
        let Some(code) = code else { continue };
        for word in std::iter::once(&code).chain(&words) {
            let twice = entries
                .iter()
                .any(|entry| entry.code == word.value || entry.words.iter().any(|w| w == word.value));
            if twice {
                faults.add("policy-word-twice", word.file, word.span.clone()).with("word", word.value);
            }
        }
        let words = if words.is_empty() { vec![code.value.into()] } else { texts(words) };
        entries.push(CodeEntry { code: code.value.into(), words });
    }
    (!entries.is_empty()).then_some(FieldKind::Code(entries))
}

fn flag(table: &mut Table<'_>, faults: &mut PackFaults) -> FieldKind {
    let yes = texts(table.list::<&str>("yes", faults));
    let no = texts(table.list::<&str>("no", faults));
    let usual = |words: &[&str]| words.iter().map(|word| Text::from(*word)).collect();
    FieldKind::Flag {
        yes: if yes.is_empty() { usual(&YES) } else { yes },
        no: if no.is_empty() { usual(&NO) } else { no },
    }
}

/// The program reads its own fields by fixed kinds; a pack may give them aliases, not other kinds.
fn canonical_kind(canonical: Canonical, draft: &Draft<'_>, faults: &mut PackFaults) {
    use Canonical::{
        AccountName, DeclaredAmount, FirstMonth, Hukou, LastMonth, Name, PayeeId, PayeeName, ResidentId,
        Status,
    };
    let codes_are = |wanted: &[&str]| match &draft.field.kind {
        FieldKind::Code(table) => table.iter().map(|entry| entry.code.as_str()).eq(wanted.iter().copied()),
        _ => false,
    };
    let (sound, expected) = match canonical {
        ResidentId | PayeeId => (draft.field.kind == FieldKind::ResidentId, "resident-id"),
        Name | PayeeName | AccountName => {
            (matches!(draft.field.kind, FieldKind::Name | FieldKind::Text), "name")
        }
        Hukou => (codes_are(&["urban", "rural"]), "code: urban, rural"),
        Status => (codes_are(&["active", "suspended", "stopped"]), "code: active, suspended, stopped"),
        FirstMonth | LastMonth => (draft.field.kind == FieldKind::Month, "month"),
        DeclaredAmount => (draft.field.kind == FieldKind::Money, "money"),
        _ => (draft.field.kind == FieldKind::Text, "text"),
    };
    if !sound {
        faults
            .add("policy-canonical-kind", draft.code.file, draft.code.span.clone())
            .with("field", canonical.code())
            .with("expected", expected);
    }
}

fn field_ids(list: &[Located<'_, &str>], fields: &[Field], faults: &mut PackFaults) -> Vec<FieldId> {
    list.iter().filter_map(|written| field_id(written, fields, faults)).collect()
}

/// The field of this code, or a fault.
pub(super) fn field_id(
    written: &Located<'_, &str>,
    fields: &[Field],
    faults: &mut PackFaults,
) -> Option<FieldId> {
    position(written, fields.iter().map(|field| field.code.as_str()), "policy-unknown-field", faults)
        .map(|position| FieldId(position as u16))
}

/// All rosters.
pub(super) fn rosters(tables: Vec<Table<'_>>, fields: &[Field], faults: &mut PackFaults) -> Vec<Roster> {
    let mut rosters: Vec<Roster> = Vec::new();
    for mut table in tables {
        let code = table.needed::<&str>("code", faults);
        let name = table.needed::<&str>("name", faults);
        let file_names = texts(table.list::<&str>("file_names", faults));
        let fields_span = table.key_span("fields");
        let listed = table.list::<&str>("fields", faults);
        let extra: Vec<FieldId> = field_ids(&listed, fields, faults)
            .into_iter()
            .filter(|id| usize::from(id.0) >= Canonical::ALL.len())
            .collect();
        let key = table.list::<&str>("key", faults);
        let mut key_ids = field_ids(&key, fields, faults);
        for (written, id) in key.iter().zip(&key_ids) {
            if usize::from(id.0) >= Canonical::ALL.len() && !extra.contains(id) {
                faults
                    .add("policy-field-not-on-roster", written.file, written.span.clone())
                    .with("field", written.value)
                    .with("roster", code.as_ref().map_or("", |code| code.value));
            }
        }
        if key_ids.is_empty() {
            key_ids.push(Canonical::ResidentId.id());
        }
        let once = table.maybe::<bool>("once", faults).is_some_and(|flag| flag.value);
        let household = table.maybe::<bool>("household", faults).is_some_and(|flag| flag.value);
        let mut blanks = Vec::new();
        if let Some(list) = table.table("blanks", faults) {
            for (written, value) in list.own_keys() {
                let id = field_id(&written, fields, faults);
                let blank = super::document::read::<&str>(list.file, value, faults)
                    .and_then(|blank| blank_word(blank, faults));
                if let (Some(id), Some(blank)) = (id, blank) {
                    blanks.push((id, blank));
                }
            }
        }
        let file = table.file;
        table.done(faults);
        let (Some(code), Some(name)) = (code, name) else { continue };
        check_code(&code, '-', faults);
        if rosters.iter().any(|roster| roster.code == code.value) {
            faults.add("policy-twice", code.file, code.span.clone()).with("name", code.value);
        }
        let roster = Roster {
            code: code.value.into(),
            name: name.value.into(),
            file_names,
            extra,
            blanks,
            key: key_ids,
            once,
            household,
        };
        headers_once(&roster, fields, file, fields_span, faults);
        rosters.push(roster);
    }
    rosters
}

/// On one roster a header must mean one field.
fn headers_once(
    roster: &Roster,
    fields: &[Field],
    file: &str,
    span: std::ops::Range<usize>,
    faults: &mut PackFaults,
) {
    let canonical = (0..Canonical::ALL.len().min(fields.len())).map(|position| FieldId(position as u16));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for id in canonical.chain(roster.extra.iter().copied()) {
        let Some(field) = fields.get(usize::from(id.0)) else { continue };
        for header in &field.headers {
            match seen.iter().find(|(known, _)| *known == header.as_str()) {
                Some((_, other)) => {
                    faults
                        .add("policy-header-twice", file, span.clone())
                        .with("header", header)
                        .with("first", other)
                        .with("second", &field.code);
                }
                None => seen.push((header, &field.code)),
            }
        }
    }
}

/// All registers that expressions may ask.
pub(super) fn registers(
    tables: Vec<Table<'_>>,
    fields: &[Field],
    faults: &mut PackFaults,
) -> Vec<RegisterRule> {
    // Read by the program itself (DESIGN §7); a rule cannot take their names.
    const OWN: [&str; 6] = ["deaths", "accounts", "changes", "links", "payees", "confirmed"];
    let mut registers: Vec<RegisterRule> = Vec::new();
    for mut table in tables {
        let code = table.needed::<&str>("code", faults);
        let name = table.needed::<&str>("name", faults);
        let mut id_headers = texts(table.list::<&str>("id_headers", faults));
        if id_headers.is_empty()
            && let Some(field) = fields.get(usize::from(Canonical::ResidentId.id().0))
        {
            id_headers.clone_from(&field.headers);
        }
        let from_headers = texts(table.list::<&str>("from_headers", faults));
        let until_headers = texts(table.list::<&str>("until_headers", faults));
        let columns = field_ids(&table.list::<&str>("columns", faults), fields, faults);
        table.done(faults);
        let (Some(code), Some(name)) = (code, name) else { continue };
        check_code(&code, '-', faults);
        if OWN.contains(&code.value) || registers.iter().any(|register| register.code == code.value) {
            faults.add("policy-twice", code.file, code.span.clone()).with("name", code.value);
        }
        registers.push(RegisterRule {
            code: code.value.into(),
            name: name.value.into(),
            id_headers,
            from_headers,
            until_headers,
            columns,
        });
    }
    registers
}
