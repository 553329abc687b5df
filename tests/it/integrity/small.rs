//! A bureau of seven people, two banks and two months: big enough to reach every step border, small
//! enough to be set up hundreds of times.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::bureau::{Bureau, Said, accepting, lay, repository};

/// People of the bureau: name, sequence within the place, bank.
pub const PEOPLE: [(&str, u32, &str); 7] = [
    ("赵甲一", 101, "中国农业银行"),
    ("钱乙二", 102, "中国农业银行"),
    ("孙丙三", 103, "中国工商银行"),
    ("李丁四", 104, "中国工商银行"),
    ("周戊五", 105, "中国农业银行"),
    ("吴己六", 106, "中国工商银行"),
    ("郑庚七", 107, "中国农业银行"),
];

/// An identity number of a person born on 1944-03-01 in an imagined place.
pub fn identity(sequence: u32) -> String {
    let digits = format!("15019919440301{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(c, w)| c.to_digit(10).unwrap() * w).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize];
    format!("{digits}{check}")
}

pub fn account(sequence: u32) -> String {
    format!("6299990000000{sequence:06}")
}

/// Rosters of a month: 三民 with these people, every other roster read and empty.
pub fn rosters(bureau: &Bureau, month: &str, people: &[(&str, u32, &str)], stopped: &[u32]) {
    let header = "身份证号,姓名,乡镇街道,最初享受月份,状态,开户银行,银行账号,账户名称";
    let mut rows = format!("{header}\n");
    for (name, sequence, bank) in people {
        let status = if stopped.contains(sequence) { "停发" } else { "正常" };
        rows.push_str(&format!(
            "{},{name},东街街道,2023-01,{status},{bank},{},{name}\n",
            identity(*sequence),
            account(*sequence)
        ));
    }
    bureau.write(&format!("rosters/{month}/sanmin.csv"), rows);
    for (roster, more) in [
        ("aged-70-79", ""),
        ("children", ",儿童类别,安置方式"),
        ("dibao", ",家庭编号,与户主关系,户口性质,月收入"),
        ("disability", ",残疾类别,残疾等级,残疾证号"),
        ("home-care", ",服务对象类别,服务机构"),
        ("meals", ",助餐次数"),
        ("old-age", ""),
        ("tekun", ",户口性质,供养方式,自理能力"),
    ] {
        bureau.write(&format!("rosters/{month}/{roster}.csv"), format!("{header}{more}\n"));
    }
}

/// The bureau before anything was done.
pub fn bureau() -> Bureau {
    let bureau = Bureau::empty("2023-01");
    for year in ["2022", "2024", "2025", "2026"] {
        fs::remove_file(bureau.path().join(format!("calendar/{year}.toml"))).unwrap();
    }
    rosters(&bureau, "2023-01", &PEOPLE, &[]);
    rosters(&bureau, "2023-02", &PEOPLE, &[]);
    rosters(&bureau, "2023-03", &PEOPLE[..6], &[102]);
    bureau
}

/// A copy of a workspace in a folder of its own.
pub fn copy(of: &Path) -> tempfile::TempDir {
    let folder = empty();
    lay(of, folder.path());
    folder
}

/// An empty folder; in memory where the system has such a place.
pub fn empty() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.unwrap()
}

pub fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("disburse")
}

/// A command on a workspace, by the built binary.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(folder).args(["--lang", "en", "--threads", "1"]).args(arguments);
    command.env("RUST_BACKTRACE", "0");
    command
}

pub fn give(folder: &Path, arguments: &[&str]) -> Said {
    command(folder, arguments).output().unwrap().into()
}

/// Gives a command that ends with one of these exit codes.
pub fn must(folder: &Path, exits: &[i32], arguments: &[&str]) -> Said {
    let said = give(folder, arguments);
    assert!(exits.contains(&said.exit), "{arguments:?}: {}\n{}\n{}", said.exit, said.stdout, said.stderr);
    said
}

/// Gives a command that dies at a point; the signal, or how it ended before it came there.
pub fn die(folder: &Path, point: u32, arguments: &[&str]) -> Result<i32, Said> {
    let output = command(folder, arguments).env("DISBURSE_ABORT_AT", point.to_string()).output().unwrap();
    output.status.signal().ok_or_else(|| output.into())
}

