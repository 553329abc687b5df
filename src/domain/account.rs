use super::Text;

/// A bank account as a roster, a register or a provider's row names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Account {
    /// The bank's name as the pack's bank profiles know it, else as written.
    pub bank: Text,
    /// Digits (and letters) of the number, spaces taken off.
    pub number: Text,
    /// The holder's name as written; compared after [`super::fold_name`].
    pub name: Text,
}

impl Account {
    /// For terminals and logs: the last four characters.
    pub fn masked_number(&self) -> String {
        let tail: String = self.number.chars().rev().take(4).collect();
        format!("****{}", tail.chars().rev().collect::<String>())
    }
}
