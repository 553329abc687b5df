//! What stands on the sheets of `reconciliation.xlsx`: 汇总 核对 变动 补发追回 暂缓 退票, a list per
//! programme (名单) and the public notice (公示).

use std::io::{self, Write};

use rust_xlsxwriter::XlsxError;
use unicode_width::UnicodeWidthStr;

use crate::domain::{Money, Programme, Tally};

use super::label::{self, label, sentence};
use super::summary::{ProgrammeFigures, Summary};
use super::workbook::{Book, Cell, Column, Layout, Rows, SHEET_ROWS};

/// Writes the workbook.
///
/// # Errors
/// What the writer says; what the format refuses, as an error of kind `Other`.
pub fn workbook(summary: &Summary<'_>, out: &mut (dyn Write + Send)) -> io::Result<()> {
    split_after(summary, SHEET_ROWS, out)
}

/// Writes the workbook; lists go on on another sheet after so many rows.
pub(super) fn split_after(
    summary: &Summary<'_>,
    rows: usize,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let sheets = Sheets::new(summary, rows).map_err(io::Error::other)?;
    sheets.laid_out().map_err(io::Error::other)?.write(out)
}

/// Widths of the columns of 核对, which several tables share.
const CHECK_WIDTHS: [u16; 8] = [56, 12, 13, 13, 20, 20, 36, 16];

pub(super) struct Sheets<'s, 'a> {
    pub(super) summary: &'s Summary<'a>,
    book: Book<'s>,
}

impl<'s, 'a> Sheets<'s, 'a> {
    fn new(summary: &'s Summary<'a>, sheet_rows: usize) -> Result<Sheets<'s, 'a>, XlsxError> {
        let facts = summary.facts;
        let language = facts.language;
        let title = format!("{} {} {}", facts.bureau, sentence(language, "title", &[]), facts.cycle);
        let run = if facts.run == 0 {
            sentence(language, "dry-run", &[])
        } else {
            format!("{} {}", sentence(language, "run", &[]), facts.run)
        };
        let subtitle = format!(
            "{} · {} · {run} · {} · {} {}",
            facts.bureau,
            facts.cycle,
            facts.today,
            sentence(language, "drafted-by", &[]),
            facts.by
        );
        let book = Book::new(&title, subtitle, sentence(language, "total", &[]), facts.today)?;
        Ok(Sheets { summary, book: book.with_sheet_rows(sheet_rows) })
    }

    pub(super) fn word(&self, code: &str) -> String {
        sentence(self.summary.facts.language, code, &[])
    }

    pub(super) fn column(&self, code: &str, width: u16) -> Column {
        Column::new(label(self.summary.facts.language, "column", code), width)
    }

    /// A column of programmes: as wide as the longest name there is.
    pub(super) fn programmes(&self) -> Column {
        let rulebook = self.summary.facts.rulebook;
        let widest = self
            .summary
            .shown()
            .map(|(programme, _)| rulebook.rule(programme).name.width())
            .max()
            .unwrap_or_default();
        self.column("programme", widest.clamp(12, 40) as u16 + 1)
    }

    pub(super) fn sheet_word(&self, code: &str) -> String {
        label(self.summary.facts.language, "sheet", code)
    }

