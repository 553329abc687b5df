//! A figure of the page: its stable name, and how it is shown. The name stands in the page as
//! `data-figure`, so that a program can find every figure and compute it again from the CSV files.

use serde::Serialize;

use crate::domain::{Money, Tally};

use super::super::label::signed;
use super::super::people::{grouped, grouped_count};

/// One figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Stable name, e.g. `programme.old-age.paid`.
    pub id: String,
    /// As shown; empty where there is nothing to show.
    pub text: String,
    /// Below zero.
    pub negative: bool,
}

impl Figure {
    /// A figure shown as the text says.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Figure {
        Figure { id: id.into(), text: text.into(), negative: false }
    }

    /// An amount.
    pub fn money(id: impl Into<String>, money: Money) -> Figure {
        Figure { id: id.into(), text: grouped(money), negative: money.is_negative() }
    }

    /// An amount; nothing for 0.00.
    pub fn some_money(id: impl Into<String>, money: Money) -> Figure {
        if money.is_zero() { Figure::text(id, "") } else { Figure::money(id, money) }
    }

    /// An amount with its sign; nothing where there is none.
    pub fn difference(id: impl Into<String>, money: Option<Money>) -> Figure {
        let negative = money.is_some_and(Money::is_negative);
        Figure { id: id.into(), text: money.map_or(String::new(), signed), negative }
    }

    /// A count.
    pub fn count(id: impl Into<String>, count: u64) -> Figure {
        Figure::text(id, grouped_count(count))
    }

    /// A count; nothing for 0.
    pub fn some_count(id: impl Into<String>, count: u64) -> Figure {
        if count == 0 { Figure::text(id, "") } else { Figure::count(id, count) }
    }

    /// Count and money of a tally, as `id.count` and `id.money`; money only where there is any.
    pub fn tally(id: &str, tally: Tally) -> [Figure; 2] {
        [
            Figure::count(format!("{id}.count"), tally.count),
            Figure::some_money(format!("{id}.money"), tally.money),
        ]
    }
}

/// A part of a whole as `12.3%`, half-up; empty where there is no whole.
pub fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let permille = (i128::from(part) * 2000 / i128::from(whole) + 1) / 2;
    format!("{}.{}%", permille / 10, (permille % 10).abs())
}

/// A text with thousands separators in its numbers: `4106.00 → 2818.00` as `4,106.00 → 2,818.00`.
pub fn separated(text: &str) -> String {
    let mut separated = String::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end =
            rest[start..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |length| start + length);
        separated.push_str(&rest[..start]);
        let after_point = separated.ends_with('.');
        match rest[start..end].parse::<u64>() {
            Ok(number) if !after_point => separated.push_str(&grouped_count(number)),
            _ => separated.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    separated.push_str(rest);
    separated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_a_text_are_separated_and_fen_left_alone() {
        assert_eq!(separated("4106.00 → 12818.05"), "4,106.00 → 12,818.05");
        assert_eq!(separated("31 / 204"), "31 / 204");
        assert_eq!(separated("±30%"), "±30%");
    }

    #[test]
    fn shares_round_half_up_and_add_nothing_to_nothing() {
        assert_eq!(share(1, 3), "33.3%");
        assert_eq!(share(1, 2000), "0.1%");
        assert_eq!(share(1, 2001), "0.0%");
        assert_eq!(share(2, 2), "100.0%");
        assert_eq!(share(0, 0), "");
    }
}
