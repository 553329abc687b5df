//! The files of the months assessed, read into claims: which file belongs to which roster and month,
//! what stands in for a roster that has none, and what is missing (DESIGN §10, months assessed).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::assess::MonthRosters;
use crate::domain::{
    Beneficiary, Border, Division, Exit, Fault, FileId, Files, Finding, Month, Place, Severity, Text,
    Township,
};
use crate::intake::{self, Claim, Input, Origin, Registers, RosterMonth};
use crate::ledger::InputDigest;
use crate::policy::{RosterId, Rulebook};
use crate::settle::LedgerLine;
use crate::workspace::{InputFile, Workspace, sha256_hex};

use super::stage::{self, Stage};

/// A file's bytes and what they are.
pub struct ReadInput {
    /// Path inside the workspace.
    pub path: String,
    /// Name without folder.
    pub name: String,
    /// sha256, hexadecimal.
    pub sha256: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl ReadInput {
    /// Reads a file and takes its digest.
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub fn read(found: &InputFile) -> Result<ReadInput, Fault> {
        let bytes = found.read()?;
        Ok(ReadInput {
            path: found.name.to_string(),
            name: found.file.to_string(),
            sha256: sha256_hex(&bytes),
            bytes,
        })
    }

    /// An archived file that an earlier run read.
    ///
    /// # Errors
    /// It is not there, or damaged (exit 5).
    pub fn archived(workspace: &Workspace, input: &InputDigest) -> Result<ReadInput, Fault> {
        let name = input.name.rsplit('/').next().unwrap_or(&input.name).to_owned();
        let bytes = workspace.archive_get(&input.sha256)?;
        Ok(ReadInput { path: input.name.clone(), name, sha256: input.sha256.clone(), bytes })
    }
}

/// Where a run's roster files are taken from.
#[derive(Debug, Clone, Copy)]
pub enum Shelf<'a> {
    /// The folders as they are now.
    Folders,
    /// The archive, as an earlier run read them.
    Archive {
        /// What that run read.
        inputs: &'a [InputDigest],
        /// Those of them that stood in for a month's own files.
        stand_ins: &'a [(Month, String)],
    },
}

/// What the operator says about rosters that are not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// Rosters whose absent townships, or all of them, come from the month before.
    pub carry_forward: Vec<String>,
    /// Rosters, or single townships of them, to go on without, with the reason.
    pub without: Vec<Without>,
}

/// One `--without ROSTER[/TOWNSHIP]=REASON`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// Roster code.
    pub roster: String,
    /// Township name or code.
    pub township: Option<String>,
    /// Why.
    pub reason: String,
}

/// Which months a run assesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First month assessed.
    pub first: Month,
    /// The cycle.
    pub cycle: Month,
    /// Last month assessed.
    pub last: Month,
}

/// All rosters of a run.
pub struct Gathered {
    /// By month, ascending.
    pub months: Vec<MonthRosters>,
    /// Names behind sources.
    pub files: Files,
    /// What was read.
    pub inputs: Vec<InputDigest>,
    /// Inputs that stood in for a month's own files, by month and name.
    pub stand_ins: Vec<(Month, String)>,
    /// Findings of reading.
    pub findings: Vec<Finding>,
    /// Files whose rows are all in another file.
    pub repeated: Vec<FileId>,
    /// Borders rows → claims.
    pub borders: Vec<Border>,
    /// Rosters and townships of the cycle month that are missing: `roster` or `roster/township`.
    pub missing: Vec<String>,
    /// Rows of the cycle month before any change sheet, where later months are read from them.
    pub unchanged: BTreeMap<RosterId, Vec<Claim>>,
}

/// Reads rosters for a run.
pub struct Gatherer<'a> {
    /// Where the files lie.
    pub workspace: &'a Workspace,
    /// Which of them are read.
    pub shelf: Shelf<'a>,
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// Registers (confirmed numbers, change sheets).
    pub registers: &'a Registers,
    /// The months.
    pub window: Window,
    /// What the operator allows.
    pub exceptions: &'a Exceptions,
    /// Inputs of the latest releases, by month: what a month without its files was settled from.
    pub archived: &'a [InputDigest],
    /// The ledger's lines of the month before the cycle, for missing townships.
    pub last: &'a [LedgerLine],
}

