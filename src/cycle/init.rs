//! `init`: a workspace with the Xincheng pack, calendars and bank profiles, ready for rosters.

use std::path::Path;

use crate::domain::{Exit, Fault};
use crate::policy::pack;
use crate::workspace::{create_folder, write_file_atomically};

macro_rules! sample {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../fixtures/xincheng/", $path)))),*]
    };
}

/// What a workspace begins with beside the pack.
const FILES: &[(&str, &str)] = sample![
    "disburse.toml",
    "calendar/2022.toml",
    "calendar/2023.toml",
    "calendar/2024.toml",
    "calendar/2025.toml",
    "calendar/2026.toml",
    "policy/banks/abc-own-other.toml",
    "policy/banks/fixed-width.toml",
    "policy/banks/general.toml",
    "policy/banks/icbc-workbook.toml",
    "policy/banks/iso20022.toml",
    "policy/banks/livelihood-platform.toml",
    "policy/banks/pipe-trailer.toml",
];

/// Makes the workspace.
///
/// # Errors
/// Exit 3: the folder holds a workspace already; exit 4: the disk.
pub fn init(folder: &Path) -> Result<Vec<String>, Fault> {
    if folder.join("disburse.toml").exists() {
        return Err(Fault::new(Exit::Refused, "workspace-there").with("folder", folder.display().to_string()));
    }
    let mut files: Vec<(String, String)> =
        FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.extend(pack::xincheng().into_iter().map(|(path, text)| (format!("policy/{path}"), text)));
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    // disburse.toml last: without it the folder is no workspace, and a second try starts afresh.
    files.sort_by_key(|(path, _)| path == "disburse.toml");
    for (path, text) in &files {
        write_file_atomically(&folder.join(path), text.as_bytes())?;
    }
    for empty in ["rosters", "registers", "returns"] {
        create_folder(&folder.join(empty))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}
