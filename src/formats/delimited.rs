//! Text → records. Cells are borrowed from the text; only a cell with doubled quotes is copied. A
//! record's row number is the line on which it begins (READING 19), also where quoted cells hold
//! line breaks.

use std::borrow::Cow;

use super::cell::Cell;
use super::document::Span;

/// Bytes of text that make one piece of parallel work. Fixed, so that pieces never depend on the
/// number of threads.
const PIECE: usize = 2 << 20;

/// A quoted cell longer than this, one that never ends, or one with text
/// after its end is a stray quotation mark, not a cell.
const LONGEST_QUOTED: usize = 32 * 1024;

/// Delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimited<'a> {
    text: Cow<'a, str>,
    delimiter: u8,
    newline: u8,
    quotes: bool,
    bad_lines: Vec<u32>,
}

impl<'a> Delimited<'a> {
    /// Text as decoded, with the lines that did not fit their encoding.
    pub fn new(text: Cow<'a, str>, bad_lines: Vec<u32>) -> Delimited<'a> {
        // Old systems end a file with this sign.
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('\u{1A}')),
            Cow::Owned(mut text) => {
                text.truncate(text.trim_end_matches('\u{1A}').len());
                Cow::Owned(text)
            }
        };
        let bytes = text.as_bytes();
        let newline = if memchr::memchr(b'\n', bytes).is_none() { b'\r' } else { b'\n' };
        let delimiter = delimiter(bytes, newline);
        let quotes = memchr::memchr(b'"', bytes).is_some();
        Delimited { text, delimiter, newline, quotes, bad_lines }
    }

    /// Comma, tab or semicolon: the one that a line among the first has most of, until somebody who knows
    /// the header says otherwise.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// Says which it is.
    pub fn set_delimiter(&mut self, delimiter: char) {
        self.delimiter = delimiter as u8;
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Everything, as one piece.
    pub fn whole(&self) -> Span {
        Span { start: 0, end: self.text.len(), row: 1 }
    }

    /// A span cut into pieces at the beginnings of records.
    pub fn pieces(&self, span: Span) -> Vec<Span> {
        let bytes = self.text.as_bytes();
        if span.end - span.start <= 2 * PIECE || (self.quotes && !self.lines_close_their_quotes()) {
            return vec![span];
        }
        let mut pieces = Vec::new();
        let mut rest = span;
        while rest.end - rest.start > 2 * PIECE {
            let Some(line) = memchr::memchr(self.newline, &bytes[rest.start + PIECE..rest.end]) else {
                break;
            };
            let cut = rest.start + PIECE + line + 1;
            pieces.push(Span { end: cut, ..rest });
            let lines = memchr::memchr_iter(self.newline, &bytes[rest.start..cut]).count() as u32;
            rest = Span { start: cut, end: rest.end, row: rest.row + lines };
        }
        pieces.push(rest);
        pieces
    }

    /// Whether no quoted cell runs over a line's end: every line has an even number of quotes.
    fn lines_close_their_quotes(&self) -> bool {
        let bytes = self.text.as_bytes();
        let mut line_end = 0;
        let mut quotes = 0_usize;
        for at in memchr::memchr_iter(b'"', bytes) {
            if at >= line_end {
                if !quotes.is_multiple_of(2) {
                    return false;
                }
                quotes = 0;
                line_end = memchr::memchr(self.newline, &bytes[at..]).map_or(bytes.len(), |line| at + line);
            }
            quotes += 1;
        }
        quotes.is_multiple_of(2)
    }

    /// Reads the records of a span.
    pub fn records(&self, span: Span) -> Records<'_> {
        Records {
            text: &self.text,
            delimiter: self.delimiter,
            newline: self.newline,
            quotes: self.quotes,
            bad_lines: &self.bad_lines,
            position: span.start,
            end: span.end,
            line: span.row,
        }
    }
}

/// Of the first lines, the one that has most.
fn delimiter(bytes: &[u8], newline: u8) -> u8 {
    let lines = bytes.split(|byte| *byte == newline).take(40);
    let mut best = (0, b',');
    for line in lines {
        let mut quoted = false;
        let mut counts = [0_usize; 3];
        for byte in line {
            match byte {
                b'"' => quoted = !quoted,
                b',' if !quoted => counts[0] += 1,
                b'\t' if !quoted => counts[1] += 1,
                b';' if !quoted => counts[2] += 1,
                _ => {}
            }
        }
        for (count, delimiter) in counts.into_iter().zip([b',', b'\t', b';']) {
            if count > best.0 {
                best = (count, delimiter);
            }
        }
    }
    best.1
}

/// One record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Byte at which it begins.
    pub start: usize,
    /// Byte after its end, line break included.
    pub end: usize,
    /// Line on which it begins.
    pub line: u32,
    /// Lines it covers.
    pub lines: u32,
    /// Whether one of them did not fit its encoding.
    pub bad: bool,
    /// Whether a quotation mark was opened and never closed.
    pub open_quote: bool,
}

