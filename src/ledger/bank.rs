//! The bank's side beyond answers: what messages said, the payer's account as statements book it, and
//! the sums that reconciliation compares with it.

use std::collections::BTreeMap;

use rusqlite::Row;

use crate::domain::{Exit, Fault, Line, Money, PaymentId, PostingKind, Programme, Tally, Text};

use super::Ledger;
use super::book::{self, Names};
use super::chain::Cell;
use super::fault::{damaged, misuse, sql};
use super::lines::{maybe_text, money, text};
use super::post::unknown_payment;
use super::record::{Batch, Booking, NewBooking, NewStatement, PaymentState, Statement, StrayId};
use super::schema::Chained;
use super::write::Writer;

/// Writes what a batch says beyond answers.
pub(super) fn write(writer: &mut Writer<'_>, names: &Names, batch: &Batch) -> Result<(), Fault> {
    said(writer, names, batch)?;
    statements(writer, batch)?;
    stray_decisions(writer, batch)
}

/// Records what messages said beyond their answers, in the order of payments.
fn said(writer: &mut Writer<'_>, names: &Names, batch: &Batch) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(batch.said.len());
    for said in &batch.said {
        let answer = batch
            .answers
            .get(said.answer as usize)
            .ok_or_else(|| misuse("something said without an answer"))?;
        let number = names.payment_number(&answer.payment).ok_or_else(|| unknown_payment(&answer.payment))?;
        rows.push((number, said));
    }
    rows.sort_by_key(|(number, said)| (*number, said.answer));
    for (number, said) in rows {
        let source = writer.word(&said.source)?;
        writer.insert(
            Chained::Said,
            &[
                Cell::Int(number),
                Cell::Int(writer.entry),
                Cell::Int(i64::from(said.answer)),
                Cell::Text(&said.word),
                Cell::Int(source),
                Cell::Text(&said.reference),
                Cell::Text(&said.message),
                Cell::Int(i64::from(said.row)),
                Cell::Int(i64::from(said.second_debit)),
                Cell::Int(i64::from(said.given_back)),
            ],
        )?;
    }
    Ok(())
}

/// Records the payer's account as statements have it.
fn statements(writer: &mut Writer<'_>, batch: &Batch) -> Result<(), Fault> {
    for (number, booking) in (0..).zip(&batch.bookings) {
        let source = writer.word(&booking.source)?;
        let day = booking.date.map(|date| date.to_string());
        writer.insert(
            Chained::Booking,
            &[
                Cell::Int(writer.entry),
                Cell::Int(number),
                Cell::Int(i64::from(booking.file)),
                Cell::Int(source),
                Cell::Text(&booking.statement),
                Cell::Text(&booking.batch),
                Cell::Text(&booking.payment),
                Cell::Int(booking.debit.fen()),
                Cell::Int(i64::from(booking.booked)),
                Cell::text(day.as_deref()),
                Cell::Text(&booking.reference),
                Cell::Int(i64::from(booking.details)),
                Cell::maybe(booking.listed.map(Money::fen)),
                Cell::Int(i64::from(booking.row)),
            ],
        )?;
    }
    for (number, statement) in (0..).zip(&batch.statements) {
        let day = statement.day.map(|date| date.to_string());
        writer.insert(
            Chained::Statement,
            &[
                Cell::Int(writer.entry),
                Cell::Int(number),
                Cell::Int(i64::from(statement.file)),
                Cell::Text(&statement.account),
                Cell::Text(&statement.statement),
                Cell::maybe(statement.opening.map(Money::fen)),
                Cell::maybe(statement.closing.map(Money::fen)),
                Cell::text(day.as_deref()),
            ],
        )?;
    }
    Ok(())
}

fn stray_decisions(writer: &mut Writer<'_>, batch: &Batch) -> Result<(), Fault> {
    for (decision, stray) in &batch.stray_decisions {
        let known = writer
            .connection
            .prepare_cached("SELECT 1 FROM stray WHERE entry = ? AND number = ?")
            .and_then(|mut statement| statement.exists([stray.entry as i64, i64::from(stray.number)]))
            .map_err(sql)?;
        if !known || batch.decisions.get(*decision as usize).is_none() {
            return Err(Fault::new(Exit::Refused, "stray-unknown").with("item", stray.to_string()));
        }
        writer.insert(
            Chained::StrayDecision,
            &[
                Cell::Int(writer.entry),
                Cell::Int(i64::from(*decision)),
                Cell::Int(stray.entry as i64),
                Cell::Int(i64::from(stray.number)),
            ],
        )?;
    }
    Ok(())
}

