//! A run's files, the pack's names, the rosters, and what earlier runs of the ledger left in their folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::rosters::{self, RosterRow};
use crate::bureau::{Row, read_csv};

/// An amount in fen; nothing is 0.
pub fn fen(text: &str) -> i64 {
    if text.is_empty() {
        return 0;
    }
    let (yuan, rest) =
        text.trim_start_matches('-').split_once('.').unwrap_or_else(|| panic!("amount: {text}"));
    let fen = yuan.parse::<i64>().unwrap() * 100 + rest.parse::<i64>().unwrap();
    if text.starts_with('-') { -fen } else { fen }
}

/// A programme of the pack.
pub struct Programme {
    pub code: String,
    pub fund: String,
}

/// A fund of the pack, with its sources and their shares in per cent.
pub struct Fund {
    pub code: String,
    pub name: String,
    pub sources: Vec<(String, i64)>,
}

impl Fund {
    /// A sum among the sources: rounded down, what is left fen by fen to the largest remainders.
    pub fn parts(&self, sum: i64) -> Vec<(String, i64)> {
        let mut parts: Vec<(String, i64)> =
            self.sources.iter().map(|(name, share)| (name.clone(), sum * share / 100)).collect();
        let left = sum - parts.iter().map(|(_, part)| part).sum::<i64>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| -(sum * self.sources[*at].1 % 100));
        order.into_iter().take(left as usize).for_each(|at| parts[at].1 += 1);
        parts
    }
}

/// A released run before this one.
pub struct Earlier {
    pub cycle: String,
    pub payments: Vec<Row>,
    pub items: Vec<Row>,
    pub decisions: Vec<Row>,
    pub postings: Vec<Row>,
}

/// A payment that came back and whose money is still owed.
pub struct Returned {
    pub id: String,
    pub beneficiary: String,
    pub cycle: String,
    pub amount: i64,
}

/// Everything the figures come from.
pub struct Run {
    pub bureau: PathBuf,
    pub cycle: String,
    pub before: String,
    pub today: String,
    pub json: Value,
    pub decisions: Vec<Row>,
    pub postings: Vec<Row>,
    pub payments: Vec<Row>,
    pub items: Vec<Row>,
    pub held: Vec<Row>,
    pub balances: Vec<Row>,
    pub changes: Vec<Row>,
    pub findings: Vec<Row>,
    pub earlier: Vec<Earlier>,
    /// Postings of answers that gave money back.
    pub back: Vec<Row>,
    failed: BTreeSet<String>,
    pub programmes: Vec<Programme>,
    pub funds: Vec<Fund>,
    /// disburse.toml
    pub settings: toml::Value,
    pub townships: BTreeSet<String>,
    /// Rosters by month and code; only rosters that have a file.
    pub rosters: BTreeMap<String, BTreeMap<String, Vec<RosterRow>>>,
    /// Rows of the registers, by name.
    pub registers: BTreeMap<String, u64>,
    /// Rejected rows of the cycle month with the reason, by source.
    pub rejected: BTreeMap<String, String>,
    /// Rows of households that have a member whose row is rejected.
    pub members: BTreeSet<String>,
    by_payment: BTreeMap<String, usize>,
}

fn month_index(month: &str) -> i64 {
    let (year, month) = month.split_once('-').unwrap();
    year.parse::<i64>().unwrap() * 12 + month.parse::<i64>().unwrap() - 1
}

pub fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn pack(bureau: &Path, table: &str) -> Vec<toml::Value> {
    let mut found = Vec::new();
    for path in folders(&bureau.join("policy")).iter().filter(|path| path.is_file()) {
        let value: toml::Value = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        found.extend(value.get(table).and_then(|of| of.as_array()).into_iter().flatten().cloned());
    }
    found
}

fn word(value: &toml::Value, key: &str) -> String {
    value.get(key).and_then(|word| word.as_str()).unwrap_or("").to_owned()
}

fn fund(of: &toml::Value) -> Fund {
    let sources = of.get("sources").and_then(|sources| sources.as_array()).into_iter().flatten();
    let share = |source: &toml::Value| word(source, "share").trim_end_matches('%').parse().unwrap();
    Fund {
        code: word(of, "code"),
        name: word(of, "name"),
        sources: sources.map(|source| (word(source, "name"), share(source))).collect(),
    }
}

