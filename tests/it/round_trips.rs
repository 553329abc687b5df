//! Every kind of list goes out for correction and comes back (through the built binary): an untouched fix list says
//! what the files said, a corrected one is read in place of its rows to the fen, and no row is lost on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::bureau::{Bureau, Row, read_csv};
use crate::reading::{In, edited, t, texts, xlsx};
use crate::rosters::{dry_run, empty_lists, id};

const BANK: &str = "中国农业银行";

/// A month of one roster.
struct Trip {
    bureau: Bureau,
}

impl Trip {
    fn of(roster: &str, files: &[(&str, Vec<u8>)]) -> Trip {
        let bureau = Bureau::empty("2023-01");
        empty_lists(&bureau, &[roster]);
        for (name, bytes) in files {
            bureau.write(&format!("rosters/2023-02/{name}"), bytes);
        }
        Trip { bureau }
    }

    fn month(&self) -> PathBuf {
        self.bureau.path().join("rosters/2023-02")
    }

    /// What is decided of each beneficiary, by programme, and every row that stands behind it but those of fix lists.
    fn decided(&self) -> Vec<String> {
        let (decisions, _) = dry_run(&self.bureau);
        let mut decided: Vec<String> = decisions
            .iter()
            .map(|row| {
                let mut sources: Vec<&str> =
                    row["source"].split(';').filter(|source| !source.contains("修正")).collect();
                sources.sort_unstable();
                let cells = ["programme", "outcome", "amount", "reason"].map(|column| row[column].as_str());
                format!("{} {}", cells.join(" "), sources.join(";"))
            })
            .collect();
        decided.sort();
        decided
    }

    fn findings(&self) -> Vec<Row> {
        read_csv(&self.bureau.path().join("out/2023-02/dry-run/findings.csv"))
    }

    /// Codes of what needs somebody, with the columns' headers.
    fn wrong(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .findings()
            .iter()
            .filter(|row| row["severity"] == "error" && !row["code"].starts_with("held-"))
            // The lists that have nobody are text.
            .filter(|row| !row["file"].ends_with(".csv"))
            .map(|row| {
                format!("{} {}", row["code"], row["column"].split_once(' ').map_or("", |(_, head)| head))
            })
            .map(|wrong| wrong.trim().to_owned())
            .collect();
        wrong.sort();
        wrong
    }

    /// The fix lists of the month, by name.
    fn lists(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = self.bureau.path().join("to-mend");
        self.bureau.must(1, &["check", "--month", "2023-02", "--fix-lists", folder.to_str().unwrap()]);
        fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.month().join(name), bytes).unwrap();
    }

    /// Lists that come back as they went out change nothing.
    fn untouched(&self, lists: &BTreeMap<String, Vec<u8>>) {
        // A cell that cannot be read may be unreadable for another reason: its unit stands in the cell now.
        let before = (self.decided(), self.wrong().len());
        for (name, bytes) in lists {
            self.put(name, bytes);
        }
        let after = (self.decided(), self.wrong().len());
        assert_eq!(after, before);
        for name in lists.keys() {
            let read = |row: &&Row| row["code"] == "fix-list-read" && row["file"] == *name;
            assert!(self.findings().iter().any(|row| read(&row)), "{name} is read");
        }
    }
}

