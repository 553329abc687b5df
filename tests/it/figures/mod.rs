//! Every figure of the reconciliation page, computed again from the CSV files beside it, the rosters, the
//! pack and the folders of earlier runs: by other code than the program's, over the sample bureau and both
//! golden ones. A figure that differs, one that nobody computed and one that the page lacks all fail.

mod lists;
mod outside;
mod page;
mod recompute;
mod rosters;
mod run;
mod year;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::bureau::{Bureau, read_csv, repository};
use page::Page;
use recompute::Run;

/// Compares a run's page with what its files say.
fn check(bureau: &Path, run: &Path, today: &str) {
    let page = Page::read(&run.join("reconciliation.html"));
    let run = Run::read(bureau, run, today);
    let expected = recompute::figures(&run);
    let mut faults = differences(&page.figures, &expected);
    for cell in &page.unnamed {
        faults.push(format!("a figure without a name: {cell}"));
    }
    faults.extend(lists::check(&page, &run));
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        expected.len(),
        faults[..faults.len().min(40)].join("\n")
    );
    assert!(expected.len() > 300, "{}", expected.len());
}

fn differences(shown: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, text) in shown {
        match expected.get(id) {
            Some(other) if other == text => {}
            Some(other) => faults.push(format!("{id}: the page says `{text}`, the files `{other}`")),
            None => faults.push(format!("{id}: the page says `{text}`, the files nothing")),
        }
    }
    for (id, text) in expected.iter().filter(|(id, _)| !shown.contains_key(*id)) {
        faults.push(format!("{id}: not on the page; the files say `{text}`"));
    }
    faults
}

fn run_folder(bureau: &Bureau, cycle: &str, run: &str) -> PathBuf {
    bureau.path().join("out").join(cycle).join(run)
}

/// The sample bureau with the month it asks to pay.
fn sample() -> Bureau {
    let bureau = Bureau::empty("2023-02");
    let sample = repository().join("fixtures/xincheng");
    for part in ["rosters/2023-02", "registers"] {
        crate::bureau::lay(&sample.join(part), &bureau.path().join(part));
    }
    bureau
}

const RUN: [&str; 7] = ["run", "--month", "2023-02", "--today", "2023-02-03", "--by", "operator"];

#[test]
fn the_sample_bureaus_page_says_what_its_files_say() {
    let bureau = sample();
    bureau.must(0, &RUN);
    check(bureau.path(), &run_folder(&bureau, "2023-02", "run-0001"), "2023-02-03");
}

/// Payments over 10,000 yuan, each named; a fund whose third source has too little.
#[test]
fn stop_limits_say_which_payment_and_which_fund_they_are_about() {
    let bureau = sample();
    let settings = fs::read_to_string(bureau.path().join("disburse.toml")).unwrap();
    let mut settings = settings.replace("single_payment = \"50000.00\"", "single_payment = \"10000.00\"");
    for (source, amount) in [("中央和自治区", "800000.00"), ("市级", "100000.00"), ("区级", "100000.00")]
    {
        settings.push_str(&format!(
            "\n[[budget]]\nyear = 2023\nfund = \"assistance\"\nsource = \"{source}\"\namount = \"{amount}\"\n"
        ));
    }
    bureau.write("disburse.toml", settings);
    let mut arguments = RUN.to_vec();
    arguments.push("--json");
    let said = bureau.must(1, &arguments).json();
    let folder = run_folder(&bureau, "2023-02", "run-0001");
    check(bureau.path(), &folder, "2023-02-03");
    let over: BTreeSet<String> = read_csv(&folder.join("payments.csv"))
        .iter()
        .filter(|row| run::fen(&row["amount"]) > 1_000_000)
        .map(|row| row["payment_id"].clone())
        .collect();
    let limits = said["limits"].as_array().unwrap();
    let named = limits.iter().filter(|limit| limit["limit"] == "single-payment");
    let named: BTreeSet<String> = named.map(|limit| limit["subject"].as_str().unwrap().to_owned()).collect();
    assert!(over == named && over.len() > 1, "{named:?}");
    let budget = limits.iter().find(|limit| limit["limit"] == "budget").unwrap();
    assert_eq!((&budget["subject"], &budget["figures"]), (&"assistance/区级".into(), &"101460.49".into()));
}

#[test]
fn the_golden_months_page_says_what_its_files_say() {
    let bureau = Bureau::empty("2023-02");
    crate::golden::lay_one_month(&bureau);
    bureau.must(0, &["run", "--month", "2023-02", "--today", "2023-02-03", "--by", "operator"]);
    check(bureau.path(), &run_folder(&bureau, "2023-02", "run-0001"), "2023-02-03");
}

/// Six cycles with failed payments, holds of several months, arrears and recoveries, stop limits; then the year
/// that five of them are in.
#[test]
fn the_pages_of_six_golden_cycles_and_their_year_say_what_the_files_say() {
    let bureau = Bureau::empty("2022-12");
    crate::golden::six_cycles(&bureau, |cycle, folder| {
        check(bureau.path(), folder, &format!("{cycle}-03"));
    });
    bureau.must(0, &["reconcile", "--year", "2023", "--today", "2023-05-31"]);
    let page = Page::read(&bureau.path().join("out/2023/reconcile-0001/reconcile.html"));
    let last = Run::read(bureau.path(), &run_folder(&bureau, "2023-05", "run-0006"), "2023-05-03");
    let expected = year::figures(bureau.path(), "2023", &last);
    let faults = differences(&page.figures, &expected);
    assert!(faults.is_empty() && page.unnamed.is_empty(), "{}\n{:?}", faults.join("\n"), page.unnamed);
    assert!(expected.len() > 700, "{}", expected.len());
}

#[test]
fn a_figure_that_is_not_what_the_files_say_is_found() {
    let shown = BTreeMap::from([("a".to_owned(), "1.00".to_owned()), ("b".to_owned(), "2".to_owned())]);
    let said = BTreeMap::from([("a".to_owned(), "1.01".to_owned()), ("c".to_owned(), "3".to_owned())]);
    assert_eq!(differences(&shown, &said).len(), 3);
    assert!(differences(&shown, &shown.clone()).is_empty());
}
