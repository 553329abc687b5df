//! What each line is worth in a month, from DESIGN §9 and §15 alone.

use std::collections::BTreeMap;

use super::world::{Month, Roster, Row, Standing, World, month};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Programme {
    Dibao,
    Living,
    Nursing,
    OldAge,
    Aid,
    HomeCare,
}

impl Programme {
    pub fn code(self) -> &'static str {
        match self {
            Programme::Dibao => "dibao",
            Programme::Living => "disability-living",
            Programme::Nursing => "disability-nursing",
            Programme::OldAge => "old-age",
            Programme::Aid => "temporary-aid",
            Programme::HomeCare => "home-care",
        }
    }

    pub fn roster(self) -> Roster {
        match self {
            Programme::Dibao => Roster::Dibao,
            Programme::Living | Programme::Nursing => Roster::Disability,
            Programme::OldAge => Roster::OldAge,
            Programme::Aid => Roster::Aid,
            Programme::HomeCare => Roster::HomeCare,
        }
    }
}

/// A decision of one line, or that there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Entitled to so much.
    Entitled(i64),
    /// Refused by a clause, by death.
    Refused,
    /// A case that an earlier month has decided.
    Repeated,
    NotCurrent,
    /// Cannot be decided: the line stays.
    Deferred,
}

impl Verdict {
    pub fn amount(self) -> Option<i64> {
        match self {
            Verdict::Entitled(amount) => Some(amount),
            Verdict::Deferred => None,
            _ => Some(0),
        }
    }
}

/// Programme, beneficiary, case.
pub type Key = (Programme, String, String);

/// Dibao standards of 2022 are known from cycle 2022-06 on; before, 2021's (DESIGN §15).
const ANNOUNCED: (i32, i32) = (2022, 6);

/// All lines of a benefit month, decided in a cycle from the lists of month `of`.
pub fn decide(
    world: &World,
    cycle: Month,
    benefit: Month,
    of: Month,
    decided: &BTreeMap<String, Month>,
) -> BTreeMap<Key, Verdict> {
    let mut verdicts = BTreeMap::new();
    let rows = |roster: Roster| world.rows.get(&(roster, of)).map_or(&[][..], Vec::as_slice);
    let dead = |row: &Row| world.deaths.get(&row.person).is_some_and(|died| *died < benefit);
    let born = |row: &Row| world.people[row.person].born;

    // Dibao first: others ask about it.
    let mut asked: BTreeMap<usize, Option<bool>> = BTreeMap::new();
    for household in 0..world.urban.len() {
        let of_it: Vec<&Row> = rows(Roster::Dibao).iter().filter(|row| row.household == household).collect();
        let Some(some) = of_it.first() else { continue };
        let verdict = dibao(world, cycle, benefit, of, household);
        for row in of_it.iter().filter(|row| current(row, benefit)) {
            let answer = match verdict {
                Verdict::Deferred => None,
                Verdict::Entitled(_) => Some(!dead(row)),
                _ => Some(false),
            };
            asked.insert(row.person, answer);
        }
        verdicts.insert((Programme::Dibao, world.beneficiary(Roster::Dibao, some), String::new()), verdict);
    }

    let mut say = |programme: Programme, row: &Row, verdict: Verdict| {
        let case = if programme == Programme::Aid { format!("LS-{:04}", row.case) } else { String::new() };
        verdicts.insert((programme, world.beneficiary(programme.roster(), row), case), verdict);
    };
    for row in rows(Roster::OldAge) {
        let verdict = if !current(row, benefit) {
            Verdict::NotCurrent
        } else if dead(row) || benefit < born(row) + 12 * 80 {
            Verdict::Refused
        } else {
            Verdict::Entitled(if benefit < born(row) + 12 * 100 { 10_000 } else { 60_000 })
        };
        say(Programme::OldAge, row, verdict);
    }
    for row in rows(Roster::Disability) {
        let expired = row.until.is_some_and(|until| benefit > until);
        let stands = if !current(row, benefit) {
            Some(Verdict::NotCurrent)
        } else if dead(row) {
            Some(Verdict::Refused)
        } else {
            None
        };
        let living = stands.unwrap_or_else(|| match asked.get(&row.person).copied().unwrap_or(Some(false)) {
            None => Verdict::Deferred,
            Some(true) if !expired => Verdict::Entitled(10_800),
            Some(_) => Verdict::Refused,
        });
        say(Programme::Living, row, living);
        let nursing = stands.unwrap_or(match row.grade <= 2 && !expired {
            true => Verdict::Entitled(10_800),
            false => Verdict::Refused,
        });
        say(Programme::Nursing, row, nursing);
    }
    for row in rows(Roster::HomeCare) {
        let verdict = if !current(row, benefit) || benefit < month(2022, 10) {
            Verdict::NotCurrent
        } else if dead(row) || (!row.severe && benefit < born(row) + 12 * 70) {
            Verdict::Refused
        } else if cycle < month(2022, 10) {
            // §9: a value takes part in cycles from its announcement on; before, there is none.
            Verdict::Deferred
        } else {
            Verdict::Entitled(if row.severe { 20_000 } else { 7_000 })
        };
        say(Programme::HomeCare, row, verdict);
    }
    if benefit == of {
        for row in rows(Roster::Aid) {
            let case = format!("LS-{:04}", row.case);
            let verdict = if row.standing != Standing::Active {
                Verdict::NotCurrent
            } else if decided.get(&case).is_some_and(|by| *by < benefit) {
                Verdict::Repeated
            } else {
                // Caps take the value known in the cycle (§10), for the benefit month.
                let standard = standard(true, cycle >= announced());
                match row.amount {
                    // An approval by special vote needs no amount for the clause, but for the sum.
                    None => Verdict::Deferred,
                    Some(amount) if row.special || amount <= 12 * standard => Verdict::Entitled(amount),
                    Some(_) => Verdict::Refused,
                }
            };
            say(Programme::Aid, row, verdict);
        }
    }
    verdicts
}

