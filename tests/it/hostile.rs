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

/// A workbook with a part of 1.1 GB of noughts.
fn bomb() -> &'static [u8] {
    static BOMB: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BOMB.get_or_init(|| {
        let strings = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(1 << 20));
        let mut zip = zip::ZipWriter::new_append(Cursor::new(workbook("<worksheet/>", &strings))).unwrap();
        let fast = zip::write::SimpleFileOptions::default().compression_level(Some(1));
        zip.start_file("xl/bomb.xml", fast).unwrap();
        let zeros = vec![0_u8; 1 << 20];
        for _ in 0..1100 {
            zip.write_all(&zeros).unwrap();
        }
        zip.finish().unwrap().into_inner()
    })
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    refused("sanmin.xlsx", bomb(), "unpacked");
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

/// A compound file that holds one stream of this name.
fn compound(stream: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0_u8; 512];
    bytes[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    for (at, value) in [(24, 0x3E_u16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
        bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    // One table sector (0), the directory in sector 1, the stream from sector 2 on.
    for (at, value) in [(44, 1_u32), (48, 1), (56, 0), (60, 0xFFFF_FFFE), (68, 0xFFFF_FFFE), (76, 0)] {
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    bytes[80..512].fill(0xFF);
    let sectors = content.len().div_ceil(512).max(1) as u32;
    let mut table = vec![0xFFFF_FFFD_u32, 0xFFFF_FFFE];
    table.extend((0..sectors).map(|at| if at + 1 == sectors { 0xFFFF_FFFE } else { at + 3 }));
    table.resize(128, 0xFFFF_FFFF);
    bytes.extend(table.iter().flat_map(|entry| entry.to_le_bytes()));
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut entry = vec![0_u8; 128];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64..66].copy_from_slice(&(units.len() as u16 + 2).to_le_bytes());
        entry[66] = kind;
        for (at, value) in [(68, u32::MAX), (72, u32::MAX), (76, child), (116, start), (120, size)] {
            entry[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        entry
    };
    bytes.extend(entry("Root Entry", 5, 1, 0xFFFF_FFFE, 0));
    bytes.extend(entry(stream, 2, u32::MAX, 2, content.len() as u32));
    bytes.extend([0_u8; 256]);
    bytes.extend_from_slice(content);
    bytes.resize(512 * (3 + sectors as usize), 0);
    bytes
}

#[test]
fn a_file_behind_a_password_is_refused_with_the_advice_to_take_it_off() {
    let secret = compound("EncryptedPackage", &[7; 5000]);
    refused("sanmin.xlsx", &secret, "password");
    refused("sanmin.xls", &secret, "password");
    // An old workbook: its first record after the beginning says that the rest is encrypted.
    let mut old = Vec::new();
    for (kind, content) in [
        (0x0809_u16, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..]),
        (0x002F, &[1; 54]),
        (0x000A, &[]),
    ] {
        old.extend(kind.to_le_bytes());
        old.extend((content.len() as u16).to_le_bytes());
        old.extend_from_slice(content);
    }
    old.resize(4200, 0);
    refused("sanmin.xls", &compound("Workbook", &old), "password");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", "\u{7}\u{1}rubbish"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
        ),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    refused("sanmin.ods", &zip.finish().unwrap().into_inner(), "password");
}

#[test]
fn a_file_cut_short_is_refused_and_named() {
    let forms = crate::bureau::repository().join("fixtures/forms");
    let mut sheet = String::from("<worksheet><sheetData>");
    for row in 1..2000 {
        sheet.push_str(&format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>", row * 7919));
    }
    let book = workbook(&sheet, "<sst/>");
    let files = [
        ("sanmin.xlsx", book),
        ("sanmin.xls", std::fs::read(forms.join("old-age-forms.xls")).unwrap()),
        ("sanmin.ods", std::fs::read(forms.join("old-age-forms.ods")).unwrap()),
    ];
    for (name, bytes) in files {
        for part in [bytes.len() / 4, bytes.len() / 2, bytes.len() - 30] {
            let said = check(name, &bytes[..part]);
            // What is cut off an old workbook's end may be nothing that is read.
            assert!(
                said.exit == 3 || name.ends_with("xls") && said.exit == 1,
                "{name} {part}: {}",
                said.stderr
            );
            assert!(
                said.stderr.contains(name) || said.stdout.contains(name),
                "{name} {part}: {}",
                said.stderr
            );
        }
    }
}

#[test]
fn a_part_that_lies_about_its_size_is_not_believed() {
    // 1.1 GB that say they are 1 KB.
    let mut bytes = bomb().to_vec();
    let size = (1100_u32 << 20).to_le_bytes();
    let mut lies = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&1024_u32.to_le_bytes());
            lies += 1;
        }
    }
    assert!(lies >= 1);
    let said = check("sanmin.xlsx", &bytes);
    assert_eq!(said.exit, 3, "{}\n{}", said.stdout, said.stderr);
}

#[test]
fn a_cell_of_a_hundred_megabytes_takes_no_more_than_there_is() {
    let long = format!("{HEADER}\n150199194403011010,{},东街街道,2023-01,正常\n", "a".repeat(100 << 20));
    let said = check("sanmin.csv", long.as_bytes());
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(said.stdout.len() < 20_000);
    let quoted =
        format!("{HEADER}\n150199194403011010,\"{}\",东街街道,2023-01,正常\n", "a\n".repeat(2 << 20));
    refused("sanmin.csv", quoted.as_bytes(), "damaged");
    refused("sanmin.csv", format!("{HEADER}\n{}", "a\n".repeat(2 << 20)).as_bytes(), "damaged");
    let text = |name: &str| format!("<c t=\"inlineStr\"><is><t>{name}</t></is></c>");
    let cells: String = HEADER.split(',').map(text).collect();
    let person =
        ["150199194403011010", &"a".repeat(8 << 20), "东街街道", "2023-01", "正常"].map(text).concat();
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\">{cells}</row><row r=\"2\">{person}</row></sheetData></worksheet>"
    );
    let said = check("sanmin.xlsx", &workbook(&sheet, "<sst/>"));
    assert!(said.exit == 1 || said.exit == 3, "{}", said.stderr);
    assert!(said.stdout.len() < 20_000);
}

#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.csv");
    std::fs::write(&secret, format!("{HEADER}\n150199194403011010,赵甲一,东街街道,2023-01,正常\n")).unwrap();
    let bureau = Bureau::empty("2023-01");
    rosters(&bureau, "2023-02", &[], &[]);
    std::os::unix::fs::symlink(&secret, bureau.path().join("rosters/2023-02/sanmin-东街街道.csv")).unwrap();
    let said = bureau.give(&["check", "--month", "2023-02", "--json"]);
    assert!(said.exit == 1 || said.exit == 3, "{}", said.stderr);
    assert!(said.stdout.contains("sanmin-东街街道.csv"), "{}", said.stdout);
    assert!(!said.stdout.contains("赵"), "{}", said.stdout);
    assert!(!said.stdout.contains("\"rows\": 1"), "{}", said.stdout);
}
