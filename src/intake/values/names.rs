//! Names of people and accounts (READING 16), account numbers (READING 10, 17).

use std::borrow::Cow;

use super::texts::{bare, broken, fold_width, trimmed, unguarded};
use super::{Reading, Trouble};
use crate::domain::{Text, clean_name};
use crate::formats::Cell;
use crate::formats::cell::is_space;

/// The most characters a name may have (DESIGN §7).
const LONGEST: usize = 50;

/// Characters U+4E00–U+9FFF alone (lead bytes E4–E9), 某 not among them, not too many: the ordinary
/// name, decided by bytes.
fn is_plain_chinese(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 3 * LONGEST
        && bytes.iter().all(|byte| matches!(byte, 0x80..=0xBF | 0xE4..=0xE9))
        && !bytes.windows(3).any(|three| three == "某".as_bytes())
        && !bytes.windows(2).any(|two| two[0] == 0xE4 && two[1] < 0xB8)
}

/// Reads a name; the folded form is what is compared, shown and paid to.
pub fn read_name(cell: &Cell<'_>, notes: &mut Vec<Trouble>) -> Reading<Text> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) if is_plain_chinese(text) => return Ok(Some(text.as_ref().into())),
        Cell::Text(text) => bare(text),
        Cell::Error(_) => return Err(broken(cell)),
        other => return Err(Trouble::written("name-unreadable", &other.shown())),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let name = clean_name(text);
    let count = name.chars().count();
    let code = if name.contains(['*', '某', '×']) || name.contains(['＊', '○', '●', '□']) {
        "name-masked"
    } else if name
        .chars()
        .any(|c| matches!(c, '?' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'))
    {
        "name-unreadable"
    } else if count > LONGEST {
        "name-too-long"
    } else {
        if name.contains(['(', ')', '（', '）', '[', ']', '［', '］', '【', '】']) {
            notes.push(Trouble::written("name-brackets", text));
        }
        return Ok(Some(name));
    };
    Err(Trouble::written(code, text))
}

/// Reads an account name: judged as a name, kept as written but for white space and characters of no
/// width, because the bank compares it with its own.
pub fn read_account_name(cell: &Cell<'_>, notes: &mut Vec<Trouble>) -> Reading<Text> {
    let read = read_name(cell, notes)?;
    match (read, cell) {
        (Some(name), Cell::Text(text)) if name.as_str() == text.as_ref() => Ok(Some(name)),
        (Some(_), Cell::Text(text)) => {
            let plain = |c: &char| !is_space(*c) || matches!(c, ' ' | '\u{3000}' | '\u{A0}');
            Ok(Some(bare(text).chars().filter(plain).collect()))
        }
        (read, _) => Ok(read),
    }
}

/// Digits of the shortest account numbers seen.
const SHORTEST_ACCOUNT: usize = 9;

/// An account number: digits and letters; spaces, hyphens, characters of no width and guards off.
pub fn read_account_number(cell: &Cell<'_>, notes: &mut Vec<Trouble>) -> Reading<Text> {
    let text: Cow<'_, str> = match cell {
        Cell::Empty => return Ok(None),
        Cell::Error(_) => return Err(broken(cell)),
        Cell::Number(number) => {
            let whole = number.digits.bytes().all(|byte| byte.is_ascii_digit());
            if !whole || number.digits.len() > 15 {
                return Err(Trouble::written("account-number-cell", &number.digits));
            }
            notes.push(Trouble::written("account-number-cell-short", &number.digits));
            return Ok(Some(number.digits.clone()));
        }
        Cell::Text(text) => Cow::Borrowed(text),
        other => return Err(Trouble::written("account-unreadable", &other.shown())),
    };
    if !text.is_empty() && text.len() <= 34 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        look_at(&text, notes)?;
        return Ok(Some(text.as_ref().into()));
    }
    // Groups of four are one number; two numbers are not.
    let longest = |text: &str| text.split(is_space).filter(|piece| piece.len() >= SHORTEST_ACCOUNT).count();
    if longest(&text) > 1 {
        return Err(Trouble::written("account-unreadable", &text));
    }
    let number: Text =
        unguarded(trimmed(&text)).chars().map(fold_width).filter(|c| !is_space(*c) && *c != '-').collect();
    if number.is_empty() {
        return Ok(None);
    }
    if number.len() <= 34 && number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        look_at(&number, notes)?;
        Ok(Some(number))
    } else {
        Err(Trouble::written("account-unreadable", &text))
    }
}

