//! `reconcile.html`: the balance statement and what is open, on a plain page that prints. Accounts are
//! masked; the CSV files have them whole.

use std::io;

use minijinja::context;
use serde::Serialize;

use super::Shown;
use crate::domain::{Money, Tally};
use crate::reconcile::open::BANDS;
use crate::reconcile::{Outbox, Reconciliation, Standing, Sums, Why};
use crate::report::label::{bank_reason, label};
use crate::report::page::{render, serde};
use crate::report::people::{grouped, grouped_count};
use crate::words;

const TEMPLATE: &str = include_str!("page.html");
/// Rows of a list shown on the page; the CSV files hold all.
const ROWS: usize = 500;

#[derive(Serialize)]
struct Cell {
    text: String,
    number: bool,
    strong: bool,
}

#[derive(Serialize)]
struct Table {
    title: String,
    note: String,
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), number: false, strong: false }
}

fn money(money: Money) -> Cell {
    Cell { text: grouped(money), number: true, strong: false }
}

fn maybe(amount: Option<Money>) -> Cell {
    amount.map_or_else(|| text(""), money)
}

fn count(count: u64) -> Cell {
    Cell { text: grouped_count(count), number: true, strong: false }
}

fn strong(cell: Cell) -> Cell {
    Cell { strong: true, ..cell }
}

struct Maker<'s, 'a> {
    shown: &'s Shown<'a>,
}

impl Maker<'_, '_> {
    fn table(&self, code: &str, head: &[&str], mut rows: Vec<Vec<Cell>>) -> Table {
        let all = rows.len();
        rows.truncate(ROWS);
        let note = if all > ROWS {
            self.shown.say_with("more-rows", &[("count", all.to_string().as_str().into())])
        } else {
            String::new()
        };
        Table {
            title: self.shown.say(code),
            note,
            head: head.iter().map(|column| self.shown.say(&format!("column-{column}"))).collect(),
            rows,
        }
    }

    /// 余额调节表
    fn balance(&self, sums: &Sums) -> Table {
        let say = |code: &str| self.shown.say(code);
        let mut rows = vec![
            vec![text(say("side-posted")), count(sums.posted.count), money(sums.posted.money)],
            vec![text(say("side-in-file")), count(sums.in_file.count), money(sums.in_file.money)],
            vec![text(say("side-back")), text(""), money(-sums.back)],
            vec![text(say("side-difference")), text(""), money(-sums.difference)],
            vec![strong(text(say("side-ledger"))), text(""), strong(money(sums.ledger))],
        ];
        let between = |of_ledger: bool, rows: &mut Vec<Vec<Cell>>| {
            for why in Why::ALL.iter().filter(|why| why.is_of_ledger() == of_ledger) {
                if let Some(Tally { count: number, money: amount }) = sums.between.get(why) {
                    rows.push(vec![
                        text(say(&format!("why-{}", why.word()))),
                        count(*number),
                        money(-*amount),
                    ]);
                }
            }
        };
        between(true, &mut rows);
        rows.push(vec![strong(text(say("side-bank"))), text(""), strong(money(sums.bank))]);
        rows.push(vec![strong(text(say("unexplained"))), text(""), strong(money(sums.unexplained()))]);
        if sums.stated.count > 0 {
            rows.push(vec![text(say("side-stated")), count(sums.stated.count), money(sums.stated.money)]);
            between(false, &mut rows);
            rows.push(vec![strong(text(say("side-statement"))), text(""), strong(money(sums.statement))]);
            let rest = sums.unexplained_statement();
            rows.push(vec![strong(text(say("unexplained-statement"))), text(""), strong(money(rest))]);
        }
        self.table("balance", &["what", "count", "amount"], rows)
    }

    fn groups(&self, result: &Reconciliation) -> Table {
        let row = |head: Vec<Cell>, sums: &Sums| {
            let mut row = head;
            row.extend([count(sums.in_file.count), money(sums.in_file.money)]);
            row.extend(Standing::ALL.map(|standing| money(sums.standing(standing).money)));
            row.extend([money(sums.ledger), money(sums.bank), money(sums.unexplained())]);
            row
        };
        let mut rows: Vec<Vec<Cell>> = result
            .groups
            .iter()
            .map(|group| {
                let head = vec![
                    text(self.shown.name(group.key.programme)),
                    text(group.key.bank.as_str()),
                    text(group.key.file.as_str()),
                    text(self.shown.fund_name(group.key.programme)),
                ];
                row(head, &group.sums)
            })
            .collect();
        let head = vec![strong(text(self.shown.say("total"))), text(""), text(""), text("")];
        rows.push(row(head, &result.total).into_iter().map(strong).collect());
        let mut columns = vec!["programme", "bank", "file", "fund", "count", "in_file"];
        columns.extend(Standing::ALL.map(Standing::word));
        columns.extend(["ledger", "bank_moved", "unexplained"]);
        self.table("groups", &columns, rows)
    }

    fn flows(&self, result: &Reconciliation) -> Table {
        let rows = result.flows.iter().map(|(programme, flow)| {
            let posted: Vec<String> = flow
                .kinds
                .iter()
                .map(|(kind, tally)| {
                    let kind = label(self.shown.language, "kind", kind.word());
                    format!("{kind} {}", grouped(tally.money))
                })
                .collect();
            vec![
                text(self.shown.name(*programme)),
                money(flow.before),
                text(posted.join("; ")),
                money(flow.after()),
                money(flow.payable.money),
                money(flow.receivable.money),
            ]
        });
        self.table(
            "flows",
            &["programme", "before", "postings", "after", "payable", "receivable"],
            rows.collect(),
        )
    }

