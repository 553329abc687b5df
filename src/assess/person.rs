//! Programmes whose unit is the person: one decision a row (DESIGN §9, steps 1 to 7).

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::domain::{Beneficiary, Money, Programme, ResidentId, Text};
use crate::intake::{Cell, Claim};
use crate::policy::{Declared, FieldKind, Frequency, Missing, ProgrammeRule, Stacking, Value};

use super::decision::{Decision, Digests, Outcome, Reason};
use super::digest::Digest;
use super::facts::RowFacts;
use super::month::MonthContext;
use super::rows::{RowState, Rows};
use super::standing::Tri;

/// An outcome with its reason and amount.
pub(crate) type Verdict = (Outcome, Reason, Money);

fn no(outcome: Outcome, reason: Reason) -> Verdict {
    (outcome, reason, Money::ZERO)
}

/// Decisions of one person programme in row order.
pub(crate) fn assess(context: &MonthContext<'_>, programme: Programme) -> Vec<Decision> {
    let rule = context.rulebook.rule(programme);
    let Some(rows) = &context.rows[usize::from(rule.roster.0)] else { return Vec::new() };
    let policy = context.policy_digest(programme);
    (0..rows.month.claims.len() as u32)
        .into_par_iter()
        .filter_map(|row| judge_row(context, programme, rule, rows, row, policy))
        .collect()
}

fn judge_row(
    context: &MonthContext<'_>,
    programme: Programme,
    rule: &ProgrammeRule,
    rows: &Rows<'_>,
    row: u32,
    policy: u64,
) -> Option<Decision> {
    let state = rows.states[row as usize];
    if matches!(state, RowState::SameAs(_)) {
        return None;
    }
    let claim = rows.claim(row);
    let known = context.known(claim);
    let beneficiary = match known {
        Some(known) => Beneficiary::Person(known),
        None => claim.person(|| context.files.show(claim.source)),
    };
    let facts = RowFacts {
        context,
        rows,
        claim,
        person: known.map_or(0, ResidentId::packed),
        programme,
        beneficiary: &beneficiary,
        head: None,
        members: &[],
        as_known: rule.frequency == Frequency::Once,
    };
    let selected = rule.selection.as_ref().map(|selection| selection.evaluate(&facts));
    if selected == Some(Value::Flag(false)) {
        return None;
    }
    let verdict = match state {
        RowState::Rejected => no(Outcome::Rejected, claim.rejected.map_or(Reason::None, Reason::Rejected)),
        RowState::NotCurrent => no(Outcome::NotCurrent, Reason::None),
        _ if context.month < rule.from => no(Outcome::NotCurrent, Reason::None),
        RowState::Unreadable(field) => no(Outcome::Deferred, Reason::Incomplete(Missing::Field(field))),
        RowState::Duplicate => no(Outcome::Deferred, Reason::Duplicate),
        RowState::LinkNeeded => no(Outcome::Deferred, Reason::LinkNeeded),
        RowState::SameAs(_) => return None,
        RowState::Current => judge_current(context, rule, rows, &facts, selected),
    };
    let mut row_digest = Digest::new();
    context.row_digest(claim, rows, &mut row_digest);
    let mut register = Digest::new();
    context.register_digest(claim, programme, &mut register);
    let mut stacking = Digest::new();
    context.stacking_digest(programme, facts.person, claim, &mut stacking);
    let case_no = if rule.frequency == Frequency::Once {
        context.links.case(&claim.case_no, context.month)
    } else {
        Text::default()
    };
    Some(Decision {
        programme,
        month: context.month,
        case_no,
        outcome: verdict.0,
        reason: verdict.1,
        amount: verdict.2,
        claim: row,
        sources: rows.sources(row),
        township: claim.township.clone(),
        digests: Digests {
            row: row_digest.finish(),
            register: register.finish(),
            link: link_digest(claim.resident, known),
            policy,
            stacking: stacking.finish(),
        },
        beneficiary,
    })
}

/// 0 where the roster and the ledger use the same number.
pub(crate) fn link_digest(written: Option<ResidentId>, known: Option<ResidentId>) -> u64 {
    match (written, known) {
        (Some(written), Some(known)) if written != known => written.packed(),
        _ => 0,
    }
}

