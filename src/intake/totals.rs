//! Declared totals against the rows (READING 18), and units that cannot be right (READING 14).

use rust_decimal::Decimal;

use super::fields::Fields;
use super::header::{self, Header};
use super::layout::{Class, TotalOver, classify, without_total_word};
use super::rows::Stand;
use super::values::amounts::{Unit, Units, read_amount};
use super::values::texts::squeezed;
use crate::domain::{Finding, Severity, Text};
use crate::formats::{Cell, Row, Sheet, Span};
use crate::policy::{Canonical, FieldKind};

/// A total row, or a header that begins a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    row: u32,
    start: usize,
    end: usize,
    /// `None`: only the border of a block.
    over: Option<TotalOver>,
    /// What the border is.
    border: Border,
    cells: Vec<(usize, Text)>,
}

/// What begins a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Border {
    /// Nothing: the row is a total.
    #[default]
    Total,
    /// A header again.
    Header,
    /// The title of a section; whether it refuses.
    Section(bool),
}

impl Total {
    /// Keeps a total row until all rows are read.
    pub fn of(row: &Row<'_, '_>, over: TotalOver) -> Total {
        let filled = row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank());
        let cells = filled.map(|(index, cell)| (index, squeezed(&cell.shown()).as_ref().into())).collect();
        Total {
            row: row.number,
            start: row.span.start,
            end: row.span.end,
            over: Some(over),
            border: Border::Total,
            cells,
        }
    }

    /// A header again or a section's title, from its first row to `end`: a block begins.
    pub fn border(row: &Row<'_, '_>, end: usize, border: Border) -> Total {
        Total { row: row.number, start: row.span.start, end, over: None, border, cells: Vec::new() }
    }
}

/// Money columns in 万元 whose filled cells are all whole numbers from 100 on, or noughts.
pub fn implausible_columns(sheet: &Sheet<'_>, rest: Span, header: &Header, fields: Fields<'_>) -> Vec<usize> {
    let mut columns: Vec<(usize, bool, bool)> = header
        .columns
        .iter()
        .filter(|column| {
            let money =
                column.field.is_some_and(|field| fields.rulebook.field(field).kind == FieldKind::Money);
            let units = header.units(column);
            money && units.header.or(units.row).is_some_and(Unit::is_ten_thousand)
        })
        .map(|column| (column.index, false, true))
        .collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let mut rows = sheet.rows(rest);
    while let Some(row) = rows.next_row() {
        let data = classify(&row, header, Canonical::ResidentId.id(), false) == Class::Data;
        if !data || header::is_number_row(&row) {
            continue;
        }
        for (index, any, whole) in &mut columns {
            let Some(cell) = row.cells.get(*index).filter(|cell| !cell.is_blank()) else { continue };
            let Some(number) = figure(cell) else { continue };
            // A nought is one in any unit.
            *any |= !number.is_zero();
            *whole &= number.is_zero() || number.fract().is_zero() && number >= Decimal::ONE_HUNDRED;
        }
    }
    columns.into_iter().filter(|(_, any, whole)| *any && *whole).map(|(index, _, _)| index).collect()
}

/// Of several columns of one field, those in which nothing stands below the header are no second
/// column (READING 9): exports carry them empty.
pub fn drop_blank_doubles(sheet: &Sheet<'_>, rest: Span, header: &mut Header) {
    let doubled = |header: &Header, field| header.columns_of(field).count() > 1;
    let mut blank: Vec<usize> = header
        .columns
        .iter()
        .filter(|column| column.field.is_some_and(|field| doubled(header, field)))
        .map(|column| column.index)
        .collect();
    if blank.is_empty() {
        return;
    }
    let mut rows = sheet.rows(rest);
    while let (Some(row), false) = (rows.next_row(), blank.is_empty()) {
        blank.retain(|index| row.cells.get(*index).is_none_or(Cell::is_blank));
    }
    for index in blank {
        let field =
            header.columns.iter().find(|column| column.index == index).and_then(|column| column.field);
        if field.is_some_and(|field| doubled(header, field)) {
            header
                .columns
                .iter_mut()
                .filter(|column| column.index == index)
                .for_each(|column| column.field = None);
        }
    }
}

/// A plain number as written, thousands separators off.
fn figure(cell: &Cell<'_>) -> Option<Decimal> {
    let shown = cell.shown();
    let text = squeezed(&shown);
    Decimal::from_str_exact(&text.replace(',', "")).ok()
}

