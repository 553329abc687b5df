//! What happens in a made-up bureau, as a list of events that may be shortened: an event that no longer
//! finds its row does nothing.

use serde::{Deserialize, Serialize};

use super::world::{Dice, Month, Roster, Row, Standing, World};

/// Something that happens in a cycle. Months are counted back from the cycle; rows by their position
/// among those of the roster's month, around and around.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The lists of these months are sent again with another status.
    Status {
        roster: Roster,
        row: usize,
        back: Month,
        until: Month,
        standing: Standing,
    },
    /// … with a last month.
    Last {
        roster: Roster,
        row: usize,
        back: Month,
        last: Option<Month>,
    },
    /// … without the row.
    Gone {
        roster: Roster,
        row: usize,
        back: Month,
    },
    /// A new person, on the lists of this month and of those before it.
    Joins {
        roster: Roster,
        back: Month,
    },
    Income {
        row: usize,
        back: Month,
        until: Month,
        income: Option<i64>,
    },
    Certificate {
        row: usize,
        back: Month,
        expires: Option<Month>,
    },
    Care {
        row: usize,
        back: Month,
        severe: bool,
    },
    Provider {
        row: usize,
        provider: usize,
    },
    Dies {
        person: usize,
        back: Month,
    },
    /// The entry was a mistake.
    Lives {
        person: usize,
    },
    /// Register `accounts`.
    Account {
        person: usize,
    },
    Case {
        person: usize,
        amount: Option<i64>,
        special: bool,
    },
    /// A case of months ago is sent again.
    Again {
        back: Month,
        row: usize,
    },
    CaseAmount {
        back: Month,
        row: usize,
        amount: Option<i64>,
    },
    /// The run pays in advance.
    Through {
        months: Month,
    },
    /// After the release: accounts whose payments fail.
    Fails {
        one_in: usize,
        salt: usize,
    },
    /// After the release: the bank says something else of an old payment.
    Other {
        payment: usize,
    },
    Confirm {
        receivable: usize,
    },
    Repay {
        receivable: usize,
        half: bool,
    },
    WriteOff {
        receivable: usize,
        half: bool,
    },
    Hold {
        person: usize,
    },
    Clear {
        person: usize,
    },
}

/// The events of a cycle.
pub fn make(dice: &mut Dice) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..dice.throw(5) {
        let roster = Roster::ALL[dice.throw(4)];
        let row = dice.throw(12);
        let back = dice.throw(6) as Month;
        let until = back - dice.throw(back as usize + 1) as Month;
        let any = dice.throw(30);
        events.push(match dice.throw(20) {
            0..=3 => {
                let standing = [Standing::Active, Standing::Active, Standing::Suspended, Standing::Stopped];
                Event::Status { roster, row, back, until, standing: standing[dice.throw(4)] }
            }
            4 => Event::Last { roster, row, back, last: (dice.throw(3) != 0).then_some(back + 1) },
            5 | 6 if roster != Roster::Dibao => Event::Gone { roster, row, back },
            5..=7 => Event::Joins { roster, back: dice.throw(3) as Month },
            8..=10 => {
                let income = [None, Some(0), Some(30_065), Some(70_000), Some(90_000), Some(12_345)];
                Event::Income { row, back, until, income: income[dice.throw(6)] }
            }
            11 => Event::Certificate { row, back, expires: (dice.throw(3) != 0).then_some(back) },
            12 => Event::Care { row, back, severe: dice.throw(2) == 0 },
            13 => Event::Provider { row, provider: dice.throw(2) },
            14 => Event::Dies { person: any, back },
            15 => Event::Lives { person: any },
            16 => Event::Account { person: any },
            17 => {
                let amount = [None, Some(100_000), Some(970_000), Some(2_000_000)][dice.throw(4)];
                Event::Case { person: any, amount, special: dice.throw(3) == 0 }
            }
            18 => Event::Again { back: back + 1, row },
            _ => Event::CaseAmount { back, row, amount: [None, Some(80_000), Some(120_000)][dice.throw(3)] },
        });
    }
    if dice.throw(6) == 0 {
        events.push(Event::Through { months: 1 + dice.throw(2) as Month });
    }
    events.push(Event::Fails { one_in: 4 + dice.throw(8), salt: dice.throw(1000) });
    if dice.throw(3) == 0 {
        events.push(Event::Other { payment: dice.throw(200) });
    }
    let receivable = dice.throw(50);
    match dice.throw(10) {
        0 | 1 => events.push(Event::Confirm { receivable }),
        2 => events.push(Event::Repay { receivable, half: dice.throw(2) == 0 }),
        3 => events.push(Event::WriteOff { receivable, half: dice.throw(2) == 0 }),
        4 => events.push(Event::Hold { person: dice.throw(30) }),
        5 | 6 => events.push(Event::Clear { person: dice.throw(30) }),
        _ => {}
    }
    events
}

