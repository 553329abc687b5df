//! READING 17 and 19–22 through the binary: what is held, where a row stands, and text that a spreadsheet would
//! run.

use std::collections::BTreeSet;

use calamine::Reader as _;

use super::{In, csv, t, texts, xlsx};
use crate::bureau::{Bureau, Row, read_csv};
use crate::rosters::{dry_run, empty_lists, id};

const HEADER: [&str; 8] =
    ["身份证号", "姓名", "乡镇街道", "最初享受月份", "状态", "开户银行", "银行账号", "账户名称"];

fn row(id: &str, name: &str, more: [&str; 3]) -> Vec<In> {
    [texts(&[id, name, "西街街道", "2020-01", "正常"]), texts(&more)].concat()
}

fn month(rosters: &[&str], files: &[(&str, Vec<u8>)]) -> (Bureau, Vec<Row>, Vec<Row>) {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, rosters);
    for (name, bytes) in files {
        bureau.write(&format!("rosters/2023-02/{name}"), bytes);
    }
    let (decisions, findings) = dry_run(&bureau);
    (bureau, decisions, findings)
}

fn out(bureau: &Bureau, file: &str) -> Vec<Row> {
    read_csv(&bureau.path().join("out/2023-02/dry-run").join(file))
}

#[test]
fn rule_17_faults_of_an_account_hold_the_money_and_a_township_of_no_division_does_not() {
    let people: Vec<String> = (1..=8).map(|sequence| id("19400101", sequence)).collect();
    let good = "6228480000000000019";
    let mut rows = vec![
        texts(&HEADER),
        row(&people[0], "张三", ["", good, "张三"]),
        row(&people[1], "张三", ["中国农业银行", "", "张三"]),
        row(&people[2], "张三", ["中国农业银行", "6.22848E+18", "张三"]),
        row(&people[3], "张三", ["中国农业银行", "6228480000000000027", "张*"]),
        row(&people[4], "张三", ["中国农业银行", "6228480000000000035", "李四"]),
        row(&people[5], "阿拉坦•萨仁", ["中国农业银行", "6228480000000000043", "阿拉坦·萨仁"]),
        row(&people[6], "张三", ["中国农业银行", "6228480000000000050", "张 三"]),
    ];
    let mut nowhere = row(&people[7], "张三", ["中国农业银行", "6228480000000000068", "张三"]);
    nowhere[2] = t("某某镇");
    rows.push(nowhere);
    let (bureau, decisions, findings) = month(&["old-age"], &[("old-age.csv", csv(&rows))]);
    assert!(decisions.iter().all(|row| row["outcome"] == "entitled"), "{decisions:?}");
    let held = out(&bureau, "held.csv");
    let hold = |id: &str| {
        held.iter().find(|row| row["beneficiary"].ends_with(id)).map_or("", |row| row["hold"].as_str())
    };
    let holds: Vec<&str> = people.iter().map(|id| hold(id)).collect();
    assert_eq!(
        holds,
        [
            "no-account",
            "no-account",
            "no-account",
            "account-name-differs",
            "account-name-differs",
            "",
            "",
            ""
        ]
    );
    let unknown: Vec<&Row> = findings.iter().filter(|row| row["code"] == "township-unknown").collect();
    assert_eq!(
        (unknown.len(), unknown[0]["severity"].as_str(), unknown[0]["row"].as_str()),
        (1, "warning", "9")
    );
    assert_eq!(out(&bureau, "payments.csv").len(), 3);
    let page =
        std::fs::read_to_string(bureau.path().join("out/2023-02/dry-run/reconciliation.html")).unwrap();
    // 未识别, in the language of the page.
    assert!(page.contains("not recognised"));
}

#[test]
fn rules_19_and_21_every_row_of_every_file_is_behind_a_decision() {
    let (one, two) = (id("19400101", 1), id("19410101", 2));
    let account = ["中国农业银行", "6228480000000000019", "张三"];
    let rows = [
        texts(&["高龄津贴"]),
        texts(&HEADER),
        row(&one, "张三", account),
        row(&one, "张三", account),
        row("15019919400101001?", "李四", account),
        row("150199400101001", "王五", account),
        row("", "赵六", account),
        row(&two, "孙七", account),
    ];
    let mut short = rows.to_vec();
    short[7].truncate(7);
    let delimited = csv(&short);
    let (_, decisions, findings) =
        month(&["old-age"], &[("old-age-文.csv", delimited), ("old-age-表.xlsx", xlsx(&rows))]);
    let sources: BTreeSet<&str> = decisions.iter().flat_map(|row| row["source"].split(';')).collect();
    for line in 3..=8 {
        for place in [format!("old-age-文.csv:{line}"), format!("old-age-表.xlsx!Sheet1:{line}")] {
            assert!(sources.contains(place.as_str()), "{place}: {sources:?}");
        }
    }
    let of = |source: &str| {
        decisions.iter().find(|row| row["source"].split(';').any(|one| one == source)).unwrap()
    };
    let wrong = of("old-age-文.csv:5");
    assert_eq!(
        (wrong["outcome"].as_str(), wrong["beneficiary"].as_str(), wrong["resident_id"].as_str()),
        ("rejected", "person:15019919400101001?", "15019919400101001?")
    );
    let old = of("old-age-表.xlsx!Sheet1:6");
    assert_eq!(
        (old["outcome"].as_str(), old["beneficiary"].as_str(), old["resident_id"].as_str()),
        ("rejected", "row:old-age-表.xlsx!Sheet1:6", "150199400101001")
    );
    assert_eq!(of("old-age-文.csv:7")["beneficiary"], "row:old-age-文.csv:7");
    assert_eq!(of("old-age-文.csv:8")["outcome"], "rejected");
    let finding =
        findings.iter().find(|row| row["code"] == "identity-fifteen" && row["sheet"] == "Sheet1").unwrap();
    assert_eq!(
        (
            finding["file"].as_str(),
            finding["row"].as_str(),
            finding["column"].as_str(),
            finding["severity"].as_str()
        ),
        ("old-age-表.xlsx", "6", "A 身份证号", "error")
    );
}

