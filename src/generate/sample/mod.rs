//! The sample bureau of `fixtures/xincheng`: rosters of 2023-01 and 2023-02 for all programmes and all
//! thirteen townships, a small sound population, and in front of it cases planted by hand. Each case
//! says what must come out of it in 2023-02, worked out from the figures of DESIGN §15; the README of
//! the sample lists them, and tests hold the program to them.

use std::collections::BTreeMap;
use std::io;

use super::fault::FaultRates;
use super::row::Roster;
use super::write::{Format, Layout};
use super::{GenerateOptions, Generation, Size};
use crate::domain::{Month, Text};

mod dibao;
mod disability;
mod old_age;
mod planting;
mod readme;
mod services;
mod support;

pub use planting::{Case, Expectation, PlantedRow, Who};

use planting::Planting;

/// The sample bureau: its files, and the cases with the places of their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Files by path relative to the workspace, in order.
    pub files: BTreeMap<Text, Vec<u8>>,
    /// The planted cases.
    pub cases: Vec<Case>,
}

/// The roster rows of a month, about.
const LINES: u64 = 2_350;

/// The cycle month of the sample.
pub fn cycle() -> Month {
    Month::from_index(2023 * 12 + 1)
}

fn options() -> GenerateOptions {
    let workbooks = Layout { format: Format::Xlsx, by_township: true };
    let one = |format| Layout { format, by_township: false };
    GenerateOptions {
        seed: 150_102,
        size: Size::Lines(LINES),
        months: (cycle().plus(-1), cycle()),
        faults: FaultRates::default(),
        layouts: BTreeMap::from([
            (Roster::OldAge, workbooks),
            (Roster::Disability, one(Format::Gb18030)),
            (Roster::Meals, one(Format::Tsv)),
            (Roster::Dibao, one(Format::CsvBom)),
            (Roster::HomeCare, Layout { format: Format::Csv, by_township: true }),
        ]),
        staged: false,
    }
}

/// Makes the sample bureau: always the same bytes.
///
/// # Errors
/// None in practice: a workbook of more rows than a sheet holds.
pub fn sample() -> io::Result<Sample> {
    let mut planting = Planting::new(cycle());
    old_age::plant(&mut planting);
    dibao::plant(&mut planting);
    disability::plant(&mut planting);
    support::plant(&mut planting);
    services::plant(&mut planting);
    let Planting { mut cases, sections, .. } = planting;

    let mut files: BTreeMap<Text, Vec<u8>> = BTreeMap::new();
    let options = options();
    {
        let mut sink = |path: &str, bytes: &[u8]| {
            files.entry(path.into()).or_default().extend_from_slice(bytes);
            Ok(())
        };
        let mut generation = Generation::new(&options, &mut sink);
        for case in &mut cases {
            for planted in &mut case.rows {
                planted.place = Some(generation.files.roster(None, planted.month, &planted.row)?);
            }
            for (register, cells) in &case.registers {
                generation.files.register(None, *register, cells)?;
            }
        }
        generation.population()?;
        generation.finish()?;
    }
    files.insert("opening.csv".into(), opening(&cases).into_bytes());
    files.insert("README.md".into(), readme::render(&cases, &sections, &files).into_bytes());
    Ok(Sample { files, cases })
}

/// What the old system paid for January: the one case that comes again in February.
fn opening(cases: &[Case]) -> String {
    let mut text = String::from("programme,beneficiary,benefit_month,case_no,entitled,paid\r\n");
    for case in cases {
        for planted in case.rows.iter().filter(|planted| planted.month < cycle()) {
            let row = &planted.row;
            let (person, case_no, amount) = (row.get("身份证号"), row.get("审批编号"), row.get("批准金额"));
            let programme = row.roster.code();
            text.push_str(&format!(
                "{programme},person:{person},{},{case_no},{amount},{amount}\r\n",
                planted.month
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_planted_row_is_behind_an_expectation_and_every_expectation_has_its_rows() {
        let sample = sample().unwrap();
        for case in &sample.cases {
            for (position, planted) in case.rows.iter().enumerate() {
                let behind = case.expectations.iter().any(|expected| expected.rows.contains(&position));
                assert_eq!(behind, planted.month == cycle(), "{} row {position}", case.code);
            }
            for expected in &case.expectations {
                assert!(!expected.rows.is_empty() && !expected.why.is_empty(), "{}", case.code);
                let money = matches!(expected.outcome, "entitled" | "nil");
                assert_eq!(money, !expected.amount.is_empty(), "{}", case.code);
            }
        }
    }

    #[test]
    fn no_two_planted_people_share_a_number_or_a_name() {
        let sample = sample().unwrap();
        let mut names: BTreeMap<Text, Text> = BTreeMap::new();
        for case in &sample.cases {
            for planted in &case.rows {
                let id = planting::cleaned_number(planted.row.get("身份证号"));
                let name = Text::from(planted.row.get("姓名"));
                let before = names.entry(name.clone()).or_insert_with(|| id[..14.min(id.len())].into());
                assert!(id.starts_with(before.as_str()) || id.len() != 18, "{name} in {}", case.code);
            }
        }
        assert!(names.len() > 200);
    }
}
