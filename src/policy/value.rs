//! What an expression computes with.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::domain::{Month, Programme, ResidentId};

use super::rulebook::{FieldId, RegisterId, ValueId};

/// Why something is not known. The first one met on the path that decides is what a deferred line
/// names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// A field is blank where it is needed, or filled and unreadable.
    Field(FieldId),
    /// The pack has no value for the date and key.
    Value(ValueId),
    /// What another programme decides is itself undecided.
    Programme(Programme),
    /// A register is needed and cannot be read.
    Register(RegisterId),
    /// The computation left the types: overflow, division by zero.
    Arithmetic,
}

/// A value of the expression language. Money and ratios are both exact decimals at run time; the
/// type checker has kept them apart before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Not known: whatever depends on it is undecided.
    Missing(Missing),
    /// An optional field left empty: a condition on it does not apply. Comparisons with it are
    /// false, `min` and `max` pass over it, `empty(x)` asks for it.
    Empty,
    /// Truth.
    Flag(bool),
    /// A count, an age, a grade.
    Integer(i64),
    /// Yuan, or a ratio.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
    /// A month.
    Month(Month),
    /// Text.
    Text(&'a str),
    /// Position in the code table of the field compared.
    Code(u16),
}

/// Everything an expression may ask. `assess` implements it for a person's claim, for a household
/// and for each of its members; tests implement it over plain maps.
pub trait Facts {
    /// A member of the household, seen as its own facts (aggregates evaluate their body on it).
    type Member<'m>: Facts
    where
        Self: 'm;

    /// The field of the row asked about: the claim's, the head's for a household, the member's
    /// inside an aggregate. `None` of the optional rules apply here: blank optional → `Empty`,
    /// blank needed or unreadable → `Missing(Field)`.
    fn field(&self, field: FieldId) -> Value<'_>;

    /// The household head's field, also from inside an aggregate. Outside households: as `field`.
    fn head_field(&self, field: FieldId) -> Value<'_>;

    /// The benefit month.
    fn month(&self) -> Month;

    /// The birth month of the person asked about (head for a household).
    fn birth_month(&self) -> Month;

    /// The identity number of the person asked about.
    fn resident(&self) -> Option<ResidentId>;

    /// The dated value with these key values, as known in the cycle (`Decimal` yuan a month or a
    /// plain number). Handles `announced` and `still-entitled` by itself.
    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static>;

    /// The dated value with these keys as it is in another month, as known in the cycle. Facts that
    /// know of no other month do not know it.
    fn dated_at(&self, value: ValueId, _keys: &[Value<'_>], _month: Month) -> Value<'static> {
        Value::Missing(Missing::Value(value))
    }

    /// What a scale in bands of whole yuan comes to for an amount: each part of it at the rate of its
    /// band. Not known where a part lies in no band.
    fn marginal(&self, value: ValueId, _amount: Decimal) -> Value<'static> {
        Value::Missing(Missing::Value(value))
    }

    /// The day of birth of the person asked about (head for a household).
    fn born(&self) -> NaiveDate {
        self.resident().map_or_else(|| self.birth_month().first_day(), ResidentId::birth)
    }

    /// The member's position among the counted members, inside an aggregate.
    fn position(&self) -> usize {
        0
    }

    /// Whether the person is listed in a register in the benefit month.
    fn listed(&self, register: RegisterId) -> Value<'static>;

    /// A column of the person's latest register row in force in the benefit month; `Empty` when
    /// not listed.
    fn register_column(&self, register: RegisterId, column: u16) -> Value<'_>;

    /// `entitled(p)` for the same beneficiary and month: `Flag` or `Missing(Programme)`.
    fn entitled(&self, programme: Programme) -> Value<'static>;

    /// `amount(p)`: `Decimal` yuan, 0 without entitlement, or `Missing(Programme)`.
    fn amount(&self, programme: Programme) -> Value<'static>;

    /// `share(p)`: household amount ÷ counted members, half-up to the fen.
    fn share(&self, programme: Programme) -> Value<'static>;

    /// How many counted members the household has; 1 outside households.
    fn member_count(&self) -> usize;

    /// A counted member.
    fn member(&self, index: usize) -> Self::Member<'_>;
}
