//! Monthly statistics (月报): each programme by 城镇 and 农村, households, persons and money, of a month and
//! cumulated for its year, in yuan and in 万元. In: what released runs counted when they were drafted, and
//! what the ledger holds of their payments. Out: rows that foot, and the checks that say so: a figure
//! is never made to fit.
//!
//! **Money is counted once.** `fresh` (发放金额) is what a run pays for the first time; what it pays again
//! because the bank gave it back is `reissued` (退票重发); both together are what its bank files hold.
//!
//! **万元**: the whole is rounded half-up to 0.01 万元 (100 yuan); programmes, and areas within a
//! programme, get their figure rounded down and then, by largest remainder (the first among equals), what
//! is missing: each is less than 0.01 万元 from its exact figure, and every column foots.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Money, Month, Programme, Tally, Text};
use crate::ledger::PaymentState;
use crate::settle::statistics::{Area, Counts};

use super::facts::ProgrammeFacts;

/// What statistics start from.
#[derive(Debug, Clone)]
pub struct StatisticsFacts {
    /// The month reported.
    pub cycle: Month,
    /// Programmes by position: the pack's, then those only the ledger knows.
    pub programmes: Vec<ProgrammeFacts>,
    /// Townships: code and name, in the pack's order.
    pub townships: Vec<(Text, Text)>,
    /// The year's released cycles up to the month, ascending.
    pub cycles: Vec<CycleCounts>,
}

/// A released cycle.
#[derive(Debug, Clone)]
pub struct CycleCounts {
    /// The cycle.
    pub cycle: Month,
    /// What its runs counted: money of all, people of the latest. `None`: a run was drafted before
    /// counts were kept.
    pub counts: Option<BTreeMap<(Programme, Text, Area), Counts>>,
    /// Its payments as the ledger holds them, by programme and latest answer.
    pub payments: BTreeMap<(Programme, PaymentState), Tally>,
    /// Its bank files' own totals.
    pub files: Tally,
}

/// Hundredths of 万元 (100 yuan).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TenThousands(pub i64);

impl std::fmt::Display for TenThousands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Two decimals, as money is written.
        Money::from_fen(self.0).fmt(f)
    }
}

/// Figures of a month, or cumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Households (户次 where cumulated), persons (人次), money in yuan.
    pub counts: Counts,
    /// [`Counts::fresh`] in 万元.
    pub fresh: TenThousands,
}

/// A row: all programmes, a programme, or an area of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `None`: all.
    pub programme: Option<Programme>,
    /// `None`: all.
    pub area: Option<Area>,
    /// Of the month.
    pub month: Figures,
    /// January to the month.
    pub year: Figures,
}

/// A programme in a township.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownshipRow {
    /// Programme.
    pub programme: Programme,
    /// Nine digits, or as written.
    pub township: Text,
    /// Its name; as `township` where it matches no division.
    pub name: Text,
    /// Registered where.
    pub area: Area,
    /// Of the month.
    pub month: Counts,
    /// January to the month.
    pub year: Counts,
}

/// What became of a programme's payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    /// Programme.
    pub programme: Programme,
    /// Of the month, in the order of [`PaymentState::ALL`].
    pub month: [Tally; 4],
    /// January to the month.
    pub year: [Tally; 4],
}

/// A check that the figures must pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable word.
    pub code: &'static str,
    /// How many comparisons it made.
    pub compared: u64,
    /// Those that failed: where, and the two figures.
    pub failed: Vec<(Text, String, String)>,
}

/// The statistics of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The month.
    pub cycle: Month,
    /// All programmes first; then each with its areas, in pack order.
    pub rows: Vec<Row>,
    /// By programme, township, area.
    pub townships: Vec<TownshipRow>,
    /// By programme.
    pub standings: Vec<StandingRow>,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// Cycles of the year whose runs kept no counts: their figures are missing.
    pub missing: Vec<Month>,
}

impl Statistics {
    /// Whether every check holds.
    pub fn foots(&self) -> bool {
        self.checks.iter().all(|check| check.failed.is_empty())
    }
}

