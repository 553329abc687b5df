//! The workbook of a real run against the CSV files of the same run: read back by a library, and by LibreOffice
//! after it has computed every formula anew, so that a wrong formula cannot hide behind its cached value.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use calamine::{Data, Reader};
use rust_decimal::Decimal;

use crate::bureau::{Bureau, Row, accepting, lay, read_csv, repository};

/// Cells of every sheet as text, by the sheet's name.
type Sheets = BTreeMap<String, Vec<Vec<String>>>;

/// A run of the sample bureau in its second month, after a first one of which the bank sent some money back; some
/// communities are written so that a spreadsheet would compute them.
struct Run {
    /// Keeps the folder.
    _bureau: Bureau,
    folder: PathBuf,
}

const FORMULAS: [&str; 4] = ["=1+1", "+86471", "-SUM(A1)", "@cmd"];

fn run() -> Run {
    let bureau = Bureau::empty("2023-01");
    let sample = repository().join("fixtures/xincheng");
    for part in ["rosters", "registers"] {
        lay(&sample.join(part), &bureau.path().join(part));
    }
    let path = bureau.path().join("rosters/2023-02/aged-70-79.csv");
    let mut roster = fs::read_to_string(&path).unwrap();
    for formula in FORMULAS.iter().cycle().take(16) {
        roster = roster.replacen(",第1社区,", &format!(",{formula},"), 1);
    }
    fs::write(path, roster).unwrap();

    let january = ["--today", "2023-01-05", "--json"];
    let drafted =
        bureau.must(0, &[&january[..], &["run", "--month", "2023-01", "--by", "operator"]].concat());
    approve(&bureau, "2023-01-05", "1", &drafted.json());
    let payments = read_csv(&bureau.path().join("out/2023-01/run-0001/payments.csv"));
    let mut answers = String::from("payment_id,status,amount,reason,date\n");
    for (number, payment) in payments.iter().enumerate() {
        let status = if number % 300 == 7 { "failed" } else { "paid" };
        let (id, amount) = (&payment["payment_id"], &payment["amount"]);
        answers.push_str(&format!("{id},{status},{amount},,2023-01-09\n"));
    }
    bureau.write("answers.csv", answers);
    let file = bureau.path().join("answers.csv");
    bureau.must(0, &["--today", "2023-01-10", "returns", file.to_str().unwrap(), "--by", "operator"]);
    // A past month is put right: somebody should not have been on January's list.
    let path = bureau.path().join("rosters/2023-01/aged-70-79.csv");
    let roster = fs::read_to_string(&path).unwrap();
    fs::write(path, roster.replacen(",正常,", ",停发,", 1)).unwrap();
    let february = ["--today", "2023-02-06", "--lang", "zh", "run", "--month", "2023-02", "--by", "operator"];
    let said = bureau.say(&february);
    assert!(said.exit <= 1, "{}{}", said.stdout, said.stderr);
    let folder = bureau.path().join("out/2023-02/run-0002");
    Run { _bureau: bureau, folder }
}

fn approve(bureau: &Bureau, today: &str, run: &str, drafted: &serde_json::Value) {
    let accepted = accepting(drafted);
    let total = drafted["total"].as_str().unwrap();
    let mut arguments = vec!["--today", today, "approve", run, "--total", total, "--by", "reviewer"];
    arguments.extend(accepted.iter().map(String::as_str));
    bureau.must(0, &arguments);
}

fn decimal(text: &str) -> Decimal {
    let digits: String =
        text.chars().filter(|character| !matches!(character, ',' | ' ' | '\u{a0}')).collect();
    if digits.is_empty() {
        return Decimal::ZERO;
    }
    digits.parse::<Decimal>().unwrap_or_else(|fault| panic!("{text}: {fault}")).round_dp(2)
}

/// The rows of the table whose header is in the third row, each as header → text, and its total row.
fn table(sheets: &Sheets, name: &str) -> (Vec<Row>, Option<Row>) {
    let rows = sheets.get(name).unwrap_or_else(|| panic!("{name} is not among {:?}", sheets.keys()));
    let heads = &rows[2];
    let mut listed = Vec::new();
    for row in &rows[3..] {
        let cells: Row = heads
            .iter()
            .zip(row)
            .filter(|(head, _)| !head.is_empty())
            .map(|(head, cell)| (head.clone(), cell.clone()))
            .collect();
        if row[0].starts_with("合计") {
            return (listed, Some(cells));
        }
        if row.iter().all(String::is_empty) {
            break;
        }
        listed.push(cells);
    }
    (listed, None)
}

fn sum<'r>(rows: impl IntoIterator<Item = &'r Row>, column: &str) -> Decimal {
    rows.into_iter().map(|row| decimal(&row[column])).sum()
}

