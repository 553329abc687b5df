//! `--help`, usage errors and completions in the reader's language. English stands beside the
//! definitions of the command line; Chinese, and the examples of both, stand in `words/help.toml`.

use std::ffi::OsString;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::domain::{Exit, Fault};
use crate::words::{self, Language};

use super::Cli;
use super::answer::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    /// Chinese of a command, by its path (`policy.check`); the program itself is `disburse`.
    commands: FxHashMap<String, String>,
    /// Chinese of an argument, by command and name (`run.month`), or by name alone where it is the same
    /// everywhere.
    arguments: FxHashMap<String, String>,
    /// Chinese of what stands for a value in a usage line: `MONTH` is 月份.
    values: FxHashMap<String, String>,
    /// Examples by command.
    examples: FxHashMap<String, Vec<Example>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    zh: String,
    en: String,
    /// The command line.
    pub(super) line: String,
}

impl Example {
    /// What the example is for.
    pub(super) fn said(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    toml::from_str(include_str!("../words/help.toml")).unwrap_or_else(|fault| panic!("help: {fault}"))
});

/// The language asked for on a command line that is not parsed yet.
pub fn asked_language(arguments: &[OsString]) -> Option<Language> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let asked = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--lang") {
        Some("") => words.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match asked {
        Some("zh") => Some(Language::Zh),
        Some("en") => Some(Language::En),
        _ => None,
    }
}

/// The command line with its help in a language.
pub fn command(language: Language) -> Command {
    worded(Cli::command(), "disburse", language)
}

fn worded(command: Command, path: &str, language: Language) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let arguments: Vec<Arg> = command.get_arguments().cloned().collect();
    let mut command = command;
    let examples = examples(path);
    if !examples.is_empty() {
        let mut text = words::say(language, "help-examples", &[]);
        for example in examples {
            text.push_str(&format!("\n  # {}\n  {}", example.said(language), example.line));
        }
        command = command.after_help(text);
    }
    for argument in arguments {
        let text = said(&argument, path, language);
        let takes_value = argument.get_action().takes_values();
        let heading = heading(&argument, language);
        let name = (language == Language::Zh)
            .then(|| argument.get_value_names().and_then(|names| CATALOGUE.values.get(names[0].as_str())));
        command = command.mut_arg(argument.get_id(), |argument| {
            let argument = argument
                .help(text)
                .long_help(None)
                .help_heading(heading)
                .hide_default_value(takes_value)
                .hide_possible_values(takes_value);
            match name.flatten() {
                Some(name) => argument.value_name(name.as_str()),
                None => argument,
            }
        });
    }
    if language == Language::Zh {
        command = in_chinese(command, path);
    }
    for name in names {
        let below = if path == "disburse" { name.clone() } else { format!("{path}.{name}") };
        command = command.mut_subcommand(&name, |command| worded(command, &below, language));
    }
    command
}

/// Examples of a command, by its path.
pub(super) fn examples(path: &str) -> &'static [Example] {
    CATALOGUE.examples.get(path).map_or(&[], Vec::as_slice)
}

/// What is said of an argument, with what it may be and what it is by itself.
fn said(argument: &Arg, path: &str, language: Language) -> String {
    let id = argument.get_id().as_str();
    let own = format!("{path}.{id}");
    let chinese = CATALOGUE.arguments.get(&own).or_else(|| CATALOGUE.arguments.get(id));
    let mut text = match (language, chinese) {
        (Language::Zh, Some(text)) => text.clone(),
        _ => argument.get_help().map(ToString::to_string).unwrap_or_default(),
    };
    if !argument.get_action().takes_values() {
        return text;
    }
    let choices: Vec<String> =
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let zh = language == Language::Zh;
    if !choices.is_empty() {
        text.push_str(&match zh {
            true => format!("〔可选：{}〕", choices.join("、")),
            false => format!(" [choices: {}]", choices.join(", ")),
        });
    }
    if !defaults.is_empty() {
        text.push_str(&match zh {
            true => format!("〔默认：{}〕", defaults.join("、")),
            false => format!(" [default: {}]", defaults.join(", ")),
        });
    }
    text
}

/// Under which heading an argument stands; what every command takes stands apart, below its own.
fn heading(argument: &Arg, language: Language) -> Option<&'static str> {
    match (language, argument.is_global_set(), argument.is_positional()) {
        (Language::Zh, true, _) => Some("各命令通用的选项"),
        (Language::Zh, false, true) => Some("参数"),
        (Language::Zh, false, false) => Some("选项"),
        (Language::En, true, _) => Some("Options of every command"),
        (Language::En, false, _) => None,
    }
}

fn in_chinese(command: Command, path: &str) -> Command {
    let mut command = command
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help_heading("选项")
                .help("显示本说明"),
        );
    if path == "disburse" {
        command = command.arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help_heading("选项")
                .help("显示版本"),
        );
    }
    if let Some(about) = CATALOGUE.commands.get(path) {
        command = command.about(about.clone()).long_about(None);
    }
    command
}

/// What the parser puts into a Chinese page in English or in half width.
pub(super) fn full_width(page: &str) -> String {
    let mut page = page.replace("[OPTIONS]", "[选项]");
    for heading in ["命令", "参数", "选项", "各命令通用的选项"] {
        page = page.replace(&format!("\n{heading}:\n"), &format!("\n{heading}：\n"));
    }
    page
}

