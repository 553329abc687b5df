//! The header (READING 5): the row or rows whose texts are the names of fields, below titles, units and column
//! numbers, over one to three rows; and what its columns mean.
//!
//! | part | what it is |
//! |---|---|
//! | `names` | the names of fields, as headers write them |
//! | `find` | where the header is |
//! | `units` | units above and below it, rows of column numbers |

mod find;
mod names;
mod units;

pub use find::{at, find, fixed, maps_identity, open};
pub use names::{Names, normalised};
pub use units::{is_number_row, unit_row, units_below};

use super::values::amounts::{Unit, Units};
use crate::domain::Text;
use crate::formats::{Cell, Row, Span};
use crate::policy::{FieldId, Helper};

/// A column of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// From 0.
    pub index: usize,
    /// Header as written, several rows joined by a space.
    pub written: Text,
    /// The field it is mapped to.
    pub field: Option<FieldId>,
    /// The unit its header names.
    pub unit: Option<Unit>,
    /// What a profile reads it by.
    pub helper: Option<Helper>,
}

/// A header as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its first row's number.
    pub row: u32,
    /// How many rows it covers.
    pub height: usize,
    /// All columns with a text.
    pub columns: Vec<Column>,
    /// Cells of its last row up to the last filled one.
    pub width: usize,
    /// Cells of its last row.
    pub cells: usize,
    /// Unit named by a row above.
    pub unit_row: Option<Unit>,
    /// Column of the birth date.
    pub birth: Option<usize>,
    /// Column of the running number.
    pub serial: Option<usize>,
}

impl Header {
    /// The column of a field; the first where there are several.
    pub fn column(&self, field: FieldId) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == Some(field))
    }

    /// The columns of a field.
    pub fn columns_of(&self, field: FieldId) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.field == Some(field))
    }

    /// The columns that a profile reads by this.
    pub fn helpers(&self, helper: Helper) -> impl Iterator<Item = usize> {
        self.columns.iter().filter(move |column| column.helper == Some(helper)).map(|column| column.index)
    }

    /// How many different fields it maps.
    pub fn fields(&self) -> usize {
        let mut fields: Vec<FieldId> = self.columns.iter().filter_map(|column| column.field).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.len()
    }

    /// The units that stand outside a column's cells.
    pub fn units(&self, column: &Column) -> Units {
        Units { header: column.unit, row: self.unit_row }
    }

    /// `<letter> <header as written>` (READING 19).
    pub fn label(&self, index: usize) -> Text {
        let written =
            self.columns.iter().find(|column| column.index == index).map_or("", |column| &column.written);
        label(index, written)
    }

    /// Whether rows below mean the same under both.
    pub fn same_meaning(&self, other: &Header) -> bool {
        let meaning = |header: &Header| -> Vec<(usize, Option<FieldId>, Option<Unit>)> {
            header.columns.iter().map(|column| (column.index, column.field, column.unit)).collect()
        };
        meaning(self) == meaning(other) && self.birth == other.birth && self.unit_row == other.unit_row
    }
}

/// `<letter> <header as written>`.
pub fn label(index: usize, written: &str) -> Text {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    let mut label: Text = letters.iter().rev().map(|letter| char::from(*letter)).collect();
    if !written.is_empty() {
        label.push(' ');
        label.push_str(written);
    }
    label
}

/// A row kept for looking at it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its number.
    pub number: u32,
    /// Where it stands.
    pub span: Span,
    /// Its texts, trimmed; empty for blank cells.
    pub texts: Vec<Text>,
}

impl Kept {
    /// Keeps a row.
    pub fn of(row: &Row<'_, '_>) -> Kept {
        let texts = row
            .cells
            .iter()
            .map(|cell| match cell {
                Cell::Empty => Text::default(),
                other => crate::intake::values::texts::trimmed(&other.shown()).into(),
            })
            .collect();
        Kept { number: row.number, span: row.span, texts }
    }

    /// Its filled cells.
    pub fn filled(&self) -> impl Iterator<Item = &Text> {
        self.texts.iter().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::new(FieldId(0));
        for (name, field) in [
            ("身份证号", 0),
            ("身份证号码", 0),
            ("姓名", 1),
            ("银行账号", 12),
            ("开户银行", 11),
            ("核定金额", 10),
            ("月收入", 20),
            ("监护人姓名", 15),
            ("监护人身份证号", 14),
        ] {
            names.add(name, FieldId(field));
        }
        names
    }

    fn found(text: &'static str) -> (Header, u32) {
        let document = crate::formats::document::open(text.as_bytes()).unwrap();
        let (header, rest) = find(&document.sheets[0], &names()).unwrap();
        (header, rest.row)
    }

    #[test]
    fn a_header_is_found_below_title_and_unit_rows() {
        let (header, rest) =
            found("2023年2月花名册,,,\n,,,单位：万元\n序号,姓 名,身份证号码,核定金额\n1,张三,1,2\n");
        assert_eq!((header.row, header.height, rest), (3, 1, 4));
        assert_eq!(header.unit_row, Unit::named("万元"));
        assert_eq!(header.serial, Some(0));
        assert_eq!(header.label(2), "C 身份证号码");
    }

    #[test]
    fn two_rows_make_one_header() {
        let (header, rest) = found(
            "序号,姓名,身份证号,监护人,,开户信息,\n,,,姓名,身份证号,开户银行,银行帐号\n\
             1,张三,150199,李四,150199,某行,62\n",
        );
        assert_eq!(header.columns_of(FieldId(0)).count(), 1);
        assert_eq!(header.column(FieldId(14)).map(|column| column.index), Some(4));
        assert_eq!((header.height, rest), (2, 3));
        assert_eq!(header.column(FieldId(12)).map(|column| column.index), Some(6));
        assert_eq!(header.label(5), "F 开户信息 开户银行");
    }

    #[test]
    fn units_in_brackets_are_read_off_the_header() {
        let (header, _) = found("姓名,身份证号,核定金额（元/年）,月收入(万元)\n");
        assert_eq!(header.column(FieldId(10)).unwrap().unit, Unit::named("元/年"));
        assert_eq!(header.column(FieldId(20)).unwrap().unit, Unit::named("万元"));
    }

    #[test]
    fn letters_run_on_after_z() {
        assert_eq!(
            (label(0, ""), label(25, ""), label(26, "x"), label(701, "")),
            ("A".into(), "Z".into(), "AA x".into(), "ZZ".into())
        );
    }
}
