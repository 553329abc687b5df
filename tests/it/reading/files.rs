//! READING 1–4: which files are read, in which encoding, and what a file that cannot be read says.

use disburse::intake;
use encoding_rs::GB18030;

use super::{
    ONE, TWO, csv, fill, read, read_all, rulebook, said, t, texts, try_read, value, with_cell, xlsx,
};

fn list() -> String {
    String::from_utf8(csv(&with_cell("old-age", "resident_id", t(ONE), None))).unwrap()
}

fn code(name: &str, bytes: &[u8]) -> String {
    match try_read(name, bytes) {
        Ok(read) => format!("{} rows {}", read.claims.len(), said(&read.findings).join(" ")),
        Err(fault) => fault.code.to_owned(),
    }
}

#[test]
fn rule_1_names_say_whose_list_a_file_is() {
    let roster = |name: &str| {
        let found = intake::roster_of(rulebook(), name);
        found.map_or("", |roster| rulebook().roster(roster).code.as_str())
    };
    for (name, code) in [
        ("dibao.csv", "dibao"),
        ("dibao.CSV", "dibao"),
        ("dibao.XlsX", "dibao"),
        ("dibao-保合少镇.xlsx", "dibao"),
        ("dibao_2.ods", "dibao"),
        ("dibao 3.xls", "dibao"),
        ("dibao.tsv", "dibao"),
        ("dibao.txt", "dibao"),
        ("old-age-西街.csv", "old-age"),
        ("aged-70-79.csv", "aged-70-79"),
        ("home-care.csv", "home-care"),
        ("pilot-home-care-2022-东街.csv", "pilot-home-care-2022"),
        ("农村低保家庭查询_20230201.xlsx", "dibao"),
        ("特困人员人员查询_20230201.xlsx", "tekun"),
        ("dibaohu.csv", ""),
        ("dibao.docx", ""),
        ("dibao", ""),
        ("说明.csv", ""),
    ] {
        assert_eq!(roster(name), code, "{name}");
    }
}

#[test]
fn rule_1_a_file_whose_rows_are_all_in_another_is_one_warning() {
    let roster = intake::roster_of(rulebook(), "old-age.csv").unwrap();
    let long = format!("{}{}", list(), list().lines().nth(1).unwrap().replace(ONE, TWO));
    let short = list();
    let read =
        read_all(roster, &[("old-age-1.csv", long.as_bytes()), ("old-age-2.csv", short.as_bytes())]).unwrap();
    assert_eq!(said(&read.findings), ["file-repeated"]);
    // The same rows as a workbook are the same rows.
    let book = xlsx(&with_cell("old-age", "resident_id", t(ONE), None));
    let read = read_all(roster, &[("old-age-1.csv", long.as_bytes()), ("old-age-2.xlsx", &book)]).unwrap();
    assert_eq!(said(&read.findings), ["file-repeated"]);
}

#[test]
fn rule_2_the_content_decides() {
    let book = xlsx(&with_cell("old-age", "resident_id", t(ONE), None));
    assert_eq!(code("old-age.csv", &book), "1 rows content-not-ending");
    assert_eq!(code("old-age.xls", &book), "1 rows content-not-ending");
    assert_eq!(code("old-age.xlsx", list().as_bytes()), "1 rows content-not-ending");
    assert_eq!(code("old-age.xls", list().replace(',', "\t").as_bytes()), "1 rows content-not-ending");
    for page in [
        "<html><body><table><tr><td>身份证号</td></tr></table></body></html>",
        "\u{feff}\r\n  <HTML xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><head>",
        "<table><tr><td>身份证号</td></tr></table>",
        "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook/>",
    ] {
        assert_eq!(code("old-age.xls", page.as_bytes()), "file-html", "{page}");
    }
}

#[test]
fn rule_3_what_cannot_be_read_whole_stops_the_run() {
    assert_eq!(code("old-age.csv", b""), "file-empty");
    assert_eq!(code("old-age.csv", b" \r\n \r\n"), "file-empty");
    assert_eq!(code("old-age.csv", b",,,\n,,,\n"), "file-empty");
    assert_eq!(code("old-age.csv", "张三,1,2\n李四,3,4\n".as_bytes()), "file-no-header");
    assert_eq!(
        code("old-age.csv", "姓名,乡镇街道,状态\n张三,西街,正常\n".as_bytes()),
        "file-no-identity-column"
    );
    assert_eq!(
        code("old-age.csv", "乡镇,户数,人数,合计\n西街,1,2,3\n合计,1,2,3\n".as_bytes()),
        "file-summary"
    );
    assert_eq!(code("old-age.xlsx", b"PK\x03\x04 and nothing"), "file-foreign");
    let book = xlsx(&with_cell("old-age", "resident_id", t(ONE), None));
    assert_eq!(code("old-age.xlsx", &book[..book.len() / 2]), "file-damaged");
    assert_eq!(code("old-age.xlsx", b"%PDF-1.4"), "file-foreign");
    // A header alone is an empty list.
    let header = list().lines().next().unwrap().to_owned() + "\n";
    assert_eq!(code("old-age.csv", header.as_bytes()), "0 rows file-no-rows");
    let book = xlsx(&with_cell("old-age", "resident_id", t(ONE), None)[..1]);
    assert_eq!(code("old-age.xlsx", &book), "0 rows file-no-rows");
}

