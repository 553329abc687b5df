//! Working days. In: the calendar files of a workspace, one a year (DESIGN §5). Out: whether a day
//! is worked, by which day a month must be paid, how many working days lie between two days.
//!
//! It knows no today. A year without a file is read as weekends only, and says so: the State Council
//! announces holidays in the autumn before, and no rule foretells them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use crate::domain::{Exit, Fault, Finding, Month, Place, Severity, Text};

/// Public holidays and make-up working days.
///
/// ```
/// use chrono::NaiveDate;
/// use disburse::calendar::Calendar;
/// let text = "year = 2023\n[holidays]\n2023-04-05 = \"清明节\"\n[working_days]\n2023-05-06 = \"劳动节\"";
/// let calendar = Calendar::load(&[(2023, text)]).unwrap();
/// let day = |month, day| NaiveDate::from_ymd_opt(2023, month, day).unwrap();
/// assert!(!calendar.is_working(day(4, 5)) && calendar.is_working(day(5, 6)));
/// assert_eq!(calendar.pay_by("2023-06".parse().unwrap(), 0, true), day(6, 9));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    days: BTreeMap<NaiveDate, Day>,
    years: BTreeMap<i32, Vec<String>>,
}

/// A day that is otherwise than its weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Worked or free.
    pub working: bool,
    /// The holiday it belongs to.
    pub name: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    #[serde(default)]
    notices: Vec<String>,
    #[serde(default)]
    holidays: BTreeMap<String, String>,
    #[serde(default)]
    working_days: BTreeMap<String, String>,
}

impl Calendar {
    /// Reads the calendar files: year (from the file's name) and TOML text.
    ///
    /// # Errors
    /// Exit 3 with a finding for every file that cannot be read, every day that is none, and every
    /// day that two entries describe differently.
    pub fn load(files: &[(i32, &str)]) -> Result<Calendar, Fault> {
        let mut calendar = Calendar::default();
        let mut findings = Vec::new();
        for (year, text) in files {
            calendar.add(*year, text.strip_prefix('\u{FEFF}').unwrap_or(text), &mut findings);
        }
        if findings.is_empty() {
            Ok(calendar)
        } else {
            Err(Fault::new(Exit::Refused, "calendar-refused").found(findings))
        }
    }

