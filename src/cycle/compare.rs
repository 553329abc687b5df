//! `changes` and `compare`: this month beside another, and our payments beside another system's list.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Beneficiary, Exit, Fault, Money, Month, Programme, Text};
use crate::ledger::Ledger;
use crate::policy::Rulebook;
use crate::report::beside::{Difference, Ours};
use crate::settle::changes::{self, Change};
use crate::settle::{LedgerLine, Plan};
use crate::workspace::{Existing, Workspace, run_folder, write_folder_atomically};

/// Who is new, stopped, changed in a month against another, as the ledger has both.
///
/// # Errors
/// Exit 2: no run of the month or of a later one is released; the ledger.
pub fn changes(
    rulebook: &Rulebook,
    ledger: &Ledger,
    codes: &[Text],
    month: Month,
    against: Month,
) -> Result<Vec<Change>, Fault> {
    let now = ledger.month_lines(month, codes)?;
    let released = ledger.latest_released_cycle()?;
    // Before its release a month holds at most what was paid in advance: everybody else would look stopped.
    if released.map_or(now.is_empty(), |latest| month > latest) {
        let draft = ledger.open_draft_meta()?.filter(|draft| draft.cycle == month);
        return Err(match draft {
            Some(draft) => Fault::new(Exit::Usage, "changes-drafted")
                .with("month", month.to_string())
                .with("folder", format!("out/{month}/{}", run_folder(draft.run))),
            None => Fault::new(Exit::Usage, "changes-not-released").with("month", month.to_string()),
        });
    }
    let before = ledger.month_lines(against, codes)?;
    let mut earlier: BTreeSet<(Programme, Beneficiary)> = BTreeSet::new();
    if let Some((first, _)) = ledger.month_span()? {
        for month in first.through(against.plus(-1)) {
            let lines = ledger.month_lines(month, codes)?;
            let paid = lines.into_iter().filter(|line| line.entitlement.is_positive());
            earlier.extend(paid.map(|line| (line.line.programme, line.line.beneficiary)));
        }
    }
    let was_paid =
        |programme: Programme, beneficiary: &Beneficiary| earlier.contains(&(programme, beneficiary.clone()));
    Ok(changes::compare(rulebook, &before, &now, was_paid, &Plan::default(), &[], month))
}

/// Our payments of a cycle beside a list of (programme, beneficiary, amount).
///
/// # Errors
/// The ledger.
pub fn compare(
    ledger: &Ledger,
    codes: &[Text],
    cycle: Month,
    list: &[(String, Beneficiary, Money)],
) -> Result<Vec<Difference>, Fault> {
    let mut ours: BTreeMap<(String, Beneficiary), Money> = BTreeMap::new();
    for run in ledger.runs()?.iter().filter(|run| run.cycle == cycle && run.released.is_some()) {
        for payment in ledger.payments_of_run(run.number, codes)? {
            for (line, amount) in &payment.payment.items {
                let code =
                    codes.get(usize::from(line.programme.0)).map(ToString::to_string).unwrap_or_default();
                *ours.entry((code, line.beneficiary.clone())).or_default() += *amount;
            }
        }
    }
    let mut theirs: BTreeMap<(String, Beneficiary), Money> = BTreeMap::new();
    for (programme, beneficiary, amount) in list {
        *theirs.entry((programme.clone(), beneficiary.clone())).or_default() += *amount;
    }
    let settled: BTreeMap<(Programme, Beneficiary), LedgerLine> = ledger
        .month_lines(cycle, codes)?
        .into_iter()
        .map(|line| ((line.line.programme, line.line.beneficiary.clone()), line))
        .collect();
    let keys: BTreeSet<&(String, Beneficiary)> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = Vec::new();
    for key in keys {
        let (a, b) =
            (ours.get(key).copied().unwrap_or(Money::ZERO), theirs.get(key).copied().unwrap_or(Money::ZERO));
        if a == b {
            continue;
        }
        let programme =
            codes.iter().position(|code| *code == key.0).map(|position| Programme(position as u16));
        let line = programme.and_then(|programme| settled.get(&(programme, key.1.clone())));
        differences.push(Difference {
            programme: key.0.clone(),
            beneficiary: key.1.clone(),
            ours: a,
            theirs: b,
            is_listed: theirs.contains_key(key),
            why: match line {
                None => Ours::Unknown,
                Some(LedgerLine { settled: None, .. }) => Ours::Opening,
                Some(LedgerLine { settled: Some(settled), held_since, .. }) => {
                    Ours::Settled { settled: Box::new(settled.clone()), held: held_since.is_some() }
                }
            },
        });
    }
    Ok(differences)
}

/// Writes a list into `out/M/<prefix>-NNNN`; the folder, inside the workspace. The same list again stays where
/// it is.
///
/// # Errors
/// The disk.
pub fn write(
    workspace: &Workspace,
    month: Month,
    prefix: &str,
    name: &str,
    bytes: &[u8],
) -> Result<String, Fault> {
    let parent = workspace.out_folder(month, "");
    if let Some(last) = workspace.last_numbered(&parent, prefix)? {
        let folder = format!("{prefix}-{last:04}");
        if workspace.out_file(month, &folder, name)?.as_deref() == Some(bytes) {
            return Ok(format!("out/{month}/{folder}"));
        }
    }
    let folder = workspace.next_numbered(&parent, prefix)?;
    write_folder_atomically(&folder, [(name, bytes)], Existing::MustEqual)?;
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("out/{month}/{folder}"))
}
