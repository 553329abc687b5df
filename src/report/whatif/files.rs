//! The files of a what-if: CSV, workbook, page.

use std::io;

use chrono::NaiveDate;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::super::encode::{BOM, Row};
use super::super::label::signed;
use super::super::people::{grouped, grouped_count};
use super::super::workbook::{Book, Cell, Column, Rows};
use crate::domain::{Money, Month, Text};
use crate::words::{self, Language};

use super::{Change, WhatIfReport};

impl WhatIfReport {
    /// All files: name and bytes.
    ///
    /// # Errors
    /// What the workbook or the template refuses.
    pub fn files(
        &self,
        bureau: &str,
        today: NaiveDate,
        language: Language,
    ) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
        Ok(vec![
            ("summary.csv", self.summary_csv()),
            ("months.csv", self.months_csv()),
            ("changes.csv", self.changes_csv()),
            ("whatif.html", self.page(bureau, language)?.into_bytes()),
            ("whatif.xlsx", self.workbook(bureau, today, language).map_err(io::Error::other)?),
        ])
    }

    fn summary_csv(&self) -> Vec<u8> {
        let mut bytes = BOM.to_vec();
        bytes.extend_from_slice(b"programme,township,change,clause,lines,persons,before,after,difference\n");
        for group in &self.groups {
            let mut row = Row::new(&mut bytes);
            row.text(&group.programme).text(&group.township).word(group.kind.word()).text(&group.clause);
            row.number(group.lines).number(group.persons).money(group.before).money(group.after);
            row.money(group.after - group.before).end();
        }
        bytes
    }

    fn months_csv(&self) -> Vec<u8> {
        let mut bytes = BOM.to_vec();
        bytes.extend_from_slice(
            b"benefit_month,programme,lines_before,lines_after,before,after,difference,undecided\n",
        );
        for cost in &self.months {
            let mut row = Row::new(&mut bytes);
            row.month(cost.month).text(&cost.programme).number(cost.before.count).number(cost.after.count);
            row.money(cost.before.money).money(cost.after.money);
            row.money(cost.after.money - cost.before.money).number(cost.undecided).end();
        }
        bytes
    }

    fn changes_csv(&self) -> Vec<u8> {
        let mut bytes = BOM.to_vec();
        bytes.extend_from_slice(
            b"programme,beneficiary,case_no,name,township,change,clause,persons,before,after,difference\n",
        );
        for change in &self.changes {
            let mut row = Row::new(&mut bytes);
            row.text(&change.programme).beneficiary(&change.beneficiary).text(&change.case_no);
            row.text(&change.name).text(&change.township).word(change.kind.word()).text(&change.clause);
            row.number(change.persons).money(change.before).money(change.after);
            row.money(change.after - change.before).end();
        }
        bytes
    }

    fn workbook(
        &self,
        bureau: &str,
        today: NaiveDate,
        language: Language,
    ) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
        let say = |code: &str| words::say(language, &format!("whatif-{code}"), &[]);
        let title = format!("{bureau} {} {}", say("title"), self.month);
        let subtitle = format!("{} → {}", short(&self.digest_before), short(&self.digest_after));
        let mut book = Book::new(&title, subtitle, say("total"), today)?;
        let column = |code: &str, width: u16| Column::new(say(code), width);
        let money = |code: &str| Column::new(say(code), 16).summed();
        let count = |code: &str| Column::new(say(code), 10).summed();
        let programme = |code: &Text| Cell::text(self.name(code).to_owned());

        let columns = [
            Column::new(say("month"), 10),
            column("programme", 30),
            count("lines-before"),
            count("lines-after"),
            money("before"),
            money("after"),
            money("difference"),
        ];
        let rows: Vec<Vec<Cell>> = self
            .months
            .iter()
            .map(|cost| {
                vec![
                    Cell::Month(cost.month),
                    programme(&cost.programme),
                    Cell::Count(cost.before.count),
                    Cell::Count(cost.after.count),
                    Cell::Money(cost.before.money),
                    Cell::Money(cost.after.money),
                    Cell::Money(cost.after.money - cost.before.money),
                ]
            })
            .collect();
        book.table(&say("sheet-months"), &title, &columns, rows)?;

        let columns = [
            column("programme", 30),
            column("township", 20),
            column("kind", 10),
            column("clause", 34),
            count("lines"),
            count("persons"),
            money("before"),
            money("after"),
            money("difference"),
        ];
        let rows: Vec<Vec<Cell>> = self
            .groups
            .iter()
            .map(|group| {
                vec![
                    programme(&group.programme),
                    Cell::text(group.township.as_str()),
                    Cell::text(say(group.kind.word())),
                    Cell::text(group.clause.as_str()),
                    Cell::Count(group.lines),
                    Cell::Count(group.persons),
                    Cell::Money(group.before),
                    Cell::Money(group.after),
                    Cell::Money(group.after - group.before),
                ]
            })
            .collect();
        book.table(&say("sheet-groups"), &title, &columns, rows)?;

        let columns = [
            column("programme", 30),
            column("beneficiary", 30),
            column("name", 14),
            column("township", 20),
            column("kind", 10),
            column("clause", 34),
            money("before"),
            money("after"),
            money("difference"),
        ];
        book.table(
            &say("sheet-largest"),
            &title,
            &columns,
            Rows::of(self.largest(), |change| self.change_row(change, language)),
        )?;
        let all: Vec<&Change> = self.changes.iter().collect();
        book.table(
            &say("sheet-changes"),
            &title,
            &columns,
            Rows::of(all, |change| self.change_row(change, language)),
        )?;
        book.bytes().map_err(rust_xlsxwriter::XlsxError::IoError)
    }

    fn change_row<'r>(&'r self, change: &'r Change, language: Language) -> Vec<Cell<'r>> {
        vec![
            Cell::text(self.name(&change.programme)),
            Cell::text(change.beneficiary.to_string()),
            Cell::text(change.name.as_str()),
            Cell::text(change.township.as_str()),
            Cell::text(words::say(language, &format!("whatif-{}", change.kind.word()), &[])),
            Cell::text(change.clause.as_str()),
            Cell::Money(change.before),
            Cell::Money(change.after),
            Cell::Money(change.after - change.before),
        ]
    }

    fn page(&self, bureau: &str, language: Language) -> io::Result<String> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
            .add_function("t", move |code: String| words::say(language, &format!("whatif-{code}"), &[]));
        environment.add_template("whatif.html", include_str!("whatif.html")).map_err(io::Error::other)?;
        let lang = match language {
            Language::Zh => "zh",
            Language::En => "en",
        };
        let page = PageData::new(self, bureau, language);
        environment
            .get_template("whatif.html")
            .and_then(|template| template.render(context! { page => Serde(&page), lang => lang }))
            .map_err(io::Error::other)
    }
}

