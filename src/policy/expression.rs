//! (placeholder: helper writes) a compiled, typed expression.
/// A compiled expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression;

impl Expression {
    /// Evaluates.
    pub fn evaluate<'a, F: super::Facts>(&self, _facts: &'a F) -> super::Value<'a> {
        super::Value::Empty
    }
}
