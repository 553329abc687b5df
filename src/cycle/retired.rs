//! Programmes that the pack no longer has and the ledger still speaks of: money on hold, receivables,
//! payments to be made again. Their lines stay as posted; their names and funds come from the latest
//! release that knew them.

use crate::domain::{Fault, Text};
use crate::ledger::Ledger;
use crate::policy::{RetiredProgramme, Rulebook};

use super::rendering::Rendering;

/// The programmes beyond the pack's own, in the order of `codes` (as from
/// [`Ledger::programme_codes`]).
///
/// # Errors
/// The ledger.
pub(super) fn of(
    rulebook: &Rulebook,
    ledger: &Ledger,
    codes: &[Text],
) -> Result<Vec<RetiredProgramme>, Fault> {
    let mut retired: Vec<RetiredProgramme> = codes
        .iter()
        .skip(rulebook.programmes.len())
        .map(|code| RetiredProgramme {
            code: code.clone(),
            name: code.clone(),
            remark: Text::default(),
            fund: Text::default(),
        })
        .collect();
    for run in ledger.runs()?.iter().rev() {
        if retired.iter().all(|programme| !programme.fund.is_empty()) {
            break;
        }
        let Some((meta, _, _)) = ledger.release_meta(run.number)? else { continue };
        let rendering = Rendering::read(&meta)?;
        for programme in retired.iter_mut().filter(|programme| programme.fund.is_empty()) {
            let code = programme.code.as_str();
            let fund = meta.budget.iter().find(|fund| fund.programmes.iter().any(|known| known == code));
            let (Some(fund), Some((name, remark))) = (fund, rendering.programmes.get(code)) else { continue };
            programme.fund = fund.fund.as_str().into();
            programme.name = name.as_str().into();
            programme.remark = remark.as_str().into();
        }
    }
    Ok(retired)
}
