//! What the derived columns must be, from chained rows alone: `verify` compares them with what is
//! stored, and a ledger as of an earlier entry gets them from here. Written apart from the code that
//! moves them entry by entry (`post`, `release`), so that each checks the other.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, Rows, Statement};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{Beneficiary, Fault, Month, PostingKind};

use super::fault::{damaged, sql};
use super::lines::{money, text};
use super::record::PaymentState;
use super::write::LineState;

/// A payment with its derived columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DerivedPayment {
    pub number: i64,
    pub state: i64,
    pub lifted: Option<i64>,
}

/// What only a look over the whole ledger can say.
pub(super) struct Derived {
    /// Failed payments whose failure holds nothing any more, with the entry since.
    lifted: FxHashMap<i64, i64>,
    /// Payments no bank has answered, by line.
    unanswered: FxHashMap<i64, i64>,
    /// The same by run.
    unanswered_of_run: BTreeMap<i64, i64>,
    /// Since when lines are on hold.
    held_since: FxHashMap<i64, i64>,
    /// Payments to organisations: the word of the organisation's name.
    organisations: FxHashMap<i64, i64>,
    /// The empty word, once there is a payment.
    nobody: Option<i64>,
    kinds: FxHashMap<i64, PostingKind>,
}

impl Derived {
    /// Reads what is needed; memory grows with what is open, not with the ledger's length.
    pub fn read(connection: &Connection) -> Result<Derived, Fault> {
        let words = words(connection)?;
        let kinds =
            words.iter().filter_map(|(text, id)| Some((*id, PostingKind::from_word(text)?))).collect();
        let mut derived = Derived {
            lifted: lifted(connection)?,
            unanswered: FxHashMap::default(),
            unanswered_of_run: BTreeMap::new(),
            held_since: FxHashMap::default(),
            organisations: FxHashMap::default(),
            nobody: words.get("").copied(),
            kinds,
        };
        let mut open: FxHashSet<i64> = FxHashSet::default();
        derived.payments(connection, |payment, _| {
            if payment.state == PaymentState::Released.number() {
                open.insert(payment.number);
            }
            Ok(())
        })?;
        for number in &open {
            *derived.unanswered_of_run.entry(number / 10_000_000).or_default() += 1;
        }
        each(connection, "SELECT payment, line FROM payment_item", |row| {
            if open.contains(&integer(row, 0)?) {
                *derived.unanswered.entry(integer(row, 1)?).or_default() += 1;
            }
            Ok(())
        })?;
        let latest = "SELECT line, since FROM held WHERE entry = (SELECT max(entry) FROM release)";
        each(connection, latest, |row| {
            derived.held_since.insert(integer(row, 0)?, integer(row, 1)?);
            Ok(())
        })?;
        each(connection, "SELECT id, payee_name FROM payment WHERE organisation <> 0", |row| {
            let word = words.get(text(row, 1)?.as_str()).copied();
            let word = word.ok_or_else(|| damaged("an organisation's word is missing"))?;
            derived.organisations.insert(integer(row, 0)?, word);
            Ok(())
        })?;
        Ok(derived)
    }

