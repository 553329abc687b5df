//! The archive: every input a run read, by its content's hash, compressed; and `heads.log`, the ends of
//! the ledger's chain written down outside the ledger.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::crash;
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
    crate::domain::hexadecimal(&Sha256::digest(bytes))
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

    /// Keeps a file of the workspace that was read before: it must still be what it was then. What is
    /// there already is not read again.
    ///
    /// # Errors
    /// The file is another one by now (exit 3), what the disk says (exit 4).
    pub fn archive_file(&self, name: &str, digest: &str) -> Result<(), Fault> {
        if fs::symlink_metadata(archived(self.root(), digest)).is_err() {
            self.archive_put(&self.read_again(name, digest)?)?;
        }
        Ok(())
    }

    /// The bytes of a file of the workspace, by its name within it, that had this digest when it was
    /// read first.
    ///
    /// # Errors
    /// The file is another one by now (exit 3), what the disk says.
    pub fn read_again(&self, name: &str, digest: &str) -> Result<Vec<u8>, Fault> {
        let path = self.root().join(name);
        let bytes = fs::read(&path).map_err(|error| disk(&path, &error))?;
        if sha256_hex(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(Fault::new(Exit::Refused, "input-changed-meanwhile").with("file", name))
        }
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
        Ok(self.heads_log()?.0)
    }

    /// The heads written down, and the beginning of one that a crash cut short.
    ///
    /// # Errors
    /// A line that is no head (exit 5).
    pub fn heads_log(&self) -> Result<(Vec<Head>, String), Fault> {
        let path = heads_path(self.root());
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(disk(&path, &error)),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (whole, rest) = text.rfind('\n').map_or(("", &text[..]), |end| text.split_at(end + 1));
        let heads = whole.split_terminator('\n').map(|line| head(line).ok_or_else(|| heads_damaged(line)));
        Ok((heads.collect::<Result<_, _>>()?, rest.to_owned()))
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
        let lines: String = heads.iter().map(head_line).collect();
        let append = || -> io::Result<()> {
            let mut file = private::open_file(&path)?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            // What a crash cut short was never relied on.
            let end = text.iter().rposition(|&b| b == b'\n').map_or(0, |end| end as u64 + 1);
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            crash::write_all(&mut file, "heads-half-written", lines.as_bytes())?;
            file.sync_all()
        };
        append().map_err(|error| disk(&path, &error))?;
        crash::point("heads-written");
        if fresh { private::sync_folder(&self.root().join("archive")) } else { Ok(()) }
    }
}

/// What a copy made by `backup` says of itself, so that it is not taken for the ledger in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMark {
    /// The end of the chain when the copy was made.
    pub head: Head,
    /// The day.
    pub day: String,
    /// What the chain does not cover: drafts and requests, as [`crate::ledger::Ledger::stamp`] has them.
    pub stamp: String,
}

impl Workspace {
    /// The digests of everything in the archive, sorted, and the paths of what does not belong there.
    /// Names that begin with a dot are what a crash left, and do not count.
    ///
    /// # Errors
    /// What the disk says.
    pub fn archive_files(&self) -> Result<(Vec<String>, Vec<String>), Fault> {
        let root = self.root().join("archive");
        let (mut digests, mut strays) = (Vec::new(), Vec::new());
        for folder in listing::names(&root)? {
            if folder.starts_with('.') || folder == HEADS || folder == MARK {
                continue;
            }
            if !root.join(&folder).is_dir() {
                strays.push(folder);
                continue;
            }
            for file in listing::names(&root.join(&folder))? {
                let digest = file.strip_suffix(".zst").filter(|digest| {
                    digest.len() == 64
                        && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                        && digest.starts_with(folder.as_str())
                        && folder.len() == 2
                });
                match digest {
                    Some(digest) => digests.push(digest.to_owned()),
                    None if file.starts_with('.') => {}
                    None => strays.push(format!("{folder}/{file}")),
                }
            }
        }
        Ok((digests, strays))
    }

    /// Copies the archive into a folder: every file, the heads up to an entry, and the mark of a copy.
    /// Others may put files in meanwhile: files never change, and appear whole.
    ///
    /// # Errors
    /// What the disk says (exit 4).
    pub fn copy_archive(&self, to: &Path, heads: &[Head], mark: &BackupMark) -> Result<(), Fault> {
        let archive = to.join("archive");
        private::create_folder(&archive)?;
        for digest in self.archive_files()?.0 {
            let from = archived(self.root(), &digest);
            let bytes = fs::read(&from).map_err(|error| disk(&from, &error))?;
            write_file_atomically(&archived(to, &digest), &bytes)?;
        }
        let lines: String = heads.iter().map(head_line).collect();
        write_file_atomically(&archive.join(HEADS), lines.as_bytes())?;
        let mark = format!("{}{}\n{}\n", head_line(&mark.head), mark.day, mark.stamp);
        write_file_atomically(&archive.join(MARK), mark.as_bytes())
    }

    /// The mark of a copy, where this workspace was restored from one and nobody has adopted it yet.
    ///
    /// # Errors
    /// What the disk says; a mark that cannot be read (exit 5).
    pub fn backup_mark(&self) -> Result<Option<BackupMark>, Fault> {
        let path = self.root().join("archive").join(MARK);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk(&path, &error)),
        };
        let mut lines = text.lines();
        let mark = lines.next().and_then(head).zip(lines.next()).zip(lines.next());
        let mark = mark.map(|((head, day), stamp)| {
            Some(BackupMark { head, day: day.to_owned(), stamp: stamp.to_owned() })
        });
        mark.ok_or_else(|| heads_damaged(text.lines().next().unwrap_or("")))
    }

    /// Takes the mark of a copy away.
    ///
    /// # Errors
    /// What the disk says (exit 4).
    pub fn remove_backup_mark(&self) -> Result<(), Fault> {
        let archive = self.root().join("archive");
        let path = archive.join(MARK);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(&path, &error)),
            _ => private::sync_folder(&archive),
        }
    }
}

/// The file of heads.
const HEADS: &str = "heads.log";
/// The file that says that this is a copy.
const MARK: &str = "backup-mark";

fn archived(root: &Path, digest: &str) -> PathBuf {
    root.join("archive").join(&digest[..2]).join(format!("{digest}.zst"))
}

fn heads_path(root: &Path) -> PathBuf {
    root.join("archive").join(HEADS)
}

fn head(line: &str) -> Option<Head> {
    let (number, hash) = line.split_once(' ')?;
    let plain = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    plain.then_some(Head { number: number.parse().ok()?, hash: hash.to_owned() })
}

/// A head as `heads.log` has it.
fn head_line(head: &Head) -> String {
    format!("{} {}\n", head.number, head.hash)
}

fn heads_damaged(line: &str) -> Fault {
    Fault::new(Exit::Unbalanced, "heads-damaged").with("line", line)
}