/// What one block sums to.
#[derive(Debug, Clone, Default)]
struct Sums {
    rows: u64,
    households: std::collections::BTreeSet<Text>,
    /// By column: the sum, and whether any row holds a number there.
    columns: Vec<(Decimal, bool)>,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.rows += other.rows;
        self.households.extend(other.households.iter().cloned());
        if self.columns.len() < other.columns.len() {
            self.columns.resize(other.columns.len(), (Decimal::ZERO, false));
        }
        for (sum, more) in self.columns.iter_mut().zip(&other.columns) {
            sum.0 = sum.0.checked_add(more.0).unwrap_or(sum.0);
            sum.1 |= more.1;
        }
    }
}

/// Compares every total with its rows, by reading the rows a second time (only sheets that declare
/// totals pay for it). `headers` are those that mean different things, in order; where one gives way to
/// the next, sums begin again.
pub fn compare(
    sheet: &Sheet<'_>,
    rest: Span,
    headers: &[&Header],
    fields: Fields<'_>,
    stand: Stand<'_>,
    totals: &[Total],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let [mut header, ref later @ ..] = *headers else { return findings };
    let mut later = later.iter();
    let mut next_header = later.next();
    let mut block = Sums::default();
    let mut since_total = Sums::default();
    // The rows that are claims, since the last 合计 and in all: a total may leave out what is refused.
    let (mut claims, mut all_claims) = (Sums::default(), Sums::default());
    let mut refused = false;
    let mut since_grand = Sums::default();
    let mut everything = Sums::default();
    let mut next = 0;
    let mut skip_until = 0;
    let mut ended = false;
    let mut rows = sheet.rows(rest);
    loop {
        let row = rows.next_row();
        let reached = row.as_ref().map_or(usize::MAX, |row| row.span.start);
        while let Some(total) = totals.get(next).filter(|total| total.start <= reached) {
            next += 1;
            skip_until = total.end;
            since_total.add(&block);
            since_grand.add(&block);
            everything.add(&block);
            if !refused {
                claims.add(&block);
                all_claims.add(&block);
            }
            match total.over {
                Some(TotalOver::Block) => {
                    judge(total, &[&block, &since_total], header, fields, stand, &mut findings);
                    since_total = Sums::default();
                }
                Some(TotalOver::All) => {
                    let candidates = [&since_grand, &everything, &claims, &all_claims];
                    judge(total, &candidates, header, fields, stand, &mut findings);
                    claims = Sums::default();
                    since_total = Sums::default();
                    since_grand = Sums::default();
                    ended = true;
                }
                None => {
                    ended &= total.border != Border::Header;
                    if let Border::Section(refuses) = total.border {
                        refused = refuses;
                    }
                    if let Some(changed) = next_header.filter(|changed| changed.row == total.row) {
                        header = changed;
                        next_header = later.next();
                        since_total = Sums::default();
                        since_grand = Sums::default();
                        everything = Sums::default();
                        claims = Sums::default();
                        all_claims = Sums::default();
                    }
                }
            }
            block = Sums::default();
        }
        let Some(row) = row else { break };
        if row.span.start < skip_until {
            continue;
        }
        if classify(&row, header, Canonical::ResidentId.id(), ended) == Class::Data
            && !header::is_number_row(&row)
        {
            count_row(&row, header, fields, &mut block);
        }
    }
    findings
}

fn count_row(row: &Row<'_, '_>, header: &Header, fields: Fields<'_>, block: &mut Sums) {
    block.rows += 1;
    if let Some(column) = header.column(Canonical::HouseholdId.id())
        && let Some(cell) = row.cells.get(column.index).filter(|cell| !cell.is_blank())
    {
        block.households.insert(squeezed(&cell.shown()).as_ref().into());
    }
    if block.columns.len() < row.cells.len() {
        block.columns.resize(row.cells.len(), (Decimal::ZERO, false));
    }
    for (index, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
        if !sums_up(index, header, fields) {
            continue;
        }
        let number = figure(cell).or_else(|| {
            let read = read_amount(cell, Units::default(), &mut Vec::new());
            read.ok().flatten().map(|amount| amount.yuan())
        });
        if let Some(number) = number {
            let (sum, any) = &mut block.columns[index];
            *sum = sum.checked_add(number).unwrap_or(*sum);
            *any = true;
        }
    }
}

/// Whether numbers of a column may be added: money, whole numbers, and columns of no field.
fn sums_up(index: usize, header: &Header, fields: Fields<'_>) -> bool {
    if header.serial == Some(index) || header.birth == Some(index) {
        return false;
    }
    match header.columns.iter().find(|column| column.index == index).and_then(|column| column.field) {
        None => true,
        Some(field) if field == Canonical::DeclaredAmount.id() => true,
        Some(field) => {
            matches!(fields.rulebook.field(field).kind, FieldKind::Money | FieldKind::Integer { .. })
        }
    }
}

