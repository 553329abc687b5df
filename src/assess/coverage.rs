//! Which parts of a pack a set of claims reaches: each clause seen to pass and to fail, each entry of a
//! dated value used, each bar seen to bar. For `policy test`, from cases and from real rosters.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::{Month, Programme, ResidentId, Text, Township};
use crate::policy::{
    BenefitUnit, Facts, FieldId, Frequency, KeyPart, ProgrammeRule, RegisterId, Rulebook, Stacking, Value,
    ValueId,
};

use super::decision::{Decision, Outcome, Reason};
use super::facts::RowFacts;
use super::month::MonthContext;
use super::rows::{RowState, Rows, household_of};
use super::{Assessor, MonthDecisions, MonthRosters};

/// How often a clause came out which way, counted where it was reached (those before it held).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// It held.
    pub passed: u64,
    /// It refused.
    pub failed: u64,
    /// It could not be decided.
    pub undecided: u64,
}

/// What has been reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// By programme and clause.
    pub clauses: Vec<Vec<Seen>>,
    /// By dated value and entry: how often used.
    pub values: Vec<Vec<u64>>,
    /// By holder and barred programme: how often it barred. Every pair of the pack stands here.
    pub bars: BTreeMap<(Programme, Programme), u64>,
    /// By programme: how many decisions were entitled.
    pub entitled: Vec<u64>,
}

impl Coverage {
    /// Nothing reached yet.
    pub fn new(rulebook: &Rulebook) -> Coverage {
        let mut bars = BTreeMap::new();
        for stacking in &rulebook.stacking {
            if let Stacking::Bars { holder, barred } = stacking {
                bars.extend(barred.iter().map(|barred| ((*holder, *barred), 0)));
            }
        }
        Coverage {
            clauses: rulebook
                .programmes
                .iter()
                .map(|rule| vec![Seen::default(); rule.clauses.len()])
                .collect(),
            values: rulebook.values.iter().map(|value| vec![0; value.entries.len()]).collect(),
            bars,
            entitled: vec![0; rulebook.programmes.len()],
        }
    }

    /// How many clauses there are, and how many of them were seen both ways.
    pub fn clauses_both_ways(&self) -> (usize, usize) {
        let all = self.clauses.iter().flatten();
        let both = self.clauses.iter().flatten().filter(|seen| seen.passed > 0 && seen.failed > 0);
        (all.count(), both.count())
    }

    /// How many entries of dated values there are, and how many were used.
    pub fn entries_used(&self) -> (usize, usize) {
        let all = self.values.iter().flatten();
        (all.count(), self.values.iter().flatten().filter(|used| **used > 0).count())
    }

    /// How many bars there are, and how many were seen to bar.
    pub fn bars_seen(&self) -> (usize, usize) {
        (self.bars.len(), self.bars.values().filter(|seen| **seen > 0).count())
    }
}

/// What facts were asked for dated values, on the way.
struct Recording<'r, 'c, 'a> {
    facts: RowFacts<'c, 'a>,
    used: &'r RefCell<Vec<(ValueId, usize)>>,
}

impl Facts for Recording<'_, '_, '_> {
    type Member<'m>
        = Recording<'m, 'm, 'm>
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        self.facts.field(field)
    }

    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.facts.head_field(field)
    }

    fn month(&self) -> Month {
        self.facts.month()
    }

    fn birth_month(&self) -> Month {
        self.facts.birth_month()
    }

    fn resident(&self) -> Option<ResidentId> {
        self.facts.resident()
    }

    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static> {
        if let Ok(entry) = self.facts.entry(value, keys) {
            let entries = &self.facts.context.rulebook.values[usize::from(value.0)].entries;
            if let Some(position) = entries.iter().position(|known| std::ptr::eq(known, entry)) {
                self.used.borrow_mut().push((value, position));
            }
        }
        self.facts.dated(value, keys)
    }

    fn dated_at(&self, value: ValueId, keys: &[Value<'_>], month: Month) -> Value<'static> {
        let rule = &self.facts.context.rulebook.values[usize::from(value.0)];
        let newest = rule.candidates(keys, month, self.facts.context.cycle).next();
        let position =
            newest.and_then(|entry| rule.entries.iter().position(|known| std::ptr::eq(known, entry)));
        self.used.borrow_mut().extend(position.map(|position| (value, position)));
        self.facts.dated_at(value, keys, month)
    }

    fn marginal(&self, value: ValueId, amount: Decimal) -> Value<'static> {
        let rule = &self.facts.context.rulebook.values[usize::from(value.0)];
        let bands = self.facts.bands(value).unwrap_or_default();
        // A band is used where the amount reaches into it.
        let reached = bands.into_iter().filter(|band| match band.key.first() {
            Some(KeyPart::Band(from, _)) => from.is_none_or(|from| Decimal::from(from) < amount),
            _ => false,
        });
        let positions: Vec<usize> = reached
            .filter_map(|band| rule.entries.iter().position(|known| std::ptr::eq(known, band)))
            .collect();
        self.used.borrow_mut().extend(positions.into_iter().map(|position| (value, position)));
        self.facts.marginal(value, amount)
    }

    fn born(&self) -> NaiveDate {
        self.facts.born()
    }

    fn position(&self) -> usize {
        self.facts.position()
    }

    fn listed(&self, register: RegisterId) -> Value<'static> {
        self.facts.listed(register)
    }

    fn register_column(&self, register: RegisterId, column: u16) -> Value<'_> {
        self.facts.register_column(register, column)
    }

    fn entitled(&self, programme: Programme) -> Value<'static> {
        self.facts.entitled(programme)
    }

    fn amount(&self, programme: Programme) -> Value<'static> {
        self.facts.amount(programme)
    }

    fn share(&self, programme: Programme) -> Value<'static> {
        self.facts.share(programme)
    }

    fn member_count(&self) -> usize {
        self.facts.member_count()
    }

    fn member(&self, index: usize) -> Recording<'_, '_, '_> {
        Recording { facts: self.facts.member(index), used: self.used }
    }
}

