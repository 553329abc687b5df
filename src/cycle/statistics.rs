//! The monthly statistics of a cycle, from the ledger alone: what its runs and those of the year before it
//! counted, and what became of their payments.

use std::collections::BTreeMap;

use crate::domain::{Fault, Money, Month, Programme, Tally, Text};
use crate::ledger::Ledger;
use crate::policy::Rulebook;
use crate::reconcile::ProgrammeFacts;
use crate::reconcile::statistics::{CycleCounts, StatisticsFacts};
use crate::settle::statistics::{Area, Counts};

/// Everything about a cycle's year up to it, as values. `codes` and `programmes` in one order.
///
/// # Errors
/// The ledger.
pub(super) fn facts(
    ledger: &Ledger,
    cycle: Month,
    rulebook: &Rulebook,
    programmes: Vec<ProgrammeFacts>,
    codes: &[Text],
) -> Result<StatisticsFacts, Fault> {
    let mut cycles: BTreeMap<Month, CycleCounts> = BTreeMap::new();
    for run in ledger.runs()?.iter().filter(|run| run.released.is_some()) {
        if run.cycle.year() != cycle.year() || run.cycle > cycle {
            continue;
        }
        let Some((meta, _, _)) = ledger.release_meta(run.number)? else { continue };
        let counted = cycles.entry(run.cycle).or_insert_with(|| CycleCounts {
            cycle: run.cycle,
            counts: Some(BTreeMap::new()),
            payments: BTreeMap::new(),
            files: Tally::default(),
        });
        for file in &meta.bank_files {
            counted.files = counted.files + Tally { count: file.count, money: file.total };
        }
        for (key, tally) in ledger.payment_states(run.number, codes)? {
            let of = counted.payments.entry(key).or_default();
            *of = *of + tally;
        }
        let (Some(rows), Some(counts)) = (&meta.counts, &mut counted.counts) else {
            counted.counts = None;
            continue;
        };
        // A later run of a cycle has counted its people anew; its money comes on top.
        for counts in counts.values_mut() {
            (counts.households, counts.persons, counts.entitled) = (0, 0, Money::ZERO);
        }
        for row in rows {
            let Some(position) = codes.iter().position(|code| *code == row.programme.as_str()) else {
                continue;
            };
            let key: (Programme, Text, Area) =
                (Programme(position as u16), row.township.as_str().into(), row.area);
            let of: &mut Counts = counts.entry(key).or_default();
            *of += row.counts;
        }
    }
    let townships = rulebook.divisions.rows().iter();
    Ok(StatisticsFacts {
        cycle,
        programmes,
        townships: townships.map(|division| (division.code.clone(), division.name.clone())).collect(),
        cycles: cycles.into_values().collect(),
    })
}
