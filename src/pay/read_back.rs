//! A rendered file read again, by its layout alone, and compared with the payments it stands for.

use std::borrow::Cow;

use super::fit::{is_filled, taken_off};
use super::profile::{BankProfile, Column, Field, Format, Unit};
use super::render::FilePlan;
use super::{BankPayment, pain001, workbook};
use crate::domain::{Exit, Fault, Money, Text};

/// What a bank file says, as a bank would read it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadFile {
    /// Payments in order.
    pub rows: Vec<ReadRow>,
    /// Number of payments that header or trailer state.
    pub count: Option<u64>,
    /// Sum that header or trailer state.
    pub total: Option<Money>,
}

/// One payment as read from a bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// Payment id, where the layout has it.
    pub payment_id: Option<Text>,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Amount.
    pub amount: Money,
}

/// Why bytes are not a file of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotOfProfile {
    /// Row, from 1; 0 for the whole file.
    pub row: usize,
    /// What was met.
    pub what: &'static str,
}

/// One payment on its way past a visitor; borrowed where it can be.
pub(super) struct Seen<'a> {
    pub(super) payment_id: Option<Cow<'a, str>>,
    pub(super) account_no: Cow<'a, str>,
    pub(super) account_name: Cow<'a, str>,
    pub(super) amount: Money,
}

/// Totals that header and trailer state.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Stated {
    pub(super) count: Option<u64>,
    pub(super) total: Option<Money>,
    contradicts: bool,
}

impl Stated {
    pub(super) fn count(&mut self, count: u64) {
        self.contradicts |= self.count.replace(count).is_some_and(|before| before != count);
    }

    pub(super) fn total(&mut self, total: Money) {
        self.contradicts |= self.total.replace(total).is_some_and(|before| before != total);
    }
}

/// Takes each payment; says what is wrong, or nothing.
pub(super) type Visitor<'v> = &'v mut dyn FnMut(Seen<'_>) -> Result<(), &'static str>;

/// Reads a bank file by its profile.
///
/// # Errors
/// The first row that is not of the layout, or two statements of a total that differ.
pub fn read_back(profile: &BankProfile, bytes: &[u8]) -> Result<ReadFile, NotOfProfile> {
    let mut rows = Vec::new();
    let stated = visit(profile, bytes, &mut |seen| {
        rows.push(ReadRow {
            payment_id: seen.payment_id.as_deref().map(Into::into),
            account_no: seen.account_no.as_ref().into(),
            account_name: seen.account_name.as_ref().into(),
            amount: seen.amount,
        });
        Ok(())
    })?;
    Ok(ReadFile { rows, count: stated.count, total: stated.total })
}

/// Compares a rendered file with its payments: each id, account, name and amount, the number and the
/// sum, and what header and trailer state.
pub(super) fn compare(plan: &FilePlan, payments: &[BankPayment], bytes: &[u8]) -> Result<(), Fault> {
    let mut expected = plan.payments.iter().map(|&position| &payments[position as usize]);
    let mut total = Money::ZERO;
    let stated = visit(plan.profile, bytes, &mut |seen| {
        let payment = expected.next().ok_or("more rows than payments")?;
        if seen.payment_id.is_some_and(|id| id != payment.payment_id.as_str()) {
            return Err("payment id");
        }
        if seen.account_no != payment.account_no.as_str() {
            return Err("account number");
        }
        if seen.account_name != payment.account_name.as_str() {
            return Err("account name");
        }
        if seen.amount != payment.amount {
            return Err("amount");
        }
        total += seen.amount;
        Ok(())
    });
    let differs = |row: usize, what: &str| {
        Fault::new(Exit::Unbalanced, "bank-file-read-back")
            .with("file", &plan.name)
            .with("row", row.to_string())
            .with("what", what)
    };
    let stated = stated.map_err(|fault| differs(fault.row, fault.what))?;
    if expected.next().is_some() {
        return Err(differs(0, "fewer rows than payments"));
    }
    let count = plan.payments.len() as u64;
    if total != plan.total || stated.count.is_some_and(|stated| stated != count) {
        return Err(differs(0, "count"));
    }
    if stated.total.is_some_and(|stated| stated != total) {
        return Err(differs(0, "total"));
    }
    Ok(())
}

fn visit(profile: &BankProfile, bytes: &[u8], visitor: Visitor<'_>) -> Result<Stated, NotOfProfile> {
    let stated = match profile.format {
        Format::Delimited | Format::Fixed => visit_text(profile, bytes, visitor),
        Format::Workbook => {
            let rows = workbook::read(bytes)?;
            visit_rows(profile, rows.len(), visitor, |at, columns, cells| {
                // A row's empty cells at its end are not stored.
                let empty = columns.len().saturating_sub(rows[at].len());
                cells.extend(rows[at].iter().map(|cell| Cow::Borrowed(cell.as_str())));
                cells.extend(std::iter::repeat_n(Cow::Borrowed(""), empty));
                cells.truncate(
                    columns
                        .len()
                        .max(rows[at].iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1)),
                );
                true
            })
        }
        Format::Pain03 | Format::Pain09 | Format::Pain13 => pain001::visit(bytes, visitor),
    }?;
    if stated.contradicts {
        return Err(NotOfProfile { row: 0, what: "two totals differ" });
    }
    Ok(stated)
}

