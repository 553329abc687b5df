use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::prelude::*;

/// An exact amount of money in fen (1/100 yuan), signed. The only form in which money lies in the
/// ledger and in files; policy computes in decimals and rounds to this by a stated rule.
///
/// ```
/// use disburse::domain::Money;
/// let amount: Money = "1234.50".parse().unwrap();
/// assert_eq!(amount.fen(), 123_450);
/// assert_eq!((-amount).to_string(), "-1234.50");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// Why a text or a decimal is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountFault {
    /// Not digits with at most one point.
    #[error("not a number of yuan")]
    NotANumber,
    /// More than two decimals: reading it would need rounding.
    #[error("more than two decimals")]
    TooPrecise,
    /// Beyond [`Money::LARGEST`].
    #[error("too large")]
    TooLarge,
}

impl Money {
    /// 0.00.
    pub const ZERO: Money = Money(0);
    /// The largest amount one cell or one decision may hold: a thousand billion yuan. It leaves
    /// room to add ninety thousand such amounts without leaving the type.
    pub const LARGEST: Money = Money(100_000_000_000_000);

    /// An amount of so many fen.
    pub const fn from_fen(fen: i64) -> Money {
        Money(fen)
    }

    /// The amount in fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The amount in yuan as an exact decimal, as policy computes with it.
    pub fn yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// A decimal of yuan, half-up (away from zero) to the fen.
    ///
    /// # Errors
    /// [`AmountFault::TooLarge`] beyond [`Money::LARGEST`].
    pub fn half_up(yuan: Decimal) -> Result<Money, AmountFault> {
        let fen = yuan
            .checked_mul(Decimal::ONE_HUNDRED)
            .ok_or(AmountFault::TooLarge)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        Money::within(fen.to_i64().ok_or(AmountFault::TooLarge)?)
    }

    /// A decimal of yuan that holds at most two decimals.
    ///
    /// # Errors
    /// [`AmountFault::TooPrecise`] where it would need rounding, [`AmountFault::TooLarge`].
    pub fn exact(yuan: Decimal) -> Result<Money, AmountFault> {
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED).ok_or(AmountFault::TooLarge)?;
        if !fen.fract().is_zero() {
            return Err(AmountFault::TooPrecise);
        }
        Money::within(fen.to_i64().ok_or(AmountFault::TooLarge)?)
    }

    fn within(fen: i64) -> Result<Money, AmountFault> {
        if fen.unsigned_abs() > Money::LARGEST.0 as u64 { Err(AmountFault::TooLarge) } else { Ok(Money(fen)) }
    }

    /// `self + other`, unless the sum leaves the type.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    /// Above 0.00.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Below 0.00.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Exactly 0.00.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The part above zero.
    pub fn due(self) -> Money {
        Money(self.0.max(0))
    }
}

impl fmt::Display for Money {
    /// Yuan with two decimals, no separators, a minus before a negative amount: `-1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

impl std::str::FromStr for Money {
    type Err = AmountFault;

    /// Reads plain yuan, `-12`, `12.5`, `12.50`. The forms townships write are the intake's job.
    fn from_str(text: &str) -> Result<Money, AmountFault> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|&b| b == b'.').count() <= 1
            && digits.bytes().any(|b| b.is_ascii_digit());
        if !plain {
            return Err(AmountFault::NotANumber);
        }
        Money::exact(Decimal::from_str_exact(text).map_err(|_| AmountFault::TooLarge)?)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|fault| serde::de::Error::custom(format!("“{text}”: {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yearly_standards_round_half_up_to_the_fen() {
        let monthly = |yearly: i64| Money::half_up(Decimal::from(yearly) / Decimal::from(12)).unwrap();
        assert_eq!(monthly(9_688).to_string(), "807.33");
        assert_eq!(monthly(8_976).to_string(), "748.00");
        assert_eq!(Money::half_up(Decimal::new(5, 3)).unwrap(), Money::from_fen(1));
        assert_eq!(Money::half_up(Decimal::new(4, 3)).unwrap(), Money::ZERO);
    }

    #[test]
    fn a_third_decimal_is_an_error_never_rounded() {
        assert_eq!("1.005".parse::<Money>(), Err(AmountFault::TooPrecise));
        assert_eq!("1.500".parse::<Money>(), Ok(Money::from_fen(150)));
        assert_eq!("1e3".parse::<Money>(), Err(AmountFault::NotANumber));
        assert_eq!(".".parse::<Money>(), Err(AmountFault::NotANumber));
        assert_eq!("99999999999999999999999999999999".parse::<Money>(), Err(AmountFault::TooLarge));
    }
}
