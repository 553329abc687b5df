//! What a row below a header is: a data row, a header again, a total, a section title, a note
//! (READING 5, 7, 8). In doubt it is a data row: a row is never passed over because it looks odd.
//!
//! `titles` knows the words of titles: which refuse, which grant; `people` what only somebody's row holds.

mod people;
mod titles;

pub use titles::{grants, is_title_of_list, name_refuses, refusing_above};

use self::people::{is_named_like_total, is_of_list};
use self::titles::{REFUSES, SECTIONS, is_beside_title, is_titled, refuses, without_ordinal};
use super::header::{Header, Kept};
use super::values::identity::cleaned;
use super::values::texts::squeezed;
use crate::domain::Text;
use crate::formats::{Cell, Row};
use crate::policy::{Canonical, FieldId};

/// What a total is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalOver {
    /// 小计: the rows since the last total or header.
    Block,
    /// 合计, 总计: all rows since the last 合计.
    All,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Somebody's row.
    Data,
    /// Nothing in it.
    Blank,
    /// A row number prepared for a row that was not written.
    NumberOnly,
    /// A total.
    Total(TotalOver),
    /// A title over the rows below; whether it refuses (不予…, 停发…, 取消…).
    Section {
        /// Its words.
        title: Text,
        /// Whether the rows below are no claims.
        refuses: bool,
        /// It is the title of a list (…名单, …明细表 of a month), not of a part of one.
        list: bool,
    },
    /// Signatures, explanations.
    Note(Text),
    /// Below the last total, and neither a note nor somebody's for certain.
    Unclear(Text),
}

const GRAND: [&str; 8] = ["合计", "总计", "共计", "总合计", "累计", "总数", "total", "总和"];
const SUB: [&str; 6] = ["小计", "本页小计", "本页合计", "页计", "subtotal", "分计"];
const NOTES: [&str; 30] = [
    "以上",
    "大写",
    "人民币",
    "金额大写",
    "制表",
    "填表",
    "填报",
    "审核",
    "复核",
    "经办",
    "负责",
    "单位",
    "主管",
    "签字",
    "签章",
    "盖章",
    "日期",
    "联系",
    "注",
    "备注",
    "说明",
    "报表",
    "领导",
    "分管",
    "民政",
    "上报",
    "公示",
    "监督",
    "电话",
    "统计",
];
/// Classes a row under a header. `identity` is the field that makes it somebody's; `ended`: a total over
/// all rows stands above, after which only rows of somebody are rows (READING 8): rows with an
/// identity number, or with a name and as many filled fields as only a row of the list has.
pub fn classify(row: &Row<'_, '_>, header: &Header, identity: FieldId, ended: bool) -> Class {
    let identity_column = header.column(identity).map(|column| column.index);
    let identity_cell = identity_column.and_then(|index| row.cells.get(index));
    if let Some(cell) = identity_cell {
        match cell {
            Cell::Text(text) if text.len() == 18 && text.as_bytes()[0].is_ascii_digit() => {
                return Class::Data;
            }
            Cell::Number(number) if number.digits.len() >= 15 => return Class::Data,
            _ => {}
        }
    }
    let filled: Vec<(usize, Text)> = row
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.is_blank())
        .map(|(index, cell)| (index, squeezed(&cell.shown()).as_ref().into()))
        .collect();
    let Some((first_index, first)) = filled.first() else { return Class::Blank };
    let totals = filled.iter().take(2).find_map(|(index, text)| {
        let over = total(text)?;
        (begins_as_total(text) || !is_named_like_total(*index, &filled, header)).then_some(over)
    });
    // A total may have slipped under the identity numbers; it is no person for that.
    let slipped = |shown: &str| totals.is_some() && cleaned(shown).chars().count() < 15;
    if identity_cell.is_some_and(|cell| looks_like_identity(&cell.shown()) && !slipped(&cell.shown())) {
        return Class::Data;
    }
    if filled.iter().all(|(index, text)| header.serial == Some(*index) && is_figure(text)) {
        return Class::NumberOnly;
    }
    if let Some(over) = totals {
        return Class::Total(over);
    }
    if filled.iter().all(|(_, text)| text == first) {
        return lone(*first_index, first, filled.len() > 1, header, identity);
    }
    if is_titled(first)
        && refuses(first)
        && filled.iter().skip(1).all(|(_, text)| text == first || is_beside_title(text))
    {
        return Class::Section { title: first.clone(), refuses: true, list: is_title_of_list(first) };
    }
    let is_label = |text: &Text| {
        text.contains(':') || text.chars().all(|c| c.is_ascii_digit() || "年月日-/.".contains(c))
    };
    let signed = NOTES.iter().any(|word| first.starts_with(word)) && first.contains(':');
    if signed && filled.iter().filter(|(_, text)| !is_label(text)).count() <= filled.len() / 2 {
        return Class::Note(first.clone());
    }
    if ended && !is_of_list(&filled, header) {
        return if is_labelled(&filled) {
            Class::Note(first.clone())
        } else {
            Class::Unclear(joined(&filled))
        };
    }
    Class::Data
}

/// The cells of a row in one text.
fn joined(filled: &[(usize, Text)]) -> Text {
    filled.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ").into()
}

/// Whether a cell of a row is the label of another (制表人:), or one text says all.
fn is_labelled(filled: &[(usize, Text)]) -> bool {
    let label = |text: &Text| text.contains(':') || NOTES.iter().any(|word| text.starts_with(word));
    filled.len() < 2 || filled.iter().any(|(_, text)| label(text))
}

/// Whether a text is a total by its first word: 合计, 小计:12人.
fn begins_as_total(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.trim_start_matches([':', '(', '*', '-', '—', ' ']);
    SUB.iter().chain(&GRAND).any(|word| text.starts_with(word))
}

