//! Everything computed again: the chain, what each entry wrote, sums against postings, payments against
//! their items, and the heads that were written down outside.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rustc_hash::FxHashMap;

use crate::domain::{Beneficiary, Exit, Fault, Finding, Money, Month, Place, PostingKind, Severity};

use super::Ledger;
use super::book::Names;
use super::chain::{self, Section};
use super::fault::{damaged, sql};
use super::lines::text;
use super::record::Head;
use super::schema::TABLES;
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
        self.verify_chain(heads, &mut findings)?;
        self.verify_sums(&mut findings)?;
        self.verify_payments(&mut findings)?;
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

    /// Derived sums of lines against their postings, both in order of line.
    fn verify_sums(&self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let names = Names::read(&self.connection, &[])?;
        let mut kinds: FxHashMap<i64, PostingKind> = FxHashMap::default();
        let mut lines = self
            .connection
            .prepare(
                "SELECT l.id, l.entry, l.entitlement, l.balance, l.written_off, l.latest_entitlement, \
                 l.beneficiary, l.month, g.code FROM line l JOIN programme g ON g.id = l.programme ORDER BY l.id",
            )
            .map_err(sql)?;
        let mut postings = self
            .connection
            .prepare("SELECT line, id, kind_word, amount, payment FROM posting ORDER BY line, id")
            .map_err(sql)?;
        let mut lines = lines.query([]).map_err(sql)?;
        let mut postings = postings.query([]).map_err(sql)?;
        let mut posting = postings.next().map_err(sql)?;
        while let Some(line) = lines.next().map_err(sql)? {
            let id: i64 = line.get(0).map_err(sql)?;
            let mut state = LineState::default();
            while let Some(row) = posting {
                let of: i64 = row.get(0).map_err(sql)?;
                if of > id {
                    break;
                }
                if of < id {
                    findings.push(finding("ledger-posting-lost", row.get::<_, i64>(1).map_err(sql)? as u64));
                } else {
                    let word: i64 = row.get(2).map_err(sql)?;
                    let kind = match kinds.get(&word) {
                        Some(kind) => *kind,
                        None => {
                            let kind = PostingKind::from_word(&names.word(word)?)
                                .ok_or_else(|| damaged("posting: kind"))?;
                            kinds.insert(word, kind);
                            kind
                        }
                    };
                    let amount = Money::from_fen(row.get(3).map_err(sql)?);
                    state.apply(row.get(1).map_err(sql)?, kind, amount, row.get(4).map_err(sql)?)?;
                }
                posting = postings.next().map_err(sql)?;
            }
            let money = |column| line.get(column).map(Money::from_fen).map_err(sql);
            let stored = (money(2)?, money(3)?, money(4)?, line.get::<_, Option<i64>>(5).map_err(sql)?);
            if stored != (state.entitlement, state.balance, state.written_off, state.latest_entitlement) {
                let beneficiary =
                    Beneficiary::parse(&text(line, 6)?).map_or_else(String::new, |who| who.masked());
                findings.push(
                    finding("ledger-sum-differs", line.get::<_, i64>(1).map_err(sql)? as u64)
                        .with("programme", text(line, 8)?)
                        .with("beneficiary", beneficiary)
                        .with("month", Month::from_index(line.get(7).map_err(sql)?).to_string())
                        .with("stored", stored.1.to_string())
                        .with("sum", state.balance.to_string()),
                );
            }
        }
        while let Some(row) = posting {
            findings.push(finding("ledger-posting-lost", row.get::<_, i64>(1).map_err(sql)? as u64));
            posting = postings.next().map_err(sql)?;
        }
        Ok(())
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
