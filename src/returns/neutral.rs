//! The neutral answer file (DESIGN §13, Fixed): CSV with `payment_id, status, amount, reason, date`; a
//! workbook with these columns is read alike.

use super::{Answer, AnswerSource, AnswerStatus, ReadAnswers, figures, place, refused, text};
use crate::domain::{Fault, Finding, Place, Severity, Text};
use crate::formats::{Cell, RowState, document};

/// The columns, in the order in which we write them. They are read in any order.
pub const COLUMNS: [&str; 5] = ["payment_id", "status", "amount", "reason", "date"];

/// Whether a text begins as a neutral file does.
pub(super) fn is_neutral(text: &str) -> bool {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let header = header.to_ascii_lowercase();
    header.contains("payment_id") && header.contains("status")
}

/// Reads a neutral file of any encoding that READING 4 knows.
///
/// # Errors
/// Exit 3: bytes of no known encoding; no header with `payment_id`, `status` and `amount`.
pub fn read(file: &str, bytes: &[u8]) -> Result<ReadAnswers, Fault> {
    if super::is_workbook(bytes) {
        return read_workbook(file, bytes);
    }
    let Some((text, _)) = text::decode(bytes) else { return Err(refused("answer-file-unreadable", file)) };
    read_text(file, &text)
}

/// As [`read`], of text already decoded.
///
/// # Errors
/// As [`read`].
pub(super) fn read_text(file: &str, text: &str) -> Result<ReadAnswers, Fault> {
    let header_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let delimiter = *[b',', b'\t', b';']
        .iter()
        .max_by_key(|&&sign| (header_line.bytes().filter(|&byte| byte == sign).count(), sign == b','))
        .unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut read = ReadAnswers::default();
    let mut header: Option<Header> = None;
    let mut record = csv::StringRecord::new();
    let mut lines = Lines { text: text.as_bytes(), seen: 0, line: 1 };
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            // A text that is valid UTF-8 and flexible has no other faults; were there one, it stops the file.
            Err(_) => return Err(refused("answer-file-unreadable", file)),
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = lines.of(record.position().map_or(0, csv::Position::byte) as usize);
        let cells: Vec<&str> = record.iter().collect();
        match &header {
            None => header = Some(Header::of(file, &cells)?),
            Some(header) => header.answer(place(file, row, ""), &cells, &mut read),
        }
    }
    if header.is_none() {
        return Err(refused("answer-header-missing", file));
    }
    Ok(read)
}

/// Reads a workbook: on every visible sheet the rows below the first that has these titles; hidden,
/// filtered and struck-through rows are set aside.
///
/// # Errors
/// Exit 3: a workbook that cannot be read whole, or none of whose sheets has the titles.
pub(super) fn read_workbook(file: &str, bytes: &[u8]) -> Result<ReadAnswers, Fault> {
    let document = document::open(bytes).map_err(|_| refused("answer-file-unreadable", file))?;
    let mut read = ReadAnswers::default();
    let mut found = false;
    for sheet in document.sheets.iter().filter(|sheet| sheet.visible) {
        let mut header: Option<Header> = None;
        let mut rows = sheet.rows(sheet.whole());
        while let Some(row) = rows.next_row() {
            let cells: Vec<_> = row.cells.iter().map(Cell::shown).collect();
            let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let at = Place { sheet: sheet.name.clone(), ..place(file, row.number, "") };
            match &mut header {
                None => header = Header::of(file, &cells).ok(),
                Some(_) if row.state != RowState::Plain => {
                    read.rows += 1;
                    read.set_aside += 1;
                    read.findings.push(Finding::new("answer-row-hidden", Severity::Error, at));
                }
                Some(header) => {
                    let mut cells = cells;
                    cells.resize(cells.len().max(header.width), "");
                    header.answer(at, &cells, &mut read);
                }
            }
        }
        found |= header.is_some();
    }
    match found {
        true => Ok(read),
        false => Err(refused("answer-header-missing", file)),
    }
}

/// Line numbers of records. The reader's own count lags behind line ends of two characters and blank
/// lines.
struct Lines<'a> {
    text: &'a [u8],
    seen: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line, from 1, on which the record after `byte` begins. Called with rising positions.
    fn of(&mut self, byte: usize) -> u32 {
        let rest = self.text.get(byte..).unwrap_or_default();
        let start = byte + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let between = self.text.get(self.seen..start).unwrap_or_default();
        self.line += between.iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.seen = start.max(self.seen);
        self.line
    }
}

struct Header {
    places: [Option<usize>; 5],
    width: usize,
}

impl Header {
    fn of(file: &str, cells: &[&str]) -> Result<Header, Fault> {
        let names: Vec<String> =
            cells.iter().map(|cell| text::narrow(&text::cell(cell)).trim().to_ascii_lowercase()).collect();
        let places = COLUMNS.map(|column| names.iter().position(|name| name == column));
        let twice = COLUMNS.iter().any(|column| names.iter().filter(|name| name == column).count() > 1);
        // payment_id, status and amount are needed; reason and date may be absent.
        if twice || places[..3].contains(&None) {
            return Err(refused("answer-header-missing", file));
        }
        Ok(Header { places, width: cells.len() })
    }

    /// `at` is the row's place, without a column.
    fn answer(&self, at: Place, cells: &[&str], read: &mut ReadAnswers) {
        read.rows += 1;
        let surplus = cells.iter().skip(self.width).any(|cell| !cell.trim().is_empty());
        if surplus || cells.len() < self.width {
            read.set_aside += 1;
            let finding = Finding::new("answer-row-cells", Severity::Error, at);
            read.findings.push(
                finding.with("cells", cells.len().to_string()).with("expected", self.width.to_string()),
            );
            return;
        }
        let cell = |column: usize| {
            let cell = self.places[column].and_then(|place| cells.get(place)).copied().unwrap_or("");
            text::cell(cell)
        };
        let column = |name: &str| Place { column: name.into(), ..at.clone() };
        let payment_id = text::narrow(&cell(0)).trim().to_owned();
        let written_amount = cell(2);
        let mut status = match text::narrow(&cell(1)).trim().to_ascii_lowercase().as_str() {
            "paid" => AnswerStatus::Paid,
            "failed" => AnswerStatus::Failed(cell(3).into()),
            "pending" => AnswerStatus::Pending,
            _ => AnswerStatus::Unknown(cell(1).into()),
        };
        let amount = figures::amount(&written_amount);
        // Amounts must be equal, so a payment said to be paid needs one; and an amount that cannot be
        // read may be another one.
        if amount.is_none() && (status == AnswerStatus::Paid || !written_amount.is_empty()) {
            let finding = Finding::new("answer-amount-unreadable", Severity::Error, column("amount"));
            read.findings.push(finding.with("value", &written_amount).with("payment", &payment_id));
            status = AnswerStatus::Unknown(format!("amount “{written_amount}”").into());
        }
        let written_date = cell(4);
        let date = figures::date(&written_date);
        if date.is_none() && !written_date.is_empty() {
            read.warn("answer-date-unreadable", column("date"), &written_date);
        }
        if payment_id.is_empty() {
            read.warn("answer-id-missing", column("payment_id"), status.word());
        }
        read.answers.push(Answer {
            payment_id: (!payment_id.is_empty()).then(|| payment_id.into()),
            batch: None,
            whole_batch: false,
            account_no: Text::default(),
            account_name: Text::default(),
            amount,
            status,
            date,
            source: AnswerSource::Neutral,
            reference: Text::default(),
            message: Text::default(),
            place: at,
        });
    }
}
