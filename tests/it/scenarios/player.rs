//! Plays a history through the built binary, and compares everything it wrote with what the history says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::bureau::{Bureau, Row, Said, read_csv};

use super::script::{Script, Step, roster_months, through};

/// Rosters that must be sent each month; the others are of one-off cases.
const MONTHLY: [&str; 9] =
    ["children", "tekun", "dibao", "disability", "old-age", "aged-70-79", "sanmin", "home-care", "meals"];

/// A history being played.
pub struct Player<'a> {
    script: &'a Script,
    bureau: Bureau,
    /// Lists of months whose run has not come yet, by month and roster.
    coming: BTreeMap<(String, String), String>,
    /// Month and roster without a file, on purpose.
    absent: BTreeSet<(String, String)>,
    /// Payments by run.
    runs: BTreeMap<u64, Vec<Row>>,
    /// The latest cycle.
    cycle: String,
    /// Folders of answers already looked at.
    seen: BTreeSet<String>,
    /// Files written for commands.
    files: u32,
    faults: Vec<String>,
}

impl<'a> Player<'a> {
    pub fn new(script: &'a Script) -> Player<'a> {
        let bureau = Bureau::empty(&script.first_month);
        let settings = fs::read_to_string(bureau.path().join("disburse.toml")).unwrap();
        let settings: String = settings
            .lines()
            .map(|line| match line.starts_with("lookback_months") {
                true => format!("lookback_months = {}\n", script.lookback_months),
                false => format!("{line}\n"),
            })
            .collect();
        bureau.write("disburse.toml", settings);
        Player {
            script,
            bureau,
            coming: BTreeMap::new(),
            absent: BTreeSet::new(),
            runs: BTreeMap::new(),
            cycle: script.first_month.clone(),
            seen: BTreeSet::new(),
            files: 0,
            faults: Vec::new(),
        }
    }

    /// Plays all steps; the differences found.
    pub fn play(mut self) -> Vec<String> {
        for (position, step) in self.script.step.iter().enumerate() {
            let before = self.faults.len();
            let went_on = self.step(step);
            let title = format!("step {} ({}), {}", position + 1, step.say.trim(), command(step));
            for fault in &mut self.faults[before..] {
                fault.insert_str(0, &format!("{title}: "));
            }
            if !went_on {
                self.faults.push(format!("{title}: the history stops here"));
                break;
            }
        }
        self.faults
    }

    fn step(&mut self, step: &Step) -> bool {
        for (key, rows) in &step.roster {
            let (roster, months) = roster_months(key);
            for month in months {
                self.absent.remove(&(month.clone(), roster.clone()));
                self.coming.insert((month, roster.clone()), self.script.rows(&self.script.filled(rows)));
            }
        }
        for (name, rows) in &step.register {
            self.bureau.write(&format!("registers/{name}.csv"), self.script.filled(rows));
        }
        for (path, edits) in &step.policy {
            let path = format!("policy/{path}");
            let mut text = fs::read_to_string(self.bureau.path().join(&path)).unwrap();
            for edit in edits {
                assert_eq!(text.matches(&edit.find).count(), 1, "once in {path}: {}", edit.find);
                text = text.replace(&edit.find, &edit.put);
            }
            self.bureau.write(&path, text);
        }
        for (path, text) in &step.file {
            self.bureau.write(path, self.script.filled(text));
        }
        let asked = |words: &str, text: &str| format!("{words} {}", self.script.filled(text));
        if let Some(run) = &step.run {
            self.run(step, run)
        } else if let Some(answers) = &step.answers {
            let file = self.answer_file(step, answers, "payment_id,status,amount,reason,date");
            self.outside_a_run(step, &format!("returns {file}"), &["operator"])
        } else if let Some(decisions) = &step.decide {
            let file = self.answer_file(step, decisions, "payment_id,decision,amount,document,reason");
            self.outside_a_run(step, &format!("returns --decisions {file}"), &["operator", "reviewer"])
        } else if let Some(text) = &step.recover {
            self.outside_a_run(step, &asked("recover", text), &["operator", "reviewer"])
        } else if let Some(text) = &step.recall {
            self.outside_a_run(step, &asked("recall", text), &["operator", "reviewer"])
        } else if let Some(text) = &step.opening {
            let path = self.bureau.path().join(text);
            self.outside_a_run(step, &format!("opening {}", path.display()), &["operator"])
        } else if let Some(text) = &step.hold {
            self.outside_a_run(step, &asked("hold", text), &["operator"])
        } else if let Some(text) = &step.clear {
            self.outside_a_run(step, &asked("clear", text), &["operator"])
        } else if let Some(text) = &step.give {
            let said = self.give(text, "");
            self.ended(&said, text, &[step.exit.unwrap_or(0)])
        } else {
            true
        }
    }

    /// Gives a command on a day of the latest cycle; `by` nobody: the command says who.
    fn give(&self, command: &str, by: &str) -> Said {
        let today = format!("{}-03", self.cycle);
        let mut words: Vec<&str> = command.split_whitespace().collect();
        words.extend(["--today", &today]);
        if !by.is_empty() {
            words.extend(["--by", by]);
        }
        self.bureau.give(&words)
    }

    fn ended(&mut self, said: &Said, command: &str, exits: &[i32]) -> bool {
        let as_expected = exits.contains(&said.exit);
        if !as_expected {
            let Said { exit, stdout, stderr } = said;
            self.faults.push(format!("`{command}` ended with {exit}, not {exits:?}\n{stdout}\n{stderr}"));
        }
        as_expected
    }

    /// The lists that have come by a cycle month, and empty ones of rosters the story does not speak of.
    fn send_rosters(&mut self, step: &Step, cycle: &str) {
        self.absent.extend(step.absent.iter().map(|roster| (cycle.to_owned(), roster.clone())));
        let later = self.coming.split_off(&(format!("{cycle}~"), String::new()));
        for ((month, roster), rows) in std::mem::replace(&mut self.coming, later) {
            self.bureau.write(&format!("rosters/{month}/{roster}.csv"), rows);
        }
        for month in through(&self.script.first_month, cycle) {
            for roster in MONTHLY {
                let path = format!("rosters/{month}/{roster}.csv");
                let left = self.absent.contains(&(month.clone(), roster.to_owned()));
                if !left && !self.bureau.path().join(&path).exists() {
                    self.bureau.write(&path, "身份证号,姓名,状态,最初享受月份\n");
                }
            }
        }
    }

    fn run(&mut self, step: &Step, arguments: &str) -> bool {
        let cycle = arguments.split_whitespace().next().unwrap().to_owned();
        self.send_rosters(step, &cycle);
        self.cycle.clone_from(&cycle);
        let said = self.give(&format!("run --json --month {arguments}"), "operator");
        let exits = step.exit.map_or(vec![0, 1], |exit| vec![exit]);
        if !self.ended(&said, &format!("run {arguments}"), &exits) {
            return false;
        }
        let answer = said.json();
        let missing: Vec<&str> =
            answer["missing"].as_array().into_iter().flatten().filter_map(|place| place.as_str()).collect();
        if missing != step.missing {
            self.faults.push(format!("missing: expected {:?}, got {missing:?}", step.missing));
        }
        if said.exit == 3 {
            return true;
        }
        let mut limits: Vec<String> = answer["limits"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|limit| limit["limit"].as_str())
            .map(str::to_owned)
            .collect();
        limits.sort();
        limits.dedup();
        if step.limits.as_ref().is_some_and(|expected| *expected != limits) {
            self.faults.push(format!("limits: expected {:?}, got {limits:?}", step.limits));
        }
        let run = answer["run"].as_u64();
        if step.nothing != run.is_none() {
            let sum = &answer["total"];
            self.faults.push(format!("nothing to post: expected {}, got run {run:?} of {sum}", step.nothing));
        }
        let Some(run) = run else { return step.nothing };
        let folder = format!("out/{cycle}/run-{run:04}");
        self.compare_run(step, &folder);
        self.runs.insert(run, self.csv(&format!("{folder}/payments.csv")));
        if !step.approve {
            return true;
        }
        let total = answer["total"].as_str().unwrap_or_default().to_owned();
        let mut approve = format!("approve {run} --total {total}");
        for limit in limits {
            approve.push_str(&format!(" --accept {limit}=seen"));
        }
        let said = self.give(&approve, "reviewer");
        self.ended(&said, &approve, &[0])
    }

    fn compare_run(&mut self, step: &Step, folder: &str) {
        let postings = self.postings(&format!("{folder}/postings.csv"));
        self.same("postings", &step.postings, &postings);
        let payments = self.csv(&format!("{folder}/payments.csv"));
        let payments: Vec<Vec<String>> = payments.iter().map(|row| self.payment(row)).collect();
        self.same("payments", &step.payments, &payments);
        let held = self.csv(&format!("{folder}/held.csv"));
        let held = held.iter().map(|row| {
            vec![format!("{} {} {} since {}", self.line(row), row["amount"], row["hold"], row["since"])]
        });
        self.same("held", &step.held, &held.collect::<Vec<_>>());
        let balances = self.csv(&format!("{folder}/balances.csv"));
        let balances = balances.iter().map(|row| {
            let debtor = match row["debtor"].as_str() {
                "" => String::new(),
                debtor => format!(" owed by {}", self.script.name(debtor)),
            };
            vec![format!(
                "{} entitled {} balance {}{debtor}",
                self.line(row),
                row["entitlement"],
                row["balance"]
            )]
        });
        self.same("balances", &step.balances, &balances.collect::<Vec<_>>());
        let decisions = self.csv(&format!("{folder}/decisions.csv"));
        let decisions: Vec<String> = decisions
            .iter()
            .map(|row| format!("{} {} {} ", self.line(row), row["outcome"], row["reason"]))
            .collect();
        for expected in lines(&step.decisions) {
            if !decisions.iter().any(|decision| decision.starts_with(&format!("{expected} "))) {
                self.faults.push(format!("decisions: not there: {expected}\n  among {decisions:#?}"));
            }
        }
        let findings = self.csv(&format!("{folder}/findings.csv"));
        for code in &step.findings {
            if !findings.iter().any(|row| row["code"] == *code) {
                let codes: BTreeSet<&str> = findings.iter().map(|row| row["code"].as_str()).collect();
                self.faults.push(format!("findings: no {code} among {codes:?}"));
            }
        }
    }

    /// A command outside a run, given by one person or by two; its postings.
    fn outside_a_run(&mut self, step: &Step, command: &str, people: &[&str]) -> bool {
        let exits = match (step.exit, step.answers.is_some()) {
            (Some(exit), _) => vec![exit],
            (None, true) => vec![0, 1],
            (None, false) => vec![0],
        };
        let (last, asking) = people.split_last().unwrap();
        for person in asking {
            let said = self.give(command, person);
            if !self.ended(&said, &format!("{command} --by {person}"), &[0]) {
                return false;
            }
            self.compare_answers("");
        }
        let said = self.give(command, last);
        if !self.ended(&said, &format!("{command} --by {last}"), &exits) {
            return false;
        }
        self.compare_answers(&step.postings);
        true
    }

    /// What a command outside a run has posted since the last look.
    fn compare_answers(&mut self, expected: &str) {
        let folder = self.bureau.path().join("out").join(&self.cycle);
        let mut new: Vec<String> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| {
                name.starts_with("answers-") && !self.seen.contains(&format!("{}/{name}", self.cycle))
            })
            .collect();
        new.sort();
        let mut postings = Vec::new();
        for name in new {
            postings.extend(self.postings(&format!("out/{}/{name}/answers.csv", self.cycle)));
            self.seen.insert(format!("{}/{name}", self.cycle));
        }
        self.same("postings", expected, &postings);
    }

