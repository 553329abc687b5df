use super::Text;

/// A bank account as a roster, a register or a provider's row names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Account {
    /// The bank's name as the pack's bank profiles know it, else as written.
    pub bank: Text,
    /// Digits (and letters) of the number, spaces taken off.
    pub number: Text,
    /// The holder's name as written, folded by [`fold_name`].
    pub name: Text,
}

impl Account {
    /// For terminals and logs: the last four characters.
    pub fn masked_number(&self) -> String {
        let tail: String = self.number.chars().rev().take(4).collect();
        format!("****{}", tail.chars().rev().collect::<String>())
    }
}

/// Folds a name so that two ways of writing one name compare equal: the separators that stand for
/// U+00B7 become it, inner spaces of names of foreign form are kept as one separator, width is
/// folded. Reading names from rosters (which also reports what it saw) is the intake's job; this is
/// what both the intake and comparisons of account names share.
pub fn fold_name(text: &str) -> Text {
    let mut folded = Text::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '\u{2022}' | '\u{30FB}' | '\u{2027}' | '\u{FF0E}' => folded.push('·'),
            '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\r' | '\n' => {}
            '\u{FF01}'..='\u{FF5E}' => {
                folded.push(char::from_u32(character as u32 - 0xFEE0).unwrap_or(character))
            }
            '\u{3000}' | '\u{00A0}' => folded.push(' '),
            other => folded.push(other),
        }
    }
    folded
}
