//! `whatif`: two packs, or one pack as known in two cycles, on the same rosters. Who enters, leaves,
//! gains, loses; what the month, the rest of the year and arrears would cost. Entitlements are
//! compared, line by line; nothing is posted, and the ledger is only asked which cases are decided.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::assess::{Assessor, Decision, Links, MonthDecisions, MonthRosters, Outcome, Reason};
use crate::domain::{Beneficiary, Exit, Fault, Money, Month, Programme, Severity, Tally, Text};
use crate::intake::{self, Input, Origin, Registers};
use crate::ledger::Ledger;
use crate::policy::{RosterId, Rulebook};
use crate::report::whatif::{Change, Group, Kind, MonthCost, WhatIfReport};
use crate::workspace::{Existing, Workspace, write_folder_atomically};

use super::inputs::{Exceptions, Gathered, Gatherer, ReadInput, Window};
use super::{Bureau, Session};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The benefit month, and the cycle whose rosters are used.
    pub month: Month,
    /// The cycle whose knowledge the pack before is read with; the month, if not stated.
    pub known_before: Month,
    /// The same for the pack after.
    pub known_after: Month,
}

/// One side of the comparison.
struct Side<'a> {
    rulebook: &'a Rulebook,
    registers: &'a Registers,
    /// How much later than the month its knowledge is.
    ahead: i32,
    links: Links,
    decided_cases: Vec<(Programme, Text, Month)>,
}

/// What one line comes to on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stand {
    programme: Text,
    beneficiary: Beneficiary,
    case_no: Text,
    amount: Money,
    undecided: bool,
    /// Clause id, else the reason.
    why: Text,
    persons: u64,
    township: Text,
    name: Text,
}

/// Compares.
///
/// # Errors
/// Exit 3: `first_month` missing, a roster or register that cannot be read; the ledger.
pub fn compare(
    bureau: &Bureau,
    other: &Rulebook,
    ledger: &Ledger,
    request: &Request,
) -> Result<WhatIfReport, Fault> {
    let Some(first_month) = bureau.workspace.config.first_month else {
        return Err(Fault::new(Exit::Refused, "first-month-missing"));
    };
    let month = request.month;
    let lookback = month.plus(-(bureau.workspace.config.lookback_months as i32));
    let first = first_month.max(lookback).min(month);
    let last = Month::new(month.year(), 12).unwrap_or(month);

    let other_registers = registers(&bureau.workspace, other, month)?;
    let mut before = Side::new(&bureau.rulebook, &bureau.registers, ledger, request.known_before, month)?;
    let mut after = Side::new(other, &other_registers, ledger, request.known_after, month)?;
    let alike = reads_alike(&bureau.rulebook, other);
    let mut report =
        WhatIfReport::new(&bureau.rulebook, other, request.known_before, request.known_after, month);
    // The rosters of the month serve its later months too, so they are read once.
    let (mut of_month_before, mut of_month_after) = (None, None);
    for benefit in first.through(last) {
        if benefit <= month {
            let needed = before.read_months(benefit, month);
            of_month_before = Some(before.gather(bureau, ledger, &needed, month)?);
            let others = after.read_months(benefit, month);
            let shared = alike && others.iter().all(|month| needed.contains(month));
            of_month_after = if shared { None } else { Some(after.gather(bureau, ledger, &others, month)?) };
        }
        let Some(gathered) = &of_month_before else { continue };
        let mut old = before.stands(gathered, benefit, month);
        let mut new = after.stands(of_month_after.as_ref().unwrap_or(gathered), benefit, month);
        if benefit == month {
            let error = |found: &&crate::domain::Finding| found.severity == Severity::Error;
            report.missing.clone_from(&gathered.missing);
            report.unread = gathered.findings.iter().filter(error).count();
        }
        old.sort_by(|a, b| key(a).cmp(&key(b)));
        new.sort_by(|a, b| key(a).cmp(&key(b)));
        cost(&old, &new, benefit, month, &mut report.months);
        if benefit == month {
            report.changes = changes(&old, &new);
        }
    }
    report.groups = groups(&report.changes);
    report.in_pack_order();
    Ok(report)
}

