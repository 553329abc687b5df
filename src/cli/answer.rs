//! What a command says: lines or one JSON object on standard output, faults and findings on standard
//! error, the exit code, and the next command on the last line.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::domain::{Exit, Fault, Finding, Text};
pub use crate::words::mask;
use crate::words::{self, Language};

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
            writeln!(out, "{}", Value::Object(object))?;
        } else {
            for line in &self.lines {
                writeln!(out, "{line}")?;
            }
            if !self.next.is_empty() {
                writeln!(out, "{}", words::say(language, "next", &[("command", self.next.as_str().into())]))?;
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
    let (message, action) = words::finding(language, finding);
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
