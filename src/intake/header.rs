//! Finding the header (READING 5): the row or rows whose texts are the names of fields, below titles,
//! units and column numbers, over one to three rows.

use rustc_hash::FxHashMap;

use super::values::amounts::{Unit, Units};
use super::values::texts::squeezed;
use crate::domain::Text;
use crate::formats::{self, Cell, Document, DocumentFault, Row, Sheet, Span};
use crate::policy::{FieldId, Helper};

/// How far down a header is looked for.
const DEEPEST: usize = 60;

/// Headers of the birth date, which only confirms the identity number (READING 11).
const BIRTH: [&str; 6] = ["出生日期", "出生年月", "出生年月日", "出生时间", "生日", "birth_date"];

/// Headers of a running number, which is no fact about anybody.
const SERIAL: [&str; 7] = ["序号", "编号", "顺序号", "行号", "no", "no.", "#"];

/// What a table is looked for with: names of fields, as headers have them.
#[derive(Debug, Clone)]
pub struct Names {
    names: FxHashMap<Text, FieldId>,
    /// Columns that only a profile reads by.
    helpers: FxHashMap<Text, Helper>,
    /// Headers passed over though a field has them.
    ignored: Vec<Text>,
    /// The field without which a row cannot be anybody's.
    identity: FieldId,
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
    fn helper(&self, written: &str) -> Option<Helper> {
        let text = normalised(written);
        if let Some(helper) = self.helpers.get(&text) {
            return Some(*helper);
        }
        let bare: Text = text.chars().filter(|sign| !sign.is_ascii_digit()).collect();
        let helper = self.helpers.get(&bare).copied()?;
        matches!(helper, Helper::MemberIds | Helper::MemberNames).then_some(helper)
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

    fn find(&self, written: &str) -> Option<(FieldId, Option<Unit>)> {
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

/// A column of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// From 0.
    pub index: usize,
    /// Header as written, several rows joined by a space.
    pub written: Text,
    /// The field it is mapped to.
    pub field: Option<FieldId>,
    /// The unit its header names.
    pub unit: Option<Unit>,
    /// What a profile reads it by.
    pub helper: Option<Helper>,
}

/// A header as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its first row's number.
    pub row: u32,
    /// How many rows it covers.
    pub height: usize,
    /// All columns with a text.
    pub columns: Vec<Column>,
    /// Cells of its last row up to the last filled one.
    pub width: usize,
    /// Cells of its last row.
    pub cells: usize,
    /// Unit named by a row above.
    pub unit_row: Option<Unit>,
    /// Column of the birth date.
    pub birth: Option<usize>,
    /// Column of the running number.
    pub serial: Option<usize>,
}

impl Header {
    /// The column of a field; the first where there are several.
    pub fn column(&self, field: FieldId) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == Some(field))
    }

    /// The columns of a field.
    pub fn columns_of(&self, field: FieldId) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.field == Some(field))
    }

    /// The columns that a profile reads by this.
    pub fn helpers(&self, helper: Helper) -> impl Iterator<Item = usize> {
        self.columns.iter().filter(move |column| column.helper == Some(helper)).map(|column| column.index)
    }

    /// How many different fields it maps.
    pub fn fields(&self) -> usize {
        let mut fields: Vec<FieldId> = self.columns.iter().filter_map(|column| column.field).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.len()
    }

    /// The units that stand outside a column's cells.
    pub fn units(&self, column: &Column) -> Units {
        Units { header: column.unit, row: self.unit_row }
    }

    /// `<letter> <header as written>` (READING 19).
    pub fn label(&self, index: usize) -> Text {
        let written =
            self.columns.iter().find(|column| column.index == index).map_or("", |column| &column.written);
        label(index, written)
    }

    /// Whether rows below mean the same under both.
    pub fn same_meaning(&self, other: &Header) -> bool {
        let meaning = |header: &Header| -> Vec<(usize, Option<FieldId>, Option<Unit>)> {
            header.columns.iter().map(|column| (column.index, column.field, column.unit)).collect()
        };
        meaning(self) == meaning(other) && self.birth == other.birth && self.unit_row == other.unit_row
    }
}

