//! The fourteen layouts that were seen published, each built as a workbook with known contents and followed
//! through the built binary to `decisions.csv` and `findings.csv`: read exactly, or named.

use rust_xlsxwriter::{Format, Workbook};

use super::{In, fill, put, t, texts};
use crate::bureau::{Bureau, Row};
use crate::rosters::{dry_run, empty_lists, id};

/// A month with these files in it; rosters they belong to have no other.
struct Month {
    files: Vec<String>,
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
        let files = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        Month { files, decisions, findings }
    }

    /// `outcome amount reason source` of the decisions of a programme for whoever has this text in the beneficiary.
    fn decided(&self, programme: &str, of: &str) -> String {
        let found: Vec<String> = self
            .decisions
            .iter()
            .filter(|row| row["programme"] == programme && row["beneficiary"].contains(of))
            .map(|row| {
                let cells = ["outcome", "amount", "reason", "source"].map(|column| row[column].as_str());
                cells.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")
            })
            .collect();
        found.join(" | ")
    }

    /// `code row column` of what is more than a note, but for money on hold: most of these lists name no holder of
    /// the account, so that `account-name-differs` holds what they say.
    fn said(&self) -> Vec<String> {
        let mut said: Vec<String> = self
            .findings
            .iter()
            .filter(|row| row["severity"] != "info" && self.files.contains(&row["file"]))
            .filter(|row| !row["code"].starts_with("held-"))
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
    ] {
        assert!(said.iter().any(|said| said.starts_with(expected)), "{expected}: {said:?}");
    }
}

#[test]
fn layout_1_exports_of_the_national_system_for_tekun() {
    let (rural, urban) = (id("19500101", 1), id("19510101", 2));
    let households = [
        texts(&[
            "户主姓名",
            "户主身份证号",
            "特困人员数",
            "合计（元）",
            "基本生活总费用（元）",
            "照料护理总费用（元）",
            "所属街道",
            "低保（特困）证号",
            "开户银行",
            "银行账户名称",
            "银行帐号",
        ]),
        vec![
            t("张三"),
            t(&rural),
            In::N(1.0),
            In::N(2072.33),
            In::N(807.33),
            In::N(1265.0),
            t("保合少镇"),
            t("特01"),
            t(BANK),
            t("张三"),
            t("6228480000000000019"),
        ],
        vec![
            t("李四"),
            t(&urban),
            In::N(1.0),
            In::N(1093.3),
            In::N(1093.3),
            In::N(0.0),
            t("西街街道"),
            t("特02"),
            t(BANK),
            t("李四"),
            t("6228480000000000027"),
        ],
    ];
    let people = [
        texts(&[
            "姓名",
            "身份证号",
            "户主身份证号",
            "与户主关系",
            "供养方式",
            "户籍类型",
            "生活自理能力",
            "照料人姓名",
            "照料人身份证号",
            "供养机构",
            "基本生活标准（元）",
            "照料护理费用（元）",
            "最初享受月份",
            "户籍地址",
            "电表号",
        ]),
        texts(&[
            "张三",
            &rural,
            &rural,
            "本人",
            "分散供养",
            "农业",
            "全护理",
            "王五",
            &id("19800101", 3),
            "",
            "807.33",
            "1265",
            "2020.11",
            "某村",
            "9",
        ]),
        texts(&[
            "李四",
            &urban,
            &urban,
            "本人",
            "分散供养",
            "城镇",
            "全自理",
            "",
            "",
            "",
            "1093.3",
            "0",
            "2021年3月",
            "某街",
            "",
        ]),
    ];
    let month = Month::of(
        &["tekun"],
        &[
            ("特困人员家庭查询_20230201.xlsx", book(&households)),
            ("特困人员人员查询_20230201.xlsx", book(&people)),
        ],
    );
    let behind = |row: u32| {
        format!("特困人员人员查询_20230201.xlsx!Sheet1:{row};特困人员家庭查询_20230201.xlsx!Sheet1:{row}")
    };
    assert_eq!(month.decided("tekun-living", &rural), format!("entitled 807.33 {}", behind(2)));
    assert_eq!(month.decided("tekun-care", &rural), format!("entitled 1265.00 {}", behind(2)));
    assert_eq!(month.decided("tekun-living", &urban), format!("entitled 1093.30 {}", behind(3)));
    assert_eq!(month.decided("tekun-care", &urban), format!("nil 0.00 {}", behind(3)));
    // The declared sum is compared with both programmes together, and agrees.
    assert_eq!(month.said(), Vec::<String>::new());
}

