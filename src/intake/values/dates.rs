//! Days and months in the forms townships write (READING 12).

use chrono::{Datelike, NaiveDate};

use super::texts::{bare, broken, fold_width};
use super::{Reading, Trouble};
use crate::domain::Month;
use crate::formats::Cell;
use crate::formats::cell::is_space;

/// A day, or a month without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// A real day.
    Date(NaiveDate),
    /// Only year and month are written.
    Month(Month),
}

impl Day {
    /// The month.
    pub fn month(self) -> Month {
        match self {
            Day::Date(date) => Month::of(date),
            Day::Month(month) => month,
        }
    }
}

/// Reads a day or a month. `open_end`: `长期` and `至今` mean an empty optional end date.
/// `from_text_file`: a point before a month of `1` or `10` is noted, because a spreadsheet may have
/// lost a zero when it wrote the text.
pub fn read_day(
    cell: &Cell<'_>,
    open_end: bool,
    from_text_file: bool,
    notes: &mut Vec<Trouble>,
) -> Reading<Day> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Error(_) => Err(broken(cell)),
        // A nought under a day's format is the day before 1900.
        Cell::Date(at) if at.year() < 1900 => Err(Trouble::written("date-unreadable", &cell.shown())),
        Cell::Date(at) => Ok(Some(Day::Date(at.date()))),
        Cell::Flag(_) => Err(Trouble::written("date-unreadable", &cell.shown())),
        Cell::Number(number) => {
            let wrong = || Trouble::written("date-unreadable", &number.digits);
            let Some((year, decimals)) = number.digits.split_once('.') else {
                return compact(&number.digits).map(Some).ok_or_else(wrong);
            };
            let decimals = match (number.decimals_shown(), decimals.len()) {
                (Some(2), 1) => format!("{decimals}0"),
                (_, 1) if decimals == "1" => {
                    return Err(Trouble::written("date-ambiguous", &number.digits));
                }
                _ => decimals.to_owned(),
            };
            month_of(year, &decimals).map(|month| Some(Day::Month(month))).ok_or_else(wrong)
        }
        Cell::Text(text) => {
            if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
                && let Some(day) = plain(text)
            {
                return Ok(Some(day));
            }
            let folded = folded(bare(text));
            if folded.is_empty() {
                return Ok(None);
            }
            if open_end && matches!(folded.as_str(), "长期" | "至今") {
                return Ok(None);
            }
            let day = parse(&folded).ok_or_else(|| Trouble::written("date-unreadable", text))?;
            if from_text_file
                && (folded.ends_with(".1") || folded.ends_with(".10"))
                && matches!(day, Day::Month(_))
            {
                notes.push(Trouble::written("date-point-month", text).with("read", day.month().to_string()));
            }
            Ok(Some(day))
        }
    }
}

/// A month field takes the month of a day.
pub fn read_month(
    cell: &Cell<'_>,
    open_end: bool,
    from_text_file: bool,
    notes: &mut Vec<Trouble>,
) -> Reading<Month> {
    Ok(read_day(cell, open_end, from_text_file, notes)?.map(Day::month))
}

/// A date field needs a day.
pub fn read_date(cell: &Cell<'_>, open_end: bool, from_text_file: bool) -> Reading<NaiveDate> {
    match read_day(cell, open_end, from_text_file, &mut Vec::new())? {
        Some(Day::Date(date)) => Ok(Some(date)),
        Some(Day::Month(_)) => Err(Trouble::written("date-without-day", &cell.shown())),
        None => Ok(None),
    }
}

/// `2023-02` and `2023-02-15`, the forms of our own files, without a copy.
fn plain(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)?
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let year = i32::try_from(digits(0..4)?).ok()?;
    if bytes.get(4) != Some(&b'-') {
        return None;
    }
    let month = digits(5..7)?;
    match bytes.len() {
        7 => month_in(year, month).map(Day::Month),
        10 if bytes[7] == b'-' => day_in(year, month, digits(8..10)?),
        _ => None,
    }
}

/// Width folded, white space out, a trailing midnight off.
fn folded(text: &str) -> String {
    let trimmed = text.trim_matches(is_space);
    let mut folded: String = trimmed.chars().map(fold_width).collect();
    for midnight in ["00:00:00.000", "00:00:00.0", "00:00:00", "0:00:00", "00:00", "0:00"] {
        if let Some(rest) = folded.strip_suffix(midnight)
            && rest.ends_with(|c: char| is_space(c) || c == 'T' || c == '日')
        {
            folded = rest.trim_end_matches('T').to_owned();
            break;
        }
    }
    folded.retain(|character| !is_space(character));
    folded
}

