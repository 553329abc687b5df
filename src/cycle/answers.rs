//! `returns`: bank answers become postings. A file read twice changes nothing; an answer that cannot
//! be placed is kept as an exception for a person; an unknown status is never success (DESIGN §13).

use std::collections::BTreeSet;

use crate::domain::{Fault, Finding, Money, PaymentId, Text};
use crate::ledger::{
    AnswerFile, AnswerStatus, Batch, EntryKind, LedgerPayment, NewAnswer, NewPosting, NewStray, PaymentState,
};
use crate::pay::Profiles;
use crate::returns::{self, Answer, AnswerSource, Class, Effect, Item, KnownAnswer, ReleasedPayment};
use crate::workspace::sha256_hex;

use super::decisions::{Desk, returned};

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
        let mut answers: Vec<(Answer, Text)> = Vec::new();
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
            let read = returns::read(&file.name, &file.bytes, format, profiles.all())?;
            taken.findings.extend(read.findings);
            let source: Text = sha256.as_str().into();
            batch.files.push(AnswerFile { sha256, name: file.name.clone(), rows: read.rows });
            answers.extend(read.answers.into_iter().map(|answer| (answer, source.clone())));
        }
        if batch.files.is_empty() {
            return Ok(taken);
        }
        let codes = self.ledger.programme_codes(&self.codes)?;
        let payments = self.payments_concerned(&answers, &codes)?;
        let known = self.known_answers(&payments)?;
        let released: Vec<ReleasedPayment> =
            payments.iter().map(|(payment, file)| released(payment, file)).collect();
        let plain: Vec<Answer> = answers.iter().map(|(answer, _)| answer.clone()).collect();
        let matched = returns::match_answers(&released, &known, &plain);
        for item in &matched.items {
            let (answer, source) = &answers[item.answer as usize];
            let payment = item.payment.map(|position| &payments[position as usize].0);
            take_item(&mut batch, item, answer, source, payment);
        }
        taken.missing = matched.missing.len() as u64;
        for class in Class::ALL {
            let count = matched.items.iter().filter(|item| item.class == *class).count() as u64;
            if count > 0 {
                taken.classes.push((*class, count));
                if class.is_exception() {
                    taken.exceptions += count;
                }
            }
        }
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
        answers: &[(Answer, Text)],
        codes: &[Text],
    ) -> Result<Vec<(LedgerPayment, String)>, Fault> {
        let mut runs: BTreeSet<u32> = answers
            .iter()
            .filter_map(|(answer, _)| Some(PaymentId::parse(answer.payment_id.as_ref()?)?.run))
            .collect();
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

    fn known_answers(&self, payments: &[(LedgerPayment, String)]) -> Result<Vec<KnownAnswer>, Fault> {
        let runs: BTreeSet<u32> = payments.iter().map(|(payment, _)| payment.id.run).collect();
        let mut known = Vec::new();
        for run in runs {
            for stored in self.ledger.answers_of_run(run)? {
                let answer = stored.answer;
                let mut parts = answer.source.split('\t').skip(1);
                let kind = parts.next().and_then(AnswerSource::from_word).unwrap_or(AnswerSource::Neutral);
                known.push(KnownAnswer {
                    payment_id: answer.payment.to_string().into(),
                    status: answer.status.word().into(),
                    date: answer.date,
                    source: kind,
                    reference: parts.next().unwrap_or("").into(),
                    message: parts.next().unwrap_or("").into(),
                });
            }
        }
        Ok(known)
    }
}

fn released(payment: &LedgerPayment, file: &str) -> ReleasedPayment {
    ReleasedPayment {
        payment_id: payment.id.to_string().into(),
        batch: format!(
            "{}-{}-R{:04}-F{:04}",
            payment.id.district,
            payment.id.cycle.compact(),
            payment.id.run,
            payment.file + 1
        )
        .into(),
        file: file.into(),
        account_no: payment.payment.payee.account.number.clone(),
        account_name: payment.payment.payee.account.name.clone(),
        amount: payment.payment.amount,
        state: match payment.state {
            PaymentState::Released => returns::PaymentState::Unanswered,
            PaymentState::Paid => returns::PaymentState::Paid,
            PaymentState::Failed => returns::PaymentState::Failed,
            PaymentState::Recalled => returns::PaymentState::Recalled,
        },
    }
}

/// Records one matched item: the answer, and what it posts.
fn take_item(batch: &mut Batch, item: &Item, answer: &Answer, file: &Text, payment: Option<&LedgerPayment>) {
    let source: Text =
        format!("{file}\t{}\t{}\t{}", answer.source.word(), answer.reference, answer.message).into();
    let Some(payment) = payment else {
        batch.strays.push(NewStray {
            class: item.class.word().into(),
            source,
            amount: answer.amount,
            details: format!("{}:{}", answer.place.file, answer.place.row),
        });
        return;
    };
    let status = match (item.effect, &answer.status) {
        (Effect::Paid | Effect::PaidAfterAll, _) => AnswerStatus::Paid,
        (Effect::Return, _) => AnswerStatus::Failed,
        (Effect::Pending, _) => AnswerStatus::Pending,
        // What is already known is not said again.
        (Effect::Nothing, _) if item.class == Class::Duplicate => return,
        (Effect::Nothing, _) => AnswerStatus::Open,
    };
    batch.answers.push(NewAnswer {
        payment: payment.id.clone(),
        status,
        reason: answer.status.reason().into(),
        amount: answer.amount,
        date: answer.date,
        class: item.class.word().into(),
        source,
    });
    match item.effect {
        Effect::Return => returned(batch, &payment.id, &payment.payment.items, &Text::default()),
        Effect::PaidAfterAll => {
            for (line, amount) in &payment.payment.items {
                batch.postings.push(NewPosting {
                    line: line.clone(),
                    kind: crate::domain::PostingKind::PaidAfterAll,
                    amount: -*amount,
                    corrects: None,
                    payment: Some(payment.id.clone()),
                    document: Text::default(),
                });
            }
        }
        Effect::Nothing | Effect::Pending | Effect::Paid => {}
    }
}
