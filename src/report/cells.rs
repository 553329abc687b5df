//! Rows of a sheet as the markup of the workbook format. By hand for the same reason as the CSV cells: a list
//! of 300,000 rows is rendered by all threads, streamed, and never held; and an amount is written digit by
//! digit, without a float. Everything around the rows is `rust_xlsxwriter`'s.

use std::borrow::Cow;

use chrono::NaiveDate;
use unicode_width::UnicodeWidthStr;

use crate::domain::{Money, Month};
use crate::formats::excel_serial;

use super::encode::{guarded, push_money, push_padded};

/// Longest text of a cell; the format allows 32,767 halves of characters.
const CELL_CHARACTERS: usize = 16_000;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'r> {
    /// Nothing.
    Empty,
    /// Text; guarded (READING 22).
    Text(Cow<'r, str>),
    /// An amount in yuan.
    Money(Money),
    /// A whole number.
    Count(u64),
    /// A month, as its first day.
    Month(Month),
    /// A day.
    Day(NaiveDate),
    /// Room for a person to type a number (`false`) or a text (`true`): a document number that looks like a date
    /// stays one.
    Typed(bool),
    /// A formula over this sheet with the value we computed; `{row}` is the row's number.
    Formula(&'static str, Money),
}

impl<'r> Cell<'r> {
    /// A text cell.
    pub fn text(text: impl Into<Cow<'r, str>>) -> Cell<'r> {
        Cell::Text(text.into())
    }

    /// An amount, or nothing.
    pub fn money(money: Option<Money>) -> Cell<'r> {
        money.map_or(Cell::Empty, Cell::Money)
    }
}

/// The looks of cells; the workbook gives each its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A sheet's or a table's title.
    Title,
    /// Small print.
    Subtitle,
    /// Head of a column.
    Head,
    /// Text.
    Text,
    /// Text broken over lines.
    Wrapped,
    /// An amount.
    Money,
    /// A whole number.
    Count,
    /// A month.
    Month,
    /// A day.
    Day,
    /// Text of a total row.
    TotalText,
    /// Amount of a total row.
    TotalMoney,
    /// Number of a total row.
    TotalCount,
    /// Signature lines.
    Signature,
    /// Room to type a number.
    TypedNumber,
    /// Room to type a text.
    TypedText,
}

impl Style {
    /// All, in the order of [`Styles`].
    pub const ALL: [Style; 15] = [
        Style::Title,
        Style::Subtitle,
        Style::Head,
        Style::Text,
        Style::Wrapped,
        Style::Money,
        Style::Count,
        Style::Month,
        Style::Day,
        Style::TotalText,
        Style::TotalMoney,
        Style::TotalCount,
        Style::Signature,
        Style::TypedNumber,
        Style::TypedText,
    ];
}

/// The numbers that the workbook's style sheet gave to [`Style::ALL`].
pub type Styles = [u32; Style::ALL.len()];

/// What the rows of a column add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Sum in the column's least unit: fen, or pieces.
    pub value: i128,
    /// Whether it is fen.
    pub money: bool,
}

impl Sum {
    /// Adds another part of the column.
    pub fn join(&mut self, other: Sum) {
        self.value += other.value;
        self.money |= other.money;
    }

    /// As digits: yuan with two decimals, or a whole number.
    pub fn digits(self) -> String {
        let sign = if self.value < 0 { "-" } else { "" };
        let size = self.value.unsigned_abs();
        if self.money { format!("{sign}{}.{:02}", size / 100, size % 100) } else { format!("{sign}{size}") }
    }
}

/// The letters of a column from 0.
pub fn letters(column: usize) -> String {
    rust_xlsxwriter::utility::column_number_to_name(u16::try_from(column).unwrap_or(u16::MAX))
}

/// Lines that a text takes in a column so wide; a digest is broken anywhere, which hides nothing.
fn lines(text: &str, width: u16) -> u32 {
    let width = usize::from(width);
    if text.len() <= width && !text.contains('\n') {
        return 1;
    }
    // A line that is broken keeps a little free: words end before the edge.
    let lines = |line: &str| match line.width() {
        wide if wide <= width => 1,
        wide => wide.div_ceil(width.saturating_sub(2).max(1)),
    };
    u32::try_from(text.split('\n').map(lines).sum::<usize>()).unwrap_or(u32::MAX)
}

