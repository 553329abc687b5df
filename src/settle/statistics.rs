//! What a run counts for the monthly statistics: by programme, township and where the household is
//! registered, how many households and persons are entitled in the cycle month, and what is paid. In:
//! decisions, rosters and the plan. Out: a few hundred rows, kept with the draft: the ledger's lines say
//! neither 城镇 or 农村 nor how many members a household has, and rosters may be gone or changed when a year
//! is put together.
//!
//! Money is counted where its beneficiary stands in the latest month that has a row of it. What cannot be
//! placed is counted as [`Area::Unstated`], never dropped: the rows of a programme add up to its payments.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::assess::{Decision, MonthDecisions, MonthRosters, Outcome};
use crate::domain::{Beneficiary, Line, Money, Month, Programme, Text, Township};
use crate::intake::Cell;
use crate::policy::{BenefitUnit, Canonical, FieldKind, Rulebook};

use super::plan::{Plan, PlannedPayment};

/// Where a person or a household's head is registered (户口性质).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// 城镇.
    Urban,
    /// 农村.
    Rural,
    /// The roster does not say.
    Unstated,
}

impl Area {
    /// All, in the order of the published forms.
    pub const ALL: [Area; 3] = [Area::Urban, Area::Rural, Area::Unstated];

    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            Area::Urban => "urban",
            Area::Rural => "rural",
            Area::Unstated => "unstated",
        }
    }
}

/// Households, persons and money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Entitled households; 0 for programmes whose unit is the person.
    pub households: u64,
    /// Counted members of entitled households, or entitled persons.
    pub persons: u64,
    /// What they are entitled to in the cycle month, money on hold included.
    pub entitled: Money,
    /// Payments' parts, as in `payments.csv`.
    pub current: Money,
    /// See `current`.
    pub arrears: Money,
    /// See `current`.
    pub advance: Money,
    /// See `current`.
    pub reissued: Money,
    /// See `current`.
    pub offset: Money,
    /// What goes to the bank: current + arrears + advance + reissued − offset.
    pub paid: Money,
}

impl Counts {
    /// What is paid for the first time: without what the bank gave back before. A year's sum of it
    /// counts no yuan twice.
    pub fn fresh(&self) -> Money {
        self.current + self.arrears + self.advance - self.offset
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.households += other.households;
        self.persons += other.persons;
        self.entitled += other.entitled;
        self.current += other.current;
        self.arrears += other.arrears;
        self.advance += other.advance;
        self.reissued += other.reissued;
        self.offset += other.offset;
        self.paid += other.paid;
    }
}

/// A row of what a run counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountRow {
    /// Programme code.
    pub programme: String,
    /// Nine digits, or as written where it matches no division.
    pub township: String,
    /// Registered where.
    pub area: Area,
    /// The figures.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What rows are counted under.
type Key = (Programme, Text, Area);
type Sums = BTreeMap<Key, Counts>;

/// How many decisions or payments one task counts.
const A_TASK: usize = 8192;

struct Counter<'a> {
    rulebook: &'a Rulebook,
    cycle: Month,
    /// The cycle month first, then the others from the latest back.
    months: Vec<(&'a MonthDecisions, Option<&'a MonthRosters>)>,
    /// By position in the code table of 户口性质.
    areas: Vec<Area>,
}

/// Counts a run. `months` are its decisions, `rosters` what they were made from, `codes` the programmes'
/// codes by position (retired ones included). Rows in order of programme, township, area.
pub fn count(
    rulebook: &Rulebook,
    cycle: Month,
    rosters: &[MonthRosters],
    months: &[MonthDecisions],
    plan: &Plan,
    codes: &[Text],
) -> Vec<CountRow> {
    let mut ordered: Vec<_> = months
        .iter()
        .map(|month| (month, rosters.iter().find(|rosters| rosters.month == month.month)))
        .collect();
    ordered.sort_by_key(|(month, _)| {
        (month.month != cycle, month.month > cycle, std::cmp::Reverse(month.month))
    });
    let areas = match &rulebook.field(Canonical::Hukou.id()).kind {
        FieldKind::Code(table) => table
            .iter()
            .map(|entry| Area::ALL.into_iter().find(|area| area.word() == entry.code.as_str()))
            .map(|area| area.unwrap_or(Area::Unstated))
            .collect(),
        _ => Vec::new(),
    };
    let counter = Counter { rulebook, cycle, months: ordered, areas };
    let people = counter.people();
    let mut sums = counter.money(&plan.payments);
    merge(&mut sums, people);
    sums.into_iter()
        .map(|((programme, township, area), counts)| CountRow {
            programme: codes.get(usize::from(programme.0)).map_or_else(String::new, ToString::to_string),
            township: township.to_string(),
            area,
            counts,
        })
        .collect()
}

fn merge(into: &mut Sums, from: Sums) {
    for (key, counts) in from {
        *into.entry(key).or_default() += counts;
    }
}

fn merged(mut a: Sums, b: Sums) -> Sums {
    merge(&mut a, b);
    a
}

