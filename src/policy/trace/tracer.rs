//! Walks an expression and tells each step and comparison, with the values in it.

use super::super::evaluate;
use super::super::expression::{Aggregate, Node};
use super::super::plain::word_of;
use super::super::rulebook::{ValueId, ValueKey};
use super::super::syntax::Binary;
use super::super::value::{Facts, Value};
use super::{Asked, Comparison, Of, Part, Speaker, Step};
use crate::domain::Programme;
use crate::words::{self, Language};

/// How many members of a household are told step by step; the others are counted in the result.
const MEMBERS_TOLD: usize = 50;

/// Collects what is told of one expression.
pub(super) struct Tracer<'a> {
    pub(super) speaker: Speaker<'a>,
    pub(super) of: Of,
    pub(super) steps: Vec<Step>,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) parts: Vec<Part>,
}

impl Tracer<'_> {
    fn part(&mut self, of: Of, asked: Asked, name: &str, value: &str) {
        let part = Part { of, asked, name: name.to_owned(), value: value.to_owned() };
        if !self.parts.contains(&part) {
            self.parts.push(part);
        }
    }

    fn valued(&self, name: &str, value: &str) -> String {
        match self.speaker.language {
            Language::Zh => format!("{name}〔{value}〕"),
            Language::En => format!("{name} [{value}]"),
        }
    }

    /// A part that is not computed from others: recorded, and told with its value.
    fn leaf<F: Facts>(&mut self, node: &Node, facts: &F, of: Of, asked: Asked, name: String) -> String {
        let value = evaluate::value(node, facts);
        let shown = self.speaker.shown(node, &value, None);
        self.part(of, asked, &name, &shown);
        self.valued(&name, &shown)
    }

    fn step<F: Facts>(&mut self, node: &Node, facts: &F, text: String) -> String {
        let value = self.speaker.shown(node, &evaluate::value(node, facts), None);
        if text != value {
            self.steps.push(Step { of: self.of, text, value: value.clone() });
        }
        value
    }

    fn call(&self, code: &str, inner: &str) -> String {
        format!("{}({inner})", self.speaker.word(code))
    }

    /// Tells a part as an operand of what stands around it.
    pub(super) fn operand<F: Facts>(&mut self, node: &Node, facts: &F) -> String {
        let speaker = self.speaker;
        match node {
            Node::Constant(constant) => speaker.shown(node, constant, None),
            Node::Text(text) => format!("“{text}”"),
            Node::Field(field) => {
                self.leaf(node, facts, self.of, Asked::Field(*field), speaker.field(*field))
            }
            Node::HeadField(field) => {
                let told = self.leaf(node, facts, Of::Head, Asked::Field(*field), speaker.field(*field));
                format!("{}.{told}", speaker.word("trace-head"))
            }
            Node::Month => self.leaf(node, facts, Of::Row, Asked::Month, speaker.word("trace-month")),
            Node::Age => self.leaf(node, facts, self.of, Asked::Age, speaker.word("trace-age")),
            Node::Reaches(years) => {
                let years = self.operand(years, facts);
                let name = self.call("trace-reaches", &years);
                self.leaf(node, facts, self.of, Asked::Age, name)
            }
            Node::Dated { value, keys, .. } => self.dated(node, facts, *value, keys),
            Node::DatedAt { month, value, keys, .. } => {
                let month = self.operand(month, facts);
                let inner = self.keyed(facts, *value, keys).0;
                let name = self.call("trace-at", &format!("{month}, {inner}"));
                self.leaf(node, facts, self.of, Asked::DatedAt(*value), name)
            }
            Node::Marginal(value, amount) => {
                let amount = self.operand(amount, facts);
                let name = self.call("trace-marginal", &format!("{}, {amount}", speaker.value(*value)));
                let told = self.leaf(node, facts, self.of, Asked::Scale(*value), name);
                self.step(node, facts, told)
            }
            Node::Steps(sides) => self.both(node, sides, facts, "trace-steps"),
            Node::Years(sides) => self.both(node, sides, facts, "trace-years"),
            Node::Later { sides, .. } => self.both(node, sides, facts, "trace-later"),
            Node::Rank(inner) => self.wrapped(node, inner, facts, "trace-rank"),
            Node::FirstDay(inner) => self.wrapped(node, inner, facts, "trace-first-day"),
            Node::LastDay(inner) => self.wrapped(node, inner, facts, "trace-last-day"),
            Node::Born => self.leaf(node, facts, self.of, Asked::Age, speaker.word("trace-born")),
            Node::Listed(register) => {
                let name = self.call("trace-listed", &speaker.register(*register));
                self.leaf(node, facts, self.of, Asked::Register(*register), name)
            }
            Node::Column(register, column) => {
                let rule = &speaker.rulebook.registers[usize::from(register.0)];
                let column = rule.columns.get(usize::from(*column)).map(|field| speaker.field(*field));
                let name = format!("{}.{}", speaker.register(*register), column.unwrap_or_default());
                self.leaf(node, facts, self.of, Asked::Register(*register), name)
            }
            Node::Entitled(programme) => self.programme(node, facts, *programme, "trace-entitled"),
            Node::Amount(programme) => self.programme(node, facts, *programme, "trace-amount"),
            Node::Share(programme) => self.programme(node, facts, *programme, "trace-share"),
            Node::MemberCount => {
                self.leaf(node, facts, Of::Row, Asked::Members, speaker.word("trace-members"))
            }
            Node::MonthOf(inner) => self.wrapped(node, inner, facts, "trace-month-of"),
            Node::YearOf(inner) => self.wrapped(node, inner, facts, "trace-year-of"),
            Node::MonthNumber(inner) => self.wrapped(node, inner, facts, "trace-month-number"),
            Node::If(parts) => {
                self.condition(&parts.0, facts);
                match evaluate::value(&parts.0, facts) {
                    Value::Missing(missing) => speaker.missing(missing),
                    Value::Flag(true) => self.operand(&parts.1, facts),
                    _ => self.operand(&parts.2, facts),
                }
            }
            Node::Least(parts) => self.listed(node, parts, facts, "trace-least"),
            Node::Greatest(parts) => self.listed(node, parts, facts, "trace-greatest"),
            Node::Negative(inner) => {
                let inner = self.operand(inner, facts);
                self.step(node, facts, format!("−{inner}"))
            }
            Node::Arithmetic(_, operator, sides) => {
                let (left, right) = (self.operand(&sides.0, facts), self.operand(&sides.1, facts));
                self.step(node, facts, format!("{left} {} {right}", operator.sign()))
            }
            Node::Members(aggregate, body) => self.over_members(node, *aggregate, body, facts),
            Node::IsEmpty(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::Among { .. } => {
                self.condition(node, facts);
                speaker.shown(node, &evaluate::value(node, facts), None)
            }
        }
    }

    fn both<F: Facts>(&mut self, node: &Node, sides: &(Node, Node), facts: &F, code: &str) -> String {
        let told = [self.operand(&sides.0, facts), self.operand(&sides.1, facts)];
        let text = self.call(code, &told.join(", "));
        self.step(node, facts, text)
    }

    fn wrapped<F: Facts>(&mut self, node: &Node, inner: &Node, facts: &F, code: &str) -> String {
        let told = self.operand(inner, facts);
        let name = self.call(code, &told);
        let value = self.speaker.shown(node, &evaluate::value(node, facts), None);
        self.valued(&name, &value)
    }

    fn listed<F: Facts>(&mut self, node: &Node, parts: &[Node], facts: &F, code: &str) -> String {
        let told: Vec<String> = parts.iter().map(|part| self.operand(part, facts)).collect();
        let text = self.call(code, &told.join(", "));
        self.step(node, facts, text)
    }

    fn programme<F: Facts>(&mut self, node: &Node, facts: &F, programme: Programme, code: &str) -> String {
        let name = self.call(code, &self.speaker.programme(programme));
        self.leaf(node, facts, self.of, Asked::Programme(programme), name)
    }

    fn dated<F: Facts>(&mut self, node: &Node, facts: &F, id: ValueId, keys: &[Node]) -> String {
        let (name, given) = self.keyed(facts, id, keys);
        self.leaf(node, facts, self.of, Asked::Dated(id, given), name)
    }

    /// A dated value's name with its keys, and the keys.
    fn keyed<F: Facts>(&mut self, facts: &F, id: ValueId, keys: &[Node]) -> (String, Vec<Value<'static>>) {
        let speaker = self.speaker;
        let rule = &speaker.rulebook.values[usize::from(id.0)];
        let mut given = Vec::with_capacity(keys.len());
        let mut told = Vec::with_capacity(keys.len());
        for (key, of) in keys.iter().zip(&rule.keys) {
            // What the key is made of is a fact too.
            self.operand(key, facts);
            let value = evaluate::owned(evaluate::value(key, facts));
            told.push(match (of, value) {
                (ValueKey::Code(field), Value::Code(code)) => speaker.code(*field, code),
                (_, value) => speaker.shown(key, &value, None),
            });
            given.push(value);
        }
        let name = speaker.value(id);
        (if told.is_empty() { name } else { format!("{name}({})", told.join(", ")) }, given)
    }

    fn member_name(&self, index: usize) -> String {
        words::say(
            self.speaker.language,
            "trace-member",
            &[("number", (index + 1).to_string().as_str().into())],
        )
    }

    fn over_members<F: Facts>(
        &mut self,
        node: &Node,
        aggregate: Aggregate,
        body: &Node,
        facts: &F,
    ) -> String {
        let outer = self.of;
        let mut told = Vec::new();
        for index in 0..facts.member_count().min(MEMBERS_TOLD) {
            let member = facts.member(index);
            self.of = Of::Member(index);
            let value = evaluate::value(body, &member);
            if matches!(aggregate, Aggregate::Any | Aggregate::All | Aggregate::Count) {
                self.condition(body, &member);
            } else {
                self.operand(body, &member);
            }
            told.push(self.valued(&self.member_name(index), &self.speaker.shown(body, &value, None)));
        }
        self.of = outer;
        if facts.member_count() > MEMBERS_TOLD {
            told.push("…".to_owned());
        }
        let text = self.call(word_of(aggregate), &told.join(", "));
        self.step(node, facts, text)
    }

    fn compared<F: Facts>(&mut self, node: &Node, facts: &F, text: String) {
        let holds = match evaluate::value(node, facts) {
            Value::Flag(flag) => Some(flag),
            Value::Missing(_) => None,
            _ => Some(false),
        };
        let comparison = Comparison { of: self.of, text, holds };
        if !self.comparisons.contains(&comparison) {
            self.comparisons.push(comparison);
        }
    }

    /// Tells what a condition compares, part by part.
    pub(super) fn condition<F: Facts>(&mut self, node: &Node, facts: &F) {
        match node {
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().for_each(|part| self.condition(part, facts));
            }
            Node::Not(inner) if matches!(**inner, Node::And(_) | Node::Or(_) | Node::If(_)) => {
                self.condition(inner, facts);
            }
            Node::Not(inner) => {
                let told = self.operand(inner, facts);
                // A comparison under `not` has told itself.
                if !matches!(**inner, Node::Compare(..) | Node::Among { .. } | Node::IsEmpty(_)) {
                    let text = format!("{} {told}", self.speaker.word("trace-not"));
                    self.compared(node, facts, text);
                }
            }
            Node::If(parts) => {
                self.condition(&parts.0, facts);
                match evaluate::value(&parts.0, facts) {
                    Value::Missing(_) => {}
                    Value::Flag(true) => self.condition(&parts.1, facts),
                    _ => self.condition(&parts.2, facts),
                }
            }
            Node::Compare(operator, sides) => {
                // A flag alone is compiled as `flag = true`.
                if sides.1 == Node::Constant(Value::Flag(true)) && *operator == Binary::Equal {
                    let told = self.operand(&sides.0, facts);
                    return self.compared(node, facts, told);
                }
                let left = self.side(&sides.0, &sides.1, facts);
                let right = self.side(&sides.1, &sides.0, facts);
                self.compared(node, facts, format!("{left} {} {right}", operator.sign()));
            }
            Node::Among { subject, list, negated } => {
                let told = self.operand(subject, facts);
                let list: Vec<String> = list.iter().map(|part| self.side(part, subject, facts)).collect();
                let code = if *negated { "trace-not-in" } else { "trace-in" };
                let text = format!("{told} {} ({})", self.speaker.word(code), list.join(", "));
                self.compared(node, facts, text);
            }
            Node::IsEmpty(inner) => {
                let told = self.operand(inner, facts);
                let text = self.call("trace-is-empty", &told);
                self.compared(node, facts, text);
            }
            _ => {
                let told = self.operand(node, facts);
                self.compared(node, facts, told);
            }
        }
    }

    /// One side of a comparison; a bare code or number is told as its other side would be.
    fn side<F: Facts>(&mut self, node: &Node, beside: &Node, facts: &F) -> String {
        match node {
            Node::Constant(constant) => self.speaker.shown(node, constant, Some(beside)),
            _ => self.operand(node, facts),
        }
    }
}
