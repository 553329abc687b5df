//! The fourteen layouts that were seen published, each built as a workbook with known contents and followed
//! through the built binary to `decisions.csv` and `findings.csv`: read exactly, or named.

use rust_xlsxwriter::{Format, Workbook};

use super::{In, fill, put, t, texts};
use crate::bureau::{Bureau, Row};
use crate::rosters::{dry_run, empty_lists, id};

/// A month with these files in it; rosters they belong to have no other.
struct Month {
    decisions: Vec<Row>,
    findings: Vec<Row>,
}

impl Month {
    fn of(rosters: &[&str], files: &[(&str, Vec<u8>)]) -> Month {
        let bureau = Bureau::empty("2023-02");
        empty_lists(&bureau, rosters);
        for (name, bytes) in files {
            bureau.write(&format!("rosters/2023-02/{name}"), bytes);
        }
        let (decisions, findings) = dry_run(&bureau);
        Month { decisions, findings }
    }

    /// `outcome amount reason source` of the decisions of a programme for whoever has this text in the beneficiary.
    fn decided(&self, programme: &str, of: &str) -> String {
        let found: Vec<String> = self
            .decisions
            .iter()
            .filter(|row| row["programme"] == programme && row["beneficiary"].contains(of))
            .map(|row| format!("{} {} {} {}", row["outcome"], row["amount"], row["reason"], row["source"]))
            .collect();
        found.join(" | ").replace("  ", " ")
    }

    /// `code row column` of what is more than a note.
    fn said(&self) -> Vec<String> {
        let mut said: Vec<String> = self
            .findings
            .iter()
            .filter(|row| row["severity"] != "info")
            .map(|row| {
                let letter = row["column"].split(' ').next().unwrap_or("");
                format!("{} {}{letter}", row["code"], row["row"]).trim().to_owned()
            })
            .collect();
        said.sort();
        said
    }
}

/// A file that stops the run, and what it is told.
fn refused(roster: &str, name: &str, bytes: Vec<u8>) -> (String, String) {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, &[roster]);
    bureau.write(&format!("rosters/2023-02/{name}"), bytes);
    let said = bureau.must(
        3,
        &["--today", "2023-02-03", "run", "--month", "2023-02", "--dry-run", "--by", "operator", "--json"],
    );
    let answer = said.json();
    (answer["error"].as_str().unwrap().to_owned(), format!("{} {}", answer["message"], answer["action"]))
}

fn book(rows: &[Vec<In>]) -> Vec<u8> {
    super::xlsx(rows)
}

const BANK: &str = "中国农业银行";

