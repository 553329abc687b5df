//! Days in the workbooks that we write: one place that knows where the format's calendar begins and ends.

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, XlsxError};

/// A day as workbooks hold it; nothing outside 1900 to 9999, which is then written as text.
pub fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8).ok()
}

/// The same as the number of days that a cell holds; nothing before March 1900 either, where the format counts
/// a day that never was.
pub fn excel_serial(day: NaiveDate) -> Option<u32> {
    let days = day.num_days_from_ce() - 693_594;
    u32::try_from(days).ok().filter(|days| *days > 60 && day.year() <= 9999)
}

/// Properties of a workbook that say when it was made: the same content of the same day is the same bytes. A day
/// that the format does not know becomes its first.
///
/// # Errors
/// None for the days there are; the writer's type has one.
pub fn made_on(day: NaiveDate) -> Result<DocProperties, XlsxError> {
    let made = match excel_day(day) {
        Some(made) => made,
        None => ExcelDateTime::from_ymd(1900, 1, 1)?,
    };
    Ok(DocProperties::new().set_creation_datetime(&made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_spreadsheets_do_and_only_where_they_count_right() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        assert_eq!(excel_serial(day(2023, 2, 1)), Some(44_958));
        assert_eq!(excel_serial(day(1900, 3, 1)), Some(61));
        assert_eq!(excel_serial(day(1900, 2, 28)), None);
        assert_eq!(excel_serial(day(9999, 12, 31)), Some(2_958_465));
        assert_eq!(excel_serial(day(10_000, 1, 1)), None);
        assert_eq!(excel_serial(day(-5, 1, 1)), None);
        for (year, known) in [(1899, false), (1900, true), (9999, true), (10_000, false)] {
            assert_eq!(excel_day(day(year, 6, 1)).is_some(), known, "{year}");
            assert!(made_on(day(year, 6, 1)).is_ok());
        }
    }
}