/// Accounts of banks are digits, nine at least, rarely behind some capitals (NRA, OSA). A letter that looks like a
/// digit stands for one that nobody can be sure of; other letters, and few digits, are used as written, and somebody
/// should look.
fn look_at(number: &str, notes: &mut Vec<Trouble>) -> Result<(), Trouble> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        let capitals = number.bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = if capitals > 1 { &number[capitals..] } else { number };
        let power = digits.split_once(['E', 'e']).is_some_and(|(before, after)| {
            [before, after].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if power || !digits.contains(|sign: char| sign.is_ascii_digit()) {
            return Err(Trouble::written("account-unreadable", number));
        }
        if digits.contains(['O', 'o', 'l', 'I', 'i']) {
            return Err(Trouble::written("account-letter-for-digit", number));
        }
        notes.push(Trouble::written("account-with-letters", number));
    }
    if number.len() < SHORTEST_ACCOUNT {
        notes.push(Trouble::written("account-number-short", number));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Result<String, &'static str> {
        read_name(&Cell::Text(Cow::Owned(written.to_owned())), &mut Vec::new())
            .map(|name| name.map_or(String::new(), |name| name.to_string()))
            .map_err(|trouble| trouble.code)
    }

    #[test]
    fn a_space_in_a_short_name_goes_and_in_a_long_one_becomes_a_separator() {
        for (written, name) in [
            ("张 三", "张三"),
            ("张　三", "张三"),
            ("王 小明", "王小明"),
            ("阿拉坦 萨仁", "阿拉坦·萨仁"),
            ("阿拉坦•萨仁", "阿拉坦·萨仁"),
            ("阿拉坦・萨仁", "阿拉坦·萨仁"),
            ("阿拉坦．萨仁", "阿拉坦·萨仁"),
            ("阿拉坦.萨仁", "阿拉坦·萨仁"),
            ("其其格·图雅", "其其格·图雅"),
            (" 张三\n", "张三"),
            ("张\u{200B}三", "张三"),
            ("John Smith", "John Smith"),
            ("J.Smith", "J.Smith"),
            ("𠮷田", "𠮷田"),
        ] {
            assert_eq!(read(written), Ok(name.to_owned()), "{written}");
        }
    }

    #[test]
    fn masked_and_damaged_names_are_errors() {
        for (written, code) in [
            ("张*三", "name-masked"),
            ("张某", "name-masked"),
            ("李某某", "name-masked"),
            ("张?", "name-unreadable"),
            ("张？", "name-unreadable"),
            ("张\u{E863}", "name-unreadable"),
            ("张\u{FFFD}", "name-unreadable"),
        ] {
            assert_eq!(read(written), Err(code), "{written}");
        }
        assert_eq!(read(&"长".repeat(50)), Ok("长".repeat(50)));
        assert_eq!(read(&"长".repeat(51)), Err("name-too-long"));
    }

    #[test]
    fn brackets_are_kept_with_a_warning() {
        let mut notes = Vec::new();
        let cell = Cell::Text(Cow::Borrowed("张三（监护人）"));
        assert_eq!(read_name(&cell, &mut notes).unwrap().unwrap(), "张三（监护人）");
        assert_eq!(notes[0].code, "name-brackets");
    }

    #[test]
    fn account_numbers_lose_their_spaces_and_number_cells_their_trust() {
        let text =
            |written: &'static str| read_account_number(&Cell::Text(Cow::Borrowed(written)), &mut Vec::new());
        assert_eq!(text("6222 0212 3456 7890 123").unwrap().unwrap(), "6222021234567890123");
        assert_eq!(text("'0500").unwrap().unwrap(), "0500");
        assert_eq!(text("6.22E+18").unwrap_err().code, "account-unreadable");
        assert_eq!(text("6222****1234").unwrap_err().code, "account-unreadable");
        let number = |digits: &str| {
            let mut notes = Vec::new();
            let number = crate::formats::Number { digits: digits.into(), format: Text::default() };
            let read = read_account_number(&Cell::Number(Box::new(number)), &mut notes);
            (read.map_err(|trouble| trouble.code), notes.len())
        };
        assert_eq!(number("123456789012345"), (Ok(Some("123456789012345".into())), 1));
        assert_eq!(number("1234567890123450"), (Err("account-number-cell"), 0));
    }
}
