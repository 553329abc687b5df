//! Faults as townships make them, planted at chosen rates into sound rows.

use std::collections::BTreeMap;

use super::identity::{card, with_wrong_check};
use super::names;
use super::random::{Random, hash_text};
use super::row::{Roster, Row, column};
use crate::domain::{Month, Text};

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident $field:ident $word:literal $default:literal,)*) => {
        /// What can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $variant,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant,)*];

            /// The meaning of a word.
            pub fn from_word(word: &str) -> Option<Fault> {
                Fault::ALL.iter().copied().find(|fault| fault.word() == word)
            }

            /// The word in lists of planted faults and on the command line.
            pub fn word(self) -> &'static str {
                match self { $(Fault::$variant => $word,)* }
            }
        }

        /// How many rows in a million get each fault, of the rows that can have it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct FaultRates { $($(#[$doc])* pub $field: u32,)* }

        impl FaultRates {
            /// Rates as a district sees them in an ordinary month.
            pub const ORDINARY: FaultRates = FaultRates { $($field: $default,)* };

            /// The rate of a fault.
            pub fn of(&self, fault: Fault) -> u32 {
                match fault { $(Fault::$variant => self.$field,)* }
            }

            /// Changes the rate of a fault.
            pub fn set(&mut self, fault: Fault, in_a_million: u32) {
                match fault { $(Fault::$variant => self.$field = in_a_million,)* }
            }
        }
    };
}

faults! {
    /// Another last character of the identity number.
    WrongCheckDigit wrong_check_digit "wrong-check-digit" 600,
    /// The row twice, alike.
    DuplicateSame duplicate_same "duplicate-same" 500,
    /// The row twice, with different communities.
    DuplicateDifferent duplicate_different "duplicate-different" 300,
    /// No income of a household member.
    BlankIncome blank_income "blank-income" 1000,
    /// Neither bank nor account.
    MissingAccount missing_account "missing-account" 800,
    /// The account in another name.
    AccountNameDiffers account_name_differs "account-name-differs" 600,
    /// A household member who also stands in the household before.
    TwoHouseholds two_households "two-households" 300,
    /// A second head in a household.
    TwoHeads two_heads "two-heads" 300,
    /// A certificate of another kind or grade.
    CertificateDiffers certificate_differs "certificate-differs" 600,
    /// The township under a name that it does not have.
    TownshipOtherwise township_otherwise "township-otherwise" 800,
}

/// Plants faults into the rows of one unit in one month. Faults of a person's data stay from month to
/// month; a slip of the hand (a row twice, a blank) is the month's own.
#[derive(Debug)]
pub struct Planter {
    seed: u64,
    rates: FaultRates,
    /// The head's row of the last household of each month, for a person in two households.
    household_before: BTreeMap<Month, Row>,
}

impl Planter {
    /// A planter with these rates.
    pub fn new(seed: u64, rates: FaultRates) -> Planter {
        Planter { seed, rates, household_before: BTreeMap::new() }
    }

    /// Hands each row on, as it is or with a fault, together with the fault.
    pub fn plant(
        &mut self,
        rows: &mut Vec<Row>,
        month: Month,
        mut out: impl FnMut(&Row, Option<Fault>) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        if self.rates == FaultRates::default() {
            for row in rows.drain(..) {
                out(&row, None)?;
            }
            return Ok(());
        }
        let heads = rows.iter().filter(|row| row.roster == Roster::Dibao).count();
        let household = rows.iter().find(|row| row.roster == Roster::Dibao).cloned();
        for (place, mut row) in rows.drain(..).enumerate() {
            let fault = self.choose(&row, month, place, heads);
            match fault {
                None => out(&row, None)?,
                Some(fault) => {
                    let second = self.spoil(&mut row, fault, month);
                    out(&row, Some(fault))?;
                    if let Some(second) = second {
                        out(&second, Some(fault))?;
                    }
                }
            }
        }
        if let Some(row) = household {
            self.household_before.insert(month, row);
        }
        Ok(())
    }

    fn choose(&self, row: &Row, month: Month, place: usize, heads: usize) -> Option<Fault> {
        let person = hash_text(&row.cells[column::ID]) ^ row.roster as u64;
        if row.cells[column::STATUS] != "正常" {
            return None;
        }
        Fault::ALL.iter().copied().find(|&fault| {
            let possible = match fault {
                Fault::BlankIncome => row.roster == Roster::Dibao,
                Fault::TwoHouseholds => {
                    row.roster == Roster::Dibao && place > 0 && self.household_before.contains_key(&month)
                }
                Fault::TwoHeads => row.roster == Roster::Dibao && place > 0 && heads > 1,
                Fault::CertificateDiffers => row.roster == Roster::Disability,
                _ => true,
            };
            let of_month = matches!(
                fault,
                Fault::DuplicateSame | Fault::DuplicateDifferent | Fault::BlankIncome | Fault::TwoHouseholds
            );
            let month = if of_month { month.index() as u64 } else { 0 };
            possible && Random::keyed(self.seed, &[person, fault as u64, month]).chance(self.rates.of(fault))
        })
    }

    /// Spoils the row; the second row of a fault that needs two.
    fn spoil(&self, row: &mut Row, fault: Fault, month: Month) -> Option<Row> {
        let draw = hash_text(&row.cells[column::ID]);
        match fault {
            Fault::WrongCheckDigit => row.cells[column::ID] = with_wrong_check(&row.cells[column::ID]),
            Fault::DuplicateSame => return Some(row.clone()),
            Fault::DuplicateDifferent => {
                let mut second = row.clone();
                second.cells[column::COMMUNITY] = "另一社区".into();
                return Some(second);
            }
            Fault::BlankIncome => set(row, "月收入", ""),
            Fault::MissingAccount => {
                for at in [column::BANK, column::ACCOUNT, column::HOLDER] {
                    row.cells[at] = Text::default();
                }
            }
            Fault::AccountNameDiffers => {
                row.cells[column::ACCOUNT] = card(700_000_000_000 + draw % 1_000_000_000);
                row.cells[column::HOLDER] = names::person(&mut Random::keyed(draw, &[]));
            }
            Fault::TwoHouseholds => {
                if let Some(before) = self.household_before.get(&month) {
                    let mut second = row.clone();
                    second.township = before.township;
                    second.cells[column::TOWNSHIP] = before.cells[column::TOWNSHIP].clone();
                    set(&mut second, "家庭编号", before.get("家庭编号"));
                    set(&mut second, "与户主关系", "亲属");
                    return Some(second);
                }
            }
            Fault::TwoHeads => set(row, "与户主关系", "户主"),
            Fault::CertificateDiffers => {
                let written = row.get("残疾证号").to_owned();
                let (front, grade) = written.split_at(written.len().saturating_sub(1));
                let other = if grade == "4" { "3" } else { "4" };
                set(row, "残疾证号", &format!("{front}{other}"));
            }
            Fault::TownshipOtherwise => {
                let name = names::TOWNSHIPS[usize::from(row.township)].1;
                let stem = name.trim_end_matches("街道").trim_end_matches('镇');
                row.cells[column::TOWNSHIP] = Text::from(format!("{stem}片区"));
            }
        }
        None
    }
}

/// Sets the cell under a header, where the roster has it.
pub fn set(row: &mut Row, header: &str, value: &str) {
    if let Some(cell) = row.roster.position(header).and_then(|at| row.cells.get_mut(at)) {
        *cell = value.into();
    }
}
