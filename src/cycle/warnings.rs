//! What a draft warns of beside what reading and deciding found.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Finding, Place, Severity};
use crate::policy::Rulebook;
use crate::settle::{Plan, PlannedPayment};

use super::Bureau;

/// One warning for each bank profile in use that writes something about the payer which the settings
/// leave empty. Profiles that cannot do without refuse the run instead.
pub(super) fn payer_findings(bureau: &Bureau, plan: &Plan) -> Vec<Finding> {
    let payer = &bureau.workspace.config.bureau.payer;
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
    // Payments of one bank follow one another.
    let used: BTreeSet<&str> = plan
        .payments
        .chunk_by(|a, b| a.payee.account.bank == b.payee.account.bank)
        .map(|group| bureau.profiles.of(&group[0].payee.account.bank).name.as_str())
        .collect();
    let mut findings = Vec::new();
    for (name, text) in bureau.profile_texts.iter().filter(|(name, _)| used.contains(name.as_str())) {
        let lines = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let wanted: Vec<&str> = empty
            .iter()
            .filter(|(blank, _)| lines().any(|line| line.contains(blank)))
            .map(|(_, field)| *field)
            .collect();
        if !wanted.is_empty() {
            let place = Place { file: "disburse.toml".into(), ..Place::default() };
            findings.push(
                Finding::new("payer-blank", Severity::Warning, place)
                    .with("profile", name)
                    .with("fields", wanted.join(", ")),
            );
        }
    }
    findings
}

/// One warning for each bank of a payment that the workspace's table of banks does not know (DESIGN §7), at the first
/// row that names it: such payments go into the general file. A workspace without a table means it so.
pub(super) fn bank_findings(bureau: &Bureau, plan: &Plan) -> Vec<Finding> {
    if bureau.workspace.config.banks.is_empty() {
        return Vec::new();
    }
    let mut unknown: BTreeMap<&str, (usize, &PlannedPayment)> = BTreeMap::new();
    // Payments of one bank follow one another.
    for group in plan.payments.chunk_by(|a, b| a.payee.account.bank == b.payee.account.bank) {
        let bank = group[0].payee.account.bank.as_str();
        if !bureau.profiles.knows(bank) {
            unknown.entry(bank).or_insert((0, &group[0])).0 += group.len();
        }
    }
    let known = bureau.workspace.config.banks.keys().cloned().collect::<Vec<_>>().join("、");
    unknown
        .into_iter()
        .map(|(bank, (count, payment))| {
            let line = payment.items.first().map(|(line, _)| line);
            let found = line.and_then(|line| plan.settled.binary_search_by(|one| one.line.cmp(line)).ok());
            let of = found.map(|position| &plan.settled[position]);
            let place = Place::of_source(of.map_or("", |of| of.source.as_str()));
            Finding::new("bank-not-in-table", Severity::Warning, place)
                .about(of.and_then(|of| of.resident), of.map_or("", |of| of.name.as_str()))
                .with("bank", bank)
                .with("count", count.to_string())
                .with("known", &known)
        })
        .collect()
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
