//! READING.md, rule by rule: tables of what stands in a cell beside what is read, or which finding names it. Each
//! list is written here as text and, where it makes a difference, as a workbook, and read with the sample
//! bureau's pack.

mod exports;
mod files;
mod forms;
mod layout;
mod published;
mod reporting;
mod totals;
mod values;

use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;

use disburse::domain::{Fault, Files, Finding, Month, Severity, Township};
use disburse::intake::{self, Cell, Claim, Input, Registers, RosterRead, RowStatus};
use disburse::policy::{self, FieldKind, RosterId, Rulebook};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

/// Two people with right check digits.
pub const ONE: &str = "150199195208020135";
pub const TWO: &str = "150199194309280134";

pub fn rulebook() -> &'static Rulebook {
    static RULEBOOK: OnceLock<Rulebook> = OnceLock::new();
    RULEBOOK.get_or_init(|| {
        let loaded = policy::pack::load(&policy::pack::xincheng());
        loaded.map_err(|_| "the sample pack").unwrap().0
    })
}

pub fn month() -> Month {
    "2023-02".parse().unwrap()
}

/// What a test writes into a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum In {
    Blank,
    /// Text.
    T(String),
    /// A number cell of the General format.
    N(f64),
    /// A number cell with a format.
    F(f64, &'static str),
    /// A day cell.
    Day(&'static str, &'static str),
    /// A day cell of a day that is made up at run time.
    Serial(String, &'static str),
    /// A formula, and its cached value.
    Formula(&'static str, &'static str),
    /// A truth cell.
    Flag(bool),
}

pub fn t(text: &str) -> In {
    if text.is_empty() { In::Blank } else { In::T(text.to_owned()) }
}

pub fn texts(cells: &[&str]) -> Vec<In> {
    cells.iter().map(|cell| t(cell)).collect()
}

/// Rows as comma-separated text. Only text cells can stand there.
pub fn csv(rows: &[Vec<In>]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                In::Blank => String::new(),
                In::T(text) if text.contains([',', '"', '\n', '\r']) => {
                    format!("\"{}\"", text.replace('"', "\"\""))
                }
                In::T(text) => text.clone(),
                other => panic!("{other:?} is no text"),
            })
            .collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// Writes rows into a sheet.
pub fn fill(sheet: &mut Worksheet, rows: &[Vec<In>]) {
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            put(sheet, row as u32, column as u16, cell);
        }
    }
}

pub fn put(sheet: &mut Worksheet, row: u32, column: u16, cell: &In) {
    match cell {
        In::Blank => {}
        In::T(text) => {
            sheet.write_string(row, column, text).unwrap();
        }
        In::N(number) => {
            sheet.write_number(row, column, *number).unwrap();
        }
        In::F(number, format) => {
            let format = Format::new().set_num_format(*format);
            sheet.write_number_with_format(row, column, *number, &format).unwrap();
        }
        In::Serial(day, format) => {
            let format = Format::new().set_num_format(*format);
            let day = ExcelDateTime::parse_from_str(day).unwrap();
            sheet.write_datetime_with_format(row, column, &day, &format).unwrap();
        }
        In::Day(day, format) => {
            let format = Format::new().set_num_format(*format);
            let day = ExcelDateTime::parse_from_str(day).unwrap();
            sheet.write_datetime_with_format(row, column, &day, &format).unwrap();
        }
        In::Formula(formula, value) => {
            sheet.write_formula(row, column, Formula::new(*formula).set_result(*value)).unwrap();
        }
        In::Flag(flag) => {
            sheet.write_boolean(row, column, *flag).unwrap();
        }
    }
}

/// One sheet as a workbook.
pub fn xlsx(rows: &[Vec<In>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet(), rows);
    workbook.save_to_buffer().unwrap()
}

/// A workbook with the text of one part changed.
pub fn edited(bytes: &[u8], part: &str, edit: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut changed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut met = false;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == part {
            met = true;
            content = edit(String::from_utf8(content).unwrap()).into_bytes();
        }
        changed.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        changed.write_all(&content).unwrap();
    }
    assert!(met, "{part}");
    changed.finish().unwrap().into_inner()
}

