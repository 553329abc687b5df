//! Files that are read by a roster profile (READING 24): households and people in files of their own,
//! joined by the head's identity number; members in the cells of a household's row; lists with a layout
//! of their own.
//!
//! In: a profile's files of one month. Out: one claim a person, findings, and which rows stand behind
//! the claim of another (READING 21).

mod complete;
mod join;
mod packed;
mod row;

use std::collections::BTreeSet;

use rayon::prelude::*;

pub use self::packed::columns as member_columns;

use self::join::{Joint, take_carer};
use self::row::{Household, Person, Reader, RowRead};
use super::claim::{Claim, Rejection};
use super::fields::Fields;
use super::fix_lists::{self, Standing};
use super::header::Names;
use super::roster::{Input, names_of, repeated_files};
use super::survey::{Task, survey_document};
use crate::domain::{Fault, FileId, Files, Finding, Source, Tally};
use crate::formats::Document;
use crate::policy::{Canonical, Helper, Part, ProfileFile, RosterId, RosterProfile, Rulebook};

/// A file of a profile, opened.
pub struct Export<'d> {
    /// Its name.
    pub name: &'d str,
    /// Its number.
    pub file: FileId,
    /// Its content.
    pub document: &'d Document<'d>,
    /// Which file of the profile it is.
    pub kind: &'d ProfileFile,
    /// Its bytes, by which a fix list names it.
    pub bytes: &'d [u8],
}

/// What a profile's files were read as.
#[derive(Debug, Default)]
pub struct ExportRead {
    /// One claim a person, in order of file and row.
    pub claims: Vec<Claim>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// People counted where they were met.
    pub rows: u64,
    /// Rows of refused sections.
    pub refused_rows: u64,
    /// Rows of people that gave way to rows of a fix list.
    pub replaced: Tally,
    /// Files whose rows are all in another one.
    pub repeated: Vec<FileId>,
    /// Rows that stand behind another row's claim.
    pub beside: Vec<(Source, Source)>,
}

/// Names by which the headers of a profile's file are found: the profile's own first.
pub fn profile_names(rulebook: &Rulebook, roster: RosterId, kind: &ProfileFile) -> Names {
    let identity = Canonical::ResidentId.id();
    let mut names = Names::new(identity);
    for (field, headers) in &kind.aliases {
        for header in headers {
            names.add(header, *field);
        }
    }
    names.join(names_of(rulebook, roster));
    for (helper, headers) in &kind.columns {
        for header in headers {
            match (helper, kind.part) {
                // In a household's row the head's number is whose row it is.
                (Helper::HeadId, Part::Household) => {}
                _ => names.add_helper(header, *helper),
            }
        }
    }
    if kind.part == Part::Household {
        names.forget(identity);
        let heads = kind.columns.iter().filter(|(helper, _)| *helper == Helper::HeadId);
        for header in heads.flat_map(|(_, headers)| headers) {
            names.add(header, identity);
        }
    }
    for header in &kind.ignored {
        names.ignore(header);
    }
    names
}

/// How the fields of a file of a profile are read.
pub fn fields_of<'d>(fields: Fields<'d>, profile: &RosterProfile, kind: &ProfileFile) -> Fields<'d> {
    Fields { active: profile.active, joined: kind.part != Part::List, ..fields }
}

/// Reads a profile's files.
///
/// # Errors
/// Exit 3 for a file that has no header of the profile (READING 3).
pub fn read_exports(
    rulebook: &Rulebook,
    fields: Fields<'_>,
    roster: RosterId,
    profile: &RosterProfile,
    exports: &[Export<'_>],
    files: &mut Files,
) -> Result<ExportRead, Fault> {
    let names: Vec<Names> =
        exports.iter().map(|export| profile_names(rulebook, roster, export.kind)).collect();
    let fields_of = |export: &Export<'_>| fields_of(fields, profile, export.kind);
    let mut surveys = Vec::with_capacity(exports.len());
    for (export, names) in exports.iter().zip(&names) {
        surveys.push(survey_document(
            fields_of(export),
            names,
            export.name,
            export.file,
            export.document,
            // A fix list has the headers of its file, and its own layout.
            fix_lists::digest_named(export.document).is_none().then_some(export.kind),
        )?);
    }
    let mut read = ExportRead::default();
    for survey in &mut surveys {
        read.findings.append(&mut survey.findings);
        read.refused_rows += survey.refused_rows;
    }
    let mut rows: Vec<RowRead> = Vec::new();
    let mut ranges = Vec::new();
    for (file, (export, survey)) in exports.iter().zip(&surveys).enumerate() {
        let reader = Reader { fields: fields_of(export), profile, export, survey, file };
        let each = |task: &Task| {
            let mut findings = Vec::new();
            let read = reader.row(task, &mut findings);
            (read, findings)
        };
        let of_file: Vec<(RowRead, Vec<Finding>)> = survey.tasks.par_iter().map(each).collect();
        let start = rows.len();
        for (row, mut findings) in of_file {
            read.findings.append(&mut findings);
            read.rows += u64::from(row.counts());
            rows.push(row);
        }
        ranges.push((export.file, start..rows.len()));
    }
    let inputs: Vec<Input<'_>> =
        exports.iter().map(|export| Input { name: export.name, bytes: export.bytes }).collect();
    let facts = || rows.par_iter().map(Standing::facts).collect();
    read.repeated = repeated_files(facts, &ranges, &surveys, files, &mut read.findings);
    read.replaced = fix_lists::stand_in(&inputs, &surveys, &ranges, &mut rows, &mut read.findings, files);
    let mut households: Vec<Household> = Vec::new();
    let mut people: Vec<Person> = Vec::new();
    let mut doubted = BTreeSet::new();
    for row in rows {
        match row {
            RowRead::Alone(base) => {
                let mut claim = base.claim;
                take_carer(profile, fields, &mut claim, &base.carer);
                read.claims.push(claim);
            }
            // A correction that was refused says nothing of the household but that it is in doubt.
            RowRead::Household(household) if household.base.claim.rejected == Some(Rejection::FixList) => {
                read.rows += 1;
                doubted.insert(household.key);
                read.claims.push(household.base.claim);
            }
            RowRead::Household(household) => households.push(*household),
            RowRead::Person(person) => people.push(*person),
        }
    }
    let mut joint = Joint {
        fields,
        profile,
        exports,
        surveys: &surveys,
        read,
        absent: BTreeSet::new(),
        doubted,
        shared_heads: BTreeSet::new(),
        said: BTreeSet::new(),
    };
    joint.join(households, people);
    Ok(joint.read)
}