    /// A file of answers or decisions: `programme who word further`, or `* word further` for the rest.
    fn answer_file(&mut self, step: &Step, text: &str, header: &str) -> String {
        let run = step.of_run.or_else(|| self.runs.keys().last().copied()).expect("a run");
        let said: Vec<Vec<String>> = lines(text)
            .iter()
            .map(|line| line.split(' ').map(str::to_owned).collect())
            .map(|words: Vec<String>| match words[0] == "*" {
                true => std::iter::once(String::new()).chain(words).collect(),
                false => words,
            })
            .collect();
        let mut used = BTreeSet::new();
        let mut file = format!("{header}\n");
        for payment in &self.runs[&run] {
            let of_it =
                |words: &Vec<String>| words[0] == payment["programme"] && words[1] == self.whom(payment);
            let position =
                said.iter().position(of_it).or_else(|| said.iter().position(|words| words[1] == "*"));
            let Some(position) = position else { continue };
            used.insert(position);
            let (word, further) = (&said[position][2], said[position].get(3).cloned().unwrap_or_default());
            let (id, amount) = (&payment["payment_id"], &payment["amount"]);
            match step.decide.is_some() {
                true => file.push_str(&format!("{id},{word},{amount},{further},so decided\n")),
                false => file.push_str(&format!("{id},{word},{amount},{further},{}-05\n", self.cycle)),
            }
        }
        for (position, words) in said.iter().enumerate() {
            assert!(used.contains(&position), "no payment of run {run} for {words:?}");
        }
        self.files += 1;
        let path = format!("returns/{}/answer-{}.csv", self.cycle, self.files);
        self.bureau.write(&path, file);
        self.bureau.path().join(path).display().to_string()
    }

