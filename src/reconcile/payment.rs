//! One payment seen from three sides: what the ledger posted, what the bank answered, what the
//! payer's statement booked; and what stands between them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Disagreement;
use super::facts::{PaymentFacts, RunFacts};
use super::statement::Lump;
use crate::domain::{Line, Money, PaymentId, PostingKind, Programme, Text};
use crate::ledger::{Answer, AnswerStatus, DecisionKind, PaymentState};
use crate::returns::{AnswerSource, Class};

/// Where a payment stands by what was said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Paid, by the bank's word or two persons'.
    Paid,
    /// Failed, by the bank's word or two persons'.
    Failed,
    /// Taken back before the bank acted.
    Recalled,
    /// The bank has it and has not decided.
    Pending,
    /// The bank said something that decides nothing.
    Open,
    /// Nothing was said.
    Unanswered,
}

impl Standing {
    /// All, in the order of reports.
    pub const ALL: [Standing; 6] = [
        Standing::Paid,
        Standing::Failed,
        Standing::Recalled,
        Standing::Pending,
        Standing::Open,
        Standing::Unanswered,
    ];

    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Paid => "paid",
            Standing::Failed => "failed",
            Standing::Recalled => "recalled",
            Standing::Pending => "pending",
            Standing::Open => "open",
            Standing::Unanswered => "unanswered",
        }
    }

    fn is_final(self) -> bool {
        matches!(self, Standing::Paid | Standing::Failed | Standing::Recalled)
    }
}

/// Why two sides differ: the lines of the balance statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Ledger − bank: in a file, and the bank has said nothing.
    Unanswered,
    /// Ledger − bank: the bank has not decided.
    Pending,
    /// Ledger − bank: the bank's word decides nothing; less what it says it moved.
    Open,
    /// Ledger − bank: debited once more and not given back.
    SecondDebit,
    /// Ledger − bank: moved by the bank for no payment of ours.
    Stray,
    /// Bank − statement: paid by the bank's word, not booked yet.
    NotBooked,
    /// Bank − statement: failed by the bank's word, its money not yet back on the account.
    ReturnNotBooked,
    /// Bank − statement: booked, and not answered.
    BookedUnanswered,
    /// Bank − statement: booked with another amount than answered.
    BookedOtherwise,
}

impl Why {
    /// All, in the order of the statement.
    pub const ALL: [Why; 9] = [
        Why::Unanswered,
        Why::Pending,
        Why::Open,
        Why::SecondDebit,
        Why::Stray,
        Why::NotBooked,
        Why::ReturnNotBooked,
        Why::BookedUnanswered,
        Why::BookedOtherwise,
    ];

    /// Stable word; a code of the catalogue with `reconcile-why-` before it.
    pub fn word(self) -> &'static str {
        match self {
            Why::Unanswered => "unanswered",
            Why::Pending => "pending",
            Why::Open => "open",
            Why::SecondDebit => "second-debit",
            Why::Stray => "stray",
            Why::NotBooked => "not-booked",
            Why::ReturnNotBooked => "return-not-booked",
            Why::BookedUnanswered => "booked-unanswered",
            Why::BookedOtherwise => "booked-otherwise",
        }
    }

    /// Whether it stands between ledger and bank; else between bank and statement.
    pub fn is_of_ledger(self) -> bool {
        matches!(self, Why::Unanswered | Why::Pending | Why::Open | Why::SecondDebit | Why::Stray)
    }
}

/// One line of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedLine {
    /// The line.
    pub line: Line,
    /// Put into the file, by the ledger's posting.
    pub posted: Money,
    /// In the file, by the payment's items.
    pub in_file: Money,
    /// Posted back: `return` less `paid-after-all`.
    pub back: Money,
    /// `bank-difference`.
    pub difference: Money,
    /// What the bank's word comes to for this line.
    pub bank: Money,
}

impl JudgedLine {
    /// What the ledger says left for this line.
    pub fn ledger(&self) -> Money {
        self.posted - self.back - self.difference
    }
}

/// A payment judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its id.
    pub id: PaymentId,
    /// Its run.
    pub run: u32,
    /// Name of its file.
    pub file_name: Text,
    /// Row in the file.
    pub row: u32,
    /// Programme.
    pub programme: Programme,
    /// Bank.
    pub bank_name: Text,
    /// Amount in the file.
    pub amount: Money,
    /// Where it stands.
    pub standing: Standing,
    /// Item class of the latest word, or the kind of the latest decision.
    pub class: Text,
    /// Why it failed, or what the bank said.
    pub reason: Text,
    /// Day of the latest word.
    pub day: Option<NaiveDate>,
    /// What the ledger says left.
    pub ledger: Money,
    /// What the bank says it moved.
    pub bank: Money,
    /// What the statement says left; `None` where statements say nothing of its file.
    pub statement: Option<Money>,
    /// Of `statement`, what was booked for this payment by itself.
    pub booked: Option<Money>,
    /// What stands between the sides, with sign: the first side less the second.
    pub between: BTreeMap<Why, Money>,
    /// Its lines.
    pub lines: Vec<JudgedLine>,
    /// What has no explanation.
    pub disagreements: Vec<Disagreement>,
}

