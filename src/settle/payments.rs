//! Payments: one per programme × beneficiary × payee account; for an organisation, one per
//! programme × account (DESIGN §11).

use std::cmp::Ordering;
use std::sync::Arc;

use rayon::prelude::*;

use crate::domain::{Account, Beneficiary, Money, Month, Programme, Text};

use super::holds::Due;
use super::plan::PlannedPayment;

/// Plans the payments. `offset` is what each due line gives up. Sequence: programme, bank,
/// beneficiary, account.
pub(crate) fn plan(cycle: Month, due: &[Due], offset: &[Money]) -> Vec<PlannedPayment> {
    let mut payable: Vec<u32> =
        (0..due.len() as u32).filter(|position| due[*position as usize].payable().is_positive()).collect();
    payable.par_sort_by(|a, b| group(&due[*a as usize]).cmp(&group(&due[*b as usize])));
    let groups: Vec<&[u32]> =
        payable.chunk_by(|a, b| group(&due[*a as usize]) == group(&due[*b as usize])).collect();
    let mut payments: Vec<PlannedPayment> =
        groups.par_iter().filter_map(|positions| payment(cycle, due, offset, positions)).collect();
    super::order(&mut payments, |a, b| sequence(a).cmp(&sequence(b)));
    payments
}

/// What one payment is made for. Lines of one group keep their order.
fn group(line: &Due) -> (Programme, &Text, Option<&Beneficiary>, &Account) {
    let payee = &line.resolved.payee;
    let beneficiary = (!payee.organisation).then_some(&line.moved.line.beneficiary);
    (line.moved.line.programme, &payee.account.bank, beneficiary, &payee.account)
}

/// As the columns of `payments.csv` sort: a payment for several has no beneficiary and comes first.
fn sequence(payment: &PlannedPayment) -> (Programme, &Text, Option<&Beneficiary>, &Account) {
    (payment.programme, &payment.payee.account.bank, payment.beneficiary.as_ref(), &payment.payee.account)
}

fn payment(cycle: Month, due: &[Due], offset: &[Money], positions: &[u32]) -> Option<PlannedPayment> {
    let first = &due[positions[0] as usize];
    let payee = Arc::clone(&first.resolved.payee);
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
    for &position in positions {
        let position = position as usize;
        let line = &due[position];
        let before = line.moved.before.as_deref();
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
        payment.offset += offset[position];
        let paid = line.payable() - offset[position];
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
