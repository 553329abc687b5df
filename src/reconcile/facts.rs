//! What a reconciliation starts from: the ledger's records of one cycle, as values.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Money, Month, PaymentId, Programme, Text};
use crate::ledger::{
    Answer, Booking, Decided, Flow, LedgerPayment, NewStray, PaymentMovement, Statement, StrayId,
};

/// Everything about a cycle.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The cycle.
    pub cycle: Month,
    /// Its released runs.
    pub runs: Vec<RunFacts>,
    /// Programmes by position: the pack's, then those only the ledger knows.
    pub programmes: Vec<ProgrammeFacts>,
    /// Movements of the payer's account, of all times.
    pub bookings: Vec<Booking>,
    /// Balances of statements, of all times.
    pub statements: Vec<Statement>,
    /// Names of files of answers, by digest.
    pub answer_files: BTreeMap<Text, Text>,
    /// Items of no payment that came in during the cycle, with the file's name.
    pub strays: Vec<StrayFacts>,
    /// Where lines stood before the cycle, by programme: the sum of all balances.
    pub before: BTreeMap<Programme, Money>,
    /// What lines did in the cycle, and where they stood at its end.
    pub flows: BTreeMap<Programme, Flow>,
    /// Payable and receivable as lines hold them; `None` where a later cycle has moved them since.
    pub balances: Option<BTreeMap<Programme, (Money, Money)>>,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProgrammeFacts {
    /// Code.
    pub code: Text,
    /// Name.
    pub name: Text,
    /// Code of the fund that pays it; empty where the pack no longer knows it.
    pub fund: Text,
    /// Name of the fund.
    pub fund_name: Text,
}

/// A released run.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// Number.
    pub number: u32,
    /// Day of release.
    pub released_on: NaiveDate,
    /// Execution date.
    pub pay_on: NaiveDate,
    /// Working days from its release to today: the age of what is not answered.
    pub age: u32,
    /// Its bank files.
    pub files: Vec<FileFacts>,
    /// Its payments.
    pub payments: Vec<PaymentFacts>,
}

/// A bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Name.
    pub name: Text,
    /// Batch id.
    pub batch: Text,
    /// Profile.
    pub profile: Text,
    /// Payments, as approved.
    pub count: u64,
    /// Their sum, as approved.
    pub total: Money,
    /// What lies in the outbox.
    pub outbox: Outbox,
}

/// What lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbox {
    /// Not there; `emit` writes it again.
    Missing,
    /// Recalled, and taken out.
    Withdrawn,
    /// Other bytes than were approved, or bytes that are not of the layout.
    Altered,
    /// The approved bytes, read again by the layout alone.
    Read {
        /// Payments in it.
        count: u64,
        /// Their sum.
        total: Money,
        /// What header or trailer state.
        stated_count: Option<u64>,
        /// See `stated_count`.
        stated_total: Option<Money>,
    },
}

/// A payment with everything that was posted, said and decided about it.
#[derive(Debug, Clone)]
pub struct PaymentFacts {
    /// As the ledger holds it.
    pub payment: LedgerPayment,
    /// Postings that name it.
    pub movements: Vec<PaymentMovement>,
    /// Answers, oldest first.
    pub answers: Vec<Answer>,
    /// Decisions on it, oldest first.
    pub decisions: Vec<Decided>,
    /// The payment that was made in its place.
    pub replaced_by: Option<PaymentId>,
}

/// An item of no payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrayFacts {
    /// Its number.
    pub id: StrayId,
    /// What it says.
    pub stray: NewStray,
    /// Whether people have closed it.
    pub closed: bool,
}
