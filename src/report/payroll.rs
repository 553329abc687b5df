//! Lists to sign (发放签领表): what a released run pays, by township and community, a row for each person
//! who signs, a column for each programme, identity numbers and accounts masked. In: a [`Payroll`], filled
//! by the conductor. Out: one page for each township, one for organisations that are paid for others, and
//! `payroll.csv`. Every page of paper has its own subtotal; the last says the sum in capital words.
//!
//! These lists are for the people on them and the office; they are not public lists ([`super::notice`]).

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::NaiveDate;
use minijinja::context;
use serde::Serialize;

use crate::domain::{Money, Month, Programme, Text};
use crate::words::Language;

use super::encode::{Row as Cells, write_rows};
use super::label::sentence;
use super::page::{render, serde};
use super::people::{grouped, grouped_count};
use super::voucher::{day, month};

const TEMPLATE: &str = include_str!("payroll.html");
/// Rows on a sheet of A4 laid across.
const ROWS_A_SHEET: usize = 18;

/// The lists of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payroll {
    /// The language the run was drafted in.
    pub language: Language,
    /// The bureau's name.
    pub bureau: Text,
    /// Cycle month.
    pub cycle: Month,
    /// The run's number.
    pub run: u32,
    /// Execution date.
    pub pay_on: NaiveDate,
    /// Programmes by position: code, and the short name that heads a column.
    pub programmes: Vec<(Text, Text)>,
    /// Lists in order: townships, then organisations.
    pub lists: Vec<List>,
    /// Payments of recalled files, which are left out: how many, how much.
    pub left_out: (u64, Money),
}

/// A township's list, or that of the organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// File name without its ending.
    pub file: Text,
    /// Township; empty: unknown. For organisations: empty.
    pub name: Text,
    /// Whether organisations are paid here for others.
    pub organisations: bool,
    /// Communities, or organisations, in order.
    pub groups: Vec<Group>,
}

/// A community's part of a list, or an organisation's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Community as the roster writes it, or the organisation's name; may be empty.
    pub name: Text,
    /// In order.
    pub rows: Vec<Row>,
}

/// Somebody who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name: the person's, or the head's of a household.
    pub name: Text,
    /// Masked identity number; empty where there is none.
    pub id: Text,
    /// The programmes among them that pay a household.
    pub households: BTreeSet<Programme>,
    /// Who gets it for them, where that is somebody else.
    pub payees: Vec<Text>,
    /// Masked accounts, each once.
    pub accounts: Vec<Text>,
    /// By programme.
    pub amounts: BTreeMap<Programme, Money>,
}

impl Row {
    /// All programmes.
    pub fn total(&self) -> Money {
        self.amounts.values().copied().sum()
    }
}

impl List {
    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.groups.iter().flat_map(|group| &group.rows)
    }

    /// Its sum.
    pub fn total(&self) -> Money {
        self.rows().map(Row::total).sum()
    }
}

impl Payroll {
    /// What all lists pay.
    pub fn total(&self) -> Money {
        self.lists.iter().map(List::total).sum()
    }
}

/// An account with all but its last four characters hidden.
pub fn masked_account(number: &str) -> Text {
    let characters: Vec<char> = number.chars().filter(|character| !character.is_whitespace()).collect();
    if characters.is_empty() {
        return Text::default();
    }
    let shown = if characters.len() > 8 { 4 } else { 0 };
    let tail: String = characters[characters.len() - shown..].iter().collect();
    format!("****{tail}").into()
}

#[derive(Serialize)]
struct Sheet {
    group: String,
    number: usize,
    of: usize,
    rows: Vec<Line>,
    subtotal: Vec<String>,
    subtotal_all: String,
    /// After a group's last sheet.
    group_total: Option<(Vec<String>, String, String, String)>,
    /// After the list's last sheet.
    list_total: Option<(Vec<String>, String, String, String)>,
}

