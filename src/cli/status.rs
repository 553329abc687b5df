//! `status`, and no command at all: where each cycle stands, and which command comes next.

use serde_json::json;

use crate::calendar::Calendar;
use crate::cycle::bureau::calendar_year;
use crate::domain::{Fault, Month};
use crate::ledger::RunState;
use crate::words;

use super::answer::Answer;
use super::context::Context;

/// Says where the bureau stands.
///
/// # Errors
/// No workspace, the ledger.
pub fn status(context: &Context) -> Result<Answer, Fault> {
    let language = context.session.language;
    let workspace = context.workspace()?;
    let config = &workspace.config;
    let ledger = context.ledger(&workspace)?;
    let mut answer = Answer::new();
    let runs = ledger.runs()?;
    let mut listed = Vec::new();
    for run in &runs {
        let unanswered = run.released.as_ref().map_or(0, |released| released.unanswered);
        listed.push(json!({
            "run": run.number, "cycle": run.cycle, "kind": run.kind.word(), "state": run.state.word(),
            "total": run.total, "payments": run.payments, "unanswered": unanswered,
        }));
        answer.say(
            language,
            "status-run",
            &[
                ("run", format!("{:04}", run.number).as_str().into()),
                ("month", run.cycle.to_string().as_str().into()),
                ("state", words::say(language, run.state.word(), &[]).as_str().into()),
                ("total", run.total.to_string().as_str().into()),
                ("payments", run.payments.to_string().as_str().into()),
                ("unanswered", unanswered.to_string().as_str().into()),
            ],
        );
    }
    answer.put("runs", listed);
    let drafted = runs.iter().rev().find(|run| run.state == RunState::Drafted);
    let released = runs.iter().filter(|run| run.released.is_some()).map(|run| run.cycle).max();
    let first = config.first_month.unwrap_or(Month::of(context.session.today));
    let cycle = drafted
        .map(|run| run.cycle)
        .unwrap_or_else(|| released.map_or(first, |latest| latest.plus(1)).max(first));
    let mut years = Vec::new();
    for (name, text) in workspace.calendar()? {
        years.extend(calendar_year(&name).map(|year| (year, text)));
    }
    let years: Vec<(i32, &str)> = years.iter().map(|(year, text)| (*year, text.as_str())).collect();
    let calendar = Calendar::load(&years)?;
    let pay_by = calendar.pay_by(cycle, config.pay.lead_days, config.pay.includes_tenth);
    let left = calendar.working_days_left(context.session.today, pay_by);
    answer.say(language, "status-cycle", &[("month", cycle.to_string().as_str().into())]);
    super::pay_by_line(&mut answer, language, pay_by, left);
    answer.put("cycle", cycle.to_string()).put("pay_by", pay_by.to_string()).put("working_days_left", left);
    let unanswered: u64 =
        runs.iter().filter_map(|run| run.released.as_ref()).map(|released| released.unanswered).sum();
    answer.put("unanswered", unanswered);
    answer.next = match drafted {
        Some(run) => format!("disburse approve {} --total {} --by NAME", run.number, run.total),
        None if unanswered > 0
            && released.is_some_and(|latest| latest >= Month::of(context.session.today)) =>
        {
            "disburse returns FILE… --by NAME".to_owned()
        }
        None => format!("disburse run --month {cycle} --by NAME"),
    };
    super::verify::unfinished(context, &workspace, &runs, &mut answer)?;
    Ok(answer)
}
