//! Programmes whose unit is the household: one decision a household.

use rayon::prelude::*;

use crate::domain::{Beneficiary, Money, Programme, ResidentId, Source, Text};
use crate::intake::Claim;
use crate::policy::{Missing, ProgrammeRule};

use super::decision::{Decision, Digests, Outcome, Reason};
use super::digest::Digest;
use super::facts::RowFacts;
use super::month::MonthContext;
use super::person::{Verdict, clauses_and_amount};
use super::rows::{RowState, Rows, household_of};
use super::standing::{Decided, PersonStanding, Tri};

/// A household's decision and what it means for its people.
pub(crate) struct HouseholdDecision {
    pub(crate) decision: Decision,
    standings: Vec<(u64, PersonStanding)>,
    /// Rows of counted members.
    pub(crate) counted: Vec<u32>,
}

/// Decisions of a household programme, households in order of their first row; and the rows that
/// name no household, each rejected on its own.
pub(crate) fn assess(context: &MonthContext<'_>, programme: Programme) -> Vec<HouseholdDecision> {
    let rule = context.rulebook.rule(programme);
    let Some(rows) = &context.rows[usize::from(rule.roster.0)] else { return Vec::new() };
    let policy = context.policy_digest(programme);
    let mut by_household: Vec<u32> =
        (0..rows.month.claims.len() as u32).filter(|row| !rows.claim(*row).household_id.is_empty()).collect();
    by_household
        .sort_by(|a, b| household_of(rows.claim(*a)).cmp(&household_of(rows.claim(*b))).then(a.cmp(b)));
    let groups: Vec<&[u32]> =
        by_household.chunk_by(|a, b| household_of(rows.claim(*a)) == household_of(rows.claim(*b))).collect();
    let mut decided: Vec<HouseholdDecision> = groups
        .into_par_iter()
        .map(|members| judge(context, programme, rule, rows, members, policy))
        .collect();
    for row in 0..rows.month.claims.len() as u32 {
        let claim = rows.claim(row);
        if claim.household_id.is_empty() && !matches!(rows.states[row as usize], RowState::SameAs(_)) {
            decided.push(without_household(context, programme, rows, row, policy));
        }
    }
    decided
}

/// A row whose household cannot be read is rejected by itself: it can be counted nowhere.
fn without_household(
    context: &MonthContext<'_>,
    programme: Programme,
    rows: &Rows<'_>,
    row: u32,
    policy: u64,
) -> HouseholdDecision {
    let claim = rows.claim(row);
    let beneficiary = match context.known(claim) {
        Some(known) => Beneficiary::Person(known),
        None => claim.person(|| context.files.show(claim.source)),
    };
    let reason = claim.rejected.map_or(Reason::None, Reason::Rejected);
    HouseholdDecision {
        standings: context
            .known(claim)
            .map(|known| (known.packed(), PersonStanding::UNDECIDED))
            .into_iter()
            .collect(),
        counted: Vec::new(),
        decision: Decision {
            programme,
            beneficiary,
            month: context.month,
            case_no: Text::default(),
            outcome: Outcome::Rejected,
            reason,
            amount: Money::ZERO,
            claim: row,
            sources: rows.sources(row),
            township: claim.township.clone(),
            digests: Digests { policy, ..Digests::default() },
        },
    }
}

fn judge(
    context: &MonthContext<'_>,
    programme: Programme,
    rule: &ProgrammeRule,
    rows: &Rows<'_>,
    group: &[u32],
    policy: u64,
) -> HouseholdDecision {
    let claim_of = |row: u32| rows.claim(row);
    let current: Vec<u32> =
        group.iter().copied().filter(|row| in_force(rows.states[*row as usize])).collect();
    let first = claim_of(group[0]);
    let beneficiary = context.links.household(
        Beneficiary::household(context.rulebook.divisions.code(&first.township), &first.household_id),
        context.month,
    );
    let head = find_head(context, rows, &current);
    let mut counted = Vec::new();
    let verdict = verdict(context, programme, rule, rows, group, &current, head, &beneficiary, &mut counted);

    // Who speaks for the household in reports: its head, else whoever is marked so, else its first row.
    let speaker = head.or_else(|| group.iter().copied().find(|row| claim_of(*row).head)).unwrap_or(group[0]);
    let standings = standings(context, rows, group, &current, &counted, verdict);
    let digests = digests(context, programme, rows, &current, policy);
    let sources: Vec<Source> = group.iter().map(|row| claim_of(*row).source).collect();
    HouseholdDecision {
        decision: Decision {
            programme,
            beneficiary,
            month: context.month,
            case_no: Text::default(),
            outcome: verdict.0,
            reason: verdict.1,
            amount: verdict.2,
            claim: speaker,
            sources,
            township: first.township.clone(),
            digests,
        },
        standings,
        counted,
    }
}

pub(crate) fn in_force(state: RowState) -> bool {
    matches!(state, RowState::Current | RowState::Unreadable(_) | RowState::Duplicate | RowState::LinkNeeded)
}