/// The beginning of a digest, enough to tell packs apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[derive(Serialize)]
struct PageData {
    bureau: String,
    month: String,
    before: String,
    after: String,
    known_before: String,
    known_after: String,
    missing: String,
    cards: Vec<(String, String, String, String, bool)>,
    kinds: Vec<(String, String, String, String)>,
    programmes: Vec<[String; 6]>,
    months: Vec<[String; 4]>,
    groups: Vec<[String; 7]>,
    largest: Vec<[String; 8]>,
    all: String,
}

impl PageData {
    fn new(report: &WhatIfReport, bureau: &str, language: Language) -> PageData {
        let say = |code: &str| words::say(language, &format!("whatif-{code}"), &[]);
        let costs = report.costs();
        let card = |code: &str, (before, after): (Money, Money)| {
            let difference = after - before;
            (say(code), grouped(before), grouped(after), signed(difference), difference.is_negative())
        };
        let mut by_month: Vec<(Month, Money, Money)> = Vec::new();
        let mut by_programme: Vec<(&Text, u64, u64, Money, Money)> = Vec::new();
        for cost in &report.months {
            match by_month.iter_mut().find(|(month, ..)| *month == cost.month) {
                Some((_, before, after)) => {
                    *before += cost.before.money;
                    *after += cost.after.money;
                }
                None => by_month.push((cost.month, cost.before.money, cost.after.money)),
            }
            if cost.month == report.month {
                by_programme.push((
                    &cost.programme,
                    cost.before.count,
                    cost.after.count,
                    cost.before.money,
                    cost.after.money,
                ));
            }
        }
        PageData {
            bureau: bureau.to_owned(),
            month: report.month.to_string(),
            before: report.digest_before.clone(),
            after: report.digest_after.clone(),
            known_before: report.known_before.to_string(),
            known_after: report.known_after.to_string(),
            missing: report.missing.join(", "),
            cards: vec![
                card("cost-month", costs.month),
                card("cost-past", costs.past),
                card("cost-future", costs.future),
            ],
            kinds: report
                .kinds()
                .into_iter()
                .map(|(kind, lines, persons, money)| {
                    (say(kind.word()), grouped_count(lines), grouped_count(persons), signed(money))
                })
                .collect(),
            programmes: by_programme
                .into_iter()
                .map(|(code, lines_before, lines_after, before, after)| {
                    [
                        report.name(code).to_owned(),
                        grouped_count(lines_before),
                        grouped_count(lines_after),
                        grouped(before),
                        grouped(after),
                        signed(after - before),
                    ]
                })
                .collect(),
            months: by_month
                .into_iter()
                .map(|(month, before, after)| {
                    [month.to_string(), grouped(before), grouped(after), signed(after - before)]
                })
                .collect(),
            groups: report
                .groups
                .iter()
                .map(|group| {
                    [
                        report.name(&group.programme).to_owned(),
                        group.township.to_string(),
                        say(group.kind.word()),
                        group.clause.to_string(),
                        grouped_count(group.lines),
                        grouped_count(group.persons),
                        signed(group.after - group.before),
                    ]
                })
                .collect(),
            largest: report
                .largest()
                .into_iter()
                .map(|change| {
                    [
                        report.name(&change.programme).to_owned(),
                        change.beneficiary.to_string(),
                        change.name.to_string(),
                        change.township.to_string(),
                        say(change.kind.word()),
                        grouped(change.before),
                        grouped(change.after),
                        signed(change.after - change.before),
                    ]
                })
                .collect(),
            all: grouped_count(report.changes.len() as u64),
        }
    }
}
