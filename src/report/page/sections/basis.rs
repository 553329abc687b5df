//! What the run rests on: figures that are not verified, bank files, inputs.

use serde::Serialize;

use crate::policy::Status;

use super::super::super::label::label;
use super::super::super::people::grouped_count;
use super::super::super::summary::Summary;
use super::super::figure::Figure;

/// A figure or rule that is not verified.
#[derive(Debug, Serialize)]
pub struct RestsRow {
    name: String,
    code: String,
    key: String,
    written: String,
    from: String,
    status: String,
    example: bool,
    citation: String,
    people: Figure,
    money: Figure,
}

/// What the run rests on.
pub fn rests(summary: &Summary<'_>) -> Vec<RestsRow> {
    let language = summary.facts.language;
    summary
        .rests
        .iter()
        .map(|item| {
            let id = |part: &str| format!("rests.{}.{}.{part}", item.code, item.key);
            let word = match item.status {
                Status::Verified => "verified",
                Status::Assumed => "assumed",
                Status::Example => "example",
            };
            RestsRow {
                name: item.name.to_owned(),
                code: item.code.clone(),
                key: item.key_words.clone(),
                written: item.written.to_owned(),
                from: item.from.to_string(),
                status: label(language, "status", word),
                example: item.status == Status::Example,
                citation: item.citation.to_owned(),
                people: Figure::count(id("people"), item.money.count),
                money: Figure::money(id("money"), item.money.money),
            }
        })
        .collect()
}

/// A drafted bank file.
#[derive(Debug, Serialize)]
pub struct BankFile {
    name: String,
    bank: String,
    count: Figure,
    money: Figure,
    sha256: String,
}

/// Bank files as drafted.
pub fn bank_files(summary: &Summary<'_>) -> Vec<BankFile> {
    let files = summary.facts.bank_files.iter();
    files
        .map(|file| BankFile {
            name: file.name.to_string(),
            bank: file.bank.to_string(),
            count: Figure::count(format!("file.{}.count", file.name), file.total.count),
            money: Figure::money(format!("file.{}.money", file.name), file.total.money),
            sha256: file.sha256.clone(),
        })
        .collect()
}

/// Inputs with their rows and digests, as many as the page has room for, and how many there are.
pub fn inputs(summary: &Summary<'_>) -> (Vec<(String, Figure, String)>, String) {
    let facts = summary.facts;
    let mut inputs: Vec<_> = facts
        .inputs
        .iter()
        .map(|input| {
            let rows = Figure::some_count(format!("input.{}.rows", input.path), input.rows);
            (input.path.to_string(), rows, input.sha256.clone())
        })
        .collect();
    inputs.sort_by(|a, b| a.0.cmp(&b.0));
    inputs.truncate(super::super::lists::CAP);
    (inputs, grouped_count(facts.inputs.len() as u64))
}
