//! `reconcile.json`.

use std::io;

use serde_json::{Map, Value, json};

use super::Shown;
use crate::domain::{Money, Month, Tally};
use crate::reconcile::open::BANDS;
use crate::reconcile::year::{Year, YearCell};
use crate::reconcile::{Disagreement, Flows, Outbox, Reconciliation, Standing, Sums, Why};

fn bytes(value: &Value) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn sums(sums: &Sums) -> Value {
    let standings: Map<String, Value> = Standing::ALL
        .iter()
        .map(|standing| (standing.word().to_owned(), json!(sums.standing(*standing))))
        .collect();
    let between = |of_ledger: bool| -> Map<String, Value> {
        let of = Why::ALL.iter().filter(|why| why.is_of_ledger() == of_ledger);
        of.filter_map(|why| Some((why.word().to_owned(), json!(sums.between.get(why)?)))).collect()
    };
    json!({
        "posted": sums.posted, "in_file": sums.in_file, "standings": standings,
        "back": sums.back, "bank_difference": sums.difference,
        "ledger": sums.ledger, "bank": sums.bank,
        "between_ledger_and_bank": between(true), "unexplained": sums.unexplained(),
        "statement": {
            "payments": sums.stated.count, "bank": sums.stated.money, "statement": sums.statement,
            "between_bank_and_statement": between(false), "unexplained": sums.unexplained_statement(),
        },
    })
}

fn disagreements(all: &[Disagreement]) -> Value {
    all.iter()
        .map(|one| json!({"what": one.what, "place": one.place.as_str(), "amount": one.amount}))
        .collect()
}

fn flows(flows: &Flows) -> Map<String, Value> {
    let kinds: Map<String, Value> =
        flows.kinds.iter().map(|(kind, tally)| (kind.word().to_owned(), json!(tally))).collect();
    let mut object = Map::new();
    object.insert("before".to_owned(), json!(flows.before));
    object.insert("postings".to_owned(), Value::Object(kinds));
    object.insert("after".to_owned(), json!(flows.after()));
    object.insert("payable".to_owned(), json!(flows.payable));
    object.insert("receivable".to_owned(), json!(flows.receivable));
    object
}

fn outbox(outbox: &Outbox) -> Value {
    match outbox {
        Outbox::Missing => json!({"state": "missing"}),
        Outbox::Withdrawn => json!({"state": "withdrawn"}),
        Outbox::Altered => json!({"state": "altered"}),
        Outbox::Read { count, total, stated_count, stated_total } => json!({
            "state": "read", "count": count, "total": total, "stated_count": stated_count,
            "stated_total": stated_total,
        }),
    }
}

pub(super) fn month(shown: &Shown<'_>, result: &Reconciliation) -> io::Result<Vec<u8>> {
    let groups: Vec<Value> = result
        .groups
        .iter()
        .map(|group| {
            json!({
                "programme": shown.code(group.key.programme), "bank": group.key.bank.as_str(),
                "run": group.key.run, "file": group.key.file.as_str(), "fund": group.key.fund.as_str(),
                "sums": sums(&group.sums),
            })
        })
        .collect();
    let programmes: Vec<Value> = result
        .flows
        .iter()
        .map(|(programme, of)| {
            let mut object = flows(of);
            object.insert("programme".to_owned(), json!(shown.code(*programme)));
            Value::Object(object)
        })
        .collect();
    let ageing: Vec<Value> = BANDS
        .iter()
        .map(|band| {
            let tally = result.unanswered.iter().filter(|open| open.band() == *band).fold(
                Tally::default(),
                |mut tally, open| {
                    tally.add(open.amount);
                    tally
                },
            );
            json!({"working_days": band, "count": tally.count, "money": tally.money})
        })
        .collect();
    let files: Vec<Value> = result
        .files
        .iter()
        .map(|file| {
            json!({
                "run": file.run, "name": file.name.as_str(), "batch": file.batch.as_str(),
                "profile": file.profile.as_str(),
                "approved": {"count": file.approved.0, "money": file.approved.1},
                "lines": {"count": file.lines.0, "money": file.lines.1},
                "outbox": outbox(&file.outbox), "statement": file.statement,
            })
        })
        .collect();
    let statements: Vec<Value> = result
        .statements
        .iter()
        .map(|check| {
            json!({
                "account": crate::words::mask(&check.account), "statement": check.statement.as_str(),
                "file": check.file.as_str(), "date": check.day.map(|day| day.to_string()),
                "opening": check.opening, "moved": check.moved, "closing": check.closing,
                "holds": check.holds, "follows": check.follows,
            })
        })
        .collect();
    let mut classes: Map<String, Value> = Map::new();
    for one in &result.exceptions {
        let count = classes.get(one.class.as_str()).and_then(Value::as_u64).unwrap_or(0);
        classes.insert(one.class.to_string(), json!(count + 1));
    }
    bytes(&json!({
        "cycle": result.cycle.to_string(), "today": shown.today.to_string(), "closes": result.closes(),
        "unexplained": result.unexplained(), "total": sums(&result.total), "groups": groups,
        "programmes": programmes, "files": files, "statements": statements, "ageing": ageing,
        "exceptions": {"count": result.exceptions.len(), "classes": classes},
        "failed": money(result.failed.iter().map(|failed| failed.amount)),
        "unanswered": money(result.unanswered.iter().map(|open| open.amount)),
        "disagreements": disagreements(&result.disagreements),
    }))
}

fn money(amounts: impl Iterator<Item = Money>) -> Tally {
    amounts.fold(Tally::default(), |mut tally, amount| {
        tally.add(amount);
        tally
    })
}

fn cell(cell: &YearCell) -> Value {
    json!({
        "paid": cell.paid, "returned": cell.returned, "bank_difference": cell.difference,
        "repaid": cell.repaid, "offset": cell.offset, "written_off": cell.written_off,
        "payable": cell.payable, "receivable": cell.receivable, "unanswered": cell.unanswered,
    })
}

pub(super) fn year(shown: &Shown<'_>, result: &Year) -> io::Result<Vec<u8>> {
    let programmes: Vec<Value> = result
        .rows
        .iter()
        .map(|row| {
            let months: Map<String, Value> = (1..)
                .zip(&row.months)
                .filter_map(|(month, of)| {
                    Some((Month::new(result.year, month)?.to_string(), cell(of.as_ref()?)))
                })
                .collect();
            json!({"programme": shown.code(row.programme), "months": months, "total": cell(&row.total)})
        })
        .collect();
    let funds: Vec<Value> = result
        .funds
        .iter()
        .map(|fund| {
            json!({
                "fund": fund.code.as_str(), "appropriation": fund.appropriation, "charged": fund.charged,
                "restored": fund.restored, "left": fund.left(),
            })
        })
        .collect();
    bytes(&json!({
        "year": result.year, "today": shown.today.to_string(),
        "closes": result.disagreements.is_empty(), "programmes": programmes, "funds": funds,
        "disagreements": disagreements(&result.disagreements),
    }))
}
