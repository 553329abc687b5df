//! A small made-up bureau: who lives there, what the townships send, what the registers say.

use std::collections::BTreeMap;

/// Months as year × 12 + month − 1.
pub type Month = i32;

pub fn month(year: i32, month: i32) -> Month {
    year * 12 + month - 1
}

pub fn month_text(month: Month) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// A small generator of numbers; the same seed gives the same numbers.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Roster {
    OldAge,
    Dibao,
    Disability,
    HomeCare,
    Aid,
}

impl Roster {
    pub const ALL: [Roster; 5] =
        [Roster::OldAge, Roster::Dibao, Roster::Disability, Roster::HomeCare, Roster::Aid];

    pub fn code(self) -> &'static str {
        match self {
            Roster::OldAge => "old-age",
            Roster::Dibao => "dibao",
            Roster::Disability => "disability",
            Roster::HomeCare => "home-care",
            Roster::Aid => "temporary-aid",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Standing {
    Active,
    Suspended,
    Stopped,
}

#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub born: Month,
    pub account: Option<String>,
}

/// One row of one month's list; fields that its roster lacks keep their defaults.
#[derive(Clone, Debug)]
pub struct Row {
    pub person: usize,
    pub first: Month,
    pub last: Option<Month>,
    pub standing: Standing,
    // dibao
    pub household: usize,
    pub head: bool,
    pub income: Option<i64>,
    pub ill: bool,
    // disability
    pub grade: i64,
    pub until: Option<Month>,
    // home care
    pub severe: bool,
    pub provider: usize,
    // temporary aid
    pub case: usize,
    pub amount: Option<i64>,
    pub special: bool,
}

impl Row {
    /// A plain active row.
    pub fn of(person: usize) -> Row {
        Row {
            person,
            first: month(2020, 1),
            last: None,
            standing: Standing::Active,
            household: 0,
            head: false,
            income: Some(0),
            ill: false,
            grade: 2,
            until: None,
            severe: false,
            provider: 0,
            case: 0,
            amount: None,
            special: false,
        }
    }
}

pub const PROVIDERS: [(&str, &str); 2] =
    [("样例居家养老服务一部", "059960000000001"), ("样例居家养老服务二部", "059960000000002")];

#[derive(Clone)]
pub struct World {
    pub first_month: Month,
    pub people: Vec<Person>,
    /// Household to urban or not.
    pub urban: Vec<bool>,
    pub rows: BTreeMap<(Roster, Month), Vec<Row>>,
    /// Person to month of death; the day is the 2nd.
    pub deaths: BTreeMap<usize, Month>,
    /// Register `accounts`: person, from, number.
    pub accounts: Vec<(usize, Month, String)>,
    pub cases: usize,
}

fn identity(born: Month, day: i32, sequence: usize) -> String {
    let body = format!("150199{:04}{:02}{day:02}{sequence:03}", born.div_euclid(12), born.rem_euclid(12) + 1);
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

impl World {
    pub fn new(seed: u64, first_month: Month) -> World {
        let mut dice = Dice::new(seed);
        let mut world = World {
            first_month,
            people: Vec::new(),
            urban: Vec::new(),
            rows: BTreeMap::new(),
            deaths: BTreeMap::new(),
            accounts: Vec::new(),
            cases: 0,
        };
        let mut lists: BTreeMap<Roster, Vec<Row>> =
            Roster::ALL.iter().map(|roster| (*roster, Vec::new())).collect();
        // Old people on both sides of 80 and of 100.
        for _ in 0..3 + dice.throw(3) {
            let years = [79, 80, 85, 98, 99][dice.throw(5)];
            let born = first_month - 12 * years - 12 + dice.throw(26) as Month;
            let person = world.person(&mut dice, born);
            lists.get_mut(&Roster::OldAge).unwrap().push(Row::of(person));
        }
        // Households of one to three; some members with a certificate.
        for household in 0..2 + dice.throw(2) {
            world.urban.push(dice.throw(3) != 0);
            for member in 0..1 + dice.throw(3) {
                let years = [45, 30, 12][member] + if member == 0 { dice.throw(30) } else { 0 };
                let person = world.person(&mut dice, first_month - 12 * years as i32);
                let income = Some([0, 20_000, 30_065, 45_000][dice.throw(4)]);
                let ill = dice.throw(5) == 0;
                let member_row = Row { household, head: member == 0, income, ill, ..Row::of(person) };
                lists.get_mut(&Roster::Dibao).unwrap().push(member_row);
                if dice.throw(2) == 0 {
                    let grade = 2 + dice.throw(2) as i64;
                    lists.get_mut(&Roster::Disability).unwrap().push(Row { grade, ..Row::of(person) });
                }
            }
        }
        for _ in 0..3 + dice.throw(3) {
            let born = first_month - 12 * 70 + 6 - dice.throw(90) as Month;
            let person = world.person(&mut dice, born);
            let (severe, provider) = (dice.throw(3) == 0, dice.throw(2));
            lists.get_mut(&Roster::HomeCare).unwrap().push(Row { severe, provider, ..Row::of(person) });
        }
        for (roster, list) in lists {
            world.rows.insert((roster, first_month), list);
        }
        world
    }

    fn person(&mut self, dice: &mut Dice, born: Month) -> usize {
        let person = self.newcomer(born);
        if dice.throw(8) == 0 {
            self.people[person].account = None;
        }
        person
    }

    /// Somebody new, with an account.
    pub fn newcomer(&mut self, born: Month) -> usize {
        let number = self.people.len();
        let given: Vec<char> = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥".chars().collect();
        let surname: Vec<char> = "张王李赵刘陈杨黄周吴".chars().collect();
        let name = format!("{}{}{}", surname[number % 10], given[number % 22], given[(number / 10) % 22]);
        let account = Some(format!("62999900000000{number:05}"));
        self.people.push(Person {
            id: identity(born, 10 + number as i32 % 9, number + 1),
            name,
            born,
            account,
        });
        number
    }

    /// The month begins: the lists of the month before are sent again, cases aside.
    pub fn begin(&mut self, cycle: Month) {
        if cycle == self.first_month {
            return;
        }
        for roster in Roster::ALL {
            let before = self.rows.get(&(roster, cycle - 1)).cloned().unwrap_or_default();
            let rows = if roster == Roster::Aid { Vec::new() } else { before };
            self.rows.insert((roster, cycle), rows);
        }
    }

    /// The account number of a person as of a cycle (DESIGN §9: latest entry up to the cycle).
    pub fn account(&self, person: usize, cycle: Month) -> Option<String> {
        let entry = self.accounts.iter().rfind(|(who, from, _)| *who == person && *from <= cycle);
        entry.map(|(_, _, number)| number.clone()).or_else(|| self.people[person].account.clone())
    }

    pub fn beneficiary(&self, roster: Roster, row: &Row) -> String {
        match roster {
            Roster::Dibao => format!("household:150102004:{:04}", row.household + 1),
            _ => format!("person:{}", self.people[row.person].id),
        }
    }

    /// The files of the workspace as they are now, by path.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let months: Vec<Month> = self.rows.keys().map(|(_, month)| *month).collect();
        for month in months {
            for roster in ["children", "tekun", "aged-70-79", "sanmin", "meals"] {
                files.insert(
                    format!("rosters/{}/{roster}.csv", month_text(month)),
                    "身份证号,姓名,状态,最初享受月份\n".to_owned(),
                );
            }
        }
        for ((roster, month), rows) in &self.rows {
            let text: String = std::iter::once(self.header(*roster))
                .chain(rows.iter().map(|row| self.record(*roster, row)))
                .map(|line| line + "\n")
                .collect();
            files.insert(format!("rosters/{}/{}.csv", month_text(*month), roster.code()), text);
        }
        let mut deaths = "身份证号,死亡日期\n".to_owned();
        for (person, month) in &self.deaths {
            deaths.push_str(&format!("{},{}-02\n", self.people[*person].id, month_text(*month)));
        }
        files.insert("registers/deaths.csv".to_owned(), deaths);
        let mut accounts = "身份证号,开户银行,银行账号,账户名称,生效月份\n".to_owned();
        for (person, from, number) in &self.accounts {
            let Person { id, name, .. } = &self.people[*person];
            accounts.push_str(&format!("{id},中国农业银行,{number},{name},{}\n", month_text(*from)));
        }
        files.insert("registers/accounts.csv".to_owned(), accounts);
        files
    }

    fn header(&self, roster: Roster) -> String {
        let further = match roster {
            Roster::OldAge => "",
            Roster::Dibao => ",家庭编号,与户主关系,户口性质,月收入,重病",
            Roster::Disability => ",残疾类别,残疾等级,残疾证号,证件有效期至",
            Roster::HomeCare => ",服务对象类别,服务机构",
            Roster::Aid => ",审批编号,批准金额,批准日期,救助人数,一事一议",
        };
        format!("身份证号,姓名,乡镇街道,最初享受月份,停发月份,状态,开户银行,银行账号,账户名称{further}")
    }

    fn record(&self, roster: Roster, row: &Row) -> String {
        let Person { id, name, account, .. } = &self.people[row.person];
        let status = match row.standing {
            Standing::Active => "正常",
            Standing::Suspended => "暂停",
            Standing::Stopped => "停发",
        };
        let last = row.last.map(month_text).unwrap_or_default();
        let yes = |flag: bool| if flag { "是" } else { "否" };
        let (provider, number) = PROVIDERS[row.provider];
        let account = match (roster, account) {
            (Roster::HomeCare, _) => format!("内蒙古银行,{number},{provider}"),
            (_, Some(account)) => format!("中国农业银行,{account},{name}"),
            (_, None) => ",,".to_owned(),
        };
        let further = match roster {
            Roster::OldAge => String::new(),
            Roster::Dibao => format!(
                ",{:04},{},{},{},{}",
                row.household + 1,
                if row.head { "户主" } else { "家庭成员" },
                if self.urban[row.household] { "城镇" } else { "农村" },
                row.income.map(yuan).unwrap_or_default(),
                yes(row.ill)
            ),
            Roster::Disability => format!(
                ",肢体,{},{id}4{},{}",
                row.grade,
                row.grade,
                row.until.map(|month| month_text(month) + "-20").unwrap_or_default()
            ),
            Roster::HomeCare => {
                format!(",{},{provider}", if row.severe { "重度失能" } else { "独居70" })
            }
            Roster::Aid => format!(
                ",LS-{:04},{},2022-03-01,1,{}",
                row.case,
                row.amount.map(yuan).unwrap_or_default(),
                yes(row.special)
            ),
        };
        format!("{id},{name},东街街道,{},{last},{status},{account}{further}", month_text(row.first))
    }
}
