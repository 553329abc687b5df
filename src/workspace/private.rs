//! The small door to what differs between operating systems: files and folders that only their owner
//! may read. On Windows a new file has its folder's rights, so that the workspace folder's own rights
//! decide there (said in the manual).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::domain::Fault;

use super::fault::disk;

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).create(path)
}

/// Makes a folder and those above it, readable by the owner alone, so that their names outlive a power
/// cut; one that exists stays as it is.
pub(crate) fn create_folder(path: &Path) -> Result<(), Fault> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && fs::metadata(folder).is_err())
        .collect();
    make_folder(path).map_err(|error| disk(path, &error))?;
    for folder in missing {
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        sync_folder(above.unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Makes a new file, readable by the owner alone; one that exists is an error.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    owner_only(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Opens a file to read and write at any place, made if it is not there.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    owner_only(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Makes an empty file, readable by the owner alone, where there is none.
pub(crate) fn create_file_if_missing(path: &Path) -> Result<(), Fault> {
    match new_file(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(disk(path, &error)),
    }
}

/// How many bytes lie under a path; `None` where nothing does.
pub(crate) fn length(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().map(|metadata| metadata.len())
}

/// Removes a file that was begun and is not wanted; what cannot be removed stays.
pub(crate) fn discard(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Waits until a file's bytes are on the disk.
pub(crate) fn sync_file(path: &Path) -> Result<(), Fault> {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| disk(path, &error))
}

/// Waits until a folder's names are on the disk, so that a rename in it outlives a power cut. Windows
/// keeps names in its journal and has no such call.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> Result<(), Fault> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|error| disk(path, &error))
}

/// See the Unix side.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> Result<(), Fault> {
    Ok(())
}

/// The operating system's words for the user and the host, for entries (names are not
/// authentication; they stand beside the names people give).
pub fn user_and_host() -> (String, String) {
    let user = whoami::username().unwrap_or_else(|_| "?".to_owned());
    (user, gethostname::gethostname().to_string_lossy().into_owned())
}
