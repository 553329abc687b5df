//! Entitlements merged with ledger lines become a plan of postings and payments. Pure.
//!
//! In: the decisions of every month assessed (in line order), the ledger's lines of those months and
//! every other line not at zero (in line order), what persons decided and banks answered. Out: a
//! [`Plan`], findings, and the border tallies.
//!
//! One signed balance a line. Order within a run (DESIGN §10): entitlement differences;
//! write-off-reversed; offsets, oldest owed month first; payments of what is above zero. Money on hold is
//! neither offset nor paid.

pub mod appear;
pub mod changes;
mod differences;
mod holds;
pub mod limits;
pub mod moved;
mod offsets;
mod payees;
mod payments;
pub mod plan;
pub mod statistics;

use std::cmp::Ordering;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::assess::{Links, MonthDecisions, MonthRosters};
use crate::domain::{Border, Files, Finding, Hold, Money, Month, PostingKind, Programme, Tally, Text};
use crate::intake::Registers;
use crate::policy::Rulebook;

pub use differences::{RULES_VERSION, quarter_end};
pub use plan::*;

use differences::{MonthMerge, Moved};
use holds::{Due, Holding};
use offsets::Debtor;
use payees::Payees;
pub(crate) use payees::decisions_of;

/// Everything a run is settled with.
pub struct Settlement<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// Registers as known today.
    pub registers: &'a Registers,
    /// Links between keys.
    pub links: &'a Links,
    /// File names behind sources.
    pub files: &'a Files,
    /// The cycle.
    pub cycle: Month,
    /// The rosters of the months assessed, ascending.
    pub rosters: &'a [MonthRosters],
    /// Their decisions, in the same order.
    pub months: &'a [MonthDecisions],
    /// The ledger's lines of those months, in the same order, each in line order.
    pub ledger: Vec<Vec<LedgerLine>>,
    /// Lines of other months that are not at zero, in line order.
    pub open: Vec<LedgerLine>,
    /// Decisions of persons and answers of banks.
    pub standing: &'a Standing,
    /// How many beneficiaries one account may serve.
    pub account_people: u32,
    /// Through which month this run pays in advance; the cycle without `--through`.
    pub through: Month,
    /// Whether the bank file that would carry a payee can hold its name.
    pub encodable: &'a (dyn Fn(Programme, &Payee) -> bool + Sync),
}

/// What settling yields.
#[derive(Debug)]
pub struct Settled {
    /// The plan.
    pub plan: Plan,
    /// Findings.
    pub findings: Vec<Finding>,
    /// By month assessed: positions of decisions that this run posts or that differ from before.
    pub noteworthy: Vec<Vec<usize>>,
    /// Lines that keep their amount because their row is gone.
    pub rows_gone: u32,
    /// Borders: decisions to lines, due to payments.
    pub borders: Vec<Border>,
}

