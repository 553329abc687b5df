//! Lives a history through twice, in the model and in the built binary, and compares every line.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::bureau::{Bureau, Row, Said, read_csv};

use super::history::{Event, make};
use super::ledger::{Ledger, Line};
use super::rules::Programme;
use super::world::{Dice, Month, World, month, month_text, yuan};

/// A bureau and what happens in it, cycle by cycle.
#[derive(Clone, Serialize, Deserialize)]
pub struct History {
    /// Makes the people and their first lists.
    pub seed: u64,
    pub cycles: Vec<Vec<Event>>,
}

impl History {
    pub fn random(seed: u64, cycles: usize) -> History {
        let mut dice = Dice::new(seed ^ 0xd15b);
        History { seed, cycles: (0..cycles).map(|_| make(&mut dice)).collect() }
    }
}

/// The first cycle of every history: the standards of 2022 are announced in the fourth.
const FIRST: (i32, i32) = (2022, 3);

/// Plays a history; the first difference between model and program, if there is one.
pub fn play(history: &History) -> Result<(), String> {
    let first = month(FIRST.0, FIRST.1);
    let mut player = Player {
        bureau: Bureau::empty(&month_text(first)),
        world: World::new(history.seed, first),
        ledger: Ledger::default(),
        ids: Vec::new(),
        written: BTreeMap::new(),
        posted: BTreeMap::new(),
        cycle: first,
        released: first,
        files: 0,
    };
    for (position, events) in history.cycles.iter().enumerate() {
        player.cycle = first + position as Month;
        player.cycle(events).map_err(|fault| format!("{}: {fault}", month_text(player.cycle)))?;
    }
    let said = player.give("verify", "");
    if said.exit != 0 {
        return Err(format!("verify: {}\n{}", said.stdout, said.stderr));
    }
    Ok(())
}

struct Player {
    bureau: Bureau,
    world: World,
    ledger: Ledger,
    /// Payment ids, in the order of the ledger's payments.
    ids: Vec<String>,
    written: BTreeMap<String, String>,
    /// The sum of all the program has posted, by line.
    posted: BTreeMap<String, i64>,
    cycle: Month,
    /// The latest cycle of which a run was released: what is answered and decided is written there.
    released: Month,
    files: u32,
}

impl Player {
    fn cycle(&mut self, events: &[Event]) -> Result<(), String> {
        self.world.begin(self.cycle);
        for event in events {
            self.world.happen(event, self.cycle);
        }
        for (path, text) in self.world.files() {
            if self.written.get(&path) != Some(&text) {
                self.bureau.write(&path, &text);
                self.written.insert(path, text);
            }
        }
        let released = self.run(events)?;
        if released > 0 {
            self.answers(events, released)?;
        }
        events.iter().try_for_each(|event| self.decide(event))
    }

    fn give(&self, command: &str, by: &str) -> Said {
        let today = format!("{}-03", month_text(self.cycle));
        let mut words: Vec<&str> = command.split_whitespace().collect();
        words.extend(["--today", &today]);
        if !by.is_empty() {
            words.extend(["--by", by]);
        }
        self.bureau.give(&words)
    }

    fn must(&self, command: &str, by: &str, exits: &[i32]) -> Result<Said, String> {
        let said = self.give(command, by);
        match exits.contains(&said.exit) {
            true => Ok(said),
            false => Err(format!("`{command}` ended with {}\n{}\n{}", said.exit, said.stdout, said.stderr)),
        }
    }

    fn rows(&self, path: &str) -> Vec<Row> {
        read_csv(&self.bureau.path().join("out").join(month_text(self.released)).join(path))
    }

