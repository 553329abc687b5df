//! What an expression sees of one row, one household or one of its members.

use rust_decimal::Decimal;

use crate::domain::{Beneficiary, Month, Programme, ResidentId};
use crate::intake::Claim;
use crate::policy::{
    Arrears, Canonical, DatedEntry, Facts, FieldId, KeyPart, Missing, RegisterId, Value, ValueId,
};

use super::month::MonthContext;
use super::rows::Rows;
use super::standing::{self, Tri};

/// A row as an expression of a programme asks about it. For a household programme the row is the
/// head's, and `members` are the counted members.
#[derive(Clone, Copy)]
pub(crate) struct RowFacts<'c, 'a> {
    pub(crate) context: &'c MonthContext<'a>,
    pub(crate) rows: &'c Rows<'a>,
    pub(crate) claim: &'a Claim,
    /// The person under the key the ledger knows.
    pub(crate) person: u64,
    pub(crate) programme: Programme,
    pub(crate) beneficiary: &'c Beneficiary,
    /// The household's head, where there is a household.
    pub(crate) head: Option<&'a Claim>,
    /// Counted members' rows.
    pub(crate) members: &'c [u32],
    /// Read dated values as known in the cycle, whoever is entitled (`once` programmes, caps).
    pub(crate) as_known: bool,
}

