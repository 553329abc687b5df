//! What the columns of a file are read as (`check --explain-columns`, and the note that names columns
//! nobody reads).

use super::header::{self, Names};
use super::roster::{Input, names_of, unreadable};
use super::values::amounts::Unit;
use crate::domain::{Fault, Text};
use crate::formats;
use crate::policy::{FieldId, RosterId, Rulebook};

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

/// What a column is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMeaning {
    /// `<letter> <header as written>`.
    pub column: Text,
    /// The field; `None`: not read.
    pub field: Option<FieldId>,
    /// The unit its header or a row above names.
    pub unit: Option<Unit>,
    /// For a column that is not read, a known header that is almost the same.
    pub near: Option<Text>,
}

/// Explains a file's columns as a roster's. Without a roster, the one whose fields the file names most
/// of is taken; it is given back.
///
/// # Errors
/// A file that cannot be opened (exit 3).
pub fn explain_columns(
    rulebook: &Rulebook,
    roster: Option<RosterId>,
    input: &Input<'_>,
) -> Result<(RosterId, Vec<SheetMeaning>), Fault> {
    let document = formats::document::open(input.bytes).map_err(|fault| unreadable(input.name, &fault))?;
    let candidates: Vec<RosterId> = match roster {
        Some(roster) => vec![roster],
        None => (0..rulebook.rosters.len()).map(|position| RosterId(position as u16)).collect(),
    };
    let mut best: Option<(usize, RosterId, Vec<SheetMeaning>)> = None;
    for roster in candidates {
        let names = names_of(rulebook, roster);
        let sheets: Vec<SheetMeaning> = document.sheets.iter().map(|sheet| meaning(sheet, &names)).collect();
        let fields =
            sheets.iter().flat_map(|sheet| &sheet.columns).filter(|column| column.field.is_some()).count();
        if best.as_ref().is_none_or(|(so_far, _, _)| fields > *so_far) {
            best = Some((fields, roster, sheets));
        }
    }
    Ok(best.map_or((RosterId(0), Vec::new()), |(_, roster, sheets)| (roster, sheets)))
}

fn meaning(sheet: &formats::Sheet<'_>, names: &Names) -> SheetMeaning {
    let mut found = SheetMeaning {
        sheet: sheet.name.clone(),
        visible: sheet.visible,
        header_row: None,
        header_height: 0,
        columns: Vec::new(),
    };
    let Ok((header, _)) = header::find(sheet, names) else { return found };
    found.header_row = Some(header.row);
    found.header_height = header.height;
    found.columns = header
        .columns
        .iter()
        .map(|column| ColumnMeaning {
            column: header.label(column.index),
            field: column.field,
            unit: column.unit.or(header.unit_row).filter(|_| column.field.is_some()),
            near: if column.field.is_none() { names.near(&column.written) } else { None },
        })
        .collect();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::tests::rulebook::{DIBAO, rulebook};
    use crate::policy::Canonical;

    #[test]
    fn columns_are_explained_and_a_near_header_is_named() {
        let text = "单位：元\n姓名,身份证号,与户主关系,月收入（万元）,最初享受月分,电话\n";
        let input = Input { name: "unknown.csv", bytes: text.as_bytes() };
        let (roster, sheets) = explain_columns(&rulebook(), None, &input).unwrap();
        assert_eq!((roster, sheets[0].header_row), (DIBAO, Some(2)));
        let columns = &sheets[0].columns;
        assert_eq!(columns[1].field, Some(Canonical::ResidentId.id()));
        assert_eq!(columns[3].unit, Some(Unit { ten_thousand: true, yearly: false }));
        assert_eq!((columns[4].field, columns[4].near.as_deref()), (None, Some("最初享受月份")));
        assert_eq!((columns[5].field, columns[5].near.as_deref()), (None, None));
    }
}
