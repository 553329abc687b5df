//! `check`: everything is read and judged; nothing is written.

use crate::assess::{self, Assessor, Links, Outcome};
use crate::domain::{Fault, Finding, Month, Severity};
use crate::ledger::Ledger;
use crate::settle;

use super::Bureau;
use super::inputs::{Exceptions, Gatherer, Window};

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

/// Reads and judges a month's rosters.
///
/// # Errors
/// As reading for `run`: a file that cannot be read whole.
pub fn check(bureau: &Bureau, ledger: &Ledger, month: Month) -> Result<Checked, Fault> {
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
        findings.extend(assess::declared::differences(&bureau.rulebook, &gathered.files, rosters, decided));
        findings.extend(assess::crossed::findings(
            &bureau.rulebook,
            &links,
            &gathered.files,
            &gathered.repeated,
            rosters,
            decided,
        ));
        findings.extend(settle::moved::accounts_changed(
            &bureau.rulebook,
            &bureau.registers,
            &gathered.files,
            rosters,
            decided,
            &last,
        ));
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let rows = gathered.months.iter().flat_map(|month| month.rosters.iter().flatten());
    Ok(Checked {
        month,
        rows: rows.map(|roster| roster.claims.len() as u64).sum(),
        outcomes,
        findings,
        missing: gathered.missing,
    })
}
