//! Steps 1 to 3 of DESIGN §9 for the rows of one roster in one month: which are rejected, not
//! current, the same twice, or in conflict; and who stands in which household.

use rustc_hash::FxHashMap;

use crate::domain::{Month, ResidentId, Source, Text, Township};
use crate::intake::{Cell, Claim, RosterMonth, RowStatus};
use crate::policy::{Canonical, FieldId, Roster, Rulebook};

use super::Links;

/// What steps 1–3 say of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowState {
    /// Step 1.
    Rejected,
    /// Step 2.
    NotCurrent,
    /// Step 2 reaches a field that is filled and unreadable.
    Unreadable(FieldId),
    /// Step 3.
    Duplicate,
    /// It may be somebody the ledger knows under another key.
    LinkNeeded,
    /// The same facts as an earlier row, which speaks for it.
    SameAs(u32),
    /// In force, alone under its key.
    Current,
}

/// Rows of one roster that stand under one key (DESIGN §7), for those who tell of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    /// Rows with the same facts, the one that speaks for them first.
    pub repeated: Vec<Vec<u32>>,
    /// Rows deferred as duplicates, ascending.
    pub differing: Vec<u32>,
}

/// One roster's rows with their states and the indices assess looks them up by.
pub(crate) struct Rows<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) month: &'a RosterMonth,
    pub(crate) states: Vec<RowState>,
    /// Rows by person (under the key the ledger knows), sorted: rejected rows with a number included.
    by_person: Vec<(u64, u32)>,
    /// Further rows with the same facts, by the row that speaks for them.
    same: FxHashMap<u32, Vec<u32>>,
    /// The place of every field in a claim's extra cells.
    pub(crate) slots: Vec<Option<usize>>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        rulebook: &'a Rulebook,
        month: &'a RosterMonth,
        links: &Links,
        link_needed: &[u32],
    ) -> Rows<'a> {
        let roster = rulebook.roster(month.roster);
        let slots: Vec<Option<usize>> =
            (0..rulebook.fields.len()).map(|field| roster.slot(FieldId(field as u16))).collect();
        let mut states: Vec<RowState> =
            month.claims.iter().map(|claim| first_state(claim, month.month, roster)).collect();
        for &row in link_needed {
            if let Some(state @ RowState::Current) = states.get_mut(row as usize) {
                *state = RowState::LinkNeeded;
            }
        }
        let mut by_person: Vec<(u64, u32)> = month
            .claims
            .iter()
            .enumerate()
            .filter_map(|(row, claim)| {
                Some((links.person(claim.resident?, month.month).packed(), row as u32))
            })
            .collect();
        by_person.sort_unstable();
        let mut rows = Rows { roster, month, states, by_person, same: FxHashMap::default(), slots };
        rows.find_duplicates();
        if roster.once {
            rows.find_shared_cases(links);
        }
        rows
    }

    pub(crate) fn claim(&self, row: u32) -> &'a Claim {
        &self.month.claims[row as usize]
    }

    /// The row's place and those of rows with the same facts, in row order.
    pub(crate) fn sources(&self, row: u32) -> Vec<Source> {
        let mut sources = vec![self.claim(row).source];
        if let Some(same) = self.same.get(&row) {
            sources.extend(same.iter().map(|row| self.claim(*row).source));
        }
        sources
    }

    /// What was found under one key twice.
    pub(crate) fn alike(&self) -> Alike {
        let mut repeated: Vec<Vec<u32>> = self
            .same
            .iter()
            .map(|(speaker, same)| std::iter::once(*speaker).chain(same.iter().copied()).collect())
            .collect();
        repeated.sort_unstable();
        let differing = (0..).zip(&self.states).filter(|(_, state)| **state == RowState::Duplicate);
        Alike { repeated, differing: differing.map(|(row, _)| row).collect() }
    }

    fn in_force(&self, row: u32) -> bool {
        matches!(
            self.states[row as usize],
            RowState::Current
                | RowState::Unreadable(_)
                | RowState::LinkNeeded
                | RowState::Duplicate
                | RowState::SameAs(_)
        )
    }

    /// Step 3: the same key twice. Person by person, since every key holds the person; within one
    /// person the rows are few.
    fn find_duplicates(&mut self) {
        let household_key = self.roster.key.contains(&Canonical::HouseholdId.id());
        let mut start = 0;
        while start < self.by_person.len() {
            let person = self.by_person[start].0;
            let end = start + self.by_person[start..].partition_point(|(packed, _)| *packed == person);
            if end - start > 1 {
                let mut rows: Vec<u32> = self.by_person[start..end]
                    .iter()
                    .map(|(_, row)| *row)
                    .filter(|row| self.in_force(*row))
                    .collect();
                if rows.len() > 1 {
                    rows.sort_by(|a, b| self.key_order(*a, *b).then(a.cmp(b)));
                    self.judge_person(&rows, household_key);
                }
            }
            start = end;
        }
    }

    fn judge_person(&mut self, rows: &[u32], household_key: bool) {
        let mut first = 0;
        while first < rows.len() {
            let mut last = first + 1;
            while last < rows.len() && self.key_order(rows[first], rows[last]).is_eq() {
                last += 1;
            }
            let group = &rows[first..last];
            if group.len() > 1 {
                let speaker = group[0];
                if group[1..].iter().all(|row| same_facts(self.claim(speaker), self.claim(*row))) {
                    for row in &group[1..] {
                        self.states[*row as usize] = RowState::SameAs(speaker);
                    }
                    self.same.insert(speaker, group[1..].to_vec());
                } else {
                    for row in group {
                        self.states[*row as usize] = RowState::Duplicate;
                    }
                }
            }
            first = last;
        }
        // A person with a current row in two households: both rows, so both households.
        if self.roster.household && household_key {
            let mut households = rows.iter().map(|row| household_of(self.claim(*row)));
            let one = households.next();
            if households.any(|household| Some(household) != one) {
                for row in rows {
                    if !matches!(self.states[*row as usize], RowState::SameAs(_)) {
                        self.states[*row as usize] = RowState::Duplicate;
                    }
                }
            }
        }
    }

    fn find_shared_cases(&mut self, links: &Links) {
        let mut cases: FxHashMap<Text, (ResidentId, Vec<u32>, bool)> = FxHashMap::default();
        for row in 0..self.month.claims.len() as u32 {
            let claim = self.claim(row);
            let (true, Some(resident), false) =
                (self.in_force(row), claim.resident, claim.case_no.is_empty())
            else {
                continue;
            };
            let resident = links.person(resident, self.month.month);
            let case = links.case(&claim.case_no, self.month.month);
            let entry = cases.entry(case).or_insert_with(|| (resident, Vec::new(), false));
            entry.1.push(row);
            entry.2 |= entry.0 != resident;
        }
        for (_, rows, shared) in cases.into_values() {
            if shared {
                for row in rows {
                    if !matches!(self.states[row as usize], RowState::SameAs(_)) {
                        self.states[row as usize] = RowState::Duplicate;
                    }
                }
            }
        }
    }

    /// Order by the roster's key without the person, who is equal here.
    fn key_order(&self, a: u32, b: u32) -> std::cmp::Ordering {
        let (a, b) = (self.claim(a), self.claim(b));
        let mut order = std::cmp::Ordering::Equal;
        for field in &self.roster.key {
            order = order.then_with(|| {
                if *field == Canonical::ResidentId.id() {
                    std::cmp::Ordering::Equal
                } else if *field == Canonical::HouseholdId.id() {
                    household_of(a).cmp(&household_of(b))
                } else if *field == Canonical::CaseNo.id() {
                    a.case_no.cmp(&b.case_no)
                } else if let Some(slot) = self.slots[usize::from(field.0)] {
                    a.extra.get(slot).cmp(&b.extra.get(slot))
                } else {
                    std::cmp::Ordering::Equal
                }
            });
        }
        order
    }
}

