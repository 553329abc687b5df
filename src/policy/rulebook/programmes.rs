//! Programmes: who gets how much, who is paid, what stacks with what, which fund it comes from.

use rust_decimal::Decimal;

use crate::domain::{Month, Programme, Text};

use super::super::dated::Rounding;
use super::super::expression::Expression;
use super::{Citation, FieldId, RegisterId, RosterId, Status, ValueId};

/// Who the amount is decided for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenefitUnit {
    /// Each person.
    Person,
    /// Each household.
    Household,
}

/// How often a programme pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every benefit month.
    Monthly,
    /// In advance for the quarter, in its first month.
    Quarterly,
    /// Once per case.
    Once,
}

/// Whose account gets the money.
#[derive(Debug, Clone, PartialEq)]
pub enum PayeeRule {
    /// The person, or the guardian the row names.
    Person,
    /// The head of the household.
    Head,
    /// An organisation named in a field, always (provider of home care).
    Organisation(FieldId),
    /// An organisation named in `field` where `condition` holds (centralised support); else the person.
    OrganisationIf {
        /// Which.
        field: FieldId,
        /// When.
        condition: Expression,
    },
    /// The person named in the payee fields (a carer), else the person.
    Carer,
}

/// What to do with an amount the sending office computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Ours; a difference is a warning.
    PayComputed,
    /// Theirs.
    PayDeclared,
    /// Neither, until it is settled.
    DeferIfDifferent,
}

/// How money paid too much comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Whether offsets wait for a person's confirmation.
    pub confirmed: bool,
    /// The share of what is due that may be offset; 1 for all.
    pub share: Decimal,
    /// What must stay payable, in yuan.
    pub leave_at_least: Decimal,
}

/// One condition of a programme, in written order.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Stable id, e.g. `income`.
    pub id: Text,
    /// Must be true.
    pub condition: Expression,
    /// The refusal's own words.
    pub words: Text,
    /// Where it comes from.
    pub citation: Citation,
}

/// A programme's whole rule.
#[derive(Debug, Clone)]
pub struct ProgrammeRule {
    /// Code, e.g. `old-age`.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Person or household.
    pub unit: BenefitUnit,
    /// The roster it reads.
    pub roster: RosterId,
    /// Which rows of the roster are claims of it; `None`: all.
    pub selection: Option<Expression>,
    /// The field the selection hangs on, for rows where it is missing.
    pub selecting_field: Option<FieldId>,
    /// First month in which it exists.
    pub from: Month,
    /// How often.
    pub frequency: Frequency,
    /// Paid for the month of death, not after. Ignored by `once` programmes.
    pub stops_after_death: bool,
    /// For households: programmes whose entitled persons are not counted as members.
    pub excludes_entitled_to: Vec<Programme>,
    /// Conditions in order.
    pub clauses: Vec<Clause>,
    /// The amount in yuan.
    pub amount: Expression,
    /// How the amount is rounded, before floor and cap.
    pub rounding: Rounding,
    /// The smallest result; `None`: no floor.
    pub floor: Option<Decimal>,
    /// The largest result; `None`: no cap.
    pub cap: Option<Expression>,
    /// Payee.
    pub payee: PayeeRule,
    /// Declared amounts.
    pub declared: Declared,
    /// Recoveries.
    pub recovery: Recovery,
    /// Position in [`super::Rulebook::funds`].
    pub fund: u16,
    /// Rows of one person compete: only the highest stays (home care), first by this field's table.
    pub higher_of_rows: Option<FieldId>,
    /// Months after which a life verification is too old, with its date field.
    pub verification: Option<(FieldId, i32)>,
    /// Whether names may be posted in public.
    pub public_notice: bool,
    /// The text that goes with the payment.
    pub remark: Text,
    /// Where it comes from.
    pub citation: Citation,
    /// Programmes, values and registers its expressions ask, for digests and `explain`.
    pub asks: Asks,
}

/// What is left of a programme that the pack no longer has: as its last release had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredProgramme {
    /// Its code.
    pub code: Text,
    /// Its name; the code where no release knows it.
    pub name: Text,
    /// The text that went with its payments.
    pub remark: Text,
    /// Code of the fund it was paid from; empty where no release knows it.
    pub fund: Text,
}

impl ProgrammeRule {
    /// A programme that is no longer in the pack: names and a fund, no rule.
    pub(super) fn retired(programme: &RetiredProgramme, fund: u16) -> ProgrammeRule {
        ProgrammeRule {
            code: programme.code.clone(),
            name: programme.name.clone(),
            unit: BenefitUnit::Person,
            roster: RosterId(u16::MAX),
            selection: None,
            selecting_field: None,
            from: Month::of(chrono::NaiveDate::MAX),
            frequency: Frequency::Monthly,
            stops_after_death: true,
            excludes_entitled_to: Vec::new(),
            clauses: Vec::new(),
            amount: Expression::nothing(),
            rounding: Rounding::FEN,
            floor: None,
            cap: None,
            payee: PayeeRule::Person,
            declared: Declared::PayComputed,
            recovery: Recovery { confirmed: true, share: Decimal::ONE, leave_at_least: Decimal::ZERO },
            fund,
            higher_of_rows: None,
            verification: None,
            public_notice: false,
            remark: programme.remark.clone(),
            citation: Citation { text: Text::default(), status: Status::Verified },
            asks: Asks::default(),
        }
    }

    /// The rule as one text, for the digest that tells whether the rule changed. Stable within a
    /// version of the program; another version is another rules version anyway.
    pub fn rule_text(&self) -> String {
        format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
            self.clauses,
            self.amount,
            self.floor,
            self.cap,
            self.selection,
            self.from,
            self.excludes_entitled_to
        )
    }
}

/// What a programme's expressions reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// Programmes asked by `entitled`, `amount`, `share`, and those that bar it or displace it.
    pub programmes: Vec<Programme>,
    /// Dated values.
    pub values: Vec<ValueId>,
    /// Those of them that are read in other months than the benefit month.
    pub values_elsewhere: Vec<ValueId>,
    /// Registers.
    pub registers: Vec<RegisterId>,
}

/// Stacking between programmes on one person (DESIGN §9.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stacking {
    /// Being entitled to `holder` bars these.
    Bars {
        /// Whose entitlement bars.
        holder: Programme,
        /// What is barred.
        barred: Vec<Programme>,
    },
    /// Only the highest stays.
    HigherOf {
        /// Among these, in listed order.
        programmes: Vec<Programme>,
    },
    /// `payer` pays its amount less what `less` pay.
    Difference {
        /// Who pays the rest.
        payer: Programme,
        /// What is taken off.
        less: Vec<Programme>,
    },
}

/// A fund and the sources that feed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fund {
    /// Code.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Sources in pack order with their shares, which add to 1.
    pub sources: Vec<(Text, Decimal)>,
}
