//! Codes and flags (READING 15), townships (READING 17).

use super::texts::{bare, broken, squeezed};
use super::{Reading, Trouble};
use crate::domain::{Division, Divisions, Text, Township};
use crate::formats::Cell;
use crate::policy::CodeEntry;

/// Reads a code by its table: a listed word or the ASCII code, width folded.
pub fn read_code(cell: &Cell<'_>, table: &[CodeEntry]) -> Reading<u16> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) => text,
        Cell::Error(_) => return Err(broken(cell)),
        other => return find_code(&other.shown(), table),
    };
    if let Some(position) =
        table.iter().position(|entry| entry.words.iter().any(|word| word.as_str() == text.as_ref()))
    {
        return Ok(Some(position as u16));
    }
    find_code(text, table)
}

fn find_code(text: &str, table: &[CodeEntry]) -> Reading<u16> {
    let text = squeezed(bare(text));
    if text.is_empty() {
        return Ok(None);
    }
    let found = table.iter().position(|entry| {
        entry.code.eq_ignore_ascii_case(&text)
            || entry.words.iter().any(|word| *word == *text || squeezed(word) == text)
    });
    found.map(|position| Some(position as u16)).ok_or_else(|| {
        let known = table
            .iter()
            .map(|entry| entry.words.first().unwrap_or(&entry.code).as_str())
            .collect::<Vec<_>>()
            .join("、");
        Trouble::written("code-unknown", &text).with("known", known)
    })
}

/// Reads 是/否.
pub fn read_flag(cell: &Cell<'_>, yes: &[Text], no: &[Text]) -> Reading<bool> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Flag(flag) => return Ok(Some(*flag)),
        Cell::Text(text) => squeezed(bare(text)),
        Cell::Error(_) => return Err(broken(cell)),
        other => other.shown(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let among = |words: &[Text]| words.iter().any(|word| word.eq_ignore_ascii_case(&text));
    if among(yes) || text == "是" {
        Ok(Some(true))
    } else if among(no) || text == "否" {
        Ok(Some(false))
    } else {
        let known = yes.iter().chain(no).map(Text::as_str).collect::<Vec<_>>().join("、");
        Err(Trouble::written("code-unknown", &text).with("known", known))
    }
}

/// Matches a township: as written, width folded, or with the district and whatever stands above it
/// written before it (`内蒙古自治区呼和浩特市新城区保合少镇`).
pub fn find_township(written: &str, divisions: &Divisions) -> Township {
    let found = divisions.find(written);
    if matches!(found, Township::Known(_)) || written.is_empty() {
        return found;
    }
    let text = squeezed(written);
    let found = divisions.find(&text);
    if matches!(found, Township::Known(_)) {
        return found;
    }
    let ends_with = |name: &str| {
        let before = text.strip_suffix(name);
        before.is_some_and(|before| before.ends_with(['区', '县', '市', '旗', '盟', '州', '省', '/', '-']))
    };
    let named = |division: &Division| {
        ends_with(&division.name) || division.aliases.iter().any(|alias| ends_with(alias))
    };
    let mut matching = divisions.rows().iter().enumerate().filter(|(_, division)| named(division));
    match (matching.next(), matching.next()) {
        (Some((row, _)), None) => Township::Known(row as u16),
        _ => Township::Unknown(text.as_ref().into()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn words_codes_and_full_width_match_and_others_are_listed() {
        let table = [
            CodeEntry { code: "urban".into(), words: vec!["城镇".into(), "城市".into()] },
            CodeEntry { code: "rural".into(), words: vec!["农村".into(), "农业".into()] },
        ];
        let read = |text: &'static str| read_code(&Cell::Text(Cow::Borrowed(text)), &table);
        assert_eq!(read("城 市"), Ok(Some(0)));
        assert_eq!(read("ＲＵＲＡＬ"), Ok(Some(1)));
        assert_eq!(read("  "), Ok(None));
        let trouble = read("郊区").unwrap_err();
        assert_eq!((trouble.code, trouble.arguments[1].1.as_str()), ("code-unknown", "城镇、农村"));
    }

    #[test]
    fn a_township_is_found_behind_its_district() {
        let divisions = Divisions::new(vec![Division {
            code: "150102101".into(),
            name: "保合少镇".into(),
            aliases: vec!["保合少".into()],
            quarterly: false,
        }]);
        for written in
            ["保合少镇", "150102101", "新城区保合少镇", "内蒙古呼和浩特市新城区 保合少镇", "保合少"]
        {
            assert_eq!(find_township(written, &divisions), Township::Known(0), "{written}");
        }
        assert_eq!(find_township("新保合少镇", &divisions), Township::Unknown("新保合少镇".into()));
        assert_eq!(find_township("", &divisions), Township::Unknown("".into()));
    }
}
