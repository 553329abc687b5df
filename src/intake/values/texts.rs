//! Text cells: what is taken off every text (READING 11, 15, 22), and open text fields.

use std::borrow::Cow;

use super::{Reading, Trouble};
use crate::domain::Text;
use crate::formats::Cell;
use crate::formats::cell::is_space;

pub use crate::domain::fold_width;

/// Whether a text holds nothing that this room would take off, fold or look at: no white space,
/// nothing of no width, nothing full-width, no control characters. Decided by bytes alone: the lead
/// bytes C2, E1–E3 and EF begin every such character, so some harmless ones count as not plain.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| PLAIN[usize::from(byte)])
}

static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = !matches!(byte, 0..=0x20 | 0x7F | 0xC2 | 0xE1..=0xE3 | 0xEF);
        byte += 1;
    }
    plain
};

/// The text without white space at its ends and without our own writers' guard: an apostrophe before
/// `= + - @`, tab or carriage return (READING 22).
pub fn trimmed(text: &str) -> &str {
    let text = text
        .strip_prefix('\'')
        .filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']))
        .unwrap_or(text);
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (None, _) | (_, None) => "",
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_space),
    }
}

/// Width folded and all white space taken out: how headers, codes and numbers are compared.
pub fn squeezed(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(|c| is_space(c) || fold_width(c) != c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|character| !is_space(*character)).map(fold_width).collect())
}

/// Text as a person sees it in a cell, trimmed. An error cell is a trouble.
pub fn shown<'c>(cell: &'c Cell<'_>) -> Result<Cow<'c, str>, Trouble> {
    match cell {
        Cell::Text(text) => Ok(Cow::Borrowed(bare(text))),
        Cell::Error(_) => Err(broken(cell)),
        other => Ok(other.shown()),
    }
}

/// The trouble of an error cell.
pub fn broken(cell: &Cell<'_>) -> Trouble {
    match cell {
        Cell::Error(text) if text == crate::formats::cell::NO_CACHED_VALUE => {
            Trouble::written("formula-without-value", "")
        }
        Cell::Error(text) if text == crate::formats::cell::STRUCK_THROUGH => {
            Trouble { code: "row-struck", arguments: Vec::new() }
        }
        other => Trouble::written("cell-error", &other.shown()),
    }
}

/// The text without white space at its ends, our own writers' guard and Excel's: `="…"`, a leading apostrophe. What
/// stands between two apostrophes is quoted, not guarded.
pub fn bare(text: &str) -> &str {
    let text = trimmed(text);
    if text.starts_with(['\'', '=', '＝', '’', '‘']) && !text.ends_with(['\'', '’']) {
        unguarded(text)
    } else {
        text
    }
}

/// Open text: trimmed; line breaks and characters of no width inside taken out.
pub fn read_text(cell: &Cell<'_>) -> Reading<Text> {
    if let Cell::Text(text) = cell
        && is_plain(text)
        && !text.starts_with(['\'', '='])
    {
        return Ok(Some(text.as_ref().into()));
    }
    if cell.is_blank() {
        return Ok(None);
    }
    let text = shown(cell)?;
    if !text.chars().any(|c| c != ' ' && is_space(c)) {
        return Ok(Some(text.as_ref().into()));
    }
    let text: Text =
        text.chars().filter(|c| !is_space(*c) || matches!(c, ' ' | '\u{3000}' | '\u{A0}')).collect();
    Ok(Some(text))
}

/// A number that is a name: household, case, certificate. Width folded, white space out, `="…"` and
/// a leading apostrophe off; a number cell keeps the zeros its format shows.
pub fn read_label(cell: &Cell<'_>) -> Reading<Text> {
    if let Cell::Text(text) = cell
        && is_plain(text)
        && !text.starts_with(['\'', '='])
    {
        return Ok(Some(text.as_ref().into()));
    }
    if cell.is_blank() {
        return Ok(None);
    }
    if let Cell::Number(number) = cell {
        let width = number.format.len();
        if width > 1
            && number.format.bytes().all(|b| b == b'0')
            && number.digits.bytes().all(|b| b.is_ascii_digit())
        {
            return Ok(Some(format!("{:0>width$}", number.digits).into()));
        }
    }
    let text = shown(cell)?;
    Ok(Some(squeezed(unguarded(&text)).as_ref().into()).filter(|text: &Text| !text.is_empty()))
}

/// Takes off Excel's `="…"` guard and a leading apostrophe.
pub fn unguarded(text: &str) -> &str {
    let text = text.trim_matches(is_space);
    let inner = text
        .strip_prefix("=\"")
        .or_else(|| text.strip_prefix("＝\""))
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    inner.trim_start_matches(['\'', '’', '‘'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_guard_of_our_own_writers_is_taken_off() {
        assert_eq!(trimmed("'=SUM(A1)"), "=SUM(A1)");
        assert_eq!(trimmed("'-5"), "-5");
        assert_eq!(trimmed("'quoted'"), "'quoted'");
        assert_eq!(trimmed("\u{3000}张三\u{200B} "), "张三");
    }

    #[test]
    fn guards_of_spreadsheets_come_off_any_text() {
        for (written, meant) in [
            ("'2022-12", "2022-12"),
            ("=\"2022-12\"", "2022-12"),
            ("'停发", "停发"),
            ("'=SUM(A1)", "=SUM(A1)"),
            ("'quoted'", "'quoted'"),
            ("1+1=2", "1+1=2"),
        ] {
            assert_eq!(bare(written), meant, "{written}");
        }
    }

    #[test]
    fn squeezing_folds_width_and_takes_white_space_out() {
        assert_eq!(squeezed("合　 计"), "合计");
        assert_eq!(squeezed("金额（元）"), "金额(元)");
        assert_eq!(squeezed("Ａ１"), "A1");
    }

    #[test]
    fn a_number_cell_keeps_the_zeros_its_format_shows() {
        let number = |digits: &str, format: &str| {
            Cell::Number(Box::new(crate::formats::Number { digits: digits.into(), format: format.into() }))
        };
        assert_eq!(read_label(&number("12", "0000")).unwrap().unwrap(), "0012");
        assert_eq!(read_label(&number("12", "General")).unwrap().unwrap(), "12");
    }
}
