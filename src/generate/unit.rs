//! One unit of the synthetic population: a household, or a person on the rosters alone, with the whole
//! of its history. A unit is a function of the seed and its number, so that a month can be written
//! without holding the population, and a longer history begins with the same months.

use chrono::{Days, NaiveDate, TimeDelta};

use super::identity::{Registry, card, passbook};
use super::names;
use super::random::Random;
use crate::domain::{Money, Month, Text};

/// What kind of household or person a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person of 80 or more, or who soon will be.
    Elder,
    /// A household on minimum living.
    Dibao,
    /// A disabled person outside minimum living.
    Disabled,
    /// A person in extreme hardship.
    Tekun,
    /// An orphan or a child without carers.
    Child,
    /// A person of the closed list.
    Sanmin,
    /// Somebody who may be helped once, in some month.
    Aid,
    /// Somebody the 2022 pilot still owes.
    Pilot,
    /// Somebody who eats in a canteen and draws nothing else.
    Diner,
    /// Somebody cared for at home who draws nothing else.
    CaredFor,
}

const KINDS: [(Kind, u32); 10] = [
    (Kind::Elder, 4700),
    (Kind::Dibao, 1500),
    (Kind::Disabled, 1700),
    (Kind::Tekun, 130),
    (Kind::Child, 45),
    (Kind::Sanmin, 35),
    (Kind::Aid, 250),
    (Kind::Pilot, 60),
    (Kind::Diner, 420),
    (Kind::CaredFor, 260),
];

/// An account as rosters name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// 开户银行
    pub bank: &'static str,
    /// 银行账号
    pub number: Text,
    /// 账户名称
    pub holder: Text,
}

/// A disability as the certificate has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disability {
    /// Position in [`super::identity::DISABILITY_KINDS`].
    pub kind: usize,
    /// 1–4.
    pub grade: u32,
    /// The day on which the certificate ends.
    pub until: Option<NaiveDate>,
    /// Whether the person is on the roster of the two subsidies.
    pub listed: bool,
}

/// A death: when, and from which month on the offices know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// The day.
    pub date: NaiveDate,
    /// The first month whose registers show it.
    pub known: Month,
}

/// An account that changes in a month: in the roster itself, or by the register of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountChange {
    /// The first month of the new account.
    pub from: Month,
    /// The new account.
    pub account: Account,
    /// Whether the roster goes on naming the old one.
    pub by_register: bool,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 身份证号
    pub id: Text,
    /// 姓名
    pub name: Text,
    /// Month of birth.
    pub birth: Month,
    /// The account at the beginning.
    pub account: Account,
    /// Its change.
    pub account_change: Option<AccountChange>,
    /// 与户主关系 at the beginning.
    pub relation: &'static str,
    /// First benefit month with the programme of the unit.
    pub first: Month,
    /// The last benefit month, where the person leaves the rosters.
    pub last: Option<Month>,
    /// Whether the stop reached the offices a month late.
    pub last_known_late: bool,
    /// Death.
    pub death: Option<Death>,
    /// This member's own income a month.
    pub income: Money,
    /// From this month on the income is known to be another, and to have been so the month before.
    pub income_change: Option<(Month, Money)>,
    /// 重病
    pub seriously_ill: bool,
    /// Disability.
    pub disability: Option<Disability>,
    /// Month from which a nursing fee from work injury insurance is drawn.
    pub work_injury: Option<Month>,
    /// Draws that decide which further rosters name the person.
    pub inclination: u64,
}

/// A household or a person on its own, with everything that will happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Number in the population.
    pub number: u64,
    /// Kind.
    pub kind: Kind,
    /// Position in [`names::TOWNSHIPS`].
    pub township: u8,
    /// 社区村
    pub community: Text,
    /// 家庭编号 within the township, for households.
    pub household: Text,
    /// Whether the household is registered as rural.
    pub rural: bool,
    /// The people, the head first.
    pub people: Vec<Person>,
    /// A guardian who is not on the rosters, for children.
    pub guardian: Option<Person>,
    /// Draws of the unit itself.
    pub inclination: u64,
}

/// Makes units one after the other.
#[derive(Debug)]
pub struct Population {
    seed: u64,
    first: Month,
    registry: Registry,
    people: u64,
    units: u64,
    households: [u32; 13],
}

impl Population {
    /// An empty population whose history begins in a month.
    pub fn new(seed: u64, first: Month) -> Population {
        Population { seed, first, registry: Registry::new(), people: 0, units: 0, households: [0; 13] }
    }

