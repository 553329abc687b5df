//! `status`, and no command at all: where each cycle stands, and which command comes next.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::calendar::Calendar;
use crate::cycle::reconcile::age;
use crate::cycle::{bureau, warnings};
use crate::domain::{Beneficiary, Fault, Hold, Money, Month, Tally, Text};
use crate::ledger::{Ledger, PaymentState, RunState, RunSummary};
use crate::reconcile::open::MISSING_AFTER;
use crate::returns::matching::age_band;
use crate::words;
use crate::workspace::Workspace;

use super::answer::{Answer, finding_line};
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
            "recalled_files": run.recalled.0,
        }));
        let state = match run.recalled {
            (recalled, files) if recalled > 0 && recalled < files => words::say(
                language,
                "status-part-recalled",
                &[
                    ("recalled", recalled.to_string().as_str().into()),
                    ("files", files.to_string().as_str().into()),
                ],
            ),
            _ => words::say(language, run.state.word(), &[]),
        };
        answer.say(
            language,
            "status-run",
            &[
                ("run", format!("{:04}", run.number).as_str().into()),
                ("month", run.cycle.to_string().as_str().into()),
                ("state", state.as_str().into()),
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
    let due_again = ledger.returned_and_due()?;
    // A run that was taken back whole leaves its cycle to be paid.
    let taken_back = runs.iter().rfind(|run| {
        let due = due_again.contains_key(&(run.number, PaymentState::Recalled));
        run.state == RunState::Recalled && Some(run.cycle) == released && due
    });
    let cycle = drafted
        .or(taken_back)
        .map(|run| run.cycle)
        .unwrap_or_else(|| released.map_or(first, |latest| latest.plus(1)).max(first));
    let calendar = bureau::calendar(&workspace.calendar()?)?;
    let pay_by = calendar.pay_by(cycle, config.pay.lead_days, config.pay.includes_tenth);
    let left = calendar.working_days_left(context.session.today, pay_by);
    answer.say(language, "status-cycle", &[("month", cycle.to_string().as_str().into())]);
    if runs.is_empty() && !workspace.roster_months()?.contains(&cycle) {
        answer.say(language, "status-begin", &[("month", cycle.to_string().as_str().into())]);
    }
    // Nobody is late who has not begun: the first month is still the one of the sample.
    if runs.is_empty() && cycle < Month::of(context.session.today) {
        let month = cycle.to_string();
        answer.say(language, "status-first-month-past", &[("month", month.as_str().into())]);
    } else {
        super::pay_by_line(&mut answer, language, pay_by, left);
    }
    answer.put("cycle", cycle.to_string()).put("pay_by", pay_by.to_string()).put("working_days_left", left);
    let (unanswered, overdue) = waiting_for_banks(&mut answer, context, &calendar, &runs);
    waiting_to_be_paid_again(&mut answer, context, &workspace, &runs, &due_again)?;
    waiting_for_people(&mut answer, context, &ledger, &runs)?;
    answer.next = match drafted {
        Some(run) => format!("disburse approve {} --total {} --by NAME", run.number, run.total),
        None if unanswered > 0
            && released.is_some_and(|latest| latest >= Month::of(context.session.today)) =>
        {
            match overdue {
                Some(cycle) => format!("disburse reconcile --month {cycle}"),
                None => "disburse returns FILE… --by NAME".to_owned(),
            }
        }
        // Nothing to run yet: first the rosters, then a look at them.
        None if !workspace.roster_months()?.contains(&cycle) => {
            answer.say(language, "status-no-rosters", &[("month", cycle.to_string().as_str().into())]);
            format!("disburse check --month {cycle}")
        }
        // Nobody could approve what the bank was to pay on a day that has passed.
        None if taken_back.is_some() && left < 0 => {
            format!("disburse run --month {cycle} --pay-on DATE --by NAME")
        }
        None => format!("disburse run --month {cycle} --by NAME"),
    };
    let payer = warnings::payer_of_settings(&workspace)?;
    answer.lines.extend(payer.iter().map(|finding| finding_line(finding, language)));
    super::verify::unfinished(context, &workspace, &runs, &mut answer)?;
    Ok(answer)
}

/// What no bank has answered, and for how many working days: how many payments, and the first cycle whose
/// payments are overdue.
fn waiting_for_banks(
    answer: &mut Answer,
    context: &Context,
    calendar: &Calendar,
    runs: &[RunSummary],
) -> (u64, Option<Month>) {
    let language = context.session.language;
    let mut listed = Vec::new();
    let mut all = 0;
    let mut overdue = None;
    for run in runs {
        let Some(released) = run.released.as_ref().filter(|released| released.unanswered > 0) else {
            continue;
        };
        let days = age(calendar, released.on, context.session.today);
        all += released.unanswered;
        if days > MISSING_AFTER {
            overdue = overdue.or(Some(run.cycle));
        }
        listed.push(json!({
            "run": run.number, "unanswered": released.unanswered, "working_days": days,
            "band": age_band(days),
        }));
        answer.say(
            language,
            "status-unanswered",
            &[
                ("run", format!("{:04}", run.number).as_str().into()),
                ("count", released.unanswered.to_string().as_str().into()),
                ("days", days.to_string().as_str().into()),
            ],
        );
    }
    answer.put("unanswered", all).put("waiting_for_banks", listed);
    (all, overdue)
}

/// What a bank did not pay, and what was recalled: due, and in no bank file since.
fn waiting_to_be_paid_again(
    answer: &mut Answer,
    context: &Context,
    workspace: &Workspace,
    runs: &[RunSummary],
    due_again: &BTreeMap<(u32, PaymentState), Tally>,
) -> Result<(), Fault> {
    let language = context.session.language;
    let mut listed = Vec::new();
    for ((number, state), due) in due_again {
        let Some(run) = runs.iter().find(|run| run.number == *number) else { continue };
        let folder = workspace.out_folder(run.cycle, "reconcile");
        let reconciled = match folder.parent() {
            Some(month) => workspace.last_numbered(month, "reconcile")?,
            None => None,
        };
        let list = match (state, reconciled) {
            (PaymentState::Recalled, _) => format!("disburse run --month {} --by NAME", run.cycle),
            (_, Some(last)) => format!("out/{}/reconcile-{last:04}/failed.csv", run.cycle),
            (_, None) => format!("disburse reconcile --month {}", run.cycle),
        };
        listed.push(json!({
            "run": number, "state": state.word(), "payments": due.count, "amount": due.money, "see": list,
        }));
        let code = match state {
            PaymentState::Recalled => "status-recalled-due",
            _ => "status-failed-due",
        };
        answer.say(
            language,
            code,
            &[
                ("run", format!("{number:04}").as_str().into()),
                ("month", run.cycle.to_string().as_str().into()),
                ("count", due.count.to_string().as_str().into()),
                ("money", due.money.to_string().as_str().into()),
                ("list", list.as_str().into()),
            ],
        );
    }
    answer.put("due_again", listed);
    Ok(())
}

/// One kind of hold.
#[derive(Default)]
struct HeldKind {
    people: BTreeSet<Beneficiary>,
    months: BTreeMap<Beneficiary, u64>,
    oldest: u64,
    money: Money,
}

/// Money on hold by its reason, the most people × months first; what is owed to us; what waits for a
/// second person.
fn waiting_for_people(
    answer: &mut Answer,
    context: &Context,
    ledger: &Ledger,
    runs: &[RunSummary],
) -> Result<(), Fault> {
    let language = context.session.language;
    let text = |value: &dyn ToString| Text::from(value.to_string());
    // Codes of the ledger alone: nothing here needs the pack.
    let codes = ledger.programme_codes(&[])?;
    let mut kinds: BTreeMap<Hold, HeldKind> = BTreeMap::new();
    if let Some(run) = runs.iter().rfind(|run| run.released.is_some()) {
        for held in ledger.held_of_run(run.number, &codes)? {
            let kind = kinds.entry(held.hold).or_default();
            let months = run.cycle.months_since(held.since).max(0) as u64 + 1;
            let waited = kind.months.entry(held.line.beneficiary.clone()).or_default();
            *waited = (*waited).max(months);
            kind.oldest = kind.oldest.max(months);
            kind.money += held.amount;
            kind.people.insert(held.line.beneficiary);
        }
    }
    let mut kinds: Vec<(u64, Hold, HeldKind)> =
        kinds.into_iter().map(|(hold, kind)| (kind.months.values().sum(), hold, kind)).collect();
    kinds.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let mut listed = Vec::new();
    for (months, hold, kind) in &kinds {
        listed.push(json!({
            "hold": hold.word(), "people": kind.people.len(), "people_months": months,
            "oldest": kind.oldest, "money": kind.money,
        }));
        let word = words::say(language, &format!("report-hold-{}", hold.word()), &[]);
        answer.say(
            language,
            "status-held",
            &[
                ("hold", word.as_str().into()),
                ("people", text(&kind.people.len())),
                ("months", text(months)),
                ("oldest", text(&kind.oldest)),
                ("money", text(&kind.money)),
            ],
        );
    }
    answer.put("held", listed);
    let owed: Money = ledger.balances(&codes)?.values().map(|(_, receivable)| -*receivable).sum();
    let lines = ledger.receivable_lines()?;
    if lines > 0 {
        answer.say(language, "status-receivable", &[("count", text(&lines)), ("money", text(&owed))]);
    }
    answer.put("receivable", json!({"lines": lines, "money": owed}));
    let mut requests = Vec::new();
    for request in ledger.open_requests()? {
        let kind = match request.kind.as_str() {
            "recall" => words::say(language, "request-recall", &[]),
            "recover" => words::say(language, "request-recover", &[]),
            "decision" => words::say(language, "request-decision", &[]),
            other => other.to_owned(),
        };
        requests.push(json!({"kind": request.kind.as_str(), "by": request.by.as_str(),
            "date": request.today.to_string()}));
        answer.say(
            language,
            "status-request",
            &[("by", request.by.clone()), ("date", text(&request.today)), ("kind", text(&kind))],
        );
    }
    answer.put("requests", requests);
    Ok(())
}
