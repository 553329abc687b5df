//! Two bureaus whose decisions, postings, payments and balances an independent program derived from
//! the design alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bureau::{Bureau, Row, accepting, read_csv, repository};

fn expected(part: &str) -> PathBuf {
    repository().join("tests/data/expected").join(part)
}

/// Rows as a multiset of the columns compared.
fn bag(rows: &[Row], columns: &[&str], keep: impl Fn(&Row) -> bool) -> BTreeMap<Vec<String>, usize> {
    let mut bag = BTreeMap::new();
    for row in rows.iter().filter(|row| keep(row)) {
        let key: Vec<String> = columns.iter().map(|column| row[*column].clone()).collect();
        *bag.entry(key).or_default() += 1;
    }
    bag
}

/// The two multisets are one; else the differences, theirs and ours.
fn same(
    what: &str,
    theirs: &BTreeMap<Vec<String>, usize>,
    ours: &BTreeMap<Vec<String>, usize>,
    faults: &mut Vec<String>,
) {
    let mut shown = 0;
    for key in theirs.keys().chain(ours.keys().filter(|key| !theirs.contains_key(*key))) {
        let (a, b) = (theirs.get(key).unwrap_or(&0), ours.get(key).unwrap_or(&0));
        if a != b {
            shown += 1;
            if shown <= 12 {
                faults.push(format!("{what}: expected {a}×, got {b}×: {}", key.join(",")));
            }
        }
    }
    if shown > 12 {
        faults.push(format!("{what}: … {} more", shown - 12));
    }
}

fn compare(cycle: &str, theirs: &Path, ours: &Path, faults: &mut Vec<String>) {
    let read = |file: &str| (read_csv(&theirs.join(file)), read_csv(&ours.join(file)));
    let all = |_: &Row| true;

    let (a, b) = read("decisions.csv");
    let columns = ["benefit_month", "programme", "beneficiary", "case_no", "outcome", "amount"];
    let of_cycle = |row: &Row| row["benefit_month"] == cycle && row["outcome"] != "not-current";
    same("decisions", &bag(&a, &columns, of_cycle), &bag(&b, &columns, of_cycle), faults);
    // How often a key is not current is not meant to be compared; that it is, is.
    let not_current = |row: &Row| row["benefit_month"] == cycle && row["outcome"] == "not-current";
    let once = |bag: BTreeMap<Vec<String>, usize>| bag.into_keys().map(|key| (key, 1)).collect();
    same("not-current", &once(bag(&a, &columns, not_current)), &once(bag(&b, &columns, not_current)), faults);
    let other = bag(&a, &columns, |row| row["benefit_month"] != cycle && row["outcome"] != "not-current");
    for key in
        bag(&b, &columns, |row| row["benefit_month"] != cycle && row["outcome"] != "not-current").keys()
    {
        if !other.contains_key(key) {
            faults.push(format!("decisions of other months: not expected: {}", key.join(",")));
        }
    }

    let (a, b) = read("postings.csv");
    let columns = ["programme", "beneficiary", "benefit_month", "case_no", "kind", "amount"];
    same("postings", &bag(&a, &columns, all), &bag(&b, &columns, all), faults);

    let (a, b) = read("payments.csv");
    let columns = [
        "programme",
        "bank",
        "account_no",
        "account_name",
        "payee_id",
        "beneficiary",
        "beneficiaries",
        "amount",
        "current",
        "arrears",
        "advance",
        "reissued",
        "offset",
    ];
    same("payments", &bag(&a, &columns, all), &bag(&b, &columns, all), faults);
    let accounts: BTreeMap<&str, &str> =
        b.iter().map(|row| (row["payment_id"].as_str(), row["account_no"].as_str())).collect();
    let (a, mut b_items) = read("payment_items.csv");
    for item in &mut b_items {
        let account = accounts[item["payment_id"].as_str()].to_owned();
        item.insert("account_no".to_owned(), account);
    }
    let columns = ["account_no", "beneficiary", "benefit_month", "case_no", "amount"];
    same("payment_items", &bag(&a, &columns, all), &bag(&b_items, &columns, all), faults);

    let (a, b) = read("held.csv");
    let columns = ["programme", "beneficiary", "benefit_month", "case_no", "amount", "hold"];
    same("held", &bag(&a, &columns, all), &bag(&b, &columns, all), faults);
}

