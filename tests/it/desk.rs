//! What the desk does besides the monthly run: programmes that leave the pack, files that are recalled,
//! openings that are refused.

use std::fs;

use crate::bureau::{Bureau, Said, accepting, read_csv};
use crate::integrity::small::{PEOPLE, account, identity, rosters};

/// Drafts and approves a cycle; what `run` said.
fn pay(bureau: &Bureau, month: &str, kind: &str) -> serde_json::Value {
    let today = format!("{month}-03");
    let run = ["run", "--month", month, "--kind", kind, "--by", "operator", "--json", "--today", &today];
    let said = bureau.give(&run);
    assert!([0, 1].contains(&said.exit), "{}\n{}", said.stdout, said.stderr);
    let drafted = said.json();
    let (run, total) = (drafted["run"].to_string(), drafted["total"].as_str().unwrap().to_owned());
    let mut approve = vec!["approve", &run, "--total", &total, "--by", "reviewer", "--today", &today];
    let accepted = accepting(&drafted);
    approve.extend(accepted.iter().map(String::as_str));
    bureau.must(0, &approve);
    drafted
}

/// Answers every payment of a run: failed for these people, paid for the others.
fn answer(bureau: &Bureau, month: &str, run: u32, failing: &[u32]) -> Said {
    let mut file = "payment_id,status,amount,reason,date\n".to_owned();
    for payment in read_csv(&bureau.path().join(format!("out/{month}/run-{run:04}/payments.csv"))) {
        let fails = failing.iter().any(|sequence| payment["account_no"] == account(*sequence));
        let status = if fails { "failed" } else { "paid" };
        file.push_str(&format!("{},{status},{},,\n", payment["payment_id"], payment["amount"]));
    }
    let path = bureau.path().join(format!("answers-{run}.csv"));
    fs::write(&path, file).unwrap();
    let today = format!("{month}-06");
    bureau.must(0, &["returns", path.to_str().unwrap(), "--by", "operator", "--today", &today])
}

/// Takes one table of a list in a pack's file out.
fn drop_programme(bureau: &Bureau, code: &str) {
    let folder = bureau.path().join("policy");
    for name in ["programmes-assistance.toml", "pack.toml"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let kept: Vec<&str> = text
            .split_inclusive("\n[[programme]]\n")
            .filter(|part| !part.starts_with(&format!("code = \"{code}\"")))
            .collect();
        let kept = kept.concat();
        let kept =
            kept.strip_suffix("[[programme]]\n").unwrap_or(&kept).replace(&format!("  \"{code}\",\n"), "");
        assert_ne!(kept, text, "{name}");
        fs::write(folder.join(name), kept).unwrap();
    }
    fs::remove_dir_all(folder.join("cases")).unwrap();
}

