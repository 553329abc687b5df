//! What statements promise: opening + movements = closing, and the sum of the details is the entry;
//! and batches booked in one sum, which book each of their payments.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::facts::RunFacts;
use crate::domain::{Money, Text};
use crate::ledger::{Booking, NewBooking, NewStatement, Statement};

/// A file booked in one sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lump {
    /// Debits less credits.
    pub debit: Money,
    /// How many times the file's total that is; `None` where it is another amount.
    pub times: Option<i64>,
}

/// What was booked in one sum for each file of a run. A sum whose payments another message lists on the
/// same day is that message's, and not counted again; nor is the same booking in two files.
pub(super) fn lumps(run: &RunFacts, bookings: &BTreeMap<&str, Vec<&NewBooking>>) -> Vec<Option<Lump>> {
    run.files
        .iter()
        .map(|file| {
            let of = |batch: &Text| bookings.get(batch.as_str()).into_iter().flatten().copied();
            let of_file: Vec<&NewBooking> = of(&file.batch).chain(of(&file.name)).collect();
            let mut seen = BTreeSet::new();
            let mut sum = None;
            let is_lump = |booking: &&&NewBooking| booking.details == 0 && booking.payment.is_empty();
            for lump in of_file.iter().filter(is_lump) {
                let listed: Money = of_file
                    .iter()
                    .filter(|other| {
                        other.details > 0 && other.source != lump.source && other.date == lump.date
                    })
                    .map(|other| other.debit)
                    .sum();
                if listed == lump.debit || !seen.insert(identity(lump)) {
                    continue;
                }
                sum = Some(sum.unwrap_or(Money::ZERO) + lump.debit);
            }
            sum.map(|debit| {
                let whole = !file.total.is_zero() && debit.fen() % file.total.fen() == 0;
                Lump { debit, times: whole.then(|| debit.fen() / file.total.fen()) }
            })
        })
        .collect()
}

/// What was booked, by the batch it names; what was only announced, or names none, is left out.
pub(super) fn by_batch(bookings: &[Booking]) -> BTreeMap<&str, Vec<&NewBooking>> {
    let mut index: BTreeMap<&str, Vec<&NewBooking>> = BTreeMap::new();
    for booking in bookings.iter().map(|booking| &booking.booking) {
        if booking.booked && !booking.batch.is_empty() {
            index.entry(&booking.batch).or_default().push(booking);
        }
    }
    index
}

/// What makes two bookings one: the bank's reference and day, else the place in the statement.
fn identity(booking: &NewBooking) -> (Option<NaiveDate>, Money, Text, Text, u32) {
    match booking.reference.is_empty() {
        false => (booking.date, booking.debit, booking.reference.clone(), Text::default(), 0),
        true => (booking.date, booking.debit, Text::default(), booking.statement.clone(), booking.row),
    }
}

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFault {
    /// `statement-balance-differs` or `statement-details-differ`.
    pub class: &'static str,
    /// Position of the file in its entry.
    pub file: u32,
    /// Row in the file; 0 for a whole statement.
    pub row: u32,
    /// Statement id.
    pub statement: Text,
    /// By how much.
    pub difference: Money,
    /// Day.
    pub day: Option<NaiveDate>,
}

/// What does not hold in what one entry brings.
pub fn faults(bookings: &[NewBooking], statements: &[NewStatement]) -> Vec<StatementFault> {
    let mut faults = Vec::new();
    for booking in bookings {
        let difference = booking.listed.map_or(Money::ZERO, |listed| listed - booking.debit);
        if !difference.is_zero() {
            faults.push(StatementFault {
                class: "statement-details-differ",
                file: booking.file,
                row: booking.row,
                statement: booking.statement.clone(),
                difference,
                day: booking.date,
            });
        }
    }
    for statement in statements {
        let of_statement = |booking: &&NewBooking| {
            booking.file == statement.file && booking.statement == statement.statement && booking.booked
        };
        let moved: Money = bookings.iter().filter(of_statement).map(|booking| -booking.debit).sum();
        if let (Some(opening), Some(closing)) = (statement.opening, statement.closing)
            && opening + moved != closing
        {
            faults.push(StatementFault {
                class: "statement-balance-differs",
                file: statement.file,
                row: 0,
                statement: statement.statement.clone(),
                difference: opening + moved - closing,
                day: statement.day,
            });
        }
    }
    faults
}

/// A statement, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementCheck {
    /// Account.
    pub account: Text,
    /// Statement id.
    pub statement: Text,
    /// Name of its file.
    pub file: Text,
    /// Day of the closing balance.
    pub day: Option<NaiveDate>,
    /// Opening balance.
    pub opening: Option<Money>,
    /// Credits less debits booked.
    pub moved: Money,
    /// Closing balance.
    pub closing: Option<Money>,
    /// Opening + movements = closing; `None` where it does not say both.
    pub holds: Option<bool>,
    /// The opening balance is the closing balance of the statement before; `None` for the first.
    pub follows: Option<bool>,
}

/// Every statement taken in, by account and day.
pub(super) fn checks(bookings: &[Booking], statements: &[Statement]) -> Vec<StatementCheck> {
    let mut checks: Vec<StatementCheck> = statements
        .iter()
        .map(|stored| {
            let statement = &stored.statement;
            let moved: Money = bookings
                .iter()
                .filter(|booking| booking.entry == stored.entry && booking.booking.file == statement.file)
                .filter(|booking| booking.booking.booked && booking.booking.statement == statement.statement)
                .map(|booking| -booking.booking.debit)
                .sum();
            StatementCheck {
                account: statement.account.clone(),
                statement: statement.statement.clone(),
                file: stored.file.clone(),
                day: statement.day,
                opening: statement.opening,
                moved,
                closing: statement.closing,
                holds: statement.opening.zip(statement.closing).map(|(a, b)| a + moved == b),
                follows: None,
            }
        })
        .collect();
    checks.sort_by(|a, b| (&a.account, a.day, &a.statement).cmp(&(&b.account, b.day, &b.statement)));
    checks.dedup_by(|a, b| {
        (&a.account, &a.statement, a.day, a.opening, a.closing)
            == (&b.account, &b.statement, b.day, b.opening, b.closing)
    });
    for position in 1..checks.len() {
        let (before, after) = (&checks[position - 1], &checks[position]);
        if before.account == after.account {
            checks[position].follows = before.closing.zip(after.opening).map(|(a, b)| a == b);
        }
    }
    checks
}
