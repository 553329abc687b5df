//! What lies where. Listings are sorted by name, so that nothing depends on the order a disk gives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{Fault, Finding, Month, Place, Severity, Text};

use super::Workspace;
use super::fault::disk;

/// A file that may be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Name without folder, as findings and sources show it.
    pub file: Text,
    /// Path within the workspace, with `/` on every system.
    pub name: Text,
    /// Where it lies.
    pub path: PathBuf,
    /// The month of its folder.
    pub month: Option<Month>,
}

impl InputFile {
    /// The name without its ending: a register's name, the beginning of which names a roster.
    pub fn stem(&self) -> &str {
        self.file.rsplit_once('.').map_or(self.file.as_str(), |(stem, _)| stem)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read(&self) -> Result<Vec<u8>, Fault> {
        fs::read(&self.path).map_err(|error| disk(&self.path, &error))
    }
}

/// Files of one folder, and what else lay there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// By name.
    pub files: Vec<InputFile>,
    /// Names of no known ending, folders (warnings), links out of the workspace (errors).
    pub findings: Vec<Finding>,
}

/// Endings of rosters and registers (READING 1), any case.
const SHEETS: &[&str] = &["csv", "tsv", "txt", "xlsx", "xls", "ods"];
/// Endings of bank answers.
const ANSWERS: &[&str] = &["csv", "tsv", "txt", "xlsx", "xls", "ods", "xml", "ret", "rst", "res", "dat"];

impl Workspace {
    /// The roster files of a benefit month; empty where there is no folder.
    ///
    /// # Errors
    /// What the disk says.
    pub fn rosters(&self, month: Month) -> Result<Listing, Fault> {
        self.list(&["rosters", &month.to_string()], SHEETS, Some(month))
    }

    /// The months that have a roster folder.
    pub fn roster_months(&self) -> Result<Vec<Month>, Fault> {
        let mut months: Vec<Month> =
            names(&self.root().join("rosters"))?.iter().filter_map(|name| name.parse().ok()).collect();
        months.sort_unstable();
        Ok(months)
    }

    /// The register files.
    pub fn registers(&self) -> Result<Listing, Fault> {
        self.list(&["registers"], SHEETS, None)
    }

    /// Bank answers received in a month.
    pub fn returns(&self, month: Month) -> Result<Listing, Fault> {
        self.list(&["returns", &month.to_string()], ANSWERS, Some(month))
    }

    /// The policy pack's TOML files, those in folders within it too: path within `policy/` and text.
    pub fn policy(&self) -> Result<Vec<(String, String)>, Fault> {
        read_pack(&self.root().join("policy"))
    }

    /// The calendar's files: name and text.
    pub fn calendar(&self) -> Result<Vec<(String, String)>, Fault> {
        read_pack(&self.root().join("calendar"))
    }

    fn list(&self, folder: &[&str], endings: &[&str], month: Option<Month>) -> Result<Listing, Fault> {
        let mut listing = Listing::default();
        let mut path = self.root().to_owned();
        for part in folder {
            path.push(part);
            if self.leads_out(&path)? {
                listing.findings.push(finding("link-outside", Severity::Error, &folder.join("/")));
                return Ok(listing);
            }
        }
        for file in names(&path)? {
            let name = format!("{}/{file}", folder.join("/"));
            let path = path.join(&file);
            if passed_over(&file) {
                continue;
            }
            if self.leads_out(&path)? {
                listing.findings.push(finding("link-outside", Severity::Error, &name));
                continue;
            }
            let is_file = fs::metadata(&path).map_err(|error| disk(&path, &error))?.is_file();
            let ending =
                file.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
            if is_file && endings.contains(&ending.as_str()) {
                listing.files.push(InputFile { file: file.as_str().into(), name: name.into(), path, month });
            } else {
                listing.findings.push(finding("file-not-read", Severity::Warning, &name));
            }
        }
        Ok(listing)
    }

    /// Whether a path is a link whose end lies outside the workspace, or that has no end.
    fn leads_out(&self, path: &Path) -> Result<bool, Fault> {
        leads_out(self.root(), path)
    }
}

fn leads_out(root: &Path, path: &Path) -> Result<bool, Fault> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            let root = fs::canonicalize(root).map_err(|error| disk(root, &error))?;
            Ok(!fs::canonicalize(path).is_ok_and(|end| end.starts_with(root)))
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk(path, &error)),
    }
}

/// READING 1: what offices and systems leave behind.
fn passed_over(name: &str) -> bool {
    name.starts_with("~$")
        || name.starts_with('.')
        || name.eq_ignore_ascii_case("desktop.ini")
        || name.eq_ignore_ascii_case("thumbs.db")
}

fn finding(code: &'static str, severity: Severity, name: &str) -> Finding {
    Finding::new(code, severity, Place { file: name.into(), ..Place::default() }).with("file", name)
}

/// The names in a folder, sorted; none where there is no folder. A name that is no Unicode is shown
/// with replacement characters, and opening it will say so.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(disk(folder, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| disk(folder, &error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// The TOML files below a folder, sorted by path: path within it (with `/`) and text. Links out of the
/// folder are not followed.
///
/// # Errors
/// What the disk says; a file that is no UTF-8 (exit 3).
pub fn read_pack(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    let mut files = Vec::new();
    collect(folder, folder, "", &mut files)?;
    files.sort_unstable();
    Ok(files)
}

fn collect(root: &Path, folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), Fault> {
    for name in names(folder)? {
        let path = folder.join(&name);
        let relative = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if passed_over(&name) || leads_out(root, &path)? {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|error| disk(&path, &error))?;
        // A linked folder could lead in a circle.
        let linked = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        if metadata.is_dir() && !linked {
            collect(root, &path, &relative, files)?;
        } else if metadata.is_file() && name.to_ascii_lowercase().ends_with(".toml") {
            let bytes = fs::read(&path).map_err(|error| disk(&path, &error))?;
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
            let text = std::str::from_utf8(bytes).map_err(|_| {
                Fault::new(crate::domain::Exit::Refused, "pack-encoding").with("file", &relative)
            })?;
            files.push((relative, text.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_over_files_are_passed_over() {
        for name in ["~$dibao.xlsx", ".DS_Store", ".hidden.csv", "desktop.ini", "Thumbs.db", "THUMBS.DB"] {
            assert!(passed_over(name), "{name}");
        }
        assert!(!passed_over("dibao.csv"));
    }
}
