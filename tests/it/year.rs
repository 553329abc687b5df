//! A whole year drilled (DESIGN §10, §13): twelve monthly cycles of a bureau of 3,000 made-up people with a
//! simulated bank, a standard announced in May that holds from January, two ad hoc runs, a recall, a restored
//! backup, and the year's end. After every cycle nothing is unexplained, and the year is the sum of its months.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use disburse::domain::Month;
use disburse::generate::{FaultRates, GenerateOptions, Size, generate};
use serde_json::Value;

use crate::bureau::{Bureau, accepting, lay, read_csv};

const PEOPLE: u64 = 3_000;
const SEED: u64 = 2_023;

/// A bureau, and what the drill keeps of it.
struct Year {
    bureau: Bureau,
    /// Sums released, by calendar year and programme, as `payments.csv` has them.
    released: BTreeMap<String, i64>,
    runs: u64,
}

fn month(number: u32) -> String {
    format!("2023-{number:02}")
}

fn fen(text: &str) -> i64 {
    let (yuan, rest) = text.split_once('.').unwrap_or_else(|| panic!("amount: {text}"));
    let sign = if text.starts_with('-') { -1 } else { 1 };
    yuan.parse::<i64>().unwrap() * 100 + sign * rest.parse::<i64>().unwrap()
}

fn money(value: &Value) -> i64 {
    match value {
        Value::Null => 0,
        Value::String(text) => fen(text),
        other => fen(other["money"].as_str().unwrap_or_else(|| panic!("money: {other}"))),
    }
}

impl Year {
    /// The generated bureau: its settings and pack, and what is known each month in `stages/`.
    fn begin() -> Year {
        let bureau = Bureau::empty("2023-01");
        let first: Month = "2023-01".parse().unwrap();
        let options = GenerateOptions {
            size: Size::People(PEOPLE),
            months: (first, first.plus(11)),
            faults: FaultRates::ORDINARY,
            staged: true,
            ..GenerateOptions::month(SEED, 0, first)
        };
        for (path, bytes) in generate(&options).unwrap() {
            bureau.write(&path, bytes);
        }
        let mut settings = fs::read_to_string(bureau.path().join("disburse.toml")).unwrap();
        settings.push_str(
            "\n[[budget]]\nyear = 2023\nfund = \"sanmin\"\nsource = \"自治区\"\namount = \"90000000.00\"\n",
        );
        bureau.write("disburse.toml", settings);
        Year { bureau, released: BTreeMap::new(), runs: 0 }
    }

    fn path(&self) -> &Path {
        self.bureau.path()
    }

    /// Drafts and releases a cycle on the third of its month; none where there is nothing to post.
    fn pay(&mut self, month: &str, kind: &str) -> Option<u64> {
        let today = format!("{month}-03");
        let run = ["run", "--month", month, "--kind", kind, "--by", "operator", "--json", "--today", &today];
        let mut run: Vec<String> = run.iter().map(|word| (*word).to_owned()).collect();
        let said = loop {
            let said = self.bureau.give(&run.iter().map(String::as_str).collect::<Vec<_>>());
            // A roster that nobody is on any more: the bureau says that it was left out on purpose.
            let missing = said.json()["missing"].as_array().cloned().unwrap_or_default();
            if said.exit != 3 || missing.is_empty() {
                break said;
            }
            for place in missing {
                run.extend(["--without".to_owned(), format!("{}=nobody", place.as_str().unwrap())]);
            }
        };
        assert!([0, 1].contains(&said.exit), "{month} {kind}: {}\n{}", said.stdout, said.stderr);
        let drafted = said.json();
        let number = drafted["run"].as_u64()?;
        let total = drafted["total"].as_str().unwrap();
        let accepted = accepting(&drafted);
        let text = number.to_string();
        let mut approve = vec!["approve", &text, "--total", total, "--by", "reviewer", "--today", &today];
        approve.extend(accepted.iter().map(String::as_str));
        self.bureau.must(0, &approve);
        let mut sum = 0;
        for row in read_csv(&self.path().join(format!("out/{month}/run-{number:04}/payments.csv"))) {
            *self.released.entry(row["programme"].clone()).or_default() += fen(&row["amount"]);
            sum += fen(&row["amount"]);
        }
        assert_eq!(sum, fen(total), "{month}: the list's sum is the total");
        self.runs += 1;
        Some(number)
    }