#[test]
fn layout_2_county_filings_with_data_on_the_second_sheet_and_members_to_the_right() {
    let (head, wife, child) = (id("19600101", 1), id("19610203", 2), id("20100101", 3));
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("填表说明").unwrap().write(0, 0, "一户一行").unwrap();
    let sheet = workbook.add_worksheet().set_name("备案表").unwrap();
    let title = Format::new();
    sheet.merge_range(0, 0, 0, 17, "新城区2023年2月农村低保备案表", &title).unwrap();
    sheet.write(1, 0, "填报单位：新城区民政局").unwrap();
    sheet.write(1, 15, "单位：人、元").unwrap();
    let header = [
        "序号",
        "户主姓名",
        "户主身份证号",
        "乡镇",
        "低保证号",
        "保障人口",
        "家庭月收入",
        "最初享受月份",
        "状态",
        "银行账号",
        "家庭成员身份证号",
    ];
    for (column, text) in header.iter().enumerate() {
        sheet.write(2, column as u16, *text).unwrap();
    }
    sheet.merge_range(2, 10, 2, 17, "家庭成员身份证号", &title).unwrap();
    let rows = [
        // Numbers with spaces, tabs, line breaks, and a lower-case x where there is one.
        [
            vec![In::N(1.0), t("张三"), t(&format!(" {}\t{} ", &head[..6], &head[6..]))],
            texts(&["保合少镇", "农01", "3", "600", "2022年5月", "正常", "6228480000000000019"]),
            vec![t(&format!("{}\n{}", &wife[..10], wife[10..].to_lowercase())), In::Blank, t(&child)],
        ]
        .concat(),
        // One of the members is no number.
        [
            vec![In::N(2.0), t("王五"), t(&id("19700101", 5))],
            texts(&["保合少镇", "农02", "2", "0", "2022.5", "正常", "6228480000000000027"]),
            vec![t("15019919720101006*")],
        ]
        .concat(),
        // Fewer members than counted.
        [
            vec![In::N(3.0), t("赵六"), t(&id("19710101", 5))],
            texts(&["保合少镇", "农03", "3", "0", "2022.5", "正常", "6228480000000000035"]),
            vec![t(&id("19720101", 6))],
        ]
        .concat(),
    ];
    for (at, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            put(sheet, 3 + at as u32, column as u16, cell);
        }
    }
    let month = Month::of(&["dibao"], &[("新城区农村低保备案表.xls", workbook.save_to_buffer().unwrap())]);
    // Relations are not written; who is not the head is a member. 621 × 3 − 600 + 10 % of 621 for the child.
    assert_eq!(month.decided("dibao", "农01"), "entitled 1325.10 新城区农村低保备案表.xls!备案表:4");
    assert_eq!(month.decided("dibao", "农02"), "deferred member 新城区农村低保备案表.xls!备案表:5");
    assert_eq!(month.decided("dibao", "农03"), "deferred incomplete 新城区农村低保备案表.xls!备案表:6");
    assert_eq!(month.said(), ["content-not-ending", "household-count-differs 6F", "identity-characters 5K"]);
}