/// One posting that names a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMovement {
    /// The payment.
    pub payment: PaymentId,
    /// The line.
    pub line: Line,
    /// `payment`, `return`, `paid-after-all` or `bank-difference`.
    pub kind: PostingKind,
    /// Signed amount.
    pub amount: Money,
    /// The entry that posted it.
    pub entry: u64,
}

/// What a programme's lines did in a span of entries, and where they stood at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// Postings by kind.
    pub kinds: BTreeMap<PostingKind, Tally>,
    /// What offsets gave to lines below 0: one half of each pair.
    pub offset: Money,
    /// Lines above 0 at the end.
    pub payable: Tally,
    /// Lines below 0 at the end; the sum is negative.
    pub receivable: Tally,
}

impl Ledger {
    /// Movements of the payer's account, oldest entry first.
    pub fn bookings(&self) -> Result<Vec<Booking>, Fault> {
        let names = Names::read(&self.connection, &[])?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT b.entry, f.name, b.file, b.source_word, b.statement, b.batch, b.payment, b.debit, \
                   b.booked, b.day, b.reference, b.details, b.listed, b.row FROM booking b \
                 LEFT JOIN answer_file f ON f.entry = b.entry AND f.number = b.file \
                 ORDER BY b.entry, b.number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut bookings = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            bookings.push(Booking {
                entry: row.get::<_, i64>(0).map_err(sql)? as u64,
                file: maybe_text(row, 1)?.unwrap_or_default(),
                booking: NewBooking {
                    file: row.get(2).map_err(sql)?,
                    source: names.word(row.get(3).map_err(sql)?)?,
                    statement: text(row, 4)?,
                    batch: text(row, 5)?,
                    payment: text(row, 6)?,
                    debit: money(row, 7)?,
                    booked: row.get(8).map_err(sql)?,
                    date: day(row, 9)?,
                    reference: text(row, 10)?,
                    details: row.get(11).map_err(sql)?,
                    listed: row.get::<_, Option<i64>>(12).map_err(sql)?.map(Money::from_fen),
                    row: row.get(13).map_err(sql)?,
                },
            });
        }
        Ok(bookings)
    }

    /// Balances of statements, oldest entry first.
    pub fn statements(&self) -> Result<Vec<Statement>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT s.entry, f.name, s.file, s.account, s.statement, s.opening, s.closing, s.day \
                 FROM statement s LEFT JOIN answer_file f ON f.entry = s.entry AND f.number = s.file \
                 ORDER BY s.entry, s.number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut statements = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let amount = |column: usize| {
                Ok::<_, Fault>(row.get::<_, Option<i64>>(column).map_err(sql)?.map(Money::from_fen))
            };
            statements.push(Statement {
                entry: row.get::<_, i64>(0).map_err(sql)? as u64,
                file: maybe_text(row, 1)?.unwrap_or_default(),
                statement: NewStatement {
                    file: row.get(2).map_err(sql)?,
                    account: text(row, 3)?,
                    statement: text(row, 4)?,
                    opening: amount(5)?,
                    closing: amount(6)?,
                    day: day(row, 7)?,
                },
            });
        }
        Ok(statements)
    }

    /// Names of the files of answers taken in, by digest.
    pub fn answer_files(&self) -> Result<BTreeMap<Text, Text>, Fault> {
        let mut statement =
            self.connection.prepare_cached("SELECT sha256, name FROM answer_file").map_err(sql)?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?.into(), row.get::<_, String>(1)?.into())))
            .map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// Strays that people have decided on, with the entry of the decision.
    pub fn stray_decisions(&self) -> Result<Vec<(StrayId, u64)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT stray_entry, stray_number, entry FROM stray_decision ORDER BY entry, number",
            )
            .map_err(sql)?;
        let rows = statement
            .query_map([], |row| {
                let id = StrayId { entry: row.get::<_, i64>(0)? as u64, number: row.get(1)? };
                Ok((id, row.get::<_, i64>(2)? as u64))
            })
            .map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// Every posting that names a payment of a run, by payment, line and id.
    pub fn payment_movements(&self, run: u32, codes: &[Text]) -> Result<Vec<PaymentMovement>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT p.payment, p.kind_word, p.amount, p.entry, l.programme, l.beneficiary, l.month, \
                   l.case_no FROM posting p JOIN line l ON l.id = p.line \
                 WHERE p.payment >= ? AND p.payment < ? ORDER BY p.payment, p.line, p.id",
            )
            .map_err(sql)?;
        let range = (book::payment_number(run, 0), book::payment_number(run + 1, 0));
        let mut rows = statement.query(range).map_err(sql)?;
        let mut movements = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            movements.push(PaymentMovement {
                payment: names.payment_id(row.get(0).map_err(sql)?)?,
                kind: kind(&names, row.get(1).map_err(sql)?)?,
                amount: money(row, 2)?,
                entry: row.get::<_, i64>(3).map_err(sql)? as u64,
                line: book::line(
                    names.programme(row.get(4).map_err(sql)?)?,
                    &text(row, 5)?,
                    row.get(6).map_err(sql)?,
                    &text(row, 7)?,
                )?,
            });
        }
        Ok(movements)
    }

    /// Payments that were made in the place of another: the new one's id, by the old one's.
    pub fn replacements(&self) -> Result<BTreeMap<Text, PaymentId>, Fault> {
        let names = Names::read(&self.connection, &[])?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT replaces, id FROM payment WHERE replaces IS NOT NULL ORDER BY id")
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut replaced = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            replaced.insert(text(row, 0)?, names.payment_id(row.get(1).map_err(sql)?)?);
        }
        Ok(replaced)
    }

    /// What lines did between these entries, by programme and span. `ends` are the last entries of
    /// consecutive spans, rising; a posting after the last of them is not looked at.
    pub fn flows(&self, ends: &[u64], codes: &[Text]) -> Result<BTreeMap<(Programme, usize), Flow>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut kinds: BTreeMap<i64, PostingKind> = BTreeMap::new();
        let mut flows: BTreeMap<(Programme, usize), Flow> = BTreeMap::new();
        let mut statement = self
            .connection
            .prepare(
                "SELECT p.line, l.programme, p.entry, p.kind_word, p.amount FROM posting p \
                 JOIN line l ON l.id = p.line WHERE p.entry <= ? ORDER BY p.line, p.id",
            )
            .map_err(sql)?;
        let last = ends.last().copied().unwrap_or(0) as i64;
        let mut rows = statement.query([last]).map_err(sql)?;
        let mut current: Option<(i64, Programme, usize, Money)> = None;
        let stand = |flows: &mut BTreeMap<(Programme, usize), Flow>,
                     programme: Programme,
                     spans: std::ops::Range<usize>,
                     balance: Money| {
            for span in spans.filter(|_| !balance.is_zero()) {
                let flow = flows.entry((programme, span)).or_default();
                let side = if balance.is_positive() { &mut flow.payable } else { &mut flow.receivable };
                side.add(balance);
            }
        };
        while let Some(row) = rows.next().map_err(sql)? {
            let line: i64 = row.get(0).map_err(sql)?;
            let programme = names.programme(row.get(1).map_err(sql)?)?;
            let entry = row.get::<_, i64>(2).map_err(sql)? as u64;
            let span = ends.partition_point(|end| *end < entry);
            let word: i64 = row.get(3).map_err(sql)?;
            let kind = match kinds.get(&word) {
                Some(kind) => *kind,
                None => *kinds.entry(word).or_insert(kind(&names, word)?),
            };
            let amount = money(row, 4)?;
            let balance = match current {
                Some((of, _, before, balance)) if of == line => {
                    stand(&mut flows, programme, before..span, balance);
                    balance
                }
                other => {
                    if let Some((_, programme, before, balance)) = other {
                        stand(&mut flows, programme, before..ends.len(), balance);
                    }
                    Money::ZERO
                }
            };
            current = Some((line, programme, span, balance + amount));
            let flow = flows.entry((programme, span)).or_default();
            flow.kinds.entry(kind).or_default().add(amount);
            if kind == PostingKind::Offset && amount.is_positive() {
                flow.offset += amount;
            }
        }
        if let Some((_, programme, before, balance)) = current {
            stand(&mut flows, programme, before..ends.len(), balance);
        }
        Ok(flows)
    }

    /// The sums of line balances as stored: payable and receivable by programme. What
    /// [`Ledger::flows`] says of the newest entry must equal them.
    pub fn balances(&self, codes: &[Text]) -> Result<BTreeMap<Programme, (Money, Money)>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT programme, sum(max(balance, 0)), sum(min(balance, 0)) FROM line \
                 WHERE balance <> 0 GROUP BY programme",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut balances = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let programme = names.programme(row.get(0).map_err(sql)?)?;
            balances.insert(programme, (money(row, 1)?, money(row, 2)?));
        }
        Ok(balances)
    }

    /// What came back and has not been paid again, by run of the payment that came back and by where it
    /// stands: how many payments, and what is still due of their lines.
    ///
    /// # Errors
    /// Database faults.
    pub fn returned_and_due(&self) -> Result<BTreeMap<(u32, PaymentState), Tally>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT p.id / ?, p.state, count(DISTINCT p.id), sum(l.balance) \
                 FROM line l JOIN payment p ON p.id = l.returned WHERE l.balance > 0 GROUP BY 1, 2",
            )
            .map_err(sql)?;
        let mut rows = statement.query([book::payment_number(1, 0)]).map_err(sql)?;
        let mut due = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let run: u32 = row.get(0).map_err(sql)?;
            let state = PaymentState::from_number(row.get(1).map_err(sql)?);
            let state = state.ok_or_else(|| damaged("payment: state"))?;
            let count: i64 = row.get(2).map_err(sql)?;
            due.insert((run, state), Tally { count: count.unsigned_abs(), money: money(row, 3)? });
        }
        Ok(due)
    }

    /// How many lines are below 0.
    pub fn receivable_lines(&self) -> Result<u64, Fault> {
        self.connection
            .query_row("SELECT count(*) FROM line WHERE balance < 0", [], |row| row.get::<_, i64>(0))
            .map(|count| count as u64)
            .map_err(sql)
    }

    /// What came back in a calendar year of money paid by releases of the same year, by programme:
    /// it restores the appropriation (DESIGN §10, budget).
    pub fn restored_in_year(&self, year: i32, codes: &[Text]) -> Result<BTreeMap<Programme, Money>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "WITH runs AS (SELECT x.run FROM release x JOIN entry n ON n.number = x.entry \
                   WHERE substr(n.today, 1, 4) = ?1) \
                 SELECT l.programme, sum(p.amount) FROM posting p JOIN entry e ON e.number = p.entry \
                 JOIN line l ON l.id = p.line JOIN word w ON w.id = p.kind_word \
                 WHERE substr(e.today, 1, 4) = ?1 AND ( \
                   (w.text IN ('return', 'paid-after-all', 'bank-difference') \
                     AND p.payment / 10000000 IN runs) \
                   OR (w.text = 'repayment' AND l.payment / 10000000 IN runs)) \
                 GROUP BY l.programme",
            )
            .map_err(sql)?;
        let mut rows = statement.query([format!("{year:04}")]).map_err(sql)?;
        let mut restored = BTreeMap::new();
        while let Some(row) = rows.next().map_err(sql)? {
            restored.insert(names.programme(row.get(0).map_err(sql)?)?, money(row, 1)?);
        }
        Ok(restored)
    }
}

fn kind(names: &Names, word: i64) -> Result<PostingKind, Fault> {
    PostingKind::from_word(&names.word(word)?).ok_or_else(|| damaged("posting: kind"))
}

fn day(row: &Row<'_>, column: usize) -> Result<Option<chrono::NaiveDate>, Fault> {
    maybe_text(row, column)?.map(|day| day.parse()).transpose().map_err(|_| damaged("a day"))
}
