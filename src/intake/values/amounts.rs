//! Amounts and units (READING 13, 14), whole numbers. No binary float: digits become decimals.

use rust_decimal::Decimal;

use super::texts::{bare, broken, fold_width, squeezed};
use super::{Reading, Trouble};
use crate::domain::{AmountFault, Money};
use crate::formats::Cell;
use crate::formats::cell::is_space;

/// What a written number counts, as far as a place says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unit {
    /// 元 or 万元.
    pub scale: Option<Scale>,
    /// A month or a year.
    pub period: Option<Period>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 元
    Yuan,
    /// 万元
    TenThousand,
    /// 千元 and others that are not read (READING 14 knows 元 and 万元).
    Other,
    /// Several are named (`单位：元、万元`): which of them holds for a column, its header must say.
    Several,
}

/// What an amount is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A month.
    Month,
    /// A year: it becomes a month's.
    Year,
}

/// The units that stand outside the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Units {
    /// In the column's header.
    pub header: Option<Unit>,
    /// In a unit row above.
    pub row: Option<Unit>,
}

impl Unit {
    /// The unit a text names: `元`, `万元`, `元/月`, `元/年`, `万元/年`. `None` for anything else.
    pub fn named(text: &str) -> Option<Unit> {
        let text = squeezed(text);
        let (money, period) = match text.split_once(['/', '每']) {
            Some((money, period)) => (money, period),
            None => (text.as_ref(), ""),
        };
        let scale = match money {
            "元" | "人民币元" | "圆" => Scale::Yuan,
            "万元" | "万" | "人民币万元" => Scale::TenThousand,
            "千元" | "百元" | "十万元" | "百万元" | "千万元" | "亿元" | "角" | "分" => {
                Scale::Other
            }
            _ => return None,
        };
        let period = match period.trim_start_matches(['人', '户', '·', '.', '/', '每']) {
            "" | "人" | "户" | "次" => None,
            "月" => Some(Period::Month),
            "年" => Some(Period::Year),
            _ => return None,
        };
        Some(Unit { scale: Some(scale), period })
    }

    /// A year's amount, whether in 元 or 万元.
    pub const YEARLY: Unit = Unit { scale: None, period: Some(Period::Year) };

    /// Tens of thousands, whatever the period.
    const TEN_THOUSAND: Unit = Unit { scale: Some(Scale::TenThousand), period: None };

    /// A scale that is not read.
    pub const OTHER: Unit = Unit { scale: Some(Scale::Other), period: None };

    /// The unit of a list of units: the first, or several where they are not one.
    pub fn of_list(units: impl IntoIterator<Item = Unit>) -> Option<Unit> {
        units.into_iter().reduce(|first, next| {
            if first.scale == next.scale { first } else { Unit { scale: Some(Scale::Several), ..first } }
        })
    }

    /// The unit that a number format writes beside its digits. A format that also scales what it shows
    /// (`0!.0,"万"`), or shows it by conditions, leaves open what the cell itself counts.
    fn of_format(format: &str) -> Option<Unit> {
        if !format.contains(UNIT_WORDS) {
            return None;
        }
        let by_condition = ["[<", "[>", "[="].iter().any(|condition| format.contains(condition));
        let plain = !by_condition
            && !shows_otherwise(format)
            && !format.contains(".\"")
            && !format.contains(['千', '百', '亿']);
        Some(if plain { Unit::TEN_THOUSAND } else { Unit::OTHER })
    }

    /// Whether it says what is counted, and it can be read.
    fn is_clear(self) -> bool {
        !matches!(self.scale, Some(Scale::Other | Scale::Several))
    }

    /// Whether it counts in 万元.
    pub fn is_ten_thousand(self) -> bool {
        self.scale == Some(Scale::TenThousand)
    }

    /// Whether it is for a year.
    pub fn is_yearly(self) -> bool {
        self.period == Some(Period::Year)
    }

    /// Both together; `None` where they disagree.
    pub fn with(self, other: Unit) -> Option<Unit> {
        fn one<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<Option<T>> {
            match (a, b) {
                (Some(a), Some(b)) if a != b => None,
                (a, b) => Some(a.or(b)),
            }
        }
        let scale = match (self.scale, other.scale) {
            (Some(Scale::Several), Some(clear)) | (Some(clear), Some(Scale::Several)) => Some(clear),
            (one_scale, other_scale) => one(one_scale, other_scale)?,
        };
        Some(Unit { scale, period: one(self.period, other.period)? })
    }

