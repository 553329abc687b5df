//! What the commands tell the person who gave them: that nothing said is wrong, useless or missing.

use std::fs;

use crate::integrity::small;

#[test]
fn an_account_of_the_payer_that_is_not_filled_in_is_said_before_a_bank_file_is_written() {
    let bureau = small::bureau();
    let run = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    let word = "account_no is not filled in: the bank files (profile general)";
    for command in [&["status"][..], &run] {
        let said = bureau.give(command);
        assert!(said.stdout.contains(word), "{}", said.stdout);
    }
    let path = bureau.path().join("disburse.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings.replace("account_no = \"\"", "account_no = \"050101010000012\"")).unwrap();
    for command in [&["status"][..], &run] {
        let said = bureau.give(command);
        assert!(!said.stdout.contains("not filled in"), "{}", said.stdout);
    }
}

/// A small bureau whose January is drafted with one payment above the limit.
fn drafted_over_a_limit() -> crate::bureau::Bureau {
    let bureau = small::bureau();
    let path = bureau.path().join("disburse.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings.replace("single_payment = \"50000.00\"", "single_payment = \"500.00\""))
        .unwrap();
    bureau
}

#[test]
fn the_word_that_stands_for_a_reason_is_no_reason() {
    let bureau = drafted_over_a_limit();
    let run = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    for word in ["REASON", "原因", "理由", " REASON "] {
        let without = format!("meals={word}");
        let said = bureau.must(2, &[&run[..], &["--without", &without]].concat());
        assert!(said.stderr.contains("gives no reason"), "{}", said.stderr);
    }
    let said = bureau.say(&[&run[..], &["--lang", "zh"]].concat());
    assert_eq!(said.exit, 1, "{}", said.stdout);
    assert!(said.stdout.contains("--accept single-payment=原因"), "{}", said.stdout);
    let approve = ["approve", "1", "--total", "6,300.00", "--by", "reviewer", "--today", "2023-01-03"];
    for (accepted, words) in [
        ("single-payment=REASON", "gives no reason"),
        ("single-payment=原因", "gives no reason"),
        ("foo=seen", "recoveries, beneficiaries, programme-total, single-payment, engine, budget"),
    ] {
        let said = bureau.must(2, &[&approve[..], &["--accept", accepted]].concat());
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
    // The total as the page prints it.
    bureau.must(0, &[&approve[..], &["--accept", "single-payment=理由见会议纪要3号"]].concat());
}

#[test]
fn names_and_days_that_a_run_cannot_mean_are_refused_with_those_it_can() {
    let bureau = small::bureau();
    let run = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-05"];
    for (more, words) in [
        (["--carry-forward", "foo"], "there is no roster “foo”"),
        (["--without", "foo=none this month"], "dibao"),
        (["--without", "dibao/foo=flood"], "there is no township “foo”"),
        (["--through", "2022-12"], "before the cycle 2023-01"),
        (["--pay-on", "2023-01-04"], "has passed"),
    ] {
        let said = bureau.give(&[&run[..], &more].concat());
        assert_eq!(said.exit, 2, "{more:?}: {}", said.stderr);
        assert!(said.stderr.contains(words), "{more:?}: {}", said.stderr);
        assert!(!bureau.path().join("out").exists());
    }
    // Known ones are taken: a township by its name or code, today, and the pay-by date itself.
    for more in [
        ["--without", "dibao/保合少镇=flood"],
        ["--through", "2023-01"],
        ["--pay-on", "2023-01-05"],
        ["--pay-on", "2023-01-10"],
    ] {
        bureau.must(0, &[&run[..], &more].concat());
    }
    // After the pay-by date: drafted, and somebody must look.
    let said = bureau.must(1, &[&run[..], &["--pay-on", "2023-01-11"]].concat());
    assert!(said.stdout.contains("LATE: the execution date 2023-01-11"), "{}", said.stdout);
    let said = bureau.must(2, &["check", "--explain-columns", "a.csv", "--fix-lists", "lists"]);
    assert!(said.stderr.contains("--explain-columns cannot be used together with --fix-lists"));
}