/// Writes `out/M/whatif-NNNN`; gives the folder inside the workspace.
///
/// # Errors
/// The disk; a report that cannot be made.
pub fn write(bureau: &Bureau, report: &WhatIfReport, session: &Session) -> Result<String, Fault> {
    let failed =
        |error: std::io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", error.to_string());
    let files = report
        .files(&bureau.workspace.config.bureau.name, session.today, session.language)
        .map_err(failed)?;
    let parent: PathBuf = bureau.workspace.root().join("out").join(report.month.to_string());
    let folder = bureau.workspace.next_numbered(&parent, "whatif")?;
    write_folder_atomically(
        &folder,
        files.iter().map(|(name, bytes)| (*name, bytes.as_slice())),
        Existing::MustEqual,
    )?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(format!("out/{}/{name}", report.month))
}

/// The registers as another pack reads them.
fn registers(workspace: &Workspace, rulebook: &Rulebook, cycle: Month) -> Result<Registers, Fault> {
    let listing = workspace.registers()?;
    let read: Vec<ReadInput> = listing.files.iter().map(ReadInput::read).collect::<Result<_, _>>()?;
    let inputs: Vec<Input<'_>> =
        read.iter().map(|read| Input { name: &read.name, bytes: &read.bytes }).collect();
    Ok(intake::read_registers(rulebook, cycle, &inputs)?.0)
}

/// Whether two packs read every roster the same way, so that reading once is enough.
fn reads_alike(a: &Rulebook, b: &Rulebook) -> bool {
    a.fields == b.fields
        && a.registers == b.registers
        && format!("{:?}{:?}", a.rosters, a.divisions) == format!("{:?}{:?}", b.rosters, b.divisions)
        && a.programmes
            .iter()
            .map(|rule| (&rule.code, &rule.name))
            .eq(b.programmes.iter().map(|rule| (&rule.code, &rule.name)))
}

