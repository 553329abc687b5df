//! `reconcile --month M` and `--year Y`.

use serde_json::json;

use crate::cycle::reconcile::Reconciler;
use crate::domain::{Exit, Fault, Month, Tally, Text};
use crate::reconcile::open::BANDS;
use crate::reconcile::statistics::Statistics;
use crate::reconcile::{Disagreement, Standing};
use crate::words;

use super::answer::Answer;
use super::context::Context;

/// Reconciles a cycle or a year.
///
/// # Errors
/// Exit 2: neither or nothing released; as [`Reconciler`].
pub fn reconcile(context: &Context, month: Option<Month>, year: Option<i32>) -> Result<Answer, Fault> {
    match (month, year) {
        (Some(month), None) => of_month(context, month),
        (None, Some(year)) => of_year(context, year),
        _ => Err(Fault::new(Exit::Usage, "reconcile-needs-month")),
    }
}

fn text(value: impl ToString) -> Text {
    value.to_string().into()
}

fn tally(amounts: impl Iterator<Item = crate::domain::Money>) -> Tally {
    amounts.fold(Tally::default(), |mut tally, amount| {
        tally.add(amount);
        tally
    })
}

fn of_month(context: &Context, month: Month) -> Result<Answer, Fault> {
    let language = context.session.language;
    let (bureau, ledger) = context.read_only(Month::of(context.session.today))?;
    let reconciler = Reconciler { bureau: &bureau, ledger: &ledger, session: &context.session };
    let done = reconciler.month(month)?;
    let (result, statistics) = (&done.result.reconciliation, &done.result.statistics);
    let total = &result.total;
    let mut answer = Answer::new();
    let unanswered = tally(result.unanswered.iter().map(|open| open.amount));
    answer.say(
        language,
        "reconcile-done",
        &[
            ("month", text(month)),
            ("count", text(total.in_file.count)),
            ("money", text(total.in_file.money)),
            ("paid", text(total.standing(Standing::Paid).money)),
            ("failed", text(total.standing(Standing::Failed).money)),
            ("unanswered", text(unanswered.money)),
        ],
    );
    answer.say(
        language,
        "reconcile-balance-line",
        &[
            ("ledger", text(total.ledger)),
            ("bank", text(total.bank)),
            ("unexplained", text(result.unexplained())),
        ],
    );
    if total.stated.count > 0 {
        answer.say(
            language,
            "reconcile-statement-line",
            &[("statement", text(total.statement)), ("unexplained", text(total.unexplained_statement()))],
        );
    }
    for band in BANDS {
        let of_band =
            tally(result.unanswered.iter().filter(|open| open.band() == band).map(|open| open.amount));
        if of_band.count > 0 {
            let blanks =
                [("band", text(band)), ("count", text(of_band.count)), ("money", text(of_band.money))];
            answer.say(language, "reconcile-ageing-line", &blanks);
        }
    }
    let mut classes: Vec<(&str, u64)> = Vec::new();
    for one in &result.exceptions {
        match classes.iter_mut().find(|(class, _)| *class == one.class) {
            Some((_, count)) => *count += 1,
            None => classes.push((&one.class, 1)),
        }
    }
    for (class, count) in &classes {
        let class = words::say(language, &format!("class-{class}"), &[]);
        answer.say(
            language,
            "reconcile-exception-class",
            &[("class", class.as_str().into()), ("count", text(count))],
        );
    }
    say_disagreements(&mut answer, language, &result.disagreements);
    say_statistics(&mut answer, language, statistics);
    answer.say(language, "reconcile-folder", &[("folder", done.folder.as_str().into())]);
    let counted: serde_json::Map<String, serde_json::Value> =
        classes.iter().map(|(class, count)| ((*class).to_owned(), json!(count))).collect();
    answer
        .put("cycle", month.to_string())
        .put("closes", result.closes())
        .put("unexplained", result.unexplained().to_string())
        .put("ledger", total.ledger.to_string())
        .put("bank", total.bank.to_string())
        .put("payments", total.in_file.count)
        .put("in_files", total.in_file.money.to_string())
        .put("failed", result.failed.len())
        .put("unanswered", unanswered.count)
        .put("exceptions", result.exceptions.len())
        .put("classes", counted)
        .put("statistics_foot", statistics.foots())
        .put("folder", done.folder.clone());
    if !result.closes() || !statistics.foots() {
        answer.exit = Exit::Unbalanced;
        answer.next = "disburse verify".to_owned();
    } else if !result.exceptions.is_empty() {
        answer.exit = Exit::Look;
        answer.next = format!("disburse returns --decisions {}/exceptions.xlsx --by NAME", done.folder);
    } else if unanswered.count > 0 {
        answer.next = "disburse returns FILE… --by NAME".to_owned();
    } else {
        answer.next = "disburse status".to_owned();
    }
    Ok(answer)
}