fn judge_current(
    context: &MonthContext<'_>,
    rule: &ProgrammeRule,
    rows: &Rows<'_>,
    facts: &RowFacts<'_, '_>,
    selected: Option<Value<'_>>,
) -> Verdict {
    let claim = facts.claim;
    if rule.stops_after_death && rule.frequency != Frequency::Once && context.is_dead(claim) {
        return no(Outcome::Refused, Reason::Death);
    }
    if claim.incomplete {
        return no(Outcome::Deferred, Reason::Incomplete(certificate_field(context, rows)));
    }
    if let Some(Value::Missing(missing)) = selected {
        return no(Outcome::Deferred, undecided(missing));
    }
    let verdict = clauses_and_amount(rule, facts);
    if verdict.0 == Outcome::Entitled { stack(context, facts, verdict) } else { verdict }
}

fn certificate_field(context: &MonthContext<'_>, rows: &Rows<'_>) -> Missing {
    let field = rows
        .roster
        .extra
        .iter()
        .find(|field| matches!(context.rulebook.field(**field).kind, FieldKind::Certificate { .. }));
    Missing::Field(field.copied().unwrap_or(crate::policy::FieldId(0)))
}

/// The reason of a line that needs what is not known.
pub(crate) fn undecided(missing: Missing) -> Reason {
    match missing {
        Missing::Programme(programme) => Reason::Undecided(programme),
        other => Reason::Incomplete(other),
    }
}

/// Steps 5 and 6: clauses in written order, then the amount, rounding, floor and cap. Also used for
/// households.
pub(crate) fn clauses_and_amount(rule: &ProgrammeRule, facts: &RowFacts<'_, '_>) -> Verdict {
    for (position, clause) in rule.clauses.iter().enumerate() {
        match clause.condition.evaluate(facts) {
            Value::Flag(true) => {}
            Value::Missing(missing) => return no(Outcome::Deferred, undecided(missing)),
            // An empty optional field where truth is needed: the condition does not hold.
            _ => return no(Outcome::Refused, Reason::Clause(position as u16)),
        }
    }
    let computed = match rule.amount.evaluate(facts) {
        Value::Decimal(yuan) => yuan,
        Value::Integer(yuan) => Decimal::from(yuan),
        Value::Missing(missing) => return no(Outcome::Deferred, undecided(missing)),
        _ => return no(Outcome::Deferred, Reason::Incomplete(Missing::Arithmetic)),
    };
    let Ok(mut amount) = rule.rounding.apply(computed) else {
        return no(Outcome::Deferred, Reason::Incomplete(Missing::Arithmetic));
    };
    if let Some(Ok(floor)) = rule.floor.map(Money::half_up) {
        amount = amount.max(floor);
    }
    if let Some(cap) = &rule.cap {
        let as_known = RowFacts { as_known: true, ..*facts };
        match cap.evaluate(&as_known) {
            Value::Decimal(cap) => match Money::half_up(cap) {
                Ok(cap) => amount = amount.min(cap),
                Err(_) => return no(Outcome::Deferred, Reason::Incomplete(Missing::Arithmetic)),
            },
            Value::Missing(missing) => return no(Outcome::Deferred, undecided(missing)),
            _ => {}
        }
    }
    match declared(rule, facts.claim, amount) {
        Ok(paid) => amount = paid,
        Err(verdict) => return verdict,
    }
    // A negative amount is a fault of the pack that only this row shows: never a recovery.
    if amount.is_negative() {
        return no(Outcome::Deferred, Reason::Incomplete(Missing::Arithmetic));
    }
    if amount.is_zero() { no(Outcome::Nil, Reason::None) } else { (Outcome::Entitled, Reason::None, amount) }
}

fn declared(rule: &ProgrammeRule, claim: &Claim, computed: Money) -> Result<Money, Verdict> {
    match (rule.declared, &claim.declared_amount) {
        (Declared::PayDeclared, Cell::Money(declared)) => Ok(*declared),
        (Declared::DeferIfDifferent, Cell::Money(declared)) if *declared != computed => {
            Err(no(Outcome::Deferred, Reason::DeclaredDiffers))
        }
        (Declared::PayDeclared | Declared::DeferIfDifferent, Cell::Missing) => Err(no(
            Outcome::Deferred,
            Reason::Incomplete(Missing::Field(crate::policy::Canonical::DeclaredAmount.id())),
        )),
        _ => Ok(computed),
    }
}

