//! `fixtures/malformed/`: what is read from each file and what is said about it. Files that say one thing, and those
//! that are refused, are in `fixtures/errors/`.

use super::rulebook::{OLD_AGE, rulebook};
use crate::domain::{Files, Month, Severity};
use crate::intake::{Input, Registers, read_roster};

/// Rows with `!` where rejected, then `code@row+column letter` of all that is not for the record.
fn shown(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/malformed").join(name);
    let bytes = std::fs::read(path).unwrap();
    let cycle = Month::new(2023, 2).unwrap();
    let input = Input { name, bytes: &bytes };
    let mut files = Files::default();
    let read =
        read_roster(&rulebook(), OLD_AGE, cycle, cycle, &[input], &Registers::default(), &mut files).unwrap();
    assert!(read.border.balances());
    let rows: Vec<String> = read
        .claims
        .iter()
        .map(|claim| format!("{}{}", claim.source.row, if claim.rejected.is_some() { "!" } else { "" }))
        .collect();
    let mut lines = vec![format!("rows: {}", rows.join(" "))];
    for finding in read.findings.iter().filter(|finding| finding.severity != Severity::Info) {
        let letter = finding.place.column.split(' ').next().unwrap_or("");
        lines.push(format!("{}@{}{letter}", finding.code, finding.place.row));
    }
    lines.join("\n")
}

#[test]
fn every_file_of_the_gallery_is_read_as_written_here() {
    let gallery = [
        ("gb18030.csv", "rows: 2 3"),
        ("utf16-tabs.txt", "rows: 2 3"),
        ("damaged-bytes.csv", "rows: 2 3! 4! 5\nline-encoding@3\nline-encoding@4"),
        ("title-unit-numbers.csv", "rows: 5 6"),
        ("two-row-header.csv", "rows: 3\ncolumn-missing@1\naccount-number-short@3I"),
        ("stray-quotes.csv", "rows: 2! 3 4! 5 6\nquotation-mark-open@2\nquotation-mark-open@4"),
        (
            "excel-guards.csv",
            "rows: 2 3 4!\naccount-number-short@2I\ndate-point-month@3D\namount-sum@3G\nidentity-length@4A\ndate-point-month@4D\n\
             amount-unreadable@4G\naccount-unreadable@4I",
        ),
        ("refused-section.csv", "rows: 4\nsection-refused@6"),
        (
            "identity-numbers.csv",
            "rows: 2 3 4 5 6 7! 8! 9! 10! 11! 12! 13! 14!\nidentity-characters@7A\nidentity-characters@8A\n\
             identity-fifteen@9A\nidentity-date@10A\nidentity-check-digit@11A\nidentity-length@12A\n\
             identity-blank@13A\nidentity-length@14A",
        ),
        (
            "values.csv",
            "rows: 2 3 4 5!\nname-masked@2B\naccount-number-short@2I\nname-masked@2J\nname-brackets@3B\n\
             township-unknown@3C\naccount-number-short@3I\n\
             date-point-month@4E\namount-precision@4G\naccount-unreadable@4I\ntownship-unknown@5C\n\
             date-unreadable@5D\ndate-unreadable@5E\ncode-unknown@5F\namount-negative@5G\n\
             person-also-ended@2\nperson-also-ended@4",
        ),
    ];
    for (name, expected) in gallery {
        assert_eq!(shown(name), expected, "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/malformed");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let elsewhere = ["README.md", "old-age.xls", "old-age.ods"].contains(&name.as_str());
        assert!(elsewhere || gallery.iter().any(|(known, _)| *known == name), "{name} is not in the gallery");
    }
}