    fn laid_out(mut self) -> Result<Book<'s>, XlsxError> {
        let mut lists = vec![self.changes(), self.differences(), self.held(), self.returned()];
        for (programme, figures) in self.summary.shown() {
            if figures.payments > 0 {
                lists.push(self.payroll(programme));
            }
        }
        lists.push(self.notice());
        self.overview(&lists)?;
        self.check()?;
        self.places()?;
        for list in lists {
            let next = self.book.table_as(list.layout, &list.sheet, &list.title, &list.columns, list.rows)?;
            if list.signed {
                self.signatures(next + 1);
            }
        }
        Ok(self.book)
    }

    fn signatures(&mut self, row: u32) {
        let words = [
            (0, self.word("sign-drafted")),
            (3, self.word("sign-checked")),
            (6, self.word("sign-approved")),
            (9, self.word("sign-date")),
        ];
        self.book.signatures(row, &words);
    }

    fn overview(&mut self, lists: &[List<'s>]) -> Result<(), XlsxError> {
        let summary = self.summary;
        let facts = summary.facts;
        let money = |code: &str, of: fn(&ProgrammeFigures) -> Money| {
            let widest = widest(summary.shown().map(|(_, figures)| of(figures)));
            Column::new(self.word(code), 13).summed().fitting(widest)
        };
        let before = |figures: &ProgrammeFigures| figures.before.map_or(Money::ZERO, |tally| tally.money);
        let columns = vec![
            self.programmes(),
            Column::new(self.word("people"), 10).summed(),
            Column::new(self.word("count"), 9).summed(),
            money("current", |figures| figures.current),
            money("arrears", |figures| figures.arrears),
            money("advance", |figures| figures.advance),
            money("reissued", |figures| figures.reissued),
            money("offset", |figures| figures.offset),
            money("this-cycle", |figures| figures.paid.money),
            money("before", before),
            money("difference", |figures| figures.paid.money),
            money("recovery", |figures| figures.recovery.money),
            money("held", |figures| figures.held.money),
            money("receivable", |figures| figures.receivable.money),
        ];
        let rows: Vec<Vec<Cell<'s>>> = summary
            .shown()
            .map(|(programme, figures)| {
                let paid =
                    figures.current + figures.arrears + figures.advance + figures.reissued - figures.offset;
                let before = figures.before.map_or(Money::ZERO, |tally| tally.money);
                vec![
                    programme_name(summary, programme),
                    Cell::Count(figures.paid.count),
                    Cell::Count(figures.payments),
                    Cell::Money(figures.current),
                    Cell::Money(figures.arrears),
                    Cell::Money(figures.advance),
                    Cell::Money(figures.reissued),
                    Cell::Money(figures.offset),
                    Cell::Formula("D{row}+E{row}+F{row}+G{row}-H{row}", paid),
                    Cell::Money(before),
                    Cell::Formula("I{row}-J{row}", paid - before),
                    Cell::Money(figures.recovery.money),
                    Cell::Money(figures.held.money),
                    Cell::Money(figures.receivable.money),
                ]
            })
            .collect();
        let title = format!("{} {}", self.word("title"), facts.cycle);
        let name = self.sheet_word("overview");
        let layout = Layout { header_repeats: false, ..Layout::default() };
        let mut next = self.book.table_as(layout, &name, &title, &columns, rows)? + 1;
        self.signatures(next);
        next += 2;
        let pay_by = format!(
            "{} {} · {}",
            self.word("pay-by"),
            facts.pay_by.date,
            if summary.balances() { self.word("yes-balances") } else { self.word("no-balances") }
        );
        self.book.line(next, &pay_by, false);
        for list in lists {
            if !self.book.splits(list.rows.count()) {
                continue;
            }
            next += 1;
            let note = sentence(facts.language, "split", &[("sheet", &list.sheet)]);
            self.book.line(next, &note, false);
        }
        Ok(())
    }

    /// Programme × township × bank.
    fn places(&mut self) -> Result<(), XlsxError> {
        let summary = self.summary;
        let facts = summary.facts;
        let columns = vec![
            self.programmes(),
            Column::new(self.word("township"), 22),
            Column::new(self.word("bank"), 22),
            Column::new(self.word("fund"), 34),
            Column::new(self.word("people"), 11).summed(),
            Column::new(self.word("lines"), 10).summed(),
            Column::new(self.word("amount"), 16)
                .summed()
                .fitting(widest(summary.cells.iter().map(|cell| cell.paid.money))),
        ];
        let unknown = self.word("township-unknown");
        let rows: Vec<Vec<Cell<'s>>> = summary
            .cells
            .iter()
            .map(|cell| {
                let rule = facts.rulebook.rule(cell.programme);
                let fund = facts.rulebook.funds.get(usize::from(rule.fund));
                vec![
                    programme_name(summary, cell.programme),
                    cell.township.as_deref().map_or(Cell::text(unknown.clone()), Cell::text),
                    Cell::text(cell.bank.as_str()),
                    Cell::text(fund.map_or("", |fund| fund.name.as_str())),
                    Cell::Count(cell.paid.count),
                    Cell::Count(cell.lines),
                    Cell::Money(cell.paid.money),
                ]
            })
            .collect();
        let (name, title) = (self.sheet_word("places"), self.word("places"));
        self.book.table(&name, &title, &columns, rows)?;
        Ok(())
    }

    /// 核对: borders, limits, what waits, bank files, what it rests on.
    fn check(&mut self) -> Result<(), XlsxError> {
        let summary = self.summary;
        let facts = summary.facts;
        let language = facts.language;
        let columns = vec![
            Column::new(self.word("border"), CHECK_WIDTHS[0]),
            Column::new(format!("{}·{}", self.word("in"), self.word("count")), CHECK_WIDTHS[1]),
            Column::new(format!("{}·{}", self.word("out"), self.word("count")), CHECK_WIDTHS[2]),
            Column::new(format!("{}·{}", self.word("set-aside"), self.word("count")), CHECK_WIDTHS[3]),
            Column::new(format!("{}·{}", self.word("in"), self.word("amount")), CHECK_WIDTHS[4]),
            Column::new(format!("{}·{}", self.word("out"), self.word("amount")), CHECK_WIDTHS[5]),
            Column::new(format!("{}·{}", self.word("set-aside"), self.word("amount")), CHECK_WIDTHS[6]),
            Column::new(self.word("unexplained"), CHECK_WIDTHS[7]),
        ];
        let rows: Vec<Vec<Cell<'s>>> = facts
            .borders
            .iter()
            .map(|border| {
                let aside = border.set_aside.iter().fold(Tally::default(), |sum, (_, tally)| sum + *tally);
                vec![
                    Cell::text(super::page::border_name(summary, border)),
                    Cell::Count(border.entered.count),
                    Cell::Count(border.out.count),
                    Cell::Count(aside.count),
                    Cell::Money(border.entered.money),
                    Cell::Money(border.out.money),
                    Cell::Money(aside.money),
                    Cell::Formula(
                        "E{row}-F{row}-G{row}",
                        border.entered.money - border.out.money - aside.money,
                    ),
                ]
            })
            .collect();
        let (name, title) = (self.sheet_word("check"), self.word("balance"));
        let layout = Layout { header_repeats: false, ..Layout::default() };
        let mut next = self.book.table_as(layout, &name, &title, &columns, rows)? + 1;

        let waiting: Vec<Vec<Cell<'s>>> = summary
            .waiting
            .iter()
            .map(|item| {
                vec![
                    Cell::text(label::waiting(summary, &item.what)),
                    Cell::Count(item.people),
                    Cell::Count(item.people_months),
                    Cell::Count(item.oldest),
                    if item.money.is_zero() { Cell::Empty } else { Cell::Money(item.money) },
                    Cell::text(label::where_to_look(&item.what).0),
                ]
            })
            .collect();
        let heads = ["what", "people", "people-months", "oldest", "amount", "file"];
        next = self.part(next, "todo-long", &heads, waiting);

        let limits: Vec<Vec<Cell<'s>>> = facts
            .limits
            .iter()
            .map(|limit| {
                vec![
                    Cell::text(label(language, "limit", &limit.name)),
                    Cell::text(limit.programme.as_str()),
                    Cell::text(limit.township.as_str()),
                    Cell::text(limit.subject.as_str()),
                    Cell::text(limit.figure.as_str()),
                    Cell::text(limit.limit.as_str()),
                ]
            })
            .collect();
        next = self.part(
            next,
            "limits",
            &["limit", "programme", "township", "where", "figure", "allowed"],
            limits,
        );

        let budgets: Vec<Vec<Cell<'s>>> = facts
            .budgets
            .iter()
            .map(|budget| {
                let fund = facts.rulebook.funds.get(usize::from(budget.fund));
                vec![
                    Cell::text(fund.map_or("", |fund| fund.name.as_str())),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Empty,
                    Cell::money(budget.appropriation),
                    Cell::Money(budget.charged),
                    Cell::Money(budget.this_run),
                    Cell::money(Summary::left(budget)),
                ]
            })
            .collect();
        let heads = ["fund", "", "", "", "appropriation", "charged", "this-run", "left"];
        next = self.part(next, "budget", &heads, budgets);

        let files: Vec<Vec<Cell<'s>>> = facts
            .bank_files
            .iter()
            .map(|file| {
                vec![
                    Cell::text(file.name.as_str()),
                    Cell::Count(file.total.count),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Money(file.total.money),
                    Cell::text(file.bank.as_str()),
                    Cell::text(file.sha256.as_str()),
                ]
            })
            .collect();
        let heads = ["file", "count", "", "", "amount", "bank", "digest"];
        next = self.part(next, "bank-files", &heads, files);

        let rests: Vec<Vec<Cell<'s>>> = summary
            .rests
            .iter()
            .map(|item| {
                let status = match item.status {
                    crate::policy::Status::Verified => "verified",
                    crate::policy::Status::Assumed => "assumed",
                    crate::policy::Status::Example => "example",
                };
                vec![
                    Cell::text(format!("{} {}", item.name, item.code)),
                    Cell::Count(item.money.count),
                    Cell::text(item.key.as_str()),
                    Cell::text(label(language, "status", status)),
                    Cell::Money(item.money.money),
                    Cell::text(item.written),
                    Cell::text(item.citation),
                    Cell::Month(item.from),
                ]
            })
            .collect();
        let heads =
            ["figure-name", "people", "key", "status", "money-resting", "written", "citation", "from"];
        next = self.part(next, "rests", &heads, rests);
        let chain = format!("{} {}", self.word("ledger-head"), facts.ledger_head);
        self.book.line(next, &chain, false);
        Ok(())
    }

    /// A further table on the sheet written last, with a heading; nothing where it is empty.
    fn part(&mut self, top: u32, title: &str, heads: &[&str], rows: Vec<Vec<Cell<'s>>>) -> u32 {
        if rows.is_empty() {
            return top;
        }
        self.book.line(top + 1, &self.word(title), true);
        let columns: Vec<Column> = heads
            .iter()
            .zip(CHECK_WIDTHS)
            .map(|(head, width)| {
                Column::new(if head.is_empty() { String::new() } else { self.word(head) }, width)
            })
            .collect();
        self.book.block(top + 2, &columns, rows) + 1
    }

    pub(super) fn list_name(&self, programme: Programme) -> String {
        format!("{}-{}", self.sheet_word("list"), self.summary.facts.rulebook.rule(programme).name)
    }
}

/// A programme by its name.
pub(super) fn programme_name<'s>(summary: &'s Summary<'_>, programme: Programme) -> Cell<'s> {
    Cell::text(summary.facts.rulebook.rule(programme).name.as_str())
}

/// A list that has a sheet of its own, or several.
pub(super) struct List<'s> {
    pub sheet: String,
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Rows<'s>,
    pub layout: Layout,
    /// Whether people sign below it.
    pub signed: bool,
}

/// An amount at least as wide as any of these and as their sum: only a column's width hangs on it.
pub(super) fn widest(amounts: impl Iterator<Item = Money>) -> Money {
    Money::from_fen(amounts.fold(0, |sum: i64, amount| sum.saturating_add(amount.fen().saturating_abs())))
}
