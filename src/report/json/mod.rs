//! `manifest.json` and `reconciliation.json` (DESIGN §12): the run for programs. Keys stand in a
//! stated order; money is whole fen under keys named `fen`, so that no reader meets a float.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::domain::Tally;

use super::facts::{ChangeKind, RunFacts};

mod manifest;
mod reconciliation;

pub use manifest::manifest;
pub use reconciliation::reconciliation;

#[derive(Serialize)]
struct Sum {
    count: u64,
    fen: i64,
}

fn sum(tally: Tally) -> Sum {
    Sum { count: tally.count, fen: tally.money.fen() }
}

fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// How many changes of each kind; every kind is there.
pub fn change_counts(facts: &RunFacts<'_>) -> BTreeMap<&'static str, u64> {
    let mut counts: BTreeMap<&'static str, u64> =
        ChangeKind::ALL.iter().map(|change| (change.word(), 0)).collect();
    for change in facts.changes {
        *counts.entry(change.change.word()).or_default() += 1;
    }
    counts
}

#[derive(Serialize)]
struct DraftedFile<'a> {
    name: &'a str,
    programme: &'a str,
    bank: &'a str,
    sha256: &'a str,
    rows: u64,
    fen: i64,
}

fn drafted_files<'a>(facts: &RunFacts<'a>) -> Vec<DraftedFile<'a>> {
    facts
        .bank_files
        .iter()
        .map(|file| DraftedFile {
            name: &file.name,
            programme: &facts.rulebook.rule(file.programme).code,
            bank: &file.bank,
            sha256: &file.sha256,
            rows: file.total.count,
            fen: file.total.money.fen(),
        })
        .collect()
}
