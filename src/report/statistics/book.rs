//! `statistics.xlsx`: the form (月报) as it is published, with a row of column numbers, the relations between
//! columns below, and subtotals as formulas whose cached values are ours; then townships, what became of the
//! payments, and the checks.

use std::io;

use chrono::NaiveDate;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

use chrono::Datelike;

use crate::domain::{Money, Tally};
use crate::ledger::PaymentState;
use crate::reconcile::statistics::{Figures, Row, Statistics, TenThousands};
use crate::report::encode::guarded;
use crate::report::label::sentence;
use crate::report::reconciled::Shown;
use crate::report::voucher::month;
use crate::settle::statistics::Area;

use super::{by_household, meaning, per_person, say};

/// The file.
///
/// # Errors
/// What the format refuses.
pub(super) fn workbook(shown: &Shown<'_>, statistics: &Statistics) -> io::Result<Vec<u8>> {
    let made = || -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let created = day(shown.today)?;
        workbook.set_properties(
            &DocProperties::new().set_title(title(shown, statistics)).set_creation_datetime(&created),
        );
        let look = Look::new();
        form(workbook.add_worksheet(), &look, shown, statistics)?;
        townships(workbook.add_worksheet(), &look, shown, statistics)?;
        standings(workbook.add_worksheet(), &look, shown, statistics)?;
        checks(workbook.add_worksheet(), &look, shown, statistics)?;
        workbook.save_to_buffer()
    };
    made().map_err(io::Error::other)
}

fn day(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1900), day.month() as u8, day.day() as u8)
}

fn title(shown: &Shown<'_>, statistics: &Statistics) -> String {
    sentence(shown.language, "statistics-title", &[("month", &month(shown.language, statistics.cycle))])
}

/// The look of cells.
struct Look {
    title: Format,
    heading: Format,
    plain: Format,
    note: Format,
    loud: Format,
    head: Format,
    number: Format,
    text: Format,
    indented: Format,
    count: Format,
    money: Format,
    total_text: Format,
    total_count: Format,
    total_money: Format,
    wrapped: Format,
}