#[test]
fn rule_21_a_rejected_member_stands_in_its_households_source() {
    let header = texts(&[
        "身份证号",
        "姓名",
        "乡镇街道",
        "最初享受月份",
        "状态",
        "家庭编号",
        "与户主关系",
        "户口性质",
        "月收入",
    ]);
    let member = |id: &str, relation: &str| {
        texts(&[id, "张三", "西街街道", "2022-05", "正常", "01", relation, "农村", "0"])
    };
    let rows = [header, member(&id("19600101", 1), "户主"), member("150199196101010012", "配偶")];
    let (_, decisions, _) = month(&["dibao"], &[("dibao.csv", csv(&rows))]);
    let dibao: Vec<&Row> = decisions.iter().filter(|row| row["programme"] == "dibao").collect();
    assert_eq!(dibao.len(), 1, "{dibao:?}");
    assert_eq!(
        (dibao[0]["outcome"].as_str(), dibao[0]["reason"].as_str(), dibao[0]["source"].as_str()),
        ("deferred", "member", "dibao.csv:2;dibao.csv:3")
    );
}

#[test]
fn rule_22_text_that_a_spreadsheet_would_run_is_guarded_and_read_again_as_it_was() {
    let names = [
        "=HYPERLINK(\"http://example.org\",\"张三\")",
        "+86张三",
        "-张三",
        "@SUM(A1:A9)",
        "=cmd|' /C calc'!A0",
    ];
    let people: Vec<String> = (1..=5).map(|sequence| id("19400101", sequence)).collect();
    let mut rows = vec![texts(&HEADER)];
    for (person, name) in people.iter().zip(names) {
        rows.push(row(person, name, ["中国农业银行", "=1+1", name]));
    }
    for (file, bytes) in [("old-age.csv", csv(&rows)), ("old-age.xlsx", xlsx(&rows))] {
        let (bureau, decisions, findings) = month(&["old-age"], &[(file, bytes)]);
        for (person, name) in people.iter().zip(names) {
            let decision = decisions.iter().find(|row| row["resident_id"] == *person).unwrap();
            assert_eq!(decision["name"], format!("'{name}"), "{file}");
        }
        assert_eq!(findings.iter().filter(|row| row["code"] == "account-unreadable").count(), 5);
        for entry in std::fs::read_dir(bureau.path().join("out/2023-02/dry-run")).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("csv") => {
                    for (line, row) in read_csv(&path).iter().enumerate() {
                        for (column, cell) in row {
                            let number =
                                cell.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
                            let run = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
                            assert!(!run, "{}:{line} {column}: {cell}", path.display());
                        }
                    }
                }
                Some("xlsx") => {
                    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
                    for sheet in book.sheet_names() {
                        let formulas = book.worksheet_formula(&sheet).unwrap();
                        assert!(formulas.used_cells().all(|(_, _, formula)| !formula.contains("HYPERLINK")));
                        let cells = book.worksheet_range(&sheet).unwrap();
                        for (_, _, cell) in cells.used_cells() {
                            if let calamine::Data::String(text) = cell {
                                assert!(!text.starts_with(['=', '+', '@']), "{}: {text}", path.display());
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        // What we wrote is read again as it was.
        let again: Vec<Vec<In>> = std::iter::once(texts(&HEADER))
            .chain(people.iter().map(|person| {
                let name = &decisions.iter().find(|row| row["resident_id"] == *person).unwrap()["name"];
                row(person, name, ["", "", ""])
            }))
            .collect();
        let read = super::read("old-age.csv", &csv(&again));
        assert_eq!(read.claims.iter().map(|claim| claim.name.as_str()).collect::<Vec<_>>(), names);
    }
}

#[test]
fn a_bank_that_matches_no_profile_is_a_finding_and_paid() {
    let account = |bank: &'static str, number: &'static str| [bank, number, "张三"];
    let people: Vec<String> = (1..=4).map(|sequence| id("19400101", sequence)).collect();
    let rows = [
        texts(&HEADER),
        row(&people[0], "张三", account("中国农业银行", "6228480000000000019")),
        row(&people[1], "张三", account("中国农业银行新城支行", "6228480000000000027")),
        row(&people[2], "张三", account("农行", "6228480000000000035")),
        row(&people[3], "张三", account("1,5", "6228480000000000043")),
    ];
    let (_, decisions, findings) = month(&["old-age"], &[("old-age.csv", csv(&rows))]);
    assert!(decisions.iter().all(|row| row["outcome"] == "entitled"));
    let said: Vec<String> = findings
        .iter()
        .filter(|row| row["code"] == "bank-not-in-table")
        .map(|row| format!("{} {} {}", row["severity"], row["file"], row["row"]))
        .collect();
    assert_eq!(said, ["warning old-age.csv 5"]);
}
