//! The open draft: at most one, kept whole so that `approve` releases exactly what was looked at.

use rayon::prelude::*;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use crate::crash;
use crate::domain::{Exit, Fault, Text};
use crate::settle::Plan;
use crate::words::Language;

use super::Ledger;
use super::fault::{damaged, misuse, sql};
use super::plan_form::{decode, encode};
use super::record::{DraftMeta, DraftNumber, DraftRecord, RunState};

/// How hard parts are pressed; 1 keeps up with the disk.
const LEVEL: i32 = 1;
/// Parts pressed side by side.
const SIDE_BY_SIDE: usize = 8;
/// Part numbers from here on hold the payments' places.
const PLACES: i64 = 1_000_000_000;

impl Ledger {
    /// The number a draft gets: that of the open draft where it is the same draft (same plan, inputs,
    /// policy, dates and files), else the next that was never used. `meta.run` and the bank files,
    /// which carry the number, are not looked at.
    pub fn number_for(&self, meta: &DraftMeta) -> Result<DraftNumber, Fault> {
        if let Some(open) = self.open_draft_meta()?
            && same_draft(&open, meta)
        {
            return Ok(DraftNumber { run: open.run, identical: true });
        }
        Ok(DraftNumber { run: self.next_run()?, identical: false })
    }

    /// The next run number that was never used.
    pub fn next_run(&self) -> Result<u32, Fault> {
        self.connection
            .query_row("SELECT coalesce(max(number), 0) + 1 FROM run", [], |row| row.get(0))
            .map_err(sql)
    }

    /// Keeps a draft; the open draft before it, of whatever cycle, is superseded. A draft under the
    /// open draft's number is that very draft, and nothing is written.
    ///
    /// # Errors
    /// The ledger moved since the plan was computed (exit 4); a number that is not the next (a bug).
    pub fn save_draft(&mut self, record: &DraftRecord) -> Result<(), Fault> {
        let meta = &record.meta;
        if record.places.len() != record.plan.payments.len() {
            return Err(misuse("a draft with payments that lie in no file"));
        }
        let open = self.open_draft_meta()?;
        if let Some(open) = &open
            && open.run == meta.run
        {
            return if same_draft(open, meta) && open.bank_files == meta.bank_files {
                Ok(())
            } else {
                Err(misuse("another draft under the number of the open one"))
            };
        }
        if meta.run != self.next_run()? {
            return Err(Fault::new(Exit::Locked, "draft-number-taken").with("run", meta.run.to_string()));
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        if super::book::head(&transaction)? != meta.head_before {
            return Err(Fault::new(Exit::Locked, "draft-stale")
                .with("run", meta.run.to_string())
                .with("what", ""));
        }
        if let Some(open) = open {
            let why = format!("run {}", meta.run);
            event(
                &transaction,
                open.run,
                RunState::Superseded,
                &meta.today.to_string(),
                &meta.drafted_by,
                &why,
                None,
            )?;
            clear(&transaction, open.run)?;
        }
        transaction
            .execute(
                "INSERT INTO run (number, kind, cycle, drafted_by, drafted_on, total, payments) \
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    meta.run,
                    meta.kind.word(),
                    meta.cycle.index(),
                    meta.drafted_by,
                    meta.today.to_string(),
                    meta.total.fen(),
                    meta.payments
                ],
            )
            .map_err(sql)?;
        event(
            &transaction,
            meta.run,
            RunState::Drafted,
            &meta.today.to_string(),
            &meta.drafted_by,
            "",
            None,
        )?;
        store(&transaction, record)?;
        crash::point("draft-written");
        transaction.commit().map_err(sql)?;
        crash::point("draft-committed");
        Ok(())
    }

    /// Drops the open draft.
    ///
    /// # Errors
    /// The run is not the open draft (exit 3).
    pub fn reject(&mut self, run: u32, today: chrono::NaiveDate, by: &str, why: &str) -> Result<(), Fault> {
        if self.open_draft_meta()?.is_none_or(|open| open.run != run) {
            return Err(not_open(run));
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        event(&transaction, run, RunState::Rejected, &today.to_string(), by, why, None)?;
        clear(&transaction, run)?;
        crash::point("reject-written");
        transaction.commit().map_err(sql)?;
        crash::point("reject-committed");
        Ok(())
    }

    /// About the open draft.
    pub fn open_draft_meta(&self) -> Result<Option<DraftMeta>, Fault> {
        let meta: Option<String> = self
            .connection
            .query_row("SELECT meta FROM draft", [], |row| row.get(0))
            .optional()
            .map_err(sql)?;
        meta.map(|text| serde_json::from_str(&text).map_err(|fault| damaged(&format!("draft: {fault}"))))
            .transpose()
    }

    /// The open draft, whole; its digest is checked.
    ///
    /// # Errors
    /// What is stored is not what was drafted (exit 5).
    pub fn open_draft(&self) -> Result<Option<DraftRecord>, Fault> {
        let Some(meta) = self.open_draft_meta()? else { return Ok(None) };
        let (plan, codes) = self.stored_plan(meta.run)?;
        let stored: Vec<&str> = codes.iter().map(Text::as_str).collect();
        if stored != meta.codes || super::plan_digest(&plan, &codes) != meta.plan_digest {
            return Err(damaged("draft: its digest differs"));
        }
        let places = self.stored_places(meta.run)?;
        if places.len() != plan.payments.len() {
            return Err(damaged("draft: places are missing"));
        }
        Ok(Some(DraftRecord { meta, plan, places }))
    }

    fn stored_plan(&self, run: u32) -> Result<(Plan, Vec<Text>), Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT bytes FROM draft_part WHERE run = ? AND part < ? ORDER BY part")
            .map_err(sql)?;
        let parts = statement.query_map(params![run, PLACES], |row| row.get::<_, Vec<u8>>(0)).map_err(sql)?;
        decode(parts.map(|part| unpack(&part.map_err(sql)?)))
    }

