//! What was done outside runs: which of a cycle's lists it is, and whether a command was completed
//! before.

use rusqlite::OptionalExtension;

use crate::domain::{Fault, Line, Month, Text};

use super::Ledger;
use super::book::Names;
use super::fault::{damaged, sql};
use super::record::{Decided, DecisionKind, EntryKind};

/// A two-person command that was completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The entry it became.
    pub entry: u64,
    /// Who asked.
    pub by: Text,
    /// Who completed it.
    pub second: Text,
}

impl Ledger {
    /// Where what an entry posted is listed: the latest cycle released before it, and which list of that
    /// cycle it is, from 1. `None` for releases and holds, and before the first release. From the ledger
    /// alone, so that a list lost in a crash is written again under its own number.
    ///
    /// # Errors
    /// Database faults.
    pub fn listed_as(&self, entry: u64) -> Result<Option<(Month, u32)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT n.number, n.kind, x.cycle FROM entry n LEFT JOIN release x ON x.entry = n.number \
                 WHERE n.number <= ? ORDER BY n.number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([entry as i64]).map_err(sql)?;
        let (mut latest, mut number) = (None, 0);
        while let Some(row) = rows.next().map_err(sql)? {
            let cycle: Option<i32> = row.get(2).map_err(sql)?;
            if cycle > latest {
                (latest, number) = (cycle, 0);
            }
            let kind: String = row.get(1).map_err(sql)?;
            let kind = EntryKind::from_word(&kind).ok_or_else(|| damaged("entry: kind"))?;
            // Before the first release nothing is listed, nor counted.
            let place = latest.filter(|_| kind.is_listed()).map(Month::from_index);
            number += u32::from(place.is_some());
            let this: i64 = row.get(0).map_err(sql)?;
            if this as u64 == entry {
                return Ok(place.map(|month| (month, number)));
            }
        }
        Ok(None)
    }

    /// Programme codes in the order of the pack that the latest release before an entry was drafted with,
    /// then those that only the ledger knows: the order of that entry's list.
    ///
    /// # Errors
    /// Database faults.
    pub fn codes_of_latest_release(&self, entry: u64) -> Result<Vec<Text>, Fault> {
        let run: Option<u32> = self
            .connection
            .query_row(
                "SELECT run FROM release WHERE entry < ? ORDER BY entry DESC LIMIT 1",
                [entry as i64],
                |row| row.get(0),
            )
            .optional()
            .map_err(sql)?;
        let meta = run.map(|run| self.release_meta(run)).transpose()?.flatten();
        let codes = meta.map(|(meta, _, _)| meta.codes).unwrap_or_default();
        self.programme_codes(&codes.into_iter().map(Text::from).collect::<Vec<_>>())
    }

    /// How many events there are that the chain does not cover: of runs, requests, and of those.
    ///
    /// # Errors
    /// Database faults.
    pub fn stamp(&self) -> Result<String, Fault> {
        self.connection
            .query_row(
                "SELECT (SELECT count(*) FROM run_event) || ' ' || (SELECT count(*) FROM request) || ' ' || \
                   (SELECT count(*) FROM request_event)",
                [],
                |row| row.get(0),
            )
            .map_err(sql)
    }

    /// The entry that took a file in, by its digest.
    ///
    /// # Errors
    /// Database faults.
    pub fn entry_of_file(&self, sha256: &str) -> Result<Option<u64>, Fault> {
        self.connection
            .query_row("SELECT min(entry) FROM answer_file WHERE sha256 = ?", [sha256], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .map(|entry| entry.map(|entry| entry as u64))
            .map_err(sql)
    }

    /// The positions of those of these lines that the ledger knows, ascending. `codes` as from
    /// [`Ledger::programme_codes`].
    ///
    /// # Errors
    /// Database faults.
    pub fn known_lines(&self, lines: &[Line], codes: &[Text]) -> Result<Vec<usize>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let ids = names.in_order();
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM line WHERE month = ? AND programme = ? AND beneficiary = ? AND case_no = ?",
            )
            .map_err(sql)?;
        let mut known = Vec::new();
        for (position, line) in lines.iter().enumerate() {
            let Some((_, id)) = ids.iter().find(|(programme, _)| *programme == line.programme) else {
                continue;
            };
            let beneficiary = line.beneficiary.to_string();
            let cells = (line.month.index(), id, beneficiary, line.case_no.as_str());
            if statement.exists(cells).map_err(sql)? {
                known.push(position);
            }
        }
        Ok(known)
    }

    /// Digest and name of every file taken in outside runs.
    ///
    /// # Errors
    /// Database faults.
    pub fn files_taken_in(&self) -> Result<Vec<(String, String)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT sha256, name FROM answer_file ORDER BY entry, number")
            .map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// Digest and name of every input of every release.
    ///
    /// # Errors
    /// Database faults.
    pub fn released_inputs(&self) -> Result<Vec<(String, String)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT sha256, min(name) FROM input GROUP BY sha256 ORDER BY sha256")
            .map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// The latest completed two-person command with this very text, if any.
    ///
    /// # Errors
    /// Database faults.
    pub fn completed_request(&self, kind: &str, body: &str) -> Result<Option<Completed>, Fault> {
        self.connection
            .query_row(
                "SELECT e.entry, r.made_by, e.made_by FROM request r JOIN request_event e ON e.request = r.id \
                 WHERE e.event = 'completed' AND r.kind = ? AND r.body = ? ORDER BY e.id DESC LIMIT 1",
                [kind, body],
                |row| {
                    Ok(Completed {
                        entry: row.get::<_, i64>(0)? as u64,
                        by: row.get::<_, String>(1)?.into(),
                        second: row.get::<_, String>(2)?.into(),
                    })
                },
            )
            .optional()
            .map_err(sql)
    }

    /// The latest `hold` or `clear` of exactly this beneficiary and programme.
    ///
    /// # Errors
    /// Database faults.
    pub fn latest_hold(
        &self,
        beneficiary: &crate::domain::Beneficiary,
        programme: Option<crate::domain::Programme>,
        codes: &[Text],
    ) -> Result<Option<Decided>, Fault> {
        let of = |decided: &Decided| {
            let decision = &decided.decision;
            matches!(decision.kind, DecisionKind::Hold | DecisionKind::Clear)
                && decision.beneficiary.as_ref() == Some(beneficiary)
                && decision.programme == programme
        };
        Ok(self.decisions(codes)?.into_iter().rfind(of))
    }
}

impl EntryKind {
    /// Whether `answers.csv` lists what an entry of this kind posted (DESIGN §12).
    fn is_listed(self) -> bool {
        match self {
            EntryKind::Answers
            | EntryKind::Decision
            | EntryKind::Opening
            | EntryKind::Recall
            | EntryKind::Recover => true,
            EntryKind::Release | EntryKind::Hold | EntryKind::Clear | EntryKind::Restore => false,
        }
    }
}
