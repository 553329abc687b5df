//! Three-way reconciliation (DESIGN §13): entitlement ledger ↔ payment files ↔ bank answers
//! (↔ statement), per line and in total. In: what the ledger holds of a cycle, as values. Out: what
//! agrees, what explains the rest, what a person must look at. Pure: no clock, no disk, no database.
//!
//! | page | what |
//! |---|---|
//! | [`facts`] | the input |
//! | [`payment`] | one payment: the ledger's side, the bank's side, the statement's side |
//! | [`groups`] | sums by programme × bank × file × fund, and the balance statement (余额调节表) |
//! | [`open`] | exceptions, failures and unanswered payments |
//! | [`statement`] | what statements promise: opening + movements = closing, details = entry |
//! | [`statistics`] | monthly statistics: households, persons, money by 城镇 and 农村, and what they must foot to |
//! | [`year`] | a programme's twelve months, and its fund's budget |
//!
//! The unexplained difference must be 0: each side is summed from its own records (postings, items,
//! answers, bookings), and what stands between two sides is named, payment by payment. What has no
//! name is a [`Disagreement`], and the month does not close.

pub mod facts;
pub mod groups;
pub mod open;
pub mod payment;
pub mod statement;
pub mod statistics;
pub mod year;

#[cfg(test)]
mod tests;

use crate::domain::{Money, Month, Programme, Text};

pub use facts::{Facts, FileFacts, Outbox, PaymentFacts, ProgrammeFacts, RunFacts};
pub use groups::{Flows, Group, Key, Sums};
pub use open::{Exception, Failed, Unanswered};
pub use payment::{Judged, Standing, Why};
pub use statement::{StatementCheck, StatementFault};

/// Two records that should say the same and do not, with no reason known: the month does not close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Stable word: which records.
    pub what: &'static str,
    /// Payment, file or programme.
    pub place: Text,
    /// By how much; 0.00 where it is not about money.
    pub amount: Money,
}

/// A file's count and total, wherever they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCheck {
    /// Run.
    pub run: u32,
    /// Name.
    pub name: Text,
    /// Batch id.
    pub batch: Text,
    /// Profile.
    pub profile: Text,
    /// As drafted and approved: count, sum.
    pub approved: (u64, Money),
    /// Payments of the ledger: count, sum.
    pub lines: (u64, Money),
    /// What lies in the outbox.
    pub outbox: Outbox,
    /// What statements and notifications say left the account for it; `None` where they say nothing.
    pub statement: Option<Money>,
}

/// A cycle reconciled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The cycle.
    pub cycle: Month,
    /// Every payment, in order of its id.
    pub payments: Vec<Judged>,
    /// Sums by programme × bank × file × fund, in that order.
    pub groups: Vec<Group>,
    /// All of them together.
    pub total: Sums,
    /// What the programmes' lines did in the cycle, by programme.
    pub flows: Vec<(Programme, Flows)>,
    /// Files against lines.
    pub files: Vec<FileCheck>,
    /// Statements and what they promise.
    pub statements: Vec<StatementCheck>,
    /// What a person must look at.
    pub exceptions: Vec<Exception>,
    /// What the bank did not pay.
    pub failed: Vec<Failed>,
    /// What nobody has answered.
    pub unanswered: Vec<Unanswered>,
    /// What has no explanation. Empty where the month closes.
    pub disagreements: Vec<Disagreement>,
}

impl Reconciliation {
    /// The sum of what has no explanation, whatever its direction; 0.00 where the month closes.
    pub fn unexplained(&self) -> Money {
        self.disagreements.iter().map(|one| Money::from_fen(one.amount.fen().abs())).sum()
    }

    /// Whether the month closes.
    pub fn closes(&self) -> bool {
        self.disagreements.is_empty()
    }
}

/// Reconciles a cycle.
pub fn reconcile(facts: &Facts) -> Reconciliation {
    let mut disagreements = Vec::new();
    let mut payments = Vec::new();
    let mut files = Vec::new();
    let bookings = statement::by_batch(&facts.bookings);
    for run in &facts.runs {
        let lumps = statement::lumps(run, &bookings);
        let mut lines = vec![(0, Money::ZERO); run.files.len()];
        let mut booked = vec![Money::ZERO; run.files.len()];
        for payment in &run.payments {
            let file = payment.payment.file as usize;
            let judged = payment::judge(run, payment, lumps.get(file));
            if let (Some((count, sum)), Some(own)) = (lines.get_mut(file), booked.get_mut(file)) {
                *count += 1;
                *sum += payment.payment.payment.amount;
                *own += judged.booked.unwrap_or_default();
            }
            disagreements.extend(judged.disagreements.iter().cloned());
            payments.push(judged);
        }
        for (position, file) in run.files.iter().enumerate() {
            let lump = lumps[position].as_ref().map(|lump| lump.debit + booked[position]);
            let statement = lump.or((!booked[position].is_zero()).then_some(booked[position]));
            files.push(file_check(run, file, lines[position], statement, &mut disagreements));
        }
    }
    payments.sort_by(|a, b| a.id.cmp(&b.id));
    let (groups, total) = groups::sum_up(facts, &payments);
    let flows = groups::flows(facts, &payments, &mut disagreements);
    Reconciliation {
        cycle: facts.cycle,
        exceptions: open::exceptions(facts, &payments),
        failed: open::failed(facts, &payments),
        unanswered: open::unanswered(facts, &payments),
        statements: statement::checks(&facts.bookings, &facts.statements),
        payments,
        groups,
        total,
        flows,
        files,
        disagreements,
    }
}

fn file_check(
    run: &RunFacts,
    file: &FileFacts,
    lines: (u64, Money),
    statement: Option<Money>,
    disagreements: &mut Vec<Disagreement>,
) -> FileCheck {
    let mut differs = |what: &'static str, amount: Money| {
        disagreements.push(Disagreement { what, place: file.name.clone(), amount });
    };
    if lines != (file.count, file.total) {
        differs("file-lines", lines.1 - file.total);
    }
    match &file.outbox {
        Outbox::Altered => differs("file-altered", Money::ZERO),
        Outbox::Read { count, total, stated_count, stated_total } => {
            let stated = (stated_count.unwrap_or(*count), stated_total.unwrap_or(*total));
            if (*count, *total) != lines || stated != lines {
                differs("file-outbox", *total - lines.1);
            }
        }
        Outbox::Missing | Outbox::Withdrawn => {}
    }
    FileCheck {
        run: run.number,
        name: file.name.clone(),
        batch: file.batch.clone(),
        profile: file.profile.clone(),
        approved: (file.count, file.total),
        lines,
        outbox: file.outbox.clone(),
        statement,
    }
}
