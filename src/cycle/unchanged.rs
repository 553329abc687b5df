//! Months that are as they were when they were settled: they need no work (DESIGN §10, months assessed).
//!
//! A release records, for each month it decided, a digest of all that the decisions of that month rest on:
//! its files, the register rows that hold in it, the pack, which announcements the cycle knows, the program's
//! rules. As long as nothing of that has changed, deciding and settling the month again would say what the
//! ledger says already. Its rosters are still read, so that every finding about them is said; of its rows
//! those stay at hand whose people money still waits for, because they say who is paid.
//!
//! Only the oldest months of a window are passed over, up to the first that changed: what a month decides may
//! rest on the months before it. Where a month's settling left anything to be said again (a row gone, a link
//! to be decided, a roster left out), nothing is recorded, and it is decided anew until it is quiet.

use std::fmt::Write;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::assess::{Links, MonthRosters};
use crate::domain::{Beneficiary, Fault, Month, Text};
use crate::intake::{Claim, Registers, Rejection};
use crate::ledger::{Basis, InputDigest, Ledger};
use crate::policy::Rulebook;
use crate::settle::{RULES_VERSION, Standstill};
use crate::workspace::sha256_hex;

use super::Bureau;
use super::draft::Request;
use super::inputs::Gathered;

/// Which part of a month's basis this is, in the ledger.
const WHOLE: &str = "month";

/// Tells whether a month is as it was settled, and keeps what is still needed of it.
pub(super) struct Unchanged<'a> {
    rulebook: &'a Rulebook,
    registers: &'a Registers,
    ledger: &'a Ledger,
    links: &'a Links,
    cycle: Month,
    /// People and households of lines that are not at zero.
    persons: FxHashSet<u64>,
    households: FxHashSet<Beneficiary>,
}

impl<'a> Unchanged<'a> {
    /// Reads whom money still waits for, or who owes it.
    ///
    /// # Errors
    /// The ledger.
    pub(super) fn new(
        bureau: &'a Bureau,
        ledger: &'a Ledger,
        links: &'a Links,
        codes: &[Text],
        cycle: Month,
    ) -> Result<Unchanged<'a>, Fault> {
        let mut unchanged = Unchanged {
            rulebook: &bureau.rulebook,
            registers: &bureau.registers,
            ledger,
            links,
            cycle,
            persons: FxHashSet::default(),
            households: FxHashSet::default(),
        };
        for beneficiary in ledger.open_beneficiaries(codes)? {
            match beneficiary {
                Beneficiary::Person(person) => _ = unchanged.persons.insert(person.packed()),
                household @ Beneficiary::Household(_) => _ = unchanged.households.insert(household),
                Beneficiary::UnverifiedPerson(_) | Beneficiary::Row(_) => {}
            }
        }
        Ok(unchanged)
    }

    /// Whether a month rests on the same as when it was last settled. `inputs` are the files it is read from,
    /// `asked` those of later months whose entitlements its values ask for.
    ///
    /// # Errors
    /// The ledger.
    pub(super) fn is_settled(
        &self,
        month: Month,
        inputs: &[&InputDigest],
        asked: &[InputDigest],
    ) -> Result<bool, Fault> {
        let Some(recorded) = self.ledger.month_basis(month, WHOLE)? else { return Ok(false) };
        let asked: Vec<&InputDigest> = asked.iter().collect();
        Ok(recorded == digest(self.rulebook, self.registers, self.cycle, month, inputs, &asked))
    }

    /// Leaves of a settled month the rows of people and households whom money waits for, with those they live
    /// with, and whole the rosters paid once per case, which later months are compared with. `households` gets
    /// where each person lives, which decides which accounts are shared.
    pub(super) fn leave(&self, month: &mut MonthRosters, households: &mut FxHashMap<u64, Beneficiary>) {
        let rulebook = self.rulebook;
        let person =
            |claim: &Claim| claim.resident.map(|resident| self.links.person(resident, month.month).packed());
        let household = |claim: &Claim| {
            let code = rulebook.divisions.code(&claim.township);
            self.links.household(Beneficiary::household(code, &claim.household_id), month.month)
        };
        let mut people: FxHashSet<u64> = self.persons.clone();
        for roster in month.rosters.iter().flatten().filter(|roster| rulebook.roster(roster.roster).once) {
            people.extend(roster.claims.iter().filter_map(person));
        }
        let mut kept: FxHashSet<Beneficiary> = self.households.clone();
        let of_households = || {
            let listed = month.rosters.iter().flatten();
            listed.filter(|roster| rulebook.roster(roster.roster).household)
        };
        for claim in of_households().flat_map(|roster| &roster.claims) {
            let own = household(claim);
            if let Some(person) = person(claim) {
                if people.contains(&person) {
                    kept.insert(own.clone());
                }
                households.insert(person, own);
            }
        }
        for claim in of_households().flat_map(|roster| &roster.claims) {
            if kept.contains(&household(claim)) {
                people.extend(person(claim));
            }
        }
        let stays: Vec<Vec<bool>> = month
            .rosters
            .iter()
            .map(|roster| {
                let Some(roster) = roster else { return Vec::new() };
                let rule = rulebook.roster(roster.roster);
                let stays = |claim: &Claim| {
                    rule.once
                        || person(claim).is_some_and(|person| people.contains(&person))
                        || (rule.household && kept.contains(&household(claim)))
                };
                roster.claims.iter().map(stays).collect()
            })
            .collect();
        for (roster, stays) in month.rosters.iter_mut().zip(stays) {
            let Some(roster) = roster else { continue };
            let mut stays = stays.into_iter();
            roster.claims.retain(|_| stays.next().unwrap_or(true));
            roster.claims.shrink_to_fit();
        }
        month.settled = true;
    }
}

