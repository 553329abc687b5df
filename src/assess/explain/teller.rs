//! Tells the claims of one programme: facts, clauses, amount, stacking, members.

use rust_decimal::Decimal;

use crate::domain::{Beneficiary, Money, Programme, ResidentId, Text};
use crate::intake::{Cell, Claim};
use crate::policy::trace::{Asked, Of, Part};
use crate::policy::{BenefitUnit, Canonical, FieldId, Frequency, ProgrammeRule, Speaker, Stacking, Value};

use super::super::decision::{Decision, Outcome, Reason};
use super::super::facts::RowFacts;
use super::super::month::MonthContext;
use super::super::person::clauses_and_amount;
use super::super::rows::{RowState, Rows, household_of};
use super::super::standing::Tri;
use super::{
    AmountTrace, Asking, ClaimTrace, ClauseTrace, Fact, MemberOut, MemberTrace, StackingTrace, ValueTrace,
};

/// Tells the claims of one programme.
pub(super) struct Teller<'t, 'a> {
    pub(super) context: &'t MonthContext<'a>,
    pub(super) by_programme: &'t [Vec<Decision>],
    pub(super) asking: &'t Asking<'t>,
    pub(super) programme: Programme,
    pub(super) rule: &'a ProgrammeRule,
    pub(super) rows: &'t Rows<'a>,
}