/// Height in points of a row with these texts in columns so wide; 0 where one line is enough. Office programs
/// leave rows of broken text at one line when they open a file that does not say.
pub fn height<'t>(texts: impl Iterator<Item = (&'t str, u16)>) -> u32 {
    match texts.map(|(text, width)| lines(text, width)).max().unwrap_or(1) {
        0 | 1 => 0,
        // The format's highest row has 409 points.
        lines => lines.min(30) * 13 + 3,
    }
}

/// Rows under construction at the end of a buffer.
pub struct Markup<'b> {
    bytes: &'b mut Vec<u8>,
    styles: &'b Styles,
    row: u32,
}

impl<'b> Markup<'b> {
    /// Begins the row of a number from 0, so many points high; 0: as high as usual.
    pub fn new(bytes: &'b mut Vec<u8>, styles: &'b Styles, row: u32, height: u32) -> Markup<'b> {
        bytes.extend_from_slice(b"<row r=\"");
        push_padded(bytes, u64::from(row) + 1, 1);
        if height > 0 {
            bytes.extend_from_slice(b"\" ht=\"");
            push_padded(bytes, u64::from(height), 1);
            bytes.extend_from_slice(b"\" customHeight=\"1");
        }
        bytes.extend_from_slice(b"\">");
        Markup { bytes, styles, row }
    }

    /// Ends the row.
    pub fn end(self) {
        self.bytes.extend_from_slice(b"</row>");
    }

    fn open(&mut self, letters: &str, style: Style, more: &[u8]) {
        self.bytes.extend_from_slice(b"<c r=\"");
        self.bytes.extend_from_slice(letters.as_bytes());
        push_padded(self.bytes, u64::from(self.row) + 1, 1);
        self.bytes.extend_from_slice(b"\" s=\"");
        push_padded(self.bytes, u64::from(self.styles[style as usize]), 1);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(more);
    }

    /// A cell with a look and no content.
    pub fn blank(&mut self, letters: &str, style: Style) {
        self.open(letters, style, b"/>");
    }

    /// Text, guarded.
    pub fn text(&mut self, letters: &str, style: Style, text: &str) {
        if text.is_empty() {
            return self.blank(letters, style);
        }
        self.open(letters, style, b" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        let text = guarded(text);
        let end = text.char_indices().nth(CELL_CHARACTERS).map_or(text.len(), |(end, _)| end);
        push_escaped(self.bytes, &text[..end]);
        self.bytes.extend_from_slice(b"</t></is></c>");
    }

    /// A number.
    fn number(&mut self, letters: &str, style: Style, push: impl FnOnce(&mut Vec<u8>)) {
        self.open(letters, style, b"><v>");
        push(self.bytes);
        self.bytes.extend_from_slice(b"</v></c>");
    }

    /// A formula and its value. The format wants it without the `=` that people type before it.
    pub fn formula(&mut self, letters: &str, style: Style, formula: &str, value: &str) {
        self.open(letters, style, b"><f>");
        push_escaped(self.bytes, formula.trim_start_matches('='));
        self.bytes.extend_from_slice(b"</f><v>");
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.extend_from_slice(b"</v></c>");
    }

    /// A cell of a table whose column is so wide; what it adds to the column's sum.
    pub fn cell(&mut self, letters: &str, width: u16, cell: &Cell<'_>) -> Sum {
        match cell {
            Cell::Empty => self.blank(letters, Style::Text),
            Cell::Typed(text) => {
                self.blank(letters, if *text { Style::TypedText } else { Style::TypedNumber })
            }
            Cell::Text(text) => {
                let style = if lines(text, width) > 1 { Style::Wrapped } else { Style::Text };
                self.text(letters, style, text);
            }
            Cell::Money(amount) => {
                self.number(letters, Style::Money, |bytes| push_money(bytes, *amount));
                return Sum { value: i128::from(amount.fen()), money: true };
            }
            Cell::Count(count) => {
                self.number(letters, Style::Count, |bytes| push_padded(bytes, *count, 1));
                return Sum { value: i128::from(*count), money: false };
            }
            Cell::Month(month) => {
                match NaiveDate::from_ymd_opt(month.year(), month.month(), 1).and_then(excel_serial) {
                    Some(day) => {
                        self.number(letters, Style::Month, |bytes| push_padded(bytes, u64::from(day), 1));
                    }
                    None => self.text(letters, Style::Text, &month.to_string()),
                }
            }
            Cell::Day(day) => match excel_serial(*day) {
                Some(days) => {
                    self.number(letters, Style::Day, |bytes| push_padded(bytes, u64::from(days), 1));
                }
                None => self.text(letters, Style::Text, &day.to_string()),
            },
            Cell::Formula(formula, value) => {
                let formula = formula.replace("{row}", &(self.row + 1).to_string());
                self.formula(letters, Style::Money, &formula, &value.to_string());
                return Sum { value: i128::from(value.fen()), money: true };
            }
        }
        Sum::default()
    }
}

