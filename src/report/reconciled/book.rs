//! `exceptions.xlsx`: what a person must decide, with columns to type the decisions in. `returns
//! --decisions exceptions.xlsx` reads it back in one go: the titles of the columns it reads begin with
//! the fixed words of DESIGN §12.

use std::io;

use super::Shown;
use super::tables::TYPED;
use crate::domain::Money;
use crate::ledger::DecisionKind;
use crate::reconcile::Reconciliation;
use crate::report::sheets::widest;
use crate::report::workbook::{Book, Cell, Column, Layout};

const CHOICES: [DecisionKind; 4] = [
    DecisionKind::ConfirmedPaid,
    DecisionKind::ConfirmedNotPaid,
    DecisionKind::BankDifference,
    DecisionKind::Close,
];

/// The payment stays in sight while one types far to the right of it.
const KEYED: Layout = Layout { frozen: 1, upright: false, header_repeats: true };

fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::text(text) }
}

fn day(day: Option<chrono::NaiveDate>) -> Cell<'static> {
    day.map_or(Cell::Empty, Cell::Day)
}

pub(super) fn exceptions(shown: &Shown<'_>, result: &Reconciliation) -> io::Result<Vec<u8>> {
    let title = format!("{} {}", shown.say("exceptions"), result.cycle);
    let subtitle = format!("{} · {}", shown.bureau, shown.today);
    let mut book = Book::new(&title, subtitle, shown.say("total"), shown.today).map_err(io::Error::other)?;
    exception_sheet(shown, result, &mut book).map_err(io::Error::other)?;
    unanswered_sheet(shown, result, &mut book).map_err(io::Error::other)?;
    help_sheet(shown, &mut book).map_err(io::Error::other)?;
    book.bytes()
}

fn column(shown: &Shown<'_>, code: &str, width: u16) -> Column {
    Column::new(shown.say(&format!("column-{code}")), width)
}

/// The fixed word first, so that the reader finds it; then what it means.
fn fixed(shown: &Shown<'_>, word: &str, width: u16) -> Column {
    Column::new(format!("{word} {}", shown.say(&format!("column-{word}"))), width)
}

fn typed(shown: &Shown<'_>) -> Vec<Column> {
    TYPED.iter().zip([18, 12, 16, 24]).map(|(word, width)| fixed(shown, word, width)).collect()
}

fn blanks() -> Vec<Cell<'static>> {
    TYPED.iter().map(|word| Cell::Typed(*word != "amount")).collect()
}

fn exception_sheet<'r>(
    shown: &'r Shown<'_>,
    result: &'r Reconciliation,
    book: &mut Book<'r>,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let mut columns = vec![
        fixed(shown, "payment_id", 29),
        column(shown, "class", 14),
        column(shown, "programme", 17),
        column(shown, "bank", 16),
        column(shown, "file", 24),
        column(shown, "account_no", 22),
        column(shown, "account_name", 12),
        column(shown, "our_amount", 12).fitting(widest(result.exceptions.iter().filter_map(|one| one.ours))),
        column(shown, "bank_amount", 12)
            .fitting(widest(result.exceptions.iter().filter_map(|one| one.theirs))),
        column(shown, "said", 18),
        column(shown, "date", 11),
        column(shown, "working_days", 8),
        column(shown, "candidates", 24),
    ];
    let first_typed = columns.len() as u16;
    columns.extend(typed(shown));
    let rows: Vec<Vec<Cell>> = result
        .exceptions
        .iter()
        .map(|one| {
            let mut row = vec![
                text(&one.key),
                Cell::text(shown.class(&one.class)),
                one.programme.map_or(Cell::Empty, |programme| text(shown.name(programme))),
                text(&one.bank),
                text(&one.file),
                text(&one.account_no),
                text(&one.account_name),
                Cell::money(one.ours),
                Cell::money(one.theirs),
                text(&one.said),
                day(one.day),
                one.age.map_or(Cell::Empty, |age| Cell::Count(u64::from(age))),
                Cell::text(one.candidates.join(" ")),
            ];
            row.extend(blanks());
            row
        })
        .collect();
    let title = format!("{} {}", shown.say("exceptions"), result.cycle);
    let count = rows.len();
    book.table_as(KEYED, &shown.say("exceptions"), &title, &columns, rows)?;
    book.choices(first_typed, count, &CHOICES.map(DecisionKind::word))
}

fn unanswered_sheet<'r>(
    shown: &'r Shown<'_>,
    result: &'r Reconciliation,
    book: &mut Book<'r>,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let mut columns = vec![
        fixed(shown, "payment_id", 29),
        column(shown, "programme", 17),
        column(shown, "bank", 16),
        column(shown, "file", 24),
        column(shown, "account_no", 22),
        column(shown, "account_name", 12),
        column(shown, "our_amount", 12)
            .summed()
            .fitting(widest(result.unanswered.iter().map(|open| open.amount))),
        column(shown, "standing", 12),
        column(shown, "released_on", 11),
        column(shown, "working_days", 8),
    ];
    let first_typed = columns.len() as u16;
    columns.extend(typed(shown));
    // What is among the exceptions is decided there.
    let listed: std::collections::BTreeSet<&str> =
        result.exceptions.iter().map(|one| one.key.as_str()).collect();
    let rows: Vec<Vec<Cell>> = result
        .unanswered
        .iter()
        .filter(|open| !listed.contains(open.payment.as_str()))
        .map(|open| {
            let amount: Money = open.amount;
            let mut row = vec![
                text(&open.payment),
                text(shown.name(open.programme)),
                text(&open.bank),
                text(&open.file),
                text(&open.account_no),
                text(&open.account_name),
                Cell::Money(amount),
                Cell::text(shown.say(&format!("standing-{}", open.standing.word()))),
                day(Some(open.released_on)),
                Cell::Count(u64::from(open.age)),
            ];
            row.extend(blanks());
            row
        })
        .collect();
    let title = format!("{} {}", shown.say("unanswered"), result.cycle);
    let count = rows.len();
    book.table_as(KEYED, &shown.say("unanswered"), &title, &columns, rows)?;
    book.choices(first_typed, count, &CHOICES.map(DecisionKind::word))
}

fn help_sheet(shown: &Shown<'_>, book: &mut Book<'_>) -> Result<(), rust_xlsxwriter::XlsxError> {
    let title = shown.say("help");
    let columns = vec![Column::new(shown.say("column-decision"), 24), Column::new(title.clone(), 90)];
    let mut rows: Vec<Vec<Cell>> = CHOICES
        .iter()
        .map(|kind| vec![Cell::text(kind.word()), Cell::text(shown.say(&format!("help-{}", kind.word())))])
        .collect();
    rows.push(vec![Cell::Empty, Cell::text(shown.say("help-after"))]);
    book.table(&title, &title, &columns, rows)?;
    Ok(())
}