#[test]
fn layout_2_orphans_on_sheets_one_and_three() {
    let (one, two) = (id("20150101", 1), id("20160101", 2));
    let header = texts(&[
        "序号",
        "儿童姓名",
        "身份证号码",
        "乡镇",
        "儿童类别",
        "养育方式",
        "最初享受月份",
        "状态",
        "监护人姓名",
        "监护人身份证号",
        "开户行",
        "一卡通账号",
    ]);
    let row = |name: &str, id: &str, kind: &str, guardian: &str| {
        [
            vec![In::N(1.0), t(name), t(id)],
            texts(&[
                "保合少镇",
                kind,
                "社会散居",
                "2022.5",
                "正常",
                "张大",
                guardian,
                BANK,
                "6228480000000000019",
            ]),
        ]
        .concat()
    };
    let mut workbook = Workbook::new();
    let guardian = id("19800101", 7);
    fill(
        workbook.add_worksheet().set_name("孤儿").unwrap(),
        &[texts(&["孤儿发放花名册"]), header.clone(), row("张小", &one, "孤儿", &guardian)],
    );
    workbook.add_worksheet().set_name("Sheet2").unwrap();
    fill(
        workbook.add_worksheet().set_name("事实无人抚养").unwrap(),
        &[header, row("李小", &two, "事实无人抚养儿童", &guardian)],
    );
    let name = "新城区2月孤儿及事实无人抚养儿童发放花名册.xls";
    let month = Month::of(&["children"], &[(name, workbook.save_to_buffer().unwrap())]);
    assert_eq!(month.decided("orphan", &one), format!("entitled 1288.00 {name}!孤儿:3"));
    assert_eq!(month.decided("unattended-child", &two), format!("entitled 1288.00 {name}!事实无人抚养:2"));
    assert_eq!(month.said(), ["content-not-ending"]);
}

#[test]
fn layout_3_a_street_notice_with_sections_and_masked_names() {
    // As published there is no identity number in it: no list to pay from.
    let notice = [
        texts(&["XX街道2023年5月最低生活保障公示"]),
        texts(&["公示单位：XX街道办事处", "", "公示时间：2023年5月"]),
        texts(&["拟纳入保障申请家庭"]),
        texts(&[
            "序号",
            "申请人(户主)",
            "申请保障家庭成员",
            "家庭人均收入(元/月)",
            "家庭救助总金额(元/月)",
            "其中",
            "",
            "家庭住址",
        ]),
        texts(&["", "", "", "", "", "家庭补差救助", "成员重点救助", ""]),
        texts(&["1", "张*", "李*", "300", "900", "800", "100", "某街"]),
        texts(&["不予保障申请家庭"]),
        texts(&[
            "序号",
            "申请人(户主)",
            "申请保障家庭成员",
            "家庭人均收入(元/月)",
            "不予保障原因",
            "",
            "",
            "家庭住址",
        ]),
        texts(&["1", "王*", "赵*", "3000", "收入超标", "", "", "某街"]),
    ];
    let (code, message) = refused("dibao", "dibao-XX街道.xlsx", book(&notice));
    assert!(code == "file-no-header" || code == "file-no-identity-column", "{code}");
    assert!(message.contains("dibao-XX街道.xlsx"), "{message}");
    // The same with identity numbers and what a list needs: the refused section is no claim.
    let (paid, refused_one) = (id("19600101", 1), id("19700101", 2));
    let header = |last: &str| {
        [
            texts(&[
                "序号",
                "申请人(户主)",
                "身份证号",
                "与户主关系",
                "户口性质",
                "最初享受月份",
                "状态",
                "家庭编号",
                "收入",
                "",
                last,
            ]),
            texts(&["", "", "", "", "", "", "", "", "月收入", "备注", ""]),
        ]
    };
    let mut rows = vec![
        texts(&["西街街道2023年2月最低生活保障名册"]),
        texts(&["填报单位：西街街道", "", "单位：元/月"]),
        texts(&["拟纳入保障申请家庭"]),
    ];
    rows.extend(header("家庭住址"));
    rows.push(texts(&["1", "张三", &paid, "户主", "农村", "2022-05", "正常", "01", "300", "", "某街"]));
    rows.push(texts(&["不予保障申请家庭"]));
    rows.extend(header("不予保障原因"));
    rows.push(texts(&[
        "1",
        "王五",
        &refused_one,
        "户主",
        "农村",
        "2022-05",
        "正常",
        "02",
        "3000",
        "",
        "收入超标",
    ]));
    let month = Month::of(&["dibao"], &[("dibao-西街街道.xlsx", book(&rows))]);
    assert_eq!(month.decided("dibao", ":01"), "entitled 321.00 dibao-西街街道.xlsx!Sheet1:6");
    assert_eq!(month.decided("dibao", ":02"), "");
    assert!(month.said().contains(&"section-refused 7".to_owned()), "{:?}", month.said());
    let section = month.findings.iter().find(|row| row["code"] == "section-refused").unwrap();
    assert!(
        section["message"].contains("不予保障申请家庭") && section["message"].contains('1'),
        "{section:?}"
    );
}