/// Rows of a sheet and rows of a file, of each the same columns, as sorted lines.
fn same(sheet: &[Row], columns: &[(&str, &str)], file: &[Row], what: &str) {
    let line = |row: &Row, column: &str, number: bool| {
        let text = row.get(column).unwrap_or_else(|| panic!("{what}: no column {column} in {row:?}"));
        if number { decimal(text).normalize().to_string() } else { text.clone() }
    };
    // A column whose name in the file speaks of money.
    let money = |name: &str| {
        name.starts_with("amount")
            || ["current", "arrears", "advance", "reissued", "offset", "beneficiaries"].contains(&name)
    };
    let lines = |rows: &[Row], in_sheet: bool| {
        let mut lines: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                columns
                    .iter()
                    .map(|(head, name)| line(row, if in_sheet { head } else { name }, money(name)))
                    .collect()
            })
            .collect();
        lines.sort();
        lines
    };
    let (sheet, file) = (lines(sheet, true), lines(file, false));
    for (ours, theirs) in sheet.iter().zip(&file) {
        assert_eq!(ours, theirs, "{what}");
    }
    assert_eq!(sheet.len(), file.len(), "{what}");
}

/// Everything that stands both in the workbook and in a CSV file, to the fen.
fn agrees(sheets: &Sheets, folder: &Path) {
    for (name, rows) in sheets {
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with('#') && !cell.starts_with("Err:"), "{name}: {cell}");
        }
    }
    let payments = read_csv(&folder.join("payments.csv"));
    let total = sum(&payments, "amount");
    assert!(total > Decimal::ZERO);

    // 汇总: programme by programme in the order of the pack, which is that of payments.csv.
    let (programmes, all) = table(sheets, "汇总");
    let all = all.unwrap();
    let mut codes: Vec<&str> = payments.iter().map(|payment| payment["programme"].as_str()).collect();
    codes.dedup();
    let parts = [
        ("当月", "current"),
        ("补发", "arrears"),
        ("预发", "advance"),
        ("退票重发", "reissued"),
        ("抵扣", "offset"),
        ("本月实付", "amount"),
    ];
    let paid: Vec<&Row> = programmes.iter().filter(|row| decimal(&row["笔数"]) > Decimal::ZERO).collect();
    assert_eq!(paid.len(), codes.len());
    for (head, column) in parts {
        assert_eq!(decimal(&all[head]), sum(&payments, column), "汇总 {head}");
        for (row, code) in paid.iter().zip(&codes) {
            let own = payments.iter().filter(|payment| payment["programme"] == *code);
            assert_eq!(decimal(&row[head]), sum(own, column), "汇总 {code} {head}");
        }
    }
    assert_eq!(decimal(&all["笔数"]), Decimal::from(payments.len()));
    let held = read_csv(&folder.join("held.csv"));
    assert_eq!(decimal(&all["暂缓"]), sum(&held, "amount"));
    let before = read_csv(&folder.join("../../2023-01/run-0001/payments.csv"));
    assert_eq!(decimal(&all["上月"]), sum(&before, "amount"));
    assert_eq!(decimal(&all["增减"]), total - sum(&before, "amount"));

    let (_, places) = table(sheets, "乡镇与银行");
    assert_eq!(decimal(&places.unwrap()["金额（元）"]), total);
    let (borders, _) = table(sheets, "核对");
    assert!(borders.len() > 3);
    for border in borders {
        assert_eq!(decimal(&border["差额"]), Decimal::ZERO, "{border:?}");
    }

    // 名单: one sheet a programme, one row a payment.
    let mut lists = 0;
    for (row, code) in paid.iter().zip(&codes) {
        let name = format!("名单-{}", row["项目"]);
        let (listed, all) = table(sheets, &name.chars().take(31).collect::<String>());
        let own: Vec<Row> =
            payments.iter().filter(|payment| payment["programme"] == *code).cloned().collect();
        let columns = [
            ("支付编号", "payment_id"),
            ("银行账号", "account_no"),
            ("人（户）数", "beneficiaries"),
            ("当月", "current"),
            ("补发", "arrears"),
            ("预发", "advance"),
            ("退票重发", "reissued"),
            ("抵扣", "offset"),
            ("金额", "amount"),
        ];
        same(&listed, &columns, &own, &name);
        assert_eq!(decimal(&all.unwrap()["金额"]), sum(&own, "amount"), "{name}");
        lists += listed.len();
    }
    assert_eq!(lists, payments.len());

    let changes = read_csv(&folder.join("changes.csv"));
    let (listed, all) = table(sheets, "变动");
    let columns = [
        ("对象", "beneficiary"),
        ("姓名", "name"),
        ("乡镇街道", "township"),
        ("上月", "amount_before"),
        ("本月", "amount_now"),
    ];
    same(&listed, &columns, &changes, "变动");
    let grown = sum(&changes, "amount_now") - sum(&changes, "amount_before");
    assert_eq!(decimal(&all.unwrap()["增减"]), grown);

    let postings = read_csv(&folder.join("postings.csv"));
    let past: Vec<Row> =
        postings.into_iter().filter(|row| ["arrears", "recovery"].contains(&row["kind"].as_str())).collect();
    let columns = [("对象", "beneficiary"), ("享受月份", "benefit_month"), ("金额", "amount")];
    assert!(!past.is_empty());
    same(&table(sheets, "补发追回").0, &columns, &past, "补发追回");
    let columns = [
        ("对象", "beneficiary"),
        ("享受月份", "benefit_month"),
        ("金额", "amount"),
        ("起始", "since"),
        ("处理办法", "action"),
    ];
    assert!(held.len() > 3);
    same(&table(sheets, "暂缓").0, &columns, &held, "暂缓");

    // 退票: what the bank sent back, against what was taken in.
    let answers = read_csv(&folder.join("../../2023-01/answers-0001/answers.csv"));
    let back: Vec<Row> = answers.into_iter().filter(|row| row["kind"] == "return").collect();
    let (listed, all) = table(sheets, "退票");
    assert!(!listed.is_empty());
    assert_eq!(decimal(&all.unwrap()["金额"]), sum(&back, "amount"));

    // 公示: whole, and nobody's whole name.
    let (listed, _) = table(sheets, "公示");
    assert!(listed.len() > 1_000);
    assert!(listed.iter().all(|row| row["姓名"].contains('*')));

    // What a spreadsheet would compute is text, with the apostrophe that our readers take off again.
    let name = sheets.keys().find(|name| name.starts_with("名单-70")).unwrap();
    let communities: Vec<String> =
        table(sheets, name).0.into_iter().map(|row| row["社区村"].clone()).collect();
    for formula in FORMULAS {
        assert!(communities.contains(&format!("'{formula}")), "{formula} is not in {communities:?}");
    }
}

