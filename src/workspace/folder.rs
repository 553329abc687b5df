//! Writing that is whole or not at all: under a temporary name, synced, renamed once. After a crash
//! only the temporary name is there, and the next attempt begins by removing it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::crash;
use crate::domain::{Exit, Fault};

use super::fault::disk;
use super::private;

/// What to do where the final folder is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It must hold the same files with the same bytes, and stays; else exit 5.
    MustEqual,
    /// It gives way (a dry run's reports).
    Replace,
}

/// A folder being written. Dropped without [`FolderWriter::publish`], it leaves nothing.
#[derive(Debug)]
pub struct FolderWriter {
    temporary: PathBuf,
    last: PathBuf,
    existing: Existing,
    open: bool,
}

impl FolderWriter {
    /// Begins `…/.<name>.tmp` beside the final folder; what an earlier attempt left there goes.
    ///
    /// # Errors
    /// What the disk says (exit 4); nothing is left then.
    pub fn begin(last: &Path, existing: Existing) -> Result<FolderWriter, Fault> {
        let parent = parent(last)?;
        private::create_folder(parent)?;
        let temporary = beside(last, "tmp")?;
        remove(&temporary)?;
        private::create_folder(&temporary)?;
        crash::point("folder-begun");
        Ok(FolderWriter { temporary, last: last.to_owned(), existing, open: true })
    }

    /// Where the files lie until the folder is published.
    pub fn folder(&self) -> &Path {
        &self.temporary
    }

    /// Opens a new file of the folder. `name` is a plain file name.
    ///
    /// # Errors
    /// What the disk says (exit 4); the folder is then given up.
    pub fn open(&self, name: &str) -> Result<FolderFile, Fault> {
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
        if !plain {
            return Err(Fault::new(Exit::Bug, "file-name-refused").with("file", name));
        }
        let path = self.temporary.join(name);
        let file = private::new_file(&path).map_err(|error| disk(&path, &error))?;
        Ok(FolderFile { path, file })
    }

    /// Ends a file, and syncs it where the folder must stay as it is.
    ///
    /// # Errors
    /// What the disk says (exit 4).
    pub fn close(&self, written: FolderFile) -> Result<(), Fault> {
        crash::point("file-half-written");
        // What may be replaced is made again by the same command; waiting for the disk saves nobody.
        if self.existing == Existing::MustEqual {
            written.file.sync_all().map_err(|error| disk(&written.path, &error))?;
        }
        crash::point("file-written");
        Ok(())
    }

    /// Writes one file through a function: [`FolderWriter::open`] to [`FolderWriter::close`].
    ///
    /// # Errors
    /// What the disk says (exit 4); the folder is then given up.
    pub fn file(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<FolderFile>) -> io::Result<()>,
    ) -> Result<(), Fault> {
        let mut file = BufWriter::with_capacity(1 << 18, self.open(name)?);
        let written =
            write(&mut file).and_then(|()| file.into_inner().map_err(io::IntoInnerError::into_error));
        self.close(written.map_err(|error| fault_of(error, &self.temporary.join(name)))?)
    }

    /// Renames the folder to its final name, once.
    ///
    /// # Errors
    /// The final folder is there and differs (exit 5); what the disk says (exit 4).
    pub fn publish(mut self) -> Result<(), Fault> {
        private::sync_folder(&self.temporary)?;
        crash::point("folder-synced");
        let parent = parent(&self.last)?;
        let old = beside(&self.last, "old.tmp")?;
        if fs::symlink_metadata(&self.last).is_ok() {
            match self.existing {
                Existing::MustEqual => {
                    if !same_files(&self.temporary, &self.last)? {
                        return Err(Fault::new(Exit::Unbalanced, "folder-differs")
                            .with("path", self.last.display().to_string()));
                    }
                    return Ok(());
                }
                Existing::Replace => {
                    remove(&old)?;
                    rename(&self.last, &old)?;
                    crash::point("folder-old-aside");
                }
            }
        }
        rename(&self.temporary, &self.last)?;
        self.open = false;
        crash::point("folder-renamed");
        private::sync_folder(parent)?;
        remove(&old)
    }
}

/// A file of a [`FolderWriter`]. What the disk says of it names the file ([`fault_of`]).
#[derive(Debug)]
pub struct FolderFile {
    path: PathBuf,
    file: File,
}