    /// People made so far.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// The next unit.
    pub fn next_unit(&mut self) -> Unit {
        let number = self.units;
        self.units += 1;
        let mut random = Random::keyed(self.seed, &[number]);
        let weights = KINDS.map(|(_, weight)| weight);
        let kind = KINDS[random.weighted(&weights)].0;
        let township = random.weighted(&names::TOWNSHIP_WEIGHTS) as u8;
        let rural = random.percent(if township == names::RURAL { 92 } else { 6 });
        let community = Text::from(if township == names::RURAL {
            format!("第{}村", random.between(1, 12))
        } else {
            format!("第{}社区", random.between(1, 9))
        });
        let mut unit = Unit {
            number,
            kind,
            township,
            community,
            household: Text::default(),
            rural,
            people: Vec::new(),
            guardian: None,
            inclination: random.next(),
        };
        match kind {
            Kind::Dibao => self.household(&mut random, &mut unit),
            Kind::Child => self.child(&mut random, &mut unit),
            _ => {
                let age = match kind {
                    Kind::Elder => self.age_of_elder(&mut random),
                    Kind::Disabled => random.between(5 * 12, 88 * 12),
                    Kind::Tekun if random.percent(12) => random.between(17 * 12, 59 * 12),
                    Kind::Tekun => random.between(60 * 12, 89 * 12),
                    Kind::Sanmin => random.between(72 * 12, 96 * 12),
                    Kind::Diner => random.between(70 * 12, 95 * 12),
                    Kind::CaredFor => random.between(70 * 12, 92 * 12),
                    _ => random.between(20 * 12, 78 * 12),
                };
                let mut person = self.person(&mut random, age, "本人");
                if kind == Kind::Elder {
                    // The allowance begins with the month in which 80 is reached, where that is ahead.
                    person.first = person.first.max(person.birth.plus(80 * 12));
                }
                if kind == Kind::Disabled || (kind == Kind::Tekun && random.percent(30)) {
                    person.disability = Some(self.disability(&mut random, true));
                } else if kind == Kind::Elder && random.percent(8) {
                    let listed = random.percent(80);
                    person.disability = Some(self.disability(&mut random, listed));
                }
                unit.people.push(person);
            }
        }
        unit
    }

    fn age_of_elder(&self, random: &mut Random) -> i32 {
        match random.weighted(&[560, 300, 120, 12, 8]) {
            0 => random.between(80 * 12, 85 * 12),
            1 => random.between(85 * 12, 90 * 12),
            2 => random.between(90 * 12, 99 * 12),
            3 => random.between(99 * 12, 104 * 12),
            _ => random.between(79 * 12, 80 * 12 - 1),
        }
    }

    fn household(&mut self, random: &mut Random, unit: &mut Unit) {
        let count = &mut self.households[usize::from(unit.township)];
        *count += 1;
        unit.household = Text::from(format!("{count:04}"));
        let size = 1 + random.weighted(&[58, 22, 12, 5, 3]);
        let head_age = random.between(28 * 12, 88 * 12);
        let standard = if unit.rural { 62_100 } else { 84_100 };
        for place in 0..size {
            let (relation, age) = match place {
                0 => ("户主", head_age),
                1 if size == 2 && random.percent(45) => {
                    (*random.pick(&["子", "女"]), (head_age - 300).max(6))
                }
                1 => ("配偶", (head_age + random.between(-60, 60)).max(22 * 12)),
                4 => ("母亲", (head_age + random.between(240, 420)).min(100 * 12)),
                _ => (
                    *random.pick(&["子", "女", "孙子", "孙女"]),
                    random.between(6, (head_age - 252).clamp(12, 45 * 12)),
                ),
            };
            let mut person = self.person(random, age, relation);
            if place > 0 {
                person.first = person.first.max(person.birth.plus(1));
                // Some members join a household that is already on the list.
                if random.below(250) == 0 {
                    person.first = self.first.plus(random.between(0, 11));
                }
            }
            let earns = (18 * 12..70 * 12).contains(&age);
            let income = match random.weighted(&[if earns { 45 } else { 80 }, 45, 3]) {
                0 => 0,
                1 => i64::from(random.between(50, 800)) * standard / 1000,
                _ => standard + i64::from(random.between(0, 20_000)),
            };
            person.income = Money::from_fen(income);
            if earns && random.below(60) == 0 {
                let changed = i64::from(random.between(100, 900)) * standard / 1000;
                person.income_change =
                    Some((self.first.plus(random.between(1, 12)), Money::from_fen(changed)));
            }
            person.seriously_ill = random.percent(8);
            if random.percent(34) {
                let listed = random.percent(92);
                person.disability = Some(self.disability(random, listed));
            }
            unit.people.push(person);
        }
        // A household enters with its head and leaves whole.
        let (first, last) = (unit.people[0].first, unit.people[0].last);
        for person in &mut unit.people[1..] {
            person.first = person.first.max(first);
            (person.last, person.last_known_late) = (last, false);
        }
        unit.people[0].last_known_late = false;
    }

