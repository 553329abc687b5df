//! What a command says: lines or one JSON object on standard output, faults and findings on standard
//! error, the exit code, and the next command on the last line.

use std::io::{IsTerminal, Write};

use serde_json::{Map, Value, json};

use crate::domain::{Exit, Fault, Finding, Text};
pub use crate::words::mask;
use crate::words::{self, Language, mask_name};

/// A command's answer.
#[derive(Debug)]
pub struct Answer {
    /// How it ended.
    pub exit: Exit,
    /// Lines for people.
    pub lines: Vec<String>,
    /// The same for programs.
    pub json: Map<String, Value>,
    /// The command that comes next, as typed; empty for none.
    pub next: String,
}

impl Answer {
    /// Done, nothing said yet.
    pub fn new() -> Answer {
        Answer { exit: Exit::Done, lines: Vec::new(), json: Map::new(), next: String::new() }
    }

    /// Adds a line from the catalogue.
    pub fn say(&mut self, language: Language, code: &str, arguments: &[(&'static str, Text)]) -> &mut Answer {
        self.lines.push(words::say(language, code, arguments));
        self
    }

    /// Adds a value for programs.
    pub fn put(&mut self, key: &str, value: impl Into<Value>) -> &mut Answer {
        self.json.insert(key.to_owned(), value.into());
        self
    }

    /// Writes the answer.
    ///
    /// # Errors
    /// Standard output closed.
    pub fn print(&self, as_json: bool, language: Language) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if as_json {
            let mut object = self.json.clone();
            object.insert("exit".to_owned(), json!(self.exit as u8));
            if !self.next.is_empty() {
                object.insert("next".to_owned(), json!(self.next));
            }
            let text = Value::Object(object).to_string();
            // A program that asks gets what it asked for; eyes do not.
            let text = if out.is_terminal() { mask(&text) } else { text };
            writeln!(out, "{text}")?;
        } else {
            for line in &self.lines {
                writeln!(out, "{}", mask(line))?;
            }
            if !self.next.is_empty() {
                let command = mask(&self.next).as_str().into();
                writeln!(out, "{}", words::say(language, "next", &[("command", command)]))?;
            }
        }
        out.flush()
    }
}

impl Default for Answer {
    fn default() -> Answer {
        Answer::new()
    }
}

/// Says a fault: findings and diagnostics first, the message and what to do last, on standard error;
/// with `--json` one object on standard output as well.
///
/// # Errors
/// An output closed.
pub fn print_fault(fault: &Fault, as_json: bool, language: Language) -> std::io::Result<()> {
    let mut err = std::io::stderr().lock();
    if !fault.shown.is_empty() {
        writeln!(err, "{}", mask(fault.shown.trim_end()))?;
    }
    for finding in &fault.findings {
        writeln!(err, "{}", finding_line(finding, language))?;
    }
    let (message, action) = words::fault(language, fault);
    let (message, action) = (mask(&message), mask(&action));
    writeln!(err, "{}", words::say(language, "error", &[("message", message.as_str().into())]))?;
    if !action.is_empty() {
        writeln!(err, "{}", words::say(language, "do-next", &[("action", action.as_str().into())]))?;
    }
    if as_json {
        let mut out = std::io::stdout().lock();
        let findings: Vec<String> =
            fault.findings.iter().map(|finding| finding_line(finding, language)).collect();
        let object = json!({
            "exit": fault.exit as u8, "error": fault.code, "message": message, "action": action,
            "missing": fault.missing, "findings": findings,
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

/// One finding on one line: place, severity, message, action. Identity numbers are masked.
pub fn finding_line(finding: &Finding, language: Language) -> String {
    let (message, action) = words::finding(language, &nameless(finding));
    let place = &finding.place;
    let mut text = String::new();
    if !place.file.is_empty() {
        text.push_str(&place.file);
        if !place.sheet.is_empty() {
            text.push('!');
            text.push_str(&place.sheet);
        }
        if place.row > 0 {
            text.push_str(&format!(":{}", place.row));
        }
        if !place.column.is_empty() {
            text.push_str(&format!(" [{}]", place.column));
        }
        text.push_str(": ");
    }
    let severity = format!("finding-{}", finding.severity.word());
    text.push_str(&words::say(language, &severity, &[]));
    text.push_str(&mask(&message));
    if !action.is_empty() {
        text.push_str(" — ");
        text.push_str(&mask(&action));
    }
    text
}

/// A finding that names nobody: the person's name wherever it stands, and whatever stands in a column
/// of names.
fn nameless(finding: &Finding) -> Finding {
    let of_names = ["姓名", "名称", "户名", "name"].iter().any(|word| finding.place.column.contains(word));
    let mut nameless = finding.clone();
    for (blank, value) in &mut nameless.arguments {
        // `other` and `columns` name places, not people.
        if of_names && !matches!(*blank, "other" | "columns" | "by" | "original") {
            *value = mask_name(value).into();
        } else if finding.name.chars().count() > 1 && value.contains(finding.name.as_str()) {
            *value = value.replace(finding.name.as_str(), &mask_name(&finding.name)).into();
        }
    }
    nameless
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Place, Severity};

    #[test]
    fn a_finding_on_the_terminal_names_nobody() {
        let place = |column: &str| Place { column: column.into(), ..Place::default() };
        let finding = Finding::new("x", Severity::Error, place("B 姓名")).with("value", "欧阳甲寅");
        assert_eq!(nameless(&finding).arguments[0].1, "欧***");
        let finding = Finding::new("x", Severity::Error, place("A 身份证号"))
            .about(None, "欧阳甲寅")
            .with("other", "一处写作欧阳甲寅，见第 3 行");
        assert_eq!(nameless(&finding).arguments[0].1, "一处写作欧***，见第 3 行");
    }
}
