//! What is stored, row by row, for reports, reconciliation and `explain`.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Row, ToSql};

use crate::domain::{Beneficiary, Cause, Fault, Hold, Month, PaymentId, PostingKind, Programme, Tally, Text};

use super::Ledger;
use super::book::{self, Names};
use super::fault::{damaged, sql};
use super::lines::{maybe_text, money, settled_line, text};
use super::record::{
    Answer, AnswerStatus, Decided, DecisionKind, FileRecall, LineHistory, NewAnswer, NewDecision, NewSaid,
    NewStray, PaymentState, Posting, StrayId,
};

const POSTING: &str = "SELECT l.programme, l.beneficiary, l.month, l.case_no, p.id, p.entry, p.kind_word, \
    p.amount, p.cause_word, p.corrects, p.payment, p.document FROM posting p JOIN line l ON l.id = p.line";

impl Ledger {
    /// The postings of a span of entries, by id.
    pub fn postings_of_entries(&self, first: u64, last: u64, codes: &[Text]) -> Result<Vec<Posting>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let text = format!("{POSTING} WHERE p.entry BETWEEN ? AND ?");
        let mut postings = self.postings(&text, &[&(first as i64), &(last as i64)], &names)?;
        postings.sort_unstable_by_key(|posting| posting.id);
        Ok(postings)
    }

    fn postings(&self, text: &str, values: &[&dyn ToSql], names: &Names) -> Result<Vec<Posting>, Fault> {
        let mut statement = self.connection.prepare_cached(text).map_err(sql)?;
        let mut rows = statement.query(values).map_err(sql)?;
        let mut postings = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            postings.push(posting(row, names)?);
        }
        Ok(postings)
    }

    /// All that is known of a beneficiary's lines, in line order; of one programme or one month if asked.
    pub fn history(
        &self,
        beneficiary: &Beneficiary,
        programme: Option<Programme>,
        month: Option<Month>,
        codes: &[Text],
    ) -> Result<Vec<LineHistory>, Fault> {
        let Some((first, last)) = self.month_span()? else { return Ok(Vec::new()) };
        let (first, last) = month.map_or((first, last), |month| (month, month));
        let names = Names::read(&self.connection, codes)?;
        let wanted = beneficiary.to_string();
        let mut find = self
            .connection
            .prepare_cached(
                "SELECT id, beneficiary, month, case_no, entitlement, balance FROM line \
                 WHERE month = ? AND programme = ? AND beneficiary = ? ORDER BY case_no",
            )
            .map_err(sql)?;
        let mut histories = Vec::new();
        for (position, stored) in names.in_order() {
            if programme.is_some_and(|programme| programme != position) {
                continue;
            }
            for month in first.through(last) {
                let mut rows = find.query((month.index(), stored, &wanted)).map_err(sql)?;
                while let Some(row) = rows.next().map_err(sql)? {
                    let id: i64 = row.get(0).map_err(sql)?;
                    let line =
                        book::line(position, &text(row, 1)?, row.get(2).map_err(sql)?, &text(row, 3)?)?;
                    histories.push(LineHistory {
                        entitlement: money(row, 4)?,
                        balance: money(row, 5)?,
                        postings: self.postings(
                            &format!("{POSTING} WHERE p.line = ? ORDER BY p.id"),
                            &[&id],
                            &names,
                        )?,
                        settled: self.settlements(id, &line, &names)?,
                        held: self.holds(id, &names)?,
                        line,
                    });
                }
            }
        }
        Ok(histories)
    }

    fn settlements(
        &self,
        id: i64,
        line: &crate::domain::Line,
        names: &Names,
    ) -> Result<Vec<(u64, crate::settle::SettledLine)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT outcome_word, reason_word, clause_word, amount, source, resident, name, township_word, \
                 origin, digests, flags, payee_id, payee_name, bank_word, account_no, account_name, members, \
                 entry FROM settled WHERE line = ? ORDER BY entry",
            )
            .map_err(sql)?;
        let mut rows = statement.query([id]).map_err(sql)?;
        let mut settled = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let entry: i64 = row.get(17).map_err(sql)?;
            settled.push((entry as u64, settled_line(row, 0, line.clone(), names)?));
        }
        Ok(settled)
    }

    fn holds(&self, id: i64, names: &Names) -> Result<Vec<(u64, crate::domain::Money, Hold)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT h.entry, h.amount, h.hold_word FROM release x \
                 CROSS JOIN held h ON h.entry = x.entry AND h.line = ? ORDER BY h.entry",
            )
            .map_err(sql)?;
        let mut rows = statement.query([id]).map_err(sql)?;
        let mut held = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let hold = names.word(row.get(2).map_err(sql)?)?;
            let entry: i64 = row.get(0).map_err(sql)?;
            held.push((entry as u64, money(row, 1)?, Hold::from_word(&hold).ok_or_else(|| damaged("hold"))?));
        }
        Ok(held)
    }

    /// The answers to a run's payments, by payment and entry.
    pub fn answers_of_run(&self, run: u32) -> Result<Vec<Answer>, Fault> {
        self.answers_between(book::payment_number(run, 0), book::payment_number(run + 1, 0) - 1)
    }

    /// Positions of a run's bank files that were taken back by `recall`, whatever the bank said since.
    ///
    /// # Errors
    /// Database faults.
    pub fn recalled_files(&self, run: u32) -> Result<BTreeSet<u32>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT DISTINCT p.file FROM answer a JOIN word w ON w.id = a.status_word \
                 JOIN payment p ON p.id = a.payment \
                 WHERE a.payment BETWEEN ? AND ? AND w.text = 'recalled'",
            )
            .map_err(sql)?;
        let span = [book::payment_number(run, 0), book::payment_number(run + 1, 0) - 1];
        let rows = statement.query_map(span, |row| row.get(0)).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// What was taken back of a run's bank files, by position: the first recall of each.
    ///
    /// # Errors
    /// Database faults.
    pub fn recalls_of_run(&self, run: u32) -> Result<BTreeMap<u32, FileRecall>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT p.file, min(a.entry), a.source, a.reason, n.today, n.made_by, n.second \
                 FROM answer a JOIN word w ON w.id = a.status_word JOIN payment p ON p.id = a.payment \
                 JOIN entry n ON n.number = a.entry \
                 WHERE a.payment BETWEEN ? AND ? AND w.text = 'recalled' \
                 GROUP BY p.file",
            )
            .map_err(sql)?;
        let span = [book::payment_number(run, 0), book::payment_number(run + 1, 0) - 1];
        // Where min() is asked for, SQLite takes the other columns from that very row.
        let mut rows = statement.query(span).map_err(sql)?;
        let mut recalls = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let recall = FileRecall {
                document: maybe_text(row, 2)?.unwrap_or_default(),
                why: maybe_text(row, 3)?.unwrap_or_default(),
                on: text(row, 4)?.parse().map_err(|_| damaged("entry: day"))?,
                by: text(row, 5)?,
                second: maybe_text(row, 6)?.unwrap_or_default(),
            };
            recalls.insert(row.get(0).map_err(sql)?, recall);
        }
        Ok(recalls)
    }

    /// Programme and bank of a run's bank files, by position.
    ///
    /// # Errors
    /// Database faults.
    pub fn files_of_run(&self, run: u32, codes: &[Text]) -> Result<BTreeMap<u32, (Programme, Text)>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT file, programme, bank_word FROM payment WHERE id >= ? AND id < ? \
                 GROUP BY file, programme, bank_word",
            )
            .map_err(sql)?;
        let span = [book::payment_number(run, 0), book::payment_number(run + 1, 0)];
        let mut rows = statement.query(span).map_err(sql)?;
        let mut files = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let of = (names.programme(row.get(1).map_err(sql)?)?, names.word(row.get(2).map_err(sql)?)?);
            if files.insert(row.get(0).map_err(sql)?, of).is_some() {
                return Err(damaged("a bank file of two programmes or banks"));
            }
        }
        Ok(files)
    }

    /// A run's payments, counted by programme and latest answer.
    ///
    /// # Errors
    /// Database faults.
    pub fn payment_states(
        &self,
        run: u32,
        codes: &[Text],
    ) -> Result<BTreeMap<(Programme, PaymentState), Tally>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT programme, state, count(*), sum(amount) FROM payment WHERE id >= ? AND id < ? \
                 GROUP BY programme, state",
            )
            .map_err(sql)?;
        let span = [book::payment_number(run, 0), book::payment_number(run + 1, 0)];
        let mut rows = statement.query(span).map_err(sql)?;
        let mut states = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let state = PaymentState::from_number(row.get(1).map_err(sql)?);
            let state = state.ok_or_else(|| damaged("payment: state"))?;
            let count: i64 = row.get(2).map_err(sql)?;
            let tally = Tally { count: count.unsigned_abs(), money: money(row, 3)? };
            states.insert((names.programme(row.get(0).map_err(sql)?)?, state), tally);
        }
        Ok(states)
    }

    /// The answers to one payment, oldest first.
    pub fn answers_of_payment(&self, payment: &PaymentId) -> Result<Vec<Answer>, Fault> {
        let number = book::payment_number(payment.run, payment.sequence);
        self.answers_between(number, number)
    }

    fn answers_between(&self, first: i64, last: i64) -> Result<Vec<Answer>, Fault> {
        let names = Names::read(&self.connection, &[])?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT a.payment, a.entry, a.status_word, a.reason, a.amount, a.day, a.class_word, a.source, \
                   a.number, s.word, s.source_word, s.reference, s.message, s.row, s.second_debit, s.given_back \
                 FROM answer a LEFT JOIN said s \
                   ON s.payment = a.payment AND s.entry = a.entry AND s.number = a.number \
                 WHERE a.payment BETWEEN ? AND ? ORDER BY a.payment, a.entry, a.number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([first, last]).map_err(sql)?;
        let mut answers = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let status = names.word(row.get(2).map_err(sql)?)?;
            let day = maybe_text(row, 5)?;
            let amount: Option<i64> = row.get(4).map_err(sql)?;
            let number: u32 = row.get(8).map_err(sql)?;
            let said = match maybe_text(row, 9)? {
                None => None,
                Some(word) => Some(NewSaid {
                    answer: number,
                    word,
                    source: names.word(row.get(10).map_err(sql)?)?,
                    reference: text(row, 11)?,
                    message: text(row, 12)?,
                    row: row.get(13).map_err(sql)?,
                    second_debit: row.get(14).map_err(sql)?,
                    given_back: row.get(15).map_err(sql)?,
                }),
            };
            answers.push(Answer {
                entry: row.get::<_, i64>(1).map_err(sql)? as u64,
                number,
                said,
                answer: NewAnswer {
                    payment: names.payment_id(row.get(0).map_err(sql)?)?,
                    status: AnswerStatus::from_word(&status).ok_or_else(|| damaged("answer: status"))?,
                    reason: text(row, 3)?,
                    amount: amount.map(crate::domain::Money::from_fen),
                    date: day.map(|day| day.parse()).transpose().map_err(|_| damaged("answer: day"))?,
                    class: names.word(row.get(6).map_err(sql)?)?,
                    source: text(row, 7)?,
                },
            });
        }
        Ok(answers)
    }

    /// Every decision of people, oldest first.
    pub fn decisions(&self, codes: &[Text]) -> Result<Vec<Decided>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        self.decisions_where("1 ORDER BY entry, number", &[], &names)
    }

    pub(super) fn decisions_where(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        names: &Names,
    ) -> Result<Vec<Decided>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT entry, kind, programme, beneficiary, month, case_no, payment, amount, document, why \
                 FROM decision WHERE {condition}"
            ))
            .map_err(sql)?;
        let mut rows = statement.query(values).map_err(sql)?;
        let mut decisions = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let programme: Option<i64> = row.get(2).map_err(sql)?;
            let month: Option<i32> = row.get(4).map_err(sql)?;
            let amount: Option<i64> = row.get(7).map_err(sql)?;
            let beneficiary = maybe_text(row, 3)?;
            let payment = maybe_text(row, 6)?;
            decisions.push(Decided {
                entry: row.get::<_, i64>(0).map_err(sql)? as u64,
                decision: NewDecision {
                    kind: DecisionKind::from_word(&text(row, 1)?).ok_or_else(|| damaged("decision: kind"))?,
                    programme: programme.map(|id| names.programme(id)).transpose()?,
                    beneficiary: match beneficiary {
                        None => None,
                        Some(text) => {
                            Some(Beneficiary::parse(&text).ok_or_else(|| damaged("decision: beneficiary"))?)
                        }
                    },
                    month: month.map(Month::from_index),
                    case_no: maybe_text(row, 5)?.unwrap_or_default(),
                    payment: match payment {
                        None => None,
                        Some(text) => {
                            Some(PaymentId::parse(&text).ok_or_else(|| damaged("decision: payment"))?)
                        }
                    },
                    amount: amount.map(crate::domain::Money::from_fen),
                    document: text(row, 8)?,
                    why: text(row, 9)?,
                },
            });
        }
        Ok(decisions)
    }

    /// Items of bank answers that belong to no one payment, oldest first.
    pub fn strays(&self) -> Result<Vec<(StrayId, NewStray)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT entry, class, source, amount, details, number FROM stray ORDER BY entry, number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut strays = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let amount: Option<i64> = row.get(3).map_err(sql)?;
            strays.push((
                StrayId {
                    entry: row.get::<_, i64>(0).map_err(sql)? as u64,
                    number: row.get(5).map_err(sql)?,
                },
                NewStray {
                    class: text(row, 1)?,
                    source: text(row, 2)?,
                    amount: amount.map(crate::domain::Money::from_fen),
                    details: row.get(4).map_err(sql)?,
                },
            ));
        }
        Ok(strays)
    }
}

fn posting(row: &Row<'_>, names: &Names) -> Result<Posting, Fault> {
    let programme = names.programme(row.get(0).map_err(sql)?)?;
    let cause: Option<i64> = row.get(8).map_err(sql)?;
    let payment: Option<i64> = row.get(10).map_err(sql)?;
    Ok(Posting {
        line: book::line(programme, &text(row, 1)?, row.get(2).map_err(sql)?, &text(row, 3)?)?,
        id: row.get(4).map_err(sql)?,
        entry: row.get::<_, i64>(5).map_err(sql)? as u64,
        kind: PostingKind::from_word(&names.word(row.get(6).map_err(sql)?)?)
            .ok_or_else(|| damaged("posting: kind"))?,
        amount: money(row, 7)?,
        cause: match cause {
            None => None,
            Some(word) => {
                Some(Cause::from_word(&names.word(word)?).ok_or_else(|| damaged("posting: cause"))?)
            }
        },
        corrects: row.get(9).map_err(sql)?,
        payment: payment.map(|number| names.payment_id(number)).transpose()?,
        document: maybe_text(row, 11)?.unwrap_or_default(),
    })
}
