//! The one way in which chained rows enter: bound and hashed in one step, in key order per table, so
//! that `verify` gets an entry's content hash from the stored rows.

use rusqlite::{Connection, OptionalExtension, Statement};
use rustc_hash::FxHashMap;

use crate::domain::{Exit, Fault, Line, Money, PostingKind, Programme, Text};

use super::book;
use super::chain::{self, Cell, Section};
use super::fault::{misuse, sql};
use super::record::{Act, Head};
use super::schema::{Chained, TABLES};

/// One entry being written. The caller holds the transaction.
pub(super) struct Writer<'c> {
    pub connection: &'c Connection,
    pub entry: i64,
    previous: Head,
    last_posting: i64,
    tables: Vec<Option<Inserter<'c>>>,
    words: FxHashMap<Text, i64>,
    programmes: Vec<Option<i64>>,
    codes: &'c [Text],
}

struct Inserter<'c> {
    statement: Statement<'c>,
    hashed: usize,
    section: Section,
}

impl<'c> Writer<'c> {
    /// Begins the entry after the head. `codes` say what programmes' positions mean.
    pub fn begin(connection: &'c Connection, codes: &'c [Text]) -> Result<Writer<'c>, Fault> {
        let previous = book::head(connection)?;
        let mut words = FxHashMap::default();
        let mut statement = connection.prepare("SELECT id, text FROM word").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            words.insert(row.get::<_, String>(1).map_err(sql)?.into(), row.get(0).map_err(sql)?);
        }
        Ok(Writer {
            connection,
            entry: previous.number as i64 + 1,
            previous,
            last_posting: book::last_posting(connection)?,
            tables: (0..TABLES.len()).map(|_| None).collect(),
            words,
            programmes: vec![None; codes.len()],
            codes,
        })
    }

    /// Inserts a row: hashed columns, then derived ones.
    pub fn insert(&mut self, table: Chained, cells: &[Cell<'_>]) -> Result<(), Fault> {
        let slot = &mut self.tables[table as usize];
        let inserter = match slot {
            Some(inserter) => inserter,
            None => {
                let table = &TABLES[table as usize];
                let statement = self.connection.prepare(&table.insert()).map_err(sql)?;
                slot.insert(Inserter { statement, hashed: table.columns.len(), section: Section::default() })
            }
        };
        for (position, cell) in cells.iter().enumerate() {
            inserter.statement.raw_bind_parameter(position + 1, cell).map_err(sql)?;
            if position < inserter.hashed {
                inserter.section.cell(&cell.value());
            }
        }
        inserter.section.end_row();
        inserter.statement.raw_execute().map_err(sql)?;
        Ok(())
    }

    /// The number of a recurring word, made where it is new.
    pub fn word(&mut self, text: &str) -> Result<i64, Fault> {
        if let Some(id) = self.words.get(text) {
            return Ok(*id);
        }
        let id = self.words.len() as i64 + 1;
        self.insert(Chained::Word, &[Cell::Int(id), Cell::Int(self.entry), Cell::Text(text)])?;
        self.words.insert(text.into(), id);
        Ok(id)
    }

    /// The stored number of a programme, made where it is new.
    pub fn programme(&mut self, programme: Programme) -> Result<i64, Fault> {
        let position = usize::from(programme.0);
        let code = self.codes.get(position).ok_or_else(|| misuse("a programme without a code"))?;
        if let Some(Some(id)) = self.programmes.get(position) {
            return Ok(*id);
        }
        let known = self
            .connection
            .query_row("SELECT id FROM programme WHERE code = ?", [code.as_str()], |row| row.get(0))
            .optional()
            .map_err(sql)?;
        let id = match known {
            Some(id) => id,
            None => {
                let id = self
                    .connection
                    .query_row("SELECT coalesce(max(id), 0) + 1 FROM programme", [], |row| row.get(0))
                    .map_err(sql)?;
                self.insert(Chained::Programme, &[Cell::Int(id), Cell::Int(self.entry), Cell::Text(code)])?;
                id
            }
        };
        self.programmes[position] = Some(id);
        Ok(id)
    }

    /// The id of the next posting.
    pub fn next_posting(&mut self) -> i64 {
        self.last_posting += 1;
        self.last_posting
    }

    /// Writes the entry itself over everything inserted.
    pub fn finish(mut self, act: &Act) -> Result<Head, Fault> {
        let sections = self
            .tables
            .drain(..)
            .map(|table| table.map_or_else(Section::default, |inserter| inserter.section))
            .collect();
        let sections = chain::sections_text(sections);
        let content = chain::content(&sections);
        let number = self.entry as u64;
        let hash = chain::entry_hash(number, act, self.last_posting, &content, &self.previous.hash);
        self.connection
            .execute(
                "INSERT INTO entry (number, kind, today, made_by, second, os_user, host, note, last_posting, \
                 sections, content, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rusqlite::params![
                    self.entry,
                    act.kind.word(),
                    act.today.to_string(),
                    act.by.as_str(),
                    act.second.as_str(),
                    act.os_user.as_str(),
                    act.host.as_str(),
                    act.note.as_str(),
                    self.last_posting,
                    sections,
                    content,
                    self.previous.hash,
                    hash,
                ],
            )
            .map_err(sql)?;
        Ok(Head { number, hash })
    }
}

