//! What a reader of TOML says of a mistake in settings that people write (disburse.toml, bank profiles), turned
//! from its English into findings of ours: what stands there, and how it is written.

use crate::domain::{Finding, Place, Severity, Text, nearest};

/// The finding about a text of this file that could not be read.
pub fn finding(file: &str, text: &str, fault: &toml::de::Error) -> Finding {
    let start = fault.span().map_or(0, |span| span.start.min(text.len()));
    let row = text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count() as u32 + 1;
    let place = Place { file: file.into(), row, ..Place::default() };
    let (code, arguments) = said(fault.message(), &key(text, start));
    Finding { arguments, ..Finding::new(code, Severity::Error, place) }
}

/// The setting whose value begins here: the name before the last `=` on the line, else the first name on it.
fn key(text: &str, start: usize) -> String {
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[begin..].lines().next().unwrap_or("");
    let before = text[begin..start].rsplit_once('=').map(|(before, _)| before);
    let name = before.or(line.split('=').next()).unwrap_or("").trim_end();
    let from = name.rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)));
    name[from.map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8))..].to_owned()
}

type Said = (&'static str, Vec<(&'static str, Text)>);

/// The words between two marks that come first.
fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

fn said(message: &str, key: &str) -> Said {
    let of = |name: &'static str, value: &str| (name, Text::from(value));
    // `expected one of `a`, `b``: every second piece between back quotes is a name.
    let known: Vec<&str> = message
        .split_once("expected")
        .map_or(Vec::new(), |(_, rest)| rest.split('`').skip(1).step_by(2).collect());
    let named = between(message, '`', '`').unwrap_or("");
    if message.starts_with("unknown field") {
        return match nearest(named, known.iter().copied()) {
            Some(near) => ("settings-key-near", vec![of("key", named), of("near", near)]),
            None => ("settings-key-unknown", vec![of("key", named), of("known", &known.join(", "))]),
        };
    }
    if message.starts_with("unknown variant") {
        let blanks = vec![of("key", key), of("written", named), of("known", &known.join(", "))];
        return ("settings-word-unknown", blanks);
    }
    if message.starts_with("missing field") {
        return ("settings-key-missing", vec![of("key", named)]);
    }
    if message.starts_with("duplicate key") {
        return ("settings-key-twice", vec![of("key", if named.is_empty() { key } else { named })]);
    }
    if let Some(written) = between(message, '“', '”') {
        let code = if message.contains("not a month") { "settings-month" } else { "settings-amount" };
        return (code, vec![of("key", key), of("written", written)]);
    }
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let expected = message.rsplit_once("expected ").map_or("", |(_, expected)| expected);
        let code = match expected.trim_start_matches("a ").trim_start_matches("an ") {
            "string" | "str" | "borrowed string" => "settings-needs-text",
            "boolean" => "settings-needs-flag",
            "character" => "settings-needs-character",
            "sequence" => "settings-needs-list",
            whole if whole.starts_with(['u', 'i']) && whole.len() < 8 => "settings-needs-number",
            _ => "settings-needs-table",
        };
        return (code, vec![of("key", key)]);
    }
    ("settings-form", vec![of("detail", &message.replace('\n', "; "))])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Money, Month};
    use crate::words::{self, Language};

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Settings {
        first_month: Option<Month>,
        amount: Option<Money>,
        days: Option<u32>,
        whole: Option<bool>,
        name: Option<String>,
        names: Option<Vec<String>>,
        table: Option<BTreeMap<String, String>>,
    }

    fn said_of(text: &str) -> String {
        let fault = toml::from_str::<Settings>(text).unwrap_err();
        let (message, _) = words::finding(Language::Zh, &finding("disburse.toml", text, &fault));
        message
    }

    #[test]
    fn a_mistake_is_said_in_the_words_of_whoever_made_it() {
        assert_eq!(said_of("first_month = \"2023-2\""), "first_month 写的“2023-2”不是月份。");
        assert_eq!(
            said_of("days = 3\nfrist_month = \"2023-02\""),
            "不认识的设置“frist_month”，是不是 first_month？"
        );
        assert!(said_of("colour = 1").starts_with("不认识的设置“colour”，可写：first_month, amount"));
        assert_eq!(said_of("amount = \"12.345\""), "amount 写的“12.345”不是金额。");
        assert_eq!(said_of("days = \"three\""), "days 要写成整数，不加引号。");
        assert_eq!(said_of("days = -3"), "days 要写成整数，不加引号。");
        assert_eq!(said_of("amount = 12"), "amount 的值要加引号。");
        assert_eq!(said_of("whole = \"yes\""), "whole 只能写 true 或 false。");
        assert_eq!(said_of("names = \"a\""), "names 要写成清单，例如 [\"…\", \"…\"]。");
        assert_eq!(said_of("table = 1"), "table 要写成一组设置。");
        assert_eq!(said_of("days = 1\ndays = 2"), "days 写了两次。");
        assert!(said_of("days = ").starts_with("这一行的写法不对（"));
    }
}
