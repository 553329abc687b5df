//! Identity numbers, accounts and disability certificates that pass every check and belong to nobody:
//! the division 150199 does not exist, cards begin with 629999, passbooks with 05.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Month, Text};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The last character of an identity number (GB 11643, ISO 7064 MOD 11-2) after these seventeen digits.
pub fn check_character(seventeen: &str) -> char {
    let sum: u32 = seventeen.bytes().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// The identity number of a person of the division 150199.
pub fn resident_number(birth: NaiveDate, sequence: u16) -> Text {
    let digits = format!("150199{:04}{:02}{:02}{sequence:03}", birth.year(), birth.month(), birth.day());
    let check = check_character(&digits);
    let mut number = Text::from(digits);
    number.push(check);
    number
}

/// The same number with another last character: the commonest typing fault.
pub fn with_wrong_check(number: &str) -> Text {
    let (digits, check) = number.split_at(17);
    let mut wrong = Text::from(digits);
    wrong.push(if check == "0" { '1' } else { '0' });
    wrong
}

/// Hands out identity numbers so that no two people share one.
#[derive(Debug)]
pub struct Registry {
    used: Vec<u16>,
}

/// Sequence numbers from here on are left for planted cases.
pub const FIRST_PLANTED_SEQUENCE: u16 = 900;

impl Registry {
    /// Nobody registered yet.
    pub fn new() -> Registry {
        Registry { used: Vec::new() }
    }

    /// A number for somebody born in this month, on or after this day; another day of the month where
    /// all numbers of the day are given out, and the months before it after that.
    pub fn register(&mut self, month: Month, day: u32) -> Text {
        let mut month = month;
        loop {
            let days = month.last_day().day();
            for offset in 0..days {
                let birth = month.first_day() + chrono::Days::new(u64::from((day - 1 + offset) % days));
                let index = birth.num_days_from_ce().saturating_sub(FIRST_DAY).max(0) as usize;
                if index >= self.used.len() {
                    self.used.resize(index + 1, 0);
                }
                if self.used[index] + 1 < FIRST_PLANTED_SEQUENCE {
                    self.used[index] += 1;
                    return resident_number(birth, self.used[index]);
                }
            }
            month = month.plus(-1);
        }
    }
}

/// 1900-01-01 as days of the common era.
const FIRST_DAY: i32 = 693_596;

/// A card of 19 digits whose last is right by Luhn.
pub fn card(serial: u64) -> Text {
    let digits = format!("629999{:012}", serial % 1_000_000_000_000);
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 1 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    Text::from(format!("{digits}{}", (10 - sum % 10) % 10))
}

/// A passbook account of 15 digits, which carries no check digit.
pub fn passbook(serial: u64) -> Text {
    Text::from(format!("05{:013}", serial % 10_000_000_000_000))
}

/// The kinds of disability, in the order of the certificate's nineteenth digit (1–7).
pub const DISABILITY_KINDS: [&str; 7] = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];

/// A certificate: the identity number, the kind (from 1), the grade.
pub fn certificate(resident: &str, kind: usize, grade: u32) -> Text {
    Text::from(format!("{resident}{kind}{grade}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ResidentId;

    #[test]
    fn numbers_pass_the_domains_check_and_some_end_in_x() {
        let cycle = Month::new(2023, 2).unwrap();
        let mut registry = Registry::new();
        let numbers: Vec<Text> =
            (0..3000).map(|n| registry.register(Month::new(1940 + n % 3, 2).unwrap(), 28)).collect();
        assert!(numbers.iter().all(|number| ResidentId::parse(number, cycle).is_ok()));
        assert!(numbers.iter().any(|number| number.ends_with('X')));
        assert!(numbers.iter().any(|number| !number.ends_with('X')));
        let distinct: std::collections::BTreeSet<&Text> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len());
    }

    #[test]
    fn a_full_day_spills_over_within_its_month_and_never_into_planted_sequences() {
        let mut registry = Registry::new();
        let month = Month::new(1943, 2).unwrap();
        let numbers: Vec<Text> = (0..2000).map(|_| registry.register(month, 28)).collect();
        assert!(numbers.iter().all(|number| number[6..12] == *"194302"));
        assert!(numbers.iter().all(|number| number[14..17].parse::<u16>().unwrap() < FIRST_PLANTED_SEQUENCE));
    }

    #[test]
    fn cards_hold_by_luhn_and_a_wrong_check_character_never_equals_the_right_one() {
        for serial in [0, 1, 7, 96_723, 999_999_999_999] {
            let number = card(serial);
            let sum: u32 = number
                .bytes()
                .rev()
                .enumerate()
                .map(|(place, byte)| {
                    let digit = u32::from(byte - b'0') * (1 + place as u32 % 2);
                    digit / 10 + digit % 10
                })
                .sum();
            assert_eq!((number.len(), sum % 10), (19, 0));
        }
        for sequence in 1..40 {
            let number = resident_number(NaiveDate::from_ymd_opt(1950, 3, 1).unwrap(), sequence);
            assert!(
                ResidentId::parse(&with_wrong_check(&number), Month::new(2023, 2).unwrap()).is_err(),
                "{number}"
            );
        }
    }
}
