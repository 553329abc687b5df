//! The default pack over the two golden bureaus: the rows that the independent program rejected for
//! their identity number are exactly those rejected here, and nothing else is said about any cell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::domain::{Files, Month, Severity};
use crate::intake::{Input, Registers, Rejection, read_registers, read_roster, roster_of};
use crate::policy::Rulebook;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn pack() -> Rulebook {
    let folder = root().join("fixtures/xincheng/policy");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    crate::policy::pack::load(&files).unwrap_or_else(|_| panic!("the default pack does not load")).0
}

fn csv_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn golden_rosters_are_read_as_the_independent_program_read_them() {
    let rulebook = pack();
    let golden = root().join("tests/data/expected");
    let mut stages =
        vec![(golden.join("one-month"), golden.join("one-month/expected"), "2023-02".to_owned())];
    for month in ["2022-12", "2023-01", "2023-02", "2023-03", "2023-04", "2023-05"] {
        let history = golden.join("history");
        stages.push((
            history.join("stages").join(month),
            history.join("expected").join(month),
            month.to_owned(),
        ));
    }
    for (inputs, expected, month) in stages {
        let cycle: Month = month.parse().unwrap();
        let registers = csv_files(&inputs.join("registers"));
        let registers: Vec<Input<'_>> = registers.iter().map(|(name, bytes)| Input { name, bytes }).collect();
        let (registers, findings, borders) = read_registers(&rulebook, cycle, &registers).unwrap();
        assert!(borders.iter().all(crate::domain::Border::balances));
        let _: Registers = registers.clone();
        let loud = |finding: &&crate::domain::Finding| finding.severity == Severity::Error;
        assert_eq!(findings.iter().filter(loud).count(), 0, "{findings:?}");
        let mut rejected = BTreeSet::new();
        for (name, bytes) in csv_files(&inputs.join("rosters").join(&month)) {
            let roster = roster_of(&rulebook, &name).unwrap();
            let mut files = Files::default();
            let input = Input { name: &name, bytes: &bytes };
            let read =
                read_roster(&rulebook, roster, cycle, cycle, &[input], &registers, &mut files).unwrap();
            assert!(read.border.balances());
            for claim in read.claims.iter().filter(|claim| claim.rejected.is_some()) {
                let place = files.show(claim.source);
                let known = [Some(Rejection::IdentityNumber), Some(Rejection::Certificate)];
                assert!(known.contains(&claim.rejected), "{place}: {:?}", claim.rejected);
                // A rejected member stands in its household's decision, under the head.
                if !rulebook.roster(roster).household {
                    rejected.insert(claim.id_written.to_string());
                }
            }
            for finding in read.findings.iter().filter(loud) {
                // The history plants blank incomes and certificates of somebody else.
                let planted = ["identity-", "needed-blank", "certificate-"];
                assert!(planted.iter().any(|code| finding.code.starts_with(code)), "{name}: {finding:?}");
            }
        }
        let decisions = std::fs::read_to_string(expected.join("decisions.csv")).unwrap();
        let wanted: BTreeSet<String> = decisions
            .lines()
            .filter(|line| {
                line.contains(",rejected,") && line.trim_start_matches('\u{FEFF}').starts_with(&month)
            })
            .map(|line| line.split(',').nth(4).unwrap().to_owned())
            .collect();
        assert_eq!(wanted, rejected, "{month}");
    }
}