    fn stored_places(&self, run: u32) -> Result<Vec<(u32, u32)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT bytes FROM draft_part WHERE run = ? AND part >= ? ORDER BY part")
            .map_err(sql)?;
        let parts = statement.query_map(params![run, PLACES], |row| row.get::<_, Vec<u8>>(0)).map_err(sql)?;
        let mut places = Vec::new();
        for part in parts {
            for place in unpack(&part.map_err(sql)?)?.chunks_exact(8) {
                let number =
                    |bytes: &[u8]| bytes.iter().rev().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte));
                places.push((number(&place[..4]), number(&place[4..])));
            }
        }
        Ok(places)
    }
}

/// Whether two drafts are one: everything but the number and what carries it, who drafted it, and in which
/// language.
fn same_draft(a: &DraftMeta, b: &DraftMeta) -> bool {
    let key = |meta: &DraftMeta| {
        let mut meta = meta.clone();
        meta.run = 0;
        meta.bank_files.clear();
        meta.drafted_by.clear();
        meta.os_user.clear();
        meta.host.clear();
        meta.language = Language::default();
        meta
    };
    key(a) == key(b)
}

/// The fault of a run that is not the open draft.
pub(super) fn not_open(run: u32) -> Fault {
    Fault::new(Exit::Refused, "draft-not-open").with("run", run.to_string())
}

/// A state a run came to.
pub(super) fn event(
    transaction: &Transaction<'_>,
    run: u32,
    state: RunState,
    today: &str,
    by: &str,
    why: &str,
    entry: Option<i64>,
) -> Result<(), Fault> {
    transaction
        .execute(
            "INSERT INTO run_event (run, event, today, made_by, why, entry) VALUES (?, ?, ?, ?, ?, ?)",
            params![run, state.word(), today, by, why, entry],
        )
        .map_err(sql)?;
    Ok(())
}

/// Removes the scratch of a draft.
pub(super) fn clear(transaction: &Transaction<'_>, run: u32) -> Result<(), Fault> {
    transaction.execute("DELETE FROM draft_part WHERE run = ?", [run]).map_err(sql)?;
    transaction.execute("DELETE FROM draft WHERE run = ?", [run]).map_err(sql)?;
    Ok(())
}

fn store(transaction: &Transaction<'_>, record: &DraftRecord) -> Result<(), Fault> {
    let run = record.meta.run;
    let meta = serde_json::to_string(&record.meta).map_err(|fault| misuse(fault.to_string()))?;
    transaction.execute("INSERT INTO draft (run, meta) VALUES (?, ?)", params![run, meta]).map_err(sql)?;
    let mut insert =
        transaction.prepare("INSERT INTO draft_part (run, part, bytes) VALUES (?, ?, ?)").map_err(sql)?;
    let mut number = 0;
    let mut write = |waiting: &mut Vec<Vec<u8>>, first: i64| -> Result<(), Fault> {
        let pressed: Vec<Vec<u8>> =
            waiting.par_drain(..).map(|part| pack(&part)).collect::<Result<_, _>>()?;
        for part in pressed {
            insert.execute(params![run, first + number, part]).map_err(sql)?;
            number += 1;
        }
        Ok(())
    };
    let codes: Vec<Text> = record.meta.codes.iter().map(Text::from).collect();
    let mut waiting = Vec::new();
    encode(&record.plan, &codes, |part| {
        waiting.push(part);
        if waiting.len() < SIDE_BY_SIDE { Ok(()) } else { write(&mut waiting, 0) }
    })?;
    write(&mut waiting, 0)?;
    for places in record.places.chunks(1 << 18) {
        waiting.push(
            places.iter().flat_map(|(file, row)| [file.to_le_bytes(), row.to_le_bytes()].concat()).collect(),
        );
    }
    write(&mut waiting, PLACES)
}

fn pack(part: &[u8]) -> Result<Vec<u8>, Fault> {
    zstd::bulk::compress(part, LEVEL).map_err(|fault| misuse(fault.to_string()))
}

fn unpack(part: &[u8]) -> Result<Vec<u8>, Fault> {
    zstd::stream::decode_all(part).map_err(|fault| damaged(&format!("draft: {fault}")))
}
