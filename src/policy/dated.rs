//! Which entry of a dated value holds, and rounding.

use rust_decimal::{Decimal, RoundingStrategy};

use super::rulebook::{DatedEntry, DatedValue, KeyPart};
use super::value::Value;
use crate::domain::{AmountFault, Money, Month};

impl KeyPart {
    /// Whether this part of an entry's key covers a key value.
    pub fn covers(&self, key: &Value<'_>) -> bool {
        match (self, key) {
            (KeyPart::Code(code), Value::Code(given)) => code == given,
            (KeyPart::Band(from, below), Value::Integer(given)) => {
                from.is_none_or(|from| from <= *given) && below.is_none_or(|below| *given < below)
            }
            _ => false,
        }
    }
}

impl DatedEntry {
    /// Whether it is for these key values.
    pub fn covers(&self, key: &[Value<'_>]) -> bool {
        self.key.len() == key.len() && self.key.iter().zip(key).all(|(part, value)| part.covers(value))
    }
}

impl DatedValue {
    /// The entries for a key that hold in `month` as known in `cycle`, newest first (DESIGN §9): the
    /// first is the value in force. A caller that may not use it (`still-entitled`) takes the next:
    /// the value known before.
    ///
    /// An entry takes part only in cycles from its `announced` on, and holds from its `from` until
    /// its `until` or the next of the same key. Where the newest has ended, nothing holds: an older
    /// one does not come back.
    ///
    /// ```
    /// use disburse::policy::{Value, pack};
    /// let (rulebook, _) = pack::load(&pack::xincheng()).unwrap();
    /// let standard = rulebook.values.iter().find(|value| value.code == "dibao_standard").unwrap();
    /// let month = "2022-03".parse().unwrap();
    /// let urban = [Value::Code(0)];
    /// let known_in = |cycle: &str| {
    ///     let entries = standard.candidates(&urban, month, cycle.parse().unwrap());
    ///     entries.map(|entry| entry.amount.to_string()).collect::<Vec<_>>()
    /// };
    /// assert_eq!(known_in("2022-05"), ["790"]);
    /// assert_eq!(known_in("2022-06"), ["841", "790"]);
    /// ```
    pub fn candidates<'v, 'k>(
        &'v self,
        key: &'k [Value<'k>],
        month: Month,
        cycle: Month,
    ) -> Candidates<'v, 'k> {
        Candidates { entries: &self.entries, key, latest: month, month, cycle }
    }
}

/// See [`DatedValue::candidates`]. Looks the few entries of a value through at each step, so that
/// nothing is allocated.
#[derive(Debug, Clone)]
pub struct Candidates<'v, 'k> {
    entries: &'v [DatedEntry],
    key: &'k [Value<'k>],
    latest: Month,
    month: Month,
    cycle: Month,
}

impl<'v> Iterator for Candidates<'v, '_> {
    type Item = &'v DatedEntry;

    fn next(&mut self) -> Option<&'v DatedEntry> {
        let newest = self
            .entries
            .iter()
            .filter(|entry| {
                entry.from <= self.latest && entry.announced <= self.cycle && entry.covers(self.key)
            })
            .max_by_key(|entry| entry.from);
        match newest {
            Some(entry) if entry.until.is_none_or(|until| self.month <= until) => {
                self.latest = entry.from.plus(-1);
                Some(entry)
            }
            _ => {
                // Ended, or nothing older: done for good.
                self.entries = &[];
                None
            }
        }
    }
}

/// How an amount is rounded: named in the pack, never in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    /// To multiples of this many fen: 1 for the fen, 10 for the jiao, 100 for the yuan.
    pub fen: i64,
    /// Which way.
    pub mode: RoundingMode,
}

/// Which way a rounding goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundingMode {
    /// To the nearest, halves away from zero.
    HalfUp,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl Rounding {
    /// Half-up to the fen.
    pub const FEN: Rounding = Rounding { fen: 1, mode: RoundingMode::HalfUp };

    /// Rounds yuan.
    ///
    /// ```
    /// use disburse::policy::{Rounding, RoundingMode};
    /// use rust_decimal::Decimal;
    /// let monthly = Decimal::from(9_688) / Decimal::from(12);
    /// assert_eq!(Rounding::FEN.apply(monthly).unwrap().to_string(), "807.33");
    /// let yuan = Rounding { fen: 100, mode: RoundingMode::Up };
    /// assert_eq!(yuan.apply(monthly).unwrap().to_string(), "808.00");
    /// ```
    ///
    /// # Errors
    /// [`AmountFault::TooLarge`] beyond what [`Money`] holds.
    pub fn apply(self, yuan: Decimal) -> Result<Money, AmountFault> {
        let step = Decimal::new(self.fen.max(1), 2);
        let strategy = match self.mode {
            RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            RoundingMode::Up => RoundingStrategy::AwayFromZero,
            RoundingMode::Down => RoundingStrategy::ToZero,
        };
        let steps = yuan.checked_div(step).ok_or(AmountFault::TooLarge)?.round_dp_with_strategy(0, strategy);
        Money::exact(steps.checked_mul(step).ok_or(AmountFault::TooLarge)?)
    }
}