    /// Every payment in order, as it must be and as it is stored.
    pub fn payments(
        &self,
        connection: &Connection,
        mut with: impl FnMut(DerivedPayment, DerivedPayment) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement =
            connection.prepare("SELECT id, state, lifted FROM payment ORDER BY id").map_err(sql)?;
        let mut answers = connection
            .prepare(
                "SELECT a.payment, w.text FROM answer a JOIN word w ON w.id = a.status_word \
                 ORDER BY a.payment, a.entry, a.number",
            )
            .map_err(sql)?;
        let mut answers =
            Ahead::begin(&mut answers, |row| Ok((integer(row, 0)?, final_state(&text(row, 1)?))))?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let number = integer(row, 0)?;
            let stored = DerivedPayment { number, state: integer(row, 1)?, lifted: maybe_integer(row, 2)? };
            let mut state = PaymentState::Released;
            answers.up_to(number, |_, answer| {
                state = answer.unwrap_or(state);
                Ok(())
            })?;
            let state = state.number();
            let lifted = self.lifted.get(&number).copied();
            with(DerivedPayment { number, state, lifted }, stored)?;
        }
        Ok(())
    }

    /// Every line in order of its id, as it must be and as it is stored; `lost` gets the ids of postings
    /// that belong to no line.
    pub fn lines(
        &self,
        connection: &Connection,
        mut with: impl FnMut(i64, LineState, LineState) -> Result<(), Fault>,
        mut lost: impl FnMut(i64),
    ) -> Result<(), Fault> {
        let mut statement = connection
            .prepare(
                "SELECT id, entitlement, balance, written_off, latest_entitlement, settled, payment, \
                 paid_to_word, returned, unanswered, held_since FROM line ORDER BY id",
            )
            .map_err(sql)?;
        let mut postings = connection
            .prepare("SELECT line, id, kind_word, amount, payment FROM posting ORDER BY line, id")
            .map_err(sql)?;
        let mut postings = Ahead::begin(&mut postings, |row| {
            let (id, kind) = (integer(row, 1)?, integer(row, 2)?);
            Ok((integer(row, 0)?, (id, kind, money(row, 3)?, maybe_integer(row, 4)?)))
        })?;
        let mut settled = connection
            .prepare("SELECT line, max(entry) FROM settled GROUP BY line ORDER BY line")
            .map_err(sql)?;
        let mut settled = Ahead::begin(&mut settled, |row| Ok((integer(row, 0)?, maybe_integer(row, 1)?)))?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let id = integer(row, 0)?;
            let mut state = LineState::default();
            postings.up_to(id, |line, (posting, kind, amount, payment)| {
                if line < id {
                    lost(posting);
                    return Ok(());
                }
                let kind = self.kinds.get(&kind).copied().ok_or_else(|| damaged("posting: kind"))?;
                state.apply(posting, kind, amount, payment)
            })?;
            settled.up_to(id, |line, entry| {
                if line == id {
                    state.settled = entry;
                }
                Ok(())
            })?;
            let paid_to = |payment| self.organisations.get(&payment).copied().or(self.nobody);
            state.paid_to_word = state.payment.and_then(paid_to);
            state.unanswered = self.unanswered.get(&id).copied().unwrap_or(0);
            state.held_since = self.held_since.get(&id).copied();
            let stored = LineState {
                entitlement: money(row, 1)?,
                balance: money(row, 2)?,
                written_off: money(row, 3)?,
                latest_entitlement: maybe_integer(row, 4)?,
                settled: maybe_integer(row, 5)?,
                payment: maybe_integer(row, 6)?,
                paid_to_word: maybe_integer(row, 7)?,
                returned: maybe_integer(row, 8)?,
                unanswered: integer(row, 9)?,
                held_since: maybe_integer(row, 10)?,
            };
            with(id, state, stored)?;
        }
        postings.up_to(i64::MAX, |_, (posting, ..)| {
            lost(posting);
            Ok(())
        })
    }

    /// Payments of a run that no bank has answered.
    pub fn unanswered_of_run(&self, run: i64) -> i64 {
        self.unanswered_of_run.get(&run).copied().unwrap_or(0)
    }

    /// Writes every derived column into a ledger that has none yet.
    pub fn store(&self, connection: &Connection) -> Result<(), Fault> {
        let mut update =
            connection.prepare("UPDATE payment SET state = ?, lifted = ? WHERE id = ?").map_err(sql)?;
        self.payments(connection, |payment, stored| {
            if payment != stored {
                update.execute((payment.state, payment.lifted, payment.number)).map_err(sql)?;
            }
            Ok(())
        })?;
        let mut update = connection
            .prepare(
                "UPDATE line SET entitlement = ?, balance = ?, written_off = ?, latest_entitlement = ?, \
                 settled = ?, payment = ?, paid_to_word = ?, returned = ?, unanswered = ?, held_since = ? \
                 WHERE id = ?",
            )
            .map_err(sql)?;
        let mut lines: Vec<(i64, LineState)> = Vec::new();
        // Ids of open lines move in an index while they are read: collected first.
        self.lines(
            connection,
            |id, state, _| {
                lines.push((id, state));
                Ok(())
            },
            |_| {},
        )?;
        for (id, state) in lines {
            let cells = state.cells();
            for (position, cell) in cells.iter().enumerate() {
                update.raw_bind_parameter(position + 1, cell).map_err(sql)?;
            }
            update.raw_bind_parameter(cells.len() + 1, id).map_err(sql)?;
            update.raw_execute().map_err(sql)?;
        }
        let mut runs = Vec::new();
        each(connection, "SELECT run FROM release", |row| {
            runs.push(integer(row, 0)?);
            Ok(())
        })?;
        for run in runs {
            connection
                .execute(
                    "UPDATE release SET unanswered = ? WHERE run = ?",
                    (self.unanswered_of_run(run), run),
                )
                .map_err(sql)?;
        }
        Ok(())
    }
}

