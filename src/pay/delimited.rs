//! Text files: cells between delimiters, or of fixed width in bytes.

use super::fit::first_unfit;
use super::profile::{Align, Column, Field, Format, Unit};
use super::render::FilePlan;
use super::{BankPayment, FileMeta};
use crate::domain::{Exit, Fault, Money};

/// The values of one file's cells: what is the same for all rows is made once.
pub(super) struct Cells<'a> {
    plan: &'a FilePlan<'a>,
    payments: &'a [BankPayment],
    meta: &'a FileMeta,
    texts: Vec<String>,
    own_remark: Option<String>,
    general_remark: String,
}

impl<'a> Cells<'a> {
    pub(super) fn new(plan: &'a FilePlan<'a>, payments: &'a [BankPayment], meta: &'a FileMeta) -> Cells<'a> {
        let fill = |text: &str| plan.fill(text, payments, meta);
        let profile = plan.profile;
        let programme = plan.payments.first().map(|&position| payments[position as usize].programme.as_str());
        let remark = programme.and_then(|code| profile.remark.programmes.get(code));
        Cells {
            plan,
            payments,
            meta,
            texts: profile.columns.iter().map(|column| fill(&column.text)).collect(),
            own_remark: remark.map(|text| fill(text)),
            general_remark: fill(&profile.remark.text),
        }
    }

    /// Header and trailer cells.
    pub(super) fn around(&self, column: &Column) -> String {
        match column.field {
            Field::Count => self.plan.payments.len().to_string(),
            Field::Total => money(self.plan.total, column.unit),
            _ => self.plan.fill(&column.text, self.payments, self.meta),
        }
    }

    /// The remark: the profile's text for the programme, else the programme's own, else the
    /// profile's general one; cut to the bank's bytes.
    pub(super) fn remark<'p>(&'p self, payment: &'p BankPayment) -> &'p str {
        let text = match &self.own_remark {
            Some(own) => own,
            None if !payment.remark.is_empty() => payment.remark.as_str(),
            None => &self.general_remark,
        };
        match self.plan.profile.remark.bytes {
            0 => text,
            most => super::fit::encoding_of(self.plan.profile).cut(text, most),
        }
    }

    /// A payment's cell, appended to `cell`. `number` is its number in the file, from 1.
    pub(super) fn write(&self, cell: &mut String, at: usize, payment: &BankPayment, number: usize) {
        use std::fmt::Write;
        let column = &self.plan.profile.columns[at];
        match column.field {
            Field::Sequence => drop(write!(cell, "{number}")),
            Field::PaymentId => cell.push_str(&payment.payment_id),
            Field::AccountNo => cell.push_str(&payment.account_no),
            Field::AccountName => cell.push_str(&payment.account_name),
            Field::Amount => push_money(cell, payment.amount, column.unit),
            Field::Bank => cell.push_str(&payment.bank),
            Field::BankCode => cell.push_str(self.bank_code(&payment.bank)),
            Field::PayeeId => cell.push_str(&payment.payee_id),
            Field::Remark => cell.push_str(self.remark(payment)),
            Field::Text => cell.push_str(&self.texts[at]),
            Field::Count | Field::Total => {}
        }
    }

    /// The 12-digit code of a bank, empty where the profile has none.
    pub(super) fn bank_code(&self, bank: &str) -> &str {
        let codes = &self.plan.profile.bank_codes;
        match codes.get(bank) {
            Some(code) => code,
            None => codes
                .iter()
                .filter(|(known, _)| bank.starts_with(known.as_str()))
                .max_by_key(|(known, _)| known.len())
                .map_or("", |(_, code)| code),
        }
    }
}

pub(super) fn money(amount: Money, unit: Unit) -> String {
    let mut text = String::new();
    push_money(&mut text, amount, unit);
    text
}

fn push_money(cell: &mut String, amount: Money, unit: Unit) {
    use std::fmt::Write;
    let fen = amount.fen();
    let _ = match unit {
        Unit::Fen => write!(cell, "{fen}"),
        Unit::Yuan => write!(
            cell,
            "{}{}.{:02}",
            if fen < 0 { "-" } else { "" },
            fen.unsigned_abs() / 100,
            fen.unsigned_abs() % 100
        ),
    };
}

/// A fault about one payment's cell.
pub(super) fn does_not_fit(
    plan: &FilePlan,
    payment: Option<&BankPayment>,
    field: Field,
    text: &str,
) -> Fault {
    Fault::new(Exit::Refused, "bank-field-unfit")
        .with("profile", &plan.profile.name)
        .with("payment", payment.map_or("-", |payment| payment.payment_id.as_str()))
        .with("field", field.word())
        .with("length", text.chars().count().to_string())
}

