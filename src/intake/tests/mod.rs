//! The room as a whole: small files in, claims and findings out, with a rulebook made by hand.

mod exports;
mod gallery;
mod golden;
mod never;
mod registers;
mod rosters;
pub(crate) mod rulebook;
mod speed;
mod workbooks;

/// Every code this room says stands in the catalogue, and every blank of its words is filled.
#[test]
fn every_code_of_the_room_stands_in_the_catalogue() {
    let catalogue = include_str!("../../words/intake.toml");
    let sources = [
        include_str!("../changes.rs"),
        include_str!("../ended.rs"),
        include_str!("../fields.rs"),
        include_str!("../exports/join.rs"),
        include_str!("../exports/row.rs"),
        include_str!("../fix_lists/returned.rs"),
        include_str!("../registers/change.rs"),
        include_str!("../registers/entries.rs"),
        include_str!("../registers/mod.rs"),
        include_str!("../roster.rs"),
        include_str!("../rows.rs"),
        include_str!("../survey/mod.rs"),
        include_str!("../survey/piece.rs"),
        include_str!("../survey/sheets.rs"),
        include_str!("../totals.rs"),
        include_str!("../unread.rs"),
        include_str!("../values/amounts.rs"),
        include_str!("../values/codes.rs"),
        include_str!("../values/dates.rs"),
        include_str!("../values/identity.rs"),
        include_str!("../values/names.rs"),
        include_str!("../values/texts.rs"),
    ];
    let said = |code: &str| sources.iter().any(|source| source.contains(&format!("\"{code}\"")));
    for line in catalogue.lines().filter(|line| line.starts_with('[')) {
        let code = line.trim_matches(['[', ']']);
        assert!(said(code), "{code} is in the catalogue and never said");
        assert!(crate::words::knows(code));
    }
    for source in sources {
        let source = source.split("#[cfg(test)]").next().unwrap_or("");
        for opening in
            ["Finding::new(\"", "Trouble::written(\"", "Trouble { code: \"", "Fault::new(Exit::Refused, \""]
        {
            for rest in source.split(opening).skip(1) {
                let code = rest.split('"').next().unwrap_or("");
                assert!(crate::words::knows(code), "{code} is said and not in the catalogue");
            }
        }
    }
}
