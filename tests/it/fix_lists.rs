//! Fix lists go out to a township and come back corrected (through the built binary): what was wrong is paid,
//! nothing is paid twice, no row is lost, and what does not fit is said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::bureau::{Bureau, Row, read_csv};
use crate::integrity::small::{account, identity, rosters};

const LIST: &str = "sanmin-东街街道-修正.xlsx";

/// Three people of one township: a right row, one with a wrong check digit and a masked name, one whose first
/// month cannot be read. And one of another township whose status is blank.
fn bureau() -> Bureau {
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-02", &[], &[]);
    let wrong = format!("{}8", &identity(102)[..17]);
    assert_ne!(wrong, identity(102));
    let row = |id: &str, name: &str, township: &str, from: &str, status: &str, sequence: u32| {
        format!("{id},{name},{township},{from},{status},中国农业银行,{},{name}\n", account(sequence))
    };
    let text = [
        "身份证号,姓名,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称\n".to_owned(),
        row(&identity(101), "赵甲一", "东街街道", "2023-01", "正常", 101),
        row(&wrong, "钱乙二", "东街街道", "2023-01", "正常", 102),
        row(&identity(103), "=孙丙三", "东街街道", "二〇二三年一月", "正常", 103),
        row(&identity(104), "李丁四", "西街街道", "2023-01", "", 104),
    ];
    bureau.write("rosters/2023-02/sanmin.csv", text.concat());
    bureau
}

/// Writes the fix lists into a folder of their own and gives its path.
fn lists(bureau: &Bureau, name: &str) -> PathBuf {
    let folder = bureau.path().join(name);
    bureau.must(1, &["check", "--month", "2023-02", "--fix-lists", folder.to_str().unwrap()]);
    folder
}

/// The first sheet of a list as texts.
fn table(path: &Path) -> Vec<Vec<String>> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// Corrects cells of a list as a clerk would, by header and row, and saves it.
fn correct(from: &Path, to: &Path, cells: &[(usize, &str, &str)]) {
    let mut table = table(from);
    for (row, header, value) in cells {
        let column = table[0].iter().position(|head| head == header).unwrap_or_else(|| panic!("{header}"));
        table[*row][column] = (*value).to_owned();
    }
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in table.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row as u32, column as u16, cell).unwrap();
        }
    }
    workbook.save(to).unwrap();
}

/// A dry run's files.
struct Dry {
    decisions: Vec<Row>,
    findings: Vec<Row>,
    total: String,
}

fn dry(bureau: &Bureau) -> Dry {
    let said = bureau.must(0, &["run", "--month", "2023-02", "--dry-run", "--by", "operator", "--json"]);
    let out = bureau.path().join("out/2023-02/dry-run");
    Dry {
        decisions: read_csv(&out.join("decisions.csv")),
        findings: read_csv(&out.join("findings.csv")),
        total: said.json()["total"].as_str().map_or_else(|| said.json()["total"].to_string(), str::to_owned),
    }
}

impl Dry {
    /// Code by source row of everything that needs somebody.
    fn wrong(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .findings
            .iter()
            .filter(|row| row["severity"] != "info")
            .filter(|row| row["file"].starts_with("sanmin"))
            .map(|row| format!("{} {}", row["code"], row["name"]))
            .collect();
        wrong.sort();
        wrong
    }

    fn sources(&self) -> BTreeMap<String, String> {
        self.decisions.iter().map(|row| (row["source"].clone(), row["outcome"].clone())).collect()
    }

    /// Every data row of the roster file stands behind a decision (READING 21).
    fn every_row_is_accounted_for(&self) {
        let all: Vec<&str> = self.decisions.iter().flat_map(|row| row["source"].split(';')).collect();
        for row in 2..=5 {
            let source = format!("sanmin.csv:{row}");
            assert_eq!(all.iter().filter(|known| **known == source).count(), 1, "{source}: {all:?}");
        }
    }
}

