//! Register `links`: one beneficiary or case under two keys. The ledger keeps speaking of the
//! first; rosters may use either.

use rustc_hash::FxHashMap;

use crate::domain::{Beneficiary, Month, ResidentId, Text};
use crate::intake::Link;

/// Links by the key rosters use.
#[derive(Debug, Clone, Default)]
pub struct Links {
    persons: FxHashMap<u64, (ResidentId, Month)>,
    households: FxHashMap<Text, (Text, Month)>,
    cases: FxHashMap<Text, (Text, Month)>,
}

impl Links {
    /// Reads the register's rows. Rows whose keys are no identity numbers under kind `person` are
    /// passed over: the intake has reported them.
    pub fn new(links: &[Link]) -> Links {
        let mut read = Links::default();
        let any_birth = Month::new(9999, 12).unwrap_or(Month::from_index(i32::MAX));
        for link in links {
            match link.kind.as_str() {
                "person" => {
                    if let (Ok(old), Ok(new)) =
                        (ResidentId::parse(&link.old, any_birth), ResidentId::parse(&link.new, any_birth))
                    {
                        read.persons.insert(new.packed(), (old, link.from));
                    }
                }
                "household" => {
                    read.households.insert(link.new.clone(), (link.old.clone(), link.from));
                }
                "case" => {
                    read.cases.insert(link.new.clone(), (link.old.clone(), link.from));
                }
                _ => {}
            }
        }
        read
    }

    /// The number the ledger knows a person by. Chains of links are followed; a circle ends where it
    /// closes.
    pub fn person(&self, resident: ResidentId, month: Month) -> ResidentId {
        let mut known = resident;
        for _ in 0..self.persons.len() {
            match self.persons.get(&known.packed()) {
                Some((old, from)) if *from <= month => known = *old,
                _ => break,
            }
        }
        known
    }

    /// The case number the ledger knows.
    pub fn case(&self, case_no: &Text, month: Month) -> Text {
        let mut known = case_no;
        for _ in 0..self.cases.len() {
            match self.cases.get(known) {
                Some((old, from)) if *from <= month => known = old,
                _ => break,
            }
        }
        known.clone()
    }

    /// The household the ledger knows.
    pub fn household(&self, beneficiary: Beneficiary, month: Month) -> Beneficiary {
        let Beneficiary::Household(mut known) = beneficiary else { return beneficiary };
        for _ in 0..self.households.len() {
            match self.households.get(&known) {
                Some((old, from)) if *from <= month => known = old.clone(),
                _ => break,
            }
        }
        Beneficiary::Household(known)
    }

    /// Whether a person, household or case is known to the ledger under another key.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.households.is_empty() && self.cases.is_empty()
    }
}
