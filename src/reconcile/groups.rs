//! Sums by programme × bank × file × fund, and over programmes: the balance statement (余额调节表).

use std::collections::BTreeMap;

use super::Disagreement;
use super::facts::Facts;
use super::payment::{Judged, Standing, Why};
use crate::domain::{Money, PostingKind, Programme, Tally, Text};

/// What a group is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Programme.
    pub programme: Programme,
    /// Bank.
    pub bank: Text,
    /// Run.
    pub run: u32,
    /// File name.
    pub file: Text,
    /// Code of the fund.
    pub fund: Text,
}

/// The three sides and what stands between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Put into files, by postings: payments, and the sum.
    pub posted: Tally,
    /// In the files, by items.
    pub in_file: Tally,
    /// By where payments stand.
    pub standings: BTreeMap<Standing, Tally>,
    /// Posted back: `return` less `paid-after-all`.
    pub back: Money,
    /// `bank-difference`.
    pub difference: Money,
    /// What the ledger says left.
    pub ledger: Money,
    /// What the bank says it moved.
    pub bank: Money,
    /// Payments of which statements speak; what the bank says of these; what they booked.
    pub stated: Tally,
    /// See `stated`.
    pub statement: Money,
    /// What stands between ledger and bank, and between bank and statement.
    pub between: BTreeMap<Why, Tally>,
}

impl Sums {
    fn add(&mut self, judged: &Judged) {
        let posted: Money = judged.lines.iter().map(|line| line.posted).sum();
        self.posted.add(posted);
        self.in_file.add(judged.lines.iter().map(|line| line.in_file).sum());
        self.standings.entry(judged.standing).or_default().add(judged.amount);
        self.back += judged.lines.iter().map(|line| line.back).sum();
        self.difference += judged.lines.iter().map(|line| line.difference).sum();
        self.ledger += judged.ledger;
        self.bank += judged.bank;
        if let Some(statement) = judged.statement {
            self.stated.add(judged.bank);
            self.statement += statement;
        }
        for (why, amount) in &judged.between {
            self.between.entry(*why).or_default().add(*amount);
        }
    }

    fn named(&self, of_ledger: bool) -> Money {
        let named = self.between.iter().filter(|(why, _)| why.is_of_ledger() == of_ledger);
        named.map(|(_, tally)| tally.money).sum()
    }

    /// Ledger − bank − everything named between them.
    pub fn unexplained(&self) -> Money {
        self.ledger - self.bank - self.named(true)
    }

    /// Bank − statement − everything named between them, over the payments of which statements speak.
    pub fn unexplained_statement(&self) -> Money {
        self.stated.money - self.statement - self.named(false)
    }

    /// Payments and money of a standing.
    pub fn standing(&self, standing: Standing) -> Tally {
        self.standings.get(&standing).copied().unwrap_or_default()
    }
}

/// The sums of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is of.
    pub key: Key,
    /// Its sums.
    pub sums: Sums,
}

/// By group, and in total. The total also holds what the bank moved for no payment of ours.
pub(super) fn sum_up(facts: &Facts, payments: &[Judged]) -> (Vec<Group>, Sums) {
    let mut groups: BTreeMap<Key, Sums> = BTreeMap::new();
    let mut total = Sums::default();
    for judged in payments {
        let programme = facts.programmes.get(usize::from(judged.programme.0));
        let key = Key {
            programme: judged.programme,
            bank: judged.bank_name.clone(),
            run: judged.run,
            file: judged.file_name.clone(),
            fund: programme.map_or_else(Text::default, |programme| programme.fund.clone()),
        };
        groups.entry(key).or_default().add(judged);
        total.add(judged);
    }
    for stray in &facts.strays {
        let moved = super::open::moved_by_stray(stray);
        if !moved.is_zero() && !stray.closed {
            total.bank += moved;
            total.between.entry(Why::Stray).or_default().add(-moved);
        }
    }
    (groups.into_iter().map(|(key, sums)| Group { key, sums }).collect(), total)
}

/// What a programme's lines did in a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flows {
    /// Sum of all balances before the cycle.
    pub before: Money,
    /// Postings by kind.
    pub kinds: BTreeMap<PostingKind, Tally>,
    /// Lines above 0 at its end.
    pub payable: Tally,
    /// Lines below 0 at its end.
    pub receivable: Tally,
}

impl Flows {
    /// Sum of all balances at the end, by arithmetic.
    pub fn after(&self) -> Money {
        self.before + self.kinds.values().map(|tally| tally.money).sum::<Money>()
    }
}

/// The entitlement ledger's side: where lines stood, what was posted, where they stand; and that the
/// cycle's payments are its postings.
pub(super) fn flows(
    facts: &Facts,
    payments: &[Judged],
    disagreements: &mut Vec<Disagreement>,
) -> Vec<(Programme, Flows)> {
    let mut flows: BTreeMap<Programme, Flows> = BTreeMap::new();
    for (programme, before) in &facts.before {
        flows.entry(*programme).or_default().before = *before;
    }
    for (programme, flow) in &facts.flows {
        let into = flows.entry(*programme).or_default();
        into.kinds = flow.kinds.clone();
        into.payable = flow.payable;
        into.receivable = flow.receivable;
    }
    let mut paid: BTreeMap<Programme, Money> = BTreeMap::new();
    for judged in payments {
        *paid.entry(judged.programme).or_default() += judged.lines.iter().map(|line| line.posted).sum();
        flows.entry(judged.programme).or_default();
    }
    for (programme, flow) in &flows {
        let code = facts.programmes.get(usize::from(programme.0)).map(|programme| programme.code.clone());
        let mut differs = |what: &'static str, amount: Money| {
            if !amount.is_zero() {
                let place = code.clone().unwrap_or_default();
                disagreements.push(Disagreement { what, place, amount });
            }
        };
        differs("flow-balance", flow.after() - flow.payable.money - flow.receivable.money);
        let posted = flow.kinds.get(&PostingKind::Payment).map_or(Money::ZERO, |tally| -tally.money);
        differs("flow-payments", posted - paid.get(programme).copied().unwrap_or_default());
        if let Some(balances) = &facts.balances {
            let (payable, receivable) = balances.get(programme).copied().unwrap_or_default();
            differs("line-payable", payable - flow.payable.money);
            differs("line-receivable", receivable - flow.receivable.money);
        }
    }
    flows.into_iter().filter(|(_, flow)| *flow != Flows::default()).collect()
}
