//! Synthetic bureaus: people who do not exist, their months, and what banks would answer.
//!
//! In: a seed and [`GenerateOptions`]. Out: files as bytes, handed over piece by piece. The same options
//! give the same bytes on every machine; nothing here reads a clock or touches a disk. Identity numbers
//! lie in the division 150199, which does not exist; cards begin with 629999.
//!
//! | file | what |
//! |---|---|
//! | `unit` | a household or person with its whole history, from the seed and its number |
//! | `month` | the rows of a unit in a month |
//! | `fault` | faults planted at chosen rates |
//! | `write` | rows to CSV, GB18030, TSV and workbooks |
//! | `answers` | bank answers to payments in the neutral form |
//! | [`bank`] | bank answers to released files, in any form |
//! | [`sample`] | the sample bureau: a small population and cases planted by hand |

use std::collections::BTreeMap;
use std::io;

use crate::domain::{Month, Text};

mod answers;
pub mod bank;
mod fault;
mod identity;
mod month;
mod names;
mod random;
mod row;
pub mod sample;
mod unit;
mod write;

#[cfg(test)]
mod tests;

pub use answers::{AnswerRates, PaymentToAnswer, PaymentsFault, answers, payments};
pub use fault::{Fault, FaultRates};
pub use row::{Register, Roster};
pub use write::{Format, Layout, Sink, Written};

use fault::Planter;
use unit::{Population, Unit};
use write::Files;

/// How large a bureau is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// At least so many people; a household is never cut.
    People(u64),
    /// At least so many roster rows in the first month.
    Lines(u64),
}

/// What to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Another seed, another bureau.
    pub seed: u64,
    /// Its size.
    pub size: Size,
    /// First and last month, both written.
    pub months: (Month, Month),
    /// Faults in the rows.
    pub faults: FaultRates,
    /// How each roster is sent in; a roster not named comes as one CSV file.
    pub layouts: BTreeMap<Roster, Layout>,
    /// Writes what becomes known month by month: `stages/<cycle>/…` is to be laid over the workspace
    /// before that cycle. Corrected rosters of the month before come with their stage. Otherwise all
    /// is written as known in the last month.
    pub staged: bool,
}

impl GenerateOptions {
    /// One month of about so many rows, without faults, in plain CSV.
    pub fn month(seed: u64, lines: u64, month: Month) -> GenerateOptions {
        GenerateOptions {
            seed,
            size: Size::Lines(lines),
            months: (month, month),
            faults: FaultRates::default(),
            layouts: BTreeMap::new(),
            staged: false,
        }
    }

    fn layout_of_each(&self) -> [Layout; 11] {
        Roster::ALL.map(|roster| self.layouts.get(&roster).copied().unwrap_or_default())
    }
}

/// A fault that was planted, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// Which.
    pub fault: Fault,
    /// Where the row stands.
    pub place: Written,
    /// The identity number as written there.
    pub resident: Text,
}

/// What was generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generated {
    /// People in the population.
    pub people: u64,
    /// Roster rows of each month, as the cycle first sees them.
    pub rows: BTreeMap<Month, u64>,
    /// All files.
    pub files: Vec<Text>,
    /// All planted faults.
    pub planted: Vec<Planted>,
}

/// Generates a bureau and hands its files to `sink` in pieces: each piece continues the file of its
/// path. Memory stays bounded whatever the size, except for workbooks, which are held until their end.
///
/// # Errors
/// What `sink` returns, and a workbook of more rows than a sheet can hold.
pub fn generate_into(options: &GenerateOptions, sink: &mut Sink<'_>) -> io::Result<Generated> {
    let mut generation = Generation::new(options, sink);
    generation.population()?;
    generation.finish()
}

