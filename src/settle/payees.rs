//! Whose account gets a beneficiary's money, read from the rosters (DESIGN §9, payee).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::assess::{Decision, Links, MonthDecisions, MonthRosters, Outcome, Reason};
use crate::domain::{
    Account, Beneficiary, Files, Line, Month, Programme, ResidentId, Source, Text, fold_name,
};
use crate::intake::{Claim, Registers, RosterMonth};
use crate::policy::{
    BenefitUnit, Facts, FieldId, Missing, PayeeRule, RegisterId, Roster, RosterId, Rulebook, Value, ValueId,
};

use super::differences::RowStanding;
use super::plan::Payee;

/// A payee, and what speaks against paying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) payee: Arc<Payee>,
    /// Named by the row or by the register `payees`, rather than the beneficiary or head.
    pub(crate) named: bool,
    /// Two current rows name different accounts.
    pub(crate) account_differs: bool,
    /// A household without one head: nobody may be paid for it.
    pub(crate) headless: bool,
}

/// Resolves payees for a run.
pub(crate) struct Payees<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) registers: &'a Registers,
    pub(crate) links: &'a Links,
    pub(crate) files: &'a Files,
    pub(crate) cycle: Month,
    /// Rosters and decisions by month, ascending.
    pub(crate) rosters: &'a [MonthRosters],
    pub(crate) months: &'a [MonthDecisions],
}

impl<'a> Payees<'a> {
    pub(crate) fn show_sources(&self, sources: &[Source]) -> String {
        self.files.show_all(sources)
    }

