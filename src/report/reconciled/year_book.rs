//! `reconcile.xlsx` of a year: programmes by month, every measure by programme and month, funds.

use std::io;

use rust_xlsxwriter::XlsxError;

use super::Shown;
use super::year_page::{MEASURES, amounts, heading, month_name};
use crate::domain::{Money, Month};
use crate::reconcile::year::{Year, YearCell};
use crate::report::workbook::{Book, Cell, Column};

/// The workbook.
///
/// # Errors
/// What the format refuses.
pub(super) fn book(shown: &Shown<'_>, result: &Year) -> io::Result<Vec<u8>> {
    let title = format!("{} {}", shown.say("year-title"), result.year);
    let subtitle = format!("{} · {}", shown.bureau, shown.today);
    let mut book = Book::new(&title, subtitle, shown.say("total"), shown.today).map_err(io::Error::other)?;
    paid(shown, result, &mut book).map_err(io::Error::other)?;
    measures(shown, result, &mut book).map_err(io::Error::other)?;
    funds(shown, result, &mut book).map_err(io::Error::other)?;
    book.bytes()
}

fn column(shown: &Shown<'_>, code: &str, width: u16) -> Column {
    Column::new(shown.say(&format!("column-{code}")), width)
}

/// Programmes × twelve months, with the signature block below.
fn paid<'r>(shown: &Shown<'_>, result: &Year, book: &mut Book<'r>) -> Result<(), XlsxError> {
    let mut columns = vec![column(shown, "programme", 30)];
    columns.extend((0..12).map(|position| Column::new(month_name(result.year, position), 14).summed()));
    columns.push(Column::new(shown.say("total"), 16).summed());
    let rows: Vec<Vec<Cell<'r>>> = result
        .rows
        .iter()
        .map(|row| {
            let mut cells = vec![Cell::text(shown.name(row.programme).to_owned())];
            cells.extend(
                row.months
                    .iter()
                    .map(|cell| cell.as_ref().map_or(Cell::Empty, |cell| Cell::Money(cell.paid.money))),
            );
            cells.push(Cell::Money(row.total.paid.money));
            cells
        })
        .collect();
    let title = format!("{} {}", shown.say("year-paid"), result.year);
    let next = book.table(&shown.say("year-paid"), &title, &columns, rows)?;
    let words = ["sign-drafted", "sign-checked", "sign-approved", "sign-date"];
    let signs: Vec<(u16, String)> = [0, 3, 6, 9]
        .into_iter()
        .zip(words.map(|word| crate::report::label::sentence(shown.language, word, &[])))
        .collect();
    book.signatures(next + 1, &signs);
    Ok(())
}

/// Every measure, a row a programme and month.
fn measures<'r>(shown: &Shown<'_>, result: &Year, book: &mut Book<'r>) -> Result<(), XlsxError> {
    let mut columns =
        vec![column(shown, "programme", 30), column(shown, "cycle", 11), column(shown, "count", 10).summed()];
    // What is outstanding at the end of a month is no flow, and is not added up over months.
    columns.extend(MEASURES.iter().map(|measure| match *measure {
        "payable" | "receivable" => Column::new(shown.say(heading(measure)), 15),
        _ => Column::new(shown.say(heading(measure)), 15).summed(),
    }));
    let cells = |name: &str, month: Month, cell: &YearCell| -> Vec<Cell<'r>> {
        let mut cells = vec![Cell::text(name.to_owned()), Cell::Month(month), Cell::Count(cell.paid.count)];
        cells.extend(amounts(cell).map(Cell::Money));
        cells
    };
    let mut rows = Vec::new();
    for row in &result.rows {
        for (month, cell) in (1..).zip(&row.months) {
            if let (Some(month), Some(cell)) = (Month::new(result.year, month), cell) {
                rows.push(cells(shown.name(row.programme), month, cell));
            }
        }
    }
    let title = format!("{} {}", shown.say("year-each"), result.year);
    book.table(&shown.say("year-each"), &title, &columns, rows)?;
    Ok(())
}

fn funds<'r>(shown: &Shown<'_>, result: &Year, book: &mut Book<'r>) -> Result<(), XlsxError> {
    let mut columns = vec![column(shown, "fund", 36)];
    columns.extend(
        ["appropriation", "charged", "restored", "left"].map(|code| column(shown, code, 18).summed()),
    );
    let maybe = |money: Option<Money>| money.map_or(Cell::Empty, Cell::Money);
    let rows: Vec<Vec<Cell<'r>>> = result
        .funds
        .iter()
        .map(|fund| {
            vec![
                Cell::text(fund.name.to_string()),
                maybe(fund.appropriation),
                Cell::Money(fund.charged),
                Cell::Money(fund.restored),
                maybe(fund.left()),
            ]
        })
        .collect();
    let title = format!("{} {}", shown.say("budget"), result.year);
    book.table(&shown.say("budget"), &title, &columns, rows)?;
    Ok(())
}
