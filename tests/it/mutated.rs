//! The sample bureau's files as other offices would have sent them: other encodings, forms, orders of columns, titles,
//! ways of writing a month. Each row reads exactly as before. And with one cell spoilt: that cell is named, and no
//! other row changes. The changes are the same every time; `MUTATED_SEED` tries others.

use std::collections::BTreeSet;
use std::fs;

use disburse::domain::{Finding, Severity, Source};
use disburse::formats::{self, Cell as Raw};
use disburse::intake::{self, Claim};
use disburse::policy::FieldKind;

use crate::bureau::repository;
use crate::dice::{Dice, setting};
use crate::reading::{self, In, rulebook, xlsx};

/// A roster's file as texts, from its header to its last person.
#[derive(Clone)]
struct Table {
    roster: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Claims in order, without their places, and the errors at each.
#[derive(Debug, PartialEq)]
struct Readout {
    claims: Vec<Claim>,
    errors: Vec<Vec<&'static str>>,
}

fn read(name: &str, bytes: &[u8]) -> (Readout, Vec<Finding>, Vec<u32>) {
    let read = reading::read(name, bytes);
    let rows: Vec<u32> = read.claims.iter().map(|claim| claim.source.row).collect();
    let errors = rows
        .iter()
        .map(|row| {
            let here = |finding: &&Finding| finding.place.row == *row && finding.severity == Severity::Error;
            let mut codes: Vec<&'static str> =
                read.findings.iter().filter(here).map(|finding| finding.code).collect();
            codes.sort_unstable();
            codes
        })
        .collect();
    let nowhere =
        |claim: &Claim| Claim { source: Source { row: 0, sheet: 0, ..claim.source }, ..claim.clone() };
    (Readout { claims: read.claims.iter().map(nowhere).collect(), errors }, read.findings, rows)
}

fn sample() -> Vec<Table> {
    let folder = repository().join("fixtures/xincheng/rosters/2023-02");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut tables = Vec::new();
    for name in names {
        let name = name.to_string_lossy().into_owned();
        let bytes = fs::read(folder.join(&name)).unwrap();
        let document = formats::document::open(&bytes).unwrap();
        let sheet = &document.sheets[0];
        let mut rows = sheet.rows(sheet.whole());
        let mut texts: Vec<Vec<String>> = Vec::new();
        while let Some(row) = rows.next_row() {
            texts.push(row.cells.iter().map(Raw::shown).map(|text| text.into_owned()).collect());
        }
        let header = texts.iter().position(|row| row.iter().any(|text| text == "身份证号")).unwrap();
        let width = texts[header].len();
        let mut rows: Vec<Vec<String>> = texts.split_off(header + 1);
        rows.iter_mut().for_each(|row| row.resize(width, String::new()));
        rows.retain(|row| !row[0].contains("合计") && row.iter().any(|text| !text.is_empty()));
        let roster = intake::roster_of(rulebook(), &name).unwrap();
        let roster = rulebook().roster(roster).code.to_string();
        if tables.iter().filter(|table: &&Table| table.roster == roster).count() == 3 {
            continue;
        }
        tables.push(Table { roster, header: texts.pop().unwrap(), rows });
    }
    tables
}

impl Table {
    fn kind(&self, column: usize) -> (String, FieldKind) {
        let header = &self.header[column];
        let rule = rulebook().fields.iter().find(|rule| rule.headers.iter().any(|name| name == header));
        let rule = rule.unwrap_or_else(|| panic!("{header}"));
        (rule.code.to_string(), rule.kind.clone())
    }

    /// As comma-separated UTF-8.
    fn plain(&self) -> Vec<u8> {
        delimited(&self.all(), ',').into_bytes()
    }

