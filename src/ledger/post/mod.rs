//! Everything that posts or decides outside a run: opening, answers, recoveries, recalls, holds.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::crash;
use crate::domain::{Exit, Fault, Line, Money, PaymentId, PostingKind, Text};

use super::Ledger;
use super::book::Names;
use super::chain::Cell;
use super::draft::event;
use super::fault::{misuse, sql};
use super::record::{
    Act, AnswerStatus, Batch, EntryKind, NewAnswer, NewPosting, PaymentState, Posted, RunState,
};
use super::request;
use super::schema::Chained;
use super::write::{Lines, PostingRow, Writer, sign_fits, store_postings};

mod failures;

use failures::{AccountKey, Failures};

impl Ledger {
    /// Records one entry: postings, answers, decisions, or several of them, in one transaction.
    /// `codes` as from [`Ledger::programme_codes`].
    ///
    /// # Errors
    /// A payment or line the ledger does not know, a repayment beyond what is owed, an opening twice, a
    /// file taken in before (exit 3); more returned than was paid (exit 5). Nothing is written then.
    pub fn post(&mut self, act: &Act, batch: &Batch, codes: &[Text]) -> Result<Posted, Fault> {
        let empty = batch.postings.is_empty()
            && batch.answers.is_empty()
            && batch.decisions.is_empty()
            && batch.strays.is_empty()
            && batch.files.is_empty();
        if empty {
            return Err(misuse("an entry without content"));
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let names = Names::read(&transaction, codes)?;
        let mut writer = Writer::begin(&transaction, codes)?;
        let entry = writer.entry;
        let answered = answers(&mut writer, &names, &batch.answers)?;
        let posting_ids = postings(&mut writer, &names, &batch.postings, &answered)?;
        decisions(&mut writer, batch)?;
        rest(&mut writer, &names, batch)?;
        if let Some(request) = batch.request {
            request::complete(&transaction, request, act, entry)?;
        }
        let head = writer.finish(act)?;
        let today = act.today.to_string();
        let why = act.note.as_str();
        if act.kind == EntryKind::Recall {
            for run in &answered.recalled {
                event(&transaction, *run, RunState::Recalled, &today, &act.by, why, Some(entry))?;
            }
        }
        for run in &answered.settled {
            event(&transaction, *run, RunState::Settled, &today, &act.by, "", Some(entry))?;
        }
        crash::point("entry-written");
        transaction.commit().map_err(sql)?;
        crash::point("entry-committed");
        Ok(Posted { head, posting_ids })
    }

    /// Whether a file of answers was taken in before, by its digest.
    pub fn answer_file_known(&self, sha256: &str) -> Result<bool, Fault> {
        file_known(&self.connection, sha256)
    }
}

fn file_known(connection: &Connection, sha256: &str) -> Result<bool, Fault> {
    connection
        .prepare_cached("SELECT 1 FROM answer_file WHERE sha256 = ?")
        .and_then(|mut statement| statement.exists([sha256]))
        .map_err(sql)
}

/// What answers did to payments.
#[derive(Default)]
struct Answered {
    /// Payments that have an answer now and had none: number → how often (once).
    newly: FxHashSet<i64>,
    /// Runs all of whose payments have one now.
    settled: Vec<u32>,
    /// Runs of which a payment was recalled.
    recalled: Vec<u32>,
}

pub(super) fn unknown_payment(id: &PaymentId) -> Fault {
    Fault::new(Exit::Refused, "payment-unknown").with("payment", id.to_string())
}

/// Records answers and moves the payments' states: the latest answer that is one.
fn answers(writer: &mut Writer<'_>, names: &Names, answers: &[NewAnswer]) -> Result<Answered, Fault> {
    let mut answered = Answered::default();
    if answers.is_empty() {
        return Ok(answered);
    }
    let connection = writer.connection;
    let mut failures = Failures::read(connection)?;
    let mut find = connection
        .prepare(
            "SELECT state, bank_word, account_no, coalesce(account_name, payee_name) FROM payment WHERE id = ?",
        )
        .map_err(sql)?;
    let mut change =
        connection.prepare("UPDATE payment SET state = ?, lifted = NULL WHERE id = ?").map_err(sql)?;
    let mut rows = Vec::with_capacity(answers.len());
    let mut fewer: FxHashMap<u32, i64> = FxHashMap::default();
    for (position, answer) in answers.iter().enumerate() {
        let number = names.payment_number(&answer.payment).ok_or_else(|| unknown_payment(&answer.payment))?;
        let found = find
            .query_row([number], |row| {
                Ok((row.get::<_, i64>(0)?, (row.get(1)?, row.get(2)?, row.get::<_, String>(3)?)))
            })
            .optional()
            .map_err(sql)?;
        let (before, account): (i64, AccountKey) = found.ok_or_else(|| unknown_payment(&answer.payment))?;
        rows.push((number, position));
        let after = match answer.status {
            AnswerStatus::Paid => PaymentState::Paid,
            AnswerStatus::Failed => PaymentState::Failed,
            AnswerStatus::Recalled => PaymentState::Recalled,
            AnswerStatus::Pending | AnswerStatus::Open => continue,
        };
        change.execute(params![after.number(), number]).map_err(sql)?;
        let run = answer.payment.run;
        if before == PaymentState::Released.number() {
            answered.newly.insert(number);
            *fewer.entry(run).or_default() += 1;
        }
        failures.answer(number, run, account, after);
        if after == PaymentState::Recalled && !answered.recalled.contains(&run) {
            answered.recalled.push(run);
        }
    }
    failures.lift(writer)?;
    rows.sort_unstable();
    for (number, position) in rows {
        let answer = &answers[position];
        let status = writer.word(answer.status.word())?;
        let class = writer.word(&answer.class)?;
        let day = answer.date.map(|date| date.to_string());
        writer.insert(
            Chained::Answer,
            &[
                Cell::Int(number),
                Cell::Int(writer.entry),
                Cell::Int(position as i64),
                Cell::Int(status),
                Cell::Text(&answer.reason),
                Cell::maybe(answer.amount.map(Money::fen)),
                Cell::text(day.as_deref()),
                Cell::Int(class),
                Cell::Text(&answer.source),
            ],
        )?;
    }
    let mut runs: Vec<(u32, i64)> = fewer.into_iter().collect();
    runs.sort_unstable();
    for (run, count) in runs {
        connection
            .execute("UPDATE release SET unanswered = unanswered - ? WHERE run = ?", params![count, run])
            .map_err(sql)?;
        let left: i64 = connection
            .query_row("SELECT unanswered FROM release WHERE run = ?", [run], |row| row.get(0))
            .map_err(sql)?;
        if left == 0 {
            answered.settled.push(run);
        }
    }
    Ok(answered)
}

/// Checks and writes postings; also counts down the answers that lines wait for.
fn postings(
    writer: &mut Writer<'_>,
    names: &Names,
    new: &[NewPosting],
    answered: &Answered,
) -> Result<Vec<i64>, Fault> {
    let waiting = waiting_lines(writer.connection, names, answered)?;
    let mut wanted: Vec<&Line> = new.iter().map(|posting| &posting.line).collect();
    wanted.extend(waiting.iter());
    wanted.sort_unstable();
    wanted.dedup();
    let mut lines = Lines::find(writer, wanted)?;
    let mut moved: FxHashMap<(i64, i64), i64> = FxHashMap::default();
    let mut opened: FxHashSet<(i64, PostingKind)> = FxHashSet::default();
    let mut pairs = 0i64;
    let mut rows = Vec::with_capacity(new.len());
    let mut ids = Vec::with_capacity(new.len());
    for posting in new {
        let position = lines.position(&posting.line)?;
        let touched = &mut lines.all[position];
        let payment = match &posting.payment {
            None => None,
            Some(id) => Some(names.payment_number(id).ok_or_else(|| unknown_payment(id))?),
        };
        let refused = |code: &'static str| {
            Fault::new(Exit::Refused, code)
                .with("beneficiary", posting.line.beneficiary.masked())
                .with("month", posting.line.month.to_string())
                .with("amount", posting.amount.to_string())
        };
        if !sign_fits(posting.kind, posting.amount) {
            return Err(misuse(format!("{} of {}", posting.kind, posting.amount)));
        }
        use PostingKind::*;
        let may_begin = matches!(posting.kind, OpeningEntitled | OpeningPaid | Transfer);
        if touched.is_new && touched.state == Default::default() && !may_begin {
            return Err(refused("line-unknown"));
        }
        match posting.kind {
            OpeningEntitled | OpeningPaid => {
                let kind = writer.word(posting.kind.word())?;
                let twice = writer
                    .connection
                    .prepare_cached("SELECT 1 FROM posting WHERE line = ? AND kind_word = ?")
                    .and_then(|mut statement| statement.exists([touched.id, kind]))
                    .map_err(sql)?;
                if twice || !opened.insert((touched.id, posting.kind)) {
                    return Err(refused("opening-twice"));
                }
            }
            Repayment | WriteOff => {
                if (touched.state.balance + posting.amount).is_positive() {
                    return Err(refused("repayment-above-zero"));
                }
            }
            Transfer | Offset => pairs += posting.amount.fen(),
            Return | PaidAfterAll => {
                let number = payment.ok_or_else(|| misuse(format!("{} without a payment", posting.kind)))?;
                let sum = match moved.get(&(touched.id, number)) {
                    Some(sum) => *sum,
                    None => {
                        let kinds =
                            [writer.word("payment")?, writer.word("return")?, writer.word("paid-after-all")?];
                        let sum = "SELECT coalesce(sum(amount), 0) FROM posting \
                            WHERE line = ? AND payment = ? AND kind_word IN (?, ?, ?)";
                        writer
                            .connection
                            .prepare_cached(sum)
                            .and_then(|mut statement| {
                                let [pay, back, after] = kinds;
                                let values = params![touched.id, number, pay, back, after];
                                statement.query_row(values, |row| row.get(0))
                            })
                            .map_err(sql)?
                    }
                };
                let sum: i64 = sum + posting.amount.fen();
                // Paid −x, returned +y: more back than out is money from nowhere.
                if sum > 0 {
                    return Err(Fault { exit: Exit::Unbalanced, ..refused("return-above-payment") });
                }
                moved.insert((touched.id, number), sum);
            }
            BankDifference => {
                payment.ok_or_else(|| misuse("bank-difference without a payment"))?;
            }
            Current | Advance | Arrears | Recovery | WriteOffReversed | Payment => {
                return Err(misuse(format!("{} outside a run", posting.kind)));
            }
        }
        let id = writer.next_posting();
        touched.state.apply(id, posting.kind, posting.amount, payment)?;
        ids.push(id);
        rows.push(PostingRow {
            line: touched.id,
            id,
            kind_word: writer.word(posting.kind.word())?,
            amount: posting.amount,
            cause_word: None,
            corrects: posting.corrects,
            payment,
            document: &posting.document,
        });
    }
    if pairs != 0 {
        return Err(misuse("a transfer whose two sides differ"));
    }
    for line in &waiting {
        let position = lines.position(line)?;
        lines.all[position].state.unanswered -= 1;
    }
    lines.store(writer)?;
    store_postings(writer, rows)?;
    Ok(ids)
}

