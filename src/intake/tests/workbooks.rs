//! The same list as .xlsx (written here), .xls and .ods (fixtures, saved from it by LibreOffice).

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::rulebook::{OLD_AGE, rulebook};
use crate::domain::{Files, Month, Severity};
use crate::intake::{Cell, Input, Registers, Rejection, RosterRead, read_roster};
use crate::policy::Canonical;

const HEADER: [&str; 9] =
    ["身份证号", "姓名", "乡镇街道", "最初享受月份", "状态", "核定金额", "开户银行", "银行账号", "账户名称"];

/// What a district really sends: a title over the columns, a day cell, numbers where text belongs, a
/// hidden row, a struck-through row, a merged township, a formula never computed, hidden and
/// summary sheets.
fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let struck = Format::new().set_font_strikethrough();
    let text = Format::new().set_num_format("@");
    let sheet = workbook.add_worksheet().set_name("名册").unwrap();
    sheet.merge_range(0, 0, 0, 8, "2023年2月高龄津贴花名册", &Format::new()).unwrap();
    for (column, header) in HEADER.iter().enumerate() {
        sheet.write(1, column as u16, *header).unwrap();
    }
    let people = ["150199195208020135", "150199194309280134"];
    let mut row = 2;
    let mut plain = |sheet: &mut rust_xlsxwriter::Worksheet, format: &Format| {
        let person = people[row as usize % 2];
        for (column, value) in
            [person, "赵超军", "西街街道", "2019-06", "正常", "", "内蒙古银行", "050000000000017", "赵超军"]
                .iter()
                .enumerate()
                .filter(|(_, value)| !value.is_empty())
        {
            sheet.write_with_format(row, column as u16, *value, format).unwrap();
        }
        row += 1;
        row - 1
    };
    // 3: a day cell, an amount with separators in its format, a short account as a number.
    let at = plain(sheet, &text);
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_with_format(at, 3, ExcelDateTime::parse_from_str("2019-06-15").unwrap(), &day).unwrap();
    sheet.write_with_format(at, 5, 1234.5, &Format::new().set_num_format("#,##0.00")).unwrap();
    sheet.write(at, 7, 50_000_000_000_017_f64).unwrap();
    // 4: the identity number is a number.
    let at = plain(sheet, &text);
    sheet.write_number(at, 0, 150_199_194_309_280_134_f64).unwrap();
    // 5: hidden. 6: struck through.
    let at = plain(sheet, &text);
    sheet.set_row_hidden(at).unwrap();
    plain(sheet, &struck);
    // 7: January or October. 8: the format tells.
    let at = plain(sheet, &text);
    sheet.write_number(at, 3, 2023.1).unwrap();
    let at = plain(sheet, &text);
    sheet.write_number_with_format(at, 3, 2022.1, &Format::new().set_num_format("0.00")).unwrap();
    // 9: a formula with its value, 10: one beyond the fen.
    let at = plain(sheet, &text);
    sheet.write_formula(at, 5, Formula::new("=50+50").set_result("100")).unwrap();
    let at = plain(sheet, &text);
    sheet.write_number(at, 5, 100.125).unwrap();
    // 11 and 12 share a merged township.
    let at = plain(sheet, &text);
    plain(sheet, &text);
    sheet.merge_range(at, 2, at + 1, 2, "保合少镇", &Format::new()).unwrap();
    // 13: a total over everything above.
    sheet.write(12, 0, "合计").unwrap();
    sheet.write(12, 5, 1434.625).unwrap();
    let hidden = workbook.add_worksheet().set_name("旧名册").unwrap();
    hidden.write(0, 0, "身份证号").unwrap();
    hidden.set_hidden(true);
    workbook.add_worksheet().set_name("说明").unwrap().write(0, 0, "本表由民政办填报").unwrap();
    workbook.save_to_buffer().unwrap()
}

fn read(name: &str, bytes: &[u8]) -> (RosterRead, Files) {
    let mut files = Files::default();
    let cycle = Month::new(2023, 2).unwrap();
    let input = Input { name, bytes };
    let read =
        read_roster(&rulebook(), OLD_AGE, cycle, cycle, &[input], &Registers::default(), &mut files).unwrap();
    assert!(read.border.balances());
    (read, files)
}

