//! Every command in every state, by the built program; against the table of `docs/states.md`, and
//! against the same table written another way: by command, as what each state answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::bureau::repository;

use super::small::*;

/// Exit code and state of the run afterwards, by command and state. The states' order is that of the
/// letters in [`STATES`].
const TABLE: [(&str, &str); 7] = [
    ("approve, by the drafter", "2u 3d 4s 4j 0r 0c 0t 3d 3d 3d 3d 3d"),
    ("approve, wrong total", "2u 3d 4s 4j 0r 0c 0t 3d 3d 3d 3d 3d"),
    ("approve", "2u 0r 4s 4j 0r 0c 0t 4d 4d 4d 4d 3d"),
    ("reject", "2u 0j 4s 0j 4r 4c 4t 0j 0j 0j 0j 0j"),
    ("emit", "2u 2d 2s 2j 0r 0c 0t 2d 2d 2d 2d 2d"),
    ("recall, by two", "2u 2d 2s 2j 0r 3c 3t 2d 2d 2d 2d 2d"),
    ("the same run again", "0d 0d 0s 0j 0r 0c 0t 0d 0s 0s 0s 1d"),
];

const STATES: [&str; 12] = [
    "unknown",
    "drafted",
    "superseded",
    "rejected",
    "released",
    "recalled",
    "settled",
    "drafted, past its execution date",
    "drafted, a line touched since",
    "drafted, a hold placed since",
    "drafted, the budget changed since",
    "drafted, the budget too small",
];

fn state_of(letter: char) -> &'static str {
    match letter {
        'u' => "unknown",
        'd' => "drafted",
        's' => "superseded",
        'j' => "rejected",
        'r' => "released",
        'c' => "recalled",
        't' => "settled",
        other => panic!("{other}"),
    }
}

/// The table as a map: state, command → exit and state.
fn table() -> BTreeMap<(String, String), String> {
    let mut table = BTreeMap::new();
    for (command, cells) in TABLE {
        let cells: Vec<&str> = cells.split(' ').collect();
        assert_eq!(cells.len(), STATES.len(), "{command}");
        for (state, cell) in STATES.iter().zip(cells) {
            let (exit, letter) = cell.split_at(1);
            let after = state_of(letter.chars().next().unwrap());
            table.insert(((*state).to_owned(), command.to_owned()), format!("{exit} {after}"));
        }
    }
    table
}

/// A table of a page, below a heading: row's first cell, column → cell.
fn page_table(heading: &str) -> BTreeMap<(String, String), String> {
    let page = fs::read_to_string(repository().join("docs/states.md")).unwrap();
    let section = page.split(&format!("## {heading}\n")).nth(1).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let columns = cells(rows.next().unwrap());
    let mut table = BTreeMap::new();
    for row in rows.skip(1).take_while(|line| line.starts_with('|')) {
        let row = cells(row);
        for (column, cell) in columns.iter().zip(&row).skip(1) {
            table.insert((row[0].clone(), column.clone()), cell.clone());
        }
    }
    table
}

#[test]
fn the_page_says_what_the_test_says() {
    assert_eq!(page_table("A run"), table());
}

/// The small bureau with a person of both roles who drafts, and a budget if asked.
fn ready(budget: Option<&str>) -> tempfile::TempDir {
    let folder = copy(bureau().path());
    let path = folder.path().join("disburse.toml");
    let mut settings = fs::read_to_string(&path).unwrap();
    settings.push_str("\n[[people]]\nname = \"chief\"\nroles = [\"draft\", \"approve\"]\n");
    settings.push_str(&budget.map(appropriation).unwrap_or_default());
    fs::write(path, settings).unwrap();
    folder
}

fn appropriation(amount: &str) -> String {
    format!("\n[[budget]]\nyear = 2023\nfund = \"{FUND}\"\nsource = \"{SOURCE}\"\namount = \"{amount}\"\n")
}

const FUND: &str = "sanmin";
const SOURCE: &str = "自治区";

/// A workspace in a state, the run it is about, its month, day and total.
struct Case {
    folder: tempfile::TempDir,
    run: u64,
    month: &'static str,
    day: &'static str,
    total: String,
}