/// Balances not at zero. The independent program lists them after the cycle's answers, so that what the
/// answers posted is added to ours.
fn compare_balances(theirs: &Path, ours: &Path, answers: &[Row], faults: &mut Vec<String>) {
    let key = |row: &Row| {
        ["programme", "beneficiary", "benefit_month", "case_no"].map(|column| row[column].clone())
    };
    let fen = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let mut balances: BTreeMap<[String; 4], i64> = BTreeMap::new();
    for row in read_csv(&ours.join("balances.csv")) {
        *balances.entry(key(&row)).or_default() += fen(&row["balance"]);
    }
    for row in answers {
        *balances.entry(key(row)).or_default() += fen(&row["amount"]);
    }
    let listed = |balances: BTreeMap<[String; 4], i64>| {
        let open = balances.into_iter().filter(|(_, fen)| *fen != 0);
        open.map(|(key, fen)| ([key.to_vec(), vec![fen.to_string()]].concat(), 1)).collect::<BTreeMap<_, _>>()
    };
    let expected = read_csv(&theirs.join("balances.csv"));
    let expected = expected.iter().map(|row| (key(row), fen(&row["balance"]))).collect();
    same("balances", &listed(expected), &listed(balances), faults);
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The rosters and registers of the golden month.
pub fn lay_one_month(bureau: &Bureau) {
    for part in ["rosters", "registers"] {
        crate::bureau::lay(&expected("one-month").join(part), &bureau.path().join(part));
    }
}

#[test]
fn one_month_with_planted_faults() {
    let bureau = Bureau::empty("2023-02");
    lay_one_month(&bureau);
    bureau.must(0, &["run", "--month", "2023-02", "--today", "2023-02-03", "--by", "operator"]);
    let mut faults = Vec::new();
    let run = bureau.path().join("out/2023-02/run-0001");
    compare("2023-02", &expected("one-month/expected"), &run, &mut faults);
    compare_balances(&expected("one-month/expected"), &run, &[], &mut faults);
    assert_none(&faults);
}

/// The bank of the story: every fortieth account fails, by the checksum of account and cycle.
fn fails(account_no: &str, cycle: &str) -> bool {
    crc32(format!("{account_no}|{cycle}").as_bytes()).is_multiple_of(40)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Runs the golden bureau's six cycles with their answers; `drafted` sees each run's folder before the approval.
pub fn six_cycles(bureau: &Bureau, mut drafted: impl FnMut(&str, &Path)) {
    for cycle in ["2022-12", "2023-01", "2023-02", "2023-03", "2023-04", "2023-05"] {
        bureau.lay(&expected("history/stages").join(cycle));
        let today = format!("{cycle}-03");
        let mut arguments: Vec<String> =
            ["run", "--month", cycle, "--today", &today, "--by", "operator", "--json"]
                .map(str::to_owned)
                .to_vec();
        let said = loop {
            let said = bureau.give(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let answer = said.json();
            // Townships whose rows are all gone this month are left out, as the operator would.
            let Some(missing) =
                answer["missing"].as_array().filter(|missing| said.exit == 3 && !missing.is_empty())
            else {
                assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
                break answer;
            };
            for place in missing {
                arguments.extend(["--without".to_owned(), format!("{}=seen", place.as_str().unwrap())]);
            }
        };
        let run = said["run"].as_u64().unwrap();
        let total = said["total"].as_str().unwrap();
        let folder = bureau.path().join(format!("out/{cycle}/run-{run:04}"));
        drafted(cycle, &folder);
        let number = run.to_string();
        let mut approve = vec!["approve", &number, "--total", total, "--today", &today, "--by", "reviewer"];
        let accepted = accepting(&said);
        approve.extend(accepted.iter().map(String::as_str));
        bureau.must(0, &approve);

        let mut answers = String::from("payment_id,status,amount,reason,date\n");
        for payment in read_csv(&folder.join("payments.csv")) {
            let (status, reason) =
                if fails(&payment["account_no"], cycle) { ("failed", "AC01") } else { ("paid", "") };
            answers.push_str(&format!(
                "{},{status},{},{reason},{today}\n",
                payment["payment_id"], payment["amount"]
            ));
        }
        bureau.write(&format!("returns/{cycle}/answers.csv"), answers);
        let file = bureau.path().join(format!("returns/{cycle}/answers.csv"));
        let returned =
            bureau.give(&["returns", file.to_str().unwrap(), "--today", &today, "--by", "operator"]);
        assert!(returned.exit <= 1, "{}\n{}", returned.stdout, returned.stderr);
    }
}

#[test]
fn six_cycles_with_answers_and_corrections() {
    let bureau = Bureau::empty("2022-12");
    let mut folders: Vec<(String, PathBuf)> = Vec::new();
    six_cycles(&bureau, |cycle, folder| folders.push((cycle.to_owned(), folder.to_owned())));
    let mut faults = Vec::new();
    for (cycle, folder) in &folders {
        let before = faults.len();
        compare(cycle, &expected("history/expected").join(cycle), folder, &mut faults);
        for fault in &mut faults[before..] {
            fault.insert_str(0, &format!("{cycle} "));
        }
        let answers_folder = fs::read_dir(bureau.path().join("out").join(cycle))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("answers-"))
            .unwrap_or_else(|| panic!("no answers folder in {cycle}"));
        let columns = ["programme", "beneficiary", "benefit_month", "case_no", "kind", "amount"];
        let theirs = read_csv(&expected("history/expected").join(cycle).join("answers.csv"));
        let ours = read_csv(&answers_folder.join("answers.csv"));
        compare_balances(&expected("history/expected").join(cycle), folder, &ours, &mut faults);
        same(
            &format!("{cycle} answers"),
            &bag(&theirs, &columns, |_| true),
            &bag(&ours, &columns, |_| true),
            &mut faults,
        );
    }
    assert_none(&faults);
}