impl<'a> RowFacts<'_, 'a> {
    fn field_of(&self, claim: &'a Claim, field: FieldId) -> Value<'_> {
        if field == Canonical::Township.id() {
            return Value::Text(self.context.rulebook.divisions.name(&claim.township));
        }
        claim.field(field, self.rows.slots[usize::from(field.0)])
    }

    /// The entry of a dated value that holds for this beneficiary: the newest, unless it goes to who is
    /// still entitled in the month it was announced and this one is not.
    pub(crate) fn entry(&self, value: ValueId, keys: &[Value<'_>]) -> Result<&'a DatedEntry, Missing> {
        for candidate in self.context.values.candidates(value, keys)? {
            match self.may_use(candidate.still_entitled_in) {
                Tri::Yes => return Ok(candidate.entry),
                Tri::No => {}
                Tri::Undecided => return Err(Missing::Programme(self.programme)),
            }
        }
        Err(Missing::Value(value))
    }

    /// Whether a figure that goes to who is entitled in `announced` may be used here.
    fn may_use(&self, announced: Option<Month>) -> Tri {
        match announced {
            Some(announced) if !self.as_known => {
                self.context.entitled_in.ask(announced, self.programme, self.beneficiary)
            }
            _ => Tri::Yes,
        }
    }

    /// The entries of a scale that hold for this beneficiary, by band.
    pub(crate) fn bands(&self, value: ValueId) -> Result<Vec<&'a DatedEntry>, Missing> {
        let mut bands = Vec::new();
        for candidates in self.context.values.keys(value) {
            for candidate in candidates {
                match self.may_use(candidate.still_entitled_in) {
                    Tri::Yes => {
                        bands.push(candidate.entry);
                        break;
                    }
                    Tri::No => {}
                    Tri::Undecided => return Err(Missing::Programme(self.programme)),
                }
            }
        }
        Ok(bands)
    }

    fn standing(&self, programme: Programme) -> standing::PersonStanding {
        self.context.standing(programme, self.person, self.claim)
    }
}

impl<'a> Facts for RowFacts<'_, 'a> {
    type Member<'m>
        = RowFacts<'m, 'a>
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        self.field_of(self.claim, field)
    }

    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.field_of(self.head.unwrap_or(self.claim), field)
    }

    fn month(&self) -> Month {
        self.context.month
    }

    fn birth_month(&self) -> Month {
        // A claim that reaches an expression has passed step 1, so it has a number.
        self.claim.resident.map_or(self.context.month, ResidentId::birth_month)
    }

    fn resident(&self) -> Option<ResidentId> {
        self.claim.resident
    }

    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static> {
        match self.entry(value, keys) {
            Ok(entry) => self.context.values.figure(value, entry.amount),
            Err(missing) => Value::Missing(missing),
        }
    }

    fn dated_at(&self, value: ValueId, keys: &[Value<'_>], month: Month) -> Value<'static> {
        let rule = &self.context.rulebook.values[usize::from(value.0)];
        if let Some(missing) = keys.iter().find(|key| matches!(key, Value::Missing(_))) {
            return match missing {
                Value::Missing(missing) => Value::Missing(*missing),
                _ => Value::Missing(Missing::Value(value)),
            };
        }
        for entry in rule.candidates(keys, month, self.context.cycle) {
            let conditional = entry.arrears == Arrears::StillEntitled && month < entry.announced;
            match self.may_use(conditional.then_some(entry.announced)) {
                Tri::Yes => return self.context.values.figure(value, entry.amount),
                Tri::No => {}
                Tri::Undecided => return Value::Missing(Missing::Programme(self.programme)),
            }
        }
        Value::Missing(Missing::Value(value))
    }

    fn marginal(&self, value: ValueId, amount: Decimal) -> Value<'static> {
        match self.bands(value) {
            Ok(bands) => scaled(value, &bands, amount),
            Err(missing) => Value::Missing(missing),
        }
    }

    fn position(&self) -> usize {
        let own = |row: &u32| std::ptr::eq(self.rows.claim(*row), self.claim);
        self.members.iter().position(own).unwrap_or(0)
    }

    fn listed(&self, register: RegisterId) -> Value<'static> {
        Value::Flag(self.context.register_row(register, self.claim).is_some())
    }

    fn register_column(&self, register: RegisterId, column: u16) -> Value<'_> {
        let rule = &self.context.rulebook.registers[usize::from(register.0)];
        match (self.context.register_row(register, self.claim), rule.columns.get(usize::from(column))) {
            (Some(row), Some(field)) => {
                row.columns.get(usize::from(column)).map_or(Value::Empty, |cell| cell.value(*field))
            }
            _ => Value::Empty,
        }
    }

    fn entitled(&self, programme: Programme) -> Value<'static> {
        standing::entitled(self.standing(programme), programme)
    }

    fn amount(&self, programme: Programme) -> Value<'static> {
        let of = self.standing(programme);
        standing::amount(of, programme, of.amount)
    }

    fn share(&self, programme: Programme) -> Value<'static> {
        let of = self.standing(programme);
        standing::amount(of, programme, of.share)
    }

    fn member_count(&self) -> usize {
        if self.head.is_some() { self.members.len() } else { 1 }
    }

    fn member(&self, index: usize) -> RowFacts<'_, 'a> {
        match self.members.get(index) {
            Some(row) => {
                let claim = self.rows.claim(*row);
                let person = self.context.known(claim).map_or(0, ResidentId::packed);
                RowFacts { claim, person, ..*self }
            }
            None => *self,
        }
    }
}

/// Each part of an amount at the rate of its band. The whole of it must lie in bands: a hole between
/// them is no zero.
fn scaled(value: ValueId, bands: &[&DatedEntry], amount: Decimal) -> Value<'static> {
    let (mut sum, mut covered) = (Decimal::ZERO, Decimal::ZERO);
    for band in bands {
        let [KeyPart::Band(from, below)] = band.key.as_slice() else {
            return Value::Missing(Missing::Value(value));
        };
        let from = from.map_or(Decimal::ZERO, Decimal::from).max(Decimal::ZERO);
        let upper = below.map_or(amount, |below| amount.min(Decimal::from(below)));
        let part = (upper - from).max(Decimal::ZERO);
        covered += part;
        match part.checked_mul(band.amount).and_then(|part| sum.checked_add(part)) {
            Some(more) => sum = more,
            None => return Value::Missing(Missing::Arithmetic),
        }
    }
    if covered == amount.max(Decimal::ZERO) {
        Value::Decimal(sum)
    } else {
        Value::Missing(Missing::Value(value))
    }
}
