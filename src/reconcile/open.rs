//! What is open: exceptions for a person, failures with who must act, payments that nobody has
//! answered with their age.

use chrono::NaiveDate;

use super::facts::{Facts, PaymentFacts, RunFacts, StrayFacts};
use super::payment::{Judged, Standing, Why, is_fault};
use crate::domain::{Beneficiary, Money, Programme, ResidentId, Text};
use crate::ledger::{Answer, DecisionKind};
use crate::returns::reasons::{Actor, reason_of};
use crate::returns::{AnswerSource, Class, matching};

/// Working days after which a payment that nobody answered is an exception.
pub const MISSING_AFTER: u32 = 3;

/// Something that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What a file of decisions calls it: a payment id, or `item-<entry>-<number>`.
    pub key: Text,
    /// Item class (DESIGN §13), `second-debit`, `statement-differs`, or a statement's fault.
    pub class: Text,
    /// Programme; `None` for what belongs to no payment.
    pub programme: Option<Programme>,
    /// Bank; empty where not known.
    pub bank: Text,
    /// Run and bank file; 0 and empty where not known.
    pub run: u32,
    /// See `run`.
    pub file: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Our amount.
    pub ours: Option<Money>,
    /// The bank's amount.
    pub theirs: Option<Money>,
    /// What the bank said.
    pub said: Text,
    /// Where it stands: file and row.
    pub place: Text,
    /// Its day.
    pub day: Option<NaiveDate>,
    /// Working days, for what was not answered.
    pub age: Option<u32>,
    /// Payments it could be of.
    pub candidates: Vec<Text>,
}

/// A payment that the bank did not pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Payment id.
    pub payment: Text,
    /// Programme.
    pub programme: Programme,
    /// Bank.
    pub bank: Text,
    /// Bank file.
    pub file: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Payee; none for organisations.
    pub payee: Option<ResidentId>,
    /// Beneficiary; none where it serves several.
    pub beneficiary: Option<Beneficiary>,
    /// Amount.
    pub amount: Money,
    /// Neutral reason code.
    pub code: &'static str,
    /// What the bank or the persons said.
    pub reason: Text,
    /// Who must act.
    pub actor: Actor,
    /// Day of the answer.
    pub day: Option<NaiveDate>,
    /// The payment made in its place.
    pub replaced_by: Option<Text>,
}

/// A payment that nobody has answered, or that the bank has not decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// Payment id.
    pub payment: Text,
    /// Programme.
    pub programme: Programme,
    /// Bank.
    pub bank: Text,
    /// Bank file.
    pub file: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Amount.
    pub amount: Money,
    /// Unanswered, pending or open.
    pub standing: Standing,
    /// Day of release.
    pub released_on: NaiveDate,
    /// Working days since.
    pub age: u32,
}

impl Unanswered {
    /// Its band: 0–1, 2–3, 4–7, 8–30, >30 working days.
    pub fn band(&self) -> &'static str {
        matching::age_band(self.age)
    }
}

/// The bands, in order.
pub const BANDS: [&str; 5] = ["0-1", "2-3", "4-7", "8-30", ">30"];

fn found<'f>(facts: &'f Facts, judged: &Judged) -> Option<(&'f RunFacts, &'f PaymentFacts)> {
    let run = facts.runs.iter().find(|run| run.number == judged.run)?;
    let position = run.payments.binary_search_by(|payment| payment.payment.id.cmp(&judged.id)).ok()?;
    Some((run, &run.payments[position]))
}

/// Everything that a person must look at, payments first.
pub(super) fn exceptions(facts: &Facts, payments: &[Judged]) -> Vec<Exception> {
    let mut exceptions = Vec::new();
    for judged in payments {
        let Some((run, known)) = found(facts, judged) else { continue };
        of_payment(facts, judged, run, known, &mut exceptions);
    }
    for stray in facts.strays.iter().filter(|stray| !stray.closed) {
        exceptions.push(of_stray(stray));
    }
    exceptions
}

fn of_payment(
    facts: &Facts,
    judged: &Judged,
    run: &RunFacts,
    known: &PaymentFacts,
    exceptions: &mut Vec<Exception>,
) {
    let account = &known.payment.payment.payee.account;
    let base = |class: &str| Exception {
        key: judged.id.to_string().into(),
        class: class.into(),
        programme: Some(judged.programme),
        bank: judged.bank_name.clone(),
        run: judged.run,
        file: judged.file_name.clone(),
        account_no: account.number.clone(),
        account_name: account.name.clone(),
        ours: Some(judged.amount),
        theirs: None,
        said: judged.reason.clone(),
        place: Text::default(),
        day: judged.day,
        age: None,
        candidates: Vec::new(),
    };
    // An older exception of a class says no more than the newest.
    let mut listed: Vec<&str> = Vec::new();
    for stored in known.answers.iter().rev() {
        let class = stored.answer.class.as_str();
        if is_open_exception(stored, known) && !listed.contains(&class) {
            listed.push(class);
            let said = stored.said.as_ref();
            exceptions.push(Exception {
                theirs: stored.answer.amount,
                said: match said {
                    Some(said) if stored.answer.reason.is_empty() => said.word.clone(),
                    _ => stored.answer.reason.clone(),
                },
                place: said.map_or_else(Text::default, |said| {
                    let file = facts.answer_files.get(&stored.answer.source);
                    format!("{}:{}", file.map_or("", Text::as_str), said.row).into()
                }),
                day: stored.answer.date,
                ..base(class)
            });
        }
    }
    if let Some(extra) = judged.between.get(&Why::SecondDebit) {
        exceptions.push(Exception { theirs: Some(judged.amount - *extra), ..base("second-debit") });
    }
    if judged.between.contains_key(&Why::BookedOtherwise) && !decided_after(known, latest_booking(known)) {
        exceptions.push(Exception { theirs: judged.statement, ..base("statement-differs") });
    }
    if judged.standing == Standing::Unanswered && run.age > MISSING_AFTER {
        exceptions.push(Exception { age: Some(run.age), ..base(Class::Missing.word()) });
    }
}