impl<'a> Side<'a> {
    fn new(
        rulebook: &'a Rulebook,
        registers: &'a Registers,
        ledger: &Ledger,
        known: Month,
        month: Month,
    ) -> Result<Side<'a>, Fault> {
        let codes: Vec<Text> = rulebook.programmes.iter().map(|rule| rule.code.clone()).collect();
        let codes = ledger.programme_codes(&codes)?;
        let standing = ledger.standing(&codes, &rulebook.once_programmes())?;
        Ok(Side {
            rulebook,
            registers,
            ahead: known.months_since(month),
            links: Links::new(&registers.links),
            decided_cases: standing.decided_cases,
        })
    }

    /// The cycle whose knowledge counts for a benefit month.
    fn cycle(&self, benefit: Month, month: Month) -> Month {
        benefit.max(month).plus(self.ahead)
    }

    /// The months that must be read for a benefit month.
    fn read_months(&self, benefit: Month, month: Month) -> Vec<Month> {
        let needed = needed_months(self.rulebook, benefit, self.cycle(benefit, month));
        let mut read: Vec<Month> = needed.into_iter().map(|needed| needed.min(month)).collect();
        read.sort_unstable();
        read.dedup();
        read
    }

    /// What every line of a benefit month comes to. A month after the rosters' own is assessed at that
    /// month's ages and values, and as a cycle of that month will know them.
    fn stands(&mut self, gathered: &Gathered, benefit: Month, month: Month) -> Vec<Stand> {
        let cycle = self.cycle(benefit, month);
        let needed = needed_months(self.rulebook, benefit, cycle);
        let rosters: Vec<MonthRosters> =
            needed.into_iter().filter_map(|needed| self.rosters(gathered, needed, month)).collect();
        let assessor = Assessor {
            rulebook: self.rulebook,
            registers: self.registers,
            links: &self.links,
            files: &gathered.files,
            cycle,
        };
        let decided = assessor.assess(&rosters, &self.decided_cases);
        let Some(of_month) = decided.iter().find(|decided| decided.month == benefit) else {
            return Vec::new();
        };
        let read = rosters.iter().find(|read| read.month == benefit);
        let stands = of_month.decisions.iter().map(|decision| self.stand(decision, of_month, read)).collect();
        for decision in &of_month.decisions {
            let decides = matches!(decision.outcome, Outcome::Entitled | Outcome::Nil)
                || matches!(decision.reason, Reason::Clause(_));
            if decides && !decision.case_no.is_empty() {
                self.decided_cases.push((decision.programme, decision.case_no.clone(), benefit));
            }
        }
        stands
    }

    /// A month's rosters; of a month after the rosters' own, those of that month, without `once` ones
    /// (as a run reads months in advance).
    fn rosters(&self, gathered: &Gathered, needed: Month, month: Month) -> Option<MonthRosters> {
        let mut read = gathered.months.iter().find(|read| read.month == needed.min(month))?.clone();
        if needed > month {
            read.month = needed;
            for (position, roster) in read.rosters.iter_mut().enumerate() {
                if self.rulebook.roster(RosterId(position as u16)).once {
                    *roster = None;
                } else if let Some(roster) = roster {
                    roster.month = needed;
                    roster.origin = Origin::Other(month);
                }
            }
        }
        Some(read)
    }

    fn gather(
        &self,
        bureau: &Bureau,
        ledger: &Ledger,
        months: &[Month],
        cycle: Month,
    ) -> Result<Gathered, Fault> {
        let mut archived = Vec::new();
        for month in months {
            archived.extend(ledger.month_inputs(*month)?);
        }
        Gatherer {
            shelf: super::inputs::Shelf::Folders,
            workspace: &bureau.workspace,
            rulebook: self.rulebook,
            registers: self.registers,
            window: Window { first: cycle, cycle, last: cycle },
            exceptions: &Exceptions::default(),
            archived: &archived,
            last: &[],
        }
        .gather_months(months)
    }

    fn stand(&self, decision: &Decision, month: &MonthDecisions, rosters: Option<&MonthRosters>) -> Stand {
        let rule = self.rulebook.rule(decision.programme);
        let claim = rosters
            .and_then(|rosters| rosters.rosters[usize::from(rule.roster.0)].as_ref())
            .and_then(|rows| rows.claims.get(decision.claim as usize));
        let (clause, reason) = decision.reason_words(self.rulebook);
        let why = if clause.is_empty() { reason.as_ref() } else { clause };
        let counted = month.counted.get(&(decision.programme, decision.claim));
        Stand {
            programme: rule.code.clone(),
            beneficiary: decision.beneficiary.clone(),
            case_no: decision.case_no.clone(),
            amount: decision.amount,
            undecided: !decision.outcome.is_decision(),
            why: why.into(),
            persons: counted.map_or(1, |rows| rows.len() as u64),
            township: self.rulebook.divisions.name(&decision.township).into(),
            name: claim.map(|claim| claim.name.clone()).unwrap_or_default(),
        }
    }
}

/// The benefit month, and the months in which values were announced that go to who was entitled then.
fn needed_months(rulebook: &Rulebook, benefit: Month, cycle: Month) -> Vec<Month> {
    let mut months = rulebook.still_entitled_months(benefit, cycle);
    months.push(benefit);
    months.sort_unstable();
    months.dedup();
    months
}

fn key(stand: &Stand) -> (&Text, &Beneficiary, &Text) {
    (&stand.programme, &stand.beneficiary, &stand.case_no)
}

