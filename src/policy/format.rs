//! `policy fmt`: the same TOML in one form. Comments, order and meaning stay: what comes out is read
//! again and must hold the same tables, or the file is left as it was.
//!
//! The form: `key = value` with one space; one space inside `{ }`, none inside `[ ]`; no blanks at
//! line ends, at most one empty line, one before `[[…]]` and `[…]` at the top of a section; rows of
//! a list of tables stand below each other, their columns aligned (a Chinese character is two wide).

use toml::de::DeTable;
use unicode_width::UnicodeWidthStr;

use super::diagnostic::PackFaults;

/// Puts one file in form.
///
/// # Errors
/// The file is no TOML: shown where.
pub fn format(path: &str, text: &str) -> Result<String, PackFaults> {
    let (_, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut faults = PackFaults::new(&[(path.to_owned(), text.to_owned())]);
        for error in errors {
            faults.add("policy-toml", path, error.span().unwrap_or(0..0)).with("detail", error.message());
        }
        return Err(faults);
    }
    let formatted = lines(text);
    // The proof of the pudding: the same tables, or nothing is changed.
    let same = toml::from_str::<toml::Table>(text).ok() == toml::from_str::<toml::Table>(&formatted).ok();
    Ok(if same { formatted } else { text.to_owned() })
}

/// A line as it will stand, with what is needed to align it.
struct Line {
    text: String,
    /// A row of a list: its cells `key = value`, without braces, and what follows the closing brace.
    row: Option<(Vec<String>, String)>,
    indent: usize,
}

fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut lines: Vec<Line> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (logical, end) = logical_line(&text, at);
        at = end;
        push(&mut lines, logical);
    }
    align(&mut lines);
    let mut out = String::with_capacity(text.len());
    let mut blank = true;
    for (position, line) in lines.iter().enumerate() {
        if line.text.is_empty() {
            if !blank {
                out.push('\n');
                blank = true;
            }
            continue;
        }
        // A section stands apart, with the comment that belongs to it.
        if !blank && begins_section(&lines, position) {
            out.push('\n');
        }
        out.push_str(&line.text);
        out.push('\n');
        blank = false;
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// Whether a top-level `[[x]]` begins here, or the comment that stands right above one.
fn begins_section(lines: &[Line], position: usize) -> bool {
    let is_comment = |line: &Line| line.text.starts_with('#');
    let head = |line: &Line| {
        line.text.starts_with('[') && !line.text.split(['#', '"', '\'']).next().unwrap_or("").contains('.')
    };
    if position > 0 && is_comment(&lines[position - 1]) {
        return false;
    }
    lines[position..].iter().find(|line| !is_comment(line)).is_some_and(head)
}

/// One physical line, or several that a string over lines holds together; without its line end.
fn logical_line(text: &str, start: usize) -> (&str, usize) {
    let mut scanner = Scanner::new(text, start);
    while let Some(character) = scanner.next() {
        if character == '\n' && !scanner.in_long() {
            return (&text[start..scanner.at - 1], scanner.at);
        }
    }
    (&text[start..], text.len())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    Comment,
    /// In quotes: the quote, and whether it stands three times.
    Quoted(char, bool),
}

/// Walks over TOML text and knows what is string and what is comment.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    state: State,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, at: usize) -> Scanner<'t> {
        Scanner { text, at, state: State::Plain }
    }

    fn in_long(&self) -> bool {
        matches!(self.state, State::Quoted(_, true))
    }

    fn is_plain(&self) -> bool {
        self.state == State::Plain
    }

    fn next(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        let character = rest.chars().next()?;
        let mut step = character.len_utf8();
        match self.state {
            State::Plain => match character {
                '#' => self.state = State::Comment,
                '"' | '\'' => {
                    let three: String = [character; 3].iter().collect();
                    let long = rest.starts_with(&three);
                    if long {
                        step = 3;
                    }
                    self.state = State::Quoted(character, long);
                }
                _ => {}
            },
            State::Comment if character == '\n' => self.state = State::Plain,
            State::Comment => {}
            State::Quoted('"', _) if character == '\\' => {
                step += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            State::Quoted(quote, true) => {
                let three: String = [quote; 3].iter().collect();
                if rest.starts_with(&three) {
                    // Up to two more quotes may belong to the text.
                    let run = rest.chars().take_while(|next| *next == quote).count().min(5);
                    step = run;
                    self.state = State::Plain;
                }
            }
            State::Quoted(quote, false) => {
                if character == quote || character == '\n' {
                    self.state = State::Plain;
                }
            }
        }
        self.at += step;
        Some(character)
    }
}