/// The one living current row marked as head; if there is none, the one dead head.
pub(crate) fn find_head(context: &MonthContext<'_>, rows: &Rows<'_>, current: &[u32]) -> Option<u32> {
    let (mut living, mut dead) = (Vec::new(), Vec::new());
    for row in current.iter().copied().filter(|row| rows.claim(*row).head) {
        if context.is_dead(rows.claim(row)) { dead.push(row) } else { living.push(row) }
    }
    match (living.as_slice(), dead.as_slice()) {
        ([head], _) | ([], [head]) => Some(*head),
        _ => None,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one household, each needed by the steps in order"
)]
fn verdict(
    context: &MonthContext<'_>,
    programme: Programme,
    rule: &ProgrammeRule,
    rows: &Rows<'_>,
    group: &[u32],
    current: &[u32],
    head: Option<u32>,
    beneficiary: &Beneficiary,
    counted: &mut Vec<u32>,
) -> Verdict {
    let deferred = |reason| (Outcome::Deferred, reason, Money::ZERO);
    let state = |row: &u32| rows.states[*row as usize];
    if group.iter().any(|row| state(row) == RowState::Rejected) {
        return deferred(Reason::Member);
    }
    if current.is_empty() || context.month < rule.from {
        return (Outcome::NotCurrent, Reason::None, Money::ZERO);
    }
    if current.iter().any(|row| state(row) == RowState::Duplicate) {
        return deferred(Reason::Duplicate);
    }
    if current.iter().any(|row| state(row) == RowState::LinkNeeded) {
        return deferred(Reason::LinkNeeded);
    }
    for row in current {
        if let RowState::Unreadable(field) = state(row) {
            return deferred(Reason::Incomplete(Missing::Field(field)));
        }
    }
    // Its list of households and its list of people disagree (READING 24).
    if current.iter().any(|row| rows.claim(*row).incomplete) {
        let number = crate::policy::Canonical::HouseholdId.id();
        return deferred(Reason::Incomplete(Missing::Field(number)));
    }
    let Some(head) = head else { return deferred(Reason::Head) };
    for row in current {
        let claim = rows.claim(*row);
        if context.is_dead(claim) {
            continue;
        }
        let person = context.known(claim).map_or(0, ResidentId::packed);
        let mut excluded = false;
        for other in &rule.excludes_entitled_to {
            match context.standing(*other, person, claim).entitled {
                Tri::Yes => excluded = true,
                Tri::Undecided => return deferred(Reason::Undecided(*other)),
                Tri::No => {}
            }
        }
        if !excluded {
            counted.push(*row);
        }
    }
    if counted.is_empty() {
        return (Outcome::Refused, Reason::NoMembers, Money::ZERO);
    }
    let head_claim = rows.claim(head);
    let facts = RowFacts {
        context,
        rows,
        claim: head_claim,
        person: context.known(head_claim).map_or(0, ResidentId::packed),
        programme,
        beneficiary,
        head: Some(head_claim),
        members: counted,
        as_known: false,
    };
    clauses_and_amount(rule, &facts)
}

/// What the decision means for the people in the household: a counted member of an entitled one
/// shares in it; a deferred one leaves everybody with a current row undecided; a row that is
/// rejected leaves its person undecided.
fn standings(
    context: &MonthContext<'_>,
    rows: &Rows<'_>,
    group: &[u32],
    current: &[u32],
    counted: &[u32],
    verdict: Verdict,
) -> Vec<(u64, PersonStanding)> {
    let person = |claim: &Claim| context.known(claim).map(ResidentId::packed);
    let mut standings = Vec::new();
    match verdict.0 {
        Outcome::Deferred | Outcome::Rejected => {
            let rejected = group.iter().filter(|row| rows.states[**row as usize] == RowState::Rejected);
            for row in current.iter().chain(rejected) {
                standings.extend(person(rows.claim(*row)).map(|person| (person, PersonStanding::UNDECIDED)));
            }
        }
        Outcome::Entitled => {
            let amount = verdict.2;
            let share = amount.yuan() / rust_decimal::Decimal::from(counted.len());
            let share = Money::half_up(share).unwrap_or(Money::ZERO);
            let standing = PersonStanding { entitled: Tri::Yes, amount, share };
            for row in counted {
                standings.extend(person(rows.claim(*row)).map(|person| (person, standing)));
            }
        }
        Outcome::Nil | Outcome::Refused | Outcome::Barred | Outcome::NotCurrent => {}
    }
    standings
}

fn digests(
    context: &MonthContext<'_>,
    programme: Programme,
    rows: &Rows<'_>,
    current: &[u32],
    policy: u64,
) -> Digests {
    // In the order of persons, so that the order of rows changes nothing.
    let mut members: Vec<u32> = current.to_vec();
    members.sort_by_key(|row| rows.claim(*row).resident);
    let (mut row_digest, mut register, mut stacking) = (Digest::new(), Digest::new(), Digest::new());
    let mut link = 0;
    for row in members {
        let claim = rows.claim(row);
        let known = context.known(claim);
        context.row_digest(claim, rows, &mut row_digest);
        context.register_digest(claim, programme, &mut register);
        context.stacking_digest(programme, known.map_or(0, ResidentId::packed), claim, &mut stacking);
        link ^= super::person::link_digest(claim.resident, known);
    }
    Digests {
        row: row_digest.finish(),
        register: register.finish(),
        link,
        policy,
        stacking: stacking.finish(),
    }
}

impl HouseholdDecision {
    pub(crate) fn record(&self, decided: &mut Decided) {
        for (person, standing) in &self.standings {
            decided.add(*person, *standing);
        }
    }
}