    /// The word that [`Unit::named`] reads as this unit; a month's amount needs no period.
    pub fn word(self) -> &'static str {
        match (self.is_ten_thousand(), self.is_yearly()) {
            _ if !self.is_clear() => "千元",
            (false, false) => "元",
            (true, false) => "万元",
            (false, true) => "元/年",
            (true, true) => "万元/年",
        }
    }
}

/// Signs of units of money in a number format.
const UNIT_WORDS: [char; 4] = ['万', '千', '百', '亿'];

/// Whether a number format shows another figure than the cell holds: in hundredths (`0%`), in thousands (`0,`), or
/// with a point put between its digits (`0!.0`).
fn shows_otherwise(format: &str) -> bool {
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => while signs.next().is_some_and(|next| next != '"') {},
            '[' => while signs.next().is_some_and(|next| next != ']') {},
            '\\' | '!' if signs.peek() == Some(&'.') => return true,
            '\\' | '!' => {
                signs.next();
            }
            '_' | '*' => {
                signs.next();
            }
            '%' | '‰' => return true,
            ',' if !matches!(signs.peek(), Some('#' | '0' | '?')) => return true,
            _ => {}
        }
    }
    false
}

/// The trouble of a number cell whose format shows another figure than it holds: which of the two is meant, nobody can
/// say. A format that names a unit besides is judged by the unit.
fn shown_otherwise(number: &crate::formats::Number) -> Result<(), Trouble> {
    if !number.format.contains(UNIT_WORDS) && shows_otherwise(&number.format) {
        return Err(Trouble::written("number-shown-otherwise", &number.digits).with("format", &number.format));
    }
    Ok(())
}

/// Reads an amount in yuan to the fen.
pub fn read_amount(cell: &Cell<'_>, units: Units, notes: &mut Vec<Trouble>) -> Reading<Money> {
    let (text, format_unit) = match cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) => {
            if units == Units::default()
                && let Some(amount) = plain_fen(text)
            {
                return Ok(Some(amount));
            }
            // Two figures in one cell are not one figure.
            if figures_apart(text) {
                return Err(Trouble::written("amount-unreadable", text));
            }
            (squeezed(bare(text)), None)
        }
        Cell::Number(number) => {
            shown_otherwise(number)?;
            (number.digits.as_str().into(), Unit::of_format(&number.format))
        }
        Cell::Error(_) => return Err(broken(cell)),
        other => return Err(Trouble::written("amount-unreadable", &other.shown())),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Trouble::written("amount-unreadable", &cell.shown());
    let (digits, cell_unit) = split_unit(&text);
    let cell_unit = cell_unit.or(format_unit);
    let unit = [cell_unit, units.header, units.row]
        .into_iter()
        .flatten()
        .try_fold(Unit::default(), Unit::with)
        .filter(|unit| unit.is_clear())
        .ok_or_else(|| Trouble::written("unit-disagrees", &cell.shown()))?;
    if digits.starts_with(['-', '\u{2212}', '(']) && digits.len() > 1 {
        return Err(Trouble::written("amount-negative", &cell.shown()));
    }
    let mut sum = Decimal::ZERO;
    let mut terms = 0;
    for term in digits.split('+') {
        sum = sum.checked_add(plain_decimal(term).ok_or_else(wrong)?).ok_or_else(wrong)?;
        terms += 1;
    }
    // `1.5+2万元`: whether the first is 万元 too is not said.
    if terms > 1 && cell_unit.is_some_and(Unit::is_ten_thousand) {
        return Err(wrong());
    }
    if unit.is_ten_thousand() {
        sum = sum.checked_mul(Decimal::from(10_000)).ok_or_else(wrong)?;
    }
    let exact = Money::exact(sum).map_err(|fault| match fault {
        AmountFault::TooPrecise => Trouble::written("amount-precision", &cell.shown()),
        AmountFault::TooLarge => Trouble::written("amount-too-large", &cell.shown()),
        AmountFault::NotANumber => wrong(),
    })?;
    // The pack's conversion of yearly figures: a twelfth, half-up to the fen (DESIGN §15).
    let amount = if unit.is_yearly() {
        Money::half_up(exact.yuan() / Decimal::from(12)).map_err(|_| wrong())?
    } else {
        exact
    };
    if terms > 1 {
        notes.push(Trouble::written("amount-sum", &cell.shown()).with("sum", amount.to_string()));
    }
    Ok(Some(amount))
}

