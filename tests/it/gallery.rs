//! `fixtures/errors/<code>/`: the smallest input for a code, and what the program says to it today, in both
//! languages, produced by the built binary. `docs/findings.md` is made from the catalogue and this gallery.
//! `UPDATE_GALLERY=1 cargo test --test it gallery` writes both anew; read the difference before committing it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::bureau::{Bureau, lay, read_csv, repository};
use crate::integrity::small::rosters;

/// What a code said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    severity: String,
    text: String,
}

fn gallery() -> PathBuf {
    repository().join("fixtures/errors")
}

fn codes() -> Vec<String> {
    let mut codes: Vec<String> = fs::read_dir(gallery())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().is_dir())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    codes.sort();
    codes
}

/// Plays a folder of the gallery in a bureau whose rosters are empty, and gives what its last command says of
/// the code. `commands` holds one command a line (`lay later`: the folder `later` arrives); without it the month is
/// checked.
fn play(code: &str, language: &str) -> Said {
    let folder = gallery().join(code);
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-02", &[], &[]);
    for part in ["rosters", "registers", "policy", "calendar"] {
        if folder.join(part).is_dir() {
            lay(&folder.join(part), &bureau.path().join(part));
        }
    }
    // A file of another kind takes the place of the empty roster.
    let month = bureau.path().join("rosters/2023-02");
    for entry in fs::read_dir(folder.join("rosters/2023-02")).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let roster = name.split(['-', '.']).next().unwrap();
        let empty = month.join(format!("{roster}.csv"));
        if !folder.join(format!("rosters/2023-02/{roster}.csv")).exists() && empty.exists() {
            fs::remove_file(empty).unwrap();
        }
    }
    let commands = fs::read_to_string(folder.join("commands"))
        .unwrap_or_else(|_| "check --month 2023-02 --json --today 2023-02-02\n".to_owned());
    let mut answer = serde_json::Value::Null;
    for line in commands.lines() {
        if let Some(later) = line.strip_prefix("lay ") {
            lay(&folder.join(later), bureau.path());
            continue;
        }
        let file = |word: &str| folder.join(word).is_file() && word.contains('.');
        let words: Vec<String> = line
            .split(' ')
            .map(|word| if file(word) { folder.join(word).display().to_string() } else { word.to_owned() })
            .collect();
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.extend(["--lang", language]);
        let said = bureau.say(&words);
        assert_ne!(said.exit, 70, "{code}: {}", said.stderr);
        if line.contains("--json") {
            answer = said.json();
        } else {
            assert!(said.exit <= 1, "{code}: {line}: {}", said.stderr);
        }
    }
    let hidden = bureau.path().display().to_string();
    let plain = |text: &str| text.replace(&hidden, "bureau").replace(&folder.display().to_string(), "input");
    if answer["error"] == code {
        let of = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let text = plain(&format!("{} — {}", of("message"), of("action")));
        return Said { severity: format!("exit {}", answer["exit"]), text };
    }
    for finding in answer["findings"].as_array().into_iter().flatten() {
        if finding["code"] == code {
            let of = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            return Said { severity: of("severity"), text: plain(&of("text")) };
        }
    }
    if let Some(out) = answer["folder"].as_str() {
        for row in read_csv(&bureau.path().join(out).join("findings.csv")) {
            if row["code"] == code {
                let text = format!("{}:{}: {} — {}", row["file"], row["row"], row["message"], row["action"]);
                return Said { severity: row["severity"].clone(), text: plain(&text) };
            }
        }
    }
    panic!("{code} is not said: {answer}");
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GALLERY").is_some()
}

fn same_or_update(path: &Path, now: &str, wrong: &mut Vec<String>) {
    let before = fs::read_to_string(path).unwrap_or_default();
    if before == now {
        return;
    }
    if updating() {
        fs::write(path, now).unwrap();
    } else {
        wrong.push(format!("{}\n- {before}\n+ {now}", path.display()));
    }
}

#[test]
fn every_code_of_the_gallery_says_what_is_written_there() {
    let played: Vec<(String, Result<_, String>)> = codes()
        .into_par_iter()
        .map(|code| {
            let both = std::panic::catch_unwind(|| (play(&code, "zh"), play(&code, "en")));
            let both = both.map_err(|fault| {
                fault.downcast_ref::<String>().cloned().unwrap_or_else(|| "panicked".to_owned())
            });
            (code, both)
        })
        .collect();
    let mut wrong = Vec::new();
    for (code, both) in played {
        match both {
            Ok((zh, en)) => {
                assert_eq!(zh.severity, en.severity);
                let now = format!("{}\n{}\n{}\n", zh.severity, zh.text, en.text);
                same_or_update(&gallery().join(&code).join("said.txt"), &now, &mut wrong);
            }
            Err(fault) => wrong.push(format!("{code}: {}", fault.chars().take(600).collect::<String>())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Catalogue entries by file, in order of code: code → (zh, zh_action, en, en_action).
fn catalogue() -> BTreeMap<String, BTreeMap<String, [String; 4]>> {
    let mut rooms = BTreeMap::new();
    for entry in fs::read_dir(repository().join("src/words")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let said: BTreeMap<String, [String; 4]> = table
            .into_iter()
            .map(|(code, entry)| {
                let of =
                    |key: &str| entry.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
                (code, [of("zh"), of("zh_action"), of("en"), of("en_action")])
            })
            .collect();
        rooms.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), said);
    }
    rooms
}

/// Codes that the source makes findings or faults of.
fn said_in_source() -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for (_, code) in crate::house::sources() {
        let openings = ["Finding::new(", "Trouble::written(", "Trouble { code: ", "Fault::new("];
        for opening in openings {
            for rest in code.split(opening).skip(1) {
                let rest = rest.trim_start();
                let rest = match opening {
                    "Fault::new(" => rest.split_once(',').map_or("", |(_, rest)| rest.trim_start()),
                    _ => rest,
                };
                if let Some(code) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                    said.insert(code.to_owned());
                }
            }
        }
    }
    said
}

