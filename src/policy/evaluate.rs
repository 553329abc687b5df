//! A typed tree and facts → a value.
//!
//! Three-valued (DESIGN §9.5): a missing value decides nothing, but `true or missing` is true and
//! `false and missing` is false. An empty value makes a comparison false, is passed over by `min`,
//! `max` and sums, and stays empty in arithmetic. Numbers are exact decimals; what leaves their
//! range is `Missing(Arithmetic)`, never a panic. Nothing is allocated.

use std::cmp::Ordering;

use chrono::{Datelike, Duration};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::Month;

use super::expression::{Aggregate, Arithmetic, Expression, KEYS, Node};
use super::syntax::Binary;
use super::value::{Facts, Missing, Value};

const OUT_OF_RANGE: Value<'static> = Value::Missing(Missing::Arithmetic);

impl Expression {
    /// Computes it. A condition gives `Flag` or `Missing`; an amount gives `Decimal` or `Missing`.
    ///
    /// The value is never text, so it borrows nothing.
    pub fn evaluate<F: Facts>(&self, facts: &F) -> Value<'static> {
        owned(value(&self.root, facts))
    }
}

/// A value that borrows nothing. Roots and bodies of aggregates are never text (the type checker
/// sees to it).
pub(super) fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Missing(missing) => Value::Missing(missing),
        Value::Empty => Value::Empty,
        Value::Flag(flag) => Value::Flag(flag),
        Value::Integer(integer) => Value::Integer(integer),
        Value::Decimal(decimal) => Value::Decimal(decimal),
        Value::Date(date) => Value::Date(date),
        Value::Month(month) => Value::Month(month),
        Value::Code(code) => Value::Code(code),
        Value::Text(_) => OUT_OF_RANGE,
    }
}

pub(super) fn value<'a, F: Facts>(node: &'a Node, facts: &'a F) -> Value<'a> {
    match node {
        Node::Constant(constant) => *constant,
        Node::Text(text) => Value::Text(text),
        Node::Field(field) => facts.field(*field),
        Node::HeadField(field) => facts.head_field(*field),
        Node::Month => Value::Month(facts.month()),
        Node::Age => {
            Value::Integer(i64::from(facts.month().months_since(facts.birth_month()).div_euclid(12)))
        }
        Node::Reaches(years) => with(value(years, facts), |years| match years {
            Value::Integer(years) => years
                .checked_mul(12)
                .and_then(|months| i32::try_from(months).ok())
                .map_or(OUT_OF_RANGE, |months| Value::Month(facts.birth_month().plus(months))),
            _ => OUT_OF_RANGE,
        }),
        Node::Dated { value, keys, integer } => dated(facts, *value, keys, *integer),
        Node::DatedAt { month, value: id, keys, integer } => with(value(month, facts), |month| match month {
            Value::Month(month) => {
                looked_up(facts, keys, *integer, |given| facts.dated_at(*id, given, month))
            }
            _ => OUT_OF_RANGE,
        }),
        Node::Marginal(id, amount) => with(value(amount, facts), |amount| match decimal(amount) {
            Some(amount) => facts.marginal(*id, amount),
            None => OUT_OF_RANGE,
        }),
        Node::Steps(sides) => pair(value(&sides.0, facts), value(&sides.1, facts), |amount, step| {
            let (amount, step) = (decimal(amount)?, decimal(step)?);
            if step <= Decimal::ZERO {
                return None;
            }
            amount.checked_div(step)?.floor().max(Decimal::ZERO).to_i64().map(Value::Integer)
        }),
        Node::Rank(body) => rank(body, facts),
        Node::Born => Value::Date(facts.born()),
        Node::Years(sides) => pair(value(&sides.0, facts), value(&sides.1, facts), |from, to| {
            let (Value::Date(from), Value::Date(to)) = (from, to) else { return None };
            let early = (to.month(), to.day()) < (from.month(), from.day());
            Some(Value::Integer(i64::from(to.year() - from.year()) - i64::from(early)))
        }),
        Node::FirstDay(inner) => with(value(inner, facts), |inner| match inner {
            Value::Month(month) => Value::Date(month.first_day()),
            _ => OUT_OF_RANGE,
        }),
        Node::LastDay(inner) => with(value(inner, facts), |inner| match inner {
            Value::Month(month) => Value::Date(month.last_day()),
            _ => OUT_OF_RANGE,
        }),
        Node::Later { sides, up } => {
            pair(value(&sides.0, facts), value(&sides.1, facts), |day, months| later(day, months, *up))
        }
        Node::Listed(register) => facts.listed(*register),
        Node::Column(register, column) => facts.register_column(*register, *column),
        Node::Entitled(programme) => facts.entitled(*programme),
        Node::Amount(programme) => facts.amount(*programme),
        Node::Share(programme) => facts.share(*programme),
        Node::MemberCount => i64::try_from(facts.member_count()).map_or(OUT_OF_RANGE, Value::Integer),
        Node::IsEmpty(inner) => match value(inner, facts) {
            Value::Missing(missing) => Value::Missing(missing),
            other => Value::Flag(other == Value::Empty),
        },
        Node::MonthOf(inner) => with(value(inner, facts), |inner| match inner {
            Value::Date(date) => Value::Month(Month::of(date)),
            Value::Month(month) => Value::Month(month),
            _ => OUT_OF_RANGE,
        }),
        Node::YearOf(inner) => with(value(inner, facts), |inner| match inner {
            Value::Date(date) => Value::Integer(i64::from(date.year())),
            Value::Month(month) => Value::Integer(i64::from(month.year())),
            _ => OUT_OF_RANGE,
        }),
        Node::MonthNumber(inner) => with(value(inner, facts), |inner| match inner {
            Value::Date(date) => Value::Integer(i64::from(date.month())),
            Value::Month(month) => Value::Integer(i64::from(month.month())),
            _ => OUT_OF_RANGE,
        }),
        Node::Not(inner) => match value(inner, facts) {
            Value::Missing(missing) => Value::Missing(missing),
            other => Value::Flag(!holds(other)),
        },
        Node::And(parts) => junction(parts, facts, false),
        Node::Or(parts) => junction(parts, facts, true),
        Node::Compare(operator, sides) => compare(*operator, value(&sides.0, facts), value(&sides.1, facts)),
        Node::Among { subject, list, negated } => among(facts, subject, list, *negated),
        Node::If(parts) => match value(&parts.0, facts) {
            Value::Missing(missing) => Value::Missing(missing),
            condition if holds(condition) => value(&parts.1, facts),
            _ => value(&parts.2, facts),
        },
        Node::Least(parts) => extreme(parts.iter().map(|part| value(part, facts)), Ordering::Less),
        Node::Greatest(parts) => extreme(parts.iter().map(|part| value(part, facts)), Ordering::Greater),
        Node::Negative(inner) => with(value(inner, facts), |inner| match inner {
            Value::Integer(integer) => integer.checked_neg().map_or(OUT_OF_RANGE, Value::Integer),
            Value::Decimal(decimal) => Value::Decimal(-decimal),
            _ => OUT_OF_RANGE,
        }),
        Node::Arithmetic(kind, operator, sides) => {
            arithmetic(*kind, *operator, value(&sides.0, facts), value(&sides.1, facts))
        }
        Node::Members(aggregate, body) => members(*aggregate, body, facts),
    }
}

