//! The licence of everything that goes into the program allows what we do with it, and `THIRD-PARTY.md` lists it. After a
//! change of dependencies: `DISBURSE_WRITE_THIRD_PARTY=1 cargo test --test it -- licences`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::bureau::repository;

const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether an SPDX expression leaves us an allowed choice. Old crates write `/` for `OR`.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let allowed = any(&words, &mut at);
    // What cannot be read to its end allows nothing.
    allowed && at == words.len()
}

fn any(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = all(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        allowed |= all(words, at);
    }
    allowed
}

fn all(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(words, at);
    }
    allowed
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let allowed = any(words, at);
        *at += 1;
        return allowed;
    }
    if words.get(*at) == Some(&"WITH") {
        // An exception only gives more.
        *at += 2;
    }
    ALLOWED.contains(&word)
}

/// Packages built into the program on some platform; what only tests need is left out.
fn built_in(metadata: &Value) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![metadata["resolve"]["root"].as_str().unwrap()];
    while let Some(id) = open.pop() {
        if !found.insert(id.to_owned()) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                open.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    found
}

#[test]
fn every_library_may_be_used_and_is_listed() {
    let metadata = metadata();
    let built_in = built_in(&metadata);
    let mut refused = Vec::new();
    let mut rows = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        if text("name") == "disburse" {
            continue;
        }
        if !allows(text("license")) {
            refused.push(format!("{} {}: {:?}", text("name"), text("version"), text("license")));
        }
        if built_in.contains(text("id")) {
            rows.insert(format!(
                "| {} | {} | {} | {} |",
                text("name"),
                text("version"),
                text("license"),
                text("repository")
            ));
        }
    }
    assert!(refused.is_empty(), "licences that are not allowed: {refused:#?}");
    let mut list = String::from(
        "# Libraries in the program\n\nMade from `Cargo.lock` and held to it by the test `licences`. Some are built on other \
         platforms only. SQLite itself is in the public domain; zstd's C code is BSD-3-Clause.\n\n\
         | library | version | licence | source |\n|---|---|---|---|\n",
    );
    for row in rows {
        writeln!(list, "{row}").unwrap();
    }
    let path = repository().join("THIRD-PARTY.md");
    if std::env::var_os("DISBURSE_WRITE_THIRD_PARTY").is_some() {
        fs::write(&path, &list).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == list, "THIRD-PARTY.md is not today's list; its test says how to renew it");
}

#[test]
fn an_expression_allows_only_what_leaves_a_choice() {
    assert!(allows("MIT OR LGPL-2.1-or-later"));
    assert!(allows("Apache-2.0 WITH LLVM-exception"));
    assert!(allows("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!allows("MIT AND GPL-3.0-only"));
    assert!(!allows("LGPL-2.1-or-later"));
    assert!(!allows(""));
}
