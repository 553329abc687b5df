//! `whatif` beside two runs: a standard changed in one line costs what the runs differ by.

use std::fs;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::bureau::{Bureau, lay, read_csv, repository};

fn sample(first_month: &str) -> Bureau {
    let bureau = Bureau::empty(first_month);
    let sample = repository().join("fixtures/xincheng");
    lay(&sample.join("rosters"), &bureau.path().join("rosters"));
    lay(&sample.join("registers"), &bureau.path().join("registers"));
    bureau
}

/// The pack with one line changed.
fn changed(bureau: &Bureau, folder: &str, file: &str, old: &str, new: &str) -> String {
    let pack = bureau.path().join(folder);
    lay(&bureau.path().join("policy"), &pack);
    let path = pack.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
    pack.to_str().unwrap().to_owned()
}

fn yuan(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// All that a first run of the cycle would owe: payments and what is on hold.
fn owed(bureau: &Bureau) -> Decimal {
    let drafted = bureau
        .give(&[
            "--today",
            "2023-02-03",
            "--json",
            "run",
            "--month",
            "2023-02",
            "--dry-run",
            "--by",
            "operator",
        ])
        .json();
    yuan(&drafted["total"]) + yuan(&drafted["held"]["amount"])
}

#[test]
fn a_standard_changed_in_one_line_costs_what_two_runs_differ_by() {
    let bureau = sample("2023-01");
    // Urban dibao from 841 to 900: more of them, more for each, and tekun with them.
    let pack = changed(&bureau, "other", "values.toml", "amount = 841\n", "amount = 900\n");
    let said = bureau
        .must(0, &["--today", "2023-02-03", "--json", "whatif", "--policy", &pack, "--month", "2023-02"])
        .json();
    assert!(!bureau.path().join("ledger.db").exists(), "nothing is written to the ledger");
    let (month, past) = (yuan(&said["cost_month"]["difference"]), yuan(&said["cost_arrears"]["difference"]));
    assert!(month > Decimal::ZERO && past > Decimal::ZERO, "{said}");
    let before = owed(&bureau);
    lay(&bureau.path().join("other"), &bureau.path().join("policy"));
    assert_eq!(owed(&bureau) - before, month + past, "{said}");

    // The three lists agree with each other and with what was said.
    let folder = bureau.path().join(said["folder"].as_str().unwrap());
    let sum = |file: &str, keep: &dyn Fn(&crate::bureau::Row) -> bool| -> Decimal {
        let rows = read_csv(&folder.join(file));
        rows.iter().filter(|row| keep(row)).map(|row| row["difference"].parse::<Decimal>().unwrap()).sum()
    };
    assert_eq!(sum("summary.csv", &|_| true), month);
    assert_eq!(sum("changes.csv", &|_| true), month);
    assert_eq!(sum("months.csv", &|row| row["benefit_month"] == "2023-02"), month);
    assert_eq!(sum("months.csv", &|row| row["benefit_month"] == "2023-01"), past);
    let rest = sum("months.csv", &|row| row["benefit_month"].as_str() > "2023-02");
    assert_eq!(rest, yuan(&said["cost_rest_of_year"]["difference"]));
    let page = fs::read_to_string(folder.join("whatif.html")).unwrap();
    assert!(page.contains("what if") && !page.contains("http"));
    assert!(folder.join("whatif.xlsx").exists());
    // A second time is a second folder.
    let again = bureau
        .must(0, &["--today", "2023-02-03", "--json", "whatif", "--policy", &pack, "--month", "2023-02"])
        .json();
    assert_eq!(again["folder"], "out/2023-02/whatif-0002");
}

#[test]
fn who_leaves_is_told_with_the_clause_and_a_pack_beside_itself_costs_nothing() {
    let bureau = sample("2023-02");
    let pack = changed(&bureau, "other", "programmes-elderly.toml", "'age ≥ 70'", "'age ≥ 71'");
    let said = bureau.must(0, &["--json", "whatif", "--policy", &pack, "--month", "2023-02"]).json();
    assert_eq!(said["kinds"]["leaves"]["lines"], 5, "{said}");
    let folder = bureau.path().join(said["folder"].as_str().unwrap());
    for row in read_csv(&folder.join("changes.csv")) {
        assert_eq!((&*row["programme"], &*row["change"], &*row["clause"]), ("meals", "leaves", "age"));
    }
    let same = changed(&bureau, "same", "pack.toml", "# The policy pack", "# The  policy pack");
    let said = bureau.must(0, &["--json", "whatif", "--policy", &same, "--month", "2023-02"]).json();
    assert_eq!((&said["changes"], &said["cost_month"]["difference"]), (&0.into(), &"0.00".into()));
    // The orphan standard of 2023 is announced in May: known in February already, it would cost this.
    let said = bureau.must(0, &["--json", "whatif", "--known-in", "2023-05", "--month", "2023-02"]).json();
    assert!(yuan(&said["cost_month"]["difference"]) > Decimal::ZERO, "{said}");
    bureau.must(2, &["whatif", "--month", "2023-02"]);
}
