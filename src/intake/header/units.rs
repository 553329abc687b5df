//! Rows about a header: the unit of its amounts, above it or below it (READING 14), and the numbers of its columns.

use super::Kept;
use crate::formats::Row;
use crate::intake::values::amounts::Unit;
use crate::intake::values::texts::squeezed;

/// `单位：元`, `金额单位：万元`, `单位:人、元`, also among other things (`填报单位：… 单位：元 日期：…`) in a row
/// above the header.
pub fn unit_row(row: &Kept) -> Option<Unit> {
    let of = |named: &str| {
        let named = named.trim_start_matches(':').trim_end_matches([')', '。']);
        Unit::of_list(named.split(['、', ',', '，', ';', '；', '和', '或']).filter_map(Unit::named))
            .or_else(|| named.split('/').find_map(Unit::named))
    };
    row.filled().find_map(|text| {
        let spaced: String = text.chars().map(crate::domain::fold_width).collect();
        let word = |rest: &str| of(rest.split_whitespace().next().unwrap_or(""));
        let whole = squeezed(text);
        whole
            .split("单位")
            .skip(1)
            .find_map(of)
            .or_else(|| {
                spaced.split("单位").skip(1).map(|rest| rest.trim_start_matches([' ', ':'])).find_map(word)
            })
            .or_else(|| bracketed(&whole))
    })
}

/// The unit that stands alone in brackets in a title: `…发放表（万元）`.
fn bracketed(squeezed: &str) -> Option<Unit> {
    let inner = squeezed.split(['(', '[', '【', '〔']).skip(1);
    Unit::of_list(inner.filter_map(|rest| Unit::named(rest.split([')', ']', '】', '〕']).next()?)))
}

/// What other columns than those of money count.
const COUNTED: [&str; 10] = ["人", "户", "个", "名", "次", "岁", "周岁", "人次", "年", "月"];

/// The units of a row under a header that holds nothing but units, with their columns; units of other things than
/// money are passed over.
pub fn units_below(row: &Row<'_, '_>) -> Option<Vec<(usize, Unit)>> {
    let mut units = Vec::new();
    for (index, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
        let shown = cell.shown();
        let text = squeezed(&shown);
        let bare = text.trim_matches(['(', ')', '[', ']', '【', '】']);
        let bare = bare.strip_prefix("单位").map_or(bare, |rest| rest.trim_start_matches(':'));
        match Unit::named(bare) {
            Some(unit) => units.push((index, unit)),
            None if COUNTED.contains(&bare) => {}
            None => return None,
        }
    }
    (!units.is_empty()).then_some(units)
}

/// A row of column numbers (1 2 3 …, perhaps with gaps) or letters (甲 乙 …) under a header: whole small
/// numbers that rise from 1, single letters.
pub fn is_number_row(row: &Row<'_, '_>) -> bool {
    let mut before = 0;
    let mut count = 0;
    for cell in row.cells.iter().filter(|cell| !cell.is_blank()) {
        let shown = cell.shown();
        let text = squeezed(&shown);
        let text = text.trim_matches(['(', ')', '[', ']']);
        let text = text.split(['=', '+']).next().unwrap_or("");
        let mut signs = text.chars();
        if let (Some('甲' | '乙' | '丙' | '丁' | '戊' | '己' | '庚' | '辛' | 'A'..='Z'), None) =
            (signs.next(), signs.next())
        {
            count += 1;
            continue;
        }
        if text.is_empty() || text.len() > 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let number: u32 = text.parse().unwrap_or(0);
        if number <= before || before == 0 && number != 1 {
            return false;
        }
        before = number;
        count += 1;
    }
    count >= 3
}
