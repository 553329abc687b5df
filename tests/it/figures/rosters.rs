//! Roster files as the test reads them: rows by header, and a check of identity numbers of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use calamine::Reader;

/// Rows with the number that a spreadsheet shows.
type Lines = Vec<(usize, Vec<String>)>;

/// A row that holds a person.
pub struct RosterRow {
    /// `<file>[!<sheet>]:<row>`
    pub source: String,
    cells: BTreeMap<String, String>,
    /// Cells in the record, and in the header.
    width: (usize, usize),
}

impl RosterRow {
    /// The cell below a header.
    pub fn cell(&self, header: &str) -> &str {
        self.cells.get(header).map_or("", |cell| cell.trim())
    }

    /// The declared amount in fen.
    pub fn declared(&self) -> Option<i64> {
        let text = self.cell("核定金额");
        let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
        let cents = format!("{rest:0<2}");
        Some(yuan.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok().filter(|_| cents.len() == 2)?)
    }
}

/// Why a row cannot be read as a claim, as far as its own cells show.
pub fn rejection(row: &RosterRow, cycle: &str) -> Option<String> {
    if row.width.0 != row.width.1 {
        return Some("number-of-cells".to_owned());
    }
    (!is_identity_number(row.cell("身份证号"), cycle)).then(|| "identity-number".to_owned())
}

fn is_identity_number(written: &str, cycle: &str) -> bool {
    let number: String =
        written.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '\u{200b}').collect::<String>();
    let number = number.trim_start_matches('\'').to_uppercase();
    let digits: Vec<u32> = number
        .chars()
        .enumerate()
        .filter_map(|(at, c)| if at == 17 && c == 'X' { Some(10) } else { c.to_digit(10) })
        .collect();
    if number.chars().count() != 18 || digits.len() != 18 {
        return false;
    }
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = weights.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum();
    let day = chrono::NaiveDate::parse_from_str(&number[6..14], "%Y%m%d");
    let of_cycle =
        day.is_ok_and(|day| day.format("%Y-%m").to_string().as_str() <= cycle && &number[6..10] >= "1900");
    (12 - sum % 11) % 11 == digits[17] && of_cycle
}

/// The rows of a roster file; none for a file of another kind.
pub fn read(path: &Path) -> Vec<RosterRow> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut tables: Vec<(String, Lines)> = Vec::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending @ ("csv" | "tsv")) => {
            let bytes = fs::read(path).unwrap();
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|other| encoding_rs::GB18030.decode(other.as_bytes()).0.into_owned());
            let delimiter = if ending == "tsv" { b'\t' } else { b',' };
            let text = text.trim_start_matches('\u{feff}');
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(text.as_bytes());
            let rows = reader.records().map(|record| {
                let record = record.unwrap();
                // The reader's own count is one behind after a line that ended in CR LF.
                let start = record.position().unwrap().byte() as usize;
                let blank = text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
                let line = 1 + text[..start + blank].matches('\n').count();
                (line, record.iter().map(str::to_owned).collect())
            });
            tables.push((name, rows.collect()));
        }
        Some("xlsx") => {
            let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
            for (sheet, range) in book.worksheets() {
                let first = range.start().map_or(0, |start| start.0 as usize);
                let rows = range.rows().enumerate().map(|(at, row)| {
                    (first + at + 1, row.iter().map(ToString::to_string).collect::<Vec<String>>())
                });
                tables.push((format!("{name}!{sheet}"), rows.collect()));
            }
        }
        _ => {}
    }
    let mut found = Vec::new();
    for (place, rows) in tables {
        let Some(at) = rows.iter().position(|(_, row)| row.iter().any(|cell| cell == "身份证号")) else {
            continue;
        };
        let header = rows[at].1.clone();
        let id = header.iter().position(|cell| cell == "身份证号").unwrap();
        for (line, row) in &rows[at + 1..] {
            let number = row.get(id).map_or("", |cell| cell.trim());
            if number.is_empty() || ["合计", "总计", "小计"].iter().any(|total| number.starts_with(total))
            {
                continue;
            }
            // Surplus cells that are empty are no cells.
            let filled = row.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
            let width = if row.len() < header.len() { row.len() } else { filled.max(header.len()) };
            found.push(RosterRow {
                source: format!("{place}:{line}"),
                cells: header.iter().cloned().zip(row.iter().cloned()).collect(),
                width: (width, header.len()),
            });
        }
    }
    found
}