impl Counter<'_> {
    /// Whom the cycle month entitles.
    fn people(&self) -> Sums {
        let Some((month, rosters)) = self.months.first().filter(|(month, _)| month.month == self.cycle)
        else {
            return Sums::new();
        };
        // Several cases of one person are one person: the first of them in line order speaks.
        let decisions = &month.decisions;
        let is_first = |position: usize| {
            decisions[..position]
                .iter()
                .rev()
                .take_while(|before| same(before, &decisions[position]))
                .all(|before| before.outcome != Outcome::Entitled)
        };
        (0..decisions.len())
            .into_par_iter()
            .with_min_len(A_TASK)
            .filter(|position| decisions[*position].outcome == Outcome::Entitled)
            .fold(Sums::new, |mut sums, position| {
                let decision = &decisions[position];
                let household = self.rulebook.rule(decision.programme).unit == BenefitUnit::Household;
                let counted = month.counted.get(&(decision.programme, decision.claim));
                let mut counts = Counts { entitled: decision.amount, ..Counts::default() };
                if is_first(position) {
                    counts.households = u64::from(household);
                    counts.persons = if household { counted.map_or(0, Vec::len) as u64 } else { 1 };
                }
                *sums.entry(self.key(decision, *rosters)).or_default() += counts;
                sums
            })
            .reduce(Sums::new, merged)
    }

    fn key(&self, decision: &Decision, rosters: Option<&MonthRosters>) -> Key {
        let roster = usize::from(self.rulebook.rule(decision.programme).roster.0);
        let rows = rosters.and_then(|rosters| rosters.rosters.get(roster)).and_then(Option::as_ref);
        let area = match rows.and_then(|rows| rows.claims.get(decision.claim as usize)).map(|row| &row.hukou)
        {
            Some(Cell::Code(code)) => self.areas.get(usize::from(*code)).copied().unwrap_or(Area::Unstated),
            _ => Area::Unstated,
        };
        let township = match &decision.township {
            Township::Known(_) => self.rulebook.divisions.code(&decision.township).into(),
            Township::Unknown(written) => written.clone(),
        };
        (decision.programme, township, area)
    }

    fn money(&self, payments: &[PlannedPayment]) -> Sums {
        payments
            .par_chunks(A_TASK)
            .fold(Sums::new, |mut sums, payments| {
                let mut seek = Seek::default();
                for payment in payments {
                    self.payment(payment, &mut seek, &mut sums);
                }
                sums
            })
            .reduce(Sums::new, merged)
    }

    fn payment(&self, payment: &PlannedPayment, seek: &mut Seek, sums: &mut Sums) {
        let whole = Counts {
            current: payment.current,
            arrears: payment.arrears,
            advance: payment.advance,
            reissued: payment.reissued,
            offset: payment.offset,
            paid: payment.amount,
            ..Counts::default()
        };
        if let Some(beneficiary) = &payment.beneficiary {
            *sums.entry(self.place(payment.programme, beneficiary, seek)).or_default() += whole;
            return;
        }
        let Some(parts) = self.parts(payment) else {
            *sums.entry((payment.programme, Text::default(), Area::Unstated)).or_default() += whole;
            return;
        };
        for (line, counts) in parts {
            *sums.entry(self.place(payment.programme, &line.beneficiary, seek)).or_default() += counts;
        }
    }

    /// A payment for several, line by line. `None` where its columns do not say which line stands in which:
    /// an offset, or returned and other money of the same side of the cycle month.
    fn parts<'p>(&self, payment: &'p PlannedPayment) -> Option<Vec<(&'p Line, Counts)>> {
        let of = |wanted: std::cmp::Ordering| -> Money {
            let items = payment.items.iter().filter(|(line, _)| line.month.cmp(&self.cycle) == wanted);
            items.map(|(_, money)| *money).sum()
        };
        let columns = [payment.arrears, payment.current, payment.advance];
        let sides =
            [of(std::cmp::Ordering::Less), of(std::cmp::Ordering::Equal), of(std::cmp::Ordering::Greater)];
        // Each side is wholly its own column, or wholly returned money.
        let is_clear = sides.iter().zip(&columns).all(|(side, column)| column == side || column.is_zero());
        if !payment.offset.is_zero() || !is_clear {
            return None;
        }
        let parts = payment.items.iter().map(|(line, money)| {
            let side = match line.month.cmp(&self.cycle) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Greater => 2,
            };
            let mut counts = Counts { paid: *money, ..Counts::default() };
            match side {
                _ if columns[side].is_zero() => counts.reissued = *money,
                0 => counts.arrears = *money,
                1 => counts.current = *money,
                _ => counts.advance = *money,
            }
            (line, counts)
        });
        Some(parts.collect())
    }

    /// Where a beneficiary stands: in the cycle month, else in the latest month that has a row of it.
    fn place(&self, programme: Programme, beneficiary: &Beneficiary, seek: &mut Seek) -> Key {
        for (order, (month, rosters)) in self.months.iter().enumerate() {
            let at = if order == 0 {
                seek.at(&month.decisions, programme, beneficiary)
            } else {
                month.decisions.partition_point(|decision| key_of(decision) < (programme, beneficiary))
            };
            if let Some(found) =
                month.decisions.get(at).filter(|found| key_of(found) == (programme, beneficiary))
            {
                return self.key(found, *rosters);
            }
        }
        (programme, Text::default(), Area::Unstated)
    }
}