impl Run {
    pub fn read(bureau: &Path, folder: &Path, today: &str) -> Run {
        let cycle = name(folder.parent().unwrap());
        let index = month_index(&cycle) - 1;
        let read = |file: &str| read_csv(&folder.join(file));
        let mut earlier = Vec::new();
        let mut back = Vec::new();
        for month in
            folders(&bureau.join("out")).iter().filter(|month| name(month).len() == 7 && name(month) <= cycle)
        {
            for part in folders(month).iter().filter(|part| part.as_path() != folder) {
                let released = bureau.join("outbox").join(name(month)).join(name(part)).is_dir();
                let of = |file: &str| read_csv(&part.join(file));
                if released {
                    earlier.push(Earlier {
                        cycle: name(month),
                        payments: of("payments.csv"),
                        items: of("payment_items.csv"),
                        decisions: of("decisions.csv"),
                        postings: of("postings.csv"),
                    });
                } else if name(part).starts_with("answers-") {
                    back.extend(of("answers.csv").into_iter().filter(|row| row["kind"] == "return"));
                }
            }
        }
        let mut failed = BTreeSet::new();
        for month in folders(&bureau.join("returns")) {
            for file in folders(&month) {
                let rows = read_csv(&file);
                let bad = rows.iter().filter(|row| row["status"] == "failed");
                failed.extend(bad.map(|row| row["payment_id"].clone()));
            }
        }
        let programmes = pack(bureau, "programme");
        let programmes: Vec<Programme> = programmes
            .iter()
            .map(|of| Programme { code: word(of, "code"), fund: word(of, "fund") })
            .collect();
        let codes: Vec<String> = pack(bureau, "roster").iter().map(|of| word(of, "code")).collect();
        let payments = read("payments.csv");
        let decisions = read("decisions.csv");
        let rejected = decisions
            .iter()
            .filter(|row| row["benefit_month"] == cycle && row["outcome"] == "rejected")
            .flat_map(|row| {
                row["source"].split(';').map(|source| (source.to_owned(), row["reason"].replace(' ', "-")))
            })
            .collect();
        let members = decisions
            .iter()
            .filter(|row| row["benefit_month"] == cycle && row["reason"] == "member")
            .flat_map(|row| row["source"].split(';').map(str::to_owned))
            .collect();
        Run {
            members,
            bureau: bureau.to_owned(),
            before: format!("{:04}-{:02}", index / 12, index % 12 + 1),
            today: today.to_owned(),
            json: serde_json::from_str(&fs::read_to_string(folder.join("reconciliation.json")).unwrap())
                .unwrap(),
            by_payment: payments
                .iter()
                .enumerate()
                .map(|(at, row)| (row["payment_id"].clone(), at))
                .collect(),
            decisions,
            postings: read("postings.csv"),
            payments,
            items: read("payment_items.csv"),
            held: read("held.csv"),
            balances: read("balances.csv"),
            changes: read("changes.csv"),
            findings: read("findings.csv"),
            earlier,
            back,
            failed,
            funds: pack(bureau, "fund").iter().map(fund).collect(),
            settings: toml::from_str(&fs::read_to_string(bureau.join("disburse.toml")).unwrap()).unwrap(),
            townships: pack(bureau, "division").iter().map(|of| word(of, "name")).collect(),
            rosters: read_rosters(bureau, &cycle, &codes),
            registers: read_registers(bureau),
            rejected,
            programmes,
            cycle,
        }
    }

    /// Whether a row's programme is paid by a fund.
    pub fn pays(&self, fund: &Fund, row: &Row) -> bool {
        self.programmes.iter().any(|known| known.code == row["programme"] && known.fund == fund.code)
    }

    /// What this run pays from a fund.
    pub fn paid_of(&self, fund: &Fund) -> i64 {
        self.payments.iter().filter(|row| self.pays(fund, row)).map(|row| fen(&row["amount"])).sum()
    }

    /// Cash basis: what the year's releases paid from a fund, less what came back of it in the same year.
    pub fn charged(&self, fund: &Fund) -> i64 {
        let year = &self.cycle[..4];
        let earlier = self.earlier.iter().filter(|earlier| earlier.cycle.starts_with(year));
        let paid = earlier.flat_map(|earlier| &earlier.payments).filter(|row| self.pays(fund, row));
        let back = self.back.iter().filter(|row| row["payment_id"][7..].starts_with(year));
        let back = back.filter(|row| self.pays(fund, row)).map(|row| fen(&row["amount"])).sum::<i64>();
        paid.map(|row| fen(&row["amount"])).sum::<i64>() - back
    }

    /// What a source of a fund may pay in the cycle's year; none where the settings do not say.
    pub fn appropriated(&self, fund: &Fund, source: &str) -> Option<i64> {
        let year = self.cycle[..4].parse::<i64>().unwrap();
        let mut rows = self.settings.get("budget").and_then(|of| of.as_array()).into_iter().flatten();
        let of = |row: &&toml::Value| {
            row["year"].as_integer() == Some(year)
                && word(row, "fund") == fund.code
                && word(row, "source") == source
        };
        rows.find(of).map(|row| fen(&word(row, "amount")))
    }

