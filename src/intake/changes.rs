//! Change sheets (register `changes`, DESIGN §7): corrections over past and present rosters, so that
//! nobody edits an old file.

use super::claim::{Cell, Change, Claim, Registers, Rejection};
use super::fields::{Fields, Origin, canonical};
use crate::domain::{Month, ResidentId};
use crate::formats;
use crate::policy::{Blank, Canonical, FieldId, RosterId, Rulebook};
use rustc_hash::{FxHashMap, FxHashSet};

/// Applies the changes that hold in a benefit month to the rows of a roster. Of several for one field
/// the later in file order holds. A row that was rejected only for the field a change fills is a
/// claim again.
pub fn apply_changes(
    claims: &mut [Claim],
    roster: RosterId,
    month: Month,
    cycle: Month,
    registers: &Registers,
    rulebook: &Rulebook,
) {
    // On which day they died, or what is to be changed, is not known: nothing is decided until it is.
    let mut waiting: FxHashSet<ResidentId> = FxHashSet::default();
    if month >= cycle {
        waiting.extend(&registers.deaths_undated);
    }
    let in_months =
        |from: Month, until: Option<Month>| from <= month && until.is_none_or(|until| month <= until);
    let unclear = registers.unclear.iter().filter(|(_, from, until)| in_months(*from, *until));
    waiting.extend(unclear.map(|(resident, ..)| *resident));
    if !waiting.is_empty() {
        for claim in claims.iter_mut() {
            claim.incomplete |= claim.resident.is_some_and(|resident| waiting.contains(&resident));
        }
    }
    if registers.changes.is_empty() {
        return;
    }
    let mut by_person: FxHashMap<ResidentId, Vec<&Change>> = FxHashMap::default();
    let holds = |change: &&Change| in_months(change.from, change.until);
    for change in registers.changes.iter().filter(holds) {
        by_person.entry(change.resident).or_default().push(change);
    }
    if by_person.is_empty() {
        return;
    }
    let fields = Fields::new(rulebook, roster, cycle, &registers.confirmed_ids);
    for claim in claims {
        let Some(changes) = claim.resident.and_then(|resident| by_person.get(&resident)) else { continue };
        for change in changes {
            apply(&fields, claim, change);
        }
    }
}

fn apply(fields: &Fields<'_>, claim: &mut Claim, change: &Change) {
    if canonical(change.field).is_none() && fields.roster.slot(change.field).is_none() {
        return;
    }
    let cell = if change.unreadable {
        formats::Cell::Error("#".into())
    } else {
        formats::Cell::text(change.value.as_str().into())
    };
    let set = fields.set(claim, change.field, &cell, Origin::default(), &mut Vec::new());
    if set == Ok(false) {
        fields.set_blank(claim, change.field, &fields.blank(change.field));
    }
    if set.is_err() && fields.blank(change.field) == Blank::Rejects {
        claim.rejected.get_or_insert(Rejection::Field(change.field));
    }
    if claim.rejected == Some(Rejection::Field(change.field)) && set == Ok(true) {
        claim.rejected = still_needed(fields, claim);
    }
}

/// The first always needed field that a claim still lacks.
fn still_needed(fields: &Fields<'_>, claim: &Claim) -> Option<Rejection> {
    let all = Canonical::ALL.iter().map(|field| field.id()).chain(fields.roster.extra.iter().copied());
    all.filter(|field| fields.blank(*field) == Blank::Rejects)
        .find(|field| lacks(fields, claim, *field))
        .map(Rejection::Field)
}

fn lacks(fields: &Fields<'_>, claim: &Claim, field: FieldId) -> bool {
    let empty = |cell: &Cell| matches!(cell, Cell::Empty | Cell::Missing);
    match canonical(field) {
        None => fields.roster.slot(field).is_some_and(|slot| empty(&claim.extra[slot])),
        Some(Canonical::ResidentId) => claim.resident.is_none(),
        Some(Canonical::Name) => claim.name.is_empty(),
        Some(Canonical::HouseholdId) => claim.household_id.is_empty(),
        Some(Canonical::Relation) => claim.relation.is_empty(),
        Some(Canonical::Hukou) => empty(&claim.hukou),
        Some(Canonical::Township) => {
            matches!(&claim.township, crate::domain::Township::Unknown(t) if t.is_empty())
        }
        Some(Canonical::Community) => claim.community.is_empty(),
        Some(Canonical::FirstMonth) => empty(&claim.first_month),
        Some(Canonical::LastMonth) => empty(&claim.last_month),
        Some(Canonical::Status) => claim.status.is_none(),
        Some(Canonical::DeclaredAmount) => empty(&claim.declared_amount),
        Some(Canonical::Bank) => claim.account.bank.is_empty(),
        Some(Canonical::AccountNo) => claim.account.number.is_empty(),
        Some(Canonical::AccountName) => claim.account.name.is_empty(),
        Some(Canonical::PayeeId) => claim.payee_id.is_none(),
        Some(Canonical::PayeeName) => claim.payee_name.is_empty(),
        Some(Canonical::CaseNo) => claim.case_no.is_empty(),
        Some(Canonical::Choice) => claim.choice.is_empty(),
    }
}