fn draft(folder: &Path, month: &str, day: &str) -> (u64, String) {
    let arguments = ["run", "--month", month, "--by", "chief", "--json", "--today", day];
    let said = must(folder, &[0, 1], &arguments);
    (said.json()["run"].as_u64().unwrap(), drafted(&said))
}

fn approve(folder: &Path, run: u64, total: &str, day: &str) {
    let run = run.to_string();
    must(folder, &[0], &["approve", &run, "--total", total, "--by", "reviewer", "--today", day]);
}

fn answer(folder: &Path, month: &str, run: u64, failed: &[u32], day: &str) {
    let name = format!("answers-{run}-{}.csv", failed.len());
    fs::write(folder.join(&name), answers(folder, month, run, failed)).unwrap();
    must(folder, &[0, 1], &["returns", &name, "--by", "operator", "--today", day]);
}

fn recalled(folder: &Path, run: u64, day: &str) {
    for by in ["operator", "reviewer"] {
        must(folder, &[0], &recall(folder, &run.to_string(), by, day).each_ref().map(String::as_str));
    }
}

/// Takes the first of a run's two files back, by its manifest: a recalled file is no longer in the outbox.
fn recall(folder: &Path, run: &str, by: &str, day: &str) -> [String; 12] {
    let manifest = format!("run-{run:0>4}/manifest.json");
    let manifest = walk(&folder.join("out")).into_iter().find(|path| path.ends_with(&manifest));
    let manifest = manifest.and_then(|path| fs::read_to_string(folder.join("out").join(path)).ok());
    let manifest: serde_json::Value =
        manifest.map_or_else(Default::default, |text| serde_json::from_str(&text).unwrap());
    let names = manifest["bank_files"].as_array().into_iter().flatten();
    let file = names.filter_map(|file| file["name"].as_str()).min().unwrap_or("none.csv");
    ["recall", run, "--file", file, "--document", "函1", "--why", "重号", "--by", by, "--today", day]
        .map(str::to_owned)
}

fn case(state: &str) -> Case {
    let (month, day) = ("2023-01", "2023-01-03");
    let folder = ready(match state {
        "drafted, the budget changed since" => Some("1000000.00"),
        "drafted, the budget too small" => Some("100.00"),
        _ => None,
    });
    let path = folder.path();
    if state == "unknown" {
        return Case { folder, run: 1, month, day, total: "6300.00".to_owned() };
    }
    let (run, total) = draft(path, month, day);
    let mut case = Case { folder, run, month, day, total };
    let path = case.folder.path();
    match state {
        "drafted" | "drafted, the budget too small" => {}
        "superseded" => {
            // Other inputs make another draft.
            fs::write(path.join("registers.txt"), "").unwrap();
            rosters_without_last(path);
            draft(path, month, day);
        }
        "rejected" => {
            must(path, &[0], &["reject", "1", "--why", "x", "--by", "reviewer", "--today", day]);
        }
        "released" => approve(path, run, &case.total, day),
        "recalled" => {
            approve(path, run, &case.total, day);
            // Both of its files.
            for by in ["operator", "reviewer"] {
                let whole = ["recall", "1", "--document", "函1", "--why", "重号", "--by", by, "--today", day];
                must(path, &[0], &whole);
            }
        }
        "settled" => {
            approve(path, run, &case.total, day);
            answer(path, month, run, &[], day);
        }
        "drafted, past its execution date" => case.day = "2023-02-01",
        "drafted, a line touched since" => {
            // Failed, so that the next draft holds its line; then the bank paid it after all.
            approve(path, run, &case.total, day);
            answer(path, month, run, &[103], day);
            (case.month, case.day) = ("2023-02", "2023-02-03");
            (case.run, case.total) = draft(path, case.month, case.day);
            answer(path, month, run, &[], case.day);
        }
        "drafted, a hold placed since" => {
            let whom = format!("person:{}", identity(104));
            must(path, &[0], &["hold", &whom, "--why", "x", "--by", "operator", "--today", day]);
        }
        "drafted, the budget changed since" => {
            let settings = fs::read_to_string(path.join("disburse.toml")).unwrap();
            fs::write(path.join("disburse.toml"), settings.replace("1000000.00", "900000.00")).unwrap();
        }
        other => panic!("{other}"),
    }
    case
}