#[test]
fn rule_3_a_list_on_a_hidden_sheet_alone_is_not_an_empty_file() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "见另表").unwrap();
    let hidden = book.add_worksheet().set_name("名册").unwrap();
    fill(hidden, &with_cell("old-age", "resident_id", t(ONE), None));
    hidden.set_hidden(true);
    let fault = try_read("old-age.xlsx", &book.save_to_buffer().unwrap()).unwrap_err();
    assert_eq!(fault.code, "file-no-header");
    assert!(fault.findings.iter().any(|finding| finding.code == "sheet-hidden"));
}

#[test]
fn rule_4_encodings() {
    let text = list();
    let wide = |big: bool, mark: bool| -> Vec<u8> {
        let marked = if mark { format!("\u{feff}{text}") } else { text.clone() };
        marked
            .encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    for (encoding, bytes) in [
        ("UTF-8", text.clone().into_bytes()),
        ("UTF-8 BOM", format!("\u{feff}{text}").into_bytes()),
        ("GB18030", GB18030.encode(&text).0.into_owned()),
        ("UTF-16LE", wide(false, true)),
        ("UTF-16BE", wide(true, true)),
        ("UTF-16LE", wide(false, false)),
        ("UTF-16BE", wide(true, false)),
    ] {
        let read = read("old-age.csv", &bytes);
        assert_eq!(said(&read.findings), Vec::<&str>::new(), "{encoding}");
        assert_eq!(read.claims[0].name, "赵超军");
        let seen = read.findings.iter().find(|finding| finding.code == "encoding-seen").unwrap();
        assert_eq!(seen.arguments[0].1, encoding);
    }
}

#[test]
fn rule_4_a_line_that_fits_no_encoding_is_set_aside_and_the_others_are_read() {
    let row =
        |id: &str, name: &str| list().lines().nth(1).unwrap().replace(ONE, id).replace("赵超军", name) + "\n";
    let header = list().lines().next().unwrap().to_owned() + "\n";
    let aside = |bytes: Vec<u8>| {
        let read = read("old-age.csv", &bytes);
        let rows: Vec<(u32, bool, String)> = read
            .claims
            .iter()
            .map(|claim| (claim.source.row, claim.rejected.is_some(), claim.name.to_string()))
            .collect();
        (rows, said(&read.findings).join(" "))
    };
    // Latin-1 bytes in UTF-8.
    let mut bytes = (header.clone() + &row(ONE, "赵超军")).into_bytes();
    bytes.extend(row(TWO, "Q").replace('Q', "\u{1}").bytes().map(|b| if b == 1 { 0xFF } else { b }));
    let (rows, codes) = aside(bytes);
    assert_eq!((rows[0].1, rows[1].1, codes.as_str()), (false, true, "line-encoding"));
    // A NUL.
    let (rows, codes) = aside((header.clone() + &row(ONE, "赵超军") + &row(TWO, "孙\0学祥")).into_bytes());
    assert_eq!((rows[0].1, rows[1].1, codes.as_str()), (false, true, "line-encoding"));
    // A line of UTF-8 glued into a list of GB18030 decodes into other characters: it is not believed.
    let mut bytes =
        GB18030.encode(&(header.clone() + &row(ONE, "赵超军") + &row(ONE, "赵超军"))).0.into_owned();
    let even = row(TWO, "孙祥").replace("内蒙古银行", "农业银行");
    assert!(!GB18030.decode(even.as_bytes()).2, "what decodes without a fault");
    bytes.extend(even.bytes());
    let (rows, codes) = aside(bytes);
    assert_eq!((rows[0].1, rows[2].1, codes.as_str()), (false, true, "line-encoding"));
    // And the other way round.
    let mut bytes = (header + &row(ONE, "赵超军") + &row(ONE, "赵超军")).into_bytes();
    bytes.extend_from_slice(&GB18030.encode(&row(TWO, "孙学祥")).0);
    let (rows, codes) = aside(bytes);
    assert_eq!((rows[0].1, rows[2].1, codes.as_str()), (false, true, "line-encoding"));
}

#[test]
fn rule_4_the_header_line_says_the_delimiter() {
    let roster = intake::roster_of(rulebook(), "old-age.csv").unwrap();
    for delimiter in ["\t", ";", ","] {
        let other = if delimiter == "," { ";" } else { "," };
        // Commas in titles, notes and cells are no delimiters; nor are semicolons.
        let text = format!(
            "说明：{}\n{}",
            ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千"].join(other),
            list()
                .replace(',', delimiter)
                .replace("内蒙古银行", &["内", "蒙", "古", "银", "行", "呼", "和", "浩", "特"].join(other)),
        );
        let read = read("old-age.csv", text.as_bytes());
        assert_eq!(said(&read.findings), Vec::<&str>::new(), "{delimiter:?}");
        assert_eq!(value(roster, &read.claims[0], "account_no"), "6299990000000109672");
        assert_eq!(read.claims[0].source.row, 3);
    }
}

#[test]
fn rule_4_records_with_another_number_of_cells() {
    let (header, row) =
        (list().lines().next().unwrap().to_owned(), list().lines().nth(1).unwrap().to_owned());
    let judge = |row: &str| {
        let read = read("old-age.csv", format!("{header}\n{row}\n").as_bytes());
        (read.claims[0].rejected.is_some(), said(&read.findings).join(" "))
    };
    assert_eq!(judge(&row), (false, String::new()));
    assert_eq!(judge(&format!("{row},,,")), (false, String::new()));
    assert_eq!(judge(&format!("{row}, ,\u{200B}")), (false, String::new()));
    assert_eq!(judge(&format!("{row},多")), (true, "record-cells".to_owned()));
    assert_eq!(judge(row.strip_suffix(',').unwrap()), (true, "record-cells".to_owned()));
    // 1,000 without quotation marks moves everything to its right; where the last cell was blank, the letter of the
    // rule lets the record pass, and the cells say that they are wrong.
    let (aside, codes) = judge(&row.replace("正常,,", "正常,1,000,"));
    assert_eq!((aside, codes.as_str()), (false, "account-unreadable date-unreadable"));
    assert_eq!(judge(&row.replace("正常,,", "正常,\"1,000\",")), (false, String::new()));
}

#[test]
fn rule_4_lines_are_counted_as_the_file_has_them() {
    let (header, row) =
        (list().lines().next().unwrap().to_owned(), list().lines().nth(1).unwrap().to_owned());
    for end in ["\n", "\r\n"] {
        let text = [
            "高龄津贴花名册".to_owned(),
            String::new(),
            header.clone(),
            row.replace("赵超军,西街街道", "\"赵超军\",\"西街\n街道\""),
            String::new(),
            row.replace(ONE, TWO),
        ]
        .join(end);
        let read = read("old-age.csv", text.as_bytes());
        assert_eq!(read.claims.iter().map(|claim| claim.source.row).collect::<Vec<_>>(), [4, 7], "{end:?}");
        assert_eq!(said(&read.findings), Vec::<&str>::new());
    }
    let read = read("old-age.csv", format!("{header}\r{row}\r").as_bytes());
    assert_eq!(read.claims[0].source.row, 2);
    let _ = texts(&[]);
}

#[test]
fn rule_4_rows_joined_by_another_end_of_line_are_read_each() {
    let list = list();
    let row = list.lines().nth(1).unwrap();
    let other = row.replace(ONE, TWO);
    for end in ["\r", "\u{2028}", "\u{85}", "\u{B}", "\u{C}"] {
        let text = format!("{}\n{row}{end}{other}\n{row}\n", list.lines().next().unwrap());
        let read = read("old-age.csv", text.as_bytes());
        let people: Vec<(u32, &str)> =
            read.claims.iter().map(|claim| (claim.source.row, claim.id_written.as_str())).collect();
        assert_eq!(people, [(2, ONE), (2, TWO), (3, ONE)], "{end:?}");
        assert!(read.claims.iter().all(|claim| claim.rejected.is_none()));
    }
    // A piece with another number of cells leaves the record what it is: set aside.
    let text = format!("{list}{row}\ra,b\n");
    assert_eq!(code("old-age.csv", text.as_bytes()), "2 rows record-cells");
    // The sign by which old systems end a file is no row.
    assert_eq!(code("old-age.csv", format!("{list}\u{1A}").as_bytes()), "1 rows ");
}
