//! `run`: draft a cycle.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cycle::draft::{self, Drafted, Request};
use crate::cycle::inputs::{Exceptions, Without};
use crate::domain::{Exit, Fault, Month};
use crate::settle::RunKind;
use crate::settle::limits::LimitHit;

use super::answer::Answer;
use super::context::Context;

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The cycle month.
    #[arg(long)]
    pub month: Month,
    /// Pay in advance through this month.
    #[arg(long, value_name = "MONTH")]
    pub through: Option<Month>,
    /// The scheduled monthly run, or one more in the same month.
    #[arg(long, value_enum, default_value_t = Kind::Monthly)]
    pub kind: Kind,
    /// Only try: leave the ledger alone, write to out/MONTH/dry-run.
    #[arg(long)]
    pub dry_run: bool,
    /// Assess a roster's absent townships, or all of it, from the month before.
    #[arg(long, value_name = "ROSTER")]
    pub carry_forward: Vec<String>,
    /// Go on without a roster, or one township of it; its lines stay as posted.
    #[arg(long, value_name = "ROSTER[/TOWNSHIP]=REASON")]
    pub without: Vec<String>,
    /// Execution date; default: the pay-by date.
    #[arg(long, value_name = "DATE")]
    pub pay_on: Option<NaiveDate>,
    /// Your name, as disburse.toml has it.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// Kinds of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The scheduled monthly run.
    Monthly,
    /// A recomputation after roster changes.
    Adhoc,
}

/// Drafts, and says what came of it.
///
/// # Errors
/// As [`draft::draft`].
pub fn run(context: &Context, arguments: &RunArgs) -> Result<Answer, Fault> {
    let request = Request {
        cycle: arguments.month,
        through: arguments.through,
        kind: match arguments.kind {
            Kind::Monthly => RunKind::Monthly,
            Kind::Adhoc => RunKind::Adhoc,
        },
        dry_run: arguments.dry_run,
        exceptions: exceptions(arguments)?,
        pay_on: arguments.pay_on,
        by: arguments.by.clone(),
    };
    if arguments.dry_run {
        let (bureau, mut ledger) = context.read_only(arguments.month)?;
        let drafted = draft::draft(&bureau, &mut ledger, &request, &context.session)?;
        return Ok(answer(context, arguments, &drafted));
    }
    // A refused run writes nothing, not even the empty ledger that it would have drafted into. What it made
    // goes while it holds the lock, so that nobody else's is taken away.
    let made: Vec<PathBuf> = ["ledger.db", ".lock"]
        .into_iter()
        .map(|name| context.folder.join(name))
        .filter(|path| !path.exists())
        .collect();
    let drafted = context.exclusive(arguments.month).and_then(|(bureau, mut ledger, lock)| {
        let drafted = draft::draft(&bureau, &mut ledger, &request, &context.session);
        drop(ledger);
        if drafted.is_err() {
            made.iter().for_each(|path| drop(std::fs::remove_file(path)));
        }
        drop(lock);
        drafted
    });
    Ok(answer(context, arguments, &drafted?))
}

fn exceptions(arguments: &RunArgs) -> Result<Exceptions, Fault> {
    let mut exceptions = Exceptions { carry_forward: arguments.carry_forward.clone(), without: Vec::new() };
    for text in &arguments.without {
        let Some((what, reason)) = text.split_once('=').filter(|(_, reason)| !reason.trim().is_empty())
        else {
            return Err(Fault::new(Exit::Usage, "without-needs-reason").with("text", text));
        };
        let (roster, township) = match what.split_once('/') {
            Some((roster, township)) => (roster, Some(township.to_owned())),
            None => (what, None),
        };
        exceptions.without.push(Without { roster: roster.to_owned(), township, reason: reason.to_owned() });
    }
    Ok(exceptions)
}

