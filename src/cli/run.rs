//! `run`: draft a cycle.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cycle::draft::{self, Drafted, Request};
use crate::cycle::inputs::{Exceptions, Without};
use crate::domain::{Exit, Fault, Month};
use crate::report::label::label;
use crate::settle::RunKind;
use crate::settle::limits::{Allowed, LimitHit};
use crate::words::{self, Language};

use super::answer::{Answer, finding_line};
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
        let (what, reason) = super::reasoned(text, "without-needs-reason")?;
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
    answer.lines.extend(drafted.payer.iter().map(|finding| finding_line(finding, language)));
    for hit in &drafted.limits {
        answer.say(
            language,
            "run-limit",
            &[
                of("limit", label(language, "limit", &hit.limit)),
                of("place", place(drafted, hit)),
                of("figures", hit.figures.clone()),
                of("allowed", allowed(language, &hit.allowed)),
            ],
        );
    }
    super::pay_by_line(&mut answer, language, drafted.pay_by, drafted.working_days_left);
    // Asked for, and too late all the same: somebody must know it before the files leave.
    let pays_late = drafted.working_days_left >= 0 && drafted.pay_on > drafted.pay_by;
    if pays_late {
        let days = [of("date", drafted.pay_on.to_string()), of("pay_by", drafted.pay_by.to_string())];
        answer.say(language, "pay-on-late", &days);
    }
    if let (Some(_), Some(folder)) = (drafted.run, &drafted.folder) {
        answer.say(language, "run-folder", &[of("folder", folder.clone())]);
    }
    if drafted.run.is_some() {
        let mut next = format!("disburse approve {run} --total {} --by NAME", drafted.total);
        let mut limits: Vec<&str> = drafted.limits.iter().map(|hit| hit.limit.as_str()).collect();
        limits.sort_unstable();
        limits.dedup();
        for limit in limits {
            next.push_str(&format!(" --accept {limit}={}", super::reason_word(language)));
        }
        answer.next = next;
    }
    if arguments.dry_run {
        answer.next = in_earnest(arguments);
    }
    // A stop limit, or a pay-by date that has passed: done, and someone must look before going on.
    let late = drafted.working_days_left < 0 || pays_late;
    if !drafted.limits.is_empty() || (drafted.run.is_some() && late) {
        answer.exit = Exit::Look;
    }
    answer
}

/// What a limit is about, its programme by name.
fn place(drafted: &Drafted, hit: &LimitHit) -> String {
    let name = drafted.programmes.iter().find(|(code, _)| *code == hit.programme).map(|(_, name)| name);
    let parts = [name.unwrap_or(&hit.programme), &hit.township, &hit.subject];
    let parts: Vec<&str> =
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.as_str()).collect();
    parts.join("／")
}

/// What a limit allows, in words.
fn allowed(language: Language, allowed: &Allowed) -> String {
    match allowed {
        Allowed::PercentAndPeople(percent, people) => words::say(
            language,
            "report-allowed-share",
            &[
                ("percent", percent.to_string().as_str().into()),
                ("people", people.to_string().as_str().into()),
            ],
        ),
        other => other.to_string(),
    }
}

/// The command of a dry run that drafts.
fn in_earnest(arguments: &RunArgs) -> String {
    let mut command = format!("disburse run --month {}", arguments.month);
    if let Some(through) = arguments.through {
        command.push_str(&format!(" --through {through}"));
    }
    if arguments.kind == Kind::Adhoc {
        command.push_str(" --kind adhoc");
    }
    for roster in &arguments.carry_forward {
        command.push_str(&super::desk::option("carry-forward", Some(roster)));
    }
    for left_out in &arguments.without {
        command.push_str(&super::desk::option("without", Some(left_out)));
    }
    if let Some(day) = arguments.pay_on {
        command.push_str(&format!(" --pay-on {day}"));
    }
    command + &super::desk::option("by", Some(&arguments.by))
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
