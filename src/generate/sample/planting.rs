//! How a case is written down: the people, the rows as a township would send them, and what must come
//! out, worked out by hand.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Month, Text};
use crate::generate::identity::{FIRST_PLANTED_SEQUENCE, card, resident_number};
use crate::generate::names;
use crate::generate::row::{Register, Roster, Row, column};
use crate::generate::write::Written;

/// A planted person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// 身份证号
    pub id: Text,
    /// 姓名
    pub name: Text,
    /// 开户银行
    pub bank: &'static str,
    /// 银行账号
    pub account: Text,
}

/// A row of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedRow {
    /// The month whose roster it stands in.
    pub month: Month,
    /// Its cells.
    pub row: Row,
    /// Where it was written; known once the files are made.
    pub place: Option<Written>,
}

/// What must come out of some rows of a case for one programme in 2023-02.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Positions in [`Case::rows`] of the rows behind the decision.
    pub rows: Vec<usize>,
    /// Programme code.
    pub programme: &'static str,
    /// The fixed word of the outcome.
    pub outcome: &'static str,
    /// Yuan; empty unless entitled or nil.
    pub amount: &'static str,
    /// The fixed reason, or what the refusing clause is about.
    pub reason: &'static str,
    /// The hold, where the money is owed and not payable.
    pub held: &'static str,
    /// The sum or the thought behind it.
    pub why: &'static str,
}

/// One planted case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Section letter and number.
    pub code: Text,
    /// What it is about.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<PlantedRow>,
    /// Its register rows.
    pub registers: Vec<(Register, Vec<Text>)>,
    /// What must come out.
    pub expectations: Vec<Expectation>,
}

/// All cases, and the counters behind them.
#[derive(Debug)]
pub struct Planting {
    /// Finished cases.
    pub cases: Vec<Case>,
    /// Titles of the sections, by letter.
    pub sections: Vec<(char, &'static str)>,
    month: Month,
    people: usize,
    born: BTreeMap<NaiveDate, u16>,
    households: u32,
}

impl Planting {
    /// Nothing planted yet; rows go to this month unless said otherwise.
    pub fn new(month: Month) -> Planting {
        Planting {
            cases: Vec::new(),
            sections: Vec::new(),
            month,
            people: 0,
            born: BTreeMap::new(),
            households: 9000,
        }
    }

    /// Begins a section.
    pub fn section(&mut self, letter: char, title: &'static str) {
        self.sections.push((letter, title));
    }

    /// Plants a case. Cases of a section go round the townships, so that each township's file gets some.
    pub fn case(&mut self, title: &'static str, plant: impl FnOnce(&mut CaseWriter<'_>)) {
        let letter = self.sections.last().map_or('A', |(letter, _)| *letter);
        let number = self.cases.iter().filter(|case| case.code.starts_with(letter)).count() + 1;
        let case = Case {
            code: Text::from(format!("{letter}{number:02}")),
            title,
            rows: Vec::new(),
            registers: Vec::new(),
            expectations: Vec::new(),
        };
        let township = (self.cases.len() % names::TOWNSHIPS.len()) as u8;
        let mut writer = CaseWriter { planting: self, case, township };
        plant(&mut writer);
        let case = writer.case;
        self.cases.push(case);
    }
}

/// Writes one case.
pub struct CaseWriter<'a> {
    planting: &'a mut Planting,
    case: Case,
    /// Position of the township that sends the rows.
    pub township: u8,
}