fn rosters_without_last(path: &Path) {
    let roster = path.join("rosters/2023-01/sanmin.csv");
    let text = fs::read_to_string(&roster).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(roster, lines[..lines.len() - 1].join("\n") + "\n").unwrap();
}

/// Gives a command in a copy of a case: exit and state.
fn outcome(case: &Case, command: &str) -> String {
    let folder = copy(case.folder.path());
    let path = folder.path();
    let (run, total, day) = (case.run.to_string(), case.total.as_str(), case.day);
    let approving = |total: &str, by: &str| {
        give(path, &["approve", &run, "--total", total, "--by", by, "--today", day]).exit
    };
    let exit = match command {
        "approve, by the drafter" => approving(total, "chief"),
        "approve, wrong total" => approving("1.00", "reviewer"),
        "approve" => approving(total, "reviewer"),
        "reject" => give(path, &["reject", &run, "--why", "x", "--by", "reviewer", "--today", day]).exit,
        "emit" => give(path, &["emit", &run]).exit,
        "recall, by two" => {
            let by = |by| give(path, &recall(path, &run, by, day).each_ref().map(String::as_str)).exit;
            let first = by("operator");
            if first == 0 { by("reviewer") } else { first }
        }
        "the same run again" => {
            // On the day of the draft: another day is another draft.
            let day = format!("{}-03", case.month);
            give(path, &["run", "--month", case.month, "--by", "chief", "--today", &day]).exit
        }
        other => panic!("{other}"),
    };
    let status = must(path, &[0], &["status", "--json", "--today", day]).json();
    let runs = status["runs"].as_array().unwrap();
    let state = runs.iter().find(|known| known["run"] == case.run).map(|run| run["state"].as_str().unwrap());
    if exit == 0 {
        let verified = give(path, &["verify"]);
        assert_eq!(verified.exit, 0, "{command}: {}{}", verified.stdout, verified.stderr);
    }
    format!("{exit} {}", state.unwrap_or("unknown"))
}

