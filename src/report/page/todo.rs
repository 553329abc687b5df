//! What needs a person: whose money or claim waits, by what must be done about it, most people × months
//! first. A person is counted once in a row, however many programmes wait for the same thing.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::assess::Outcome;
use crate::domain::{Beneficiary, Hold, Money, Month, Text};

use super::super::label::{self, label, sentence};
use super::super::reason;
use super::super::summary::{Summary, WaitingFor};
use super::figure::Figure;

/// One row.
#[derive(Debug, Serialize)]
pub struct Todo {
    /// What waits, in words.
    pub label: String,
    /// Kind: the word before the colon.
    pub kind: String,
    /// Beneficiaries.
    pub people: Figure,
    /// Their months, added up.
    pub months: Figure,
    /// The longest wait.
    pub oldest: Figure,
    /// Money, where it is known.
    pub money: Figure,
    /// Place on the page.
    pub anchor: &'static str,
    /// What the list there is searched for.
    pub find: String,
}

/// What waits, whatever the programme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Held(Hold),
    Deferred(Text),
    Rejected(Text),
    Receivable,
    Returned,
}

impl What {
    fn code(&self) -> String {
        match self {
            What::Held(hold) => format!("held.{}", hold.word()),
            What::Deferred(why) => format!("deferred.{}", why.replace(' ', "-")),
            What::Rejected(why) => format!("rejected.{}", why.replace(' ', "-")),
            What::Receivable => "receivable".to_owned(),
            What::Returned => "returned".to_owned(),
        }
    }
}

#[derive(Default)]
struct Group<'a> {
    months: FxHashMap<&'a Beneficiary, u64>,
    // Payments that serve several stand for themselves.
    others: Vec<u64>,
    money: Money,
}

struct Groups<'a> {
    cycle: Month,
    of: BTreeMap<What, Group<'a>>,
}

impl<'a> Groups<'a> {
    fn wait(&mut self, what: What, who: Option<&'a Beneficiary>, since: Month, money: Money) {
        let age = self.cycle.months_since(since).max(0) as u64 + 1;
        let group = self.of.entry(what).or_default();
        group.money += money;
        match who {
            Some(beneficiary) => {
                let months = group.months.entry(beneficiary).or_default();
                *months = age.max(*months);
            }
            None => group.others.push(age),
        }
    }
}

/// The rows, and how many beneficiaries wait for anything at all.
pub fn todo(summary: &Summary<'_>) -> (Vec<Todo>, u64) {
    let facts = summary.facts;
    let mut groups = Groups { cycle: facts.cycle, of: BTreeMap::new() };
    for row in summary.people.decisions().iter().filter(|row| !row.decision.outcome.is_decision()) {
        let decision = row.decision;
        let why = Text::from(reason::reason(facts.rulebook, decision));
        let what =
            if decision.outcome == Outcome::Rejected { What::Rejected(why) } else { What::Deferred(why) };
        groups.wait(what, Some(&decision.beneficiary), decision.month, Money::ZERO);
    }
    for held in &facts.plan.held {
        groups.wait(What::Held(held.hold), Some(&held.line.beneficiary), held.since, held.amount);
    }
    for balance in facts.plan.balances.iter().filter(|balance| balance.balance.is_negative()) {
        groups.wait(What::Receivable, Some(&balance.line.beneficiary), balance.line.month, balance.balance);
    }
    for returned in facts.returned {
        groups.wait(What::Returned, returned.beneficiary.as_ref(), returned.cycle, returned.amount);
    }
    let mut everybody: FxHashSet<&Beneficiary> = FxHashSet::default();
    let mut others = 0;
    let mut rows: Vec<(What, u64, Todo)> = groups
        .of
        .into_iter()
        .map(|(what, group)| {
            everybody.extend(group.months.keys());
            others += group.others.len() as u64;
            let waits = || group.months.values().chain(&group.others);
            let sum: u64 = waits().sum();
            let id = |part: &str| format!("todo.{}.{part}", what.code());
            let (people, months) = (waits().count() as u64, waits().copied().max().unwrap_or(0));
            let row = Todo {
                kind: kind(summary, &what),
                label: words(summary, &what),
                people: Figure::count(id("people"), people),
                months: Figure::count(id("months"), sum),
                oldest: Figure::count(id("oldest"), months),
                money: Figure::some_money(id("money"), group.money),
                anchor: anchor(&what),
                find: match &what {
                    What::Held(_) | What::Deferred(_) | What::Rejected(_) => words(summary, &what),
                    What::Receivable | What::Returned => String::new(),
                },
            };
            (what, sum, row)
        })
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    (rows.into_iter().map(|(_, _, row)| row).collect(), everybody.len() as u64 + others)
}

fn kind(summary: &Summary<'_>, what: &What) -> String {
    let code = match what {
        What::Held(_) => "held",
        What::Deferred(_) => "deferred",
        What::Rejected(_) => "rejected",
        What::Receivable => "receivable",
        What::Returned => "returned",
    };
    label(summary.facts.language, "waiting", code)
}

fn words(summary: &Summary<'_>, what: &What) -> String {
    match what {
        What::Held(hold) => label(summary.facts.language, "hold", hold.word()),
        What::Deferred(why) | What::Rejected(why) => label::reason(summary, why).into_owned(),
        What::Receivable => String::new(),
        // What came back and is not paid again is on hold: the same money.
        What::Returned => sentence(summary.facts.language, "within-held", &[]),
    }
}

fn anchor(what: &What) -> &'static str {
    let programme = crate::domain::Programme(0);
    let what = match what {
        What::Held(hold) => WaitingFor::Held(*hold),
        What::Deferred(why) => WaitingFor::Deferred(programme, why.clone()),
        What::Rejected(why) => WaitingFor::Rejected(programme, why.clone()),
        What::Receivable => WaitingFor::Receivable(programme),
        What::Returned => WaitingFor::Returned,
    };
    label::where_to_look(&what).1
}