fn push(lines: &mut Vec<Line>, logical: &str) {
    let trimmed = logical.trim();
    let long = logical.contains('\n');
    let indent = logical.len() - logical.trim_start().len();
    let indent = if logical.starts_with('\t') { 2 * indent } else { indent };
    if trimmed.is_empty() {
        return lines.push(Line { text: String::new(), row: None, indent: 0 });
    }
    if trimmed.starts_with('#') {
        let text = format!("{}{trimmed}", " ".repeat(indent));
        return lines.push(Line { text, row: None, indent });
    }
    if long {
        // Only what stands before the long string is put in form: the string is the author's.
        let head = logical.find(['"', '\'']).unwrap_or(logical.len());
        let gap = if logical[..head].trim_end().ends_with(['=', ',']) { " " } else { "" };
        let text = format!("{}{gap}{}", spaced(&logical[..head]), logical[head..].trim_end());
        return lines.push(Line { text, row: None, indent });
    }
    let (code, comment) = split_comment(trimmed);
    let code = spaced(code);
    let text = match comment {
        Some(comment) => format!("{}{code}  {comment}", " ".repeat(indent)),
        None => format!("{}{code}", " ".repeat(indent)),
    };
    let row = cells(&code).map(|(cells, after)| {
        let after = comment.map_or(after.clone(), |comment| format!("{after}  {comment}"));
        (cells, after)
    });
    lines.push(Line { text, row: row.filter(|_| indent > 0), indent });
}

fn split_comment(line: &str) -> (&str, Option<&str>) {
    let mut scanner = Scanner::new(line, 0);
    loop {
        let at = scanner.at;
        if scanner.next().is_none() {
            return (line.trim_end(), None);
        }
        if scanner.state == State::Comment {
            return (line[..at].trim_end(), Some(line[at..].trim_end()));
        }
    }
}

/// One space around `=`, after `,`, inside braces; none inside brackets. Strings are left alone.
fn spaced(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + 8);
    let mut scanner = Scanner::new(code, 0);
    loop {
        let (at, before) = (scanner.at, scanner.state);
        let Some(character) = scanner.next() else { break };
        let piece = &code[at..scanner.at];
        if before != State::Plain || !scanner.is_plain() {
            out.push_str(piece);
            continue;
        }
        match character {
            ' ' | '\t' => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            '=' => {
                trim_end(&mut out);
                out.push_str(" = ");
            }
            ',' => {
                trim_end(&mut out);
                out.push_str(", ");
            }
            '{' => out.push_str("{ "),
            '}' => {
                trim_end(&mut out);
                out.push_str(if out.ends_with('{') { "}" } else { " }" });
            }
            '[' => out.push('['),
            ']' => {
                trim_end(&mut out);
                if out.ends_with(',') {
                    out.pop();
                }
                out.push(']');
            }
            _ => out.push_str(piece),
        }
        if character == '[' {
            skip_blanks(code, &mut scanner);
        }
    }
    trim_end(&mut out);
    out
}

fn skip_blanks(code: &str, scanner: &mut Scanner<'_>) {
    while code[scanner.at..].starts_with([' ', '\t']) {
        scanner.at += 1;
    }
}

fn trim_end(text: &mut String) {
    text.truncate(text.trim_end().len());
}

/// The cells of `{ a = 1, b = 2 }` with what follows; `None` for anything else.
fn cells(code: &str) -> Option<(Vec<String>, String)> {
    let inner = code.strip_prefix("{ ")?;
    let mut scanner = Scanner::new(inner, 0);
    let (mut depth, mut start) = (0, 0);
    let mut cells = Vec::new();
    loop {
        let at = scanner.at;
        let plain = scanner.is_plain();
        let character = scanner.next()?;
        if !plain {
            continue;
        }
        match character {
            '{' | '[' => depth += 1,
            '}' if depth == 0 => {
                cells.push(inner[start..at].trim().to_owned());
                let after = inner[scanner.at..].trim().to_owned();
                return (after.is_empty() || after == ",").then_some((cells, after));
            }
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                cells.push(inner[start..at].trim().to_owned());
                start = scanner.at;
            }
            _ => {}
        }
    }
}