/// The derived columns of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LineState {
    pub entitlement: Money,
    pub balance: Money,
    pub written_off: Money,
    pub latest_entitlement: Option<i64>,
    pub settled: Option<i64>,
    pub payment: Option<i64>,
    pub paid_to_word: Option<i64>,
    pub returned: Option<i64>,
    pub unanswered: i64,
    pub held_since: Option<i64>,
}

impl LineState {
    /// What one posting does to the sums.
    pub fn apply(
        &mut self,
        id: i64,
        kind: PostingKind,
        amount: Money,
        payment: Option<i64>,
    ) -> Result<(), Fault> {
        let add = |sum: Money| {
            sum.checked_add(amount).ok_or_else(|| Fault::new(Exit::Unbalanced, "ledger-sum-too-large"))
        };
        self.balance = add(self.balance)?;
        if kind.is_entitlement() {
            self.entitlement = add(self.entitlement)?;
            self.latest_entitlement = Some(id);
        }
        match kind {
            PostingKind::WriteOff | PostingKind::WriteOffReversed => {
                self.written_off = add(self.written_off)?
            }
            PostingKind::Payment => {
                self.payment = payment;
                self.returned = None;
            }
            // Until the next payment, also when it turns out to be paid after all (DESIGN §12, `reissued`).
            PostingKind::Return => self.returned = payment,
            _ => {}
        }
        Ok(())
    }

    pub fn cells(&self) -> [Cell<'static>; 10] {
        [
            Cell::Int(self.entitlement.fen()),
            Cell::Int(self.balance.fen()),
            Cell::Int(self.written_off.fen()),
            Cell::maybe(self.latest_entitlement),
            Cell::maybe(self.settled),
            Cell::maybe(self.payment),
            Cell::maybe(self.paid_to_word),
            Cell::maybe(self.returned),
            Cell::Int(self.unanswered),
            Cell::maybe(self.held_since),
        ]
    }
}

/// Whether a posting's sign fits its kind (DESIGN §10).
pub(super) fn sign_fits(kind: PostingKind, amount: Money) -> bool {
    use PostingKind::*;
    match kind {
        OpeningEntitled | Current | Advance | Arrears | Return | Repayment | WriteOff => amount.is_positive(),
        OpeningPaid | Recovery | WriteOffReversed | Payment | PaidAfterAll => amount.is_negative(),
        Offset | Transfer | BankDifference => !amount.is_zero(),
    }
}

/// A line an entry touches.
pub(super) struct Touched<'p> {
    pub line: &'p Line,
    pub id: i64,
    pub is_new: bool,
    pub state: LineState,
}

/// The lines an entry touches, by position, found or given their ids. Ids of new lines follow month,
/// programme, beneficiary, case, so that a month lies together on disk.
pub(super) struct Lines<'p> {
    pub all: Vec<Touched<'p>>,
    index: FxHashMap<&'p Line, u32>,
}

