//! What every reader must hold whatever it is given: it does not panic, its border balances, and a file that was
//! read whole has a claim or a finding for each of its rows. Shared by cargo-fuzz and the tests.
#![allow(dead_code, reason = "each binary of cargo-fuzz calls one of the targets")]

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use disburse::domain::{Files, Month};
use disburse::intake::{self, Input, Registers};
use disburse::pay::Profiles;
use disburse::policy::{self, RosterId, Rulebook};
use disburse::returns;

fn rulebook() -> &'static Rulebook {
    static RULEBOOK: OnceLock<Rulebook> = OnceLock::new();
    RULEBOOK.get_or_init(|| match policy::pack::load(&policy::pack::xincheng()) {
        Ok((rulebook, _)) => rulebook,
        Err(_) => panic!("the sample pack does not load"),
    })
}

fn read_list(name: &str, bytes: &[u8]) {
    let Some(month) = Month::new(2023, 2) else { return };
    let Some(roster): Option<RosterId> = intake::roster_of(rulebook(), name) else { return };
    let inputs = [Input { name, bytes }];
    let registers = Registers::default();
    let mut files = Files::default();
    if let Ok(read) = intake::read_roster(rulebook(), roster, month, month, &inputs, &registers, &mut files) {
        assert!(read.border.balances(), "{:?}", read.border);
        for claim in &read.claims {
            // A row without a person has its place, and a finding that names it.
            let row = claim.source.row;
            let named =
                claim.rejected.is_none() || read.findings.iter().any(|finding| finding.place.row <= row);
            assert!(named, "row {row} is refused without a word");
        }
    }
    drop(intake::explain_columns(rulebook(), &inputs[0]));
}

/// A file as it comes: text in any encoding, or any kind of workbook. The first byte says which roster's it is.
pub fn list(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = [
        "dibao.csv",
        "old-age.xlsx",
        "disability.xls",
        "农村低保家庭查询.csv",
        "农村低保人员查询.csv",
        "children.ods",
        "home-care.csv",
    ][usize::from(*first) % 7];
    read_list(name, rest);
}

fn package(parts: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        zip.start_file(*name, stored).ok()?;
        zip.write_all(content).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

/// The XML of a sheet of an .xlsx.
pub fn sheet(bytes: &[u8]) {
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let relations = |target: &str, kind: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"a\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>\
             </Relationships>"
        )
    };
    let book = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
                xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
                <sheet name=\"a\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>";
    let made = package(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relations("xl/workbook.xml", "officeDocument").as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations("sheet.xml", "worksheet").as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/sheet.xml", bytes),
    ]);
    if let Some(made) = made {
        read_list("old-age.xlsx", &made);
    }
}

/// The content of an .ods.
pub fn content(bytes: &[u8]) {
    if let Some(made) =
        package(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", bytes)])
    {
        read_list("old-age.ods", &made);
    }
}

/// A bank's answer: the first byte says in which form it is said to be.
pub fn answers(bytes: &[u8]) {
    static PROFILES: OnceLock<Profiles> = OnceLock::new();
    let profiles = PROFILES.get_or_init(|| {
        let pack = policy::pack::xincheng();
        let texts: Vec<(&str, &str)> = pack
            .iter()
            .filter(|(path, _)| path.starts_with("banks/"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        match Profiles::load(&texts, &std::collections::BTreeMap::new(), Profiles::GENERAL) {
            Ok(profiles) => profiles,
            Err(fault) => panic!("the sample profiles do not load: {}", fault.code),
        }
    });
    let profiles = profiles.all();
    let Some((first, rest)) = bytes.split_first() else { return };
    let own: Vec<&str> = profiles
        .iter()
        .filter(|profile| profile.result.is_some())
        .map(|profile| profile.name.as_str())
        .collect();
    let formats: Vec<Option<&str>> =
        [None, Some("neutral"), Some("pain.002"), Some("camt.053"), Some("camt.054")]
            .into_iter()
            .chain(own.into_iter().map(Some))
            .collect();
    if let Ok(read) = returns::read("answer", rest, formats[usize::from(*first) % formats.len()], profiles) {
        assert!(read.border().balances());
    }
}

/// A file of a policy pack, in the place of one of the sample's: the first byte says which.
pub fn policy(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut pack = policy::pack::xincheng();
    let at = usize::from(*first) % pack.len();
    pack[at].1 = text.to_owned();
    drop(policy::pack::load(&pack));
    drop(policy::format::format("a.toml", text));
}

/// A condition or an amount.
pub fn expression(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(policy::syntax::parse(text));
    }
}
