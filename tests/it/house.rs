//! The house's rules (DESIGN §3), held against the source: which rooms may touch the world.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bureau::repository;

/// Source files below `src`, as path within it and text without tests and comments.
pub fn sources() -> Vec<(String, String)> {
    let root = repository().join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            collect(root, &path, files);
        } else if name.ends_with(".rs") && !name.contains("tests") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let plain = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            files.push((name, plain.collect::<Vec<_>>().join("\n")));
        }
    }
}

fn room(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Uses of a word outside the rooms that may have it.
fn uses(words: &[&str], rooms: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in sources() {
        if rooms.contains(&room(&path)) {
            continue;
        }
        for word in words {
            for line in code.lines().filter(|line| line.contains(word)) {
                found.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    found
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_ledger_speaks_sql() {
    none(&uses(&["rusqlite::", "SELECT ", "INSERT INTO"], &["ledger"]));
}

#[test]
fn only_main_and_cli_read_the_clock_the_user_and_the_environment() {
    none(&uses(&["Local::now", "Utc::now", "SystemTime::now", "Instant::now"], &["main", "cli"]));
    none(&uses(&["env::var(", "whoami::", "gethostname::"], &["main", "cli", "workspace", "crash"]));
}

#[test]
fn only_workspace_ledger_and_cli_open_files() {
    // `cli` opens the files that are named on the command line; the ledger opens its database.
    none(&uses(
        &["std::fs", "fs::read", "File::open", "File::create"],
        &["workspace", "ledger", "cli", "cycle", "generate"],
    ));
}

#[test]
fn pure_rooms_do_not_log() {
    none(&uses(
        &["tracing::", "println!", "eprintln!", "log::"],
        &["main", "cli", "crash", "cycle", "ledger", "workspace"],
    ));
}

#[test]
fn a_room_does_not_call_forward() {
    let order = ["domain", "words", "calendar", "policy", "intake", "assess", "settle"];
    let mut found = Vec::new();
    for (path, code) in sources() {
        let Some(own) = order.iter().position(|known| *known == room(&path)) else { continue };
        for later in &order[own + 1..] {
            // The catalogue speaks of the domain's faults and findings and of nothing later.
            let forward = format!("crate::{later}::");
            for line in code.lines().filter(|line| line.contains(&forward)) {
                let words_of_policy = room(&path) == "domain";
                if !words_of_policy || !line.contains("crate::words") {
                    found.push(format!("{path}: {}", line.trim()));
                }
            }
        }
    }
    none(&found);
}

#[test]
fn no_binary_float_comes_near_money() {
    // Formats look at a workbook's number once, to turn it into decimal text; pages and workbooks draw.
    let drawing = ["formats", "report", "generate"];
    let found: Vec<String> =
        uses(&["f64", "f32"], &drawing).into_iter().filter(|line| !line.contains("cli/")).collect();
    none(&found);
}