/// Reads records one after the other into a vector that is used again.
#[derive(Debug)]
pub struct Records<'t> {
    text: &'t str,
    delimiter: u8,
    newline: u8,
    quotes: bool,
    bad_lines: &'t [u32],
    position: usize,
    end: usize,
    line: u32,
}

impl<'t> Records<'t> {
    /// The next record's cells, or `None` at the end.
    pub fn next(&mut self, cells: &mut Vec<Cell<'t>>) -> Option<Record> {
        cells.clear();
        if self.position >= self.end {
            return None;
        }
        let start = self.position;
        let line = self.line;
        let (end, lines, open_quote) = match self.plain(cells) {
            Some(end) => (end, 1, false),
            None => {
                cells.clear();
                self.with_quotes(cells)
            }
        };
        self.position = end;
        self.line += lines;
        let bad = !self.bad_lines.is_empty() && {
            let first = self.bad_lines.partition_point(|bad| *bad < line);
            self.bad_lines.get(first).is_some_and(|bad| *bad < line + lines)
        };
        Some(Record { start, end, line, lines, bad, open_quote })
    }

    /// A record without quoted cells: eight bytes at a time are compared with the delimiter, the
    /// newline and the quotation mark. `None` at a cell that begins with one. Gives the record's end.
    fn plain(&self, cells: &mut Vec<Cell<'t>>) -> Option<usize> {
        const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
        let spread = |byte: u8| u64::from(byte) * 0x0101_0101_0101_0101;
        // The high bit of each byte of the word that equals the byte spread.
        let equal = |word: u64, byte: u64| {
            let differing = word ^ byte;
            !(((differing & LOW) + LOW) | differing | LOW)
        };
        let (delimiter, newline, quote) = (spread(self.delimiter), spread(self.newline), spread(b'"'));
        let text = self.text;
        let bytes = &text.as_bytes()[..self.end];
        let mut field = self.position;
        let mut at = self.position;
        while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) {
            let word = u64::from_le_bytes(eight);
            let mut hits = equal(word, delimiter) | equal(word, newline);
            if self.quotes {
                hits |= equal(word, quote);
            }
            while hits != 0 {
                let hit = at + (hits.trailing_zeros() / 8) as usize;
                let byte = bytes[hit];
                if byte == self.delimiter {
                    cells.push(borrowed(&text[field..hit]));
                    field = hit + 1;
                } else if byte == self.newline {
                    cells.push(borrowed(text[field..hit].trim_end_matches('\r')));
                    return Some(hit + 1);
                } else if hit == field {
                    return None;
                }
                hits &= hits - 1;
            }
            at += 8;
        }
        while let Some(byte) = bytes.get(at) {
            if *byte == self.delimiter {
                cells.push(borrowed(&text[field..at]));
                field = at + 1;
            } else if *byte == self.newline {
                cells.push(borrowed(text[field..at].trim_end_matches('\r')));
                return Some(at + 1);
            } else if *byte == b'"' && at == field && self.quotes {
                return None;
            }
            at += 1;
        }
        cells.push(borrowed(text[field..self.end].trim_end_matches('\r')));
        Some(self.end)
    }

    /// A record with quoted cells: its end, its lines, and whether a mark was opened and never closed.
    fn with_quotes(&self, cells: &mut Vec<Cell<'t>>) -> (usize, u32, bool) {
        let text = self.text;
        let bytes = text.as_bytes();
        let mut at = self.position;
        let mut lines = 1;
        let mut open_quote = false;
        loop {
            if bytes.get(at) == Some(&b'"') && at < self.end && !open_quote {
                match self.quoted(at) {
                    Some((cell, after, breaks)) => {
                        cells.push(cell);
                        lines += breaks;
                        match bytes.get(after) {
                            Some(byte) if *byte == self.delimiter && after < self.end => {
                                at = after + 1;
                                continue;
                            }
                            _ => return ((after + 1).min(self.end), lines, open_quote),
                        }
                    }
                    // A stray mark: the rest of this line is read as written, the record is delivered
                    // with its fault, and the next line is a record again.
                    None => open_quote = true,
                }
            }
            let rest = &bytes[at..self.end];
            match memchr::memchr2(self.delimiter, self.newline, rest) {
                Some(length) => {
                    let stop = at + length;
                    if bytes[stop] == self.delimiter {
                        cells.push(borrowed(&text[at..stop]));
                        at = stop + 1;
                    } else {
                        cells.push(borrowed(text[at..stop].trim_end_matches('\r')));
                        return (stop + 1, lines, open_quote);
                    }
                }
                None => {
                    cells.push(borrowed(text[at..self.end].trim_end_matches('\r')));
                    return (self.end, lines, open_quote);
                }
            }
        }
    }

    /// A cell that begins with a quotation mark at `at`: the cell, the position of the delimiter or
    /// line break after it, and the line breaks inside. `None` if it never ends.
    fn quoted(&self, at: usize) -> Option<(Cell<'t>, usize, u32)> {
        let text = self.text;
        let bytes = text.as_bytes();
        let limit = self.end.min(at + LONGEST_QUOTED);
        let mut from = at + 1;
        let mut copied: Option<String> = None;
        loop {
            let close = from + memchr::memchr(b'"', &bytes[from..limit])?;
            if bytes.get(close + 1) == Some(&b'"') && close + 1 < self.end {
                copied.get_or_insert_default().push_str(&text[from..=close]);
                from = close + 2;
                continue;
            }
            let content = match copied {
                Some(mut copied) => {
                    copied.push_str(&text[from..close]);
                    Cow::Owned(copied)
                }
                None => Cow::Borrowed(&text[at + 1..close]),
            };
            let breaks = memchr::memchr_iter(self.newline, &bytes[at..close]).count() as u32;
            // What stands between the closing mark and the delimiter shows that the mark belongs to
            // another cell: the one before is a stray.
            let rest = &bytes[close + 1..self.end];
            let length =
                usize::from(rest.starts_with(b"\r") && rest.get(1).is_none_or(|byte| *byte == self.newline));
            match rest.get(length) {
                None => {}
                Some(byte) if *byte == self.delimiter || *byte == self.newline => {}
                Some(_) => return None,
            }
            return Some((Cell::text(content), close + 1 + length, breaks));
        }
    }
}