/// Settles a run.
pub fn settle(mut input: Settlement<'_>) -> Settled {
    let payees = Payees {
        rulebook: input.rulebook,
        registers: input.registers,
        links: input.links,
        files: input.files,
        cycle: input.cycle,
        rosters: input.rosters,
        months: input.months,
    };
    let mut plan = Plan::default();
    let mut settled = Settled {
        plan: Plan::default(),
        findings: Vec::new(),
        noteworthy: Vec::new(),
        rows_gone: 0,
        borders: Vec::new(),
    };
    let mut lines: Vec<Moved> = Vec::new();
    let mut ledger = std::mem::take(&mut input.ledger).into_iter();
    for (position, month) in input.months.iter().enumerate() {
        let merged = MonthMerge {
            rulebook: input.rulebook,
            cycle: input.cycle,
            month: month.month,
            decisions: &month.decisions,
            ledger: ledger.next().unwrap_or_default(),
            rosters: &input.rosters[position].rosters,
            payees: &payees,
            through: input.through,
            paid_ahead: false,
            vanished: &input.rosters[position].vanished,
            listed: input.rosters[position].rosters.iter().map(|_| OnceLock::new()).collect(),
        }
        .merge();
        append(&mut plan.postings, merged.postings);
        append(&mut plan.settled, merged.settled);
        settled.findings.extend(merged.findings);
        settled.rows_gone += merged.rows_gone;
        settled.noteworthy.push(merged.noteworthy);
        // A line at rest, before and after, has nothing more to say.
        let mut moved = merged.lines;
        moved.retain(|line| !line.balance.is_zero());
        append(&mut lines, moved);
    }
    lines.extend(std::mem::take(&mut input.open).into_iter().map(|before| Moved {
        line: before.line.clone(),
        entitlement: before.entitlement,
        balance: before.balance,
        before: Some(Box::new(before)),
        at: None,
    }));
    reverse_write_offs(&mut lines, &mut plan);
    let (mut due, owed) = due_and_owed(lines, &payees);
    Holding {
        rulebook: input.rulebook,
        payees: &payees,
        standing: input.standing,
        cycle: input.cycle,
        account_people: input.account_people,
        encodable: input.encodable,
    }
    .set(&mut due, &owed);

    let offsets = offsets::plan(input.rulebook, input.standing, &due, &owed);
    let mut given = vec![Money::ZERO; due.len()];
    let mut taken = vec![Money::ZERO; owed.len()];
    for offset in &offsets {
        given[offset.from] += offset.amount;
        taken[offset.to] += offset.amount;
        plan.postings.push(by(&due[offset.from].moved.line, PostingKind::Offset, -offset.amount));
        plan.postings.push(by(&owed[offset.to].line, PostingKind::Offset, offset.amount));
    }
    plan.payments = payments::plan(input.cycle, &due, &given);
    order(&mut plan.postings, posting_order);
    plan.postings = with_payments(std::mem::take(&mut plan.postings), &plan.payments);
    hold_and_balance(&mut plan, &due, &owed, &taken, input.cycle);
    settled.borders.push(payment_border(&due, &given, &plan));
    order(&mut plan.settled, |a, b| a.line.cmp(&b.line));
    settled.plan = plan;
    settled
}

/// Appends a list to another, which is taken over whole where there is nothing yet.
fn append<T>(list: &mut Vec<T>, more: Vec<T>) {
    if list.is_empty() {
        *list = more;
    } else {
        list.extend(more);
    }
}

/// Sorts, where it is not in order already: with one month nearly everything is, and these lists are large.
fn order<T: Send + Sync>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering + Sync) {
    if !list.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        list.par_sort_by(compare);
    }
}

/// Postings by line, then in the order of DESIGN §10.
fn posting_order(a: &PlannedPosting, b: &PlannedPosting) -> Ordering {
    (&a.line, a.kind).cmp(&(&b.line, b.kind))
}

/// The postings in order, and one for each item of each payment, all in order.
fn with_payments(postings: Vec<PlannedPosting>, payments: &[PlannedPayment]) -> Vec<PlannedPosting> {
    let mut items: Vec<(u32, &(crate::domain::Line, Money))> = payments
        .iter()
        .enumerate()
        .flat_map(|(position, payment)| payment.items.iter().map(move |item| (position as u32, item)))
        .collect();
    items.par_sort_by(|(_, a), (_, b)| a.0.cmp(&b.0));
    let mut all = Vec::with_capacity(postings.len() + items.len());
    let mut postings = postings.into_iter().peekable();
    for (payment, (line, amount)) in items {
        let paid = PlannedPosting { payment: Some(payment), ..by(line, PostingKind::Payment, -*amount) };
        while let Some(before) = postings.next_if(|before| posting_order(before, &paid) != Ordering::Greater)
        {
            all.push(before);
        }
        all.push(paid);
    }
    all.extend(postings);
    all
}

fn by(line: &crate::domain::Line, kind: PostingKind, amount: Money) -> PlannedPosting {
    PlannedPosting { line: line.clone(), kind, amount, cause: None, corrects: None, payment: None }
}

