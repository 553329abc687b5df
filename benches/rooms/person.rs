//! A person and a household as the policy language sees them, with a value for every field: what the
//! pack's expressions cost without anything that looks values up.

use disburse::domain::{Month, Programme, ResidentId};
use disburse::policy::{Facts, FieldId, FieldKind, Missing, RegisterId, Rulebook, Value, ValueId};
use rust_decimal::Decimal;

/// Members of a household.
const MEMBERS: usize = 3;

/// Somebody born in 1946 for whom every field is filled.
pub struct Person<'p> {
    rulebook: &'p Rulebook,
    month: Month,
    born: Month,
    fields: Vec<Value<'static>>,
}

impl<'p> Person<'p> {
    pub fn new(rulebook: &'p Rulebook, month: Month) -> Person<'p> {
        let filled = |kind: &FieldKind| match kind {
            FieldKind::Money => Value::Decimal(Decimal::new(12_345, 2)),
            FieldKind::Integer { least, .. } => Value::Integer(*least),
            FieldKind::Date => Value::Date(month.first_day()),
            FieldKind::Month => Value::Month(month),
            FieldKind::Code(_) => Value::Code(0),
            FieldKind::Flag { .. } => Value::Flag(true),
            _ => Value::Empty,
        };
        let fields = rulebook.fields.iter().map(|field| filled(&field.kind)).collect();
        Person { rulebook, month, born: month.plus(-77 * 12), fields }
    }
}

impl Facts for &Person<'_> {
    type Member<'m>
        = Self
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        self.fields[usize::from(field.0)]
    }

    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.fields[usize::from(field.0)]
    }

    fn month(&self) -> Month {
        self.month
    }

    fn birth_month(&self) -> Month {
        self.born
    }

    fn resident(&self) -> Option<ResidentId> {
        None
    }

    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static> {
        self.rulebook.values[usize::from(value.0)]
            .candidates(keys, self.month, self.month)
            .next()
            .map_or(Value::Missing(Missing::Value(value)), |entry| Value::Decimal(entry.amount))
    }

    fn listed(&self, _register: RegisterId) -> Value<'static> {
        Value::Flag(false)
    }

    fn register_column(&self, _register: RegisterId, _column: u16) -> Value<'_> {
        Value::Empty
    }

    fn entitled(&self, _programme: Programme) -> Value<'static> {
        Value::Flag(true)
    }

    fn amount(&self, _programme: Programme) -> Value<'static> {
        Value::Decimal(Decimal::ONE_HUNDRED)
    }

    fn share(&self, _programme: Programme) -> Value<'static> {
        Value::Decimal(Decimal::TEN)
    }

    fn member_count(&self) -> usize {
        MEMBERS
    }

    fn member(&self, _index: usize) -> Self::Member<'_> {
        self
    }
}
