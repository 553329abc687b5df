//! Corrected rows in the place of those they name.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{digest_of, marks_of};
use crate::domain::{FileId, Files, Finding, Place, Severity, Source, Tally, Text};
use crate::intake::claim::{Claim, Rejection};
use crate::intake::files::split_ending;
use crate::intake::roster::{Input, declared_money, facts_digest};
use crate::intake::survey::Survey;

/// A row that may be corrected, or correct another.
pub trait Standing {
    /// Its claim.
    fn claim(&self) -> &Claim;
    /// Its claim, to be set aside.
    fn claim_mut(&mut self) -> &mut Claim;
    /// All that it says, as one number.
    fn facts(&self) -> u64;
    /// Whether it counts as a row of people.
    fn counts(&self) -> bool;
    /// Takes over what the file of the row it corrects says of it by its name.
    fn stand_for(&mut self, file: usize);
    /// Position of the file that speaks of it by its name.
    fn named_by(&self) -> usize;
}

impl Standing for Claim {
    fn claim(&self) -> &Claim {
        self
    }
    fn claim_mut(&mut self) -> &mut Claim {
        self
    }
    fn facts(&self) -> u64 {
        facts_digest(self)
    }
    fn counts(&self) -> bool {
        true
    }
    fn stand_for(&mut self, _: usize) {}
    fn named_by(&self) -> usize {
        0
    }
}

/// A row of a fix list and what became of it.
struct Correction {
    /// Position of its claim.
    claim: usize,
    /// Its file.
    file: FileId,
    /// Positions of the claims it corrects, or why there are none.
    originals: Result<Vec<usize>, &'static str>,
    /// The place it names, as written.
    named: Text,
}

