//! What a draft warns of beside what reading and deciding found.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::MonthDecisions;
use crate::domain::{Fault, Finding, Line, Month, Place, ResidentId, Severity, Text};
use crate::pay::Payer;
use crate::policy::Rulebook;
use crate::settle::{HeldLine, Plan, PlannedPayment, decisions_of};
use crate::workspace::Workspace;

use super::Bureau;
use super::bureau::SETTINGS;
use super::inputs::Gathered;

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
            let of = payment.items.first().and_then(|(line, _)| plan.settled_of(line));
            let place = Place::of_source(of.map_or("", |of| of.source.as_str()));
            Finding::new("bank-not-in-table", Severity::Warning, place)
                .about(of.and_then(|of| of.resident), of.map_or("", |of| of.name.as_str()))
                .with("bank", bank)
                .with("count", count.to_string())
                .with("known", &known)
        })
        .collect()
}

/// One warning for each line on hold, so that whoever reads findings alone sees them. Whose line it is, and
/// where it stands, is told by what the run posts, else by the row of its month, else by the cycle's.
pub(super) fn hold_findings(
    plan: &Plan,
    rulebook: &Rulebook,
    months: &[MonthDecisions],
    gathered: &Gathered,
    cycle: Month,
) -> Vec<Finding> {
    let finding = |held: &HeldLine| {
        let about = match plan.settled_of(&held.line) {
            Some(of) => About { source: of.source.to_string(), resident: of.resident, name: of.name.clone() },
            None => decided(&held.line, held.line.month, rulebook, months, gathered)
                .or_else(|| decided(&held.line, cycle, rulebook, months, gathered))
                .unwrap_or_else(|| About { resident: held.line.beneficiary.person(), ..About::default() }),
        };
        Finding::new(hold_code(held.hold), Severity::Warning, Place::of_source(&about.source))
            .about(about.resident, &about.name)
            .with("programme", &rulebook.rule(held.line.programme).name)
            .with("month", held.line.month.to_string())
            .with("amount", held.amount.to_string())
    };
    plan.held.iter().map(finding).collect()
}

/// Whom a line is about, and the rows behind it.
#[derive(Default)]
struct About {
    source: String,
    resident: Option<ResidentId>,
    name: Text,
}

/// What a month's rows say of a line's beneficiary in its programme.
fn decided(
    line: &Line,
    month: Month,
    rulebook: &Rulebook,
    months: &[MonthDecisions],
    gathered: &Gathered,
) -> Option<About> {
    let at = months.iter().position(|decided| decided.month == month)?;
    let decisions = &months[at].decisions;
    let decision = decisions_of(decisions, line.programme, &line.beneficiary).first()?;
    let rosters = gathered.months.iter().find(|rosters| rosters.month == month)?;
    let roster = rosters.rosters.get(usize::from(rulebook.rule(line.programme).roster.0))?.as_ref()?;
    let claim = roster.claims.get(decision.claim as usize)?;
    Some(About {
        source: gathered.files.show_all(&decision.sources),
        resident: claim.resident,
        name: claim.name.clone(),
    })
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
