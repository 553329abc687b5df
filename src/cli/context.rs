//! What every command is given: the workspace's folder, the session, and the ways to open ledger and
//! bureau.

use std::path::PathBuf;

use crate::cycle::{Bureau, Session, heads, lists};
use crate::domain::{Fault, Month};
use crate::ledger::Ledger;
use crate::workspace::{Lock, Workspace};

/// What every command is given.
pub struct Context {
    /// The workspace's folder.
    pub folder: PathBuf,
    /// Who, when, where.
    pub session: Session,
}

impl Context {
    /// The workspace.
    ///
    /// # Errors
    /// Exit 2: there is none in the folder.
    pub fn workspace(&self) -> Result<Workspace, Fault> {
        Workspace::open(&self.folder)
    }

    /// The ledger for reading; an empty one where there is none yet.
    ///
    /// # Errors
    /// The disk; exit 5 for a ledger older than what the workspace knows.
    pub fn ledger(&self, workspace: &Workspace) -> Result<Ledger, Fault> {
        let path = workspace.ledger_path();
        let ledger = Ledger::open_read_only(&path)?;
        heads::refuse_older(workspace, &ledger)?;
        Ok(ledger)
    }

    /// Bureau and ledger for reading.
    ///
    /// # Errors
    /// As [`Bureau::open`] and [`Context::ledger`].
    pub fn read_only(&self, cycle: Month) -> Result<(Bureau, Ledger), Fault> {
        let workspace = self.workspace()?;
        let ledger = self.ledger(&workspace)?;
        Ok((Bureau::open(workspace, cycle, self.session.language)?, ledger))
    }

    /// Workspace and ledger for writing, behind the lock.
    ///
    /// # Errors
    /// Exit 4: another command holds the lock.
    pub fn locked(&self) -> Result<(Workspace, Ledger, Lock), Fault> {
        let workspace = self.workspace()?;
        let lock = workspace.lock()?;
        let ledger = writable(&workspace)?;
        Ok((workspace, ledger, lock))
    }

    /// Bureau and ledger for writing, behind the lock.
    ///
    /// # Errors
    /// As [`Bureau::open`] and [`Context::locked`].
    pub fn exclusive(&self, cycle: Month) -> Result<(Bureau, Ledger, Lock), Fault> {
        let workspace = self.workspace()?;
        let lock = workspace.lock()?;
        // The pack is read before the ledger is made: a refused pack writes nothing.
        let bureau = Bureau::open(workspace, cycle, self.session.language)?;
        let ledger = writable(&bureau.workspace)?;
        Ok((bureau, ledger, lock))
    }
}

/// The ledger to write to: no copy, no older one; and what a crash left undone beside it is done.
fn writable(workspace: &Workspace) -> Result<Ledger, Fault> {
    heads::refuse_copy(workspace)?;
    let ledger = Ledger::open(&workspace.ledger_path())?;
    heads::refuse_older(workspace, &ledger)?;
    heads::write_down(workspace, &ledger)?;
    lists::complete(workspace, &ledger)?;
    let head = ledger.head()?;
    tracing::debug!(entry = head.number, head = %head.hash, "ledger opened to write");
    Ok(ledger)
}
