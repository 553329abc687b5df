//! `policy check | test | show | diff | fmt | schema`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::assess::coverage::Coverage;
use crate::cycle::policy::{self as packs, Loaded};
use crate::domain::{Exit, Fault, Month, Text};
use crate::policy::show::{Shown, status_word};
use crate::policy::{Rulebook, Speaker, check, compare, schema};
use crate::report::label::label;
use crate::report::table::{Align, Table};
use crate::words::{self, Language};

use super::PolicyCommand;
use super::answer::{Answer, finding_line};
use super::context::Context;

/// How many gaps and differences a terminal shows; the rest are counted, and all stand in `--json`.
const SHOWN: usize = 60;

/// Does what is asked with a pack.
///
/// # Errors
/// Exit 3: the pack has mistakes, shown with their places; exit 2: nothing to compare; the disk.
pub fn policy(context: &Context, command: &PolicyCommand) -> Result<Answer, Fault> {
    let language = context.session.language;
    match command {
        PolicyCommand::Check { folder } => check_pack(context, folder.as_deref()),
        PolicyCommand::Test { folder, month } => test(context, folder.as_deref(), *month),
        PolicyCommand::Show { folder, month, programme } => {
            let month = month.unwrap_or(Month::of(context.session.today));
            show(context, folder.as_deref(), month, programme.as_deref())
        }
        PolicyCommand::Diff { folders, from, to } => diff(context, folders, from.zip(*to)),
        PolicyCommand::Fmt { folder, check } => {
            let changed = packs::format(&folder_of(context, folder.as_deref())?, *check, language)?;
            let mut answer = Answer::new();
            match changed.is_empty() {
                true => answer.say(language, "pack-well-formatted", &[]),
                false => answer.say(
                    language,
                    if *check { "pack-would-format" } else { "pack-formatted" },
                    &[
                        ("count", changed.len().to_string().as_str().into()),
                        ("files", changed.join(", ").as_str().into()),
                    ],
                ),
            };
            if *check && !changed.is_empty() {
                answer.exit = Exit::Look;
            }
            answer.put("changed", changed);
            answer.next = "disburse policy check".to_owned();
            Ok(answer)
        }
        PolicyCommand::Schema { folder } => {
            // A pack that does not load, or none at all, has the schema without its codes.
            let loaded = folder_of(context, folder.as_deref())
                .ok()
                .and_then(|folder| packs::load(&folder, language).ok());
            let schema = schema::schema(loaded.as_ref().map(|loaded| &loaded.rulebook));
            let mut answer = Answer::new();
            let pretty = serde_json::to_string_pretty(&schema)
                .map_err(|fault| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string()))?;
            answer.lines.push(pretty);
            answer.put("schema", schema);
            Ok(answer)
        }
    }
}

fn folder_of(context: &Context, folder: Option<&Path>) -> Result<PathBuf, Fault> {
    match folder {
        Some(folder) => Ok(folder.to_owned()),
        None => Ok(context.workspace()?.root().join("policy")),
    }
}

fn loaded(context: &Context, folder: Option<&Path>) -> Result<Loaded, Fault> {
    packs::load(&folder_of(context, folder)?, context.session.language)
}

fn of(name: &'static str, value: impl ToString) -> (&'static str, Text) {
    (name, value.to_string().as_str().into())
}

fn check_pack(context: &Context, folder: Option<&Path>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let loaded = loaded(context, folder)?;
    let checked = check::check(&loaded.rulebook);
    let tested = packs::test(&loaded, language)?;
    let mut answer = Answer::new();
    let findings: Vec<_> = loaded.findings.iter().chain(&checked.findings).collect();
    for finding in &findings {
        answer.lines.push(finding_line(finding, language));
    }
    answer.say(language, "pack-ok", &[]);
    let counts: Vec<String> = checked
        .counts
        .iter()
        .map(|(code, count)| format!("{} {count}", words::say(language, code, &[])))
        .collect();
    answer.say(language, "pack-counts", &[of("counts", counts.join("  "))]);
    let [verified, assumed, example] = checked.statuses.map(|(_, count)| count);
    answer.say(
        language,
        "pack-statuses",
        &[of("verified", verified), of("assumed", assumed), of("example", example)],
    );
    let name = |programme| Speaker { rulebook: &loaded.rulebook, language }.programme(programme);
    answer.say(language, "pack-unmentioned", &[of("count", checked.unmentioned.len())]);
    let mut first = 0;
    while first < checked.unmentioned.len() {
        let holder = checked.unmentioned[first].0;
        let others: Vec<String> = checked.unmentioned[first..]
            .iter()
            .take_while(|(one, _)| *one == holder)
            .map(|(_, other)| name(*other))
            .collect();
        answer.lines.push(format!("  {} + {}", name(holder), others.join("、")));
        first += others.len();
    }
    say_tested(&mut answer, language, &tested);
    let code = |programme| loaded.rulebook.rule(programme).code.as_str();
    answer
        .put(
            "counts",
            checked
                .counts
                .iter()
                .map(|(code, count)| (code.trim_start_matches("check-").to_owned(), json!(count)))
                .collect::<serde_json::Map<_, _>>(),
        )
        .put(
            "statuses",
            checked
                .statuses
                .iter()
                .map(|(status, count)| (status_word(*status).to_owned(), json!(count)))
                .collect::<serde_json::Map<_, _>>(),
        )
        .put(
            "findings",
            findings
                .iter()
                .map(|finding| {
                    json!({"code": finding.code, "severity": finding.severity.word(),
                           "text": finding_line(finding, language)})
                })
                .collect::<Vec<_>>(),
        )
        .put(
            "unmentioned",
            checked.unmentioned.iter().map(|(a, b)| json!([code(*a), code(*b)])).collect::<Vec<_>>(),
        )
        .put("digest", loaded.rulebook.digest.clone());
    if !tested.differences.is_empty() {
        answer.exit = Exit::Look;
    }
    answer.next = "disburse policy test".to_owned();
    Ok(answer)
}