    fn csv(&self, path: &str) -> Vec<Row> {
        read_csv(&self.bureau.path().join(path))
    }

    fn postings(&self, path: &str) -> Vec<Vec<String>> {
        let rows = self.csv(path);
        let posting = |row: &Row| {
            let plain = format!("{} {} {}", self.line(row), row["kind"], row["amount"]);
            match row["cause"].as_str() {
                "" => vec![plain],
                cause => vec![format!("{plain} ({cause})"), plain],
            }
        };
        rows.iter().map(posting).collect()
    }

    fn line(&self, row: &Row) -> String {
        let case = if row["case_no"].is_empty() { String::new() } else { format!(" {}", row["case_no"]) };
        let beneficiary = self.script.name(&row["beneficiary"]);
        format!("{} {beneficiary} {}{case}", row["programme"], row["benefit_month"])
    }

    /// Whom a payment is for, in the story's words.
    fn whom(&self, payment: &Row) -> String {
        let whom = match payment["beneficiary"].as_str() {
            "" => &payment["account_name"],
            beneficiary => beneficiary,
        };
        self.script.name(whom)
    }

    /// A payment in the story's grammar, with and without what a story may leave out.
    fn payment(&self, row: &Row) -> Vec<String> {
        let mut text = format!("{} {} {} =", row["programme"], self.whom(row), row["amount"]);
        let mut sign = "";
        for part in ["current", "arrears", "advance", "reissued", "offset"] {
            if row[part] != "0.00" {
                let minus = if part == "offset" { " -" } else { sign };
                text.push_str(&format!("{minus} {part} {}", row[part]));
                sign = " +";
            }
        }
        let to = format!(" to {}", self.script.name(&row["account_name"]));
        let replacing = row["replaces"]
            .split('-')
            .nth(2)
            .map(|run| format!(" replacing run {}", run.trim_start_matches(['R', '0'])))
            .unwrap_or_default();
        vec![format!("{text}{to}{replacing}"), format!("{text}{replacing}"), format!("{text}{to}"), text]
    }

