//! `check`: everything is read and judged; nothing is written but fix lists where they are asked for.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::assess::{self, Assessor, Links, MonthDecisions, MonthRosters, Outcome};
use crate::domain::{Exit, Fault, Finding, Month, Place, Severity, Text, Township};
use crate::intake::fix_lists::{FixRow, FixRows};
use crate::intake::{self, Input};
use crate::ledger::Ledger;
use crate::policy::RosterId;
use crate::report::fix_list::{self, FixList};
use crate::settle::{self, LedgerLine};
use crate::words;

use super::Bureau;
use super::inputs::{Exceptions, Gathered, Gatherer, Window};

/// What `check` saw.
#[derive(Debug)]
pub struct Checked {
    /// The month.
    pub month: Month,
    /// Data rows read.
    pub rows: u64,
    /// Claims of the month by outcome.
    pub outcomes: Vec<(Outcome, u64)>,
    /// Everything that was noticed, by place.
    pub findings: Vec<Finding>,
    /// Rosters and townships that `run` would stop for.
    pub missing: Vec<String>,
}

impl Checked {
    /// How many findings of a severity.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings.iter().filter(|finding| finding.severity == severity).count() as u64
    }
}

/// A fix list, ready to be written.
#[derive(Debug)]
pub struct FixFile {
    /// `<roster>-<township>-修正.xlsx`
    pub name: String,
    /// The township's name.
    pub township: String,
    /// Rows in it.
    pub rows: u64,
    /// The workbook.
    pub bytes: Vec<u8>,
}

/// Reads and judges a month's rosters.
///
/// # Errors
/// As reading for `run`: a file that cannot be read whole.
pub fn check(bureau: &Bureau, ledger: &Ledger, month: Month) -> Result<Checked, Fault> {
    Ok(judge(bureau, ledger, month)?.0)
}

/// Reads and judges a month's rosters, and makes the fix lists: one a roster and township.
///
/// # Errors
/// As [`check`].
pub fn fix_lists(
    bureau: &Bureau,
    ledger: &Ledger,
    month: Month,
    session: &super::Session,
) -> Result<(Checked, Vec<FixFile>), Fault> {
    let (checked, gathered) = judge(bureau, ledger, month)?;
    let mut lists = Vec::new();
    for position in 0..bureau.rulebook.rosters.len() {
        let roster = RosterId(position as u16);
        let mut read = Vec::new();
        for input in &gathered.inputs {
            let name = input.name.rsplit('/').next().unwrap_or(&input.name);
            if intake::roster_of(&bureau.rulebook, name) == Some(roster) {
                read.push((name, bureau.workspace.read_again(&input.name, &input.sha256)?));
            }
        }
        let inputs: Vec<Input<'_>> = read.iter().map(|(name, bytes)| Input { name, bytes }).collect();
        lists.extend(lists_of(bureau, roster, &inputs, &checked, &gathered, session)?);
    }
    Ok((checked, lists))
}

