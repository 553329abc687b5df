//! What lies between programmes: stacking, who asks whom, the order of assessment, cycles.

use super::super::diagnostic::PackFaults;
use super::super::expression::{Expression, Node};
use super::super::rulebook::{Asks, Citation, PayeeRule, ProgrammeRule, RegisterId, Stacking, ValueId};
use super::document::{Located, Table, one_of};
use super::programmes::{Placed, World};
use crate::domain::Programme;

/// All stacking rules, in written order.
pub(super) fn stacking(
    tables: Vec<Table<'_>>,
    world: &World<'_>,
    faults: &mut PackFaults,
) -> Vec<(Stacking, Citation)> {
    let mut rules = Vec::new();
    for mut table in tables {
        let kind = table.needed::<&str>("kind", faults);
        let one = |key: &str, table: &mut Table<'_>, faults: &mut PackFaults| {
            table.needed::<&str>(key, faults).and_then(|written| lasting(&written, world, faults))
        };
        let several = |key: &str, table: &mut Table<'_>, faults: &mut PackFaults| {
            let written = table.list::<&str>(key, faults);
            if written.is_empty() {
                table.missing(key, faults);
            }
            let found: Vec<_> =
                written.iter().filter_map(|written| lasting(written, world, faults)).collect();
            (found.len() == written.len() && !found.is_empty()).then_some(found)
        };
        let rule = match kind.as_ref().map(|kind| kind.value) {
            Some("bars") => {
                let holder = one("holder", &mut table, faults);
                let barred = several("barred", &mut table, faults);
                holder.zip(barred).map(|(holder, barred)| Stacking::Bars { holder, barred })
            }
            Some("higher-of") => {
                several("programmes", &mut table, faults).map(|programmes| Stacking::HigherOf { programmes })
            }
            Some("difference") => {
                let payer = one("payer", &mut table, faults);
                let less = several("less", &mut table, faults);
                payer.zip(less).map(|(payer, less)| Stacking::Difference { payer, less })
            }
            Some(_) => {
                if let Some(kind) = kind {
                    one_of(kind, &[("bars", ()), ("higher-of", ()), ("difference", ())], faults);
                }
                None
            }
            None => None,
        };
        let cited = super::values::citation(&mut table, faults);
        table.done(faults);
        rules.extend(rule.zip(cited));
    }
    rules
}

/// A programme that stacking may name: one that is decided month by month.
fn lasting(written: &Located<'_, &str>, world: &World<'_>, faults: &mut PackFaults) -> Option<Programme> {
    let programme = world.programme(written, faults)?;
    if world.programmes[usize::from(programme.0)].once {
        faults.add("policy-once-asked", written.file, written.span.clone()).with("programme", written.value);
        return None;
    }
    Some(programme)
}