#[test]
fn a_corrected_list_is_read_in_place_of_its_rows_and_pays_them() {
    let bureau = bureau();
    let before = dry(&bureau);
    assert_eq!(before.total, "900.00");
    before.every_row_is_accounted_for();
    let folder = lists(&bureau, "to-mend");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [LIST, "sanmin-西街街道-修正.xlsx"]);

    // What the township gets: its two rows and no other, values as they were sent, reasons beside them.
    let sent = table(&folder.join(LIST));
    assert_eq!(sent.len(), 3);
    let cell =
        |row: usize, header: &str| sent[row][sent[0].iter().position(|head| head == header).unwrap()].clone();
    assert_eq!(cell(1, "身份证号"), format!("{}8", &identity(102)[..17]));
    assert_eq!(cell(1, "银行账号"), account(102));
    assert_eq!(cell(2, "最初享受月份"), "二〇二三年一月");
    assert_eq!(cell(2, "姓名"), "'=孙丙三");
    assert!(cell(1, "需要修改的内容").contains("身份证号"), "{}", cell(1, "需要修改的内容"));
    assert!(!cell(1, "怎样修改").is_empty());
    assert_eq!(cell(2, "原表位置"), "sanmin.csv:4");

    let month = bureau.path().join("rosters/2023-02");
    correct(
        &folder.join(LIST),
        &month.join(LIST),
        &[
            (1, "身份证号", &identity(102)),
            (2, "最初享受月份", "2023-01"),
            (2, "姓名", "孙丙三"),
            (2, "账户名称", "孙丙三"),
        ],
    );
    let after = dry(&bureau);
    assert_eq!(after.total, "2700.00", "{:?}", after.wrong());
    after.every_row_is_accounted_for();
    let sources = after.sources();
    assert_eq!(sources[&format!("{LIST}!Sheet1:2;sanmin.csv:3")], "entitled");
    assert_eq!(sources[&format!("{LIST}!Sheet1:3;sanmin.csv:4")], "entitled");
    assert!(after.wrong().iter().all(|wrong| wrong.starts_with("needed-blank")), "{:?}", after.wrong());

    // It is released, and the ledger can be verified from the archive, fix list and all.
    let run = bureau
        .must(0, &["run", "--month", "2023-02", "--by", "operator", "--json", "--today", "2023-02-02"])
        .json();
    let number = run["run"].to_string();
    bureau.must(0, &["approve", &number, "--total", "2700.00", "--by", "reviewer", "--today", "2023-02-03"]);
    bureau.must(0, &["verify"]);
    assert_eq!(dry(&bureau).total, "0.00");
}

#[test]
fn an_untouched_list_says_what_the_roster_said() {
    let bureau = bureau();
    let before = dry(&bureau);
    let folder = lists(&bureau, "to-mend");
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), bureau.path().join("rosters/2023-02").join(entry.file_name())).unwrap();
    }
    let after = dry(&bureau);
    assert_eq!((after.total.as_str(), after.wrong()), ("900.00", before.wrong()));
    after.every_row_is_accounted_for();
    // A second round does not write over the lists that are in the folder.
    let again = lists(&bureau, "again");
    assert!(again.join("sanmin-东街街道-修正2.xlsx").is_file());
    correct(
        &again.join("sanmin-东街街道-修正2.xlsx"),
        &bureau.path().join("rosters/2023-02/sanmin-东街街道-修正2.xlsx"),
        &[(1, "身份证号", &identity(102))],
    );
    let third = dry(&bureau);
    assert_eq!(third.total, "1800.00");
    third.every_row_is_accounted_for();
    assert!(third.sources().keys().any(|source| source.matches(';').count() == 2), "{:?}", third.sources());
}