#[test]
fn every_command_in_every_state() {
    let expected = table();
    let faults = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let take = || STATES.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                while let Some(state) = take() {
                    let case = case(state);
                    for (command, _) in TABLE {
                        let found = outcome(&case, command);
                        let wanted = &expected[&((*state).to_owned(), command.to_owned())];
                        if found != *wanted {
                            let fault = format!("{state} / {command}: {found}, not {wanted}");
                            faults.lock().unwrap().push(fault);
                        }
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_accepted_limit_lets_a_run_overdraw_its_budget() {
    let case = case("drafted, the budget too small");
    let arguments = ["approve", "1", "--total", &case.total, "--by", "reviewer", "--today", case.day];
    let said = must(case.folder.path(), &[3], &arguments);
    assert!(said.stderr.contains("budget"), "{}", said.stderr);
    must(case.folder.path(), &[0], &[&arguments[..], &["--accept", "budget=追加预算文号1"]].concat());
}

#[test]
fn a_draft_of_last_year_is_measured_by_this_years_budget() {
    let folder = ready(Some("100.00"));
    let path = folder.path();
    let settings = fs::read_to_string(path.join("disburse.toml")).unwrap();
    let settings = settings.replace("first_month = \"2023-01\"", "first_month = \"2022-12\"");
    fs::write(path.join("disburse.toml"), settings).unwrap();
    fs::rename(path.join("rosters/2023-01"), path.join("rosters/2022-12")).unwrap();
    let roster = path.join("rosters/2022-12/sanmin.csv");
    let text = fs::read_to_string(&roster).unwrap().replace(",2023-01,", ",2022-12,");
    fs::write(&roster, text).unwrap();
    let arguments = [
        "run",
        "--month",
        "2022-12",
        "--by",
        "chief",
        "--json",
        "--today",
        "2022-12-30",
        "--pay-on",
        "2023-01-06",
    ];
    let said = must(path, &[0, 1], &arguments);
    assert_eq!(said.json()["limits"].to_string(), "[]", "no budget is watched in 2022");
    let total = drafted(&said);
    let arguments = ["approve", "1", "--total", &total, "--by", "reviewer", "--today", "2023-01-04"];
    let said = must(path, &[3], &arguments);
    assert!(said.stderr.contains("budget"), "{}", said.stderr);
    must(path, &[0], &[&arguments[..], &["--accept", "budget=x"]].concat());
}

/// The pairs of two runs: exit of approving the first, then of the second.
fn pair(first: &str, then: &str) -> String {
    let folder = ready(None);
    let path = folder.path();
    let (one, two) = (("2023-01", "2023-01-03"), ("2023-02", "2023-02-03"));
    let (a, total_a) = draft(path, one.0, one.1);
    let mut day = one.1;
    let (b, total_b) = match first {
        "drafted" | "drafted, rejected" => {
            if first == "drafted, rejected" {
                must(path, &[0], &["reject", "1", "--why", "x", "--by", "reviewer", "--today", day]);
            }
            rosters_without_last(path);
            draft(path, one.0, one.1)
        }
        _ => {
            approve(path, a, &total_a, one.1);
            day = two.1;
            draft(path, two.0, two.1)
        }
    };
    match then {
        "a second draft" | "a draft of the next month" => {}
        "the bank answers the first: all paid" => answer(path, one.0, a, &[], day),
        "the bank answers the first: one failed, to an account the draft pays" => {
            answer(path, one.0, a, &[103], day);
        }
        "the first recalled, its lines not in the draft" => recalled(path, a, day),
        other => panic!("{other}"),
    }
    let give = |run: u64, total: &str| {
        let run = run.to_string();
        give(path, &["approve", &run, "--total", total, "--by", "reviewer", "--today", day]).exit
    };
    format!("{} {}", give(a, &total_a), give(b, &total_b))
}

#[test]
fn two_runs() {
    let page = page_table("Two runs");
    let page_file = fs::read_to_string(repository().join("docs/states.md")).unwrap();
    let section = page_file.split("## Two runs\n").nth(1).unwrap().split("\n## ").next().unwrap();
    // The first two columns together name a row.
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(!page.is_empty());
    // Written once more: what the second run's approval comes to, and the first's.
    let again = [(4, 0), (4, 0), (0, 0), (0, 0), (0, 4), (0, 0)];
    assert_eq!(rows.len(), again.len());
    for (row, (first, second)) in rows.iter().zip(again) {
        assert_eq!((row[2], row[3]), (first.to_string().as_str(), second.to_string().as_str()), "{row:?}");
        assert_eq!(pair(row[0], row[1]), format!("{first} {second}"), "{row:?}");
    }
}

#[test]
fn two_persons() {
    let folder = ready(None);
    let path = folder.path();
    let (run, total) = draft(path, "2023-01", "2023-01-03");
    approve(path, run, &total, "2023-01-03");
    let number = run.to_string();
    let day = "2023-01-03";
    let head = |path: &Path| must(path, &[0], &["verify", "--json"]).json()["entries"].as_u64().unwrap();
    let recall = |by: &str, exit: i32| {
        must(path, &[exit], &recall(path, &number, by, day).each_ref().map(String::as_str))
    };
    let waits = |said: crate::bureau::Said| said.stdout.contains("nothing is posted yet");
    let before = head(path);
    assert!(waits(recall("operator", 0)));
    assert!(waits(recall("operator", 0)), "the same person again");
    recall("nobody", 2);
    assert_eq!(head(path), before, "nothing is posted until a second person");
    recall("reviewer", 0);
    assert_eq!(head(path), before + 1);
    for by in ["operator", "reviewer", "chief"] {
        let said = recall(by, 0);
        assert!(said.stdout.contains("completed before"), "{}", said.stdout);
    }
    assert_eq!(head(path), before + 1);
}