    fn files(&self, result: &Reconciliation) -> Table {
        let rows = result.files.iter().map(|file| {
            let state = match &file.outbox {
                Outbox::Missing => "missing",
                Outbox::Withdrawn => "withdrawn",
                Outbox::Altered => "altered",
                Outbox::Read { .. } => "read",
            };
            vec![
                text(file.name.as_str()),
                count(file.approved.0),
                money(file.approved.1),
                count(file.lines.0),
                money(file.lines.1),
                text(self.shown.say(&format!("outbox-{state}"))),
                maybe(file.statement),
            ]
        });
        let columns = ["file", "count", "approved", "count", "lines", "outbox", "statement"];
        self.table("files", &columns, rows.collect())
    }

    fn ageing(&self, result: &Reconciliation) -> Table {
        let rows = BANDS.map(|band| {
            let of_band = || result.unanswered.iter().filter(|open| open.band() == band);
            let sum = of_band().map(|open| open.amount).sum();
            vec![text(band), count(of_band().count() as u64), money(sum)]
        });
        self.table("ageing", &["working_days", "count", "amount"], rows.into())
    }

    fn exceptions(&self, result: &Reconciliation) -> Table {
        let rows = result.exceptions.iter().map(|one| {
            vec![
                text(one.key.as_str()),
                text(self.shown.class(&one.class)),
                text(one.programme.map_or("", |programme| self.shown.name(programme))),
                text(one.bank.as_str()),
                maybe(one.ours),
                maybe(one.theirs),
                text(words::mask(&one.said)),
                text(one.age.map(|age| age.to_string()).unwrap_or_default()),
            ]
        });
        let columns =
            ["payment_id", "class", "programme", "bank", "our_amount", "bank_amount", "said", "working_days"];
        self.table("exceptions", &columns, rows.collect())
    }

    /// The code with its words, and what the bank said beyond it.
    fn why_failed(&self, code: &str, said: &str) -> String {
        let told = bank_reason(self.shown.language, code);
        let said = words::mask(said);
        if said.is_empty() || said.trim() == code { told.into_owned() } else { format!("{told} · {said}") }
    }

    fn failed(&self, result: &Reconciliation) -> Table {
        let rows = result.failed.iter().map(|failed| {
            vec![
                text(failed.payment.as_str()),
                text(self.shown.name(failed.programme)),
                text(failed.bank.as_str()),
                money(failed.amount),
                text(self.why_failed(failed.code, &failed.reason)),
                text(words::say(self.shown.language, &format!("actor-{}", failed.actor.word()), &[])),
                text(failed.replaced_by.as_deref().unwrap_or("")),
            ]
        });
        let columns = ["payment_id", "programme", "bank", "amount", "said", "actor", "replaced_by"];
        self.table("failed", &columns, rows.collect())
    }

    fn statements(&self, result: &Reconciliation) -> Table {
        let yes = |holds: Option<bool>| match holds {
            Some(true) => self.shown.say("yes"),
            Some(false) => self.shown.say("no"),
            None => String::new(),
        };
        let rows = result.statements.iter().map(|check| {
            vec![
                text(words::mask(&check.account)),
                text(check.day.map(|day| day.to_string()).unwrap_or_default()),
                maybe(check.opening),
                money(check.moved),
                maybe(check.closing),
                text(yes(check.holds)),
                text(yes(check.follows)),
            ]
        });
        let columns = ["account", "date", "opening", "moved", "closing", "holds", "follows"];
        self.table("statements", &columns, rows.collect())
    }

    fn page(&self, title: &str, verdict: &str, good: bool, tables: Vec<Table>) -> io::Result<Vec<u8>> {
        let tables: Vec<Table> = tables.into_iter().filter(|table| !table.rows.is_empty()).collect();
        let mut bytes = Vec::new();
        let context = context! {
            lang => if self.shown.language == words::Language::Zh { "zh" } else { "en" },
            title => title, bureau => self.shown.bureau, today => self.shown.today.to_string(),
            verdict => verdict, good => good, tables => serde(tables),
        };
        render(self.shown.language, "reconciled.html", TEMPLATE, context, &mut bytes)?;
        Ok(bytes)
    }

    fn disagreements(&self, all: &[crate::reconcile::Disagreement]) -> Table {
        let rows = all.iter().map(|one| {
            vec![
                text(self.shown.say(&format!("disagreement-{}", one.what))),
                text(one.place.as_str()),
                money(one.amount),
            ]
        });
        self.table("disagreements", &["what", "where", "amount"], rows.collect())
    }
}

pub(super) fn month(shown: &Shown<'_>, result: &Reconciliation) -> io::Result<Vec<u8>> {
    let maker = Maker { shown };
    let title = format!("{} {}", shown.say("title"), result.cycle);
    let mut verdict = shown.say(if result.closes() { "closes" } else { "does-not-close" });
    if !result.exceptions.is_empty() {
        let count = result.exceptions.len().to_string();
        verdict.push_str(&shown.say_with("still-open", &[("count", count.as_str().into())]));
    }
    let tables = vec![
        maker.balance(&result.total),
        maker.disagreements(&result.disagreements),
        maker.exceptions(result),
        maker.failed(result),
        maker.ageing(result),
        maker.groups(result),
        maker.files(result),
        maker.statements(result),
        maker.flows(result),
    ];
    maker.page(&title, &verdict, result.closes(), tables)
}