/// Rows that stand below each other and have the same keys get columns.
fn align(lines: &mut [Line]) {
    let keys = |line: &Line| -> Option<Vec<String>> {
        let (cells, _) = line.row.as_ref()?;
        Some(cells.iter().map(|cell| cell.split(" = ").next().unwrap_or("").to_owned()).collect())
    };
    let mut start = 0;
    while start < lines.len() {
        let Some(of) = keys(&lines[start]) else {
            start += 1;
            continue;
        };
        let mut end = start + 1;
        while end < lines.len() && keys(&lines[end]).as_ref() == Some(&of) {
            end += 1;
        }
        let widths: Vec<usize> = (0..of.len())
            .map(|column| {
                let cells = lines[start..end].iter().filter_map(|line| line.row.as_ref());
                cells.map(|(cells, _)| cells[column].width()).max().unwrap_or(0)
            })
            .collect();
        for line in &mut lines[start..end] {
            let Some((cells, after)) = &line.row else { continue };
            let mut text = format!("{}{{ ", " ".repeat(line.indent));
            for (column, cell) in cells.iter().enumerate() {
                text.push_str(cell);
                if column + 1 < cells.len() {
                    text.push(',');
                    text.push_str(&" ".repeat(widths[column] - cell.width() + 1));
                }
            }
            text.push_str(" }");
            text.push_str(after);
            line.text = text;
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack;

    fn formatted(text: &str) -> String {
        format("a.toml", text).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    #[test]
    fn comments_stay_spaces_are_put_right_and_strings_are_left_alone() {
        let text = "# a pack\n\n\n[[value]]   # why\ncode=\"x\"\nname   =  \"甲  =  乙\"\n\
                    keys = [ \"hukou\" ,\"age\", ]\nhistory=[{from=\"2020-01\",amount=1}]\n\
                    [[value]]\ncode = '''\n a  =  1 '''\n";
        let form = "# a pack\n\n[[value]]  # why\ncode = \"x\"\nname = \"甲  =  乙\"\n\
                    keys = [\"hukou\", \"age\"]\nhistory = [{ from = \"2020-01\", amount = 1 }]\n\
                    \n[[value]]\ncode = '''\n a  =  1 '''\n";
        assert_eq!(formatted(text), form);
        assert_eq!(formatted(form), form, "a second time changes nothing");
    }

    #[test]
    fn rows_with_the_same_keys_stand_below_each_other() {
        let text = "x = [\n{a=\"甲\", b=1}, # one\n  {a = \"long\", b = 22},\n  { c = 1 },\n]\n";
        assert_eq!(
            formatted(text),
            "x = [\n{ a = \"甲\", b = 1 },  # one\n  { a = \"long\", b = 22 },\n  { c = 1 },\n]\n"
        );
        let text = "x = [\n  {a=\"甲\", b=1}, # one\n  {a = \"long\", b = 22},\n  { c = 1 },\n]\n";
        assert_eq!(
            formatted(text),
            "x = [\n  { a = \"甲\",   b = 1 },  # one\n  { a = \"long\", b = 22 },\n  { c = 1 },\n]\n"
        );
    }

    #[test]
    fn the_default_pack_keeps_its_meaning_and_a_second_time_changes_nothing() {
        for (path, text) in pack::xincheng() {
            let once = formatted(&text);
            assert_eq!(
                toml::from_str::<toml::Table>(&text).unwrap(),
                toml::from_str::<toml::Table>(&once).unwrap(),
                "{path}"
            );
            assert_eq!(formatted(&once), once, "{path}");
            let comments = |text: &str| text.lines().filter(|line| line.trim().starts_with('#')).count();
            assert_eq!(comments(&once), comments(&text), "{path}");
        }
    }

    #[test]
    fn what_is_no_toml_is_shown_where() {
        let faults = format("a.toml", "a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(faults.faults()[0].line, 2);
    }
}
