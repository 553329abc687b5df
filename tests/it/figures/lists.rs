//! The page's lists beside the files whose rows they show: amounts, months and places of every row.

use super::page::{ListRow, Page};
use super::recompute::{Run, counted, fen, grouped, signed};
use crate::bureau::Row;

/// Rows that a list shows at most.
const CAP: usize = 400;

pub fn check(page: &Page, run: &Run) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |list: &str, columns: &[&str], mut expected: Vec<Vec<String>>| {
        let none = Vec::new();
        let rows = page.lists.get(list).unwrap_or(&none);
        let cells = |row: &ListRow| columns.iter().map(|column| row[*column].clone()).collect::<Vec<_>>();
        let mut shown: Vec<Vec<String>> = rows.iter().map(cells).collect();
        shown.sort();
        expected.sort();
        if shown != expected {
            let odd = shown.iter().find(|row| !expected.contains(row));
            let lacking = expected.iter().find(|row| !shown.contains(row));
            faults.push(format!(
                "list {list}: {} rows, {} expected; {odd:?} {lacking:?}",
                shown.len(),
                expected.len()
            ));
        }
    };
    let month = |row: &Row| row["benefit_month"].clone();
    let held =
        run.held.iter().map(|row| vec![month(row), grouped(fen(&row["amount"])), row["since"].clone()]);
    if run.held.len() <= CAP {
        same("held", &["month", "amount", "since"], held.collect());
    }
    let owed = run.receivables().map(|row| vec![month(row), grouped(fen(&row["balance"]))]);
    same("receivable", &["month", "balance"], owed.collect());
    let waits = |row: &&Row| ["deferred", "rejected"].contains(&row["outcome"].as_str());
    let undecided = run.decisions.iter().filter(waits).map(|row| vec![month(row), row["source"].clone()]);
    same("undecided", &["month", "source"], undecided.collect());
    let returned = run.returned().into_iter().map(|one| {
        let months = run.age(&one.cycle).to_string();
        vec![one.id, grouped(one.amount), one.cycle, months]
    });
    same("returned", &["payment", "amount", "cycle", "months"], returned.collect());
    let kinds = |row: &&Row| ["arrears", "recovery"].contains(&row["kind"].as_str());
    let differences =
        run.postings.iter().filter(kinds).map(|row| vec![month(row), signed(fen(&row["amount"]))]);
    same("differences", &["month", "amount"], differences.collect());
    let findings: Vec<Vec<String>> = run
        .findings
        .iter()
        .map(|row| {
            let sheet = if row["sheet"].is_empty() { String::new() } else { format!("!{}", row["sheet"]) };
            vec![format!("{}{sheet}", row["file"]), row["row"].clone(), row["column"].clone()]
        })
        .collect();
    if findings.len() <= CAP {
        same("findings", &["file", "row", "column"], findings);
    }
    let mut largest: Vec<i64> = run.payments.iter().map(|row| fen(&row["amount"])).collect();
    largest.sort_unstable_by_key(|amount| -amount);
    largest.truncate(30);
    same("largest", &["amount"], largest.into_iter().map(|amount| vec![grouped(amount)]).collect());
    // Cases that are paid once and were paid come last.
    let mut moved: Vec<(bool, i64)> = run
        .changes
        .iter()
        .map(|row| {
            let finished = row["change"] == "stopped" && row["reason"] == "case-repeated";
            (finished, fen(&row["amount_now"]) - fen(&row["amount_before"]))
        })
        .collect();
    moved.sort_unstable_by_key(|(finished, amount)| (*finished, -amount.abs()));
    moved.truncate(CAP);
    let moved: Vec<i64> = moved.into_iter().map(|(_, amount)| amount).collect();
    let sizes = |amounts: Vec<i64>| amounts.into_iter().map(|amount| vec![signed(amount)]).collect();
    same("changes", &["difference"], sizes(moved));
    for row in page.lists.get("largest").into_iter().flatten() {
        let payment = run.payment(&row["payment"]);
        if row["amount"] != grouped(fen(&payment["amount"]))
            || row["people"] != counted(payment["beneficiaries"].parse().unwrap())
        {
            faults.push(format!("list largest: {row:?}"));
        }
    }
    faults
}
