//! What must hold for any roster: the order of rows and of files says nothing, and more income never
//! raises 低保.

use std::collections::BTreeMap;
use std::fs;

use disburse::assess::{Assessor, Links, MonthRosters};
use disburse::domain::{Files, Money, Month};
use disburse::intake::{self, Input, Origin, RosterMonth};
use disburse::policy::{self, RosterId};

use crate::bureau::repository;

/// A month's roster files: name and text.
type Texts = Vec<(String, String)>;

fn golden() -> (Texts, Texts) {
    let read = |folder: &str| {
        let folder = repository().join("tests/data/expected/one-month").join(folder);
        let mut files: Texts = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    (read("rosters/2023-02"), read("registers"))
}

/// Every decision but for its source: how often each (programme, beneficiary, case, outcome, amount) is.
fn decide(
    rosters: &Texts,
    registers: &Texts,
) -> BTreeMap<(String, String, String, &'static str, Money), usize> {
    let month: Month = "2023-02".parse().unwrap();
    let (rulebook, _) = policy::pack::load(&policy::pack::xincheng()).map_err(|_| "pack").unwrap();
    let inputs = |texts: &'_ Texts| -> Vec<(String, Vec<u8>)> {
        texts.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect()
    };
    let owned = inputs(registers);
    let named: Vec<Input<'_>> = owned.iter().map(|(name, bytes)| Input { name, bytes }).collect();
    let (registers, _, _) = intake::read_registers(&rulebook, month, &named).unwrap();
    let mut files = Files::default();
    let mut read = Vec::new();
    let owned = inputs(rosters);
    for position in 0..rulebook.rosters.len() {
        let roster = RosterId(position as u16);
        let of_roster: Vec<Input<'_>> = owned
            .iter()
            .filter(|(name, _)| intake::roster_of(&rulebook, name) == Some(roster))
            .map(|(name, bytes)| Input { name, bytes })
            .collect();
        let rows =
            intake::read_roster(&rulebook, roster, month, month, &of_roster, &registers, &mut files).unwrap();
        read.push(Some(RosterMonth {
            roster,
            month,
            origin: Origin::Own,
            carried: Vec::new(),
            claims: rows.claims,
        }));
    }
    let nothing = || rulebook.rosters.len();
    let months = [MonthRosters {
        month,
        rosters: read,
        link_needed: vec![Vec::new(); nothing()],
        left_out: vec![Vec::new(); nothing()],
        vanished: vec![Vec::new(); nothing()],
    }];
    let links = Links::new(&registers.links);
    let assessor =
        Assessor { rulebook: &rulebook, registers: &registers, links: &links, files: &files, cycle: month };
    let mut decided = BTreeMap::new();
    for decision in assessor.assess(&months, &[]).iter().flat_map(|month| &month.decisions) {
        let key = (
            rulebook.rule(decision.programme).code.to_string(),
            decision.beneficiary.to_string(),
            decision.case_no.to_string(),
            decision.outcome.word(),
            decision.amount,
        );
        *decided.entry(key).or_default() += 1;
    }
    decided
}

/// The rows of a list, below its header, rearranged.
fn rearranged(text: &str, rearrange: impl Fn(&mut Vec<&str>)) -> String {
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let mut rows: Vec<&str> = lines.collect();
    rearrange(&mut rows);
    let mut text = format!("{header}\n");
    rows.iter().for_each(|row| text.push_str(&format!("{row}\n")));
    text
}

#[test]
fn the_order_of_rows_and_of_files_says_nothing() {
    let (rosters, registers) = golden();
    let as_sent = decide(&rosters, &registers);
    assert!(as_sent.len() > 500);
    for turn in [1, 7, 40] {
        let turned: Texts = rosters
            .iter()
            .map(|(name, text)| {
                let text = rearranged(text, |rows| {
                    rows.reverse();
                    let by = turn % rows.len().max(1);
                    rows.rotate_left(by);
                });
                (name.clone(), text)
            })
            .collect();
        assert_eq!(decide(&turned, &registers), as_sent, "turned by {turn}");
    }
    // Every list in two files, the later half first by name.
    let mut halves: Texts = Vec::new();
    for (name, text) in &rosters {
        let stem = name.trim_end_matches(".csv");
        let half = text.lines().count() / 2;
        halves.push((format!("{stem}-z.csv"), rearranged(text, |rows| rows.truncate(half))));
        halves.push((
            format!("{stem}-a.csv"),
            rearranged(text, |rows| drop(rows.drain(..half.min(rows.len())))),
        ));
    }
    halves.sort();
    assert_eq!(decide(&halves, &registers), as_sent);
}

#[test]
fn more_income_never_raises_dibao() {
    let (rosters, registers) = golden();
    let amounts = |rosters: &Texts| -> BTreeMap<String, Money> {
        decide(rosters, &registers)
            .into_keys()
            .filter(|key| key.0 == "dibao" && !matches!(key.3, "deferred" | "rejected"))
            .map(|key| (key.1, key.4))
            .collect()
    };
    let before = amounts(&rosters);
    assert!(before.values().any(|amount| amount.is_positive()));
    for more in ["0.01", "37.50", "621.00", "5000.00"] {
        let more: Money = more.parse().unwrap();
        let richer: Texts = rosters
            .iter()
            .map(|(name, text)| {
                if name != "dibao.csv" {
                    return (name.clone(), text.clone());
                }
                let column =
                    text.lines().next().unwrap().split(',').position(|head| head == "月收入").unwrap();
                let raised = text.lines().enumerate().map(|(line, row)| {
                    let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
                    if let (true, Ok(income)) = (line > 0, cells[column].parse::<Money>()) {
                        cells[column] = (income + more).to_string();
                    }
                    cells.join(",")
                });
                (name.clone(), raised.collect::<Vec<_>>().join("\n"))
            })
            .collect();
        for (household, after) in amounts(&richer) {
            assert!(
                after <= before[&household],
                "{household}: {} → {after} with {more} more",
                before[&household]
            );
        }
    }
}