/// `<letter> <header as written>`.
pub fn label(index: usize, written: &str) -> Text {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    let mut label: Text = letters.iter().rev().map(|letter| char::from(*letter)).collect();
    if !written.is_empty() {
        label.push(' ');
        label.push_str(written);
    }
    label
}

/// A row kept for looking at it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its number.
    pub number: u32,
    /// Where it stands.
    pub span: Span,
    /// Its texts, trimmed; empty for blank cells.
    pub texts: Vec<Text>,
}

impl Kept {
    /// Keeps a row.
    pub fn of(row: &Row<'_, '_>) -> Kept {
        let texts = row
            .cells
            .iter()
            .map(|cell| match cell {
                Cell::Empty => Text::default(),
                other => super::values::texts::trimmed(&other.shown()).into(),
            })
            .collect();
        Kept { number: row.number, span: row.span, texts }
    }

    /// Its filled cells.
    pub fn filled(&self) -> impl Iterator<Item = &Text> {
        self.texts.iter().filter(|text| !text.is_empty())
    }
}

/// Opens a file; of delimited text, the header line says the delimiter (READING 4).
///
/// # Errors
/// As [`formats::document::open`].
pub fn open<'b>(bytes: &'b [u8], names: &Names) -> Result<Document<'b>, DocumentFault> {
    let mut document = formats::document::open(bytes)?;
    for sheet in &mut document.sheets {
        let Some(guessed) = sheet.delimiter() else { continue };
        let fields = |sheet: &Sheet<'_>| find(sheet, names).map_or(0, |(header, _)| header.fields());
        // Cut at the wrong sign, a header has no column at all, or one.
        let mut best = (fields(sheet), guessed);
        if best.0 < 2 {
            for other in [',', '\t', ';'].into_iter().filter(|other| *other != guessed) {
                sheet.set_delimiter(other);
                let found = fields(sheet);
                if found > best.0 {
                    best = (found, other);
                }
            }
            sheet.set_delimiter(best.1);
        }
    }
    Ok(document)
}

/// The header of a sheet, and where the rows below it begin. `Err` holds the rows looked at, so that
/// a refusal can say what was seen instead.
pub fn find(sheet: &Sheet<'_>, names: &Names) -> Result<(Header, Span), Vec<Kept>> {
    let mut rows = sheet.rows(sheet.whole());
    let mut kept: Vec<Kept> = Vec::new();
    let mut limit = DEEPEST;
    while let Some(row) = rows.next_row() {
        let row = Kept::of(&row);
        if !maps_identity(&row, names) {
            kept.push(row);
            if kept.len() >= limit {
                break;
            }
            continue;
        }
        // The rows below may belong to the header; those above were looked at already.
        kept.push(row);
        limit = kept.len() + 2;
        while kept.len() < limit {
            match rows.next_row() {
                Some(row) => kept.push(Kept::of(&row)),
                None => break,
            }
        }
        let base = limit - 3;
        let Some(header) = best(&kept, base, names) else { return Err(kept) };
        let after = header.0 + header.1.height;
        let last = kept[after - 1].span;
        return Ok((header.1, sheet.from(Span { start: last.end, end: 0, row: last.row + 1 })));
    }
    Err(kept)
}

/// The header where a profile says it stands. `Err` as [`find`].
pub fn fixed(
    sheet: &Sheet<'_>,
    names: &Names,
    first: u32,
    height: usize,
) -> Result<(Header, Span), Vec<Kept>> {
    let mut rows = sheet.rows(sheet.whole());
    let mut kept: Vec<Kept> = Vec::new();
    let end = first.saturating_add(height as u32);
    while let Some(row) = rows.next_row() {
        if row.number >= end {
            break;
        }
        kept.push(Kept::of(&row));
    }
    let above = kept.iter().position(|row| row.number >= first).unwrap_or(kept.len());
    if above == kept.len() {
        return Err(kept);
    }
    let header = compose(&kept[above..], &kept[..above], names);
    if header.column(names.identity).is_none() {
        return Err(kept);
    }
    let last = kept[kept.len() - 1].span;
    Ok((header, sheet.from(Span { start: last.end, end: 0, row: last.row + 1 })))
}

