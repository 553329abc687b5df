//! `returns`: bank answers become postings. A file read twice changes nothing; an answer that cannot
//! be placed is kept as an exception for a person; an unknown status is never success (DESIGN §13).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::domain::{Fault, Finding, Line, Money, Month, PaymentId, PostingKind, Text};
use crate::ledger::{
    AnswerFile, AnswerStatus, Batch, DecisionKind, EntryKind, LedgerPayment, NewAnswer, NewBooking,
    NewPosting, NewSaid, NewStatement, NewStray, PaymentState,
};
use crate::pay::Profiles;
use crate::reconcile::statement::{self, StatementFault};
use crate::returns::{
    self, Answer, AnswerSource, Class, Effect, Item, KnownAnswer, ReadAnswers, ReleasedPayment,
};
use crate::workspace::sha256_hex;

use super::decisions::{Desk, returned};

/// What two persons decided the bank moved otherwise, by payment and line.
pub(super) type Moved = BTreeMap<PaymentId, BTreeMap<Line, Money>>;

/// What taking answers in came to.
#[derive(Debug, Default)]
pub struct TakenIn {
    /// Items by class, in the order of reports.
    pub classes: Vec<(Class, u64)>,
    /// Files that were taken in before.
    pub known_files: Vec<String>,
    /// Postings made, and their sum.
    pub postings: usize,
    /// See `postings`.
    pub returned: Money,
    /// Findings of reading.
    pub findings: Vec<Finding>,
    /// Items that a person must look at.
    pub exceptions: u64,
    /// Payments of the runs concerned that nobody has answered yet.
    pub missing: u64,
    /// The latest cycle of which a payment was answered.
    pub cycle: Option<Month>,
    /// Where the postings are listed; `None` if nothing changed.
    pub folder: Option<String>,
}

/// A file of answers.
pub struct File {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Desk<'_> {
    /// Takes files of answers in, in one entry.
    ///
    /// # Errors
    /// Exit 3: a file whose form is not known or that cannot be read whole; nothing is written.
    pub fn take_in(
        &mut self,
        files: &[File],
        format: Option<&str>,
        profiles: &Profiles,
        by: &str,
    ) -> Result<TakenIn, Fault> {
        self.must_be_known(by)?;
        let mut taken = TakenIn::default();
        let mut batch = Batch::default();
        let mut answers: Vec<(Answer, u32)> = Vec::new();
        for file in files {
            let sha256 = sha256_hex(&file.bytes);
            let again = batch.files.iter().any(|known| known.sha256 == sha256);
            if again || self.ledger.answer_file_known(&sha256)? {
                taken.known_files.push(file.name.clone());
                if let Some(entry) = self.ledger.entry_of_file(&sha256)? {
                    taken.folder = super::lists::place(self.ledger, entry)?;
                }
                continue;
            }
            let mut read = returns::read(&file.name, &file.bytes, format, profiles.all())?;
            taken.findings.append(&mut read.findings);
            let number = batch.files.len() as u32;
            batch.files.push(AnswerFile { sha256, name: file.name.clone(), rows: read.rows });
            take_statement(&mut batch, number, &read);
            answers.extend(read.answers.into_iter().map(|answer| (answer, number)));
        }
        if batch.files.is_empty() {
            return Ok(taken);
        }
        let codes = self.ledger.programme_codes(&self.codes)?;
        let payments = self.payments_concerned(&answers, &batch.bookings, &codes)?;
        let moved = self.moved_otherwise(&codes)?;
        let known = self.known_answers(&payments)?;
        let released: Vec<ReleasedPayment> =
            payments.iter().map(|(payment, file)| released(payment, file, &moved)).collect();
        let plain: Vec<Answer> = answers.iter().map(|(answer, _)| answer.clone()).collect();
        let matched = returns::match_answers(&released, &known, &plain);
        let before: BTreeSet<String> =
            self.ledger.strays()?.iter().map(|(_, stray)| comparable_stray(stray)).collect();
        let mut counts: BTreeMap<Class, u64> = BTreeMap::new();
        for item in &matched.items {
            let (answer, file) = &answers[item.answer as usize];
            let class = match item.payment {
                Some(position) => {
                    let debits: Vec<&Answer> =
                        item.with.iter().map(|debit| &answers[*debit as usize].0).collect();
                    let payment = &payments[position as usize].0;
                    taken.cycle = taken.cycle.max(Some(payment.id.cycle));
                    take_item(&mut batch, item, answer, &debits, *file, payment, moved.get(&payment.id));
                    item.class
                }
                None => {
                    let candidates = item.candidates.iter().map(|at| &released[*at as usize].payment_id);
                    let stray = stray(item, answer, &batch.files[*file as usize], candidates);
                    // The same item in another file is said before.
                    if answer.date.is_some() && before.contains(&comparable_stray(&stray)) {
                        Class::Duplicate
                    } else {
                        batch.strays.push(stray);
                        item.class
                    }
                }
            };
            *counts.entry(class).or_default() += 1;
        }
        for lump in lump_strays(&batch, &payments) {
            if !before.contains(&comparable_stray(&lump)) {
                batch.strays.push(lump);
                taken.exceptions += 1;
            }
        }
        for fault in statement::faults(&batch.bookings, &batch.statements) {
            let stray = statement_stray(&fault, &batch.files[fault.file as usize]);
            if !before.contains(&comparable_stray(&stray)) {
                batch.strays.push(stray);
                taken.exceptions += 1;
            }
        }
        taken.missing = matched.missing.len() as u64;
        for (class, count) in Class::ALL.iter().filter_map(|class| Some((*class, *counts.get(class)?))) {
            taken.classes.push((class, count));
            if class.is_exception() {
                taken.exceptions += count;
            }
        }
        taken.exceptions += matched.items.iter().filter(|item| item.second_debit).count() as u64;
        // In the archive before the ledger speaks of them.
        for file in files {
            self.workspace.archive_put(&file.bytes)?;
        }
        let act = self.act(EntryKind::Answers, by, "", "");
        taken.folder = self.post_and_list(&act, &batch, &codes)?;
        taken.postings = batch.postings.len();
        taken.returned = batch.postings.iter().map(|posting| posting.amount).sum();
        Ok(taken)
    }