/// Puts a month's statistics together.
pub fn statistics(facts: &StatisticsFacts) -> Statistics {
    let cycle = facts.cycle;
    let missing: Vec<Month> =
        facts.cycles.iter().filter(|counted| counted.counts.is_none()).map(|counted| counted.cycle).collect();
    let mut places: BTreeMap<(Programme, Text, Area), (Counts, Counts)> = BTreeMap::new();
    for counted in &facts.cycles {
        for (key, counts) in counted.counts.iter().flatten() {
            let (month, year) = places.entry(key.clone()).or_default();
            *year += *counts;
            if counted.cycle == cycle {
                *month += *counts;
            }
        }
    }
    let standings = standings(cycle, facts.cycles.iter());
    // A programme is shown if anything of it was counted or paid.
    let programmes: BTreeSet<Programme> = places
        .keys()
        .map(|(programme, _, _)| *programme)
        .chain(standings.iter().map(|row| row.programme))
        .collect();
    let mut all = Row { programme: None, area: None, month: Figures::default(), year: Figures::default() };
    let mut groups: Vec<(Row, Vec<Row>)> = Vec::new();
    for programme in programmes {
        let mut total = Row { programme: Some(programme), ..all_of() };
        let mut areas = Vec::new();
        for area in Area::ALL {
            let mut row = Row { programme: Some(programme), area: Some(area), ..all_of() };
            for ((of, _, place), (month, year)) in &places {
                if *of == programme && *place == area {
                    row.month.counts += *month;
                    row.year.counts += *year;
                }
            }
            total.month.counts += row.month.counts;
            total.year.counts += row.year.counts;
            if row.year.counts != Counts::default() {
                areas.push(row);
            }
        }
        all.month.counts += total.month.counts;
        all.year.counts += total.year.counts;
        groups.push((total, areas));
    }
    round(&mut all, &mut groups, |row| &mut row.month);
    round(&mut all, &mut groups, |row| &mut row.year);
    let checks = checks(facts, &all, &groups);
    let mut rows = vec![all];
    for (total, areas) in groups {
        rows.push(total);
        rows.extend(areas);
    }
    Statistics { cycle, rows, townships: townships(facts, places), standings, checks, missing }
}

fn all_of() -> Row {
    Row { programme: None, area: None, month: Figures::default(), year: Figures::default() }
}

fn townships(
    facts: &StatisticsFacts,
    places: BTreeMap<(Programme, Text, Area), (Counts, Counts)>,
) -> Vec<TownshipRow> {
    let place = |code: &Text| {
        facts.townships.iter().position(|(known, _)| known == code).unwrap_or(facts.townships.len())
    };
    let mut rows: Vec<TownshipRow> = places
        .into_iter()
        .map(|((programme, township, area), (month, year))| {
            let name = facts.townships.get(place(&township)).map_or(&township, |(_, name)| name).clone();
            TownshipRow { programme, township, name, area, month, year }
        })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &TownshipRow| (row.programme, place(&row.township));
        key(a).cmp(&key(b)).then_with(|| (&a.township, a.area).cmp(&(&b.township, b.area)))
    });
    rows
}

fn standings<'c>(cycle: Month, cycles: impl Iterator<Item = &'c CycleCounts>) -> Vec<StandingRow> {
    let mut rows: BTreeMap<Programme, StandingRow> = BTreeMap::new();
    for counted in cycles {
        for ((programme, state), tally) in &counted.payments {
            let row = rows.entry(*programme).or_insert_with(|| StandingRow {
                programme: *programme,
                month: Default::default(),
                year: Default::default(),
            });
            let at = PaymentState::ALL.iter().position(|known| known == state).unwrap_or(0);
            row.year[at] = row.year[at] + *tally;
            if counted.cycle == cycle {
                row.month[at] = row.month[at] + *tally;
            }
        }
    }
    rows.into_values().collect()
}

/// Fen in 0.01 万元.
const UNIT: i64 = 10_000;

/// The 万元 column of a period, by the rule of this page.
fn round(all: &mut Row, groups: &mut [(Row, Vec<Row>)], of: impl Fn(&mut Row) -> &mut Figures) {
    let exact = |row: &mut Row| of(row).counts.fresh().fen();
    let whole = (exact(all) + UNIT / 2).div_euclid(UNIT);
    of(all).fresh = TenThousands(whole);
    let parts: Vec<i64> = groups.iter_mut().map(|(total, _)| exact(total)).collect();
    for ((total, areas), share) in groups.iter_mut().zip(shared(whole, &parts)) {
        of(total).fresh = TenThousands(share);
        let parts: Vec<i64> = areas.iter_mut().map(&exact).collect();
        for (area, share) in areas.iter_mut().zip(shared(share, &parts)) {
            of(area).fresh = TenThousands(share);
        }
    }
}