/// The bank's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BankSide {
    pub(super) standing: Standing,
    pub(super) class: Text,
    pub(super) reason: Text,
    pub(super) day: Option<NaiveDate>,
    /// Moved by its final word.
    out: Money,
    /// Moved by a word that decides nothing.
    claim: Money,
    /// Debited once more and not given back.
    pub(super) extra: Money,
}

/// Goes through what was said, oldest first.
pub(super) fn bank_side(facts: &PaymentFacts) -> BankSide {
    let ours = facts.payment.payment.amount;
    let mut side = BankSide {
        standing: Standing::Unanswered,
        class: Class::Missing.word().into(),
        reason: Text::default(),
        day: None,
        out: Money::ZERO,
        claim: Money::ZERO,
        extra: Money::ZERO,
    };
    for stored in &facts.answers {
        let answer = &stored.answer;
        let amount = answer.amount.unwrap_or(ours);
        let before = side.standing;
        match answer.status {
            AnswerStatus::Paid => {
                (side.standing, side.out, side.claim) = (Standing::Paid, amount, Money::ZERO);
                // Two persons said what was moved in all.
                if answer.class == DecisionKind::BankDifference.word() {
                    side.extra = Money::ZERO;
                }
            }
            AnswerStatus::Failed | AnswerStatus::Recalled => {
                let is_failed = answer.status == AnswerStatus::Failed;
                side.standing = if is_failed { Standing::Failed } else { Standing::Recalled };
                (side.out, side.claim) = (Money::ZERO, Money::ZERO);
            }
            AnswerStatus::Pending if !before.is_final() => {
                (side.standing, side.claim) = (Standing::Pending, Money::ZERO);
            }
            AnswerStatus::Pending => {}
            AnswerStatus::Open => {
                let said = stored.said.as_ref();
                if said.is_some_and(|said| said.second_debit) {
                    side.extra += amount;
                } else if said.is_some_and(|said| said.given_back) {
                    side.extra -= amount;
                }
                // What bears out, repeats or contradicts a final word changes nothing here.
                if !is_fault(&answer.class) || before.is_final() {
                    continue;
                }
                side.standing = Standing::Open;
                side.claim = match said.map(|said| said.word.as_str()) {
                    Some("paid") if answer.class != Class::UnknownStatus.word() => amount,
                    _ => Money::ZERO,
                };
            }
        }
        side.class = answer.class.clone();
        side.reason = answer.reason.clone();
        side.day = answer.date.or(side.day);
    }
    side
}

/// Classes of answers that decide nothing.
pub(super) fn is_fault(class: &str) -> bool {
    matches!(Class::from_word(class), Some(Class::AmountDiffers | Class::Altered | Class::UnknownStatus))
}

impl BankSide {
    pub(super) fn moved(&self) -> Money {
        self.out + self.claim + self.extra
    }
}

/// Bookings of this payment by itself, each once: debits less what came back.
fn booked(facts: &PaymentFacts) -> Option<Money> {
    let ours = facts.payment.payment.amount;
    let bookings: Vec<(&Answer, &str, &str)> = facts
        .answers
        .iter()
        .filter_map(|answer| {
            let said = answer.said.as_ref()?;
            let is_booking = AnswerSource::from_word(&said.source).is_some_and(AnswerSource::is_booking);
            let moves = matches!(said.word.as_str(), "paid" | "failed");
            (is_booking && moves).then_some((answer, said.word.as_str(), said.source.as_str()))
        })
        .collect();
    let is_same = |(a, word_a, source_a): &(&Answer, &str, &str),
                   (b, word_b, source_b): &(&Answer, &str, &str)| {
        let reference = |answer: &Answer| answer.said.as_ref().map(|said| said.reference.clone());
        word_a == word_b
            && a.answer.amount == b.answer.amount
            && a.answer.date.is_some()
            && a.answer.date == b.answer.date
            && match (reference(a).unwrap_or_default(), reference(b).unwrap_or_default()) {
                (a, b) if !a.is_empty() && !b.is_empty() && a == b => true,
                _ => source_a != source_b,
            }
    };
    let mut sum = Money::ZERO;
    for (position, booking) in bookings.iter().enumerate() {
        // What was set aside as a fault was not compared with what was heard before.
        let again = is_fault(&booking.0.answer.class)
            && bookings[..position].iter().any(|before| is_same(before, booking));
        if !again {
            let amount = booking.0.answer.amount.unwrap_or(ours);
            sum += if booking.1 == "paid" { amount } else { -amount };
        }
    }
    (!bookings.is_empty()).then_some(sum)
}

