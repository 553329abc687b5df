//! A model of money over time, written from DESIGN §9, §10 and §15 in plain maps without looking at the
//! program, held against it over random histories: lists changing, deaths known late, past months
//! corrected, standards announced late, returns, decisions. After each step every line agrees.
//!
//! `DISBURSE_HISTORIES=1..200` plays other seeds than the usual ones. A difference is shortened to the events
//! that matter and printed; once it is dealt with, it is kept in tests/data/histories and played for ever.

mod history;
mod ledger;
mod player;
mod rules;
mod world;

use std::fs;

use player::{History, play};

/// Takes away events as long as the history still shows a difference.
fn shortened(mut history: History, mut fault: String) -> (History, String) {
    while history.cycles.len() > 1 {
        let mut shorter = history.clone();
        shorter.cycles.pop();
        match play(&shorter) {
            Err(other) => (history, fault) = (shorter, other),
            Ok(()) => break,
        }
    }
    let mut cycle = history.cycles.len();
    while cycle > 0 {
        cycle -= 1;
        let mut event = history.cycles[cycle].len();
        while event > 0 {
            event -= 1;
            let mut shorter = history.clone();
            shorter.cycles[cycle].remove(event);
            if let Err(other) = play(&shorter) {
                (history, fault) = (shorter, other);
            }
        }
    }
    (history, fault)
}

fn must_agree(history: History) {
    if let Err(fault) = play(&history) {
        let seed = history.seed;
        eprintln!("seed {seed}: {fault}");
        let (history, fault) = match std::env::var("DISBURSE_SHORTEN") {
            Ok(_) => shortened(history, fault),
            Err(_) => (history, format!("{fault}\n(DISBURSE_SHORTEN=1 finds the events that matter)")),
        };
        panic!("seed {seed}: {fault}\n{}", serde_json::to_string(&history).unwrap());
    }
}

fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(asked) = std::env::var("DISBURSE_HISTORIES") else { return usual };
    let (first, last) = asked.split_once("..").expect("DISBURSE_HISTORIES=<first>..<last>");
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn short_random_histories_agree_with_the_model() {
    for seed in seeds(1..5) {
        must_agree(History::random(seed, 8));
    }
}

#[test]
fn a_long_random_history_agrees_with_the_model() {
    for seed in seeds(100..101) {
        must_agree(History::random(seed, 24));
    }
}

#[test]
fn histories_that_once_disagreed_agree() {
    let folder = crate::bureau::repository().join("tests/data/histories");
    let mut files: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        if file.extension().is_some_and(|ending| ending == "json") {
            let history = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            play(&history).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
        }
    }
}
