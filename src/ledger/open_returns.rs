//! Payments that came back and whose money is still owed.

use crate::domain::{Beneficiary, Fault, Line, Money, PaymentId, Programme, Text};

use super::Ledger;
use super::book::{self, Names};
use super::fault::{damaged, sql};
use super::lines::{maybe_text, money, text};

/// A line whose latest payment came back, with that payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReturn {
    /// The payment that came back.
    pub payment: PaymentId,
    /// Its programme.
    pub programme: Programme,
    /// Whom it was for; `None` where it served several.
    pub beneficiary: Option<Beneficiary>,
    /// The payee's name.
    pub name: Text,
    /// The bank.
    pub bank: Text,
    /// What the bank, or whoever recalled it, gave as the reason.
    pub reason: Text,
    /// The line.
    pub line: Line,
    /// What the ledger owes on it.
    pub balance: Money,
}

impl Ledger {
    /// Lines above 0.00 whose latest payment came back and that no payment was made for since, by payment
    /// and line.
    ///
    /// # Errors
    /// Database faults.
    pub fn open_returns(&self, codes: &[Text]) -> Result<Vec<OpenReturn>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT p.id, p.programme, p.beneficiary, p.line, p.payee_name, p.bank_word, \
                   (SELECT a.reason FROM answer a WHERE a.payment = p.id \
                      ORDER BY a.entry DESC, a.number DESC LIMIT 1), \
                   l.programme, l.beneficiary, l.month, l.case_no, l.balance \
                 FROM line l JOIN payment p ON p.id = l.returned \
                 WHERE l.balance > 0 AND l.returned IS NOT NULL",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let programme = names.programme(row.get(7).map_err(sql)?)?;
            let line = book::line(programme, &text(row, 8)?, row.get(9).map_err(sql)?, &text(row, 10)?)?;
            let one_line: Option<i64> = row.get(3).map_err(sql)?;
            let beneficiary = match maybe_text(row, 2)? {
                Some(stored) => {
                    Some(Beneficiary::parse(&stored).ok_or_else(|| damaged("payment: beneficiary"))?)
                }
                None => one_line.map(|_| line.beneficiary.clone()),
            };
            found.push(OpenReturn {
                payment: names.payment_id(row.get(0).map_err(sql)?)?,
                programme: names.programme(row.get(1).map_err(sql)?)?,
                beneficiary,
                name: text(row, 4)?,
                bank: names.word(row.get(5).map_err(sql)?)?,
                reason: maybe_text(row, 6)?.unwrap_or_default(),
                line,
                balance: money(row, 11)?,
            });
        }
        found.sort_by(|a, b| (&a.payment, &a.line).cmp(&(&b.payment, &b.line)));
        Ok(found)
    }
}