impl<'a> Teller<'_, 'a> {
    pub(super) fn is_asked(&self, claim: &Claim) -> bool {
        match self.asking.whom {
            Beneficiary::Person(person) => {
                let known = self.context.links.person(*person, self.context.month);
                self.context.known(claim).is_some_and(|of_row| of_row == known || of_row == *person)
            }
            Beneficiary::UnverifiedPerson(written) => {
                claim.resident.is_none() && claim.id_written == *written
            }
            Beneficiary::Row(_) | Beneficiary::Household(_) => false,
        }
    }

    /// A row of each household that the person asked about stands in.
    pub(super) fn concerned_households(&self) -> Vec<u32> {
        if self.rule.unit != BenefitUnit::Household {
            return Vec::new();
        }
        (0..self.rows.month.claims.len() as u32).filter(|row| self.is_asked(self.rows.claim(*row))).collect()
    }

    fn speaker(&self) -> Speaker<'a> {
        Speaker { rulebook: self.context.rulebook, language: self.asking.language }
    }

    fn begun(&self, decision: &Decision) -> ClaimTrace {
        let claim = self.rows.claim(decision.claim);
        ClaimTrace {
            decision: decision.clone(),
            name: claim.name.clone(),
            resident: claim.resident,
            death: self.context.death_month(claim),
            facts: Vec::new(),
            clauses: Vec::new(),
            amount: None,
            stacking: Vec::new(),
            values: Vec::new(),
            members: Vec::new(),
            share: None,
        }
    }

    pub(super) fn person(&self, decision: &Decision) -> ClaimTrace {
        let mut told = self.begun(decision);
        let claim = self.rows.claim(decision.claim);
        let facts = RowFacts {
            context: self.context,
            rows: self.rows,
            claim,
            person: self.context.known(claim).map_or(0, ResidentId::packed),
            programme: self.programme,
            beneficiary: &decision.beneficiary,
            head: None,
            members: &[],
            as_known: self.rule.frequency == Frequency::Once,
        };
        self.frame_facts(claim, &mut told);
        if decision.outcome != Outcome::Rejected && claim.resident.is_some() {
            self.compute(&facts, &mut told);
            told.stacking = self.stacking(decision, &facts);
        }
        told
    }

    pub(super) fn household(&self, decision: &Decision, counted: &[u32]) -> ClaimTrace {
        let mut told = self.begun(decision);
        let speaker = self.rows.claim(decision.claim);
        self.frame_facts(speaker, &mut told);
        let group: Vec<u32> = if speaker.household_id.is_empty() {
            vec![decision.claim]
        } else {
            (0..self.rows.month.claims.len() as u32)
                .filter(|row| household_of(self.rows.claim(*row)) == household_of(speaker))
                .collect()
        };
        let current: Vec<u32> = group
            .iter()
            .copied()
            .filter(|row| super::super::household::in_force(self.rows.states[*row as usize]))
            .collect();
        let head = super::super::household::find_head(self.context, self.rows, &current);
        told.members = group.iter().map(|row| self.member(*row, head, counted)).collect();
        if let (Some(head), false) = (head, counted.is_empty()) {
            let claim = self.rows.claim(head);
            let facts = RowFacts {
                context: self.context,
                rows: self.rows,
                claim,
                person: self.context.known(claim).map_or(0, ResidentId::packed),
                programme: self.programme,
                beneficiary: &decision.beneficiary,
                head: Some(claim),
                members: counted,
                as_known: false,
            };
            self.compute(&facts, &mut told);
        }
        if decision.outcome == Outcome::Entitled && !counted.is_empty() {
            let share = decision.amount.yuan() / Decimal::from(counted.len());
            told.share = Money::half_up(share).ok();
        }
        told
    }

    fn member(&self, row: u32, head: Option<u32>, counted: &[u32]) -> MemberTrace {
        let claim = self.rows.claim(row);
        let position = counted.iter().position(|counted| *counted == row);
        let state = self.rows.states[row as usize];
        let person = self.context.known(claim).map_or(0, ResidentId::packed);
        let excluding = self
            .rule
            .excludes_entitled_to
            .iter()
            .copied()
            .find(|other| self.context.standing(*other, person, claim).entitled == Tri::Yes);
        let why = match (position, state, excluding) {
            (Some(_), ..) => MemberOut::No,
            (None, RowState::NotCurrent, _) => MemberOut::NotCurrent,
            (None, RowState::Rejected, _) => MemberOut::Rejected,
            (None, RowState::SameAs(_), _) => MemberOut::Repeated,
            _ if self.context.is_dead(claim) => MemberOut::Dead,
            (None, _, Some(excluding)) => MemberOut::Excluded(excluding),
            _ => MemberOut::No,
        };
        MemberTrace {
            source: claim.source,
            resident: claim.resident,
            name: claim.name.clone(),
            relation: claim.relation.clone(),
            head: head == Some(row),
            asked: self.is_asked(claim),
            counted: position.is_some(),
            why,
            position,
        }
    }

    /// The fields that decide whether the row is in force.
    fn frame_facts(&self, claim: &'a Claim, told: &mut ClaimTrace) {
        let speaker = self.speaker();
        for field in [Canonical::FirstMonth, Canonical::LastMonth, Canonical::Status] {
            let value = match claim.field(field.id(), None) {
                Value::Empty if field == Canonical::LastMonth => continue,
                Value::Code(code) => speaker.code(field.id(), code),
                Value::Month(month) => month.to_string(),
                Value::Missing(missing) => speaker.missing(missing),
                _ => continue,
            };
            let asked = Asked::Field(field.id());
            let name = speaker.field(field.id());
            self.fact(claim, Of::Row, asked, name, value, &mut told.facts);
        }
    }

    fn fact(&self, claim: &Claim, of: Of, asked: Asked, name: String, value: String, facts: &mut Vec<Fact>) {
        let source = matches!(asked, Asked::Field(_) | Asked::Age).then_some(claim.source);
        let document = match (&asked, claim.resident) {
            (Asked::Field(field), Some(resident)) => self.change(resident, *field),
            _ => Text::default(),
        };
        let fact = Fact { of, asked, name, value, source, document };
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }

    /// The document of the change sheet that replaces a field of a person in this month.
    fn change(&self, resident: ResidentId, field: FieldId) -> Text {
        let month = self.context.month;
        self.context
            .registers
            .changes
            .iter()
            .rfind(|change| {
                change.resident == resident
                    && change.field == field
                    && change.from <= month
                    && change.until.is_none_or(|until| month <= until)
            })
            .map(|change| change.document.clone())
            .unwrap_or_default()
    }

    /// Steps 5 and 6 in the open.
    fn compute(&self, facts: &RowFacts<'_, 'a>, told: &mut ClaimTrace) {
        let speaker = self.speaker();
        let mut parts: Vec<Part> = Vec::new();
        if let Some(selection) = &self.rule.selection {
            parts.extend(selection.trace(facts, speaker).parts);
        }
        for (position, clause) in self.rule.clauses.iter().enumerate() {
            let traced = clause.condition.trace(facts, speaker);
            parts.extend(traced.parts.iter().cloned());
            let holds = match traced.value {
                Value::Flag(flag) => Some(flag),
                Value::Missing(_) => None,
                _ => Some(false),
            };
            told.clauses.push(ClauseTrace {
                id: clause.id.clone(),
                words: clause.words.clone(),
                citation: clause.citation.clone(),
                holds,
                decides: told.decision.reason == Reason::Clause(position as u16),
                traced,
            });
        }
        let amount = self.amount(facts);
        parts.extend(amount.traced.parts.iter().cloned());
        if let Some((cap, ..)) = &amount.cap {
            parts.extend(cap.parts.iter().cloned());
        }
        told.amount = Some(amount);
        for part in parts {
            let claim = match part.of {
                Of::Row => facts.claim,
                Of::Head => facts.head.unwrap_or(facts.claim),
                Of::Member(index) => {
                    facts.members.get(index).map_or(facts.claim, |row| self.rows.claim(*row))
                }
            };
            if let Asked::Scale(value) = &part.asked {
                for entry in facts.bands(*value).unwrap_or_default() {
                    let traced = ValueTrace { value: *value, entry: entry.clone() };
                    if !told.values.contains(&traced) {
                        told.values.push(traced);
                    }
                }
                continue;
            }
            if let Asked::Dated(value, keys) = &part.asked {
                if let Ok(entry) = facts.entry(*value, keys) {
                    let traced = ValueTrace { value: *value, entry: entry.clone() };
                    if !told.values.contains(&traced) {
                        told.values.push(traced);
                    }
                }
                continue;
            }
            // In a household's own formulas the row asked about is the head's.
            let of = if part.of == Of::Head && std::ptr::eq(claim, facts.claim) { Of::Row } else { part.of };
            self.fact(claim, of, part.asked, part.name, part.value, &mut told.facts);
        }
    }

    fn amount(&self, facts: &RowFacts<'_, 'a>) -> AmountTrace {
        let (rule, speaker) = (self.rule, self.speaker());
        let traced = rule.amount.trace(facts, speaker);
        let computed = match traced.value {
            Value::Decimal(yuan) => Some(yuan),
            Value::Integer(yuan) => Some(Decimal::from(yuan)),
            _ => None,
        };
        let rounded = computed.and_then(|yuan| rule.rounding.apply(yuan).ok());
        let floor = rule.floor.and_then(|floor| Money::half_up(floor).ok());
        let raised = rounded.zip(floor).map(|(amount, floor)| amount.max(floor)).or(rounded);
        let cap = rule.cap.as_ref().map(|cap| {
            let traced = cap.trace(&RowFacts { as_known: true, ..*facts }, speaker);
            let most = match traced.value {
                Value::Decimal(cap) => Money::half_up(cap).ok(),
                _ => None,
            };
            let cut = most.zip(raised).is_some_and(|(most, amount)| most < amount);
            (traced, most, cut)
        });
        AmountTrace {
            traced,
            computed,
            rounding: rule.rounding,
            rounded,
            floor: floor.map(|floor| (floor, rounded.is_some_and(|amount| amount < floor))),
            cap,
            declared: match facts.claim.declared_amount {
                Cell::Money(declared) => Some((declared, rule.declared)),
                _ => None,
            },
            before_stacking: clauses_and_amount(rule, facts),
        }
    }

    /// Step 7 for one claim, and what this entitlement did to the person's other claims.
    fn stacking(&self, decision: &Decision, facts: &RowFacts<'_, 'a>) -> Vec<StackingTrace> {
        let mut told = Vec::new();
        for (rule, stacking) in self.context.rulebook.stacking.iter().enumerate() {
            match stacking {
                Stacking::Bars { holder, barred, .. } if barred.contains(&self.programme) => {
                    let standing = self.context.standing(*holder, facts.person, facts.claim);
                    let entitled = match standing.entitled {
                        Tri::Yes => Some(true),
                        Tri::No => Some(false),
                        Tri::Undecided => None,
                    };
                    told.push(StackingTrace::BarredBy { holder: *holder, entitled, rule });
                }
                Stacking::Difference { payer, less, .. } if *payer == self.programme => {
                    for other in less {
                        let standing = self.context.standing(*other, facts.person, facts.claim);
                        let amount = match standing.entitled {
                            Tri::Yes => Some(standing.amount),
                            Tri::No => Some(Money::ZERO),
                            Tri::Undecided => None,
                        };
                        told.push(StackingTrace::Less { programme: *other, amount, rule });
                    }
                }
                _ => {}
            }
        }
        let barred_by_a_rule = |programme: Programme| {
            told.iter().any(|told| {
                matches!(told, StackingTrace::BarredBy { holder, entitled: Some(true), .. } if *holder == programme)
            })
        };
        if let (Outcome::Barred, Reason::By(programme)) = (decision.outcome, decision.reason)
            && !barred_by_a_rule(programme)
        {
            told.push(StackingTrace::DisplacedBy { programme });
        }
        if decision.outcome == Outcome::Entitled {
            let displaced = self.by_programme.iter().flatten().filter(|other| {
                other.outcome == Outcome::Barred
                    && other.reason == Reason::By(self.programme)
                    && other.beneficiary == decision.beneficiary
            });
            for other in displaced {
                told.push(StackingTrace::Displaces { programme: other.programme });
            }
        }
        told
    }
}