/// Cells of the first sheet as texts.
fn table(bytes: &[u8]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.xlsx");
    fs::write(&path, bytes).unwrap();
    let mut workbook: Xlsx<_> = open_workbook(Path::new(&path)).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// Types a text into cells of a list and leaves everything else as it is: kinds, formats, marks. Cells are named by
/// row, from 1 for the first below the header, and header.
fn typed(bytes: &[u8], cells: &[(usize, &str, &str)]) -> Vec<u8> {
    let head = table(bytes).remove(0);
    edited(bytes, "xl/worksheets/sheet1.xml", |mut sheet| {
        for (row, header, value) in cells {
            let column = head.iter().position(|one| one == header);
            let column = column.unwrap_or_else(|| panic!("no column {header} in {head:?}"));
            assert!(column < 26);
            let start = format!("<c r=\"{}{}\"", char::from(b'A' + column as u8), row + 1);
            let at = sheet.find(&start).unwrap_or_else(|| panic!("no cell {start}"));
            let open = at + sheet[at..].find('>').unwrap();
            let end = match sheet[..open].ends_with('/') {
                true => open + 1,
                false => at + sheet[at..].find("</c>").unwrap() + 4,
            };
            let style =
                sheet[at..open].split("s=\"").nth(1).map_or("0", |rest| rest.split('"').next().unwrap());
            let cell = format!("{start} s=\"{style}\" t=\"inlineStr\"><is><t>{value}</t></is></c>");
            sheet.replace_range(at..end, &cell);
        }
        sheet
    })
}

const HOUSEHOLDS: &str = "农村低保家庭查询_20230201";
const PEOPLE: &str = "农村低保人员查询_20230201";

/// Three households of an export: a right one; one whose person has an income that cannot be read and whose account is
/// a number cell; one whose members stand in cells, one of them in a number cell.
fn export() -> Trip {
    let ids = [id("19600101", 1), id("19600101", 2), id("19610203", 2), id("19600101", 3)];
    let household = |head: &str, people: f64, number: &str, account: In, members: Vec<In>| {
        let cells = [t("张三"), t(head), In::N(people), t("保合少镇"), t(number)];
        let rest = vec![In::Day("2022-05-01", "yyyy-mm"), t(BANK), t("张三"), account];
        [cells.to_vec(), rest, members].concat()
    };
    let households = [
        texts(&[
            "户主姓名",
            "户主身份证号",
            "保障人口",
            "所属街道",
            "低保（特困）证号",
            "最初享受月份",
            "开户银行",
            "银行账户名称",
            "银行帐号",
            "家庭年总收入（元）",
            "家庭成员身份证号",
        ]),
        household(&ids[0], 1.0, "农01", t("6228480000000000019"), vec![]),
        household(&ids[1], 2.0, "农02", In::F(6_228_480_000_000_000_000.0, "0"), vec![]),
        household(
            &ids[3],
            3.0,
            "农03",
            t("6228480000000000035"),
            vec![In::N(2400.0), t(&id("20100101", 3)), In::F(150_199_196_102_030_000.0, "0")],
        ),
    ];
    let person = |own: &str, head: &str, relation: &str, income: In| {
        vec![t("某人"), t(own), t(head), t(relation), income, In::F(2022.05, "0.00")]
    };
    let mut people = vec![
        texts(&["姓名", "身份证号", "户主身份证号", "与户主关系", "年收入（元）", "最初享受月份"]),
        person(&ids[0], &ids[0], "户主", In::N(1000.0)),
        person(&ids[1], &ids[1], "户主", t("3万")),
        person(&ids[2], &ids[1], "配偶", In::N(0.0)),
    ];
    for (row, name) in [(1, "张三"), (2, "张三"), (3, "李四")] {
        people[row][0] = t(name);
    }
    Trip::of(
        "dibao",
        &[(&format!("{HOUSEHOLDS}.xlsx"), xlsx(&households)), (&format!("{PEOPLE}.xlsx"), xlsx(&people))],
    )
}

#[test]
fn rows_of_an_export_go_out_under_their_own_headers_and_are_read_in_place_before_the_files_are_joined() {
    let trip = export();
    trip.decided();
    assert_eq!(
        trip.wrong(),
        ["account-number-cell 银行帐号", "identity-number-cell", "unit-disagrees 年收入（元）",]
    );
    let lists = trip.lists();
    let names = [format!("{PEOPLE}-保合少镇-修正.xlsx"), format!("{HOUSEHOLDS}-保合少镇-修正.xlsx")];
    assert_eq!(lists.keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    let [people, households] = names.each_ref().map(|name| table(&lists[name]));
    assert_eq!(
        people[0][..6],
        ["姓名", "身份证号", "户主身份证号", "与户主关系", "年收入（元）", "最初享受月份"]
    );
    assert_eq!(people[1][4], "3万（单位：元/年）");
    assert_eq!((people.len(), households.len()), (2, 3));
    assert_eq!(households[1][8], "6.22848000000000E+18", "an account that lost digits is shown as one");
    trip.untouched(&lists);

    let member = id("19610203", 3);
    trip.put(&names[0], &typed(&lists[&names[0]], &[(1, "年收入（元）", "1200")]));
    trip.put(
        &names[1],
        &typed(
            &lists[&names[1]],
            &[(1, "银行帐号", "6228480000000000027"), (2, "家庭成员身份证号101", &member)],
        ),
    );
    let decided = trip.decided();
    // 621 × 2 − 100 (1200 ÷ 12); 621 × 3 − 200 and 10 % of 621 for the child.
    let of =
        |amount: &str| decided.iter().find(|decided| decided.contains(amount)).cloned().unwrap_or_default();
    assert_eq!(
        of(" 1142.00 "),
        format!(
            "dibao entitled 1142.00  {PEOPLE}.xlsx!Sheet1:3;{PEOPLE}.xlsx!Sheet1:4;{HOUSEHOLDS}.xlsx!Sheet1:3"
        ),
        "{decided:#?}"
    );
    assert_eq!(
        of(" 1725.10 "),
        format!("dibao entitled 1725.10  {HOUSEHOLDS}.xlsx!Sheet1:4"),
        "{decided:#?}"
    );
    assert_eq!(trip.wrong(), Vec::<String>::new());
    let paid = read_csv(&trip.bureau.path().join("out/2023-02/dry-run/payments.csv"));
    assert_eq!(paid.len(), 3);
    assert!(paid.iter().any(|row| row["account_no"] == "6228480000000000027"), "{paid:?}");

    // It is released, and the ledger can be verified from the archive, fix lists and all.
    let day = |day: &'static str| ["--today", day];
    let run = ["run", "--month", "2023-02", "--by", "operator", "--json"];
    let drafted = trip.bureau.must(0, &[&run[..], &day("2023-02-02")].concat()).json();
    let (number, total) = (drafted["run"].to_string(), drafted["total"].as_str().unwrap().to_owned());
    let approve = ["approve", &number, "--total", &total, "--by", "reviewer"];
    trip.bureau.must(0, &[&approve[..], &day("2023-02-03")].concat());
    trip.bureau.must(0, &["verify"]);
}

#[test]
fn a_fix_list_of_an_export_is_known_by_its_original_whatever_it_is_called() {
    let trip = export();
    let lists = trip.lists();
    let name = format!("{PEOPLE}-保合少镇-修正.xlsx");
    let corrected = typed(&lists[&name], &[(1, "年收入（元）", "1200")]);
    trip.put("dibao-保合少镇改好了.xlsx", &corrected);
    assert!(
        trip.decided().iter().any(|decided| decided.contains("entitled 1142.00")),
        "{:#?}",
        trip.decided()
    );
    // Sent twice: once.
    trip.put(&name, &corrected);
    assert!(
        trip.decided().iter().any(|decided| decided.contains("entitled 1142.00")),
        "{:#?}",
        trip.decided()
    );
    // Two that differ: neither, and the household is not paid.
    trip.put(&name, &typed(&lists[&name], &[(1, "年收入（元）", "2400")]));
    let decided = trip.decided();
    assert!(!decided.iter().any(|decided| decided.contains("entitled 11")), "{decided:#?}");
    assert_eq!(trip.wrong().iter().filter(|wrong| *wrong == "fix-row-twice").count(), 2);
    // The original was sent anew: which of the two holds is not known.
    fs::remove_file(trip.month().join(&name)).unwrap();
    let original = trip.month().join(format!("{PEOPLE}.xlsx"));
    let other = typed(&fs::read(&original).unwrap(), &[(1, "年收入（元）", "600")]);
    fs::write(&original, other).unwrap();
    fs::rename(trip.month().join("dibao-保合少镇改好了.xlsx"), trip.month().join(&name)).unwrap();
    let decided = trip.decided();
    assert!(!decided.iter().any(|decided| decided.contains("entitled 11")), "{decided:#?}");
    assert!(trip.wrong().contains(&"fix-source-changed".to_owned()), "{:?}", trip.wrong());
}

#[test]
fn amounts_in_ten_thousands_come_back_as_they_went() {
    let header = ["身份证号", "姓名", "乡镇街道", "状态", "审批编号", "批准日期", "批准金额", "救助人数"];
    let mut rows = vec![texts(&["2023年2月临时救助发放表"]), texts(&["", "", "", "", "", "单位：万元"])];
    rows.push([texts(&header), texts(&["一事一议", "开户银行", "银行账号", "账户名称"])].concat());
    for (number, day, amount) in [(1, "2023-01-28", 0.1234), (2, "", 0.2), (3, "2023-01-29", 0.03)] {
        let own = id("19600101", number);
        let mut row = texts(&[&own, "张三", "保合少镇", "正常", &format!("救{number}"), day]);
        row.extend([In::F(amount, "0.0000"), In::N(1.0), t("")]);
        row.extend(texts(&[BANK, &format!("622848000000000{number:04}"), "张三"]));
        rows.push(row);
    }
    // A third whose status is blank.
    rows[5][3] = t("");
    let trip = Trip::of("temporary-aid", &[("temporary-aid.xlsx", xlsx(&rows))]);
    let lists = trip.lists();
    trip.untouched(&lists);
    let (name, list) = lists.iter().next().unwrap();
    trip.put(name, &typed(list, &[(1, "批准日期", "2023-01-30"), (2, "状态", "正常")]));
    let entitled: Vec<String> =
        trip.decided().into_iter().filter(|decided| decided.contains("entitled")).collect();
    assert_eq!(
        entitled,
        [
            "temporary-aid entitled 1234.00  temporary-aid.xlsx!Sheet1:4",
            "temporary-aid entitled 2000.00  temporary-aid.xlsx!Sheet1:5",
            "temporary-aid entitled 300.00  temporary-aid.xlsx!Sheet1:6",
        ]
    );
}

#[test]
fn yearly_incomes_stay_yearly_on_their_way() {
    let header =
        ["身份证号", "姓名", "乡镇街道", "家庭编号", "与户主关系", "户口性质", "最初享受月份", "状态"];
    let more = ["年收入（元）", "开户银行", "银行账号", "账户名称"];
    let mut rows = vec![[texts(&header), texts(&more)].concat()];
    for (number, income, status) in [(1, "1200", "正常"), (2, "2400", ""), (3, "3万", "正常")] {
        let own = id("19600101", number);
        let household = format!("0{number}");
        rows.push(
            [
                texts(&[&own, "张三", "保合少镇", &household, "户主", "农村", "2022-05", status]),
                texts(&[income, BANK, &format!("622848000000000{number:04}"), "张三"]),
            ]
            .concat(),
        );
    }
    let trip = Trip::of("dibao", &[("dibao-保合少镇.xlsx", xlsx(&rows))]);
    let lists = trip.lists();
    trip.untouched(&lists);
    let (name, list) = lists.iter().next().unwrap();
    assert_eq!(table(list)[1].iter().find(|cell| cell.contains("元/年")).unwrap(), "2400元/年");
    trip.put(name, &typed(list, &[(1, "状态", "正常"), (2, "月收入", "3000元/年")]));
    let entitled: Vec<String> =
        trip.decided().into_iter().filter(|decided| decided.contains("entitled")).collect();
    // 621 less 100, 200 and 250 a month.
    assert_eq!(
        entitled,
        [
            "dibao entitled 371.00  dibao-保合少镇.xlsx!Sheet1:4",
            "dibao entitled 421.00  dibao-保合少镇.xlsx!Sheet1:3",
            "dibao entitled 521.00  dibao-保合少镇.xlsx!Sheet1:2",
        ]
    );
}

#[test]
fn number_and_day_cells_keep_their_kind_and_their_format() {
    let header = ["身份证号", "姓名", "乡镇街道", "最初享受月份", "停发月份", "状态", "生存认证日期"];
    let mut rows = vec![[texts(&header), texts(&["开户银行", "银行账号", "账户名称"])].concat()];
    let row = |number: u32, first: In, last: In, verified: In, account: In| {
        let own = id("19350101", number);
        let mut row = vec![t(&own), t("张三"), t("保合少镇"), first, last, t(""), verified, t(BANK)];
        row.extend([account, t("张三")]);
        row
    };
    rows.push(row(
        1,
        In::F(2020.1, "0.00"),
        In::Day("2023-05-31", "yyyy/m/d"),
        In::Day("2022-12-01", "yyyy-mm-dd"),
        In::F(622_848_000_000_123.0, "0"),
    ));
    // October, or January: nobody knows.
    rows.push(row(2, In::N(2020.1), In::Blank, In::Blank, t("6228480000000000027")));
    rows.push(row(
        3,
        In::F(202_005.0, "0"),
        In::F(2023.01, "0.00"),
        In::Day("2022-12-01", "m/d/yy"),
        t("6228480000000000035"),
    ));
    // Cells of a kind that their column does not have: copied as texts they would be read as an account and as a name.
    rows.push(row(4, t("2020-05"), In::Blank, In::Blank, In::Flag(true)));
    let mut named_by_a_number = row(5, t("2020-05"), In::Blank, In::Blank, t("6228480000000000051"));
    named_by_a_number[1] = In::F(150_199_196_001_010_000.0, "0");
    rows.push(named_by_a_number);
    let trip = Trip::of("old-age", &[("old-age-保合少镇.xlsx", xlsx(&rows))]);
    let lists = trip.lists();
    trip.untouched(&lists);
    let (name, list) = lists.iter().next().unwrap();
    let active: Vec<(usize, &str, &str)> = (1..=5).map(|row| (row, "状态", "正常")).collect();
    trip.put(name, &typed(list, &active));
    assert_eq!(
        trip.decided(),
        [
            "old-age entitled 100.00  old-age-保合少镇.xlsx!Sheet1:2",
            "old-age entitled 100.00  old-age-保合少镇.xlsx!Sheet1:5",
            "old-age entitled 100.00  old-age-保合少镇.xlsx!Sheet1:6",
            "old-age not-current   old-age-保合少镇.xlsx!Sheet1:4",
            "old-age rejected  needed field old-age-保合少镇.xlsx!Sheet1:3",
        ]
    );
    assert_eq!(
        trip.wrong(),
        ["account-unreadable 银行账号", "date-ambiguous 最初享受月份", "name-unreadable 姓名"]
    );
    let paid = read_csv(&trip.bureau.path().join("out/2023-02/dry-run/payments.csv"));
    assert_eq!(paid.len(), 1, "what no account is known of, and whose name, is on hold: {paid:?}");
}
