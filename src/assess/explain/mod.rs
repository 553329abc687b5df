//! Why: the claims of one beneficiary in one month, told step by step. The same functions decide and
//! explain; here every clause is evaluated, also after one that fails (DESIGN §9.5), and each number
//! is told with what it came from.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::{Beneficiary, Money, Month, Programme, ResidentId, Source, Text};
use crate::policy::trace::{Asked, Of};
use crate::policy::{BenefitUnit, Citation, DatedEntry, Declared, Rounding, Traced, ValueId};
use crate::words::Language;

use super::decision::{Decision, Outcome, Reason};
use super::month::MonthContext;
use super::rows::household_of;
use super::{Assessor, MonthRosters};

mod teller;

use teller::Teller;

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