    /// The line of a row.
    pub fn line(row: &Row) -> [&str; 4] {
        ["programme", "beneficiary", "benefit_month", "case_no"].map(|column| row[column].as_str())
    }

    /// Months waited since a month, this one included.
    pub fn age(&self, since: &str) -> u64 {
        (month_index(&self.cycle) - month_index(since)).max(0) as u64 + 1
    }

    /// Decisions of the cycle month.
    pub fn of_cycle(&self) -> impl Iterator<Item = &Row> + Clone {
        self.decisions.iter().filter(|row| row["benefit_month"] == self.cycle)
    }

    /// Lines below 0.
    pub fn receivables(&self) -> impl Iterator<Item = &Row> + Clone {
        self.balances.iter().filter(|row| row["balance"].starts_with('-'))
    }

    pub fn payment(&self, id: &str) -> &Row {
        &self.payments[self.by_payment[id]]
    }

    /// Items of a programme's payments.
    pub fn items_of(&self, programme: &str) -> impl Iterator<Item = &Row> {
        self.items.iter().filter(move |item| self.payment(&item["payment_id"])["programme"] == programme)
    }

    /// Lines that this run pays.
    pub fn item_lines(&self) -> impl Iterator<Item = [&str; 4]> {
        self.items.iter().map(|item| {
            let programme = self.payment(&item["payment_id"])["programme"].as_str();
            [programme, &item["beneficiary"], &item["benefit_month"], &item["case_no"]]
        })
    }

    /// Failed payments of earlier runs whose lines nobody has paid since and which are still owed.
    pub fn returned(&self) -> Vec<Returned> {
        let mut latest: BTreeMap<[&str; 4], &str> = BTreeMap::new();
        let mut of: BTreeMap<&str, (&Row, &str)> = BTreeMap::new();
        for earlier in &self.earlier {
            for payment in &earlier.payments {
                of.insert(&payment["payment_id"], (payment, &earlier.cycle));
            }
            for item in &earlier.items {
                let programme = of[item["payment_id"].as_str()].0["programme"].as_str();
                let line = [programme, &item["beneficiary"], &item["benefit_month"], &item["case_no"]];
                latest.insert(line, &item["payment_id"]);
            }
        }
        self.item_lines().for_each(|line| {
            latest.remove(&line);
        });
        let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
        for row in self.balances.iter().filter(|row| fen(&row["balance"]) > 0) {
            if let Some(payment) = latest.get(&Run::line(row)).filter(|id| self.failed.contains(**id)) {
                *amounts.entry(payment).or_default() += fen(&row["balance"]);
            }
        }
        amounts
            .into_iter()
            .map(|(id, amount)| Returned {
                id: id.to_owned(),
                beneficiary: of[id].0["beneficiary"].clone(),
                cycle: of[id].1.to_owned(),
                amount,
            })
            .collect()
    }

    /// The township of whoever is paid: of the latest month up to the cycle that was decided, else what an
    /// earlier run knew; empty where it is no division's name.
    pub fn township(&self, programme: &str, beneficiary: &str) -> String {
        let of = |rows: &'_ [Row]| -> Option<String> {
            rows.iter()
                .filter(|row| row["programme"] == programme && row["beneficiary"] == beneficiary)
                .max_by_key(|row| (row["benefit_month"] <= self.cycle, row["benefit_month"].clone()))
                .map(|row| row["township"].clone())
        };
        let earlier = || self.earlier.iter().rev().find_map(|earlier| of(&earlier.decisions));
        of(&self.decisions).or_else(earlier).filter(|name| self.townships.contains(name)).unwrap_or_default()
    }
}

fn read_rosters(
    bureau: &Path,
    cycle: &str,
    codes: &[String],
) -> BTreeMap<String, BTreeMap<String, Vec<RosterRow>>> {
    let mut months = BTreeMap::new();
    for month in folders(&bureau.join("rosters")).iter().filter(|month| name(month).as_str() <= cycle) {
        let mut rosters: BTreeMap<String, Vec<RosterRow>> = BTreeMap::new();
        for file in folders(month) {
            let stem = name(&file);
            let fits = codes.iter().filter(|code| stem.starts_with(code.as_str()));
            let code = fits.max_by_key(|code| code.len()).unwrap_or_else(|| panic!("{stem}: no roster"));
            rosters.entry(code.clone()).or_default().extend(rosters::read(&file));
        }
        months.insert(name(month), rosters);
    }
    months
}

fn read_registers(bureau: &Path) -> BTreeMap<String, u64> {
    let files = folders(&bureau.join("registers")).into_iter();
    files
        .map(|file| (name(&file).trim_end_matches(".csv").to_owned(), read_csv(&file).len() as u64))
        .collect()
}