impl<'p> Lines<'p> {
    /// Finds these lines (in line order, each once) and reads their states.
    pub fn find(writer: &mut Writer<'_>, lines: Vec<&'p Line>) -> Result<Lines<'p>, Fault> {
        let mut lines = lines;
        // Stable: within a month the order programme, beneficiary, case stays.
        lines.sort_by_key(|line| line.month);
        let connection = writer.connection;
        let mut next: i64 = connection
            .query_row("SELECT coalesce(max(id), 0) + 1 FROM line", [], |row| row.get(0))
            .map_err(sql)?;
        let mut find = connection
            .prepare(
                "SELECT id, entitlement, balance, written_off, latest_entitlement, settled, payment, \
                 paid_to_word, returned, unanswered, held_since FROM line \
                 WHERE month = ? AND programme = ? AND beneficiary = ? AND case_no = ?",
            )
            .map_err(sql)?;
        let mut any = connection
            .prepare("SELECT 1 FROM line WHERE month = ? AND programme = ? LIMIT 1")
            .map_err(sql)?;
        let mut group = None;
        let mut group_known = false;
        let mut all = Vec::with_capacity(lines.len());
        for line in lines {
            let programme = writer.programme(line.programme)?;
            if group != Some((line.month, programme)) {
                group = Some((line.month, programme));
                group_known = any.exists((line.month.index(), programme)).map_err(sql)?;
            }
            let mut known = None;
            if group_known {
                let beneficiary = line.beneficiary.to_string();
                known = find
                    .query_row((line.month.index(), programme, beneficiary, line.case_no.as_str()), |row| {
                        let money = |column| row.get(column).map(Money::from_fen);
                        Ok((
                            row.get(0)?,
                            LineState {
                                entitlement: money(1)?,
                                balance: money(2)?,
                                written_off: money(3)?,
                                latest_entitlement: row.get(4)?,
                                settled: row.get(5)?,
                                payment: row.get(6)?,
                                paid_to_word: row.get(7)?,
                                returned: row.get(8)?,
                                unanswered: row.get(9)?,
                                held_since: row.get(10)?,
                            },
                        ))
                    })
                    .optional()
                    .map_err(sql)?;
            }
            all.push(match known {
                Some((id, state)) => Touched { line, id, is_new: false, state },
                None => {
                    next += 1;
                    Touched { line, id: next - 1, is_new: true, state: LineState::default() }
                }
            });
        }
        let index = all.iter().map(|touched| touched.line).zip(0..).collect();
        Ok(Lines { all, index })
    }

    /// The position of a line among those found.
    pub fn position(&self, line: &Line) -> Result<usize, Fault> {
        self.index
            .get(line)
            .map(|&position| position as usize)
            .ok_or_else(|| misuse("a line that was not asked for"))
    }

    /// Positions in order of line id, the order in which rows of lines are written.
    pub fn by_id(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_unstable_by_key(|&position| self.all[position].id);
        order
    }

    /// Inserts the new lines and moves the derived columns of the others.
    pub fn store(&self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let connection = writer.connection;
        let mut update = connection
            .prepare(
                "UPDATE line SET entitlement = ?, balance = ?, written_off = ?, latest_entitlement = ?, \
                 settled = ?, payment = ?, paid_to_word = ?, returned = ?, unanswered = ?, held_since = ? \
                 WHERE id = ?",
            )
            .map_err(sql)?;
        for position in self.by_id() {
            let touched = &self.all[position];
            let state = touched.state.cells();
            if touched.is_new {
                let programme = writer.programme(touched.line.programme)?;
                let beneficiary = touched.line.beneficiary.to_string();
                let mut cells = [Cell::Null; 16];
                cells[..6].copy_from_slice(&[
                    Cell::Int(touched.id),
                    Cell::Int(writer.entry),
                    Cell::Int(i64::from(touched.line.month.index())),
                    Cell::Int(programme),
                    Cell::Text(&beneficiary),
                    Cell::Text(&touched.line.case_no),
                ]);
                cells[6..].copy_from_slice(&state);
                writer.insert(Chained::Line, &cells)?;
            } else {
                for (position, cell) in state.iter().enumerate() {
                    update.raw_bind_parameter(position + 1, cell).map_err(sql)?;
                }
                update.raw_bind_parameter(state.len() + 1, touched.id).map_err(sql)?;
                update.raw_execute().map_err(sql)?;
            }
        }
        Ok(())
    }
}

/// A posting row ready to be written.
pub(super) struct PostingRow<'p> {
    pub line: i64,
    pub id: i64,
    pub kind_word: i64,
    pub amount: Money,
    pub cause_word: Option<i64>,
    pub corrects: Option<i64>,
    pub payment: Option<i64>,
    pub document: &'p str,
}

/// Writes postings in order of line and id.
pub(super) fn store_postings(writer: &mut Writer<'_>, mut rows: Vec<PostingRow<'_>>) -> Result<(), Fault> {
    rows.sort_unstable_by_key(|row| (row.line, row.id));
    for row in &rows {
        writer.insert(
            Chained::Posting,
            &[
                Cell::Int(row.line),
                Cell::Int(row.id),
                Cell::Int(writer.entry),
                Cell::Int(row.kind_word),
                Cell::Int(row.amount.fen()),
                Cell::maybe(row.cause_word),
                Cell::maybe(row.corrects),
                Cell::maybe(row.payment),
                Cell::text(Some(row.document).filter(|text| !text.is_empty())),
            ],
        )?;
    }
    Ok(())
}