pub fn try_read(name: &str, bytes: &[u8]) -> Result<RosterRead, Fault> {
    let roster = intake::roster_of(rulebook(), name).unwrap();
    read_all(roster, &[(name, bytes)])
}

pub fn read_all(roster: RosterId, inputs: &[(&str, &[u8])]) -> Result<RosterRead, Fault> {
    let inputs: Vec<Input<'_>> = inputs.iter().map(|(name, bytes)| Input { name, bytes }).collect();
    let registers = Registers::default();
    let read = intake::read_roster(
        rulebook(),
        roster,
        month(),
        month(),
        &inputs,
        &registers,
        &mut Files::default(),
    )?;
    assert!(read.border.balances(), "{:?}", read.border);
    Ok(read)
}

pub fn read(name: &str, bytes: &[u8]) -> RosterRead {
    try_read(name, bytes).unwrap_or_else(|fault| panic!("{name}: {} {:?}", fault.code, fault.arguments))
}

/// A field of a claim as a person would write it; `?` where it is undecided.
pub fn value(roster: RosterId, claim: &Claim, field: &str) -> String {
    let rule = rulebook().roster(roster);
    let cell = |cell: &Cell, kind: &FieldKind| match (cell, kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Missing, _) => "?".to_owned(),
        (Cell::Flag(flag), _) => if *flag { "是" } else { "否" }.to_owned(),
        (Cell::Integer(number), _) => number.to_string(),
        (Cell::Money(money), _) => money.to_string(),
        (Cell::Date(date), _) => date.to_string(),
        (Cell::Month(month), _) => month.to_string(),
        (Cell::Code(code), FieldKind::Code(table)) => table[usize::from(*code)].code.to_string(),
        (Cell::Code(code), _) => code.to_string(),
        (Cell::Text(text), _) => text.to_string(),
    };
    let kind_of = |code: &str| {
        let found = rulebook().fields.iter().find(|rule| rule.code == code);
        &found.unwrap_or_else(|| panic!("no field {code}")).kind
    };
    match field {
        "resident_id" => claim.resident.map_or("?".to_owned(), |id| id.to_string()),
        "name" => claim.name.to_string(),
        "household_id" => claim.household_id.to_string(),
        "relation" => format!("{}{}", claim.relation, if claim.head { "!" } else { "" }),
        "hukou" => cell(&claim.hukou, kind_of(field)),
        "township" => match &claim.township {
            Township::Known(row) => rulebook().divisions.rows()[usize::from(*row)].name.to_string(),
            Township::Unknown(written) => format!("?{written}"),
        },
        "community" => claim.community.to_string(),
        "first_month" => cell(&claim.first_month, kind_of(field)),
        "last_month" => cell(&claim.last_month, kind_of(field)),
        "status" => match claim.status {
            Some(RowStatus::Active) => "active",
            Some(RowStatus::Suspended) => "suspended",
            Some(RowStatus::Stopped) => "stopped",
            None => "?",
        }
        .to_owned(),
        "declared_amount" => cell(&claim.declared_amount, kind_of(field)),
        "bank" => claim.account.bank.to_string(),
        "account_no" => claim.account.number.to_string(),
        "account_name" => claim.account.name.to_string(),
        "payee_id" => claim.payee_id.map_or(String::new(), |id| id.to_string()),
        "payee_name" => claim.payee_name.to_string(),
        "case_no" => claim.case_no.to_string(),
        other => {
            let slot = rule.extra.iter().position(|id| rulebook().field(*id).code == other);
            cell(&claim.extra[slot.unwrap_or_else(|| panic!("no field {other}"))], kind_of(other))
        }
    }
}

/// Codes of the findings, those for the record left out, sorted.
pub fn said(findings: &[Finding]) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| finding.code)
        .collect();
    codes.sort_unstable();
    codes
}

