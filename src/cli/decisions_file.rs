//! `returns --decisions FILE`: CSV with `payment_id, decision, amount, document, reason` (DESIGN §12,
//! Fixed), or the exported `exceptions.xlsx` with the decisions typed into it. Rows without a decision
//! are passed over; every row that cannot be read is named, and then nothing is used.

use crate::cycle::exceptions::{ItemDecision, Target};
use crate::domain::{Exit, Fault, Finding, Money, Place, Severity, Text};
use crate::formats::{Cell, Row, RowState, document};
use crate::ledger::DecisionKind;

/// The columns, in the order in which DESIGN names them. They are read in any order, and beside any
/// others.
const COLUMNS: [&str; 5] = ["payment_id", "decision", "amount", "document", "reason"];

/// Reads a file of decisions.
///
/// # Errors
/// Exit 3: no such columns, or rows that cannot be read, all of them as findings.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<ItemDecision>, Fault> {
    let refuse = |line: u32, detail: &str| {
        Fault::new(Exit::Refused, "written-file-refused")
            .with("file", file)
            .with("line", line.to_string())
            .with("detail", detail)
    };
    let document = document::open(bytes).map_err(|fault| refuse(0, &fault.to_string()))?;
    let mut decisions = Vec::new();
    let mut findings = Vec::new();
    let mut headers = 0;
    for sheet in document.sheets.iter().filter(|sheet| sheet.visible) {
        let mut rows = sheet.rows(sheet.whole());
        let mut columns: Option<[usize; 5]> = None;
        while let Some(row) = rows.next_row() {
            match &columns {
                None => {
                    columns = header(row.cells);
                    headers += usize::from(columns.is_some());
                }
                Some(columns) => match decision(&row, columns) {
                    Ok(decision) => decisions.extend(decision),
                    Err((column, value)) => {
                        let place = Place {
                            file: file.into(),
                            sheet: sheet.name.clone(),
                            row: row.number,
                            column: column.into(),
                        };
                        findings.push(
                            Finding::new("decision-unreadable", Severity::Error, place).with("value", value),
                        );
                    }
                },
            }
        }
    }
    if headers == 0 {
        return Err(refuse(1, &COLUMNS.join(", ")));
    }
    match findings.first() {
        None => Ok(decisions),
        Some(first) => {
            let line = first.place.row;
            Err(refuse(line, &first.place.column).found(findings))
        }
    }
}

/// Where the columns stand, if this is the row of their titles.
fn header(cells: &[Cell<'_>]) -> Option<[usize; 5]> {
    let titles: Vec<String> = cells.iter().map(|cell| cell.shown().trim().to_lowercase()).collect();
    let mut columns = [0; 5];
    for (column, title) in columns.iter_mut().zip(COLUMNS) {
        // Our own workbook adds what a title means, after a blank.
        let is_title = |found: &String| found.split_whitespace().next() == Some(title);
        *column = titles.iter().position(is_title)?;
    }
    Some(columns)
}

/// The decision of a row; none where nothing was decided. Else the column that cannot be read, and what
/// stands there.
fn decision(row: &Row<'_, '_>, columns: &[usize; 5]) -> Result<Option<ItemDecision>, (&'static str, String)> {
    let cell = |at: usize| {
        let shown = row.cells.get(columns[at]).map_or_else(String::new, |cell| cell.shown().into_owned());
        let shown = shown.trim();
        // Our own guard against formulas is taken off again (READING 22).
        let bare = shown.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
        bare.unwrap_or(shown).to_owned()
    };
    let fault = |at: usize| (COLUMNS[at], cell(at));
    if cell(1).is_empty() && cell(3).is_empty() && cell(4).is_empty() {
        return Ok(None);
    }
    if row.state != RowState::Plain {
        return Err(fault(0));
    }
    let target = Target::parse(&cell(0)).ok_or_else(|| fault(0))?;
    let kind = DecisionKind::from_word(&cell(1))
        .filter(|kind| ItemDecision::KINDS.contains(kind))
        .ok_or_else(|| fault(1))?;
    let amount: Option<Money> = match cell(2).as_str() {
        "" => None,
        text => Some(super::typed_money(text).ok_or_else(|| fault(2))?),
    };
    let is_needed = kind == DecisionKind::BankDifference;
    if amount.map_or(is_needed, |amount| !amount.is_positive()) {
        return Err(fault(2));
    }
    for needed in [3, 4] {
        if cell(needed).is_empty() {
            return Err(fault(needed));
        }
    }
    let (document, reason) = (Text::from(cell(3)), Text::from(cell(4)));
    Ok(Some(ItemDecision { target, kind, amount, document, reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "payment_id,decision,amount,document,reason\n";

    #[test]
    fn rows_without_a_decision_are_passed_over() {
        let text = format!(
            "{HEADER}150102-202302-R0001-0000001,,,,\n150102-202302-R0001-0000002,bank-difference,99.99,d1,r\n\
             item-4-0,close,,d2,r\n"
        );
        let read = read("decisions.csv", text.as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].amount, Some(Money::from_fen(9_999)));
        assert_eq!(read[1].target.to_string(), "item-4-0");
    }

    #[test]
    fn every_row_that_cannot_be_read_is_named_and_none_is_used() {
        let text = format!(
            "{HEADER}x,close,,d,r\n150102-202302-R0001-0000001,paid,,d,r\n\
             150102-202302-R0001-0000001,close,,,r\n150102-202302-R0001-0000001,close,,d,\n\
             150102-202302-R0001-0000001,bank-difference,,d,r\n\
             150102-202302-R0001-0000001,bank-difference,-1,d,r\n"
        );
        let fault = read("decisions.csv", text.as_bytes()).unwrap_err();
        let found: Vec<(u32, &str)> =
            fault.findings.iter().map(|finding| (finding.place.row, finding.place.column.as_str())).collect();
        let expected = [
            (2, "payment_id"),
            (3, "decision"),
            (4, "document"),
            (5, "reason"),
            (6, "amount"),
            (7, "amount"),
        ];
        assert_eq!(found, expected);
        assert_eq!(read("x.csv", b"payment_id,decision\n").unwrap_err().exit, Exit::Refused);
    }
}
