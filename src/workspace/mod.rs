//! A bureau's folder (DESIGN §5): its configuration, what lies where, the lock, the archive, and
//! writing that is whole or not at all. In: names. Out: bytes, listings, findings, faults. It knows
//! nothing of money and no meaning of what it reads.
//!
//! | part | what it is |
//! |---|---|
//! | [`config`] | `disburse.toml` |
//! | `listing` | rosters, registers, policy, calendar, returns; never through a link out of the folder |
//! | `lock` | the operating system's file lock |
//! | `archive` | every input by content hash; `heads.log` |
//! | `folder` | a folder of files under a temporary name, synced, renamed once |
//! | `private` | the door to what differs between systems: owner-only files |

mod archive;
pub mod config;
mod fault;
mod folder;
mod listing;
mod lock;
pub(crate) mod private;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::domain::{Exit, Fault, Month};

pub use archive::{backup_archive, sha256_hex};
pub use config::Config;
pub use folder::{Existing, FolderWriter, TreeWriter, write_file_atomically, write_folder_atomically};
pub use listing::{InputFile, Listing, read_pack};
pub use lock::Lock;
pub use private::user_and_host;

/// An opened workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    /// What `disburse.toml` says.
    pub config: Config,
}

/// The configuration's file name.
pub const CONFIG: &str = "disburse.toml";

impl Workspace {
    /// Opens the workspace that lies in a folder.
    ///
    /// # Errors
    /// No `disburse.toml` there, or one with mistakes (exit 3), every one of them shown with its place.
    pub fn open(folder: &Path) -> Result<Workspace, Fault> {
        let path = folder.join(CONFIG);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(
                    Fault::new(Exit::Refused, "workspace-missing").with("path", folder.display().to_string())
                );
            }
            Err(error) => return Err(fault::disk(&path, &error)),
        };
        Ok(Workspace { root: folder.to_owned(), config: Config::parse(&bytes)? })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the ledger lies.
    pub fn ledger_path(&self) -> PathBuf {
        self.root.join("ledger.db")
    }

    /// `out/<month>/<name>`: reports.
    pub fn out_folder(&self, month: Month, name: &str) -> PathBuf {
        self.root.join("out").join(month.to_string()).join(name)
    }

    /// `out/<year>/<name>`: reports of a year.
    pub fn out_year_folder(&self, year: i32, name: &str) -> PathBuf {
        self.root.join("out").join(format!("{year:04}")).join(name)
    }

    /// `returns/<month>`: bank answers, as received.
    pub fn returns_folder(&self, month: Month) -> PathBuf {
        self.root.join("returns").join(month.to_string())
    }

    /// `outbox/<month>/run-<number>`: released bank files, and nothing else.
    pub fn outbox_folder(&self, month: Month, run: u32) -> PathBuf {
        self.root.join("outbox").join(month.to_string()).join(run_folder(run))
    }

    /// A released bank file's bytes; `None` where it is not there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox_file(&self, month: Month, run: u32, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.outbox_folder(month, run).join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fault::disk(&path, &error)),
        }
    }

    /// The first `<prefix>-NNNN` that is not yet there beside `sibling`s, e.g. `reconcile-0003`.
    /// Temporary names do not count: what they began is written again.
    pub fn next_numbered(&self, parent: &Path, prefix: &str) -> Result<PathBuf, Fault> {
        let mut last = 0;
        for name in listing::names(parent)? {
            let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
            if let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) {
                last = last.max(number);
            }
        }
        Ok(parent.join(format!("{prefix}-{:04}", last + 1)))
    }

    /// The runs that lie in the outbox, by month and number. One that the ledger does not know as
    /// released means that the ledger is an older copy (exit 5 for the caller).
    pub fn outbox_runs(&self) -> Result<Vec<(Month, u32)>, Fault> {
        let outbox = self.root.join("outbox");
        let mut runs = Vec::new();
        for month in listing::names(&outbox)? {
            let Ok(parsed) = month.parse::<Month>() else { continue };
            for name in listing::names(&outbox.join(&month))? {
                if let Some(Ok(run)) = name.strip_prefix("run-").map(str::parse) {
                    runs.push((parsed, run));
                }
            }
        }
        runs.sort_unstable();
        Ok(runs)
    }
}

/// The folder of a run: `run-0001`.
pub fn run_folder(run: u32) -> String {
    format!("run-{run:04}")
}