/// A header that begins at the first row of `rows` (a repeated header inside a sheet).
pub fn at(rows: &[Kept], names: &Names) -> Option<Header> {
    if rows.is_empty() || !maps_identity(&rows[0], names) {
        return None;
    }
    best(rows, 0, names).map(|(_, header)| header)
}

/// Whether a row holds a name of the identity column.
pub fn maps_identity(row: &Kept, names: &Names) -> bool {
    row.texts.iter().any(|text| {
        !text.is_empty()
            && text.len() <= 80
            && names.find(text).is_some_and(|(field, _)| field == names.identity)
    })
}

/// The best header of which `anchor`, which names the identity column, is one row: most fields,
/// then fewest rows.
fn best(kept: &[Kept], anchor: usize, names: &Names) -> Option<(usize, Header)> {
    let mut best: Option<(usize, Header)> = None;
    for height in 1..=3_usize {
        for first in anchor.saturating_sub(height - 1)..=anchor {
            if first + height > kept.len() || first + height <= anchor {
                continue;
            }
            let rows = &kept[first..first + height];
            if height > 1 && !rows.iter().all(|row| may_be_header(row, names)) {
                continue;
            }
            let header = compose(rows, &kept[..first], names);
            if header.column(names.identity).is_none() {
                continue;
            }
            if best.as_ref().is_none_or(|(_, so_far)| header.fields() > so_far.fields()) {
                best = Some((first, header));
            }
        }
    }
    best
}

/// A row of a header of several rows: two texts at least (a lone one is a title), none of them
/// a figure.
fn may_be_header(row: &Kept, names: &Names) -> bool {
    let mut filled: Vec<&Text> = row.filled().collect();
    filled.dedup();
    let figure = |text: &str| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        digits >= 6 || (digits > 0 && digits * 2 >= text.chars().count())
    };
    let known = filled.iter().any(|text| names.find(text).is_some());
    (filled.len() > 1 || known) && !filled.iter().any(|text| figure(text))
}

fn compose(rows: &[Kept], above: &[Kept], names: &Names) -> Header {
    let cells = rows.iter().map(|row| row.texts.len()).max().unwrap_or(0);
    let mut columns = Vec::new();
    let mut birth = None;
    let mut serial = None;
    // A heading over several columns stands in the first of them; it lends its words to the others
    // only where their own words alone are no name.
    let mut parents: Vec<Text> = vec![Text::default(); rows.len()];
    // Columns found by their last row alone, under a heading that is no part of a known name.
    let mut under_heading: Vec<usize> = Vec::new();
    for index in 0..cells {
        let mut texts: Vec<&str> = Vec::new();
        for (level, row) in rows.iter().enumerate() {
            let text = row.texts.get(index).map_or("", Text::as_str);
            if !text.is_empty() {
                parents[level] = text.into();
                if texts.last() != Some(&text) {
                    texts.push(text);
                }
            }
        }
        let Some(own) = texts.last() else { continue };
        let joined: String = texts.concat();
        // `监护人` over `姓名` and `身份证号`: what stands above is part of the name.
        let bottom = rows.iter().rposition(|row| row.texts.get(index).is_some_and(|text| !text.is_empty()));
        let inherited = (0..bottom.unwrap_or(0)).rev().find_map(|level| {
            let above = rows[level].texts.get(index).is_none_or(|text| text.is_empty());
            (above && !parents[level].is_empty()).then(|| names.find(&format!("{}{own}", parents[level])))?
        });
        let headed = texts.len() == 1
            && (0..bottom.unwrap_or(0)).any(|level| {
                rows[level].texts.get(index).is_none_or(|text| text.is_empty()) && !parents[level].is_empty()
            });
        let whole = inherited.or_else(|| (!headed).then(|| names.find(&joined))?);
        let found = whole.or_else(|| names.find(own));
        if whole.is_none() && found.is_some() {
            under_heading.push(index);
        }
        let plain = normalised(own);
        if birth.is_none() && BIRTH.contains(&plain.as_str()) {
            birth = Some(index);
        }
        if serial.is_none() && SERIAL.contains(&plain.as_str()) && found.is_none() {
            serial = Some(index);
        }
        columns.push(Column {
            index,
            written: one_line(&texts.join(" ")),
            field: found.map(|(field, _)| field),
            unit: found.and_then(|(_, unit)| unit),
            helper: if found.is_none() { names.helper(&joined).or_else(|| names.helper(own)) } else { None },
        });
    }
    // `身份证号` under `联系人` is not the person's where another column is just that.
    let own: Vec<FieldId> = columns
        .iter()
        .filter(|column: &&Column| !under_heading.contains(&column.index))
        .filter_map(|column| column.field)
        .collect();
    for column in columns.iter_mut().filter(|column| under_heading.contains(&column.index)) {
        column.field = column.field.filter(|field| !own.contains(field));
    }
    let last = rows.last();
    Header {
        row: rows.first().map_or(0, |row| row.number),
        height: rows.len(),
        width: columns.last().map_or(0, |column| column.index + 1),
        cells: last.map_or(0, |row| row.texts.len()),
        columns,
        unit_row: above.iter().rev().find_map(unit_row),
        birth,
        serial,
    }
}