fn answer(context: &Context, arguments: &RunArgs, drafted: &Drafted) -> Answer {
    let language = context.session.language;
    let mut answer = Answer::new();
    let month = arguments.month.to_string();
    answer
        .put("run", drafted.run)
        .put("month", month.clone())
        .put("total", drafted.total.to_string())
        .put("payments", drafted.payments)
        .put("held", json!({"lines": drafted.held.count, "amount": drafted.held.money}))
        .put("deferred", drafted.deferred)
        .put("rejected", drafted.rejected)
        .put("errors", drafted.errors)
        .put("warnings", drafted.warnings)
        .put("limits", limits(&drafted.limits))
        .put("pay_by", drafted.pay_by.to_string())
        .put("working_days_left", drafted.working_days_left)
        .put("folder", drafted.folder.clone())
        .put("identical", drafted.identical)
        .put("borders", serde_json::to_value(&drafted.borders).unwrap_or_default());
    let run = drafted.run.map_or("-".to_owned(), |run| run.to_string());
    let of = |name: &'static str, value: String| (name, value.as_str().into());
    match (drafted.run, &drafted.folder) {
        (None, None) => {
            answer.say(language, "run-nothing", &[of("month", month.clone())]);
        }
        (None, Some(folder)) => {
            answer.say(language, "run-dry", &[of("month", month.clone()), of("folder", folder.clone())]);
            if drafted.without_workbook {
                let most = draft::DRY_RUN_WORKBOOK.to_string();
                answer.say(language, "run-dry-no-workbook", &[of("payments", most)]);
            }
        }
        (Some(_), _) => {
            let code = if drafted.identical { "run-same-draft" } else { "run-drafted" };
            answer.say(language, code, &[of("run", run.clone()), of("month", month.clone())]);
        }
    }
    answer.say(
        language,
        "run-total",
        &[of("payments", drafted.payments.to_string()), of("total", drafted.total.to_string())],
    );
    answer.say(
        language,
        "run-held",
        &[of("lines", drafted.held.count.to_string()), of("amount", drafted.held.money.to_string())],
    );
    answer.say(
        language,
        "run-set-aside",
        &[
            of("deferred", drafted.deferred.to_string()),
            of("rejected", drafted.rejected.to_string()),
            of("errors", drafted.errors.to_string()),
            of("warnings", drafted.warnings.to_string()),
        ],
    );
    for hit in &drafted.limits {
        answer.say(
            language,
            "run-limit",
            &[
                of("limit", hit.limit.clone()),
                of("place", hit.place()),
                of("figures", hit.figures.clone()),
                of("allowed", hit.allowed.to_string()),
            ],
        );
    }
    super::pay_by_line(&mut answer, language, drafted.pay_by, drafted.working_days_left);
    if let (Some(_), Some(folder)) = (drafted.run, &drafted.folder) {
        answer.say(language, "run-folder", &[of("folder", folder.clone())]);
    }
    if drafted.run.is_some() {
        let mut next = format!("disburse approve {run} --total {} --by NAME", drafted.total);
        let mut limits: Vec<&str> = drafted.limits.iter().map(|hit| hit.limit.as_str()).collect();
        limits.sort_unstable();
        limits.dedup();
        for limit in limits {
            next.push_str(&format!(" --accept {limit}=REASON"));
        }
        answer.next = next;
    }
    // A stop limit, or a pay-by date that has passed: done, and someone must look before going on.
    if !drafted.limits.is_empty() || (drafted.run.is_some() && drafted.working_days_left < 0) {
        answer.exit = Exit::Look;
    }
    answer
}

fn limits(hits: &[LimitHit]) -> serde_json::Value {
    hits.iter()
        .map(|hit| {
            json!({
                "limit": hit.limit, "place": hit.place(), "programme": hit.programme.as_str(),
                "township": hit.township.as_str(), "subject": hit.subject.as_str(),
                "figures": hit.figures, "allowed": hit.allowed.to_string(),
            })
        })
        .collect()
}
