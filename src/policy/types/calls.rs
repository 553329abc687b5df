//! What is called: aggregates, ages, registers, other programmes, dated values with keys.

use super::super::expression::{Aggregate, KEYS, Node, Type};
use super::super::rulebook::{DatedValue, ValueKey};
use super::super::syntax::{Complaint, Span, Tree, TreeKind, WORDS};
use super::names::{column_type, unit_type};
use super::{Checked, Checker, Kind, with_nearest};

/// What can be called; with its names, for suggestions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Count,
    Sum,
    Any,
    All,
    Max,
    Min,
    Reaches,
    Listed,
    Register,
    Entitled,
    Amount,
    Share,
    Empty,
    MonthOf,
    YearOf,
    MonthNumber,
    At,
    Marginal,
    Steps,
    Rank,
    Born,
    Years,
    FirstDay,
    LastDay,
    Later,
}

const FUNCTIONS: [(Function, &str, &str); 25] = [
    (Function::Count, "count", "人数"),
    (Function::Sum, "sum", "合计"),
    (Function::Any, "any", "任一"),
    (Function::All, "all", "全部"),
    (Function::Max, "max", "最大"),
    (Function::Min, "min", "最小"),
    (Function::Reaches, "reaches", "满龄月"),
    (Function::Listed, "listed", "在册"),
    (Function::Register, "register", "登记"),
    (Function::Entitled, "entitled", "享受"),
    (Function::Amount, "amount", "金额"),
    (Function::Share, "share", "人均"),
    (Function::Empty, "empty", "未填"),
    (Function::MonthOf, "month_of", "所在月"),
    (Function::YearOf, "year_of", "所在年"),
    (Function::MonthNumber, "month_number", "月份数"),
    (Function::At, "at", "按月取值"),
    (Function::Marginal, "marginal", "分段累进"),
    (Function::Steps, "steps", "整份数"),
    (Function::Rank, "rank", "名次"),
    (Function::Born, "born", "出生日"),
    (Function::Years, "years", "整年数"),
    (Function::FirstDay, "first_day", "月初"),
    (Function::LastDay, "last_day", "月末"),
    (Function::Later, "later", "推后"),
];