#[test]
fn a_list_read_twice_pays_once_and_two_that_differ_pay_nobody() {
    let bureau = bureau();
    let folder = lists(&bureau, "to-mend");
    let month = bureau.path().join("rosters/2023-02");
    let right = [(1, "身份证号", identity(102))];
    let cells: Vec<(usize, &str, &str)> =
        right.iter().map(|(row, head, id)| (*row, *head, id.as_str())).collect();
    correct(&folder.join(LIST), &month.join(LIST), &cells);
    fs::copy(month.join(LIST), month.join("sanmin-东街街道-副本.xlsx")).unwrap();
    let twice = dry(&bureau);
    assert_eq!(twice.total, "1800.00", "{:?}", twice.wrong());
    twice.every_row_is_accounted_for();

    correct(&folder.join(LIST), &month.join("sanmin-东街街道-副本.xlsx"), &[(1, "身份证号", &identity(105))]);
    let differ = dry(&bureau);
    assert_eq!(differ.total, "900.00");
    assert_eq!(differ.wrong().iter().filter(|wrong| wrong.starts_with("fix-row-twice")).count(), 2);
    let again = lists(&bureau, "again");
    assert!(again.is_dir());
}

#[test]
fn a_list_whose_original_was_sent_anew_is_not_used() {
    let bureau = bureau();
    let folder = lists(&bureau, "to-mend");
    let month = bureau.path().join("rosters/2023-02");
    correct(&folder.join(LIST), &month.join(LIST), &[(1, "身份证号", &identity(102))]);

    // The same bytes under another name too: the same rows, corrected once, paid once.
    let original = fs::read(month.join("sanmin.csv")).unwrap();
    fs::write(month.join("sanmin-重发.csv"), &original).unwrap();
    assert_eq!(dry(&bureau).total, "1800.00");
    fs::remove_file(month.join("sanmin-重发.csv")).unwrap();

    // Renamed: found by its digest.
    fs::rename(month.join("sanmin.csv"), month.join("sanmin-二月.csv")).unwrap();
    assert_eq!(dry(&bureau).total, "1800.00");
    fs::rename(month.join("sanmin-二月.csv"), month.join("sanmin.csv")).unwrap();

    // Another file: nobody can say which of the two holds.
    let text = String::from_utf8(original.clone()).unwrap().replace("二〇二三年一月", "2023-01");
    fs::write(month.join("sanmin.csv"), text).unwrap();
    let changed = dry(&bureau);
    assert!(
        changed.wrong().iter().any(|wrong| wrong.starts_with("fix-source-changed")),
        "{:?}",
        changed.wrong()
    );
    changed.every_row_is_accounted_for();

    // The original is gone.
    fs::write(month.join("sanmin-别的.csv"), "身份证号,姓名,状态,最初享受月份\n").unwrap();
    fs::remove_file(month.join("sanmin.csv")).unwrap();
    let gone = dry(&bureau);
    assert!(gone.wrong().iter().any(|wrong| wrong.starts_with("fix-source-missing")), "{:?}", gone.wrong());

    // A row the township added by itself, and one whose place was altered.
    fs::write(month.join("sanmin.csv"), original).unwrap();
    correct(
        &folder.join(LIST),
        &month.join(LIST),
        &[(1, "原表位置", "sanmin.csv:99"), (2, "原表位置", ""), (2, "原表指纹", "")],
    );
    let wrong = dry(&bureau).wrong();
    assert!(wrong.iter().any(|wrong| wrong.starts_with("fix-row-not-found")), "{wrong:?}");
    assert!(wrong.iter().any(|wrong| wrong.starts_with("fix-row-new")), "{wrong:?}");
}

#[test]
fn lists_are_not_written_among_the_rosters() {
    let bureau = bureau();
    let folder = bureau.path().join("rosters/2023-02");
    let said = bureau.must(2, &["check", "--month", "2023-02", "--fix-lists", folder.to_str().unwrap()]);
    assert!(said.stderr.contains("among the rosters"), "{}", said.stderr);
}