/// Says what is wrong with a command line, or prints the help that was asked for.
pub fn print(fault: &clap::Error, as_json: bool, language: Language) -> Exit {
    if !fault.use_stderr() {
        match language {
            Language::Zh => print!("{}", full_width(&fault.to_string())),
            Language::En => drop(fault.print()),
        }
        return Exit::Done;
    }
    let value = |kind| match fault.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" "),
        _ => String::new(),
    };
    // Options whose value is a month or a day.
    let of_time = [
        "--month",
        "--today",
        "--through",
        "--pay-on",
        "--against",
        "--known-in",
        "--from",
        "--to",
        "--to-month",
    ];
    let argument = value(ContextKind::InvalidArg);
    let is_of_time = argument.split_whitespace().next().is_some_and(|name| of_time.contains(&name));
    let code = match fault.kind() {
        ErrorKind::MissingRequiredArgument => "usage-missing",
        ErrorKind::UnknownArgument => "usage-unknown-argument",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::InvalidValue if value(ContextKind::InvalidValue).is_empty() => "usage-no-value",
        ErrorKind::ValueValidation if is_of_time => "usage-invalid-time",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        ErrorKind::ArgumentConflict => "usage-conflict",
        _ => "usage-other",
    };
    if code == "usage-other" || (language == Language::En && !as_json) {
        let _ = fault.print();
    }
    let mut message = words::say(
        language,
        code,
        &[
            ("argument", argument.as_str().into()),
            ("command", value(ContextKind::InvalidSubcommand).as_str().into()),
            ("value", value(ContextKind::InvalidValue).as_str().into()),
            ("other", value(ContextKind::PriorArg).as_str().into()),
        ],
    );
    let choices = value(ContextKind::ValidValue);
    if !choices.is_empty() {
        message.push_str(&words::say(language, "usage-choices", &[("choices", choices.as_str().into())]));
    }
    let action = words::action(language, code, &[]);
    if code != "usage-other" && (language == Language::Zh || as_json) {
        eprintln!("{}", words::say(language, "error", &[("message", message.as_str().into())]));
        eprintln!("{}", words::say(language, "do-next", &[("action", action.as_str().into())]));
    }
    if as_json {
        let object = serde_json::json!({
            "exit": Exit::Usage as u8, "error": code, "message": message, "action": action,
        });
        println!("{object}");
    }
    Exit::Usage
}

/// Completions for a shell, on standard output as the shell wants them.
///
/// # Errors
/// Exit 4: standard output cannot be written.
pub fn completions(shell: clap_complete::Shell, language: Language) -> Result<Answer, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(language), "disburse", &mut script);
    let mut answer = Answer::new();
    let script = String::from_utf8_lossy(&script).trim_end().to_owned();
    answer.put("script", script.clone());
    answer.lines.push(script);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untold(command: &Command, path: &str, found: &mut Vec<String>) {
        if !CATALOGUE.commands.contains_key(path) {
            found.push(format!("command {path}"));
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if ["help", "version"].contains(&id) {
                continue;
            }
            let own = format!("{path}.{id}");
            if !CATALOGUE.arguments.contains_key(&own) && !CATALOGUE.arguments.contains_key(id) {
                found.push(format!("argument {own}"));
            }
            let names = argument.get_value_names().filter(|_| argument.get_action().takes_values());
            for name in names.into_iter().flatten() {
                if !CATALOGUE.values.contains_key(name.as_str()) {
                    found.push(format!("value {name} of {own}"));
                }
            }
        }
        for below in command.get_subcommands() {
            let name = below.get_name();
            let below_path = if path == "disburse" { name.to_owned() } else { format!("{path}.{name}") };
            untold(below, &below_path, found);
        }
    }

    #[test]
    fn every_command_and_argument_is_said_in_chinese() {
        let mut found = Vec::new();
        let mut line = Cli::command();
        line.build();
        untold(&line, "disburse", &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn every_example_is_a_command_line_that_parses() {
        for example in CATALOGUE.examples.values().flatten() {
            // What a shell takes for itself is no part of it.
            let words = example.line.split(" > ").next().unwrap_or_default().split_whitespace();
            let parsed = command(Language::Zh).try_get_matches_from(words);
            assert!(parsed.is_ok(), "{}: {:?}", example.line, parsed.err().map(|fault| fault.to_string()));
        }
    }

    fn without_example(command: &Command, path: &str, found: &mut Vec<String>) {
        if examples(path).is_empty() {
            found.push(path.to_owned());
        }
        for below in command.get_subcommands() {
            let name = below.get_name();
            let below_path = if path == "disburse" { name.to_owned() } else { format!("{path}.{name}") };
            without_example(below, &below_path, found);
        }
    }

    #[test]
    fn every_command_has_an_example() {
        let mut found = Vec::new();
        without_example(&Cli::command(), "disburse", &mut found);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn help_is_sound_and_chinese_pages_are_chinese() {
        for language in [Language::Zh, Language::En] {
            let mut line = command(language);
            line.clone().debug_assert();
            let run = line.find_subcommand_mut("run").unwrap();
            let help = run.render_help().to_string();
            let own = help.find("--carry-forward").unwrap();
            let common = help.find("--threads").unwrap_or(usize::MAX);
            assert!(own < common, "{help}");
            if language == Language::Zh {
                let help = full_width(&help);
                assert!(!help.contains("OPTIONS") && !help.contains("选项:"), "{help}");
            }
        }
    }
}
