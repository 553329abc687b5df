use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::Month;

/// An identity number of 18 characters (GB 11643) whose check digit and date hold: a resident's, a
/// Hong Kong, Macau or Taiwan residence permit (810000, 820000, 830000) or a permanent residence
/// card (beginning with 9), which share form and check digit (`facts/payments.md` §3).
///
/// Held as one integer that sorts as the text does: seventeen digits times eleven plus the check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId(u64);

/// What is wrong with an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityFault {
    /// Not 18 characters: digits, with an X allowed in the last place.
    NotEighteen,
    /// Positions 7–14 are no day from 1900 to the month asked about.
    Date,
    /// The last character does not match the first seventeen (ISO 7064 MOD 11-2).
    CheckDigit,
}

const WEIGHTS: [u64; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

impl ResidentId {
    /// Reads 18 clean characters (`X` in capitals). `latest` is the last month a birth may lie in:
    /// the cycle month.
    ///
    /// # Errors
    /// The first [`IdentityFault`] in the order form, date, check digit.
    ///
    /// ```
    /// use disburse::domain::{IdentityFault, Month, ResidentId};
    /// let cycle: Month = "2023-02".parse().unwrap();
    /// assert!(ResidentId::parse("11010519491231002X", cycle).is_ok());
    /// assert_eq!(ResidentId::parse("110105194912310021", cycle), Err(IdentityFault::CheckDigit));
    /// ```
    pub fn parse(text: &str, latest: Month) -> Result<ResidentId, IdentityFault> {
        let bytes = text.as_bytes();
        if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
            return Err(IdentityFault::NotEighteen);
        }
        let written_check = match bytes[17] {
            digit @ b'0'..=b'9' => u64::from(digit - b'0'),
            b'X' => 10,
            _ => return Err(IdentityFault::NotEighteen),
        };
        let mut digits = 0;
        let mut weighted = 0;
        for (byte, weight) in bytes[..17].iter().zip(WEIGHTS) {
            let digit = u64::from(byte - b'0');
            digits = digits * 10 + digit;
            weighted += digit * weight;
        }
        let id = ResidentId(digits * 11 + written_check);
        match id.birth_checked() {
            Some(birth) if birth.year() >= 1900 && Month::of(birth) <= latest => {}
            _ => return Err(IdentityFault::Date),
        }
        if (12 - weighted % 11) % 11 != written_check {
            return Err(IdentityFault::CheckDigit);
        }
        Ok(id)
    }

    /// A number whose form and date hold and whose wrong check digit a person has confirmed to be
    /// real (register `confirmed`). `None` where form or date do not hold.
    pub fn confirmed(text: &str, latest: Month) -> Option<ResidentId> {
        match ResidentId::parse(text, latest) {
            Ok(resident) => Some(resident),
            Err(IdentityFault::CheckDigit) => {
                let digits: u64 = text.get(..17)?.parse().ok()?;
                let written_check = match text.as_bytes().get(17)? {
                    b'X' => 10,
                    digit => u64::from(digit - b'0'),
                };
                Some(ResidentId(digits * 11 + written_check))
            }
            Err(_) => None,
        }
    }

    fn birth_digits(self) -> u64 {
        self.0 / 11 / 1000 % 100_000_000
    }

    fn birth_checked(self) -> Option<NaiveDate> {
        let digits = self.birth_digits() as u32;
        NaiveDate::from_ymd_opt((digits / 10_000) as i32, digits / 100 % 100, digits % 100)
    }

    /// Date of birth.
    pub fn birth(self) -> NaiveDate {
        self.birth_checked().unwrap_or(NaiveDate::MIN)
    }

    /// Month of birth.
    pub fn birth_month(self) -> Month {
        let digits = self.birth_digits() as i32;
        Month::from_index(digits / 10_000 * 12 + digits / 100 % 100 - 1)
    }

    /// The packed integer, for hashing and storage in memory.
    pub fn packed(self) -> u64 {
        self.0
    }

    /// The number that [`ResidentId::packed`] packed. Form and date are checked again; the check
    /// digit was checked, or confirmed by a person, before it was packed.
    pub fn from_packed(packed: u64) -> Option<ResidentId> {
        let id = ResidentId(packed);
        (packed / 11 < 100_000_000_000_000_000 && id.birth_checked().is_some()).then_some(id)
    }

    /// For terminals and logs: the first six and the last two characters, the rest hidden.
    pub fn masked(self) -> String {
        let text = self.to_string();
        format!("{}**********{}", &text[..6], &text[16..])
    }
}

impl fmt::Display for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:017}", self.0 / 11)?;
        match self.0 % 11 {
            10 => f.write_str("X"),
            digit => write!(f, "{digit}"),
        }
    }
}

impl fmt::Debug for ResidentId {
    /// Masked, so that a number never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle() -> Month {
        Month::new(2023, 2).unwrap()
    }

    #[test]
    fn the_standards_own_example_and_the_police_specimens_pass() {
        for good in ["11010519491231002X", "810000199408230021", "830000199201300022", "932682198501010017"] {
            assert_eq!(ResidentId::parse(good, cycle()).unwrap().to_string(), good);
        }
    }

    #[test]
    fn unreal_days_and_days_after_the_cycle_are_refused() {
        let with_check = |first: &str| {
            let sum: u64 = first.bytes().zip(WEIGHTS).map(|(b, w)| u64::from(b - b'0') * w).sum();
            match (12 - sum % 11) % 11 {
                10 => format!("{first}X"),
                digit => format!("{first}{digit}"),
            }
        };
        for (first, fault) in [
            ("15019919500230013", Some(IdentityFault::Date)),
            ("15019918991231013", Some(IdentityFault::Date)),
            ("15019919000101013", None),
            ("15019920230228013", None),
            ("15019920230301013", Some(IdentityFault::Date)),
        ] {
            assert_eq!(ResidentId::parse(&with_check(first), cycle()).err(), fault, "{first}");
        }
    }

    #[test]
    fn numbers_sort_as_their_text_does() {
        let ten = ResidentId::parse("11010519491231002X", cycle()).unwrap();
        assert_eq!(ten.birth_month().to_string(), "1949-12");
        assert_eq!(ten.birth(), NaiveDate::from_ymd_opt(1949, 12, 31).unwrap());
        assert_eq!(format!("{ten:?}"), "ResidentId(110105**********2X)");
    }
}
