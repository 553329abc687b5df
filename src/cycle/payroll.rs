//! `emit --payroll`: the lists to sign of a released run, in `out/M/run-NNNN-payroll/`. The money is the
//! ledger's payments, item by item; names, communities and members' townships come from the run computed
//! again from the archive, because the ledger holds no community. On demand, and never at the draft: a
//! region's lists are hundreds of megabytes that few will print.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{Decision, MonthDecisions};
use crate::domain::{Beneficiary, Exit, Fault, Money, Programme, Text, Township};
use crate::intake::Claim;
use crate::ledger::{DraftMeta, Ledger, LedgerPayment};
use crate::pay::capital_words;
use crate::report::payroll::{self, Group, List, Payroll, Row, masked_account};
use crate::workspace::{Existing, Workspace, run_folder, write_folder_atomically};

use super::Bureau;
use super::compute::Computed;
use super::recompute::Again;
use super::rendering::Rendering;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where, inside the workspace.
    pub folder: String,
    /// How many lists.
    pub lists: usize,
    /// What they pay in all.
    pub total: Money,
}

/// Writes the lists to sign of a released run, which was computed `again`.
///
/// # Errors
/// Exit 2: not released; exit 5: the lists do not add up to the payments; the ledger, the disk.
pub fn write(workspace: &Workspace, ledger: &Ledger, run: u32, again: &Again) -> Result<Written, Fault> {
    let Some(released) = ledger.released_run(run)? else {
        return Err(super::not_released(ledger, run));
    };
    let meta = &released.meta;
    let recalled = ledger.recalled_files(run)?;
    let (listed, left_out): (Vec<&LedgerPayment>, Vec<&LedgerPayment>) =
        released.payments.iter().partition(|payment| !recalled.contains(&payment.file));
    let sum = |payments: &[&LedgerPayment]| payments.iter().map(|payment| payment.payment.amount).sum();
    let payroll = Payroll {
        lists: Lister::new(&again.bureau, &again.computed, meta).lists(&listed),
        left_out: (left_out.len() as u64, sum(&left_out)),
        ..particulars(meta)?
    };
    let due: Money = sum(&listed);
    if payroll.total() != due {
        return Err(Fault::new(Exit::Unbalanced, "payroll-differs")
            .with("run", run.to_string())
            .with("released", due.to_string())
            .with("listed", payroll.total().to_string()));
    }
    let failed =
        |fault: std::io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string());
    let mut files = vec![("payroll.csv".to_owned(), payroll::table(&payroll).map_err(failed)?)];
    for list in &payroll.lists {
        let page = payroll::page(&payroll, list, capital_words).map_err(failed)?;
        files.push((format!("{}.html", list.file), page));
    }
    let name = format!("{}-payroll", run_folder(run));
    write_folder_atomically(
        &workspace.out_folder(meta.cycle, &name),
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        // What a recall takes off the lists is the one thing that changes them.
        if left_out.is_empty() { Existing::MustEqual } else { Existing::Replace },
    )?;
    Ok(Written {
        folder: format!("out/{}/{name}", meta.cycle),
        lists: payroll.lists.len(),
        total: payroll.total(),
    })
}

/// What stands on every list.
fn particulars(meta: &DraftMeta) -> Result<Payroll, Fault> {
    let rendering = Rendering::read(meta)?;
    let programmes = meta.codes.iter().map(|code| {
        let (name, remark) = rendering.programmes.get(code).cloned().unwrap_or_default();
        let short = [remark, name, code.clone()].into_iter().find(|text| !text.is_empty());
        (code.as_str().into(), short.unwrap_or_default().into())
    });
    Ok(Payroll {
        language: meta.language,
        bureau: rendering.bureau.as_str().into(),
        cycle: meta.cycle,
        run: meta.run,
        pay_on: meta.pay_on,
        programmes: programmes.collect(),
        lists: Vec::new(),
        left_out: (0, Money::ZERO),
    })
}

/// In which list and group a row stands, and who it is: lists sort by kind and the township's place,
/// groups by name, rows by identity number or beneficiary.
type Place = (bool, usize, Text, Text, String);

struct Lister<'a> {
    bureau: &'a Bureau,
    computed: &'a Computed,
    meta: &'a DraftMeta,
    /// The cycle month first, then the others from the latest back.
    months: Vec<&'a MonthDecisions>,
}

