//! The same list as .xlsx, .xls and .ods: what a cell is read as does not depend on the form it was saved in. The
//! last two are in `fixtures/forms/`, saved by LibreOffice from the first, which is written here
//! (`WRITE_FORMS=<folder>` puts it there).

use disburse::domain::Severity;
use disburse::intake::{Claim, roster_of};
use rust_xlsxwriter::{Format, Workbook};

use super::{In, ONE, TWO, fill, plain_row, put, read, rulebook, t, texts, value};
use crate::bureau::{Bureau, Row, repository};
use crate::rosters::{dry_run, empty_lists, id};

const NAME: &str = "old-age";

/// A row for each kind of cell, with a hidden, a struck-through and a merged one at the end, on the second sheet.
fn workbook() -> Vec<u8> {
    let plain = plain_row(NAME);
    let at = |field: &str| plain.iter().position(|(code, _)| *code == field).unwrap();
    let headers = plain.iter().map(|(code, _)| {
        rulebook().fields.iter().find(|rule| rule.code == *code).map(|rule| t(&rule.headers[0])).unwrap()
    });
    let mut rows: Vec<Vec<In>> = vec![texts(&["高龄津贴发放花名册"]), headers.collect()];
    let cells: Vec<(&str, In)> = vec![
        ("resident_id", t(" 150199 19520802\n0135 ")),
        ("resident_id", t("'150199195208020135")),
        ("resident_id", In::N(150_199_195_208_020_135.0)),
        ("resident_id", In::F(150_199_195_208_020_135.0, "0")),
        ("resident_id", t("１５０１９９１９５２０８０２０１３５")),
        ("account_no", In::N(123_456_789_012_345.0)),
        ("account_no", In::N(6_299_990_000_000_109_672.0)),
        ("account_no", In::F(123_456_789.0, "000000000000000")),
        ("first_month", In::Day("2022-02-15", "yyyy-mm-dd")),
        ("first_month", In::Day("2022-02-15", "yyyy\"年\"m\"月\"")),
        ("first_month", In::Day("2022-02-15", "m/d/yyyy")),
        ("first_month", In::N(2022.1)),
        ("first_month", In::F(2022.1, "0.00")),
        ("first_month", In::N(2022.02)),
        ("first_month", In::N(202_202.0)),
        ("first_month", In::N(20_220_215.0)),
        ("first_month", In::N(44_607.0)),
        ("first_month", t("2022.1")),
        ("first_month", t("2022年2月")),
        ("verified_on", In::Day("2022-02-15", "yyyy-mm-dd")),
        ("last_month", t("长期")),
        ("declared_amount", In::N(841.0)),
        ("declared_amount", In::N(0.1 + 0.2)),
        ("declared_amount", In::F(1234.5, "#,##0.00")),
        ("declared_amount", In::F(12.485, "0.000\"万元\"")),
        ("declared_amount", In::F(841.125, "0.00")),
        ("declared_amount", In::F(8.41, "0%")),
        ("declared_amount", In::F(8.41, "0.00%")),
        ("declared_amount", In::F(841_000.0, "#,##0,")),
        ("declared_amount", In::N(-5.0)),
        ("declared_amount", t("1,234.50")),
        ("declared_amount", t("887+2674")),
        ("declared_amount", In::Formula("=400+441", "841")),
        ("declared_amount", In::Formula("=1/0", "#DIV/0!")),
        ("declared_amount", In::Flag(true)),
        ("township", In::N(150_102_005.0)),
        ("name", t("阿拉坦•萨仁")),
        ("name", t("𠮷田")),
        ("name", t("张三（监护人）")),
        ("status", t("已停发")),
        ("status", In::Blank),
    ];
    for (field, cell) in cells {
        let mut row: Vec<In> = plain.iter().map(|(_, written)| t(written)).collect();
        row[at(field)] = cell;
        rows.push(row);
    }
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "名册在第二张表").unwrap();
    let sheet = book.add_worksheet().set_name("名册").unwrap();
    fill(sheet, &rows);
    let last = rows.len() as u32;
    let struck = Format::new().set_font_strikethrough();
    for offset in 0..4 {
        for (column, (code, written)) in
            plain.iter().enumerate().filter(|(_, (_, written))| !written.is_empty())
        {
            let column = column as u16;
            match offset {
                1 => drop(sheet.write_with_format(last + 1, column, *written, &struck).unwrap()),
                2 | 3 if *code == "township" => {}
                _ => put(sheet, last + offset, column, &t(written)),
            }
        }
    }
    sheet.set_row_hidden(last).unwrap();
    let township = at("township") as u16;
    sheet.merge_range(last + 2, township, last + 3, township, "保合少镇", &Format::new()).unwrap();
    let hidden = book.add_worksheet().set_name("旧名册").unwrap();
    fill(hidden, &[texts(&["身份证号", "姓名"]), texts(&[TWO, "旧人"])]);
    hidden.set_hidden(true);
    book.save_to_buffer().unwrap()
}