    /// Identity numbers of a household's rows, for the link rule.
    pub(crate) fn members(&self, decision: &Decision, roster: Option<&RosterMonth>) -> Vec<ResidentId> {
        let Some(roster) = roster else { return Vec::new() };
        if !self.rulebook.roster(roster.roster).household {
            return Vec::new();
        }
        let mut members: Vec<ResidentId> = decision
            .sources
            .iter()
            .filter_map(|source| {
                let position = roster.claims.binary_search_by_key(source, |claim| claim.source).ok()?;
                roster.claims[position].resident
            })
            .collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Whether a beneficiary without a decision has a row in a roster.
    pub(crate) fn row_standing(&self, line: &Line, roster: &RosterMonth) -> RowStanding {
        let rule = self.rulebook.rule(line.programme);
        let matches = |claim: &&Claim| match &line.beneficiary {
            Beneficiary::Person(person) => {
                claim.resident.is_some_and(|resident| self.links.person(resident, roster.month) == *person)
                    && (line.case_no.is_empty()
                        || self.links.case(&claim.case_no, roster.month) == line.case_no)
            }
            _ => false,
        };
        if rule.selection.is_none() {
            return RowStanding::Absent;
        }
        match roster.claims.iter().find(matches) {
            None => RowStanding::Absent,
            Some(claim) if claim.rejected.is_some() => RowStanding::Unreadable,
            Some(_) => RowStanding::Unselected,
        }
    }

    /// The payee of a beneficiary in a programme: from the latest benefit month up to the cycle in
    /// which it has a readable row; of several an entitled one, then a current one.
    ///
    /// `at` is the position of a decision of it in a month, where the caller has it at hand.
    pub(crate) fn of(
        &self,
        programme: Programme,
        beneficiary: &Beneficiary,
        at: Option<(Month, u32)>,
    ) -> Option<Resolved> {
        let roster_id = self.rulebook.programmes.get(usize::from(programme.0))?.roster;
        for (month, rosters) in self.months.iter().zip(self.rosters).rev() {
            if month.month > self.cycle {
                continue;
            }
            let Some(roster) = rosters.rosters.get(usize::from(roster_id.0)).and_then(Option::as_ref) else {
                continue;
            };
            let group = match at {
                Some((of, position)) if of == month.month => around(&month.decisions, position as usize),
                _ => decisions_of(&month.decisions, programme, beneficiary),
            };
            let rank = |decision: &Decision| match decision.outcome {
                Outcome::Entitled => 0,
                Outcome::NotCurrent => 2,
                _ => 1,
            };
            let readable = |decision: &&Decision| {
                roster.claims.get(decision.claim as usize).is_some_and(|claim| claim.rejected.is_none())
            };
            let Some(best) = group.iter().filter(readable).map(rank).min() else { continue };
            let mut equal = group.iter().filter(readable).filter(|decision| rank(decision) == best);
            let first = equal.next()?;
            let claim = &roster.claims[first.claim as usize];
            let mut resolved = self.of_claim(programme, beneficiary, roster_id, claim);
            // The head is paid, never whoever's row happens to stand first.
            let by_head = self.rulebook.rule(programme).unit == BenefitUnit::Household;
            if by_head && !resolved.named && (!claim.head || first.reason == Reason::Head) {
                resolved = Resolved {
                    payee: Arc::new(nobody()),
                    named: false,
                    account_differs: false,
                    headless: true,
                };
                return Some(resolved);
            }
            resolved.account_differs = best < 2
                && equal.any(|other| {
                    let other = &roster.claims[other.claim as usize];
                    self.of_claim(programme, beneficiary, roster_id, other).payee.account
                        != resolved.payee.account
                });
            return Some(resolved);
        }
        None
    }

    /// The payee that one row names.
    pub(crate) fn of_claim(
        &self,
        programme: Programme,
        beneficiary: &Beneficiary,
        roster_id: RosterId,
        claim: &Claim,
    ) -> Resolved {
        let roster = self.rulebook.roster(roster_id);
        let rule = self.rulebook.rule(programme);
        let facts = ClaimFacts { claim, roster, month: self.cycle };
        let organisation_field = match &rule.payee {
            PayeeRule::Organisation(field) => Some(*field),
            PayeeRule::OrganisationIf { field, condition } => {
                (condition.evaluate(&facts) == Value::Flag(true)).then_some(*field)
            }
            PayeeRule::Person | PayeeRule::Head | PayeeRule::Carer => None,
        };
        let mut named = false;
        let payee = if let Some(field) = organisation_field {
            let name = match facts.field(field) {
                Value::Text(name) => fold_name(name),
                _ => Text::default(),
            };
            Payee { id: None, name, organisation: true, account: claim.account.clone() }
        } else {
            let guardian = claim.payee_id.is_some() || !claim.payee_name.is_empty();
            if guardian && rule.payee != PayeeRule::Head {
                named = true;
                Payee {
                    id: claim.payee_id,
                    name: claim.payee_name.clone(),
                    organisation: false,
                    account: claim.account.clone(),
                }
            } else {
                Payee {
                    id: claim.resident,
                    name: claim.name.clone(),
                    organisation: false,
                    account: claim.account.clone(),
                }
            }
        };
        self.as_registered(beneficiary, payee, named)
    }

    /// The payee of a line whose beneficiary has no readable row in any month at hand: as the line was last
    /// settled, if it was, and as the registers say today. Money waiting from before the look-back window
    /// thus still follows a new account or an heir.
    pub(crate) fn without_row(&self, beneficiary: &Beneficiary, settled: Option<&Payee>) -> Resolved {
        let payee = settled.cloned().unwrap_or_else(|| Payee { id: beneficiary.person(), ..nobody() });
        let mut resolved = self.as_registered(beneficiary, payee, false);
        if resolved.payee.name.is_empty() {
            // Somebody known by number alone: the account in their name is the register's.
            let payee = Arc::make_mut(&mut resolved.payee);
            payee.name = payee.account.name.clone();
        }
        resolved
    }

    /// Registers `payees` and `accounts` over what a row or the ledger says.
    fn as_registered(&self, beneficiary: &Beneficiary, mut payee: Payee, mut named: bool) -> Resolved {
        // Almost no bureau names more than a few payees: the text is made where it can be found at all.
        let by_register = (!self.registers.payees.is_empty())
            .then(|| self.registers.payees.get(&Text::from(beneficiary.to_string())))
            .flatten()
            .and_then(|payees| payees.iter().rev().find(|payee| payee.from <= self.cycle));
        if let Some(register) = by_register {
            named = true;
            payee = Payee {
                id: register.id,
                name: register.name.clone(),
                organisation: false,
                account: register.account.clone(),
            };
        }
        if let Some(account) = payee.id.and_then(|id| self.registers.account(id, self.cycle)) {
            payee.account = account.clone();
        }
        Resolved { payee: Arc::new(payee), named, account_differs: false, headless: false }
    }

    /// Whether the programme asks for a life verification, and the latest one is too old in the cycle.
    pub(crate) fn verification_overdue(&self, line: &Line) -> bool {
        let Some(rule) = self.rulebook.programmes.get(usize::from(line.programme.0)) else { return false };
        let Some((field, months)) = rule.verification else { return false };
        let slot = self.rulebook.roster(rule.roster).slot(field);
        for (month, rosters) in self.months.iter().zip(self.rosters).rev() {
            let Some(roster) = rosters.rosters.get(usize::from(rule.roster.0)).and_then(Option::as_ref)
            else {
                continue;
            };
            let group = decisions_of(&month.decisions, line.programme, &line.beneficiary);
            if let Some(claim) = group.first().and_then(|decision| roster.claims.get(decision.claim as usize))
            {
                return match claim.field(field, slot) {
                    Value::Date(date) => self.cycle.months_since(Month::of(date)) > months,
                    _ => true,
                };
            }
        }
        false
    }

    /// Each person's household in the latest month, for accounts shared within one.
    pub(crate) fn households(&self) -> FxHashMap<u64, Beneficiary> {
        let mut households = FxHashMap::default();
        for (month, rosters) in self.months.iter().zip(self.rosters) {
            if month.month > self.cycle {
                continue;
            }
            for roster in rosters.rosters.iter().flatten() {
                if !self.rulebook.roster(roster.roster).household {
                    continue;
                }
                for claim in &roster.claims {
                    let Some(resident) = claim.resident else { continue };
                    let household = self.links.household(
                        Beneficiary::household(
                            self.rulebook.divisions.code(&claim.township),
                            &claim.household_id,
                        ),
                        month.month,
                    );
                    households.insert(self.links.person(resident, month.month).packed(), household);
                }
            }
        }
        households
    }

    /// The account key under which sharing is counted.
    pub(crate) fn account_key(account: &Account) -> (Text, Text) {
        (account.bank.clone(), account.number.clone())
    }
}

/// The decisions of a beneficiary in a programme; `decisions` is in line order.
pub(crate) fn decisions_of<'d>(
    decisions: &'d [Decision],
    programme: Programme,
    beneficiary: &Beneficiary,
) -> &'d [Decision] {
    let start = decisions
        .partition_point(|decision| (decision.programme, &decision.beneficiary) < (programme, beneficiary));
    let length = decisions[start..]
        .iter()
        .take_while(|decision| decision.programme == programme && decision.beneficiary == *beneficiary)
        .count();
    &decisions[start..start + length]
}

