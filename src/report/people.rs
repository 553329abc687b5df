//! Names and townships of the beneficiaries that reports speak of: from the cycle's own rows where
//! there are any, else as last settled.

use rayon::prelude::*;

use crate::assess::Outcome;
use crate::domain::{Beneficiary, Money, Programme, ResidentId, Township};
use crate::settle::SettledLine;

use super::facts::{ReportedDecision, RunFacts};
use super::tables::{decision_order, ordered};

/// Who a beneficiary is, as reports show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// The person, or the household's head.
    pub resident: Option<ResidentId>,
    /// Name.
    pub name: &'a str,
    /// Township or street: the division's name, or as written; empty where unknown.
    pub township: &'a str,
    /// Whether the township stands in the division table.
    pub township_known: bool,
    /// Community, where a row of this run says it.
    pub community: &'a str,
}

/// The decisions and settled lines of a run in line order, for look-ups and merges.
pub struct People<'a> {
    facts: &'a RunFacts<'a>,
    decisions: Vec<&'a ReportedDecision<'a>>,
    earlier: Vec<&'a SettledLine>,
}

impl<'a> People<'a> {
    /// Sorts what is not sorted.
    pub fn new(facts: &'a RunFacts<'a>) -> People<'a> {
        let by_line = |a: &SettledLine, b: &SettledLine| a.line.cmp(&b.line);
        // The plan's own settled lines come after the ledger's of the same line: the later one speaks. Those
        // of the cycle have decisions, unless their rows no longer select the programme.
        let left = Outcome::NotCurrent.word();
        let of_plan = facts.plan.settled.iter();
        let of_plan = of_plan.filter(|line| line.line.month != facts.cycle || line.outcome == left);
        let mut earlier: Vec<&SettledLine> = facts.earlier.iter().chain(of_plan).collect();
        earlier.par_sort_by(|a, b| by_line(a, b));
        People { facts, decisions: ordered(facts.decisions, decision_order), earlier }
    }

    /// All decisions in the order of `decisions.csv`.
    pub fn decisions(&self) -> &[&'a ReportedDecision<'a>] {
        &self.decisions
    }

    fn of_claim(&self, row: &ReportedDecision<'a>) -> Person<'a> {
        let divisions = &self.facts.rulebook.divisions;
        Person {
            resident: row.claim.resident,
            name: &row.claim.name,
            township: divisions.name(&row.decision.township),
            township_known: matches!(row.decision.township, Township::Known(_)),
            community: &row.claim.community,
        }
    }

    fn of_settled(&self, line: &'a SettledLine) -> Person<'a> {
        let divisions = self.facts.rulebook.divisions.rows();
        let known = divisions.iter().find(|division| division.code == line.township);
        Person {
            resident: line.resident,
            name: &line.name,
            township: known.map_or(line.township.as_str(), |division| division.name.as_str()),
            township_known: known.is_some(),
            community: "",
        }
    }

    /// Who a beneficiary of a programme is. Of several rows the latest benefit month's up to the
    /// cycle, then the latest.
    pub fn find(&self, programme: Programme, beneficiary: &Beneficiary) -> Option<Person<'a>> {
        let start = self.decisions.partition_point(|row| {
            (row.decision.programme, &row.decision.beneficiary) < (programme, beneficiary)
        });
        self.at(start, programme, beneficiary)
    }

    fn at(&self, start: usize, programme: Programme, beneficiary: &Beneficiary) -> Option<Person<'a>> {
        let rows = self.decisions[start..].iter().take_while(|row| {
            row.decision.programme == programme && row.decision.beneficiary == *beneficiary
        });
        let cycle = self.facts.cycle;
        let best = rows.max_by_key(|row| {
            let month = row.decision.month;
            (month <= cycle, if month <= cycle { month.index() } else { -month.index() })
        });
        if let Some(row) = best {
            return Some(self.of_claim(row));
        }
        let end = self.earlier.partition_point(|settled| {
            (settled.line.programme, &settled.line.beneficiary) <= (programme, beneficiary)
        });
        let settled = end.checked_sub(1).and_then(|position| self.earlier.get(position))?;
        (settled.line.programme == programme && settled.line.beneficiary == *beneficiary)
            .then(|| self.of_settled(settled))
    }

    /// Walks beneficiaries in ascending order: each look-up goes on from where the last one ended.
    pub fn walk(&self) -> Walk<'a, '_> {
        Walk { people: self, next: 0 }
    }
}

/// A merge of ascending look-ups with the decisions.
pub struct Walk<'a, 'p> {
    people: &'p People<'a>,
    next: usize,
}

impl<'a> Walk<'a, '_> {
    /// As [`People::find`]; beneficiaries must be asked in ascending order.
    pub fn find(&mut self, programme: Programme, beneficiary: &Beneficiary) -> Option<Person<'a>> {
        let decisions = &self.people.decisions;
        while decisions
            .get(self.next)
            .is_some_and(|row| (row.decision.programme, &row.decision.beneficiary) < (programme, beneficiary))
        {
            self.next += 1;
        }
        self.people.at(self.next, programme, beneficiary)
    }
}

/// An amount with thousands separators, for people: `1,234,567.80`.
pub fn grouped(money: Money) -> String {
    let fen = money.fen().unsigned_abs();
    let sign = if money.is_negative() { "-" } else { "" };
    format!("{sign}{}.{:02}", grouped_count(fen / 100), fen % 100)
}

/// A count with thousands separators.
pub fn grouped_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