fn say_tested(answer: &mut Answer, language: Language, tested: &crate::cycle::policy_test::Tested) {
    if tested.cases == 0 {
        answer.say(language, "pack-no-cases", &[]);
    } else {
        answer.say(
            language,
            "pack-tested",
            &[
                of("cases", tested.cases),
                of("expected", tested.expected),
                of("differences", tested.differences.len()),
            ],
        );
    }
    answer
        .put("cases", tested.cases)
        .put("expected", tested.expected)
        .put("differences_count", tested.differences.len());
}

fn test(context: &Context, folder: Option<&Path>, month: Option<Month>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let loaded = loaded(context, folder)?;
    let tested = packs::test(&loaded, language)?;
    let mut answer = Answer::new();
    if !tested.differences.is_empty() {
        let mut table = Table::said(
            language,
            &[
                ("place", Align::Left),
                ("case", Align::Left),
                ("programme", Align::Left),
                ("person", Align::Left),
                ("month", Align::Left),
                ("expected", Align::Left),
                ("found", Align::Left),
            ],
        );
        for difference in &tested.differences {
            table.row([
                format!("{}:{}", difference.file, difference.line),
                difference.case.to_string(),
                programme_name(&loaded.rulebook, &difference.programme),
                difference.person.to_string(),
                difference.month.to_string(),
                outcome_in_words(language, &difference.expected),
                outcome_in_words(language, &difference.found),
            ]);
        }
        answer.lines.extend(table.render(None).lines().map(str::to_owned));
        // What could not be read of the cases: often the reason.
        let mut told: Vec<String> = tested
            .differences
            .iter()
            .flat_map(|difference| &difference.findings)
            .map(|finding| finding_line(finding, language))
            .collect();
        told.dedup();
        answer.lines.extend(told);
    }
    say_tested(&mut answer, language, &tested);
    let differences: Vec<_> = tested
        .differences
        .iter()
        .map(|difference| {
            json!({
                "file": difference.file.as_str(), "line": difference.line, "case": difference.case.as_str(),
                "programme": difference.programme.as_str(), "person": difference.person.as_str(),
                "month": difference.month.to_string(), "expected": difference.expected,
                "found": difference.found,
            })
        })
        .collect();
    answer.put("differences", differences);
    let told = words::say(language, "pack-of-cases", &[]);
    let covered = say_coverage(&mut answer, language, &loaded.rulebook, &tested.coverage, &told);
    answer.put("coverage", covered);
    if let Some(month) = month {
        let (bureau, ledger) = context.read_only(month)?;
        let coverage = packs::cover(&bureau, &ledger, month)?;
        let told = words::say(language, "pack-of-rosters", &[of("month", month)]);
        let covered = say_coverage(&mut answer, language, &bureau.rulebook, &coverage, &told);
        answer.put("roster_coverage", covered);
    }
    if !tested.differences.is_empty() {
        answer.exit = Exit::Look;
    }
    answer.next = "disburse policy check".to_owned();
    Ok(answer)
}

fn programme_name(rulebook: &Rulebook, code: &str) -> String {
    rulebook.programme(code).map_or_else(|| code.to_owned(), |found| rulebook.rule(found).name.to_string())
}

/// `entitled 600.00` with its first word, the outcome, for people.
fn outcome_in_words(language: Language, told: &str) -> String {
    let (outcome, rest) = told.split_once(' ').unwrap_or((told, ""));
    format!("{} {rest}", label(language, "outcome", outcome)).trim().to_owned()
}