fn written(claim: &Claim) -> String {
    let roster = roster_of(rulebook(), "old-age.csv").unwrap();
    let fields: Vec<String> = plain_row(NAME).iter().map(|(code, _)| value(roster, claim, code)).collect();
    format!("{} {:?} {}", claim.source.row, claim.rejected, fields.join("|"))
}

fn everything(name: &str, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let read = read(name, bytes);
    let findings = read
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| {
            format!("{} {}!{} {}", finding.code, finding.place.sheet, finding.place.row, finding.place.column)
        })
        .collect();
    (read.claims.iter().map(written).collect(), findings)
}

#[test]
fn a_list_reads_the_same_in_every_form() {
    let book = workbook();
    if let Some(folder) = std::env::var_os("WRITE_FORMS") {
        std::fs::write(std::path::Path::new(&folder).join("old-age-forms.xlsx"), &book).unwrap();
    }
    let (rows, findings) = everything("old-age-forms.xlsx", &book);
    assert_eq!(rows.len(), 45);
    assert!(rows[0].contains(ONE));
    for form in ["xls", "ods"] {
        let name = format!("old-age-forms.{form}");
        let bytes = std::fs::read(repository().join("fixtures/forms").join(&name)).unwrap();
        let (others, said) = everything(&name, &bytes);
        for (one, other) in rows.iter().zip(&others) {
            assert_eq!(one, other, "{form}");
        }
        assert_eq!(others.len(), rows.len());
        assert_eq!(findings, said, "{form}");
    }
}

/// What is decided of the exports of a month, in this form.
fn decided(form: &str, people: &[u8], households: &[u8]) -> Vec<String> {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, &["dibao"]);
    bureau.write(&format!("rosters/2023-02/农村低保家庭查询_20230201.{form}"), households);
    bureau.write(&format!("rosters/2023-02/农村低保人员查询_20230201.{form}"), people);
    let (decisions, findings) = dry_run(&bureau);
    let told = |row: &Row, columns: &[&str]| -> String {
        columns
            .iter()
            .map(|column| row[*column].replace(&format!(".{form}"), ""))
            .collect::<Vec<_>>()
            .join("|")
    };
    let of = |row: &&Row| row["programme"] == "dibao";
    let mut lines: Vec<String> = decisions
        .iter()
        .filter(of)
        .map(|row| told(row, &["beneficiary", "resident_id", "outcome", "amount", "reason", "source"]))
        .collect();
    let theirs = |row: &&Row| row["file"].contains("低保") && row["severity"] != "info";
    lines.extend(
        findings.iter().filter(theirs).map(|row| told(row, &["code", "file", "sheet", "row", "column"])),
    );
    lines
}