impl Assessor<'_> {
    /// Decides all months as [`Assessor::assess`] does, and adds what was reached.
    pub fn cover(
        &self,
        months: &[MonthRosters],
        decided_cases: &[(Programme, Text, Month)],
        coverage: &mut Coverage,
    ) -> Vec<MonthDecisions> {
        self.assess_observed(months, decided_cases, &mut |context, by_programme, counted| {
            for (position, decisions) in by_programme.iter().enumerate() {
                let programme = Programme(position as u16);
                let rule = context.rulebook.rule(programme);
                let Some(rows) = &context.rows[usize::from(rule.roster.0)] else { continue };
                let mut groups = Groups::default();
                if rule.unit == BenefitUnit::Household {
                    for row in 0..rows.month.claims.len() as u32 {
                        if super::household::in_force(rows.states[row as usize]) {
                            groups.entry(household_of(rows.claim(row))).or_default().push(row);
                        }
                    }
                }
                for decision in decisions {
                    coverage.note(decision);
                    let members = counted.get(&(programme, decision.claim)).map_or(&[][..], Vec::as_slice);
                    if let Some(facts) = reached(context, rule, rows, &groups, decision, members) {
                        coverage.walk(rule, decision.programme, facts);
                    }
                }
            }
        })
    }
}

/// Rows in force by household.
type Groups<'a> = FxHashMap<(&'a Township, &'a Text), Vec<u32>>;

/// The facts of a claim that reached its clauses.
fn reached<'c, 'a>(
    context: &'c MonthContext<'a>,
    rule: &ProgrammeRule,
    rows: &'c Rows<'a>,
    groups: &Groups<'a>,
    decision: &'c Decision,
    members: &'c [u32],
) -> Option<RowFacts<'c, 'a>> {
    let decided = match (decision.outcome, decision.reason) {
        (Outcome::Entitled | Outcome::Nil | Outcome::Barred, _) => true,
        (Outcome::Refused, reason) => matches!(reason, Reason::Clause(_)),
        (Outcome::Deferred, reason) => {
            matches!(reason, Reason::Incomplete(_) | Reason::Undecided(_) | Reason::DeclaredDiffers)
        }
        _ => false,
    };
    let claim = rows.claim(decision.claim);
    let household = rule.unit == BenefitUnit::Household;
    let state = rows.states[decision.claim as usize];
    if !decided || claim.incomplete || (!household && state != RowState::Current) {
        return None;
    }
    let head = if household {
        let current = groups.get(&household_of(claim))?;
        Some(rows.claim(super::household::find_head(context, rows, current)?))
    } else {
        None
    };
    if household && members.is_empty() {
        return None;
    }
    let claim = head.unwrap_or(claim);
    Some(RowFacts {
        context,
        rows,
        claim,
        person: context.known(claim).map_or(0, ResidentId::packed),
        programme: decision.programme,
        beneficiary: &decision.beneficiary,
        head,
        members,
        as_known: rule.frequency == Frequency::Once,
    })
}

impl Coverage {
    fn note(&mut self, decision: &Decision) {
        if decision.outcome == Outcome::Entitled {
            self.entitled[usize::from(decision.programme.0)] += 1;
        }
        if let (Outcome::Barred, Reason::By(holder)) = (decision.outcome, decision.reason)
            && let Some(seen) = self.bars.get_mut(&(holder, decision.programme))
        {
            *seen += 1;
        }
    }

    /// Clauses in order, up to the first that does not hold; then the amount.
    fn walk(&mut self, rule: &ProgrammeRule, programme: Programme, facts: RowFacts<'_, '_>) {
        let used = RefCell::new(Vec::new());
        let as_known = RowFacts { as_known: true, ..facts };
        let facts = Recording { facts, used: &used };
        let seen = &mut self.clauses[usize::from(programme.0)];
        let mut all = true;
        for (clause, seen) in rule.clauses.iter().zip(seen) {
            match clause.condition.evaluate(&facts) {
                Value::Flag(true) => {
                    seen.passed += 1;
                    continue;
                }
                Value::Missing(_) => seen.undecided += 1,
                _ => seen.failed += 1,
            }
            all = false;
            break;
        }
        if all {
            rule.amount.evaluate(&facts);
            if let Some(cap) = &rule.cap {
                cap.evaluate(&Recording { facts: as_known, used: &used });
            }
        }
        for (value, entry) in used.into_inner() {
            self.values[usize::from(value.0)][entry] += 1;
        }
    }
}
