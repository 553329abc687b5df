//! What the columns of a file are read as (`check --explain-columns`, and the note that names columns
//! nobody reads).

use super::claim::{Cell, Claim};
use super::exports::profile_names;
use super::header::Names;
use super::roster::{Input, names_of, unreadable};
use super::survey::found_header;
use super::values::amounts::Unit;
use crate::domain::{Exit, Fault, Text};
use crate::formats;
use crate::policy::{Canonical, FieldId, FieldKind, Helper, ProfileFile, RosterId, Rulebook};
use crate::words;

/// What a sheet is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetMeaning {
    /// The sheet's name; empty for delimited text.
    pub sheet: Text,
    /// Whether people see it; a hidden one is not read.
    pub visible: bool,
    /// First row of the header; `None`: no header of the roster, the sheet is not read.
    pub header_row: Option<u32>,
    /// Rows of the header.
    pub header_height: usize,
    /// Its columns from the left.
    pub columns: Vec<ColumnMeaning>,
}

/// What a column is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnUse {
    /// It is a field of the roster.
    Field,
    /// A profile reads by it.
    Helper(Helper),
    /// It only confirms the identity number.
    Birth,
    /// A running number.
    Serial,
    /// Nobody reads it.
    Unread,
}

/// What a column is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMeaning {
    /// `<letter> <header as written>`.
    pub column: Text,
    /// The field; `None`: no field.
    pub field: Option<FieldId>,
    /// What it is used for.
    pub use_of: ColumnUse,
    /// The unit its header or a row above names.
    pub unit: Option<Unit>,
    /// For a column that is not read, a known header that is almost the same.
    pub near: Option<Text>,
}

/// What a file is read as.
#[derive(Debug, Clone)]
pub struct FileMeaning {
    /// The roster: by the file's name, else the one whose fields the file names most of.
    pub roster: RosterId,
    /// Whether the name says so; else the file would belong to no roster where it lies.
    pub by_name: bool,
    /// Position of the profile by which it is read.
    pub profile: Option<usize>,
    /// What the content is.
    pub form: formats::Form,
    /// For delimited text.
    pub encoding: Option<formats::Encoding>,
    /// Its sheets.
    pub sheets: Vec<SheetMeaning>,
}

/// Explains a file's columns as its roster's.
///
/// # Errors
/// A file that cannot be opened (exit 3).
pub fn explain_columns(rulebook: &Rulebook, input: &Input<'_>) -> Result<FileMeaning, Fault> {
    let named = super::files::roster_of(rulebook, input.name);
    let candidates: Vec<RosterId> = match named {
        Some(roster) => vec![roster],
        None => (0..rulebook.rosters.len()).map(|position| RosterId(position as u16)).collect(),
    };
    let mut best: Option<(usize, FileMeaning)> = None;
    for roster in candidates {
        let profile = super::files::profile_of(rulebook, roster, input.name);
        let kind = profile.map(|(_, _, kind)| kind);
        let names = match kind {
            Some(kind) => profile_names(rulebook, roster, kind),
            None => names_of(rulebook, roster),
        };
        let document =
            super::header::open(input.bytes, &names).map_err(|fault| unreadable(input.name, &fault))?;
        let sheets: Vec<SheetMeaning> =
            document.sheets.iter().map(|sheet| meaning(sheet, &names, kind)).collect();
        let fields =
            sheets.iter().flat_map(|sheet| &sheet.columns).filter(|column| column.field.is_some()).count();
        if best.as_ref().is_none_or(|(so_far, _)| fields > *so_far) {
            let found = FileMeaning {
                roster,
                by_name: named.is_some(),
                profile: profile.map(|(position, ..)| position),
                form: document.form,
                encoding: document.encoding,
                sheets,
            };
            best = Some((fields, found));
        }
    }
    best.map(|(_, found)| found)
        .ok_or_else(|| Fault::new(Exit::Refused, "file-no-header").with("file", input.name).with("what", ""))
}

fn meaning(sheet: &formats::Sheet<'_>, names: &Names, kind: Option<&ProfileFile>) -> SheetMeaning {
    let mut found = SheetMeaning {
        sheet: sheet.name.clone(),
        visible: sheet.visible,
        header_row: None,
        header_height: 0,
        columns: Vec::new(),
    };
    let other = kind.is_some_and(|kind| kind.sheet.as_ref().is_some_and(|only| *only != sheet.name));
    if other || !sheet.visible {
        return found;
    }
    let Ok((header, _)) = found_header(sheet, names, kind) else { return found };
    found.header_row = Some(header.row);
    found.header_height = header.height;
    found.columns = header
        .columns
        .iter()
        .map(|column| {
            let unread = column.field.is_none() && column.helper.is_none();
            let use_of = match (column.field, column.helper) {
                (Some(_), _) => ColumnUse::Field,
                (None, Some(helper)) => ColumnUse::Helper(helper),
                (None, None) if header.birth == Some(column.index) => ColumnUse::Birth,
                (None, None) if header.serial == Some(column.index) => ColumnUse::Serial,
                (None, None) => ColumnUse::Unread,
            };
            ColumnMeaning {
                column: header.label(column.index),
                field: column.field,
                use_of,
                unit: column.unit.or(header.unit_row).filter(|_| column.field.is_some()),
                near: if unread { names.near(&column.written) } else { None },
            }
        })
        .collect();
    found
}

