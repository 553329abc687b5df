use std::io;
use std::path::Path;

use crate::domain::{Exit, Fault};

/// What an error of the disk means for the run: nothing is half done, and the same command may be run
/// again once the cause is gone.
pub(crate) fn disk(path: &Path, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "disk-full",
        io::ErrorKind::ReadOnlyFilesystem => "disk-read-only",
        io::ErrorKind::PermissionDenied => "disk-no-permission",
        io::ErrorKind::NotFound => "disk-not-found",
        _ => "disk-error",
    };
    let exit = if code == "disk-not-found" { Exit::Refused } else { Exit::Locked };
    Fault::new(exit, code).with("what", path.display().to_string()).with("detail", error.to_string())
}