#[derive(Serialize)]
struct Line {
    number: usize,
    name: String,
    household: bool,
    payees: String,
    id: String,
    accounts: String,
    amounts: Vec<String>,
    total: String,
}

fn sums<'r>(rows: impl Iterator<Item = &'r Row> + Clone, columns: &[Programme]) -> (Vec<String>, Money, u64) {
    let of = |programme: &Programme| -> Money {
        rows.clone().filter_map(|row| row.amounts.get(programme)).copied().sum()
    };
    let amounts = columns.iter().map(|programme| grouped(of(programme))).collect();
    (amounts, rows.clone().map(Row::total).sum(), rows.count() as u64)
}

/// The page of one list.
///
/// # Errors
/// A mistake in the template.
pub fn page(payroll: &Payroll, list: &List, capital_words: impl Fn(Money) -> String) -> io::Result<Vec<u8>> {
    let language = payroll.language;
    let mut columns: Vec<Programme> = list.rows().flat_map(|row| row.amounts.keys().copied()).collect();
    columns.sort_unstable();
    columns.dedup();
    let total = |(amounts, money, count): (Vec<String>, Money, u64)| {
        (amounts, grouped(money), grouped_count(count), capital_words(money))
    };
    let mut sheets: Vec<Sheet> = Vec::new();
    for group in &list.groups {
        let of = group.rows.len().div_ceil(ROWS_A_SHEET);
        for (sheet, rows) in group.rows.chunks(ROWS_A_SHEET).enumerate() {
            let lines = rows.iter().enumerate().map(|(position, row)| Line {
                number: sheet * ROWS_A_SHEET + position + 1,
                name: row.name.to_string(),
                household: !row.households.is_empty(),
                payees: row.payees.join("、"),
                id: row.id.to_string(),
                accounts: row.accounts.join(" "),
                amounts: columns
                    .iter()
                    .map(|programme| {
                        row.amounts.get(programme).map_or_else(String::new, |money| grouped(*money))
                    })
                    .collect(),
                total: grouped(row.total()),
            });
            let (subtotal, money, _) = sums(rows.iter(), &columns);
            let is_last = sheet + 1 == of;
            sheets.push(Sheet {
                group: group.name.to_string(),
                number: sheet + 1,
                of,
                rows: lines.collect(),
                subtotal,
                subtotal_all: grouped(money),
                group_total: is_last.then(|| total(sums(group.rows.iter(), &columns))),
                list_total: None,
            });
        }
    }
    if let Some(last) = sheets.last_mut() {
        let rows: Vec<&Row> = list.rows().collect();
        last.list_total = Some(total(sums(rows.iter().copied(), &columns)));
    }
    let head = |programme: &Programme| {
        payroll
            .programmes
            .get(usize::from(programme.0))
            .map_or_else(String::new, |(_, name)| name.to_string())
    };
    let context = context! {
        lang => if language == Language::Zh { "zh-CN" } else { "en" },
        bureau => payroll.bureau.as_str(),
        cycle => month(language, payroll.cycle),
        run => payroll.run,
        pay_on => day(language, payroll.pay_on),
        place => list.name.as_str(),
        organisations => list.organisations,
        columns => columns.iter().map(head).collect::<Vec<String>>(),
        several => list.groups.len() > 1,
        left_out => if payroll.left_out.0 == 0 { String::new() } else {
            sentence(language, "payroll-left-out", &[
                ("count", &grouped_count(payroll.left_out.0)),
                ("money", &grouped(payroll.left_out.1)),
            ])
        },
        sheets => serde(sheets),
    };
    let mut page = Vec::new();
    render(language, "payroll.html", TEMPLATE, context, &mut page)?;
    Ok(page)
}

/// Columns of `payroll.csv`.
const COLUMNS: &[&str] =
    &["list", "township", "community", "name", "id", "unit", "payee", "account", "programme", "amount"];

