//! Everything computed again: the chain, what each entry wrote, sums against postings, payments against
//! their items, and the heads that were written down outside.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rustc_hash::FxHashMap;

use crate::domain::{Exit, Fault, Finding, Money, Place, Severity};

use super::Ledger;
use super::book::Names;
use super::chain::{self, Section};
use super::derive::{Derived, each, integer, named_line};
use super::fault::sql;
use super::lines::text;
use super::record::Head;
use super::schema::{self, TABLES};
use super::write::LineState;

impl Ledger {
    /// Compares the ledger with the heads written down outside it (`archive/heads.log`), quickly: every
    /// command does. Gives the heads that are not written down yet (after a crash).
    ///
    /// # Errors
    /// The ledger is older than what was written down, or of another chain: a restored copy (exit 5).
    pub fn check_heads(&self, written: &[Head]) -> Result<Vec<Head>, Fault> {
        let last = written.iter().max_by_key(|head| head.number);
        let head = self.head()?;
        if let Some(last) = last.filter(|last| last.number > 0) {
            if last.number > head.number {
                return Err(Fault::new(Exit::Unbalanced, "ledger-older")
                    .with("written", last.number.to_string())
                    .with("found", head.number.to_string()));
            }
            if self.entry(last.number)?.is_none_or(|entry| entry.hash != last.hash) {
                return Err(Fault::new(Exit::Unbalanced, "ledger-other-chain"));
            }
        }
        let from = last.map_or(1, |last| last.number + 1);
        let entries = self.entries_from(from)?;
        Ok(entries.into_iter().map(|entry| Head { number: entry.number, hash: entry.hash }).collect())
    }

    /// Computes everything again and names what differs. No finding: nothing was altered since it was
    /// written, as far as `heads` (written down outside) vouch for the end of the chain.
    ///
    /// # Errors
    /// The database cannot be read at all.
    pub fn verify(&self, heads: &[Head]) -> Result<Vec<Finding>, Fault> {
        let mut findings = Vec::new();
        self.verify_file(&mut findings)?;
        if !findings.is_empty() {
            return Ok(findings);
        }
        for name in schema::altered(&self.connection)? {
            findings.push(finding("ledger-schema-altered", 0).with("name", name));
        }
        self.verify_chain(heads, &mut findings)?;
        // Where rows were altered, what is computed from them may not be computable.
        let altered = !findings.is_empty();
        for part in [Self::verify_derived, Self::verify_payments, Self::verify_runs] {
            match part(self, &mut findings) {
                Err(fault) if !(altered && fault.exit == Exit::Unbalanced) => return Err(fault),
                _ => {}
            }
        }
        Ok(findings)
    }