impl World {
    /// What an event changes in lists and registers.
    pub fn happen(&mut self, event: &Event, cycle: Month) {
        match *event {
            Event::Status { roster, row, back, until, standing } => {
                self.amend(roster, row, cycle, back, until, |row| row.standing = standing);
            }
            Event::Last { roster, row, back, last } => {
                let last = last.map(|back| cycle - back);
                self.amend(roster, row, cycle, back, 0, |row| row.last = last);
            }
            Event::Gone { roster, row, back } => {
                if let Some(rows) = self.rows.get_mut(&(roster, cycle - back))
                    && !rows.is_empty()
                {
                    rows.remove(row % rows.len());
                }
            }
            Event::Joins { roster, back } => self.join(roster, cycle, back),
            Event::Income { row, back, until, income } => {
                self.amend(Roster::Dibao, row, cycle, back, until, |row| row.income = income);
            }
            Event::Certificate { row, back, expires } => {
                let until = expires.map(|back| cycle - back);
                self.amend(Roster::Disability, row, cycle, back, 0, |row| row.until = until);
            }
            Event::Care { row, back, severe } => {
                self.amend(Roster::HomeCare, row, cycle, back, 0, |row| row.severe = severe);
            }
            Event::Provider { row, provider } => {
                self.amend(Roster::HomeCare, row, cycle, 0, 0, |row| row.provider = provider);
            }
            Event::Dies { person, back } => {
                let person = person % self.people.len();
                self.deaths.entry(person).or_insert(cycle - back);
            }
            Event::Lives { person } => drop(self.deaths.remove(&(person % self.people.len()))),
            Event::Account { person } => {
                let person = person % self.people.len();
                let number = format!("62999900{:06}{person:05}", 100_000 + cycle);
                self.accounts.retain(|(who, from, _)| *who != person || *from != cycle);
                self.accounts.push((person, cycle, number));
            }
            Event::Case { person, amount, special } => {
                self.cases += 1;
                // No two cases are alike in person and amount: such a pair would wait for a link.
                let amount = amount.map(|amount| amount - self.cases as i64 * 100);
                let person = person % self.people.len();
                let case = self.cases;
                let row = Row { person, case, amount, special, ..Row::of(person) };
                self.rows.entry((Roster::Aid, cycle)).or_default().push(row);
            }
            Event::Again { back, row } => {
                let before = self.rows.get(&(Roster::Aid, cycle - back)).filter(|rows| !rows.is_empty());
                let Some(row) = before.map(|rows| rows[row % rows.len()].clone()) else { return };
                let now = self.rows.entry((Roster::Aid, cycle)).or_default();
                if now.iter().all(|other| other.case != row.case) {
                    now.push(row);
                }
            }
            Event::CaseAmount { back, row, amount } => {
                let Some(rows) = self.rows.get_mut(&(Roster::Aid, cycle - back)) else { return };
                let length = rows.len().max(1);
                if let Some(row) = rows.get_mut(row % length) {
                    row.amount = amount.map(|amount| amount - row.case as i64 * 100);
                }
            }
            _ => {}
        }
    }

    /// The lists from `back` months ago to `until` months ago are sent again with this row changed.
    fn amend(
        &mut self,
        roster: Roster,
        row: usize,
        cycle: Month,
        back: Month,
        until: Month,
        change: impl Fn(&mut Row),
    ) {
        let Some(rows) = self.rows.get(&(roster, cycle - back)).filter(|rows| !rows.is_empty()) else {
            return;
        };
        let person = rows[row % rows.len()].person;
        for month in cycle - back..=cycle - until {
            let rows = self.rows.get_mut(&(roster, month)).into_iter().flatten();
            rows.filter(|row| row.person == person).for_each(&change);
        }
    }

    /// A person who was overlooked: on the lists from `back` months ago on.
    fn join(&mut self, roster: Roster, cycle: Month, back: Month) {
        let first = (cycle - back).max(self.first_month);
        let number = self.people.len();
        let row = match roster {
            Roster::OldAge => Row::of(self.newcomer(cycle - 12 * 80)),
            Roster::HomeCare => Row { provider: number % 2, ..Row::of(self.newcomer(cycle - 12 * 71)) },
            Roster::Dibao => {
                let person = self.newcomer(cycle - 12 * 8);
                Row { household: number % self.urban.len(), income: Some(0), ..Row::of(person) }
            }
            Roster::Disability => {
                let members = &self.rows[&(Roster::Dibao, cycle)];
                let person = members[number % members.len()].person;
                let listed = |month: Month| {
                    let rows = self.rows.get(&(roster, month)).into_iter().flatten();
                    rows.into_iter().any(|row| row.person == person)
                };
                if (self.first_month..=cycle).any(listed) {
                    return;
                }
                Row::of(person)
            }
            Roster::Aid => return,
        };
        for month in first..=cycle {
            self.rows.entry((roster, month)).or_default().push(Row { first, ..row.clone() });
        }
    }
}