    /// Drafts, compares, approves; how many payments were released.
    fn run(&mut self, events: &[Event]) -> Result<usize, String> {
        let months = events.iter().find_map(|event| match event {
            Event::Through { months } => Some(*months),
            _ => None,
        });
        let through = self.cycle + months.unwrap_or(0);
        let (after, expected) = self.ledger.run(&self.world, self.cycle, through, 12);
        let mut command = format!("run --json --month {}", month_text(self.cycle));
        if months.is_some() {
            command.push_str(&format!(" --through {}", month_text(through)));
        }
        let answer = self.must(&command, "operator", &[0, 1])?.json();
        let Some(run) = answer["run"].as_u64() else {
            return same("postings", &expected.postings, &[]).map(|()| 0);
        };
        self.released = self.cycle;
        let folder = format!("run-{run:04}");
        let postings = self.postings(&format!("{folder}/postings.csv"));
        let payments = self.rows(&format!("{folder}/payments.csv"));
        let held = self.rows(&format!("{folder}/held.csv"));
        let balances = self.rows(&format!("{folder}/balances.csv"));
        let parts =
            ["programme", "account_no", "amount", "current", "arrears", "advance", "reissued", "offset"];
        let columns = ["entitlement", "balance", "debtor"];
        let differences: Vec<String> = [
            same("held", &expected.held, &texts(&held, &["amount", "hold", "since"], true)),
            same("postings", &expected.postings, &postings),
            same("payments", &expected.payments, &texts(&payments, &parts, false)),
            same("balances", &expected.balances, &texts(&balances, &columns, true)),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect();
        if !differences.is_empty() {
            return Err(differences.join("\n"));
        }

        let mut approve = format!("approve {run} --total {}", answer["total"].as_str().unwrap_or_default());
        for limit in answer["limits"].as_array().into_iter().flatten() {
            approve.push_str(&format!(" --accept {}=seen", limit["limit"].as_str().unwrap_or_default()));
        }
        self.must(&approve, "reviewer", &[0])?;
        self.ledger = after;
        let count = expected.released.len();
        for payment in expected.released {
            let of_it = |row: &&Row| {
                row["programme"] == payment.programme.code() && row["account_no"] == payment.account
            };
            let row = payments.iter().find(of_it).ok_or("a payment without a row")?;
            self.ids.push(row["payment_id"].clone());
            self.ledger.payments.push((run, payment));
        }

        // What the program itself has posted agrees with what it says is open, and nobody is paid more
        // than is due: no line that is paid in this run is below nought after it.
        self.add(&postings);
        let open: Vec<String> = self
            .posted
            .iter()
            .filter(|(_, sum)| **sum != 0)
            .map(|(line, sum)| format!("{line},{}", yuan(*sum)))
            .collect();
        same("sums of all postings", &open, &texts(&balances, &["balance"], true))?;
        for posting in postings.iter().filter(|posting| posting.contains(",payment,")) {
            let line = posting.split(",payment,").next().unwrap_or_default();
            if self.posted[line] < 0 {
                return Err(format!("paid too much: {posting}"));
            }
        }
        Ok(count)
    }

    fn postings(&self, path: &str) -> Vec<String> {
        texts(&self.rows(path), &["kind", "amount"], true)
    }

    fn add(&mut self, postings: &[String]) {
        for posting in postings {
            let mut cells: Vec<&str> = posting.split(',').collect();
            let amount: i64 = cells.pop().unwrap().replace('.', "").parse().unwrap();
            cells.pop();
            *self.posted.entry(cells.join(",")).or_default() += amount;
        }
    }

    /// The bank answers the payments just released, and changes its mind about an old one.
    fn answers(&mut self, events: &[Event], released: usize) -> Result<(), String> {
        let from = self.ids.len() - released;
        let (one_in, salt) = events
            .iter()
            .find_map(|event| match event {
                Event::Fails { one_in, salt } => Some((*one_in, *salt)),
                _ => None,
            })
            .unwrap_or((usize::MAX, 0));
        let mut said = Vec::new();
        for position in from..self.ids.len() {
            let account = &self.ledger.payments[position].1.account;
            let number =
                account.bytes().fold(salt, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
            match number % 17 {
                0 => {}
                _ => said.push((position, !(number / 17).is_multiple_of(one_in))),
            }
        }
        self.tell(&said)?;
        for event in events {
            if let Event::Other { payment } = event {
                let position = payment % self.ids.len();
                let paid = !self.ledger.payments[position].1.answer.unwrap_or(true);
                self.tell(&[(position, paid)])?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, said: &[(usize, bool)]) -> Result<(), String> {
        if said.is_empty() {
            return Ok(());
        }
        let mut file = "payment_id,status,amount,reason,date\n".to_owned();
        let mut expected = Vec::new();
        for &(position, paid) in said {
            let amount: i64 = self.ledger.payments[position].1.items.iter().map(|(_, amount)| amount).sum();
            let word = if paid { "paid," } else { "failed,AC01" }.split_once(',').unwrap_or_default();
            file.push_str(&format!(
                "{},{},{},{},{}-05\n",
                self.ids[position],
                word.0,
                yuan(amount),
                word.1,
                month_text(self.cycle)
            ));
            expected.extend(self.ledger.answer(position, paid));
        }
        self.files += 1;
        let path = format!("returns/{}/answer-{}.csv", month_text(self.cycle), self.files);
        self.bureau.write(&path, file);
        let command = format!("returns {}", self.bureau.path().join(path).display());
        let before = self.answer_folders();
        self.must(&command, "operator", &[0, 1])?;
        self.posted_since(&before, &expected)
    }

    /// What a command outside a run has posted.
    fn posted_since(&mut self, before: &[String], expected: &[String]) -> Result<(), String> {
        let new = self.answer_folders().into_iter().filter(|name| !before.contains(name));
        let postings: Vec<String> =
            new.flat_map(|name| self.postings(&format!("{name}/answers.csv"))).collect();
        same("postings outside a run", expected, &postings)?;
        self.add(&postings);
        Ok(())
    }

    fn answer_folders(&self) -> Vec<String> {
        let folder = self.bureau.path().join("out").join(month_text(self.released));
        let names = fs::read_dir(folder).into_iter().flatten();
        let names = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("answers-")).collect()
    }

    /// What persons decide after the release.
    fn decide(&mut self, event: &Event) -> Result<(), String> {
        let receivables = self.ledger.receivables();
        let pick =
            |number: usize, of: &[(Line, i64)]| (!of.is_empty()).then(|| of[number % of.len()].clone());
        // Each decision has its own document: the very same command twice is one decision.
        self.files += 1;
        let document = self.files;
        let on = |line: &Line| {
            let case = if line.3.is_empty() { String::new() } else { format!(" --case {}", line.3) };
            let month = month_text(line.2);
            let (programme, beneficiary) = (line.0.code(), &line.1);
            format!(
                "--programme {programme} --beneficiary {beneficiary} --month {month}{case} --document 文{document}"
            )
        };
        match event {
            Event::Confirm { receivable } => {
                let dibao: Vec<_> =
                    receivables.into_iter().filter(|(line, _)| line.0 == Programme::Dibao).collect();
                let Some((line, _)) = pick(*receivable, &dibao) else { return Ok(()) };
                if self.ledger.confirmed.insert(line.clone()) {
                    self.both(&format!("recover confirm {}", on(&line)))?;
                }
            }
            Event::Repay { receivable, half } => {
                return self.money("repay", "repayment", pick(*receivable, &receivables), *half, on);
            }
            Event::WriteOff { receivable, half } => {
                return self.money("write-off", "write-off", pick(*receivable, &receivables), *half, on);
            }
            Event::Hold { person } => {
                let person = &self.world.people[person % self.world.people.len()];
                let beneficiary = format!("person:{}", person.id);
                if self.ledger.held_by_hand.insert(beneficiary.clone()) {
                    self.must(&format!("hold {beneficiary} --why looked-into"), "operator", &[0])?;
                }
            }
            Event::Clear { person } => {
                let number = person % self.ledger.held_by_hand.len().max(1);
                let Some(beneficiary) = self.ledger.held_by_hand.iter().nth(number).cloned() else {
                    return Ok(());
                };
                // What else a clearing lets go is told in tests/scenarios, not here.
                if self.ledger.may_be_cleared(&self.world, &beneficiary) {
                    self.ledger.held_by_hand.remove(&beneficiary);
                    self.must(&format!("clear {beneficiary} --why in-order"), "operator", &[0])?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn money(
        &mut self,
        action: &str,
        kind: &str,
        of: Option<(Line, i64)>,
        half: bool,
        on: impl Fn(&Line) -> String,
    ) -> Result<(), String> {
        let Some((line, owed)) = of else { return Ok(()) };
        let amount = if half { (owed / 2).max(1) } else { owed };
        let before = self.answer_folders();
        self.both(&format!("recover {action} {} --amount {}", on(&line), yuan(amount)))?;
        self.posted_since(&before, &self.ledger.clone().by_hand(&line, kind, amount))?;
        self.ledger.by_hand(&line, kind, amount);
        Ok(())
    }

    /// One person asks, another completes.
    fn both(&self, command: &str) -> Result<(), String> {
        self.must(command, "operator", &[0])?;
        self.must(command, "reviewer", &[0]).map(drop)
    }
}

/// Rows as text, with their line before if they have one.
fn texts(rows: &[Row], columns: &[&str], line: bool) -> Vec<String> {
    let before: &[&str] = if line { &["programme", "beneficiary", "benefit_month", "case_no"] } else { &[] };
    rows.iter()
        .map(|row| {
            before.iter().chain(columns).map(|column| row[*column].clone()).collect::<Vec<_>>().join(",")
        })
        .collect()
}

fn same(what: &str, expected: &[String], actual: &[String]) -> Result<(), String> {
    let mut left: Vec<&String> = actual.iter().collect();
    let mut differences = String::new();
    for line in expected {
        match left.iter().position(|other| *other == line) {
            Some(position) => drop(left.remove(position)),
            None => differences.push_str(&format!("\nmodel:   {line}")),
        }
    }
    left.iter().for_each(|line| differences.push_str(&format!("\nprogram: {line}")));
    if differences.is_empty() { Ok(()) } else { Err(format!("{what}{differences}")) }
}