fn visit_text(profile: &BankProfile, bytes: &[u8], visitor: Visitor<'_>) -> Result<Stated, NotOfProfile> {
    let whole = |what| NotOfProfile { row: 0, what };
    let bytes = match bytes.strip_prefix("\u{FEFF}".as_bytes()) {
        Some(rest) if profile.byte_order_mark => rest,
        None if profile.byte_order_mark => return Err(whole("no byte order mark")),
        _ => bytes,
    };
    let bytes = match (profile.last_line_ends, bytes.strip_suffix(profile.line_ending.text().as_bytes())) {
        (true, Some(rest)) => rest,
        (true, None) => return Err(whole("last line does not end")),
        (false, _) => bytes,
    };
    if profile.format == Format::Fixed {
        let lines: Vec<&[u8]> = split_bytes(bytes, profile.line_ending.text().as_bytes());
        return visit_rows(profile, lines.len(), visitor, |at, columns, cells| {
            let mut rest = lines[at];
            for column in columns {
                let Some((cell, after)) = rest.split_at_checked(column.width) else { return false };
                let Some(cell) = profile.encoding.decode(cell) else { return false };
                cells.push(cell);
                rest = after;
            }
            rest.is_empty()
        });
    }
    // Decoded first: the second byte of a Chinese character may equal the delimiter.
    let text = profile.encoding.decode(bytes).ok_or(whole("not of the encoding"))?;
    let lines: Vec<&str> = text.split(profile.line_ending.text()).collect();
    visit_rows(profile, lines.len(), visitor, |at, _, cells| split_cells(lines[at], profile.delimiter, cells))
}

/// Cuts at every ending of line; what follows the last ending is a line too.
fn split_bytes<'a>(bytes: &'a [u8], ending: &[u8]) -> Vec<&'a [u8]> {
    let mut lines = Vec::new();
    let mut start = 0;
    for found in memchr::memmem::find_iter(bytes, ending) {
        lines.push(&bytes[start..found]);
        start = found + ending.len();
    }
    lines.push(&bytes[start..]);
    lines
}

/// Cuts a line at its delimiters, quotes heeded; `false` where quotes do not pair.
pub(crate) fn split_cells<'a>(line: &'a str, delimiter: char, cells: &mut Vec<Cow<'a, str>>) -> bool {
    if !line.contains('"') {
        cells.extend(line.split(delimiter).map(Cow::Borrowed));
        return true;
    }
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut cell = String::new();
            let mut inside = quoted;
            loop {
                let Some(end) = inside.find('"') else { return false };
                cell.push_str(&inside[..end]);
                inside = &inside[end + 1..];
                match inside.strip_prefix('"') {
                    Some(after) => {
                        cell.push('"');
                        inside = after;
                    }
                    None => break,
                }
            }
            cells.push(Cow::Owned(cell));
            match inside.strip_prefix(delimiter) {
                Some(after) => rest = after,
                None => return inside.is_empty(),
            }
        } else {
            match rest.split_once(delimiter) {
                Some((cell, after)) => {
                    cells.push(Cow::Borrowed(cell));
                    rest = after;
                }
                None => {
                    cells.push(Cow::Borrowed(rest));
                    return true;
                }
            }
        }
    }
}

