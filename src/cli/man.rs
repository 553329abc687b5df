//! Man pages, one a command, made of the same words as `--help`.

use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::domain::{Exit, Fault};
use crate::words::Language;
use crate::workspace::write_file_atomically;

use super::answer::Answer;
use super::help;

/// A man page on standard output, or all of them, one a command, into a folder.
///
/// # Errors
/// Exit 2: no such command; exit 4: the disk.
pub fn man(name: &[String], folder: Option<&Path>, language: Language) -> Result<Answer, Fault> {
    let mut pages = Vec::new();
    let mut root = help::command(language);
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
    ("EXAMPLES", "示例"),
];

fn collect(command: &Command, name: &str, language: Language, pages: &mut Vec<(String, String)>) {
    pages.push((name.to_owned(), page(command, name, language)));
    for below in command.get_subcommands() {
        collect(below, &format!("{name}-{}", below.get_name()), language, pages);
    }
}

fn page(command: &Command, name: &str, language: Language) -> String {
    // The generator's own usage line leaves out what stands for the values.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.split_once("disburse").map_or(usage.as_str(), |(_, rest)| rest);
    let mut usage = format!("disburse{usage}");
    if language == Language::Zh {
        usage = help::full_width(&usage);
    }
    let man = Man::new(command.clone().override_usage(usage))
        .title(name.to_owned())
        .source(concat!("disburse ", env!("CARGO_PKG_VERSION")))
        .manual("disburse");
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = man.render_synopsis_section(&mut page);
    let _ = man.render_description_section(&mut page);
    let _ = man.render_options_section(&mut page);
    if command.has_subcommands() {
        let _ = man.render_subcommands_section(&mut page);
    }
    let path = name.strip_prefix("disburse-").unwrap_or(name);
    let _ = examples(&path.replace('-', "."), language).to_writer(&mut page);
    // Each part begins with the same two lines about apostrophes: once is enough.
    let preamble = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    let page = String::from_utf8_lossy(&page).replace(preamble, "");
    let mut page = format!("{preamble}{page}");
    if language == Language::Zh {
        for (english, chinese) in HEADINGS {
            page = page.replace(&format!(".SH {english}\n"), &format!(".SH {chinese}\n"));
        }
    }
    page
}

/// The examples, each command line on a line of its own, never filled or broken.
fn examples(path: &str, language: Language) -> Roff {
    let mut roff = Roff::new();
    let examples = help::examples(path);
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    for example in examples {
        roff.control("PP", []);
        roff.text([roman(example.said(language))]);
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        roff.text([roman(example.line.as_str())]);
        roff.control("fi", []);
        roff.control("RE", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_the_values_of_its_usage_and_one_heading_of_examples() {
        for (language, usage, heading) in [
            (Language::Zh, "[选项] \\-\\-month <月份> \\-\\-by <姓名>", ".SH 示例\n"),
            (Language::En, "[OPTIONS] \\-\\-month <MONTH> \\-\\-by <NAME>", ".SH EXAMPLES\n"),
        ] {
            let page = man(&["run".to_owned()], None, language).unwrap().lines.remove(0);
            assert!(page.contains(usage), "{page}");
            assert_eq!(page.matches(heading).count(), 1, "{page}");
            assert!(!page.contains("EXTRA") && !page.contains("\"run \""), "{page}");
        }
    }
}
