//! The catalogue of everything said to a person, in Chinese and English. Each room keeps its own
//! file beside this one; a code has a message, and findings and faults have an action (what to do
//! next). Blanks are written `{name}`.

pub mod settings;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::domain::{Fault, Finding, Text};

/// The language of messages and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese, the default.
    #[default]
    Zh,
    /// English.
    En,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
    #[serde(default)]
    zh_action: String,
    #[serde(default)]
    en_action: String,
}

/// The catalogue's files, one a room.
const FILES: &[(&str, &str)] = &[
    ("core", include_str!("core.toml")),
    ("calendar", include_str!("calendar.toml")),
    ("cli", include_str!("cli.toml")),
    ("explain", include_str!("explain.toml")),
    ("crossed", include_str!("crossed.toml")),
    ("exports", include_str!("exports.toml")),
    ("intake", include_str!("intake.toml")),
    ("integrity", include_str!("integrity.toml")),
    ("ledger", include_str!("ledger.toml")),
    ("papers", include_str!("papers.toml")),
    ("pay", include_str!("pay.toml")),
    ("policy", include_str!("policy.toml")),
    ("reconcile", include_str!("reconcile.toml")),
    ("report", include_str!("report.toml")),
    ("returns", include_str!("returns.toml")),
    ("workspace", include_str!("workspace.toml")),
];

static CATALOGUE: LazyLock<FxHashMap<String, Entry>> = LazyLock::new(|| {
    let mut catalogue = FxHashMap::default();
    for (name, text) in FILES {
        let entries: FxHashMap<String, Entry> =
            toml::from_str(text).unwrap_or_else(|fault| panic!("catalogue {name}: {fault}"));
        for (code, entry) in entries {
            let before = catalogue.insert(code.clone(), entry);
            assert!(before.is_none(), "catalogue: {code} stands twice");
        }
    }
    catalogue
});

fn filled(template: &str, arguments: &[(&'static str, Text)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        text.push_str(&rest[..open]);
        let blank = &rest[open + 1..open + length];
        match arguments.iter().find(|(name, _)| *name == blank) {
            Some((_, value)) => text.push_str(value),
            None => text.push_str(&rest[open..=open + length]),
        }
        rest = &rest[open + length + 1..];
    }
    text.push_str(rest);
    text
}

/// What a code says, its blanks filled. An unknown code says itself, so that nothing is silent.
pub fn say(language: Language, code: &str, arguments: &[(&'static str, Text)]) -> String {
    match (CATALOGUE.get(code), language) {
        (Some(entry), Language::Zh) => filled(&entry.zh, arguments),
        (Some(entry), Language::En) => filled(&entry.en, arguments),
        (None, _) => code.to_owned(),
    }
}

/// What to do next about a code.
pub fn action(language: Language, code: &str, arguments: &[(&'static str, Text)]) -> String {
    match (CATALOGUE.get(code), language) {
        (Some(entry), Language::Zh) => filled(&entry.zh_action, arguments),
        (Some(entry), Language::En) => filled(&entry.en_action, arguments),
        (None, _) => String::new(),
    }
}

/// A finding's message and action.
pub fn finding(language: Language, finding: &Finding) -> (String, String) {
    (say(language, finding.code, &finding.arguments), action(language, finding.code, &finding.arguments))
}

/// A fault's message and action.
pub fn fault(language: Language, fault: &Fault) -> (String, String) {
    (say(language, fault.code, &fault.arguments), action(language, fault.code, &fault.arguments))
}

/// Whether the catalogue holds a code.
pub fn knows(code: &str) -> bool {
    CATALOGUE.contains_key(code)
}

/// All codes, sorted.
pub fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = CATALOGUE.keys().map(String::as_str).collect();
    codes.sort_unstable();
    codes
}

/// The blanks `{name}` of a text, for the test that both languages use the same.
pub fn blanks(text: &str) -> Vec<&str> {
    let mut blanks: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(blank, _)| blank)).collect();
    blanks.sort_unstable();
    blanks.dedup();
    blanks
}

/// A name's first character, and as many stars as there were others: names on a terminal.
pub fn mask_name(name: &str) -> String {
    let rest = name.chars().count().saturating_sub(1);
    name.chars().take(1).chain(std::iter::repeat_n('*', rest)).collect()
}

/// Hides the middle of every run of 12 or more digits: identity numbers and accounts never reach a
/// terminal or a log whole. Digits inside a hexadecimal digest are left alone.
pub fn mask(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let hexadecimal = |at: Option<&char>| at.is_some_and(|c| matches!(c, 'a'..='f'));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let mut end = at;
        while end < characters.len()
            && (characters[end].is_ascii_digit() || (matches!(characters[end], 'X' | 'x') && end - at == 17))
        {
            end += 1;
        }
        let digest = hexadecimal(at.checked_sub(1).and_then(|before| characters.get(before)))
            || hexadecimal(characters.get(end));
        let run = &characters[at..end];
        if run.len() >= 12 && !digest {
            let head = if run.len() >= 15 { 6 } else { 4 };
            masked.extend(&run[..head]);
            masked.push_str(&"*".repeat(run.len() - head - 2));
            masked.extend(&run[run.len() - 2..]);
        } else if run.is_empty() {
            masked.push(characters[at]);
            end += 1;
        } else {
            masked.extend(run);
        }
        at = end;
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_everything_with_the_same_blanks() {
        for (code, entry) in CATALOGUE.iter() {
            assert!(!entry.zh.is_empty() && !entry.en.is_empty(), "{code} is not said in both languages");
            assert_eq!(blanks(&entry.zh), blanks(&entry.en), "{code}");
            assert_eq!(
                entry.zh_action.is_empty(),
                entry.en_action.is_empty(),
                "{code}: action in one language only"
            );
        }
    }

    #[test]
    fn long_numbers_keep_only_their_ends() {
        assert_eq!(mask("a 11010519491231002X b 2023-02"), "a 110105**********2X b 2023-02");
        assert_eq!(mask("6299990000000109672"), "629999***********72");
        assert_eq!(mask("账号：012345678901，12345678901"), "账号：0123******01，12345678901");
        assert_eq!(mask("heads 7 ab123456789012345678cd"), "heads 7 ab123456789012345678cd");
    }
}