    fn add(&mut self, year: i32, text: &str, findings: &mut Vec<Finding>) {
        let place = |row: usize| Place {
            file: format!("calendar/{year}.toml").into(),
            row: row as u32,
            ..Place::default()
        };
        let file: YearFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(fault) => {
                let row = fault.span().map_or(0, |span| {
                    text.as_bytes().iter().take(span.start).filter(|&&byte| byte == b'\n').count() + 1
                });
                let finding = Finding::new("calendar-unreadable", Severity::Error, place(row));
                findings.push(finding.with("message", fault.message()));
                return;
            }
        };
        let mut fault = |code, value: &str| {
            findings.push(Finding::new(code, Severity::Error, place(0)).with("value", value));
        };
        if file.year != year || self.years.contains_key(&year) {
            fault("calendar-year-differs", &file.year.to_string());
            return;
        }
        self.years.insert(year, file.notices);
        let holidays = file.holidays.into_iter().map(|(day, name)| (day, name, false));
        let working = file.working_days.into_iter().map(|(day, name)| (day, name, true));
        for (text, name, working) in holidays.chain(working) {
            let Ok(date) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") else {
                fault("calendar-day-unreadable", &text);
                continue;
            };
            let day = Day { working, name: name.into() };
            match self.days.insert(date, day) {
                Some(before) if before.working != working => fault("calendar-day-twice", &text),
                _ => {}
            }
        }
    }

    /// Whether a day is worked.
    pub fn is_working(&self, date: NaiveDate) -> bool {
        match self.days.get(&date) {
            Some(day) => day.working,
            None => !matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// What the calendar says about a day beyond its weekday.
    pub fn day(&self, date: NaiveDate) -> Option<&Day> {
        self.days.get(&date)
    }

    /// The day by which a month must be paid: the last working day on or before the 10th (before the
    /// 10th, where that is how the rule is read), less so many working days for the bank.
    pub fn pay_by(&self, month: Month, lead_days: u32, includes_tenth: bool) -> NaiveDate {
        let last = if includes_tenth { 10 } else { 9 };
        let day = NaiveDate::from_ymd_opt(month.year(), month.month(), last).unwrap_or(NaiveDate::MAX);
        let mut day = self.working_on_or_before(day);
        for _ in 0..lead_days {
            day = self.working_on_or_before(day.pred_opt().unwrap_or(NaiveDate::MIN));
        }
        day
    }

    /// The latest working day up to a day.
    pub fn working_on_or_before(&self, mut day: NaiveDate) -> NaiveDate {
        while !self.is_working(day) {
            match day.pred_opt() {
                Some(before) => day = before,
                None => break,
            }
        }
        day
    }

    /// Working days after `from`, up to and including `to`; 0 where `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| self.is_working(*day)).count()
            as u32
    }

    /// Working days from a day to a pay-by date, the first not counted; below 0 once it has passed.
    pub fn working_days_left(&self, today: NaiveDate, pay_by: NaiveDate) -> i32 {
        if today <= pay_by {
            self.working_days_between(today, pay_by) as i32
        } else {
            // A date that passed over a weekend is late all the same.
            -(self.working_days_between(pay_by, today).max(1) as i32)
        }
    }

    /// Whether a year has a file.
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains_key(&year)
    }

    /// The notices on which a year's table rests.
    pub fn notices(&self, year: i32) -> &[String] {
        self.years.get(&year).map_or(&[], Vec::as_slice)
    }

    /// A warning for each year among these days that has no file.
    pub fn warnings(&self, days: impl IntoIterator<Item = NaiveDate>) -> Vec<Finding> {
        let years: BTreeSet<i32> = days.into_iter().map(|day| day.year()).collect();
        years
            .into_iter()
            .filter(|year| !self.knows(*year))
            .map(|year| {
                let file: Text = format!("calendar/{year}.toml").into();
                let place = Place { file, ..Place::default() };
                Finding::new("calendar-year-missing", Severity::Warning, place).with("year", year.to_string())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[(i32, &str)] = &[
        (2022, include_str!("../../fixtures/xincheng/calendar/2022.toml")),
        (2023, include_str!("../../fixtures/xincheng/calendar/2023.toml")),
        (2024, include_str!("../../fixtures/xincheng/calendar/2024.toml")),
        (2025, include_str!("../../fixtures/xincheng/calendar/2025.toml")),
        (2026, include_str!("../../fixtures/xincheng/calendar/2026.toml")),
    ];

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    #[test]
    fn sixty_months_have_the_deadline_that_another_computation_found() {
        let calendar = Calendar::load(FILES).unwrap();
        let expected: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/data/calendar/derived_deadline_10th.json"))
                .unwrap();
        assert_eq!(expected.len(), 60);
        for entry in expected {
            let month: Month = entry["month"].as_str().unwrap().parse().unwrap();
            let deadline = day(entry["last_working_day_on_or_before_10th"].as_str().unwrap());
            assert_eq!(calendar.pay_by(month, 0, true), deadline, "{month}");
            let before = month.first_day().pred_opt().unwrap();
            let tenth = NaiveDate::from_ymd_opt(month.year(), month.month(), 10).unwrap();
            let working = u64::from(calendar.working_days_between(before, tenth));
            assert_eq!(working, entry["working_days_1_to_10"].as_u64().unwrap(), "{month}");
        }
    }

    #[test]
    fn lead_days_and_the_strict_reading_go_back_over_free_days_only() {
        let calendar = Calendar::load(FILES).unwrap();
        let october: Month = "2025-10".parse().unwrap();
        // 1–8 October 2025 are free; the 9th and 10th are worked, and so is 30 September.
        assert_eq!(calendar.pay_by(october, 0, true), day("2025-10-10"));
        assert_eq!(calendar.pay_by(october, 0, false), day("2025-10-09"));
        assert_eq!(calendar.pay_by(october, 1, true), day("2025-10-09"));
        assert_eq!(calendar.pay_by(october, 2, true), day("2025-09-30"));
        // A make-up Saturday is a working day.
        assert_eq!(calendar.pay_by("2026-05".parse().unwrap(), 0, true), day("2026-05-09"));
    }

    #[test]
    fn a_year_without_a_file_has_weekends_only_and_a_warning() {
        let calendar = Calendar::load(FILES).unwrap();
        assert!(calendar.is_working(day("2027-10-01")) && !calendar.is_working(day("2027-10-02")));
        let warnings = calendar.warnings([day("2026-12-31"), day("2027-01-08"), day("2027-01-11")]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, "calendar-year-missing");
    }

    #[test]
    fn working_days_between_counts_the_last_day_and_not_the_first() {
        let calendar = Calendar::load(FILES).unwrap();
        assert_eq!(calendar.working_days_between(day("2023-02-10"), day("2023-02-13")), 1);
        assert_eq!(calendar.working_days_between(day("2023-02-10"), day("2023-02-10")), 0);
        assert_eq!(calendar.working_days_between(day("2023-02-10"), day("2023-02-09")), 0);
        assert_eq!(calendar.working_days_between(day("2023-04-28"), day("2023-05-06")), 3);
    }

    #[test]
    fn every_fault_of_the_files_is_found() {
        let texts = [
            (2023, "year = 2024"),
            (
                2024,
                "year = 2024\n[holidays]\n2024-02-30 = \"x\"\n2024-02-10 = \"x\"\n[working_days]\n2024-02-10 = \"x\"",
            ),
            (2025, "year = "),
        ];
        let fault = Calendar::load(&texts).unwrap_err();
        let codes: Vec<&str> = fault.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(
            codes,
            ["calendar-year-differs", "calendar-day-unreadable", "calendar-day-twice", "calendar-unreadable"]
        );
        assert!(codes.iter().all(|code| crate::words::knows(code)) && crate::words::knows(fault.code));
    }
}
