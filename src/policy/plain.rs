//! A compiled expression in words again: in Chinese with the pack's Chinese names, in English with its
//! codes. What comes out is the expression language itself, definitions written out, so that it can
//! be read aloud and pasted back.

use super::expression::{Aggregate, Arithmetic, Expression, Node};
use super::rulebook::{FieldId, FieldKind, ValueKey};
use super::syntax::{Binary, WORDS, is_name_part};
use super::trace::{Measure, Speaker};
use super::types::callable;
use super::value::Value;
use crate::words::{self, Language};

/// How tightly a part binds; a part that binds less than its place needs brackets.
mod tight {
    pub const IF: u8 = 0;
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const PLUS: u8 = 5;
    pub const TIMES: u8 = 6;
    pub const SIGN: u8 = 7;
    pub const ATOM: u8 = 8;
}

/// A name, or the code where the name holds signs that the language reads as something else.
fn nameable(name: String, code: &str) -> String {
    let sound = name.chars().all(is_name_part)
        && !name.starts_with(|first: char| first.is_numeric())
        && !WORDS.contains(&name.as_str());
    if sound { name } else { code.to_owned() }
}

/// The words of an aggregate.
pub(super) fn word_of(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "trace-count",
        Aggregate::Sum | Aggregate::SumIntegers => "trace-sum",
        Aggregate::Any => "trace-any",
        Aggregate::All => "trace-all",
        Aggregate::Greatest => "trace-greatest",
        Aggregate::Least => "trace-least",
    }
}