/// What the planner should have held is refused.
pub(super) fn must_fit(plan: &FilePlan, payment: &BankPayment) -> Result<(), Fault> {
    let (bank, number, name) = (&payment.bank, &payment.account_no, &payment.account_name);
    match first_unfit(plan.profile, bank, number, name) {
        None => Ok(()),
        Some((Field::AccountName, _)) => Err(does_not_fit(plan, Some(payment), Field::AccountName, name)),
        Some((Field::AccountNo, _)) => Err(does_not_fit(plan, Some(payment), Field::AccountNo, number)),
        Some((field, _)) => Err(does_not_fit(plan, Some(payment), field, bank)),
    }
}

/// Bytes of the file, and the line of its first payment.
pub(super) fn render(
    plan: &FilePlan,
    payments: &[BankPayment],
    meta: &FileMeta,
) -> Result<(Vec<u8>, u32), Fault> {
    let profile = plan.profile;
    let cells = Cells::new(plan, payments, meta);
    let mut lines = Lines { plan, bytes: Vec::with_capacity(plan.payments.len() * 96 + 256), rows: 0 };
    if profile.byte_order_mark {
        lines.bytes.extend_from_slice("\u{FEFF}".as_bytes());
    }
    for row in &profile.header {
        lines.row(row.iter().map(|column| (column, cells.around(column))), None)?;
    }
    if profile.titles {
        // Titles are not bound by the most bytes of a value, but by the places of fixed width.
        let width = |column: &Column| if profile.format == Format::Fixed { column.width } else { 0 };
        let plain = |column: &Column| Column { width: width(column), pad: ' ', ..column.clone() };
        let titles: Vec<Column> = profile.columns.iter().map(plain).collect();
        lines.row(titles.iter().map(|column| (column, column.title.clone())), None)?;
    }
    let first_row = lines.rows + 1;
    let mut cell = String::new();
    for (number, &position) in plan.payments.iter().enumerate() {
        let payment = &payments[position as usize];
        must_fit(plan, payment)?;
        lines.begin();
        for (at, column) in profile.columns.iter().enumerate() {
            cell.clear();
            cells.write(&mut cell, at, payment, number + 1);
            lines
                .cell(at, column, &cell)
                .map_err(|()| does_not_fit(plan, Some(payment), column.field, &cell))?;
        }
    }
    for row in &profile.trailer {
        lines.row(row.iter().map(|column| (column, cells.around(column))), None)?;
    }
    if profile.last_line_ends {
        lines.bytes.extend_from_slice(profile.line_ending.text().as_bytes());
    }
    Ok((lines.bytes, first_row))
}

struct Lines<'a> {
    plan: &'a FilePlan<'a>,
    bytes: Vec<u8>,
    rows: u32,
}

impl Lines<'_> {
    fn row<'c>(
        &mut self,
        row: impl Iterator<Item = (&'c Column, String)>,
        payment: Option<&BankPayment>,
    ) -> Result<(), Fault> {
        self.begin();
        for (at, (column, text)) in row.enumerate() {
            self.cell(at, column, &text)
                .map_err(|()| does_not_fit(self.plan, payment, column.field, &text))?;
        }
        Ok(())
    }

    fn begin(&mut self) {
        if self.rows > 0 {
            self.bytes.extend_from_slice(self.plan.profile.line_ending.text().as_bytes());
        }
        self.rows += 1;
    }

    fn cell(&mut self, at: usize, column: &Column, text: &str) -> Result<(), ()> {
        let profile = self.plan.profile;
        let fixed = profile.format == Format::Fixed;
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7F) {
            return Err(());
        }
        if !fixed && at > 0 {
            self.bytes.push(profile.delimiter as u8);
        }
        let start = self.bytes.len();
        if !fixed && memchr::memchr2(profile.delimiter as u8, b'"', text.as_bytes()).is_some() {
            if !profile.quotes {
                return Err(());
            }
            let doubled = format!("\"{}\"", text.replace('"', "\"\""));
            return profile.encoding.push(&mut self.bytes, &doubled).map_err(|_| ());
        }
        profile.encoding.push(&mut self.bytes, text).map_err(|_| ())?;
        let length = self.bytes.len() - start;
        if column.width == 0 {
            return Ok(());
        }
        let Some(missing) = column.width.checked_sub(length) else { return Err(()) };
        if super::fit::is_filled(profile, column) {
            let filling = std::iter::repeat_n(column.pad as u8, missing);
            match column.align {
                Align::Left => self.bytes.extend(filling),
                Align::Right => drop(self.bytes.splice(start..start, filling)),
            }
        }
        Ok(())
    }
}
