//! Payments: one per programme × beneficiary × payee account; for an organisation, one per
//! programme × account (DESIGN §11).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::domain::{Account, Beneficiary, Money, Month, Programme, Text};

use super::holds::Due;
use super::plan::{Payee, PlannedPayment};

/// Plans the payments. `offset` is what each due line gives up. Sequence: programme, bank,
/// beneficiary, account.
pub(crate) fn plan(cycle: Month, due: &[Due], offset: &[Money]) -> Vec<PlannedPayment> {
    let mut groups: BTreeMap<(Programme, Option<Beneficiary>, Account), Vec<usize>> = BTreeMap::new();
    for (position, line) in due.iter().enumerate() {
        if line.payable().is_positive() {
            let payee = &line.resolved.payee;
            let beneficiary = (!payee.organisation).then(|| line.moved.line.beneficiary.clone());
            groups
                .entry((line.moved.line.programme, beneficiary, payee.account.clone()))
                .or_default()
                .push(position);
        }
    }
    let mut payments: Vec<PlannedPayment> =
        groups.into_values().filter_map(|positions| payment(cycle, due, offset, &positions)).collect();
    payments.sort_by(|a, b| sequence(a).cmp(&sequence(b)));
    payments
}

/// As the columns of `payments.csv` sort: a payment for several has no beneficiary and comes first.
fn sequence(payment: &PlannedPayment) -> (Programme, &Text, Option<&Beneficiary>, &Account) {
    (payment.programme, &payment.payee.account.bank, payment.beneficiary.as_ref(), &payment.payee.account)
}

fn payment(cycle: Month, due: &[Due], offset: &[Money], positions: &[usize]) -> Option<PlannedPayment> {
    let first = &due[positions[0]];
    let payee: Payee = first.resolved.payee.clone();
    let mut payment = PlannedPayment {
        programme: first.moved.line.programme,
        payee,
        beneficiary: None,
        beneficiaries: 0,
        current: Money::ZERO,
        arrears: Money::ZERO,
        advance: Money::ZERO,
        reissued: Money::ZERO,
        offset: Money::ZERO,
        amount: Money::ZERO,
        replaces: None,
        items: Vec::with_capacity(positions.len()),
    };
    let mut served: Vec<&Beneficiary> = Vec::new();
    for position in positions {
        let line = &due[*position];
        let before = line.moved.before.as_ref();
        let column = if before.is_some_and(|before| before.returned) {
            payment.replaces =
                payment.replaces.or_else(|| before.and_then(|before| before.returned_payment.clone()));
            &mut payment.reissued
        } else {
            match line.moved.line.month.cmp(&cycle) {
                Ordering::Less => &mut payment.arrears,
                Ordering::Equal => &mut payment.current,
                Ordering::Greater => &mut payment.advance,
            }
        };
        *column += line.payable();
        payment.offset += offset[*position];
        let paid = line.payable() - offset[*position];
        if paid.is_positive() {
            payment.amount += paid;
            payment.items.push((line.moved.line.clone(), paid));
            served.push(&line.moved.line.beneficiary);
        }
    }
    if payment.items.is_empty() {
        return None;
    }
    payment.items.sort_by(|a, b| a.0.cmp(&b.0));
    served.sort_unstable();
    served.dedup();
    payment.beneficiaries = served.len() as u32;
    payment.beneficiary = (served.len() == 1).then(|| served[0].clone());
    Some(payment)
}
