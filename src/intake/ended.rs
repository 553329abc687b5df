//! Rows that are paid as written though another place says that payments have ended: somebody listed 正常 and again
//! 停发, a file or a sheet whose name says 停发. Said, never decided: each row's own status counts.

use rustc_hash::FxHashMap;

use super::claim::{Cell, Claim, RowStatus};
use super::layout::name_refuses;
use crate::domain::{Files, Finding, Month, Place, ResidentId, Severity, Text};
use crate::policy::{Canonical, RosterId, Rulebook};

/// What a list says twice in two ways in a month, and names of its files and sheets that its rows do not bear out.
pub fn doubts(
    rulebook: &Rulebook,
    roster: RosterId,
    month: Month,
    claims: &[Claim],
    files: &Files,
) -> Vec<Finding> {
    let mut findings = listed_twice(rulebook, roster, month, claims, files);
    findings.extend(names_of_ended(month, claims, files));
    findings
}

/// Whether a row's own months and status say that it is paid in a month.
fn is_current(claim: &Claim, month: Month) -> bool {
    claim.status == Some(RowStatus::Active)
        && !matches!(claim.last_month, Cell::Month(last) if last < month)
        && !matches!(claim.first_month, Cell::Month(first) if first > month)
}

/// Whether they say that payments have ended or are suspended.
fn has_ended(claim: &Claim, month: Month) -> bool {
    matches!(claim.status, Some(RowStatus::Suspended | RowStatus::Stopped))
        || matches!(claim.last_month, Cell::Month(last) if last < month)
}

/// One key with a row that is current and another that has ended: one finding at the row that is paid.
fn listed_twice(
    rulebook: &Rulebook,
    roster: RosterId,
    month: Month,
    claims: &[Claim],
    files: &Files,
) -> Vec<Finding> {
    let rule = rulebook.roster(roster);
    let read = |claim: &&Claim| claim.rejected.is_none();
    let mut ended: FxHashMap<ResidentId, Vec<&Claim>> = FxHashMap::default();
    for claim in claims.iter().filter(read).filter(|claim| has_ended(claim, month)) {
        if let Some(resident) = claim.resident {
            ended.entry(resident).or_default().push(claim);
        }
    }
    if ended.is_empty() {
        return Vec::new();
    }
    let case = [Canonical::CaseNo.id()];
    let key = || rule.key.iter().chain(case.iter().filter(|_| rule.once));
    let same_key = |a: &Claim, b: &Claim| {
        key().all(|field| a.field(*field, rule.slot(*field)) == b.field(*field, rule.slot(*field)))
    };
    // Who ended and later began again has two rows by right.
    let again = |ended: &Claim, current: &Claim| match (&ended.last_month, &current.first_month) {
        (Cell::Month(last), Cell::Month(first)) => last < first,
        _ => false,
    };
    let mut findings = Vec::new();
    for claim in claims.iter().filter(read).filter(|claim| is_current(claim, month)) {
        let Some(rows) = claim.resident.and_then(|resident| ended.get(&resident)) else { continue };
        let others: Vec<String> = rows
            .iter()
            .filter(|other| same_key(other, claim) && !again(other, claim))
            .map(|other| files.show(other.source))
            .collect();
        if !others.is_empty() {
            findings.push(
                Finding::new("person-also-ended", Severity::Warning, files.place(claim.source))
                    .about(claim.resident, &claim.name)
                    .with("other", others.join("; ")),
            );
        }
    }
    findings
}

/// One finding for each file or sheet whose name says that its people are paid no more, while rows say otherwise.
fn names_of_ended(month: Month, claims: &[Claim], files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |rows: &[Claim], written: &str, sheet: &str| {
        let count = rows.iter().filter(|claim| claim.rejected.is_none() && is_current(claim, month)).count();
        if let (Some(first), true) = (rows.first(), count > 0) {
            let file = files.name(first.source.file).into();
            let place = Place { file, sheet: sheet.into(), row: 0, column: Text::default() };
            findings.push(
                Finding::new("name-says-ended", Severity::Warning, place)
                    .with("written", written)
                    .with("count", count.to_string()),
            );
        }
    };
    for rows in claims.chunk_by(|a, b| a.source.file == b.source.file) {
        let Some(first) = rows.first() else { continue };
        let file = files.name(first.source.file);
        if name_refuses(super::files::split_ending(file).map_or(file, |(stem, _)| stem)) {
            say(rows, file, "");
            continue;
        }
        for rows in rows.chunk_by(|a, b| a.source.sheet == b.source.sheet) {
            let sheet = rows.first().map_or("", |first| files.sheet(first.source));
            if name_refuses(sheet) {
                say(rows, sheet, sheet);
            }
        }
    }
    findings
}
