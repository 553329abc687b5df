//! An expression computed in the open: what each name was, each step, each comparison with its
//! verdict. For `explain` and `policy test`; decisions themselves never come this way, but every
//! number here is computed by [`mod@super::evaluate`], so the two cannot disagree.

use rust_decimal::Decimal;

use super::evaluate;
use super::expression::{Aggregate, Expression, Node};
use super::rulebook::{FieldId, FieldKind, KeyPart, RegisterId, Rulebook, Unit, ValueId, ValueKey};
use super::syntax::Binary;
use super::value::{Facts, Missing, Value};
use crate::domain::{Programme, Text};
use crate::words::{self, Language};

/// How many members of a household are told step by step; the others are counted in the result.
const MEMBERS_TOLD: usize = 50;

/// Speaks of a pack's things in one language: Chinese by their names, English by their codes.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// The language.
    pub language: Language,
}

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

/// What a decimal of a part measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Money,
    Ratio,
    Plain,
}

impl Speaker<'_> {
    fn word(&self, code: &str) -> String {
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
    fn shown(&self, node: &Node, value: &Value<'_>, beside: Option<&Node>) -> String {
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

    pub(super) fn measure(&self, node: &Node) -> Measure {
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

struct Tracer<'a> {
    speaker: Speaker<'a>,
    of: Of,
    steps: Vec<Step>,
    comparisons: Vec<Comparison>,
    parts: Vec<Part>,
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
    fn operand<F: Facts>(&mut self, node: &Node, facts: &F) -> String {
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
        let code = match aggregate {
            Aggregate::Count => "trace-count",
            Aggregate::Sum | Aggregate::SumIntegers => "trace-sum",
            Aggregate::Any => "trace-any",
            Aggregate::All => "trace-all",
            Aggregate::Greatest => "trace-greatest",
            Aggregate::Least => "trace-least",
        };
        let text = self.call(code, &told.join(", "));
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
    fn condition<F: Facts>(&mut self, node: &Node, facts: &F) {
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