/// Splits a rounded whole among exact parts (fen) by largest remainder. The whole is the sum of the parts,
/// rounded down or up, so that what is missing is less than one unit a part.
fn shared(whole: i64, parts: &[i64]) -> Vec<i64> {
    let mut shares: Vec<i64> = parts.iter().map(|part| part.div_euclid(UNIT)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(parts[*position].rem_euclid(UNIT)));
    let left = usize::try_from(whole - shares.iter().sum::<i64>()).unwrap_or(0);
    for position in order.into_iter().take(left) {
        shares[position] += 1;
    }
    shares
}

/// A period: its word, and where its figures stand.
type Period = (&'static str, fn(&Row) -> &Figures, fn(&StandingRow) -> &[Tally; 4]);

struct Checker<'a> {
    facts: &'a StatisticsFacts,
    checks: Vec<Check>,
}

impl Checker<'_> {
    fn begin(&mut self, code: &'static str) {
        self.checks.push(Check { code, compared: 0, failed: Vec::new() });
    }

    fn must(&mut self, holds: bool, place: &str, left: impl ToString, right: impl ToString) {
        let Some(check) = self.checks.last_mut() else { return };
        check.compared += 1;
        if !holds {
            check.failed.push((place.into(), left.to_string(), right.to_string()));
        }
    }

    fn equal<T: PartialEq + ToString>(&mut self, place: &str, left: T, right: T) {
        self.must(left == right, place, left, right);
    }

    fn name(&self, row: &Row) -> String {
        let programme = row.programme.map_or("*", |programme| {
            self.facts.programmes.get(usize::from(programme.0)).map_or("?", |of| &of.code)
        });
        row.area.map_or_else(|| programme.to_owned(), |area| format!("{programme}/{}", area.word()))
    }
}

