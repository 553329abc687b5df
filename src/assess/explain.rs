//! Why: the claims of one beneficiary in one month, told step by step. The same functions decide and
//! explain; here every clause is evaluated, also after one that fails (DESIGN §9.5), and each number
//! is told with what it came from.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::{Beneficiary, Money, Month, Programme, ResidentId, Source, Text};
use crate::intake::{Cell, Claim};
use crate::policy::trace::{Asked, Of, Part};
use crate::policy::{
    BenefitUnit, Canonical, Citation, DatedEntry, Declared, FieldId, Frequency, ProgrammeRule, Rounding,
    Speaker, Stacking, Traced, Value, ValueId,
};
use crate::words::Language;

use super::decision::{Decision, Outcome, Reason};
use super::facts::RowFacts;
use super::month::MonthContext;
use super::person::clauses_and_amount;
use super::rows::{RowState, Rows, household_of};
use super::standing::Tri;
use super::{Assessor, MonthRosters};

/// Whose decisions are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'q> {
    /// The benefit month.
    pub month: Month,
    /// A person, or a household.
    pub whom: &'q Beneficiary,
    /// One programme only.
    pub programme: Option<Programme>,
    /// The language of names and values.
    pub language: Language,
}

/// All that is decided about a beneficiary in a month.
#[derive(Debug, Clone, Default)]
pub struct Explained {
    /// Each claim, in pack order.
    pub claims: Vec<ClaimTrace>,
    /// Programmes without a claim of theirs.
    pub absent: Vec<Absent>,
}

/// A programme that the beneficiary has no claim to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    /// Which.
    pub programme: Programme,
    /// The month has no such roster at all, so nothing is known.
    pub roster_missing: bool,
}

/// How one claim was decided.
#[derive(Debug, Clone)]
pub struct ClaimTrace {
    /// The decision.
    pub decision: Decision,
    /// Name of who the row is about (the head of a household).
    pub name: Text,
    /// The person of that row.
    pub resident: Option<ResidentId>,
    /// Month of death, where the register has one.
    pub death: Option<Month>,
    /// Facts asked for, with their rows.
    pub facts: Vec<Fact>,
    /// Every clause.
    pub clauses: Vec<ClauseTrace>,
    /// The amount; `None` where the row cannot be computed with.
    pub amount: Option<AmountTrace>,
    /// What other programmes did to it, and it to them.
    pub stacking: Vec<StackingTrace>,
    /// Dated values asked for, with the entry that holds.
    pub values: Vec<ValueTrace>,
    /// Members of the household, in row order.
    pub members: Vec<MemberTrace>,
    /// A counted member's share; `None` for persons and where nothing is due.
    pub share: Option<Money>,
}

/// A fact and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Whose.
    pub of: Of,
    /// What was asked.
    pub asked: Asked,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The row it was read from; none for registers, months and other programmes.
    pub source: Option<Source>,
    /// The document of the change sheet that says so instead of the row; empty where the row does.
    pub document: Text,
}

/// One clause.
#[derive(Debug, Clone)]
pub struct ClauseTrace {
    /// Its id.
    pub id: Text,
    /// The refusal's words.
    pub words: Text,
    /// Where it comes from.
    pub citation: Citation,
    /// How it came out; `None`: not known.
    pub holds: Option<bool>,
    /// Whether it is the one that decided.
    pub decides: bool,
    /// Its condition, computed in the open.
    pub traced: Traced,
}

/// How the amount came about.
#[derive(Debug, Clone)]
pub struct AmountTrace {
    /// The formula, computed in the open.
    pub traced: Traced,
    /// The formula's yuan, before rounding; `None`: not known.
    pub computed: Option<Decimal>,
    /// How it is rounded.
    pub rounding: Rounding,
    /// After rounding.
    pub rounded: Option<Money>,
    /// The smallest amount, and whether it made a difference.
    pub floor: Option<(Money, bool)>,
    /// The largest amount: its formula, its yuan, and whether it made a difference.
    pub cap: Option<(Traced, Option<Money>, bool)>,
    /// What the sending office computed, and what the programme does with it.
    pub declared: Option<(Money, Declared)>,
    /// What steps 5 and 6 come to, before stacking.
    pub before_stacking: (Outcome, Reason, Money),
}

/// One meeting of two programmes on this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackingTrace {
    /// Being entitled to `holder` would bar this one; `entitled` `None`: not known.
    BarredBy {
        /// Which.
        holder: Programme,
        /// Whether that is so.
        entitled: Option<bool>,
        /// Position of the rule in the pack.
        rule: usize,
    },
    /// This one is barred because that one is higher, chosen, or listed first.
    DisplacedBy {
        /// Which; the same programme where its own rows compete.
        programme: Programme,
    },
    /// This entitlement bars or displaces that claim.
    Displaces {
        /// Which.
        programme: Programme,
    },
    /// What another programme pays is taken off.
    Less {
        /// Which.
        programme: Programme,
        /// How much; `None`: not known.
        amount: Option<Money>,
        /// Position of the rule in the pack.
        rule: usize,
    },
}