    fn verify_file(&self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(20)").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let message = text(row, 0)?;
            if message != "ok" {
                findings.push(finding("ledger-file-damaged", 0).with("detail", message));
            }
        }
        Ok(())
    }

    fn verify_chain(&self, heads: &[Head], findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let mut found = self.sections_found()?;
        let written = self.sections_written()?;
        let mut previous = Head::empty();
        let mut last_posting: FxHashMap<u64, (i64, String)> = FxHashMap::default();
        let mut statement =
            self.connection.prepare("SELECT number, last_posting, previous FROM entry").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let number: i64 = row.get(0).map_err(sql)?;
            last_posting.insert(number as u64, (row.get(1).map_err(sql)?, row.get(2).map_err(sql)?));
        }
        let entries = self.entries_from(0)?;
        for entry in &entries {
            for missing in previous.number + 1..entry.number {
                findings.push(finding("ledger-entry-missing", missing));
            }
            let (postings, before) = last_posting.remove(&entry.number).unwrap_or_default();
            let hash = chain::entry_hash(entry.number, &entry.act, postings, &entry.content, &before);
            let follows = entry.number != previous.number + 1 || before == previous.hash;
            if hash != entry.hash || !follows {
                findings.push(finding("ledger-chain-broken", entry.number));
            }
            let sections = written.get(&(entry.number as i64)).map_or("", String::as_str);
            if chain::content(sections) != entry.content {
                findings.push(finding("ledger-chain-broken", entry.number));
            }
            let now = found.remove(&(entry.number as i64)).map_or_else(String::new, chain::sections_text);
            for table in differing(sections, &now) {
                findings.push(finding("ledger-rows-altered", entry.number).with("table", table));
            }
            if let Some(head) = heads.iter().find(|head| head.number == entry.number)
                && head.hash != entry.hash
            {
                findings.push(finding("ledger-head-differs", entry.number));
            }
            previous = Head { number: entry.number, hash: entry.hash.clone() };
        }
        for number in heads.iter().map(|head| head.number).filter(|number| *number > previous.number) {
            findings.push(finding("ledger-entry-missing", number));
        }
        for (number, sections) in found {
            for table in differing("", &chain::sections_text(sections)) {
                findings.push(finding("ledger-rows-foreign", number.unsigned_abs()).with("table", table));
            }
        }
        Ok(())
    }

    /// What each entry says it wrote.
    fn sections_written(&self) -> Result<FxHashMap<i64, String>, Fault> {
        let mut statement = self.connection.prepare("SELECT number, sections FROM entry").map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// What each entry's rows are now.
    fn sections_found(&self) -> Result<BTreeMap<i64, Vec<Section>>, Fault> {
        let mut found: BTreeMap<i64, Vec<Section>> = BTreeMap::new();
        for (position, table) in TABLES.iter().enumerate() {
            let mut statement = self.connection.prepare(&table.select()).map_err(sql)?;
            let entry_column = table.entry_column();
            let mut rows = statement.query([]).map_err(sql)?;
            while let Some(row) = rows.next().map_err(sql)? {
                let entry = match row.get_ref(entry_column).map_err(sql)? {
                    ValueRef::Integer(entry) => entry,
                    _ => 0,
                };
                let sections = found.entry(entry).or_insert_with(|| vec![Section::default(); TABLES.len()]);
                for column in 0..table.columns.len() {
                    sections[position].cell(&row.get_ref(column).map_err(sql)?);
                }
                sections[position].end_row();
            }
        }
        Ok(found)
    }

    /// Derived columns against what chained rows say.
    fn verify_derived(&self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let connection = &self.connection;
        let derived = Derived::read(connection)?;
        let mut differing = Vec::new();
        let mut lost = Vec::new();
        derived.lines(
            connection,
            |id, should, stored| {
                if should != stored {
                    differing.push((id, should, stored));
                }
                Ok(())
            },
            |posting| lost.push(posting),
        )?;
        findings.extend(lost.into_iter().map(|posting| finding("ledger-posting-lost", posting as u64)));
        for (id, should, stored) in differing {
            let (programme, beneficiary, month, entry) = named_line(connection, id)?;
            let sums = |state: &LineState| {
                (state.entitlement, state.balance, state.written_off, state.latest_entitlement)
            };
            let found = if sums(&should) == sums(&stored) {
                finding("ledger-state-differs", entry).with("table", "line")
            } else {
                finding("ledger-sum-differs", entry)
                    .with("stored", stored.balance.to_string())
                    .with("sum", should.balance.to_string())
            };
            let whose = format!("{programme} {beneficiary} {month}");
            findings.push(
                found
                    .with("whose", whose)
                    .with("programme", programme)
                    .with("beneficiary", beneficiary)
                    .with("month", month),
            );
        }
        let mut payments = Vec::new();
        derived.payments(connection, |should, stored| {
            if should != stored {
                payments.push(should.number);
            }
            Ok(())
        })?;
        let names = Names::read(connection, &[])?;
        for number in payments {
            let id = names.payment_id(number).map_or_else(|_| number.to_string(), |id| id.to_string());
            findings.push(finding("ledger-state-differs", 0).with("table", "payment").with("whose", id));
        }
        each(connection, "SELECT run, unanswered, entry FROM release ORDER BY run", |row| {
            let run = integer(row, 0)?;
            if integer(row, 1)? != derived.unanswered_of_run(run) {
                let entry = integer(row, 2)?.unsigned_abs();
                let found = finding("ledger-state-differs", entry);
                findings.push(found.with("table", "release").with("whose", format!("run {run}")));
            }
            Ok(())
        })
    }

    /// Runs and their events, which the chain does not cover, against the releases, which it does.
    fn verify_runs(&self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let connection = &self.connection;
        let mut differs = |run: i64, entry: i64| {
            let found = finding("ledger-run-differs", entry.unsigned_abs());
            findings.push(found.with("run", run.to_string()));
        };
        each(
            connection,
            "SELECT x.run, x.entry FROM release x JOIN entry n ON n.number = x.entry \
             LEFT JOIN run r ON r.number = x.run WHERE r.number IS NULL OR r.kind <> x.kind \
               OR r.cycle <> x.cycle OR r.drafted_by <> x.drafted_by OR r.total <> x.total \
               OR r.payments <> x.payments OR x.drafted_by <> n.made_by OR x.approved_by <> n.second \
               OR 1 <> (SELECT count(*) FROM run_event e WHERE e.run = x.run AND e.event = 'released' \
                        AND e.entry = x.entry AND e.made_by = x.approved_by AND e.today = n.today) \
               OR 0 < (SELECT count(*) FROM run_event e WHERE e.run = x.run \
                       AND e.event NOT IN ('drafted', 'released', 'recalled', 'settled')) \
               OR (x.unanswered = 0) <> EXISTS (SELECT 1 FROM run_event e WHERE e.run = x.run AND e.event = 'settled') \
             ORDER BY x.run",
            |row| {
                differs(integer(row, 0)?, integer(row, 1)?);
                Ok(())
            },
        )?;
        // Every run was drafted first, by the run's drafter; only a release brings what comes after one; and what
        // an entry brought is of the entry's day and persons.
        each(
            connection,
            "SELECT r.number FROM run r WHERE \
               coalesce((SELECT event FROM run_event e WHERE e.run = r.number ORDER BY e.id LIMIT 1), '') <> 'drafted' \
               OR EXISTS (SELECT 1 FROM run_event e WHERE e.run = r.number AND e.entry IS NOT NULL \
                          AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.number = e.entry \
                                          AND n.today = e.today AND e.made_by IN (n.made_by, n.second))) \
               OR r.drafted_by <> (SELECT made_by FROM run_event e WHERE e.run = r.number ORDER BY e.id LIMIT 1) \
               OR (NOT EXISTS (SELECT 1 FROM release x WHERE x.run = r.number) AND EXISTS \
                   (SELECT 1 FROM run_event e WHERE e.run = r.number \
                    AND e.event NOT IN ('drafted', 'superseded', 'rejected'))) ORDER BY r.number",
            |row| {
                differs(integer(row, 0)?, 0);
                Ok(())
            },
        )?;
        // Nobody is both persons of a two-person entry.
        each(
            connection,
            "SELECT number FROM entry WHERE second <> '' AND second = made_by ORDER BY number",
            |row| {
                findings.push(finding("ledger-one-person", integer(row, 0)?.unsigned_abs()));
                Ok(())
            },
        )?;
        match self.open_draft() {
            Ok(_) => Ok(()),
            Err(fault) if fault.exit == Exit::Unbalanced => {
                let detail = fault.arguments.iter().find(|(name, _)| *name == "detail");
                let detail = detail.map_or("", |(_, detail)| detail.as_str()).to_owned();
                findings.push(finding("ledger-draft-damaged", 0).with("detail", detail));
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    /// Every payment: its items are its amount, and the `payment` postings that name it are minus that.
    fn verify_payments(&self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let names = Names::read(&self.connection, &[])?;
        let mut posted: FxHashMap<i64, i64> = FxHashMap::default();
        let mut statement = self
            .connection
            .prepare(
                "SELECT payment, amount FROM posting \
                 WHERE payment IS NOT NULL AND kind_word = (SELECT id FROM word WHERE text = 'payment')",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            *posted.entry(row.get(0).map_err(sql)?).or_default() += row.get::<_, i64>(1).map_err(sql)?;
        }
        let mut statement = self
            .connection
            .prepare(
                "SELECT p.id, p.amount, CASE WHEN p.line IS NOT NULL THEN p.amount ELSE \
                   (SELECT coalesce(sum(s.amount), 0) FROM payment_share s WHERE s.payment = p.id) END, \
                   p.current + p.arrears + p.advance + p.reissued - p.offset_used, p.entry FROM payment p ORDER BY p.id",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let (number, amount): (i64, i64) = (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?);
            let (items, columns): (i64, i64) = (row.get(2).map_err(sql)?, row.get(3).map_err(sql)?);
            let minus = posted.remove(&number).unwrap_or(0);
            if items != amount || columns != amount || minus != -amount {
                let id = names.payment_id(number).map_or_else(|_| number.to_string(), |id| id.to_string());
                findings.push(
                    finding("ledger-payment-differs", row.get::<_, i64>(4).map_err(sql)? as u64)
                        .with("payment", id)
                        .with("amount", Money::from_fen(amount).to_string())
                        .with("items", Money::from_fen(items).to_string()),
                );
            }
        }
        let mut lost: Vec<i64> = posted.into_keys().collect();
        lost.sort_unstable();
        for number in lost {
            let id = names.payment_id(number).map_or_else(|_| number.to_string(), |id| id.to_string());
            findings.push(
                finding("ledger-payment-differs", 0)
                    .with("payment", id)
                    .with("amount", Money::ZERO.to_string())
                    .with("items", Money::ZERO.to_string()),
            );
        }
        Ok(())
    }
}

fn finding(code: &'static str, entry: u64) -> Finding {
    let place = Place { file: "ledger.db".into(), row: entry as u32, ..Place::default() };
    Finding::new(code, Severity::Error, place).with("entry", entry.to_string())
}

/// The tables whose lines differ between two section texts.
fn differing(written: &str, now: &str) -> Vec<String> {
    let table = |line: &str| line.split(' ').next().unwrap_or("").to_owned();
    let mut tables: Vec<String> = written
        .lines()
        .filter(|line| !now.lines().any(|other| other == *line))
        .chain(now.lines().filter(|line| !written.lines().any(|other| other == *line)))
        .map(table)
        .collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}