/// Says what is covered and names what is not; the same for programs.
fn say_coverage(
    answer: &mut Answer,
    language: Language,
    rulebook: &Rulebook,
    coverage: &Coverage,
    told_of: &str,
) -> serde_json::Value {
    let (clauses, clauses_both) = coverage.clauses_both_ways();
    let (entries, entries_used) = coverage.entries_used();
    let (bars, bars_seen) = coverage.bars_seen();
    answer.say(
        language,
        "pack-coverage",
        &[
            of("of", told_of),
            of("clauses", clauses),
            of("clauses_both", clauses_both),
            of("entries", entries),
            of("entries_used", entries_used),
            of("bars", bars),
            of("bars_seen", bars_seen),
        ],
    );
    let mut gaps: Vec<String> = Vec::new();
    let mut by_clause = Vec::new();
    for (rule, seen) in rulebook.programmes.iter().zip(&coverage.clauses) {
        for (clause, seen) in rule.clauses.iter().zip(seen) {
            let place = [of("programme", &rule.code), of("clause", &clause.id)];
            if seen.passed == 0 {
                gaps.push(words::say(language, "pack-clause-never-passed", &place));
            }
            if seen.failed == 0 {
                gaps.push(words::say(language, "pack-clause-never-failed", &place));
            }
            by_clause.push(json!({
                "programme": rule.code.as_str(), "clause": clause.id.as_str(), "held": seen.passed, "failed": seen.failed,
                "undecided": seen.undecided,
            }));
        }
    }
    let mut by_entry = Vec::new();
    for (position, (value, used)) in rulebook.values.iter().zip(&coverage.values).enumerate() {
        let id = crate::policy::ValueId(position as u16);
        for (entry, used) in value.entries.iter().zip(used) {
            let name = Speaker { rulebook, language }.value_name(id, entry);
            if *used == 0 {
                let place = [of("value", &name), of("written", &entry.written), of("from", entry.from)];
                gaps.push(words::say(language, "pack-entry-never-used", &place));
            }
            by_entry.push(json!({
                "value": value.code.as_str(), "name": name, "from": entry.from.to_string(),
                "written": entry.written.as_str(), "used": used,
            }));
        }
    }
    let mut by_bar = Vec::new();
    for ((holder, barred), seen) in &coverage.bars {
        let (holder, barred) = (&rulebook.rule(*holder).code, &rulebook.rule(*barred).code);
        if *seen == 0 {
            let place = [of("holder", holder), of("barred", barred)];
            gaps.push(words::say(language, "pack-bar-never-seen", &place));
        }
        by_bar.push(json!({"holder": holder.as_str(), "barred": barred.as_str(), "seen": seen}));
    }
    let more = gaps.len().saturating_sub(SHOWN);
    answer.lines.extend(gaps.into_iter().take(SHOWN));
    if more > 0 {
        answer.lines.push(format!("  … {more}"));
    }
    json!({
        "clauses": clauses, "clauses_both_ways": clauses_both, "entries": entries,
        "entries_used": entries_used, "bars": bars, "bars_seen": bars_seen, "by_clause": by_clause,
        "by_entry": by_entry, "by_bar": by_bar,
    })
}

fn show(
    context: &Context,
    folder: Option<&Path>,
    month: Month,
    programme: Option<&str>,
) -> Result<Answer, Fault> {
    let language = context.session.language;
    let loaded = loaded(context, folder)?;
    let rulebook = &loaded.rulebook;
    let only = match programme {
        None => None,
        Some(asked) => {
            let by_name = rulebook.programmes.iter().position(|rule| rule.name == asked);
            let found = rulebook.programme(asked).or(by_name.map(|at| crate::domain::Programme(at as u16)));
            Some(found.ok_or_else(|| Fault::new(Exit::Usage, "programme-unknown").with("programme", asked))?)
        }
    };
    let shown = Speaker { rulebook, language }.show(month, only);
    let mut answer = Answer::new();
    show_lines(&mut answer, language, &shown);
    match serde_json::to_value(&shown) {
        Ok(serde_json::Value::Object(object)) => answer.json = object,
        _ => return Err(Fault::new(Exit::Bug, "report-failed").with("fault", "show")),
    }
    answer.next = "disburse policy check".to_owned();
    Ok(answer)
}

