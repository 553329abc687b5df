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
    /// Ledger lines of earlier months, the latest first.
    pub before: Vec<&'a [LedgerLine]>,
    /// Ledger lines of the same month, as it was settled.
    pub same: &'a [LedgerLine],
    /// The rosters of the month before, as read today: which cases stood there.
    pub rosters: Option<&'a MonthRosters>,
}

/// What the rule finds in one roster of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// Rows that are deferred as `link-needed`.
    pub rows: BTreeSet<u32>,
    /// Who vanished while they appeared, and keeps what it has.
    pub vanished: BTreeSet<Beneficiary>,
}

/// By roster: what the rule finds in a month.
pub fn link_needed(
    rulebook: &Rulebook,
    links: &Links,
    month: &MonthRosters,
    earlier: &Earlier<'_>,
) -> Vec<Needed> {
    let mut all = vec![Needed::default(); rulebook.rosters.len()];
    for (position, roster_month) in month.rosters.iter().enumerate() {
        let Some(roster_month) = roster_month else { continue };
        let roster = rulebook.roster(roster_month.roster);
        let of_roster = |lines: &'_ [LedgerLine]| -> Vec<SettledLine> {
            let own = |line: &&LedgerLine| {
                let rule = rulebook.programmes.get(usize::from(line.line.programme.0));
                rule.is_some_and(|rule| rule.roster == roster_month.roster)
            };
            lines.iter().filter(own).filter_map(|line| line.settled.clone()).collect()
        };
        let latest = earlier.before.iter().map(|lines| of_roster(lines)).find(|settled| !settled.is_empty());
        let before = earlier.rosters.and_then(|rosters| rosters.rosters[position].as_ref());
        let appeared = Appeared { rulebook, links, month: roster_month };
        let needed = &mut all[position];
        for settled in latest.into_iter().chain([of_roster(earlier.same)]) {
            let settled: Vec<&SettledLine> = settled.iter().collect();
            if roster.household {
                appeared.households(&settled, needed);
            } else if roster.once {
                appeared.cases(&settled, before, needed);
            } else if !settled.is_empty() {
                appeared.persons(&settled, needed);
            }
        }
    }
    all
}

struct Appeared<'a> {
    rulebook: &'a Rulebook,
    links: &'a Links,
    month: &'a RosterMonth,
}

