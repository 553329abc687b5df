//! A compiled expression: names are ids, types have been checked, literals are values. Built by
//! [`types`](super::types), computed by [`evaluate`](super::evaluate).

use crate::domain::{Programme, Text};

use super::rulebook::{FieldId, RegisterId, ValueId};
use super::syntax::Binary;
use super::value::Value;

/// The types of the language (DESIGN §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Yes or no.
    Boolean,
    /// A count, an age, a grade.
    Integer,
    /// Yuan.
    Money,
    /// A share.
    Ratio,
    /// A day.
    Date,
    /// A month.
    Month,
    /// Text.
    Text,
    /// One of the codes of this field.
    Code(FieldId),
}

impl Type {
    /// The code of its name in the catalogue.
    pub fn word(self) -> &'static str {
        match self {
            Type::Boolean => "policy-type-boolean",
            Type::Integer => "policy-type-integer",
            Type::Money => "policy-type-money",
            Type::Ratio => "policy-type-ratio",
            Type::Date => "policy-type-date",
            Type::Month => "policy-type-month",
            Type::Text => "policy-type-text",
            Type::Code(_) => "policy-type-code",
        }
    }
}

/// A compiled, typed expression: a condition (boolean) or an amount (money).
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub(super) root: Node,
    pub(super) kind: Type,
    pub(super) text: Text,
}

impl Expression {
    /// 0 yuan, of no pack.
    pub(super) fn nothing() -> Expression {
        let root = Node::Constant(Value::Decimal(rust_decimal::Decimal::ZERO));
        Expression { root, kind: Type::Money, text: Text::default() }
    }

    /// The expression as the pack writes it, for people.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it gives.
    pub fn kind(&self) -> Type {
        self.kind
    }

    /// Calls `visit` with every part, outermost first.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Node)) {
        self.root.visit(visit);
    }
}

/// What an aggregate does with the members' values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// For how many the body holds.
    Count,
    /// Their sum, of yuan or shares.
    Sum,
    /// Their sum, of whole numbers.
    SumIntegers,
    /// Whether it holds for one.
    Any,
    /// Whether it holds for each.
    All,
    /// The largest.
    Greatest,
    /// The smallest.
    Least,
}

/// What `+ - × ÷` means for the types of its sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// Whole numbers, the result too (never `÷`).
    Integers,
    /// Yuan, ratios, and whole numbers beside them.
    Decimals,
    /// A month and a number of months.
    ShiftMonth,
    /// Two months: the number of months between.
    MonthsBetween,
    /// A day and a number of days.
    ShiftDay,
    /// Two days: the number of days between.
    DaysBetween,
}

