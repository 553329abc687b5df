//! Cells that no field reads: under no header, beside the table, in a column of remarks. Nothing is read from them,
//! but nothing that stands there is passed over in silence either (READING 4, 8, 21).

use rustc_hash::FxHashMap;

use super::claim::{Cell as Read, Claim, RowStatus};
use super::exports::member_columns;
use super::header::Header;
use super::values::Trouble;
use super::values::identity::cleaned;
use super::values::texts::squeezed;
use crate::domain::{Finding, ResidentId, Severity, Text};
use crate::formats::{Cell, Row};
use crate::policy::{Canonical, Helper};

/// More cells of one column than this are said by their number.
const MOST_CELLS: usize = 20;

/// Words of a remark that says somebody is paid no more.
const ENDS: [&str; 13] = [
    "死亡",
    "去世",
    "病故",
    "亡故",
    "已故",
    "过世",
    "停发",
    "停止发放",
    "停止享受",
    "不再享受",
    "注销",
    "取消",
    "迁出",
];

/// Whom else a remark may be about, said before it.
const OTHERS: [&str; 11] = ["父", "母", "夫", "妻", "配偶", "老伴", "儿子", "女儿", "子女", "爱人", "家属"];

/// What takes it back, or is about something else.
const TAKEN_BACK: [&str; 6] = ["未", "非", "不停发", "恢复", "抚恤", "丧葬"];

/// Which columns of a table no field reads.
#[derive(Debug, Clone)]
pub struct Unread {
    /// By column, whether a header names it, or the column of members to its left holds it too.
    named: Vec<bool>,
    /// Whether all of those are.
    whole: bool,
    /// Named columns that nothing reads.
    remarks: Vec<usize>,
    /// The column of names.
    name: Option<usize>,
}

/// What stands in such a cell.
#[derive(Debug)]
pub struct Stray {
    /// Its column.
    pub index: usize,
    /// How it bears on the data.
    pub severity: Severity,
    /// What to say of it.
    pub trouble: Trouble,
    /// Somebody else than the row's own person.
    pub person: Option<ResidentId>,
}

impl Unread {
    /// Of a header.
    pub fn new(header: &Header) -> Unread {
        let width = header.columns.iter().map(|column| column.index + 1).max().unwrap_or(0);
        let mut named = vec![false; width];
        header.columns.iter().for_each(|column| named[column.index] = true);
        for helper in [Helper::MemberIds, Helper::MemberNames] {
            for index in member_columns(header, helper) {
                named.resize(named.len().max(index + 1), false);
                named[index] = true;
            }
        }
        let known = [header.birth, header.serial];
        let remarks = header
            .columns
            .iter()
            .filter(|column| column.field.is_none() && column.helper.is_none())
            .filter(|column| !known.contains(&Some(column.index)))
            .filter(|column| !super::fix_lists::is_own_column(&column.written))
            .map(|column| column.index)
            .collect();
        let name = header.column(Canonical::Name.id()).map(|column| column.index);
        Unread { whole: named.iter().all(|named| *named), named, remarks, name }
    }

    /// The named columns that nothing reads.
    pub fn remarks(&self) -> &[usize] {
        &self.remarks
    }

    /// What a row that is read holds besides.
    pub fn look(&self, row: &Row<'_, '_>, claim: &Claim, latest: crate::domain::Month) -> Vec<Stray> {
        let mut strays = Vec::new();
        let pays = claim.rejected.is_none()
            && claim.status == Some(RowStatus::Active)
            && claim.last_month == Read::Empty;
        if pays {
            for index in &self.remarks {
                let Some(Cell::Text(text)) = row.cells.get(*index) else { continue };
                if says_ended(text) {
                    strays.push(Stray::warning(*index, Trouble::written("remark-says-ended", text)));
                }
            }
            // 张三（已故）: the brackets are kept with the name, and what they say is said.
            let bracketed = claim.name.bytes().any(|byte| matches!(byte, b'(' | b'[' | 0xEF));
            if let (true, Some(index)) = (bracketed, self.name)
                && let Some((_, remark)) = claim.name.split_once(['(', '（', '['])
                && says_ended(remark)
            {
                strays.push(Stray::warning(index, Trouble::written("remark-says-ended", &claim.name)));
            }
        }
        if self.whole && row.cells.len() <= self.named.len() {
            return strays;
        }
        let first = self.named.iter().position(|named| *named).unwrap_or(0);
        for (index, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            if self.named.get(index) == Some(&true) {
                continue;
            }
            let shown = cell.shown();
            let number = cleaned(&shown);
            // A running number needs no header.
            if index < first && number.bytes().all(|byte| byte.is_ascii_digit()) && number.len() < 7 {
                continue;
            }
            let person = ResidentId::parse(&number, latest).ok();
            let own = person.is_some() && person == claim.resident;
            strays.push(if (person.is_some() || is_number_of_somebody(&number)) && !own {
                let trouble = Trouble::written("person-beside-table", &beside(row, index));
                Stray { index, severity: Severity::Error, trouble, person }
            } else if pays && says_ended(&shown) {
                Stray::warning(index, Trouble::written("remark-says-ended", &shown))
            } else {
                Stray::warning(index, Trouble::written("cell-without-header", &shown))
            });
        }
        // What stands around a person beside the table is that person's.
        if strays.iter().any(|stray| stray.severity == Severity::Error) {
            strays.retain(|stray| stray.trouble.code != "cell-without-header");
        }
        strays
    }
}

