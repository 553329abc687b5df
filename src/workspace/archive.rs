//! The archive: every input a run read, by its content's hash, compressed; and `heads.log`, the ends of
//! the ledger's chain written down outside the ledger.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::{Exit, Fault};
use crate::ledger::Head;

use super::Workspace;
use super::fault::disk;
use super::folder::write_file_atomically;
use super::{listing, private};

/// How hard inputs are pressed.
const LEVEL: i32 = 3;

/// The sha256 of bytes, 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    crate::ledger::hex(&Sha256::digest(bytes))
}

impl Workspace {
    /// Keeps bytes in the archive and gives their digest; what is there already is not written again.
    ///
    /// # Errors
    /// What the disk says (exit 4).
    pub fn archive_put(&self, bytes: &[u8]) -> Result<String, Fault> {
        let digest = sha256_hex(bytes);
        let path = archived(self.root(), &digest);
        if fs::symlink_metadata(&path).is_err() {
            let pressed = zstd::bulk::compress(bytes, LEVEL).map_err(|error| disk(&path, &error))?;
            write_file_atomically(&path, &pressed)?;
        }
        Ok(digest)
    }

    /// The bytes of a digest, checked against it.
    ///
    /// # Errors
    /// Not there, or not what the digest says (exit 5).
    pub fn archive_get(&self, digest: &str) -> Result<Vec<u8>, Fault> {
        let plain = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        let damaged = |detail: &str| {
            Fault::new(Exit::Unbalanced, "archive-damaged").with("digest", digest).with("detail", detail)
        };
        if !plain {
            return Err(damaged("not a digest"));
        }
        let pressed = fs::read(archived(self.root(), digest)).map_err(|error| damaged(&error.to_string()))?;
        let bytes =
            zstd::stream::decode_all(pressed.as_slice()).map_err(|error| damaged(&error.to_string()))?;
        if sha256_hex(&bytes) == digest { Ok(bytes) } else { Err(damaged("sha256")) }
    }

    /// The heads written down, in order. A last line cut short by a crash does not count.
    ///
    /// # Errors
    /// A line that is no head (exit 5).
    pub fn heads(&self) -> Result<Vec<Head>, Fault> {
        let path = heads_path(self.root());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(disk(&path, &error)),
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| head(line).ok_or_else(|| heads_damaged(line))).collect()
    }

    /// Writes heads down after those that are there, and syncs.
    ///
    /// # Errors
    /// What the disk says (exit 4).
    pub fn append_heads(&self, heads: &[Head]) -> Result<(), Fault> {
        if heads.is_empty() {
            return Ok(());
        }
        let path = heads_path(self.root());
        let fresh = fs::symlink_metadata(&path).is_err();
        private::create_folder(&self.root().join("archive"))?;
        let lines: String = heads.iter().map(|head| format!("{} {}\n", head.number, head.hash)).collect();
        let append = || -> io::Result<()> {
            let mut file = private::open_file(&path)?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            // What a crash cut short was never relied on.
            let end = text.iter().rposition(|&b| b == b'\n').map_or(0, |end| end as u64 + 1);
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        append().map_err(|error| disk(&path, &error))?;
        if fresh { private::sync_folder(&self.root().join("archive")) } else { Ok(()) }
    }
}

fn archived(root: &Path, digest: &str) -> PathBuf {
    root.join("archive").join(&digest[..2]).join(format!("{digest}.zst"))
}

fn heads_path(root: &Path) -> PathBuf {
    root.join("archive").join("heads.log")
}

fn head(line: &str) -> Option<Head> {
    let (number, hash) = line.trim_end_matches('\r').split_once(' ')?;
    let plain = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then_some(Head { number: number.parse().ok()?, hash: hash.to_owned() })
}

fn heads_damaged(line: &str) -> Fault {
    Fault::new(Exit::Unbalanced, "heads-damaged").with("line", line)
}

/// Copies a workspace's archive to `<destination>/archive`, which must not exist; `heads.log` last.
///
/// # Errors
/// It exists (exit 3), or what the disk says (exit 4).
pub fn backup_archive(workspace: &Workspace, destination: &Path) -> Result<(), Fault> {
    let from = workspace.root().join("archive");
    let to = destination.join("archive");
    if fs::symlink_metadata(&to).is_ok() {
        return Err(Fault::new(Exit::Refused, "backup-exists").with("path", to.display().to_string()));
    }
    private::create_folder(&to)?;
    for folder in listing::names(&from)? {
        let inner = from.join(&folder);
        if !inner.is_dir() {
            continue;
        }
        for file in listing::names(&inner)? {
            if file.starts_with('.') {
                continue;
            }
            copy(&inner.join(&file), &to.join(&folder).join(&file))?;
        }
    }
    let heads = heads_path(workspace.root());
    if fs::symlink_metadata(&heads).is_ok() {
        copy(&heads, &to.join("heads.log"))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let bytes = fs::read(from).map_err(|error| disk(from, &error))?;
    write_file_atomically(to, &bytes)
}