impl Speaker<'_> {
    /// An expression in words.
    pub fn plain(&self, expression: &Expression) -> String {
        self.node(&expression.root, tight::IF, None)
    }

    /// An expression's own text, in Chinese with the Chinese name in the place of each code: definitions stay
    /// names, so that it is as short as the pack writes it.
    pub fn named(&self, text: &str) -> String {
        if self.language == Language::En {
            return text.to_owned();
        }
        let is_code = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut named = String::with_capacity(text.len());
        let mut quoted = false;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            quoted ^= first == '"';
            let length = if first.is_ascii_alphabetic() && !quoted {
                rest.find(|c| !is_code(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (word, after) = rest.split_at(length);
            named.push_str(self.name_of(word).unwrap_or(word));
            rest = after;
        }
        named
    }

    /// The Chinese word for a code: of a value, a field, a function, the language itself.
    fn name_of(&self, code: &str) -> Option<&str> {
        let words = [
            ("if", "若"),
            ("then", "则"),
            ("else", "否则"),
            ("and", "且"),
            ("or", "或"),
            ("not", "非"),
            ("in", "属于"),
            ("head", "户主"),
            ("month", "本月"),
            ("age", "年龄"),
        ];
        if let Some((_, word)) = words.iter().find(|(known, _)| *known == code) {
            return Some(word);
        }
        let value = self.rulebook.values.iter().find(|value| value.code == code);
        let field = || self.rulebook.fields.iter().find(|field| field.code == code)?.headers.first();
        let name = value.map(|value| value.name.as_str()).or_else(|| field().map(|name| name.as_str()));
        // A name with signs that the language reads as something else stays a code.
        name.filter(|name| nameable((*name).to_owned(), "") == *name)
            .or_else(|| callable().find(|(known, _)| *known == code).map(|(_, word)| word))
    }

    fn field_name(&self, field: FieldId) -> String {
        nameable(self.field(field), &self.rulebook.field(field).code)
    }

    fn zh_en(&self, zh: &str, en: &str) -> String {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
        .to_owned()
    }

    fn call(&self, code: &str, inner: &str) -> String {
        let name = words::say(self.language, code, &[]);
        let name = name.strip_suffix("()").unwrap_or(&name);
        format!("{name}({inner})")
    }

    /// `beside`: the part a literal is compared with, whose codes it speaks.
    fn node(&self, node: &Node, needed: u8, beside: Option<&Node>) -> String {
        let (text, own) = self.part(node, beside);
        if own < needed { format!("({text})") } else { text }
    }

    fn list(&self, parts: &[Node], beside: Option<&Node>) -> String {
        parts.iter().map(|part| self.node(part, tight::IF, beside)).collect::<Vec<_>>().join(", ")
    }

    fn part(&self, node: &Node, beside: Option<&Node>) -> (String, u8) {
        let atom = |text: String| (text, tight::ATOM);
        match node {
            Node::Constant(constant) => atom(self.literal(constant, beside)),
            Node::Text(text) => atom(format!("\"{text}\"")),
            Node::Field(field) => atom(self.field_name(*field)),
            Node::HeadField(field) => {
                atom(format!("{}.{}", self.zh_en("户主", "head"), self.field_name(*field)))
            }
            Node::Month => atom(words::say(self.language, "trace-month", &[])),
            Node::Age => atom(words::say(self.language, "trace-age", &[])),
            Node::Reaches(years) => atom(self.call("trace-reaches", &self.node(years, tight::IF, None))),
            Node::Dated { value, keys, .. } => {
                let rule = &self.rulebook.values[usize::from(value.0)];
                let name = nameable(self.value(*value), &rule.code);
                if keys.is_empty() {
                    return atom(name);
                }
                let keys: Vec<String> = keys
                    .iter()
                    .zip(&rule.keys)
                    .map(|(key, of)| match of {
                        ValueKey::Code(field) => self.node(key, tight::IF, Some(&Node::Field(*field))),
                        ValueKey::Band => self.node(key, tight::IF, None),
                    })
                    .collect();
                atom(format!("{name}({})", keys.join(", ")))
            }
            Node::DatedAt { month, value, keys, integer } => {
                let read = Node::Dated { value: *value, keys: keys.clone(), integer: *integer };
                let inner =
                    format!("{}, {}", self.node(month, tight::IF, None), self.node(&read, tight::IF, None));
                atom(self.call("trace-at", &inner))
            }
            Node::Marginal(value, amount) => {
                let rule = &self.rulebook.values[usize::from(value.0)];
                let name = nameable(self.value(*value), &rule.code);
                let inner = format!("{name}, {}", self.node(amount, tight::IF, None));
                atom(self.call("trace-marginal", &inner))
            }
            Node::Steps(sides) => {
                let told = [
                    self.node(&sides.0, tight::IF, Some(&sides.1)),
                    self.node(&sides.1, tight::IF, Some(&sides.0)),
                ];
                atom(self.call("trace-steps", &told.join(", ")))
            }
            Node::Rank(inner) => atom(self.call("trace-rank", &self.node(inner, tight::IF, None))),
            Node::Born => atom(self.call("trace-born", "")),
            Node::Years(sides) => {
                let told = [self.node(&sides.0, tight::IF, None), self.node(&sides.1, tight::IF, None)];
                atom(self.call("trace-years", &told.join(", ")))
            }
            Node::FirstDay(inner) => atom(self.call("trace-first-day", &self.node(inner, tight::IF, None))),
            Node::LastDay(inner) => atom(self.call("trace-last-day", &self.node(inner, tight::IF, None))),
            Node::Later { sides, up } => {
                let rule = if *up {
                    self.zh_en("次月初", "next-month")
                } else {
                    self.zh_en("月末", "last-day")
                };
                let inner = format!(
                    "{}, {}, \"{rule}\"",
                    self.node(&sides.0, tight::IF, None),
                    self.node(&sides.1, tight::IF, None)
                );
                atom(self.call("trace-later", &inner))
            }
            Node::Listed(register) => {
                atom(self.call("trace-listed", &format!("\"{}\"", self.register(*register))))
            }
            Node::Column(register, column) => {
                let rule = &self.rulebook.registers[usize::from(register.0)];
                let column = rule.columns.get(usize::from(*column)).map(|field| self.field(*field));
                let name = self.zh_en("登记", "register");
                atom(format!("{name}(\"{}\", \"{}\")", self.register(*register), column.unwrap_or_default()))
            }
            Node::Entitled(programme) => {
                atom(self.call("trace-entitled", &format!("\"{}\"", self.programme(*programme))))
            }
            Node::Amount(programme) => {
                atom(self.call("trace-amount", &format!("\"{}\"", self.programme(*programme))))
            }
            Node::Share(programme) => {
                atom(self.call("trace-share", &format!("\"{}\"", self.programme(*programme))))
            }
            Node::MemberCount => atom(self.call("trace-count", "")),
            Node::IsEmpty(inner) => atom(self.call("trace-is-empty", &self.node(inner, tight::IF, None))),
            Node::MonthOf(inner) => atom(self.call("trace-month-of", &self.node(inner, tight::IF, None))),
            Node::YearOf(inner) => atom(self.call("trace-year-of", &self.node(inner, tight::IF, None))),
            Node::MonthNumber(inner) => {
                atom(self.call("trace-month-number", &self.node(inner, tight::IF, None)))
            }
            Node::Not(inner) => {
                (format!("{} {}", self.zh_en("非", "not"), self.node(inner, tight::NOT, None)), tight::NOT)
            }
            Node::And(parts) => (self.joined(parts, &self.zh_en("且", "and"), tight::NOT), tight::AND),
            Node::Or(parts) => (self.joined(parts, &self.zh_en("或", "or"), tight::AND), tight::OR),
            Node::Compare(Binary::Equal, sides) if sides.1 == Node::Constant(Value::Flag(true)) => {
                self.part(&sides.0, None)
            }
            Node::Compare(operator, sides) => (
                format!(
                    "{} {} {}",
                    self.node(&sides.0, tight::PLUS, Some(&sides.1)),
                    operator.sign(),
                    self.node(&sides.1, tight::PLUS, Some(&sides.0))
                ),
                tight::COMPARE,
            ),
            Node::Among { subject, list, negated } => {
                let word = match negated {
                    true => self.zh_en("不属于", "not in"),
                    false => self.zh_en("属于", "in"),
                };
                let subject_told = self.node(subject, tight::PLUS, None);
                (format!("{subject_told} {word} ({})", self.list(list, Some(subject))), tight::COMPARE)
            }
            Node::If(parts) => {
                let [when, then, otherwise] = [("若", "if"), ("则", "then"), ("否则", "else")];
                let told = |part: &Node, needed: u8| self.node(part, needed, beside);
                let text = format!(
                    "{} {} {} {} {} {}",
                    self.zh_en(when.0, when.1),
                    self.node(&parts.0, tight::OR, None),
                    self.zh_en(then.0, then.1),
                    told(&parts.1, tight::OR),
                    self.zh_en(otherwise.0, otherwise.1),
                    told(&parts.2, tight::IF)
                );
                (text, tight::IF)
            }
            Node::Least(parts) => atom(self.call("trace-least", &self.list(parts, beside))),
            Node::Greatest(parts) => atom(self.call("trace-greatest", &self.list(parts, beside))),
            Node::Negative(inner) => (format!("−{}", self.node(inner, tight::SIGN, None)), tight::SIGN),
            Node::Arithmetic(kind, operator, sides) => {
                let own = match operator {
                    Binary::Times | Binary::Over => tight::TIMES,
                    _ => tight::PLUS,
                };
                // a − (b + c) and a ÷ (b × c) keep their brackets.
                let right = if matches!(operator, Binary::Minus | Binary::Over) { own + 1 } else { own };
                // Yuan are added to yuan only, so a number beside them is written as yuan.
                let adds = *kind == Arithmetic::Decimals && own == tight::PLUS;
                let beside = |other| if adds { Some(other) } else { None };
                let text = format!(
                    "{} {} {}",
                    self.node(&sides.0, own, beside(&sides.1)),
                    operator.sign(),
                    self.node(&sides.1, right, beside(&sides.0))
                );
                (text, own)
            }
            Node::Members(aggregate, body) => {
                atom(self.call(word_of(*aggregate), &self.node(body, tight::IF, None)))
            }
        }
    }

    fn joined(&self, parts: &[Node], word: &str, needed: u8) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.node(part, needed, None)).collect();
        parts.join(&format!(" {word} "))
    }

    fn literal(&self, value: &Value<'_>, beside: Option<&Node>) -> String {
        match value {
            Value::Flag(flag) => {
                self.zh_en(if *flag { "是" } else { "否" }, if *flag { "true" } else { "false" })
            }
            Value::Integer(integer) => integer.to_string(),
            Value::Decimal(decimal) => match beside.map(|beside| self.measure(beside)) {
                Some(Measure::Money) => format!("{}元", decimal.normalize()),
                _ => decimal.normalize().to_string(),
            },
            Value::Month(month) => format!("\"{month}\""),
            Value::Date(date) => format!("\"{date}\""),
            Value::Text(text) => format!("\"{text}\""),
            Value::Code(code) => match beside.and_then(|beside| self.codes_of(beside)) {
                Some(field) => format!("\"{}\"", self.code(field, *code)),
                None => code.to_string(),
            },
            Value::Empty | Value::Missing(_) => String::new(),
        }
    }

    fn codes_of(&self, node: &Node) -> Option<FieldId> {
        match node {
            Node::Field(field) | Node::HeadField(field) => {
                matches!(self.rulebook.field(*field).kind, FieldKind::Code(_)).then_some(*field)
            }
            Node::If(parts) => self.codes_of(&parts.1).or_else(|| self.codes_of(&parts.2)),
            _ => None,
        }
    }
}