impl<'a> Lister<'a> {
    fn new(bureau: &'a Bureau, computed: &'a Computed, meta: &'a DraftMeta) -> Lister<'a> {
        let mut months: Vec<&MonthDecisions> = computed.months.iter().collect();
        months.sort_by_key(|month| {
            (month.month != meta.cycle, month.month > meta.cycle, std::cmp::Reverse(month.month))
        });
        Lister { bureau, computed, meta, months }
    }

    fn lists(&self, payments: &[&LedgerPayment]) -> Vec<List> {
        let mut rows: BTreeMap<Place, Row> = BTreeMap::new();
        for payment in payments {
            let planned = &payment.payment;
            for (line, money) in &planned.items {
                let (place, empty) = self.row(payment, line.programme, &line.beneficiary);
                let row = rows.entry(place).or_insert(empty);
                *row.amounts.entry(line.programme).or_default() += *money;
                if matches!(line.beneficiary, Beneficiary::Household(_)) {
                    row.households.insert(line.programme);
                }
                let account = masked_account(&planned.payee.account.number);
                if !planned.payee.organisation && !account.is_empty() && !row.accounts.contains(&account) {
                    row.accounts.push(account);
                }
                let payee = &planned.payee.name;
                if !planned.payee.organisation && *payee != row.name && !row.payees.contains(payee) {
                    row.payees.push(payee.clone());
                }
            }
        }
        let mut lists: Vec<List> = Vec::new();
        let mut last = None;
        for ((organisations, place, name, group, _), row) in rows {
            if last.as_ref() != Some(&(organisations, place, name.clone())) {
                last = Some((organisations, place, name.clone()));
                lists.push(List {
                    file: self.file(organisations, place, &name),
                    name,
                    organisations,
                    groups: Vec::new(),
                });
            }
            let Some(list) = lists.last_mut() else { continue };
            if list.groups.last().is_none_or(|known| known.name != group) {
                list.groups.push(Group { name: group, rows: Vec::new() });
            }
            if let Some(group) = list.groups.last_mut() {
                group.rows.push(row);
            }
        }
        lists
    }

    /// The list's file name: the township's code and name as the division table has them. What a roster
    /// writes never becomes part of one.
    fn file(&self, organisations: bool, place: usize, name: &str) -> Text {
        match (organisations, self.bureau.rulebook.divisions.rows().get(place)) {
            (true, _) => "organisations".into(),
            (false, Some(division)) => format!("{}-{name}", division.code).into(),
            (false, None) => "unknown".into(),
        }
    }

    /// Where an item stands, and its row before any money is on it.
    fn row(&self, payment: &LedgerPayment, programme: Programme, beneficiary: &Beneficiary) -> (Place, Row) {
        let divisions = &self.bureau.rulebook.divisions;
        let found = self.find(programme, beneficiary);
        let payee = &payment.payment.payee;
        let id = match (found, beneficiary) {
            (Some((_, claim)), _) => claim.resident,
            (None, Beneficiary::Person(resident)) => Some(*resident),
            _ => None,
        };
        let name = match found {
            Some((_, claim)) if !claim.name.is_empty() => claim.name.clone(),
            _ => payee.name.clone(),
        };
        let key = id.map_or_else(|| beneficiary.to_string(), |resident| resident.to_string());
        let place: Place = if payee.organisation {
            (true, 0, Text::default(), payee.name.clone(), key)
        } else {
            let position = match found.map(|(decision, _)| &decision.township) {
                Some(Township::Known(position)) => usize::from(*position),
                _ => divisions.rows().len(),
            };
            let township = divisions.rows().get(position).map_or_else(Text::default, |of| of.name.clone());
            let community = found.map_or_else(Text::default, |(_, claim)| claim.community.clone());
            (false, position, township, community, key)
        };
        let row = Row {
            name,
            id: id.map_or_else(Text::default, |resident| resident.masked().into()),
            households: BTreeSet::new(),
            payees: Vec::new(),
            accounts: Vec::new(),
            amounts: BTreeMap::new(),
        };
        (place, row)
    }

    /// The decision on a beneficiary and the row that speaks for it: in the cycle month, else in the
    /// latest month that has one.
    fn find(&self, programme: Programme, beneficiary: &Beneficiary) -> Option<(&'a Decision, &'a Claim)> {
        let code = self.meta.codes.get(usize::from(programme.0))?;
        let programme = self.bureau.rulebook.programme(code)?;
        let roster = usize::from(self.bureau.rulebook.rule(programme).roster.0);
        self.months.iter().find_map(|month| {
            let wanted = (programme, beneficiary);
            let at = month.decisions.partition_point(|decision| key(decision) < wanted);
            let decision = month.decisions.get(at).filter(|found| key(found) == wanted)?;
            let rosters =
                self.computed.gathered.months.iter().find(|rosters| rosters.month == month.month)?;
            let claims = rosters.rosters.get(roster)?.as_ref()?;
            Some((decision, claims.claims.get(decision.claim as usize)?))
        })
    }
}

fn key(decision: &Decision) -> (Programme, &Beneficiary) {
    (decision.programme, &decision.beneficiary)
}