/// `841`, `841.5`, `841.50`: the ordinary amount, without a decimal in between.
fn plain_fen(text: &str) -> Option<Money> {
    let bytes = text.as_bytes();
    let point = bytes.iter().position(|byte| *byte == b'.').unwrap_or(bytes.len());
    let (whole, fraction) = (&bytes[..point], bytes.get(point + 1..).unwrap_or(&[]));
    if !(1..=12).contains(&whole.len()) || fraction.len() > 2 || (fraction.is_empty() && point < bytes.len())
    {
        return None;
    }
    let digits = |part: &[u8]| {
        part.iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let cents = digits(fraction)? * if fraction.len() == 1 { 10 } else { 1 };
    Some(Money::from_fen(digits(whole)? * 100 + cents))
}

/// Whether white space stands between two digits.
fn figures_apart(text: &str) -> bool {
    let apart = |sign: char| is_space(sign) && !is_no_width(sign);
    if !text.contains(apart) {
        return false;
    }
    let digit =
        |sign: Option<char>| sign.is_some_and(|sign| matches!(fold_width(sign), '0'..='9' | '.' | ','));
    let signs: Vec<char> = text.chars().filter(|sign| !is_no_width(*sign)).collect();
    (0..signs.len()).filter(|at| apart(signs[*at])).any(|at| {
        let before = signs[..at].iter().rev().find(|sign| !is_space(**sign));
        let after = signs[at..].iter().find(|sign| !is_space(**sign));
        digit(before.copied()) && digit(after.copied())
    })
}

fn is_no_width(sign: char) -> bool {
    is_space(sign) && !sign.is_whitespace()
}

/// `¥` before, `元`, `万元` or `元/年` after.
pub fn split_unit(text: &str) -> (&str, Option<Unit>) {
    let (text, signed) = match text.strip_prefix(['¥', '￥', '\u{A5}']) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    if let Some(at) = text.find(['元', '万', '圆'])
        && let Some(unit) = Unit::named(&text[at..])
    {
        return (&text[..at], Some(unit));
    }
    (text, signed.then_some(Unit { scale: Some(Scale::Yuan), period: None }))
}

/// Digits with at most one point; commas only between groups of three.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(fraction) || whole.is_empty() || text.ends_with('.') {
        return None;
    }
    if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next()?;
        if !(1..=3).contains(&first.len()) || !digits_only(first) {
            return None;
        }
        if !groups.all(|group| group.len() == 3 && digits_only(group)) {
            return None;
        }
        return Decimal::from_str_exact(&text.replace(',', "")).ok();
    }
    if !digits_only(whole) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// Reads a whole number within bounds; `words` stand for numbers (一级 → 1).
