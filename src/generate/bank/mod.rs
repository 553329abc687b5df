//! A bank that answers released files: in the neutral form, in a profile's own result layout, as
//! pain.002.001.10 or as camt.054.001.08. Seeded: each payment's answer follows from its id, its account
//! and the seed alone, whatever stands beside it.

mod layout;
mod messages;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use super::answers::AnswerRates;
use super::random::{Random, hash_text};
use crate::domain::{Money, Text};
use crate::pay::profile::ResultProfile;

pub use layout::LayoutFault;

/// A released bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// Batch id.
    pub batch: Text,
    /// Its payments, in order.
    pub payments: Vec<SentPayment>,
}

/// A payment in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPayment {
    /// Payment id.
    pub id: Text,
    /// Amount.
    pub amount: Money,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
}

/// What the bank makes of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Paid.
    Paid,
    /// Failed, with an ISO reason code.
    Failed(&'static str),
    /// Not decided yet.
    Pending,
    /// Said to be paid with another amount.
    PaidOtherwise(Money),
    /// Said to be paid to another name.
    PaidTo(Text),
    /// No answer.
    Silent,
}

impl Outcome {
    /// The amount that the answer names.
    fn amount(&self, asked: Money) -> Money {
        match self {
            Outcome::PaidOtherwise(amount) => *amount,
            _ => asked,
        }
    }

    /// The name that the answer gives.
    fn name<'n>(&'n self, asked: &'n str) -> &'n str {
        match self {
            Outcome::PaidTo(name) => name,
            _ => asked,
        }
    }
}

/// Reasons of failures that pass by, and how often of a hundred (`facts/payments.md` §1.3).
const REASONS: [(&str, u32); 6] =
    [("AC01", 38), ("AC06", 24), ("BE01", 22), ("AG01", 8), ("AM02", 4), ("RC01", 4)];

/// What becomes of one payment, and whether the bank says so twice.
pub fn outcome(
    payment_id: &str,
    account_no: &str,
    account_name: &str,
    amount: Money,
    rates: &AnswerRates,
    seed: u64,
) -> (Outcome, bool) {
    let mut random = Random::keyed(seed, &[hash_text(payment_id)]);
    let mut account = Random::keyed(seed, &[hash_text(account_no), 1]);
    // One draw decides, so that the rates do not eat into each other.
    let draw = random.below(1_000_000) as u32;
    let mut bound = 0_u32;
    let mut falls = |rate: u32| {
        let before = bound;
        bound = bound.saturating_add(rate);
        (before..bound).contains(&draw)
    };
    let (failed, pending, missing) = (falls(rates.failed), falls(rates.pending), falls(rates.missing));
    let (differs, altered) = (falls(rates.amount_differs), falls(rates.altered_names));
    let outcome = if account.chance(rates.closed_accounts) {
        Outcome::Failed("AC04")
    } else if failed {
        Outcome::Failed(REASONS[random.weighted(&REASONS.map(|(_, weight)| weight))].0)
    } else if pending {
        Outcome::Pending
    } else if missing {
        return (Outcome::Silent, false);
    } else if differs {
        Outcome::PaidOtherwise(amount - Money::from_fen(1))
    } else if altered {
        let kept: String = account_name.chars().take(1).collect();
        Outcome::PaidTo(format!("{kept}某某").into())
    } else {
        Outcome::Paid
    };
    (outcome, random.chance(rates.duplicate))
}

/// The form in which the bank answers.
#[derive(Debug, Clone, Copy)]
pub enum AnswerForm<'p> {
    /// The neutral file (DESIGN §13).
    Neutral,
    /// A profile's result layout.
    Layout(&'p ResultProfile),
    /// pain.002.001.10.
    StatusReport,
    /// camt.054.001.08: the batch debited in one entry with all its details, then what came back.
    Notification,
}

/// Answers one file.
///
/// # Errors
/// [`LayoutFault`]: the layout cannot say it.
pub fn answer_file(
    file: &SentFile,
    form: AnswerForm<'_>,
    rates: &AnswerRates,
    seed: u64,
    date: NaiveDate,
) -> Result<Vec<u8>, LayoutFault> {
    let mut answered: Vec<(&SentPayment, Outcome)> = Vec::with_capacity(file.payments.len());
    for payment in &file.payments {
        let SentPayment { id, amount, account_no, account_name } = payment;
        let (outcome, twice) = outcome(id, account_no, account_name, *amount, rates, seed);
        if outcome == Outcome::Silent {
            continue;
        }
        if twice {
            answered.push((payment, outcome.clone()));
        }
        answered.push((payment, outcome));
    }
    match form {
        AnswerForm::Neutral => Ok(neutral(&answered, date)),
        AnswerForm::Layout(profile) => layout::render(file, &answered, profile, date),
        AnswerForm::StatusReport => Ok(messages::status_report(file, &answered, date)),
        AnswerForm::Notification => Ok(messages::notification(file, &answered, date)),
    }
}

/// The neutral file has no names; an altered one cannot be told in it.
fn neutral(answered: &[(&SentPayment, Outcome)], date: NaiveDate) -> Vec<u8> {
    let mut out = String::from("payment_id,status,amount,reason,date\r\n");
    for (payment, outcome) in answered {
        let (status, reason) = match outcome {
            Outcome::Failed(reason) => ("failed", *reason),
            Outcome::Pending => ("pending", ""),
            _ => ("paid", ""),
        };
        let amount = outcome.amount(payment.amount);
        out.push_str(&format!("{},{status},{amount},{reason},{date}\r\n", payment.id));
    }
    out.into_bytes()
}
