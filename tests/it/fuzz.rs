//! A short run of the fuzz targets over the kept corpus, changed by a seeded generator: the same inputs every time, in a
//! few seconds. `FUZZ_ROUNDS` and `FUZZ_SEED` make it longer and other; `cargo fuzz run <target>` looks further.
//! Whatever breaks a reader is kept in `fuzz/corpus/`.

use std::fs;
use std::panic::catch_unwind;

use crate::bureau::repository;
use crate::dice::{Dice, setting};

#[path = "../../fuzz/targets.rs"]
mod targets;

/// What readers stumble over.
const PIECES: [&str; 24] = [
    "\"",
    ",",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{FEFF}",
    "\u{200B}",
    "，",
    "（",
    "合计",
    "不予",
    "单位：万元",
    "-",
    "1E3",
    "99999999999999999999",
    "<",
    ">",
    "&#x0;",
    "&amp;",
    "</",
    "=",
    "[[",
    "\u{FFFD}",
];

fn changed(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let length = dice.below(24).min(bytes.len() - at);
        match dice.below(8) {
            0 => drop(bytes.drain(at..at + length)),
            1 => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
            2 => {
                let copy: Vec<u8> = bytes[at..at + length].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len() + 1);
                let until = (from + dice.below(200)).min(other.len());
                bytes.splice(at..at, other[from..until].iter().copied());
            }
            4 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            5 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            6 => bytes.truncate(at),
            _ if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
            _ => bytes.push(dice.below(256) as u8),
        }
    }
    bytes
}

fn fuzz(target: &str, rounds: u64, run: fn(&[u8])) {
    let folder = repository().join("fuzz/corpus").join(target);
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let seeds: Vec<Vec<u8>> = names.iter().map(|path| fs::read(path).unwrap()).collect();
    for (name, seed) in names.iter().zip(&seeds) {
        assert!(catch_unwind(|| run(seed)).is_ok(), "{}", name.display());
    }
    let mut dice = Dice(setting("FUZZ_SEED", 20_230_210));
    for round in 0..rounds * setting("FUZZ_ROUNDS", 1) {
        let bytes = changed(&mut dice, &seeds);
        if catch_unwind(|| run(&bytes)).is_err() {
            let kept = std::env::temp_dir().join(format!("disburse-fuzz-{target}-{round}"));
            fs::write(&kept, &bytes).unwrap();
            panic!("{target}, round {round}: kept in {}", kept.display());
        }
    }
}

#[test]
fn lists_of_any_bytes() {
    fuzz("list", 150, targets::list);
}

#[test]
fn sheets_of_any_xml() {
    fuzz("sheet", 200, targets::sheet);
}

#[test]
fn spreadsheets_of_any_content() {
    fuzz("content", 40, targets::content);
}

#[test]
fn answers_of_any_bytes() {
    fuzz("answers", 400, targets::answers);
}

#[test]
fn packs_of_any_text() {
    fuzz("policy", 10, targets::policy);
}

#[test]
fn expressions_of_any_text() {
    fuzz("expression", 1500, targets::expression);
}
