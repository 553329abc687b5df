use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A calendar month: the month an amount is for, or the month in which a run pays.
///
/// Held as the count of months since January of year 0, so that month arithmetic is integer
/// arithmetic and never meets the 31st or 29 February.
///
/// ```
/// use disburse::domain::Month;
/// let month: Month = "2023-02".parse().unwrap();
/// assert_eq!(month.plus(11).to_string(), "2024-01");
/// assert_eq!(month.months_since(month.plus(-12)), 12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month of a year; `None` unless `month` is 1–12 and `year` 1–9999.
    pub fn new(year: i32, month: u32) -> Option<Month> {
        ((1..=12).contains(&month) && (1..=9999).contains(&year)).then(|| Month(year * 12 + month as i32 - 1))
    }

    /// The month a day lies in.
    pub fn of(date: NaiveDate) -> Month {
        Month(date.year() * 12 + date.month0() as i32)
    }

    /// Calendar year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Calendar month, 1–12.
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// This many months later (earlier when negative).
    pub fn plus(self, months: i32) -> Month {
        Month(self.0.saturating_add(months))
    }

    /// Months from `earlier` to this month; negative when `earlier` is later.
    pub fn months_since(self, earlier: Month) -> i32 {
        self.0 - earlier.0
    }

    /// First day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), 1).unwrap_or(NaiveDate::MAX)
    }

    /// Last day.
    pub fn last_day(self) -> NaiveDate {
        self.plus(1).first_day().pred_opt().unwrap_or(NaiveDate::MAX)
    }

    /// Months from this one to `last`, both included; empty when `last` is earlier.
    pub fn through(self, last: Month) -> impl DoubleEndedIterator<Item = Month> {
        (self.0..=last.0).map(Month)
    }

    /// `202302`, as payment ids and file names write it.
    pub fn compact(self) -> String {
        format!("{:04}{:02}", self.year(), self.month())
    }

    /// The count that the ledger stores: months since January of year 0.
    pub fn index(self) -> i32 {
        self.0
    }

    /// The month of a stored count.
    pub fn from_index(index: i32) -> Month {
        Month(index)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// What was written is not a month of the form `2023-02`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a month: write it as 2023-02")]
pub struct NotAMonth(String);

impl std::str::FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Month, NotAMonth> {
        let fault = || NotAMonth(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(fault)?;
        if year.len() != 4 || month.len() != 2 || !text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) {
            return Err(fault());
        }
        Month::new(year.parse().map_err(|_| fault())?, month.parse().map_err(|_| fault())?).ok_or_else(fault)
    }
}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_twelve_months_and_the_next_begins_in_january() {
        let december = Month::new(2022, 12).unwrap();
        assert_eq!(december.plus(1).to_string(), "2023-01");
        assert_eq!(december.plus(-12).to_string(), "2021-12");
        assert_eq!(december.last_day(), NaiveDate::from_ymd_opt(2022, 12, 31).unwrap());
    }

    #[test]
    fn only_the_written_form_of_the_files_is_a_month() {
        for wrong in ["2023-2", "2023-13", "2023-00", "202302", "2023/02", "+023-02", ""] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
