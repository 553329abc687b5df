//! The figures of a run, computed once from the facts and shown by the JSON, the page and the
//! workbook alike. Every one of them is a sum or a count over rows that stand in the CSV files.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::assess::Outcome;
use crate::domain::{Beneficiary, Cause, Hold, Line, Money, PostingKind, Programme, Tally, Text};

use super::declared::{self, DeclaredTotal};
use super::facts::{BudgetLine, RunFacts};
use super::people::{People, Person};
use super::reason;
use super::rests::{self, Rests};

/// What is paid in one programme, township, bank and fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Programme.
    pub programme: Programme,
    /// Township's name, or `None` for rows whose township matches no division (未识别).
    pub township: Option<Text>,
    /// Bank.
    pub bank: Text,
    /// Lines paid.
    pub lines: u64,
    /// Beneficiaries paid, and the sum.
    pub paid: Tally,
}

/// The figures of one programme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProgrammeFigures {
    /// Claims of the cycle month by outcome, in the order of [`OUTCOMES`].
    pub outcomes: [u64; 7],
    /// Entitlements of the cycle month.
    pub entitled: Tally,
    /// Beneficiaries paid by this run, and the sum paid.
    pub paid: Tally,
    /// Rows in bank files.
    pub payments: u64,
    /// Due for the cycle month.
    pub current: Money,
    /// Due for past months.
    pub arrears: Money,
    /// Due for later months.
    pub advance: Money,
    /// Due again after a return.
    pub reissued: Money,
    /// Used up by offsets.
    pub offset: Money,
    /// Recovery postings.
    pub recovery: Tally,
    /// Lines on hold.
    pub held: Tally,
    /// Lines below 0 after the plan; the sum is negative.
    pub receivable: Tally,
    /// What the cycle before paid.
    pub before: Option<Tally>,
}

/// All outcomes, in the order of [`ProgrammeFigures::outcomes`].
pub const OUTCOMES: [Outcome; 7] = [
    Outcome::Entitled,
    Outcome::Nil,
    Outcome::Refused,
    Outcome::Barred,
    Outcome::NotCurrent,
    Outcome::Deferred,
    Outcome::Rejected,
];

/// Arrears, recoveries and other differences of entitlement: kind, programme, cause.
pub type Differences = BTreeMap<(PostingKind, Programme, Option<Cause>), Tally>;

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Kind of the item.
    pub what: WaitingFor,
    /// Beneficiaries.
    pub people: u64,
    /// Sum over the beneficiaries of the months each has waited, this one included.
    pub people_months: u64,
    /// The longest wait in months.
    pub oldest: u64,
    /// Money, where it is known.
    pub money: Money,
}

/// What a waiting item is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitingFor {
    /// Money on hold, by its reason.
    Held(Hold),
    /// Claims that cannot be decided: programme and reason.
    Deferred(Programme, Text),
    /// Rows that cannot be read: programme and reason.
    Rejected(Programme, Text),
    /// Receivables of a programme.
    Receivable(Programme),
    /// Failed payments not paid again.
    Returned,
}

/// The figures of a run.
pub struct Summary<'a> {
    /// The facts they come from.
    pub facts: &'a RunFacts<'a>,
    /// Who is who.
    pub people: People<'a>,
    /// Payments and their sum.
    pub total: Tally,
    /// By programme, pack order, one for each programme of the pack.
    pub programmes: Vec<ProgrammeFigures>,
    /// By programme, township and bank: pack order, division order (unmatched last), name.
    pub cells: Vec<Cell>,
    /// Differences of entitlement.
    pub differences: Differences,
    /// What waits for a person, most people × months first.
    pub waiting: Vec<Waiting>,
    /// Assumed and example figures the run rests on.
    pub rests: Vec<Rests<'a>>,
    /// Declared amounts beside computed ones.
    pub declared: Vec<DeclaredTotal<'a>>,
}