/// The header and a row of a roster in which everything is plain: codes of fields and cells.
pub fn plain_row(roster: &str) -> Vec<(&'static str, &'static str)> {
    let mut row = vec![
        ("resident_id", ONE),
        ("name", "赵超军"),
        ("township", "西街街道"),
        ("first_month", "2019-06"),
        ("last_month", ""),
        ("status", "正常"),
        ("declared_amount", ""),
        ("bank", "内蒙古银行"),
        ("account_no", "6299990000000109672"),
        ("account_name", "赵超军"),
    ];
    match roster {
        "old-age" => row.push(("verified_on", "")),
        "dibao" => row.extend([
            ("household_id", "0001"),
            ("relation", "户主"),
            ("hukou", "农村"),
            ("monthly_income", "0"),
            ("serious_illness", ""),
            ("disability_kind", ""),
            ("disability_grade", ""),
        ]),
        "disability" => row.extend([
            ("disability_kind", "肢体"),
            ("disability_grade", "2"),
            ("certificate_no", "15019919520802013542"),
            ("certificate_until", ""),
        ]),
        "tekun" => row.extend([("hukou", "农村"), ("support", "分散"), ("self_care", "全护理")]),
        "meals" => row.push(("meals", "20")),
        "children" => {
            row.extend([("child_kind", "孤儿"), ("placement", "散居"), ("in_school_until", "")]);
        }
        other => panic!("{other}"),
    }
    row
}

/// The roster's rows with one cell replaced.
pub fn with_cell(roster: &str, field: &str, cell: In, extra_header: Option<&str>) -> Vec<Vec<In>> {
    let plain = plain_row(roster);
    let header = |code: &str| {
        let rule = rulebook().fields.iter().find(|rule| rule.code == code).unwrap();
        extra_header.filter(|_| code == field).map_or(rule.headers[0].to_string(), str::to_owned)
    };
    let headers = plain.iter().map(|(code, _)| t(&header(code))).collect();
    assert!(plain.iter().any(|(code, _)| *code == field), "{field}");
    let row =
        plain.iter().map(|(code, written)| if *code == field { cell.clone() } else { t(written) }).collect();
    vec![headers, row]
}

/// What the cell of a field is read as: its value, `~code` for each warning at it, `!code` for each error.
pub fn as_read(roster: &str, field: &str, file: &str, bytes: &[u8]) -> String {
    let read = read(file, bytes);
    let id = intake::roster_of(rulebook(), file).unwrap();
    assert_eq!(read.claims.len(), 1, "{roster} {field}: one row");
    let mut shown = value(id, &read.claims[0], field);
    let mut said: Vec<String> = read
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| {
            assert!(finding.place.row == 2 || finding.place.column.is_empty(), "{finding:?}");
            let sign = if finding.severity == Severity::Error { '!' } else { '~' };
            format!("{sign}{}", finding.code)
        })
        .collect();
    said.sort_unstable();
    for said in said {
        shown.push_str(&format!(" {said}"));
    }
    shown
}

/// Reads each cell of a table as text and as a workbook, or as a workbook alone; all that differ are shown at once.
pub fn table(roster: &str, field: &str, cases: &[(In, &str)]) {
    let mut wrong = Vec::new();
    for (cell, expected) in cases {
        let rows = with_cell(roster, field, cell.clone(), None);
        let mut judge = |form: &str, bytes: Vec<u8>| {
            let name = format!("{roster}.{form}");
            let found = as_read(roster, field, &name, &bytes);
            // What only text files are warned of.
            let expected = match expected.split_once(" [csv]") {
                Some((plain, more)) => format!("{plain}{}", if form == "csv" { more } else { "" }),
                None => (*expected).to_owned(),
            };
            if found != expected {
                wrong.push(format!("{form} {field} {cell:?}: `{found}`, not `{expected}`"));
            }
        };
        if matches!(cell, In::Blank | In::T(_)) {
            judge("csv", csv(&rows));
        }
        judge("xlsx", xlsx(&rows));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
