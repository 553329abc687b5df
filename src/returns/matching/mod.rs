//! Answers meet the payments they speak of (DESIGN §13, READING 25). Pure and total: every answer
//! gets an item of exactly one class, every payment without an answer is listed as missing.

mod candidates;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::{Answer, AnswerSource, AnswerStatus};
use crate::domain::{Money, Text, fixed_words};
use candidates::{Index, Target};
use story::{Heard, Story};

/// Where a released payment stands before these answers, by the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentState {
    /// Released, nothing heard.
    Unanswered,
    /// The bank has it, the outcome is open.
    Pending,
    /// Paid, by an answer or by two persons' decision.
    Paid,
    /// Failed, by an answer or by two persons' decision; its money was posted back.
    Failed,
    /// Taken back before the bank acted; its money was posted back.
    Recalled,
}

/// A payment in a released bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedPayment {
    /// Payment id.
    pub payment_id: Text,
    /// Batch id of its file ([`crate::pay::BankFile::batch`]).
    pub batch: Text,
    /// Name of its file.
    pub file: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Amount.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
}

/// An answer that the ledger already holds, of any class that named its payment and agreed in
/// amount, second debits included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAnswer {
    /// Payment id.
    pub payment_id: Text,
    /// `paid`, `failed` or `pending`: the word of [`AnswerStatus::word`].
    pub status: Text,
    /// Its day.
    pub date: Option<NaiveDate>,
    /// What kind of message said it.
    pub source: AnswerSource,
    /// The bank's reference of the booking.
    pub reference: Text,
    /// Message id.
    pub message: Text,
}

fixed_words! {
    /// What an answer is to its payment; the words are those of reports and ledger, and codes of the
    /// catalogue with `class-` before them. In the order of reports.
    Class {
        /// Paid, and everything agrees.
        Matched = "matched",
        /// Paid; the name agrees after folding.
        MatchedNormalised = "matched-normalised",
        /// Not paid; the reason is the answer's.
        Failed = "failed",
        /// Outcome open.
        Pending = "pending",
        /// No answer yet.
        Missing = "missing",
        /// Names no payment of ours.
        Unexpected = "unexpected",
        /// Says again what is known; of bookings, see [`Item::second_debit`].
        Duplicate = "duplicate",
        /// Another amount than ours.
        AmountDiffers = "amount-differs",
        /// Success, but to another account or name: neither paid nor failed.
        Altered = "altered",
        /// Paid and later returned, or failed and later paid.
        Conflict = "conflict",
        /// Could be of several payments.
        Ambiguous = "ambiguous",
        /// A status that means nothing to us.
        UnknownStatus = "unknown-status",
    }
}

impl Class {
    /// Whether a person must look (exit code 1).
    pub fn is_exception(self) -> bool {
        use Class::{Duplicate, Failed, Matched, MatchedNormalised, Pending};
        !matches!(self, Matched | MatchedNormalised | Failed | Pending | Duplicate)
    }
}

/// What to record and to post for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing but the answer itself.
    Nothing,
    /// The payment becomes pending.
    Pending,
    /// The payment becomes paid; nothing is posted.
    Paid,
    /// The payment becomes failed: post `return` on each of its lines.
    Return,
    /// The payment becomes paid after its money was posted back: post `paid-after-all`.
    PaidAfterAll,
}

/// One answer and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Position of the answer.
    pub answer: u32,
    /// Answers that it takes with it: the debit of a payment returned in the same message or on the
    /// same booking day.
    pub with: Vec<u32>,
    /// Position of the payment.
    pub payment: Option<u32>,
    /// Payments it could be of, where it is ambiguous.
    pub candidates: Vec<u32>,
    /// Class.
    pub class: Class,
    /// What to post.
    pub effect: Effect,
    /// The bank debited the payment a second time: the three-way difference is open by its amount.
    pub second_debit: bool,
    /// The bank gave a second debit back: that difference is closed.
    pub given_back: bool,
}

