//! Cells of the sample's rosters, by the parts of READING that they need. A cell is empty, cannot be
//! read, or is a value.

use std::collections::BTreeMap;

use crate::figures::{Month, month};

/// A roster row as plain text by header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `<file>[!<sheet>]:<row>`
    pub source: String,
    /// Whether the record has as many cells as the header.
    pub sound: bool,
    /// The cells by header, as written.
    pub cells: BTreeMap<String, String>,
}

impl Row {
    /// The cell under a header, trimmed; empty where there is no such column.
    pub fn get(&self, header: &str) -> &str {
        self.cells.get(header).map_or("", |cell| cell.trim())
    }

    /// All cells but the place: two rows with the same facts say the same.
    pub fn same_facts(&self, other: &Row) -> bool {
        self.cells == other.cells
    }
}

/// A cell after reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<T> {
    Empty,
    Unreadable,
    Is(T),
}

impl<T> Cell<T> {
    /// The value where it is needed: blank and unreadable are both missing.
    pub fn needed(self) -> Option<T> {
        match self {
            Cell::Is(value) => Some(value),
            Cell::Empty | Cell::Unreadable => None,
        }
    }
}

fn narrow(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.chars().map(fold).collect()
}

/// An identity number after cleaning, right or wrong.
pub fn clean_number(text: &str) -> String {
    narrow(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase()
}

/// The month of birth, if the number is 18 characters with a right check character and a real day from
/// 1900 to the cycle.
pub fn birth(number: &str, cycle: Month) -> Option<Month> {
    let bytes = number.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = bytes[..17].iter().zip(weights).map(|(b, w)| usize::from(b - b'0') * w).sum();
    if bytes[17] != b"10X98765432"[sum % 11] {
        return None;
    }
    let digits = |from: usize, to: usize| number[from..to].parse::<i32>().unwrap_or(0);
    let (year, of_year, day) = (digits(6, 10), digits(10, 12), digits(12, 14));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match of_year {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    let real = year >= 1900 && (1..=days).contains(&day) && month(year, of_year) <= cycle;
    real.then(|| month(year, of_year))
}

/// The digits of the date of birth, also of a wrong number.
pub fn birth_digits(number: &str) -> Option<&str> {
    number.get(6..14).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// `2023-02`, `2023-02-05`, `2020年3月`; 长期 and 至今 are no end.
pub fn month_cell(text: &str) -> Cell<Month> {
    match parts(text) {
        Cell::Is(parts) if parts.len() >= 2 && (1..=12).contains(&parts[1]) => {
            Cell::Is(month(parts[0], parts[1]))
        }
        Cell::Empty => Cell::Empty,
        _ => Cell::Unreadable,
    }
}

/// The month a day lies in; a month alone is no day.
pub fn date_cell(text: &str) -> Cell<Month> {
    match parts(text) {
        Cell::Is(parts)
            if parts.len() == 3 && (1..=12).contains(&parts[1]) && (1..=31).contains(&parts[2]) =>
        {
            Cell::Is(month(parts[0], parts[1]))
        }
        Cell::Empty => Cell::Empty,
        _ => Cell::Unreadable,
    }
}

fn parts(text: &str) -> Cell<Vec<i32>> {
    let text = narrow(text.trim());
    if text.is_empty() || text == "长期" || text == "至今" {
        return Cell::Empty;
    }
    let numbers: Option<Vec<i32>> = text
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    match numbers {
        Some(numbers) if numbers[0] >= 1000 => Cell::Is(numbers),
        _ => Cell::Unreadable,
    }
}

/// An amount in fen: `1,234.50`, `12.485万元`, `900元`.
pub fn money_cell(text: &str) -> Cell<i64> {
    let text = narrow(text.trim());
    if text.is_empty() {
        return Cell::Empty;
    }
    let text = text.trim_start_matches('¥').trim_end_matches('元').replace(',', "");
    let (digits, places) = match text.strip_suffix('万') {
        Some(digits) => (digits.trim(), 6),
        None => (text.trim(), 2),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = !whole.is_empty() && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
    let (kept, surplus) = part.split_at(part.len().min(places));
    if !plain || surplus.bytes().any(|b| b != b'0') {
        return Cell::Unreadable;
    }
    format!("{whole}{kept:0<places$}").parse().map_or(Cell::Unreadable, Cell::Is)
}

/// A whole number of 0 and more.
pub fn count_cell(text: &str) -> Cell<i64> {
    let text = narrow(text.trim());
    if text.is_empty() {
        return Cell::Empty;
    }
    match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse().map_or(Cell::Unreadable, Cell::Is),
        false => Cell::Unreadable,
    }
}

/// 是 or 否.
pub fn flag_cell(text: &str) -> Cell<bool> {
    match text.trim() {
        "" => Cell::Empty,
        "是" => Cell::Is(true),
        "否" => Cell::Is(false),
        _ => Cell::Unreadable,
    }
}

/// A grade: `2`, `二级`, `2级`.
pub fn grade_cell(text: &str) -> Cell<i64> {
    match narrow(text.trim()).trim_end_matches('级') {
        "" => Cell::Empty,
        "1" | "一" => Cell::Is(1),
        "2" | "二" => Cell::Is(2),
        "3" | "三" => Cell::Is(3),
        "4" | "四" => Cell::Is(4),
        _ => Cell::Unreadable,
    }
}

/// One of these words; each may be written in several ways, the first is its name.
pub fn word_cell(text: &str, words: &[&[&'static str]]) -> Cell<&'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Cell::Empty;
    }
    words.iter().find(|ways| ways.contains(&text)).map_or(Cell::Unreadable, |ways| Cell::Is(ways[0]))
}
