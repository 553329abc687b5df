//! What the commands tell the person who gave them: that nothing said is wrong, useless or missing.

use std::fs;

use crate::bureau::{Bureau, lay, read_csv};
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
fn drafted_over_a_limit() -> Bureau {
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

#[test]
fn a_month_that_is_not_released_has_no_changes_and_is_not_shown_as_stopped() {
    let bureau = small::bureau();
    let changes = ["changes", "--month", "2023-02"];
    let said = bureau.must(2, &changes);
    assert!(said.stderr.contains("no run of 2023-02 is released: there is nothing"), "{}", said.stderr);
    small::release(bureau.path(), "2023-01");
    bureau.must(2, &changes);
    bureau.must(0, &["run", "--month", "2023-02", "--by", "operator", "--today", "2023-02-03"]);
    let said = bureau.must(2, &changes);
    assert!(said.stderr.contains("out/2023-02/run-0002/changes.csv"), "{}", said.stderr);
    assert!(!bureau.path().join("out/2023-02/changes-0001").exists());
    small::release(bureau.path(), "2023-02");
    bureau.must(0, &changes);
    small::release(bureau.path(), "2023-03");
    let said = bureau.say(&["changes", "--month", "2023-03", "--lang", "zh"]);
    assert!(said.stdout.contains("完整名单（号码不隐去）：out/2023-03/changes-0001/changes.csv"));
    // 102 is stopped by the roster, 107 is no longer on it.
    assert!(said.stdout.contains("名册中已无此行"), "{}", said.stdout);
    let listed = read_csv(&bureau.path().join("out/2023-03/changes-0001/changes.csv"));
    let people: Vec<&str> = listed.iter().map(|row| row["beneficiary"].as_str()).collect();
    let person = |sequence| format!("person:{}", small::identity(sequence));
    assert_eq!(people, [person(102), person(107)]);
    assert_eq!(listed[0]["name"], "钱乙二");
    // The same question again has the same answer in the same place.
    bureau.must(0, &["changes", "--month", "2023-03"]);
    assert!(!bureau.path().join("out/2023-03/changes-0002").exists());
}

#[test]
fn two_lists_side_by_side_name_whole_numbers_and_reasons_in_a_file() {
    let bureau = small::bureau();
    small::release(bureau.path(), "2023-01");
    let person = |sequence| format!("person:{}", small::identity(sequence));
    let mut list = "programme,beneficiary,amount\n".to_owned();
    for sequence in 102..=107 {
        let amount = if sequence == 103 { "1,000.00" } else { "900.00" };
        list.push_str(&format!("sanmin,{},\"{amount}\"\n", person(sequence)));
    }
    list.push_str(&format!("sanmin,{},900.00\n", person(999)));
    bureau.write("theirs.csv", list);
    let path = bureau.path().join("theirs.csv");
    let compare = ["compare", "--month", "2023-01", "--list", path.to_str().unwrap(), "--lang", "zh"];
    let said = bureau.say(&compare);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(said.stdout.contains("out/2023-01/compare-0001/differences.csv"), "{}", said.stdout);
    let listed = read_csv(&bureau.path().join("out/2023-01/compare-0001/differences.csv"));
    let rows: Vec<[&str; 4]> = listed
        .iter()
        .map(|row| ["beneficiary", "name", "difference", "reason"].map(|column| row[column].as_str()))
        .collect();
    let people = [101, 103, 999].map(person);
    let expected = [
        [people[0].as_str(), "赵甲一", "-900.00", "对方清单没有此人"],
        [people[1].as_str(), "孙丙三", "100.00", "对方多 100.00：我方核定 900.00 元"],
        [people[2].as_str(), "", "900.00", "我方本月没有此人的记录"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn money_of_an_earlier_month_on_hold_says_whose_it_is_and_where_the_row_stands() {
    let bureau = small::bureau();
    let folder = bureau.path();
    let run = small::release(folder, "2023-01");
    fs::write(folder.join("answers.csv"), small::answers(folder, "2023-01", run, &[103])).unwrap();
    let answers = folder.join("answers.csv");
    bureau.must(0, &["returns", answers.to_str().unwrap(), "--by", "operator", "--today", "2023-01-09"]);
    bureau.must(0, &["run", "--month", "2023-02", "--by", "operator", "--today", "2023-02-03"]);
    let findings = read_csv(&folder.join("out/2023-02/run-0002/findings.csv"));
    let held: Vec<_> = findings.iter().filter(|row| row["code"] == "held-account-failed").collect();
    assert_eq!(held.len(), 2);
    for row in held {
        assert_eq!((row["resident_id"].as_str(), row["name"].as_str()), (&*small::identity(103), "孙丙三"));
        assert!(row["file"].ends_with("sanmin.csv") && row["row"] == "4", "{row:?}");
    }
    let said = findings.iter().any(|row| row["message"].contains("2023-01: 900.00 yuan on hold"));
    assert!(said);
}

#[test]
fn a_run_that_does_not_exist_is_not_said_to_wait_for_approval() {
    let bureau = small::bureau();
    bureau.must(0, &["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"]);
    for (run, words) in [("7", "there is no run 7"), ("1", "run 1 is not released")] {
        let recall = ["recall", run, "--document", "d", "--why", "w", "--by", "operator"];
        for command in
            [&["emit", run][..], &["emit", run, "--payroll"], &recall, &["generate", "--answers", run]]
        {
            let said = bureau.must(2, command);
            assert!(said.stderr.contains(words), "{command:?}: {}", said.stderr);
        }
    }
}

#[test]
fn the_first_of_two_persons_is_told_the_command_for_the_second() {
    let bureau = small::bureau();
    small::release(bureau.path(), "2023-01");
    let recall = ["recall", "1", "--document", "d 1", "--why", "wrong day", "--today", "2023-01-04"];
    let said = bureau.must(0, &[&recall[..], &["--by", "operator"]].concat());
    let next = "next: disburse recall 1 --document 'd 1' --why 'wrong day' --by reviewer\n";
    assert!(said.stdout.ends_with(next), "{}", said.stdout);
    bureau.must(0, &[&recall[..], &["--by", "reviewer"]].concat());
    // Whoever is in no list and in no month is told of.
    let hold =
        |sequence| bureau.must(0, &["hold", &small::identity(sequence), "--why", "w", "--by", "operator"]);
    assert!(hold(998).stdout.contains("the ledger knows nothing of person:150199"));
    let known = hold(101).stdout;
    assert!(!known.contains("knows nothing") && known.ends_with("next: disburse status\n"), "{known}");
    // Nothing is owed there.
    let person = format!("person:{}", small::identity(101));
    let recover = ["recover", "repay", "--programme", "sanmin", "--beneficiary", &person];
    let said = bureau.must(3, &[&recall[..0], &recover, &["--document", "d", "--by", "operator"]].concat());
    assert!(said.stderr.contains("nothing is owed to us by this beneficiary"), "{}", said.stderr);
    // A dry run names the run it tries out.
    let dry = ["run", "--month", "2023-02", "--dry-run", "--without", "meals=no list", "--by", "operator"];
    let said = bureau.give(&[&dry[..], &["--today", "2023-02-01"]].concat());
    let next = "next: disburse run --month 2023-02 --without 'meals=no list' --by operator\n";
    assert!(said.stdout.ends_with(next), "{}", said.stdout);
}

#[test]
fn answers_to_an_earlier_month_lead_to_its_reconciliation() {
    let bureau = small::bureau();
    let folder = bureau.path();
    let run = small::release(folder, "2023-01");
    fs::write(folder.join("answers.csv"), small::answers(folder, "2023-01", run, &[])).unwrap();
    small::release(folder, "2023-02");
    let answers = folder.join("answers.csv");
    let said =
        bureau.must(0, &["returns", answers.to_str().unwrap(), "--by", "operator", "--today", "2023-02-09"]);
    assert!(said.stdout.ends_with("next: disburse reconcile --month 2023-01\n"), "{}", said.stdout);
}

#[test]
fn who_lacks_a_role_is_told_who_has_it() {
    let bureau = small::bureau();
    let run = ["run", "--month", "2023-01", "--today", "2023-01-03", "--by"];
    let said = bureau.must(2, &[&run[..], &["reviewer"]].concat());
    assert!(
        said.stderr.contains("reviewer may not draft") && said.stderr.contains("Who may draft: operator.")
    );
    let said = bureau.must(2, &[&run[..], &["somebody"]].concat());
    assert!(said.stderr.contains("somebody is not among the bureau's people"), "{}", said.stderr);
    bureau.must(0, &[&run[..], &["operator"]].concat());
    let approve = ["approve", "1", "--total", "6300.00", "--today", "2023-01-03", "--by"];
    let said = bureau.must(2, &[&approve[..], &["operator"]].concat());
    assert!(said.stderr.contains("Who may approve: reviewer."), "{}", said.stderr);
}

#[test]
fn a_chinese_page_speaks_of_limits_rosters_states_and_requests_by_name() {
    let bureau = drafted_over_a_limit();
    let zh = |arguments: &[&str]| bureau.say(&[arguments, &["--lang", "zh"]].concat());
    let run = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    let said = zh(&run);
    let limit =
        "触及停止线：单笔金额过大：文革“三民”人员生活补贴／150102-202301-R0001-0000001 900.00（界限 500.00）";
    assert!(said.stdout.contains(limit), "{}", said.stdout);
    let explained = zh(&["explain", "--person", &small::identity(101), "--month", "2023-01"]);
    assert!(explained.stdout.contains("  文革“三民”人员生活补贴  person:150199"), "{}", explained.stdout);
    small::release(bureau.path(), "2023-01");
    let said = zh(&["reject", "1", "--why", "w", "--by", "operator"]);
    assert!(said.stderr.contains("第 1 批不是待复核的草稿（已放行）"), "{}", said.stderr);
    zh(&["recall", "1", "--document", "d", "--why", "w", "--by", "operator", "--today", "2023-01-04"]);
    let said = zh(&["status"]);
    assert!(said.stdout.contains("operator 于 2023-01-04 提出（撤回文件）"), "{}", said.stdout);
    fs::remove_file(bureau.path().join("rosters/2023-02/children.csv")).unwrap();
    for command in [&["check", "--month", "2023-02"][..], &["run", "--month", "2023-02", "--by", "operator"]]
    {
        let said = zh(command);
        let text = format!("{}{}", said.stdout, said.stderr);
        assert!(text.contains("孤儿和事实无人抚养儿童 children"), "{text}");
    }
}

#[test]
fn the_pack_s_formulas_and_differences_are_shown_by_their_names() {
    let bureau = Bureau::empty("2023-01");
    let other = bureau.path().join("other");
    lay(&bureau.path().join("policy"), &other);
    let values = other.join("values.toml");
    let text = fs::read_to_string(&values).unwrap();
    fs::write(&values, text.replace("amount = 600\n", "amount = 700\n")).unwrap();
    let other = other.to_str().unwrap();
    let zh = |arguments: &[&str]| bureau.say(&[arguments, &["--lang", "zh"]].concat());
    let said = zh(&["policy", "diff", "policy", other]);
    let said = if said.exit == 0 { said } else { zh(&["policy", "diff", other]) };
    assert!(said.stdout.contains("标准 高龄津贴标准 old_age_rate ≥ 100 2017-01"), "{}", said.stdout);
    let said = zh(&["policy", "test", other]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(said.stdout.contains("享受 600.00") && said.stdout.contains("享受 700.00"), "{}", said.stdout);
    assert!(!said.stdout.contains("entitled") && said.stdout.ends_with("下一步：disburse policy check\n"));
    small::rosters(&bureau, "2023-01", &[], &[]);
    let header = "身份证号,姓名,家庭编号,与户主关系,户口性质,月收入,乡镇街道,最初享受月份,状态";
    let row = format!("{},赵甲一,0001,户主,城镇,0,东街街道,2022-01,正常", small::identity(101));
    bureau.write("rosters/2023-01/dibao.csv", format!("{header}\n{row}\n"));
    let said =
        zh(&["explain", "--person", &small::identity(101), "--month", "2023-01", "--programme", "dibao"]);
    assert!(said.stdout.contains("收入 < 低保标准(户口性质) × 人数()"), "{}", said.stdout);
}

#[test]
fn files_that_people_write_are_refused_by_the_columns_and_cells_that_lack() {
    let bureau = small::bureau();
    let give = |name: &str, text: &str, command: &[&str]| {
        bureau.write(name, text);
        let path = bureau.path().join(name).display().to_string();
        let words: Vec<&str> =
            command.iter().map(|word| if *word == "FILE" { &*path } else { *word }).collect();
        bureau.must(3, &words).stderr
    };
    let opening = ["opening", "FILE", "--by", "operator"];
    let said = give("o.csv", "programme,beneficiary,month\n", &opening);
    assert!(said.contains("o.csv lacks the columns benefit_month, case_no, entitled, paid."), "{said}");
    let header = "programme,beneficiary,benefit_month,case_no,entitled,paid";
    assert!(said.contains(&format!("Its first row should be {header}")), "{said}");
    let person = format!("person:{}", small::identity(101));
    let said = give("o.csv", &format!("{header}\nsanmin,{person},2022-12,,,0\n"), &opening);
    assert!(said.contains("o.csv, line 2: entitled is blank"), "{said}");
    let said = give("o.csv", &format!("{header}\nsanmin,{person},Dec 2022,,900,0\n"), &opening);
    assert!(said.contains("line 2: benefit_month cannot be “Dec 2022”"), "{said}");
    let decisions = ["returns", "--decisions", "FILE", "--by", "operator"];
    let said = give("d.csv", "payment_id,decision\n", &decisions);
    assert!(said.contains("d.csv lacks the columns amount, document, reason"), "{said}");
    let row = "payment_id,decision,amount,document,reason\n150102-202301-R0001-0000001,close,,,seen\n";
    let said = give("d.csv", row, &decisions);
    assert!(said.contains("d.csv:2 [document]: error: this cell is blank"), "{said}");
    let compare = ["compare", "--month", "2023-01", "--list", "FILE"];
    let said = give("c.csv", "programme,beneficiary\n", &compare);
    assert!(said.contains("c.csv lacks the columns amount."), "{said}");
    // A file that is not there is said to be not there, in no other language.
    for command in
        [&["opening", "none.csv", "--by", "operator"][..], &["returns", "none.csv", "--by", "operator"]]
    {
        let said = bureau.say(&[command, &["--lang", "zh"]].concat());
        assert!(
            said.stderr.contains("找不到 none.csv。") && !said.stderr.contains("os error"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn a_roster_is_found_by_its_name_and_a_pack_s_folder_is_said_to_be_missing() {
    let bureau = small::bureau();
    let said = bureau.must(0, &["check", "--explain-columns", "sanmin.csv", "--month", "2023-01"]);
    assert!(said.stdout.contains("sanmin.csv"), "{}", said.stdout);
    bureau.must(3, &["check", "--explain-columns", "none.csv"]);
    fs::create_dir(bureau.path().join("empty")).unwrap();
    let empty = bureau.path().join("empty").display().to_string();
    for (folder, words) in
        [("nope", "there is no folder nope"), (&empty, "there is no policy file (*.toml) in")]
    {
        for command in [
            &["policy", "check", folder][..],
            &["policy", "diff", folder],
            &["whatif", "--policy", folder, "--month", "2023-01"],
        ] {
            let said = bureau.must(3, command);
            assert!(said.stderr.contains(words), "{command:?}: {}", said.stderr);
        }
    }
    let said = bureau.must(2, &["policy", "diff"]);
    assert!(said.stderr.contains("what to do: Give two pack folders"), "{}", said.stderr);
    let said = bureau.must(2, &["whatif", "--month", "2023-01"]);
    assert!(said.stderr.contains("what to do: Give another pack"), "{}", said.stderr);
}

#[test]
fn a_rejected_number_can_be_asked_about() {
    let bureau = small::bureau();
    let right = small::identity(101);
    let last = if right.ends_with('1') { "2" } else { "1" };
    let wrong = format!("{}{last}", &right[..17]);
    let path = bureau.path().join("rosters/2023-01/sanmin.csv");
    let roster = fs::read_to_string(&path).unwrap();
    fs::write(&path, roster.replace(&right, &wrong)).unwrap();
    let said = bureau.must(0, &["explain", "--person", &wrong, "--month", "2023-01", "--lang", "en"]);
    let masked = format!("person:{}**********{}", &wrong[..6], &wrong[16..]);
    assert!(said.stdout.contains(&masked) && said.stdout.contains("sanmin.csv:2"), "{}", said.stdout);
    bureau.must(2, &["explain", "--person", "somebody", "--month", "2023-01"]);
}

#[test]
fn a_command_line_that_is_wrong_gets_the_advice_for_what_is_wrong_also_as_json() {
    let bureau = small::bureau();
    let zh = |arguments: &[&str]| bureau.say(&[arguments, &["--lang", "zh"]].concat());
    let said = zh(&["run", "--month", "2023-2", "--by", "operator"]);
    assert!(said.exit == 2 && said.stderr.contains("月份写成 2023-02"), "{}", said.stderr);
    for wrong in [
        &["recover", "foo", "--programme", "p", "--beneficiary", "b", "--document", "d", "--by", "o"][..],
        &["run", "--month", "2023-02", "--kind", "foo", "--by", "o"],
        &["completions", "tcsh"],
    ] {
        let said = zh(wrong);
        assert!(said.exit == 2 && !said.stderr.contains("月份写成"), "{}", said.stderr);
        assert!(said.stderr.contains("可以写：") && said.stdout.is_empty(), "{}", said.stderr);
    }
    for language in ["zh", "en"] {
        let said = bureau.say(&["run", "--month", "2023-2", "--by", "o", "--json", "--lang", language]);
        assert_eq!((said.exit, said.json()["exit"].as_i64()), (2, Some(2)));
        assert_eq!(said.json()["error"], "usage-invalid-time");
        assert!(said.json()["action"].as_str().unwrap().contains("2023-02"), "{}", said.stdout);
    }
}

#[test]
fn a_declared_amount_of_somebody_not_paid_is_said_with_the_reason() {
    let bureau = Bureau::empty("2023-01");
    small::rosters(&bureau, "2023-01", &[], &[]);
    let header = "身份证号,姓名,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称,核定金额";
    let row = |sequence: u32, amount: &str| {
        let account = small::account(sequence);
        format!(
            "{},赵甲一,东街街道,2023-01,正常,中国农业银行,{account},赵甲一,{amount}\n",
            small::identity(sequence)
        )
    };
    // Born in 1944: too young for the allowance of those of 80.
    bureau.write("rosters/2023-01/old-age.csv", format!("{header}\n{}", row(101, "100")));
    bureau.write("rosters/2023-01/sanmin.csv", format!("{header}\n{}", row(102, "800")));
    let said = bureau.say(&["check", "--month", "2023-01", "--lang", "zh"]);
    assert!(said.stdout.contains("申报金额 100.00 元；按政策不发，原因："), "{}", said.stdout);
    assert!(said.stdout.contains("申报金额 800.00 元，按政策核算为 900.00 元"), "{}", said.stdout);
}
