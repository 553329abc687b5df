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

#[test]
fn money_that_came_back_stays_on_the_first_page_until_it_is_paid_again() {
    let bureau = small::bureau();
    let folder = bureau.path();
    let run = small::release(folder, "2023-01");
    fs::write(folder.join("answers.csv"), small::answers(folder, "2023-01", run, &[101, 103])).unwrap();
    let answers = folder.join("answers.csv");
    bureau.must(0, &["returns", answers.to_str().unwrap(), "--by", "operator", "--today", "2023-01-09"]);
    let status = ["status", "--today", "2023-01-10"];
    let said = bureau.must(0, &status);
    let due = "failed and not paid again: 2 payments of run 0001, 1800.00 yuan (listed by disburse reconcile";
    assert!(said.stdout.contains(due), "{}", said.stdout);
    bureau.must(0, &["reconcile", "--month", "2023-01", "--today", "2023-01-10"]);
    let said = bureau.must(0, &status);
    assert!(said.stdout.contains("(listed by out/2023-01/reconcile-0001/failed.csv)"), "{}", said.stdout);
    // One of the two is let go and paid again; the other still waits.
    let clear = ["clear", &small::identity(101), "--why", "passbook seen", "--by", "operator"];
    bureau.must(0, &[&clear[..], &["--today", "2023-01-11"]].concat());
    small::release(folder, "2023-02");
    let said = bureau.must(0, &["status", "--today", "2023-02-04"]);
    let due = "failed and not paid again: 1 payments of run 0001, 900.00 yuan";
    assert!(said.stdout.contains(due), "{}", said.stdout);
}

#[test]
fn a_run_that_was_recalled_whole_leaves_its_month_to_be_paid() {
    let bureau = small::bureau();
    let folder = bureau.path();
    small::release(folder, "2023-01");
    for by in ["operator", "reviewer"] {
        let recall = ["recall", "1", "--document", "d1", "--why", "wrong day", "--by", by];
        bureau.must(0, &[&recall[..], &["--today", "2023-01-04"]].concat());
    }
    let said = bureau.must(0, &["status", "--today", "2023-01-05"]);
    let due = "recalled and due again: 7 payments of run 0001 (2023-01), 6300.00 yuan";
    assert!(said.stdout.contains(due), "{}", said.stdout);
    assert!(said.stdout.contains("cycle: 2023-01"), "{}", said.stdout);
    assert!(said.stdout.ends_with("next: disburse run --month 2023-01 --by operator\n"), "{}", said.stdout);
    let said = bureau.must(0, &["status", "--today", "2023-01-20"]);
    assert!(said.stdout.contains("run --month 2023-01 --pay-on DATE"), "{}", said.stdout);
    // Paid again: the next month is next.
    let said =
        bureau.must(0, &["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-05", "--json"]);
    let total = small::drafted(&said);
    let approve = ["approve", "2", "--total", &total, "--by", "reviewer", "--today", "2023-01-05"];
    bureau.must(0, &approve);
    let said = bureau.must(0, &["status", "--today", "2023-01-05"]);
    assert!(!said.stdout.contains("due again") && said.stdout.contains("cycle: 2023-02"), "{}", said.stdout);
}

#[test]
fn a_workspace_just_made_speaks_of_first_use_and_not_of_being_late() {
    let folder = small::empty();
    let made = folder.path().join("bureau");
    small::must(folder.path(), &[0], &["init", made.to_str().unwrap()]);
    let said = small::must(&made, &[0], &["status", "--today", "2026-11-25"]);
    assert!(!said.stdout.contains("LATE"), "{}", said.stdout);
    let first = said.stdout.find("first use").unwrap();
    let past = said.stdout.find("the first month to pay, first_month, is 2023-02").unwrap();
    assert!(first < past, "{}", said.stdout);
    // In its own first month a bureau can be late.
    let said = small::must(&made, &[0], &["status", "--today", "2023-02-20"]);
    assert!(said.stdout.contains("LATE"), "{}", said.stdout);
}