    fn child(&mut self, random: &mut Random, unit: &mut Unit) {
        let age = random.between(14, 17 * 12 + 11);
        let mut child = self.person(random, age, "本人");
        child.first = child.first.max(child.birth.plus(2));
        if random.percent(12) {
            child.disability = Some(self.disability(random, true));
        }
        unit.people.push(child);
        let age = random.between(32 * 12, 68 * 12);
        unit.guardian = Some(self.person(random, age, "监护人"));
    }

    fn disability(&self, random: &mut Random, listed: bool) -> Disability {
        let kind = random.weighted(&[12, 10, 3, 45, 12, 13, 5]);
        let grade = 1 + random.weighted(&[18, 27, 30, 25]) as u32;
        let until = random
            .percent(70)
            .then(|| self.first.first_day() + TimeDelta::days(i64::from(random.between(-120, 3600))));
        Disability { kind, grade, until, listed }
    }

    /// A person whose age in the first month is so many months.
    fn person(&mut self, random: &mut Random, age: i32, relation: &'static str) -> Person {
        self.people += 1;
        let birth = self.first.plus(-age);
        let id = self.registry.register(birth, random.between(1, 28) as u32);
        let name = names::person(random);
        let account = self.account(random, self.people, &name);
        let account_change = (random.below(240) == 0).then(|| AccountChange {
            from: self.first.plus(random.between(1, 12)),
            account: self.account(random, 500_000_000_000 + self.people, &name),
            by_register: random.percent(50),
        });
        // Eight in a thousand old people die in a month, and one in a thousand others; half of the
        // deaths are known at once, the others one to three months late.
        let death = {
            let offset = random.below(if age >= 80 * 12 { 125 } else { 1000 }) as i32 - 2;
            (offset < 120).then(|| {
                let month = self.first.plus(offset);
                let date = month.first_day() + Days::new(random.below(28));
                let late = if random.percent(50) { 0 } else { random.between(1, 3) };
                Death { date, known: month.plus(late).max(self.first) }
            })
        };
        let last = {
            let offset = random.below(200) as i32;
            (offset < 120).then(|| self.first.plus(offset))
        };
        let first = if random.percent(93) {
            self.first.plus(-random.between(1, 60.min(age.max(2) - 1)))
        } else {
            self.first.plus(random.between(0, 11))
        };
        Person {
            id,
            name,
            birth,
            account,
            account_change,
            relation,
            first,
            last: last.filter(|last| *last > first),
            last_known_late: random.percent(20),
            death: death.filter(|death| Month::of(death.date) >= first),
            income: Money::ZERO,
            income_change: None,
            seriously_ill: false,
            disability: None,
            work_injury: (random.below(400) == 0).then(|| self.first.plus(random.between(-20, 6))),
            inclination: random.next(),
        }
    }

    fn account(&self, random: &mut Random, serial: u64, name: &Text) -> Account {
        let number = if random.percent(18) { passbook(serial) } else { card(serial) };
        Account { bank: names::BANKS[random.weighted(&names::BANK_WEIGHTS)], number, holder: name.clone() }
    }
}

impl Person {
    /// Whole years in a month, counted in months.
    pub fn age(&self, month: Month) -> i32 {
        month.months_since(self.birth) / 12
    }

    /// The account that the roster of a month names.
    pub fn account_in(&self, month: Month) -> &Account {
        match &self.account_change {
            Some(change) if !change.by_register && change.from <= month => &change.account,
            _ => &self.account,
        }
    }

    /// The income of a month as known in another: a change is known to have been so the month before.
    pub fn income_in(&self, month: Month, known: Month) -> Money {
        match self.income_change {
            Some((from, income)) if from <= month || (from <= known && from == month.plus(1)) => income,
            _ => self.income,
        }
    }

    /// A yes or no of this person, so often in a hundred, each for a purpose of its own.
    pub fn inclined(&self, purpose: u64, in_a_hundred: u64) -> bool {
        Random::keyed(self.inclination, &[purpose]).percent(in_a_hundred)
    }
}
