//! Fields, rosters and registers of a pack.

use crate::domain::Text;

use super::{FieldId, Rulebook};

/// A column that rosters may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// ASCII code, e.g. `monthly_income`.
    pub code: Text,
    /// Headers by which it is found; the first is its Chinese name in expressions and messages.
    pub headers: Vec<Text>,
    /// What its cells hold.
    pub kind: FieldKind,
    /// What a blank cell means.
    pub blank: Blank,
}

/// What the cells of a field hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// Identity number.
    ResidentId,
    /// A person's name (READING 16).
    Name,
    /// Any text.
    Text,
    /// Yuan; cells are read exactly to the fen.
    Money,
    /// Whole number within bounds, with words for some numbers (一级 → 1).
    Integer {
        /// Smallest allowed.
        least: i64,
        /// Largest allowed.
        most: i64,
        /// Words that stand for numbers.
        words: Vec<(Text, i64)>,
    },
    /// A day.
    Date,
    /// A month.
    Month,
    /// One of a table of codes.
    Code(Vec<CodeEntry>),
    /// 是/否, with the words that mean each.
    Flag {
        /// Words for yes.
        yes: Vec<Text>,
        /// Words for no.
        no: Vec<Text>,
    },
    /// A disability certificate number: identity number, kind digit, grade digit; checked against
    /// the row's identity number and the fields named.
    Certificate {
        /// The code field that holds the kind, in the order of the certificate's digit from 1.
        kind: FieldId,
        /// The integer field that holds the grade.
        grade: FieldId,
    },
}

/// One entry of a code table; its position is the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeEntry {
    /// ASCII code, or the word itself where the design fixes only the word.
    pub code: Text,
    /// Words rosters use; the first is shown to people.
    pub words: Vec<Text>,
}

/// What a blank cell means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blank {
    /// Without it the row cannot be read as a claim: `rejected`.
    Rejects,
    /// Missing: undecided wherever a rule reaches it.
    Missing,
    /// The condition does not apply.
    Empty,
    /// A stated default: no for a flag, the first code of a table, or a number.
    Default(i64),
}

/// A roster: the list of one programme family for one month.
#[derive(Debug, Clone)]
pub struct Roster {
    /// Code, with which its files' names begin.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Other beginnings of file names that mean this roster (e.g. 低保).
    pub file_names: Vec<Text>,
    /// Its fields beyond the canonical ones; position = slot in a claim's `extra`.
    pub extra: Vec<FieldId>,
    /// Canonical fields that are needed beyond DESIGN §7's always needed ones, and blanks that
    /// differ on this roster.
    pub blanks: Vec<(FieldId, Blank)>,
    /// What identifies a row: default `resident_id`.
    pub key: Vec<FieldId>,
    /// Whether its programmes are paid once per case.
    pub once: bool,
    /// Whether its rows are members of households.
    pub household: bool,
}

impl Roster {
    /// The slot of one of its extra fields.
    pub fn slot(&self, field: FieldId) -> Option<usize> {
        self.extra.iter().position(|extra| *extra == field)
    }

    /// What a blank cell of a field means on this roster.
    pub fn blank<'a>(&'a self, field: FieldId, rulebook: &'a Rulebook) -> &'a Blank {
        self.blanks
            .iter()
            .find(|(id, _)| *id == field)
            .map_or(&rulebook.field(field).blank, |(_, blank)| blank)
    }
}

/// A register that expressions may ask about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRule {
    /// File stem under `registers/`.
    pub code: Text,
    /// Name for people and expressions.
    pub name: Text,
    /// Header aliases of the identity number column.
    pub id_headers: Vec<Text>,
    /// Header aliases of the month from which a row holds; none: always.
    pub from_headers: Vec<Text>,
    /// Header aliases of the last month in which a row holds; none: without end.
    pub until_headers: Vec<Text>,
    /// Further columns expressions may read, as fields.
    pub columns: Vec<FieldId>,
}
