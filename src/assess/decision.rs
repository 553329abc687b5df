//! What assess says of each claim.

use crate::domain::{Beneficiary, Money, Month, Programme, Source, Text, Township};
use crate::intake::Rejection;
use crate::policy::{Missing, Rulebook};

/// The one outcome of a claim in a benefit month (DESIGN §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// An amount above zero.
    Entitled,
    /// The rule gives exactly 0.00.
    Nil,
    /// A clause, a death or a repeated case says no.
    Refused,
    /// Another entitlement stands in the way.
    Barred,
    /// Not in force in this month.
    NotCurrent,
    /// Cannot be decided.
    Deferred,
    /// Cannot be read.
    Rejected,
}

impl Outcome {
    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Entitled => "entitled",
            Outcome::Nil => "nil",
            Outcome::Refused => "refused",
            Outcome::Barred => "barred",
            Outcome::NotCurrent => "not-current",
            Outcome::Deferred => "deferred",
            Outcome::Rejected => "rejected",
        }
    }

    /// Whether it moves money: deferred and rejected leave the line as posted.
    pub fn is_decision(self) -> bool {
        !matches!(self, Outcome::Deferred | Outcome::Rejected)
    }
}

/// Why, where the outcome alone does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing to add.
    None,
    /// Refused by the clause at this position of the programme.
    Clause(u16),
    /// Refused: the month lies after the month of death.
    Death,
    /// Refused: the case was decided by an earlier month.
    CaseRepeated,
    /// Refused: nobody left to count in the household.
    NoMembers,
    /// Barred by another entitlement, or displaced by a higher row of the same programme.
    By(Programme),
    /// Deferred: the same key twice with different facts, a person in two households, one case for
    /// two persons.
    Duplicate,
    /// Deferred: the household has no head, or several.
    Head,
    /// Deferred: a member row of the household is rejected.
    Member,
    /// Deferred: a missing value is needed.
    Incomplete(Missing),
    /// Deferred: what another programme decides is not known.
    Undecided(Programme),
    /// Deferred: it may be somebody the ledger knows under another key.
    LinkNeeded,
    /// Deferred: the declared amount differs and the programme waits for the difference to be settled.
    DeclaredDiffers,
    /// Rejected.
    Rejected(Rejection),
}

/// The decision for one claim (one household for household programmes) in one benefit month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Programme.
    pub programme: Programme,
    /// Beneficiary.
    pub beneficiary: Beneficiary,
    /// Benefit month.
    pub month: Month,
    /// Case; empty except for `once` programmes.
    pub case_no: Text,
    /// Outcome.
    pub outcome: Outcome,
    /// Reason.
    pub reason: Reason,
    /// The amount of `Entitled`; zero otherwise.
    pub amount: Money,
    /// The row that speaks for it: position of the claim in its roster month (the head's for a household).
    pub claim: u32,
    /// All rows behind it.
    pub sources: Vec<Source>,
    /// Township for reports.
    pub township: Township,
    /// Digest of the facts, registers, policy values and stacking it rests on, for causes (DESIGN §10).
    pub digests: Digests,
}

impl Decision {
    /// The clause that refused it, and the reason as `decisions.csv` writes it: the refusal's own words
    /// for a clause, else the fixed reason code (DESIGN §9, §12).
    pub fn reason_words<'r>(&self, rulebook: &'r Rulebook) -> (&'r str, std::borrow::Cow<'r, str>) {
        let fixed = |word: &'static str| ("", std::borrow::Cow::Borrowed(word));
        match self.reason {
            Reason::None => fixed(""),
            Reason::Clause(position) => {
                match rulebook.rule(self.programme).clauses.get(usize::from(position)) {
                    Some(clause) => (&clause.id, clause.words.as_str().into()),
                    None => fixed(""),
                }
            }
            Reason::Death => fixed("death"),
            Reason::CaseRepeated => fixed("case-repeated"),
            Reason::NoMembers => fixed("no-members"),
            Reason::By(programme) => ("", rulebook.rule(programme).code.as_str().into()),
            Reason::Duplicate => fixed("duplicate"),
            Reason::Head => fixed("head"),
            Reason::Member => fixed("member"),
            Reason::Undecided(programme) | Reason::Incomplete(Missing::Programme(programme)) => {
                ("", format!("undecided:{}", rulebook.rule(programme).code).into())
            }
            Reason::Incomplete(_) => fixed("incomplete"),
            Reason::LinkNeeded => fixed("link-needed"),
            Reason::DeclaredDiffers => fixed("declared-differs"),
            Reason::Rejected(rejection) => fixed(rejection.word()),
        }
    }
}

/// Short digests of what a decision rests on, one per possible cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
pub struct Digests {
    /// The rows' facts.
    pub row: u64,
    /// Register rows that apply.
    pub register: u64,
    /// Links that apply.
    pub link: u64,
    /// The programme's rule and the dated values used.
    pub policy: u64,
    /// What other programmes decided.
    pub stacking: u64,
}
