//! `policy test`: the pack's cases, read and decided exactly as a township's files are, and which
//! parts of the pack they reach.

use crate::assess::coverage::Coverage;
use crate::assess::{Assessor, Decision, Links, MonthDecisions, MonthRosters, Outcome};
use crate::domain::{Fault, Files, Finding, Money, Month, ResidentId, Severity, Source, Text};
use crate::intake::{self, Input, Origin, Registers, RosterMonth};
use crate::policy::pack::{Case, CaseRow, Expected};
use crate::policy::{Arrears, Canonical, FieldKind, RosterId, Rulebook};
use crate::report::encode;

/// What came of the cases.
pub struct Tested {
    /// How many cases.
    pub cases: usize,
    /// How many expected decisions.
    pub expected: usize,
    /// Those that came out otherwise.
    pub differences: Vec<Difference>,
    /// What the cases reach.
    pub coverage: Coverage,
}

/// An expected decision that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub case: Text,
    /// Its file.
    pub file: Text,
    /// The line of the expectation.
    pub line: u32,
    /// Programme code.
    pub programme: Text,
    /// The person's label.
    pub person: Text,
    /// The benefit month.
    pub month: Month,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub found: String,
    /// Cells of the case that could not be read.
    pub findings: Vec<Finding>,
}

/// Runs all cases.
///
/// # Errors
/// A register or roster of a case that cannot be read at all.
pub fn run(rulebook: &Rulebook, cases: &[Case]) -> Result<Tested, Fault> {
    let mut tested = Tested {
        cases: cases.len(),
        expected: cases.iter().map(|case| case.expected.len()).sum(),
        differences: Vec::new(),
        coverage: Coverage::new(rulebook),
    };
    for case in cases {
        let outcome = Played::play(rulebook, case, &mut tested.coverage)?;
        for expected in &case.expected {
            tested.differences.extend(outcome.difference(rulebook, case, expected));
        }
    }
    Ok(tested)
}