    /// The payments of every run that an answer names or that waits for answers, with their files.
    fn payments_concerned(
        &self,
        answers: &[(Answer, u32)],
        bookings: &[NewBooking],
        codes: &[Text],
    ) -> Result<Vec<(LedgerPayment, String)>, Fault> {
        let mut runs: BTreeSet<u32> = answers
            .iter()
            .filter_map(|(answer, _)| Some(PaymentId::parse(answer.payment_id.as_ref()?)?.run))
            .collect();
        let batches = answers.iter().filter_map(|(answer, _)| answer.batch.as_ref());
        runs.extend(batches.chain(bookings.iter().map(|booking| &booking.batch)).filter_map(run_of_batch));
        for run in self.ledger.runs()? {
            if run.released.as_ref().is_some_and(|released| released.unanswered > 0) {
                runs.insert(run.number);
            }
        }
        let mut payments = Vec::new();
        for run in runs {
            let Some((meta, _, _)) = self.ledger.release_meta(run)? else { continue };
            for payment in self.ledger.payments_of_run(run, codes)? {
                let file = meta.bank_files.get(payment.file as usize).map(|file| file.name.clone());
                payments.push((payment, file.unwrap_or_default()));
            }
        }
        Ok(payments)
    }

    /// Payments of which two persons decided that the bank moved another amount.
    pub(super) fn moved_otherwise(&self, codes: &[Text]) -> Result<Moved, Fault> {
        let decided = self.ledger.decisions(codes)?;
        let differing: BTreeSet<PaymentId> = decided
            .into_iter()
            .filter(|decided| decided.decision.kind == DecisionKind::BankDifference)
            .filter_map(|decided| decided.decision.payment)
            .collect();
        let runs: BTreeSet<u32> = differing.iter().map(|payment| payment.run).collect();
        let mut moved = Moved::new();
        for run in runs {
            for movement in self.ledger.payment_movements(run, codes)? {
                if movement.kind == PostingKind::BankDifference && differing.contains(&movement.payment) {
                    *moved.entry(movement.payment).or_default().entry(movement.line).or_default() +=
                        movement.amount;
                }
            }
        }
        Ok(moved)
    }

    fn known_answers(&self, payments: &[(LedgerPayment, String)]) -> Result<Vec<KnownAnswer>, Fault> {
        let runs: BTreeSet<u32> = payments.iter().map(|(payment, _)| payment.id.run).collect();
        let mut known = Vec::new();
        for run in runs {
            for stored in self.ledger.answers_of_run(run)? {
                let answer = stored.answer;
                // What was set aside as a fault was never heard.
                let fault = matches!(
                    Class::from_word(&answer.class),
                    Some(Class::AmountDiffers | Class::Altered | Class::UnknownStatus)
                );
                if fault || answer.status == AnswerStatus::Recalled {
                    continue;
                }
                let by_persons = DecisionKind::from_word(&answer.class).is_some();
                let said = stored.said;
                let text = |of: fn(&NewSaid) -> &Text| said.as_ref().map(of).cloned().unwrap_or_default();
                known.push(KnownAnswer {
                    payment_id: answer.payment.to_string().into(),
                    status: said.as_ref().map_or(answer.status.word().into(), |said| said.word.clone()),
                    // A decision's day is not a bank's: a later answer may speak of a day before it.
                    date: answer.date.filter(|_| !by_persons),
                    source: said
                        .as_ref()
                        .and_then(|said| AnswerSource::from_word(&said.source))
                        .unwrap_or(AnswerSource::Neutral),
                    reference: text(|said| &said.reference),
                    message: text(|said| &said.message),
                });
            }
        }
        Ok(known)
    }
}