/// The state an answer brings, if it is one.
fn final_state(status: &str) -> Option<PaymentState> {
    match status {
        "paid" => Some(PaymentState::Paid),
        "failed" => Some(PaymentState::Failed),
        "recalled" => Some(PaymentState::Recalled),
        _ => None,
    }
}

/// A payment of an account to which a payment once failed.
struct Suspect {
    run: i64,
    account: usize,
    state: PaymentState,
    lifted: Option<i64>,
}

/// Failures that hold nothing any more, with the entry since: a payment of a later run to the account is
/// paid, at that entry or before (DESIGN §10, `account-failed`). A new answer to the payment itself begins
/// anew.
fn lifted(connection: &Connection) -> Result<FxHashMap<i64, i64>, Fault> {
    let mut suspects = suspects(connection)?;
    if suspects.is_empty() {
        return Ok(FxHashMap::default());
    }
    let mut accounts: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    for (number, suspect) in &suspects {
        accounts.entry(suspect.account).or_default().push(*number);
    }
    // What happened, in order of entries.
    let mut events: BTreeMap<i64, Vec<(i64, PaymentState)>> = BTreeMap::new();
    let answers = "SELECT a.entry, a.payment, w.text FROM answer a JOIN word w ON w.id = a.status_word \
        ORDER BY a.entry, a.number";
    each(connection, answers, |row| {
        let payment = integer(row, 1)?;
        if let Some(state) = final_state(&text(row, 2)?).filter(|_| suspects.contains_key(&payment)) {
            events.entry(integer(row, 0)?).or_default().push((payment, state));
        }
        Ok(())
    })?;
    for (entry, answers) in events {
        let mut failed_now = Vec::new();
        for (number, state) in answers {
            let Some(suspect) = suspects.get_mut(&number) else { continue };
            (suspect.state, suspect.lifted) = (state, None);
            let (run, account) = (suspect.run, suspect.account);
            match state {
                PaymentState::Paid => lift_earlier(&mut suspects, &accounts[&account], run, entry),
                PaymentState::Failed => failed_now.push(account),
                _ => {}
            }
        }
        // A failure told after a later payment there was paid.
        for account in failed_now {
            let paid = accounts[&account].iter().filter_map(|number| suspects.get(number));
            let paid =
                paid.filter(|suspect| suspect.state == PaymentState::Paid).map(|suspect| suspect.run).max();
            if let Some(run) = paid {
                lift_earlier(&mut suspects, &accounts[&account], run, entry);
            }
        }
    }
    Ok(suspects.into_iter().filter_map(|(number, suspect)| Some((number, suspect.lifted?))).collect())
}

/// Lifts the open failures of runs before this one at an account.
fn lift_earlier(suspects: &mut BTreeMap<i64, Suspect>, at: &[i64], run: i64, entry: i64) {
    for number in at {
        if let Some(suspect) = suspects.get_mut(number)
            && suspect.state == PaymentState::Failed
            && suspect.lifted.is_none()
            && suspect.run < run
        {
            suspect.lifted = Some(entry);
        }
    }
}

