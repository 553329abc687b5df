//! `backup`: a consistent copy of ledger and archive while others work. It appears under its name whole
//! or not at all, and says of itself that it is a copy, so that nobody goes on from an old one without
//! knowing (`docs/integrity.md`, restoring).

use std::path::Path;

use crate::crash;
use crate::domain::{Exit, Fault};
use crate::ledger::{Head, Ledger};
use crate::workspace::{BackupMark, Existing, FolderWriter, Workspace};

use super::Session;

/// What a backup became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The end of the chain in the copy.
    pub head: Head,
    /// It was there already, made at this very head.
    pub before: bool,
}

/// Makes a copy in a folder that is not there yet, or empty.
///
/// # Errors
/// Exit 3: the folder holds something else; exit 4: the disk, or another backup at work; exit 5: what
/// was copied does not fit together.
pub fn backup(
    workspace: &Workspace,
    ledger: &Ledger,
    destination: &Path,
    session: &Session,
) -> Result<BackedUp, Fault> {
    let _lock = workspace.lock_backup()?;
    if let Some(mark) = made_before(workspace, destination)? {
        if mark.head == ledger.head()? && mark.stamp == ledger.stamp()? {
            return Ok(BackedUp { head: mark.head, before: true });
        }
        return Err(exists(destination));
    }
    let writer = FolderWriter::begin(destination, Existing::Replace)?;
    let copy_path = writer.folder().join("ledger.db");
    ledger.backup(&copy_path)?;
    crash::point("ledger-copied");
    // The archive only grows: copied after the ledger, it holds whatever that speaks of. Heads written
    // down meanwhile do not belong to the copy.
    let copy = Ledger::open_read_only(&copy_path)?;
    let head = copy.head()?;
    let mut heads: Vec<Head> =
        workspace.heads()?.into_iter().filter(|written| written.number <= head.number).collect();
    heads.extend(copy.check_heads(&heads)?);
    let mark = BackupMark { head: head.clone(), day: session.today.to_string(), stamp: copy.stamp()? };
    drop(copy);
    workspace.copy_archive(writer.folder(), &heads, &mark)?;
    crash::point("archive-copied");
    writer.publish()?;
    Ok(BackedUp { head, before: false })
}

/// The mark of a copy that lies there already; `None` where there is nothing.
fn made_before(workspace: &Workspace, destination: &Path) -> Result<Option<BackupMark>, Fault> {
    if Workspace::is_vacant(destination)? {
        return Ok(None);
    }
    let there = workspace.elsewhere(destination);
    let mark = there.backup_mark().ok().flatten();
    mark.map(Some).ok_or_else(|| exists(destination))
}

fn exists(destination: &Path) -> Fault {
    Fault::new(Exit::Refused, "backup-exists").with("path", destination.display().to_string())
}