#[test]
fn layouts_4_to_9_summaries_by_township_are_no_lists_of_people() {
    let summaries: [(&str, &str, Vec<Vec<In>>); 6] = [
        // 偃师: merged title, 合计 row, a note with the rates.
        (
            "tekun",
            "tekun-集中.xlsx",
            vec![
                texts(&["2019年第三季度集中供养特困人员资金表"]),
                texts(&["镇(街道办)", "户数", "人数", "特困供养金", "护理补贴", "合计"]),
                texts(&["甲镇", "10", "12", "19200", "3600", "22800"]),
                texts(&["合计", "10", "12", "19200", "3600", "22800"]),
                texts(&["注：特困供养金每人每季度1600元"]),
            ],
        ),
        // A district's summary: the 合计 row has fewer cells.
        (
            "tekun",
            "tekun-汇总.xlsx",
            vec![
                texts(&["单位:人、元"]),
                texts(&["序号", "单位", "分散供养", "", "集中供养", "", "合计"]),
                texts(&["", "", "人数", "金额", "人数", "金额", "金额"]),
                texts(&["1", "甲街道", "3", "23139.00", "2", "15426.00", "38565.00"]),
                texts(&["合计", "5", "116724"]),
            ],
        ),
        // 姚安: the rate inside the header.
        (
            "tekun",
            "tekun-姚安.xlsx",
            vec![
                texts(&["特困人员救助供养资金发放汇总表"]),
                texts(&["乡镇", "全护理", "", "半护理", ""]),
                texts(&["", "一档(995元/月)", "", "二档(700元/月)", ""]),
                texts(&["", "人数", "金额", "人数", "金额"]),
                texts(&["甲乡", "1", "1035", "2"]),
            ],
        ),
        // 雨山区: unit, reporter and date in one row; 万元 and 元 side by side; hundreds of empty columns.
        (
            "dibao",
            "dibao-统计.xlsx",
            vec![
                texts(&["城乡低保统计表"]),
                texts(&["单位：万元", "填报人：张三", "2021年7月"]),
                [texts(&["街道", "户数", "人数", "累计支出(万元)", "人均(元)"]), vec![In::Blank; 300]]
                    .concat(),
                texts(&["甲街道", "100", "150", "12.5", "833"]),
            ],
        ),
        // 永泰: 其中 columns and column numbers with gaps.
        (
            "dibao",
            "dibao-月报.xlsx",
            vec![
                texts(&["低保月报表", "", "单位：万元"]),
                texts(&["乡镇", "户数", "人数", "其中：", "", "资金"]),
                texts(&["", "", "", "老年人", "残疾人", ""]),
                texts(&["栏次", "1", "2", "5", "6", "7"]),
                texts(&["甲镇", "100", "150", "30", "20", "83300"]),
            ],
        ),
        // 保山: free text merged over rows, a row without some cells.
        (
            "children",
            "children-汇总.xlsx",
            vec![
                texts(&[
                    "州(市)",
                    "县(市、区)",
                    "实发人数合计(人)",
                    "孤儿数(人)",
                    "",
                    "实发资金合计(万元)",
                    "补助标准",
                ]),
                texts(&["", "", "", "机构养育", "散居", "", ""]),
                texts(&["保山市", "隆阳区", "100", "10", "90", "12.3", "机构1900元，散居1300元"]),
                texts(&["", "市本级", "5"]),
            ],
        ),
    ];
    for (roster, name, rows) in summaries {
        let (code, message) = refused(roster, name, book(&rows));
        assert_eq!(code, "file-summary", "{name}: {message}");
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn layouts_5_to_8_their_quirks_in_a_list_of_people() {
    // The unit in the first row, a header of two rows with 其中：, column numbers with gaps, amounts as text with
    // two decimals, hundreds of empty columns, and a 合计 row that has fewer cells.
    let (one, two) = (id("19400101", 1), id("19410101", 2));
    let wide = |cells: &[&str]| [texts(cells), vec![In::Blank; 200]].concat();
    let rows = [
        wide(&["单位:人、元"]),
        wide(&[
            "序号",
            "姓名",
            "身份证号",
            "街镇",
            "最初享受月份",
            "状态",
            "其中：",
            "",
            "开户银行",
            "银行账号",
        ]),
        wide(&["", "", "", "", "", "", "核定金额", "备注", "", ""]),
        wide(&["1", "2", "5", "6", "7", "8", "9", "", "11", "12"]),
        wide(&["1", "张三", &one, "西街", "2020.05", "正常", "100.00", "", BANK, "6228480000000000019"]),
        wide(&["2", "李四", &two, "西街", "2021.10", "正常", "100.00", "", BANK, "6228480000000000027"]),
        wide(&["合计", "2", "200"]),
    ];
    let month = Month::of(&["old-age"], &[("old-age-西街.xlsx", book(&rows))]);
    assert_eq!(month.decided("old-age", &one), "entitled 100.00 old-age-西街.xlsx!Sheet1:5");
    assert_eq!(month.decided("old-age", &two), "entitled 100.00 old-age-西街.xlsx!Sheet1:6");
    assert_eq!(month.said(), ["total-unplaced 7C"]);
    // 永泰 and 德化: the unit row says 万元 and the values are in 元.
    let mut wrong = rows.clone();
    wrong[0][0] = t("单位:万元");
    let month = Month::of(&["old-age"], &[("old-age-西街.xlsx", book(&wrong))]);
    assert_eq!(month.said(), ["total-unplaced 7C", "unit-implausible 2G"]);
    assert_eq!(month.decided("old-age", &one), "entitled 100.00 old-age-西街.xlsx!Sheet1:5");
}

#[test]
fn layout_10_sums_in_cells_and_words_after_a_figure() {
    let people: Vec<String> = (1..=4).map(|sequence| id("19400101", sequence)).collect();
    let mut rows = vec![texts(&[
        "月份",
        "姓名",
        "身份证号",
        "乡镇",
        "最初享受月份",
        "状态",
        "发放金额（元）",
        "开户银行",
        "账号",
        "备注",
    ])];
    for (person, amount) in people.iter().zip(["40+60", "99+1.005", "2342补差", "12.485万元"]) {
        rows.push(texts(&[
            "2月",
            "张三",
            person,
            "西街",
            "2020.05",
            "正常",
            amount,
            BANK,
            "6228480000000000019",
            "",
        ]));
    }
    rows.push(texts(&["3月", "", "", "", "", "", "", "", "", ""]));
    rows.push(texts(&["4月", "", "", "", "", "", "", "", "", ""]));
    rows.push(texts(&["总计", "", "", "", "", "", "100", "", "", ""]));
    let month = Month::of(&["old-age"], &[("old-age.xlsx", book(&rows))]);
    let said = month.said();
    // 鹿泉's 12.485万元 is an exact amount, and another one than the rule gives.
    for expected in ["amount-sum 2G", "amount-precision 3G", "amount-unreadable 4G", "total-differs 8G"] {
        assert!(said.contains(&expected.to_owned()), "{expected}: {said:?}");
    }
    assert!(said.iter().any(|said| said.starts_with("unit-disagrees 5G")), "{said:?}");
    // Rows of months to come hold a month and nobody.
    assert_eq!(
        month.decisions.iter().filter(|row| row["source"].contains("Sheet1")).count(),
        4,
        "{:?}",
        month.decisions
    );
}

#[test]
fn layout_11_inner_spaces_in_headers_and_totals() {
    let one = id("19400101", 1);
    let rows = [
        texts(&["嘉定区高龄津贴名册"]),
        texts(&[
            "街镇名称",
            "姓 名",
            "身 份 证 号",
            "最初享受月份",
            "状　态",
            "金额",
            "开户银行",
            "银行帐号",
        ]),
        texts(&["西街", "张三", &one, "2020.05", "正 常", "", BANK, "6228480000000000019"]),
        texts(&["合  计", "", "1 人", "", "", "", "", ""]),
    ];
    let month = Month::of(&["old-age"], &[("old-age.xlsx", book(&rows))]);
    assert_eq!(month.decided("old-age", &one), "entitled 100.00 old-age.xlsx!Sheet1:3");
    assert_eq!(month.said(), Vec::<String>::new());
    assert_eq!(month.findings.iter().filter(|row| row["code"] == "total-agrees").count(), 1);
}

#[test]
fn layout_12_a_village_template_with_its_header_on_row_five() {
    // As published: no identity number.
    let template = [
        texts(&["低保公示表"]),
        texts(&["县：甲县", "镇：乙镇"]),
        texts(&["公示期：2023年2月1日至7日"]),
        texts(&["监督电话：0471-1234567"]),
        texts(&["姓名", "村", "类别", "人口", "是否近亲属备案"]),
        texts(&["张三", "丙村", "A", "2", "否"]),
    ];
    assert_eq!(refused("dibao", "dibao-丙村.xlsx", book(&template)).0, "file-no-identity-column");
    // With numbers: 22 rows a page, the head of the page repeated.
    let mut rows = Vec::new();
    let people: Vec<String> = (1..=30).map(|sequence| id("19400101", sequence)).collect();
    for (page, people) in people.chunks(22).enumerate() {
        rows.extend(template[..4].iter().cloned());
        rows.push(texts(&["姓名", "身份证号", "村", "最初享受月份", "状态", "开户银行", "银行账号"]));
        for (at, person) in people.iter().enumerate() {
            rows.push(texts(&[
                "张三",
                person,
                "丙村",
                "2020.05",
                "正常",
                BANK,
                &format!("62284800000000{page:02}{at:03}"),
            ]));
        }
        rows.push(texts(&[&format!("第{}页 共2页", page + 1)]));
    }
    let month = Month::of(&["old-age"], &[("old-age-丙村.xlsx", book(&rows))]);
    let paid = month.decisions.iter().filter(|row| row["outcome"] == "entitled").count();
    assert_eq!(paid, 30, "{:?}", month.said());
}

#[test]
fn layout_13_lists_of_who_is_new_and_who_has_ended() {
    let (new, ended) = (id("19400101", 1), id("19410101", 2));
    let header = texts(&[
        "序号",
        "姓名",
        "身份证号",
        "乡镇",
        "最初享受月份",
        "停发月份",
        "状态",
        "开户银行",
        "银行账号",
    ]);
    let row = |name: &str, id: &str, until: &str, status: &str| {
        texts(&["1", name, id, "西街", "2020.05", until, status, BANK, "6228480000000000019"])
    };
    let added =
        [texts(&["2023年3月普惠高龄津贴新增人员明细表"]), header.clone(), row("张三", &new, "", "正常")];
    let stopped = [
        texts(&["2023年3月普惠高龄津贴停止人员明细表"]),
        header,
        row("李四", &ended, "2023.1", "停发"),
        row("王五", &id("19420101", 3), "", "正常"),
    ];
    let month = Month::of(
        &["old-age"],
        &[("新城区高龄新增人员明细表.xlsx", book(&added)), ("新城区高龄停止人员明细表.xlsx", book(&stopped))],
    );
    assert_eq!(month.decided("old-age", &new), "entitled 100.00 新城区高龄新增人员明细表.xlsx!Sheet1:3");
    // Who has ended says so; whoever is called 正常 in a list of those is not paid by it.
    assert_eq!(month.decided("old-age", &ended), "not-current 新城区高龄停止人员明细表.xlsx!Sheet1:3");
    assert_eq!(month.decided("old-age", &id("19420101", 3)), "");
    assert_eq!(month.said(), ["section-refused 1"]);
}

#[test]
fn layout_14_a_card_roster_of_three_different_persons() {
    let (aged, payee, holder) = (id("19400101", 1), id("19700101", 2), id("19450101", 3));
    let rows = [
        texts(&[
            "持卡人姓名",
            "持卡人身份证号",
            "领款人姓名",
            "领款人身份证号",
            "银行账号",
            "开户银行",
            "村",
            "组",
            "受益人姓名",
            "受益人身份证号",
            "电话",
            "住址",
            "年龄",
            "标准",
            "核定金额",
            "状态",
            "停发原因",
            "填报日期",
            "与户主关系",
            "最初享受月份",
            "乡镇",
        ]),
        texts(&[
            "李户主",
            &holder,
            "王代领",
            &payee,
            "6228480000000000019",
            BANK,
            "丙村",
            "1组",
            "张三",
            &aged,
            "13800000000",
            "某村",
            "83",
            "100",
            "100",
            "正常",
            "",
            "2023-01-20",
            "父",
            "2020.05",
            "保合少镇",
        ]),
        texts(&[
            "李户主",
            &holder,
            "",
            "",
            "6228480000000000019",
            BANK,
            "丙村",
            "1组",
            "赵六",
            &id("19410101", 9),
            "",
            "",
            "82",
            "100",
            "100",
            "已停发",
            "死亡",
            "2023-01-20",
            "母",
            "2020.05",
            "保合少镇",
        ]),
    ];
    let month = Month::of(&["old-age"], &[("old-age-一卡通.xlsx", book(&rows))]);
    assert_eq!(month.decided("old-age", &aged), "entitled 100.00 old-age-一卡通.xlsx!Sheet1:2");
    assert_eq!(month.decided("old-age", &id("19410101", 9)), "not-current old-age-一卡通.xlsx!Sheet1:3");
    // Nobody is taken for another: the holder's name is the account's, and not the payee's.
    assert_eq!(month.decided("old-age", &holder), "");
    assert_eq!(month.said(), Vec::<String>::new());
}

#[test]
fn layout_15_attachments_named_as_they_are_downloaded() {
    let one = id("19400101", 1);
    let rows = [
        texts(&[
            "姓名",
            "身份证号",
            "年龄",
            "乡镇",
            "最初享受月份",
            "状态",
            "出生日期",
            "开户银行",
            "银行账号",
        ]),
        // Dates as 1940.1, ages as text, full-width digits.
        texts(&[
            "张三",
            &one.chars().map(|digit| char::from_u32(digit as u32 + 0xFEE0).unwrap()).collect::<String>(),
            "83岁",
            "西街",
            "２０２０．０５",
            "正常",
            "1940.1",
            BANK,
            "６２２８４８００００００００００１９",
        ]),
    ];
    let month = Month::of(&["old-age"], &[("附件2：新城区高龄津贴补助发放花名册.xls", book(&rows))]);
    assert_eq!(
        month.decided("old-age", &one),
        "entitled 100.00 附件2：新城区高龄津贴补助发放花名册.xls!Sheet1:2"
    );
}
