//! Workbooks for banks: one sheet, every cell text, so that no number ever passes through a float
//! and no leading zero is lost. The bytes are the same at any hour.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::delimited::{Cells, does_not_fit, must_fit};
use super::fit::encoding_of;
use super::profile::Column;
use super::read_back::NotOfProfile;
use super::render::FilePlan;
use super::{BankPayment, FileMeta};
use crate::domain::{Exit, Fault};
use crate::formats::made_on;

/// Bytes of the file, and the row of its first payment.
pub(super) fn render(
    plan: &FilePlan,
    payments: &[BankPayment],
    meta: &FileMeta,
) -> Result<(Vec<u8>, u32), Fault> {
    let profile = plan.profile;
    let cells = Cells::new(plan, payments, meta);
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(plan.payments.len() + 4);
    for row in &profile.header {
        rows.push(row.iter().map(|column| cells.around(column)).collect());
    }
    if profile.titles {
        rows.push(profile.columns.iter().map(|column| column.title.clone()).collect());
    }
    let first_row = rows.len() as u32 + 1;
    for (number, &position) in plan.payments.iter().enumerate() {
        let payment = &payments[position as usize];
        must_fit(plan, payment)?;
        let mut row = Vec::with_capacity(profile.columns.len());
        for (at, column) in profile.columns.iter().enumerate() {
            let mut cell = String::new();
            cells.write(&mut cell, at, payment, number + 1);
            if !fits(plan, column, &cell) {
                return Err(does_not_fit(plan, Some(payment), column.field, &cell));
            }
            row.push(cell);
        }
        rows.push(row);
    }
    for row in &profile.trailer {
        rows.push(row.iter().map(|column| cells.around(column)).collect());
    }
    let bytes = write(plan, meta, &rows).map_err(|fault| {
        Fault::new(Exit::Refused, "bank-workbook-refused")
            .with("file", &plan.name)
            .with("message", fault.to_string())
    })?;
    Ok((bytes, first_row))
}

fn fits(plan: &FilePlan, column: &Column, cell: &str) -> bool {
    let length = encoding_of(plan.profile).length(cell);
    !cell.chars().any(char::is_control)
        && length.is_ok_and(|length| column.width == 0 || length <= column.width)
}

fn write(plan: &FilePlan, meta: &FileMeta, rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&made_on(meta.drafted_on)?);
    let text = Format::new().set_num_format("@");
    let sheet = workbook.add_worksheet();
    let name: String = plan.fill(&plan.profile.sheet, &[], meta).chars().take(31).collect();
    if !name.is_empty() {
        sheet.set_name(name)?;
    }
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row as u32, column as u16, cell, &text)?;
        }
    }
    workbook.save_to_buffer()
}

/// The first sheet's rows from the first row on, as text.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, NotOfProfile> {
    let wrong = |what| NotOfProfile { row: 0, what };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| wrong("not a workbook"))?;
    let range =
        workbook.worksheet_range_at(0).ok_or(wrong("no sheet"))?.map_err(|_| wrong("sheet unreadable"))?;
    let Some((last, _)) = range.end() else { return Ok(Vec::new()) };
    let first = range.start().map_or(0, |(row, _)| row);
    let columns = range.end().map_or(0, |(_, column)| column);
    let mut rows = vec![Vec::new(); first as usize];
    for row in first..=last {
        let mut cells = Vec::new();
        for column in 0..=columns {
            match range.get_value((row, column)) {
                None | Some(Data::Empty) => cells.push(String::new()),
                Some(Data::String(text)) => cells.push(text.clone()),
                Some(_) => {
                    return Err(NotOfProfile { row: row as usize + 1, what: "a cell that is not text" });
                }
            }
        }
        rows.push(cells);
    }
    Ok(rows)
}