fn judge(name: &str, bytes: &[u8]) {
    let (read, files) = read(name, bytes);
    let rejected: Vec<(u32, Option<Rejection>)> =
        read.claims.iter().map(|claim| (claim.source.row, claim.rejected)).collect();
    assert_eq!(
        rejected,
        [
            (3, None),
            (4, Some(Rejection::IdentityNumber)),
            (5, Some(Rejection::Hidden)),
            (6, Some(Rejection::Struck)),
            (7, Some(Rejection::Field(Canonical::FirstMonth.id()))),
            (8, None),
            (9, None),
            (10, None),
            (11, None),
            (12, None),
        ],
        "{name}"
    );
    let claims = &read.claims;
    assert_eq!(files.show(claims[0].source), format!("{name}!名册:3"));
    assert_eq!(claims[0].first_month, Cell::Month(Month::new(2019, 6).unwrap()));
    assert_eq!(claims[0].declared_amount, Cell::Money("1234.50".parse().unwrap()));
    assert_eq!(claims[0].account.number, "50000000000017");
    assert_eq!(claims[5].first_month, Cell::Month(Month::new(2022, 10).unwrap()));
    assert_eq!(claims[6].declared_amount, Cell::Money("100".parse().unwrap()));
    assert_eq!(claims[7].declared_amount, Cell::Missing);
    assert_eq!((&claims[8].township, &claims[9].township), (&claims[9].township, &claims[8].township));
    assert_eq!(claims[9].township, crate::domain::Township::Known(1));
    let said: Vec<(&str, u32, &str)> = read
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| (finding.code, finding.place.row, finding.place.column.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("sheet-hidden", 0, ""),
            ("account-number-cell-short", 3, "H 银行账号"),
            ("identity-number-cell", 4, "A 身份证号"),
            ("row-hidden", 5, ""),
            ("row-struck", 6, ""),
            ("date-ambiguous", 7, "D 最初享受月份"),
            ("amount-precision", 10, "F 核定金额"),
        ],
        "{name}"
    );
    let for_the_record = |code: &str| read.findings.iter().filter(|finding| finding.code == code).count();
    assert_eq!(for_the_record("sheet-read"), 1, "{name}");
    assert_eq!(for_the_record("sheet-passed-over"), 1, "{name}");
    assert_eq!(for_the_record("total-agrees"), 1, "{name}: {:?}", read.findings);
}

#[test]
fn an_xlsx_workbook_is_read_as_people_see_it() {
    judge("old-age.xlsx", &workbook());
}

#[test]
fn an_old_workbook_is_read_the_same() {
    judge("old-age.xls", include_bytes!("../../../fixtures/malformed/old-age.xls"));
}

#[test]
fn an_open_document_spreadsheet_is_read_the_same() {
    judge("old-age.ods", include_bytes!("../../../fixtures/malformed/old-age.ods"));
}

#[test]
fn the_content_decides_and_a_wrong_ending_is_a_warning() {
    let (read, _) = read("old-age.csv", &workbook());
    assert!(read.findings.iter().any(|finding| finding.code == "content-not-ending"));
}

#[test]
fn damaged_and_foreign_files_are_refused_by_name() {
    let whole = workbook();
    let cycle = Month::new(2023, 2).unwrap();
    let refused = |bytes: &[u8]| {
        let input = Input { name: "old-age.xlsx", bytes };
        let mut files = Files::default();
        read_roster(&rulebook(), OLD_AGE, cycle, cycle, &[input], &Registers::default(), &mut files)
            .unwrap_err()
            .code
    };
    assert_eq!(refused(&whole[..whole.len() / 2]), "file-damaged");
    assert_eq!(refused(b"PK\x03\x04nothing here"), "file-foreign");
    assert_eq!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and no more"), "file-damaged");
    assert_eq!(refused(b"%PDF-1.7"), "file-foreign");
}

/// Writes the workbook from which LibreOffice makes the fixtures:
/// `soffice --headless --convert-to xls:"MS Excel 97" --outdir fixtures/malformed old-age.xlsx`.
#[test]
#[ignore = "makes the source of the fixtures"]
fn write_the_source_of_the_fixtures() {
    std::fs::write(std::env::temp_dir().join("old-age.xlsx"), workbook()).unwrap();
}