/// What a release records of the months it decides: a digest where the month may rest, nothing where it must
/// be decided anew. Months it passed over keep what is recorded of them.
pub(super) fn bases(
    bureau: &Bureau,
    request: &Request,
    gathered: &Gathered,
    standstill: &[Standstill],
) -> Vec<Basis> {
    let cycle = request.cycle;
    let plain = request.exceptions.carry_forward.is_empty() && request.exceptions.without.is_empty();
    let of_month = |month: Month| -> Vec<&InputDigest> {
        gathered.inputs.iter().filter(|input| input.month == Some(month)).collect()
    };
    let mut quiet = true;
    let mut bases = Vec::new();
    for (rosters, standstill) in gathered.months.iter().zip(standstill) {
        let month = rosters.month;
        if rosters.settled || month > cycle {
            continue;
        }
        let rests = if month == cycle {
            // A day of death that cannot be read holds back the cycle month alone.
            plain && bureau.registers.deaths_undated.is_empty() && *standstill != Standstill::Unsettled
        } else {
            *standstill == Standstill::Same
        };
        let waits = rosters.link_needed.iter().any(|rows| !rows.is_empty())
            || rosters.vanished.iter().any(|vanished| !vanished.is_empty())
            || rosters.left_out.iter().any(|people| !people.is_empty());
        // Once born, somebody whose number says a day after the cycle has a number that can be right.
        let unborn = |claim: &Claim| {
            claim.rejected == Some(Rejection::IdentityNumber)
                && claim
                    .birth_written()
                    .is_some_and(|birth| (birth / 100) as i32 > cycle.year() * 100 + cycle.month() as i32)
        };
        let unborn = rosters.rosters.iter().flatten().any(|roster| roster.claims.iter().any(unborn));
        let asked: Vec<&InputDigest> =
            bureau.rulebook.still_entitled_months(month, cycle).into_iter().flat_map(of_month).collect();
        let digest = if quiet && rests && !waits && !unborn {
            digest(&bureau.rulebook, &bureau.registers, cycle, month, &of_month(month), &asked)
        } else {
            String::new()
        };
        bases.push(Basis { month, key: WHOLE.to_owned(), digest });
        // Months after one that moved were compared with what it was before.
        quiet &= month == cycle || *standstill == Standstill::Same;
    }
    bases
}

/// The digest of all that the decisions of a month rest on.
fn digest(
    rulebook: &Rulebook,
    registers: &Registers,
    cycle: Month,
    month: Month,
    inputs: &[&InputDigest],
    asked: &[&InputDigest],
) -> String {
    let mut text = String::new();
    let mut put = |part: std::fmt::Arguments<'_>| {
        // Writing into a text cannot fail.
        _ = text.write_fmt(part);
        text.push('\n');
    };
    put(format_args!("rules {RULES_VERSION} pack {}", rulebook.digest));
    let entries = rulebook.values.iter().flat_map(|value| &value.entries);
    put(format_args!("known {}", entries.filter(|entry| entry.announced <= cycle).count()));
    for (what, inputs) in [("file", inputs), ("asked", asked)] {
        let mut inputs: Vec<(&str, &str)> =
            inputs.iter().map(|input| (input.name.as_str(), input.sha256.as_str())).collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.iter().for_each(|(name, sha256)| put(format_args!("{what} {name} {sha256}")));
    }
    // A death bears on the months after it.
    let mut deaths: Vec<(u64, Month)> = registers
        .deaths
        .iter()
        .map(|(resident, date)| (resident.packed(), Month::of(*date)))
        .filter(|(_, death)| *death < month)
        .collect();
    deaths.sort_unstable();
    deaths.iter().for_each(|(resident, death)| put(format_args!("death {resident} {death}")));
    for (position, register) in registers.listed.iter().enumerate() {
        let mut rows: Vec<String> = register
            .iter()
            .flat_map(|(resident, rows)| rows.iter().map(|row| (resident.packed(), row)))
            .filter(|(_, row)| {
                row.from.is_none_or(|from| from <= month) && row.until.is_none_or(|until| month <= until)
            })
            .map(|(resident, row)| format!("{resident} {:?} {:?}", row.from, row.columns))
            .collect();
        rows.sort_unstable();
        rows.iter().for_each(|row| put(format_args!("listed {position} {row}")));
    }
    let holds = |from: Month, until: Option<Month>| from <= month && until.is_none_or(|until| month <= until);
    for change in registers.changes.iter().filter(|change| holds(change.from, change.until)) {
        put(format_args!("change {change:?}"));
    }
    registers.links.iter().for_each(|link| put(format_args!("link {link:?}")));
    registers.confirmed_ids.iter().for_each(|number| put(format_args!("confirmed {number}")));
    sha256_hex(text.as_bytes())
}