/// Fills in what each programme asks for, and finds the order of assessment. Programmes that could
/// not be read are `None`: they keep their place and ask nothing.
pub(super) fn connect(
    placed: &mut [Option<Placed<'_>>],
    stacking: &[Stacking],
    faults: &mut PackFaults,
) -> Vec<Programme> {
    for (position, programme) in placed.iter_mut().enumerate() {
        let Some(programme) = programme else { continue };
        programme.rule.asks = asks(&programme.rule, Programme(position as u16), stacking);
    }
    let edges: Vec<Vec<usize>> =
        (0..placed.len()).map(|position| waits_for(position, placed, stacking)).collect();
    let mut order: Vec<usize> = Vec::with_capacity(placed.len());
    while order.len() < placed.len() {
        let next = (0..placed.len()).find(|candidate| {
            !order.contains(candidate) && edges[*candidate].iter().all(|asked| order.contains(asked))
        });
        match next {
            Some(next) => order.push(next),
            None => {
                report_cycle(placed, &edges, &order, faults);
                return Vec::new();
            }
        }
    }
    order.into_iter().map(|position| Programme(position as u16)).collect()
}

/// Those that must be decided first. Whoever asks one of a `higher-of` group waits for the whole
/// group: only then is it known which of them stays.
fn waits_for(position: usize, placed: &[Option<Placed<'_>>], stacking: &[Stacking]) -> Vec<usize> {
    let own = Programme(position as u16);
    let Some(Placed { rule, .. }) = &placed[position] else { return Vec::new() };
    let group_of = |programme: Programme| {
        stacking.iter().filter_map(move |stacking| match stacking {
            Stacking::HigherOf { programmes } if programmes.contains(&programme) => Some(programmes),
            _ => None,
        })
    };
    let rivals: Vec<Programme> = group_of(own).flatten().copied().collect();
    let mut waits: Vec<Programme> = Vec::new();
    for asked in &rule.asks.programmes {
        // Rivals are decided side by side; what they ask of each other in formulas is not.
        if rivals.contains(asked) && !asks_in_formulas(rule).contains(asked) {
            continue;
        }
        waits.push(*asked);
        waits.extend(group_of(*asked).flatten().copied());
    }
    let mut waits: Vec<usize> = waits.into_iter().map(|programme| usize::from(programme.0)).collect();
    waits.sort_unstable();
    waits.dedup();
    waits
}

fn expressions(rule: &ProgrammeRule) -> Vec<&Expression> {
    let mut all: Vec<&Expression> = rule.clauses.iter().map(|clause| &clause.condition).collect();
    all.extend(&rule.selection);
    all.push(&rule.amount);
    all.extend(&rule.cap);
    if let PayeeRule::OrganisationIf { condition, .. } = &rule.payee {
        all.push(condition);
    }
    all
}

fn asks_in_formulas(rule: &ProgrammeRule) -> Vec<Programme> {
    let mut programmes = Vec::new();
    for expression in expressions(rule) {
        expression.visit(&mut |node| {
            if let Node::Entitled(programme) | Node::Amount(programme) | Node::Share(programme) = node {
                programmes.push(*programme);
            }
        });
    }
    programmes
}

fn asks(rule: &ProgrammeRule, own: Programme, stacking: &[Stacking]) -> Asks {
    let mut asks = Asks { programmes: asks_in_formulas(rule), ..Asks::default() };
    asks.programmes.extend(&rule.excludes_entitled_to);
    for stacking in stacking {
        match stacking {
            Stacking::Bars { holder, barred } if barred.contains(&own) => asks.programmes.push(*holder),
            Stacking::HigherOf { programmes } if programmes.contains(&own) => {
                asks.programmes.extend(programmes.iter().filter(|programme| **programme != own));
            }
            Stacking::Difference { payer, less } if *payer == own => asks.programmes.extend(less),
            _ => {}
        }
    }
    let (mut values, mut registers): (Vec<ValueId>, Vec<RegisterId>) = (Vec::new(), Vec::new());
    let mut values_elsewhere: Vec<ValueId> = Vec::new();
    for expression in expressions(rule) {
        expression.visit(&mut |node| match node {
            Node::Dated { value, .. } | Node::Marginal(value, _) => values.push(*value),
            Node::DatedAt { value, .. } => {
                values.push(*value);
                values_elsewhere.push(*value);
            }
            Node::Listed(register) | Node::Column(register, _) => registers.push(*register),
            _ => {}
        });
    }
    asks.programmes.sort_unstable();
    asks.programmes.dedup();
    values.sort_unstable();
    values.dedup();
    values_elsewhere.sort_unstable();
    values_elsewhere.dedup();
    registers.sort_unstable();
    registers.dedup();
    Asks { values, values_elsewhere, registers, ..asks }
}

/// Walks from a programme that can never be decided to one it waits for, until it comes back.
fn report_cycle(
    placed: &[Option<Placed<'_>>],
    edges: &[Vec<usize>],
    decided: &[usize],
    faults: &mut PackFaults,
) {
    let Some(mut at) = (0..placed.len()).find(|position| !decided.contains(position)) else { return };
    let mut path: Vec<usize> = Vec::new();
    let start = loop {
        if let Some(start) = path.iter().position(|seen| *seen == at) {
            break start;
        }
        path.push(at);
        match edges[at].iter().find(|asked| !decided.contains(asked)) {
            Some(asked) => at = *asked,
            None => return,
        }
    };
    // The cycle is told from its first programme in pack order, whichever way it was entered.
    let mut cycle: Vec<usize> = path[start..].to_vec();
    let first = cycle.iter().enumerate().min_by_key(|(_, programme)| **programme).map_or(0, |(at, _)| at);
    cycle.rotate_left(first);
    let told: Vec<&Placed<'_>> = cycle.iter().filter_map(|programme| placed[*programme].as_ref()).collect();
    let Some(head) = told.first() else { return };
    let mut names: Vec<&str> = told.iter().map(|programme| programme.rule.code.as_str()).collect();
    names.push(&head.rule.code);
    faults.add("policy-cycle", head.file, head.span.clone()).with("cycle", names.join(" → "));
}
