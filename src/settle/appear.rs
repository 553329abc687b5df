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
    /// By roster: what the rule found in the month before; empty for the first month at hand.
    pub needed: &'a [Needed],
}

/// Under which key somebody appears or vanishes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Beneficiary(Beneficiary),
    Case(Text),
}

/// What the rule finds in one roster of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// Rows that are deferred as `link-needed`.
    pub rows: BTreeSet<u32>,
    /// Who vanished while they appeared, and keeps what it has.
    pub vanished: BTreeSet<Beneficiary>,
    /// Who appeared, and who vanished at that.
    pairs: BTreeSet<(Key, Key)>,
}

impl Needed {
    fn pair(&mut self, appeared: Key, vanished: Key) {
        if let Key::Beneficiary(beneficiary) = &vanished {
            self.vanished.insert(beneficiary.clone());
        }
        self.pairs.insert((appeared, vanished));
    }
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
        let waiting = earlier.needed.get(position).map(|needed| &needed.pairs);
        let Some(roster_month) = roster_month else {
            all[position].pairs = waiting.cloned().unwrap_or_default();
            continue;
        };
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
        let same = of_roster(earlier.same);
        if let Some(waiting) = waiting.filter(|waiting| !waiting.is_empty()) {
            let settled: Vec<&SettledLine> = latest.iter().flatten().chain(&same).collect();
            appeared.still_waiting(waiting, &settled, needed);
        }
        for settled in latest.into_iter().chain([same]) {
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

    fn household(&self, claim: &Claim) -> Beneficiary {
        let code = self.rulebook.divisions.code(&claim.township);
        self.links.household(Beneficiary::household(code, &claim.household_id), self.month.month)
    }

    fn case(&self, claim: &Claim) -> Text {
        self.links.case(&claim.case_no, self.month.month)
    }

    /// The key that the roster's lines go by.
    fn key(&self, claim: &Claim) -> Option<Key> {
        let roster = self.rulebook.roster(self.month.roster);
        if roster.once {
            return (!claim.case_no.is_empty()).then(|| Key::Case(self.case(claim)));
        }
        let beneficiary = match roster.household {
            true => (!claim.household_id.is_empty()).then(|| self.household(claim)),
            false => self.person(claim, self.month.month).map(Beneficiary::Person),
        };
        beneficiary.map(Key::Beneficiary)
    }

    /// Whoever appeared in the month before and is still not settled under its key waits on, as long as
    /// the one that vanished then has not come back: a month in which it was only deferred says nothing.
    fn still_waiting(&self, waiting: &BTreeSet<(Key, Key)>, settled: &[&SettledLine], needed: &mut Needed) {
        let once = self.rulebook.roster(self.month.roster).once;
        let known: BTreeSet<Key> = settled
            .iter()
            .map(|line| match once {
                true => Key::Case(line.line.case_no.clone()),
                false => Key::Beneficiary(line.line.beneficiary.clone()),
            })
            .collect();
        let now: BTreeSet<Key> = self.month.claims.iter().filter_map(|claim| self.key(claim)).collect();
        let mut on: BTreeMap<&Key, Vec<&Key>> = BTreeMap::new();
        for (appeared, vanished) in waiting {
            if !now.contains(vanished) && !known.contains(appeared) {
                on.entry(appeared).or_default().push(vanished);
            }
        }
        for (row, claim) in self.readable() {
            let Some((appeared, vanished)) = self.key(claim).and_then(|key| on.get_key_value(&key)) else {
                continue;
            };
            needed.rows.insert(row);
            for vanished in vanished {
                needed.pair((*appeared).clone(), (*vanished).clone());
            }
        }
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
                let vanished = Key::Beneficiary(line.line.beneficiary.clone());
                needed.pair(Key::Beneficiary(Beneficiary::Person(person)), vanished);
            }
        }
    }

    /// A household vanishes while one with at least half its members appears.
    fn households(&self, settled: &[&SettledLine], needed: &mut Needed) {
        let mut now: BTreeMap<Beneficiary, BTreeSet<ResidentId>> = BTreeMap::new();
        for claim in self.month.claims.iter().filter(|claim| !claim.household_id.is_empty()) {
            let members = now.entry(self.household(claim)).or_default();
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
                let vanished = Key::Beneficiary(line.line.beneficiary.clone());
                needed.pair(Key::Beneficiary(beneficiary.clone()), vanished);
            }
        }
        if appeared.is_empty() {
            return;
        }
        for (row, claim) in self.readable() {
            let of_household = || appeared.contains(&self.household(claim));
            if !claim.household_id.is_empty() && of_household() {
                needed.rows.insert(row);
            }
        }
    }

    /// A case vanishes while one of the same person, roster and amount appears. A case that stood on the
    /// roster of the month before vanishes too, whichever month decided it.
    fn cases(&self, settled: &[&SettledLine], before: Option<&RosterMonth>, needed: &mut Needed) {
        let now: BTreeSet<Text> = self.month.claims.iter().map(|claim| self.case(claim)).collect();
        let mut known: BTreeSet<Text> = settled.iter().map(|line| line.line.case_no.clone()).collect();
        let mut vanished: BTreeMap<(ResidentId, Money), Text> = settled
            .iter()
            .filter(|line| !now.contains(&line.line.case_no))
            .filter_map(|line| {
                Some(((line.line.beneficiary.person()?, line.amount), line.line.case_no.clone()))
            })
            .collect();
        let earlier = before.filter(|before| before.month < self.month.month && !settled.is_empty());
        for claim in earlier.into_iter().flat_map(|before| &before.claims) {
            let number = self.case(claim);
            let Some(person) = self.person(claim, self.month.month) else { continue };
            if !number.is_empty() && !now.contains(&number) {
                vanished.extend(money(claim).map(|amount| ((person, amount), number.clone())));
            }
            known.insert(number);
        }
        if vanished.is_empty() {
            return;
        }
        for (row, claim) in self.readable() {
            let Some(person) = self.person(claim, self.month.month) else { continue };
            if claim.case_no.is_empty() || known.contains(&self.case(claim)) {
                continue;
            }
            if let Some(number) = money(claim).find_map(|amount| vanished.get(&(person, amount))) {
                needed.rows.insert(row);
                needed.pair(Key::Case(self.case(claim)), Key::Case(number.clone()));
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