/// What a total's label says besides: `合计500元` → `500元`.
pub fn without_total_word(text: &str) -> &str {
    let words = SUB.iter().chain(&GRAND);
    words
        .filter_map(|word| text.strip_prefix(word))
        .map(|rest| rest.trim_start_matches([':', '(']))
        .next()
        .unwrap_or(text)
}

/// A row with one text only.
fn lone(index: usize, text: &Text, merged: bool, header: &Header, identity: FieldId) -> Class {
    let stripped = without_ordinal(text);
    let field = header.columns.iter().find(|column| column.index == index).and_then(|column| column.field);
    let at_the_edge = merged || index == 0 || field.is_none();
    let is_name = field == Some(Canonical::Name.id()) || field == Some(identity);
    let day =
        text.contains('日') && text.chars().all(|sign| sign.is_ascii_digit() || "年月日".contains(sign));
    if day || NOTES.iter().any(|word| text.starts_with(word)) && text.contains(':') {
        return Class::Note(text.clone());
    }
    if !at_the_edge {
        return Class::Data;
    }
    let list = is_title_of_list(text);
    // A remark in a column of its own is no title.
    let titles = merged || index == 0 || is_titled(text);
    if titles && refuses(text) {
        return Class::Section { title: text.clone(), refuses: true, list };
    }
    // Titles and page numbers that a printed list repeats in its middle.
    let printed = list || (text.starts_with('第') && text.contains('页'));
    if !titles && REFUSES.iter().any(|word| text.contains(word)) {
        return Class::Data;
    }
    let note = printed
        || NOTES.iter().any(|word| text.starts_with(word))
            && (text.chars().count() > 3 || text.contains(':'))
        || text.contains(':')
        || text.chars().count() > 30;
    if note {
        return Class::Note(text.clone());
    }
    let titled = stripped.len() < text.len()
        || SECTIONS.iter().any(|word| text.ends_with(word))
        || text.starts_with('拟');
    if merged || titled || (!is_name && field.is_none() && !is_figure(text)) {
        return Class::Section { title: text.clone(), refuses: false, list };
    }
    Class::Data
}

fn is_figure(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Whether a cell of the identity column is meant as a number of somebody: digits in a row, or as long
/// as a number, and not a sentence.
pub fn looks_like_identity(shown: &str) -> bool {
    let text = cleaned(shown);
    let (mut characters, mut signs, mut run, mut longest) = (0, 0, 0, 0);
    for character in text.chars() {
        characters += 1;
        signs += usize::from(character.is_ascii_alphanumeric() || matches!(character, '*' | '×' | '?'));
        run = if character.is_ascii_digit() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    (longest >= 6 && signs * 2 >= characters)
        || (characters >= 15 && longest > 0 && signs * 10 >= characters * 8)
}

fn total(text: &str) -> Option<TotalOver> {
    let text = text.to_lowercase();
    let text = text.trim_matches([':', '(', ')', '*', '-', '—', ' ']);
    let short = text.chars().count() <= 20;
    if SUB.iter().any(|word| text.starts_with(word)) || (short && text.ends_with("小计")) {
        return Some(TotalOver::Block);
    }
    if GRAND.iter().any(|word| text.starts_with(word))
        || (short && (text.ends_with("合计") || text.ends_with("总计")))
    {
        return Some(TotalOver::All);
    }
    None
}

/// Whether the rows kept look like a summary (sums by township) instead of a list of people.
pub fn looks_like_summary(rows: &[Kept]) -> bool {
    let words = ["人数", "户数", "合计", "总计", "人次", "实发", "汇总", "统计", "金额", "资金"];
    let seen = |word: &&&str| rows.iter().any(|row| row.filled().any(|text| squeezed(text).contains(**word)));
    words.iter().filter(seen).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::header::{Names, find};

    fn classes(text: &str) -> Vec<Class> {
        let mut names = Names::new(FieldId(0));
        names.add("身份证号", FieldId(0));
        names.add("姓名", FieldId(1));
        names.add("核定金额", FieldId(10));
        let document = crate::formats::document::open(text.as_bytes()).unwrap();
        let sheet = &document.sheets[0];
        let (header, rest) = find(sheet, &names).unwrap();
        let mut rows = sheet.rows(rest);
        let mut classes = Vec::new();
        while let Some(row) = rows.next_row() {
            classes.push(classify(&row, &header, FieldId(0), false));
        }
        classes
    }

    #[test]
    fn totals_titles_notes_and_people_are_told_apart() {
        let text = "序号,姓名,身份证号,核定金额\n\
            1,张三,150199195208020135,100\n\
            2,,,\n\
            ,,,\n\
            合 计,,,100\n\
            ,小计：,,100\n\
            一、不予保障申请家庭,,,\n\
            拟纳入保障申请家庭,,,\n\
            停发人员,,,\n\
            2023年12月高龄津贴发放花名册,,,\n\
            制表人：李四,,审核人：王五,2023年2月\n\
            3,李四,,200\n\
            ,王五,,\n\
            注：标准为每月100元,,,\n";
        let section = |title: &str, refuses| Class::Section { title: title.into(), refuses, list: false };
        assert_eq!(
            classes(text),
            [
                Class::Data,
                Class::NumberOnly,
                Class::Blank,
                Class::Total(TotalOver::All),
                Class::Total(TotalOver::Block),
                section("一、不予保障申请家庭", true),
                section("拟纳入保障申请家庭", false),
                section("停发人员", true),
                Class::Note("2023年12月高龄津贴发放花名册".into()),
                Class::Note("制表人:李四".into()),
                Class::Data,
                Class::Data,
                Class::Note("注:标准为每月100元".into()),
            ]
        );
    }
}
