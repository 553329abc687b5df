//! The rows of a unit in a benefit month, as the offices know them in a month that may be later.

use super::identity::{DISABILITY_KINDS, certificate, passbook};
use super::names;
use super::random::Random;
use super::row::{Roster, Row, column};
use super::unit::{Account, Kind, Person, Unit};
use crate::domain::{Month, Text};

/// The account of an organisation: a passbook of 内蒙古银行 in its own name.
pub fn organisation(name: &'static str) -> Account {
    let serial = names::PROVIDERS
        .iter()
        .chain(&names::INSTITUTIONS)
        .chain([&names::CHILDRENS_HOME])
        .position(|known| *known == name)
        .unwrap_or(99) as u64;
    Account { bank: names::BANKS[1], number: passbook(9_960_000_000_000 + serial), holder: name.into() }
}

/// Purposes of a person's inclinations, so that no two questions share a draw.
mod purpose {
    pub const AGED: u64 = 1;
    pub const OLD_AGE: u64 = 2;
    pub const HOME_CARE: u64 = 3;
    pub const MEALS: u64 = 4;
    pub const UNATTENDED: u64 = 5;
    pub const DECLARED: u64 = 6;
    pub const VERIFIED: u64 = 7;
    pub const CENTRALISED: u64 = 8;
    pub const SELF_CARE: u64 = 9;
    pub const SUSPENDED: u64 = 10;
    pub const CASE: u64 = 11;
    pub const MEAL_COUNT: u64 = 12;
    pub const GROUP: u64 = 13;
    pub const PROVIDER: u64 = 14;
}

/// How a person stands on the rosters of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    status: &'static str,
    last: Option<Month>,
}

impl Standing {
    const ACTIVE: Standing = Standing { status: "正常", last: None };

    fn is_active(self) -> bool {
        self.status == "正常"
    }
}

/// A person who leaves or dies is shown as stopped for one month more; then the row is gone.
fn standing(person: &Person, month: Month, known: Month) -> Option<Standing> {
    let stopped = |last: Month| Some(Standing { status: "停发", last: Some(last) });
    if month < person.first {
        return None;
    }
    if let Some(death) = person.death
        && month > death.known
    {
        return if month == death.known.plus(1) { stopped(Month::of(death.date)) } else { None };
    }
    if let Some(last) = person.last
        && month > last
    {
        let not_yet_known = person.last_known_late && known == month && month == last.plus(1);
        return match month.months_since(last) {
            1 if not_yet_known => Some(Standing::ACTIVE),
            1 | 2 => stopped(last),
            _ => None,
        };
    }
    let suspended = person.inclined(purpose::SUSPENDED << 32 | month.index() as u64, 1)
        && person.inclined(purpose::SUSPENDED, 50);
    Some(Standing { status: if suspended { "暂停" } else { "正常" }, last: None })
}

struct Writer<'a> {
    unit: &'a Unit,
    month: Month,
    known: Month,
    rows: &'a mut Vec<Row>,
}

/// Adds the rows of a unit in a month, as known in `known` (the month itself or a later one).
pub fn rows(unit: &Unit, month: Month, known: Month, rows: &mut Vec<Row>) {
    let mut writer = Writer { unit, month, known, rows };
    match unit.kind {
        Kind::Dibao => writer.household(),
        _ => writer.single(),
    }
}

fn flag(yes: bool) -> &'static str {
    if yes { "是" } else { "否" }
}

