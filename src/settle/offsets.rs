//! Offsets: money owed back is taken from money that would be paid to the same debtor in the same
//! programme, oldest owed month first, from due lines oldest first (DESIGN §10).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::{Beneficiary, Line, Money, Programme, Text};
use crate::policy::Rulebook;

use super::differences::Moved;
use super::holds::Due;
use super::plan::Standing;

/// Who owes or is paid: the beneficiary, or the organisation that was paid for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Debtor {
    Beneficiary(Beneficiary),
    Organisation(Text),
}

impl Debtor {
    /// Whoever got the line's latest payment.
    pub(crate) fn of(moved: &Moved) -> Debtor {
        match moved.before.as_ref().and_then(|before| before.paid_to.as_ref()) {
            Some(organisation) if !organisation.is_empty() => Debtor::Organisation(organisation.clone()),
            _ => Debtor::Beneficiary(moved.line.beneficiary.clone()),
        }
    }

    fn paid_by(due: &Due) -> Debtor {
        if due.resolved.payee.organisation {
            Debtor::Organisation(due.resolved.payee.name.clone())
        } else {
            Debtor::Beneficiary(due.moved.line.beneficiary.clone())
        }
    }

    pub(crate) fn text(&self) -> Text {
        match self {
            Debtor::Beneficiary(beneficiary) => beneficiary.to_string().into(),
            Debtor::Organisation(name) => name.clone(),
        }
    }
}

/// One pair: so much from a due line to an owed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offset {
    /// Position of the due line.
    pub(crate) from: usize,
    /// Position of the owed line.
    pub(crate) to: usize,
    /// Above zero.
    pub(crate) amount: Money,
}

/// Plans all offsets of a run.
pub(crate) fn plan(rulebook: &Rulebook, standing: &Standing, due: &[Due], owed: &[Moved]) -> Vec<Offset> {
    let mut by_debtor: BTreeMap<(Programme, Debtor), (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (position, line) in owed.iter().enumerate() {
        let Some(rule) = rulebook.programmes.get(usize::from(line.line.programme.0)) else { continue };
        if rule.recovery.confirmed && !standing.confirmed.contains(&line.line) {
            continue;
        }
        by_debtor.entry((line.line.programme, Debtor::of(line))).or_default().1.push(position);
    }
    if by_debtor.is_empty() {
        return Vec::new();
    }
    for (position, line) in due.iter().enumerate() {
        if !line.payable().is_positive() {
            continue;
        }
        if let Some(entry) = by_debtor.get_mut(&(line.moved.line.programme, Debtor::paid_by(line))) {
            entry.0.push(position);
        }
    }
    let mut offsets = Vec::new();
    for ((programme, _), (mut from, mut to)) in by_debtor {
        from.sort_by(|a, b| oldest_first(&due[*a].moved.line, &due[*b].moved.line));
        to.sort_by(|a, b| oldest_first(&owed[*a].line, &owed[*b].line));
        let sum: Money = from.iter().map(|position| due[*position].payable()).sum();
        let recovery = &rulebook.rule(programme).recovery;
        let mut room = share_of(sum, recovery.share).min(sum - fen(recovery.leave_at_least));
        let mut left: Vec<Money> = from.iter().map(|position| due[*position].payable()).collect();
        let mut next = 0;
        for position in to {
            let mut open = -owed[position].balance;
            while open.is_positive() && room.is_positive() && next < from.len() {
                let amount = open.min(room).min(left[next]);
                if amount.is_positive() {
                    offsets.push(Offset { from: from[next], to: position, amount });
                    open -= amount;
                    room -= amount;
                    left[next] -= amount;
                }
                if left[next].is_zero() {
                    next += 1;
                }
            }
        }
    }
    offsets
}

fn oldest_first(a: &Line, b: &Line) -> std::cmp::Ordering {
    (a.month, &a.beneficiary, &a.case_no).cmp(&(b.month, &b.beneficiary, &b.case_no))
}

/// The share of a sum, rounded down to the fen.
fn share_of(sum: Money, share: Decimal) -> Money {
    (Decimal::from(sum.fen()) * share).floor().to_i64().map_or(Money::ZERO, Money::from_fen)
}

fn fen(yuan: Decimal) -> Money {
    Money::half_up(yuan).unwrap_or(Money::LARGEST)
}
