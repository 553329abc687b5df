//! What banks answer, whatever the form, becomes neutral [`Answer`]s; and answers are matched with
//! the payments they speak of. Pure: bytes in, values and findings out.
//!
//! Written strictly, read tolerantly: a deviation from a format is a warning, a row is never
//! dropped, an unknown status is never success (DESIGN §13, READING 25).
//!
//! | page | what |
//! |---|---|
//! | [`neutral`] | the answer file that everyone can write by hand |
//! | [`result_file`] | a bank's own layout, by its profile |
//! | [`pain002`] | ISO 20022 status reports: group, batch and payment level |
//! | [`camt`] | ISO 20022 statements and notifications |
//! | [`matching`] | answers to payments: classes and what to post |
//! | [`reasons`] | why payments fail, and who must act |

pub mod camt;
mod figures;
pub mod matching;
pub mod neutral;
pub mod pain002;
pub mod reasons;
pub mod result_file;
mod text;
mod xml;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::domain::{Border, Exit, Fault, Finding, Money, Place, Severity, Tally, Text};
use crate::pay::BankProfile;

pub use matching::{Class, Effect, Item, KnownAnswer, Matched, PaymentState, ReleasedPayment, match_answers};

/// One thing a bank said about one payment, or about all payments of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Payment id as the answer gives it.
    pub payment_id: Option<Text>,
    /// Batch or message id, or file name.
    pub batch: Option<Text>,
    /// It speaks of every payment of the batch that it does not list by itself.
    pub whole_batch: bool,
    /// Account number; empty where not given.
    pub account_no: Text,
    /// Account name; empty where not given.
    pub account_name: Text,
    /// Amount; `None` where not given.
    pub amount: Option<Money>,
    /// What it says.
    pub status: AnswerStatus,
    /// The day it speaks of: booking day of statements.
    pub date: Option<NaiveDate>,
    /// What kind of message said it.
    pub source: AnswerSource,
    /// The bank's own reference of a booking; empty where there is none.
    pub reference: Text,
    /// Id of the message (statements may bring several in one file); empty for files without.
    pub message: Text,
    /// File, sheet, row (of messages: the entry's number).
    pub place: Place,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerStatus {
    /// The money is in the account.
    Paid,
    /// It is not: the reason, an ISO code or the bank's words or both.
    Failed(Text),
    /// Not yet known.
    Pending,
    /// A status that this program does not know, or one whose amount cannot be read: what was there.
    Unknown(Text),
}

impl AnswerStatus {
    /// The word that the neutral file and the ledger write; unknown ones write `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            AnswerStatus::Paid => "paid",
            AnswerStatus::Failed(_) => "failed",
            AnswerStatus::Pending => "pending",
            AnswerStatus::Unknown(_) => "unknown",
        }
    }

    /// The reason of a failure, or what an unknown status said; else empty.
    pub fn reason(&self) -> &str {
        match self {
            AnswerStatus::Failed(text) | AnswerStatus::Unknown(text) => text,
            _ => "",
        }
    }
}

/// Kinds of messages. The order is of no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerSource {
    /// The neutral file.
    Neutral,
    /// A bank's own layout.
    ResultFile,
    /// pain.002.
    StatusReport,
    /// camt.053.
    Statement,
    /// camt.054.
    Notification,
}

impl AnswerSource {
    /// All kinds.
    pub const ALL: [AnswerSource; 5] = [
        AnswerSource::Neutral,
        AnswerSource::ResultFile,
        AnswerSource::StatusReport,
        AnswerSource::Statement,
        AnswerSource::Notification,
    ];

    /// The word the ledger keeps.
    pub fn word(self) -> &'static str {
        match self {
            AnswerSource::Neutral => "neutral",
            AnswerSource::ResultFile => "result-file",
            AnswerSource::StatusReport => "pain.002",
            AnswerSource::Statement => "camt.053",
            AnswerSource::Notification => "camt.054",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<AnswerSource> {
        AnswerSource::ALL.into_iter().find(|source| source.word() == word)
    }

    /// Whether it books money on the payer's account: statements and notifications.
    pub fn is_booking(self) -> bool {
        matches!(self, AnswerSource::Statement | AnswerSource::Notification)
    }
}

/// A booking on the payer's account: the bank statement's side of the three-way reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Batch or message id it names; empty where it names none.
    pub batch: Text,
    /// Payment id of a booking of one payment; empty else.
    pub payment_id: Text,
    /// Money that left the account, negative for money that came.
    pub debit: Money,
    /// Booked, or only announced.
    pub booked: bool,
    /// Booking day.
    pub date: Option<NaiveDate>,
    /// The bank's reference.
    pub reference: Text,
    /// Id of the statement or notification it stands in.
    pub statement: Text,
    /// What kind of message said it.
    pub source: AnswerSource,
    /// How many payments it lists.
    pub details: u32,
    /// Sum of what it lists, signed as `debit`; `None` where it lists nothing, or not all amounts.
    pub listed: Option<Money>,
    /// Where.
    pub place: Place,
}

