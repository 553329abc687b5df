//! The command line: arguments in, a conductor called, words out. What can be said on it stands in `arguments`; a file
//! here gives one command, or a few that are alike.

mod answer;
mod approve;
mod arguments;
mod columns;
mod context;
mod decisions_file;
mod desk;
mod explain;
mod generate;
mod help;
mod look;
mod man;
mod policy;
mod progress;
mod reconcile;
mod run;
mod status;
mod verify;
mod whatif;

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::FromArgMatches;

use crate::cycle::Session;
use crate::domain::{Exit, Fault, Money};
use crate::words::Language;
use crate::workspace::config::Role;
use answer::Answer;
pub use arguments::*;
use context::Context;

/// Parses the command line, gives the command, says its answer.
pub fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    // What is wrong with the command line is said in the language that it asks for.
    let language = help::asked_language(&arguments).unwrap_or_else(locale_language);
    let parsed = help::command(language)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(fault) => {
            let as_json = arguments.iter().any(|word| word == "--json");
            return ExitCode::from(help::print(&fault, as_json, language) as u8);
        }
    };
    let progress = log(&cli.common, language);
    if let Ok(point) = std::env::var("DISBURSE_ABORT_AT") {
        crate::crash::arm(&point);
    }
    if let Some(threads) = cli.common.threads {
        // A second set-up in one process is refused; the first stands.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let context = Context {
        folder: cli.common.workspace.clone(),
        session: Session {
            today: cli.common.today.unwrap_or_else(|| chrono::Local::now().date_naive()),
            os_user: whoami::username().unwrap_or_default(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            language,
        },
    };
    let done = dispatch(&context, cli.command);
    if let Some(progress) = progress {
        progress.finish();
    }
    let ended = match done {
        Ok(mut answer) => {
            answer.next = named(&context, answer.next);
            answer.print(cli.common.json, language).map(|()| answer.exit)
        }
        Err(fault) => answer::print_fault(&fault, cli.common.json, language).map(|()| fault.exit),
    };
    // Whoever closed our output has what they wanted of it.
    ExitCode::from(ended.unwrap_or(Exit::Done) as u8)
}

fn dispatch(context: &Context, command: Option<Command>) -> Result<Answer, Fault> {
    match command {
        None | Some(Command::Status) => status::status(context),
        Some(Command::Run(arguments)) => run::run(context, &arguments),
        Some(Command::Approve { run, total, by, accept }) => {
            approve::approve(context, run, &total, by, &accept)
        }
        Some(Command::Reject { run, why, by }) => approve::reject(context, run, &why, &by),
        Some(Command::Emit { run, payroll, notices }) => approve::emit(context, run, payroll, notices),
        Some(Command::Returns { files, format, decisions, by }) => {
            desk::returns(context, &files, format.as_deref(), decisions.as_deref(), &by)
        }
        Some(Command::Generate(arguments)) => generate::generate(context, &arguments),
        Some(Command::Reconcile { month, year }) => reconcile::reconcile(context, month, year),
        Some(Command::Opening { file, by }) => desk::opening(context, &file, &by),
        Some(Command::Recover(arguments)) => desk::recover(context, &arguments),
        Some(Command::Hold(arguments)) => desk::hold(context, &arguments, true),
        Some(Command::Clear(arguments)) => desk::hold(context, &arguments, false),
        Some(Command::Recall { run, file, document, why, by }) => {
            desk::recall(context, run, file, &document, &why, &by)
        }
        Some(Command::Verify { run, head, by }) => {
            verify::verify(context, run, head.as_deref(), by.as_deref())
        }
        Some(Command::Backup { dest }) => verify::backup(context, &dest),
        Some(Command::Init { dir }) => look::init(context, &dir),
        Some(Command::Check { month, explain_columns: Some(file), fix_lists: None }) => {
            columns::explain(context, &file, month)
        }
        Some(Command::Check { month, explain_columns: None, fix_lists }) => {
            look::check(context, month, fix_lists.as_deref())
        }
        Some(Command::Check { .. }) => Err(Fault::new(Exit::Usage, "usage-conflict")
            .with("argument", "--explain-columns")
            .with("other", "--fix-lists")),
        Some(Command::Changes { month, against }) => look::changes(context, month, against),
        Some(Command::Compare { month, list }) => look::compare(context, month, &list),
        Some(Command::Explain { person, month, programme, html }) => {
            explain::explain(context, &person, month, programme.as_deref(), html.as_deref())
        }
        Some(Command::Whatif { policy, month, known_in }) => {
            whatif::whatif(context, policy.as_deref(), month, known_in)
        }
        Some(Command::Policy { command }) => policy::policy(context, &command),
        Some(Command::Calendar { year }) => look::calendar(context, year),
        Some(Command::Completions { shell }) => help::completions(shell, context.session.language),
        Some(Command::Man { name, to }) => man::man(&name, to.as_deref(), context.session.language),
    }
}

