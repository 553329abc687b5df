//! The names of fields, as headers write them: with spaces, marks, units and advice.

use rustc_hash::FxHashMap;

use super::Kept;
use crate::domain::Text;
use crate::intake::values::amounts::Unit;
use crate::intake::values::texts::squeezed;
use crate::policy::{FieldId, Helper};

/// What a table is looked for with: names of fields, as headers have them.
#[derive(Debug, Clone)]
pub struct Names {
    names: FxHashMap<Text, FieldId>,
    /// Columns that only a profile reads by.
    helpers: FxHashMap<Text, Helper>,
    /// Headers passed over though a field has them.
    ignored: Vec<Text>,
    /// The field without which a row cannot be anybody's.
    pub(super) identity: FieldId,
}

impl Names {
    /// No names yet; `identity` is the field without which a header is none.
    pub fn new(identity: FieldId) -> Names {
        Names { names: FxHashMap::default(), helpers: FxHashMap::default(), ignored: Vec::new(), identity }
    }

    /// Adds a name of a field. The first field to claim a name keeps it.
    pub fn add(&mut self, name: &str, field: FieldId) {
        self.names.entry(normalised(name)).or_insert(field);
    }

    /// Adds names of others where a name is not taken yet.
    pub fn join(&mut self, other: Names) {
        for (name, field) in other.names {
            self.names.entry(name).or_insert(field);
        }
    }

    /// Adds a name of a column that a profile reads by; it is no field's name any more.
    pub fn add_helper(&mut self, name: &str, helper: Helper) {
        self.helpers.insert(normalised(name), helper);
    }

    /// Passes over a header.
    pub fn ignore(&mut self, name: &str) {
        self.ignored.push(normalised(name));
    }

    /// Takes the names of a field away, so that others may have them.
    pub fn forget(&mut self, field: FieldId) {
        self.names.retain(|_, named| *named != field);
    }

    /// What a profile reads a column by; members' columns may be numbered.
    pub(super) fn helper(&self, written: &str) -> Option<Helper> {
        let text = normalised(written);
        if let Some(helper) = self.helpers.get(&text) {
            return Some(*helper);
        }
        let bare: Text = text.chars().filter(|sign| !sign.is_ascii_digit()).collect();
        let helper = self.helpers.get(&bare).copied()?;
        matches!(helper, Helper::MemberIds | Helper::MemberNames).then_some(helper)
    }

    /// What a header alone is read as.
    pub fn meaning(&self, written: &str) -> (Option<FieldId>, Option<Unit>, Option<Helper>) {
        match self.find(written) {
            Some((field, unit)) => (Some(field), unit, None),
            None => (None, None, self.helper(written)),
        }
    }

    /// How many different fields a row names.
    pub fn known_in(&self, row: &Kept) -> usize {
        let mut fields: Vec<FieldId> =
            row.filled().filter_map(|text| self.find(text)).map(|(field, _)| field).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.len()
    }

    /// A known name that is almost the same: one sign more, less or other, of three at least.
    pub fn near(&self, written: &str) -> Option<Text> {
        let text = normalised(written);
        let mut near: Vec<&Text> = self
            .names
            .keys()
            .filter(|name| text.chars().count() >= 3 && strsim::levenshtein(name, &text) == 1)
            .collect();
        near.sort_unstable();
        near.first().map(|name| (*name).clone())
    }

    /// The field of a header that is numbered: 身份证号2, 姓名（二）.
    pub fn numbered(&self, written: &str) -> Option<FieldId> {
        let text = normalised(written);
        let number = |sign: char| sign.is_ascii_digit() || "()一二三①②③".contains(sign);
        let bare = text.trim_end_matches(number);
        (bare.len() < text.len()).then(|| self.names.get(bare).copied())?
    }

    pub(super) fn find(&self, written: &str) -> Option<(FieldId, Option<Unit>)> {
        let text = normalised(written);
        if text.is_empty() {
            return None;
        }
        let of_profile = !self.helpers.is_empty() || !self.ignored.is_empty();
        if of_profile && (self.helper(written).is_some() || self.ignored.contains(&text)) {
            return None;
        }
        let (bare, unit) = without_unit(&text);
        let field = self
            .names
            .get(&text)
            .or_else(|| self.names.get(&bare))
            .or_else(|| self.names.get(without_advice(&text)?))?;
        Some((*field, unit))
    }
}

/// Width folded, white space out, 帐 as 账, ASCII in lower case, marks of needed columns off.
pub fn normalised(written: &str) -> Text {
    let text = squeezed(written);
    text.trim_matches(['*', '★', '△', ':', '：', '\'', '"'])
        .chars()
        .map(|character| match character {
            '帐' => '账',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// A header without the advice on filling it in that stands in brackets behind it: `停发月份（没有不填）`.
fn without_advice(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    ["填", "年月", "格式", "yyyy"].iter().any(|word| inner.contains(word)).then_some(name)
}

/// A header without the unit in its brackets, and the unit.
fn without_unit(text: &str) -> (Text, Option<Unit>) {
    let yearly = |unit: Unit, name: &str| match unit.period {
        None if names_year(name) => Unit { period: Unit::YEARLY.period, ..unit },
        _ => unit,
    };
    if let Some((name, rest)) = text.split_once(['(', '[', '【', '〔'])
        && let Some((inner, tail)) = rest.split_once([')', ']', '】', '〕'])
    {
        let inner = inner.strip_prefix("单位:").unwrap_or(inner);
        if let (Some(unit), true) = (Unit::named(inner), tail.is_empty()) {
            return (name.into(), Some(yearly(unit, name)));
        }
    }
    let unit = names_year(text).then_some(Unit::YEARLY);
    (text.into(), unit)
}

fn names_year(name: &str) -> bool {
    ["年收入", "年总收入", "年均收入", "年人均收入"].iter().any(|word| name.contains(word))
}
