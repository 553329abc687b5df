//! Dated values: a parameter of policy with its history.

use rust_decimal::Decimal;

use crate::domain::{Month, Text};

use super::{Citation, FieldId};

/// A parameter of policy with a history.
#[derive(Debug, Clone)]
pub struct DatedValue {
    /// ASCII code, e.g. `dibao_standard`.
    pub code: Text,
    /// Chinese name in expressions.
    pub name: Text,
    /// What its keys are, in order: a code field's id, or a band over an integer.
    pub keys: Vec<ValueKey>,
    /// What it measures.
    pub unit: Unit,
    /// Its history; sorted by key, then `from`.
    pub entries: Vec<DatedEntry>,
}

/// One key of a dated value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKey {
    /// One entry per code of a field's table.
    Code(FieldId),
    /// Bands over an integer (age, grade, count).
    Band,
}

/// What a dated value measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yuan a month, a case or a piece.
    Money,
    /// A share; 0.3 for 30 %.
    Ratio,
    /// A plain whole number.
    Integer,
}

/// One value of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedEntry {
    /// The key it is for, one part per [`DatedValue::keys`].
    pub key: Vec<KeyPart>,
    /// First month in which it holds.
    pub from: Month,
    /// Last month in which it holds; `None`: until the next of the same key.
    pub until: Option<Month>,
    /// Yuan a month already converted and rounded where the pack gave a yearly figure.
    pub amount: Decimal,
    /// The figure and unit as the pack wrote them, for people.
    pub written: Text,
    /// First cycle that knows it.
    pub announced: Month,
    /// Who gets the arrears of months before `announced`.
    pub arrears: Arrears,
    /// Where it comes from.
    pub citation: Citation,
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPart {
    /// Position in the code table.
    Code(u16),
    /// From (inclusive) up to (exclusive); `None`: without bound.
    Band(Option<i64>, Option<i64>),
}

/// Who gets the difference of a value announced after its `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrears {
    /// Everybody entitled in the month.
    All,
    /// Only who is entitled in the month `announced`, on its own.
    StillEntitled,
}
