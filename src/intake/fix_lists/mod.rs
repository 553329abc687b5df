//! Fix lists: rows that need work go back to their township, and come back corrected.
//!
//! A row of a fix list names its original by two columns of its own, `原表位置` (`<file>[!<sheet>]:<row>`,
//! READING 19) and `原表指纹` (the file's sha256). The digest decides which file is meant, so that a renamed
//! or doubled file is still the same one, and a file that was sent anew is not; the place decides the row.
//! A row found so is read in place of its original, which stays behind it in every `source`. Whatever does
//! not fit (the file is another one, no such row, two corrections that differ) is said, and the row is set
//! aside: nothing is guessed.

mod carried;
mod exports;
mod returned;
mod rows;

pub use returned::{Standing, stand_in};
pub use rows::rows_to_mend;

use chrono::NaiveDateTime;
use sha2::{Digest, Sha256};

use super::header::{Header, Kept};
use crate::domain::{Finding, ResidentId, Text, hexadecimal};
use crate::formats::Document;
use crate::policy::FieldId;

/// Header of the column that says where a row came from.
pub const PLACE: &str = "原表位置";
/// Header of the column that says from which bytes.
pub const DIGEST: &str = "原表指纹";
/// Header of the column of reasons.
pub const REASON: &str = "需要修改的内容";
/// Header of the column of advice.
pub const ADVICE: &str = "怎样修改";
/// Header of the birth date, which is no field but is compared with the identity number.
pub const BIRTH: &str = "出生日期";

/// Whether a header is one of a fix list's own columns.
pub fn is_own_column(written: &str) -> bool {
    [PLACE, DIGEST, REASON, ADVICE].contains(&written)
}

/// The columns of a fix list that name the original row: place and digest.
pub fn marks_of(header: &Header) -> Option<(usize, usize)> {
    let of = |name: &str| header.columns.iter().find(|column| column.written == name);
    Some((of(PLACE)?.index, of(DIGEST)?.index))
}

/// The digest of the file that the first row of a fix list names; `None` where a document is no fix list.
pub fn digest_named(document: &Document<'_>) -> Option<String> {
    document.sheets.iter().filter(|sheet| sheet.visible).find_map(|sheet| {
        let mut rows = sheet.rows(sheet.whole());
        let mut column = None;
        for _ in 0..10 {
            let row = Kept::of(&rows.next_row()?);
            match column {
                None if row.texts.iter().any(|text| text == PLACE) => {
                    column = row.texts.iter().position(|text| text == DIGEST);
                }
                None => {}
                Some(column) => return row.texts.get(column).map(|text| text.as_str().to_lowercase()),
            }
        }
        None
    })
}

/// sha256 as the fix list writes it.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

/// A cell of a fix list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Carried {
    /// Nothing.
    #[default]
    Empty,
    /// Text, written as a text cell.
    Text(String),
    /// A number cell: its digits and its format.
    Number(Text, Text),
    /// A day.
    Day(NaiveDateTime),
    /// A truth value.
    Flag(bool),
    /// An error value.
    Error(Text),
}

/// A column of a fix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixColumn {
    /// A field of the roster.
    Field(FieldId),
    /// The birth date.
    Birth,
    /// A column of a file that has a layout of its own, by its header.
    Own(Text),
}

/// A row that needs work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixRow {
    /// The place in its file, as READING 19 writes it.
    pub original: String,
    /// Digest of that file.
    pub digest: String,
    /// Whose row it is.
    pub resident: Option<ResidentId>,
    /// The township as the row says.
    pub township: Text,
    /// One cell a column.
    pub cells: Vec<Carried>,
    /// The column of each finding, by position in `columns`; `None` for the whole row.
    pub findings: Vec<(Option<usize>, Finding)>,
}

/// What goes back of one roster, or of one file that is read by a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixRows {
    /// What the list's name begins with: the roster's code, or the name of the file with a layout of its own.
    pub stem: Text,
    /// Columns of the list.
    pub columns: Vec<FixColumn>,
    /// Rows in order of file and row.
    pub rows: Vec<FixRow>,
}
