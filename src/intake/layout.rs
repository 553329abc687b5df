//! What a row below a header is: a data row, a header again, a total, a section title, a note
//! (READING 5, 7, 8). In doubt it is a data row: a row is never passed over because it looks odd.

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
const REFUSES: [&str; 18] = [
    "不予",
    "停发",
    "取消",
    "终止",
    "注销",
    "清退",
    "不符合",
    "不批准",
    "停止发放",
    "停止",
    "死亡",
    "去世",
    "不再享受",
    "减少人员",
    "减少对象",
    "减少家庭",
    "减少名单",
    "减员",
];
/// Words of a title that lists others too: then each row's status says what it is.
const GRANTS: [&str; 17] = [
    "新增", "发放", "纳入", "恢复", "续发", "在册", "变动", "变更", "正常", "增加", "增减", "丧葬", "抚恤",
    "剔除", "扣除", "不含", "以外",
];
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
const SECTIONS: [&str; 10] = ["家庭", "人员", "名单", "对象", "部分", "类", "名册", "花名册", "情况", "表"];

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

/// Whether a row below the last total is somebody's though it holds no identity number: under 姓名 stands a name, some
/// other field is filled, and no cell is a label.
fn is_of_list(filled: &[(usize, Text)], header: &Header) -> bool {
    let Some(column) = header.column(Canonical::Name.id()) else { return false };
    let Some(name) = text_at(filled, column.index) else { return false };
    let length = name.chars().count();
    let plausible = (2..=4).contains(&length) && !name.ends_with(['元', '整', '计', '人', '表', '户']);
    let others = header.columns.iter().filter(|other| other.field.is_some() && other.index != column.index);
    let fields = others.filter(|other| text_at(filled, other.index).is_some()).count();
    !is_labelled(filled) && (marks(filled, header) > 0 || plausible && fields > 0)
}

/// Cells of a row that only somebody's row fills: months, a status, an account, a relation.
fn marks(filled: &[(usize, Text)], header: &Header) -> usize {
    const OF_PEOPLE: [Canonical; 8] = [
        Canonical::Relation,
        Canonical::Hukou,
        Canonical::FirstMonth,
        Canonical::LastMonth,
        Canonical::Status,
        Canonical::Bank,
        Canonical::AccountNo,
        Canonical::AccountName,
    ];
    let columns = OF_PEOPLE.iter().filter_map(|field| header.column(field.id()));
    // A sum that has slipped under them is none.
    let mark = |text: &Text| !is_figure(text) || text.len() >= 9;
    columns.filter(|column| text_at(filled, column.index).is_some_and(mark)).count()
}

fn text_at(filled: &[(usize, Text)], index: usize) -> Option<&Text> {
    filled.iter().find(|(at, _)| *at == index).map(|(_, text)| text)
}

/// Whether a text that ends like a total (王小计) is somebody's name: it stands under 姓名, and the row has what only
/// people's rows have, or no figure at all.
fn is_named_like_total(index: usize, filled: &[(usize, Text)], header: &Header) -> bool {
    if header.column(Canonical::Name.id()).is_none_or(|column| column.index != index) {
        return false;
    }
    let figures = filled.iter().any(|(at, text)| header.serial != Some(*at) && is_figure(text));
    marks(filled, header) > 0 || !figures
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

/// Whether it is the title of a list (…名单, …明细表 of a month), its unit in brackets left out.
pub fn is_title_of_list(text: &str) -> bool {
    let text = text.split_once('(').map_or(text, |(before, _)| before);
    text.contains('年') && text.contains('月') && text.ends_with(['表', '册', '单'])
}

/// Whether a title says that the rows below are not to be paid: 不予…, 停发…, 取消…, also behind a place or a
/// month; not where it lists others too, and not a sentence.
fn refuses(text: &str) -> bool {
    let text = title_itself(text);
    if text.contains([':', ',', '。', ';']) || text.chars().count() > 30 {
        return false;
    }
    let bare = without_ordinal(text).trim_start_matches(['拟', '已', '被', '予', '以']);
    if ["不予", "不符合", "不批准"].iter().any(|word| bare.starts_with(word)) {
        return true;
    }
    if names_others(bare) {
        return false;
    }
    let titled = is_titled(bare);
    REFUSES.iter().any(|word| bare == *word || titled && bare.contains(word))
}

/// Whether the name of a file or a sheet has a part that says its people are paid no more: `高龄津贴-西街街道-停发`.
pub fn name_refuses(name: &str) -> bool {
    name.split(['-', '_', ' ', '\u{3000}', '—', '－', '＿']).any(|part| {
        let part = squeezed(part);
        REFUSES.iter().any(|word| part.contains(word)) && !names_others(&part)
    })
}

/// Whether a title names others beside those whom its refusing words are about.
fn names_others(text: &str) -> bool {
    let others = REFUSES
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(&format!("{word}发放"), "").replace(word, ""));
    GRANTS.iter().any(|word| others.contains(word))
}