/// A household is known by township and number: two townships may both number 0001.
pub(crate) fn household_of(claim: &Claim) -> (&Township, &Text) {
    (&claim.township, &claim.household_id)
}

pub(crate) fn first_state(claim: &Claim, month: Month, roster: &Roster) -> RowState {
    if claim.rejected.is_some() {
        return RowState::Rejected;
    }
    // Whatever is certain decides first: a stopped row is not current even if its last month cannot
    // be read.
    if claim.status != Some(RowStatus::Active) {
        return RowState::NotCurrent;
    }
    if matches!(&claim.first_month, Cell::Month(first) if *first > month)
        || matches!(&claim.last_month, Cell::Month(last) if *last < month)
    {
        return RowState::NotCurrent;
    }
    if claim.first_month == Cell::Missing {
        return RowState::Unreadable(Canonical::FirstMonth.id());
    }
    if claim.last_month == Cell::Missing {
        return RowState::Unreadable(Canonical::LastMonth.id());
    }
    if roster.once && claim.case_no.is_empty() {
        return RowState::Unreadable(Canonical::CaseNo.id());
    }
    RowState::Current
}

/// Whether two rows say the same: all canonical fields and the roster's own, as read (DESIGN §9.3).
pub(crate) fn same_facts(a: &Claim, b: &Claim) -> bool {
    a.resident == b.resident
        && a.name == b.name
        && a.household_id == b.household_id
        && a.relation == b.relation
        && a.hukou == b.hukou
        && a.township == b.township
        && a.community == b.community
        && a.first_month == b.first_month
        && a.last_month == b.last_month
        && a.status == b.status
        && a.declared_amount == b.declared_amount
        && a.account == b.account
        && a.payee_id == b.payee_id
        && a.payee_name == b.payee_name
        && a.case_no == b.case_no
        && a.choice == b.choice
        && a.extra == b.extra
}