impl Appeared<'_> {
    fn person(&self, claim: &Claim, month: Month) -> Option<ResidentId> {
        claim.resident.map(|resident| self.links.person(resident, month))
    }

    /// A person vanishes while one with the same name and the same birth date, account or township
    /// appears.
    fn persons(&self, settled: &[&SettledLine], needed: &mut Needed) {
        let now: BTreeSet<ResidentId> =
            self.month.claims.iter().filter_map(|claim| self.person(claim, self.month.month)).collect();
        let known: BTreeSet<ResidentId> =
            settled.iter().filter_map(|line| line.line.beneficiary.person()).collect();
        let mut vanished: BTreeMap<&str, Vec<&SettledLine>> = BTreeMap::new();
        for line in settled {
            // A row that is there under a number that cannot be read has not vanished.
            if line.line.beneficiary.person().is_some_and(|person| !now.contains(&person)) {
                vanished.entry(&line.name).or_default().push(line);
            }
        }
        if vanished.is_empty() {
            return;
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
        for (row, claim) in self.readable() {
            let Some(person) = self.person(claim, self.month.month) else { continue };
            if claim.name.is_empty() || known.contains(&person) {
                continue;
            }
            let Some(lines) = vanished.get(claim.name.as_str()) else { continue };
            for line in lines.iter().filter(|line| alike(claim, line)) {
                needed.rows.insert(row);
                needed.vanished.insert(line.line.beneficiary.clone());
            }
        }
    }

    /// A household vanishes while one with at least half its members appears.
    fn households(&self, settled: &[&SettledLine], needed: &mut Needed) {
        let household = |claim: &Claim, month: Month| {
            let code = self.rulebook.divisions.code(&claim.township);
            self.links.household(Beneficiary::household(code, &claim.household_id), month)
        };
        let mut now: BTreeMap<Beneficiary, BTreeSet<ResidentId>> = BTreeMap::new();
        for claim in self.month.claims.iter().filter(|claim| !claim.household_id.is_empty()) {
            let members = now.entry(household(claim, self.month.month)).or_default();
            members.extend(self.person(claim, self.month.month));
        }
        let known: BTreeSet<Beneficiary> = settled.iter().map(|line| line.line.beneficiary.clone()).collect();
        let vanished: Vec<&&SettledLine> =
            settled.iter().filter(|line| !now.contains_key(&line.line.beneficiary)).collect();
        if vanished.is_empty() {
            return;
        }
        let linked = |members: &BTreeSet<ResidentId>, line: &SettledLine| {
            let had: BTreeSet<ResidentId> =
                line.members.iter().map(|member| self.links.person(*member, self.month.month)).collect();
            let kept = had.intersection(members).count();
            kept > 0 && kept * 2 >= had.len()
        };
        let mut appeared: BTreeSet<&Beneficiary> = BTreeSet::new();
        for (beneficiary, members) in now.iter().filter(|(beneficiary, _)| !known.contains(*beneficiary)) {
            for line in vanished.iter().filter(|line| linked(members, line)) {
                appeared.insert(beneficiary);
                needed.vanished.insert(line.line.beneficiary.clone());
            }
        }
        if appeared.is_empty() {
            return;
        }
        for (row, claim) in self.readable() {
            let of_household = || appeared.contains(&household(claim, self.month.month));
            if !claim.household_id.is_empty() && of_household() {
                needed.rows.insert(row);
            }
        }
    }

    /// A case vanishes while one of the same person, roster and amount appears. A case that stood on the
    /// roster of the month before vanishes too, whichever month decided it.
    fn cases(&self, settled: &[&SettledLine], before: Option<&RosterMonth>, needed: &mut Needed) {
        let case = |claim: &Claim, month: Month| self.links.case(&claim.case_no, month);
        let now: BTreeSet<Text> =
            self.month.claims.iter().map(|claim| case(claim, self.month.month)).collect();
        let mut known: BTreeSet<Text> = settled.iter().map(|line| line.line.case_no.clone()).collect();
        let mut vanished: BTreeSet<(ResidentId, Money)> = settled
            .iter()
            .filter(|line| !now.contains(&line.line.case_no))
            .filter_map(|line| Some((line.line.beneficiary.person()?, line.amount)))
            .collect();
        let earlier = before.filter(|before| before.month < self.month.month && !settled.is_empty());
        for claim in earlier.into_iter().flat_map(|before| &before.claims) {
            let number = case(claim, self.month.month);
            let Some(person) = self.person(claim, self.month.month) else { continue };
            if !number.is_empty() && !now.contains(&number) {
                vanished.extend(money(claim).map(|amount| (person, amount)));
            }
            known.insert(number);
        }
        if vanished.is_empty() {
            return;
        }
        for (row, claim) in self.readable() {
            let Some(person) = self.person(claim, self.month.month) else { continue };
            if claim.case_no.is_empty() || known.contains(&case(claim, self.month.month)) {
                continue;
            }
            if money(claim).any(|amount| vanished.contains(&(person, amount))) {
                needed.rows.insert(row);
            }
        }
    }

    fn readable(&self) -> impl Iterator<Item = (u32, &Claim)> {
        (0..).zip(&self.month.claims).filter(|(_, claim)| claim.rejected.is_none())
    }
}

/// The amounts a row states.
fn money(claim: &Claim) -> impl Iterator<Item = Money> {
    claim.extra.iter().filter_map(|cell| match cell {
        Cell::Money(amount) => Some(*amount),
        _ => None,
    })
}
