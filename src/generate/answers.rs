//! What a bank would answer to payments, in the neutral form that everyone can write by hand
//! (DESIGN §13): `payment_id, status, amount, reason, date`.

use chrono::NaiveDate;

use super::bank::{Outcome, outcome};
use crate::domain::{Money, Text};

/// A payment to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentToAnswer {
    /// Payment id.
    pub payment_id: Text,
    /// Amount.
    pub amount: Money,
    /// Account number; an account that is closed fails every time.
    pub account_no: Text,
}

/// How many payments in a million get each answer; all others are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnswerRates {
    /// Accounts that are closed: each payment to one fails with AC04, in every cycle.
    pub closed_accounts: u32,
    /// Failed this once, for one of several reasons.
    pub failed: u32,
    /// Not decided yet.
    pub pending: u32,
    /// No answer at all.
    pub missing: u32,
    /// Paid with another amount than asked.
    pub amount_differs: u32,
    /// Answered twice, alike.
    pub duplicate: u32,
    /// Paid to another name than asked, in forms that have names.
    pub altered_names: u32,
}

impl AnswerRates {
    /// Rates as a district sees them in an ordinary month.
    pub const ORDINARY: AnswerRates = AnswerRates {
        closed_accounts: 4_000,
        failed: 6_000,
        pending: 1_000,
        missing: 500,
        amount_differs: 0,
        duplicate: 300,
        altered_names: 0,
    };
}

/// Answers payments in their order, each by its id and the seed alone: a payment gets the same answer
/// whatever stands beside it.
pub fn answers<'p>(
    payments: impl IntoIterator<Item = &'p PaymentToAnswer>,
    rates: &AnswerRates,
    seed: u64,
    date: NaiveDate,
) -> Vec<u8> {
    let mut out = String::from("payment_id,status,amount,reason,date\r\n");
    for payment in payments {
        let (outcome, twice) =
            outcome(&payment.payment_id, &payment.account_no, "", payment.amount, rates, seed);
        let (status, amount, reason) = match outcome {
            Outcome::Silent => continue,
            Outcome::Failed(reason) => ("failed", payment.amount, reason),
            Outcome::Pending => ("pending", payment.amount, ""),
            Outcome::PaidOtherwise(amount) => ("paid", amount, ""),
            Outcome::Paid | Outcome::PaidTo(_) => ("paid", payment.amount, ""),
        };
        let line = format!("{},{status},{amount},{reason},{date}\r\n", payment.payment_id);
        out.push_str(&line);
        if twice {
            out.push_str(&line);
        }
    }
    out.into_bytes()
}

/// What keeps a payment list from being answered.
#[derive(Debug, thiserror::Error)]
pub enum PaymentsFault {
    /// Not a CSV file.
    #[error("cannot be read as CSV: {0}")]
    Unreadable(#[from] csv::Error),
    /// A column that is needed is not there.
    #[error("has no column `{0}`")]
    NoColumn(&'static str),
    /// An amount that is none.
    #[error("line {0}: `{1}` is no amount in yuan")]
    NoAmount(u64, String),
}

/// Reads a `payments.csv` of DESIGN §12 by its column names.
///
/// # Errors
/// [`PaymentsFault`]; nothing is guessed.
pub fn payments(bytes: &[u8]) -> Result<Vec<PaymentToAnswer>, PaymentsFault> {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers()?.clone();
    let column = |name: &'static str| {
        headers.iter().position(|header| header == name).ok_or(PaymentsFault::NoColumn(name))
    };
    let (id, amount, account) = (column("payment_id")?, column("amount")?, column("account_no")?);
    let mut payments = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let line = record.position().map_or(0, csv::Position::line);
        payments.push(PaymentToAnswer {
            payment_id: cell(id).into(),
            amount: cell(amount)
                .parse()
                .map_err(|_| PaymentsFault::NoAmount(line, cell(amount).to_owned()))?,
            account_no: cell(account).trim_start_matches('\'').into(),
        });
    }
    Ok(payments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: u64) -> Vec<PaymentToAnswer> {
        (0..count)
            .map(|number| PaymentToAnswer {
                payment_id: format!("150102-202302-R0001-{number:07}").into(),
                amount: Money::from_fen(10_000),
                account_no: format!("6299990000{number:09}").into(),
            })
            .collect()
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2023, 2, 9).unwrap()
    }

    #[test]
    fn without_rates_everything_is_paid_in_full() {
        let text = String::from_utf8(answers(&many(50), &AnswerRates::default(), 1, day())).unwrap();
        assert_eq!(text.lines().count(), 51);
        assert!(text.lines().skip(1).all(|line| line.ends_with(",paid,100.00,,2023-02-09")));
    }

    #[test]
    fn an_answer_depends_on_its_payment_and_the_seed_alone() {
        let rates = AnswerRates { failed: 300_000, pending: 100_000, ..AnswerRates::default() };
        let all = many(200);
        let whole = String::from_utf8(answers(&all, &rates, 7, day())).unwrap();
        let half = String::from_utf8(answers(&all[100..], &rates, 7, day())).unwrap();
        assert!(half.lines().skip(1).all(|line| whole.contains(line)));
        assert_ne!(whole, String::from_utf8(answers(&all, &rates, 8, day())).unwrap());
    }

    #[test]
    fn rates_come_out_about_as_asked() {
        let rates =
            AnswerRates { failed: 100_000, missing: 50_000, pending: 20_000, ..AnswerRates::default() };
        let text = String::from_utf8(answers(&many(20_000), &rates, 3, day())).unwrap();
        let failed = text.lines().filter(|line| line.contains(",failed,")).count();
        let pending = text.lines().filter(|line| line.contains(",pending,")).count();
        assert!((1800..2200).contains(&failed), "{failed}");
        assert!((330..470).contains(&pending), "{pending}");
        assert!((18_800..19_200).contains(&text.lines().count()));
    }

    #[test]
    fn a_closed_account_fails_in_every_cycle() {
        let rates = AnswerRates { closed_accounts: 200_000, ..AnswerRates::default() };
        let february = many(100);
        let march: Vec<PaymentToAnswer> = february
            .iter()
            .map(|payment| PaymentToAnswer {
                payment_id: payment.payment_id.replace("202302-R0001", "202303-R0002").into(),
                ..payment.clone()
            })
            .collect();
        let failed = |bytes: Vec<u8>| -> Vec<usize> {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().enumerate().filter(|(_, line)| line.contains("AC04")).map(|(at, _)| at).collect()
        };
        let first = failed(answers(&february, &rates, 5, day()));
        assert!(!first.is_empty());
        assert_eq!(first, failed(answers(&march, &rates, 5, day())));
    }

    #[test]
    fn a_payment_list_is_read_by_its_column_names() {
        let text = "\u{FEFF}amount,payment_id,account_no\r\n12.50,150102-202302-R0001-0000001,629999\r\n";
        let read = payments(text.as_bytes()).unwrap();
        assert_eq!(read[0].amount, Money::from_fen(1250));
        assert!(matches!(payments(b"payment_id,amount\n"), Err(PaymentsFault::NoColumn("account_no"))));
        assert!(matches!(
            payments(b"payment_id,amount,account_no\nx,1.234,1\n"),
            Err(PaymentsFault::NoAmount(2, _))
        ));
    }
}