/// The synthetic identity number of a case's person: division 150199, which does not exist.
fn identity(born: chrono::NaiveDate, position: usize) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("150199{}{:03}", born.format("%Y%m%d"), 100 + position % 900);
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Rows as a delimited file, every cell quoted.
fn delimited(rows: &[Vec<(Text, String)>]) -> Vec<u8> {
    let mut headers: Vec<&Text> = Vec::new();
    for (header, _) in rows.iter().flatten() {
        if !headers.contains(&header) {
            headers.push(header);
        }
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text: String = headers.iter().map(|header| quoted(header)).collect::<Vec<_>>().join(",");
    text.push('\n');
    for row in rows {
        let cells: Vec<String> = headers
            .iter()
            .map(|header| {
                let cell = row.iter().find(|(name, _)| name == *header);
                quoted(&encode::guarded(cell.map_or("", |(_, text)| text)))
            })
            .collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

struct Played {
    decided: Vec<MonthDecisions>,
    rosters: Vec<MonthRosters>,
    people: Vec<ResidentId>,
    findings: Vec<Finding>,
}

impl Played {
    fn play(rulebook: &Rulebook, case: &Case, coverage: &mut Coverage) -> Result<Played, Fault> {
        let numbers: Vec<String> =
            case.persons.iter().enumerate().map(|(position, (_, born))| identity(*born, position)).collect();
        let latest = Month::new(9999, 12).unwrap_or(case.cycle);
        let people = numbers.iter().filter_map(|number| ResidentId::parse(number, latest).ok()).collect();
        let mut findings = Vec::new();
        let registers = registers(rulebook, case, &numbers, &mut findings)?;
        let mut files = Files::default();
        let mut rosters = Vec::new();
        for month in months(rulebook, case) {
            let mut of_month = Vec::with_capacity(rulebook.rosters.len());
            for position in 0..rulebook.rosters.len() {
                let roster = RosterId(position as u16);
                if case.missing.contains(&roster) {
                    of_month.push(None);
                    continue;
                }
                let rows: Vec<&CaseRow> = case
                    .rosters
                    .iter()
                    .filter(|(of, _)| *of == roster)
                    .flat_map(|(_, rows)| rows)
                    .filter(|row| row.only.is_none_or(|only| only == month))
                    .collect();
                let mut claims = Vec::new();
                if !rows.is_empty() {
                    let name = format!("{}.csv", rulebook.roster(roster).code);
                    let bytes = delimited(&filled(rulebook, case, roster, &rows, &numbers));
                    let input = Input { name: &name, bytes: &bytes };
                    let read = intake::read_roster(
                        rulebook,
                        roster,
                        month,
                        case.cycle,
                        &[input],
                        &registers,
                        &mut files,
                    )?;
                    claims = read.claims;
                    intake::apply_changes(&mut claims, roster, month, case.cycle, &registers, rulebook);
                    let errors = read.findings.into_iter().filter(|found| found.severity == Severity::Error);
                    findings.extend(errors);
                }
                of_month.push(Some(RosterMonth {
                    roster,
                    month,
                    origin: Origin::Own,
                    carried: Vec::new(),
                    claims,
                }));
            }
            rosters.push(MonthRosters {
                month,
                rosters: of_month,
                link_needed: vec![Vec::new(); rulebook.rosters.len()],
                left_out: vec![Vec::new(); rulebook.rosters.len()],
                vanished: vec![Vec::new(); rulebook.rosters.len()],
            });
        }
        let links = Links::new(&registers.links);
        let assessor =
            Assessor { rulebook, registers: &registers, links: &links, files: &files, cycle: case.cycle };
        let decided = assessor.cover(&rosters, &[], coverage);
        Ok(Played { decided, rosters, people, findings })
    }

    /// The decisions behind a person's rows in a programme.
    fn decisions(&self, rulebook: &Rulebook, expected: &Expected) -> Vec<&Decision> {
        let rule = rulebook.rule(expected.programme);
        let Some(person) = self.people.get(expected.person) else { return Vec::new() };
        let rows = self.rosters.iter().find(|month| month.month == expected.month);
        let rows = rows.and_then(|month| month.rosters[usize::from(rule.roster.0)].as_ref());
        let sources: Vec<Source> = rows
            .into_iter()
            .flat_map(|rows| &rows.claims)
            .filter(|claim| claim.resident == Some(*person))
            .map(|claim| claim.source)
            .collect();
        let decided = self.decided.iter().find(|month| month.month == expected.month);
        let all = decided.map_or(&[][..], |month| &month.decisions);
        all.iter()
            .filter(|decision| {
                decision.programme == expected.programme
                    && decision.sources.iter().any(|source| sources.contains(source))
                    && expected.row.is_none_or(|row| decision.claim + 1 == row)
            })
            .collect()
    }

    fn difference(&self, rulebook: &Rulebook, case: &Case, expected: &Expected) -> Option<Difference> {
        let decisions = self.decisions(rulebook, expected);
        // Of several rows of one person the one that pays speaks.
        let speaks =
            decisions.iter().find(|decision| decision.outcome == Outcome::Entitled).or(decisions.first());
        let amount: Money = decisions.iter().map(|decision| decision.amount).sum();
        let (outcome, clause, reason) = match speaks {
            None => ("none", "", String::new()),
            Some(decision) => {
                let (clause, reason) = decision.reason_words(rulebook);
                (decision.outcome.word(), clause, reason.into_owned())
            }
        };
        let outcome_wanted = expected.outcome.as_deref().or(match (&expected.clause, expected.amount) {
            (Some(_), _) => Some("refused"),
            (None, Some(amount)) if amount.is_zero() => Some("nil"),
            (None, Some(_)) => Some("entitled"),
            _ => None,
        });
        let same = outcome_wanted.is_none_or(|wanted| wanted == outcome)
            && expected.amount.is_none_or(|wanted| wanted == amount)
            && expected.clause.as_ref().is_none_or(|wanted| wanted == clause)
            && expected.reason.as_ref().is_none_or(|wanted| *wanted == reason);
        if same {
            return None;
        }
        let told = |outcome: &str, amount: Option<Money>, clause: &str, reason: &str| {
            let mut parts = vec![outcome.to_owned()];
            parts.extend(amount.map(|amount| amount.to_string()));
            parts.extend(
                [clause, reason].iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()),
            );
            parts.join(" ").trim().to_owned()
        };
        let pays = matches!(outcome, "entitled" | "nil");
        Some(Difference {
            case: case.name.clone(),
            file: case.file.clone(),
            line: expected.line,
            programme: rulebook.rule(expected.programme).code.clone(),
            person: case.persons.get(expected.person).map(|(label, _)| label.clone()).unwrap_or_default(),
            month: expected.month,
            expected: told(
                outcome_wanted.unwrap_or(""),
                expected.amount,
                expected.clause.as_deref().unwrap_or(""),
                expected.reason.as_deref().unwrap_or(""),
            ),
            found: told(outcome, pays.then_some(amount), clause, &reason),
            findings: self.findings.clone(),
        })
    }
}

/// The case's months, and those in which values were announced that go to who was entitled then.
fn months(rulebook: &Rulebook, case: &Case) -> Vec<Month> {
    let mut months = case.months.clone();
    let Some(last) = case.months.last() else { return months };
    for entry in rulebook.values.iter().flat_map(|value| &value.entries) {
        let asks = entry.arrears == Arrears::StillEntitled && entry.announced <= case.cycle;
        if asks && entry.from <= *last && case.months.iter().any(|month| *month < entry.announced) {
            months.push(entry.announced);
        }
    }
    months.sort_unstable();
    months.dedup();
    months
}

/// The rows of a roster with what every row needs.
fn filled(
    rulebook: &Rulebook,
    case: &Case,
    roster: RosterId,
    rows: &[&CaseRow],
    numbers: &[String],
) -> Vec<Vec<(Text, String)>> {
    let rule = rulebook.roster(roster);
    let header = |field: Canonical| {
        rulebook.field(field.id()).headers.first().cloned().unwrap_or_else(|| field.code().into())
    };
    let active = match &rulebook.field(Canonical::Status.id()).kind {
        FieldKind::Code(table) => {
            table.first().and_then(|entry| entry.words.first()).map_or("active", Text::as_str)
        }
        _ => "active",
    };
    let township = rulebook.divisions.rows().first().map_or("", |division| division.name.as_str());
    let first = case.months.first().map(ToString::to_string).unwrap_or_default();
    let mut households: Vec<String> = Vec::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let label = case.persons.get(row.person).map_or("", |(label, _)| label.as_str());
        let number = numbers.get(row.person).cloned().unwrap_or_default();
        let mut cells: Vec<(Text, String)> = vec![
            (header(Canonical::ResidentId), number),
            (header(Canonical::Name), format!("测试{label}")),
            (header(Canonical::Township), township.to_owned()),
            (header(Canonical::Status), active.to_owned()),
        ];
        if rule.once {
            cells.push((header(Canonical::CaseNo), "1".to_owned()));
        } else {
            cells.push((header(Canonical::FirstMonth), first.clone()));
        }
        let household_header = header(Canonical::HouseholdId);
        if rule.household {
            let own = row.cells.iter().find(|(name, _)| *name == household_header);
            let household = own.map_or_else(|| "1".to_owned(), |(_, number)| number.clone());
            let relation = if households.contains(&household) { "成员" } else { "户主" };
            cells.push((household_header, household.clone()));
            cells.push((header(Canonical::Relation), relation.to_owned()));
            households.push(household);
        }
        for (name, text) in &row.cells {
            match cells.iter_mut().find(|(known, _)| known == name) {
                Some((_, cell)) => cell.clone_from(text),
                None => cells.push((name.clone(), text.clone())),
            }
        }
        all.push(cells);
    }
    all
}

fn registers(
    rulebook: &Rulebook,
    case: &Case,
    numbers: &[String],
    findings: &mut Vec<Finding>,
) -> Result<Registers, Fault> {
    let files: Vec<(String, Vec<u8>)> = case
        .registers
        .iter()
        .map(|(code, rows)| {
            let declared = rulebook.registers.iter().find(|rule| rule.code == *code);
            let id = declared
                .and_then(|rule| rule.id_headers.first())
                .map_or("身份证号", |header| header.as_str());
            let rows: Vec<Vec<(Text, String)>> = rows
                .iter()
                .map(|row| {
                    let number = numbers.get(row.person).cloned().unwrap_or_default();
                    let mut cells = vec![(Text::from(id), number)];
                    cells.extend(row.cells.iter().cloned());
                    cells
                })
                .collect();
            (format!("{code}.csv"), delimited(&rows))
        })
        .collect();
    let inputs: Vec<Input<'_>> =
        files.iter().map(|(name, bytes)| Input { name, bytes: bytes.as_slice() }).collect();
    let (registers, found, _) = intake::read_registers(rulebook, case.cycle, &inputs)?;
    findings.extend(found.into_iter().filter(|found| found.severity == Severity::Error));
    Ok(registers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack;
    use crate::words::Language;

    fn tested(files: &[(String, String)]) -> (Rulebook, Tested) {
        let (rulebook, _) =
            pack::load(files).unwrap_or_else(|faults| panic!("{}", faults.render(Language::En)));
        let cases =
            pack::cases(files, &rulebook).unwrap_or_else(|faults| panic!("{}", faults.render(Language::En)));
        let tested = run(&rulebook, &cases).unwrap();
        (rulebook, tested)
    }

    #[test]
    fn the_default_pack_s_cases_hold_and_reach_every_clause_both_ways_and_every_figure() {
        let (rulebook, tested) = tested(&pack::xincheng());
        let told: Vec<String> =
            tested.differences.iter().map(|difference| format!("{difference:#?}")).collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
        assert!(tested.cases > 25 && tested.expected > 80, "{} {}", tested.cases, tested.expected);
        for (rule, clauses) in rulebook.programmes.iter().zip(&tested.coverage.clauses) {
            for (clause, seen) in rule.clauses.iter().zip(clauses) {
                assert!(seen.passed > 0 && seen.failed > 0, "{} {}: {seen:?}", rule.code, clause.id);
            }
        }
        for (value, used) in rulebook.values.iter().zip(&tested.coverage.values) {
            for (entry, used) in value.entries.iter().zip(used) {
                assert!(*used > 0, "{} from {} {}", value.code, entry.from, entry.written);
            }
        }
    }

    #[test]
    fn a_changed_figure_shows_as_a_difference_at_the_line_of_its_expectation() {
        let mut files = pack::xincheng();
        let elderly = files.iter_mut().find(|(path, _)| path == "values.toml").unwrap();
        elderly.1 = elderly.1.replace("amount = 600", "amount = 500");
        let (_, tested) = tested(&files);
        assert_eq!(tested.differences.len(), 1, "{:#?}", tested.differences);
        let difference = &tested.differences[0];
        assert_eq!((&*difference.expected, &*difference.found), ("entitled 600.00", "entitled 500.00"));
        let (_, text) = files.iter().find(|(path, _)| *path == difference.file).unwrap();
        assert!(text.lines().nth(difference.line as usize - 1).unwrap().contains("amount = 600"));
    }

    #[test]
    fn mistakes_in_cases_are_shown_where_they_stand() {
        let mut files = pack::xincheng();
        let (rulebook, _) = pack::load(&files).unwrap();
        files.push((
            "cases/wrong.toml".to_owned(),
            "[[case]]\nname = \"x\"\nmonth = \"2023-02\"\npersons = { A = 1950-01-01 }\n\
             rosters.old-age = [{ person = \"B\", verifed_on = \"2023-01-01\" }]\n\
             expect = [{ programme = \"old-age\", clause = \"aeg\" }, { programme = \"old-ag\", amount = 1 }]\n"
                .to_owned(),
        ));
        let faults = pack::cases(&files, &rulebook).unwrap_err();
        let codes: Vec<(&str, usize)> =
            faults.faults().iter().map(|fault| (fault.code, fault.line)).collect();
        assert_eq!(
            codes,
            [
                ("case-unknown-person", 5),
                ("policy-unknown-field", 5),
                ("case-unknown-clause", 6),
                ("policy-unknown-programme", 6),
            ]
        );
    }
}
