//! Figures that need more than the run's CSV files: the calendar, the pack, the ledger's limits, file lists.

use std::collections::BTreeMap;
use std::fs;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::recompute::{Run, counted, fen, grouped};
use super::rosters::RosterRow;
use crate::bureau::Row;

/// Values of the pack that are not verified: the programmes whose rules ask them, and the column and words by
/// which an entry is chosen. A band's entries are not told apart on the page.
type Asked<'a> = (&'a str, &'a [&'a str], &'a str, &'a [(&'a str, &'a str)]);

const VALUES: &[Asked<'_>] = &[
    ("dibao_floor", &["dibao"], "户口性质", &[("城镇", "urban"), ("农村", "rural")]),
    ("uplift_illness", &["dibao"], "", &[]),
    ("uplift_disability", &["dibao"], "", &[]),
    ("uplift_aged", &["dibao"], "", &[]),
    ("uplift_minor", &["dibao"], "", &[]),
    ("tekun_factor", &["tekun-living"], "", &[]),
    ("tekun_care_rate", &["tekun-care"], "自理能力", &[("半护理", "partial")]),
    ("sanmin_rate", &["sanmin"], "", &[]),
    (
        "home_care_rate",
        &["home-care"],
        "服务对象类别",
        &[
            ("特困65", "tekun65"),
            ("低保80", "dibao80"),
            ("中度失能", "moderate"),
            ("重度失能", "severe"),
            ("独居70", "alone70"),
        ],
    ),
    ("meal_rate", &["meals"], "band", &[("", "[70, 90)"), ("", "[90, )")]),
    ("meals_most", &["meals"], "", &[]),
];

pub fn figures(run: &Run, mut put: impl FnMut(String, String)) {
    pay_by(run, &mut put);
    limits(run, &mut put);
    rests(run, &mut put);
    files(run, &mut put);
    for (list, count) in lists(run) {
        put(format!("list.{list}"), counted(count));
    }
}

fn lists(run: &Run) -> Vec<(&'static str, u64)> {
    let kinds = |row: &&Row| ["arrears", "recovery"].contains(&row["kind"].as_str());
    let waits = |row: &&Row| ["deferred", "rejected"].contains(&row["outcome"].as_str());
    let mut lists = vec![
        ("changes", run.changes.len()),
        ("held", run.held.len()),
        ("returned", run.returned().len()),
        ("receivable", run.receivables().count()),
        ("undecided", run.decisions.iter().filter(waits).count()),
        ("largest", run.payments.len().min(30)),
        ("findings", run.findings.len()),
    ];
    let differences = run.postings.iter().filter(kinds).count();
    if differences > 0 {
        lists.push(("differences", differences));
    }
    lists.into_iter().map(|(list, count)| (list, count as u64)).collect()
}

/// Working days after today up to the pay-by date, by the bureau's holiday table.
fn pay_by(run: &Run, put: &mut impl FnMut(String, String)) {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let last = day(run.json["pay_by"]["date"].as_str().unwrap());
    let mut holidays: BTreeMap<NaiveDate, bool> = BTreeMap::new();
    for entry in fs::read_dir(run.bureau.join("calendar")).unwrap() {
        let table: toml::Value = toml::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for (part, works) in [("holidays", false), ("working_days", true)] {
            let days = table.get(part).and_then(|of| of.as_table()).into_iter().flatten();
            holidays.extend(days.map(|(of, _)| (day(of), works)));
        }
    }
    let works = |day: NaiveDate| {
        let week = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        holidays.get(&day).copied().unwrap_or(week)
    };
    let mut left = 0;
    let mut at = day(&run.today);
    while at < last {
        at = at + Days::new(1);
        left += u64::from(works(at));
    }
    put("pay-by.left".to_owned(), format!("{left} working days left"));
}

fn limits(run: &Run, put: &mut impl FnMut(String, String)) {
    for (at, limit) in run.json["limits"].as_array().unwrap().iter().enumerate() {
        let word = |key: &str| limit[key].as_str().unwrap();
        let of = |row: &&Row| row["programme"] == word("programme");
        let (found, allowed) = match word("name") {
            "programme-total" => {
                let kinds = ["opening-entitled", "current", "advance", "arrears", "recovery"];
                let was: i64 = run
                    .earlier
                    .iter()
                    .flat_map(|earlier| &earlier.postings)
                    .filter(of)
                    .filter(|row| row["benefit_month"] == run.before && kinds.contains(&row["kind"].as_str()))
                    .map(|row| fen(&row["amount"]))
                    .sum();
                let is = run.of_cycle().filter(of).filter(|row| row["outcome"] == "entitled");
                let is: i64 = is.map(|row| fen(&row["amount"])).sum();
                (format!("{} → {}", grouped(was), grouped(is)), "±30%".to_owned())
            }
            "single-payment" => {
                let payment = run.payment(word("subject").split(' ').next().unwrap());
                assert_eq!(payment["programme"], word("programme"));
                let allowed = run.settings["limits"]["single_payment"].as_str().unwrap();
                (grouped(fen(&payment["amount"])), grouped(fen(allowed)))
            }
            "budget" => {
                let (fund, source) = word("subject").split_once('/').unwrap();
                let fund = run.funds.iter().find(|known| known.name == fund).unwrap();
                let parts = fund.parts(run.charged(fund) + run.paid_of(fund));
                let (_, part) = parts.iter().find(|(known, _)| known == source).unwrap();
                (grouped(*part), grouped(run.appropriated(fund, source).unwrap()))
            }
            other => panic!("no recomputation of the limit {other}"),
        };
        put(format!("limit.{}.found", at + 1), found);
        put(format!("limit.{}.allowed", at + 1), allowed);
    }
}

