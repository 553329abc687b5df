use std::ops::Range;

use rust_decimal::Decimal;

/// Bytes of an expression's text.
pub type Span = Range<usize>;

/// A part of an expression as written, before names are looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TreeKind,
}

/// The kinds of parts.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeKind {
    /// `80`, `1.3`
    Number(Decimal),
    /// `50元`
    Yuan(Decimal),
    /// `30%`, already divided by a hundred.
    Percent(Decimal),
    /// `"urban"`
    Text(String),
    /// `true`, `否`
    Flag(bool),
    /// `monthly_income`, `月收入`
    Name(String),
    /// `head.hukou`: the name after the dot.
    OfHead(String),
    /// `reaches(80)`
    Call {
        /// What is called.
        name: String,
        /// Where its name stands.
        name_span: Span,
        /// What it is given.
        arguments: Vec<Tree>,
    },
    /// `not a`
    Not(Box<Tree>),
    /// `- a`
    Negative(Box<Tree>),
    /// `a and b and c`
    And(Vec<Tree>),
    /// `a or b or c`
    Or(Vec<Tree>),
    /// `a < b`, `a + b`
    Binary {
        /// Which.
        operator: Binary,
        /// Where the sign stands.
        sign: Span,
        /// Left side.
        left: Box<Tree>,
        /// Right side.
        right: Box<Tree>,
    },
    /// `a in ("x", "y")`
    Among {
        /// What is looked for.
        subject: Box<Tree>,
        /// Among what.
        list: Vec<Tree>,
        /// Written `not in`.
        negated: bool,
    },
    /// `if a then b else c`
    If {
        /// The condition.
        condition: Box<Tree>,
        /// If it holds.
        then: Box<Tree>,
        /// If not.
        otherwise: Box<Tree>,
    },
}

/// Signs between two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `=`
    Equal,
    /// `!=` `≠`
    Unequal,
    /// `<`
    Less,
    /// `<=` `≤`
    AtMost,
    /// `>`
    More,
    /// `>=` `≥`
    AtLeast,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*` `×`
    Times,
    /// `/` `÷`
    Over,
}

impl Binary {
    /// The sign as messages show it.
    pub fn sign(self) -> &'static str {
        match self {
            Binary::Equal => "=",
            Binary::Unequal => "≠",
            Binary::Less => "<",
            Binary::AtMost => "≤",
            Binary::More => ">",
            Binary::AtLeast => "≥",
            Binary::Plus => "+",
            Binary::Minus => "−",
            Binary::Times => "×",
            Binary::Over => "÷",
        }
    }
}
