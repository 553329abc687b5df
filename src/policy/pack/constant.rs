//! Clauses that can never fail or never hold (DESIGN §8), found by bounds: a grade of 1–4 is never
//! above 5, nobody is at once 80 or older and under 70. Careful rather than clever: what it cannot
//! bound can be anything, so it never accuses a sound clause.

use rust_decimal::Decimal;

use super::super::expression::{Expression, Node};
use super::super::rulebook::{Blank, Field, FieldId, FieldKind, Roster};
use super::super::syntax::Binary;
use super::super::value::Value;

/// `Some(true)`: it holds whatever the facts are; `Some(false)`: it never does.
pub(in crate::policy) fn truth(expression: &Expression, roster: &Roster, fields: &[Field]) -> Option<bool> {
    let mut bounds = Bounds { roster, fields, known: Vec::new() };
    let possible = bounds.possible(&expression.root);
    match (possible.yes, possible.no) {
        (true, false) => Some(true),
        (false, _) => Some(false),
        (true, true) => None,
    }
}

/// Which answers facts can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Possible {
    yes: bool,
    no: bool,
}

const EITHER: Possible = Possible { yes: true, no: true };

/// The numbers something can be; `None` is without bound.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    least: Option<Decimal>,
    most: Option<Decimal>,
}

const ANY: Range = Range { least: None, most: None };

impl Range {
    fn of(least: i64, most: Option<i64>) -> Range {
        Range { least: Some(Decimal::from(least)), most: most.map(Decimal::from) }
    }

    fn point(number: Decimal) -> Range {
        Range { least: Some(number), most: Some(number) }
    }

    fn within(self, other: Range) -> Range {
        let least = match (self.least, other.least) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let most = match (self.most, other.most) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Range { least, most }
    }

    fn is_point(self) -> bool {
        self.least.is_some() && self.least == self.most
    }
}

/// `a < b` for a lower and an upper bound; an absent bound is infinitely far.
fn below(a: Option<Decimal>, b: Option<Decimal>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a < b)
}

fn at_most(a: Option<Decimal>, b: Option<Decimal>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a <= b)
}

struct Bounds<'b> {
    roster: &'b Roster,
    fields: &'b [Field],
    /// What the conditions around this place have made sure of.
    known: Vec<(Node, Range)>,
}