/// The next command with the name of whoever gives it, where only one person of the bureau may.
fn named(context: &Context, next: String) -> String {
    if !next.contains("--by NAME") {
        return next;
    }
    let role = if next.contains(" approve ") { Role::Approve } else { Role::Draft };
    let Ok(workspace) = context.workspace() else { return next };
    match workspace.config.only(role) {
        Some(name) => next.replacen("--by NAME", &format!("--by {name}"), 1),
        None => next,
    }
}

/// `WHAT=REASON` in two; `needs_reason` is the fault where no reason stands. A reason is given by a person:
/// the word that stands for one in our own pages and in the next command is none.
fn reasoned<'t>(text: &'t str, needs_reason: &'static str) -> Result<(&'t str, &'t str), Fault> {
    let Some((what, reason)) = text.split_once('=').filter(|(_, reason)| !reason.trim().is_empty()) else {
        return Err(Fault::new(Exit::Usage, needs_reason).with("text", text));
    };
    if ["REASON", "原因", "理由"].contains(&reason.trim()) {
        return Err(Fault::new(Exit::Usage, "reason-placeholder").with("text", text));
    }
    Ok((what, reason))
}

/// An amount as a person types it or copies it from our pages, which part thousands by commas.
fn typed_money(text: &str) -> Option<Money> {
    let text = text.trim();
    let whole = text.split('.').next().unwrap_or(text).trim_start_matches('-');
    if !whole.contains(',') {
        return text.parse().ok();
    }
    // A comma anywhere else may be somebody's decimal point.
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
    let parted = first && groups.all(|group| group.len() == 3);
    parted.then(|| text.replacen(whole, &whole.replace(',', ""), 1).parse().ok()).flatten()
}

/// The word that stands for a reason in the next command.
fn reason_word(language: Language) -> &'static str {
    match language {
        Language::Zh => "原因",
        Language::En => "REASON",
    }
}

/// zh unless the locale says another language.
fn locale_language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default();
    if locale.starts_with("en") { Language::En } else { Language::Zh }
}

/// Sets up the log and, on a terminal that no log is written to, the progress bar.
fn log(common: &Common, language: Language) -> Option<progress::Progress> {
    use tracing_subscriber::filter::{LevelFilter, filter_fn};
    use tracing_subscriber::prelude::*;
    let level = match (common.quiet, common.verbose) {
        (true, _) => LevelFilter::OFF,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    let stages = |metadata: &tracing::Metadata<'_>| metadata.target() == crate::cycle::stage::TARGET;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match common.log_format {
        LogFormat::Text => lines.without_time().boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let shows = !common.quiet && common.verbose == 0;
    let progress = shows.then(|| progress::Progress::on_terminal(language)).flatten();
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(level).with_filter(filter_fn(move |metadata| !stages(metadata))))
        .with(progress.clone().with_filter(filter_fn(stages)))
        .try_init();
    progress
}

/// How many working days remain to the pay-by date; loudly once it has passed.
fn pay_by_line(answer: &mut Answer, language: Language, pay_by: NaiveDate, left: i32) {
    let arguments =
        [("date", pay_by.to_string().as_str().into()), ("days", left.abs().to_string().as_str().into())];
    answer.say(language, if left < 0 { "pay-by-passed" } else { "pay-by" }, &arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_our_pages_print_it_and_a_comma_elsewhere_is_not_guessed_at() {
        let money = |text: &str| typed_money(text).map(|money| money.to_string());
        assert_eq!(money("715,124.63").as_deref(), Some("715124.63"));
        assert_eq!(money("1,234,567").as_deref(), Some("1234567.00"));
        assert_eq!(money("-1,234.5").as_deref(), Some("-1234.50"));
        assert_eq!(money(" 715124.63 ").as_deref(), Some("715124.63"));
        for unclear in ["715,12", "7151,24.63", ",715.00", "1,,234", "715124,63", "1.234,50", "715,124.633"] {
            assert_eq!(money(unclear), None, "{unclear}");
        }
    }
}