/// Applies `then` to what is neither missing nor empty.
fn with<'a>(value: Value<'a>, then: impl FnOnce(Value<'a>) -> Value<'a>) -> Value<'a> {
    match value {
        Value::Missing(_) | Value::Empty => value,
        known => then(known),
    }
}

/// The truth of a known value; an optional flag left empty does not hold.
fn holds(value: Value<'_>) -> bool {
    value == Value::Flag(true)
}

/// `and` (decided by false) and `or` (decided by true).
fn junction<'a, F: Facts>(parts: &'a [Node], facts: &'a F, deciding: bool) -> Value<'a> {
    let mut first_missing = None;
    for part in parts {
        match value(part, facts) {
            Value::Missing(missing) => {
                first_missing.get_or_insert(missing);
            }
            known if holds(known) == deciding => return Value::Flag(deciding),
            _ => {}
        }
    }
    first_missing.map_or(Value::Flag(!deciding), Value::Missing)
}

/// The order of two known values of one type; `None` for others.
fn order(left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Decimal(a), Value::Decimal(b)) => a.cmp(&b),
        (Value::Integer(a), Value::Decimal(b)) => Decimal::from(a).cmp(&b),
        (Value::Decimal(a), Value::Integer(b)) => a.cmp(&Decimal::from(b)),
        (Value::Month(a), Value::Month(b)) => a.cmp(&b),
        (Value::Date(a), Value::Date(b)) => a.cmp(&b),
        (Value::Code(a), Value::Code(b)) => a.cmp(&b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Flag(a), Value::Flag(b)) => a.cmp(&b),
        _ => return None,
    })
}

