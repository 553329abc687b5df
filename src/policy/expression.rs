//! (placeholder: helper writes) a compiled, typed expression.
/// A compiled expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression;