/// The decisions of one beneficiary in a programme, of which one stands here.
fn around(decisions: &[Decision], position: usize) -> &[Decision] {
    let own = |other: &&Decision| {
        let this = &decisions[position];
        other.programme == this.programme && other.beneficiary == this.beneficiary
    };
    let before = decisions[..position].iter().rev().take_while(own).count();
    let after = decisions[position..].iter().take_while(own).count();
    &decisions[position - before..position + after]
}

/// A row alone, for payee conditions: they read fields, nothing else.
struct ClaimFacts<'a> {
    claim: &'a Claim,
    roster: &'a Roster,
    month: Month,
}

impl Facts for ClaimFacts<'_> {
    type Member<'m>
        = ClaimFacts<'m>
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        self.claim.field(field, self.roster.slot(field))
    }
    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.field(field)
    }
    fn month(&self) -> Month {
        self.month
    }
    fn birth_month(&self) -> Month {
        self.claim.resident.map_or(self.month, ResidentId::birth_month)
    }
    fn resident(&self) -> Option<ResidentId> {
        self.claim.resident
    }
    fn dated(&self, value: ValueId, _: &[Value<'_>]) -> Value<'static> {
        Value::Missing(Missing::Value(value))
    }
    fn listed(&self, register: RegisterId) -> Value<'static> {
        Value::Missing(Missing::Register(register))
    }
    fn register_column(&self, register: RegisterId, _: u16) -> Value<'_> {
        Value::Missing(Missing::Register(register))
    }
    fn entitled(&self, programme: Programme) -> Value<'static> {
        Value::Missing(Missing::Programme(programme))
    }
    fn amount(&self, programme: Programme) -> Value<'static> {
        Value::Missing(Missing::Programme(programme))
    }
    fn share(&self, programme: Programme) -> Value<'static> {
        Value::Missing(Missing::Programme(programme))
    }
    fn member_count(&self) -> usize {
        1
    }
    fn member(&self, _: usize) -> ClaimFacts<'_> {
        ClaimFacts { claim: self.claim, roster: self.roster, month: self.month }
    }
}

/// A payee nobody has named: held as `no-account`.
pub(crate) fn nobody() -> Payee {
    Payee { id: None, name: Text::default(), organisation: false, account: Account::default() }
}