/// Whether a person has decided on the payment since an entry.
fn decided_after(known: &PaymentFacts, entry: u64) -> bool {
    known.decisions.iter().any(|decided| decided.entry > entry)
}

fn latest_booking(known: &PaymentFacts) -> u64 {
    let is_booking = |answer: &&Answer| {
        let source = answer.said.as_ref().and_then(|said| AnswerSource::from_word(&said.source));
        source.is_some_and(AnswerSource::is_booking)
    };
    known.answers.iter().filter(is_booking).map(|answer| answer.entry).max().unwrap_or(0)
}

/// An exception stays open until a person decides. What decided nothing is settled, too, by a final
/// word of the bank that came after it.
fn is_open_exception(stored: &Answer, known: &PaymentFacts) -> bool {
    let Some(class) = Class::from_word(&stored.answer.class).filter(|class| class.is_exception()) else {
        return false;
    };
    if decided_after(known, stored.entry) {
        return false;
    }
    let later_word = || {
        known.answers.iter().any(|other| {
            use crate::ledger::AnswerStatus::{Failed, Paid, Recalled};
            (other.entry, other.number) > (stored.entry, stored.number)
                && matches!(other.answer.status, Paid | Failed | Recalled)
        })
    };
    !(is_fault(class.word()) && later_word())
}

fn details(stray: &StrayFacts) -> serde_json::Value {
    serde_json::from_str(&stray.stray.details).unwrap_or_default()
}

fn text_of(details: &serde_json::Value, key: &str) -> Text {
    details.get(key).and_then(serde_json::Value::as_str).unwrap_or("").into()
}

/// What the bank says it moved for a stray: out, or (below 0) back.
pub(super) fn moved_by_stray(stray: &StrayFacts) -> Money {
    let details = details(stray);
    let amount = stray.stray.amount.unwrap_or_default();
    let is_booking =
        AnswerSource::from_word(&text_of(&details, "source")).is_some_and(AnswerSource::is_booking);
    match text_of(&details, "status").as_str() {
        "paid" => amount,
        "failed" if is_booking => -amount,
        _ => Money::ZERO,
    }
}

fn of_stray(stray: &StrayFacts) -> Exception {
    let details = details(stray);
    let text = |key: &str| text_of(&details, key);
    let row = details.get("row").and_then(serde_json::Value::as_u64).unwrap_or(0);
    let words = [text("status"), text("reason"), text("payment_id"), text("batch"), text("reference")];
    let said: Vec<&str> = words.iter().map(Text::as_str).filter(|word| !word.is_empty()).collect();
    let candidates = details.get("candidates").and_then(serde_json::Value::as_array);
    Exception {
        key: stray.id.to_string().into(),
        class: stray.stray.class.clone(),
        programme: None,
        bank: Text::default(),
        run: 0,
        file: Text::default(),
        account_no: text("account_no"),
        account_name: text("account_name"),
        ours: None,
        theirs: stray.stray.amount,
        said: said.join(" ").into(),
        place: format!("{}:{row}", text("file")).into(),
        day: text("date").parse().ok(),
        age: None,
        candidates: candidates
            .into_iter()
            .flatten()
            .filter_map(|candidate| candidate.as_str().map(Text::from))
            .collect(),
    }
}

/// What failed, with who must act, in order of payment.
pub(super) fn failed(facts: &Facts, payments: &[Judged]) -> Vec<Failed> {
    let failed = payments.iter().filter(|judged| judged.standing == Standing::Failed);
    failed
        .filter_map(|judged| {
            let (_, known) = found(facts, judged)?;
            let payment = &known.payment.payment;
            let reason = reason_of(&judged.reason);
            let by_persons = judged.class == DecisionKind::ConfirmedNotPaid.word();
            Some(Failed {
                payment: judged.id.to_string().into(),
                programme: judged.programme,
                bank: judged.bank_name.clone(),
                file: judged.file_name.clone(),
                account_no: payment.payee.account.number.clone(),
                account_name: payment.payee.account.name.clone(),
                payee: payment.payee.id,
                beneficiary: payment.beneficiary.clone(),
                amount: judged.amount,
                code: reason.code,
                reason: judged.reason.clone(),
                actor: if by_persons { Actor::Bureau } else { reason.actor },
                day: judged.day,
                replaced_by: known.replaced_by.as_ref().map(|id| id.to_string().into()),
            })
        })
        .collect()
}

/// What is not answered or not decided, in order of payment.
pub(super) fn unanswered(facts: &Facts, payments: &[Judged]) -> Vec<Unanswered> {
    use Standing::{Open, Pending, Unanswered as None};
    let open = payments.iter().filter(|judged| matches!(judged.standing, None | Pending | Open));
    open.filter_map(|judged| {
        let (run, known) = found(facts, judged)?;
        let account = &known.payment.payment.payee.account;
        Some(Unanswered {
            payment: judged.id.to_string().into(),
            programme: judged.programme,
            bank: judged.bank_name.clone(),
            file: judged.file_name.clone(),
            account_no: account.number.clone(),
            account_name: account.name.clone(),
            amount: judged.amount,
            standing: judged.standing,
            released_on: run.released_on,
            age: run.age,
        })
    })
    .collect()
}
