//! A second opinion. The rules of DESIGN §9 and §15 written once more, short and slow, over plain text,
//! without looking at the program's own rooms; then three parties are held against each other: this
//! model, what was worked out by hand for the planted cases of the sample bureau, and what an independent
//! program expects of two other bureaus. (The program itself is held against them in `tests/it`.)

mod engine;
mod figures;
mod files;
mod households;
mod programmes;
mod reading;
mod rules;

use std::collections::BTreeMap;
use std::path::Path;

use figures::month;
use rules::{Decision, decide};

fn in_yuan(decision: &Decision) -> String {
    match decision.outcome {
        "entitled" | "nil" => format!("{}.{:02}", decision.amount / 100, decision.amount % 100),
        _ => String::new(),
    }
}

#[test]
fn the_model_and_the_hand_agree_on_every_planted_case() {
    let sample = disburse::generate::sample::sample().unwrap();
    let bureau = files::bureau(&sample.files, "2023-02");
    let decisions = decide(&bureau, month(2023, 2));
    let of = |programme: &str, source: &str| {
        decisions.iter().filter(|d| d.programme == programme && d.source == source).collect::<Vec<_>>()
    };
    let mut differences = Vec::new();
    let mut compared = 0;
    for case in &sample.cases {
        for expected in &case.expectations {
            let source = case.source(expected);
            compared += 1;
            let found: Vec<_> = of(expected.programme, &source)
                .into_iter()
                .map(|d| (d.outcome, in_yuan(d), d.reason.clone(), d.beneficiary.clone(), d.case_no.clone()))
                .collect();
            let case_no = match expected.programme {
                "temporary-aid" | "pilot-home-care-2022" => case.case_no(expected),
                _ => "",
            };
            let hand = (
                expected.outcome,
                expected.amount.to_owned(),
                expected.reason.to_owned(),
                case.beneficiary(expected).to_string(),
                case_no.to_owned(),
            );
            if found != [hand.clone()] {
                differences.push(format!("{} {}: hand {hand:?}, model {found:?}", case.code, case.title));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared > 230, "{compared}");
}

#[test]
fn every_row_of_the_sample_is_behind_a_decision_and_each_outcome_appears() {
    let sample = disburse::generate::sample::sample().unwrap();
    let bureau = files::bureau(&sample.files, "2023-02");
    let decisions = decide(&bureau, month(2023, 2));
    let behind: std::collections::BTreeSet<&str> =
        decisions.iter().flat_map(|decision| decision.source.split(';')).collect();
    let mut rows = 0;
    for row in bureau.rosters.values().flatten() {
        rows += 1;
        assert!(behind.contains(row.source.as_str()), "{}", row.source);
    }
    assert!((2_500..3_200).contains(&rows), "{rows}");
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for decision in &decisions {
        *outcomes.entry(decision.outcome).or_default() += 1;
    }
    let expected = ["barred", "deferred", "entitled", "nil", "not-current", "refused", "rejected"];
    assert_eq!(outcomes.keys().copied().collect::<Vec<_>>(), expected);
}

/// Decisions as a multiset of what the golden tables hold; `not-current` is not meant to be compared.
fn bag<'d>(
    decisions: impl Iterator<Item = (&'d str, &'d str, &'d str, &'d str, String)>,
) -> BTreeMap<(String, String, String, String, String), i64> {
    let mut bag = BTreeMap::new();
    for (programme, beneficiary, case_no, outcome, amount) in decisions {
        if outcome != "not-current" {
            let key = (programme.into(), beneficiary.into(), case_no.into(), outcome.into(), amount);
            *bag.entry(key).or_insert(0) += 1;
        }
    }
    bag
}

fn differences(folder: &Path, bureau: &rules::Bureau, cycle: &str, expected: &Path) -> Vec<String> {
    let of_cycle = files::month_of(cycle);
    let decisions = decide(bureau, of_cycle);
    let model = bag(decisions
        .iter()
        .map(|d| (d.programme, d.beneficiary.as_str(), d.case_no.as_str(), d.outcome, in_yuan(d))));
    let golden = files::table(expected);
    let golden = bag(golden.iter().filter(|row| row["benefit_month"] == cycle).map(|row| {
        let amount = match row["outcome"].as_str() {
            "entitled" | "nil" => row["amount"].clone(),
            _ => String::new(),
        };
        (
            row["programme"].as_str(),
            row["beneficiary"].as_str(),
            row["case_no"].as_str(),
            row["outcome"].as_str(),
            amount,
        )
    }));
    let mut lines = Vec::new();
    for (key, count) in &golden {
        let found = model.get(key).copied().unwrap_or(0);
        if found != *count {
            lines.push(format!("{} {cycle}: expected {count} × {key:?}, model {found}", folder.display()));
        }
    }
    for (key, count) in &model {
        if !golden.contains_key(key) {
            lines.push(format!("{} {cycle}: model {count} × {key:?}, not expected", folder.display()));
        }
    }
    lines
}

fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/expected")
}

