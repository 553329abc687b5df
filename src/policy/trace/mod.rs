//! An expression computed in the open: what each name was, each step, each comparison with its
//! verdict. For `explain` and `policy test`; decisions themselves never come this way, but every
//! number here is computed by [`mod@super::evaluate`], so the two cannot disagree.

use super::expression::Expression;
use super::rulebook::{FieldId, RegisterId, ValueId};
use super::value::{Facts, Value};
use crate::domain::{Programme, Text};

mod speaker;
mod tracer;

pub(super) use speaker::Measure;
pub use speaker::Speaker;
use tracer::Tracer;

/// Whose fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// The row asked about: the claim's, the head's for a household.
    Row,
    /// The head's, asked for by `head.`.
    Head,
    /// A counted member's, by position.
    Member(usize),
}

/// What an expression asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A field of the row.
    Field(FieldId),
    /// The benefit month.
    Month,
    /// An age, or the month in which one is reached.
    Age,
    /// A dated value, for these keys.
    Dated(ValueId, Vec<Value<'static>>),
    /// A dated value in another month.
    DatedAt(ValueId),
    /// A dated value as a scale, all of its bands.
    Scale(ValueId),
    /// A register.
    Register(RegisterId),
    /// What another programme decided.
    Programme(Programme),
    /// The number of counted members.
    Members,
}

/// One fact that an expression asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Whose.
    pub of: Of,
    /// What.
    pub asked: Asked,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A step of a computation: `841.00 × 3` gives `2523.00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whose, inside an aggregate.
    pub of: Of,
    /// What is computed, with the values in it.
    pub text: String,
    /// What it gives.
    pub value: String,
}

/// A comparison, or another yes-or-no question, with its answer; `None`: not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Whose, inside an aggregate.
    pub of: Of,
    /// Both sides with their values.
    pub text: String,
    /// The answer.
    pub holds: Option<bool>,
}

/// An expression, computed in the open.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// As the pack writes it; in Chinese with the Chinese names.
    pub written: Text,
    /// What it gives.
    pub value: Value<'static>,
    /// The same in words.
    pub shown: String,
    /// The outermost operand of an amount, with its name where it has one: `rate [50.00]`.
    pub told: String,
    /// Computations, inner ones first.
    pub steps: Vec<Step>,
    /// Comparisons, in written order; those of a branch not taken are left out.
    pub comparisons: Vec<Comparison>,
    /// Facts asked for, each once.
    pub parts: Vec<Part>,
}

impl Expression {
    /// Computes the expression as [`Expression::evaluate`] does, and tells how.
    pub fn trace<F: Facts>(&self, facts: &F, speaker: Speaker<'_>) -> Traced {
        let mut tracer = Tracer { speaker, of: Of::Row, steps: vec![], comparisons: vec![], parts: vec![] };
        let condition = self.kind == super::Type::Boolean;
        let told = if condition {
            tracer.condition(&self.root, facts);
            String::new()
        } else {
            tracer.operand(&self.root, facts)
        };
        let value = self.evaluate(facts);
        Traced {
            written: speaker.named(&self.text).into(),
            value,
            shown: speaker.shown(&self.root, &value, None),
            told,
            steps: tracer.steps,
            comparisons: tracer.comparisons,
            parts: tracer.parts,
        }
    }
}