    fn all(&self) -> Vec<Vec<String>> {
        std::iter::once(self.header.clone()).chain(self.rows.iter().cloned()).collect()
    }
}

fn delimited(rows: &[Vec<String>], delimiter: char) -> String {
    let cell = |text: &String| {
        if text.contains([',', ';', '\t', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.clone()
        }
    };
    rows.iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(&delimiter.to_string()) + "\n")
        .collect()
}

fn wide(text: &str) -> String {
    text.chars()
        .map(
            |sign| if sign.is_ascii_graphic() { char::from_u32(sign as u32 + 0xFEE0).unwrap() } else { sign },
        )
        .collect()
}

/// Another way of writing the same.
fn dressed(dice: &mut Dice, code: &str, kind: &FieldKind, text: &str) -> String {
    if text.is_empty() {
        return (*dice.of(&["", " ", "\u{3000}", "\u{200B}"])).to_owned();
    }
    let around = |text: String| format!(" \u{200B}{text}\u{A0}\n");
    match (code, kind) {
        ("resident_id" | "payee_id", _) | (_, FieldKind::Certificate { .. }) => match dice.below(7) {
            0 => wide(text),
            1 => format!("'{text}"),
            2 => format!("=\"{text}\""),
            3 if text.len() > 14 && text.is_ascii() => {
                format!("{}-{} {}", &text[..6], &text[6..14], &text[14..])
            }
            4 => text.to_lowercase(),
            5 if code == "resident_id" => format!("身份证号：{text}"),
            _ => around(text.to_owned()),
        },
        ("account_no", _) => match dice.below(4) {
            0 => wide(text),
            1 => format!("'{text}"),
            2 if text.len() > 8 && text.is_ascii() => format!("{} {}", &text[..4], &text[4..8]) + &text[8..],
            _ => around(text.to_owned()),
        },
        (_, FieldKind::Month) => match text.split_once('-') {
            Some((year, of)) if text.len() == 7 => match dice.below(7) {
                0 => format!("{year}.{of}"),
                1 => format!("{year}/{of}"),
                2 => format!("{year}年{of}月"),
                3 => format!("{year}{of}"),
                4 => format!("{year}-{of}-01"),
                5 => wide(&format!("{year}.{of}")),
                _ => format!(" {year} 年 {of} 月 "),
            },
            _ => around(text.to_owned()),
        },
        (_, FieldKind::Date) => match dice.below(3) {
            0 if text.len() == 10 => text.replace('-', ""),
            1 if text.len() == 10 => format!("{text} 00:00:00"),
            _ => around(text.to_owned()),
        },
        (_, FieldKind::Money) if !text.is_ascii() => around(text.to_owned()),
        (_, FieldKind::Money) => match dice.below(5) {
            0 => wide(text),
            1 => format!("¥{text}"),
            2 => format!("{text}元"),
            3 if text.contains('.') => format!("{text}0"),
            _ => around(text.to_owned()),
        },
        (_, FieldKind::Code(_) | FieldKind::Flag { .. } | FieldKind::Integer { .. }) => match dice.below(3) {
            0 => wide(text),
            1 => text.chars().map(|sign| format!("{sign} ")).collect::<String>().trim().to_owned(),
            _ => around(text.to_owned()),
        },
        _ => around(text.to_owned()),
    }
}

/// A number with white space between its digits is two numbers.
fn keeps(code: &str, kind: &FieldKind, text: &str) -> bool {
    let digits = text.chars().filter(|sign| sign.is_numeric()).count();
    let several = matches!(kind, FieldKind::Integer { .. }) && digits > 1;
    !several && (code != "account_name" || !text.contains('\n'))
}

/// How a file was changed, for the message where it reads otherwise.
struct Sent {
    name: String,
    bytes: Vec<u8>,
    how: Vec<&'static str>,
    /// Column of each original column.
    columns: Vec<usize>,
}

/// The table as another office would have sent it. `exact` names cells (row, column) written as they are.
fn sent(dice: &mut Dice, table: &Table, spoilt: Option<(usize, usize)>) -> Sent {
    let mut how = Vec::new();
    let mut table = table.clone();
    let mut done = BTreeSet::new();
    for _ in 0..dice.below(40) {
        let at = (dice.below(table.rows.len()), dice.below(table.header.len()));
        let (code, kind) = table.kind(at.1);
        let text = table.rows[at.0][at.1].clone();
        if done.insert(at) && spoilt.is_none_or(|(row, _)| row != at.0) && keeps(&code, &kind, &text) {
            table.rows[at.0][at.1] = dressed(dice, &code, &kind, &text);
        }
    }
    let mut columns: Vec<usize> = (0..table.header.len()).collect();
    if dice.below(2) == 0 {
        how.push("columns in another order");
        for at in (1..columns.len()).rev() {
            columns.swap(at, dice.below(at + 1));
        }
    }
    let of =
        |row: &Vec<String>| -> Vec<String> { columns.iter().map(|column| row[*column].clone()).collect() };
    let mut rows: Vec<Vec<String>> = table.all().iter().map(of).collect();
    let mut placed: Vec<usize> = vec![0; columns.len()];
    columns.iter().enumerate().for_each(|(at, column)| placed[*column] = at);
    if dice.below(2) == 0 {
        how.push("a running number and remarks");
        for (at, row) in rows.iter_mut().enumerate() {
            row.insert(0, if at == 0 { "序号".to_owned() } else { at.to_string() });
            row.push(if at == 0 { "备注".to_owned() } else { String::new() });
        }
        placed.iter_mut().for_each(|at| *at += 1);
    }
    let width = rows[0].len();
    let line = |texts: &[&str]| {
        let mut row: Vec<String> = texts.iter().map(ToString::to_string).collect();
        row.resize(width, String::new());
        row
    };
    if dice.below(2) == 0 && rows.len() > 12 {
        how.push("pages with the header again");
        let header = rows[0].clone();
        rows.insert(9, line(&["第1页"]));
        rows.insert(10, header);
    }
    if dice.below(3) == 0 {
        how.push("blank lines");
        rows.insert(5.min(rows.len()), line(&[]));
    }
    if dice.below(2) == 0 {
        how.push("titles");
        rows.insert(0, line(&["新城区2023年2月发放花名册"]));
        rows.insert(1, line(&["填报单位：民政局", "填报日期：2023年2月1日"]));
    }
    if dice.below(2) == 0 {
        how.push("a total and signatures");
        let people = table.rows.len();
        rows.push(line(&["合计", &format!("{people}人")]));
        rows.push(line(&["制表人：李四", "审核人：王五"]));
    }
    let name = |ending: &str| format!("{}.{ending}", table.roster);
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let comma = delimited(&rows, ',');
    let (ending, form, bytes): (&str, &'static str, Vec<u8>) = match dice.below(10) {
        0 => ("csv", "UTF-8", comma.into_bytes()),
        1 => ("csv", "UTF-8 with a mark", format!("\u{feff}{comma}").into_bytes()),
        2 | 3 => ("csv", "GB18030", encoding_rs::GB18030.encode(&comma).0.into_owned()),
        4 => ("txt", "UTF-16, tabs", utf16(&format!("\u{feff}{}", delimited(&rows, '\t')), false)),
        5 => ("csv", "UTF-16 without a mark", utf16(&comma, true)),
        6 => ("csv", "semicolons, CRLF", delimited(&rows, ';').replace('\n', "\r\n").into_bytes()),
        7 => ("tsv", "tabs", delimited(&rows, '\t').into_bytes()),
        _ => {
            let typed = typed(dice, &table, &rows, &placed);
            ("xlsx", "a workbook", xlsx(&typed))
        }
    };
    how.push(form);
    Sent { name: name(ending), bytes, how, columns: placed }
}

/// Months as day cells and amounts as number cells, here and there.
fn typed(dice: &mut Dice, table: &Table, rows: &[Vec<String>], placed: &[usize]) -> Vec<Vec<In>> {
    let kinds: Vec<Option<FieldKind>> = (0..rows[0].len())
        .map(|at| placed.iter().position(|to| *to == at).map(|column| table.kind(column).1))
        .collect();
    rows.iter()
        .map(|row| {
            row.iter()
                .zip(&kinds)
                .map(|(text, kind)| match (kind, text.len()) {
                    (_, 0) => In::Blank,
                    (Some(FieldKind::Month), 7)
                        if text.as_bytes()[4] == b'-' && text.is_ascii() && dice.below(2) == 0 =>
                    {
                        In::Serial(format!("{text}-01"), "yyyy-mm")
                    }
                    (Some(FieldKind::Money), _) if dice.below(2) == 0 => match text.parse::<f64>() {
                        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
                            In::F(number, "#,##0.00")
                        }
                        _ => In::T(text.clone()),
                    },
                    _ => In::T(text.clone()),
                })
                .collect()
        })
        .collect()
}