    /// Expected lines against what is there; each of these may be said in several ways.
    fn same(&mut self, what: &str, expected: &str, actual: &[Vec<String>]) {
        let mut left: Vec<&Vec<String>> = actual.iter().collect();
        let mut expected = lines(expected);
        // The most exact first, so that a vaguer line does not take its match.
        expected.sort_by_key(|line| std::cmp::Reverse(line.len()));
        let mut missing = Vec::new();
        for line in expected {
            match left.iter().position(|ways| ways.contains(&line)) {
                Some(position) => drop(left.remove(position)),
                None => missing.push(format!("\n    expected: {line}")),
            }
        }
        let surplus = left.iter().map(|ways| format!("\n         got: {}", ways[0]));
        let differences: String = missing.into_iter().chain(surplus).collect();
        if !differences.is_empty() {
            self.faults.push(format!("{what}{differences}"));
        }
    }
}

fn command(step: &Step) -> String {
    let of = |word: &str, text: &Option<String>| text.as_ref().map(|text| format!("{word} {}", text.trim()));
    [
        of("run", &step.run),
        of("answers", &step.answers),
        of("decide", &step.decide),
        of("recover", &step.recover),
        of("recall", &step.recall),
        of("opening", &step.opening),
        of("hold", &step.hold),
        of("clear", &step.clear),
        of("", &step.give),
    ]
    .into_iter()
    .flatten()
    .next()
    .unwrap_or_default()
}

/// Lines without remarks and spare blanks.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or_default())
        .filter(|line| !line.trim_start().starts_with('#'))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Reads a history and plays it.
pub fn play(name: &str) {
    let path = super::folder().join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let script: Script = toml::from_str(&text).unwrap_or_else(|fault| panic!("{name}.toml: {fault}"));
    let faults = Player::new(&script).play();
    assert!(faults.is_empty(), "{}\n{}\n{}", script.title, script.story, faults.join("\n"));
}
