//! `emit --notices`: the public lists of a released run, in `out/M/run-NNNN-notices/`: from the run computed
//! again from the archive, because the ledger holds no community. Who is entitled stands on them, not who was
//! paid: money on hold is nobody's business on a notice board.

use crate::assess::Decision;
use crate::domain::{Exit, Fault, Text};
use crate::intake::Claim;
use crate::ledger::Ledger;
use crate::report::notice;
use crate::report::notice_page::Notices;
use crate::workspace::{Existing, Workspace, run_folder, write_folder_atomically};

use super::recompute::Again;
use super::rendering::Rendering;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where, inside the workspace.
    pub folder: String,
    /// How many programmes.
    pub programmes: usize,
    /// How many rows.
    pub rows: usize,
}

/// Writes the public lists of a released run, which was computed `again`.
///
/// # Errors
/// Exit 2: not released; the ledger, the disk.
pub fn write(workspace: &Workspace, ledger: &Ledger, run: u32, again: &Again) -> Result<Written, Fault> {
    let Some((meta, released, _)) = ledger.release_meta(run)? else {
        return Err(super::not_released(ledger, run));
    };
    let rendering = Rendering::read(&meta)?;
    let Again { bureau, computed } = again;
    let rulebook = &bureau.rulebook;
    let month = computed.months.iter().find(|month| month.month == meta.cycle);
    let rosters = computed.gathered.months.iter().find(|rosters| rosters.month == meta.cycle);
    let claim_of = |decision: &Decision| -> Option<&Claim> {
        let roster = usize::from(rulebook.rule(decision.programme).roster.0);
        rosters?.rosters.get(roster)?.as_ref()?.claims.get(decision.claim as usize)
    };
    let decided = month.into_iter().flat_map(|month| &month.decisions);
    let rows = notice::rows(
        rulebook,
        meta.cycle,
        released.on,
        decided.filter_map(|decision| claim_of(decision).map(|claim| (decision, claim))),
        |decision| {
            let counted = month?.counted.get(&(decision.programme, decision.claim))?;
            Some(counted.len() as u32)
        },
    );
    let programmes = rulebook.programmes.iter().map(|rule| (rule.code.clone(), rule.name.clone()));
    let notices = Notices {
        language: meta.language,
        bureau: Text::from(rendering.bureau.as_str()),
        cycle: meta.cycle,
        on: released.on,
        programmes: programmes.collect(),
        rows,
    };
    let files = notices
        .files()
        .map_err(|fault| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string()))?;
    let name = format!("{}-notices", run_folder(run));
    write_folder_atomically(
        &workspace.out_folder(meta.cycle, &name),
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        Existing::MustEqual,
    )?;
    Ok(Written {
        folder: format!("out/{}/{name}", meta.cycle),
        programmes: files.len() - 1,
        rows: notices.rows.len(),
    })
}
