//! A year: each programme's twelve cycles, paid, returned, recovered, outstanding; and each fund
//! against its budget (cash basis, DESIGN §10).

use std::collections::BTreeMap;

use super::Disagreement;
use super::facts::ProgrammeFacts;
use crate::domain::{Money, Month, PostingKind, Programme, Tally, Text};
use crate::ledger::Flow;

/// What a year starts from.
#[derive(Debug, Clone)]
pub struct YearFacts {
    /// The year.
    pub year: i32,
    /// Programmes by position.
    pub programmes: Vec<ProgrammeFacts>,
    /// The year's released cycles, with what lines did in each.
    pub cycles: Vec<CycleFacts>,
    /// Funds in the pack's order.
    pub funds: Vec<FundFacts>,
}

/// One cycle of a year.
#[derive(Debug, Clone)]
pub struct CycleFacts {
    /// The cycle.
    pub cycle: Month,
    /// What lines did, by programme.
    pub flows: BTreeMap<Programme, Flow>,
    /// Payments in its runs' files: by programme, as the files have them.
    pub in_files: BTreeMap<Programme, Tally>,
    /// Payments nobody has answered yet.
    pub unanswered: BTreeMap<Programme, Tally>,
}

/// A fund's year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFacts {
    /// Code.
    pub code: Text,
    /// Name.
    pub name: Text,
    /// What it may pay; none where the budget does not say.
    pub appropriation: Option<Money>,
    /// Whether some of its sources have one and others do not: then the whole has none.
    pub partial: bool,
    /// Payments released in the calendar year.
    pub charged: Money,
    /// Same-year returns and repayments.
    pub restored: Money,
}

impl FundFacts {
    /// What is left of the appropriation.
    pub fn left(&self) -> Option<Money> {
        Some(self.appropriation? - self.charged + self.restored)
    }
}

/// A programme in a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct YearCell {
    /// In files: payments and the sum.
    pub paid: Tally,
    /// Posted back by banks: `return` less `paid-after-all`.
    pub returned: Money,
    /// The bank moved otherwise: `bank-difference`.
    pub difference: Money,
    /// Came back in cash.
    pub repaid: Money,
    /// Came back by offset against later money.
    pub offset: Money,
    /// Given up, less what was reversed.
    pub written_off: Money,
    /// Owed to beneficiaries at the end of the cycle.
    pub payable: Money,
    /// Owed by debtors at the end of the cycle, above 0.
    pub receivable: Money,
    /// Not answered today.
    pub unanswered: Tally,
}

impl std::ops::AddAssign<&YearCell> for YearCell {
    fn add_assign(&mut self, other: &YearCell) {
        self.paid = self.paid + other.paid;
        self.returned += other.returned;
        self.difference += other.difference;
        self.repaid += other.repaid;
        self.offset += other.offset;
        self.written_off += other.written_off;
        self.payable += other.payable;
        self.receivable += other.receivable;
        self.unanswered = self.unanswered + other.unanswered;
    }
}

/// A programme's year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearRow {
    /// The programme.
    pub programme: Programme,
    /// January to December; none for a month without a release.
    pub months: [Option<YearCell>; 12],
    /// The year: sums; payable and receivable as at its last cycle.
    pub total: YearCell,
}

/// A year reconciled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// By programme.
    pub rows: Vec<YearRow>,
    /// By fund.
    pub funds: Vec<FundFacts>,
    /// What has no explanation.
    pub disagreements: Vec<Disagreement>,
}

fn cell(flow: &Flow, paid: Tally, unanswered: Tally) -> YearCell {
    let sum = |kinds: &[PostingKind]| -> Money {
        kinds.iter().filter_map(|kind| flow.kinds.get(kind)).map(|tally| tally.money).sum()
    };
    YearCell {
        paid,
        returned: sum(&[PostingKind::Return, PostingKind::PaidAfterAll]),
        difference: sum(&[PostingKind::BankDifference]),
        repaid: sum(&[PostingKind::Repayment]),
        offset: flow.offset,
        written_off: sum(&[PostingKind::WriteOff, PostingKind::WriteOffReversed]),
        payable: flow.payable.money,
        receivable: -flow.receivable.money,
        unanswered,
    }
}

/// Puts a year together.
pub fn year(facts: YearFacts) -> Year {
    let mut disagreements = Vec::new();
    let mut rows: BTreeMap<Programme, YearRow> = BTreeMap::new();
    for cycle in &facts.cycles {
        let programmes: std::collections::BTreeSet<Programme> =
            cycle.flows.keys().chain(cycle.in_files.keys()).copied().collect();
        for programme in programmes {
            let flow = cycle.flows.get(&programme).cloned().unwrap_or_default();
            let paid = cycle.in_files.get(&programme).copied().unwrap_or_default();
            let posted = flow.kinds.get(&PostingKind::Payment).map_or(Money::ZERO, |tally| -tally.money);
            if posted != paid.money {
                let code = facts.programmes.get(usize::from(programme.0)).map(|p| p.code.as_str());
                disagreements.push(Disagreement {
                    what: "flow-payments",
                    place: format!("{} {}", cycle.cycle, code.unwrap_or("")).into(),
                    amount: posted - paid.money,
                });
            }
            let unanswered = cycle.unanswered.get(&programme).copied().unwrap_or_default();
            let cell = cell(&flow, paid, unanswered);
            let row = rows.entry(programme).or_insert_with(|| YearRow {
                programme,
                months: std::array::from_fn(|_| None),
                total: YearCell::default(),
            });
            let total = &mut row.total;
            *total += &cell;
            (total.payable, total.receivable) = (cell.payable, cell.receivable);
            if let Some(slot) = row.months.get_mut(cycle.cycle.month() as usize - 1) {
                *slot = Some(cell);
            }
        }
    }
    Year { year: facts.year, rows: rows.into_values().collect(), funds: facts.funds, disagreements }
}
