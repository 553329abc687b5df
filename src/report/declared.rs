//! What the sending offices computed beside what the rules give, by roster and township (READING 23).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::facts::RunFacts;
use crate::domain::{Money, Source, Township};
use crate::intake::Cell;
use crate::policy::RosterId;

/// Sums of one roster and township over decided rows of the cycle month that declare an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeclaredTotal<'a> {
    /// Roster code.
    pub roster: &'a str,
    /// Township; `None`: matched no division.
    pub township: Option<&'a str>,
    /// Rows compared.
    pub rows: u64,
    /// Rows of them whose amounts differ.
    pub differing: u64,
    /// What was declared.
    pub declared_fen: i64,
    /// What the roster's programmes give.
    pub computed_fen: i64,
    /// Declared less computed.
    pub difference_fen: i64,
}

/// Declared, computed, township of a row.
type Compared<'a> = (Money, Money, &'a Township);

/// The totals, rosters in pack order, townships by code.
pub fn totals<'a>(facts: &RunFacts<'a>) -> Vec<DeclaredTotal<'a>> {
    let rulebook = facts.rulebook;
    // A row that feeds two programmes is compared with the sum of both; a row not decided is not compared.
    let mut rows: FxHashMap<(RosterId, Source), Option<Compared<'_>>> = FxHashMap::default();
    for reported in facts.decisions.iter().filter(|reported| reported.decision.month == facts.cycle) {
        let Cell::Money(declared) = reported.claim.declared_amount else { continue };
        let decision = reported.decision;
        let key = (rulebook.rule(decision.programme).roster, reported.claim.source);
        let row = rows.entry(key).or_insert(Some((declared, Money::ZERO, &reported.claim.township)));
        *row = match *row {
            Some((declared, computed, township)) if decision.outcome.is_decision() => {
                Some((declared, computed + decision.amount, township))
            }
            _ => None,
        };
    }
    let mut totals: BTreeMap<(RosterId, &str, Option<&str>), DeclaredTotal<'a>> = BTreeMap::new();
    for ((roster, _), row) in rows {
        let Some((declared, computed, township)) = row else { continue };
        let known = matches!(township, Township::Known(_));
        let name = known.then(|| rulebook.divisions.name(township));
        let total =
            totals.entry((roster, rulebook.divisions.code(township), name)).or_insert(DeclaredTotal {
                roster: &rulebook.roster(roster).code,
                township: name,
                rows: 0,
                differing: 0,
                declared_fen: 0,
                computed_fen: 0,
                difference_fen: 0,
            });
        total.rows += 1;
        total.differing += u64::from(declared != computed);
        total.declared_fen += declared.fen();
        total.computed_fen += computed.fen();
        total.difference_fen += declared.fen() - computed.fen();
    }
    totals.into_values().collect()
}
