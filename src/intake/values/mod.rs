//! One cell → one value, by READING 10–17. Each reader gives the value, nothing for a blank, or the
//! [`Trouble`] that makes the cell unusable; what was read but should be looked at goes to `notes`.

pub mod amounts;
pub mod codes;
pub mod dates;
pub mod identity;
pub mod names;
pub mod texts;

use crate::domain::Text;

/// A finding that does not know its place yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The finding's code.
    pub code: &'static str,
    /// Values for its blanks.
    pub arguments: Vec<(&'static str, Text)>,
}

impl Trouble {
    /// A trouble that shows what was written.
    pub fn written(code: &'static str, written: &str) -> Trouble {
        Trouble { code, arguments: vec![("written", shortened(written))] }
    }

    /// Fills a blank.
    #[must_use]
    pub fn with(mut self, blank: &'static str, value: impl AsRef<str>) -> Trouble {
        self.arguments.push((blank, value.as_ref().into()));
        self
    }
}

/// A cell after reading: its value, nothing for a blank one, or why it is unusable.
pub type Reading<T> = Result<Option<T>, Trouble>;

/// What a message quotes of a cell: at most 60 characters, line breaks shown as spaces.
pub fn shortened(written: &str) -> Text {
    let mut text: Text = written
        .chars()
        .take(60)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if written.chars().nth(60).is_some() {
        text.push('…');
    }
    text
}