impl Look {
    fn new() -> Look {
        let base = || Format::new().set_font_name("宋体").set_font_size(10);
        let cell = || base().set_border(FormatBorder::Thin).set_border_color("#8A97A5");
        let total = || cell().set_bold().set_background_color("#EEF2F6");
        let (count, money) = ("#,##0_ ", "#,##0.00_ ;[Red]-#,##0.00_ ");
        Look {
            title: base().set_bold().set_font_size(16).set_align(FormatAlign::Center),
            heading: base().set_bold().set_font_size(12),
            plain: base().set_font_size(11),
            note: base().set_font_color("#526273"),
            loud: base()
                .set_bold()
                .set_font_size(12)
                .set_font_color("#FFFFFF")
                .set_background_color("#B00020"),
            head: total()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            number: cell().set_font_size(8).set_font_color("#526273").set_align(FormatAlign::Center),
            text: cell(),
            indented: cell().set_indent(1),
            count: cell().set_num_format(count),
            money: cell().set_num_format(money),
            total_text: total(),
            total_count: total().set_num_format(count),
            total_money: total().set_num_format(money),
            wrapped: cell().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// What a number cell holds. The format knows binary floats only; below 10¹⁵ hundredths the nearest one
/// prints as exactly these digits, and nothing is computed with it.
fn hundredths(value: i64) -> f64 {
    value as f64 / 100.0
}

/// Counts stay far below 2⁵³.
fn whole(count: u64) -> f64 {
    count as f64
}

fn letter(column: u16) -> String {
    rust_xlsxwriter::utility::column_number_to_name(column)
}

/// The form's columns of a period, in order, and their widths; the last is the month's alone.
const COLUMNS: [(&str, u16); 12] = [
    ("households", 8),
    ("persons", 9),
    ("entitled", 15),
    ("current", 15),
    ("arrears", 13),
    ("advance", 12),
    ("offset", 11),
    ("fresh", 16),
    ("wan", 14),
    ("reissued", 13),
    ("released", 16),
    ("per-person", 11),
];
/// Columns before them.
const LEFT: u16 = 2;
const LAST: u16 = LEFT + COLUMNS.len() as u16 - 1;

fn form(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    statistics: &Statistics,
) -> Result<(), XlsxError> {
    sheet.set_name(say(shown, "sheet-form"))?;
    sheet.merge_range(0, 0, 0, LAST, &title(shown, statistics), &look.title)?;
    sheet.set_row_height(0, 28)?;
    sheet.write_string_with_format(1, 0, format!("{}{}", say(shown, "by"), shown.bureau), &look.note)?;
    sheet.write_string_with_format(1, LAST - 3, say(shown, "units"), &look.note)?;
    if !statistics.foots() {
        sheet.merge_range(2, 0, 2, LAST, &say(shown, "does-not-foot"), &look.loud)?;
    } else if !statistics.missing.is_empty() {
        let months: Vec<String> = statistics.missing.iter().map(ToString::to_string).collect();
        let blanks = [("months", months.join("、"))];
        let blanks = blanks.each_ref().map(|(blank, months)| (*blank, months.as_str()));
        let text = sentence(shown.language, "statistics-missing", &blanks);
        sheet.merge_range(2, 0, 2, LAST, &text, &look.loud)?;
    }
    for (column, width) in (0..).zip([30, 10].into_iter().chain(COLUMNS.map(|(_, width)| width))) {
        sheet.set_column_width(column, f64::from(width))?;
    }
    // A programme whose roster does not say where is one row.
    let is_whole = |row: &Row| {
        row.area.is_none()
            && !statistics.rows.iter().any(|part| {
                part.programme == row.programme && part.area.is_some_and(|area| area != Area::Unstated)
            })
    };
    let rows: Vec<(&Row, bool)> = statistics
        .rows
        .iter()
        .filter(|row| {
            row.area.is_none()
                || !statistics.rows.iter().any(|total| total.programme == row.programme && is_whole(total))
        })
        .map(|row| (row, row.programme.is_some() && is_whole(row)))
        .collect();
    let mut at = 3;
    for (period, first_number) in [("this-month", 1), ("this-year", COLUMNS.len())] {
        at = block(sheet, look, shown, &rows, period, first_number + usize::from(period == "this-year"), at)?;
        if period == "this-month" {
            sheet.set_page_breaks(&[at])?;
        }
    }
    for note in ["note-relations", "note-once", "note-rounding", "note-people", "note-area"] {
        sheet.write_string_with_format(at, 0, say(shown, note), &look.note)?;
        at += 1;
    }
    for (column, code) in [(0, "sign-drafted"), (4, "sign-checked"), (7, "sign-approved"), (11, "sign-date")]
    {
        sheet.write_string_with_format(at + 1, column, sentence(shown.language, code, &[]), &look.plain)?;
    }
    paper(sheet);
    Ok(())
}

/// One period: its head, a row of column numbers, its rows. Returns the first free row, one left blank.
fn block(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    rows: &[(&Row, bool)],
    period: &str,
    first_number: usize,
    at: u32,
) -> Result<u32, XlsxError> {
    let is_year = period == "this-year";
    let columns = if is_year { &COLUMNS[..COLUMNS.len() - 1] } else { &COLUMNS[..] };
    sheet.write_string_with_format(at, 0, say(shown, period), &look.heading)?;
    for (column, code) in [(0, "programme"), (1, "area")] {
        sheet.write_string_with_format(at + 1, column, say(shown, code), &look.head)?;
    }
    for (column, number) in [(0, "甲"), (1, "乙")] {
        sheet.write_string_with_format(at + 2, column, number, &look.number)?;
    }
    for (place, (code, _)) in columns.iter().enumerate() {
        let column = LEFT + place as u16;
        let head = match (*code, is_year) {
            ("households" | "persons", true) => say(shown, &format!("{code}-times")),
            _ => say(shown, code),
        };
        sheet.write_string_with_format(at + 1, column, head, &look.head)?;
        let number = (first_number + place).to_string();
        sheet.write_string_with_format(at + 2, column, number, &look.number)?;
    }
    sheet.set_row_height(at + 1, 28)?;
    let first = at + 3;
    // Where each row stands in formulas, which count from 1.
    let number = |position: usize| first + position as u32 + 1;
    for (position, (row, whole)) in rows.iter().enumerate() {
        let parts: Vec<u32> = match (row.programme, row.area) {
            (None, _) => (0..rows.len())
                .filter(|part| rows[*part].0.programme.is_some() && rows[*part].0.area.is_none())
                .map(number)
                .collect(),
            (programme, None) => (position + 1..rows.len())
                .take_while(|part| rows[*part].0.programme == programme)
                .map(number)
                .collect(),
            _ => Vec::new(),
        };
        let at = first + position as u32;
        left(sheet, look, shown, row, *whole, at)?;
        let figures = if is_year { &row.year } else { &row.month };
        figures_of(sheet, look, row, figures, at, &parts)?;
        if !is_year {
            let format = if row.area.is_none() { &look.total_money } else { &look.money };
            match per_person(row.programme, figures) {
                Some(money) => sheet.write_number_with_format(at, LAST, hundredths(money.fen()), format)?,
                None => sheet.write_blank(at, LAST, format)?,
            };
        }
    }
    Ok(first + rows.len() as u32 + 1)
}

fn paper(sheet: &mut Worksheet) {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.3, 0.3, 0.5, 0.5, 0.3, 0.3);
    sheet.set_footer("&C&A  &P / &N");
}

fn left(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    row: &Row,
    whole: bool,
    at: u32,
) -> Result<(), XlsxError> {
    let format = if row.area.is_none() { &look.total_text } else { &look.text };
    match (row.programme, row.area) {
        (_, Some(area)) => {
            sheet.write_blank(at, 0, format)?;
            sheet.write_string_with_format(at, 1, say(shown, area.word()), &look.indented)?;
        }
        (programme, None) => {
            let name = programme
                .map_or_else(|| say(shown, "all"), |programme| guarded(shown.name(programme)).into_owned());
            sheet.write_string_with_format(at, 0, name, format)?;
            let area = if whole { "unstated" } else { "total" };
            sheet.write_string_with_format(at, 1, say(shown, area), format)?;
        }
    }
    Ok(())
}

/// The figures of one row: totals as sums of the rows they are made of, parts as relations between columns.
fn figures_of(
    sheet: &mut Worksheet,
    look: &Look,
    row: &Row,
    figures: &Figures,
    at: u32,
    parts: &[u32],
) -> Result<(), XlsxError> {
    let is_total = row.area.is_none();
    let (count, money) =
        if is_total { (&look.total_count, &look.total_money) } else { (&look.count, &look.money) };
    let counts = &figures.counts;
    let sum = |column: u16| -> String {
        let cells: Vec<String> = parts.iter().map(|part| format!("{}{part}", letter(column))).collect();
        format!("={}", cells.join("+"))
    };
    for (offset, value) in [(0, counts.households), (1, counts.persons)] {
        let column = LEFT + offset;
        if offset == 0 && !by_household(row.programme, &row.year.counts) {
            sheet.write_blank(at, column, count)?;
        } else if !parts.is_empty() {
            let formula = Formula::new(sum(column)).set_result(value.to_string());
            sheet.write_formula_with_format(at, column, formula, count)?;
        } else {
            sheet.write_number_with_format(at, column, whole(value), count)?;
        }
    }
    let plain = [
        (2, counts.entitled.fen()),
        (3, counts.current.fen()),
        (4, counts.arrears.fen()),
        (5, counts.advance.fen()),
        (6, counts.offset.fen()),
        (8, figures.fresh.0),
        (9, counts.reissued.fen()),
    ];
    for (offset, value) in plain {
        let column = LEFT + offset;
        if !parts.is_empty() {
            let formula = Formula::new(sum(column)).set_result(TenThousands(value).to_string());
            sheet.write_formula_with_format(at, column, formula, money)?;
        } else {
            sheet.write_number_with_format(at, column, hundredths(value), money)?;
        }
    }
    let cell = |offset: u16| format!("{}{}", letter(LEFT + offset), at + 1);
    let related = [
        (7, format!("={}+{}+{}-{}", cell(3), cell(4), cell(5), cell(6)), counts.fresh()),
        (10, format!("={}+{}", cell(7), cell(9)), counts.paid),
    ];
    for (offset, formula, value) in related {
        let formula = Formula::new(formula).set_result(value.to_string());
        sheet.write_formula_with_format(at, LEFT + offset, formula, money)?;
    }
    Ok(())
}

/// A plain table below a title.
struct Table<'s> {
    sheet: &'s mut Worksheet,
    look: &'s Look,
    at: u32,
}

enum Cell {
    Text(String),
    Count(u64),
    Money(Money),
    Empty,
}

impl<'s> Table<'s> {
    fn begin(
        sheet: &'s mut Worksheet,
        look: &'s Look,
        name: &str,
        title: &str,
        columns: &[(String, u16)],
    ) -> Result<Table<'s>, XlsxError> {
        sheet.set_name(name)?;
        sheet.write_string_with_format(
            0,
            0,
            format!("{title} {name}"),
            &look.title.clone().set_align(FormatAlign::Left),
        )?;
        for (column, (head, width)) in (0..).zip(columns) {
            sheet.write_string_with_format(1, column, head, &look.head)?;
            sheet.set_column_width(column, f64::from(*width))?;
        }
        sheet.set_freeze_panes(2, 0)?.set_repeat_rows(0, 1)?;
        paper(sheet);
        Ok(Table { sheet, look, at: 2 })
    }

