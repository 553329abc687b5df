//! Titles of lists and of their parts (READING 7): which refuse, which grant, which name a list.

use crate::domain::Text;
use crate::intake::header::Kept;
use crate::intake::values::amounts::Unit;
use crate::intake::values::texts::squeezed;

/// Words of a title whose people are paid no more.
pub(super) const REFUSES: [&str; 18] = [
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
/// How titles of parts end.
pub(super) const SECTIONS: [&str; 10] =
    ["家庭", "人员", "名单", "对象", "部分", "类", "名册", "花名册", "情况", "表"];

/// Whether it is the title of a list (…名单, …明细表 of a month), its unit in brackets left out.
pub fn is_title_of_list(text: &str) -> bool {
    let text = text.split_once('(').map_or(text, |(before, _)| before);
    text.contains('年') && text.contains('月') && text.ends_with(['表', '册', '单'])
}

/// Whether a title says that the rows below are not to be paid: 不予…, 停发…, 取消…, also behind a place or a
/// month; not where it lists others too, and not a sentence.
pub(super) fn refuses(text: &str) -> bool {
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
pub(super) fn is_titled(text: &str) -> bool {
    let text = title_itself(text);
    SECTIONS.iter().any(|word| text.ends_with(word)) || text.ends_with(['单', '户'])
}

/// Whether the title of a list grants, so that it ends what a title above it refused.
pub fn grants(text: &str) -> bool {
    is_title_of_list(text) && !refuses(text) && GRANTS.iter().any(|word| text.contains(word))
}

/// What stands beside a title in its row: a unit, an office, a day, a number of people.
pub(super) fn is_beside_title(text: &str) -> bool {
    let count = text.trim_start_matches(['共', '计', ':', '(']).trim_end_matches([')', '人', '户', '名']);
    text.contains(':')
        || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || "年月日-/.".contains(c))
        || !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
        || Unit::named(text.trim_matches(['(', ')'])).is_some()
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
pub(super) fn without_ordinal(text: &str) -> &str {
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