impl Writer<'_> {
    fn row(
        &mut self,
        roster: Roster,
        person: &Person,
        first: Month,
        standing: Standing,
        account: &Account,
        own: &[&str],
    ) {
        let mut cells = Vec::with_capacity(roster.width());
        cells.push(person.id.clone());
        cells.push(person.name.clone());
        cells.push(names::TOWNSHIPS[usize::from(self.unit.township)].1.into());
        cells.push(self.unit.community.clone());
        cells.push(Text::from(person.first.max(first).to_string()));
        cells.push(standing.last.map_or(Text::default(), |last| Text::from(last.to_string())));
        cells.push(standing.status.into());
        cells.push(Text::default());
        cells.push(account.bank.into());
        cells.push(account.number.clone());
        cells.push(account.holder.clone());
        cells.extend(own.iter().map(|cell| Text::from(*cell)));
        cells.resize(roster.width(), Text::default());
        self.rows.push(Row { roster, township: self.unit.township, cells });
    }

    fn household(&mut self) {
        let unit = self.unit;
        let standings: Vec<Option<Standing>> =
            unit.people.iter().map(|person| standing(person, self.month, self.known)).collect();
        let head = standings.iter().position(|standing| standing.is_some_and(Standing::is_active));
        for (place, (person, standing)) in unit.people.iter().zip(&standings).enumerate() {
            let Some(standing) = *standing else { continue };
            let relation = match head {
                Some(head) if head == place => "户主",
                _ if place == 0 && head.is_some() => "亲属",
                _ => person.relation,
            };
            let age = person.age(self.month);
            let income = person.income_in(self.month, self.known).to_string();
            let (kind, grade) = match &person.disability {
                Some(disability) => (DISABILITY_KINDS[disability.kind], disability.grade.to_string()),
                None => ("", String::new()),
            };
            let own = [
                unit.household.as_str(),
                relation,
                if unit.rural { "农村" } else { "城镇" },
                income.as_str(),
                flag(person.seriously_ill),
                flag((7..23).contains(&age)),
                kind,
                grade.as_str(),
            ];
            self.row(Roster::Dibao, person, person.first, standing, person.account_in(self.month), &own);
            self.disability(person, standing);
            self.elderly(person, standing, true);
            if age < 18 && place > 0 && person.inclined(purpose::UNATTENDED, 2) {
                let payee = &unit.people[0];
                let own = ["事实无人抚养", "散居", "", &payee.id, &payee.name];
                self.row(
                    Roster::Children,
                    person,
                    person.first,
                    standing,
                    payee.account_in(self.month),
                    &own,
                );
            }
        }
    }

    fn single(&mut self) {
        let unit = self.unit;
        let Some(person) = unit.people.first() else { return };
        let Some(standing) = standing(person, self.month, self.known) else { return };
        match unit.kind {
            Kind::Tekun => self.tekun(person, standing),
            Kind::Child => self.child(person, standing),
            Kind::Sanmin => {
                self.row(Roster::Sanmin, person, person.first, standing, person.account_in(self.month), &[]);
            }
            Kind::Aid => {
                self.aid(person, standing);
                return;
            }
            Kind::Pilot => {
                self.pilot(person, standing);
                return;
            }
            Kind::CaredFor => self.cared_for(person, standing),
            Kind::Elder | Kind::Disabled | Kind::Diner | Kind::Dibao => {}
        }
        self.disability(person, standing);
        self.elderly(person, standing, false);
    }

    fn disability(&mut self, person: &Person, standing: Standing) {
        let Some(disability) = person.disability.as_ref().filter(|disability| disability.listed) else {
            return;
        };
        let grade = disability.grade.to_string();
        let number = certificate(&person.id, disability.kind + 1, disability.grade);
        let until = disability.until.map_or(String::new(), |until| until.to_string());
        let own = [DISABILITY_KINDS[disability.kind], &grade, &number, &until];
        self.row(Roster::Disability, person, person.first, standing, person.account_in(self.month), &own);
    }

    /// The rosters of old people, which name people of every kind.
    fn elderly(&mut self, person: &Person, standing: Standing, dibao: bool) {
        let kind = self.unit.kind;
        let eighty = person.birth.plus(80 * 12);
        let seventy = person.birth.plus(70 * 12);
        let account = person.account_in(self.month);
        if dibao && self.month >= seventy && person.inclined(purpose::AGED, 92) {
            if self.month < eighty {
                self.row(Roster::Aged, person, seventy, standing, account, &[]);
            } else if self.month == eighty && standing.is_active() && person.first < eighty {
                let moved_on = Standing { status: "停发", last: Some(eighty.plus(-1)) };
                self.row(Roster::Aged, person, seventy, moved_on, account, &[]);
            }
        }
        if self.month >= eighty && (kind == Kind::Elder || person.inclined(purpose::OLD_AGE, 94)) {
            let verified = if person.inclined(purpose::VERIFIED, 60) {
                let days = Random::keyed(person.inclination, &[purpose::VERIFIED]).between(20, 320);
                (self.month.first_day() - chrono::TimeDelta::days(i64::from(days))).to_string()
            } else {
                String::new()
            };
            self.row(Roster::OldAge, person, eighty, standing, account, &[&verified]);
            if person.inclined(purpose::DECLARED, 70)
                && let Some(row) = self.rows.last_mut()
            {
                let hundred = self.month >= person.birth.plus(1200);
                row.cells[column::DECLARED] = if hundred { "600".into() } else { "100".into() };
            }
        }
        if dibao && self.month >= eighty && person.inclined(purpose::HOME_CARE, 25) {
            self.care(person, standing, "低保80", "");
        }
        let dines = match kind {
            Kind::Diner => 100,
            Kind::Elder => 6,
            _ => 10,
        };
        if self.month >= seventy && person.inclined(purpose::MEALS, dines) {
            let count = Random::keyed(person.inclination, &[purpose::MEAL_COUNT, self.month.index() as u64])
                .between(0, 26)
                .to_string();
            self.row(Roster::Meals, person, seventy, standing, account, &[&count]);
        }
        if kind == Kind::Elder && person.inclined(purpose::HOME_CARE, 4) {
            self.care(person, standing, "独居70", "");
        }
    }

    fn care(&mut self, person: &Person, standing: Standing, group: &str, choice: &str) {
        let provider = *Random::keyed(person.inclination, &[purpose::PROVIDER, group.len() as u64])
            .pick(&names::PROVIDERS);
        let own = [group, provider, choice];
        self.row(Roster::HomeCare, person, person.first, standing, &organisation(provider), &own);
    }

    fn cared_for(&mut self, person: &Person, standing: Standing) {
        let mut random = Random::keyed(person.inclination, &[purpose::GROUP]);
        let second = ["中度失能", "重度失能"][random.weighted(&[60, 40])];
        match random.weighted(&[50, 38, 12]) {
            0 => self.care(person, standing, "独居70", ""),
            1 => self.care(person, standing, second, ""),
            _ => {
                self.care(person, standing, "独居70", "");
                self.care(person, standing, second, "");
            }
        }
    }

    fn tekun(&mut self, person: &Person, standing: Standing) {
        let centralised = person.inclined(purpose::CENTRALISED, 30);
        let mut random = Random::keyed(person.inclination, &[purpose::SELF_CARE]);
        let self_care = ["全护理", "半护理", "全自理"][random.weighted(&[10, 20, 70])];
        let institution = *random.pick(&names::INSTITUTIONS);
        let account =
            if centralised { organisation(institution) } else { person.account_in(self.month).clone() };
        let own = [
            if self.unit.rural { "农村" } else { "城镇" },
            if centralised { "集中" } else { "分散" },
            self_care,
            if centralised { institution } else { "" },
        ];
        self.row(Roster::Tekun, person, person.first, standing, &account, &own);
        if !centralised && self.month >= person.birth.plus(65 * 12) && person.inclined(purpose::HOME_CARE, 30)
        {
            self.care(person, standing, "特困65", "");
        }
    }

    fn child(&mut self, person: &Person, standing: Standing) {
        let eighteen = person.birth.plus(18 * 12);
        if self.month > eighteen.plus(1) {
            return;
        }
        let orphan = person.inclined(purpose::GROUP, 25);
        let centralised = person.inclined(purpose::CENTRALISED, 15);
        let Some(guardian) = &self.unit.guardian else { return };
        let school = if person.age(self.month) >= 15 {
            person.birth.plus(19 * 12 + 5).to_string()
        } else {
            String::new()
        };
        let home = organisation(names::CHILDRENS_HOME);
        let (account, payee_id, payee_name) = if centralised {
            (&home, "", names::CHILDRENS_HOME)
        } else {
            (guardian.account_in(self.month), guardian.id.as_str(), guardian.name.as_str())
        };
        let own = [
            if orphan { "孤儿" } else { "事实无人抚养" },
            if centralised { "集中" } else { "散居" },
            &school,
            payee_id,
            payee_name,
        ];
        self.row(Roster::Children, person, person.first, standing, account, &own);
    }

    /// In four months of ten somebody of this kind is helped, each time with a case of its own.
    fn aid(&mut self, person: &Person, standing: Standing) {
        let mut random = Random::keyed(person.inclination, &[purpose::CASE, self.month.index() as u64]);
        if !standing.is_active() || !random.percent(40) {
            return;
        }
        let case = format!("LS-{}-{:07}", self.month.compact(), self.unit.number);
        let persons = random.between(1, 4);
        let amount = format!("{}.00", 50 * random.between(10, 40 * persons));
        let approved = format!("{}-{:02}", self.month.plus(-1), random.between(5, 28));
        let persons = persons.to_string();
        let own = [&case, &amount, &approved, persons.as_str(), "否"];
        self.row(Roster::TemporaryAid, person, self.month, standing, person.account_in(self.month), &own);
    }

    /// What the pilot owes somebody falls due in one month of the year.
    fn pilot(&mut self, person: &Person, standing: Standing) {
        let mut random = Random::keyed(person.inclination, &[purpose::CASE]);
        let due = u64::from(self.month.month() - 1) == random.below(12);
        if !due || !standing.is_active() {
            return;
        }
        let case = format!("SD-{}-{:07}", self.month.year() - 1, self.unit.number);
        let amount = format!("{}.00", 25 * random.between(8, 140));
        let own = [case.as_str(), &amount];
        self.row(Roster::Pilot, person, self.month, standing, person.account_in(self.month), &own);
    }
}