/// The checks. What is compared comes from different records: counts kept with the drafts, payments of the
/// ledger, totals of the bank files.
fn checks(facts: &StatisticsFacts, all: &Row, groups: &[(Row, Vec<Row>)]) -> Vec<Check> {
    let mut checker = Checker { facts, checks: Vec::new() };
    // A cycle whose counts were not kept is named as missing; there is nothing to compare with it.
    let kept: Vec<&CycleCounts> = facts.cycles.iter().filter(|counted| counted.counts.is_some()).collect();
    let standings = standings(facts.cycle, kept.iter().copied());
    let paid = |tallies: &[Tally; 4]| tallies.iter().map(|tally| tally.money).sum::<Money>();
    let of = |programme: Option<Programme>| standings.iter().find(|row| Some(row.programme) == programme);
    let periods: [Period; 2] =
        [("month", |row| &row.month, |row| &row.month), ("year", |row| &row.year, |row| &row.year)];

    checker.begin("areas-payments");
    for (total, areas) in groups {
        for (period, figures, standing) in periods {
            let ours = areas.iter().map(|row| figures(row).counts.paid).sum::<Money>();
            let ledger = of(total.programme).map_or(Money::ZERO, |row| paid(standing(row)));
            checker.equal(&format!("{} {period}", checker.name(total)), ours, ledger);
        }
    }
    checker.begin("areas-people");
    for (total, areas) in groups {
        for (period, figures, _) in periods {
            let sum =
                |count: fn(&Counts) -> u64| areas.iter().map(|row| count(&figures(row).counts)).sum::<u64>();
            let (households, persons) = (sum(|of| of.households), sum(|of| of.persons));
            let place = format!("{} {period}", checker.name(total));
            checker.equal(&place, households, figures(total).counts.households);
            checker.equal(&place, persons, figures(total).counts.persons);
        }
    }
    checker.begin("parts");
    for row in std::iter::once(all)
        .chain(groups.iter().flat_map(|(total, areas)| std::iter::once(total).chain(areas)))
    {
        for (period, figures, _) in periods {
            let counts = &figures(row).counts;
            let place = format!("{} {period}", checker.name(row));
            checker.equal(&place, counts.fresh() + counts.reissued, counts.paid);
        }
    }
    checker.begin("files");
    for counted in &kept {
        let ours: Money = counted.counts.iter().flatten().map(|(_, counts)| counts.paid).sum();
        checker.equal(&counted.cycle.to_string(), ours, counted.files.money);
    }
    checker.begin("months-year");
    for (total, _) in groups {
        let mut months = Counts::default();
        for counted in &facts.cycles {
            for ((programme, _, _), counts) in counted.counts.iter().flatten() {
                if Some(*programme) == total.programme {
                    months += *counts;
                }
            }
        }
        let place = checker.name(total);
        checker.equal(&place, months.paid, total.year.counts.paid);
        checker.equal(&place, months.persons, total.year.counts.persons);
    }
    checker.begin("persons-households");
    for row in groups.iter().flat_map(|(total, areas)| std::iter::once(total).chain(areas)) {
        for (period, figures, _) in periods {
            let Counts { households, persons, .. } = figures(row).counts;
            checker.must(
                persons >= households,
                &format!("{} {period}", checker.name(row)),
                persons,
                households,
            );
        }
    }
    checker.begin("ten-thousands");
    for (period, figures, _) in periods {
        let sum =
            |rows: &mut dyn Iterator<Item = &Row>| TenThousands(rows.map(|row| figures(row).fresh.0).sum());
        let programmes = sum(&mut groups.iter().map(|(total, _)| total));
        checker.equal(&format!("* {period}"), programmes, figures(all).fresh);
        for (total, areas) in groups.iter().filter(|(_, areas)| !areas.is_empty()) {
            let place = format!("{} {period}", checker.name(total));
            checker.equal(&place, sum(&mut areas.iter()), figures(total).fresh);
        }
    }
    checker.checks
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIBAO: Programme = Programme(0);
    const OLD_AGE: Programme = Programme(1);

    fn yuan(yuan: i64) -> Money {
        Money::from_fen(yuan * 100)
    }

    fn counts(households: u64, persons: u64, current: i64) -> Counts {
        Counts { households, persons, current: yuan(current), paid: yuan(current), ..Counts::default() }
    }

    fn cycle(month: u32, rows: &[(Programme, Area, Counts)]) -> CycleCounts {
        let mut kept = BTreeMap::new();
        let mut payments: BTreeMap<_, Tally> = BTreeMap::new();
        let mut files = Tally::default();
        for (programme, area, counts) in rows {
            kept.insert((*programme, Text::from("150102001"), *area), *counts);
            let one = Tally { count: 1, money: counts.paid };
            let of = payments.entry((*programme, PaymentState::Paid)).or_default();
            *of = *of + one;
            files = files + one;
        }
        CycleCounts { cycle: Month::new(2023, month).unwrap(), counts: Some(kept), payments, files }
    }

    fn facts() -> StatisticsFacts {
        let named = |code: &str| ProgrammeFacts { code: code.into(), ..ProgrammeFacts::default() };
        StatisticsFacts {
            cycle: Month::new(2023, 2).unwrap(),
            programmes: vec![named("dibao"), named("old-age")],
            townships: vec![("150102001".into(), "海拉尔东路街道".into())],
            cycles: vec![
                cycle(1, &[(DIBAO, Area::Urban, counts(2, 3, 149)), (DIBAO, Area::Rural, counts(1, 1, 149))]),
                cycle(
                    2,
                    &[
                        (DIBAO, Area::Urban, counts(2, 4, 250)),
                        (DIBAO, Area::Rural, counts(1, 1, 149)),
                        (OLD_AGE, Area::Unstated, counts(0, 1, 100)),
                    ],
                ),
            ],
        }
    }

    fn find(statistics: &Statistics, programme: Option<Programme>, area: Option<Area>) -> Row {
        statistics.rows.iter().find(|row| row.programme == programme && row.area == area).unwrap().clone()
    }

    #[test]
    fn a_month_and_its_year_stand_side_by_side_and_foot() {
        let statistics = statistics(&facts());
        assert!(statistics.foots(), "{:?}", statistics.checks);
        assert!(statistics.checks.iter().all(|check| check.compared > 0));
        let dibao = find(&statistics, Some(DIBAO), None);
        assert_eq!((dibao.month.counts.households, dibao.month.counts.persons), (3, 5));
        assert_eq!((dibao.year.counts.households, dibao.year.counts.persons), (6, 9));
        assert_eq!((dibao.month.counts.fresh(), dibao.year.counts.fresh()), (yuan(399), yuan(697)));
        assert_eq!(find(&statistics, None, None).year.counts.paid, yuan(797));
        // 高龄津贴 has one area only, and 城镇 and 农村 are not shown for it.
        assert_eq!(statistics.rows.iter().filter(|row| row.programme == Some(OLD_AGE)).count(), 2);
    }

    #[test]
    fn ten_thousands_foot_in_every_column_and_stay_within_a_hundredth() {
        let statistics = statistics(&facts());
        // 499 yuan are 0.05 万元; 399 and 100 are 0.04 (3.99 rounded up) and 0.01.
        assert_eq!(find(&statistics, None, None).month.fresh.to_string(), "0.05");
        assert_eq!(find(&statistics, Some(DIBAO), None).month.fresh, TenThousands(4));
        assert_eq!(find(&statistics, Some(OLD_AGE), None).month.fresh, TenThousands(1));
        // 250 and 149 share 0.04: 0.02 and 0.01, and the larger remainder (50 against 49) gets the rest.
        assert_eq!(find(&statistics, Some(DIBAO), Some(Area::Urban)).month.fresh, TenThousands(3));
        assert_eq!(find(&statistics, Some(DIBAO), Some(Area::Rural)).month.fresh, TenThousands(1));
        assert_eq!(shared(3, &[4_999, 5_000, 20_000]), [0, 1, 2]);
        assert_eq!(shared(0, &[4_999, -4_999]), [0, 0]);
    }

    #[test]
    fn what_is_paid_again_is_not_counted_again() {
        let mut facts = facts();
        let again = Counts { reissued: yuan(149), paid: yuan(399), ..counts(2, 4, 250) };
        let key = (DIBAO, Text::from("150102001"), Area::Urban);
        let february = &mut facts.cycles[1];
        february.counts.as_mut().unwrap().insert(key, again);
        february.files.money += yuan(149);
        february.payments.get_mut(&(DIBAO, PaymentState::Paid)).unwrap().money += yuan(149);
        let statistics = statistics(&facts);
        assert!(statistics.foots(), "{:?}", statistics.checks);
        let dibao = find(&statistics, Some(DIBAO), None);
        assert_eq!((dibao.year.counts.fresh(), dibao.year.counts.paid), (yuan(697), yuan(846)));
    }

    #[test]
    fn a_figure_that_does_not_foot_is_told_and_not_mended() {
        let failing = |facts: &StatisticsFacts| -> Vec<&'static str> {
            let statistics = statistics(facts);
            assert!(!statistics.foots());
            statistics
                .checks
                .iter()
                .filter(|check| !check.failed.is_empty())
                .map(|check| check.code)
                .collect()
        };
        let mut more = facts();
        more.cycles[1].files.money += Money::from_fen(1);
        assert_eq!(failing(&more), ["files"]);
        let mut more = facts();
        more.cycles[0].payments.get_mut(&(DIBAO, PaymentState::Paid)).unwrap().money += Money::from_fen(1);
        assert_eq!(failing(&more), ["areas-payments"]);
        let mut fewer = facts();
        let key = (DIBAO, Text::from("150102001"), Area::Rural);
        fewer.cycles[1].counts.as_mut().unwrap().get_mut(&key).unwrap().persons = 0;
        assert_eq!(failing(&fewer), ["persons-households"]);
        let mut parts = facts();
        let key = (DIBAO, Text::from("150102001"), Area::Rural);
        parts.cycles[1].counts.as_mut().unwrap().get_mut(&key).unwrap().arrears = Money::from_fen(1);
        assert_eq!(failing(&parts), ["parts"]);
    }

    #[test]
    fn a_run_that_kept_no_counts_is_named() {
        let mut facts = facts();
        facts.cycles[0].counts = None;
        let statistics = statistics(&facts);
        assert_eq!(statistics.missing, [Month::new(2023, 1).unwrap()]);
        assert!(statistics.foots(), "{:?}", statistics.checks);
        assert_eq!(find(&statistics, Some(DIBAO), None).year.counts.paid, yuan(399));
    }
}
