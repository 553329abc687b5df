//! The link rule (DESIGN §7): whoever appears on a roster while somebody very like them vanishes may be
//! the same beneficiary under another key. Paying the one that appears could pay a month twice, so it is
//! deferred until a person says which it is; the one that vanished keeps what it has.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{Links, MonthRosters};
use crate::domain::{Beneficiary, Money, Month, ResidentId, Text};
use crate::intake::{Cell, Claim, RosterMonth};
use crate::policy::Rulebook;

use super::plan::{LedgerLine, SettledLine};

/// What the rule compares a month's rosters with.
pub struct Earlier<'a> {
    /// Settled lines of the latest earlier month, and of the same month.
    pub settled: Vec<&'a [LedgerLine]>,
    /// The rosters of the earlier month as read today, where they were.
    pub rosters: Option<&'a MonthRosters>,
}

/// By roster: rows of a month that are deferred as `link-needed`.
pub fn link_needed(
    rulebook: &Rulebook,
    links: &Links,
    month: &MonthRosters,
    earlier: &Earlier<'_>,
) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); rulebook.rosters.len()];
    for (position, roster_month) in month.rosters.iter().enumerate() {
        let Some(roster_month) = roster_month else { continue };
        let roster = rulebook.roster(roster_month.roster);
        let before = earlier.rosters.and_then(|rosters| rosters.rosters[position].as_ref());
        let mut found: BTreeSet<u32> = BTreeSet::new();
        for lines in &earlier.settled {
            let settled: Vec<&SettledLine> = lines
                .iter()
                .filter(|line| line.entitlement.is_positive())
                .filter(|line| {
                    rulebook
                        .programmes
                        .get(usize::from(line.line.programme.0))
                        .is_some_and(|rule| rule.roster == roster_month.roster)
                })
                .filter_map(|line| line.settled.as_ref())
                .collect();
            if settled.is_empty() {
                continue;
            }
            let appeared = Appeared { rulebook, links, month: roster_month, before };
            if roster.household {
                found.extend(appeared.households(&settled));
            } else if roster.once {
                found.extend(appeared.cases(&settled));
            } else {
                found.extend(appeared.persons(&settled));
            }
        }
        rows[position] = found.into_iter().collect();
    }
    rows
}

struct Appeared<'a> {
    rulebook: &'a Rulebook,
    links: &'a Links,
    month: &'a RosterMonth,
    before: Option<&'a RosterMonth>,
}

