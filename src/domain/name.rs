use super::Text;

/// White space and characters of no width.
pub fn is_space(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}')
}

/// Full-width digits, letters and signs as their ASCII twins.
pub fn fold_width(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(character as u32 - 0xFEE0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// A Chinese character.
pub fn is_chinese(character: char) -> bool {
    matches!(character,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
        | '〇')
}

fn is_separator(character: char) -> bool {
    matches!(character, '\u{B7}' | '\u{2022}' | '\u{30FB}' | '\u{2027}' | '\u{FF0E}' | '.' | '\u{FF65}')
}

/// Folds a name as READING 16 says, so that two ways of writing one name compare equal: characters of
/// no width gone, separators between Chinese characters as U+00B7, one space inside a short Chinese
/// name gone, width folded. Account and payee names are folded so before they are compared.
pub fn fold_name(text: &str) -> Text {
    folded(text, |_| false)
}

/// A name as it is kept: as [`fold_name`], but with its brackets as they were written.
pub fn clean_name(text: &str) -> Text {
    folded(text, |sign| matches!(sign, '（' | '）' | '［' | '］'))
}

fn folded(text: &str, kept: impl Fn(char) -> bool) -> Text {
    let characters: Vec<char> = text
        .chars()
        .filter(|c| !is_space(*c) || matches!(c, ' ' | '\u{3000}' | '\u{A0}' | '\t'))
        .map(|c| if is_separator(c) || kept(c) { c } else { fold_width(c) })
        .collect();
    let chinese = characters.iter().filter(|c| is_chinese(**c)).count();
    let short = chinese <= 3 && characters.iter().all(|c| is_chinese(*c) || is_space(*c));
    let mut name = Text::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let character = characters[at];
        if !(is_space(character) || is_separator(character)) {
            name.push(character);
            at += 1;
            continue;
        }
        let run = characters[at..].iter().take_while(|c| is_space(**c) || is_separator(**c)).count();
        let marks = &characters[at..at + run];
        let before = at.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(at + run).copied();
        let between = before.is_some_and(is_chinese) && after.is_some_and(is_chinese);
        let separators = marks.iter().filter(|c| is_separator(**c)).count();
        match (between, separators, after) {
            (true, 0, _) if short => {}
            (true, _, _) => name.push('·'),
            (false, 0, None) => {}
            (false, 0, Some(_)) => name.push(' '),
            (false, _, _) => name.extend(marks.iter().map(|mark| fold_width(*mark))),
        }
        at += run;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_spaces_and_width_do_not_make_two_names_of_one() {
        for written in ["高娃•托娅", "高娃・托娅", "高娃·托娅", "高娃 托娅", "高娃．托娅"]
        {
            assert_eq!(fold_name(written), "高娃·托娅", "{written}");
        }
        assert_eq!(fold_name("张 三"), "张三");
        assert_eq!(fold_name("Ａ公司"), "A公司");
    }
}