fn compare(operator: Binary, left: Value<'_>, right: Value<'_>) -> Value<'static> {
    match (left, right) {
        // Whatever the other side turns out to be, a comparison with an empty field is false.
        (Value::Empty, _) | (_, Value::Empty) => return Value::Flag(false),
        (Value::Missing(missing), _) | (_, Value::Missing(missing)) => return Value::Missing(missing),
        _ => {}
    }
    let Some(order) = order(left, right) else { return OUT_OF_RANGE };
    Value::Flag(match operator {
        Binary::Equal => order.is_eq(),
        Binary::Unequal => order.is_ne(),
        Binary::Less => order.is_lt(),
        Binary::AtMost => order.is_le(),
        Binary::More => order.is_gt(),
        Binary::AtLeast => order.is_ge(),
        Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => return OUT_OF_RANGE,
    })
}

fn among<'a, F: Facts>(facts: &'a F, subject: &'a Node, list: &'a [Node], negated: bool) -> Value<'a> {
    let subject = value(subject, facts);
    match subject {
        Value::Empty => return Value::Flag(false),
        Value::Missing(_) => return subject,
        _ => {}
    }
    let mut first_missing = None;
    for part in list {
        match compare(Binary::Equal, subject, value(part, facts)) {
            Value::Missing(missing) => {
                first_missing.get_or_insert(missing);
            }
            known if holds(known) => return Value::Flag(!negated),
            _ => {}
        }
    }
    first_missing.map_or(Value::Flag(negated), Value::Missing)
}

/// The smallest (`Less`) or largest (`Greater`); empty values are passed over, all empty is empty.
fn extreme<'a>(values: impl Iterator<Item = Value<'a>>, wanted: Ordering) -> Value<'a> {
    let mut best = Value::Empty;
    for next in values {
        match (best, next) {
            (_, Value::Missing(_)) => return next,
            (_, Value::Empty) => {}
            (Value::Empty, _) => best = next,
            _ => match order(next, best) {
                Some(order) if order == wanted => best = next,
                Some(_) => {}
                None => return OUT_OF_RANGE,
            },
        }
    }
    best
}

fn decimal(value: Value<'_>) -> Option<Decimal> {
    match value {
        Value::Decimal(decimal) => Some(decimal),
        Value::Integer(integer) => Some(Decimal::from(integer)),
        _ => None,
    }
}

fn arithmetic(kind: Arithmetic, operator: Binary, left: Value<'_>, right: Value<'_>) -> Value<'static> {
    match (left, right) {
        (Value::Missing(missing), _) | (_, Value::Missing(missing)) => return Value::Missing(missing),
        (Value::Empty, _) | (_, Value::Empty) => return Value::Empty,
        _ => {}
    }
    let result = match kind {
        Arithmetic::Integers => match (left, right) {
            (Value::Integer(left), Value::Integer(right)) => match operator {
                Binary::Plus => left.checked_add(right),
                Binary::Minus => left.checked_sub(right),
                Binary::Times => left.checked_mul(right),
                _ => None,
            }
            .map(Value::Integer),
            _ => None,
        },
        Arithmetic::Decimals => match (decimal(left), decimal(right)) {
            (Some(left), Some(right)) => match operator {
                Binary::Plus => left.checked_add(right),
                Binary::Minus => left.checked_sub(right),
                Binary::Times => left.checked_mul(right),
                Binary::Over => left.checked_div(right),
                _ => None,
            }
            .map(Value::Decimal),
            _ => None,
        },
        Arithmetic::ShiftDay => match (left, right) {
            (Value::Date(day), Value::Integer(by)) => {
                let by = if operator == Binary::Minus { by.checked_neg() } else { Some(by) };
                by.and_then(Duration::try_days)
                    .and_then(|by| day.checked_add_signed(by))
                    .filter(|day| (1..=9999).contains(&day.year()))
                    .map(Value::Date)
            }
            _ => None,
        },
        Arithmetic::DaysBetween => match (left, right) {
            (Value::Date(left), Value::Date(right)) => Some(Value::Integer((left - right).num_days())),
            _ => None,
        },
        Arithmetic::ShiftMonth => shifted(operator, left, right),
        Arithmetic::MonthsBetween => match (left, right) {
            (Value::Month(left), Value::Month(right)) => {
                Some(Value::Integer(i64::from(left.months_since(right))))
            }
            _ => None,
        },
    };
    result.unwrap_or(OUT_OF_RANGE)
}

/// A month moved by a number of months; beyond the years 1–9999 it is no month.
fn shifted(operator: Binary, left: Value<'_>, right: Value<'_>) -> Option<Value<'static>> {
    let (Value::Month(month), Value::Integer(by)) = (left, right) else { return None };
    let by = if operator == Binary::Minus { by.checked_neg()? } else { by };
    let moved = month.plus(i32::try_from(by).ok()?);
    Month::new(moved.year(), moved.month()).map(Value::Month)
}