fn announced() -> Month {
    month(ANNOUNCED.0, ANNOUNCED.1)
}

fn standard(urban: bool, new: bool) -> i64 {
    match (urban, new) {
        (true, true) => 84_100,
        (true, false) => 79_000,
        (false, true) => 62_100,
        (false, false) => 57_500,
    }
}

fn current(row: &Row, benefit: Month) -> bool {
    row.first <= benefit && row.last.is_none_or(|last| benefit <= last) && row.standing == Standing::Active
}

/// The head of a household in a month: the one living current row marked so, else the one dead; of a household
/// that is not current, the row marked so.
pub fn head(world: &World, month: Month, rows: &[Row], household: usize) -> Option<usize> {
    let of_it: Vec<&Row> = rows.iter().filter(|row| row.household == household).collect();
    let standing: Vec<&&Row> = of_it.iter().filter(|row| current(row, month)).collect();
    if standing.is_empty() {
        return of_it.iter().find(|row| row.head).map(|row| row.person);
    }
    let dead = |row: &Row| world.deaths.get(&row.person).is_some_and(|died| *died < month);
    let heads: Vec<&&&Row> = standing.iter().filter(|row| row.head).collect();
    let living: Vec<&&&&Row> = heads.iter().filter(|row| !dead(row)).collect();
    match (living.len(), heads.len()) {
        (1, _) => Some(living[0].person),
        (0, 1) => Some(heads[0].person),
        _ => None,
    }
}

/// A household in a month. A month before the announcement takes the new standard only if the household
/// is entitled in the month of the announcement, judged on its own (§10, still-entitled).
fn dibao(world: &World, cycle: Month, benefit: Month, of: Month, household: usize) -> Verdict {
    let all = world.rows.get(&(Roster::Dibao, of)).map_or(&[][..], Vec::as_slice);
    let rows: Vec<&Row> =
        all.iter().filter(|row| row.household == household && current(row, benefit)).collect();
    if rows.is_empty() {
        return Verdict::NotCurrent;
    }
    let dead = |row: &&&Row| world.deaths.get(&row.person).is_some_and(|died| *died < benefit);
    let heads: Vec<&&Row> = rows.iter().filter(|row| row.head).collect();
    let living: Vec<&&Row> = rows.iter().filter(|row| !dead(row)).collect();
    let living_heads = heads.iter().filter(|row| !dead(row)).count();
    if living_heads > 1 || (living_heads == 0 && heads.len() != 1) {
        return Verdict::Deferred;
    }
    if living.is_empty() {
        return Verdict::Refused;
    }
    let Some(income) = living.iter().map(|row| row.income).sum::<Option<i64>>() else {
        return Verdict::Deferred;
    };
    // Only what the rule reaches is needed (§9 step 5): the standard is, from here on.
    let new = if cycle < announced() {
        false
    } else if benefit >= announced() {
        true
    } else {
        match dibao(world, cycle, announced(), announced(), household) {
            Verdict::Deferred => return Verdict::Deferred,
            verdict => matches!(verdict, Verdict::Entitled(_)),
        }
    };
    let standard = standard(world.urban[household], new);
    let count = living.len() as i64;
    if income >= standard * count {
        return Verdict::Refused;
    }
    let floor = if world.urban[household] { 5_000 } else { 3_333 };
    let uplift: i64 = living
        .iter()
        .map(|row| {
            let born = world.people[row.person].born;
            let years = (benefit - born).div_euclid(12);
            let percent = if row.ill {
                30
            } else if !(18..70).contains(&years) {
                10
            } else {
                0
            };
            standard * percent / 100
        })
        .sum();
    Verdict::Entitled((standard * count - income).max(floor * count) + uplift)
}
