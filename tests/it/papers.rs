//! The papers of a released run, through the built binary on the sample bureau: what is printed, signed
//! and posted says what was paid, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use disburse::domain::Money;
use disburse::pay::capital_words;

use crate::bureau::{Bureau, Row, accepting, read_csv, repository};

const DAY: [&str; 2] = ["--today", "2023-02-03"];

/// The sample bureau with February drafted and released; the total.
fn released() -> (Bureau, String) {
    let bureau = Bureau::empty("2023-02");
    bureau.lay(&repository().join("fixtures/xincheng"));
    let said = bureau.say(&[&["run", "--month", "2023-02", "--by", "operator", "--json"][..], &DAY].concat());
    let drafted = said.json();
    let total = drafted["total"].as_str().unwrap().to_owned();
    let accepted = accepting(&drafted);
    let mut approve = vec!["approve", "1", "--total", &total, "--by", "reviewer"];
    approve.extend(DAY.iter().chain(accepted.iter().map(String::as_str).collect::<Vec<_>>().iter()));
    let said = bureau.say(&approve);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(said.stdout.contains("out/2023-02/run-0001-vouchers"), "{}", said.stdout);
    (bureau, total)
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Every file of a folder with its bytes.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn vouchers_say_what_the_bank_files_hold_and_stay_as_they_are_until_a_file_is_recalled() {
    let (bureau, total) = released();
    let folder = bureau.path().join("out/2023-02/run-0001-vouchers");
    let outbox = bureau.path().join("outbox/2023-02/run-0001");
    let vouchers = read_csv(&folder.join("vouchers.csv"));
    let payments = read_csv(&bureau.path().join("out/2023-02/run-0001/payments.csv"));
    let page = fs::read_to_string(folder.join("vouchers.html")).unwrap();

    // Each voucher: the payments of its programme and bank, its files as they lie in the outbox.
    let mut files = 0;
    for voucher in &vouchers {
        let (programme, bank) = (&voucher["programme"], &voucher["bank"]);
        let of: Vec<_> =
            payments.iter().filter(|row| row["programme"] == *programme && row["bank"] == *bank).collect();
        assert_eq!(voucher["count"], of.len().to_string(), "{voucher:?}");
        let sum: Money = of.iter().map(|row| money(&row["amount"])).sum();
        assert_eq!(money(&voucher["amount"]), sum, "{voucher:?}");
        assert_eq!(voucher["amount_words"], capital_words(sum));
        assert!(!voucher["fund"].is_empty() && !voucher["sources"].is_empty(), "{voucher:?}");
        assert_eq!((voucher["state"].as_str(), voucher["budget_year"].as_str()), ("issued", "2023"));
        for (file, digest) in voucher["files"].split(';').zip(voucher["sha256"].split(';')) {
            let written = fs::read(outbox.join(file)).unwrap_or_else(|fault| panic!("{file}: {fault}"));
            assert_eq!(digest, disburse::workspace::sha256_hex(&written), "{file}");
            assert!(page.contains(file) && page.contains(digest), "{file}");
            files += 1;
        }
        assert!(page.contains(&voucher["amount_words"]) && page.contains(&voucher["voucher"]));
    }
    assert_eq!(files, bytes(&outbox).len());
    assert_eq!(vouchers.iter().map(|row| money(&row["amount"])).sum::<Money>(), money(&total));
    let head = &vouchers[0]["ledger_head"];
    let heads = fs::read_to_string(bureau.path().join("archive/heads.log")).unwrap();
    assert!(heads.contains(head.as_str()) && page.contains(head.as_str()));
    // No person stands on a voucher.
    for row in &payments {
        assert!(row["account_no"].is_empty() || !page.contains(&row["account_no"]));
    }

    // Written again, in whatever language and by whatever command: the same bytes.
    let issued = bytes(&folder);
    bureau.must(0, &["emit", "1"]);
    assert_eq!(bytes(&folder), issued);
    fs::remove_dir_all(&folder).unwrap();
    bureau.must(0, &["approve", "1", "--total", &total, "--by", "reviewer", "--today", "2023-02-04"]);
    assert!(bytes(&folder) == issued);

    // Altered: somebody must look, and it is not overwritten.
    let altered = page.replace("¥2,576.00", "¥9,576.00");
    fs::write(folder.join("vouchers.html"), &altered).unwrap();
    bureau.must(5, &["emit", "1"]);
    assert_eq!(fs::read_to_string(folder.join("vouchers.html")).unwrap(), altered);
    fs::remove_dir_all(&folder).unwrap();

    // A file is recalled: its voucher is void, the others stay, and the sums say what is left.
    let file = vouchers[0]["files"].clone();
    for by in ["operator", "reviewer"] {
        let recall = ["recall", "1", "--file", &file, "--document", "函2号", "--why", "重号", "--by", by];
        bureau.must(0, &[&recall[..], &["--today", "2023-02-06"]].concat());
    }
    let marked = read_csv(&folder.join("vouchers.csv"));
    assert_eq!((marked[0]["state"].as_str(), &marked[0]["recalled"]), ("void", &vouchers[0]["amount"]));
    assert!(marked[1..].iter().all(|voucher| voucher["state"] == "issued"));
    let page = fs::read_to_string(folder.join("vouchers.html")).unwrap();
    assert!(page.contains("作废") && page.contains("函2号") && page.contains("reviewer"));
    let left = money(&total) - money(&vouchers[0]["amount"]);
    assert!(page.contains(&capital_words(left)) && !page.contains(&capital_words(money(&total))));
    let void = bytes(&folder);
    bureau.must(0, &["emit", "1"]);
    assert!(bytes(&folder) == void);
}

#[test]
fn monthly_statistics_are_what_decisions_payments_and_rosters_say() {
    let (bureau, total) = released();
    let said = bureau.say(&["reconcile", "--month", "2023-02", "--today", "2023-02-06", "--json"]);
    assert_eq!(said.json()["statistics_foot"], true, "{}", said.stderr);
    let folder = bureau.path().join("out/2023-02/reconcile-0001");
    let rows = read_csv(&folder.join("statistics.csv"));
    let month: Vec<&Row> = rows.iter().filter(|row| row["period"] == "month").collect();
    let run = bureau.path().join("out/2023-02/run-0001");
    let payments = read_csv(&run.join("payments.csv"));
    let decisions = read_csv(&run.join("decisions.csv"));
    let entitled: Vec<&Row> = decisions
        .iter()
        .filter(|row| row["benefit_month"] == "2023-02" && row["outcome"] == "entitled")
        .collect();

    // The whole, and each programme, against the run's own files.
    assert_eq!((month[0]["programme"].as_str(), &month[0]["released"]), ("*", &total));
    let wholes = month.iter().filter(|row| row["area"] == "*" && row["programme"] != "*");
    for row in wholes {
        let programme = &row["programme"];
        let sum = |rows: &[&Row], column: &str| -> Money {
            rows.iter().filter(|of| of["programme"] == *programme).map(|of| money(&of[column])).sum()
        };
        let paid: Vec<&Row> = payments.iter().collect();
        for (ours, column) in [("released", "amount"), ("current", "current"), ("arrears", "arrears")] {
            assert_eq!(money(&row[ours]), sum(&paid, column), "{programme} {ours}");
        }
        assert_eq!(money(&row["entitled"]), sum(&entitled, "amount"), "{programme}");
        let people: BTreeSet<&String> =
            entitled.iter().filter(|of| of["programme"] == *programme).map(|of| &of["beneficiary"]).collect();
        let counted = if programme == "dibao" { "households" } else { "persons" };
        assert_eq!(row[counted], people.len().to_string(), "{programme}");
    }

    // 城镇 and 农村 of dibao by the head's row in the townships' files.
    let mut hukou = BTreeMap::new();
    for entry in fs::read_dir(bureau.path().join("rosters/2023-02")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("dibao") && name.ends_with(".csv") {
            for row in read_csv(&path) {
                hukou.insert(row["身份证号"].trim().to_owned(), row["户口性质"].clone());
            }
        }
    }
    let mut households: BTreeMap<&str, u64> = BTreeMap::new();
    for row in entitled.iter().filter(|row| row["programme"] == "dibao") {
        let area = match hukou.get(&row["resident_id"]).map(String::as_str) {
            Some("城镇" | "城市" | "非农业") => "urban",
            Some("农村" | "农业") => "rural",
            other => panic!("{other:?} {row:?}"),
        };
        *households.entry(area).or_default() += 1;
    }
    for (area, count) in households {
        let row = month.iter().find(|row| row["programme"] == "dibao" && row["area"] == area).unwrap();
        assert_eq!(row["households"], count.to_string(), "{area}");
        let persons: u64 = row["persons"].parse().unwrap();
        assert!(persons >= count, "{area}");
    }

    // 万元 add up in every column, and townships to their programme.
    let wan = |rows: &mut dyn Iterator<Item = &Row>| rows.map(|row| money(&row["fresh_wan"])).sum::<Money>();
    for period in ["month", "year"] {
        let of: Vec<&Row> = rows.iter().filter(|row| row["period"] == period).collect();
        let whole = money(&of[0]["fresh_wan"]);
        let programmes = of[1..].iter().copied().filter(|row| row["area"] == "*");
        assert_eq!(wan(&mut programmes.clone()), whole);
        for programme in programmes {
            let mut areas = of
                .iter()
                .copied()
                .filter(|row| row["programme"] == programme["programme"] && row["area"] != "*");
            assert_eq!(wan(&mut areas), money(&programme["fresh_wan"]));
        }
    }
    let townships = read_csv(&folder.join("statistics_townships.csv"));
    let released: Money =
        townships.iter().filter(|row| row["period"] == "month").map(|row| money(&row["released"])).sum();
    assert_eq!(released, money(&total));
    assert!(read_csv(&folder.join("statistics_checks.csv")).iter().all(|row| row["holds"] == "yes"));
}

#[test]
fn lists_to_sign_foot_to_the_payments_and_hide_numbers() {
    let (bureau, total) = released();
    bureau.must(0, &["emit", "1", "--payroll"]);
    let folder = bureau.path().join("out/2023-02/run-0001-payroll");
    let rows = read_csv(&folder.join("payroll.csv"));
    let payments = read_csv(&bureau.path().join("out/2023-02/run-0001/payments.csv"));

    // By programme and in all.
    let sums = |rows: &[Row]| -> BTreeMap<String, Money> {
        let mut sums = BTreeMap::new();
        for row in rows {
            *sums.entry(row["programme"].clone()).or_insert(Money::ZERO) += money(&row["amount"]);
        }
        sums
    };
    assert_eq!(sums(&rows), sums(&payments));
    assert_eq!(sums(&rows).into_values().sum::<Money>(), money(&total));

    // Each list: a page that ends with its own sum in words, and pages of paper that each have a subtotal.
    let mut lists: BTreeMap<String, Money> = BTreeMap::new();
    for row in &rows {
        *lists.entry(row["list"].clone()).or_insert(Money::ZERO) += money(&row["amount"]);
    }
    assert!(lists.len() > 10);
    for (list, sum) in &lists {
        let page = fs::read_to_string(folder.join(format!("{list}.html"))).unwrap();
        assert!(page.contains(&format!("人民币{}", capital_words(*sum))), "{list}");
        assert_eq!(page.matches("本页小计").count(), page.matches("<section").count(), "{list}");
        for payment in &payments {
            for number in [&payment["account_no"], &payment["payee_id"]] {
                assert!(number.is_empty() || !page.contains(number.as_str()), "{list}: {number}");
            }
        }
    }
    let files: BTreeSet<String> = bytes(&folder).into_keys().filter(|name| name != "payroll.csv").collect();
    assert_eq!(files, lists.keys().map(|list| format!("{list}.html")).collect());

    // Somebody entitled to several programmes signs once: a household's head for the household and himself.
    let mut signs: BTreeMap<(&str, &str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        let who = (row["list"].as_str(), row["community"].as_str(), row["id"].as_str(), row["name"].as_str());
        signs.entry(who).or_default().insert(&row["programme"]);
    }
    assert!(signs.values().any(|programmes| programmes.contains("dibao") && programmes.len() > 1));

    // The same bytes again; and what was recalled is not signed for.
    let written = bytes(&folder);
    bureau.must(0, &["emit", "1", "--payroll"]);
    assert!(bytes(&folder) == written);
    let file = payments[0]["file"].clone();
    for by in ["operator", "reviewer"] {
        let recall = ["recall", "1", "--file", &file, "--document", "函2号", "--why", "重号", "--by", by];
        bureau.must(0, &[&recall[..], &["--today", "2023-02-06"]].concat());
    }
    bureau.must(0, &["emit", "1", "--payroll"]);
    let recalled: Money =
        payments.iter().filter(|row| row["file"] == file).map(|row| money(&row["amount"])).sum();
    let left = sums(&read_csv(&folder.join("payroll.csv"))).into_values().sum::<Money>();
    assert_eq!(left, money(&total) - recalled);
}
