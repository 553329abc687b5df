//! Exports of the national system, household by household: a plain one is paid to the fen; what is changed in one
//! cell is read exactly, or the cell is named and nothing is paid on it. Through the built binary.

use std::ops::Range;

use super::{In, t};
use crate::bureau::{Bureau, Row, read_csv};
use crate::rosters::{dry_run, empty_lists, id};

/// Which file a cell is changed in.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Household,
    /// The person's row, from 0.
    Person(usize),
}
use At::{Household, Person};

/// A cell that is not plain.
type Change<'a> = (At, &'a str, In);

/// Headers of a file and its rows.
type Sheet = (Vec<String>, Vec<Vec<In>>);

/// What a month with these files came to.
struct Judged {
    decisions: Vec<Row>,
    findings: Vec<Row>,
    payments: Vec<Row>,
    files: Vec<String>,
}

fn judge(roster: &str, files: &[(&str, Vec<u8>)]) -> Judged {
    let bureau = Bureau::empty("2023-02");
    empty_lists(&bureau, &[roster]);
    for (name, bytes) in files {
        bureau.write(&format!("rosters/2023-02/{name}"), bytes);
    }
    let (decisions, findings) = dry_run(&bureau);
    let payments = read_csv(&bureau.path().join("out/2023-02/dry-run/payments.csv"));
    Judged {
        decisions,
        findings,
        payments,
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
    }
}

impl Judged {
    /// `outcome amount` of each programme of a beneficiary, and what is paid to it.
    fn outcome(&self, of: &str) -> String {
        let mut said: Vec<String> = self
            .decisions
            .iter()
            .filter(|row| row["beneficiary"].ends_with(of))
            .map(|row| format!("{} {} {}", row["outcome"], row["amount"], row["reason"]).trim().to_owned())
            .collect();
        said.sort();
        said.dedup();
        let paid: Vec<&str> = self
            .payments
            .iter()
            .filter(|row| row["beneficiary"].ends_with(of))
            .map(|row| row["amount"].as_str())
            .collect();
        format!(
            "{}; paid {}",
            said.join(", "),
            if paid.is_empty() { "nothing".into() } else { paid.join(" + ") }
        )
    }

    /// `code <file> <letter>` of what is more than a note about rows, but for money on hold. `rows` are those of each
    /// file as the spreadsheet counts them.
    fn said(&self, rows: &[Range<usize>; 2]) -> Vec<String> {
        let mut said: Vec<String> = self
            .findings
            .iter()
            .filter(|row| row["severity"] != "info" && !row["code"].starts_with("held-"))
            .filter_map(|row| {
                let file = self.files.iter().position(|name| *name == row["file"])?;
                let letter = row["column"].split(' ').next().unwrap_or("");
                let about = rows[file].contains(&row["row"].parse().ok()?);
                about.then(|| format!("{} {} {letter}", row["code"], ["household", "person"][file]))
            })
            .map(|said| said.trim().to_owned())
            .collect();
        said.sort();
        said
    }
}

/// A case: what it is, what is changed, what becomes of it, which cells are named.
struct Case<'a> {
    what: &'a str,
    changes: Vec<Change<'a>>,
    outcome: &'a str,
    named: &'a [&'a str],
}

fn case<'a>(what: &'a str, changes: Vec<Change<'a>>, outcome: &'a str, named: &'a [&'a str]) -> Case<'a> {
    Case { what, changes, outcome, named }
}

