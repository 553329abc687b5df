//! Files made to break a reader, built here at run time, through the built binary with bounded memory: exit 3 and a
//! message, or read with findings; never a panic, never an abort.

use std::io::{Cursor, Write};
use std::process::Command;

use crate::bureau::{Bureau, Said};
use crate::integrity::small::{binary, rosters};

const HEADER: &str = "身份证号,姓名,乡镇街道,最初享受月份,状态";

/// Checks a month that holds this file, with at most 2.5 GB of address space.
fn check(name: &str, bytes: &[u8]) -> Said {
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-02", &[], &[]);
    bureau.write(&format!("rosters/2023-02/{name}"), bytes);
    let command = format!(
        "ulimit -v 2500000; exec '{}' -C '{}' --lang en --threads 2 check --month 2023-02",
        binary().display(),
        bureau.path().display()
    );
    let said: Said = Command::new("sh").args(["-c", &command]).output().unwrap().into();
    assert!(!said.stderr.contains("panicked"), "{name}: {}", said.stderr);
    said
}

fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let n = "http://schemas.openxmlformats.org";
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    part("[Content_Types].xml", &format!("<Types xmlns=\"{n}/package/2006/content-types\"/>"));
    let office = format!("{n}/officeDocument/2006/relationships");
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |list: String| {
        format!("<Relationships xmlns=\"{n}/package/2006/relationships\">{list}</Relationships>")
    };
    part("_rels/.rels", &relations(relation("a", "officeDocument", "xl/workbook.xml")));
    let list = relation("a", "worksheet", "sheet1.xml") + &relation("b", "sharedStrings", "strings.xml");
    part("xl/_rels/workbook.xml.rels", &relations(list));
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{n}/spreadsheetml/2006/main\" xmlns:r=\"{office}\"><sheets>\
             <sheet name=\"a\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>"
        ),
    );
    part("xl/strings.xml", strings);
    part("xl/sheet1.xml", sheet);
    zip.finish().unwrap().into_inner()
}

fn refused(name: &str, bytes: &[u8], word: &str) {
    let said = check(name, bytes);
    assert_eq!(said.exit, 3, "{name}: {}\n{}", said.stdout, said.stderr);
    assert!(said.stderr.contains(word), "{name}: {}", said.stderr);
}

#[test]
fn cells_far_to_the_right_take_no_memory() {
    let rows: String =
        (1..100_000).map(|row| format!("<row r=\"{row}\"><c r=\"XFD{row}\"><v>1</v></c></row>")).collect();
    refused(
        "sanmin.xlsx",
        &workbook(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), "<sst/>"),
        "unpacked",
    );
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(1 << 20));
    let mut zip = zip::ZipWriter::new_append(Cursor::new(workbook("<worksheet/>", &strings))).unwrap();
    zip.start_file("xl/bomb.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1100 {
        zip.write_all(&zeros).unwrap();
    }
    refused("sanmin.xlsx", &zip.finish().unwrap().into_inner(), "unpacked");
}

#[test]
fn entities_are_not_unfolded() {
    let mut strings = String::from("<!DOCTYPE sst [<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        strings.push_str(&format!("<!ENTITY a{level} \"&a{0};&a{0};&a{0};&a{0};\">", level - 1));
    }
    strings.push_str("]><sst><si><t>&a29;</t></si></sst>");
    let said = check(
        "sanmin.xlsx",
        &workbook(
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData></worksheet>",
            &strings,
        ),
    );
    assert_eq!(said.exit, 3, "{}", said.stderr);
}

#[test]
fn a_million_columns_and_a_cell_of_twenty_megabytes_are_read_with_findings() {
    let wide = format!("{HEADER}{}\n", ",列".repeat(1_000_000));
    let said = check("sanmin.csv", wide.as_bytes());
    assert!(said.exit <= 3, "{}", said.stderr);
    let long = format!("{HEADER}\n150199194403011010,{},东街街道,2023-01,正常\n", "赵".repeat(7_000_000));
    let said = check("sanmin.csv", long.as_bytes());
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(said.stdout.len() < 20_000);
}