/// The lines of both sides, side by side; several decisions of one line are one.
fn merged<'s>(old: &'s [Stand], new: &'s [Stand]) -> Vec<(&'s [Stand], &'s [Stand])> {
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    let run = |stands: &'s [Stand], from: usize| {
        let length = stands[from..].iter().take_while(|stand| key(stand) == key(&stands[from])).count();
        &stands[from..from + length]
    };
    while i < old.len() || j < new.len() {
        let order = match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) => key(a).cmp(&key(b)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let a: &[Stand] = if order.is_le() { run(old, i) } else { &[] };
        let b: &[Stand] = if order.is_ge() { run(new, j) } else { &[] };
        i += a.len();
        j += b.len();
        pairs.push((a, b));
    }
    pairs
}

fn sum(stands: &[Stand]) -> Money {
    stands.iter().map(|stand| stand.amount).sum()
}

/// Adds a month's sums by programme.
fn cost(old: &[Stand], new: &[Stand], benefit: Month, month: Month, months: &mut Vec<MonthCost>) {
    let mut by_programme: BTreeMap<&Text, (Tally, Tally, u64)> = BTreeMap::new();
    for (a, b) in merged(old, new) {
        let Some(of) = a.first().or(b.first()) else { continue };
        let entry = by_programme.entry(&of.programme).or_default();
        for (stands, tally) in [(a, &mut entry.0), (b, &mut entry.1)] {
            let amount = sum(stands);
            if amount.is_positive() {
                tally.add(amount);
            }
        }
        let undecided = |stands: &[Stand]| stands.iter().any(|stand| stand.undecided);
        entry.2 += u64::from(undecided(a) != undecided(b));
    }
    for (programme, (before, after, undecided)) in by_programme {
        months.push(MonthCost {
            month: benefit,
            past: benefit < month,
            future: benefit > month,
            programme: programme.clone(),
            before,
            after,
            undecided,
        });
    }
}

fn changes(old: &[Stand], new: &[Stand]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (a, b) in merged(old, new) {
        let (before, after) = (sum(a), sum(b));
        let undecided = |stands: &[Stand]| stands.iter().any(|stand| stand.undecided);
        // A clause that refuses on the side without money is what the change is about.
        let why = |stands: &[Stand]| {
            let refused = stands.iter().find(|stand| stand.amount.is_zero());
            refused.map(|stand| stand.why.clone()).unwrap_or_default()
        };
        let (kind, clause) = if undecided(a) != undecided(b) {
            (Kind::Undecided, if undecided(b) { why(b) } else { why(a) })
        } else if before == after {
            continue;
        } else if before.is_zero() {
            (Kind::Enters, why(a))
        } else if after.is_zero() {
            (Kind::Leaves, why(b))
        } else if after > before {
            (Kind::Gains, Text::default())
        } else {
            (Kind::Loses, Text::default())
        };
        let Some(shown) = b.first().or(a.first()) else { continue };
        let persons = |stands: &[Stand]| stands.iter().map(|stand| stand.persons).max().unwrap_or(0);
        changes.push(Change {
            programme: shown.programme.clone(),
            beneficiary: shown.beneficiary.clone(),
            case_no: shown.case_no.clone(),
            name: shown.name.clone(),
            township: shown.township.clone(),
            kind,
            clause,
            persons: persons(a).max(persons(b)),
            before,
            after,
        });
    }
    changes
}

fn groups(changes: &[Change]) -> Vec<Group> {
    let mut groups: BTreeMap<(&Text, &Text, Kind, &Text), Group> = BTreeMap::new();
    for change in changes {
        let key = (&change.programme, &change.township, change.kind, &change.clause);
        let group = groups.entry(key).or_insert_with(|| Group {
            programme: change.programme.clone(),
            township: change.township.clone(),
            kind: change.kind,
            clause: change.clause.clone(),
            lines: 0,
            persons: 0,
            before: Money::ZERO,
            after: Money::ZERO,
        });
        group.lines += 1;
        group.persons += change.persons;
        group.before += change.before;
        group.after += change.after;
    }
    groups.into_values().collect()
}
