//! What rows say about each other within a month: the same row twice, rows of one key that differ, a
//! person in two households, in two townships, under two names, on lists that bar each other. Said, never
//! decided here: outcomes are those of DESIGN §9.

use rayon::prelude::*;

use super::decision::Outcome;
use super::links::Links;
use super::rows::{RowState, first_state, household_of};
use super::{MonthDecisions, MonthRosters};
use crate::domain::{FileId, Files, Finding, Severity, Text, Township, fold_name};
use crate::intake::Claim;
use crate::policy::{Rulebook, Stacking};

/// Findings over all rosters of a month. `repeated`: files that one warning already says are in another
/// whole (READING 1); their rows are not said again.
pub fn findings(
    rulebook: &Rulebook,
    links: &Links,
    files: &Files,
    repeated: &[FileId],
    rosters: &MonthRosters,
    decided: &MonthDecisions,
) -> Vec<Finding> {
    let crossing = Crossing { rulebook, files, repeated, rosters };
    let mut findings = crossing.within(links, decided);
    findings.extend(crossing.between(links));
    findings.extend(crossing.barred(decided));
    findings
}

struct Crossing<'a> {
    rulebook: &'a Rulebook,
    files: &'a Files,
    repeated: &'a [FileId],
    rosters: &'a MonthRosters,
}

impl<'a> Crossing<'a> {
    /// A finding at the first of several rows that names the others.
    fn at_first(&self, code: &'static str, severity: Severity, rows: &[&Claim]) -> Finding {
        let others: Vec<String> = rows[1..].iter().map(|claim| self.files.show(claim.source)).collect();
        Finding::new(code, severity, self.files.place(rows[0].source))
            .about(rows[0].resident, &rows[0].name)
            .with("other", others.join("; "))
    }

    /// Rows of one roster: DESIGN §7 on keys.
    fn within(&self, links: &Links, decided: &MonthDecisions) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (month, alike) in self.rosters.rosters.iter().zip(&decided.alike) {
            let Some(month) = month else { continue };
            let roster = self.rulebook.roster(month.roster);
            let claim = |row: &u32| &month.claims[*row as usize];
            for same in &alike.repeated {
                let group: Vec<&Claim> = same
                    .iter()
                    .map(claim)
                    .filter(|claim| !self.repeated.contains(&claim.source.file))
                    .collect();
                if group.len() > 1 {
                    findings.push(self.at_first("row-repeated", Severity::Warning, &group));
                }
            }
            // On rosters of cases what two rows share is the case, else the person.
            let shared = |row: &u32| {
                let claim = claim(row);
                match roster.once {
                    true => (None, links.case(&claim.case_no, self.rosters.month)),
                    false => {
                        (claim.resident.map(|one| links.person(one, self.rosters.month)), Text::default())
                    }
                }
            };
            let mut different = alike.differing.clone();
            different.sort_by_cached_key(|row| (shared(row), *row));
            for group in different.chunk_by(|a, b| shared(a) == shared(b)) {
                let claims: Vec<&Claim> = group.iter().map(claim).collect();
                let first = claims[0];
                let code = if roster.once && claims.iter().any(|one| one.resident != first.resident) {
                    "case-of-two-persons"
                } else if roster.household
                    && claims.iter().any(|one| household_of(one) != household_of(first))
                {
                    "person-in-two-households"
                } else {
                    "rows-of-one-key-differ"
                };
                findings.push(self.at_first(code, Severity::Error, &claims));
            }
        }
        findings
    }

    /// Rows of one person on all rosters.
    fn between(&self, links: &Links) -> Vec<Finding> {
        let month = self.rosters.month;
        let mut people: Vec<(u64, u16, u32)> = Vec::new();
        for (position, roster) in self.rosters.rosters.iter().enumerate() {
            let Some(roster) = roster else { continue };
            let rule = self.rulebook.roster(roster.roster);
            let of: Vec<(u64, u16, u32)> = roster
                .claims
                .par_iter()
                .enumerate()
                .filter(|(_, claim)| first_state(claim, month, rule) == RowState::Current)
                .filter_map(|(row, claim)| {
                    Some((links.person(claim.resident?, month).packed(), position as u16, row as u32))
                })
                .collect();
            people.extend(of);
        }
        people.par_sort_unstable();
        let groups: Vec<&[(u64, u16, u32)]> =
            people.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1).collect();
        groups.into_par_iter().flat_map_iter(|group| self.person(group)).collect()
    }

    fn person(&self, group: &[(u64, u16, u32)]) -> Vec<Finding> {
        let claims: Vec<&Claim> = group
            .iter()
            .filter_map(|(_, roster, row)| {
                self.rosters.rosters[usize::from(*roster)].as_ref()?.claims.get(*row as usize)
            })
            .collect();
        let mut findings = Vec::new();
        let Some(first) = claims.first() else { return findings };
        let written =
            |claim: &&&Claim| !matches!(&claim.township, Township::Unknown(text) if text.is_empty());
        let somewhere: Vec<&Claim> = claims.iter().filter(written).copied().collect();
        if let Some(one) = somewhere.first()
            && let Some(other) = somewhere.iter().find(|claim| claim.township != one.township)
        {
            let finding = self
                .at_first("person-in-two-townships", Severity::Warning, &[one, other])
                .with("here", self.rulebook.divisions.name(&one.township))
                .with("there", self.rulebook.divisions.name(&other.township));
            findings.push(finding);
        }
        let named: Vec<&Claim> = claims.iter().filter(|claim| !claim.name.is_empty()).copied().collect();
        if let Some(one) = named.first() {
            let name = fold_name(&one.name);
            if let Some(other) =
                named.iter().find(|claim| claim.name != one.name && fold_name(&claim.name) != name)
            {
                let finding = self
                    .at_first("person-of-two-names", Severity::Warning, &[one, other])
                    .with("here", &one.name)
                    .with("there", &other.name);
                findings.push(finding.about(first.resident, &one.name));
            }
        }
        findings
    }

    /// Rows whose programme another one bars.
    fn barred(&self, decided: &MonthDecisions) -> Vec<Finding> {
        let barred = decided.decisions.iter().filter(|decision| decision.outcome == Outcome::Barred);
        barred
            .filter_map(|decision| {
                let rule = self.rulebook.rule(decision.programme);
                let holders: Vec<&str> = self
                    .rulebook
                    .stacking
                    .iter()
                    .filter_map(|stacking| match stacking {
                        Stacking::Bars { holder, barred } if barred.contains(&decision.programme) => {
                            Some(self.rulebook.rule(*holder).name.as_str())
                        }
                        _ => None,
                    })
                    .collect();
                if holders.is_empty() {
                    return None;
                }
                let month = self.rosters.rosters.get(usize::from(rule.roster.0))?.as_ref()?;
                let claim = month.claims.get(decision.claim as usize)?;
                Some(
                    Finding::new("programmes-bar", Severity::Info, self.files.place(claim.source))
                        .about(claim.resident, &claim.name)
                        .with("programme", &rule.name)
                        .with("other", holders.join("、")),
                )
            })
            .collect()
    }
}