impl Stray {
    fn warning(index: usize, trouble: Trouble) -> Stray {
        Stray { index, severity: Severity::Warning, trouble, person: None }
    }
}

/// Whether a text has the form of an identity number: eighteen signs, of which the seventh to fourteenth are a day. An
/// account number has other digits there.
fn is_number_of_somebody(text: &str) -> bool {
    let day = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    text.chars().count() == 18
        && text.get(..6).is_some_and(|area| area.bytes().all(|byte| byte.is_ascii_digit()))
        && day(6, 10).is_some_and(|year| (1900..2100).contains(&year))
        && day(10, 12).is_some_and(|month| (1..=12).contains(&month))
        && day(12, 14).is_some_and(|day| (1..=31).contains(&day))
}

/// The cell before a number of somebody beside the table, where the name stands, else the one after it.
fn beside(row: &Row<'_, '_>, index: usize) -> String {
    let text = |index: Option<usize>| {
        let cell = row.cells.get(index?)?;
        (!cell.is_blank()).then(|| squeezed(&cell.shown()).into_owned())
    };
    text(index.checked_sub(1)).or_else(|| text(Some(index + 1))).unwrap_or_default()
}

/// Whether a remark says of the row's own person that payments have ended.
pub fn says_ended(remark: &str) -> bool {
    let text = squeezed(remark);
    let Some(at) = ENDS.iter().filter_map(|word| text.find(word)).min() else { return false };
    let others = OTHERS.iter().any(|word| text[..at].contains(word));
    let taken_back = TAKEN_BACK.iter().any(|word| text.contains(word));
    !others && !taken_back && text.chars().count() <= 40
}

/// One finding for each column under no header that is filled in many rows, in place of one for each cell.
pub fn by_column(findings: &mut Vec<Finding>) {
    let column = |finding: &Finding| {
        (finding.code == "cell-without-header")
            .then(|| (finding.place.sheet.clone(), finding.place.column.clone()))
    };
    let mut counts: FxHashMap<(Text, Text), usize> = FxHashMap::default();
    findings.iter().filter_map(column).for_each(|place| *counts.entry(place).or_default() += 1);
    counts.retain(|_, count| *count > MOST_CELLS);
    if counts.is_empty() {
        return;
    }
    findings.retain_mut(|finding| {
        let Some(place) = column(finding).filter(|place| counts.contains_key(place)) else { return true };
        // The first of them stands for all.
        match std::mem::take(counts.entry(place).or_default()) {
            0 => false,
            count => {
                finding.code = "column-without-header";
                finding.arguments.push(("count", count.to_string().as_str().into()));
                finding.resident = None;
                finding.name = Text::default();
                true
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_about_the_person_and_one_about_somebody_else() {
        for remark in [
            "已死亡，停发",
            "死亡",
            "2023年1月去世",
            "停 发",
            "已注销户口",
            "去世，已告知其女儿",
            "户口迁出本区",
        ] {
            assert!(says_ended(remark), "{remark}");
        }
        for remark in ["配偶去世", "父死亡母失联", "未死亡", "恢复发放（原停发）", "独居", "", "无"]
        {
            assert!(!says_ended(remark), "{remark}");
        }
    }
}
