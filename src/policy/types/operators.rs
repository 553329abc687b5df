//! What the signs mean for the types of their sides. Money, counts and shares are kept apart here.

use rust_decimal::Decimal;

use super::super::expression::{Arithmetic, Node, Type};
use super::super::syntax::{Binary, Complaint, Span, Tree};
use super::super::value::Value;
use super::{Checked, Checker, Kind};

use Kind::{Known, Number};
use Type::{Integer, Money, Month, Ratio};

fn number(number: Decimal, span: &Span) -> Checked {
    Checked {
        node: Node::Constant(Value::Decimal(number)),
        kind: Number(number),
        optional: false,
        span: span.clone(),
    }
}

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        operator: Binary,
        sign: &Span,
        left: Checked,
        right: Checked,
        span: &Span,
    ) -> Option<Checked> {
        match operator {
            Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => {
                self.arithmetic(operator, sign, left, right, span)
            }
            _ => self.comparison(operator, sign, left, right, span),
        }
    }

    fn comparison(
        &mut self,
        operator: Binary,
        sign: &Span,
        left: Checked,
        right: Checked,
        span: &Span,
    ) -> Option<Checked> {
        let equality = matches!(operator, Binary::Equal | Binary::Unequal);
        if let (Number(a), Number(b)) = (left.kind, right.kind) {
            let sides = (number(a, span).node, number(b, span).node);
            return Some(Checked::known(Node::Compare(operator, Box::new(sides)), Type::Boolean, span));
        }
        let kind = match (left.kind, right.kind) {
            (Known(a), Known(b)) if self.same(a, b) => a,
            (Known(a), Known(b)) => {
                let mixed = matches!((a, b), (Integer | Money | Ratio, Integer | Money | Ratio));
                let code = if mixed { "policy-units" } else { "policy-types-differ" };
                let complaint = Complaint::new(code, sign.clone())
                    .with("left", left.word())
                    .with("right", right.word())
                    .with("sign", operator.sign());
                let dates = matches!((a, b), (Type::Date, Month) | (Month, Type::Date));
                return self.complain(if dates {
                    complaint.help("policy-help-month-of", &[])
                } else {
                    complaint
                });
            }
            (Known(known), _) | (_, Known(known)) => known,
            _ => return self.complain(Complaint::new("policy-untyped", span.clone())),
        };
        if !equality && matches!(kind, Type::Boolean | Type::Text | Type::Code(_)) {
            return self.complain(
                Complaint::new("policy-no-order", sign.clone())
                    .with("sign", operator.sign())
                    .with("type", format!("@{}", kind.word())),
            );
        }
        let (left, right) = (self.settle(left, kind), self.settle(right, kind));
        let node = Node::Compare(operator, Box::new((left?, right?)));
        Some(Checked::known(node, Type::Boolean, span))
    }

    pub(super) fn among(
        &mut self,
        subject: &Tree,
        list: &[Tree],
        negated: bool,
        span: &Span,
    ) -> Option<Checked> {
        let subject = self.check(subject);
        let list: Vec<Option<Checked>> = list.iter().map(|part| self.check(part)).collect();
        let subject = subject?;
        let Known(kind) = subject.kind else {
            return self.complain(Complaint::new("policy-untyped", subject.span));
        };
        let list: Vec<Option<Node>> =
            list.into_iter().map(|part| part.and_then(|part| self.settle(part, kind))).collect();
        let list = list.into_iter().collect::<Option<Box<[Node]>>>()?;
        let node = Node::Among { subject: Box::new(subject.node), list, negated };
        Some(Checked::known(node, Type::Boolean, span))
    }

    /// Several parts that must have one type, which literals take from the others.
    pub(super) fn unified(&mut self, parts: Vec<Checked>) -> Option<(Kind, Vec<Node>)> {
        let known = parts.iter().find_map(|part| match part.kind {
            Known(known) => Some(known),
            _ => None,
        });
        match known {
            Some(known) => {
                let nodes: Vec<Option<Node>> =
                    parts.into_iter().map(|part| self.settle(part, known)).collect();
                Some((Known(known), nodes.into_iter().collect::<Option<_>>()?))
            }
            None => {
                let kind = parts.first()?.kind;
                Some((kind, parts.into_iter().map(|part| part.node).collect()))
            }
        }
    }

    pub(super) fn negative(&mut self, inner: &Tree, span: &Span) -> Option<Checked> {
        let inner = self.check(inner)?;
        match inner.kind {
            Number(value) => Some(number(-value, span)),
            Known(kind @ (Integer | Money | Ratio)) => {
                let optional = inner.optional;
                Some(Checked::known(Node::Negative(Box::new(inner.node)), kind, span).or_empty(optional))
            }
            _ => self.not_a_number(inner),
        }
    }

    fn not_a_number<T>(&mut self, part: Checked) -> Option<T> {
        let complaint = Complaint::new("policy-wrong-type", part.span.clone())
            .with("expected", "@policy-type-number")
            .with("found", part.word());
        self.complain(match part.kind {
            Known(Type::Date) => complaint.help("policy-help-month-of", &[]),
            _ => complaint,
        })
    }

    fn arithmetic(
        &mut self,
        operator: Binary,
        sign: &Span,
        left: Checked,
        right: Checked,
        span: &Span,
    ) -> Option<Checked> {
        let shifting = matches!(operator, Binary::Plus | Binary::Minus) && matches!(left.kind, Known(Month));
        if shifting {
            return self.months(operator, left, right, span);
        }
        let moving =
            matches!(operator, Binary::Plus | Binary::Minus) && matches!(left.kind, Known(Type::Date));
        if moving && matches!(right.kind, Number(_) | Known(Integer | Type::Date)) {
            return self.days(operator, left, right, span);
        }
        let countable = |part: &Checked| matches!(part.kind, Number(_) | Known(Integer | Money | Ratio));
        let sound = [&left, &right].map(countable);
        if sound != [true, true] {
            for (part, sound) in [left, right].into_iter().zip(sound) {
                if !sound {
                    self.not_a_number::<()>(part);
                }
            }
            return None;
        }
        if operator == Binary::Over && matches!(right.kind, Number(zero) if zero.is_zero()) {
            return self.complain(Complaint::new("policy-division-by-zero", right.span));
        }
        if let (Number(a), Number(b)) = (left.kind, right.kind) {
            return self.folded(operator, a, b, span);
        }
        let Some(kind) = result(operator, left.kind, right.kind) else {
            let complaint = Complaint::new("policy-units", sign.clone())
                .with("left", left.word())
                .with("right", right.word())
                .with("sign", operator.sign());
            let bare =
                matches!((left.kind, right.kind), (Known(Money), Number(_)) | (Number(_), Known(Money)));
            return self.complain(if bare { complaint.help("policy-help-yuan", &[]) } else { complaint });
        };
        let optional = left.optional || right.optional;
        let (arithmetic, left, right) = if kind == Integer {
            (Arithmetic::Integers, self.settle(left, Integer), self.settle(right, Integer))
        } else {
            // Counts beside money or shares stay whole numbers until they are computed with.
            (Arithmetic::Decimals, Some(left.node), Some(right.node))
        };
        let node = Node::Arithmetic(arithmetic, operator, Box::new((left?, right?)));
        Some(Checked::known(node, kind, span).or_empty(optional))
    }

    fn folded(&mut self, operator: Binary, a: Decimal, b: Decimal, span: &Span) -> Option<Checked> {
        let folded = match operator {
            Binary::Plus => a.checked_add(b),
            Binary::Minus => a.checked_sub(b),
            Binary::Times => a.checked_mul(b),
            _ => a.checked_div(b),
        };
        match folded {
            Some(folded) => Some(number(folded, span)),
            None => self.complain(Complaint::new("policy-number-too-long", span.clone())),
        }
    }

    fn days(&mut self, operator: Binary, left: Checked, right: Checked, span: &Span) -> Option<Checked> {
        let optional = left.optional || right.optional;
        if matches!(right.kind, Known(Type::Date)) {
            if operator == Binary::Plus {
                return self.not_a_number(right);
            }
            let sides = Box::new((left.node, right.node));
            let node = Node::Arithmetic(Arithmetic::DaysBetween, operator, sides);
            return Some(Checked::known(node, Integer, span).or_empty(optional));
        }
        let by = self.settle(right, Integer)?;
        let node = Node::Arithmetic(Arithmetic::ShiftDay, operator, Box::new((left.node, by)));
        Some(Checked::known(node, Type::Date, span).or_empty(optional))
    }

    fn months(&mut self, operator: Binary, left: Checked, right: Checked, span: &Span) -> Option<Checked> {
        let optional = left.optional || right.optional;
        if operator == Binary::Minus && matches!(right.kind, Known(Month)) {
            let sides = Box::new((left.node, right.node));
            let node = Node::Arithmetic(Arithmetic::MonthsBetween, operator, sides);
            return Some(Checked::known(node, Integer, span).or_empty(optional));
        }
        let by = self.settle(right, Integer)?;
        let node = Node::Arithmetic(Arithmetic::ShiftMonth, operator, Box::new((left.node, by)));
        Some(Checked::known(node, Month, span).or_empty(optional))
    }
}

/// The type of a result; `None` where the sides do not go together.
fn result(operator: Binary, left: Kind, right: Kind) -> Option<Type> {
    let whole = |number: Decimal| number.fract().is_zero();
    Some(match operator {
        Binary::Plus | Binary::Minus => match (left, right) {
            (Known(a), Known(b)) if a == b => a,
            (Known(Integer), Number(n)) | (Number(n), Known(Integer)) if whole(n) => Integer,
            (Known(Ratio), Number(_)) | (Number(_), Known(Ratio)) => Ratio,
            _ => return None,
        },
        Binary::Times => match (left, right) {
            (Known(Money), Known(Money)) => return None,
            (Known(Money), _) | (_, Known(Money)) => Money,
            (Known(Integer), Known(Integer)) => Integer,
            (Known(Integer), Number(n)) | (Number(n), Known(Integer)) if whole(n) => Integer,
            _ => Ratio,
        },
        _ => match (left, right) {
            (Known(Money), Known(Money)) => Ratio,
            (Known(Money), _) => Money,
            (_, Known(Money)) => return None,
            _ => Ratio,
        },
    })
}
