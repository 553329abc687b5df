//! What one programme's decisions mean to those who ask about them.

use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{Beneficiary, Money, Month, Programme, Text};
use crate::policy::{Missing, Value};

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tri {
    No,
    Yes,
    Undecided,
}

/// What a programme decided about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PersonStanding {
    pub(crate) entitled: Tri,
    /// The person's amount, or the household's.
    pub(crate) amount: Money,
    /// Household amount ÷ counted members, half-up to the fen; the amount itself for a person.
    pub(crate) share: Money,
}

impl PersonStanding {
    pub(crate) const NO: PersonStanding =
        PersonStanding { entitled: Tri::No, amount: Money::ZERO, share: Money::ZERO };
    pub(crate) const UNDECIDED: PersonStanding =
        PersonStanding { entitled: Tri::Undecided, amount: Money::ZERO, share: Money::ZERO };

    /// Joined with another claim of the same person: an undecided one makes all undecided.
    pub(crate) fn and(self, other: PersonStanding) -> PersonStanding {
        match (self.entitled, other.entitled) {
            (Tri::Undecided, _) | (_, Tri::Undecided) => PersonStanding::UNDECIDED,
            (Tri::No, _) => other,
            (_, Tri::No) => self,
            (Tri::Yes, Tri::Yes) => PersonStanding {
                entitled: Tri::Yes,
                amount: self.amount + other.amount,
                share: self.share + other.share,
            },
        }
    }
}

/// A programme's decisions in one month, by person.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// The month has no rows of the programme's roster: undecided for everybody.
    pub(crate) roster_missing: bool,
    pub(crate) persons: FxHashMap<u64, PersonStanding>,
    /// Name and birth date as written of its claims that were rejected for their identity number.
    pub(crate) unidentified: FxHashSet<(Text, u32)>,
}

impl Decided {
    pub(crate) fn add(&mut self, person: u64, standing: PersonStanding) {
        self.persons.entry(person).and_modify(|before| *before = before.and(standing)).or_insert(standing);
    }

    pub(crate) fn standing(&self, person: u64) -> PersonStanding {
        if self.roster_missing {
            return PersonStanding::UNDECIDED;
        }
        self.persons.get(&person).copied().unwrap_or(PersonStanding::NO)
    }
}

/// A standing as an expression sees it.
pub(crate) fn entitled(standing: PersonStanding, programme: Programme) -> Value<'static> {
    match standing.entitled {
        Tri::Undecided => Value::Missing(Missing::Programme(programme)),
        Tri::Yes => Value::Flag(true),
        Tri::No => Value::Flag(false),
    }
}

/// An amount as an expression sees it: 0 without entitlement.
pub(crate) fn amount(standing: PersonStanding, programme: Programme, amount: Money) -> Value<'static> {
    match standing.entitled {
        Tri::Undecided => Value::Missing(Missing::Programme(programme)),
        Tri::Yes => Value::Decimal(amount.yuan()),
        Tri::No => Value::Decimal(Decimal::ZERO),
    }
}

/// Who was entitled, by programme, in a month in which values were announced (DESIGN §10,
/// `still-entitled`).
#[derive(Debug, Default)]
pub(crate) struct EntitledIn {
    months: FxHashMap<(Month, Programme), AnnouncedMonth>,
}

#[derive(Debug, Default)]
struct AnnouncedMonth {
    roster_missing: bool,
    beneficiaries: FxHashMap<Beneficiary, Tri>,
}

impl EntitledIn {
    pub(crate) fn record(&mut self, month: Month, programme: Programme, roster_missing: bool) {
        self.months
            .insert((month, programme), AnnouncedMonth { roster_missing, ..AnnouncedMonth::default() });
    }

    pub(crate) fn add(
        &mut self,
        month: Month,
        programme: Programme,
        beneficiary: &Beneficiary,
        entitled: Tri,
    ) {
        let Some(of_month) = self.months.get_mut(&(month, programme)) else { return };
        of_month
            .beneficiaries
            .entry(beneficiary.clone())
            .and_modify(|before| {
                *before = match (*before, entitled) {
                    (Tri::Undecided, _) | (_, Tri::Undecided) => Tri::Undecided,
                    (Tri::Yes, _) | (_, Tri::Yes) => Tri::Yes,
                    _ => Tri::No,
                }
            })
            .or_insert(entitled);
    }

    /// A month that was not assessed is not known.
    pub(crate) fn ask(&self, month: Month, programme: Programme, beneficiary: &Beneficiary) -> Tri {
        match self.months.get(&(month, programme)) {
            None => Tri::Undecided,
            Some(of_month) if of_month.roster_missing => Tri::Undecided,
            Some(of_month) => of_month.beneficiaries.get(beneficiary).copied().unwrap_or(Tri::No),
        }
    }
}