    fn row(&mut self, cells: Vec<Cell>) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => self.sheet.write_string_with_format(
                    self.at,
                    column,
                    guarded(&text),
                    &self.look.wrapped,
                )?,
                Cell::Count(count) => {
                    self.sheet.write_number_with_format(self.at, column, whole(count), &self.look.count)?
                }
                Cell::Money(money) => self.sheet.write_number_with_format(
                    self.at,
                    column,
                    hundredths(money.fen()),
                    &self.look.money,
                )?,
                Cell::Empty => self.sheet.write_blank(self.at, column, &self.look.text)?,
            };
        }
        self.at += 1;
        Ok(())
    }

    fn end(self, columns: usize) -> Result<(), XlsxError> {
        if self.at > 2 {
            self.sheet.autofilter(1, 0, self.at - 1, columns as u16 - 1)?;
        }
        Ok(())
    }
}

fn townships(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    statistics: &Statistics,
) -> Result<(), XlsxError> {
    let mut columns =
        vec![(say(shown, "programme"), 27), (say(shown, "township"), 24), (say(shown, "area"), 10)];
    for period in ["this-month", "this-year"] {
        for (code, width) in
            [("households", 8), ("persons", 8), ("fresh", 14), ("reissued", 12), ("released", 14)]
        {
            columns.push((format!("{}{}", say(shown, period), say(shown, code)), width));
        }
    }
    let title = title(shown, statistics);
    let mut table = Table::begin(sheet, look, &say(shown, "sheet-townships"), &title, &columns)?;
    for row in &statistics.townships {
        let name = if row.name.is_empty() { say(shown, "no-township") } else { row.name.to_string() };
        let mut cells = vec![
            Cell::Text(shown.name(row.programme).to_owned()),
            Cell::Text(name),
            Cell::Text(say(shown, row.area.word())),
        ];
        for counts in [&row.month, &row.year] {
            let household = by_household(Some(row.programme), &row.year);
            cells.push(if household { Cell::Count(counts.households) } else { Cell::Empty });
            cells.push(Cell::Count(counts.persons));
            cells.extend([counts.fresh(), counts.reissued, counts.paid].map(Cell::Money));
        }
        table.row(cells)?;
    }
    table.end(columns.len())
}