/// The batch id of a payment's bank file.
pub(super) fn batch_of(payment: &LedgerPayment) -> Text {
    let PaymentId { district, cycle, run, .. } = &payment.id;
    format!("{district}-{}-R{run:04}-F{:04}", cycle.compact(), payment.file + 1).into()
}

fn released(payment: &LedgerPayment, file: &str, moved: &Moved) -> ReleasedPayment {
    let otherwise: Money = moved.get(&payment.id).into_iter().flat_map(BTreeMap::values).copied().sum();
    ReleasedPayment {
        payment_id: payment.id.to_string().into(),
        batch: batch_of(payment),
        file: file.into(),
        account_no: payment.payment.payee.account.number.clone(),
        account_name: payment.payment.payee.account.name.clone(),
        amount: payment.payment.amount - otherwise,
        state: match payment.state {
            PaymentState::Released => returns::PaymentState::Unanswered,
            PaymentState::Paid => returns::PaymentState::Paid,
            PaymentState::Failed => returns::PaymentState::Failed,
            PaymentState::Recalled => returns::PaymentState::Recalled,
        },
    }
}

/// The payer's account as a file has it.
fn take_statement(batch: &mut Batch, file: u32, read: &ReadAnswers) {
    batch.bookings.extend(read.bookings.iter().map(|booking| NewBooking {
        file,
        source: booking.source.word().into(),
        statement: booking.statement.clone(),
        batch: booking.batch.clone(),
        payment: booking.payment_id.clone(),
        debit: booking.debit,
        booked: booking.booked,
        date: booking.date,
        reference: booking.reference.clone(),
        details: booking.details,
        listed: booking.listed,
        row: booking.place.row,
    }));
    batch.statements.extend(read.balances.iter().map(|balance| NewStatement {
        file,
        account: balance.account.clone(),
        statement: balance.statement.clone(),
        opening: balance.opening,
        closing: balance.closing,
        day: balance.day,
    }));
}

/// An item that belongs to no one payment, with everything it says.
fn stray<'a>(
    item: &Item,
    answer: &Answer,
    file: &AnswerFile,
    candidates: impl Iterator<Item = &'a Text>,
) -> NewStray {
    let details = json!({
        "file": answer.place.file.as_str(), "row": answer.place.row, "sheet": answer.place.sheet.as_str(),
        "payment_id": answer.payment_id.as_deref(), "batch": answer.batch.as_deref(),
        "whole_batch": answer.whole_batch, "account_no": answer.account_no.as_str(),
        "account_name": answer.account_name.as_str(), "status": answer.status.word(),
        "reason": answer.status.reason(), "date": answer.date.map(|date| date.to_string()),
        "source": answer.source.word(), "reference": answer.reference.as_str(),
        "message": answer.message.as_str(),
        "candidates": candidates.map(|id| id.as_str()).collect::<Vec<_>>(),
    });
    NewStray {
        class: item.class.word().into(),
        source: file.sha256.as_str().into(),
        amount: answer.amount,
        details: details.to_string(),
    }
}

/// The run that a batch id or a file name of ours speaks of.
fn run_of_batch(batch: &Text) -> Option<u32> {
    let digits = |text: &&str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    batch
        .split(|character: char| !character.is_ascii_alphanumeric())
        .find_map(|part| part.strip_prefix('R').filter(digits)?.parse().ok())
}