/// Goes through the rows of a layout: header, titles, payments, trailer.
fn visit_rows<'a>(
    profile: &BankProfile,
    rows: usize,
    visitor: Visitor<'_>,
    mut cut: impl FnMut(usize, &[Column], &mut Vec<Cow<'a, str>>) -> bool,
) -> Result<Stated, NotOfProfile> {
    let header = profile.header.len();
    let above = header + usize::from(profile.titles);
    let Some(end) = rows.checked_sub(profile.trailer.len()).filter(|&end| end >= above) else {
        return Err(NotOfProfile { row: 0, what: "fewer rows than the layout has" });
    };
    let mut stated = Stated::default();
    let mut cells = Vec::new();
    for at in 0..rows {
        let wrong = |what| NotOfProfile { row: at + 1, what };
        let columns = match at {
            _ if at < header => &profile.header[at],
            _ if at >= end => &profile.trailer[at - end],
            _ => &profile.columns,
        };
        cells.clear();
        if !cut(at, columns, &mut cells) || cells.len() != columns.len() {
            return Err(wrong("not the layout's cells"));
        }
        if at >= above && at < end {
            visitor(payment(profile, columns, &cells).ok_or(wrong("amount is no amount"))?).map_err(wrong)?;
        } else if at < header || at >= end {
            for (column, cell) in columns.iter().zip(&cells) {
                let cell = bare(profile, column, cell);
                match column.field {
                    Field::Count => stated.count(cell.parse().map_err(|_| wrong("count is no number"))?),
                    Field::Total => {
                        stated.total(amount(column.unit, cell).ok_or(wrong("total is no amount"))?)
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(stated)
}

fn bare<'c>(profile: &BankProfile, column: &Column, cell: &'c str) -> &'c str {
    let number = matches!(column.field, Field::Count | Field::Total | Field::Amount | Field::Sequence);
    // Leading zeros of a number are read as such, so that 0 does not become nothing.
    if is_filled(profile, column) && !(number && column.pad == '0') { taken_off(column, cell) } else { cell }
}

fn payment<'c>(profile: &BankProfile, columns: &[Column], cells: &'c [Cow<'_, str>]) -> Option<Seen<'c>> {
    let mut seen = Seen {
        payment_id: None,
        account_no: Cow::Borrowed(""),
        account_name: Cow::Borrowed(""),
        amount: Money::ZERO,
    };
    for (column, cell) in columns.iter().zip(cells) {
        let cell = bare(profile, column, cell);
        match column.field {
            Field::PaymentId => seen.payment_id = Some(Cow::Borrowed(cell)),
            Field::AccountNo => seen.account_no = Cow::Borrowed(cell),
            Field::AccountName => seen.account_name = Cow::Borrowed(cell),
            Field::Amount => seen.amount = amount(column.unit, cell)?,
            _ => {}
        }
    }
    Some(seen)
}

/// An amount as a bank's file writes it.
pub(crate) fn amount(unit: Unit, text: &str) -> Option<Money> {
    match unit {
        Unit::Yuan => match plain_yuan(text) {
            Some(fen) => Some(Money::from_fen(fen)),
            None => text.parse().ok(),
        },
        Unit::Fen if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().ok().map(Money::from_fen)
        }
        Unit::Fen => None,
    }
}

/// The common form, some digits, a point and two digits, without the way over decimals.
fn plain_yuan(text: &str) -> Option<i64> {
    let (yuan, fen) = text.as_bytes().split_last_chunk::<3>()?;
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    if yuan.len() > 12 || !digits(yuan) || fen[0] != b'.' || !digits(&fen[1..]) {
        return None;
    }
    Some(yuan.iter().chain(&fen[1..]).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}