/// Payments of every account to which a payment ever failed, none of them answered yet.
fn suspects(connection: &Connection) -> Result<BTreeMap<i64, Suspect>, Fault> {
    let key = "bank_word, account_no, coalesce(account_name, payee_name)";
    let mut accounts: FxHashMap<(i64, String, String), usize> = FxHashMap::default();
    let account = |row: &Row<'_>| -> Result<(i64, String, String), Fault> {
        Ok((integer(row, 0)?, text(row, 1)?.into(), text(row, 2)?.into()))
    };
    let failed = format!(
        "SELECT {key} FROM payment WHERE id IN ( \
         SELECT a.payment FROM answer a JOIN word w ON w.id = a.status_word WHERE w.text = 'failed')"
    );
    each(connection, &failed, |row| {
        let next = accounts.len();
        accounts.entry(account(row)?).or_insert(next);
        Ok(())
    })?;
    let mut suspects = BTreeMap::new();
    if accounts.is_empty() {
        return Ok(suspects);
    }
    each(connection, &format!("SELECT {key}, id FROM payment"), |row| {
        if let Some(account) = accounts.get(&account(row)?) {
            let number = integer(row, 3)?;
            let suspect = Suspect {
                run: number / 10_000_000,
                account: *account,
                state: PaymentState::Released,
                lifted: None,
            };
            suspects.insert(number, suspect);
        }
        Ok(())
    })?;
    Ok(suspects)
}

/// A row's line, for messages: programme code, beneficiary masked, month, and the entry that made it.
pub(super) fn named_line(connection: &Connection, id: i64) -> Result<(String, String, String, u64), Fault> {
    let mut statement = connection
        .prepare_cached(
            "SELECT coalesce(g.code, '?'), l.beneficiary, l.month, l.entry FROM line l \
             LEFT JOIN programme g ON g.id = l.programme WHERE l.id = ?",
        )
        .map_err(sql)?;
    let mut rows = statement.query([id]).map_err(sql)?;
    let Some(row) = rows.next().map_err(sql)? else { return Err(damaged("a line is missing")) };
    let who = Beneficiary::parse(&text(row, 1)?).map_or_else(|| "?".to_owned(), |who| who.masked());
    let month = Month::from_index(row.get(2).map_err(sql)?).to_string();
    Ok((text(row, 0)?.into(), who, month, integer(row, 3)?.unsigned_abs()))
}

fn words(connection: &Connection) -> Result<FxHashMap<String, i64>, Fault> {
    let mut words = FxHashMap::default();
    each(connection, "SELECT text, id FROM word", |row| {
        words.insert(text(row, 0)?.into(), integer(row, 1)?);
        Ok(())
    })?;
    Ok(words)
}

/// Does something with every row of a question.
pub(super) fn each(
    connection: &Connection,
    question: &str,
    mut with: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare(question).map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        with(row)?;
    }
    Ok(())
}

pub(super) fn integer(row: &Row<'_>, column: usize) -> Result<i64, Fault> {
    row.get(column).map_err(sql)
}

pub(super) fn maybe_integer(row: &Row<'_>, column: usize) -> Result<Option<i64>, Fault> {
    row.get(column).map_err(sql)
}

/// Rows in order of a number, read alongside others in that order.
struct Ahead<'s, T> {
    rows: Rows<'s>,
    read: fn(&Row<'_>) -> Result<(i64, T), Fault>,
    /// The row that waits, with its number; `None` at the end.
    waiting: Option<(i64, T)>,
}

impl<'s, T> Ahead<'s, T> {
    fn begin(
        statement: &'s mut Statement<'_>,
        read: fn(&Row<'_>) -> Result<(i64, T), Fault>,
    ) -> Result<Ahead<'s, T>, Fault> {
        let mut ahead = Ahead { rows: statement.query([]).map_err(sql)?, read, waiting: None };
        ahead.advance()?;
        Ok(ahead)
    }

    fn advance(&mut self) -> Result<Option<(i64, T)>, Fault> {
        let next = self.rows.next().map_err(sql)?.map(self.read).transpose()?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }

    /// Does something with every waiting row up to and including a number.
    fn up_to(&mut self, number: i64, mut with: impl FnMut(i64, T) -> Result<(), Fault>) -> Result<(), Fault> {
        while self.waiting.as_ref().is_some_and(|(waiting, _)| *waiting <= number) {
            if let Some((of, row)) = self.advance()? {
                with(of, row)?;
            }
        }
        Ok(())
    }
}
