//! CSV cells by hand: 3 million rows leave no room for a general writer, and the rules are few.
//! UTF-8 with BOM, comma, CRLF-free lines ending in `\n`, quotes only where a cell needs them.

use std::io::{self, Write};

use rayon::prelude::*;

use crate::domain::{Beneficiary, Money, Month, ResidentId};

/// The byte order mark every CSV file begins with.
pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Rows rendered by one task, and tasks rendered before their bytes are written: bounds the memory
/// of a file of any length to some megabytes.
const ROWS_A_TASK: usize = 1024;
const TASKS_AT_ONCE: usize = 16;

/// Whether a spreadsheet would take a text for a formula (READING 22).
pub fn needs_guard(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

/// The text as our CSV and XLSX files hold it: with a leading apostrophe where it needs the guard.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if needs_guard(text) { format!("'{text}").into() } else { text.into() }
}

/// One row under construction at the end of a buffer.
pub struct Row<'b> {
    bytes: &'b mut Vec<u8>,
    first: bool,
}

impl<'b> Row<'b> {
    /// Begins a row.
    pub fn new(bytes: &'b mut Vec<u8>) -> Row<'b> {
        Row { bytes, first: true }
    }

    fn separate(&mut self) {
        if !self.first {
            self.bytes.push(b',');
        }
        self.first = false;
    }

    /// A cell without content.
    pub fn empty(&mut self) -> &mut Self {
        self.separate();
        self
    }

    /// A text cell from data: guarded and quoted where it must be.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        push_text(self.bytes, text);
        self
    }

    /// A fixed word of ours, or digits: needs neither guard nor quotes.
    pub fn word(&mut self, word: &str) -> &mut Self {
        self.separate();
        self.bytes.extend_from_slice(word.as_bytes());
        self
    }

    /// An amount in yuan.
    pub fn money(&mut self, money: Money) -> &mut Self {
        self.separate();
        push_money(self.bytes, money);
        self
    }

    /// An amount, or nothing.
    pub fn optional_money(&mut self, money: Option<Money>) -> &mut Self {
        match money {
            Some(money) => self.money(money),
            None => self.empty(),
        }
    }

    /// A month as `2023-02`.
    pub fn month(&mut self, month: Month) -> &mut Self {
        self.separate();
        push_padded(self.bytes, u64::from(month.year().unsigned_abs()), 4);
        self.bytes.push(b'-');
        push_padded(self.bytes, u64::from(month.month()), 2);
        self
    }

    /// A whole number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.separate();
        push_padded(self.bytes, number, 1);
        self
    }

    /// An identity number.
    pub fn resident(&mut self, resident: ResidentId) -> &mut Self {
        self.separate();
        push_resident(self.bytes, resident);
        self
    }

    /// A beneficiary in its text form.
    pub fn beneficiary(&mut self, beneficiary: &Beneficiary) -> &mut Self {
        self.separate();
        match beneficiary {
            Beneficiary::Person(resident) => {
                self.bytes.extend_from_slice(b"person:");
                push_resident(self.bytes, *resident);
            }
            other => push_text(self.bytes, &other.to_string()),
        }
        self
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.bytes.push(b'\n');
    }
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let guard = needs_guard(text);
    let quote = text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !quote {
        if guard {
            bytes.push(b'\'');
        }
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.push(b'"');
    if guard {
        bytes.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            bytes.push(b'"');
        }
        bytes.push(byte);
    }
    bytes.push(b'"');
}

pub(super) fn push_padded(bytes: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while number > 0 {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    bytes.extend_from_slice(&digits[start.min(digits.len() - least)..]);
}

pub(super) fn push_money(bytes: &mut Vec<u8>, money: Money) {
    if money.is_negative() {
        bytes.push(b'-');
    }
    let fen = money.fen().unsigned_abs();
    push_padded(bytes, fen / 100, 1);
    bytes.push(b'.');
    push_padded(bytes, fen % 100, 2);
}

fn push_resident(bytes: &mut Vec<u8>, resident: ResidentId) {
    push_padded(bytes, resident.packed() / 11, 17);
    match resident.packed() % 11 {
        10 => bytes.push(b'X'),
        digit => bytes.push(b'0' + digit as u8),
    }
}

/// Writes a whole file: mark, header, and the rows in the order given, rendered in parallel and
/// written in order, so that the bytes do not depend on the number of threads. While one batch is
/// written (and digested by the writer) the next one is rendered.
///
/// # Errors
/// What the writer says.
pub fn write_rows<T: Sync>(
    out: &mut (dyn Write + Send),
    columns: &[&str],
    rows: &[T],
    render: impl Fn(&T, &mut Row<'_>) + Sync,
) -> io::Result<()> {
    let mut header = BOM.to_vec();
    header.extend_from_slice(columns.join(",").as_bytes());
    header.push(b'\n');
    let mut ready = vec![header];
    for batch in rows.chunks(ROWS_A_TASK * TASKS_AT_ONCE) {
        let (written, rendered) = rayon::join(
            || ready.iter().try_for_each(|bytes| out.write_all(bytes)),
            || batch.par_chunks(ROWS_A_TASK).map(|rows| rendered(rows, &render)).collect(),
        );
        written?;
        ready = rendered;
    }
    ready.iter().try_for_each(|bytes| out.write_all(bytes))
}

fn rendered<T>(rows: &[T], render: &impl Fn(&T, &mut Row<'_>)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * 160);
    for row in rows {
        let mut cells = Row::new(&mut bytes);
        render(row, &mut cells);
        cells.end();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fill: impl for<'r, 'b> Fn(&'r mut Row<'b>) -> &'r mut Row<'b>) -> String {
        let mut bytes = Vec::new();
        let mut row = Row::new(&mut bytes);
        fill(&mut row);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_that_a_spreadsheet_would_compute_gets_an_apostrophe_and_amounts_do_not() {
        for text in ["=1+1", "+86", "-", "@a", "\ta"] {
            assert_eq!(row(|row| row.text(text)), format!("'{text}"));
        }
        assert_eq!(row(|row| row.text("\ra")), "\"'\ra\"");
        assert_eq!(row(|row| row.text("=a,b")), "\"'=a,b\"");
        assert_eq!(row(|row| row.money(Money::from_fen(-5))), "-0.05");
        assert_eq!(row(|row| row.text("a=b")), "a=b");
    }

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        assert_eq!(row(|row| row.text("张三").text("a,\"b\"").empty()), "张三,\"a,\"\"b\"\"\",");
    }

    #[test]
    fn numbers_are_written_as_the_types_display_them() {
        let cycle = Month::new(2023, 2).unwrap();
        for fen in [0, 1, 99, 100, 123_456, -1, -100, i64::MAX] {
            let money = Money::from_fen(fen);
            assert_eq!(row(|row| row.money(money)), money.to_string());
        }
        assert_eq!(row(|row| row.month(cycle)), "2023-02");
        let resident = ResidentId::parse("11010519491231002X", cycle).unwrap();
        assert_eq!(row(|row| row.resident(resident)), "11010519491231002X");
        assert_eq!(row(|row| row.number(0).number(1_000_000)), "0,1000000");
    }
}