/// Whenever a line with a write-off rises above zero, the write-off comes back first.
fn reverse_write_offs(lines: &mut [Moved], plan: &mut Plan) {
    for line in lines {
        let written_off = line.before.as_ref().map_or(Money::ZERO, |before| before.written_off);
        let reversed = line.balance.due().min(written_off);
        if reversed.is_positive() {
            line.balance -= reversed;
            plan.postings.push(by(&line.line, PostingKind::WriteOffReversed, -reversed));
        }
    }
}

fn due_and_owed(lines: Vec<Moved>, payees: &Payees<'_>) -> (Vec<Due>, Vec<Moved>) {
    let mut payable = lines;
    let mut owed: Vec<Moved> = payable.extract_if(.., |moved| moved.balance.is_negative()).collect();
    payable.retain(|moved| !moved.balance.is_zero());
    order(&mut payable, |a, b| a.line.cmp(&b.line));
    order(&mut owed, |a, b| a.line.cmp(&b.line));
    let due = payable
        .into_par_iter()
        .map(|moved| {
            let at = moved.at.map(|position| (moved.line.month, position));
            let resolved =
                payees.of(moved.line.programme, &moved.line.beneficiary, at).unwrap_or_else(|| {
                    let settled = moved.before.as_ref().and_then(|before| before.settled.as_ref());
                    let payee = settled.and_then(|settled| settled.payee.as_deref());
                    payees.without_row(&moved.line.beneficiary, payee)
                });
            Due { due: moved.balance, moved, resolved, hold: None, held: Money::ZERO }
        })
        .collect();
    (due, owed)
}

fn hold_and_balance(plan: &mut Plan, due: &[Due], owed: &[Moved], taken: &[Money], cycle: Month) {
    for line in due {
        if let Some(hold) = line.hold {
            plan.held.push(HeldLine {
                line: line.moved.line.clone(),
                amount: line.held,
                hold,
                since: line.moved.before.as_ref().and_then(|before| before.held_since).unwrap_or(cycle),
            });
        }
        // What is payable is paid in this run, so that only what is held stays.
        if !line.held.is_zero() {
            plan.balances.push(LineBalance {
                line: line.moved.line.clone(),
                entitlement: line.moved.entitlement,
                balance: line.held,
                debtor: Text::default(),
            });
        }
    }
    for (line, taken) in owed.iter().zip(taken) {
        let balance = line.balance + *taken;
        if !balance.is_zero() {
            plan.balances.push(LineBalance {
                line: line.line.clone(),
                entitlement: line.entitlement,
                balance,
                debtor: Debtor::of(line).text(),
            });
        }
    }
    plan.balances.sort_by(|a, b| a.line.cmp(&b.line));
}

/// Money due = paid + offset + held, by hold.
fn payment_border(due: &[Due], given: &[Money], plan: &Plan) -> Border {
    let mut border = Border { name: "due-payments", ..Border::default() };
    let mut held: Vec<(Hold, Tally)> = Hold::ALL.iter().map(|hold| (*hold, Tally::default())).collect();
    let mut offset = Tally::default();
    for (line, given) in due.iter().zip(given) {
        border.entered.money += line.due;
        if let Some(hold) = line.hold
            && let Some((_, tally)) = held.iter_mut().find(|(of, _)| *of == hold)
        {
            tally.money += line.held;
            // A line held in part is counted where its larger fate is: as held only if nothing is paid.
            if line.held == line.due {
                tally.count += 1;
            }
        }
        offset.money += *given;
        if line.held != line.due && *given == line.payable() {
            offset.count += 1;
        }
        border.entered.count += 1;
    }
    for payment in &plan.payments {
        border.out.money += payment.amount;
        border.out.count += payment.items.len() as u64;
    }
    border.set_aside = held
        .into_iter()
        .filter(|(_, tally)| *tally != Tally::default())
        .map(|(hold, tally)| (hold.word().to_owned(), tally))
        .collect();
    if offset != Tally::default() {
        border.set_aside.push(("offset".to_owned(), offset));
    }
    border
}