#[test]
fn the_model_and_the_independent_program_agree_on_one_month() {
    let folder = golden().join("one-month");
    let bureau = files::bureau(&files::under(&folder), "2023-02");
    let lines = differences(&folder, &bureau, "2023-02", &folder.join("expected/decisions.csv"));
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn the_model_and_the_independent_program_agree_on_six_months() {
    let folder = golden().join("history");
    let mut workspace: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut decided: std::collections::BTreeSet<(String, String)> = Default::default();
    let mut lines = Vec::new();
    for cycle in ["2022-12", "2023-01", "2023-02", "2023-03", "2023-04", "2023-05"] {
        workspace.extend(files::under(folder.join("stages").join(cycle)));
        let mut bureau = files::bureau(&workspace, cycle);
        bureau.decided_cases = decided.clone();
        let expected = folder.join("expected").join(cycle).join("decisions.csv");
        lines.extend(differences(&folder, &bureau, cycle, &expected));
        let cases = decide(&bureau, files::month_of(cycle)).into_iter().filter(|decision| {
            !decision.case_no.is_empty()
                && (matches!(decision.outcome, "entitled" | "nil")
                    || (decision.outcome == "refused" && decision.reason != "case-repeated"))
        });
        decided.extend(cases.map(|decision| (decision.programme.to_owned(), decision.case_no)));
    }
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn the_committed_sample_is_what_the_generator_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xincheng");
    let sample = disburse::generate::sample::sample().unwrap();
    for (path, bytes) in &sample.files {
        let committed = std::fs::read(root.join(path.as_str())).unwrap_or_default();
        let advice = "run `cargo run --example sample_bureau`, read the difference, and commit it";
        assert!(committed == *bytes, "{path} is not what the generator makes: {advice}");
    }
    for folder in ["rosters", "registers"] {
        for name in files::under(root.join(folder)).keys() {
            let path = format!("{folder}/{name}");
            assert!(sample.files.contains_key(path.as_str()), "{path} is not made by the generator");
        }
    }
    let size: usize = sample.files.values().map(Vec::len).sum();
    assert!(size < 1_500_000, "{size} bytes");
}

#[test]
fn every_row_that_the_samples_readme_names_stands_there_with_that_person() {
    let sample = disburse::generate::sample::sample().unwrap();
    let bureau = files::bureau(&sample.files, "2023-02");
    let rows: BTreeMap<&str, &reading::Row> =
        bureau.rosters.values().flatten().map(|row| (row.source.as_str(), row)).collect();
    let readme = String::from_utf8(sample.files["README.md"].clone()).unwrap();
    let mut named = 0;
    for line in readme.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if cells.len() != 11 || !cells[2].starts_with('`') {
            continue;
        }
        let person = cells[3].split(',').next().unwrap();
        for (position, source) in cells[2].trim_matches('`').split(';').enumerate() {
            let row = rows.get(source).unwrap_or_else(|| panic!("no row {source}"));
            if position == 0 {
                assert_eq!(row.get("姓名"), person, "{source}");
            }
            named += 1;
        }
    }
    assert!(named > 250, "{named}");
}