/// The same, as whole files in the order of their paths. For sizes that fit in memory.
///
/// # Errors
/// As [`generate_into`].
pub fn generate(options: &GenerateOptions) -> io::Result<Vec<(Text, Vec<u8>)>> {
    let mut files: BTreeMap<Text, Vec<u8>> = BTreeMap::new();
    generate_into(options, &mut |path: &str, bytes: &[u8]| {
        files.entry(path.into()).or_default().extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(files.into_iter().collect())
}

struct Generation<'a, 'o> {
    options: &'o GenerateOptions,
    files: Files<'a>,
    planter: Planter,
    /// Planters of files written again with corrections: the same faults, told only once.
    corrector: Planter,
    rows: Vec<row::Row>,
    done: Generated,
}

impl<'a, 'o> Generation<'a, 'o> {
    fn new(options: &'o GenerateOptions, sink: &'a mut Sink<'a>) -> Generation<'a, 'o> {
        Generation {
            options,
            files: Files::new(sink, options.layout_of_each()),
            planter: Planter::new(options.seed, options.faults),
            corrector: Planter::new(options.seed, options.faults),
            rows: Vec::new(),
            done: Generated::default(),
        }
    }

    /// Writes the rows of the whole population.
    fn population(&mut self) -> io::Result<()> {
        let mut population = Population::new(self.options.seed, self.options.months.0);
        for register in Register::ALL {
            self.open(register)?;
        }
        loop {
            let enough = match self.options.size {
                Size::People(people) => population.people() >= people,
                Size::Lines(lines) => self.first_month_rows() >= lines,
            };
            if enough {
                break;
            }
            self.unit(&population.next_unit())?;
        }
        self.done.people = population.people();
        Ok(())
    }

    fn first_month_rows(&self) -> u64 {
        self.done.rows.get(&self.options.months.0).copied().unwrap_or_default()
    }

    fn stages(&self) -> Vec<Option<Month>> {
        let (first, last) = self.options.months;
        if self.options.staged { first.through(last).map(Some).collect() } else { vec![None] }
    }

    fn open(&mut self, register: Register) -> io::Result<()> {
        for stage in self.stages() {
            self.files.open_register(stage, register)?;
        }
        Ok(())
    }

    fn unit(&mut self, unit: &Unit) -> io::Result<()> {
        let (first, last) = self.options.months;
        for month in first.through(last) {
            let stage = self.options.staged.then_some(month);
            let known = if self.options.staged { month } else { last };
            month::rows(unit, month, known, &mut self.rows);
            let Generation { planter, files, done, rows, .. } = self;
            planter.plant(rows, month, |row, fault| {
                let place = files.roster(stage, month, row)?;
                *done.rows.entry(month).or_default() += 1;
                if let Some(fault) = fault {
                    let resident = row.cells[row::column::ID].clone();
                    done.planted.push(Planted { fault, place, resident });
                }
                Ok(())
            })?;
            if self.options.staged && month > first {
                self.correct(unit, month)?;
            }
        }
        self.registers(unit)
    }

    /// With each stage come the rosters of households and of disabled people of the month before again,
    /// with what has become known since.
    fn correct(&mut self, unit: &Unit, stage: Month) -> io::Result<()> {
        let before = stage.plus(-1);
        month::rows(unit, before, stage, &mut self.rows);
        let Generation { corrector, files, rows, .. } = self;
        corrector.plant(rows, before, |row, _| {
            if matches!(row.roster, Roster::Dibao | Roster::Disability) {
                files.roster(Some(stage), before, row)?;
            }
            Ok(())
        })
    }

    fn registers(&mut self, unit: &Unit) -> io::Result<()> {
        let (_, last) = self.options.months;
        for stage in self.stages() {
            let known = stage.unwrap_or(last);
            for person in unit.people.iter().chain(&unit.guardian) {
                if person.first > known {
                    continue;
                }
                if let Some(death) = person.death.filter(|death| death.known <= known) {
                    let cells = [person.id.clone(), Text::from(death.date.to_string())];
                    self.files.register(stage, Register::Deaths, &cells)?;
                }
                if let Some(from) = person.work_injury.filter(|from| *from <= known) {
                    let cells = [person.id.clone(), Text::from(from.to_string())];
                    self.files.register(stage, Register::WorkInjuryNursing, &cells)?;
                }
                if let Some(change) = &person.account_change
                    && change.by_register
                    && change.from <= known
                {
                    let cells = [
                        person.id.clone(),
                        change.account.bank.into(),
                        change.account.number.clone(),
                        change.account.holder.clone(),
                        Text::from(change.from.to_string()),
                    ];
                    self.files.register(stage, Register::Accounts, &cells)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Generated> {
        self.done.files = self.files.finish()?;
        Ok(self.done)
    }
}