#[test]
fn a_programme_that_leaves_the_pack_keeps_its_lines_its_name_and_its_fund() {
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-01", &PEOPLE, &[]);
    // One has no account yet.
    let path = "rosters/2023-01/sanmin.csv";
    let list = fs::read_to_string(bureau.path().join(path)).unwrap();
    bureau.write(path, list.replace(&account(101), ""));
    pay(&bureau, "2023-01", "monthly");
    answer(&bureau, "2023-01", 1, &[102]);
    // One turns out to have been stopped: 900 to come back.
    rosters(&bureau, "2023-01", &PEOPLE, &[103]);
    let list = fs::read_to_string(bureau.path().join(path)).unwrap();
    bureau.write(path, list.replace(&account(101), ""));
    rosters(&bureau, "2023-02", &PEOPLE, &[103]);
    let list = fs::read_to_string(bureau.path().join("rosters/2023-02/sanmin.csv")).unwrap();
    bureau.write("rosters/2023-02/sanmin.csv", list.replace(&account(101), ""));
    pay(&bureau, "2023-02", "monthly");
    answer(&bureau, "2023-02", 2, &[]);

    drop_programme(&bureau, "sanmin");
    rosters(&bureau, "2023-03", &PEOPLE, &[]);
    let drafted = pay(&bureau, "2023-03", "monthly");
    assert_eq!(drafted["total"], "0.00", "{drafted}");
    let csv = |name: &str| read_csv(&bureau.path().join(format!("out/2023-03/{name}")));
    let held = csv("run-0003/held.csv");
    assert!(held.iter().all(|row| row["programme"] == "sanmin"), "{held:?}");
    let waits: Vec<(&str, &str)> =
        held.iter().map(|row| (row["benefit_month"].as_str(), row["hold"].as_str())).collect();
    let expected = [
        ("2023-01", "no-account"),
        ("2023-02", "no-account"),
        ("2023-01", "account-failed"),
        ("2023-02", "account-failed"),
    ];
    assert_eq!(waits, expected);
    let owed = csv("run-0003/balances.csv");
    let owed: Vec<_> = owed.iter().filter(|row| row["balance"].starts_with('-')).collect();
    assert_eq!(owed.len(), 1, "{owed:?}");

    // The registers say where the money goes now.
    bureau.write(
        "registers/accounts.csv",
        format!(
            "身份证号,开户银行,银行账号,账户名称,生效月份\n{},中国农业银行,{},赵甲一,2023-03\n\
             {},中国农业银行,{},钱乙二,2023-03\n",
            identity(101),
            account(901),
            identity(102),
            account(902)
        ),
    );
    let drafted = pay(&bureau, "2023-03", "adhoc");
    assert_eq!(drafted["total"], "3600.00", "{drafted}");
    let payments = csv("run-0004/payments.csv");
    let paid: Vec<_> =
        payments.iter().map(|row| (row["programme"].as_str(), row["amount"].as_str())).collect();
    assert_eq!(paid, [("sanmin", "1800.00"), ("sanmin", "1800.00")]);
    let page = fs::read_to_string(bureau.path().join("out/2023-03/run-0004/reconciliation.json")).unwrap();
    let page: serde_json::Value = serde_json::from_str(&page).unwrap();
    let cells = page["totals"].as_array().unwrap();
    assert_eq!((cells.len(), &cells[0]["programme"]), (1, &serde_json::json!("sanmin")), "{page}");
    assert_eq!(cells[0]["fund"], "sanmin");
    answer(&bureau, "2023-03", 4, &[]);

    // Every question about it has an answer.
    let owing = format!("person:{}", identity(103));
    let today = ["--today", "2023-03-20"];
    for by in ["operator", "reviewer"] {
        let repay = ["recover", "repay", "--programme", "sanmin", "--beneficiary", &owing, "--amount", "400"];
        bureau.must(0, &[&repay[..], &["--document", "收据1", "--by", by], &today].concat());
    }
    let person = identity(102);
    for (exit, asked) in [
        (0, &["explain", "--person", &person, "--month", "2023-01"][..]),
        (0, &["explain", "--person", &person, "--programme", "sanmin"]),
        (0, &["changes", "--month", "2023-03"]),
        (0, &["status"]),
        (0, &["reconcile", "--month", "2023-03"]),
        (0, &["reconcile", "--year", "2023"]),
        (0, &["verify"]),
        (0, &["verify", "4"]),
        (0, &["verify", "1"]),
        (0, &["emit", "4"]),
    ] {
        bureau.must(exit, &[asked, &today].concat());
    }
    let year = fs::read_to_string(bureau.path().join("out/2023/reconcile-0001/reconcile.json")).unwrap();
    let year: serde_json::Value = serde_json::from_str(&year).unwrap();
    let funds = year["funds"].as_array().unwrap();
    let charged = funds.iter().find(|fund| fund["fund"] == "sanmin").unwrap();
    // Seven people paid in two months but for what did not go out; paid again in March; 400 came back.
    assert_eq!(charged["charged"], "12600.00", "{charged}");
    assert_eq!(charged["restored"], "1300.00", "{charged}");
}

