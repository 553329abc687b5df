//! The built program on the sample bureau, held against the hand and against the model.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;

use crate::figures::month;
use disburse::domain::Month;
use disburse::generate::{Fault, GenerateOptions, generate};

use crate::files;
use crate::rules::decide;

type Table = Vec<BTreeMap<String, String>>;

/// The sample's committed files whose path begins with one of these.
fn committed(beginnings: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xincheng");
    let mut all = files::under(&root);
    all.retain(|name, _| beginnings.iter().any(|beginning| name.starts_with(beginning)));
    all
}

/// Runs the cycle 2023-02 in a bureau with the sample's pack and these rosters and registers; the tables
/// it wrote, by name.
fn run(inputs: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&'static str, Table> {
    run_after(&[], 0, inputs)
}

/// The same after another command, ending with this exit code.
fn run_after(first: &[&str], exit: i32, inputs: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&'static str, Table> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in committed(&["policy/", "calendar/", "disburse.toml"]).iter().chain(inputs) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let give = |arguments: &[&str], exit: i32| {
        let mut command = Command::cargo_bin("disburse").unwrap();
        command.current_dir(folder.path()).args(["--today", "2023-02-03"]).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", String::from_utf8_lossy(&output.stderr));
    };
    if !first.is_empty() {
        give(first, 0);
    }
    give(&["run", "--month", "2023-02", "--by", "operator"], exit);
    let written = folder.path().join("out/2023-02/run-0001");
    ["decisions", "held", "payments", "findings"]
        .into_iter()
        .map(|name| (name, files::table(&written.join(format!("{name}.csv")))))
        .collect()
}

#[test]
fn the_program_and_the_hand_agree_on_every_planted_case() {
    let sample = disburse::generate::sample::sample().unwrap();
    let tables = run(&committed(&["rosters/", "registers/"]));
    let mut held: BTreeMap<(String, String, String), &BTreeMap<String, String>> = BTreeMap::new();
    for row in &tables["held"] {
        let key = (row["programme"].clone(), row["beneficiary"].clone(), row["case_no"].clone());
        held.insert(key, row);
    }
    let mut differences = Vec::new();
    for case in &sample.cases {
        for expected in &case.expectations {
            let source = case.source(expected);
            let beneficiary = case.beneficiary(expected).to_string();
            let row = tables["decisions"].iter().find(|row| {
                row["programme"] == expected.programme
                    && row["source"] == source
                    && row["benefit_month"] == "2023-02"
            });
            let found = row.map(|row| {
                [&row["beneficiary"], &row["outcome"], &row["amount"], &row["reason"]].map(String::clone)
            });
            let by_clause = expected.outcome == "refused"
                && !matches!(expected.reason, "death" | "case-repeated" | "no-members");
            // The words of a refusal are the pack's own.
            let reason = match (&found, by_clause) {
                (Some(found), true) if !found[3].is_empty() => found[3].clone(),
                _ => expected.reason.to_owned(),
            };
            let hand = [beneficiary.clone(), expected.outcome.to_owned(), expected.amount.to_owned(), reason];
            if found.as_ref() != Some(&hand) {
                differences
                    .push(format!("{} {} {source}: hand {hand:?}, program {found:?}", case.code, case.title));
            }
            let key = (expected.programme.to_owned(), beneficiary, case.case_no(expected).to_owned());
            let hold = held.remove(&key).map_or("", |row| row["hold"].as_str()).to_owned();
            if hold != expected.held {
                differences.push(format!(
                    "{} {}: held `{}` by hand, `{hold}` by the program",
                    case.code, case.title, expected.held
                ));
            }
        }
    }
    // The sound population around the cases has nothing to hold.
    differences.extend(held.keys().map(|key| format!("{key:?} is held, and by no case")));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What only the model or only the program decides of 2023-02, row by row.
fn differences(inputs: &BTreeMap<String, Vec<u8>>) -> String {
    let bureau = files::bureau(inputs, "2023-02");
    let mut model: Vec<Vec<String>> = decide(&bureau, month(2023, 2))
        .iter()
        .map(|decision| {
            vec![
                decision.programme.to_owned(),
                decision.beneficiary.clone(),
                decision.case_no.clone(),
                decision.outcome.to_owned(),
                crate::in_yuan(decision),
                decision.source.clone(),
            ]
        })
        .collect();
    let columns = ["programme", "beneficiary", "case_no", "outcome", "amount", "source"];
    let mut program: Vec<Vec<String>> = run(inputs)["decisions"]
        .iter()
        .filter(|row| row["benefit_month"] == "2023-02")
        .map(|row| columns.iter().map(|column| row[*column].clone()).collect())
        .collect();
    model.sort();
    program.sort();
    let only = |who: &str, here: &[Vec<String>], there: &[Vec<String>]| -> String {
        let missing = here.iter().filter(|row| there.binary_search(row).is_err());
        missing.map(|row| format!("only the {who}: {}\n", row.join(" "))).collect()
    };
    let mut text = only("model", &model, &program) + &only("program", &program, &model);
    if model.len() != program.len() {
        text += &format!("{} decisions of the model, {} of the program\n", model.len(), program.len());
    }
    text
}

#[test]
fn the_program_and_the_model_agree_on_every_row_of_the_sample() {
    let differences = differences(&committed(&["rosters/", "registers/"]));
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn the_program_and_the_model_agree_on_a_generated_bureau_full_of_faults() {
    for seed in [1, 2] {
        let mut options = GenerateOptions::month(seed, 4000, Month::new(2023, 2).unwrap());
        for fault in Fault::ALL {
            options.faults.set(*fault, 20_000);
        }
        let made = generate(&options).unwrap();
        let inputs = made.into_iter().map(|(path, bytes)| (path.to_string(), bytes)).collect();
        let differences = differences(&inputs);
        assert!(differences.is_empty(), "seed {seed}\n{differences}");
    }
}

#[test]
fn a_case_that_the_old_system_paid_is_repeated_after_the_opening() {
    let inputs = committed(&["rosters/", "registers/", "opening.csv"]);
    // The ledger knows January for one person only: a stop limit is reached, someone must look.
    let tables = run_after(&["opening", "opening.csv", "--by", "operator"], 1, &inputs);
    let row = tables["decisions"].iter().find(|row| row["case_no"] == "LS-样例-12").unwrap();
    assert_eq!((row["outcome"].as_str(), row["reason"].as_str()), ("refused", "case-repeated"));
}