/// Judges one payment.
pub(super) fn judge(run: &RunFacts, facts: &PaymentFacts, lump: Option<&Option<Lump>>) -> Judged {
    let known = &facts.payment;
    let file = run.files.get(known.file as usize);
    let side = bank_side(facts);
    let mut lines: BTreeMap<&Line, JudgedLine> = BTreeMap::new();
    let empty = |line: &Line| JudgedLine {
        line: line.clone(),
        posted: Money::ZERO,
        in_file: Money::ZERO,
        back: Money::ZERO,
        difference: Money::ZERO,
        bank: Money::ZERO,
    };
    for (line, amount) in &known.payment.items {
        lines.entry(line).or_insert_with(|| empty(line)).in_file += *amount;
    }
    for movement in &facts.movements {
        let line = lines.entry(&movement.line).or_insert_with(|| empty(&movement.line));
        match movement.kind {
            PostingKind::Payment => line.posted -= movement.amount,
            PostingKind::BankDifference => line.difference += movement.amount,
            _ => line.back += movement.amount,
        }
    }
    let mut lines: Vec<JudgedLine> = lines.into_values().collect();
    let bank = side.moved();
    share_out(&mut lines, bank);
    let ledger: Money = lines.iter().map(JudgedLine::ledger).sum();
    let in_file: Money = lines.iter().map(|line| line.in_file).sum();

    let mut between: BTreeMap<Why, Money> = BTreeMap::new();
    let mut stands = |why: Why, amount: Money| {
        if !amount.is_zero() {
            *between.entry(why).or_default() += amount;
        }
    };
    match side.standing {
        Standing::Unanswered => stands(Why::Unanswered, known.payment.amount),
        Standing::Pending => stands(Why::Pending, known.payment.amount),
        Standing::Open => stands(Why::Open, known.payment.amount - side.claim),
        _ => {}
    }
    stands(Why::SecondDebit, -side.extra);
    let explained: Money = between.values().copied().sum();

    let mut disagreements = Vec::new();
    let mut differs = |what: &'static str, amount: Money| {
        disagreements.push(Disagreement { what, place: known.id.to_string().into(), amount });
    };
    let unexplained = ledger - bank - explained;
    if !unexplained.is_zero() {
        differs("ledger-bank", unexplained);
    }
    if in_file != known.payment.amount {
        differs("payment-items", in_file - known.payment.amount);
    }
    for line in lines.iter().filter(|line| line.posted != line.in_file) {
        differs("posting-item", line.posted - line.in_file);
    }
    let state = match side.standing {
        Standing::Paid => PaymentState::Paid,
        Standing::Failed => PaymentState::Failed,
        Standing::Recalled => PaymentState::Recalled,
        _ => PaymentState::Released,
    };
    if state != known.state {
        differs("state-answers", known.payment.amount);
    }

    let booked = booked(facts);
    let lump = lump.and_then(Option::as_ref);
    let by_file = lump
        .and_then(|lump| lump.times)
        .map(|times| Money::from_fen(known.payment.amount.fen().saturating_mul(times)));
    let statement = match (lump, booked) {
        (None, None) => None,
        _ => Some(by_file.unwrap_or_default() + booked.unwrap_or_default()),
    };
    if let Some(statement) = statement {
        let rest = bank - statement;
        let why = match side.standing {
            _ if statement.is_zero() => Why::NotBooked,
            Standing::Failed | Standing::Recalled if bank.is_zero() => Why::ReturnNotBooked,
            Standing::Unanswered | Standing::Pending | Standing::Open if bank.is_zero() => {
                Why::BookedUnanswered
            }
            _ => Why::BookedOtherwise,
        };
        if !rest.is_zero() {
            between.insert(why, rest);
        }
    }
    Judged {
        id: known.id.clone(),
        run: run.number,
        file_name: file.map_or_else(Text::default, |file| file.name.clone()),
        row: known.row,
        programme: known.payment.programme,
        bank_name: known.payment.payee.account.bank.clone(),
        amount: known.payment.amount,
        standing: side.standing,
        class: side.class,
        reason: side.reason,
        day: side.day,
        ledger,
        bank,
        statement,
        booked,
        between,
        lines,
        disagreements,
    }
}

/// What the bank moved, on the payment's lines: each its amount, the earliest month first; what is too
/// much on the latest. So does the posting of a difference (`bank-difference`).
fn share_out(lines: &mut [JudgedLine], moved: Money) {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|&a, &b| (lines[a].line.month, &lines[a].line).cmp(&(lines[b].line.month, &lines[b].line)));
    let mut rest = moved;
    for &position in &order {
        let part = rest.min(lines[position].in_file);
        lines[position].bank = part;
        rest -= part;
    }
    if let Some(&last) = order.last() {
        lines[last].bank += rest;
    }
}