/// The points a command passes, in order.
pub fn points(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = command(folder, arguments).env("DISBURSE_ABORT_AT", "list").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    stderr.lines().filter_map(|line| line.strip_prefix("point ")).map(str::to_owned).collect()
}

/// What the program wrote: every file but the database and locks, by path, and every row of the database.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    pub files: BTreeMap<String, Vec<u8>>,
    pub rows: Vec<String>,
}

impl Written {
    /// The first things that differ.
    pub fn differences(&self, other: &Written) -> Vec<String> {
        let mut differences = Vec::new();
        for path in self.files.keys().chain(other.files.keys()) {
            if self.files.get(path) != other.files.get(path) {
                let is = |of: &Written| match of.files.get(path) {
                    None => "absent".to_owned(),
                    Some(bytes) => format!("{} bytes", bytes.len()),
                };
                differences.push(format!("{path}: {} and {}", is(self), is(other)));
            }
        }
        for row in &self.rows {
            if !other.rows.contains(row) {
                differences.push(format!("only the first has {row}"));
            }
        }
        for row in &other.rows {
            if !self.rows.contains(row) {
                differences.push(format!("only the second has {row}"));
            }
        }
        differences.dedup();
        differences.truncate(12);
        differences
    }
}

/// Reads what was written below a folder. Databases count by their rows, wherever they lie.
pub fn written(folder: &Path) -> Written {
    let mut written = Written { files: BTreeMap::new(), rows: Vec::new() };
    collect(folder, folder, &mut written);
    written
}

fn collect(root: &Path, folder: &Path, written: &mut Written) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(root, &path, written);
        } else if name.ends_with("ledger.db") {
            written.rows.extend(rows(&path).into_iter().map(|row| format!("{name} {row}")));
        } else if !name.starts_with(".lock") {
            written.files.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// Every row of a database, table by table.
fn rows(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut tables = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut found = statement.query([]).unwrap();
        let mut of_table = Vec::new();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|column| match row.get_ref(column).unwrap() {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => format!("{bytes:?}"),
                })
                .collect();
            of_table.push(format!("{table} {}", cells.join("|")));
        }
        of_table.sort();
        rows.extend(of_table);
    }
    rows
}

/// The total of the open draft.
pub fn drafted(said: &Said) -> String {
    said.json()["total"].as_str().unwrap().to_owned()
}

/// Drafts and releases a month; the run's number.
pub fn release(folder: &Path, month: &str) -> u64 {
    let today = format!("{month}-03");
    let said =
        must(folder, &[0, 1], &["run", "--month", month, "--today", &today, "--by", "operator", "--json"]);
    let run = said.json()["run"].as_u64().unwrap();
    let (number, total) = (run.to_string(), drafted(&said));
    let mut approve = vec!["approve", &number, "--total", &total, "--today", &today, "--by", "reviewer"];
    let accepted = accepting(&said.json());
    approve.extend(accepted.iter().map(String::as_str));
    must(folder, &[0], &approve);
    run
}

/// Payment id and amount of a run's payments, by account.
pub fn payments(folder: &Path, month: &str, run: u64) -> BTreeMap<String, (String, String)> {
    crate::bureau::read_csv(&folder.join(format!("out/{month}/run-{run:04}/payments.csv")))
        .into_iter()
        .map(|row| (row["account_no"].clone(), (row["payment_id"].clone(), row["amount"].clone())))
        .collect()
}

/// A neutral file that answers every payment of a run: these accounts failed, the others paid.
pub fn answers(folder: &Path, month: &str, run: u64, failed: &[u32]) -> String {
    let failed: Vec<String> = failed.iter().map(|sequence| account(*sequence)).collect();
    let mut text = String::from("payment_id,status,amount,reason,date\n");
    for (account, (payment, amount)) in payments(folder, month, run) {
        let (status, reason) = if failed.contains(&account) { ("failed", "AC01") } else { ("paid", "") };
        text.push_str(&format!("{payment},{status},{amount},{reason},{month}-08\n"));
    }
    text
}

/// The sample bureau of the repository.
pub fn sample() -> tempfile::TempDir {
    copy(&repository().join("fixtures/xincheng"))
}

/// The paths of all files below a folder, with `/`, sorted; none where there is no folder.
pub fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return paths };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            paths.extend(walk(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            paths.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    paths.sort();
    paths
}