/// A header as one line: line breaks inside become nothing.
fn one_line(text: &str) -> Text {
    text.chars().filter(|character| !character.is_control()).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::new(FieldId(0));
        for (name, field) in [
            ("身份证号", 0),
            ("身份证号码", 0),
            ("姓名", 1),
            ("银行账号", 12),
            ("开户银行", 11),
            ("核定金额", 10),
            ("月收入", 20),
            ("监护人姓名", 15),
            ("监护人身份证号", 14),
        ] {
            names.add(name, FieldId(field));
        }
        names
    }

    fn found(text: &'static str) -> (Header, u32) {
        let document = crate::formats::document::open(text.as_bytes()).unwrap();
        let (header, rest) = find(&document.sheets[0], &names()).unwrap();
        (header, rest.row)
    }

    #[test]
    fn a_header_is_found_below_title_and_unit_rows() {
        let (header, rest) =
            found("2023年2月花名册,,,\n,,,单位：万元\n序号,姓 名,身份证号码,核定金额\n1,张三,1,2\n");
        assert_eq!((header.row, header.height, rest), (3, 1, 4));
        assert_eq!(header.unit_row, Unit::named("万元"));
        assert_eq!(header.serial, Some(0));
        assert_eq!(header.label(2), "C 身份证号码");
    }

    #[test]
    fn two_rows_make_one_header() {
        let (header, rest) = found(
            "序号,姓名,身份证号,监护人,,开户信息,\n,,,姓名,身份证号,开户银行,银行帐号\n\
             1,张三,150199,李四,150199,某行,62\n",
        );
        assert_eq!(header.columns_of(FieldId(0)).count(), 1);
        assert_eq!(header.column(FieldId(14)).map(|column| column.index), Some(4));
        assert_eq!((header.height, rest), (2, 3));
        assert_eq!(header.column(FieldId(12)).map(|column| column.index), Some(6));
        assert_eq!(header.label(5), "F 开户信息 开户银行");
    }

    #[test]
    fn units_in_brackets_are_read_off_the_header() {
        let (header, _) = found("姓名,身份证号,核定金额（元/年）,月收入(万元)\n");
        assert_eq!(header.column(FieldId(10)).unwrap().unit, Unit::named("元/年"));
        assert_eq!(header.column(FieldId(20)).unwrap().unit, Unit::named("万元"));
    }

    #[test]
    fn letters_run_on_after_z() {
        assert_eq!(
            (label(0, ""), label(25, ""), label(26, "x"), label(701, "")),
            ("A".into(), "Z".into(), "AA x".into(), "ZZ".into())
        );
    }
}
