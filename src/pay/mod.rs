//! Payments become bank files. In: payments in sequence, bank profiles, the run's particulars. Out:
//! [`BankFile`]s as bytes, each already read back and compared with the payments it stands for.
//!
//! Nothing here opens a file, reads a clock or knows a ledger: a released run is rendered again from
//! the ledger alone and gives the same bytes (DESIGN §2.4, §11).
//!
//! | page | what |
//! |---|---|
//! | [`profile`] | how a bank wants its file, read from TOML |
//! | [`encoding`] | characters to bytes, one field at a time, never `?` nor an entity |
//! | [`mod@render`] | which payment goes to which file, names, totals |
//! | [`mod@read_back`] | the bytes read again by a second way |
//! | [`checks`] | check digits of bank codes and cards, amounts in words |

pub mod checks;
mod delimited;
pub mod encoding;
mod fit;
mod pain001;
pub mod profile;
mod profile_check;
mod profiles;
pub mod read_back;
pub mod render;
mod template;
mod workbook;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::domain::{Money, Month, Text};

pub use checks::{bank_code_is_valid, capital_words, luhn_is_valid};
pub use fit::{Unfit, encodable, unfit};
pub use profile::BankProfile;
pub use profiles::Profiles;
pub use read_back::{ReadFile, ReadRow, read_back};
pub use render::{FilePlan, plan_files, render, render_file};

/// One payment on its way to a bank (DESIGN §11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankPayment {
    /// `<division>-<cycle yyyymm>-R<run>-<sequence>`, at most 35 of `A-Z a-z 0-9 -`.
    pub payment_id: Text,
    /// Programme code, e.g. `old-age`.
    pub programme: Text,
    /// Programme name for people.
    pub programme_name: Text,
    /// The payee's bank, as [`crate::domain::Account::bank`] holds it.
    pub bank: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// The payee's identity number; empty for organisations.
    pub payee_id: Text,
    /// Above 0.00.
    pub amount: Money,
    /// The text that goes with the payment, where the profile has none for the programme.
    pub remark: Text,
}

/// Who pays: the treasury account the bank debits, from `disburse.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payer {
    /// Account name.
    pub name: String,
    /// Account number.
    pub account_no: String,
    /// Bank name.
    pub bank: String,
    /// 12-digit bank code (联行号); empty where not known.
    pub bank_code: String,
    /// Agreement number with the agent bank; empty where there is none.
    pub agreement: String,
}

/// The particulars of a run that bank files carry. All of them stand in the ledger, so that a file
/// can be rendered again with the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMeta {
    /// The district's digits, the first part of payment ids.
    pub division: Text,
    /// Cycle month.
    pub cycle: Month,
    /// Run number.
    pub run: u32,
    /// Execution date: the pay-by date or `--pay-on`.
    pub pay_on: NaiveDate,
    /// The day of the draft; stands for the creation time where a format asks for one.
    pub drafted_on: NaiveDate,
    /// Who pays.
    pub payer: Payer,
}

impl FileMeta {
    /// `<division>-<yyyymm>-R<run>`, the beginning of payment ids and batch ids.
    pub fn run_id(&self) -> String {
        format!("{}-{}-R{:04}", self.division, self.cycle.compact(), self.run)
    }
}

/// One rendered bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFile {
    /// File name without folder; unique in its run, also where capitals do not count.
    pub name: Text,
    /// `<division>-<yyyymm>-R<run>-F<number>`: the batch number, and the message id of pain.001.
    pub batch: Text,
    /// Profile name.
    pub profile: Text,
    /// Programme code.
    pub programme: Text,
    /// The bank it goes to.
    pub bank: Text,
    /// The file.
    pub bytes: Vec<u8>,
    /// sha256 of the bytes, hex.
    pub sha256: String,
    /// Number of payments.
    pub count: u64,
    /// Sum of payments.
    pub total: Money,
    /// Which payment (position in the list that was rendered) stands in which row: the line of text,
    /// the row of a workbook, or the transaction's number in a message, from 1.
    pub rows: Vec<FileRow>,
}

/// Where a payment stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRow {
    /// Position in the list of payments.
    pub payment: u32,
    /// Row, from 1.
    pub row: u32,
}

impl BankFile {
    /// Payment ids with their rows, by the list of payments that was rendered.
    pub fn payment_rows<'a>(
        &'a self,
        payments: &'a [BankPayment],
    ) -> impl Iterator<Item = (&'a str, u32)> + 'a {
        self.rows
            .iter()
            .filter_map(|row| Some((payments.get(row.payment as usize)?.payment_id.as_str(), row.row)))
    }
}
