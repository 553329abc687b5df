//! Public lists to be posted: one page a programme, a sheet of paper for each community, and
//! `notices.csv`. What may stand on them is decided in [`super::notice`]; nothing else comes in here.

use std::io;

use chrono::NaiveDate;
use minijinja::context;
use serde::Serialize;

use crate::domain::{Money, Month, Programme, Text};
use crate::words::Language;

use super::encode::write_rows;
use super::label::sentence;
use super::notice::NoticeRow;
use super::page::{render, serde};
use super::people::{grouped, grouped_count};
use super::voucher::{day, month};

const TEMPLATE: &str = include_str!("notice.html");

/// The public lists of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// The language the run was drafted in.
    pub language: Language,
    /// The bureau's name.
    pub bureau: Text,
    /// Cycle month.
    pub cycle: Month,
    /// The day of the release.
    pub on: NaiveDate,
    /// Programmes by position: code and name.
    pub programmes: Vec<(Text, Text)>,
    /// By programme, township, community.
    pub rows: Vec<NoticeRow>,
}

#[derive(Serialize)]
struct Sheet {
    township: String,
    community: String,
    rows: Vec<(usize, String, String, String)>,
    members: String,
    count: String,
    total: String,
}

impl Notices {
    fn named(&self, programme: Programme) -> (&str, &str) {
        let of = self.programmes.get(usize::from(programme.0));
        of.map_or(("", ""), |(code, name)| (code.as_str(), name.as_str()))
    }

    /// The files: a page a programme that is posted, and the table of all.
    ///
    /// # Errors
    /// A mistake in the template.
    pub fn files(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = vec![("notices.csv".to_owned(), self.table()?)];
        for rows in self.rows.chunk_by(|a, b| a.programme == b.programme) {
            let (code, name) = self.named(rows[0].programme);
            files.push((format!("{code}.html"), self.page(name, rows)?));
        }
        Ok(files)
    }

    fn page(&self, programme: &str, rows: &[NoticeRow]) -> io::Result<Vec<u8>> {
        let place = |row: &NoticeRow| (row.township.clone(), row.community.clone());
        let sheets: Vec<Sheet> = rows
            .chunk_by(|a, b| place(a) == place(b))
            .map(|rows| Sheet {
                township: rows[0].township.clone(),
                community: rows[0].community.clone(),
                rows: (1..)
                    .zip(rows)
                    .map(|(number, row)| {
                        let members =
                            row.members.map_or(String::new(), |members| grouped_count(members.into()));
                        (number, row.name.clone(), grouped(row.amount), members)
                    })
                    .collect(),
                members: grouped_count(rows.iter().filter_map(|row| row.members).map(u64::from).sum()),
                count: grouped_count(rows.len() as u64),
                total: grouped(rows.iter().map(|row| row.amount).sum::<Money>()),
            })
            .collect();
        let cycle = month(self.language, self.cycle);
        let blanks = [("programme", programme), ("cycle", cycle.as_str())];
        let context = context! {
            lang => if self.language == Language::Zh { "zh-CN" } else { "en" },
            bureau => self.bureau.as_str(),
            heading => sentence(self.language, "notice-heading", &blanks),
            households => rows.iter().any(|row| row.members.is_some()),
            on => day(self.language, self.on),
            sheets => serde(sheets),
        };
        let mut page = Vec::new();
        render(self.language, "notice.html", TEMPLATE, context, &mut page)?;
        Ok(page)
    }

    fn table(&self) -> io::Result<Vec<u8>> {
        let columns =
            ["month", "programme", "programme_name", "township", "community", "name", "members", "amount"];
        let mut bytes = Vec::new();
        write_rows(&mut bytes, &columns, &self.rows, |row, cells| {
            let (code, name) = self.named(row.programme);
            cells.month(self.cycle).word(code).text(name).text(&row.township).text(&row.community);
            cells.text(&row.name);
            match row.members {
                Some(members) => cells.number(u64::from(members)),
                None => cells.empty(),
            };
            cells.money(row.amount);
        })?;
        Ok(bytes)
    }
}