impl<'a> Summary<'a> {
    /// Adds everything up.
    pub fn new(facts: &'a RunFacts<'a>) -> Summary<'a> {
        let people = People::new(facts);
        let mut programmes = vec![ProgrammeFigures::default(); facts.rulebook.programmes.len()];
        let mut waiting = BTreeMap::new();
        decided(facts, &people, &mut programmes, &mut waiting);
        let mut total = Tally::default();
        for payment in &facts.plan.payments {
            total.add(payment.amount);
            let figures = &mut programmes[usize::from(payment.programme.0)];
            figures.payments += 1;
            figures.current += payment.current;
            figures.arrears += payment.arrears;
            figures.advance += payment.advance;
            figures.reissued += payment.reissued;
            figures.offset += payment.offset;
        }
        let cells = paid_cells(facts, &people, &mut programmes);
        let mut differences = Differences::new();
        for posting in &facts.plan.postings {
            if posting.kind.is_entitlement() {
                differences
                    .entry((posting.kind, posting.line.programme, posting.cause))
                    .or_default()
                    .add(posting.amount);
            }
            if posting.kind == PostingKind::Recovery {
                programmes[usize::from(posting.line.programme.0)].recovery.add(posting.amount);
            }
        }
        owed(facts, &mut programmes, &mut waiting);
        let before = facts.cycle.plus(-1);
        for total in facts.history.iter().filter(|total| total.cycle == before) {
            programmes[usize::from(total.programme.0)].before = Some(total.paid);
        }
        let rests = rests::rests(facts, people.decisions());
        let waiting = ranked(waiting);
        let declared = declared::totals(facts);
        Summary { facts, people, total, programmes, cells, differences, waiting, rests, declared }
    }

    /// Programmes with anything to show, in pack order.
    pub fn shown(&self) -> impl Iterator<Item = (Programme, &ProgrammeFigures)> {
        self.programmes
            .iter()
            .enumerate()
            .filter(|(_, figures)| **figures != ProgrammeFigures::default())
            .map(|(position, figures)| (Programme(position as u16), figures))
    }

    /// Whether every border balances.
    pub fn balances(&self) -> bool {
        self.facts.borders.iter().all(crate::domain::Border::balances)
    }

    /// Sums over the cells by township (division order, unmatched last).
    pub fn by_township(&self) -> Vec<(Option<Text>, Tally)> {
        let mut sums: Vec<(Option<Text>, Tally)> = Vec::new();
        let order = |township: &Option<Text>| township_order(self.facts, township.as_deref());
        for cell in &self.cells {
            match sums.iter_mut().find(|(township, _)| *township == cell.township) {
                Some((_, tally)) => *tally = *tally + cell.paid,
                None => sums.push((cell.township.clone(), cell.paid)),
            }
        }
        sums.sort_by_key(|(township, _)| order(township));
        sums
    }

    /// Payments by bank, in the banks' order as text.
    pub fn by_bank(&self) -> Vec<(&'a str, Tally)> {
        let mut sums: BTreeMap<&str, Tally> = BTreeMap::new();
        // Payments of one bank follow one another.
        let payments = &self.facts.plan.payments;
        for group in payments.chunk_by(|a, b| a.payee.account.bank == b.payee.account.bank) {
            let sum = sums.entry(&group[0].payee.account.bank).or_default();
            group.iter().for_each(|payment| sum.add(payment.amount));
        }
        sums.into_iter().collect()
    }

    /// Who a line is for.
    pub fn person(&self, line: &Line) -> Option<Person<'a>> {
        self.people.find(line.programme, &line.beneficiary)
    }

    /// What is left of a fund's appropriation after this run; `None` where none is stated.
    pub fn left(budget: &BudgetLine) -> Option<Money> {
        budget.appropriation.map(|appropriation| appropriation - budget.charged - budget.this_run)
    }
}

fn township_order(facts: &RunFacts<'_>, township: Option<&str>) -> usize {
    let rows = facts.rulebook.divisions.rows();
    township.and_then(|name| rows.iter().position(|division| division.name == name)).unwrap_or(rows.len())
}

type WaitingMap = BTreeMap<WaitingFor, Waiting>;

fn wait(waiting: &mut WaitingMap, what: WaitingFor, months: u64, money: Money) {
    let item = waiting.entry(what.clone()).or_insert(Waiting {
        what,
        people: 0,
        people_months: 0,
        oldest: 0,
        money: Money::ZERO,
    });
    item.people += 1;
    item.people_months += months;
    item.oldest = item.oldest.max(months);
    item.money += money;
}

fn ranked(waiting: WaitingMap) -> Vec<Waiting> {
    let mut ranked: Vec<Waiting> = waiting.into_values().collect();
    ranked.sort_by(|a, b| b.people_months.cmp(&a.people_months).then_with(|| a.what.cmp(&b.what)));
    ranked
}

/// Outcomes of the cycle month, and who waits for a decision since when.
fn decided(
    facts: &RunFacts<'_>,
    people: &People<'_>,
    programmes: &mut [ProgrammeFigures],
    waiting: &mut WaitingMap,
) {
    let mut counted: Option<(&Beneficiary, WaitingFor)> = None;
    for row in people.decisions() {
        let decision = row.decision;
        let figures = &mut programmes[usize::from(decision.programme.0)];
        if decision.month == facts.cycle {
            let place = OUTCOMES.iter().position(|outcome| *outcome == decision.outcome).unwrap_or(0);
            figures.outcomes[place] += 1;
            if decision.outcome == Outcome::Entitled {
                figures.entitled.add(decision.amount);
            }
        }
        if decision.outcome.is_decision() {
            continue;
        }
        let why = Text::from(reason::reason(facts.rulebook, decision));
        let what = match decision.outcome {
            Outcome::Rejected => WaitingFor::Rejected(decision.programme, why),
            _ => WaitingFor::Deferred(decision.programme, why),
        };
        // Rows come by beneficiary, then month: the first one of a beneficiary is the oldest.
        if counted
            .as_ref()
            .is_some_and(|(beneficiary, before)| **beneficiary == decision.beneficiary && *before == what)
        {
            continue;
        }
        let months = facts.cycle.months_since(decision.month).max(0) as u64 + 1;
        wait(waiting, what.clone(), months, Money::ZERO);
        counted = Some((&decision.beneficiary, what));
    }
}

