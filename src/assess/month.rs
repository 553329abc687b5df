//! One benefit month: its rows, its values, and what has been decided so far.

use chrono::Datelike;

use crate::domain::{Files, Month, Programme, ResidentId};
use crate::intake::claim::RegisterRow;
use crate::intake::{Claim, Registers};
use crate::policy::{BenefitUnit, ProgrammeRule, RegisterId, Rulebook};

use super::digest::Digest;
use super::links::Links;
use super::rows::Rows;
use super::standing::{Decided, EntitledIn, PersonStanding};
use super::values::ValuesInForce;

/// Everything the rules of one benefit month may ask.
pub(crate) struct MonthContext<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) registers: &'a Registers,
    pub(crate) links: &'a Links,
    pub(crate) files: &'a Files,
    pub(crate) month: Month,
    /// Whose knowledge counts.
    pub(crate) cycle: Month,
    /// By roster; `None` where the month has none.
    pub(crate) rows: Vec<Option<Rows<'a>>>,
    pub(crate) values: ValuesInForce<'a>,
    /// By programme, filled in the pack's dependency order.
    pub(crate) decided: Vec<Decided>,
    pub(crate) entitled_in: &'a EntitledIn,
}

impl MonthContext<'_> {
    /// The person under the key the ledger knows.
    pub(crate) fn known(&self, claim: &Claim) -> Option<ResidentId> {
        claim.resident.map(|resident| self.links.person(resident, self.month))
    }

    /// Whether the person's month of death lies before the benefit month.
    pub(crate) fn is_dead(&self, claim: &Claim) -> bool {
        self.death_month(claim).is_some_and(|death| death < self.month)
    }

    /// The person's month of death, if the register has one.
    pub(crate) fn death_month(&self, claim: &Claim) -> Option<Month> {
        let resident = claim.resident?;
        let known = self.links.person(resident, self.month);
        let dates = [self.registers.deaths.get(&resident), self.registers.deaths.get(&known)];
        dates.into_iter().flatten().min().map(|date| Month::of(*date))
    }

    /// The register row in force for a person.
    pub(crate) fn register_row(&self, register: RegisterId, claim: &Claim) -> Option<&RegisterRow> {
        let resident = claim.resident?;
        self.registers.row(register, resident, self.month).or_else(|| {
            let known = self.links.person(resident, self.month);
            (known != resident).then(|| self.registers.row(register, known, self.month)).flatten()
        })
    }

    /// What a programme decided about the person of a row. A row of that programme that was rejected
    /// for its identity number makes whoever has the same name and birth date undecided (DESIGN §9).
    pub(crate) fn standing(&self, programme: Programme, person: u64, claim: &Claim) -> PersonStanding {
        let decided = &self.decided[usize::from(programme.0)];
        if !decided.unidentified.is_empty()
            && let Some(resident) = claim.resident
        {
            let birth = resident.birth();
            let digits = birth.year() as u32 * 10_000 + birth.month() * 100 + birth.day();
            if decided.unidentified.contains(&(claim.name.clone(), digits)) {
                return PersonStanding::UNDECIDED;
            }
        }
        decided.standing(person)
    }

    /// Digest of the register rows that bear on a claim.
    pub(crate) fn register_digest(&self, claim: &Claim, programme: Programme, digest: &mut Digest) {
        // A death bears on the months after it: said of an earlier month it would be the cause of what it is not.
        digest.month(self.death_month(claim).filter(|death| *death < self.month));
        for register in &self.rulebook.rule(programme).asks.registers {
            match self.register_row(*register, claim) {
                Some(row) => {
                    digest.number(1);
                    for cell in &row.columns {
                        digest.value(&cell.value(crate::policy::FieldId(0)));
                    }
                }
                None => digest.number(0),
            }
        }
    }

    /// Digest of the programme's rule and the dated values it may read, the same for all its lines
    /// in the month.
    pub(crate) fn policy_digest(&self, programme: Programme) -> u64 {
        let rule = self.rulebook.rule(programme);
        let mut digest = Digest::new();
        digest.text(&rule_text(rule));
        for value in &rule.asks.values {
            digest.number(self.values.digest(*value) as i64);
        }
        // Values read in other months may be any of their entries.
        for value in &rule.asks.values_elsewhere {
            for entry in &self.rulebook.values[usize::from(value.0)].entries {
                if entry.announced <= self.cycle {
                    digest.text(&entry.amount.normalize().to_string());
                    digest.month(Some(entry.from));
                    digest.month(entry.until);
                }
            }
        }
        digest.finish()
    }

    /// Digest of what other programmes decided about a person.
    pub(crate) fn stacking_digest(
        &self,
        programme: Programme,
        person: u64,
        claim: &Claim,
        digest: &mut Digest,
    ) {
        for asked in &self.rulebook.rule(programme).asks.programmes {
            if *asked == programme {
                continue;
            }
            let standing = self.standing(*asked, person, claim);
            digest.number(standing.entitled as i64);
            digest.number(standing.amount.fen());
            digest.number(standing.share.fen());
        }
    }

    /// Digest of the facts of a row that bear on the decision: all but the account and the place of
    /// living, which move payments and not entitlements.
    pub(crate) fn row_digest(&self, claim: &Claim, rows: &Rows<'_>, digest: &mut Digest) {
        digest.number(claim.resident.map_or(0, |resident| resident.packed() as i64));
        digest.text(&claim.household_id);
        digest.text(&claim.relation);
        digest.value(&claim.hukou.value(crate::policy::Canonical::Hukou.id()));
        digest.value(&claim.first_month.value(crate::policy::Canonical::FirstMonth.id()));
        digest.value(&claim.last_month.value(crate::policy::Canonical::LastMonth.id()));
        digest.number(claim.status.map_or(-1, |status| status as i64));
        digest.text(&claim.case_no);
        digest.text(&claim.choice);
        for (slot, cell) in claim.extra.iter().enumerate() {
            if let Some(field) = rows.roster.extra.get(slot) {
                digest.value(&cell.value(*field));
            }
        }
    }

    /// Whether a programme's unit is the household.
    pub(crate) fn is_household(&self, programme: Programme) -> bool {
        self.rulebook.rule(programme).unit == BenefitUnit::Household
    }
}

/// The rule as one text, for the digest that tells whether the rule changed. Stable within a version
/// of the program; another version is another rules version anyway.
fn rule_text(rule: &ProgrammeRule) -> String {
    format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        rule.clauses, rule.amount, rule.floor, rule.cap, rule.selection, rule.from, rule.excludes_entitled_to
    )
}