#[test]
fn the_sample_bureau_reads_the_same_however_it_is_sent() {
    let mut dice = Dice(setting("MUTATED_SEED", 20_230_210));
    for table in sample() {
        let (before, _, _) = read(&format!("{}.csv", table.roster), &table.plain());
        assert_eq!(before.claims.len(), table.rows.len());
        for _ in 0..5 {
            let sent = sent(&mut dice, &table, None);
            let (after, _, _) = read(&sent.name, &sent.bytes);
            let shown = || format!("{} {:?}", sent.name, sent.how);
            assert_eq!(after.claims.len(), before.claims.len(), "{}", shown());
            for (at, (one, other)) in before.claims.iter().zip(&after.claims).enumerate() {
                assert_eq!(one, other, "{} row {at}: {:?}", shown(), table.rows[at]);
                assert_eq!(before.errors[at], after.errors[at], "{} row {at}: {:?}", shown(), table.rows[at]);
            }
        }
    }
}

/// A cell that cannot be read as its field.
fn spoilt(dice: &mut Dice, code: &str, kind: &FieldKind, text: &str) -> Option<String> {
    let replaced = |text: &str, at: usize, sign: char| -> String {
        text.chars().enumerate().map(|(index, old)| if index == at { sign } else { old }).collect()
    };
    Some(match (code, kind) {
        ("resident_id", _) if text.len() == 18 && text.is_ascii() => match dice.below(6) {
            0 => replaced(text, dice.below(17), *dice.of(&['*', '×', 'O', 'Х', '?'])),
            1 => text[..17].to_owned(),
            2 => format!("{text}1"),
            3 => String::new(),
            4 => {
                let at = 6 + dice.below(11);
                let old = text.as_bytes()[at] - b'0';
                replaced(text, at, char::from(b'0' + (old + 1 + dice.below(8) as u8) % 10))
            }
            _ => "1.50199E+17".to_owned(),
        },
        ("account_no", _) => (*dice.of(&["6.22848E+18", "6228****0019", "账号丢失"])).to_owned(),
        ("name" | "account_name", _) => {
            (*dice.of(&["张*", "张某", "张?", "张\u{FFFD}", "张\u{E000}"])).to_owned()
        }
        ("first_month", _) => {
            (*dice.of(&["", "22.5", "2022.13", "二〇二二年", "44607", "2022", "-", "2022-02-30"])).to_owned()
        }
        (_, FieldKind::Month) => {
            (*dice.of(&["22.5", "2022.13", "二〇二二年", "44607", "2022", "-"])).to_owned()
        }
        (_, FieldKind::Date) => (*dice.of(&["22.5.1", "2022.5", "2022-02-30", "5月1日"])).to_owned(),
        ("status", _) => (*dice.of(&["", "不详", "√", "正常?"])).to_owned(),
        (_, FieldKind::Money) => {
            (*dice.of(&["12,34", "-5", "1E3", "841.125", "12 34", "约5", "5*3", "=5"])).to_owned()
        }
        (_, FieldKind::Code(_) | FieldKind::Flag { .. }) => "不详".to_owned(),
        (_, FieldKind::Integer { .. }) => (*dice.of(&["1 2", "一点五", "1.5", "-1"])).to_owned(),
        (_, FieldKind::Certificate { .. }) => (*dice.of(&["15019919860101900", "无证"])).to_owned(),
        _ => return None,
    })
}