/// Step 7 for one entitled claim: who bars it, and what is taken off.
fn stack(context: &MonthContext<'_>, facts: &RowFacts<'_, '_>, verdict: Verdict) -> Verdict {
    let mut waiting_for = None;
    let mut amount = verdict.2;
    for stacking in &context.rulebook.stacking {
        match stacking {
            Stacking::Bars { holder, barred } if barred.contains(&facts.programme) => {
                match context.standing(*holder, facts.person, facts.claim).entitled {
                    Tri::Yes => return no(Outcome::Barred, Reason::By(*holder)),
                    Tri::Undecided => waiting_for = waiting_for.or(Some(*holder)),
                    Tri::No => {}
                }
            }
            Stacking::Difference { payer, less } if *payer == facts.programme => {
                for other in less {
                    let standing = context.standing(*other, facts.person, facts.claim);
                    match standing.entitled {
                        Tri::Yes => amount -= standing.amount,
                        Tri::Undecided => waiting_for = waiting_for.or(Some(*other)),
                        Tri::No => {}
                    }
                }
            }
            _ => {}
        }
    }
    match waiting_for {
        Some(programme) => no(Outcome::Deferred, Reason::Undecided(programme)),
        None if amount.is_positive() => (Outcome::Entitled, Reason::None, amount),
        None => no(Outcome::Nil, Reason::None),
    }
}

/// Step 7 among the rows of one person in one programme (home care): the recipient's choice, then
/// the highest, then the first listed in the field's table; the others are barred. While one of the
/// person's rows is undecided, none can be called the highest.
pub(crate) fn higher_of_rows(context: &MonthContext<'_>, programme: Programme, decisions: &mut [Decision]) {
    let rule = context.rulebook.rule(programme);
    let (Some(field), Some(rows)) = (rule.higher_of_rows, &context.rows[usize::from(rule.roster.0)]) else {
        return;
    };
    let slot = rows.slots[usize::from(field.0)];
    let mut by_person: Vec<(u64, usize)> = decisions
        .iter()
        .enumerate()
        .filter_map(|(position, decision)| Some((decision.beneficiary.person()?.packed(), position)))
        .collect();
    by_person.sort_unstable();
    for group in by_person.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        let entitled: Vec<usize> = group
            .iter()
            .map(|(_, position)| *position)
            .filter(|position| decisions[*position].outcome == Outcome::Entitled)
            .collect();
        if entitled.is_empty() {
            continue;
        }
        if group.iter().any(|(_, position)| !decisions[*position].outcome.is_decision()) {
            for position in entitled {
                set(&mut decisions[position], no(Outcome::Deferred, Reason::Undecided(programme)));
            }
            continue;
        }
        let code = |position: usize| match slot
            .and_then(|slot| rows.claim(decisions[position].claim).extra.get(slot))
        {
            Some(Cell::Code(code)) => *code,
            _ => u16::MAX,
        };
        let chosen = |position: usize| {
            group.iter().any(|(_, other)| {
                let choice = &rows.claim(decisions[*other].claim).choice;
                !choice.is_empty() && names_code(context, field, choice, code(position))
            })
        };
        let Some(stays) = entitled.iter().copied().min_by_key(|position| {
            (
                !chosen(*position),
                std::cmp::Reverse(decisions[*position].amount),
                code(*position),
                decisions[*position].claim,
            )
        }) else {
            continue;
        };
        for position in entitled {
            if position != stays {
                set(&mut decisions[position], no(Outcome::Barred, Reason::By(programme)));
            }
        }
    }
}

fn names_code(context: &MonthContext<'_>, field: crate::policy::FieldId, choice: &str, code: u16) -> bool {
    match &context.rulebook.field(field).kind {
        FieldKind::Code(table) => table
            .get(usize::from(code))
            .is_some_and(|entry| entry.code == choice || entry.words.iter().any(|word| word == choice)),
        _ => false,
    }
}

pub(crate) fn set(decision: &mut Decision, verdict: Verdict) {
    (decision.outcome, decision.reason, decision.amount) = verdict;
}