/// Everything that can be called: its code and its Chinese name.
pub fn callable() -> impl Iterator<Item = (&'static str, &'static str)> {
    FUNCTIONS.into_iter().map(|(_, code, word)| (code, word))
}

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: &Span,
        arguments: &[Tree],
        span: &Span,
    ) -> Option<Checked> {
        let function =
            FUNCTIONS.iter().find(|(_, code, word)| *code == name || *word == name).map(|entry| entry.0);
        match function {
            Some(function) => self.function(function, name, name_span, arguments, span),
            None if self.names.value(name).is_some() => self.dated(name, arguments, span),
            None => self.not_callable(name, name_span),
        }
    }

    fn not_callable(&mut self, name: &str, span: &Span) -> Option<Checked> {
        let names = self.names;
        let plain = WORDS.contains(&name)
            || self.scope.definitions.iter().any(|definition| definition.name == name)
            || names.fields_on(self.scope.roster).any(|field| field == name);
        if plain {
            return self.complain(Complaint::new("policy-not-callable", span.clone()).with("name", name));
        }
        let known: Vec<&str> = FUNCTIONS.iter().flat_map(|(_, code, word)| [*code, *word]).collect();
        let complaint = Complaint::new("policy-unknown-function", span.clone()).with("name", name);
        match super::nearest(name, known.iter().copied()) {
            Some(near) => self.complain(complaint.help("policy-help-nearest", &[("name", near)])),
            None => self.unknown(name, span),
        }
    }

    /// Checks the number of arguments.
    fn expects(&mut self, name: &str, span: &Span, arguments: &[Tree], wanted: usize) -> Option<()> {
        if arguments.len() == wanted {
            return Some(());
        }
        self.complain(
            Complaint::new("policy-argument-count", span.clone())
                .with("name", name)
                .with("expected", wanted.to_string())
                .with("found", arguments.len().to_string()),
        )
    }

    fn function(
        &mut self,
        function: Function,
        name: &str,
        name_span: &Span,
        arguments: &[Tree],
        span: &Span,
    ) -> Option<Checked> {
        match function {
            Function::Count if arguments.is_empty() => {
                self.in_household(name, name_span)?;
                Some(Checked::known(Node::MemberCount, Type::Integer, span))
            }
            Function::Max | Function::Min if arguments.len() != 1 => {
                self.extreme(function, name, arguments, span)
            }
            Function::Count
            | Function::Sum
            | Function::Any
            | Function::All
            | Function::Max
            | Function::Min => {
                self.expects(name, span, arguments, 1)?;
                self.aggregate(function, name, name_span, &arguments[0], span)
            }
            Function::Reaches => {
                self.expects(name, span, arguments, 1)?;
                let years = self.check(&arguments[0])?;
                let optional = years.optional;
                let years = self.settle(years, Type::Integer)?;
                Some(Checked::known(Node::Reaches(Box::new(years)), Type::Month, span).or_empty(optional))
            }
            Function::Listed => {
                self.expects(name, span, arguments, 1)?;
                let (register, _) = self.register(&arguments[0])?;
                Some(Checked::known(Node::Listed(register), Type::Boolean, span))
            }
            Function::Register => {
                self.expects(name, span, arguments, 2)?;
                self.column(&arguments[0], &arguments[1], span)
            }
            Function::Entitled | Function::Amount | Function::Share => {
                self.expects(name, span, arguments, 1)?;
                self.programme(function, &arguments[0], span)
            }
            Function::Empty => {
                self.expects(name, span, arguments, 1)?;
                let inner = self.check(&arguments[0])?;
                if !inner.optional {
                    let complaint = Complaint::new("policy-never-empty", inner.span);
                    return self.complain(complaint);
                }
                Some(Checked::known(Node::IsEmpty(Box::new(inner.node)), Type::Boolean, span))
            }
            Function::MonthOf => self.calendar_part(name, arguments, span, Node::MonthOf, Type::Month),
            Function::YearOf => self.calendar_part(name, arguments, span, Node::YearOf, Type::Integer),
            Function::MonthNumber => {
                self.calendar_part(name, arguments, span, Node::MonthNumber, Type::Integer)
            }
            Function::At => {
                self.expects(name, span, arguments, 2)?;
                self.at(&arguments[0], &arguments[1], span)
            }
            Function::Marginal => {
                self.expects(name, span, arguments, 2)?;
                self.marginal(&arguments[0], &arguments[1], span)
            }
            Function::Steps => {
                self.expects(name, span, arguments, 2)?;
                self.steps(&arguments[0], &arguments[1], span)
            }
            Function::Rank => {
                self.expects(name, span, arguments, 1)?;
                if !self.inside_members {
                    return self.complain(
                        Complaint::new("policy-outside-members", name_span.clone()).with("name", name),
                    );
                }
                let body = self.check(&arguments[0])?;
                let optional = body.optional;
                match body.kind {
                    Kind::Known(Type::Integer | Type::Money | Type::Ratio | Type::Date | Type::Month) => {
                        let node = Node::Rank(Box::new(body.node));
                        Some(Checked::known(node, Type::Integer, span).or_empty(optional))
                    }
                    _ => self.complain(
                        Complaint::new("policy-no-order", body.span.clone())
                            .with("sign", name)
                            .with("type", body.word()),
                    ),
                }
            }
            Function::Born => {
                self.expects(name, span, arguments, 0)?;
                Some(Checked::known(Node::Born, Type::Date, span))
            }
            Function::Years => {
                self.expects(name, span, arguments, 2)?;
                let (from, to) = (self.check(&arguments[0]), self.check(&arguments[1]));
                let (from, to) = (from?, to?);
                let optional = from.optional || to.optional;
                let (from, to) = (self.settle(from, Type::Date), self.settle(to, Type::Date));
                let node = Node::Years(Box::new((from?, to?)));
                Some(Checked::known(node, Type::Integer, span).or_empty(optional))
            }
            Function::FirstDay => self.day_of(name, arguments, span, Node::FirstDay),
            Function::LastDay => self.day_of(name, arguments, span, Node::LastDay),
            Function::Later => {
                self.expects(name, span, arguments, 3)?;
                self.later(arguments, span)
            }
        }
    }

    fn day_of(
        &mut self,
        name: &str,
        arguments: &[Tree],
        span: &Span,
        node: fn(Box<Node>) -> Node,
    ) -> Option<Checked> {
        self.expects(name, span, arguments, 1)?;
        let inner = self.check(&arguments[0])?;
        let optional = inner.optional;
        let inner = self.settle(inner, Type::Month)?;
        Some(Checked::known(node(Box::new(inner)), Type::Date, span).or_empty(optional))
    }

    /// `later(day, months, "last-day")`: a day that the month does not have has no default (it is said
    /// by the third argument).
    fn later(&mut self, arguments: &[Tree], span: &Span) -> Option<Checked> {
        let (day, months) = (self.check(&arguments[0]), self.check(&arguments[1]));
        let rule = self.quoted(&arguments[2])?;
        let rules = [("last-day", false), ("月末", false), ("next-month", true), ("次月初", true)];
        let Some((_, up)) = rules.into_iter().find(|(word, _)| *word == rule) else {
            let known: Vec<&str> = rules.iter().map(|(word, _)| *word).collect();
            let complaint = Complaint::new("policy-unknown-word", arguments[2].span.clone())
                .with("written", rule)
                .with("known", known.join(", "));
            return self.complain(with_nearest(complaint, rule, known));
        };
        let (day, months) = (day?, months?);
        let optional = day.optional || months.optional;
        let (day, months) = (self.settle(day, Type::Date), self.settle(months, Type::Integer));
        let node = Node::Later { sides: Box::new((day?, months?)), up };
        Some(Checked::known(node, Type::Date, span).or_empty(optional))
    }

    /// `at(month, value)`: a dated value in another month.
    fn at(&mut self, month: &Tree, value: &Tree, span: &Span) -> Option<Checked> {
        let month = self.check(month);
        let checked = self.check(value)?;
        let month = month?;
        let optional = month.optional || checked.optional;
        let month = self.settle(month, Type::Month)?;
        match (checked.node, checked.kind) {
            (Node::Dated { value, keys, integer }, Kind::Known(kind)) => {
                let node = Node::DatedAt { month: Box::new(month), value, keys, integer };
                Some(Checked::known(node, kind, span).or_empty(optional))
            }
            _ => self.complain(Complaint::new("policy-not-a-value", value.span.clone())),
        }
    }

    /// `marginal(value, amount)`: a value of shares with one band, in whole yuan.
    fn marginal(&mut self, value: &Tree, amount: &Tree, span: &Span) -> Option<Checked> {
        let names = self.names;
        let amount = self.check(amount);
        let named = match &value.kind {
            TreeKind::Name(name) => names.value(name),
            _ => None,
        };
        let scale =
            named.filter(|(_, value)| value.keys == [ValueKey::Band] && unit_type(value.unit) == Type::Ratio);
        let Some((id, _)) = scale else {
            return self.complain(Complaint::new("policy-not-a-scale", value.span.clone()));
        };
        let amount = amount?;
        let optional = amount.optional;
        let amount = self.settle(amount, Type::Money)?;
        Some(Checked::known(Node::Marginal(id, Box::new(amount)), Type::Money, span).or_empty(optional))
    }

    /// `steps(amount, step)`: how many whole steps.
    fn steps(&mut self, amount: &Tree, step: &Tree, span: &Span) -> Option<Checked> {
        let (amount, step) = (self.check(amount), self.check(step));
        let parts = vec![amount?, step?];
        let optional = parts.iter().any(|part| part.optional);
        let (kind, nodes) = self.unified(parts)?;
        match kind {
            Kind::Known(Type::Money | Type::Integer) => {
                let [amount, step]: [Node; 2] = nodes.try_into().ok()?;
                let node = Node::Steps(Box::new((amount, step)));
                Some(Checked::known(node, Type::Integer, span).or_empty(optional))
            }
            _ => self.complain(Complaint::new("policy-untyped", span.clone())),
        }
    }

    fn calendar_part(
        &mut self,
        name: &str,
        arguments: &[Tree],
        span: &Span,
        node: fn(Box<Node>) -> Node,
        kind: Type,
    ) -> Option<Checked> {
        self.expects(name, span, arguments, 1)?;
        let inner = self.check(&arguments[0])?;
        let optional = inner.optional;
        let inner = match inner.kind {
            Kind::Known(Type::Month) if kind == Type::Integer => inner.node,
            _ => self.settle(inner, Type::Date)?,
        };
        Some(Checked::known(node(Box::new(inner)), kind, span).or_empty(optional))
    }

    fn extreme(
        &mut self,
        function: Function,
        name: &str,
        arguments: &[Tree],
        span: &Span,
    ) -> Option<Checked> {
        if arguments.is_empty() {
            self.expects(name, span, arguments, 2)?;
        }
        let parts: Vec<Option<Checked>> = arguments.iter().map(|part| self.check(part)).collect();
        let parts: Vec<Checked> = parts.into_iter().collect::<Option<_>>()?;
        // It is only empty if every part is.
        let optional = parts.iter().all(|part| part.optional);
        let (kind, nodes) = self.unified(parts)?;
        if let Kind::Known(kind @ (Type::Boolean | Type::Text | Type::Code(_))) = kind {
            return self.complain(
                Complaint::new("policy-no-order", span.clone())
                    .with("sign", name)
                    .with("type", format!("@{}", kind.word())),
            );
        }
        let nodes = nodes.into_boxed_slice();
        let node = if function == Function::Max { Node::Greatest(nodes) } else { Node::Least(nodes) };
        Some(self.typed(node, kind, span)?.or_empty(optional))
    }

    fn in_household(&mut self, name: &str, span: &Span) -> Option<()> {
        if !self.scope.household {
            return self.complain(Complaint::new("policy-not-household", span.clone()).with("name", name));
        }
        if self.inside_members {
            return self.complain(Complaint::new("policy-nested-members", span.clone()).with("name", name));
        }
        Some(())
    }

    fn aggregate(
        &mut self,
        function: Function,
        name: &str,
        name_span: &Span,
        body: &Tree,
        span: &Span,
    ) -> Option<Checked> {
        self.in_household(name, name_span)?;
        // What is known of the head's fields is not known of a member's.
        let present = std::mem::take(&mut self.present);
        self.inside_members = true;
        let body = self.check(body);
        self.inside_members = false;
        self.present = present;
        let body = body?;
        let optional = body.optional;
        let (aggregate, kind, body, optional) = match (function, body.kind) {
            (Function::Count, _) => {
                (Aggregate::Count, Type::Integer, self.settle(body, Type::Boolean)?, false)
            }
            (Function::Any, _) => (Aggregate::Any, Type::Boolean, self.settle(body, Type::Boolean)?, false),
            (Function::All, _) => (Aggregate::All, Type::Boolean, self.settle(body, Type::Boolean)?, false),
            (Function::Sum, Kind::Known(Type::Integer)) => {
                (Aggregate::SumIntegers, Type::Integer, body.node, false)
            }
            (Function::Sum, Kind::Known(kind @ (Type::Money | Type::Ratio))) => {
                (Aggregate::Sum, kind, body.node, false)
            }
            (
                Function::Max | Function::Min,
                Kind::Known(kind @ (Type::Integer | Type::Money | Type::Ratio | Type::Date | Type::Month)),
            ) => {
                let aggregate =
                    if function == Function::Max { Aggregate::Greatest } else { Aggregate::Least };
                (aggregate, kind, body.node, optional)
            }
            _ => {
                let complaint = Complaint::new("policy-wrong-type", body.span.clone())
                    .with("expected", "@policy-type-number")
                    .with("found", body.word());
                return self.complain(complaint);
            }
        };
        Some(Checked::known(Node::Members(aggregate, Box::new(body)), kind, span).or_empty(optional))
    }

    /// A text in quotes that names something of the pack.
    fn quoted<'t>(&mut self, tree: &'t Tree) -> Option<&'t str> {
        match &tree.kind {
            TreeKind::Text(text) => Some(text),
            _ => self.complain(Complaint::new("policy-expected-quoted", tree.span.clone())),
        }
    }

    fn register(
        &mut self,
        tree: &Tree,
    ) -> Option<(super::super::rulebook::RegisterId, &super::super::rulebook::RegisterRule)> {
        let names = self.names;
        let name = self.quoted(tree)?;
        match names.register(name) {
            Some(found) => Some(found),
            None => {
                let complaint =
                    Complaint::new("policy-unknown-register", tree.span.clone()).with("name", name);
                self.complain(with_nearest(complaint, name, names.registers()))
            }
        }
    }

    fn column(&mut self, register: &Tree, column: &Tree, span: &Span) -> Option<Checked> {
        let names = self.names;
        let found = self.register(register).map(|(id, rule)| (id, rule.columns.clone()));
        let wanted = self.quoted(column)?;
        let (id, columns) = found?;
        let fields: Vec<_> =
            columns.iter().filter_map(|id| names.field(*id).map(|field| (*id, field))).collect();
        let position = fields.iter().position(|(_, field)| {
            field.code == wanted || field.headers.first().is_some_and(|header| header == wanted)
        });
        let Some(position) = position else {
            let complaint = Complaint::new("policy-unknown-column", column.span.clone()).with("name", wanted);
            let known: Vec<&str> = fields.iter().map(|(_, field)| field.code.as_str()).collect();
            return self.complain(with_nearest(complaint, wanted, known));
        };
        let (field_id, field) = fields[position];
        match column_type(field_id, &field.kind) {
            Some(kind) => {
                let node = Node::Column(id, position as u16);
                let optional = !self.present.contains(&node);
                Some(Checked::known(node, kind, span).or_empty(optional))
            }
            None => self.complain(
                Complaint::new("policy-field-not-for-rules", column.span.clone()).with("field", &field.code),
            ),
        }
    }

    fn programme(&mut self, function: Function, tree: &Tree, span: &Span) -> Option<Checked> {
        let names = self.names;
        let name = self.quoted(tree)?;
        let Some((programme, rule)) = names.programme(name) else {
            let complaint = Complaint::new("policy-unknown-programme", tree.span.clone()).with("name", name);
            return self.complain(with_nearest(complaint, name, names.programmes()));
        };
        if rule.once {
            return self.complain(
                Complaint::new("policy-once-asked", tree.span.clone()).with("programme", &rule.code),
            );
        }
        if function == Function::Share && !rule.household {
            return self.complain(
                Complaint::new("policy-share-of-person", tree.span.clone()).with("programme", &rule.code),
            );
        }
        Some(match function {
            Function::Entitled => Checked::known(Node::Entitled(programme), Type::Boolean, span),
            Function::Amount => Checked::known(Node::Amount(programme), Type::Money, span),
            _ => Checked::known(Node::Share(programme), Type::Money, span),
        })
    }

    pub(super) fn keys_shown(&self, value: &DatedValue) -> String {
        let names: Vec<&str> = value
            .keys
            .iter()
            .map(|key| match key {
                ValueKey::Code(field) => self.names.field(*field).map_or("?", |field| &field.code),
                ValueKey::Band => "80",
            })
            .collect();
        format!("{}({})", value.code, names.join(", "))
    }

    pub(super) fn dated(&mut self, name: &str, arguments: &[Tree], span: &Span) -> Option<Checked> {
        let (id, value) = self.names.value(name)?;
        if arguments.len() != value.keys.len() || value.keys.len() > KEYS {
            let complaint = Complaint::new("policy-value-needs-keys", span.clone())
                .with("name", name)
                .with("keys", self.keys_shown(value));
            return self.complain(complaint);
        }
        let mut optional = false;
        let keys: Vec<Option<Node>> = arguments
            .iter()
            .zip(&value.keys)
            .map(|(argument, key)| {
                let checked = self.check(argument)?;
                optional |= checked.optional;
                match key {
                    ValueKey::Code(field) => self.settle(checked, Type::Code(*field)),
                    ValueKey::Band => self.settle(checked, Type::Integer),
                }
            })
            .collect();
        let keys = keys.into_iter().collect::<Option<Box<[Node]>>>()?;
        let kind = unit_type(value.unit);
        let node = Node::Dated { value: id, keys, integer: kind == Type::Integer };
        Some(Checked::known(node, kind, span).or_empty(optional))
    }
}
