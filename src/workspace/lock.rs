//! The lock: one writing command a workspace. It is the operating system's own lock on `.lock`, which
//! goes away with the process however that ends; no process number is kept anywhere.

use std::fs::{File, TryLockError};

use crate::domain::{Exit, Fault};

use super::Workspace;
use super::fault::disk;
use super::private;

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file lets go too; a failure here changes nothing.
        let _ = self.file.unlock();
    }
}

impl Workspace {
    /// Takes the lock, or says at once that another command holds it.
    ///
    /// # Errors
    /// Held by another (exit 4); a disk that knows no locks or cannot be written (exit 4).
    pub fn lock(&self) -> Result<Lock, Fault> {
        self.lock_file(".lock")
    }

    /// Takes the lock of `backup`, which works beside other commands but not beside itself.
    ///
    /// # Errors
    /// As [`Workspace::lock`].
    pub fn lock_backup(&self) -> Result<Lock, Fault> {
        self.lock_file(".lock-backup")
    }

    fn lock_file(&self, name: &str) -> Result<Lock, Fault> {
        let path = self.root().join(name);
        let file = private::open_file(&path).map_err(|error| disk(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { file }),
            Err(TryLockError::WouldBlock) => Err(Fault::new(Exit::Locked, "workspace-locked")),
            Err(TryLockError::Error(error)) => Err(disk(&path, &error)),
        }
    }
}
