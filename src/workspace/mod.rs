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

pub use archive::{BackupMark, sha256_hex};
pub use config::Config;
pub use folder::{
    Existing, FolderFile, FolderWriter, TreeWriter, fault_of, write_file_atomically, write_folder_atomically,
};
pub use listing::{InputFile, Listing, read_pack};
pub use lock::Lock;
pub(crate) use private::create_folder;
pub use private::user_and_host;

/// An opened workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    settings: Vec<u8>,
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
        let config = Config::parse(&bytes)?;
        Ok(Workspace { root: folder.to_owned(), settings: bytes, config })
    }

    /// The same folder under other settings: those an earlier run read.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn under(&self, settings: Vec<u8>) -> Result<Workspace, Fault> {
        let config = Config::parse(&settings)?;
        Ok(Workspace { root: self.root.clone(), settings, config })
    }

    /// Another folder under the same settings: a backup that is being looked at.
    pub fn elsewhere(&self, folder: &Path) -> Workspace {
        Workspace { root: folder.to_owned(), ..self.clone() }
    }

    /// Whether nothing lies under a path, or an empty folder.
    ///
    /// # Errors
    /// What the disk says.
    pub fn is_vacant(folder: &Path) -> Result<bool, Fault> {
        match std::fs::symlink_metadata(folder) {
            Ok(metadata) => Ok(metadata.is_dir() && listing::names(folder)?.is_empty()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(fault::disk(folder, &error)),
        }
    }

    /// `disburse.toml` as it was read.
    pub fn settings(&self) -> &[u8] {
        &self.settings
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
        read_or_none(&self.outbox_folder(month, run).join(name))
    }

    /// The names in a run's outbox folder, sorted; `None` where the folder is not there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox_names(&self, month: Month, run: u32) -> Result<Option<Vec<String>>, Fault> {
        let folder = self.outbox_folder(month, run);
        if std::fs::metadata(&folder).is_err() { Ok(None) } else { listing::names(&folder).map(Some) }
    }

    /// The sha256 of a file in a run's outbox folder.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox_sha256(&self, month: Month, run: u32, name: &str) -> Result<String, Fault> {
        let path = self.outbox_folder(month, run).join(name);
        let bytes = std::fs::read(&path).map_err(|error| fault::disk(&path, &error))?;
        Ok(sha256_hex(&bytes))
    }

    /// Takes a file out of a run's outbox folder, which stays; one that is not there is out already.
    ///
    /// # Errors
    /// What the disk says.
    pub fn withdraw_from_outbox(&self, month: Month, run: u32, name: &str) -> Result<(), Fault> {
        let folder = self.outbox_folder(month, run);
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Ok(()) => private::sync_folder(&folder),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(fault::disk(&path, &error)),
        }
    }

    /// Whether a folder below `out/<month>/` is there.
    pub fn has_out_folder(&self, month: Month, name: &str) -> bool {
        std::fs::metadata(self.out_folder(month, name)).is_ok()
    }

    /// The bytes of a file below `out/<month>/<folder>/`; `None` where it is not there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn out_file(&self, month: Month, folder: &str, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        read_or_none(&self.out_folder(month, folder).join(name))
    }

    /// The first `<prefix>-NNNN` that is not yet there beside `sibling`s, e.g. `reconcile-0003`.
    /// Temporary names do not count: what they began is written again.
    pub fn next_numbered(&self, parent: &Path, prefix: &str) -> Result<PathBuf, Fault> {
        let last = self.last_numbered(parent, prefix)?.unwrap_or(0);
        Ok(parent.join(format!("{prefix}-{:04}", last + 1)))
    }

    /// The number of the latest `<prefix>-NNNN`; none where there is no such folder.
    pub fn last_numbered(&self, parent: &Path, prefix: &str) -> Result<Option<u32>, Fault> {
        let mut last = None;
        for name in listing::names(parent)? {
            let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
            if let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) {
                last = last.max(Some(number));
            }
        }
        Ok(last)
    }

    /// The runs that lie in the outbox, by month and number. One that the ledger does not know as
    /// released means that the ledger is an older copy (exit 5 for the caller).
    pub fn outbox_runs(&self) -> Result<Vec<(Month, u32)>, Fault> {
        Ok(self.outbox()?.0)
    }

    /// The runs that lie in the outbox, and the paths within it of what is no run's folder. Names that
    /// begin with a dot are what a crash left, and do not count.
    ///
    /// # Errors
    /// What the disk says.
    #[allow(clippy::type_complexity)]
    pub fn outbox(&self) -> Result<(Vec<(Month, u32)>, Vec<String>), Fault> {
        let outbox = self.root.join("outbox");
        let (mut runs, mut strays) = (Vec::new(), Vec::new());
        for month in listing::names(&outbox)?.into_iter().filter(|name| !name.starts_with('.')) {
            let parsed = month.parse::<Month>().ok().filter(|parsed| parsed.to_string() == month);
            let Some(parsed) = parsed.filter(|_| outbox.join(&month).is_dir()) else {
                strays.push(month);
                continue;
            };
            let names = listing::names(&outbox.join(&month))?;
            for name in names.into_iter().filter(|name| !name.starts_with('.')) {
                let run = name.strip_prefix("run-").and_then(|run| run.parse().ok());
                match run.filter(|run| run_folder(*run) == name) {
                    Some(run) => runs.push((parsed, run)),
                    None => strays.push(format!("{month}/{name}")),
                }
            }
        }
        runs.sort_unstable();
        Ok((runs, strays))
    }
}

fn read_or_none(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault::disk(path, &error)),
    }
}

/// The folder of a run: `run-0001`.
pub fn run_folder(run: u32) -> String {
    format!("run-{run:04}")
}
