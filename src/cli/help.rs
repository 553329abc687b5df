//! `--help`, usage errors, completions and man pages in the reader's language. English stands beside the
//! definitions of the command line; Chinese, and the examples of both, stand in `words/help.toml`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::domain::{Exit, Fault};
use crate::words::{self, Language};
use crate::workspace::write_file_atomically;

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
    /// Examples by command.
    examples: FxHashMap<String, Vec<Example>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    zh: String,
    en: String,
    line: String,
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
    if let Some(examples) = CATALOGUE.examples.get(path) {
        let mut text = words::say(language, "help-examples", &[]);
        for example in examples {
            let comment = if language == Language::Zh { &example.zh } else { &example.en };
            text.push_str(&format!("\n  # {comment}\n  {}", example.line));
        }
        command = command.after_help(text);
    }
    if language == Language::Zh {
        command = in_chinese(command, path, &arguments);
    }
    for name in names {
        let below = if path == "disburse" { name.clone() } else { format!("{path}.{name}") };
        command = command.mut_subcommand(&name, |command| worded(command, &below, language));
    }
    command
}

fn in_chinese(command: Command, path: &str, arguments: &[Arg]) -> Command {
    let mut command = command
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
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
    for argument in arguments {
        let id = argument.get_id().as_str();
        let own = format!("{path}.{id}");
        let Some(text) = CATALOGUE.arguments.get(&own).or_else(|| CATALOGUE.arguments.get(id)) else {
            continue;
        };
        let mut text = text.clone();
        let takes_value = argument.get_action().takes_values();
        let choices: Vec<String> =
            argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if takes_value && !choices.is_empty() {
            text.push_str(&format!("〔可选：{}〕", choices.join("、")));
        }
        let defaults: Vec<String> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        if takes_value && !defaults.is_empty() {
            text.push_str(&format!("〔默认：{}〕", defaults.join("、")));
        }
        let heading = if argument.is_positional() { "参数" } else { "选项" };
        command = command.mut_arg(id, |argument| {
            argument
                .help(text)
                .long_help(None)
                .help_heading(heading)
                .hide_default_value(takes_value)
                .hide_possible_values(takes_value)
        });
    }
    command
}

/// Says what is wrong with a command line, or prints the help that was asked for.
pub fn print(fault: &clap::Error, as_json: bool, language: Language) -> Exit {
    if !fault.use_stderr() {
        let _ = fault.print();
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

/// A man page on standard output, or all of them, one a command, into a folder.
///
/// # Errors
/// Exit 2: no such command; exit 4: the disk.
pub fn man(name: &[String], folder: Option<&Path>, language: Language) -> Result<Answer, Fault> {
    let mut pages = Vec::new();
    let mut root = command(language);
    root.build();
    collect(&root, "disburse", language, &mut pages);
    let mut answer = Answer::new();
    let Some(folder) = folder else {
        let wanted = std::iter::once("disburse").chain(name.iter().map(String::as_str));
        let wanted = wanted.collect::<Vec<_>>().join("-");
        let page = pages
            .into_iter()
            .find(|(page, _)| *page == wanted)
            .ok_or_else(|| Fault::new(Exit::Usage, "man-unknown").with("command", name.join(" ")))?;
        answer.put("page", page.1.clone());
        answer.lines.push(page.1.trim_end().to_owned());
        return Ok(answer);
    };
    for (name, page) in &pages {
        write_file_atomically(&folder.join(format!("{name}.1")), page.as_bytes())?;
    }
    answer.put("folder", folder.display().to_string()).put("pages", pages.len());
    answer.say(
        language,
        "man-written",
        &[
            ("folder", folder.display().to_string().as_str().into()),
            ("count", pages.len().to_string().as_str().into()),
        ],
    );
    Ok(answer)
}

/// Headings that the man page generator knows in English only.
const HEADINGS: &[(&str, &str)] = &[
    ("NAME", "名称"),
    ("SYNOPSIS", "用法"),
    ("DESCRIPTION", "说明"),
    ("OPTIONS", "选项"),
    ("SUBCOMMANDS", "命令"),
    ("EXTRA", "示例"),
    ("VERSION", "版本"),
];

fn collect(command: &Command, name: &str, language: Language, pages: &mut Vec<(String, String)>) {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone()).title(name.to_owned()).manual("disburse");
    // Writing to memory does not fail.
    let _ = man.render(&mut page);
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if language == Language::Zh {
        for (english, chinese) in HEADINGS {
            page = page.replace(&format!(".SH {english}\n"), &format!(".SH {chinese}\n"));
        }
    }
    pages.push((name.to_owned(), page));
    for below in command.get_subcommands() {
        collect(below, &format!("{name}-{}", below.get_name()), language, pages);
    }
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
            let own = format!("{path}.{id}");
            if !CATALOGUE.arguments.contains_key(&own) && !CATALOGUE.arguments.contains_key(id) {
                found.push(format!("argument {own}"));
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
        untold(&Cli::command(), "disburse", &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn every_example_is_a_command_line_that_parses() {
        for example in CATALOGUE.examples.values().flatten() {
            let words = example.line.split_whitespace();
            let parsed = command(Language::Zh).try_get_matches_from(words);
            assert!(parsed.is_ok(), "{}: {:?}", example.line, parsed.err().map(|fault| fault.to_string()));
        }
    }

    #[test]
    fn both_languages_make_a_sound_command_line_and_its_pages() {
        for language in [Language::Zh, Language::En] {
            command(language).debug_assert();
            let page = man(&["run".to_owned()], None, language).unwrap();
            assert!(page.lines[0].contains("disburse"), "{page:?}");
        }
    }
}
