//! The papers of a released run, through the built binary on the sample bureau: what is printed, signed
//! and posted says what was paid, and no more.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use disburse::domain::Money;
use disburse::pay::capital_words;

use crate::bureau::{Bureau, accepting, read_csv, repository};

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
