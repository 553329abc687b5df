//! `manifest.json`: what a run read and wrote.

use std::io::{self, Write};

use serde::Serialize;

use crate::domain::{Month, Tally};

use super::super::facts::{OutputFile, RunFacts};
use super::{DraftedFile, Sum, drafted_files, sum, write_json};

#[derive(Serialize)]
struct Manifest<'a> {
    run: u32,
    kind: &'static str,
    dry_run: bool,
    cycle: Month,
    months: &'a [Month],
    today: String,
    by: &'a str,
    tool: Tool,
    policy: Policy<'a>,
    ledger_head_before: &'a str,
    total: Sum,
    inputs: Vec<Input<'a>>,
    outputs: Vec<Output<'a>>,
    bank_files: Vec<DraftedFile<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    rules: u32,
}

#[derive(Serialize)]
struct Policy<'a> {
    name: &'a str,
    digest: &'a str,
}

#[derive(Serialize)]
struct Input<'a> {
    path: &'a str,
    sha256: &'a str,
    rows: u64,
}

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    sha256: &'a str,
    rows: u64,
    fen: i64,
}

/// `manifest.json`: what went in, what came out, by which tool and rules. `outputs` are the files
/// written before it.
///
/// # Errors
/// What the writer says.
pub fn manifest(facts: &RunFacts<'_>, outputs: &[OutputFile], out: &mut dyn Write) -> io::Result<()> {
    let mut inputs: Vec<Input<'_>> = facts
        .inputs
        .iter()
        .map(|input| Input { path: &input.path, sha256: &input.sha256, rows: input.rows })
        .collect();
    inputs.sort_by(|a, b| a.path.cmp(b.path));
    let mut outputs: Vec<Output<'_>> = outputs
        .iter()
        .map(|output| Output {
            name: &output.name,
            sha256: &output.sha256,
            rows: output.wrote.rows,
            fen: output.wrote.amount.fen(),
        })
        .collect();
    outputs.sort_by(|a, b| a.name.cmp(b.name));
    let total = Tally { count: facts.plan.payments.len() as u64, money: facts.plan.total() };
    let manifest = Manifest {
        run: facts.run,
        kind: facts.kind.word(),
        dry_run: facts.run == 0,
        cycle: facts.cycle,
        months: facts.months,
        today: facts.today.to_string(),
        by: facts.by,
        tool: Tool { name: "disburse", version: env!("CARGO_PKG_VERSION"), rules: facts.rules_version },
        policy: Policy { name: &facts.rulebook.name, digest: &facts.rulebook.digest },
        ledger_head_before: facts.ledger_head,
        total: sum(total),
        inputs,
        outputs,
        bank_files: drafted_files(facts),
    };
    write_json(out, &manifest)
}