fn dated<F: Facts>(facts: &F, id: super::rulebook::ValueId, keys: &[Node], integer: bool) -> Value<'static> {
    looked_up(facts, keys, integer, |given| facts.dated(id, given))
}

/// Two sides that are both known and filled.
fn pair<'a>(
    left: Value<'a>,
    right: Value<'a>,
    then: impl FnOnce(Value<'a>, Value<'a>) -> Option<Value<'a>>,
) -> Value<'a> {
    with(left, |left| with(right, |right| then(left, right).unwrap_or(OUT_OF_RANGE)))
}

/// A day moved by months. The day of the month stays; where the month has no such day, the stated rule
/// says which day it is.
fn later(day: Value<'_>, months: Value<'_>, up: bool) -> Option<Value<'static>> {
    let (Value::Date(day), Value::Integer(months)) = (day, months) else { return None };
    let moved = Month::of(day).plus(i32::try_from(months).ok()?);
    let moved = Month::new(moved.year(), moved.month())?;
    let same = moved.first_day().with_day(day.day());
    Some(Value::Date(match (same, up) {
        (Some(same), _) => same,
        (None, true) => moved.plus(1).first_day(),
        (None, false) => moved.last_day(),
    }))
}

/// How many members have a larger value, and one; of equal ones the first in order is the larger.
fn rank<F: Facts>(body: &Node, facts: &F) -> Value<'static> {
    let own = owned(value(body, facts));
    if matches!(own, Value::Missing(_) | Value::Empty) {
        return own;
    }
    let mut place = 1;
    for index in 0..facts.member_count() {
        if index == facts.position() {
            continue;
        }
        let member = facts.member(index);
        let other = owned(value(body, &member));
        match other {
            Value::Missing(_) => return other,
            Value::Empty => {}
            known => match order(known, own) {
                Some(Ordering::Greater) => place += 1,
                Some(Ordering::Equal) => place += i64::from(index < facts.position()),
                Some(Ordering::Less) => {}
                None => return OUT_OF_RANGE,
            },
        }
    }
    Value::Integer(place)
}

fn looked_up<F: Facts>(
    facts: &F,
    keys: &[Node],
    integer: bool,
    look_up: impl FnOnce(&[Value<'_>]) -> Value<'static>,
) -> Value<'static> {
    let mut given = [Value::Empty; KEYS];
    for (slot, key) in given.iter_mut().zip(keys) {
        match value(key, facts) {
            Value::Missing(missing) => return Value::Missing(missing),
            Value::Empty => return Value::Empty,
            known => *slot = known,
        }
    }
    let found = look_up(&given[..keys.len().min(KEYS)]);
    match found {
        Value::Decimal(decimal) if integer => decimal.to_i64().map_or(OUT_OF_RANGE, Value::Integer),
        Value::Integer(number) if !integer => Value::Decimal(Decimal::from(number)),
        other => other,
    }
}

fn members<F: Facts>(aggregate: Aggregate, body: &Node, facts: &F) -> Value<'static> {
    let values = (0..facts.member_count()).map(|index| {
        let member = facts.member(index);
        owned(value(body, &member))
    });
    match aggregate {
        Aggregate::Greatest => extreme(values, Ordering::Greater),
        Aggregate::Least => extreme(values, Ordering::Less),
        Aggregate::Any => decided(values, true),
        Aggregate::All => decided(values, false),
        Aggregate::Count => {
            let mut count = 0;
            for value in values {
                match value {
                    Value::Missing(_) => return value,
                    known => count += i64::from(holds(known)),
                }
            }
            Value::Integer(count)
        }
        // A sum over nobody, or over fields all left empty, is nothing added: zero.
        Aggregate::Sum => sum(values, Value::Decimal(Decimal::ZERO), Arithmetic::Decimals),
        Aggregate::SumIntegers => sum(values, Value::Integer(0), Arithmetic::Integers),
    }
}

fn sum(
    values: impl Iterator<Item = Value<'static>>,
    zero: Value<'static>,
    kind: Arithmetic,
) -> Value<'static> {
    let mut sum = zero;
    for value in values {
        match value {
            Value::Missing(_) => return value,
            Value::Empty => {}
            known => sum = arithmetic(kind, Binary::Plus, sum, known),
        }
    }
    sum
}

fn decided(values: impl Iterator<Item = Value<'static>>, deciding: bool) -> Value<'static> {
    let mut first_missing = None;
    for value in values {
        match value {
            Value::Missing(missing) => {
                first_missing.get_or_insert(missing);
            }
            known if holds(known) == deciding => return Value::Flag(deciding),
            _ => {}
        }
    }
    first_missing.map_or(Value::Flag(!deciding), Value::Missing)
}