/// Builds both files with a household a case, reads them once and holds each case to what it expects.
fn hold(
    roster: &str,
    names: [&str; 2],
    plain: impl Fn(usize, &mut [Sheet; 2]) -> String,
    cases: &[Case<'_>],
) {
    let mut sheets: [Sheet; 2] = Default::default();
    let mut of_case: Vec<(String, [Range<usize>; 2])> = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let before = [0, 1].map(|file| sheets[file].1.len());
        let beneficiary = plain(number, &mut sheets);
        for (at, column, value) in &case.changes {
            let (file, row) = match at {
                Household => (0, 0),
                Person(row) => (1, *row),
            };
            let (headers, rows) = &mut sheets[file];
            let position = headers.iter().position(|header| header == column);
            let position = position.unwrap_or_else(|| panic!("no column {column}"));
            rows[before[file] + row][position] = value.clone();
        }
        of_case.push((beneficiary, [0, 1].map(|file| before[file] + 2..sheets[file].1.len() + 2)));
    }
    let files: Vec<(&str, Vec<u8>)> = sheets
        .iter()
        .zip(names)
        .map(|((headers, rows), name)| {
            let head = headers.iter().map(|header| t(header)).collect();
            (name, super::xlsx(&[vec![head], rows.clone()].concat()))
        })
        .collect();
    let judged = judge(roster, &files);
    let mut wrong = Vec::new();
    for (case, (beneficiary, rows)) in cases.iter().zip(&of_case) {
        let (outcome, said) = (judged.outcome(beneficiary), judged.said(rows));
        if outcome != case.outcome || said != case.named {
            wrong.push(format!("{}:\n    {outcome}\n    {said:?}", case.what));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A person of `tekun`, alone in his household.
fn tekun(number: usize, [households, people]: &mut [Sheet; 2]) -> String {
    let own = id("19500101", number as u32 + 1);
    let account = format!("62284800000000{number:05}");
    let name = "张三";
    add(
        households,
        &[
            ("户主姓名", t(name)),
            ("户主身份证号", t(&own)),
            ("特困人员数", In::N(1.0)),
            ("供养方式", t("分散供养")),
            ("户籍类型", t("农业")),
            ("生活自理能力", t("全护理")),
            ("供养机构", t("")),
            ("最初享受月份", t("2020.11")),
            ("所属街道", t("保合少镇")),
            ("低保（特困）证号", t(&format!("特{number:02}"))),
            ("开户银行", t("中国农业银行")),
            ("银行账户名称", t(name)),
            ("银行帐号", t(&account)),
            ("一卡通账号", t("")),
        ],
    );
    add(
        people,
        &[
            ("姓名", t(name)),
            ("身份证号", t(&own)),
            ("户主身份证号", t(&own)),
            ("与户主关系", t("本人")),
            ("供养方式", t("分散供养")),
            ("户籍类型", t("农村")),
            ("生活自理能力", t("全护理")),
            ("供养机构", t("")),
            ("最初享受月份", t("2020年11月")),
            ("一卡通账号", t(&account)),
        ],
    );
    own
}

/// A household of `dibao` of two, without income.
fn dibao(number: usize, sheets: &mut [Sheet; 2]) -> String {
    dibao_of(number, &id("19600101", number as u32 + 1), sheets)
}

/// Identity numbers that end in 000 and are right: a number cell gives them back digit by digit.
fn passing_numbers() -> Vec<String> {
    let days = (1..29).map(|day| format!("196001{day:02}"));
    days.flat_map(|birth| (1..10).map(move |hundred| id(&birth, hundred * 100)))
        .filter(|number| number.ends_with("000"))
        .collect()
}

/// The same with another head.
fn dibao_of(number: usize, head: &str, [households, people]: &mut [Sheet; 2]) -> String {
    let (head, wife) = (head.to_owned(), id("19610203", number as u32 + 1));
    let certificate = format!("农{number:02}");
    add(
        households,
        &[
            ("户主姓名", t("张三")),
            ("户主身份证号", t(&head)),
            ("保障人口", In::N(2.0)),
            ("家庭年总收入（元）", t("")),
            ("所属街道", t("保合少镇")),
            ("低保（特困）证号", t(&certificate)),
            ("最初享受月份", t("2022.05")),
            ("开户银行", t("中国农业银行")),
            ("银行账户名称", t("张三")),
            ("银行帐号", t(&format!("62284800000000{number:05}"))),
            ("一卡通账号", t("")),
            ("残疾等级", t("")),
            ("状态", t("正常")),
            ("停发月份", t("")),
            ("家庭成员身份证号", t("")),
        ],
    );
    for (name, own, relation) in [("张三", &head, "户主"), ("李四", &wife, "配偶")] {
        add(
            people,
            &[
                ("姓名", t(name)),
                ("身份证号", t(own)),
                ("户主身份证号", t(&head)),
                ("与户主关系", t(relation)),
                ("年收入（元）", In::N(0.0)),
                ("最初享受月份", t("2022.05")),
                ("一卡通账号", t("")),
                ("救助类型", t("农村低保")),
            ],
        );
    }
    certificate
}

/// Adds a row; the first gives the headers.
fn add((headers, rows): &mut Sheet, cells: &[(&str, In)]) {
    if headers.is_empty() {
        *headers = cells.iter().map(|(header, _)| (*header).to_owned()).collect();
    }
    rows.push(cells.iter().map(|(_, cell)| cell.clone()).collect());
}

const TEKUN: [&str; 2] = ["特困人员家庭查询_20230201.xlsx", "特困人员人员查询_20230201.xlsx"];
const DIBAO: [&str; 2] = ["农村低保家庭查询_20230201.xlsx", "农村低保人员查询_20230201.xlsx"];

/// Living allowance 807.33 and care 1,265.00.
const WHOLE: &str = "entitled 1265.00, entitled 807.33; paid 807.33 + 1265.00";
const HELD: &str = "entitled 1265.00, entitled 807.33; paid nothing";
const DEFERRED: &str = "deferred  incomplete; paid nothing";

#[test]
fn what_the_two_files_of_tekun_say_against_each_other_is_named_at_both_cells_and_not_paid() {
    hold(
        "tekun",
        TEKUN,
        tekun,
        &[
            case("as it should be", vec![], WHOLE, &[]),
            case(
                "care grades differ",
                vec![(Person(0), "生活自理能力", t("全自理"))],
                DEFERRED,
                &["files-differ household F", "files-differ person G"],
            ),
            case(
                "非农业 and 农业",
                vec![(Household, "户籍类型", t("非农业"))],
                DEFERRED,
                &["files-differ household E", "files-differ person F"],
            ),
            case("农业 and 农村 are one", vec![(Household, "户籍类型", t("农业"))], WHOLE, &[]),
            case(
                "集中 in an institution, and 分散",
                vec![(Household, "供养方式", t("集中供养")), (Household, "供养机构", t("敬老院"))],
                DEFERRED,
                &["files-differ household D", "files-differ person E"],
            ),
            case(
                "another card in the person's row",
                vec![(Person(0), "一卡通账号", t("6228480000000999999"))],
                HELD,
                &["files-differ household M", "files-differ person J"],
            ),
            case("the card alone says the number", vec![(Household, "银行帐号", t(""))], WHOLE, &[]),
            case("the household's row alone says it", vec![(Person(0), "一卡通账号", t(""))], WHOLE, &[]),
            case(
                "first months differ",
                vec![(Household, "最初享受月份", t("2023.03"))],
                DEFERRED,
                &["files-differ household H", "files-differ person I"],
            ),
            case(
                "the person's care grade cannot be read, the household's can",
                vec![(Person(0), "生活自理能力", t("全护理级"))],
                DEFERRED,
                &["code-unknown person G"],
            ),
            case(
                "a grade in the household's row alone",
                vec![(Person(0), "生活自理能力", t("")), (Household, "生活自理能力", t("半护理"))],
                "entitled 494.00, entitled 807.33; paid 807.33 + 494.00",
                &[],
            ),
            case(
                "a grade in neither",
                vec![(Person(0), "生活自理能力", t("")), (Household, "生活自理能力", t(""))],
                "deferred  incomplete, entitled 807.33; paid 807.33",
                &["needed-blank person G"],
            ),
            case(
                "two names for one number: looked at; the account is in the other one",
                vec![(Person(0), "姓名", t("张山"))],
                HELD,
                &["person-of-two-names person A"],
            ),
        ],
    );
}

/// 621 × 2, nobody with an income.
const TWO: &str = "entitled 1242.00; paid 1242.00";

#[test]
fn a_number_in_a_number_cell_is_refused_wherever_it_stands_in_an_export() {
    // Rounded to fifteen digits, and right by its check digit all the same.
    let passing = passing_numbers();
    let number = |text: &str| In::F(text.parse().unwrap(), "0");
    let card = In::F(6228480000000000000.0, "0");
    hold(
        "dibao",
        DIBAO,
        |at, sheets| match at {
            1 | 2 => dibao_of(at, &passing[at - 1], sheets),
            _ => dibao(at, sheets),
        },
        &[
            case("as it should be", vec![], TWO, &[]),
            case(
                "the head's number in the household's row",
                vec![(Household, "户主身份证号", number(&passing[0]))],
                DEFERRED,
                &["identity-number-cell household B"],
            ),
            case(
                "the head's number in one person's row",
                vec![(Person(1), "户主身份证号", number(&passing[1]))],
                DEFERRED,
                &["identity-number-cell person C"],
            ),
            case(
                "the account of the household",
                vec![(Household, "银行帐号", card.clone())],
                "entitled 1242.00; paid nothing",
                &["account-number-cell household J"],
            ),
            case(
                "the card of the household beside its account",
                vec![(Household, "一卡通账号", card.clone())],
                "entitled 1242.00; paid nothing",
                &["account-number-cell household K"],
            ),
            case(
                "a short number is read with a warning",
                vec![
                    (Household, "银行帐号", t("")),
                    (Household, "一卡通账号", In::F(622848000000123.0, "0")),
                ],
                TWO,
                &["account-number-cell-short household K"],
            ),
            case(
                "the head's card",
                vec![(Person(0), "一卡通账号", card.clone())],
                "entitled 1242.00; paid nothing",
                &["account-number-cell person G"],
            ),
            case(
                "another's card is nobody's account here",
                vec![(Person(1), "一卡通账号", t("6228480000000999999"))],
                TWO,
                &[],
            ),
        ],
    );
}

#[test]
fn what_cannot_be_read_of_a_household_is_not_replaced() {
    hold(
        "dibao",
        DIBAO,
        dibao,
        &[
            case(
                "incomes of two people",
                vec![(Person(0), "年收入（元）", In::N(1200.0))],
                "entitled 1142.00; paid 1142.00",
                &[],
            ),
            case(
                "the household's income where nobody has his own",
                vec![
                    (Household, "家庭年总收入（元）", In::N(2400.0)),
                    (Person(0), "年收入（元）", t("")),
                    (Person(1), "年收入（元）", t("")),
                ],
                "entitled 1042.00; paid 1042.00",
                &[],
            ),
            case(
                "one that cannot be read is not the household's",
                vec![
                    (Household, "家庭年总收入（元）", In::N(1200.0)),
                    (Person(0), "年收入（元）", t("3万")),
                    (Person(1), "年收入（元）", t("")),
                ],
                DEFERRED,
                &["needed-blank person E", "unit-disagrees person E"],
            ),
            case(
                "nor is a blank one beside one that is filled",
                vec![(Household, "家庭年总收入（元）", In::N(1200.0)), (Person(1), "年收入（元）", t(""))],
                DEFERRED,
                &["needed-blank person E"],
            ),
            case(
                "the household has ended",
                vec![(Household, "状态", t("停发"))],
                "not-current; paid nothing",
                &[],
            ),
            case(
                "the household ends before the month",
                vec![(Household, "停发月份", t("2023-01"))],
                "not-current; paid nothing",
                &[],
            ),
            case(
                "a grade of disability that nobody knows whose it is",
                vec![(Household, "残疾等级", t("一级"))],
                DEFERRED,
                &["household-cell-of-one household L"],
            ),
            case(
                "another head than the household's row says",
                vec![(Person(0), "与户主关系", t("配偶")), (Person(1), "与户主关系", t("户主"))],
                DEFERRED,
                &["head-differs person D", "head-differs person D"],
            ),
            case(
                "the head is marked as nobody's head",
                vec![(Person(0), "与户主关系", t("之子"))],
                DEFERRED,
                &["head-differs person D"],
            ),
            case(
                "how many are covered is blank",
                vec![(Household, "保障人口", t(""))],
                TWO,
                &["household-count-blank household C"],
            ),
            case(
                "a member in the household's cells whom nobody listed",
                vec![(Household, "家庭成员身份证号", t(&id("20100101", 1)))],
                TWO,
                &["member-without-row household O"],
            ),
            case(
                "the same, and nobody counted them",
                vec![(Household, "家庭成员身份证号", t(&id("20100101", 2))), (Household, "保障人口", t(""))],
                DEFERRED,
                &["household-count-blank household C", "member-without-row household O"],
            ),
            case(
                "a number cell among the members",
                vec![(Household, "家庭成员身份证号", In::F(150_199_201_001_010_000.0, "0"))],
                TWO,
                &["identity-number-cell household O"],
            ),
            case(
                "a certificate number in neither file",
                vec![(Household, "低保（特困）证号", t(""))],
                "; paid nothing",
                &["needed-blank household F"],
            ),
        ],
    );
}

#[test]
fn members_in_cells_are_read_by_the_kind_of_their_cells() {
    let child = |number: u32| id("20100101", number);
    let numbers = passing_numbers();
    let header = |more: &str| {
        let columns = "户主姓名,户主身份证号,乡镇,低保证号,保障人口,家庭月收入,最初享受月份,状态,银行账号";
        format!("{columns},{more}").split(',').map(t).collect::<Vec<In>>()
    };
    let row = |certificate: &str, people: f64, members: Vec<In>| {
        let head = id("19600101", certificate[3..].parse().unwrap());
        let cells = [t("张三"), t(&head), t("保合少镇"), t(certificate), In::N(people), In::N(0.0)];
        [cells.to_vec(), vec![t("2022-05"), t("正常"), t("6228480000000000019")], members].concat()
    };
    let rows = vec![
        header("家庭成员身份证号1,家庭成员身份证号2,家庭成员姓名"),
        row("农01", 3.0, vec![t(&child(1)), In::F(numbers[0].parse().unwrap(), "0"), t("张小、李四")]),
        row("农02", 2.0, vec![t(&child(2)), In::Blank, t("张*")]),
        row("农03", 2.0, vec![In::F(numbers[1].parse().unwrap(), "0"), In::Blank, In::Blank]),
    ];
    let judged = judge("dibao", &[("新城区农村低保备案表.xlsx", super::xlsx(&rows))]);
    let said = |row: usize| judged.said(&[row..row + 1, 0..0]);
    assert_eq!(judged.outcome("农01"), "deferred  member; paid nothing");
    assert_eq!(said(2), ["identity-number-cell household K"]);
    assert_eq!(said(3), ["name-masked household L"]);
    assert_eq!(judged.outcome("农03"), "deferred  member; paid nothing");
    assert_eq!(said(4), ["identity-number-cell household J"]);
}

#[test]
fn an_export_downloaded_twice_is_one_warning_and_a_household_that_differs_is_deferred() {
    let mut sheets: [Sheet; 2] = Default::default();
    let (one, two) = (dibao(0, &mut sheets), dibao(1, &mut sheets));
    let bytes = |(headers, rows): &Sheet| {
        super::xlsx(&[vec![headers.iter().map(|header| t(header)).collect()], rows.clone()].concat())
    };
    let [households, people] = sheets.each_ref().map(bytes);
    let again = ["农村低保家庭查询_20230201 (1).xlsx", "农村低保人员查询_20230201 (1).xlsx"];
    let judged = judge(
        "dibao",
        &[
            (DIBAO[0], households.clone()),
            (DIBAO[1], people.clone()),
            (again[0], households.clone()),
            (again[1], people.clone()),
        ],
    );
    assert_eq!([judged.outcome(&one), judged.outcome(&two)], [TWO, TWO]);
    let said = |judged: &Judged| {
        let loud =
            judged.findings.iter().filter(|row| row["severity"] != "info" && row["file"].ends_with("xlsx"));
        let mut said: Vec<String> = loud.map(|row| format!("{} {}", row["code"], row["file"])).collect();
        said.sort();
        said
    };
    // Of two equal files the one whose name comes later repeats the other.
    let repeated: Vec<String> = said(&judged);
    assert_eq!(repeated.len(), 2, "{repeated:?}");
    assert!(repeated.iter().all(|said| said.starts_with("file-repeated")), "{repeated:?}");
    for (file, rows) in [(DIBAO[0], 2..4), (again[0], 2..4), (DIBAO[1], 2..6), (again[1], 2..6)] {
        for row in rows {
            let source = format!("{file}!Sheet1:{row}");
            let behind = |decision: &&Row| decision["source"].split(';').any(|one| one == source);
            assert_eq!(judged.decisions.iter().filter(behind).count(), 1, "{source}");
        }
    }
    // Another account in the second: nobody knows which file is right.
    let account = sheets[0].0.iter().position(|header| header == "银行帐号").unwrap();
    sheets[0].1[0][account] = t("6228480000000999999");
    let judged = judge("dibao", &[(DIBAO[0], households), (DIBAO[1], people), (again[0], bytes(&sheets[0]))]);
    assert_eq!([judged.outcome(&one), judged.outcome(&two)], ["deferred  duplicate; paid nothing", TWO]);
    let said = said(&judged);
    assert_eq!(said.iter().filter(|said| said.starts_with("households-of-one-head")).count(), 2, "{said:?}");
    assert_eq!(
        said.iter().filter(|said| said.starts_with("household-without-people")).count(),
        0,
        "{said:?}"
    );
}
