//! `generate DIR …`: rosters and registers of a bureau that does not exist; `generate --answers RUN`:
//! what a bank would answer to a released run.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cycle::simulate::{Answered, Simulation, answers as simulated};
use crate::domain::{Exit, Fault, Month};
use crate::generate::{AnswerRates, FaultRates, GenerateOptions, generate_into};
use crate::workspace::{TreeWriter, write_file_atomically};

use super::answer::Answer;
use super::context::Context;

/// Arguments of `generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// The folder to write to; for answers the default is returns/MONTH.
    pub dir: Option<PathBuf>,
    /// Seed; the same seed makes the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// About how many roster rows a month.
    #[arg(long, default_value_t = 3000, conflicts_with = "answers")]
    pub lines: u64,
    /// First month.
    #[arg(long, conflicts_with = "answers")]
    pub month: Option<Month>,
    /// Last month; default: the first.
    #[arg(long, value_name = "MONTH", conflicts_with = "answers")]
    pub through: Option<Month>,
    /// Write what becomes known month by month under stages/CYCLE.
    #[arg(long, conflicts_with = "answers")]
    pub staged: bool,
    /// Plant faults in the rows, as often as a district sees them.
    #[arg(long, conflicts_with = "answers")]
    pub faults: bool,
    /// Instead: what a bank would answer to this released run.
    #[arg(long, value_name = "RUN")]
    pub answers: Option<u32>,
    /// Form of the answers: neutral, pain.002, camt.054, profile (each file's own), or a profile's name.
    #[arg(long, value_name = "FORMAT", default_value = "neutral", requires = "answers")]
    pub format: String,
    /// Of a thousand payments: failed this once.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub fail: u32,
    /// Of a thousand accounts: closed, so that every payment there fails.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub closed: u32,
    /// Of a thousand payments: not decided yet.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub pending: u32,
    /// Of a thousand payments: no answer.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub silent: u32,
    /// Of a thousand payments: paid with another amount.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub differ: u32,
    /// Of a thousand payments: answered twice.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub twice: u32,
    /// Of a thousand payments: paid to an altered name.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub rename: u32,
}

/// Generates.
///
/// # Errors
/// Exit 2: neither a folder nor a run; exit 3: files are there already, a form that cannot say it.
pub fn generate(context: &Context, arguments: &GenerateArgs) -> Result<Answer, Fault> {
    match arguments.answers {
        Some(run) => answers(context, arguments, run),
        None => rosters(context, arguments),
    }
}

fn rosters(context: &Context, arguments: &GenerateArgs) -> Result<Answer, Fault> {
    let (Some(dir), Some(month)) = (&arguments.dir, arguments.month) else {
        return Err(Fault::new(Exit::Usage, "generate-needs-dir"));
    };
    let last = arguments.through.unwrap_or(month);
    let refused = |fault: String| Fault::new(Exit::Refused, "generate-refused").with("fault", fault);
    if last < month {
        return Err(refused(format!("{last} < {month}")));
    }
    let options = GenerateOptions {
        months: (month, last),
        faults: if arguments.faults { FaultRates::ORDINARY } else { FaultRates::default() },
        staged: arguments.staged,
        ..GenerateOptions::month(arguments.seed, arguments.lines, month)
    };
    let mut tree = TreeWriter::new(dir);
    let generated = generate_into(&options, &mut |path: &str, bytes: &[u8]| tree.piece(path, bytes))
        .map_err(|fault| refused(fault.to_string()))?;
    tree.finish().map_err(|fault| refused(fault.to_string()))?;
    let rows: serde_json::Map<String, serde_json::Value> =
        generated.rows.iter().map(|(month, rows)| (month.to_string(), json!(rows))).collect();
    let mut answer = Answer::new();
    answer
        .put("people", generated.people)
        .put("files", generated.files.len())
        .put("rows", rows)
        .put("folder", dir.display().to_string());
    answer.say(
        context.session.language,
        "generate-done",
        &[
            ("people", generated.people.to_string().as_str().into()),
            ("files", generated.files.len().to_string().as_str().into()),
            ("folder", dir.display().to_string().as_str().into()),
        ],
    );
    Ok(answer)
}

fn answers(context: &Context, arguments: &GenerateArgs, run: u32) -> Result<Answer, Fault> {
    let workspace = context.workspace()?;
    let ledger = context.ledger(&workspace)?;
    // Of a thousand payments on the command line; of a million within.
    let rate = |of_a_thousand: u32| of_a_thousand.saturating_mul(1000);
    let simulation = Simulation {
        run,
        format: arguments.format.clone(),
        rates: AnswerRates {
            closed_accounts: rate(arguments.closed),
            failed: rate(arguments.fail),
            pending: rate(arguments.pending),
            missing: rate(arguments.silent),
            amount_differs: rate(arguments.differ),
            duplicate: rate(arguments.twice),
            altered_names: rate(arguments.rename),
        },
        seed: arguments.seed,
    };
    let Answered { cycle, files } = simulated(&ledger, &simulation, &context.session)?;
    let folder = arguments.dir.clone().unwrap_or_else(|| workspace.returns_folder(cycle));
    let mut written = Vec::new();
    for (name, bytes) in &files {
        let path = folder.join(name);
        write_file_atomically(&path, bytes)?;
        written.push(path.display().to_string());
    }
    let mut answer = Answer::new();
    answer.put("run", run).put("files", json!(written)).put("folder", shown(&folder));
    answer.say(
        context.session.language,
        "generate-answers-done",
        &[
            ("run", run.to_string().as_str().into()),
            ("files", files.len().to_string().as_str().into()),
            ("folder", shown(&folder).as_str().into()),
        ],
    );
    answer.next = format!("disburse returns {}/… --by NAME", shown(&folder));
    Ok(answer)
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}