/// The month's statistics in a line; every check that failed, and every cycle that is missing in the year.
fn say_statistics(answer: &mut Answer, language: words::Language, statistics: &Statistics) {
    let Some(all) = statistics.rows.first() else { return };
    answer.say(
        language,
        "statistics-line",
        &[
            ("persons", text(all.month.counts.persons)),
            ("month", text(all.month.counts.fresh())),
            ("year", text(all.year.counts.fresh())),
            ("ten_thousands", text(all.year.fresh)),
        ],
    );
    for missing in &statistics.missing {
        answer.say(language, "statistics-cycle-missing", &[("month", text(missing))]);
    }
    for check in statistics.checks.iter().filter(|check| !check.failed.is_empty()) {
        let what = words::say(language, &format!("reconcile-check-{}", check.code), &[]);
        for (place, left, right) in check.failed.iter().take(5) {
            answer.say(
                language,
                "statistics-check-failed",
                &[
                    ("what", what.as_str().into()),
                    ("place", place.clone()),
                    ("left", left.as_str().into()),
                    ("right", right.as_str().into()),
                ],
            );
        }
    }
}

fn say_disagreements(answer: &mut Answer, language: words::Language, all: &[Disagreement]) {
    for one in all.iter().take(20) {
        let what = words::say(language, &format!("reconcile-disagreement-{}", one.what), &[]);
        answer.say(
            language,
            "reconcile-disagreement-line",
            &[("what", what.as_str().into()), ("place", one.place.clone()), ("amount", text(one.amount))],
        );
    }
}

fn of_year(context: &Context, year: i32) -> Result<Answer, Fault> {
    let language = context.session.language;
    let (bureau, ledger) = context.read_only(Month::of(context.session.today))?;
    let reconciler = Reconciler { bureau: &bureau, ledger: &ledger, session: &context.session };
    let codes = ledger.programme_codes(&bureau.codes())?;
    let done = reconciler.year(year)?;
    let mut answer = Answer::new();
    let mut programmes = serde_json::Map::new();
    for row in &done.result.rows {
        let code = codes.get(usize::from(row.programme.0)).map_or("", Text::as_str);
        let name = bureau.rulebook.programmes.iter().find(|rule| rule.code == code);
        let total = &row.total;
        let recovered = total.repaid + total.offset;
        answer.say(
            language,
            "reconcile-year-line",
            &[
                ("programme", name.map_or_else(|| code.into(), |rule| rule.name.clone())),
                ("paid", text(total.paid.money)),
                ("returned", text(total.returned)),
                ("recovered", text(recovered)),
                ("receivable", text(total.receivable)),
            ],
        );
        programmes.insert(
            code.to_owned(),
            json!({
                "paid": total.paid.money, "returned": total.returned, "recovered": recovered,
                "receivable": total.receivable, "payable": total.payable,
            }),
        );
    }
    say_disagreements(&mut answer, language, &done.result.disagreements);
    answer.say(language, "reconcile-folder", &[("folder", done.folder.as_str().into())]);
    answer
        .put("year", year)
        .put("closes", done.result.disagreements.is_empty())
        .put("programmes", programmes)
        .put("folder", done.folder.clone());
    if !done.result.disagreements.is_empty() {
        answer.exit = Exit::Unbalanced;
    }
    answer.next = "disburse status".to_owned();
    Ok(answer)
}