fn show_lines(answer: &mut Answer, language: Language, shown: &Shown) {
    let word = |code: &str| words::say(language, code, &[]);
    let status = |status: &str| words::say(language, &format!("report-status-{status}"), &[]);
    answer.say(
        language,
        "show-title",
        &[of("month", &shown.month), of("pack", &shown.pack), of("digest", &shown.digest)],
    );
    for programme in &shown.programmes {
        let not_yet = if programme.in_force { String::new() } else { word("show-not-yet") };
        answer.lines.push(String::new());
        answer.lines.push(format!("■ {} {} {not_yet}", programme.name, programme.code).trim_end().to_owned());
        answer.lines.extend(programme.frame.iter().map(|sentence| format!("  {sentence}")));
        answer.lines.push(format!("  {}（{}）", programme.citation, status(&programme.status)));
        if let Some(selection) = &programme.selection {
            answer.lines.push(format!("  {}  {selection}", word("show-selection")));
        }
        for (position, clause) in programme.clauses.iter().enumerate() {
            if position == 0 {
                answer.lines.push(format!("  {}", word("show-condition")));
            }
            answer.lines.push(format!("    {}. {}  {}", position + 1, clause.id, clause.condition));
            answer.lines.push(format!("       {}：{}", word("show-else"), clause.words));
            answer.lines.push(format!("       {}（{}）", clause.citation, status(&clause.status)));
        }
        answer.lines.push(format!("  {}  {}", word("show-amount"), programme.amount));
        answer.lines.push(format!("    {}", programme.then.join("；")));
        if !programme.stacking.is_empty() {
            answer.lines.push(format!("  {}", word("show-stacking")));
            answer.lines.extend(programme.stacking.iter().map(|sentence| format!("    {sentence}")));
        }
        for (position, value) in programme.values.iter().enumerate() {
            if position == 0 {
                answer.lines.push(format!("  {}", word("show-values")));
            }
            answer.lines.push(format!(
                "    {}  {}  {} {}  {}（{}）",
                value.name,
                value.written,
                word("slip-from"),
                value.from,
                value.citation,
                status(&value.status)
            ));
        }
    }
    if !shown.profiles.is_empty() {
        answer.lines.push(String::new());
        answer.lines.extend(shown.profiles.iter().map(|sentence| format!("■ {sentence}")));
    }
}

/// Codes of programmes, values and fields with their names.
fn codes_and_names(rulebook: &Rulebook) -> Vec<(Text, Text)> {
    let programmes = rulebook.programmes.iter().map(|rule| (rule.code.clone(), rule.name.clone()));
    let values = rulebook.values.iter().map(|value| (value.code.clone(), value.name.clone()));
    let fields = rulebook.fields.iter();
    let fields = fields.filter_map(|field| Some((field.code.clone(), field.headers.first()?.clone())));
    programmes.chain(values).chain(fields).filter(|(code, name)| code != name).collect()
}

fn diff(context: &Context, folders: &[PathBuf], months: Option<(Month, Month)>) -> Result<Answer, Fault> {
    let language = context.session.language;
    let mut names: Vec<(Text, Text)> = Vec::new();
    let found = match (folders, months) {
        ([before, after], None) => {
            let before = packs::load(before, language)?;
            let after = packs::load(after, language)?;
            names.extend([&after, &before].into_iter().flat_map(|pack| codes_and_names(&pack.rulebook)));
            compare::packs(&before.rulebook, &after.rulebook, language)
        }
        ([] | [_], Some((from, to))) => {
            let loaded = loaded(context, folders.first().map(PathBuf::as_path))?;
            names.extend(codes_and_names(&loaded.rulebook));
            compare::months(&loaded.rulebook, from, to, language)
        }
        // One folder is compared with the workspace's own pack.
        ([after], None) => {
            let before = loaded(context, None)?;
            let after = packs::load(after, language)?;
            names.extend([&after, &before].into_iter().flat_map(|pack| codes_and_names(&pack.rulebook)));
            compare::packs(&before.rulebook, &after.rulebook, language)
        }
        _ => return Err(Fault::new(Exit::Usage, "pack-diff-what")),
    };
    let mut answer = Answer::new();
    for difference in &found {
        let name = names.iter().find(|(code, _)| *code == difference.place);
        let name = name.map_or_else(Text::default, |(_, name)| name.clone());
        let part = [name.as_str(), difference.place.as_str(), difference.part.as_str()];
        let part: Vec<&str> = part.into_iter().filter(|part| !part.is_empty()).collect();
        let part = part.join(" ");
        let kind = label(language, "diff", difference.kind);
        answer.lines.push(format!("{kind} {}", part.trim_end()));
        if !difference.before.is_empty() {
            answer.lines.push(format!("  - {}", difference.before));
        }
        if !difference.after.is_empty() {
            answer.lines.push(format!("  + {}", difference.after));
        }
    }
    match found.is_empty() {
        true => answer.say(language, "pack-same", &[]),
        false => answer.say(language, "pack-differences", &[of("count", found.len())]),
    };
    let found = serde_json::to_value(&found)
        .map_err(|fault| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string()))?;
    answer.put("differences", found);
    answer.next = "disburse policy test".to_owned();
    Ok(answer)
}