impl Appeared<'_> {
    fn person(&self, claim: &Claim, month: Month) -> Option<ResidentId> {
        claim.resident.map(|resident| self.links.person(resident, month))
    }

    /// A person vanishes while one with the same name and the same birth date, account or township
    /// appears.
    fn persons(&self, settled: &[&SettledLine]) -> Vec<u32> {
        let now: BTreeSet<ResidentId> =
            self.month.claims.iter().filter_map(|claim| self.person(claim, self.month.month)).collect();
        let mut known: BTreeSet<ResidentId> =
            settled.iter().filter_map(|line| line.line.beneficiary.person()).collect();
        let mut vanished: BTreeMap<&str, Vec<&SettledLine>> = BTreeMap::new();
        for line in settled {
            // A row that is there under a number that cannot be read has not vanished.
            if line.line.beneficiary.person().is_some_and(|person| !now.contains(&person)) {
                vanished.entry(&line.name).or_default().push(line);
            }
        }
        if vanished.is_empty() {
            return Vec::new();
        }
        if let Some(before) = self.before {
            known.extend(before.claims.iter().filter_map(|claim| self.person(claim, before.month)));
        }
        let alike = |claim: &Claim, line: &SettledLine| {
            let birth = |id: Option<ResidentId>| id.map(ResidentId::birth);
            let same_birth = birth(claim.resident) == birth(line.line.beneficiary.person());
            let same_account = line.payee.as_ref().is_some_and(|payee| {
                !claim.account.number.is_empty() && payee.account.number == claim.account.number
            });
            let same_township = self.rulebook.divisions.code(&claim.township) == line.township;
            same_birth || same_account || same_township
        };
        self.rows(|claim| {
            let Some(person) = self.person(claim, self.month.month) else { return false };
            !claim.name.is_empty()
                && !known.contains(&person)
                && vanished
                    .get(claim.name.as_str())
                    .is_some_and(|lines| lines.iter().any(|line| alike(claim, line)))
        })
    }

    /// A household vanishes while one with at least half its members appears.
    fn households(&self, settled: &[&SettledLine]) -> Vec<u32> {
        let household = |claim: &Claim, month: Month| {
            let code = self.rulebook.divisions.code(&claim.township);
            self.links.household(Beneficiary::household(code, &claim.household_id), month)
        };
        let mut now: BTreeMap<Beneficiary, BTreeSet<ResidentId>> = BTreeMap::new();
        for claim in self.month.claims.iter().filter(|claim| !claim.household_id.is_empty()) {
            let members = now.entry(household(claim, self.month.month)).or_default();
            members.extend(self.person(claim, self.month.month));
        }
        let mut known: BTreeSet<Beneficiary> =
            settled.iter().map(|line| line.line.beneficiary.clone()).collect();
        let vanished: Vec<&&SettledLine> =
            settled.iter().filter(|line| !now.contains_key(&line.line.beneficiary)).collect();
        if vanished.is_empty() {
            return Vec::new();
        }
        if let Some(before) = self.before {
            known.extend(before.claims.iter().map(|claim| household(claim, before.month)));
        }
        let linked = |members: &BTreeSet<ResidentId>, line: &SettledLine| {
            let had: BTreeSet<ResidentId> =
                line.members.iter().map(|member| self.links.person(*member, self.month.month)).collect();
            let kept = had.intersection(members).count();
            kept > 0 && kept * 2 >= had.len()
        };
        let needed: BTreeSet<&Beneficiary> = now
            .iter()
            .filter(|(beneficiary, members)| {
                !known.contains(*beneficiary) && vanished.iter().any(|line| linked(members, line))
            })
            .map(|(beneficiary, _)| beneficiary)
            .collect();
        if needed.is_empty() {
            return Vec::new();
        }
        self.rows(|claim| {
            !claim.household_id.is_empty() && needed.contains(&household(claim, self.month.month))
        })
    }

    /// A case vanishes while one of the same person, roster and amount appears.
    fn cases(&self, settled: &[&SettledLine]) -> Vec<u32> {
        let case = |claim: &Claim, month: Month| self.links.case(&claim.case_no, month);
        let now: BTreeSet<Text> =
            self.month.claims.iter().map(|claim| case(claim, self.month.month)).collect();
        let mut known: BTreeSet<Text> = settled.iter().map(|line| line.line.case_no.clone()).collect();
        let vanished: BTreeSet<(ResidentId, Money)> = settled
            .iter()
            .filter(|line| !now.contains(&line.line.case_no))
            .filter_map(|line| Some((line.line.beneficiary.person()?, line.amount)))
            .collect();
        if vanished.is_empty() {
            return Vec::new();
        }
        if let Some(before) = self.before {
            known.extend(before.claims.iter().map(|claim| case(claim, before.month)));
        }
        self.rows(|claim| {
            let Some(person) = self.person(claim, self.month.month) else { return false };
            !claim.case_no.is_empty()
                && !known.contains(&case(claim, self.month.month))
                && claim
                    .extra
                    .iter()
                    .any(|cell| matches!(cell, Cell::Money(amount) if vanished.contains(&(person, *amount))))
        })
    }

    fn rows(&self, needed: impl Fn(&Claim) -> bool) -> Vec<u32> {
        self.month
            .claims
            .iter()
            .enumerate()
            .filter(|(_, claim)| claim.rejected.is_none() && needed(claim))
            .map(|(row, _)| row as u32)
            .collect()
    }
}