/// A part of a compiled expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A literal that is not text.
    Constant(Value<'static>),
    /// A literal text.
    Text(Text),
    /// A field of who is asked about.
    Field(FieldId),
    /// A field of the household's head.
    HeadField(FieldId),
    /// The benefit month.
    Month,
    /// Whole years, counted in months.
    Age,
    /// The month in which an age is reached.
    Reaches(Box<Node>),
    /// A dated value for these keys.
    Dated {
        /// Which.
        value: ValueId,
        /// Its keys, at most [`KEYS`].
        keys: Box<[Node]>,
        /// It is a whole number, whatever form the facts give it in.
        integer: bool,
    },
    /// A dated value as it is in another month: a standard read on a stated day of the year.
    DatedAt {
        /// The month.
        month: Box<Node>,
        /// Which.
        value: ValueId,
        /// Its keys, at most [`KEYS`].
        keys: Box<[Node]>,
        /// It is a whole number.
        integer: bool,
    },
    /// A scale in bands of yuan: each part of the amount at the rate of its band.
    Marginal(ValueId, Box<Node>),
    /// How many whole times the second goes into the first; at least 0.
    Steps(Box<(Node, Node)>),
    /// The place of the member's value among the members' values, from 1 for the largest.
    Rank(Box<Node>),
    /// The day of birth.
    Born,
    /// Whole years from one day to another.
    Years(Box<(Node, Node)>),
    /// First day of a month.
    FirstDay(Box<Node>),
    /// Last day of a month.
    LastDay(Box<Node>),
    /// A day moved by months; where that day does not exist, the last of the month, or (`up`) the first
    /// of the next.
    Later {
        /// The day and the number of months.
        sides: Box<(Node, Node)>,
        /// Which way a day that does not exist goes.
        up: bool,
    },
    /// Listed in a register.
    Listed(RegisterId),
    /// A column of a register.
    Column(RegisterId, u16),
    /// Entitled to a programme.
    Entitled(Programme),
    /// The amount of a programme.
    Amount(Programme),
    /// The share in a household's amount.
    Share(Programme),
    /// How many members are counted.
    MemberCount,
    /// Whether an optional field was left empty.
    IsEmpty(Box<Node>),
    /// The month a day lies in.
    MonthOf(Box<Node>),
    /// The calendar year of a month or a day.
    YearOf(Box<Node>),
    /// 1–12.
    MonthNumber(Box<Node>),
    /// Not.
    Not(Box<Node>),
    /// All hold.
    And(Box<[Node]>),
    /// One holds.
    Or(Box<[Node]>),
    /// A comparison.
    Compare(Binary, Box<(Node, Node)>),
    /// Among a list, or not among it.
    Among {
        /// What is looked for.
        subject: Box<Node>,
        /// Among these.
        list: Box<[Node]>,
        /// `not in`
        negated: bool,
    },
    /// If, then, else.
    If(Box<(Node, Node, Node)>),
    /// The smallest of several.
    Least(Box<[Node]>),
    /// The largest of several.
    Greatest(Box<[Node]>),
    /// Sign turned.
    Negative(Box<Node>),
    /// Two sides.
    Arithmetic(Arithmetic, Binary, Box<(Node, Node)>),
    /// Over the members of the household.
    Members(Aggregate, Box<Node>),
}

/// How many keys a dated value may have.
pub const KEYS: usize = 4;

impl Node {
    /// Calls `visit` with this part and every part in it.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Node)) {
        visit(self);
        match self {
            Node::Constant(_)
            | Node::Text(_)
            | Node::Field(_)
            | Node::HeadField(_)
            | Node::Month
            | Node::Age
            | Node::Listed(_)
            | Node::Column(..)
            | Node::Entitled(_)
            | Node::Amount(_)
            | Node::Share(_)
            | Node::Born
            | Node::MemberCount => {}
            Node::Marginal(_, inner)
            | Node::Rank(inner)
            | Node::FirstDay(inner)
            | Node::LastDay(inner)
            | Node::Reaches(inner)
            | Node::IsEmpty(inner)
            | Node::MonthOf(inner)
            | Node::YearOf(inner)
            | Node::MonthNumber(inner)
            | Node::Not(inner)
            | Node::Negative(inner)
            | Node::Members(_, inner) => inner.visit(visit),
            Node::Dated { keys: parts, .. }
            | Node::And(parts)
            | Node::Or(parts)
            | Node::Least(parts)
            | Node::Greatest(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Node::DatedAt { month, keys, .. } => {
                month.visit(visit);
                keys.iter().for_each(|part| part.visit(visit));
            }
            Node::Compare(_, sides)
            | Node::Arithmetic(_, _, sides)
            | Node::Steps(sides)
            | Node::Years(sides)
            | Node::Later { sides, .. } => {
                sides.0.visit(visit);
                sides.1.visit(visit);
            }
            Node::Among { subject, list, .. } => {
                subject.visit(visit);
                list.iter().for_each(|part| part.visit(visit));
            }
            Node::If(parts) => {
                parts.0.visit(visit);
                parts.1.visit(visit);
                parts.2.visit(visit);
            }
        }
    }
}