fn borrowed(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        let table = Delimited::new(Cow::Borrowed(text), Vec::new());
        let mut records = table.records(table.whole());
        let mut cells = Vec::new();
        let mut all = Vec::new();
        while let Some(record) = records.next(&mut cells) {
            all.push((record.line, cells.iter().map(|cell| cell.shown().into_owned()).collect()));
        }
        all
    }

    fn owned(rows: &[(u32, &[&str])]) -> Vec<(u32, Vec<String>)> {
        rows.iter().map(|(line, cells)| (*line, cells.iter().map(ToString::to_string).collect())).collect()
    }

    #[test]
    fn a_row_is_the_line_on_which_its_record_begins() {
        let text = "a,b,c\r\n\"x\ny\",\"1,234\",\"say \"\"hi\"\"\"\nlast,,\n";
        assert_eq!(
            read(text),
            owned(&[(1, &["a", "b", "c"]), (2, &["x\ny", "1,234", "say \"hi\""]), (4, &["last", "", ""]),])
        );
    }

    #[test]
    fn tabs_semicolons_and_old_line_ends_are_seen() {
        assert_eq!(read("a\tb\n1,5\t2\n"), owned(&[(1, &["a", "b"]), (2, &["1,5", "2"])]));
        assert_eq!(read("标题\na;b\n1;2"), owned(&[(1, &["标题"]), (2, &["a", "b"]), (3, &["1", "2"])]));
        assert_eq!(read("a,b\r1,2\r"), owned(&[(1, &["a", "b"]), (2, &["1", "2"])]));
    }

    #[test]
    fn a_stray_quotation_mark_swallows_no_rows() {
        let text = "a,b\n\"open,1\nnext,2\n";
        assert_eq!(read(text), owned(&[(1, &["a", "b"]), (2, &["\"open", "1"]), (3, &["next", "2"])]));
    }

    #[test]
    fn cells_of_every_length_are_cut_where_they_end() {
        for length in 0..20 {
            let cell = "字".repeat(length / 3) + &"x".repeat(length % 3);
            let text = format!("{cell},{cell}a,,{cell}\"\n{cell},\"{cell}\",{cell}");
            let rows = read(&text);
            let second = format!("{cell}a");
            let fourth = format!("{cell}\"");
            if !cell.is_empty() {
                assert_eq!(rows[0].1, [cell.as_str(), &second, "", &fourth], "{text}");
            }
            assert_eq!(rows.last().unwrap().1, [cell.as_str(), &cell, &cell], "{text}");
        }
    }

    #[test]
    fn pieces_begin_at_records_and_know_their_line() {
        let mut text = String::from("a,b\n");
        while text.len() < 3 * PIECE {
            text.push_str("123456789,\"quoted, cell\"\n");
        }
        let table = Delimited::new(Cow::Borrowed(&text), Vec::new());
        let pieces = table.pieces(table.whole());
        assert!(pieces.len() > 1);
        let mut cells = Vec::new();
        let mut count = 0;
        let mut expected_line = 1;
        for piece in pieces {
            let mut records = table.records(piece);
            while let Some(record) = records.next(&mut cells) {
                assert_eq!((record.line, cells.len()), (expected_line, 2));
                expected_line += 1;
                count += 1;
            }
        }
        assert_eq!(count, text.lines().count());
    }
}