/// The outcome of matching.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matched {
    /// By answer, then payment.
    pub items: Vec<Item>,
    /// Payments of which nothing has been heard, these answers included.
    pub missing: Vec<u32>,
}

/// Matches answers with payments: by payment id, else by batch, account, amount and name where that
/// is unique, else ambiguous.
pub fn match_answers(payments: &[ReleasedPayment], known: &[KnownAnswer], answers: &[Answer]) -> Matched {
    let index = Index::of(payments);
    let mut items: Vec<Item> = Vec::new();
    // Per payment: positions of answers in order.
    let mut heard: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut listed: BTreeSet<(u32, &str, &str)> = BTreeSet::new();
    for (position, answer) in answers.iter().enumerate().filter(|(_, answer)| !answer.whole_batch) {
        let position = position as u32;
        match index.resolve(payments, answer) {
            Target::One(payment) => {
                heard.entry(payment).or_default().push(position);
                listed.insert((payment, &answer.place.file, &answer.message));
            }
            Target::Several(candidates) => {
                items.push(Item { candidates, ..Item::new(position, None, Class::Ambiguous) });
            }
            Target::None => items.push(Item::new(position, None, Class::Unexpected)),
        }
    }
    for (position, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.whole_batch) {
        let position = position as u32;
        let members = answer.batch.as_ref().map(|batch| index.batch(payments, batch)).unwrap_or_default();
        if members.is_empty() {
            items.push(Item::new(position, None, Class::Unexpected));
        }
        if matches!(answer.status, AnswerStatus::Unknown(_)) && !members.is_empty() {
            items.push(Item::new(position, None, Class::UnknownStatus));
            continue;
        }
        for payment in members {
            // What is listed by itself has its own answer; an interim word adds nothing to a final one.
            let own = listed.contains(&(payment, answer.place.file.as_str(), answer.message.as_str()));
            let interim = answer.status == AnswerStatus::Pending
                && payments[payment as usize].state != PaymentState::Unanswered;
            if !own && !interim {
                heard.entry(payment).or_default().push(position);
            }
        }
    }
    let mut histories: FxHashMap<&str, Vec<Heard>> = FxHashMap::default();
    let wanted: rustc_hash::FxHashSet<&str> =
        heard.keys().map(|&payment| payments[payment as usize].payment_id.as_str()).collect();
    for answer in known.iter().filter(|answer| wanted.contains(answer.payment_id.as_str())) {
        histories.entry(&answer.payment_id).or_default().push(Heard::known(answer));
    }
    let mut answered: BTreeSet<u32> = BTreeSet::new();
    for (payment, positions) in heard {
        let released = &payments[payment as usize];
        let history = histories.remove(released.payment_id.as_str()).unwrap_or_default();
        let mut story = Story { payment, released, state: released.state, history, items: Vec::new() };
        story.hear(answers, &positions);
        if story.state != PaymentState::Unanswered {
            answered.insert(payment);
        }
        items.append(&mut story.items);
    }
    items.sort_by_key(|item| (item.answer, item.payment));
    let missing = (0_u32..)
        .zip(payments)
        .filter(|(position, payment)| {
            payment.state == PaymentState::Unanswered && !answered.contains(position)
        })
        .map(|(position, _)| position)
        .collect();
    Matched { items, missing }
}

impl Item {
    fn new(answer: u32, payment: Option<u32>, class: Class) -> Item {
        Item {
            answer,
            with: Vec::new(),
            payment,
            candidates: Vec::new(),
            class,
            effect: Effect::Nothing,
            second_debit: false,
            given_back: false,
        }
    }
}

/// The age of a missing answer in working days, as reports group it.
pub fn age_band(working_days: u32) -> &'static str {
    match working_days {
        0..=1 => "0-1",
        2..=3 => "2-3",
        4..=7 => "4-7",
        8..=30 => "8-30",
        _ => ">30",
    }
}