/// What is paid by programme × township × bank, merged with the decisions in line order.
fn paid_cells(facts: &RunFacts<'_>, people: &People<'_>, programmes: &mut [ProgrammeFigures]) -> Vec<Cell> {
    // Payment postings come in line order and are what the payments' items are.
    let paid = super::tables::ordered(&facts.plan.postings, |a, b| a.line.cmp(&b.line));
    let items = paid
        .into_iter()
        .filter(|posting| posting.kind == PostingKind::Payment)
        .filter_map(|posting| posting.payment.map(|payment| (&posting.line, -posting.amount, payment)));
    type Key<'k> = (Programme, &'k str, &'k str);
    let mut cells: FxHashMap<Key<'_>, (Cell, &Beneficiary)> = FxHashMap::default();
    let mut walk = people.walk();
    let mut last: Option<(&Line, Person<'_>)> = None;
    for (line, amount, payment) in items {
        let payment = facts.plan.payments.get(payment as usize);
        let bank = payment.map_or("", |payment| payment.payee.account.bank.as_str());
        let same = last.filter(|(before, _)| {
            before.programme == line.programme && before.beneficiary == line.beneficiary
        });
        let figures = &mut programmes[usize::from(line.programme.0)];
        figures.paid.money += amount;
        let person = match same {
            Some((_, person)) => person,
            None => {
                figures.paid.count += 1;
                walk.find(line.programme, &line.beneficiary).unwrap_or(Person {
                    resident: line.beneficiary.person(),
                    name: "",
                    township: "",
                    township_known: false,
                    community: "",
                })
            }
        };
        last = Some((line, person));
        let township = if person.township_known { person.township } else { "" };
        match cells.get_mut(&(line.programme, township, bank)) {
            Some((cell, beneficiary)) => {
                cell.lines += 1;
                cell.paid.money += amount;
                if **beneficiary != line.beneficiary {
                    cell.paid.count += 1;
                    *beneficiary = &line.beneficiary;
                }
            }
            None => {
                let cell = Cell {
                    programme: line.programme,
                    township: (!township.is_empty()).then(|| township.into()),
                    bank: bank.into(),
                    lines: 1,
                    paid: Tally { count: 1, money: amount },
                };
                cells.insert((line.programme, township, bank), (cell, &line.beneficiary));
            }
        }
    }
    let mut cells: Vec<Cell> = cells.into_values().map(|(cell, _)| cell).collect();
    cells.sort_by(|a, b| {
        let place = |cell: &Cell| (cell.programme, township_order(facts, cell.township.as_deref()));
        place(a).cmp(&place(b)).then_with(|| a.bank.cmp(&b.bank))
    });
    cells
}

/// Money on hold, receivables and returns.
fn owed(facts: &RunFacts<'_>, programmes: &mut [ProgrammeFigures], waiting: &mut WaitingMap) {
    // A beneficiary held for several months in one programme is one person.
    let mut held: BTreeMap<(Hold, Programme, &Beneficiary), (u64, Money)> = BTreeMap::new();
    for line in &facts.plan.held {
        programmes[usize::from(line.line.programme.0)].held.add(line.amount);
        let months = facts.cycle.months_since(line.since).max(0) as u64 + 1;
        let entry = held.entry((line.hold, line.line.programme, &line.line.beneficiary)).or_default();
        entry.0 = entry.0.max(months);
        entry.1 += line.amount;
    }
    for ((hold, _, _), (months, money)) in held {
        wait(waiting, WaitingFor::Held(hold), months, money);
    }
    let mut owing: BTreeMap<(Programme, &Beneficiary), (u64, Money)> = BTreeMap::new();
    for balance in facts.plan.balances.iter().filter(|balance| balance.balance.is_negative()) {
        let programme = balance.line.programme;
        programmes[usize::from(programme.0)].receivable.add(balance.balance);
        let months = facts.cycle.months_since(balance.line.month).max(0) as u64 + 1;
        let entry = owing.entry((programme, &balance.line.beneficiary)).or_default();
        entry.0 = entry.0.max(months);
        entry.1 += balance.balance;
    }
    for ((programme, _), (months, money)) in owing {
        wait(waiting, WaitingFor::Receivable(programme), months, money);
    }
    for returned in facts.returned {
        let months = facts.cycle.months_since(returned.cycle).max(0) as u64 + 1;
        wait(waiting, WaitingFor::Returned, months, returned.amount);
    }
}