impl Bounds<'_> {
    fn possible(&mut self, node: &Node) -> Possible {
        match node {
            Node::Constant(Value::Flag(flag)) => Possible { yes: *flag, no: !*flag },
            Node::Not(inner) => {
                let inner = self.possible(inner);
                Possible { yes: inner.no, no: inner.yes }
            }
            Node::And(parts) => self.junction(parts, true),
            Node::Or(parts) => {
                let found = self.junction(parts, false);
                Possible { yes: found.no, no: found.yes }
            }
            Node::Compare(operator, sides) => self.comparison(*operator, &sides.0, &sides.1),
            Node::Among { subject, list, negated } => {
                let found = self.among(subject, list);
                if *negated { Possible { yes: found.no, no: true } } else { found }
            }
            Node::If(parts) => {
                let condition = self.possible(&parts.0);
                let then = self.given(&parts.0, true, |bounds| bounds.possible(&parts.1));
                let otherwise = self.given(&parts.0, false, |bounds| bounds.possible(&parts.2));
                Possible {
                    yes: (condition.yes && then.yes) || (condition.no && otherwise.yes),
                    no: (condition.yes && then.no) || (condition.no && otherwise.no),
                }
            }
            _ => EITHER,
        }
    }

    /// `all` of the parts hold (`and`), or, with `deciding` false, all of them fail (`or`, turned
    /// round): each part is looked at knowing that those before it came out that way.
    fn junction(&mut self, parts: &[Node], wanted: bool) -> Possible {
        let before = self.known.len();
        let (mut all, mut other) = (true, false);
        for part in parts {
            let possible = self.possible(part);
            let (as_wanted, otherwise) =
                if wanted { (possible.yes, possible.no) } else { (possible.no, possible.yes) };
            all &= as_wanted;
            other |= otherwise;
            if !all {
                break;
            }
            self.assume(part, wanted);
        }
        self.known.truncate(before);
        Possible { yes: all, no: other }
    }

    fn given<T>(&mut self, condition: &Node, truth: bool, then: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.len();
        self.assume(condition, truth);
        let found = then(self);
        self.known.truncate(before);
        found
    }

    fn assume(&mut self, condition: &Node, truth: bool) {
        match condition {
            Node::Not(inner) => self.assume(inner, !truth),
            Node::And(parts) if truth => parts.iter().for_each(|part| self.assume(part, true)),
            Node::Or(parts) if !truth => parts.iter().for_each(|part| self.assume(part, false)),
            Node::Compare(operator, sides) => {
                let (operator, left, right) = as_ages(*operator, &sides.0, &sides.1);
                // That a comparison fails says nothing of a field that may be empty.
                if !truth && (self.may_be_empty(&left) || self.may_be_empty(&right)) {
                    return;
                }
                let operator = if truth { operator } else { opposite(operator) };
                let right_range = self.range(&right);
                if is_term(&left) {
                    self.bound(left, operator, right_range);
                }
            }
            _ => {}
        }
    }

    fn bound(&mut self, term: Node, operator: Binary, other: Range) {
        let step = if self.is_whole(&term) { Decimal::ONE } else { Decimal::ZERO };
        let range = match operator {
            Binary::Equal => other,
            Binary::Less => Range { least: None, most: other.most.and_then(|most| most.checked_sub(step)) },
            Binary::AtMost => Range { least: None, most: other.most },
            Binary::More => {
                Range { least: other.least.and_then(|least| least.checked_add(step)), most: None }
            }
            Binary::AtLeast => Range { least: other.least, most: None },
            _ => return,
        };
        self.known.push((term, range));
    }

    fn comparison(&self, operator: Binary, left: &Node, right: &Node) -> Possible {
        let (operator, left, right) = as_ages(operator, left, right);
        let empty = self.may_be_empty(&left) || self.may_be_empty(&right);
        let (a, b) = (self.range(&left), self.range(&right));
        let (yes, no) = match operator {
            Binary::Less => (below(a.least, b.most), at_most(b.least, a.most)),
            Binary::AtMost => (at_most(a.least, b.most), below(b.least, a.most)),
            Binary::More => (below(b.least, a.most), at_most(a.least, b.most)),
            Binary::AtLeast => (at_most(b.least, a.most), below(a.least, b.most)),
            Binary::Equal | Binary::Unequal => {
                let meet = at_most(a.least, b.most) && at_most(b.least, a.most);
                let one = a.is_point() && a == b;
                if operator == Binary::Equal { (meet, !one) } else { (!one, meet) }
            }
            _ => (true, true),
        };
        Possible { yes, no: no || empty }
    }

    fn among(&self, subject: &Node, list: &[Node]) -> Possible {
        let empty = self.may_be_empty(subject);
        if let Some(FieldKind::Code(table)) = self.kind(subject) {
            let covers =
                |code: usize| list.iter().any(|part| *part == Node::Constant(Value::Code(code as u16)));
            let range = self.range(subject);
            let yes = list.iter().any(|part| {
                let part = self.range(part);
                at_most(range.least, part.most) && at_most(part.least, range.most)
            });
            return Possible { yes, no: empty || !(0..table.len()).all(covers) };
        }
        let range = self.range(subject);
        let yes = list.iter().any(|part| {
            let part = self.range(part);
            at_most(range.least, part.most) && at_most(part.least, range.most)
        });
        Possible { yes, no: true }
    }

    fn kind(&self, node: &Node) -> Option<&FieldKind> {
        match node {
            Node::Field(field) | Node::HeadField(field) => {
                self.fields.get(usize::from(field.0)).map(|field| &field.kind)
            }
            _ => None,
        }
    }

    fn is_whole(&self, node: &Node) -> bool {
        matches!(node, Node::Age | Node::MemberCount)
            || matches!(self.kind(node), Some(FieldKind::Integer { .. }))
    }

    fn blank(&self, field: FieldId) -> Option<&Blank> {
        self.roster
            .blanks
            .iter()
            .find(|(id, _)| *id == field)
            .map(|(_, blank)| blank)
            .or_else(|| self.fields.get(usize::from(field.0)).map(|field| &field.blank))
    }

    fn may_be_empty(&self, node: &Node) -> bool {
        let mut found = false;
        node.visit(&mut |part| match part {
            Node::Field(field) | Node::HeadField(field) => {
                found |= self.blank(*field) == Some(&Blank::Empty);
            }
            Node::Column(..) => found = true,
            _ => {}
        });
        found
    }

    /// The numbers a part can be by its kind and by what is known here.
    fn range(&self, node: &Node) -> Range {
        let range = match node {
            Node::Constant(Value::Integer(number)) => Range::point(Decimal::from(*number)),
            Node::Constant(Value::Decimal(number)) => Range::point(*number),
            Node::Constant(Value::Code(code)) => Range::point(Decimal::from(*code)),
            Node::Age => Range::of(0, Some(150)),
            Node::MemberCount => Range::of(1, None),
            Node::Amount(_) | Node::Share(_) | Node::Dated { .. } => Range::of(0, None),
            Node::MonthNumber(_) => Range::of(1, Some(12)),
            Node::Field(_) | Node::HeadField(_) => match self.kind(node) {
                Some(FieldKind::Integer { least, most, .. }) => Range::of(*least, Some(*most)),
                Some(FieldKind::Money) => Range::of(0, None),
                _ => ANY,
            },
            _ => ANY,
        };
        self.known
            .iter()
            .filter(|(term, _)| term == node)
            .fold(range, |range, (_, bound)| range.within(*bound))
    }
}

/// What bounds can be kept for.
fn is_term(node: &Node) -> bool {
    matches!(node, Node::Field(_) | Node::HeadField(_) | Node::Age | Node::MemberCount)
}

fn opposite(operator: Binary) -> Binary {
    match operator {
        Binary::Equal => Binary::Unequal,
        Binary::Unequal => Binary::Equal,
        Binary::Less => Binary::AtLeast,
        Binary::AtLeast => Binary::Less,
        Binary::More => Binary::AtMost,
        Binary::AtMost => Binary::More,
        other => other,
    }
}

fn mirrored(operator: Binary) -> Binary {
    match operator {
        Binary::Less => Binary::More,
        Binary::More => Binary::Less,
        Binary::AtMost => Binary::AtLeast,
        Binary::AtLeast => Binary::AtMost,
        other => other,
    }
}

/// `month ≥ reaches(80)` says the same as `age ≥ 80`, and `<` likewise: ages are counted in months
/// (DESIGN §9). Also puts the term on the left.
fn as_ages(operator: Binary, left: &Node, right: &Node) -> (Binary, Node, Node) {
    let (operator, left, right) = match (left, right) {
        (Node::Reaches(_), Node::Month) => (mirrored(operator), right, left),
        (Node::Constant(_), term) if is_term(term) => (mirrored(operator), right, left),
        _ => (operator, left, right),
    };
    match (operator, left, right) {
        (Binary::AtLeast | Binary::Less, Node::Month, Node::Reaches(years)) => {
            (operator, Node::Age, (**years).clone())
        }
        _ => (operator, left.clone(), right.clone()),
    }
}