fn standings(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    statistics: &Statistics,
) -> Result<(), XlsxError> {
    let mut columns = vec![(say(shown, "programme"), 27), (say(shown, "period"), 10)];
    columns.push((say(shown, "released"), 15));
    for state in PaymentState::ALL {
        columns.push((say(shown, &format!("state-{}", state.word())), 15));
        columns.push((say(shown, "payments"), 9));
    }
    let title = title(shown, statistics);
    let mut table = Table::begin(sheet, look, &say(shown, "sheet-standings"), &title, &columns)?;
    for row in &statistics.standings {
        for (period, tallies) in [("this-month", &row.month), ("this-year", &row.year)] {
            let all = tallies.iter().fold(Tally::default(), |sum, tally| sum + *tally);
            let mut cells = vec![
                Cell::Text(shown.name(row.programme).to_owned()),
                Cell::Text(say(shown, period)),
                Cell::Money(all.money),
            ];
            for tally in tallies {
                cells.push(Cell::Money(tally.money));
                cells.push(Cell::Count(tally.count));
            }
            table.row(cells)?;
        }
    }
    table.end(columns.len())
}

fn checks(
    sheet: &mut Worksheet,
    look: &Look,
    shown: &Shown<'_>,
    statistics: &Statistics,
) -> Result<(), XlsxError> {
    let columns = vec![
        (say(shown, "check"), 60),
        (say(shown, "compared"), 10),
        (say(shown, "holds"), 10),
        (say(shown, "place"), 30),
        (say(shown, "left"), 18),
        (say(shown, "right"), 18),
    ];
    let title = title(shown, statistics);
    let mut table = Table::begin(sheet, look, &say(shown, "sheet-checks"), &title, &columns)?;
    for check in &statistics.checks {
        let first = |word: &str| {
            vec![
                Cell::Text(meaning(shown, check.code)),
                Cell::Count(check.compared),
                Cell::Text(say(shown, word)),
            ]
        };
        if check.failed.is_empty() {
            table.row(first("yes").into_iter().chain([Cell::Empty, Cell::Empty, Cell::Empty]).collect())?;
        }
        for (place, left, right) in &check.failed {
            let found = [place.as_str(), left, right].map(|text| Cell::Text(text.to_owned()));
            table.row(first("no").into_iter().chain(found).collect())?;
        }
    }
    table.end(columns.len())
}