#[test]
fn a_national_export_is_decided_the_same_in_every_form() {
    let (head, wife, other, third, fourth) =
        (id("19600101", 1), id("19610203", 2), id("19700101", 5), id("19720101", 6), id("20100101", 7));
    let header = [
        "户主姓名",
        "户主身份证号",
        "保障人口数",
        "家庭年总收入（元）",
        "合计（元）",
        "所属街道",
        "低保（特困）证号",
        "最初享受月份",
        "开户银行",
        "银行账户名称",
        "银行帐号",
        "一卡通账号",
        "家庭成员姓名",
        "家庭成员身份证号",
    ];
    let row = |name: &str, id: &str, count: f64, income: f64, number: &str, names: &str, ids: In| {
        let account = [t("中国农业银行"), t(name), t("6228480000000000019"), In::Blank, t(names), ids];
        [
            vec![
                t(name),
                t(id),
                In::N(count),
                In::N(income),
                In::Blank,
                t("保合少镇"),
                t(number),
                In::Day("2022-05-01", "yyyy-mm"),
            ],
            account.to_vec(),
        ]
        .concat()
    };
    let mut eight = row("周七", &id("19650101", 9), 3.0, 0.0, "农03", "", t(&id("19720101", 11)));
    eight.push(t(&id("20100101", 12)));
    let households = [
        texts(&header),
        row("张三", &head, 2.0, 9999.0, "农01", "李四", t(&wife)),
        // Packed in one cell.
        row("王五", &other, 3.0, 1200.0, "农02", "赵六\n钱小", t(&format!("{third}\n{fourth}"))),
        eight,
        // Nobody in it.
        row("孙八", &id("19660101", 9), 2.0, 0.0, "农04", "", In::Blank),
    ];
    let people = [
        texts(&[
            "姓名",
            "身份证号",
            "户主身份证号",
            "与户主关系",
            "出生日期",
            "年收入（元）",
            "患病病种",
            "救助类型",
            "最初享受月份",
        ]),
        vec![
            t("张三"),
            t(&head),
            t(&head),
            t("户主"),
            In::Day("1960-01-01", "yyyy-mm-dd"),
            In::N(1000.0),
            t("尿毒症"),
            t("农村低保"),
            t("2022.05"),
        ],
        vec![
            t("李四"),
            t(&wife),
            t(&head),
            t("配偶"),
            t("1961-02-03"),
            In::N(0.0),
            In::Blank,
            t("农村低保"),
            t("2022.05"),
        ],
        // Nobody's.
        vec![
            t("吴九"),
            t(&id("19900101", 9)),
            t(&id("19900101", 8)),
            t("子"),
            In::Blank,
            In::N(0.0),
            In::Blank,
            t("农村低保"),
            t("2022.05"),
        ],
    ];
    let (households, people) = (super::xlsx(&households), super::xlsx(&people));
    if let Some(folder) = std::env::var_os("WRITE_FORMS") {
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join("national-household.xlsx"), &households).unwrap();
        std::fs::write(folder.join("national-person.xlsx"), &people).unwrap();
    }
    let as_xlsx = decided("xlsx", &people, &households);
    let of = |number: &str| as_xlsx.iter().find(|line| line.contains(number)).unwrap();
    assert!(of("农01").contains("|entitled|1344.97|"), "{as_xlsx:?}");
    // 621 × 3 − 100 + 10 % of 621 for the child.
    assert!(of("农02").contains("|entitled|1825.10|"), "{as_xlsx:?}");
    assert!(of("农03").contains("|entitled|1925.10|"), "{as_xlsx:?}");
    assert!(of("农04").contains("|deferred||incomplete|"), "{as_xlsx:?}");
    for code in ["household-without-people", "person-without-household"] {
        assert!(as_xlsx.iter().any(|line| line.starts_with(code)), "{code}: {as_xlsx:?}");
    }
    for form in ["xls", "ods"] {
        let of = |part: &str| {
            std::fs::read(repository().join(format!("fixtures/forms/national-{part}.{form}"))).unwrap()
        };
        assert_eq!(decided(form, &of("person"), &of("household")), as_xlsx, "{form}");
    }
}
