//! A tree and the pack's names → a typed [`Expression`], or every [`Complaint`] about it.
//!
//! Looks names up, compares text with code tables, keeps money, counts, shares, days and months
//! apart, and writes definitions out in place. Knows nothing of values: it never computes more than
//! constants.

mod calls;
mod names;
mod operators;

pub use crate::domain::nearest;
pub use calls::callable;
pub use names::{Definition, Names, ProgrammeName, Scope};

use rust_decimal::Decimal;

use super::expression::{Expression, Node, Type};
use super::rulebook::{Blank, FieldId, FieldKind};
use super::syntax::{Complaint, Span, Tree, TreeKind, parse};
use super::value::Value;

/// How many parts an expression may have with its definitions written out, and how deep they may
/// stand: definitions that use definitions can double at each step.
const PARTS: usize = 10_000;
const DEPTH: usize = 250;

/// Compiles a text to an expression of the wanted type: [`Type::Boolean`] for a condition,
/// [`Type::Money`] for an amount.
///
/// # Errors
/// Every complaint about it, in order of place.
pub fn compile(
    names: &Names<'_>,
    scope: &Scope<'_>,
    text: &str,
    wanted: Type,
) -> Result<Expression, Vec<Complaint>> {
    let tree = parse(text).map_err(|complaint| vec![complaint])?;
    let mut checker = Checker::new(names, scope);
    let root = checker.check(&tree).and_then(|checked| checker.root(checked, wanted));
    match root {
        Some(root) if checker.complaints.is_empty() => {
            Ok(Expression { root, kind: wanted, text: text.trim().into() })
        }
        _ => Err(checker.complaints),
    }
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Of this type.
    Known(Type),
    /// A bare number, which takes the type of what it stands beside.
    Number(Decimal),
    /// A text in quotes, which takes the type of what it stands beside: a code, a month, a day.
    Word,
}

/// A checked part.
#[derive(Debug, Clone)]
struct Checked {
    node: Node,
    kind: Kind,
    /// Whether it may be empty.
    optional: bool,
    span: Span,
}

impl Checked {
    fn known(node: Node, kind: Type, span: &Span) -> Checked {
        Checked { node, kind: Kind::Known(kind), optional: false, span: span.clone() }
    }

    fn or_empty(mut self, optional: bool) -> Checked {
        self.optional = optional;
        self
    }

    /// The code of the type's name in the catalogue, as an argument.
    fn word(&self) -> String {
        match self.kind {
            Kind::Known(known) => format!("@{}", known.word()),
            Kind::Number(_) => "@policy-type-number".to_owned(),
            Kind::Word => "@policy-type-text".to_owned(),
        }
    }
}

struct Checker<'a> {
    names: &'a Names<'a>,
    scope: &'a Scope<'a>,
    complaints: Vec<Complaint>,
    /// Which text is being checked (see [`Complaint::script`]).
    script: usize,
    /// Definitions being written out, outermost first.
    open: Vec<usize>,
    /// Inside an aggregate.
    inside_members: bool,
    /// Optional fields that are known to be filled here.
    present: Vec<Node>,
    parts: usize,
    depth: usize,
}