fn key_of(decision: &Decision) -> (Programme, &Beneficiary) {
    (decision.programme, &decision.beneficiary)
}

fn same(a: &Decision, b: &Decision) -> bool {
    key_of(a) == key_of(b)
}

/// Look-ups that mostly ascend: each goes on from where the last one ended, in growing steps.
#[derive(Default)]
struct Seek(usize);

impl Seek {
    /// The position of the first decision that is not before a beneficiary of a programme.
    fn at(&mut self, decisions: &[Decision], programme: Programme, beneficiary: &Beneficiary) -> usize {
        let wanted = (programme, beneficiary);
        let before = |position: usize| decisions.get(position).is_some_and(|found| key_of(found) < wanted);
        // Back to the beginning where the order starts anew.
        let start = match self.0.checked_sub(1) {
            Some(last) if before(last) => self.0,
            _ => 0,
        };
        let mut step = 1;
        while before(start + step) {
            step *= 2;
        }
        let (low, high) = (start, decisions.len().min(start + step));
        self.0 = low + decisions[low..high].partition_point(|found| key_of(found) < wanted);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Account;
    use crate::settle::Payee;

    fn payment(columns: [i64; 5], items: &[(&str, i64)]) -> PlannedPayment {
        let [current, arrears, advance, reissued, offset] = columns.map(Money::from_fen);
        let line = |month: &str, number: usize| Line {
            programme: Programme(0),
            beneficiary: Beneficiary::UnverifiedPerson(format!("{number}").into()),
            month: month.parse().unwrap(),
            case_no: Text::default(),
        };
        let items = items.iter().enumerate();
        PlannedPayment {
            programme: Programme(0),
            payee: std::sync::Arc::new(Payee {
                id: None,
                name: "养老院".into(),
                organisation: true,
                account: Account::default(),
            }),
            beneficiary: None,
            beneficiaries: 2,
            current,
            arrears,
            advance,
            reissued,
            offset,
            amount: current + arrears + advance + reissued - offset,
            replaces: None,
            items: items.map(|(number, (month, fen))| (line(month, number), Money::from_fen(*fen))).collect(),
        }
    }

    fn split(payment: &PlannedPayment) -> Option<Vec<(i64, i64, i64)>> {
        let (rulebook, _) = crate::policy::pack::load(&crate::policy::pack::xincheng()).unwrap();
        let counter = Counter {
            rulebook: &rulebook,
            cycle: "2023-02".parse().unwrap(),
            months: Vec::new(),
            areas: Vec::new(),
        };
        let parts = counter.parts(payment)?;
        Some(
            parts
                .iter()
                .map(|(_, counts)| (counts.current.fen(), counts.arrears.fen(), counts.reissued.fen()))
                .collect(),
        )
    }

    #[test]
    fn a_payment_for_several_is_split_line_by_line_where_its_columns_say_how() {
        let plain = payment([300, 50, 0, 0, 0], &[("2023-02", 100), ("2023-02", 200), ("2023-01", 50)]);
        assert_eq!(split(&plain).unwrap(), [(100, 0, 0), (200, 0, 0), (0, 50, 0)]);
        // The bank gave January back, and February is new.
        let again = payment([300, 0, 0, 50, 0], &[("2023-02", 300), ("2023-01", 50)]);
        assert_eq!(split(&again).unwrap(), [(300, 0, 0), (0, 0, 50)]);
    }

    #[test]
    fn where_they_do_not_say_it_nothing_is_guessed() {
        let offset = payment([300, 0, 0, 0, 100], &[("2023-02", 100), ("2023-02", 100)]);
        assert_eq!(split(&offset), None);
        // Of two earlier months one came back and one is new: which is which stands nowhere.
        let mixed = payment([0, 50, 0, 50, 0], &[("2023-01", 50), ("2022-12", 50)]);
        assert_eq!(split(&mixed), None);
    }

    #[test]
    fn look_ups_find_the_same_whether_they_ascend_or_begin_anew() {
        let decision = |number: u32| Decision {
            programme: Programme(0),
            beneficiary: Beneficiary::UnverifiedPerson(format!("{number:04}").into()),
            month: "2023-02".parse().unwrap(),
            case_no: Text::default(),
            outcome: Outcome::Entitled,
            reason: crate::assess::Reason::None,
            amount: Money::ZERO,
            claim: 0,
            sources: Vec::new(),
            township: Township::Known(0),
            digests: Default::default(),
        };
        let decisions: Vec<Decision> = (0..500).step_by(3).map(decision).collect();
        let mut seek = Seek::default();
        for wanted in [0, 1, 2, 3, 400, 401, 7, 499, 600, 5, 6, 600, 600, 0] {
            let of = Beneficiary::UnverifiedPerson(format!("{wanted:04}").into());
            let plain = decisions.partition_point(|found| key_of(found) < (Programme(0), &of));
            assert_eq!(seek.at(&decisions, Programme(0), &of), plain, "{wanted}");
        }
    }
}
