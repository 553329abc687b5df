//! What a cell holds before anybody knows its column.

use std::borrow::Cow;

use chrono::NaiveDateTime;

use crate::domain::Text;

/// A cell as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, not even white space.
    Empty,
    /// Text as written.
    Text(Cow<'a, str>),
    /// A number cell of a workbook.
    Number(Box<Number>),
    /// A number cell whose format is a date.
    Date(NaiveDateTime),
    /// A truth cell of a workbook.
    Flag(bool),
    /// An error value (`#N/A`), or a formula without a cached value (`#FORMULA`).
    Error(Text),
}

/// A number cell: never a binary float outside this room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Plain decimal digits, the shortest that keep 15 significant digits (READING 13).
    pub digits: Text,
    /// The number format's code as the workbook has it; empty for General or where the form does not
    /// show it.
    pub format: Text,
}

/// What a formula without a cached value is delivered as.
pub const NO_CACHED_VALUE: &str = "#FORMULA";

/// What a cell that is struck through, wholly or in part, is delivered as where nothing of it may be read.
pub const STRUCK_THROUGH: &str = "#STRUCK";

impl<'a> Cell<'a> {
    /// A text cell, or an empty one.
    pub fn text(text: Cow<'a, str>) -> Cell<'a> {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// Whether a person sees nothing in it.
    pub fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => is_blank_text(text),
            _ => false,
        }
    }

    /// The cell as a person sees it, white space and all; numbers as their digits, days as
    /// `2023-02-01`.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Cell::Empty => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(number) => Cow::Borrowed(&number.digits),
            Cell::Date(at) => Cow::Owned(at.format("%Y-%m-%d").to_string()),
            Cell::Flag(true) => Cow::Borrowed("TRUE"),
            Cell::Flag(false) => Cow::Borrowed("FALSE"),
            Cell::Error(text) => Cow::Borrowed(text),
        }
    }
}

pub use crate::domain::is_space;

/// Nothing but white space and characters of no width.
pub fn is_blank_text(text: &str) -> bool {
    text.chars().all(is_space)
}

impl Number {
    /// The shortest plain decimal that keeps 15 significant digits of a workbook's number;
    /// `None` for what is no number. The only place where a binary float is looked at.
    pub fn digits_of(value: f64) -> Option<Text> {
        if !value.is_finite() {
            return None;
        }
        if value == 0.0 {
            return Some("0".into());
        }
        let scientific = format!("{value:.14e}");
        let (mantissa, exponent) = scientific.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let (sign, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", mantissa),
        };
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_end_matches('0');
        if !(-60..=60).contains(&exponent) {
            return Some(format!("{sign}{value:e}").into());
        }
        let point = exponent + 1;
        let mut text = Text::from(sign);
        if point <= 0 {
            text.push_str("0.");
            (0..-point).for_each(|_| text.push('0'));
            text.push_str(digits);
        } else if digits.len() as i32 <= point {
            text.push_str(digits);
            (0..point - digits.len() as i32).for_each(|_| text.push('0'));
        } else {
            text.push_str(&digits[..point as usize]);
            text.push('.');
            text.push_str(&digits[point as usize..]);
        }
        Some(text)
    }

    /// How many decimals the format shows, where it is a plain number format (`0.00`, `#,##0.00`).
    pub fn decimals_shown(&self) -> Option<usize> {
        let first = self.format.split(';').next()?;
        if first.is_empty() || first.eq_ignore_ascii_case("general") {
            return None;
        }
        let after = first.split_once('.')?.1;
        let shown = after.chars().take_while(|c| matches!(c, '0' | '#' | '?')).count();
        (shown > 0).then_some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_shortest_decimal_of_fifteen_digits() {
        let shown = |value: f64| Number::digits_of(value).unwrap().to_string();
        assert_eq!(shown(0.1 + 0.2), "0.3");
        assert_eq!(shown(1234.5), "1234.5");
        assert_eq!(shown(150_199_195_208_020_135.0), "150199195208020000");
        assert_eq!(shown(-0.05), "-0.05");
        assert_eq!(shown(2023.1), "2023.1");
        assert_eq!(shown(100.0), "100");
        assert_eq!(shown(1.005), "1.005");
        assert_eq!(Number::digits_of(f64::NAN), None);
    }

    #[test]
    fn decimals_shown_come_from_plain_formats_only() {
        let shown = |format: &str| Number { digits: "1".into(), format: format.into() }.decimals_shown();
        assert_eq!(shown("0.00"), Some(2));
        assert_eq!(shown("#,##0.00_);(#,##0.00)"), Some(2));
        assert_eq!(shown("General"), None);
        assert_eq!(shown("0"), None);
    }
}