pub fn read_integer(
    cell: &Cell<'_>,
    least: i64,
    most: i64,
    words: &[(crate::domain::Text, i64)],
) -> Reading<i64> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Error(_) => return Err(broken(cell)),
        Cell::Number(number) => {
            shown_otherwise(number)?;
            number.digits.as_str().into()
        }
        Cell::Text(text) if figures_apart(text) => return Err(Trouble::written("number-unreadable", text)),
        Cell::Text(text) => squeezed(bare(text)),
        other => return Err(Trouble::written("number-unreadable", &other.shown())),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let whole = text.strip_suffix(".0").or_else(|| text.strip_suffix(".00")).unwrap_or(&text);
    let number = match words.iter().find(|(word, _)| *word == *text) {
        Some((_, number)) => *number,
        None if (1..=15).contains(&whole.len()) && whole.bytes().all(|byte| byte.is_ascii_digit()) => {
            whole.parse().map_err(|_| Trouble::written("number-unreadable", &text))?
        }
        None => {
            let known = words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join("、");
            return Err(Trouble::written("number-unreadable", &text).with("known", known));
        }
    };
    if (least..=most).contains(&number) {
        Ok(Some(number))
    } else {
        Err(Trouble::written("number-bounds", &text)
            .with("least", least.to_string())
            .with("most", if most == i64::MAX { "…".to_owned() } else { most.to_string() }))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::formats::Number;

    fn read_with(written: &str, units: Units) -> Result<String, &'static str> {
        read_amount(&Cell::Text(Cow::Owned(written.to_owned())), units, &mut Vec::new())
            .map(|amount| amount.map_or(String::new(), |amount| amount.to_string()))
            .map_err(|trouble| trouble.code)
    }

    fn read(written: &str) -> Result<String, &'static str> {
        read_with(written, Units::default())
    }

    #[test]
    fn amounts_in_the_forms_of_the_field_are_exact() {
        for (written, amount) in [
            ("841", "841.00"),
            ("1,234.50", "1234.50"),
            ("１，２３４．５", "1234.50"),
            ("¥ 90", "90.00"),
            ("90.5元", "90.50"),
            ("12.485万元", "124850.00"),
            ("0", "0.00"),
            ("691090+52281", "743371.00"),
            ("", ""),
        ] {
            assert_eq!(read(written), Ok(amount.to_owned()), "{written}");
        }
    }

    #[test]
    fn what_is_no_plain_amount_is_an_error() {
        for (written, code) in [
            ("1.005", "amount-precision"),
            ("-5", "amount-negative"),
            ("1E3", "amount-unreadable"),
            ("-", "amount-unreadable"),
            ("12,34", "amount-unreadable"),
            ("2342补差", "amount-unreadable"),
            ("10-3", "amount-unreadable"),
            ("10*3", "amount-unreadable"),
            ("5+", "amount-unreadable"),
            ("0.0000015万元", "amount-precision"),
        ] {
            assert_eq!(read(written), Err(code), "{written}");
        }
    }

    #[test]
    fn a_sum_is_read_and_shown() {
        let mut notes = Vec::new();
        let cell = Cell::Text(Cow::Borrowed("887+2674"));
        assert_eq!(read_amount(&cell, Units::default(), &mut notes).unwrap(), Some(Money::from_fen(356_100)));
        assert_eq!((notes[0].code, notes[0].arguments[1].1.as_str()), ("amount-sum", "3561.00"));
    }

    #[test]
    fn units_come_from_cell_header_and_row_and_must_agree() {
        let unit = |text: &str| Unit::named(text);
        assert_eq!(unit("（元）"), None);
        let wan = unit("万元");
        let yuan = unit("元");
        assert_eq!(read_with("1.5", Units { header: wan, row: None }), Ok("15000.00".to_owned()));
        assert_eq!(read_with("1.5", Units { header: None, row: wan }), Ok("15000.00".to_owned()));
        assert_eq!(read_with("15000元", Units { header: wan, row: None }), Err("unit-disagrees"));
        assert_eq!(read_with("1.5", Units { header: wan, row: yuan }), Err("unit-disagrees"));
        let yearly = unit("元/年");
        assert_eq!(read_with("9688", Units { header: yearly, row: yuan }), Ok("807.33".to_owned()));
        let number = Number { digits: "1.5".into(), format: "0.00\"万元\"".into() };
        let cell = Cell::Number(Box::new(number));
        let amount = read_amount(&cell, Units::default(), &mut Vec::new());
        assert_eq!(amount.unwrap(), Some(Money::from_fen(1_500_000)));
    }

    #[test]
    fn whole_numbers_have_bounds_and_words() {
        let words = [("一级".into(), 1), ("1级".into(), 1)];
        let read = |text: &'static str| read_integer(&Cell::Text(Cow::Borrowed(text)), 1, 4, &words);
        assert_eq!(read("１级"), Ok(Some(1)));
        assert_eq!(read("4"), Ok(Some(4)));
        assert_eq!(read("4.0"), Ok(Some(4)));
        assert_eq!(read("5").unwrap_err().code, "number-bounds");
        assert_eq!(read("轻度").unwrap_err().code, "number-unreadable");
        assert_eq!(read("1.5").unwrap_err().code, "number-unreadable");
    }
}
