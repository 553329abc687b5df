//! Rosters as townships send them, through the built binary: the national system's exports, and rows that
//! disagree with each other.

use std::collections::BTreeMap;
use std::fs;

use crate::bureau::{Bureau, Row, read_csv};

/// A valid synthetic identity number of this birth date and sequence.
pub fn id(birth: &str, sequence: u32) -> String {
    let body = format!("150199{birth}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize])
}

/// Rosters without anybody, so that nothing is undecided for want of a list.
pub fn empty_lists(bureau: &Bureau, but: &[&str]) {
    let extra: BTreeMap<&str, &str> = BTreeMap::from([
        ("children", ",儿童类别,安置方式"),
        ("tekun", ",供养方式,自理能力"),
        ("dibao", ",家庭编号,与户主关系,月收入,户口性质"),
        ("disability", ",残疾类别,残疾等级,残疾证号"),
        ("old-age", ""),
        ("aged-70-79", ""),
        ("sanmin", ""),
        ("home-care", ",服务对象类别,服务机构"),
        ("meals", ",助餐次数"),
    ]);
    for (roster, more) in extra.into_iter().filter(|(roster, _)| !but.contains(roster)) {
        bureau.write(
            &format!("rosters/2023-02/{roster}.csv"),
            format!("姓名,身份证号,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称{more}\n"),
        );
    }
}

pub fn dry_run(bureau: &Bureau) -> (Vec<Row>, Vec<Row>) {
    let arguments = ["--today", "2023-02-03", "run", "--month", "2023-02", "--dry-run", "--by", "operator"];
    bureau.must(0, &arguments);
    let out = bureau.path().join("out/2023-02/dry-run");
    (read_csv(&out.join("decisions.csv")), read_csv(&out.join("findings.csv")))
}

#[test]
fn a_national_export_is_paid_from_two_files_and_every_row_stands_behind_a_decision() {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, &["dibao"]);
    let (head, wife, alone) = (id("19600101", 1), id("19610203", 2), id("19700101", 5));
    bureau.write(
        "rosters/2023-02/农村低保家庭查询_20230201.csv",
        format!(
            "户主姓名,户主身份证号,家庭人口数,保障人口数,家庭年总收入（元）,合计（元）,所属街道,低保（特困）证号,最初享受月份,开户银行,银行账户名称,银行帐号,一卡通账号\n\
             张三,{head},2,2,9999,1345.00,保合少镇,农01,2022.05,中国农业银行,张三,6228480000000000019,\n\
             王五,{alone},1,1,0,621,保合少镇,农02,2022.05,中国农业银行,王五,6228480000000000027,\n"
        ),
    );
    bureau.write(
        "rosters/2023-02/农村低保人员查询_20230201.csv",
        format!(
            "姓名,身份证号,户主身份证号,与户主关系,出生日期,年收入（元）,患病病种,救助类型,最初享受月份\n\
             张三,{head},{head},户主,1960-01-01,1000,尿毒症,农村低保,2022.05\n\
             李四,{wife},{head},配偶,1961-02-03,0,,农村低保,2022.05\n"
        ),
    );
    let (decisions, findings) = dry_run(&bureau);
    let of = |number: &str| decisions.iter().find(|row| row["beneficiary"].ends_with(number)).unwrap();
    // 621 × 2 − 83.33 (1000 ÷ 12) + 30 % of 621 for the serious illness.
    assert_eq!((of("农01")["outcome"].as_str(), of("农01")["amount"].as_str()), ("entitled", "1344.97"));
    assert_eq!(
        of("农01")["source"],
        "农村低保人员查询_20230201.csv:2;农村低保家庭查询_20230201.csv:2;农村低保人员查询_20230201.csv:3"
    );
    assert_eq!((of("农02")["outcome"].as_str(), of("农02")["reason"].as_str()), ("deferred", "incomplete"));
    assert_eq!(of("农02")["source"], "农村低保家庭查询_20230201.csv:3");
    let said: Vec<&str> = findings.iter().map(|row| row["code"].as_str()).collect();
    assert!(said.contains(&"household-without-people"), "{said:?}");
    // 1,345.00 declared and 1,344.97 computed.
    assert!(said.contains(&"declared-differs"), "{said:?}");
    let explained = bureau.give(&[
        "check",
        "--explain-columns",
        &bureau.path().join("rosters/2023-02/农村低保人员查询_20230201.csv").display().to_string(),
        "--json",
    ]);
    let columns = explained.json()["sheets"][0]["columns"].clone();
    assert_eq!(columns[5]["field"], "monthly_income");
    assert!(!explained.stdout.contains(&head), "personal data is masked");
}

#[test]
fn rows_that_disagree_with_each_other_are_named() {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, &["old-age", "sanmin"]);
    let (one, two) = (id("19300101", 1), id("19310101", 2));
    let header = "姓名,身份证号,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称\n";
    let row = |name: &str, number: &str, township: &str, account: &str| {
        format!("{name},{number},{township},2020-01,正常,中国农业银行,{account},{name}\n")
    };
    let first = row("张三", &one, "西街街道", "6228480000000000019");
    bureau.write(
        "rosters/2023-02/old-age.csv",
        format!("{header}{first}{first}{}", row("李四", &two, "西街街道", "6228480000000000027")),
    );
    // The whole file again is one warning, not one for each row.
    bureau.write("rosters/2023-02/old-age-again.csv", format!("{header}{first}"));
    bureau.write(
        "rosters/2023-02/sanmin.csv",
        format!("{header}{}", row("张山", &one, "保合少镇", "6228480000000000019")),
    );
    let (decisions, findings) = dry_run(&bureau);
    let count = |code: &str| findings.iter().filter(|row| row["code"] == code).count();
    assert_eq!(count("file-repeated"), 1);
    assert_eq!(count("row-repeated"), 1);
    assert_eq!((count("person-in-two-townships"), count("person-of-two-names")), (1, 1));
    let entitled = decisions.iter().filter(|row| row["outcome"] == "entitled").count();
    assert_eq!(entitled, 3, "said, and paid: {decisions:?}");
    // Another account for one of them: both rows are deferred, and one finding shows both.
    bureau.write(
        "rosters/2023-02/old-age-more.csv",
        format!("{header}{}", row("李四", &two, "西街街道", "6228480000000000035")),
    );
    let (_, findings) = dry_run(&bureau);
    let differ: Vec<&Row> = findings.iter().filter(|row| row["code"] == "rows-of-one-key-differ").collect();
    assert_eq!(differ.len(), 1);
    assert!(differ[0]["message"].contains("old-age"), "{differ:?}");
    fs::remove_file(bureau.path().join("rosters/2023-02/old-age-more.csv")).unwrap();
}
