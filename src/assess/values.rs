//! The dated values in force in one benefit month, as known in the cycle.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::Month;
use crate::policy::{Arrears, DatedEntry, KeyPart, Missing, Rulebook, Unit, Value, ValueId};

use super::digest::Digest;

/// For each dated value of the pack: per key, the entries that may hold, newest first. More than
/// one stands there only where the newest goes to who is still entitled in the month it was announced.
#[derive(Debug)]
pub(crate) struct ValuesInForce<'a> {
    values: Vec<(Unit, Vec<InForce<'a>>)>,
    digests: Vec<u64>,
}

#[derive(Debug)]
struct InForce<'a> {
    key: &'a [KeyPart],
    candidates: Vec<Candidate<'a>>,
}

/// An entry that holds in the month, and the later month whose entitlement it asks for, if any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) entry: &'a DatedEntry,
    pub(crate) still_entitled_in: Option<Month>,
}

impl<'a> ValuesInForce<'a> {
    pub(crate) fn new(rulebook: &'a Rulebook, month: Month, cycle: Month) -> ValuesInForce<'a> {
        let mut values = Vec::with_capacity(rulebook.values.len());
        let mut digests = Vec::with_capacity(rulebook.values.len());
        for value in &rulebook.values {
            let mut by_key: Vec<(&'a [KeyPart], Vec<&'a DatedEntry>)> = Vec::new();
            for entry in &value.entries {
                if entry.from > month || entry.announced > cycle {
                    continue;
                }
                match by_key.iter_mut().find(|(key, _)| *key == entry.key.as_slice()) {
                    Some((_, entries)) => entries.push(entry),
                    None => by_key.push((&entry.key, vec![entry])),
                }
            }
            let mut digest = Digest::new();
            let in_force: Vec<InForce<'a>> = by_key
                .into_iter()
                .map(|(key, mut entries)| {
                    entries.sort_by_key(|entry| std::cmp::Reverse(entry.from));
                    let mut candidates = Vec::new();
                    for entry in entries {
                        // After the newest one's end there is a hole, not the older value again.
                        if entry.until.is_some_and(|until| until < month) {
                            break;
                        }
                        let conditional = entry.arrears == Arrears::StillEntitled && month < entry.announced;
                        candidates.push(Candidate {
                            entry,
                            still_entitled_in: conditional.then_some(entry.announced),
                        });
                        digest.text(&entry.amount.normalize().to_string());
                        digest.month(Some(entry.from));
                        if !conditional {
                            break;
                        }
                    }
                    InForce { key, candidates }
                })
                .collect();
            values.push((value.unit, in_force));
            digests.push(digest.finish());
        }
        ValuesInForce { values, digests }
    }

    /// What a value looked up by these keys may be, newest first; or why it cannot be looked up.
    pub(crate) fn candidates(&self, value: ValueId, keys: &[Value<'_>]) -> Result<&[Candidate<'a>], Missing> {
        let (_, in_force) = &self.values[usize::from(value.0)];
        for key in keys {
            if let Value::Missing(missing) = key {
                return Err(*missing);
            }
        }
        in_force
            .iter()
            .find(|entry| {
                entry.key.len() == keys.len()
                    && entry.key.iter().zip(keys).all(|(part, key)| part_matches(part, key))
            })
            .map(|entry| entry.candidates.as_slice())
            .filter(|candidates| !candidates.is_empty())
            .ok_or(Missing::Value(value))
    }

    /// What a value may be for each of its keys, newest first.
    pub(crate) fn keys(&self, value: ValueId) -> impl Iterator<Item = &[Candidate<'a>]> {
        self.values[usize::from(value.0)].1.iter().map(|in_force| in_force.candidates.as_slice())
    }

    /// The entry's figure as expressions compute with it.
    pub(crate) fn figure(&self, value: ValueId, amount: Decimal) -> Value<'static> {
        match self.values[usize::from(value.0)].0 {
            Unit::Integer => amount.to_i64().map_or(Value::Missing(Missing::Arithmetic), Value::Integer),
            Unit::Money | Unit::Ratio => Value::Decimal(amount),
        }
    }

    /// Digest of everything the value can be in this month.
    pub(crate) fn digest(&self, value: ValueId) -> u64 {
        self.digests[usize::from(value.0)]
    }
}

fn part_matches(part: &KeyPart, key: &Value<'_>) -> bool {
    match (part, key) {
        (KeyPart::Code(code), Value::Code(asked)) => code == asked,
        (KeyPart::Band(from, to), Value::Integer(number)) => {
            from.is_none_or(|from| from <= *number) && to.is_none_or(|to| *number < to)
        }
        _ => false,
    }
}
