//! What the READMEs say is true: their commands are given to the built binary on a copy of the sample bureau, and
//! what it says is laid beside what they quote. `…` stands for anything, a line of it for any lines.
//! `UPDATE_README=1 cargo test --test it -- readme` quotes anew; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::bureau::{lay, repository};

/// The sample bureau as git holds it, without what somebody's own runs left beside it.
fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = repository().join("fixtures/xincheng");
    for part in ["policy", "calendar", "rosters", "registers"] {
        lay(&from.join(part), &folder.path().join(part));
    }
    fs::copy(from.join("disburse.toml"), folder.path().join("disburse.toml")).unwrap();
    fs::copy(from.join("opening.csv"), folder.path().join("opening.csv")).unwrap();
    folder
}

/// The words of a command, `folder/*` spread out as a shell does.
fn words(command: &str, folder: &Path) -> Vec<String> {
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        let Some(parent) = word.strip_suffix("/*") else {
            words.push(word.to_owned());
            continue;
        };
        let mut names: Vec<PathBuf> =
            fs::read_dir(folder.join(parent)).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        words.extend(
            names.iter().map(|name| name.strip_prefix(folder).unwrap().to_string_lossy().into_owned()),
        );
    }
    words
}

/// Whether a quoted line is the line said.
fn is_line(quoted: &str, said: &str) -> bool {
    match quoted.split_once('…') {
        None => quoted == said,
        Some((head, rest)) => said.strip_prefix(head).is_some_and(|said| {
            said.char_indices().map(|(at, _)| at).chain([said.len()]).any(|at| is_line(rest, &said[at..]))
        }),
    }
}

fn is_said(quoted: &[&str], said: &[&str]) -> bool {
    match (quoted.split_first(), said.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=said.len()).any(|skipped| is_said(rest, &said[skipped..])),
        (Some((line, rest)), Some((first, others))) => is_line(line, first) && is_said(rest, others),
        _ => false,
    }
}

/// What to quote of what was said: as many lines as before on both sides of a line `…`, and no digests.
fn quotation(quoted: &[&str], said: &[&str]) -> String {
    let mut lines: Vec<String> = said.iter().map(|line| (*line).to_owned()).collect();
    if let Some(before) = quoted.iter().position(|line| *line == "…") {
        let after = quoted.len() - before - 1;
        lines.splice(before..lines.len().saturating_sub(after).max(before), ["…".to_owned()]);
    }
    let hexadecimal = |word: &str| word.len() == 64 && word.chars().all(|digit| digit.is_ascii_hexdigit());
    let bare = |line: &String| {
        line.split(' ').map(|word| if hexadecimal(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
    };
    lines.iter().map(|line| bare(line) + "\n").collect()
}

fn holds_true(page: &str, language: &str) {
    let path = repository().join(page);
    let text = fs::read_to_string(&path).unwrap();
    let update = std::env::var_os("UPDATE_README").is_some();
    let mut renewed = text.clone();
    let folder = sample();
    let mut commands = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for part in block.split("$ disburse ").skip(1) {
            let (command, quoted) = part.split_once('\n').unwrap();
            // The English page asks for English itself: without it a machine without a locale answers in Chinese.
            let mut words = words(command, folder.path());
            if !command.contains("--lang ") {
                words.extend(["--lang".to_owned(), language.to_owned()]);
            }
            let output = Command::cargo_bin("disburse")
                .unwrap()
                .current_dir(folder.path())
                .args(words)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let before = format!("$ disburse {part}");
            let (quoted, said): (Vec<&str>, Vec<&str>) = (quoted.lines().collect(), said.lines().collect());
            if update {
                let now = format!("$ disburse {command}\n{}", quotation(&quoted, &said));
                renewed = renewed.replacen(&before, &now, 1);
            }
            assert!(
                update || is_said(&quoted, &said),
                "{page}: disburse {command}\nquoted:\n{}\n\nsaid:\n{}\n{}",
                quoted.join("\n"),
                said.join("\n"),
                String::from_utf8_lossy(&output.stderr)
            );
            commands += 1;
        }
    }
    assert!(commands >= 7, "{page}: only {commands} commands found");
    if update {
        fs::write(&path, renewed).unwrap();
    }
}

#[test]
fn the_english_readme_quotes_what_the_program_says() {
    holds_true("README.md", "en");
}

#[test]
fn the_chinese_readme_quotes_what_the_program_says() {
    holds_true("README.zh-CN.md", "zh");
}

#[test]
fn the_first_of_the_two_commands_drafts_the_sample_month() {
    for page in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("cargo run --release -- ")).unwrap();
        let folder = sample();
        let place = folder.path().to_string_lossy().into_owned();
        let arguments = line.split_whitespace().map(|word| match word {
            "fixtures/xincheng" => place.as_str(),
            word => word,
        });
        Command::cargo_bin("disburse").unwrap().args(arguments).assert().success();
        assert!(folder.path().join("out/2023-02/run-0001/reconciliation.html").exists());
    }
}

#[test]
fn the_pages_that_the_documents_name_are_there() {
    let mut pages = vec!["README.md".to_owned(), "README.zh-CN.md".to_owned()];
    pages.extend(
        fs::read_dir(repository().join("docs"))
            .unwrap()
            .map(|page| format!("docs/{}", page.unwrap().file_name().to_string_lossy())),
    );
    for page in pages {
        let path = repository().join(&page);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap().split('#').next().unwrap();
            if !link.is_empty() && !link.contains("://") {
                assert!(path.parent().unwrap().join(link).exists(), "{page} names {link}");
            }
        }
    }
}

#[test]
fn the_readmes_name_the_package_of_this_version() {
    for page in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        assert!(text.contains(concat!("disburse_", env!("CARGO_PKG_VERSION"), "_amd64.deb")), "{page}");
        assert!(text.contains(concat!("disburse-", env!("CARGO_PKG_VERSION"), "-linux-x86_64/")), "{page}");
    }
}