#[test]
fn layout_1_exports_of_the_national_system_for_dibao() {
    let (head, wife, other, third) =
        (id("19600101", 1), id("19610203", 2), id("19700101", 5), id("19720101", 6));
    let household_header = texts(&[
        "户主姓名",
        "户主身份证号",
        "家庭人口数",
        "保障人口数",
        "家庭年总收入（元）",
        "家庭年均收入（元）",
        "户月保障金额（元）",
        "家庭分类施保总额（元）",
        "人员分类施保总额（元）",
        "合计（元）",
        "联系电话",
        "家庭住址",
        "所属省级",
        "所属市级",
        "所属区县",
        "所属街道",
        "所属社区",
        "低保（特困）证号",
        "最初享受月份",
        "申请原因",
        "救助金计算方式",
        "分档类型",
        "开户银行",
        "银行账户名称",
        "银行帐号",
        "一卡通账号",
        "拥有产权住房套数",
        "住房总面积（平方米）",
        "金融资产总额（元）",
        "其他家庭财产情况",
        "家庭成员姓名",
        "家庭成员身份证号",
    ]);
    let household = |cells: [In; 10]| -> Vec<In> {
        let [name, id, people, income, declared, street, number, account, names, ids] = cells;
        let mut row = vec![In::Blank; 32];
        for (column, cell) in [
            (0, name.clone()),
            (1, id),
            (2, people.clone()),
            (3, people),
            (4, income),
            (9, declared),
            (15, street),
            (17, number),
        ] {
            row[column] = cell;
        }
        row[18] = In::Day("2022-05-01", "yyyy-mm");
        row[22] = t(BANK);
        row[23] = name;
        row[24] = account;
        row[30] = names;
        row[31] = ids;
        row
    };
    let households = [
        household_header,
        // Two people, in the file of people too; the household's total includes their uplifts.
        household([
            t("张三"),
            t(&head),
            In::N(2.0),
            In::N(9999.0),
            In::N(1344.97),
            t("保合少镇"),
            t("农01"),
            t("6228480000000000019"),
            t("李四"),
            t(&wife),
        ]),
        // Members packed in one cell, with a household's income.
        household([
            t("王五"),
            t(&other),
            In::N(2.0),
            In::N(1200.0),
            In::N(1142.0),
            t("保合少镇"),
            t("农02"),
            t("6228480000000000027"),
            t("赵六"),
            t(&format!(" {third}\n")),
        ]),
        // The number of the head lost its digits.
        household([
            t("周七"),
            In::N(150_199_196_001_010_000.0),
            In::N(1.0),
            In::N(0.0),
            In::N(621.0),
            t("保合少镇"),
            t("农03"),
            t("6228480000000000035"),
            In::Blank,
            In::Blank,
        ]),
    ];
    let people = [
        texts(&[
            "姓名",
            "身份证号",
            "户主身份证号",
            "与户主关系",
            "性别",
            "出生日期",
            "年龄",
            "民族",
            "年收入（元）",
            "是否残疾人",
            "残疾类别",
            "残疾等级",
            "患病病种",
            "最初享受月份",
            "一卡通账户",
            "救助类型",
            "户月保障金额（元）",
            "备注",
        ]),
        [
            texts(&["张三", &head, &head, "户主", "男"]),
            vec![In::Day("1960-01-01", "yyyy-mm-dd"), In::N(63.0), t("汉族"), In::N(1000.0)],
            texts(&["否", "", "", "尿毒症", "2022.05", "", "农村低保"]),
        ]
        .concat(),
        [
            texts(&["李四", &wife.to_lowercase(), &head, "配偶", "女"]),
            vec![t("1961-02-03"), In::N(62.0), t("蒙古族"), In::N(0.0)],
            texts(&["是", "肢体残疾", "壹级", "", "2022.05", "", "农村低保"]),
        ]
        .concat(),
        // Nobody's.
        [
            texts(&["孙八", &id("19900101", 9), &id("19900101", 8), "子", "男"]),
            vec![t("1990-01-01"), In::N(33.0), t("汉族"), In::N(0.0)],
            texts(&["否", "", "", "", "2022.05", "", "农村低保"]),
        ]
        .concat(),
    ];
    let month = Month::of(
        &["dibao"],
        &[
            ("农村低保家庭查询_20230201.xlsx", book(&households)),
            ("农村低保人员查询_20230201.xlsx", book(&people)),
        ],
    );
    // 621 × 2 − 83.33 (1000 ÷ 12) + 30 % of 621 for the illness + 20 % for the disability.
    assert_eq!(
        month.decided("dibao", "农01"),
        "entitled 1469.17 农村低保人员查询_20230201.xlsx!Sheet1:2;农村低保家庭查询_20230201.xlsx!Sheet1:2;农村低保人员查询_20230201.xlsx!Sheet1:3"
    );
    // 621 × 2 − 100 (1200 ÷ 12).
    assert_eq!(month.decided("dibao", "农02"), "entitled 1142.00 农村低保家庭查询_20230201.xlsx!Sheet1:3");
    assert!(
        month.decided("dibao", "农03").starts_with("deferred incomplete")
            || month.decided("dibao", "农03").starts_with("deferred member"),
        "{}",
        month.decided("dibao", "农03")
    );
    let loose = month
        .decisions
        .iter()
        .find(|row| row["source"].ends_with("人员查询_20230201.xlsx!Sheet1:4"))
        .unwrap();
    assert_eq!(loose["outcome"], "rejected");
    let said = month.said();
    for expected in [
        "declared-differs 2",
        "identity-number-cell 4B",
        "household-without-people 4",
        "person-without-household 4C",
        "needed-blank 4家庭编号",
    ] {
        assert!(said.iter().any(|said| said.starts_with(expected)), "{expected}: {said:?}");
    }
}