impl Gatherer<'_> {
    /// Reads every month of the window.
    ///
    /// # Errors
    /// A roster file that cannot be read whole (exit 3), the disk.
    pub fn gather(&self) -> Result<Gathered, Fault> {
        let months: Vec<Month> = self.window.first.through(self.window.last).collect();
        self.gather_months(&months)
    }

    /// Reads these months alone, in ascending order. A month after the cycle is read from the cycle's
    /// rosters, so the cycle must be among them then.
    ///
    /// # Errors
    /// As [`Gatherer::gather`].
    pub fn gather_months(&self, months: &[Month]) -> Result<Gathered, Fault> {
        let mut gathered = Gathered {
            months: Vec::new(),
            files: Files::default(),
            inputs: Vec::new(),
            stand_ins: Vec::new(),
            findings: Vec::new(),
            repeated: Vec::new(),
            borders: Vec::new(),
            missing: Vec::new(),
            unchanged: BTreeMap::new(),
        };
        Stage::Reading.begin((months.len() * self.rulebook.rosters.len()) as u64);
        for &month in months {
            let mut by_roster = self.files_of(month, month, &mut gathered)?;
            let mut rosters = Vec::with_capacity(self.rulebook.rosters.len());
            for position in 0..self.rulebook.rosters.len() {
                let roster = RosterId(position as u16);
                // Each roster's bytes go once its rows are there.
                let files = by_roster.remove(&roster).unwrap_or_default();
                let read = self.roster_month(roster, month, &files, &mut gathered)?;
                stage::advance(1, read.as_ref().map_or(0, |read| read.claims.len() as u64));
                rosters.push(read);
            }
            gathered.months.push(MonthRosters {
                month,
                rosters,
                link_needed: vec![Vec::new(); self.rulebook.rosters.len()],
                left_out: vec![Vec::new(); self.rulebook.rosters.len()],
                vanished: vec![Vec::new(); self.rulebook.rosters.len()],
            });
            if month == self.window.cycle {
                self.refuse_unknown_exceptions()?;
                self.complete_cycle(&mut gathered)?;
            }
        }
        Ok(gathered)
    }

    /// The files of a month's folder that are read for a benefit month, by roster. What belongs to none
    /// is named in a finding.
    fn files_of(
        &self,
        folder: Month,
        month: Month,
        gathered: &mut Gathered,
    ) -> Result<BTreeMap<RosterId, Vec<ReadInput>>, Fault> {
        if let Shelf::Archive { inputs, stand_ins } = self.shelf {
            return self.files_of_archive(folder, month, inputs, stand_ins);
        }
        let mut by_roster: BTreeMap<RosterId, Vec<InputFile>> = BTreeMap::new();
        let listing = self.workspace.rosters(folder)?;
        gathered.findings.extend(listing.findings);
        for found in listing.files {
            match intake::roster_of(self.rulebook, &found.file) {
                Some(roster) => by_roster.entry(roster).or_default().push(found),
                None => gathered.findings.push(Finding::new(
                    "file-of-no-roster",
                    Severity::Warning,
                    Place { file: found.file.clone(), ..Place::default() },
                )),
            }
        }
        let mut read = BTreeMap::new();
        for (roster, found) in by_roster {
            let inputs: Vec<ReadInput> = found.par_iter().map(ReadInput::read).collect::<Result<_, _>>()?;
            read.insert(roster, inputs);
        }
        Ok(read)
    }

    fn files_of_archive(
        &self,
        folder: Month,
        month: Month,
        inputs: &[InputDigest],
        stand_ins: &[(Month, String)],
    ) -> Result<BTreeMap<RosterId, Vec<ReadInput>>, Fault> {
        let mut read: BTreeMap<RosterId, Vec<ReadInput>> = BTreeMap::new();
        let beginning = format!("rosters/{folder}/");
        for input in inputs.iter().filter(|input| input.month == Some(month)) {
            let own = !stand_ins.iter().any(|(of, name)| *of == month && *name == input.name);
            if let Some(name) = input.name.strip_prefix(&beginning).filter(|_| own)
                && let Some(roster) = intake::roster_of(self.rulebook, name)
            {
                read.entry(roster).or_default().push(ReadInput::archived(self.workspace, input)?);
            }
        }
        Ok(read)
    }

    fn roster_month(
        &self,
        roster: RosterId,
        month: Month,
        files: &[ReadInput],
        gathered: &mut Gathered,
    ) -> Result<Option<RosterMonth>, Fault> {
        let rule = self.rulebook.roster(roster);
        if !files.is_empty() {
            return self.read(roster, month, month, Origin::Own, files, gathered).map(Some);
        }
        if month > self.window.cycle {
            // A month after the cycle is read from the cycle's roster, at that month's ages and values.
            if rule.once {
                return Ok(None);
            }
            let cycle = gathered.months.iter().find(|read| read.month == self.window.cycle);
            let cycles = cycle.and_then(|read| read.rosters[usize::from(roster.0)].clone());
            let unchanged = gathered.unchanged.get(&roster).cloned();
            return Ok(cycles.map(|mut cycles| {
                // Change sheets hold by the benefit month, not by the cycle.
                if let Some(claims) = unchanged {
                    cycles.claims = claims;
                    intake::apply_changes(
                        &mut cycles.claims,
                        roster,
                        month,
                        self.window.cycle,
                        self.registers,
                        self.rulebook,
                    );
                }
                cycles.month = month;
                cycles.origin = Origin::Other(self.window.cycle);
                cycles
            }));
        }
        if month < self.window.cycle {
            return self.archived_month(roster, month, gathered);
        }
        Ok(None)
    }

    /// A month without its files is assessed from the archived files it was last settled from.
    fn archived_month(
        &self,
        roster: RosterId,
        month: Month,
        gathered: &mut Gathered,
    ) -> Result<Option<RosterMonth>, Fault> {
        let of_roster = |input: &&InputDigest| {
            let name = input.name.rsplit('/').next().unwrap_or(&input.name);
            input.month == Some(month) && intake::roster_of(self.rulebook, name) == Some(roster)
        };
        let archived: Vec<&InputDigest> = self.archived.iter().filter(of_roster).collect();
        if archived.is_empty() {
            return Ok(None);
        }
        let mut inputs = Vec::new();
        for input in archived {
            let read = ReadInput::archived(self.workspace, input)?;
            gathered.findings.push(
                Finding::new(
                    "read-from-archive",
                    Severity::Warning,
                    Place { file: read.name.as_str().into(), ..Place::default() },
                )
                .with("month", month.to_string()),
            );
            gathered.stand_ins.push((month, read.path.clone()));
            inputs.push(read);
        }
        self.read(roster, month, month, Origin::Archived, &inputs, gathered).map(Some)
    }

    fn read(
        &self,
        roster: RosterId,
        month: Month,
        files_month: Month,
        origin: Origin,
        files: &[ReadInput],
        gathered: &mut Gathered,
    ) -> Result<RosterMonth, Fault> {
        let inputs: Vec<Input<'_>> =
            files.iter().map(|file| Input { name: &file.name, bytes: &file.bytes }).collect();
        let mut read = intake::read_roster(
            self.rulebook,
            roster,
            month,
            self.window.cycle,
            &inputs,
            self.registers,
            &mut gathered.files,
        )?;
        let advances = self.window.last > self.window.cycle;
        if month == self.window.cycle && advances && !self.registers.changes.is_empty() {
            gathered.unchanged.insert(roster, read.claims.clone());
        }
        intake::apply_changes(
            &mut read.claims,
            roster,
            month,
            self.window.cycle,
            self.registers,
            self.rulebook,
        );
        // Findings about a past month's file say which month's file it is.
        for finding in &mut read.findings {
            if files_month != self.window.cycle && !finding.place.file.is_empty() {
                finding.place.file = format!("{files_month}/{}", finding.place.file).into();
            }
        }
        gathered.findings.append(&mut read.findings);
        gathered.repeated.append(&mut read.repeated);
        let code = &self.rulebook.roster(roster).code;
        let of = if month == self.window.cycle { code.to_string() } else { format!("{month}/{code}") };
        gathered.borders.push(Border { of, ..read.border });
        let mut rows: BTreeMap<FileId, u64> = BTreeMap::new();
        for claim in &read.claims {
            *rows.entry(claim.source.file).or_default() += 1;
        }
        for file in files {
            let of_file = |(id, _): &(&FileId, &u64)| gathered.files.name(**id) == file.name;
            gathered.inputs.push(InputDigest {
                name: file.path.clone(),
                sha256: file.sha256.clone(),
                rows: rows.iter().filter(of_file).map(|(_, rows)| rows).sum(),
                month: Some(month),
            });
        }
        Ok(RosterMonth { roster, month, origin, carried: Vec::new(), claims: read.claims })
    }

    /// A roster or a township that is not there, in what the operator says about missing ones, would be
    /// passed over in silence. Townships of no division may be named as last month's rosters wrote them.
    fn refuse_unknown_exceptions(&self) -> Result<(), Fault> {
        // What an earlier run was asked is not judged again.
        if !matches!(self.shelf, Shelf::Folders) {
            return Ok(());
        }
        let Exceptions { carry_forward, without } = self.exceptions;
        let rosters: Vec<&str> = self.rulebook.rosters.iter().map(|roster| roster.code.as_str()).collect();
        let named = carry_forward.iter().chain(without.iter().map(|without| &without.roster));
        if let Some(unknown) = named.into_iter().find(|code| !rosters.contains(&code.as_str())) {
            return Err(Fault::new(Exit::Usage, "roster-not-in-pack")
                .with("roster", unknown)
                .with("known", rosters.join(", ")));
        }
        let divisions = &self.rulebook.divisions;
        let is_known = |name: &str| {
            let of_division = |division: &Division| division.name == name || division.code == name;
            let written = |line: &LedgerLine| line.settled.as_ref().is_some_and(|was| was.township == name);
            divisions.rows().iter().any(of_division) || self.last.iter().any(written)
        };
        let townships = without.iter().filter_map(|without| without.township.as_deref());
        if let Some(unknown) = townships.into_iter().find(|name| !is_known(name)) {
            let known: Vec<&str> = divisions.rows().iter().map(|division| division.name.as_str()).collect();
            return Err(Fault::new(Exit::Usage, "township-not-in-pack")
                .with("township", unknown)
                .with("known", known.join("、")));
        }
        Ok(())
    }

    /// The cycle month: rosters without a file, townships without a row, and what the operator says
    /// about them.
    fn complete_cycle(&self, gathered: &mut Gathered) -> Result<(), Fault> {
        let cycle = self.window.cycle;
        let before = cycle.plus(-1);
        for position in 0..self.rulebook.rosters.len() {
            let roster = RosterId(position as u16);
            let rule = self.rulebook.roster(roster);
            if rule.once {
                continue;
            }
            let Some(current) = gathered.months.last().map(|month| month.rosters[position].is_some()) else {
                continue;
            };
            let without_all = self
                .exceptions
                .without
                .iter()
                .any(|without| without.roster == rule.code && without.township.is_none());
            if without_all {
                if let Some(month) = gathered.months.last_mut() {
                    month.rosters[position] = None;
                }
                continue;
            }
            let carries = self.exceptions.carry_forward.iter().any(|code| *code == rule.code);
            if !current && !carries {
                gathered.missing.push(rule.code.to_string());
                continue;
            }
            let absent = self.absent_townships(roster, gathered);
            if carries {
                self.carry_forward(roster, before, &absent, current, gathered)?;
                continue;
            }
            for (township, people) in absent {
                let named = self.exceptions.without.iter().find(|without| {
                    without.roster == rule.code
                        && without.township.as_ref().is_some_and(|name| {
                            *name == self.rulebook.divisions.name(&township)
                                || *name == self.rulebook.divisions.code(&township)
                        })
                });
                if named.is_some() {
                    if let Some(month) = gathered.months.last_mut() {
                        month.left_out[position].extend(people);
                    }
                } else {
                    gathered.missing.push(format!(
                        "{}/{}",
                        rule.code,
                        self.rulebook.divisions.name(&township)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Townships with at least five people on the roster last month and no row now, with those people.
    fn absent_townships(&self, roster: RosterId, gathered: &Gathered) -> Vec<(Township, Vec<u64>)> {
        let now: BTreeSet<Township> = gathered
            .months
            .last()
            .and_then(|month| month.rosters[usize::from(roster.0)].as_ref())
            .map(|month| month.claims.iter().map(|claim| claim.township.clone()).collect())
            .unwrap_or_default();
        let mut last: BTreeMap<Township, BTreeSet<u64>> = BTreeMap::new();
        for line in self.last {
            let Some(rule) = self.rulebook.programmes.get(usize::from(line.line.programme.0)) else {
                continue;
            };
            let Some(settled) = line.settled.as_ref().filter(|_| rule.roster == roster) else { continue };
            let people = last.entry(self.rulebook.divisions.find(&settled.township)).or_default();
            if settled.members.is_empty() {
                people.extend(line.line.beneficiary.person().map(|person| person.packed()));
            } else {
                people.extend(settled.members.iter().map(|member| member.packed()));
            }
        }
        last.into_iter()
            .filter(|(township, people)| people.len() >= 5 && !now.contains(township))
            .map(|(township, people)| (township, people.into_iter().collect()))
            .collect()
    }

    fn carry_forward(
        &self,
        roster: RosterId,
        before: Month,
        absent: &[(Township, Vec<u64>)],
        has_files: bool,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let cycle = self.window.cycle;
        let files = self.files_of(before, cycle, gathered)?.remove(&roster).unwrap_or_default();
        if files.is_empty() {
            return Err(Fault::new(Exit::Refused, "nothing-to-carry-forward")
                .with("roster", &self.rulebook.roster(roster).code)
                .with("month", before.to_string()));
        }
        let carried = self.read(roster, cycle, before, Origin::Other(before), &files, gathered)?;
        let position = usize::from(roster.0);
        let Some(month) = gathered.months.last_mut() else { return Ok(()) };
        if !has_files {
            month.rosters[position] = Some(carried);
            return Ok(());
        }
        let Some(own) = month.rosters[position].as_mut() else { return Ok(()) };
        let rows: Vec<Claim> = carried
            .claims
            .into_iter()
            .filter(|claim| absent.iter().any(|(township, _)| *township == claim.township))
            .collect();
        let files: BTreeSet<FileId> = rows.iter().map(|claim| claim.source.file).collect();
        own.carried.extend(files.into_iter().map(|file| (file, before)));
        own.claims.extend(rows);
        Ok(())
    }
}

/// Missing rosters and townships, for messages: name and code, as `--without` takes it.
pub fn missing_text(missing: &[String], rulebook: &Rulebook) -> Text {
    let named: Vec<String> = missing.iter().map(|place| missing_name(place, rulebook)).collect();
    named.join(", ").into()
}

/// One of them.
pub fn missing_name(place: &str, rulebook: &Rulebook) -> String {
    let code = place.split('/').next().unwrap_or(place);
    match rulebook.rosters.iter().find(|roster| roster.code == code) {
        Some(roster) => format!("{} {place}", roster.name),
        None => place.to_owned(),
    }
}

/// Whether a text names a person: an identity number, or a beneficiary text.
pub fn beneficiary_of(text: &str) -> Option<Beneficiary> {
    Beneficiary::parse(text).or_else(|| {
        let person = Beneficiary::parse(&format!("person:{}", text.to_uppercase()))?;
        person.person().map(|_| person)
    })
}