/// Text as markup: what XML forbids or would change on reading is written `_xHHHH_`, as the format has it,
/// and so is the underscore of a text that only looks like that.
fn push_escaped(bytes: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && !matches!(byte, b'&' | b'<' | b'>' | b'_' | 0xEF)) {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    let mut buffer = [0; 4];
    for (position, character) in text.char_indices() {
        match character {
            '&' => bytes.extend_from_slice(b"&amp;"),
            '<' => bytes.extend_from_slice(b"&lt;"),
            '>' => bytes.extend_from_slice(b"&gt;"),
            '_' if looks_escaped(&text.as_bytes()[position..]) => bytes.extend_from_slice(b"_x005F_"),
            '\t' | '\n' => bytes.push(character as u8),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {
                bytes.extend_from_slice(format!("_x{:04X}_", u32::from(character)).as_bytes());
            }
            _ => bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes()),
        }
    }
}

fn looks_escaped(bytes: &[u8]) -> bool {
    bytes.len() >= 7
        && bytes.starts_with(b"_x")
        && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
        && bytes[6] == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fill: impl FnOnce(&mut Markup<'_>)) -> String {
        let styles: Styles = std::array::from_fn(|place| place as u32 + 1);
        let mut bytes = Vec::new();
        let mut row = Markup::new(&mut bytes, &styles, 4, 0);
        fill(&mut row);
        row.end();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn amounts_are_written_digit_by_digit_and_add_up_beyond_what_an_amount_may_be() {
        let mut sum = Sum::default();
        let text = row(|row| {
            for _ in 0..3 {
                sum.join(row.cell("A", 10, &Cell::Money(Money::from_fen(i64::MAX))));
            }
            sum.join(row.cell("A", 10, &Cell::Money(Money::from_fen(-5))));
        });
        assert!(text.contains("<v>92233720368547758.07</v>") && text.contains("<v>-0.05</v>"), "{text}");
        assert_eq!(sum.digits(), "276701161105643274.16");
        assert_eq!(Sum { value: -5, money: true }.digits(), "-0.05");
        assert_eq!(Sum { value: -5, money: false }.digits(), "-5");
    }

    #[test]
    fn text_that_a_spreadsheet_would_compute_stays_text() {
        for text in ["=1+1", "+86", "-", "@a", "\ta"] {
            let written = row(|row| row.text("B", Style::Text, text));
            assert!(written.contains(&format!("t=\"inlineStr\"><is><t xml:space=\"preserve\">'{text}</t>")));
        }
        assert!(row(|row| row.text("B", Style::Text, "\r=a")).contains(">'_x000D_=a<"));
    }

    #[test]
    fn no_formula_begins_with_an_equals_sign() {
        for formula in ["D{row}-E{row}", "=D{row}-E{row}"] {
            let text = row(|row| {
                row.cell("I", 10, &Cell::Formula(formula, Money::from_fen(5)));
            });
            assert!(text.contains("<f>D5-E5</f><v>0.05</v>"), "{text}");
        }
    }

    #[test]
    fn text_that_xml_would_change_or_refuse_is_kept() {
        let text = row(|row| row.text("B", Style::Text, "a<b>&\u{1}\u{FFFF}_x0041_\n_x_ \u{FEFF}"));
        assert!(text.contains(">a&lt;b&gt;&amp;_x0001__xFFFF__x005F_x0041_\n_x_ \u{FEFF}<"), "{text}");
    }

    #[test]
    fn a_row_is_as_high_as_its_longest_text_needs() {
        let one = |text: &str, width| height([(text, width)].into_iter());
        assert_eq!(one("联系本人", 8), 0);
        assert_eq!(one("联系本人换账户", 8), 42);
        assert_eq!(one("a\nb", 8), 29);
        assert_eq!(one(&"0123456789abcdef".repeat(4), 36), 29, "a digest");
        assert_eq!(one(&"长".repeat(5_000), 8), 393);
    }

    #[test]
    fn a_day_that_spreadsheets_count_wrongly_is_written_out() {
        let day = NaiveDate::from_ymd_opt(1899, 12, 31).unwrap();
        assert!(
            row(|row| assert_eq!(row.cell("C", 9, &Cell::Day(day)), Sum::default())).contains(">1899-12-31<")
        );
    }
}