/// The first rows of a file as they were read, field by field, with personal data masked.
pub fn rows_as_read(rulebook: &Rulebook, roster: RosterId, claims: &[Claim]) -> Vec<Vec<(Text, Text)>> {
    let rule = rulebook.roster(roster);
    claims
        .iter()
        .map(|claim| {
            let canonical = Canonical::ALL.iter().map(|field| (field.id(), None));
            let extra = rule.extra.iter().enumerate().map(|(slot, field)| (*field, Some(slot)));
            canonical
                .chain(extra)
                .filter_map(|(field, slot)| {
                    let rule = rulebook.field(field);
                    let shown = match slot {
                        Some(slot) => cell_shown(&claim.extra[slot], &rule.kind),
                        None => canonical_shown(rulebook, claim, field),
                    };
                    let private = matches!(rule.kind, FieldKind::Certificate { .. });
                    let shown = if private { end_of(&shown, 4) } else { shown };
                    (!shown.is_empty()).then(|| (rule.headers.first().cloned().unwrap_or_default(), shown))
                })
                .collect()
        })
        .collect()
}

/// All but the last signs hidden.
fn end_of(text: &str, kept: usize) -> Text {
    let signs: Vec<char> = text.chars().collect();
    match signs.len().checked_sub(kept) {
        Some(hidden) if hidden > 0 => std::iter::once('*').chain(signs[hidden..].iter().copied()).collect(),
        _ => signs.iter().map(|_| '*').collect(),
    }
}

fn name_shown(name: &str) -> Text {
    words::mask_name(name).into()
}

fn canonical_shown(rulebook: &Rulebook, claim: &Claim, field: FieldId) -> Text {
    let kind = &rulebook.field(field).kind;
    let person = |id: Option<crate::domain::ResidentId>| {
        id.map_or_else(Text::default, |id| id.masked().as_str().into())
    };
    match super::fields::canonical(field) {
        Some(Canonical::ResidentId) => person(claim.resident),
        Some(Canonical::PayeeId) => person(claim.payee_id),
        Some(Canonical::Name) => name_shown(&claim.name),
        Some(Canonical::PayeeName) => name_shown(&claim.payee_name),
        Some(Canonical::AccountName) => name_shown(&claim.account.name),
        Some(Canonical::AccountNo) => end_of(&claim.account.number, 4),
        Some(Canonical::Bank) => claim.account.bank.clone(),
        Some(Canonical::HouseholdId) => claim.household_id.clone(),
        Some(Canonical::Relation) => claim.relation.clone(),
        Some(Canonical::Hukou) => cell_shown(&claim.hukou, kind),
        Some(Canonical::Township) => rulebook.divisions.name(&claim.township).into(),
        Some(Canonical::Community) => claim.community.clone(),
        Some(Canonical::FirstMonth) => cell_shown(&claim.first_month, kind),
        Some(Canonical::LastMonth) => cell_shown(&claim.last_month, kind),
        Some(Canonical::Status) => {
            claim.status.map_or_else(Text::default, |status| cell_shown(&Cell::Code(status as u16), kind))
        }
        Some(Canonical::DeclaredAmount) => cell_shown(&claim.declared_amount, kind),
        Some(Canonical::CaseNo) => claim.case_no.clone(),
        Some(Canonical::Choice) => claim.choice.clone(),
        None => Text::default(),
    }
}

fn cell_shown(cell: &Cell, kind: &FieldKind) -> Text {
    match (cell, kind) {
        (Cell::Empty, _) => Text::default(),
        (Cell::Missing, _) => "?".into(),
        (Cell::Flag(flag), _) => if *flag { "是" } else { "否" }.into(),
        (Cell::Integer(number), _) => number.to_string().as_str().into(),
        (Cell::Money(money), _) => money.to_string().as_str().into(),
        (Cell::Date(date), _) => date.to_string().as_str().into(),
        (Cell::Month(month), _) => month.to_string().as_str().into(),
        (Cell::Code(code), FieldKind::Code(table)) => {
            table.get(usize::from(*code)).map_or_else(Text::default, |entry| {
                entry.words.first().cloned().unwrap_or_else(|| entry.code.clone())
            })
        }
        (Cell::Code(code), _) => code.to_string().as_str().into(),
        (Cell::Text(text), FieldKind::Name) => name_shown(text),
        (Cell::Text(text), _) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::tests::rulebook::{DIBAO, rulebook};

    #[test]
    fn columns_are_explained_and_a_near_header_is_named() {
        let text = "单位：元\n姓名,身份证号,与户主关系,月收入（万元）,最初享受月分,电话\n";
        let input = Input { name: "unknown.csv", bytes: text.as_bytes() };
        let found = explain_columns(&rulebook(), &input).unwrap();
        let sheets = found.sheets;
        assert_eq!((found.roster, found.by_name, sheets[0].header_row), (DIBAO, false, Some(2)));
        let columns = &sheets[0].columns;
        assert_eq!(columns[1].field, Some(Canonical::ResidentId.id()));
        assert_eq!(columns[3].unit, Unit::named("万元"));
        assert_eq!((columns[4].field, columns[4].near.as_deref()), (None, Some("最初享受月份")));
        assert_eq!((columns[5].field, columns[5].near.as_deref()), (None, None));
    }
}