    /// The simulated bank answers a run; exceptions are left for persons.
    fn answer(&mut self, month: &str, run: u64, day: &str, rates: &[&str]) {
        let (run, today) = (run.to_string(), format!("{month}-{day}"));
        let folder = self.path().join("bank").join(format!("{run}-{day}"));
        let folder = folder.to_str().unwrap();
        let asked = ["generate", folder, "--answers", &run, "--seed", "7", "--today", &today, "--json"];
        let said = self.bureau.must(0, &[&asked[..], rates].concat()).json();
        let files: Vec<String> =
            said["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect();
        let mut returns = vec!["returns"];
        returns.extend(files.iter().map(String::as_str));
        returns.extend(["--by", "operator", "--today", &today]);
        let said = self.bureau.give(&returns);
        assert!([0, 1].contains(&said.exit), "{month}: {}\n{}", said.stdout, said.stderr);
        // Read twice, nothing changes.
        let again = self.bureau.give(&returns);
        assert!(again.stdout.contains("taken in before"), "{}", again.stdout);
    }

    /// Some of those whose payment came back have shown that their account is good: it goes out again.
    fn let_go(&self, month: &str) {
        let answers = read_csv(&self.path().join(format!("out/{month}/answers-0001/answers.csv")));
        let returned = answers.iter().filter(|row| row["kind"] == "return");
        let mut people: Vec<&str> = returned.map(|row| row["beneficiary"].as_str()).collect();
        people.dedup();
        assert!(people.len() > 5, "{people:?}");
        for person in &people[..5] {
            let today = format!("{month}-19");
            let words = ["clear", person, "--why", "本人持折核对无误", "--by", "operator", "--today", &today];
            self.bureau.must(0, &words);
        }
    }

    /// Reconciles a cycle or a year; the result, which leaves nothing unexplained.
    fn reconcile(&self, span: &[&str], today: &str) -> Value {
        let said = self.bureau.give(&[&["reconcile"], span, &["--today", today, "--json"]].concat());
        assert!([0, 1].contains(&said.exit), "{span:?}: {}\n{}", said.stdout, said.stderr);
        let folder = self.path().join(said.json()["folder"].as_str().unwrap());
        let result: Value =
            serde_json::from_slice(&fs::read(folder.join("reconcile.json")).unwrap()).unwrap();
        assert_eq!(result["closes"], true, "{span:?}: {}", result["disagreements"]);
        if span[0] == "--month" {
            assert_eq!(result["unexplained"], "0.00", "{span:?}");
        }
        result
    }

    /// The workspace is lost; a backup is put back into a new one, beside what the office still has.
    fn restore(self, backup: &Path, head: &str) -> Year {
        let old = self.bureau;
        let bureau = Bureau::empty("2023-01");
        for part in ["policy", "calendar", "registers", "rosters", "stages", "out", "bank"] {
            fs::create_dir_all(old.path().join(part)).unwrap();
            fs::remove_dir_all(bureau.path().join(part)).ok();
            lay(&old.path().join(part), &bureau.path().join(part));
        }
        fs::copy(old.path().join("disburse.toml"), bureau.path().join("disburse.toml")).unwrap();
        lay(backup, bureau.path());
        // It can be read, and not written to, until somebody takes it into use.
        let run = ["run", "--month", "2023-09", "--by", "operator", "--today", "2023-09-02"];
        bureau.must(5, &run);
        bureau.must(0, &["verify", "--today", "2023-09-02"]);
        let other = "f".repeat(64);
        bureau.must(5, &["verify", "--head", &other, "--by", "operator", "--today", "2023-09-02"]);
        bureau.must(0, &["verify", "--head", head, "--by", "operator", "--today", "2023-09-02"]);
        for number in 1..=self.runs {
            bureau.must(0, &["emit", &number.to_string(), "--today", "2023-09-02"]);
        }
        bureau.must(0, &["verify", "--today", "2023-09-02"]);
        Year { bureau, released: self.released, runs: self.runs }
    }
}

/// The rural standard of 2023, announced in May for January.
fn announce(bureau: &Bureau) {
    let path = bureau.path().join("policy/values.toml");
    let text = fs::read_to_string(&path).unwrap();
    let before = "[[value.history]]\nhukou = \"rural\"\nfrom = \"2020-01\"\namount = 542\n";
    let new = "[[value.history]]\nhukou = \"rural\"\nfrom = \"2023-01\"\namount = 660\nper = \"month\"\n\
        announced = \"2023-05\"\narrears = \"still-entitled\"\ncitation = \"made up for the drill\"\nstatus = \"example\"\n\n";
    assert_eq!(text.matches(before).count(), 1);
    fs::write(path, text.replace(before, &format!("{new}{before}"))).unwrap();
}

#[test]
fn a_year_of_twelve_cycles() {
    let mut year = Year::begin();
    let ordinary = ["--closed", "4", "--fail", "8", "--pending", "2", "--silent", "2", "--twice", "1"];
    let mut adhoc = 0;
    for number in 1..=12 {
        let month = month(number);
        let last = format!("{month}-27");
        lay(&year.path().join("stages").join(&month), year.bureau.path());
        if number == 5 {
            announce(&year.bureau);
        }
        let run = year.pay(&month, "monthly").unwrap_or_else(|| panic!("{month}: a run"));
        if number == 5 {
            let postings = read_csv(&year.path().join(format!("out/{month}/run-{run:04}/postings.csv")));
            let backdated = postings.iter().filter(|row| {
                row["programme"] == "dibao" && row["kind"] == "arrears" && row["cause"] == "policy"
            });
            assert!(backdated.count() > 20, "the standard is paid back to January");
        }
        if number == 6 {
            // A file goes out with the wrong agreement number: taken back before the bank acts, and paid
            // again by an ad hoc run.
            let manifest =
                fs::read(year.path().join(format!("out/{month}/run-{run:04}/manifest.json"))).unwrap();
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            let file = manifest["bank_files"][0]["name"].as_str().unwrap().to_owned();
            for by in ["operator", "reviewer"] {
                let text = run.to_string();
                let words =
                    ["recall", &text, "--file", &file, "--document", "新财函2023-6", "--why", "协议号有误"];
                year.bureau.must(0, &[&words[..], &["--by", by, "--today", "2023-06-03"]].concat());
            }
            assert!(!year.path().join(format!("outbox/{month}/run-{run:04}/{file}")).exists());
        }
        year.answer(&month, run, "12", &ordinary);
        if number == 3 {
            year.let_go(&month);
        }
        if [3, 6].contains(&number) {
            let again =
                year.pay(&month, "adhoc").unwrap_or_else(|| panic!("{month}: something to pay again"));
            year.answer(&month, again, "20", &ordinary);
            adhoc += 1;
        }
        // What the bank left open it says at last.
        year.answer(&month, run, "25", &["--closed", "4", "--fail", "8"]);
        year.reconcile(&["--month", &month], &last);
        if number == 8 {
            let backup = year.path().join("backup");
            let said = year.bureau.must(0, &["backup", backup.to_str().unwrap(), "--today", &last, "--json"]);
            let head = said.json()["head"].as_str().unwrap().to_owned();
            let kept = tempfile::tempdir().unwrap();
            lay(&backup, kept.path());
            year = year.restore(kept.path(), &head);
        }
    }
    assert_eq!((adhoc, year.runs), (2, 14));
    year.bureau.must(0, &["verify", "--today", "2023-12-28"]);
    for run in ["1", "7", "14"] {
        year.bureau.must(0, &["verify", run, "--today", "2023-12-28"]);
    }
    year_is_the_sum_of_its_months(&year);
}

fn year_is_the_sum_of_its_months(year: &Year) {
    let today = "2023-12-28";
    let whole = year.reconcile(&["--year", "2023"], today);
    let months: BTreeMap<String, Value> =
        (1..=12).map(|number| (month(number), year.reconcile(&["--month", &month(number)], today))).collect();
    let mut released = BTreeMap::new();
    for row in whole["programmes"].as_array().unwrap() {
        let programme = row["programme"].as_str().unwrap();
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (month, cell) in row["months"].as_object().unwrap() {
            let flows = months[month]["programmes"].as_array().unwrap();
            let flow = flows.iter().find(|flow| flow["programme"] == programme).unwrap();
            let posted =
                |kinds: &[&str]| -> i64 { kinds.iter().map(|kind| money(&flow["postings"][kind])).sum() };
            let of_month = [
                ("paid", -posted(&["payment"])),
                ("returned", posted(&["return", "paid-after-all"])),
                ("bank_difference", posted(&["bank-difference"])),
                ("repaid", posted(&["repayment"])),
                ("written_off", posted(&["write-off", "write-off-reversed"])),
            ];
            for (name, amount) in of_month {
                assert_eq!(money(&cell[name]), amount, "{programme} {month} {name}");
                *sums.entry(name).or_default() += amount;
            }
            *sums.entry("offset").or_default() += money(&cell["offset"]);
            assert_eq!(money(&cell["payable"]), money(&flow["payable"]), "{programme} {month}");
            assert_eq!(money(&cell["receivable"]), -money(&flow["receivable"]), "{programme} {month}");
            // A month begins with what the one before it ended with.
            let begins = money(&flow["before"]);
            let before = month.split_once('-').unwrap().1.parse::<u32>().unwrap() - 1;
            let before = months.get(&self::month(before)).and_then(|before| {
                before["programmes"].as_array()?.iter().find(|flow| flow["programme"] == programme)
            });
            assert_eq!(begins, before.map_or(0, |flow| money(&flow["after"])), "{programme} {month}");
        }
        for (name, sum) in sums {
            assert_eq!(money(&row["total"][name]), sum, "{programme} {name}");
        }
        released.insert(programme.to_owned(), money(&row["total"]["paid"]));
    }
    released.retain(|_, sum| *sum != 0);
    assert_eq!(released, year.released, "the year's files are what the lists of its runs said");
    let charged: i64 = whole["funds"].as_array().unwrap().iter().map(|fund| money(&fund["charged"])).sum();
    assert_eq!(charged, released.values().sum::<i64>(), "every fen is charged to a fund");
}

/// Four persons of 900 a month, two of them in a township that is paid by the quarter.
const REMOTE: [(&str, &str, u32, &str); 4] = [
    ("赵甲一", "150199194403011010", 101, "东街街道"),
    ("钱乙二", "150199194403011029", 102, "东街街道"),
    ("孙丙三", "150199194403011037", 103, "保合少镇"),
    ("李丁四", "150199194403011045", 104, "保合少镇"),
];

fn send(bureau: &Bureau, month: &str) {
    for roster in ["children", "tekun", "dibao", "disability", "old-age", "aged-70-79", "home-care", "meals"]
    {
        bureau.write(&format!("rosters/{month}/{roster}.csv"), "身份证号,姓名,状态,最初享受月份\n");
    }
    let mut rows = "身份证号,姓名,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称\n".to_owned();
    for (name, id, account, township) in REMOTE {
        rows.push_str(&format!(
            "{id},{name},{township},2020-01,正常,中国农业银行,6299990000000000{account},{name}\n"
        ));
    }
    bureau.write(&format!("rosters/{month}/sanmin.csv"), rows);
}

fn budget(bureau: &Bureau, of_2023: &str) {
    let path = bureau.path().join("disburse.toml");
    let text = fs::read_to_string(&path).unwrap();
    let mut text = text.split("\n[[budget]]").next().unwrap().to_owned();
    for (year, amount) in [(2023, of_2023), (2024, "6300.00")] {
        text.push_str(&format!(
            "\n[[budget]]\nyear = {year}\nfund = \"sanmin\"\nsource = \"自治区\"\namount = \"{amount}\"\n"
        ));
    }
    fs::write(path, text).unwrap();
}

/// Drafts a cycle: run, total, limits.
fn draft(bureau: &Bureau, month: &str, more: &[&str]) -> (String, String, Vec<String>) {
    let today = format!("{month}-03");
    let run = ["run", "--month", month, "--by", "operator", "--json", "--today", &today];
    let said = bureau.give(&[&run[..], more].concat());
    assert!([0, 1].contains(&said.exit), "{month}: {}\n{}", said.stdout, said.stderr);
    let drafted = said.json();
    let limits = drafted["limits"].as_array().unwrap().iter();
    (
        drafted["run"].to_string(),
        drafted["total"].as_str().unwrap().to_owned(),
        limits.map(|limit| limit["limit"].as_str().unwrap().to_owned()).collect(),
    )
}

fn approve(bureau: &Bureau, exit: i32, month: &str, run: &str, total: &str) {
    let today = format!("{month}-03");
    bureau.must(exit, &["approve", run, "--total", total, "--by", "reviewer", "--today", &today]);
}

/// What a run posted, as `person month kind amount`.
fn posted(bureau: &Bureau, month: &str, run: &str) -> Vec<String> {
    let run: u32 = run.parse().unwrap();
    let rows = read_csv(&bureau.path().join(format!("out/{month}/run-{run:04}/postings.csv")));
    let name = |row: &crate::bureau::Row| {
        let known = REMOTE.iter().find(|(_, id, ..)| row["beneficiary"].ends_with(id));
        known.map_or("?", |(name, ..)| *name).to_owned()
    };
    let text = |row: &crate::bureau::Row| {
        format!("{} {} {} {}", name(row), row["benefit_month"], row["kind"], row["amount"])
    };
    rows.iter().filter(|row| row["kind"] != "payment").map(text).collect()
}

#[test]
fn quarters_and_advances_over_the_years_end_charge_the_year_of_their_release() {
    let bureau = Bureau::empty("2023-10");
    let divisions = fs::read_to_string(bureau.path().join("policy/divisions.toml")).unwrap();
    let remote = "name = \"保合少镇\"\n";
    assert_eq!(divisions.matches(remote).count(), 1);
    bureau.write("policy/divisions.toml", divisions.replace(remote, &format!("{remote}quarterly = true\n")));
    budget(&bureau, "17999.99");

    // October pays the quarter for the township.
    send(&bureau, "2023-10");
    let (run, total, limits) = draft(&bureau, "2023-10", &[]);
    assert_eq!((total.as_str(), limits.len()), ("7200.00", 0));
    approve(&bureau, 0, "2023-10", &run, &total);
    send(&bureau, "2023-11");
    let (run, total, _) = draft(&bureau, "2023-11", &[]);
    assert_eq!(
        posted(&bureau, "2023-11", &run),
        ["赵甲一 2023-11 current 900.00", "钱乙二 2023-11 current 900.00"]
    );
    approve(&bureau, 0, "2023-11", &run, &total);

    // December pays everybody through February, before the holidays: one fen over the year's appropriation.
    send(&bureau, "2023-12");
    let (run, total, limits) = draft(&bureau, "2023-12", &["--through", "2024-02"]);
    assert_eq!((total.as_str(), &limits[..]), ("9000.00", &["budget".to_owned()][..]));
    approve(&bureau, 3, "2023-12", &run, &total);
    budget(&bureau, "18000.00");
    approve(&bureau, 4, "2023-12", &run, &total);
    let (run, total, limits) = draft(&bureau, "2023-12", &["--through", "2024-02"]);
    assert_eq!((total.as_str(), limits.len()), ("9000.00", 0));
    let lines = posted(&bureau, "2023-12", &run);
    assert_eq!(lines.iter().filter(|line| line.contains(" advance ")).count(), 8, "{lines:#?}");
    approve(&bureau, 0, "2023-12", &run, &total);

    // In January the bank says that one payment of December failed: last year's money restores nothing.
    let mut answers = "payment_id,status,amount,reason,date\n".to_owned();
    let folder = format!("out/2023-12/run-{:04}", run.parse::<u32>().unwrap());
    for row in read_csv(&bureau.path().join(folder).join("payments.csv")) {
        let status = if row["account_name"] == "孙丙三" { "failed" } else { "paid" };
        answers.push_str(&format!("{},{status},{},,2024-01-02\n", row["payment_id"], row["amount"]));
    }
    bureau.write("answers.csv", answers);
    let answers = bureau.path().join("answers.csv");
    bureau.must(0, &["returns", answers.to_str().unwrap(), "--by", "operator", "--today", "2024-01-02"]);

    // The new year's first quarter: March alone is left to pay in advance; what failed goes to another account.
    send(&bureau, "2024-01");
    bureau.write(
        "registers/accounts.csv",
        format!(
            "身份证号,开户银行,银行账号,账户名称,生效月份\n{},中国农业银行,6299990000000000903,孙丙三,2024-01\n",
            REMOTE[2].1
        ),
    );
    let (run, total, _) = draft(&bureau, "2024-01", &[]);
    assert_eq!(
        posted(&bureau, "2024-01", &run),
        ["孙丙三 2024-03 advance 900.00", "李丁四 2024-03 advance 900.00"]
    );
    assert_eq!(total, "3600.00");
    approve(&bureau, 0, "2024-01", &run, &total);

    // Li died in January: February and March come back, one of them paid last year, one this year.
    bureau.write("registers/deaths.csv", format!("身份证号,死亡日期\n{},2024-01-20\n", REMOTE[3].1));
    send(&bureau, "2024-02");
    let (run, total, _) = draft(&bureau, "2024-02", &[]);
    assert_eq!(
        posted(&bureau, "2024-02", &run),
        ["李丁四 2024-02 recovery -900.00", "李丁四 2024-03 recovery -900.00"]
    );
    approve(&bureau, 0, "2024-02", &run, &total);
    let owing = format!("person:{}", REMOTE[3].1);
    for by in ["operator", "reviewer"] {
        let repay =
            ["recover", "repay", "--programme", "sanmin", "--beneficiary", &owing, "--amount", "1800"];
        let more = ["--document", "收据7", "--by", by, "--today", "2024-02-20"];
        bureau.must(0, &[&repay[..], &more].concat());
    }
    send(&bureau, "2024-03");
    let (run, total, limits) = draft(&bureau, "2024-03", &[]);
    assert_eq!(
        posted(&bureau, "2024-03", &run),
        ["赵甲一 2024-03 current 900.00", "钱乙二 2024-03 current 900.00"]
    );
    assert_eq!(limits, [""; 0]);
    approve(&bureau, 0, "2024-03", &run, &total);

    let year = Year { bureau, released: BTreeMap::new(), runs: 0 };
    for (of, appropriation, charged, restored) in
        [("2023", "18000.00", "18000.00", "0.00"), ("2024", "6300.00", "5400.00", "900.00")]
    {
        let whole = year.reconcile(&["--year", of], "2024-03-20");
        let funds = whole["funds"].as_array().unwrap();
        let fund = funds.iter().find(|fund| fund["fund"] == "sanmin").unwrap();
        assert_eq!(
            [&fund["appropriation"], &fund["charged"], &fund["restored"]],
            [appropriation, charged, restored],
            "{of}"
        );
    }
    for month in ["2023-10", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03"] {
        year.reconcile(&["--month", month], "2024-03-20");
    }
    year.bureau.must(0, &["verify"]);
}