impl Write for FolderFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(disk(&self.path, &error)),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The fault behind an error of a writer: the one it carries, else what the disk said of this path.
pub fn fault_of(error: io::Error, path: &Path) -> Fault {
    error.downcast::<Fault>().unwrap_or_else(|error| disk(path, &error))
}

impl Drop for FolderWriter {
    fn drop(&mut self) {
        if self.open {
            let _ = remove(&self.temporary);
        }
    }
}

/// Writes a whole folder: these files and no others.
///
/// # Errors
/// As [`FolderWriter`]; nothing is half done.
pub fn write_folder_atomically<'a>(
    last: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    existing: Existing,
) -> Result<(), Fault> {
    let writer = FolderWriter::begin(last, existing)?;
    for (name, bytes) in files {
        writer.file(name, |file| file.write_all(bytes))?;
    }
    writer.publish()
}

/// Files of a new tree, written in pieces: each piece continues the file of its path. For data that no
/// ledger speaks of; it is neither synced nor renamed.
#[derive(Debug)]
pub struct TreeWriter {
    root: PathBuf,
    open: std::collections::BTreeMap<String, BufWriter<File>>,
}

impl TreeWriter {
    /// Under a folder, which is made where it is not there.
    pub fn new(root: &Path) -> TreeWriter {
        TreeWriter { root: root.to_owned(), open: std::collections::BTreeMap::new() }
    }

    /// Continues a file; `path` is relative, with `/`. The file must not have been there before.
    ///
    /// # Errors
    /// What the disk says; a path that leaves the folder.
    pub fn piece(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        if !self.open.contains_key(path) {
            let leaves = path.split('/').any(|part| part.is_empty() || part == ".." || part == ".");
            if leaves {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, path.to_owned()));
            }
            let full = self.root.join(path);
            if let Some(folder) = full.parent() {
                private::create_folder(folder).map_err(|fault| io::Error::other(fault.code))?;
            }
            let file = private::new_file(&full)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", full.display())))?;
            self.open.insert(path.to_owned(), BufWriter::new(file));
        }
        match self.open.get_mut(path) {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Ends all files.
    ///
    /// # Errors
    /// What the disk says.
    pub fn finish(self) -> io::Result<()> {
        self.open.into_values().try_for_each(|mut file| file.flush())
    }
}

/// Writes one file under a temporary name, syncs it and renames it over the old one.
///
/// # Errors
/// What the disk says (exit 4); the old file is then as it was.
pub fn write_file_atomically(last: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let parent = parent(last)?;
    private::create_folder(parent)?;
    let temporary = beside(last, "tmp")?;
    remove(&temporary)?;
    let written = private::new_file(&temporary).and_then(|mut file| {
        crash::write_all(&mut file, "file-half-written", bytes)?;
        file.sync_all()
    });
    crash::point("file-written");
    let done = written.map_err(|error| disk(&temporary, &error)).and_then(|()| rename(&temporary, last));
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done?;
    crash::point("file-renamed");
    private::sync_folder(parent)
}

fn parent(path: &Path) -> Result<&Path, Fault> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(Fault::new(Exit::Bug, "file-name-refused").with("file", path.display().to_string())),
    }
}

/// `…/.<name>.<suffix>` beside a path.
fn beside(path: &Path, suffix: &str) -> Result<PathBuf, Fault> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(parent(path)?.join(format!(".{name}.{suffix}")))
}

fn rename(from: &Path, to: &Path) -> Result<(), Fault> {
    fs::rename(from, to).map_err(|error| disk(to, &error))
}

/// Removes what lies under a temporary name; a link is removed, not followed.
fn remove(path: &Path) -> Result<(), Fault> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(path, &error)),
        _ => Ok(()),
    }
}

fn same_files(a: &Path, b: &Path) -> Result<bool, Fault> {
    let names = super::listing::names(a)?;
    if names != super::listing::names(b)? {
        return Ok(false);
    }
    for name in names {
        let read =
            |folder: &Path| fs::read(folder.join(&name)).map_err(|error| disk(&folder.join(&name), &error));
        if read(a)? != read(b)? {
            return Ok(false);
        }
    }
    Ok(true)
}