/// Every amount of every list, in the order of the pages.
///
/// # Errors
/// None of its own.
pub fn table(payroll: &Payroll) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for list in &payroll.lists {
        for group in &list.groups {
            for row in &group.rows {
                lines.extend(
                    row.amounts.iter().map(|(programme, money)| (list, group, row, programme, money)),
                );
            }
        }
    }
    let mut bytes = Vec::new();
    write_rows(
        &mut bytes,
        COLUMNS,
        &lines,
        |(list, group, row, programme, money), cells: &mut Cells<'_>| {
            cells.text(&list.file).text(&list.name).text(&group.name).text(&row.name).text(&row.id);
            let household = row.households.contains(programme);
            cells.word(if household { "household" } else { "person" });
            cells.text(&row.payees.join("、")).text(&row.accounts.join(" "));
            let code = payroll.programmes.get(usize::from(programme.0)).map_or("", |(code, _)| code);
            cells.word(code).money(**money);
        },
    )?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, fen: i64) -> Row {
        Row {
            name: name.into(),
            id: "150199********07".into(),
            households: if fen % 2 == 0 { BTreeSet::from([Programme(0)]) } else { BTreeSet::new() },
            payees: Vec::new(),
            accounts: vec![masked_account("6299990000000109672")],
            amounts: BTreeMap::from([(Programme(0), Money::from_fen(fen))]),
        }
    }

    fn payroll(rows: usize) -> Payroll {
        let group = |name: &str, rows: usize| Group {
            name: name.into(),
            rows: (0..rows).map(|position| row(&format!("甲{position}"), 10_000 + position as i64)).collect(),
        };
        Payroll {
            language: Language::Zh,
            bureau: "财政局".into(),
            cycle: Month::new(2023, 2).unwrap(),
            run: 1,
            pay_on: NaiveDate::from_ymd_opt(2023, 2, 10).unwrap(),
            programmes: vec![("dibao".into(), "低保金".into())],
            lists: vec![List {
                file: "150102001-东街街道".into(),
                name: "东街街道".into(),
                organisations: false,
                groups: vec![group("第一社区", rows), group("<b>村", 1)],
            }],
            left_out: (0, Money::ZERO),
        }
    }

    #[test]
    fn each_sheet_of_paper_has_its_subtotal_and_the_last_the_sum_in_words() {
        let payroll = payroll(ROWS_A_SHEET + 1);
        let page = page(&payroll, &payroll.lists[0], |money| format!("大写{money}")).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches("本页小计").count(), 3);
        assert_eq!(page.matches("<section").count(), 3);
        assert_eq!(page.matches(&format!("大写{}", payroll.total())).count(), 1);
        assert!(page.contains("****9672") && !page.contains("6299990000000109672"));
        assert!(page.contains("&lt;b&gt;村") && !page.contains("report-page-"));
    }

    #[test]
    fn an_account_shows_its_last_four_characters_and_a_short_one_nothing() {
        assert_eq!(masked_account("6299 9900 0000 0109 672"), "****9672");
        assert_eq!(masked_account("12345678"), "****");
        assert_eq!(masked_account("123456789"), "****6789");
        assert_eq!(masked_account(""), "");
    }

    #[test]
    fn each_amount_of_a_signer_says_whether_a_household_or_a_person_gets_it() {
        let mut payroll = payroll(1);
        payroll.programmes.push(("old-age".into(), "高龄".into()));
        payroll.lists[0].groups[0].rows[0].amounts.insert(Programme(1), Money::from_fen(7_000));
        let text = String::from_utf8(table(&payroll).unwrap()).unwrap();
        assert!(text.contains(",household,,****9672,dibao,100.00"), "{text}");
        assert!(text.contains(",person,,****9672,old-age,70.00"), "{text}");
    }

    #[test]
    fn the_table_has_every_amount() {
        let text = String::from_utf8(table(&payroll(3)).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 5);
        assert!(text.contains(
            "150102001-东街街道,东街街道,第一社区,甲0,150199********07,household,,****9672,dibao,100.00"
        ));
    }
}