impl CaseWriter<'_> {
    /// A person born on a day written `1943-02-28`, with an account of its own.
    ///
    /// # Panics
    /// When the day is none: the cases of this module are constants.
    pub fn person(&mut self, born: &str) -> Who {
        let birth: NaiveDate = born.parse().unwrap_or_else(|_| panic!("{born} is no day"));
        let sequence = self.planting.born.entry(birth).or_insert(FIRST_PLANTED_SEQUENCE - 1);
        *sequence += 1;
        let number = self.planting.people;
        self.planting.people += 1;
        Who {
            id: resident_number(birth, *sequence),
            name: names::planted(number),
            bank: names::BANKS[number % names::BANKS.len()],
            account: card(900_000_000_000 + 7919 * number as u64),
        }
    }

    /// A household number that no other planted household has.
    pub fn household(&mut self) -> String {
        self.planting.households += 1;
        self.planting.households.to_string()
    }

    /// A row of the cycle month: sound cells of this person, then what is said here by header.
    ///
    /// # Panics
    /// When the roster has no such header: the cases of this module are constants.
    pub fn row(&mut self, roster: Roster, who: &Who, said: &[(&str, &str)]) -> usize {
        let month = self.planting.month;
        self.row_in(month, roster, who, said)
    }

    /// A row of another month's roster.
    ///
    /// # Panics
    /// As [`CaseWriter::row`].
    pub fn row_in(&mut self, month: Month, roster: Roster, who: &Who, said: &[(&str, &str)]) -> usize {
        let mut cells = vec![Text::default(); roster.width()];
        let once = matches!(roster, Roster::TemporaryAid | Roster::Pilot);
        cells[column::ID] = who.id.clone();
        cells[column::NAME] = who.name.clone();
        cells[column::TOWNSHIP] = names::TOWNSHIPS[usize::from(self.township)].1.into();
        cells[column::COMMUNITY] = "第1社区".into();
        cells[column::FIRST] = if once { Text::from(month.to_string()) } else { "2022-06".into() };
        cells[column::STATUS] = "正常".into();
        cells[column::BANK] = who.bank.into();
        cells[column::ACCOUNT] = who.account.clone();
        cells[column::HOLDER] = who.name.clone();
        let mut row = Row { roster, township: self.township, cells };
        for (header, value) in said {
            let at = roster.position(header).unwrap_or_else(|| panic!("{} has no {header}", roster.code()));
            row.cells[at] = (*value).into();
        }
        self.case.rows.push(PlantedRow { month, row, place: None });
        self.case.rows.len() - 1
    }

    /// A member of a household: urban, no income, nothing else, unless said otherwise.
    ///
    /// # Panics
    /// As [`CaseWriter::row`].
    pub fn member(&mut self, household: &str, relation: &str, who: &Who, said: &[(&str, &str)]) -> usize {
        let sound = [
            ("家庭编号", household),
            ("与户主关系", relation),
            ("户口性质", "城镇"),
            ("月收入", "0.00"),
            ("重病", "否"),
            ("在校", "否"),
        ];
        self.row(Roster::Dibao, who, &[&sound[..], said].concat())
    }

    /// One more cell than the header has, at the end of a row.
    pub fn surplus_cell(&mut self, row: usize, value: &str) {
        self.case.rows[row].row.cells.push(value.into());
    }

    /// A date of death in the register.
    pub fn died(&mut self, who: &Who, day: &str) {
        self.case.registers.push((Register::Deaths, vec![who.id.clone(), day.into()]));
    }

    /// A nursing fee from work injury insurance, from a month on.
    pub fn work_injury(&mut self, who: &Who, from: &str) {
        self.case.registers.push((Register::WorkInjuryNursing, vec![who.id.clone(), from.into()]));
    }

    /// An account that replaces the roster's from a month on.
    pub fn new_account(&mut self, who: &Who, account: &str, from: &str) {
        let cells = vec![who.id.clone(), who.bank.into(), account.into(), who.name.clone(), from.into()];
        self.case.registers.push((Register::Accounts, cells));
    }

    fn expect(&mut self, rows: &[usize], programme: &'static str, outcome: &'static str) -> &mut Expectation {
        self.case.expectations.push(Expectation {
            rows: rows.to_vec(),
            programme,
            outcome,
            amount: "",
            reason: "",
            held: "",
            why: "",
        });
        let last = self.case.expectations.len() - 1;
        &mut self.case.expectations[last]
    }

    /// Entitled, and paid.
    pub fn paid(&mut self, rows: &[usize], programme: &'static str, amount: &'static str, why: &'static str) {
        let expectation = self.expect(rows, programme, "entitled");
        (expectation.amount, expectation.why) = (amount, why);
    }

    /// Entitled, and held.
    pub fn held(
        &mut self,
        rows: &[usize],
        programme: &'static str,
        amount: &'static str,
        hold: &'static str,
        why: &'static str,
    ) {
        let expectation = self.expect(rows, programme, "entitled");
        (expectation.amount, expectation.held, expectation.why) = (amount, hold, why);
    }

    /// The rule gives 0.00.
    pub fn nil(&mut self, rows: &[usize], programme: &'static str, why: &'static str) {
        let expectation = self.expect(rows, programme, "nil");
        (expectation.amount, expectation.why) = ("0.00", why);
    }

    /// Refused, barred, not current, deferred or rejected: no money.
    pub fn none(
        &mut self,
        rows: &[usize],
        programme: &'static str,
        outcome: &'static str,
        reason: &'static str,
        why: &'static str,
    ) {
        let expectation = self.expect(rows, programme, outcome);
        (expectation.reason, expectation.why) = (reason, why);
    }
}

/// The identity number of a row as it reads after cleaning (READING 11), right or wrong.
pub fn cleaned_number(written: &str) -> Text {
    let mut cleaned = Text::default();
    for character in written.chars() {
        match character {
            '\u{FF01}'..='\u{FF5E}' => {
                cleaned.push(char::from_u32(character as u32 - 0xFEE0).unwrap_or(character));
            }
            'x' => cleaned.push('X'),
            c if c.is_whitespace() || c == '-' || c == '\'' => {}
            other => cleaned.push(other),
        }
    }
    cleaned
}

impl Case {
    /// The beneficiary's fixed text (DESIGN §7, §12) of an expectation.
    pub fn beneficiary(&self, expectation: &Expectation) -> Text {
        let Some(planted) = expectation.rows.first().and_then(|row| self.rows.get(*row)) else {
            return Text::default();
        };
        let row = &planted.row;
        if row.roster == Roster::Dibao && expectation.programme == "dibao" {
            let written = row.get("乡镇街道");
            let township =
                names::TOWNSHIPS.iter().find(|(_, name)| *name == written).map_or(written, |(code, _)| code);
            return Text::from(format!("household:{township}:{}", row.get("家庭编号")));
        }
        let id = cleaned_number(&row.cells[column::ID]);
        if id.chars().count() == 18 {
            return Text::from(format!("person:{id}"));
        }
        let place = planted.place.as_ref().map_or(String::new(), Written::source);
        Text::from(format!("row:{place}"))
    }

    /// The case number of an expectation, for programmes paid once per case.
    pub fn case_no(&self, expectation: &Expectation) -> &str {
        expectation.rows.first().and_then(|row| self.rows.get(*row)).map_or("", |row| row.row.get("审批编号"))
    }

    /// Where the rows of an expectation stand, joined as `decisions.csv` joins them.
    pub fn source(&self, expectation: &Expectation) -> String {
        let places = expectation.rows.iter().filter_map(|row| self.rows.get(*row));
        places.filter_map(|row| row.place.as_ref()).map(Written::source).collect::<Vec<_>>().join(";")
    }
}
