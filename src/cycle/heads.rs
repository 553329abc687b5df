//! The end of the chain, written down outside the ledger: how every command sees, cheaply, that it
//! was given an older copy (DESIGN §10), or a backup that nobody has taken into use.

use crate::domain::{Exit, Fault};
use crate::ledger::Ledger;
use crate::workspace::Workspace;

/// Refuses a ledger older than what `archive/heads.log` or the outbox vouch for. What vouches is read
/// before the ledger: another command may be writing both.
///
/// # Errors
/// Exit 5.
pub fn refuse_older(workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
    let published = workspace.outbox_runs()?;
    ledger.check_heads(&workspace.heads()?)?;
    let runs = ledger.runs()?;
    for (month, run) in published {
        let released =
            runs.iter().any(|known| known.number == run && known.cycle == month && known.released.is_some());
        if !released {
            return Err(Fault::new(Exit::Unbalanced, "outbox-run-unknown")
                .with("run", run.to_string())
                .with("month", month.to_string()));
        }
    }
    Ok(())
}

/// Refuses to write to a restored copy that nobody has taken into use (`verify --head H --by NAME`).
///
/// # Errors
/// Exit 5.
pub fn refuse_copy(workspace: &Workspace) -> Result<(), Fault> {
    match workspace.backup_mark()? {
        None => Ok(()),
        Some(mark) => Err(Fault::new(Exit::Unbalanced, "restored-copy")
            .with("day", &mark.day)
            .with("number", mark.head.number.to_string())
            .with("head", &mark.head.hash)),
    }
}

/// Writes down the heads that are not yet: after each entry, and after a crash between the two.
///
/// # Errors
/// Exit 5 for an older ledger, exit 4 for the disk.
pub fn write_down(workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
    let missing = ledger.check_heads(&workspace.heads()?)?;
    if missing.is_empty() { Ok(()) } else { workspace.append_heads(&missing) }
}