/// Batches booked in one sum that are none of ours, or not the sum of ours: no answer speaks for them.
fn lump_strays(batch: &Batch, payments: &[(LedgerPayment, String)]) -> Vec<NewStray> {
    let mut totals: BTreeMap<Text, Money> = BTreeMap::new();
    for (payment, file) in payments {
        *totals.entry(batch_of(payment)).or_default() += payment.payment.amount;
        *totals.entry(file.as_str().into()).or_default() += payment.payment.amount;
    }
    let is_lump = |booking: &&NewBooking| {
        booking.booked && booking.details == 0 && booking.payment.is_empty() && !booking.batch.is_empty()
    };
    let mut strays = Vec::new();
    for lump in batch.bookings.iter().filter(is_lump) {
        let class = match totals.get(&lump.batch) {
            Some(total) if !total.is_zero() && lump.debit.fen() % total.fen() == 0 => continue,
            Some(_) => "statement-batch-differs",
            None => Class::Unexpected.word(),
        };
        let known = class != Class::Unexpected.word();
        let status = match (known, lump.debit.is_negative()) {
            (true, _) => "",
            (false, true) => "failed",
            (false, false) => "paid",
        };
        let file = &batch.files[lump.file as usize];
        let details = json!({
            "file": file.name, "row": lump.row, "batch": lump.batch.as_str(), "status": status,
            "source": lump.source.as_str(), "reference": lump.reference.as_str(),
            "date": lump.date.map(|day| day.to_string()),
        });
        strays.push(NewStray {
            class: class.into(),
            source: file.sha256.as_str().into(),
            amount: Some(if lump.debit.is_negative() { -lump.debit } else { lump.debit }),
            details: details.to_string(),
        });
    }
    strays
}

/// A statement's promise that does not hold: a person must ask the bank.
fn statement_stray(fault: &StatementFault, file: &AnswerFile) -> NewStray {
    let details = json!({
        "file": file.name, "row": fault.row, "statement": fault.statement.as_str(),
        "date": fault.day.map(|day| day.to_string()), "reason": fault.difference.to_string(),
    });
    NewStray {
        class: fault.class.into(),
        source: file.sha256.as_str().into(),
        amount: Some(fault.difference),
        details: details.to_string(),
    }
}

/// What a stray says, without the place where it says it.
fn comparable_stray(stray: &NewStray) -> String {
    let mut details: serde_json::Value = serde_json::from_str(&stray.details).unwrap_or_default();
    if let Some(object) = details.as_object_mut() {
        for place in ["file", "row", "sheet", "message", "candidates"] {
            object.remove(place);
        }
    }
    format!("{} {:?} {details}", stray.class, stray.amount)
}

/// Records one matched item: the answer, the debits it takes with it, and what it posts.
fn take_item(
    batch: &mut Batch,
    item: &Item,
    answer: &Answer,
    debits: &[&Answer],
    file: u32,
    payment: &LedgerPayment,
    moved: Option<&BTreeMap<Line, Money>>,
) {
    let status = match item.effect {
        Effect::Paid | Effect::PaidAfterAll => AnswerStatus::Paid,
        Effect::Return => AnswerStatus::Failed,
        Effect::Pending => AnswerStatus::Pending,
        // What is already known is not said again; a debit more, or one given back, is.
        Effect::Nothing if item.class == Class::Duplicate && !item.second_debit && !item.given_back => return,
        Effect::Nothing => AnswerStatus::Open,
    };
    for debit in debits {
        record(batch, Class::Failed, AnswerStatus::Open, debit, file, payment, (false, false));
    }
    record(batch, item.class, status, answer, file, payment, (item.second_debit, item.given_back));
    let mut post = |kind: PostingKind, line: &Line, amount: Money| {
        batch.postings.push(NewPosting {
            line: line.clone(),
            kind,
            amount,
            corrects: None,
            payment: Some(payment.id.clone()),
            document: Text::default(),
        });
    };
    match item.effect {
        Effect::Return => {
            // Money that was decided to have moved otherwise comes back as it moved.
            for (line, amount) in moved.into_iter().flatten().filter(|(_, amount)| !amount.is_zero()) {
                post(PostingKind::BankDifference, line, -*amount);
            }
            returned(batch, &payment.id, &payment.payment.items, &Text::default());
        }
        Effect::PaidAfterAll => {
            for (line, amount) in &payment.payment.items {
                post(PostingKind::PaidAfterAll, line, -*amount);
            }
        }
        Effect::Nothing | Effect::Pending | Effect::Paid => {}
    }
}

fn record(
    batch: &mut Batch,
    class: Class,
    status: AnswerStatus,
    answer: &Answer,
    file: u32,
    payment: &LedgerPayment,
    (second_debit, given_back): (bool, bool),
) {
    let word = answer.status.word();
    let plain = answer.source == AnswerSource::Neutral
        && word == status.word()
        && !class.is_exception()
        && !(second_debit || given_back);
    if !plain {
        batch.said.push(NewSaid {
            answer: batch.answers.len() as u32,
            word: word.into(),
            source: answer.source.word().into(),
            reference: answer.reference.clone(),
            message: answer.message.clone(),
            row: answer.place.row,
            second_debit,
            given_back,
        });
    }
    batch.answers.push(NewAnswer {
        payment: payment.id.clone(),
        status,
        reason: answer.status.reason().into(),
        amount: answer.amount,
        date: answer.date,
        class: class.word().into(),
        source: batch.files[file as usize].sha256.as_str().into(),
    });
}
