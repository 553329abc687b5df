//! A roster's files for one month → claims and findings.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::claim::{Claim, Registers};
use super::exports::{Export, profile_names, read_exports};
use super::fields::{Fields, Townships};
use super::files::profile_of;
use super::fix_lists;
use super::header::{self, Names};
use super::survey::{Survey, survey_document};
use crate::domain::{
    Border, Exit, Fault, FileId, Files, Finding, Money, Month, Place, Severity, Tally, Text,
};
use crate::formats::{self, Document, DocumentFault};
use crate::policy::{Canonical, ProfileFile, RosterId, RosterProfile, Rulebook};

/// One file as it was read from disk.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// File name as findings and sources show it.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A roster of one month after reading.
#[derive(Debug, Clone, Default)]
pub struct RosterRead {
    /// One claim per data row, in order of file, sheet and row; rejected ones too. Rows that a fix list
    /// corrects are not among them: the list's rows stand for them.
    pub claims: Vec<Claim>,
    /// Everything that was noticed, in the same order.
    pub findings: Vec<Finding>,
    /// Rows in; claims out; rejected rows and rows of refused sections set aside, by reason. Money is
    /// the declared amount, where there is one.
    pub border: Border,
    /// Files whose rows are all in another file of this roster: one warning stands for all of them
    /// (READING 1), so that a duplicate between the two need not be said again for each person.
    pub repeated: Vec<FileId>,
}

