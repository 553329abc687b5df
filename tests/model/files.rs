//! A workspace's files as plain rows. Bytes in, text out; nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

use calamine::Reader;

use crate::figures::{Month, month};
use crate::reading::{Cell, Row, clean_number, date_cell, month_cell};
use crate::rules::Bureau;

const ROSTERS: [&str; 11] = [
    "dibao",
    "tekun",
    "children",
    "disability",
    "old-age",
    "aged-70-79",
    "sanmin",
    "temporary-aid",
    "home-care",
    "meals",
    "pilot-home-care-2022",
];

const TOWNSHIPS: [(&str, &str); 13] = [
    ("150102001", "海拉尔东路街道"),
    ("150102002", "锡林北路街道"),
    ("150102003", "中山东路街道"),
    ("150102004", "东街街道"),
    ("150102005", "西街街道"),
    ("150102006", "东风路街道"),
    ("150102007", "迎新路街道"),
    ("150102008", "成吉思汗大街街道"),
    ("150102101", "保合少镇"),
    ("150102400", "新城区鸿盛高科技园区"),
    ("150102401", "呼伦路街道"),
    ("150102402", "丁香路街道"),
    ("150102403", "东河街道"),
];

/// A month written `2023-02`.
pub fn month_of(text: &str) -> Month {
    match month_cell(text) {
        Cell::Is(month) => month,
        _ => month(0, 1),
    }
}

/// All files under a folder, by path relative to it.
pub fn under<P: AsRef<Path>>(folder: P) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(folder.as_ref(), folder.as_ref(), &mut files);
    files
}

/// A CSV table by header, as the golden tables are written.
pub fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let rows = rows("", &bytes, b',');
    rows.into_iter().map(|row| row.cells).collect()
}

/// The bureau of a month.
pub fn bureau<K: AsRef<str> + Ord>(files: &BTreeMap<K, Vec<u8>>, of_month: &str) -> Bureau {
    let mut rosters: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
    for (path, bytes) in files {
        let Some(name) = path.as_ref().strip_prefix(&format!("rosters/{of_month}/")) else { continue };
        let (stem, ending) = name.rsplit_once('.').unwrap();
        let roster = ROSTERS
            .into_iter()
            .filter(|code| {
                stem.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
            .max_by_key(|code| code.len())
            .unwrap();
        let read = match ending {
            "xlsx" => workbook(name, bytes),
            "tsv" => rows(name, bytes, b'\t'),
            _ => rows(name, bytes, b','),
        };
        rosters.entry(roster).or_default().extend(read);
    }
    let register = |name: &str| -> Vec<Row> {
        let path = format!("registers/{name}.csv");
        let found = files.iter().find(|(key, _)| key.as_ref() == path);
        found.map(|(_, bytes)| rows(&path, bytes, b',')).unwrap_or_default()
    };
    let mut deaths: BTreeMap<String, Month> = BTreeMap::new();
    for row in register("deaths") {
        if let Cell::Is(died) = date_cell(row.get("死亡日期")) {
            let earliest = deaths.entry(clean_number(row.get("身份证号"))).or_insert(died);
            *earliest = died.min(*earliest);
        }
    }
    let work_injury = register("work-injury-nursing")
        .iter()
        .map(|row| (clean_number(row.get("身份证号")), month_of(row.get("起始月份"))))
        .collect();
    Bureau {
        rosters,
        deaths,
        work_injury,
        townships: TOWNSHIPS.iter().map(|(code, name)| ((*name).to_owned(), (*code).to_owned())).collect(),
        decided_cases: BTreeSet::new(),
    }
}

fn rows(name: &str, bytes: &[u8], delimiter: u8) -> Vec<Row> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| record.unwrap());
    let headers: Vec<String> = records.next().unwrap().iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in records {
        // The record begins here; after CRLF the reader still stands before the line feed.
        let begins = record.position().map_or(0, |position| position.byte() as usize + 1);
        line += text.as_bytes()[counted..begins].iter().filter(|byte| **byte == b'\n').count();
        counted = begins;
        let cells = headers.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        rows.push(Row { source: format!("{name}:{line}"), sound: record.len() == headers.len(), cells });
    }
    rows
}

/// The first sheet: header below a title row, data down to the total row.
fn workbook(name: &str, bytes: &[u8]) -> Vec<Row> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheet = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&sheet).unwrap();
    let mut headers: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (at, cells) in range.rows().enumerate() {
        let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
        if headers.is_empty() {
            if cells[0] == "身份证号" {
                headers = cells;
            }
        } else if cells[0] != "合计" {
            let source = format!("{name}!{sheet}:{}", at + 1);
            rows.push(Row { source, sound: true, cells: headers.iter().cloned().zip(cells).collect() });
        }
    }
    rows
}