#[test]
fn the_workbook_says_what_the_csv_files_say() {
    let run = run();
    let bytes = fs::read(run.folder.join("reconciliation.xlsx")).unwrap();
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let text = |cell: &Data| match cell {
        Data::DateTime(day) => {
            let (year, month, ..) = day.to_ymd_hms_milli();
            format!("{year}-{month:02}")
        }
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    let sheets: Sheets = workbook
        .worksheets()
        .into_iter()
        .map(|(name, range)| (name, range.rows().map(|row| row.iter().map(text).collect()).collect()))
        .collect();
    agrees(&sheets, &run.folder);
}

#[test]
fn libreoffice_computes_what_the_csv_files_say() {
    let Some(soffice) = on_path("soffice") else {
        let line = "NOT CHECKED: no soffice (LibreOffice) on PATH, so the workbook's formulas were not computed anew";
        // Past the test harness, which would keep it to itself.
        writeln!(std::io::stderr(), "\n**** {line} ****\n").unwrap();
        return;
    };
    let run = run();
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(run.folder.join("reconciliation.xlsx")).unwrap();
    let (stripped, formulas) = without_cached_values(&bytes);
    assert!(formulas > 100, "{formulas}");
    let book = folder.path().join("book.xlsx");
    fs::write(&book, stripped).unwrap();
    agrees(&converted(&soffice, &book), &run.folder);
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The workbook with every formula's value taken away, and how many there were.
fn without_cached_values(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut formulas = 0;
    for position in 0..archive.len() {
        let mut file = archive.by_index(position).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let text = String::from_utf8(bytes).unwrap();
            let mut parts = text.split("</f><v>");
            let mut kept = parts.next().unwrap().to_owned();
            for part in parts {
                formulas += 1;
                kept.push_str("</f>");
                kept.push_str(part.split_once("</v>").unwrap().1);
            }
            bytes = kept.into_bytes();
        }
        package.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        package.write_all(&bytes).unwrap();
    }
    (package.finish().unwrap().into_inner(), formulas)
}

/// A cell; of a date (month, day, year) its month as our files write it.
fn month(cell: &str) -> String {
    match cell.split('/').collect::<Vec<_>>()[..] {
        [month, "01", year] if month.len() == 2 && year.len() == 4 => format!("{year}-{month}"),
        _ => cell.to_owned(),
    }
}

/// Every sheet of a workbook as LibreOffice writes it to CSV, with a profile of its own.
fn converted(soffice: &Path, book: &Path) -> Sheets {
    let folder = book.parent().unwrap();
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let mut command = assert_cmd::Command::new(soffice);
    let output = command
        .args([&profile, "--headless", "--norestore", "--convert-to"])
        .arg("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
        .arg("--outdir")
        .arg(folder)
        .arg(book)
        .timeout(Duration::from_secs(240))
        .output()
        .unwrap();
    let stem = format!("{}-", book.file_stem().unwrap().to_string_lossy());
    let mut sheets = Sheets::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(sheet) = name.strip_prefix(&stem).and_then(|name| name.strip_suffix(".csv")) else {
            continue;
        };
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path).unwrap();
        let rows = reader.records().map(|record| record.unwrap().iter().map(month).collect()).collect();
        sheets.insert(sheet.to_owned(), rows);
    }
    assert!(!sheets.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    sheets
}
