//! The text of a condition or an amount → a tree, with the place of every part.
//!
//! In: the text between the quotes. Out: a [`Tree`], or the first [`Complaint`]. It knows how the
//! language is written (DESIGN §8) and nothing of the pack: names are only names here.

mod lexer;
mod parser;
mod tree;

pub use lexer::{BINDING_WORDS, WORDS, is_name_part};
pub use parser::parse;
pub use tree::{Binary, Span, Tree, TreeKind};

use crate::domain::Text;

/// What is wrong with an expression, and where in its text. The words stand in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Stable code.
    pub code: &'static str,
    /// Bytes of the text it speaks of.
    pub span: Span,
    /// Which text: 0 the expression itself, else 1 + the position of the definition it uses.
    pub script: usize,
    /// Values of the message; a value that begins with `@` is itself a code of the catalogue.
    pub arguments: Vec<(&'static str, Text)>,
    /// Further lines of help: catalogue code and its values.
    pub help: Vec<(&'static str, Vec<(&'static str, Text)>)>,
}

impl Complaint {
    /// A complaint about a part of the expression's own text.
    pub fn new(code: &'static str, span: Span) -> Complaint {
        Complaint { code, span, script: 0, arguments: Vec::new(), help: Vec::new() }
    }

    /// Fills a blank of the message.
    #[must_use]
    pub fn with(mut self, blank: &'static str, value: impl AsRef<str>) -> Complaint {
        self.arguments.push((blank, value.as_ref().into()));
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, code: &'static str, arguments: &[(&'static str, &str)]) -> Complaint {
        self.help.push((code, arguments.iter().map(|(name, value)| (*name, (*value).into())).collect()));
        self
    }
}