/// How a code ends its command, or how heavy its finding is, as the source makes it; several where places differ.
fn ends_of(code: &str, sources: &[(String, String)]) -> BTreeSet<String> {
    let exits = [("Done", 0), ("Look", 1), ("Usage", 2), ("Refused", 3), ("Locked", 4), ("Unbalanced", 5)];
    let literal = format!("\"{code}\"");
    let mut ends = BTreeSet::new();
    for (_, text) in sources {
        for (at, _) in text.match_indices(&literal) {
            let after = text[at + literal.len()..].trim_start_matches([',', ' ', '\n']);
            if let Some(severity) = after.strip_prefix("Severity::") {
                ends.insert(severity.split(|c: char| !c.is_alphabetic()).next().unwrap().to_lowercase());
                continue;
            }
            // `Fault::new(Exit::Refused, "code")`: the exit stands right before.
            let before = text[..at].trim_end().trim_end_matches([',', ' ', '\n']);
            let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            let exit =
                exits.iter().find(|(name, _)| *name == word && before.ends_with(&format!("Exit::{name}")));
            ends.extend(exit.map(|(_, number)| format!("exit {number}")));
        }
    }
    let families =
        [("usage-", "exit 2"), ("held-", "warning"), ("bank-profile-", "exit 3"), ("config-", "exit 3")];
    if ends.is_empty() {
        ends.extend(
            families.iter().filter(|(prefix, _)| code.starts_with(prefix)).map(|(_, end)| (*end).to_owned()),
        );
    }
    ends
}

/// What intake says and no small file can show, with the reason.
const WITHOUT_INPUT: [(&str, &str); 5] = [
    ("file-too-large", "built at run time in tests/it/hostile.rs"),
    ("file-protected", "needs an encrypted container"),
    ("hidden-rows-unseen", "needs a workbook whose records cannot be followed"),
    ("struck-characters-unseen", "only an old binary workbook can hide it"),
    ("styles-unseen", "needs a workbook whose records cannot be followed"),
];

#[test]
fn the_page_of_findings_is_complete_and_current() {
    let catalogue = catalogue();
    let in_gallery = codes();
    let mut page = String::from(
        "# 提示与错误 · Findings and faults\n\n\
         由 `UPDATE_GALLERY=1 cargo test --test it gallery` 从用语表（`src/words/`）和样例（`fixtures/errors/`）生成，不要手改。\n\
         Made from the catalogue and the gallery by that command; not edited by hand.\n\n\
         `error`：单元格未采用，或整行、整户、整份文件搁置。`warning`：已采用，请核对。`info`：备查。`exit N`：命令以该退出码结束。\n\
         花括号里是当时的内容。有样例的，`fixtures/errors/<code>/` 里有最小的输入和程序当前的原话。\n\n\
         按代码的字母顺序排列。In the order of the alphabet; first by what they are about:\n\n",
    );
    let source = said_in_source();
    let sources = crate::house::sources();
    let mut sections = BTreeMap::new();
    for (room, said) in &catalogue {
        let shown: Vec<_> = said
            .iter()
            .filter(|(code, words)| {
                !words[1].is_empty() || source.contains(*code) || in_gallery.contains(code)
            })
            .collect();
        if shown.is_empty() {
            continue;
        }
        let links: Vec<String> = shown.iter().map(|(code, _)| format!("[{code}](#{code})")).collect();
        writeln!(page, "- **{room}**: {}", links.join(" · ")).unwrap();
        for (code, [zh, zh_action, en, en_action]) in shown {
            let mut section = format!("\n### `{code}`\n\n");
            let example = fs::read_to_string(gallery().join(code).join("said.txt")).unwrap_or_default();
            let mut example = example.lines();
            match example.next() {
                Some(severity) => write!(section, "**{severity}** · ").unwrap(),
                None => {
                    let ends: Vec<String> = ends_of(code, &sources).into_iter().collect();
                    if !ends.is_empty() {
                        write!(section, "**{}** · ", ends.join(" / ")).unwrap();
                    }
                }
            }
            write!(section, "{zh}").unwrap();
            if !zh_action.is_empty() {
                write!(section, "\n\n怎么办：{zh_action}").unwrap();
            }
            write!(section, "\n\n{en}").unwrap();
            if !en_action.is_empty() {
                write!(section, " What to do: {en_action}").unwrap();
            }
            section.push('\n');
            if let Some(text) = example.next() {
                write!(section, "\n例：`{}`\n", text.replace('`', "'")).unwrap();
            }
            sections.insert(code.clone(), section);
        }
    }
    for (position, (code, section)) in sections.iter().enumerate() {
        let first = |code: &str| code.chars().next();
        if position == 0 || first(code) != sections.keys().nth(position - 1).and_then(|before| first(before))
        {
            write!(page, "\n## {}\n", code[..1].to_uppercase()).unwrap();
        }
        page.push_str(section);
    }
    let mut wrong = Vec::new();
    same_or_update(&repository().join("docs/findings.md"), &page, &mut wrong);
    for code in &source {
        if !page.contains(&format!("### `{code}`")) && code != "x" {
            wrong.push(format!("{code} is said and not in docs/findings.md"));
        }
    }
    // Everything that is said about rosters and registers has its smallest input.
    for code in catalogue["intake"].keys() {
        let excused = WITHOUT_INPUT.iter().any(|(known, _)| known == code);
        if !excused && !in_gallery.contains(code) {
            wrong.push(format!("{code} has no folder in fixtures/errors"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