/// Puts the rows of fix lists in the place of the rows they name. Out: the rows that gave way.
///
/// `ranges` says which rows are a file's, in the order of `surveys` and `inputs`.
pub fn stand_in<R: Standing>(
    inputs: &[Input<'_>],
    surveys: &[Survey<'_>],
    ranges: &[(FileId, std::ops::Range<usize>)],
    rows: &mut Vec<R>,
    findings: &mut Vec<Finding>,
    files: &mut Files,
) -> Tally {
    for (survey, (file, range)) in surveys.iter().zip(ranges) {
        let name = files.name(*file);
        if !survey.is_fix_list() && is_named_fix_list(name) && !range.is_empty() {
            let place = Place { file: name.into(), ..Place::default() };
            findings.push(Finding::new("fix-list-without-marks", Severity::Warning, place));
        }
    }
    if !surveys.iter().any(Survey::is_fix_list) {
        return Tally::default();
    }
    let mut by_digest: FxHashMap<String, Vec<FileId>> = FxHashMap::default();
    for (input, (file, _)) in inputs.iter().zip(ranges) {
        by_digest.entry(digest_of(input.bytes)).or_default().push(*file);
    }
    let by_place: FxHashMap<Source, usize> =
        rows.iter().enumerate().map(|(position, row)| (row.claim().source, position)).collect();
    let mut corrections = Vec::new();
    for (survey, (file, range)) in surveys.iter().zip(ranges) {
        for (task, claim) in survey.tasks.iter().zip(range.clone()) {
            let written = survey.written(task);
            let Some((place, digest)) = marks_of(written.table.header()) else { continue };
            let text = |index: usize| {
                written.cells.get(index).map_or(String::new(), |cell| cell.shown().trim().to_owned())
            };
            let (place, digest) = (text(place), text(digest));
            let originals = originals(&place, &digest.to_lowercase(), &by_digest, &by_place, files);
            corrections.push(Correction { claim, file: *file, originals, named: place.into() });
        }
    }
    refuse_contradictions(&mut corrections, rows);
    carry_out(corrections, rows, findings, files)
}

/// `…-修正`, `…-修正2`.
pub fn is_named_fix_list(name: &str) -> bool {
    let stem = split_ending(name).map_or(name, |(stem, _)| stem);
    stem.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("修正")
}

fn originals(
    place: &str,
    digest: &str,
    by_digest: &FxHashMap<String, Vec<FileId>>,
    by_place: &FxHashMap<Source, usize>,
    files: &Files,
) -> Result<Vec<usize>, &'static str> {
    if place.is_empty() && digest.is_empty() {
        return Err("fix-row-new");
    }
    let (path, row) = place.rsplit_once(':').ok_or("fix-row-not-found")?;
    let row: u32 = row.parse().map_err(|_| "fix-row-not-found")?;
    let (name, sheet) = path.split_once('!').unwrap_or((path, ""));
    let Some(meant) = by_digest.get(digest) else {
        let there = by_digest.values().flatten().any(|file| files.name(*file) == name);
        return Err(if there { "fix-source-changed" } else { "fix-source-missing" });
    };
    let mut found = Vec::new();
    for file in meant {
        let sheet = match sheet {
            "" => Some(0),
            name => files.sheet_number(*file, name),
        };
        let position = sheet.and_then(|sheet| by_place.get(&Source { file: *file, sheet, row }));
        found.push(*position.ok_or("fix-row-not-found")?);
    }
    Ok(found)
}

/// Two corrections of one row that say different things are none.
fn refuse_contradictions<R: Standing>(corrections: &mut [Correction], rows: &[R]) {
    let mut said: FxHashMap<usize, FxHashSet<u64>> = FxHashMap::default();
    for correction in corrections.iter() {
        for original in correction.originals.iter().flatten() {
            said.entry(*original).or_default().insert(rows[correction.claim].facts());
        }
    }
    for correction in corrections {
        let contradicted = |originals: &Vec<usize>| originals.iter().any(|original| said[original].len() > 1);
        if correction.originals.as_ref().is_ok_and(contradicted) {
            correction.originals = Err("fix-row-twice");
        }
    }
}

fn carry_out<R: Standing>(
    corrections: Vec<Correction>,
    rows: &mut Vec<R>,
    findings: &mut Vec<Finding>,
    files: &mut Files,
) -> Tally {
    let mut replaced = Tally::default();
    let mut gone: FxHashSet<usize> = FxHashSet::default();
    let mut first: FxHashMap<usize, usize> = FxHashMap::default();
    let mut rows_of: BTreeMap<FileId, u64> = BTreeMap::new();
    let mut silent: FxHashSet<(Text, Text, u32)> = FxHashSet::default();
    let mut said = Vec::new();
    for correction in corrections {
        let source = rows[correction.claim].claim().source;
        let originals = match correction.originals {
            Ok(originals) => originals,
            Err(code) => {
                let claim = rows[correction.claim].claim_mut();
                claim.rejected.get_or_insert(Rejection::FixList);
                said.push(
                    Finding::new(code, Severity::Error, files.place(source))
                        .about(claim.resident, &claim.name)
                        .with("original", &correction.named),
                );
                continue;
            }
        };
        *rows_of.entry(correction.file).or_default() += 1;
        // The same correction read a second time stands behind the first.
        let twin = originals.first().and_then(|original| first.get(original).copied());
        let (by, away) = match twin {
            Some(twin) => (twin, vec![correction.claim]),
            None => (correction.claim, originals),
        };
        for away in away {
            first.entry(away).or_insert(by);
            if !gone.insert(away) {
                continue;
            }
            let other = rows[away].claim().source;
            files.stands_for(rows[by].claim().source, other);
            if rows[away].counts() {
                replaced.add(declared_money(rows[away].claim()));
            }
            let named_by = rows[away].named_by();
            rows[by].stand_for(named_by);
            let claim = rows[by].claim();
            let place = files.place(other);
            silent.insert((place.file.clone(), place.sheet.clone(), place.row));
            said.push(
                Finding::new("row-corrected", Severity::Info, place)
                    .about(claim.resident, &claim.name)
                    .with("by", files.show(claim.source)),
            );
        }
    }
    // What was wrong with a row that gave way is no longer wrong; what is wrong with its correction is said there.
    findings.retain(|finding| {
        let place = &finding.place;
        place.row == 0 || !silent.contains(&(place.file.clone(), place.sheet.clone(), place.row))
    });
    findings.extend(said);
    for (file, rows) in rows_of {
        let place = Place { file: files.name(file).into(), ..Place::default() };
        findings.push(Finding::new("fix-list-read", Severity::Info, place).with("count", rows.to_string()));
    }
    let mut position = 0;
    rows.retain(|_| {
        position += 1;
        !gone.contains(&(position - 1))
    });
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_known_by_the_end_of_its_name() {
        assert!(is_named_fix_list("old-age-保合少镇-修正.xlsx"));
        assert!(is_named_fix_list("old-age-保合少镇-修正2.csv"));
        assert!(!is_named_fix_list("old-age-保合少镇.xlsx"));
    }
}
