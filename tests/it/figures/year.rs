//! The year's page, computed again from the folders of its runs and answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::recompute::{counted, fen, grouped};
use super::run::{Run, folders, name};
use crate::bureau::{Row, read_csv};

const MEASURES: [&str; 9] = [
    "paid",
    "returned",
    "bank_difference",
    "repaid",
    "offset",
    "written_off",
    "payable",
    "receivable",
    "unanswered",
];

#[derive(Default, Clone)]
struct Cell {
    payments: u64,
    amounts: [i64; 9],
}

impl Cell {
    fn add(&mut self, other: &Cell) {
        self.payments += other.payments;
        for (sum, amount) in self.amounts.iter_mut().zip(other.amounts) {
            *sum += amount;
        }
    }
}

fn some(fen: i64) -> String {
    if fen == 0 { String::new() } else { grouped(fen) }
}

/// What a posting adds to, as a position in [`MEASURES`].
fn measure(row: &Row) -> Option<usize> {
    Some(match row["kind"].as_str() {
        "return" | "paid-after-all" => 1,
        "bank-difference" => 2,
        "repayment" => 3,
        "offset" if fen(&row["amount"]) > 0 => 4,
        "write-off" | "write-off-reversed" => 5,
        _ => return None,
    })
}

/// Cells by month and programme.
fn cells(bureau: &Path, year: &str) -> BTreeMap<String, BTreeMap<String, Cell>> {
    let mut balances: BTreeMap<[String; 4], i64> = BTreeMap::new();
    let mut cells: BTreeMap<String, BTreeMap<String, Cell>> = BTreeMap::new();
    for month in folders(&bureau.join("out")).iter().filter(|month| name(month).len() == 7) {
        let mut of_month: BTreeMap<String, Cell> = BTreeMap::new();
        for part in folders(month) {
            let released = bureau.join("outbox").join(name(month)).join(name(&part)).is_dir();
            let postings = match name(&part) {
                part_name if part_name.starts_with("answers-") => read_csv(&part.join("answers.csv")),
                _ if released => {
                    for payment in read_csv(&part.join("payments.csv")) {
                        let cell = of_month.entry(payment["programme"].clone()).or_default();
                        cell.payments += 1;
                        cell.amounts[0] += fen(&payment["amount"]);
                    }
                    read_csv(&part.join("postings.csv"))
                }
                _ => continue,
            };
            for row in &postings {
                *balances.entry(Run::line(row).map(str::to_owned)).or_default() += fen(&row["amount"]);
                let cell = of_month.entry(row["programme"].clone()).or_default();
                if let Some(measure) = measure(row) {
                    cell.amounts[measure] += fen(&row["amount"]);
                }
            }
        }
        for (line, balance) in balances.iter().filter(|(_, balance)| **balance != 0) {
            let cell = of_month.entry(line[0].clone()).or_default();
            let (place, amount) = if *balance > 0 { (6, *balance) } else { (7, -balance) };
            cell.amounts[place] += amount;
        }
        if name(month).starts_with(year) {
            cells.insert(name(month), of_month);
        }
    }
    cells
}

/// Everything the page of a year should say.
pub fn figures(bureau: &Path, year: &str, run: &Run) -> BTreeMap<String, String> {
    let mut figures = BTreeMap::new();
    let mut put =
        |id: String, text: String| assert!(figures.insert(id.clone(), text).is_none(), "{id} twice");
    let cells = cells(bureau, year);
    let mut say = |id: &str, cell: &Cell, paid_too: bool| {
        let count = if cell.payments == 0 { String::new() } else { counted(cell.payments) };
        put(format!("{id}.payments"), count);
        for (measure, amount) in
            MEASURES.iter().zip(cell.amounts).filter(|(name, _)| paid_too || **name != "paid")
        {
            put(format!("{id}.{measure}"), some(amount));
        }
    };
    let programmes: BTreeSet<&String> = cells.values().flat_map(|of| of.keys()).collect();
    let mut whole = Cell::default();
    for programme in &programmes {
        let mut total = Cell::default();
        for (month, of) in &cells {
            if let Some(cell) = of.get(*programme) {
                say(&format!("year.{programme}.{month}"), cell, false);
                (total.amounts[6], total.amounts[7]) = (0, 0);
                total.add(cell);
            }
        }
        say(&format!("year.{programme}.total"), &total, true);
        whole.add(&total);
    }
    say("year.total.total", &whole, true);
    for (month, of) in &cells {
        let mut sum = Cell::default();
        of.values().for_each(|cell| sum.add(cell));
        say(&format!("year.total.{month}"), &sum, false);
    }
    for month in (1..=12).map(|month| format!("{year}-{month:02}")) {
        let of = cells.get(&month);
        let paid = |programme: &str| of.and_then(|of| of.get(programme)).map_or(0, |cell| cell.amounts[0]);
        for programme in &programmes {
            put(format!("year.{programme}.{month}.paid"), some(paid(programme)));
        }
        let total = programmes.iter().map(|programme| paid(programme)).sum();
        put(format!("year.total.{month}.paid"), some(total));
    }
    put("card.paid".to_owned(), grouped(whole.amounts[0]));
    put("card.returned".to_owned(), grouped(whole.amounts[1]));
    put("card.recovered".to_owned(), grouped(whole.amounts[3] + whole.amounts[4]));
    put("card.receivable".to_owned(), grouped(whole.amounts[7]));
    funds(&cells, year, run, &mut put);
    figures
}

/// Cash basis: what came back of this year's payments restores, of earlier years' it does not.
fn funds(
    cells: &BTreeMap<String, BTreeMap<String, Cell>>,
    year: &str,
    run: &Run,
    put: &mut impl FnMut(String, String),
) {
    for fund in &run.funds {
        let code = &fund.code;
        let programmes: Vec<&String> =
            run.programmes.iter().filter(|known| known.fund == fund.code).map(|known| &known.code).collect();
        let of = cells.values().flatten().filter(|(code, _)| programmes.contains(code));
        let charged = of.map(|(_, cell)| cell.amounts[0]).sum();
        let of_fund = run.back.iter().filter(|row| programmes.contains(&&row["programme"]));
        let restored: i64 = of_fund
            .filter(|row| row["payment_id"][7..].starts_with(year))
            .map(|row| fen(&row["amount"]))
            .sum();
        put(format!("fund.{code}.appropriation"), "not stated".to_owned());
        put(format!("fund.{code}.charged"), grouped(charged));
        put(format!("fund.{code}.restored"), some(restored));
        put(format!("fund.{code}.left"), String::new());
        put(format!("fund.{code}.used"), String::new());
    }
}