#[test]
fn one_spoilt_cell_is_named_and_no_other_row_changes() {
    let mut dice = Dice(setting("MUTATED_SEED", 7));
    let mut tried = 0;
    for table in sample() {
        let (before, _, _) = read(&format!("{}.csv", table.roster), &table.plain());
        for _ in 0..25 {
            let at = (dice.below(table.rows.len()), dice.below(table.header.len()));
            let (code, kind) = table.kind(at.1);
            let Some(wrong) = spoilt(&mut dice, &code, &kind, &table.rows[at.0][at.1]) else { continue };
            // Rosters of cases need no first month.
            if wrong.is_empty()
                && rulebook().rosters.iter().any(|roster| roster.once && roster.code == table.roster)
            {
                continue;
            }
            let mut changed = table.clone();
            changed.rows[at.0][at.1].clone_from(&wrong);
            let sent = sent(&mut dice, &changed, Some(at));
            let (after, findings, rows) = read(&sent.name, &sent.bytes);
            let shown =
                || format!("{} {:?} row {} {}: {wrong:?}", sent.name, sent.how, at.0, table.header[at.1]);
            assert_eq!(after.claims.len(), before.claims.len(), "{}", shown());
            for (row, (one, other)) in before.claims.iter().zip(&after.claims).enumerate() {
                assert!(
                    row == at.0 || one == other,
                    "{}: row {row} changed\n{:?}\n{one:?}\n{other:?}",
                    shown(),
                    table.rows[row]
                );
            }
            let letter = {
                let mut index = sent.columns[at.1];
                let mut letters = String::new();
                loop {
                    letters.insert(0, char::from(b'A' + (index % 26) as u8));
                    if index < 26 {
                        break letters;
                    }
                    index = index / 26 - 1;
                }
            };
            let named = findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    && finding.place.row == rows[at.0]
                    && finding.place.column.split(' ').next() == Some(letter.as_str())
            });
            assert!(named, "{}: not named in column {letter}: {findings:?}", shown());
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}
