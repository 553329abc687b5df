//! How the mistakes of a pack are shown: code, file, line, column, the line itself with a caret
//! under the place (Chinese characters are two columns wide), what was expected, what was meant.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::domain::{Exit, Fault, Text};
use crate::words::{self, Language};

use super::syntax::Complaint;

/// Values of a message's blanks. A value that begins with `@` is itself a code of the catalogue.
pub type Arguments = Vec<(&'static str, Text)>;

/// One mistake of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFault {
    /// Stable code; its words stand in the catalogue.
    pub code: &'static str,
    /// Path of the file inside the pack; empty where the pack as a whole is meant.
    pub file: Text,
    /// Line, from 1; 0 for a whole file.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// Values of the message.
    pub arguments: Arguments,
    /// Further lines of help.
    pub help: Vec<(&'static str, Arguments)>,
    /// Another place that belongs to it, in the same file or another.
    pub other: Option<(Text, Range<usize>)>,
}

impl PackFault {
    /// Fills a blank of the message.
    pub fn with(&mut self, blank: &'static str, value: impl AsRef<str>) -> &mut PackFault {
        self.arguments.push((blank, value.as_ref().into()));
        self
    }

    /// Adds a line of help.
    pub fn help(&mut self, code: &'static str, arguments: &[(&'static str, &str)]) -> &mut PackFault {
        self.help.push((code, arguments.iter().map(|(name, value)| (*name, (*value).into())).collect()));
        self
    }

    /// Names another place that belongs to it.
    pub fn beside(&mut self, file: &str, span: Range<usize>) -> &mut PackFault {
        self.other = Some((file.into(), span));
        self
    }
}

/// Every mistake of a pack, with the files to show them in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackFaults {
    faults: Vec<PackFault>,
    files: Vec<(String, String)>,
}

/// Values with `@code` looked up in the catalogue.
fn spoken(language: Language, arguments: &Arguments) -> Arguments {
    let look_up = |value: &Text| match value.strip_prefix('@') {
        Some(code) if words::knows(code) => words::say(language, code, &[]).into(),
        _ => value.clone(),
    };
    arguments.iter().map(|(name, value)| (*name, look_up(value))).collect()
}

impl PackFaults {
    /// Nothing wrong yet with these files.
    pub(super) fn new(files: &[(String, String)]) -> PackFaults {
        PackFaults { faults: Vec::new(), files: files.to_vec() }
    }

    /// Records a mistake at a place.
    pub(super) fn add(&mut self, code: &'static str, file: &str, span: Range<usize>) -> &mut PackFault {
        let (line, column) = self.place(file, span.start);
        self.faults.push(PackFault {
            code,
            file: file.into(),
            line,
            column,
            span,
            arguments: Vec::new(),
            help: Vec::new(),
            other: None,
        });
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// Records what the expression language complains of, at its place in the file.
    pub(super) fn complain(&mut self, complaint: Complaint, file: &str, span: Range<usize>) {
        let known = self.faults.iter().any(|fault| {
            fault.code == complaint.code
                && fault.file == file
                && fault.span == span
                && fault.arguments == complaint.arguments
        });
        if !known {
            let fault = self.add(complaint.code, file, span);
            fault.arguments = complaint.arguments;
            fault.help = complaint.help;
        }
    }

    fn text(&self, file: &str) -> Option<&str> {
        self.files.iter().find(|(path, _)| path == file).map(|(_, text)| text.as_str())
    }

    fn place(&self, file: &str, offset: usize) -> (usize, usize) {
        let Some(before) = self.text(file).and_then(|text| text.get(..offset)) else { return (0, 0) };
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        (line, column)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// All of them, by file and place.
    pub fn faults(&self) -> &[PackFault] {
        &self.faults
    }

    pub(super) fn sort(&mut self) {
        self.faults.sort_by(|a, b| {
            (&a.file, a.span.start, a.span.end, a.code, &a.arguments).cmp(&(
                &b.file,
                b.span.start,
                b.span.end,
                b.code,
                &b.arguments,
            ))
        });
        self.faults.dedup();
    }

    /// All mistakes as text, without colour.
    pub fn render(&self, language: Language) -> String {
        let mut shown = String::new();
        for fault in &self.faults {
            shown.push_str(&self.render_one(fault, language));
            shown.push_str("\n\n");
        }
        shown.truncate(shown.trim_end().len());
        shown.push('\n');
        shown
    }

    fn render_one(&self, fault: &PackFault, language: Language) -> String {
        let arguments = spoken(language, &fault.arguments);
        let title = words::say(language, fault.code, &arguments);
        let action = words::action(language, fault.code, &arguments);
        let [error, help, see] = match language {
            Language::Zh => ["错误", "提示", "另见此处"],
            Language::En => ["error", "help", "see also here"],
        };
        let mut group = Level::ERROR
            .with_name(error)
            .primary_title(title)
            .id(fault.code)
            .elements(std::iter::empty::<Snippet<'_, annotate_snippets::Annotation<'_>>>());
        if let Some(text) = self.text(&fault.file) {
            let span = visible(text, &fault.span);
            let mut snippet = Snippet::source(text)
                .path(fault.file.as_str())
                .annotation(AnnotationKind::Primary.span(span));
            if let Some((file, other)) = &fault.other
                && *file == fault.file
            {
                snippet = snippet.annotation(AnnotationKind::Context.span(visible(text, other)).label(see));
            }
            group = group.element(snippet);
            if let Some((file, other)) = &fault.other
                && *file != fault.file
                && let Some(text) = self.text(file)
            {
                group = group.element(
                    Snippet::source(text)
                        .path(file.as_str())
                        .annotation(AnnotationKind::Context.span(visible(text, other)).label(see)),
                );
            }
        }
        for (code, arguments) in &fault.help {
            let line = words::say(language, code, &spoken(language, arguments));
            group = group.element(Level::HELP.with_name(help).message(line));
        }
        if !action.is_empty() {
            group = group.element(Level::HELP.with_name(help).message(action));
        }
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii).term_width(200);
        renderer.render(&[group])
    }

    /// The mistakes as an error about the run: nothing was written.
    pub fn into_fault(self, language: Language) -> Fault {
        let mut fault =
            Fault::new(Exit::Refused, "policy-refused").with("count", self.faults.len().to_string());
        fault.shown = self.render(language);
        fault
    }
}

/// A span that lies inside the text, on the first line it touches where it would show a whole block.
fn visible(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let end = end.min(line_end.max(start));
    start..end
}