fn judge(
    total: &Total,
    candidates: &[&Sums],
    header: &Header,
    fields: Fields<'_>,
    stand: Stand<'_>,
    findings: &mut Vec<Finding>,
) {
    let mut say = |code: &'static str, severity: Severity, index: usize, declared: &str, counted: &str| {
        findings.push(
            Finding::new(code, severity, stand.place(total.row, header.label(index)))
                .with("declared", declared)
                .with("counted", counted),
        );
    };
    for (index, text) in &total.cells {
        if let Some((declared, of_households)) = count_in(text) {
            let counted = |sums: &Sums| if of_households { sums.households.len() as u64 } else { sums.rows };
            let agrees = candidates.iter().any(|sums| counted(sums) == declared);
            if of_households && candidates.iter().all(|sums| sums.households.is_empty()) {
                say("total-unplaced", Severity::Info, *index, text, "");
            } else if agrees {
                say("total-agrees", Severity::Info, *index, text, &declared.to_string());
            } else {
                say("total-differs", Severity::Warning, *index, text, &counted(candidates[0]).to_string());
            }
            // `合计:12人1100元`: the money stands under no column of its own.
            if let Some(declared) = money_behind_count(text)
                && !candidates
                    .iter()
                    .any(|sums| sums.columns.iter().any(|(sum, any)| *any && *sum == declared))
            {
                say("total-unplaced", Severity::Warning, *index, text, "");
            }
            continue;
        }
        let in_units = || declared_amount(text, header, *index);
        let Some(declared) = declared_figure(text).or_else(in_units) else { continue };
        let counted =
            |sums: &Sums| sums.columns.get(*index).filter(|(_, any)| *any).map(|(sum, _)| sum.normalize());
        let sums: Vec<Option<Decimal>> = candidates.iter().map(|sums| counted(sums)).collect();
        let known = sums_up(*index, header, fields)
            && header.columns.iter().any(|column| column.index == *index)
            && sums.iter().any(Option::is_some);
        if !known {
            let rows: Vec<u64> = candidates.iter().map(|sums| sums.rows).collect();
            if rows.iter().any(|rows| Decimal::from(*rows) == declared) {
                say("total-agrees", Severity::Info, *index, text, &declared.to_string());
            } else {
                say("total-unplaced", Severity::Warning, *index, text, "");
            }
        } else if sums.iter().flatten().any(|sum| *sum == declared) {
            say("total-agrees", Severity::Info, *index, text, &declared.to_string());
        } else {
            let counted = sums.iter().flatten().next().map_or(String::new(), ToString::to_string);
            say("total-differs", Severity::Warning, *index, text, &counted);
        }
    }
}

/// `12人`, `共12户`, `合计：12人`.
fn count_in(text: &str) -> Option<(u64, bool)> {
    let unit = text.chars().find(|character| matches!(character, '人' | '户' | '名' | '条' | '笔'))?;
    let before = text.split(unit).next()?;
    let digits: String =
        before.chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().into_iter().rev().collect();
    let number = digits.parse().ok()?;
    Some((number, unit == '户'))
}

/// The money that a label says after its count: `12人1100元`, `12人,计1,100.00元`.
fn money_behind_count(text: &str) -> Option<Decimal> {
    let (_, rest) = text.split_once(['人', '户', '名', '条', '笔'])?;
    let (before, _) = rest.split_once('元')?;
    let digits = before.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    Decimal::from_str_exact(&digits.replace(',', "")).ok().map(|number| number.normalize())
}

/// `12.485万元`: in the unit of the column.
fn declared_amount(text: &str, header: &Header, index: usize) -> Option<Decimal> {
    let bare = without_total_word(text.rsplit(':').next().unwrap_or(text)).trim_end_matches(')');
    let amount = read_amount(&Cell::Text(bare.into()), Units::default(), &mut Vec::new()).ok()??.yuan();
    let column = header.columns.iter().find(|column| column.index == index);
    let units = column.map_or_else(Units::default, |column| header.units(column));
    let scale = if units.header.or(units.row).is_some_and(Unit::is_ten_thousand) { 10_000 } else { 1 };
    amount.checked_div(Decimal::from(scale)).map(|amount| amount.normalize())
}

fn declared_figure(text: &str) -> Option<Decimal> {
    let bare = text.trim_start_matches(['¥', '￥']).trim_end_matches('元');
    let bare = without_total_word(bare.rsplit(':').next().unwrap_or(bare));
    Decimal::from_str_exact(&bare.replace(',', "")).ok().map(|number| number.normalize())
}