/// Reads a roster's files of one month. The files are read in parallel; the result does not depend on
/// the number of threads.
///
/// `month` is the benefit month the files are for; `cycle` the month no birth may lie after; `registers` gives the confirmed identity numbers.
///
/// # Errors
/// A [`Fault`] with exit 3 that names the file and what to do, for a file that cannot be read whole
/// (READING 3); with several such files, the first in order, and the others among its findings.
pub fn read_roster(
    rulebook: &Rulebook,
    roster: RosterId,
    month: Month,
    cycle: Month,
    inputs: &[Input<'_>],
    registers: &Registers,
    files: &mut Files,
) -> Result<RosterRead, Fault> {
    let townships = Townships::new(&rulebook.divisions);
    let mut fields = Fields::new(rulebook, roster, cycle, &registers.confirmed_ids);
    fields.townships = Some(&townships);
    let names = names_of(rulebook, roster);
    let opened: Vec<Result<Document<'_>, DocumentFault>> =
        inputs.par_iter().map(|input| open(rulebook, roster, &names, input)).collect();
    let adopted = adopted(rulebook, roster, inputs, &opened);
    let mut documents = Vec::with_capacity(inputs.len());
    let mut lists = Vec::with_capacity(inputs.len());
    let mut exported = Vec::new();
    let mut faults = Vec::new();
    for ((input, opened), adopted) in inputs.iter().zip(opened).zip(adopted) {
        match opened {
            Ok(document) => {
                let sheets = match document.form {
                    formats::Form::Delimited => Vec::new(),
                    _ => document.sheets.iter().map(|sheet| sheet.name.clone()).collect(),
                };
                let file = files.add(input.name, sheets);
                match profile_of(rulebook, roster, input.name).or(adopted) {
                    Some((profile, _, kind)) => exported.push((profile, *input, file, kind, document)),
                    None => {
                        documents.push((input.name, file, document));
                        lists.push(*input);
                    }
                }
            }
            Err(fault) => faults.push(unreadable(input.name, &fault)),
        }
    }
    let surveyed: Vec<Result<Survey<'_>, Fault>> = documents
        .par_iter()
        .map(|(name, file, document)| survey_document(fields, &names, name, *file, document, None))
        .collect();
    let mut surveys = Vec::with_capacity(surveyed.len());
    for survey in surveyed {
        match survey {
            Ok(survey) => surveys.push(survey),
            Err(fault) => faults.push(fault),
        }
    }
    let mut exports = Vec::new();
    for (position, profile) in rulebook.profiles.iter().enumerate() {
        let of: Vec<Export<'_>> = exported
            .iter()
            .filter(|(of, ..)| *of == position)
            .map(|(_, input, file, kind, document)| {
                let Input { name, bytes } = *input;
                Export { name, file: *file, document, kind, bytes }
            })
            .collect();
        if of.is_empty() {
            continue;
        }
        match read_exports(rulebook, fields, roster, profile, &of, files) {
            Ok(read) => exports.push(read),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(first_fault(faults));
    }
    let (mut claims, mut row_findings) = read_rows(&surveys);
    let mut findings = Vec::new();
    let mut ranges = Vec::new();
    let mut refused_rows = 0;
    let mut start = 0;
    for ((_, file, _), survey) in documents.iter().zip(&mut surveys) {
        let end = start + survey.tasks.len();
        findings.append(&mut survey.findings);
        let theirs = row_findings.partition_point(|(row, _)| *row < end);
        let mut found: Vec<Finding> = row_findings.drain(..theirs).flat_map(|(_, found)| found).collect();
        super::unread::by_column(&mut found);
        findings.append(&mut found);
        ranges.push((*file, start..end));
        refused_rows += survey.refused_rows;
        start = end;
    }
    let facts = || claims.par_iter().map(facts_digest).collect();
    let mut repeated = repeated_files(facts, &ranges, &surveys, files, &mut findings);
    // Places of corrected rows are those of the plain lists, so that exports come after.
    let mut replaced = fix_lists::stand_in(&lists, &surveys, &ranges, &mut claims, &mut findings, files);
    let mut rows = start as u64;
    for read in exports {
        rows += read.rows;
        refused_rows += read.refused_rows;
        replaced = replaced + read.replaced;
        repeated.extend(read.repeated);
        claims.extend(read.claims);
        findings.extend(read.findings);
        for (source, other) in read.beside {
            files.put_beside(source, other);
        }
    }
    findings.extend(super::ended::doubts(rulebook, roster, month, &claims, files));
    let border = border(rows + refused_rows, refused_rows, replaced, &claims);
    Ok(RosterRead { claims, findings, border, repeated })
}

/// The profiles of fix lists that have lost their names: a list whose rows are those of a profile's file is read by that
/// profile.
fn adopted<'r>(
    rulebook: &'r Rulebook,
    roster: RosterId,
    inputs: &[Input<'_>],
    opened: &[Result<Document<'_>, DocumentFault>],
) -> Vec<Option<(usize, &'r RosterProfile, &'r ProfileFile)>> {
    let of = |input: &Input<'_>| profile_of(rulebook, roster, input.name);
    if !inputs.iter().any(|input| of(input).is_some()) {
        return vec![None; inputs.len()];
    }
    let named: Vec<Option<String>> = inputs
        .iter()
        .zip(opened)
        .map(|(input, opened)| {
            let document = opened.as_ref().ok().filter(|_| of(input).is_none())?;
            fix_lists::digest_named(document)
        })
        .collect();
    let digests: Vec<Option<String>> = inputs
        .iter()
        .map(|input| {
            let looked_for = of(input).is_some() && named.iter().any(Option::is_some);
            looked_for.then(|| fix_lists::digest_of(input.bytes))
        })
        .collect();
    named
        .into_iter()
        .map(|named| {
            let digest = Some(named?);
            let original = digests.iter().position(|known| *known == digest)?;
            of(&inputs[original])
        })
        .collect()
}

/// Names by which a roster's headers are found: the Chinese headers, the aliases, the ASCII codes.
/// The roster's own fields come first, then the canonical ones.
pub fn names_of(rulebook: &Rulebook, roster: RosterId) -> Names {
    let mut names = Names::new(Canonical::ResidentId.id());
    let canonical = Canonical::ALL.iter().map(|field| field.id());
    for field in rulebook.roster(roster).extra.iter().copied().chain(canonical) {
        let rule = rulebook.field(field);
        for name in rule.headers.iter().chain(std::iter::once(&rule.code)) {
            names.add(name, field);
        }
    }
    names
}

/// Opens a file of a roster, by the names of the profile it is read by where there is one.
pub fn open<'b>(
    rulebook: &Rulebook,
    roster: RosterId,
    names: &Names,
    input: &Input<'b>,
) -> Result<Document<'b>, DocumentFault> {
    match profile_of(rulebook, roster, input.name) {
        Some((_, _, kind)) => header::open(input.bytes, &profile_names(rulebook, roster, kind)),
        None => header::open(input.bytes, names),
    }
}

/// The fault of a file that cannot be opened.
pub fn unreadable(name: &str, fault: &DocumentFault) -> Fault {
    let (code, what) = match fault {
        DocumentFault::Empty => ("file-empty", Text::default()),
        DocumentFault::Html => ("file-html", Text::default()),
        DocumentFault::Protected => ("file-protected", Text::default()),
        DocumentFault::Foreign(what) => ("file-foreign", what.clone()),
        DocumentFault::TooLarge(what) => ("file-too-large", what.clone()),
        DocumentFault::Damaged(what) => ("file-damaged", what.clone()),
    };
    Fault::new(Exit::Refused, code).with("file", name).with("what", what)
}

/// The first of several faults, with the others as findings.
fn first_fault(faults: Vec<Fault>) -> Fault {
    let mut faults = faults.into_iter();
    let Some(first) = faults.next() else { return Fault::new(Exit::Bug, "file-damaged") };
    let others = faults
        .map(|fault| {
            let file =
                fault.arguments.iter().find(|(blank, _)| *blank == "file").map(|(_, file)| file.clone());
            let place = Place { file: file.unwrap_or_default(), ..Place::default() };
            Finding { arguments: fault.arguments, ..Finding::new(fault.code, Severity::Error, place) }
        })
        .collect();
    first.found(others)
}

/// All rows in turn, in parallel, each claim written where it stays; findings by row.
fn read_rows(surveys: &[Survey<'_>]) -> (Vec<Claim>, Vec<(usize, Vec<Finding>)>) {
    let mut total = 0;
    let starts: Vec<usize> = surveys
        .iter()
        .map(|survey| {
            total += survey.tasks.len();
            total - survey.tasks.len()
        })
        .collect();
    let found: Mutex<Vec<(usize, Vec<Finding>)>> = Mutex::new(Vec::new());
    let mut claims: Vec<Claim> = Vec::new();
    (0..total)
        .into_par_iter()
        .with_min_len(1024)
        .map_init(
            || Vec::with_capacity(32),
            |cells, row| {
                let file = starts.partition_point(|start| *start <= row) - 1;
                let survey = &surveys[file];
                let mut findings = Vec::new();
                let claim = survey.read(&survey.tasks[row - starts[file]], cells, &mut findings);
                if !findings.is_empty() {
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((row, findings));
                }
                claim
            },
        )
        .collect_into_vec(&mut claims);
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by_key(|(row, _)| *row);
    (claims, found)
}

/// The declared amount of a row, where there is one.
pub(super) fn declared_money(claim: &Claim) -> Money {
    match claim.declared_amount {
        super::claim::Cell::Money(money) => money,
        _ => Money::ZERO,
    }
}

/// Rows counted where they were met, against what was made of them.
fn border(rows: u64, refused_rows: u64, replaced: Tally, claims: &[Claim]) -> Border {
    let money = declared_money;
    let mut entered = Tally { count: rows, money: replaced.money };
    let mut out = Tally::default();
    let mut set_aside: std::collections::BTreeMap<&'static str, Tally> = std::collections::BTreeMap::new();
    for claim in claims {
        entered.money += money(claim);
        match claim.rejected {
            None => out.add(money(claim)),
            Some(rejection) => set_aside.entry(rejection.word()).or_default().add(money(claim)),
        }
    }
    if refused_rows > 0 {
        set_aside.insert("refused section", Tally { count: refused_rows, money: Money::ZERO });
    }
    if replaced.count > 0 {
        set_aside.insert("corrected by a fix list", replaced);
    }
    let set_aside = set_aside.into_iter().map(|(word, tally)| (word.to_owned(), tally)).collect();
    Border { name: "rows-claims", entered, out, set_aside, ..Border::default() }
}

/// READING 1: files whose rows are all in another file; one warning each. Of two equal files the later one repeats
/// the earlier. `facts` holds what each row says, by position.
pub(super) fn repeated_files(
    facts: impl FnOnce() -> Vec<u64>,
    ranges: &[(FileId, std::ops::Range<usize>)],
    surveys: &[Survey<'_>],
    files: &Files,
    findings: &mut Vec<Finding>,
) -> Vec<FileId> {
    let plain = ranges.iter().zip(surveys).filter(|(_, survey)| !survey.is_fix_list());
    let ranges: Vec<&(FileId, std::ops::Range<usize>)> = plain.map(|(range, _)| range).collect();
    if ranges.len() < 2 {
        return Vec::new();
    }
    let facts = facts();
    let sets: Vec<rustc_hash::FxHashSet<u64>> =
        ranges.iter().map(|(_, range)| facts[range.clone()].iter().copied().collect()).collect();
    let mut repeated = Vec::new();
    for (at, (file, range)) in ranges.iter().enumerate().filter(|(_, (_, range))| !range.is_empty()) {
        let holder = (0..ranges.len()).find(|other| {
            let larger =
                sets[*other].len() > sets[at].len() || (sets[*other].len() == sets[at].len() && *other < at);
            larger && facts[range.clone()].iter().all(|fact| sets[*other].contains(fact))
        });
        if let Some(holder) = holder {
            let place = Place { file: files.name(*file).into(), ..Place::default() };
            let other = files.name(ranges[holder].0);
            findings.push(Finding::new("file-repeated", Severity::Warning, place).with("other", other));
            repeated.push(*file);
        }
    }
    repeated
}

/// What a row says, as one number: two rows with the same facts have the same.
pub(super) fn facts_digest(claim: &Claim) -> u64 {
    use std::hash::{BuildHasher, Hash, Hasher};
    let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
    (&claim.id_written, &claim.name, &claim.household_id, &claim.relation, &claim.hukou, &claim.township)
        .hash(&mut hasher);
    (&claim.community, &claim.first_month, &claim.last_month, &claim.status, &claim.declared_amount)
        .hash(&mut hasher);
    (&claim.account, &claim.payee_id, &claim.payee_name, &claim.case_no, &claim.choice, &claim.extra)
        .hash(&mut hasher);
    hasher.finish()
}