fn parse(text: &str) -> Option<Day> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return compact(text);
    }
    if text.contains('年') {
        let (year, rest) = text.split_once('年')?;
        let (month, rest) = match rest.split_once('月') {
            Some((month, rest)) => (month, rest),
            None => (rest, ""),
        };
        let rest = rest.strip_suffix(['日', '号']).unwrap_or(rest);
        return assembled(year, month, (!rest.is_empty()).then_some(rest));
    }
    let separator = text.chars().find(|character| matches!(character, '.' | '/' | '-' | '。' | '．'))?;
    let mut parts = text.split(separator);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    assembled(year, month, day)
}

/// `202302`, `20230215`.
fn compact(digits: &str) -> Option<Day> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        6 => month_of(&digits[..4], &digits[4..]).map(Day::Month),
        8 => assembled(&digits[..4], &digits[4..6], Some(&digits[6..])),
        _ => None,
    }
}

fn assembled(year: &str, month: &str, day: Option<&str>) -> Option<Day> {
    let month = month_of(year, month)?;
    match day {
        None => Some(Day::Month(month)),
        Some(day) => day_in(month.year(), month.month(), small(day)?),
    }
}

fn month_of(year: &str, month: &str) -> Option<Month> {
    let four = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    month_in(four.then(|| year.parse().ok())??, small(month)?)
}

fn month_in(year: i32, month: u32) -> Option<Month> {
    (year >= 1900).then(|| Month::new(year, month))?
}

fn day_in(year: i32, month: u32, day: u32) -> Option<Day> {
    if year < 1900 {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day).map(Day::Date)
}

/// One or two digits.
fn small(text: &str) -> Option<u32> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::formats::Number;

    fn text(written: &str) -> Reading<Day> {
        read_day(&Cell::Text(Cow::Owned(written.to_owned())), true, false, &mut Vec::new())
    }

    fn number(digits: &str, format: &str) -> Reading<Day> {
        let number = Number { digits: digits.into(), format: format.into() };
        read_day(&Cell::Number(Box::new(number)), true, false, &mut Vec::new())
    }

    fn month(year: i32, month: u32) -> Reading<Day> {
        Ok(Some(Day::Month(Month::new(year, month).unwrap())))
    }

    #[test]
    fn months_and_days_are_read_in_every_listed_form() {
        for written in
            ["2023.2", "2023-02", "2023/2", "2023年2月", "202302", "２０２３．０２", " 2023 年 2 月 "]
        {
            assert_eq!(text(written), month(2023, 2), "{written}");
        }
        let day = Ok(Some(Day::Date(NaiveDate::from_ymd_opt(2023, 2, 5).unwrap())));
        for written in [
            "2023.2.5",
            "2023-02-05",
            "2023/2/5",
            "2023年2月5日",
            "20230205",
            "2023-02-05 00:00:00",
            "2023-02-05T00:00:00",
        ] {
            assert_eq!(text(written), day, "{written}");
        }
    }

    #[test]
    fn what_would_be_a_guess_is_an_error() {
        for written in [
            "23.2",
            "2023",
            "44958",
            "二〇二三年二月",
            "Feb 2023",
            "2022.1-2023.2",
            "2023-13",
            "2023-02-30",
            "2023.2.5.1",
            "0.1",
            "/",
            "-",
            "2023-02-05 08:30:00",
            "1899-12",
        ] {
            assert!(text(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_point_month_in_text_is_read_as_written_and_noted_in_text_files() {
        assert_eq!(text("2023.1"), month(2023, 1));
        assert_eq!(text("2023.10"), month(2023, 10));
        let mut notes = Vec::new();
        let cell = Cell::Text(Cow::Borrowed("2023.1"));
        assert!(read_month(&cell, false, true, &mut notes).is_ok());
        assert_eq!(notes[0].code, "date-point-month");
    }

    #[test]
    fn a_number_cell_of_january_or_october_is_refused_unless_its_format_tells() {
        assert_eq!(number("2023.1", "General").unwrap_err().code, "date-ambiguous");
        assert_eq!(number("2023.1", "0.00"), month(2023, 10));
        assert_eq!(number("2023.01", "General"), month(2023, 1));
        assert_eq!(number("2023.2", "General"), month(2023, 2));
        assert_eq!(number("202302", "General"), month(2023, 2));
        assert!(number("44958", "General").is_err());
    }

    #[test]
    fn open_ends_are_empty_only_where_a_field_may_be() {
        assert_eq!(text("长期"), Ok(None));
        let cell = Cell::Text(Cow::Borrowed("至今"));
        assert!(read_month(&cell, false, false, &mut Vec::new()).is_err());
        assert_eq!(
            read_date(&Cell::Text(Cow::Borrowed("2023.2")), false, false).unwrap_err().code,
            "date-without-day"
        );
    }
}
