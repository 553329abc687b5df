//! What can be done with a pack: load it from a folder, check it, test its cases, measure what real
//! rosters reach of it, put it in form. Each reads; only [`format()`] writes, and only the pack's files.

use std::path::Path;

use crate::assess::coverage::Coverage;
use crate::assess::{Assessor, Links};
use crate::domain::{Exit, Fault, Finding, Month};
use crate::ledger::Ledger;
use crate::policy::{Rulebook, format, pack};
use crate::words::Language;
use crate::workspace::{read_pack, write_file_atomically};

use super::Bureau;
use super::inputs::{Exceptions, Gatherer, Window};
use super::policy_test::{self, Tested};

/// A pack as it lies in a folder.
pub struct Loaded {
    /// Path within the folder, and text; bank profiles left out.
    pub files: Vec<(String, String)>,
    /// The rulebook.
    pub rulebook: Rulebook,
    /// What is allowed and odd.
    pub findings: Vec<Finding>,
}

/// The pack's files in a folder, without bank profiles: what its digest is taken over.
///
/// # Errors
/// Exit 3: no such folder, nothing of a pack in it; the disk; a file that is no UTF-8.
pub fn files(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    let mut files = read_pack(folder)?;
    files.retain(|(path, _)| !path.starts_with("banks/"));
    if files.is_empty() {
        let code = if folder.is_dir() { "pack-folder-empty" } else { "pack-folder-missing" };
        return Err(Fault::new(Exit::Refused, code).with("folder", folder.display().to_string()));
    }
    Ok(files)
}

/// Loads a pack.
///
/// # Errors
/// Exit 3, with every mistake shown at its place.
pub fn load(folder: &Path, language: Language) -> Result<Loaded, Fault> {
    let files = files(folder)?;
    let (rulebook, findings) = pack::load(&files).map_err(|faults| faults.into_fault(language))?;
    Ok(Loaded { files, rulebook, findings })
}

/// Runs the pack's cases.
///
/// # Errors
/// Exit 3: mistakes in the cases.
pub fn test(loaded: &Loaded, language: Language) -> Result<Tested, Fault> {
    let cases = pack::cases(&loaded.files, &loaded.rulebook).map_err(|faults| faults.into_fault(language))?;
    policy_test::run(&loaded.rulebook, &cases)
}

/// What the rosters of one month reach of the bureau's own pack.
///
/// # Errors
/// A roster that cannot be read; the ledger.
pub fn cover(bureau: &Bureau, ledger: &Ledger, month: Month) -> Result<Coverage, Fault> {
    let archived = ledger.month_inputs(month)?;
    let gathered = Gatherer {
        shelf: super::inputs::Shelf::Folders,
        workspace: &bureau.workspace,
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        window: Window { first: month, cycle: month, last: month },
        exceptions: &Exceptions::default(),
        archived: &archived,
        last: &[],
    }
    .gather()?;
    let links = Links::new(&bureau.registers.links);
    let mut coverage = Coverage::new(&bureau.rulebook);
    Assessor {
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        links: &links,
        files: &gathered.files,
        cycle: month,
    }
    .cover(&gathered.months, &[], &mut coverage);
    Ok(coverage)
}

/// Puts the pack's files in form; `look_only`: only says which would change. Gives their paths.
///
/// # Errors
/// Exit 3: a file that is no TOML, shown at its place; the disk.
pub fn format(folder: &Path, look_only: bool, language: Language) -> Result<Vec<String>, Fault> {
    let mut changed = Vec::new();
    for (path, text) in read_pack(folder)? {
        let formatted = format::format(&path, &text).map_err(|faults| faults.into_fault(language))?;
        if formatted != text {
            if !look_only {
                write_file_atomically(&folder.join(&path), formatted.as_bytes())?;
            }
            changed.push(path);
        }
    }
    Ok(changed)
}
