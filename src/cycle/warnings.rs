//! What a draft warns of beside what reading and deciding found.

use std::collections::BTreeSet;

use crate::domain::{Fault, Finding, Place, Severity};
use crate::pay::Payer;
use crate::policy::Rulebook;
use crate::settle::Plan;
use crate::workspace::Workspace;

use super::Bureau;
use super::bureau::SETTINGS;

/// One warning for each bank profile in use that writes something about the payer which the settings
/// leave empty. Profiles that cannot do without refuse the run instead.
pub(super) fn payer_findings(bureau: &Bureau, plan: &Plan) -> Vec<Finding> {
    // Payments of one bank follow one another.
    let used = plan
        .payments
        .chunk_by(|a, b| a.payee.account.bank == b.payee.account.bank)
        .map(|group| bureau.profiles.of(&group[0].payee.account.bank).name.to_string())
        .collect();
    payer_blank(&bureau.workspace.config.bureau.payer, &bureau.profile_texts, &used)
}

/// The same before there are payments: of every profile that disburse.toml gives to a bank.
///
/// # Errors
/// The disk; a file of the pack that is no text (exit 3).
pub fn payer_of_settings(workspace: &Workspace) -> Result<Vec<Finding>, Fault> {
    let config = &workspace.config;
    let mut used: BTreeSet<String> = config.bank_profiles().into_values().collect();
    used.insert(config.pay.fallback_profile.clone());
    let of_banks = |(path, text): (String, String)| Some((path.strip_prefix("banks/")?.to_owned(), text));
    let texts: Vec<(String, String)> = workspace.policy()?.into_iter().filter_map(of_banks).collect();
    Ok(payer_blank(&config.bureau.payer, &texts, &used))
}

/// Profiles by file name and text, those in use by name: the file's without its ending.
fn payer_blank(payer: &Payer, texts: &[(String, String)], used: &BTreeSet<String>) -> Vec<Finding> {
    let empty: Vec<(&str, &str)> = [
        ("{payer_name}", payer.name.as_str(), "name"),
        ("{payer_account}", payer.account_no.as_str(), "account_no"),
        ("{payer_bank}", payer.bank.as_str(), "bank"),
        ("{agreement}", payer.agreement.as_str(), "agreement"),
    ]
    .into_iter()
    .filter(|(_, value, _)| value.trim().is_empty())
    .map(|(blank, _, field)| (blank, field))
    .collect();
    let mut findings = Vec::new();
    for (file, text) in texts {
        let name = file.strip_suffix(".toml").unwrap_or(file);
        let lines = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let wanted: Vec<&str> = empty
            .iter()
            .filter(|(blank, _)| used.contains(name) && lines().any(|line| line.contains(blank)))
            .map(|(_, field)| *field)
            .collect();
        if !wanted.is_empty() {
            let place = Place { file: SETTINGS.into(), ..Place::default() };
            findings.push(
                Finding::new("payer-blank", Severity::Warning, place)
                    .with("profile", name)
                    .with("fields", wanted.join(", ")),
            );
        }
    }
    findings
}

/// One warning for each line on hold, so that whoever reads findings alone sees them.
pub(super) fn hold_findings(plan: &Plan, rulebook: &Rulebook) -> Vec<Finding> {
    plan.held
        .iter()
        .map(|held| {
            let found = plan.settled.binary_search_by(|settled| settled.line.cmp(&held.line));
            let of = found.ok().map(|position| &plan.settled[position]);
            let place = Place::of_source(of.map_or("", |of| of.source.as_str()));
            Finding::new(hold_code(held.hold), Severity::Warning, place)
                .about(of.and_then(|of| of.resident), of.map_or("", |of| of.name.as_str()))
                .with("programme", &rulebook.rule(held.line.programme).name)
                .with("amount", held.amount.to_string())
        })
        .collect()
}

fn hold_code(hold: crate::domain::Hold) -> &'static str {
    use crate::domain::Hold;
    match hold {
        Hold::NoAccount => "held-no-account",
        Hold::AccountNameDiffers => "held-account-name-differs",
        Hold::AccountDiffers => "held-account-differs",
        Hold::AccountFailed => "held-account-failed",
        Hold::AccountShared => "held-account-shared",
        Hold::PayeeDead => "held-payee-dead",
        Hold::NoPayee => "held-no-payee",
        Hold::VerificationOverdue => "held-verification-overdue",
        Hold::Unencodable => "held-unencodable",
        Hold::Mirrored => "held-mirrored",
        Hold::ByHand => "held-by-hand",
    }
}