/// The lines of payments that were answered now, once per payment.
fn waiting_lines(connection: &Connection, names: &Names, answered: &Answered) -> Result<Vec<Line>, Fault> {
    let mut numbers: Vec<i64> = answered.newly.iter().copied().collect();
    numbers.sort_unstable();
    let mut statement = connection
        .prepare(
            "SELECT l.programme, l.beneficiary, l.month, l.case_no FROM payment_item i \
             JOIN line l ON l.id = i.line WHERE i.payment = ?",
        )
        .map_err(sql)?;
    let mut lines = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let (beneficiary, case_no) = (super::lines::text(row, 1)?, super::lines::text(row, 3)?);
            let programme = names.programme(row.get(0).map_err(sql)?)?;
            lines.push(super::book::line(programme, &beneficiary, row.get(2).map_err(sql)?, &case_no)?);
        }
    }
    Ok(lines)
}

fn decisions(writer: &mut Writer<'_>, batch: &Batch) -> Result<(), Fault> {
    for (number, decision) in (0..).zip(&batch.decisions) {
        let programme = decision.programme.map(|programme| writer.programme(programme)).transpose()?;
        let beneficiary = decision.beneficiary.as_ref().map(ToString::to_string);
        let payment = decision.payment.as_ref().map(ToString::to_string);
        writer.insert(
            Chained::Decision,
            &[
                Cell::Int(writer.entry),
                Cell::Int(number),
                Cell::Text(decision.kind.word()),
                Cell::maybe(programme),
                Cell::text(beneficiary.as_deref()),
                Cell::maybe(decision.month.map(|month| i64::from(month.index()))),
                Cell::Text(&decision.case_no),
                Cell::text(payment.as_deref()),
                Cell::maybe(decision.amount.map(Money::fen)),
                Cell::Text(&decision.document),
                Cell::Text(&decision.why),
            ],
        )?;
    }
    Ok(())
}

fn rest(writer: &mut Writer<'_>, names: &Names, batch: &Batch) -> Result<(), Fault> {
    super::bank::write(writer, names, batch)?;
    for (number, stray) in (0..).zip(&batch.strays) {
        writer.insert(
            Chained::Stray,
            &[
                Cell::Int(writer.entry),
                Cell::Int(number),
                Cell::Text(&stray.class),
                Cell::Text(&stray.source),
                Cell::maybe(stray.amount.map(Money::fen)),
                Cell::Text(&stray.details),
            ],
        )?;
    }
    for (number, file) in (0..).zip(&batch.files) {
        if file_known(writer.connection, &file.sha256)? {
            return Err(Fault::new(Exit::Refused, "answer-file-known").with("file", &file.name));
        }
        writer.insert(
            Chained::AnswerFile,
            &[
                Cell::Int(writer.entry),
                Cell::Int(number),
                Cell::Text(&file.sha256),
                Cell::Text(&file.name),
                Cell::Int(file.rows as i64),
            ],
        )?;
    }
    Ok(())
}