/// A statement's balances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementBalance {
    /// Account it is of, as written.
    pub account: Text,
    /// Statement id.
    pub statement: Text,
    /// Opening balance booked.
    pub opening: Option<Money>,
    /// Closing balance booked.
    pub closing: Option<Money>,
    /// Day of the closing balance.
    pub day: Option<NaiveDate>,
}

/// What a file of answers holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadAnswers {
    /// Answers in the file's order.
    pub answers: Vec<Answer>,
    /// Bookings of statements and notifications in order, also those that list no payment.
    pub bookings: Vec<Booking>,
    /// Balances of statements.
    pub balances: Vec<StatementBalance>,
    /// Deviations, and rows set aside.
    pub findings: Vec<Finding>,
    /// Rows set aside: no answer stands for them, a finding does.
    pub set_aside: u64,
    /// Rows, transactions or bookings met.
    pub rows: u64,
}

impl ReadAnswers {
    /// Rows = answers + bookings that list no payment + set aside.
    pub fn border(&self) -> Border {
        let count = |count: u64| Tally { count, money: Money::ZERO };
        Border {
            name: "answer-rows",
            entered: count(self.rows),
            out: count(self.rows - self.set_aside),
            set_aside: vec![("unreadable".to_owned(), count(self.set_aside))],
            ..Border::default()
        }
    }

    fn warn(&mut self, code: &'static str, place: Place, value: &str) {
        self.findings.push(Finding::new(code, Severity::Warning, place).with("value", value));
    }
}

/// Largest answer file read, in bytes.
pub const LARGEST_FILE: usize = 512 << 20;

/// Reads a file of answers. `format` is `neutral`, `pain.002`, `camt.053`, `camt.054` or the name of
/// a bank profile with a result layout; `None` looks at the content.
///
/// # Errors
/// Exit 3 where the file as a whole cannot be read, or its form is not known; nothing of it is used.
pub fn read(
    file: &str,
    bytes: &[u8],
    format: Option<&str>,
    profiles: &[BankProfile],
) -> Result<ReadAnswers, Fault> {
    if bytes.len() > LARGEST_FILE {
        return Err(refused("answer-file-too-large", file));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(refused("answer-file-empty", file));
    }
    if let Some(profile) = format.and_then(|name| profiles.iter().find(|profile| profile.name == name)) {
        let Some(result) = &profile.result else {
            return Err(refused("answer-profile-without-result", file).with("format", &profile.name));
        };
        return result_file::read(file, bytes, result);
    }
    match format {
        Some("neutral") => return neutral::read(file, bytes),
        None | Some("pain.002" | "camt.053" | "camt.054") => {}
        Some(other) => return Err(refused("answer-format-unknown", file).with("format", other)),
    }
    if is_workbook(bytes) {
        // A workbook with other titles is a bank's own, and only its profile can say what it holds.
        let needed = || Err(refused("answer-format-needed", file));
        return match format {
            Some(_) => needed(),
            None => match neutral::read_workbook(file, bytes) {
                Err(fault) if fault.code == "answer-header-missing" => needed(),
                read => read,
            },
        };
    }
    let Some((text, _)) = text::decode(bytes) else { return Err(refused("answer-file-unreadable", file)) };
    if text.trim_start().starts_with('<') {
        return xml::read(file, &text);
    }
    if format.is_none() && neutral::is_neutral(&text) {
        return neutral::read_text(file, &text);
    }
    Err(refused("answer-format-needed", file))
}

fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0")
}

fn refused(code: &'static str, file: &str) -> Fault {
    Fault::new(Exit::Refused, code).with("file", file)
}

fn place(file: &str, row: u32, column: &str) -> Place {
    Place { file: file.into(), row, column: column.into(), ..Place::default() }
}