/// A dated value and the entry of it that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTrace {
    /// Which.
    pub value: ValueId,
    /// The entry.
    pub entry: DatedEntry,
}

/// A member of a household.
#[derive(Debug, Clone)]
pub struct MemberTrace {
    /// The row.
    pub source: Source,
    /// Who.
    pub resident: Option<ResidentId>,
    /// Name.
    pub name: Text,
    /// Relation as written.
    pub relation: Text,
    /// The head.
    pub head: bool,
    /// The person asked about.
    pub asked: bool,
    /// Whether the member is counted.
    pub counted: bool,
    /// Why not.
    pub why: MemberOut,
    /// Position among counted members, as facts name them.
    pub position: Option<usize>,
}

/// Why a member is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberOut {
    /// Counted, or the household was not decided.
    No,
    /// The row is not in force.
    NotCurrent,
    /// The row cannot be read.
    Rejected,
    /// The same row twice.
    Repeated,
    /// Dead.
    Dead,
    /// Entitled to a programme whose persons are not counted.
    Excluded(Programme),
}

impl Assessor<'_> {
    /// Decides all months as [`Assessor::assess`] does, and tells how the claims of one beneficiary in
    /// one of them were decided.
    pub fn explain(
        &self,
        months: &[MonthRosters],
        decided_cases: &[(Programme, Text, Month)],
        asking: &Asking<'_>,
    ) -> Explained {
        let mut explained = Explained::default();
        let decided = self.assess_observed(months, decided_cases, &mut |context, by_programme, counted| {
            if context.month == asking.month {
                explained = tell(context, by_programme, counted, asking);
            }
        });
        // Whether a case is repeated is known only when all months are decided.
        if let Some(month) = decided.iter().find(|month| month.month == asking.month) {
            for claim in &mut explained.claims {
                let last = month.decisions.iter().find(|decision| {
                    decision.programme == claim.decision.programme && decision.claim == claim.decision.claim
                });
                if let Some(last) = last {
                    claim.decision = last.clone();
                }
            }
        }
        explained
    }
}

type Counted = FxHashMap<(Programme, u32), Vec<u32>>;

fn tell(
    context: &MonthContext<'_>,
    by_programme: &[Vec<Decision>],
    counted: &Counted,
    asking: &Asking<'_>,
) -> Explained {
    let mut explained = Explained::default();
    for (position, decisions) in by_programme.iter().enumerate() {
        let programme = Programme(position as u16);
        let rule = context.rulebook.rule(programme);
        let household = rule.unit == BenefitUnit::Household;
        if asking.programme.is_some_and(|asked| asked != programme)
            || (matches!(asking.whom, Beneficiary::Household(_)) && !household)
        {
            continue;
        }
        let Some(rows) = &context.rows[usize::from(rule.roster.0)] else {
            explained.absent.push(Absent { programme, roster_missing: true });
            continue;
        };
        let teller = Teller { context, by_programme, asking, programme, rule, rows };
        let before = explained.claims.len();
        let concerned = teller.concerned_households();
        for decision in decisions {
            let claim = rows.claim(decision.claim);
            let mine = decision.beneficiary == *asking.whom
                || teller.is_asked(claim)
                || (household
                    && !claim.household_id.is_empty()
                    && concerned.iter().any(|row| household_of(rows.claim(*row)) == household_of(claim)));
            if !mine {
                continue;
            }
            explained.claims.push(if household {
                let members = counted.get(&(programme, decision.claim)).map_or(&[][..], Vec::as_slice);
                teller.household(decision, members)
            } else {
                teller.person(decision)
            });
        }
        if explained.claims.len() == before {
            explained.absent.push(Absent { programme, roster_missing: false });
        }
    }
    explained
}

/// Tells the claims of one programme.
struct Teller<'t, 'a> {
    context: &'t MonthContext<'a>,
    by_programme: &'t [Vec<Decision>],
    asking: &'t Asking<'t>,
    programme: Programme,
    rule: &'a ProgrammeRule,
    rows: &'t Rows<'a>,
}

impl<'a> Teller<'_, 'a> {
    fn is_asked(&self, claim: &Claim) -> bool {
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
    fn concerned_households(&self) -> Vec<u32> {
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

    fn person(&self, decision: &Decision) -> ClaimTrace {
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

    fn household(&self, decision: &Decision, counted: &[u32]) -> ClaimTrace {
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
            .filter(|row| super::household::in_force(self.rows.states[*row as usize]))
            .collect();
        let head = super::household::find_head(self.context, self.rows, &current);
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
