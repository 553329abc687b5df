//! Speaks of a pack's things: names of fields, programmes, values and codes; figures as people write them.

use rust_decimal::Decimal;

use super::super::expression::Node;
use super::super::rulebook::{FieldId, FieldKind, KeyPart, RegisterId, Rulebook, Unit, ValueId, ValueKey};
use super::super::syntax::Binary;
use super::super::value::{Missing, Value};
use crate::domain::{Programme, Text};
use crate::words::{self, Language};

/// Speaks of a pack's things in one language: Chinese by their names, English by their codes.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// The language.
    pub language: Language,
}

/// What a decimal of a part measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Measure {
    Money,
    Ratio,
    Plain,
}

impl Speaker<'_> {
    pub(super) fn word(&self, code: &str) -> String {
        words::say(self.language, code, &[])
    }

    /// A field's name.
    pub fn field(&self, field: FieldId) -> String {
        let field = self.rulebook.field(field);
        match (self.language, field.headers.first()) {
            (Language::Zh, Some(header)) => header.to_string(),
            _ => field.code.to_string(),
        }
    }

    /// A programme's name.
    pub fn programme(&self, programme: Programme) -> String {
        let rule = self.rulebook.rule(programme);
        match self.language {
            Language::Zh => rule.name.to_string(),
            Language::En => rule.code.to_string(),
        }
    }

    /// A dated value's name.
    pub fn value(&self, value: ValueId) -> String {
        let value = &self.rulebook.values[usize::from(value.0)];
        match self.language {
            Language::Zh => value.name.to_string(),
            Language::En => value.code.to_string(),
        }
    }

    /// A register's name.
    pub fn register(&self, register: RegisterId) -> String {
        let rule = &self.rulebook.registers[usize::from(register.0)];
        match self.language {
            Language::Zh => rule.name.to_string(),
            Language::En => rule.code.to_string(),
        }
    }

    /// One of a field's codes.
    pub fn code(&self, field: FieldId, code: u16) -> String {
        match &self.rulebook.field(field).kind {
            FieldKind::Code(table) => match (table.get(usize::from(code)), self.language) {
                (Some(entry), Language::Zh) => {
                    entry.words.first().map_or(entry.code.to_string(), Text::to_string)
                }
                (Some(entry), Language::En) => entry.code.to_string(),
                (None, _) => code.to_string(),
            },
            _ => code.to_string(),
        }
    }

    /// Why something is not known.
    pub fn missing(&self, missing: Missing) -> String {
        let (code, name) = match missing {
            Missing::Field(field) => ("trace-missing-field", self.field(field)),
            Missing::Value(value) => ("trace-missing-value", self.value(value)),
            Missing::Programme(programme) => ("trace-missing-programme", self.programme(programme)),
            Missing::Register(register) => ("trace-missing-register", self.register(register)),
            Missing::Arithmetic => ("trace-missing-arithmetic", String::new()),
        };
        words::say(self.language, code, &[("name", name.as_str().into())])
    }

    /// A key of a dated value: `城镇`, `80–99`.
    pub fn key(&self, value: ValueId, key: &[KeyPart]) -> String {
        let rule = &self.rulebook.values[usize::from(value.0)];
        let parts: Vec<String> = key
            .iter()
            .zip(&rule.keys)
            .map(|(part, of)| match (part, of) {
                (KeyPart::Code(code), ValueKey::Code(field)) => self.code(*field, *code),
                (KeyPart::Band(Some(from), Some(below)), _) if below.saturating_sub(1) == *from => {
                    from.to_string()
                }
                (KeyPart::Band(Some(from), Some(below)), _) => {
                    format!("{from}–{}", below.saturating_sub(1))
                }
                (KeyPart::Band(Some(from), None), _) => format!("≥ {from}"),
                (KeyPart::Band(None, Some(below)), _) => format!("< {below}"),
                _ => "*".to_owned(),
            })
            .collect();
        parts.join(", ")
    }

    /// A value as the kind of the part it came from shows it. `beside`: the part it is compared with.
    pub(super) fn shown(&self, node: &Node, value: &Value<'_>, beside: Option<&Node>) -> String {
        match value {
            Value::Missing(missing) => self.missing(*missing),
            Value::Empty => self.word("trace-empty"),
            Value::Flag(flag) => self.word(if *flag { "yes" } else { "no" }),
            Value::Integer(integer) => integer.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Month(month) => month.to_string(),
            Value::Text(text) => (*text).to_owned(),
            Value::Code(code) => match code_field(node).or_else(|| beside.and_then(code_field)) {
                Some(field) => self.code(field, *code),
                None => code.to_string(),
            },
            Value::Decimal(decimal) => {
                let mut measure = self.measure(node);
                if measure == Measure::Plain
                    && let Some(beside) = beside
                {
                    measure = self.measure(beside);
                }
                figure(*decimal, measure)
            }
        }
    }

    pub(in crate::policy) fn measure(&self, node: &Node) -> Measure {
        let either = |a: Measure, b: Measure| if a == Measure::Plain { b } else { a };
        match node {
            Node::Field(field) | Node::HeadField(field) => match self.rulebook.field(*field).kind {
                FieldKind::Money => Measure::Money,
                _ => Measure::Plain,
            },
            Node::Dated { value, .. } => match self.rulebook.values[usize::from(value.0)].unit {
                Unit::Money => Measure::Money,
                Unit::Ratio => Measure::Ratio,
                Unit::Integer => Measure::Plain,
            },
            Node::DatedAt { value, .. } => match self.rulebook.values[usize::from(value.0)].unit {
                Unit::Money => Measure::Money,
                Unit::Ratio => Measure::Ratio,
                Unit::Integer => Measure::Plain,
            },
            Node::Amount(_) | Node::Share(_) | Node::Marginal(..) => Measure::Money,
            Node::If(parts) => either(self.measure(&parts.1), self.measure(&parts.2)),
            Node::Negative(inner) | Node::Members(_, inner) => self.measure(inner),
            Node::Least(parts) | Node::Greatest(parts) => {
                parts.iter().map(|part| self.measure(part)).fold(Measure::Plain, either)
            }
            Node::Arithmetic(_, operator, sides) => {
                let (left, right) = (self.measure(&sides.0), self.measure(&sides.1));
                match (operator, left, right) {
                    (Binary::Over, Measure::Money, Measure::Money) => Measure::Plain,
                    (_, Measure::Money, _) | (_, _, Measure::Money) => Measure::Money,
                    _ => either(left, right),
                }
            }
            _ => Measure::Plain,
        }
    }
}

/// A decimal in people's form: yuan with at least two decimals, a share as a percentage.
fn figure(decimal: Decimal, measure: Measure) -> String {
    match measure {
        Measure::Money => {
            let mut yuan = decimal.normalize();
            if yuan.scale() < 2 {
                yuan.rescale(2);
            }
            yuan.to_string()
        }
        Measure::Ratio => match decimal.checked_mul(Decimal::ONE_HUNDRED) {
            Some(percent) => format!("{}%", percent.normalize()),
            None => decimal.normalize().to_string(),
        },
        Measure::Plain => decimal.normalize().to_string(),
    }
}

/// The field whose code table a part's codes belong to.
fn code_field(node: &Node) -> Option<FieldId> {
    match node {
        Node::Field(field) | Node::HeadField(field) => Some(*field),
        Node::If(parts) => code_field(&parts.1).or_else(|| code_field(&parts.2)),
        _ => None,
    }
}