fn lists_of(
    bureau: &Bureau,
    roster: RosterId,
    inputs: &[Input<'_>],
    checked: &Checked,
    gathered: &Gathered,
    session: &super::Session,
) -> Result<Vec<FixFile>, Fault> {
    let rulebook = &bureau.rulebook;
    let found = intake::fix_lists::rows_to_mend(rulebook, roster, checked.month, inputs, &checked.findings);
    let listed = Listed::of(roster, gathered);
    // A finding at a row that goes back to a township is told there alone.
    let of_rows: FxHashSet<(Text, Text, u32)> = found
        .iter()
        .flat_map(|list| &list.rows)
        .map(|row| {
            let place = Place::of_source(&row.original);
            (place.file, place.sheet, place.row)
        })
        .collect();
    let mut lists = Vec::new();
    for FixRows { stem, columns, rows } in found {
        let mut by_township: BTreeMap<String, Vec<FixRow>> = BTreeMap::new();
        for row in rows {
            let township = match rulebook.divisions.find(&row.township) {
                Township::Unknown(_) => listed.township_of(&Place::of_source(&row.original)),
                known => Some(known),
            };
            let name = match township {
                Some(township) => rulebook.divisions.name(&township).to_owned(),
                None => words::say(session.language, "township-not-known", &[]),
            };
            by_township.entry(name).or_default().push(row);
        }
        for (township, rows) in by_township {
            let names: BTreeSet<Text> = rows.iter().map(|row| Place::of_source(&row.original).file).collect();
            let of_files: Vec<Finding> = checked
                .findings
                .iter()
                .filter(|finding| finding.severity != Severity::Info && names.contains(&finding.place.file))
                .filter(|Finding { place, .. }| {
                    let row = (place.file.clone(), place.sheet.clone(), place.row);
                    !listed.rows.contains_key(&row) && !of_rows.contains(&row)
                })
                .cloned()
                .collect();
            let sheet = &rulebook.roster(roster).name;
            let list = FixList { sheet, columns: &columns, rows: &rows, of_files: &of_files };
            let bytes = fix_list::render(&list, rulebook, session.language, session.today)
                .map_err(|fault| Fault::new(Exit::Bug, "report-failed").with("detail", fault.to_string()))?;
            let taken = |name: &String| inputs.iter().any(|input| input.name == name);
            // A list that is in the folder already has rows of its own: the next one must not write over it.
            let name = std::iter::once(String::new())
                .chain((2..).map(|number: u32| number.to_string()))
                .map(|number| format!("{stem}-{township}-修正{number}.xlsx"))
                .find(|name| !taken(name))
                .unwrap_or_default();
            lists.push(FixFile { name, township, rows: rows.len() as u64, bytes });
        }
    }
    Ok(lists)
}

/// The data rows of a roster's files.
#[derive(Default)]
struct Listed {
    /// File, sheet and row of each, with its township where that is known.
    rows: FxHashMap<(Text, Text, u32), Option<Township>>,
    /// By file: its township where all its rows whose township is known have the same.
    townships: FxHashMap<Text, Option<Township>>,
}

impl Listed {
    fn of(roster: RosterId, gathered: &Gathered) -> Listed {
        let mut listed = Listed::default();
        let month = gathered.months.last().and_then(|month| month.rosters[usize::from(roster.0)].as_ref());
        for claim in month.into_iter().flat_map(|month| &month.claims) {
            let place = gathered.files.place(claim.source);
            let known = Some(claim.township.clone()).filter(|known| matches!(known, Township::Known(_)));
            if known.is_some() {
                let township = listed.townships.entry(place.file.clone()).or_insert_with(|| known.clone());
                if *township != known {
                    *township = None;
                }
            }
            listed.rows.insert((place.file, place.sheet, place.row), known);
        }
        listed
    }

    /// The township of a row that does not say it: its claim's, else its file's.
    fn township_of(&self, place: &Place) -> Option<Township> {
        let row = (place.file.clone(), place.sheet.clone(), place.row);
        self.rows.get(&row).cloned().flatten().or_else(|| self.only_township(&place.file))
    }

    fn only_township(&self, file: &str) -> Option<Township> {
        self.townships.get(file)?.clone()
    }
}

/// What the rows of a month say beside one another, beside what was decided and beside last month's lines.
pub(super) fn across_rows(
    bureau: &Bureau,
    links: &Links,
    gathered: &Gathered,
    rosters: &MonthRosters,
    decided: &MonthDecisions,
    last: &[LedgerLine],
) -> Vec<Finding> {
    let (rulebook, files) = (&bureau.rulebook, &gathered.files);
    let mut findings = assess::declared::differences(rulebook, files, rosters, decided);
    findings.extend(assess::crossed::findings(rulebook, links, files, &gathered.repeated, rosters, decided));
    findings.extend(settle::moved::accounts_changed(
        rulebook,
        &bureau.registers,
        files,
        rosters,
        decided,
        last,
    ));
    findings
}

fn judge(bureau: &Bureau, ledger: &Ledger, month: Month) -> Result<(Checked, Gathered), Fault> {
    let codes = ledger.programme_codes(&bureau.codes())?;
    let last = ledger.month_lines(month.plus(-1), &codes)?;
    let mut gathered = Gatherer {
        workspace: &bureau.workspace,
        shelf: super::inputs::Shelf::Folders,
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        window: Window { first: month, cycle: month, last: month },
        exceptions: &Exceptions::default(),
        archived: &[],
        last: &last,
    }
    .gather()?;
    let links = Links::new(&bureau.registers.links);
    let assessor = Assessor {
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        links: &links,
        files: &gathered.files,
        cycle: month,
    };
    let decided = assessor.assess(&gathered.months, &[]);
    let outcomes = [
        Outcome::Entitled,
        Outcome::Nil,
        Outcome::Refused,
        Outcome::Barred,
        Outcome::NotCurrent,
        Outcome::Deferred,
        Outcome::Rejected,
    ]
    .into_iter()
    .map(|outcome| {
        let of = |decision: &&crate::assess::Decision| decision.outcome == outcome;
        (outcome, decided.iter().flat_map(|month| &month.decisions).filter(of).count() as u64)
    })
    .collect();
    let mut findings = bureau.findings.clone();
    findings.append(&mut gathered.findings);
    for (rosters, decided) in gathered.months.iter().zip(&decided) {
        findings.extend(across_rows(bureau, &links, &gathered, rosters, decided, &last));
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let rows = gathered.months.iter().flat_map(|month| month.rosters.iter().flatten());
    let checked = Checked {
        month,
        rows: rows.map(|roster| roster.claims.len() as u64).sum(),
        outcomes,
        findings,
        missing: std::mem::take(&mut gathered.missing),
    };
    Ok((checked, gathered))
}