/// The row that speaks for a decision: the head's of a household.
fn row_of<'a>(rows: &BTreeMap<&str, &'a RosterRow>, decision: &Row) -> Option<&'a RosterRow> {
    let found: Vec<&RosterRow> =
        decision["source"].split(';').filter_map(|source| rows.get(source).copied()).collect();
    let head = found.iter().find(|row| ["户主", "本人"].contains(&row.cell("与户主关系")));
    head.or(found.first()).copied()
}

fn rests(run: &Run, put: &mut impl FnMut(String, String)) {
    let rows: BTreeMap<&str, &RosterRow> =
        run.rosters[&run.cycle].values().flatten().map(|row| (row.source.as_str(), row)).collect();
    let entitled = |programme: &str| -> Vec<&Row> {
        let of = run.of_cycle().filter(|row| row["outcome"] == "entitled");
        of.filter(|row| row["programme"] == programme).collect()
    };
    let mut say = |id: String, rows: &[&Row]| {
        if !rows.is_empty() {
            put(format!("{id}.people"), counted(rows.len() as u64));
            put(format!("{id}.money"), grouped(rows.iter().map(|row| fen(&row["amount"])).sum()));
        }
    };
    for (value, programmes, header, words) in VALUES {
        let asks: Vec<&Row> = programmes.iter().flat_map(|programme| entitled(programme)).collect();
        if words.is_empty() {
            say(format!("rests.{value}."), &asks);
        }
        for (word, code) in *words {
            let fits = |row: &&&Row| {
                *header == "band" || row_of(&rows, row).is_some_and(|row| row.cell(header) == *word)
            };
            let of: Vec<&Row> = asks.iter().filter(fits).copied().collect();
            say(format!("rests.{value}.{code}"), &of);
        }
    }
    // Programmes and clauses that the pack does not call verified.
    let policy = run.bureau.join("policy");
    for entry in
        fs::read_dir(policy).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        let table: toml::Value = toml::from_str(&fs::read_to_string(entry).unwrap()).unwrap();
        for programme in table.get("programme").and_then(|of| of.as_array()).into_iter().flatten() {
            let word = |value: &toml::Value, key: &str| {
                value.get(key).and_then(|word| word.as_str()).unwrap_or_default().to_owned()
            };
            let open = |value: &toml::Value| ["assumed", "example"].contains(&word(value, "status").as_str());
            let code = word(programme, "code");
            if open(programme) {
                say(format!("rests.{code}."), &entitled(&code));
            }
            let clauses = programme.get("clause").or_else(|| programme.get("clauses"));
            for clause in clauses.and_then(|of| of.as_array()).into_iter().flatten().filter(|clause| {
                // A clause that says nothing is as sure as its programme.
                if clause.get("status").is_some() { open(clause) } else { open(programme) }
            }) {
                say(format!("rests.{code}.{}.", word(clause, "id")), &entitled(&code));
            }
        }
    }
}

fn files(run: &Run, put: &mut impl FnMut(String, String)) {
    let mut files: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for row in &run.payments {
        let sum = files.entry(&row["file"]).or_default();
        *sum = (sum.0 + 1, sum.1 + fen(&row["amount"]));
    }
    for (name, (count, money)) in files {
        put(format!("file.{name}.count"), counted(count));
        put(format!("file.{name}.money"), grouped(money));
    }
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for (month, rosters) in &run.rosters {
        for row in rosters.values().flatten() {
            let file = row.source.split(['!', ':']).next().unwrap();
            *rows.entry(format!("rosters/{month}/{file}")).or_default() += 1;
        }
    }
    let mut pending = vec![run.bureau.clone()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let path = entry.strip_prefix(&run.bureau).unwrap().to_string_lossy().replace('\\', "/");
            let part = path.split('/').next().unwrap();
            if entry.is_dir() && ["calendar", "policy", "registers", "rosters"].contains(&part) {
                let later = path.strip_prefix("rosters/").is_some_and(|month| month > run.cycle.as_str());
                if !later {
                    pending.push(entry);
                }
            } else if entry.is_file() && (path.contains('/') || path == "disburse.toml") {
                let count = rows.get(&path).copied().unwrap_or(0);
                put(format!("input.{path}.rows"), if count == 0 { String::new() } else { counted(count) });
            }
        }
    }
}