#[test]
fn a_recalled_file_leaves_the_outbox_and_is_never_written_again() {
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-01", &PEOPLE, &[]);
    pay(&bureau, "2023-01", "monthly");
    let outbox = bureau.path().join("outbox/2023-01/run-0001");
    let names = || {
        let mut names: Vec<String> = fs::read_dir(&outbox)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let all = names();
    assert_eq!(all.len(), 2, "{all:?}");
    let first = fs::read(outbox.join(&all[0])).unwrap();
    let recall = |by: &'static str| {
        let file = all[0].as_str();
        let words = ["recall", "1", "--file", file, "--document", "函1", "--why", "重号", "--by", by];
        bureau.must(0, &[&words[..], &["--today", "2023-01-04", "--json"]].concat())
    };
    recall("operator");
    assert_eq!(names(), all);
    let recalled = recall("reviewer").json();
    assert_eq!(names(), all[1..]);
    // The other file is still with its bank.
    let status = bureau.must(0, &["status"]).stdout;
    assert!(status.contains("2023-01  1/2 files recalled  "), "{status}");
    let status = bureau.must(0, &["status", "--json"]).json();
    assert_eq!(status["runs"][0]["state"], "released");
    assert_eq!(status["runs"][0]["recalled_files"], 1);

    let emit = || bureau.must(0, &["emit", "1", "--json"]).json();
    let emitted = emit();
    assert_eq!(emitted["recalled"], serde_json::json!([all[0]]));
    assert_eq!(emitted["files"], serde_json::json!([all[1]]));
    // What it says of money is what the files left there hold.
    let money = |text: &str| text.parse::<disburse::domain::Money>().unwrap();
    let recalled = money(recalled["amount"].as_str().unwrap());
    let left = money(emitted["total"].as_str().unwrap()) - recalled;
    assert_eq!(emitted["in_files"], left.to_string());
    let said = bureau.must(0, &["emit", "1"]).stdout;
    assert!(said.contains(&format!("ledger: {left} yuan in 1 files")), "{said}");
    assert_eq!(names(), all[1..]);
    bureau.must(0, &["verify"]);
    // Somebody puts it back: it is named, and taken away by `emit`.
    fs::write(outbox.join(&all[0]), first).unwrap();
    let said = bureau.must(5, &["verify"]);
    assert!(said.stderr.contains("was recalled") || said.stdout.contains("was recalled"), "{}", said.stderr);
    emit();
    bureau.must(0, &["verify"]);
    // From nothing at all, too; and the reconciliation says where the file is.
    fs::remove_dir_all(&outbox).unwrap();
    emit();
    assert_eq!(names(), all[1..]);
    bureau.must(0, &["reconcile", "--month", "2023-01", "--today", "2023-01-04"]);
    let result = fs::read_to_string(bureau.path().join("out/2023-01/reconcile-0001/reconcile.json")).unwrap();
    assert!(result.contains("withdrawn"), "{result}");
}

#[test]
fn an_opening_of_a_line_that_a_run_has_posted_names_the_row() {
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-01", &PEOPLE, &[]);
    pay(&bureau, "2023-01", "monthly");
    let header = "programme,beneficiary,benefit_month,case_no,entitled,paid\n";
    let row =
        |sequence: u32, month: &str| format!("sanmin,person:{},{month},,900.00,900.00\n", identity(sequence));
    bureau.write("期初.csv", format!("{header}{}{}", row(101, "2022-12"), row(102, "2023-01")));
    let path = bureau.path().join("期初.csv");
    let opening = ["opening", path.to_str().unwrap(), "--by", "operator"];
    let said = bureau.must(3, &opening);
    assert!(said.stderr.contains("期初.csv, line 3"), "{}", said.stderr);
    assert!(!said.stderr.contains(&identity(102)), "{}", said.stderr);
    bureau.write("期初.csv", format!("{header}{}", row(101, "2022-12")));
    bureau.must(0, &opening);
    // The same file again is done already; the same line in another is not.
    bureau.must(0, &opening);
    bureau.write("期初.csv", format!("{header}{}\n", row(101, "2022-12")));
    bureau.must(3, &opening);
}