impl<'a> Checker<'a> {
    fn new(names: &'a Names<'a>, scope: &'a Scope<'a>) -> Checker<'a> {
        Checker {
            names,
            scope,
            complaints: Vec::new(),
            script: 0,
            open: Vec::new(),
            inside_members: false,
            present: Vec::new(),
            parts: 0,
            depth: 0,
        }
    }

    /// Records a complaint; the part it is about has no type.
    fn complain<T>(&mut self, mut complaint: Complaint) -> Option<T> {
        complaint.script = self.script;
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
        None
    }

    fn root(&mut self, checked: Checked, wanted: Type) -> Option<Node> {
        let (optional, span) = (checked.optional, checked.span.clone());
        let node = self.settle(checked, wanted)?;
        match (optional, wanted) {
            (false, _) => Some(node),
            // A flag left empty does not hold.
            (true, Type::Boolean) => Some(Node::Compare(
                super::syntax::Binary::Equal,
                Box::new((node, Node::Constant(Value::Flag(true)))),
            )),
            (true, _) => self.complain(Complaint::new("policy-may-be-empty", span)),
        }
    }

    /// Gives a part the wanted type: literals take it, others must have it.
    fn settle(&mut self, checked: Checked, wanted: Type) -> Option<Node> {
        match (checked.kind, wanted) {
            (Kind::Known(known), _) if self.same(known, wanted) => Some(checked.node),
            (Kind::Number(number), Type::Money | Type::Ratio) => Some(Node::Constant(Value::Decimal(number))),
            (Kind::Number(number), Type::Integer) => self.whole(number, &checked.span),
            (Kind::Word, Type::Text) => Some(checked.node),
            (Kind::Word, Type::Code(field)) => self.code(&checked, field),
            (Kind::Word, Type::Month) => self.calendar(&checked, |text| text.parse().ok().map(Value::Month)),
            (Kind::Word, Type::Date) => self.calendar(&checked, |text| {
                (text.len() == 10).then(|| text.parse().ok().map(Value::Date)).flatten()
            }),
            _ => {
                let complaint = Complaint::new("policy-wrong-type", checked.span.clone())
                    .with("expected", format!("@{}", wanted.word()))
                    .with("found", checked.word());
                self.complain(match (checked.kind, wanted) {
                    (Kind::Known(Type::Date), Type::Month) => complaint.help("policy-help-month-of", &[]),
                    (Kind::Known(Type::Integer), Type::Money) => complaint.help("policy-help-yuan", &[]),
                    _ => complaint,
                })
            }
        }
    }

    /// Whether two types are one; codes are compared by their tables.
    fn same(&self, a: Type, b: Type) -> bool {
        match (a, b) {
            (Type::Code(a), Type::Code(b)) => a == b || self.table(a) == self.table(b),
            _ => a == b,
        }
    }

    fn table(&self, field: FieldId) -> &'a [super::rulebook::CodeEntry] {
        match self.names.field(field).map(|field| &field.kind) {
            Some(FieldKind::Code(table)) => table,
            _ => &[],
        }
    }

    fn whole(&mut self, number: Decimal, span: &Span) -> Option<Node> {
        match i64::try_from(number) {
            Ok(integer) if number.fract().is_zero() => Some(Node::Constant(Value::Integer(integer))),
            _ => self.complain(
                Complaint::new("policy-not-whole", span.clone()).with("number", number.to_string()),
            ),
        }
    }

    fn code(&mut self, checked: &Checked, field: FieldId) -> Option<Node> {
        let Node::Text(text) = &checked.node else { return None };
        let table = self.table(field);
        let found =
            table.iter().position(|entry| entry.code == *text || entry.words.iter().any(|word| word == text));
        if let Some(position) = found {
            return Some(Node::Constant(Value::Code(position as u16)));
        }
        let known: Vec<String> = table.iter().map(shown).collect();
        let name = self.names.field(field).map_or("", |field| &field.code);
        let complaint = Complaint::new("policy-unknown-code", checked.span.clone())
            .with("written", text)
            .with("field", name)
            .with("known", known.join(", "));
        let candidates = table.iter().flat_map(|entry| std::iter::once(&entry.code).chain(&entry.words));
        self.complain(with_nearest(complaint, text, candidates.map(|word| word.as_str())))
    }

    fn calendar(
        &mut self,
        checked: &Checked,
        read: impl FnOnce(&str) -> Option<Value<'static>>,
    ) -> Option<Node> {
        let Node::Text(text) = &checked.node else { return None };
        match read(text) {
            Some(value) => Some(Node::Constant(value)),
            None => {
                self.complain(Complaint::new("policy-not-a-date", checked.span.clone()).with("written", text))
            }
        }
    }

    fn check(&mut self, tree: &Tree) -> Option<Checked> {
        self.parts += 1;
        if self.parts > PARTS || self.depth > DEPTH {
            let complaint =
                Complaint::new("policy-too-long", tree.span.clone()).with("limit", PARTS.to_string());
            return self.complain(complaint);
        }
        self.depth += 1;
        let checked = self.part(tree);
        self.depth -= 1;
        checked
    }

    fn part(&mut self, tree: &Tree) -> Option<Checked> {
        let span = &tree.span;
        match &tree.kind {
            TreeKind::Number(number) => Some(Checked {
                node: Node::Constant(Value::Decimal(*number)),
                kind: Kind::Number(*number),
                optional: false,
                span: span.clone(),
            }),
            TreeKind::Yuan(yuan) => {
                Some(Checked::known(Node::Constant(Value::Decimal(*yuan)), Type::Money, span))
            }
            TreeKind::Percent(share) => {
                Some(Checked::known(Node::Constant(Value::Decimal(*share)), Type::Ratio, span))
            }
            TreeKind::Text(text) => Some(Checked {
                node: Node::Text(text.as_str().into()),
                kind: Kind::Word,
                optional: false,
                span: span.clone(),
            }),
            TreeKind::Flag(flag) => {
                Some(Checked::known(Node::Constant(Value::Flag(*flag)), Type::Boolean, span))
            }
            TreeKind::Name(name) => self.name(name, span),
            TreeKind::OfHead(name) => self.of_head(name, span),
            TreeKind::Call { name, name_span, arguments } => self.call(name, name_span, arguments, span),
            TreeKind::Not(inner) => {
                let inner = self.condition(inner)?;
                Some(Checked::known(Node::Not(Box::new(inner)), Type::Boolean, span))
            }
            TreeKind::And(parts) => self.junction(parts, span, true),
            TreeKind::Or(parts) => self.junction(parts, span, false),
            TreeKind::Negative(inner) => self.negative(inner, span),
            TreeKind::Binary { operator, sign, left, right } => {
                let (left, right) = (self.check(left), self.check(right));
                self.binary(*operator, sign, left?, right?, span)
            }
            TreeKind::Among { subject, list, negated } => self.among(subject, list, *negated, span),
            TreeKind::If { condition, then, otherwise } => self.conditional(condition, then, otherwise, span),
        }
    }

    fn condition(&mut self, tree: &Tree) -> Option<Node> {
        let checked = self.check(tree)?;
        self.settle(checked, Type::Boolean)
    }

    /// `and`, `or`: every part is checked, so that all complaints come at once. A part may count on
    /// what the parts before it have made sure of: `not empty(x) and x + 1 > 2`.
    fn junction(&mut self, parts: &[Tree], span: &Span, all: bool) -> Option<Checked> {
        let before = self.present.len();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            let node = self.condition(part);
            if let Some(node) = &node {
                assured(node, all, &mut self.present);
            }
            nodes.push(node);
        }
        self.present.truncate(before);
        let nodes: Box<[Node]> = nodes.into_iter().collect::<Option<_>>()?;
        let node = if all { Node::And(nodes) } else { Node::Or(nodes) };
        Some(Checked::known(node, Type::Boolean, span))
    }

    fn conditional(
        &mut self,
        condition: &Tree,
        then: &Tree,
        otherwise: &Tree,
        span: &Span,
    ) -> Option<Checked> {
        let condition = self.condition(condition);
        let before = self.present.len();
        if let Some(condition) = &condition {
            assured(condition, true, &mut self.present);
        }
        let then = self.check(then);
        self.present.truncate(before);
        if let Some(condition) = &condition {
            assured(condition, false, &mut self.present);
        }
        let otherwise = self.check(otherwise);
        self.present.truncate(before);
        let (condition, branches) = (condition?, vec![then?, otherwise?]);
        let optional = branches.iter().any(|branch| branch.optional);
        let (kind, mut nodes) = self.unified(branches)?;
        let (otherwise, then) = (nodes.pop()?, nodes.pop()?);
        let node = Node::If(Box::new((condition, then, otherwise)));
        Some(self.typed(node, kind, span)?.or_empty(optional))
    }

    /// A part of a type, or of bare numbers only: then it counts as a number of no known kind,
    /// which only yuan and shares can take.
    fn typed(&mut self, node: Node, kind: Kind, span: &Span) -> Option<Checked> {
        match kind {
            Kind::Known(known) => Some(Checked::known(node, known, span)),
            Kind::Number(_) | Kind::Word => self.complain(Complaint::new("policy-untyped", span.clone())),
        }
    }
}

/// Adds the fields that are surely filled where a condition is true (or false).
fn assured(condition: &Node, truth: bool, present: &mut Vec<Node>) {
    match (condition, truth) {
        (Node::IsEmpty(inner), false) => present.push((**inner).clone()),
        (Node::Not(inner), _) => assured(inner, !truth, present),
        (Node::And(parts), true) | (Node::Or(parts), false) => {
            parts.iter().for_each(|part| assured(part, truth, present));
        }
        _ => {}
    }
}

/// A code with its first word, as messages list it.
fn shown(entry: &super::rulebook::CodeEntry) -> String {
    match entry.words.first() {
        Some(word) if *word != entry.code => format!("{} {word}", entry.code),
        _ => entry.code.to_string(),
    }
}

/// Adds the nearest known name, if one is near.
fn with_nearest<'n>(
    complaint: Complaint,
    written: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Complaint {
    match nearest(written, known) {
        Some(name) => complaint.help("policy-help-nearest", &[("name", name)]),
        None => complaint,
    }
}

/// Whether a blank leaves the field empty.
fn leaves_empty(blank: &Blank) -> bool {
    matches!(blank, Blank::Empty)
}
