//! Which profile serves which bank.

use std::collections::BTreeMap;

use super::profile::BankProfile;
use crate::domain::{Exit, Fault, Finding};

/// The bank profiles of a workspace with the banks they serve. A bank without a profile is served by
/// the fallback, so that no payment is ever lost for want of a layout.
#[derive(Debug, Clone)]
pub struct Profiles {
    profiles: Vec<BankProfile>,
    by_bank: BTreeMap<String, usize>,
    fallback: usize,
}

/// The general layout, for workspaces that have none.
const GENERAL_PROFILE: &str = include_str!("../../fixtures/xincheng/policy/banks/general.toml");

impl Profiles {
    /// The name of the profile that serves banks without one, unless the workspace names another.
    pub const GENERAL: &'static str = "general";

    /// Brings profile texts (file name, TOML) together with the workspace's table of banks (bank
    /// name as written, or its beginning, to profile name).
    ///
    /// # Errors
    /// Exit 3 with every fault of every profile, a name that two profiles bear, a bank mapped to a
    /// profile that is not there, a fallback that is not there.
    pub fn load(
        texts: &[(&str, &str)],
        banks: &BTreeMap<String, String>,
        fallback: &str,
    ) -> Result<Profiles, Fault> {
        let mut profiles: Vec<BankProfile> = Vec::new();
        let mut findings: Vec<Finding> = Vec::new();
        for (file, text) in texts {
            match BankProfile::parse(file, text) {
                Ok(profile) if profiles.iter().any(|other| other.name == profile.name) => {
                    findings.push(Profiles::fault(file, "bank-profile-twice", &profile.name));
                }
                Ok(profile) => profiles.push(profile),
                Err(faults) => findings.extend(faults),
            }
        }
        if fallback == Profiles::GENERAL && !profiles.iter().any(|profile| profile.name == fallback) {
            match BankProfile::parse("general.toml", GENERAL_PROFILE) {
                Ok(profile) => profiles.push(profile),
                Err(faults) => findings.extend(faults),
            }
        }
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        let position = |name: &str| profiles.iter().position(|profile| profile.name == name);
        let mut by_bank = BTreeMap::new();
        for (bank, name) in banks {
            match position(name) {
                Some(found) => drop(by_bank.insert(bank.trim().to_owned(), found)),
                None => findings.push(Profiles::fault("disburse.toml", "bank-profile-unknown", name)),
            }
        }
        let fallback_found = position(fallback);
        if fallback_found.is_none() && findings.is_empty() {
            findings.push(Profiles::fault("disburse.toml", "bank-profile-unknown", fallback));
        }
        match fallback_found {
            Some(fallback) if findings.is_empty() => Ok(Profiles { profiles, by_bank, fallback }),
            _ => Err(Fault::new(Exit::Refused, "bank-profiles-refused").found(findings)),
        }
    }

    fn fault(file: &str, code: &'static str, value: &str) -> Finding {
        use crate::domain::{Place, Severity};
        Finding::new(code, Severity::Error, Place { file: file.into(), ..Place::default() })
            .with("value", value)
    }

    /// The profile of a bank: of its exact name, else of the longest known beginning of it, else the
    /// fallback.
    pub fn of(&self, bank: &str) -> &BankProfile {
        &self.profiles[self.named(bank).unwrap_or(self.fallback)]
    }

    /// Whether the workspace's table knows the bank.
    pub fn knows(&self, bank: &str) -> bool {
        self.named(bank).is_some()
    }

    fn named(&self, bank: &str) -> Option<usize> {
        if let Some(&found) = self.by_bank.get(bank) {
            return Some(found);
        }
        self.by_bank
            .iter()
            .filter(|(known, _)| !known.is_empty() && bank.starts_with(known.as_str()))
            .max_by_key(|(known, _)| known.len())
            .map(|(_, &found)| found)
    }

    /// A profile by its name.
    pub fn named_profile(&self, name: &str) -> Option<&BankProfile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// All profiles, by name.
    pub fn all(&self) -> &[BankProfile] {
        &self.profiles
    }
}
