//! `whatif`: two packs on the same rosters.

use std::path::Path;

use serde_json::json;

use crate::cycle::policy as packs;
use crate::cycle::whatif::{self as comparing, Request};
use crate::domain::{Exit, Fault, Money, Month};
use crate::report::table::{Align, Table};
use crate::words;

use super::answer::Answer;
use super::context::Context;

/// Compares, writes the reports, says the sums.
///
/// # Errors
/// As [`comparing::compare`]; exit 2: neither another pack nor another cycle; exit 3: the other pack has
/// mistakes.
pub fn whatif(
    context: &Context,
    policy: Option<&Path>,
    month: Month,
    known_in: Option<Month>,
) -> Result<Answer, Fault> {
    let language = context.session.language;
    if policy.is_none() && known_in.is_none() {
        return Err(Fault::new(Exit::Usage, "whatif-what"));
    }
    let (bureau, ledger) = context.read_only(month)?;
    let other = match policy {
        Some(folder) => packs::load(folder, language)?.rulebook,
        None => bureau.rulebook.clone(),
    };
    let request = Request { month, known_before: month, known_after: known_in.unwrap_or(month) };
    let report = comparing::compare(&bureau, &other, &ledger, &request)?;
    let folder = comparing::write(&bureau, &report, &context.session)?;

    let mut answer = Answer::new();
    let of = |name: &'static str, value: String| (name, value.as_str().into());
    let head = |code: &str| words::say(language, &format!("whatif-{code}"), &[]);
    let heads = [
        head("programme"),
        head("lines-before"),
        head("lines-after"),
        head("before"),
        head("after"),
        head("difference"),
    ];
    let columns: Vec<(&str, Align)> = heads
        .iter()
        .enumerate()
        .map(|(position, head)| (head.as_str(), if position == 0 { Align::Left } else { Align::Right }))
        .collect();
    let mut table = Table::new(&columns);
    for cost in report.months.iter().filter(|cost| cost.month == month) {
        table.row([
            report.name(&cost.programme).to_owned(),
            cost.before.count.to_string(),
            cost.after.count.to_string(),
            cost.before.money.to_string(),
            cost.after.money.to_string(),
            (cost.after.money - cost.before.money).to_string(),
        ]);
    }
    answer.lines.extend(table.render(None).lines().map(str::to_owned));
    for (kind, lines, persons, money) in report.kinds().into_iter().filter(|(_, lines, ..)| *lines > 0) {
        answer.say(
            language,
            "whatif-kind-line",
            &[
                of("kind", head(kind.word())),
                of("lines", lines.to_string()),
                of("persons", persons.to_string()),
                of("amount", money.to_string()),
            ],
        );
    }
    let costs = report.costs();
    let difference = |(before, after): (Money, Money)| after - before;
    for (code, cost) in
        [("cost-month", costs.month), ("cost-past", costs.past), ("cost-future", costs.future)]
    {
        answer.say(
            language,
            "whatif-cost-line",
            &[
                of("what", head(code)),
                of("before", cost.0.to_string()),
                of("after", cost.1.to_string()),
                of("difference", difference(cost).to_string()),
            ],
        );
    }
    if !report.missing.is_empty() {
        answer.say(language, "whatif-missing-line", &[of("missing", report.missing.join(", "))]);
    }
    answer.say(language, "whatif-written", &[of("folder", folder.clone())]);
    let sums = |cost: (Money, Money)| json!({"before": cost.0.to_string(), "after": cost.1.to_string(), "difference": difference(cost).to_string()});
    answer
        .put("month", month.to_string())
        .put("folder", folder)
        .put("cost_month", sums(costs.month))
        .put("cost_arrears", sums(costs.past))
        .put("cost_rest_of_year", sums(costs.future))
        .put("missing", report.missing.clone())
        .put("digest_before", report.digest_before.clone())
        .put("digest_after", report.digest_after.clone())
        .put("changes", report.changes.len())
        .put(
            "kinds",
            report
                .kinds()
                .into_iter()
                .map(|(kind, lines, persons, money)| {
                    (
                        kind.word().to_owned(),
                        json!({"lines": lines, "persons": persons, "difference": money.to_string()}),
                    )
                })
                .collect::<serde_json::Map<_, _>>(),
        );
    answer.next = match policy {
        Some(folder) => format!("disburse policy diff {}", folder.display()),
        None => "disburse policy check".to_owned(),
    };
    Ok(answer)
}
