//! Files of the sample month with one thing changed: every row is read exactly or named in a finding; none
//! is dropped, and no other row changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use disburse::domain::{Files, Finding, Month, Source};
use disburse::intake::{self, Claim, Input, Registers};
use disburse::policy::{self, Rulebook};

use crate::bureau::repository;

/// A roster's rows by line, and the lines that a finding names.
fn read(rulebook: &Rulebook, name: &str, text: &str) -> Option<(BTreeMap<u32, Claim>, Vec<Finding>)> {
    let month: Month = "2023-02".parse().unwrap();
    let roster = intake::roster_of(rulebook, name).unwrap();
    let inputs = [Input { name, bytes: text.as_bytes() }];
    let registers = Registers::default();
    let read =
        intake::read_roster(rulebook, roster, month, month, &inputs, &registers, &mut Files::default())
            .ok()?;
    assert!(read.border.balances());
    let claims: BTreeMap<u32, Claim> =
        read.claims.iter().map(|claim| (claim.source.row, claim.clone())).collect();
    assert_eq!(claims.len(), read.claims.len(), "{name}: one claim a line");
    Some((claims, read.findings))
}

/// A claim without its place.
fn facts(claim: &Claim) -> Claim {
    let nowhere = Source { row: 0, ..claim.source };
    Claim { source: nowhere, ..claim.clone() }
}

/// How many fields of two rows differ.
fn differing(a: &Claim, b: &Claim) -> usize {
    let same = [
        a.id_written == b.id_written,
        a.name == b.name,
        a.household_id == b.household_id,
        a.relation == b.relation,
        a.hukou == b.hukou,
        a.township == b.township,
        a.community == b.community,
        a.first_month == b.first_month,
        a.last_month == b.last_month,
        a.status == b.status,
        a.declared_amount == b.declared_amount,
        a.account.bank == b.account.bank,
        a.account.number == b.account.number,
        a.account.name == b.account.name,
        a.payee_id == b.payee_id,
        a.payee_name == b.payee_name,
        a.case_no == b.case_no,
        a.choice == b.choice,
    ];
    let extra = a.extra.iter().zip(&b.extra).filter(|(a, b)| a != b).count();
    same.iter().filter(|same| !**same).count() + extra
}

/// Digits and signs as a Chinese keyboard has them.
fn wide(text: &str) -> String {
    text.chars()
        .map(|sign| match sign {
            '0'..='9' => char::from_u32(sign as u32 - 0x30 + 0xFF10).unwrap(),
            other => other,
        })
        .collect()
}

#[test]
fn one_change_touches_one_row_and_none_is_dropped() {
    let (rulebook, _) = policy::pack::load(&policy::pack::xincheng()).map_err(|_| "pack").unwrap();
    let folder = repository().join("tests/data/expected/one-month/rosters/2023-02");
    let mut state = 20_230_210_u64;
    // splitmix64: the same changes every time.
    let mut below = |end: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    };
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !name.ends_with(".csv") || text.contains('"') {
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        let (before, _) = read(&rulebook, &name, &text).unwrap();
        for _ in 0..60 {
            let at = 1 + below(lines.len() - 1);
            let mut cells: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
            let cell = below(cells.len());
            let what = below(9);
            let signs: Vec<char> = cells[cell].chars().collect();
            let middle = signs.len() / 2;
            let of = |signs: &[char]| signs.iter().collect::<String>();
            // Whether the row must read exactly as before.
            let mut harmless = false;
            match what {
                0 => {
                    cells[cell] = wide(&cells[cell]);
                    harmless = cells[cell].is_empty();
                }
                1 => {
                    cells[cell] = format!(" {}\u{200B}\u{A0}", cells[cell]);
                    harmless = true;
                }
                2 if !signs.is_empty() => cells[cell] = of(&signs[..signs.len() - 1]),
                3 if !signs.is_empty() => {
                    cells[cell] = format!("{}{}", of(&signs[..=middle]), of(&signs[middle..]))
                }
                4 => cells[cell].clear(),
                5 => cells[cell].push('\u{FFFD}'),
                6 => cells.push("多".to_owned()),
                7 => {
                    cells.remove(cell);
                }
                _ => cells[cell].insert(0, '"'),
            }
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            changed[at] = cells.join(",");
            let whole = changed.join("\n");
            let Some((after, findings)) = read(&rulebook, &name, &whole) else { continue };
            tried += 1;
            let named: BTreeSet<u32> = findings.iter().map(|finding| finding.place.row).collect();
            let context = || format!("{name}, change {what} of cell {cell}: {}", changed[at]);
            for (line, written) in changed.iter().enumerate().skip(1) {
                let row = line as u32 + 1;
                let Some(claim) = after.get(&row) else {
                    assert!(
                        written.replace(',', "").trim().is_empty() || named.contains(&row),
                        "{}: line {row} is gone",
                        context()
                    );
                    continue;
                };
                let Some(was) = before.get(&row) else { continue };
                if line != at {
                    let kept = facts(claim) == facts(was) || claim.rejected.is_some() && named.contains(&row);
                    assert!(kept, "{}: line {row} changed", context());
                } else if harmless {
                    assert_eq!(facts(claim), facts(was), "{}", context());
                } else if claim.rejected.is_none() {
                    assert!(differing(claim, was) <= 1, "{}: {claim:?} was {was:?}", context());
                } else {
                    assert!(was.rejected.is_some() || named.contains(&row), "{}: refused unsaid", context());
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
}