/// A title without what stands behind it in brackets, and without its place among others (`附件2：`).
fn title_itself(text: &str) -> &str {
    let text = text.trim_end_matches([':', '。']);
    let text = match text.split_once('(') {
        Some((before, rest)) if !before.is_empty() && rest.ends_with(')') => before,
        _ => text,
    };
    let numeral = |c: char| "一二三四五六七八九十-".contains(c) || c.is_ascii_digit();
    match ["附件", "附表"].iter().find_map(|word| text.strip_prefix(word)) {
        Some(rest) => rest.trim_start_matches(numeral).trim_start_matches([':', '.', '、']),
        None => text,
    }
}

/// Whether a title ends like one: …人员, …名单, …表.
fn is_titled(text: &str) -> bool {
    let text = title_itself(text);
    SECTIONS.iter().any(|word| text.ends_with(word)) || text.ends_with(['单', '户'])
}

/// Whether the title of a list grants, so that it ends what a title above it refused.
pub fn grants(text: &str) -> bool {
    is_title_of_list(text) && !refuses(text) && GRANTS.iter().any(|word| text.contains(word))
}

/// What stands beside a title in its row: a unit, an office, a day, a number of people.
fn is_beside_title(text: &str) -> bool {
    let count = text.trim_start_matches(['共', '计', ':', '(']).trim_end_matches([')', '人', '户', '名']);
    text.contains(':')
        || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || "年月日-/.".contains(c))
        || !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
        || super::values::amounts::Unit::named(text.trim_matches(['(', ')'])).is_some()
}

/// The refusing title over a header, if the nearest title above it is one: its words, its row, and whether it is
/// a list's.
pub fn refusing_above(rows: &[Kept]) -> Option<(Text, u32, bool)> {
    rows.iter().rev().find_map(|row| {
        let mut filled = row.filled();
        let first: Text = squeezed(filled.next()?).as_ref().into();
        let beside = |text: &Text| squeezed(text) == first.as_str() || is_beside_title(&squeezed(text));
        if !filled.all(beside) {
            return None;
        }
        if refuses(&first) {
            return Some(Some((first.clone(), row.number, is_title_of_list(&first))));
        }
        // A place, a day or a unit below a title is not the title.
        (is_titled(&first) && !title_itself(&first).contains(':')).then_some(None)
    })?
}

/// `一、`, `（二）`, `3.` off the beginning.
fn without_ordinal(text: &str) -> &str {
    let numeral = |c: char| "一二三四五六七八九十".contains(c) || c.is_ascii_digit();
    let inner = text.strip_prefix('(').unwrap_or(text);
    let rest = inner.trim_start_matches(numeral);
    if rest.len() == inner.len() {
        return text;
    }
    match rest.chars().next() {
        Some('、' | '.' | ')' | ',' | '，' | ':') => {
            rest.trim_start_matches(['、', '.', ')', ',', '，', ':'])
        }
        _ => text,
    }
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
