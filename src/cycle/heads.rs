//! The end of the chain, written down outside the ledger: how every command sees, cheaply, that it
//! was given an older copy (DESIGN §10).

use crate::domain::{Exit, Fault};
use crate::ledger::Ledger;
use crate::workspace::Workspace;

/// Refuses a ledger older than what `archive/heads.log` or the outbox vouch for.
///
/// # Errors
/// Exit 5.
pub fn refuse_older(workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
    ledger.check_heads(&workspace.heads()?)?;
    let runs = ledger.runs()?;
    for (month, run) in workspace.outbox_runs()? {
        let released = runs.iter().any(|known| known.number == run && known.released.is_some());
        if !released {
            return Err(Fault::new(Exit::Unbalanced, "outbox-run-unknown")
                .with("run", run.to_string())
                .with("month", month.to_string()));
        }
    }
    Ok(())
}

/// Writes down the heads that are not yet: after each entry, and after a crash between the two.
///
/// # Errors
/// Exit 5 for an older ledger, exit 4 for the disk.
pub fn write_down(workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
    let missing = ledger.check_heads(&workspace.heads()?)?;
    if missing.is_empty() { Ok(()) } else { workspace.append_heads(&missing) }
}
