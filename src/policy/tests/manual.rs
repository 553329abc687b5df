//! `docs/policy.md` beside the language: both columns of its tables are the same rule, and nothing that
//! can be called is left out.

use super::facts::*;
use crate::policy::{Speaker, Type};
use crate::words::Language;

const MANUAL: &str = include_str!("../../../docs/policy.md");

/// What is written in backticks in a row of a table, by column.
fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect()
}

#[test]
fn both_columns_of_the_manual_s_tables_compile_to_the_same_rule() {
    let speaker = Speaker { rulebook: &PACK, language: Language::En };
    let mut roster = "";
    let mut rows = 0;
    for line in MANUAL.lines() {
        if let Some((_, named)) = line.split_once("(roster `") {
            roster = named.split('`').next().unwrap();
        }
        if line.starts_with("### The grammar") {
            break;
        }
        let cells = cells(line);
        let [what, english, chinese] = cells[..] else { continue };
        if roster.is_empty() || what == "what" || what.starts_with("--") {
            continue;
        }
        let said = |text: &str| {
            let found = compiled(roster, &[], text, Type::Boolean)
                .or_else(|_| compiled(roster, &[], text, Type::Money));
            match found {
                Ok(expression) => speaker.plain(&expression),
                Err(complaints) => panic!("{what}: {text}: {complaints:#?}"),
            }
        };
        assert_eq!(said(english), said(chinese), "{what}");
        rows += 1;
    }
    assert!(rows >= 30, "{rows}");
}

#[test]
fn everything_that_can_be_called_stands_in_the_manual_in_both_languages() {
    for (code, word) in crate::policy::types::callable() {
        assert!(MANUAL.contains(&format!("{code}(")), "{code}");
        assert!(MANUAL.contains(word), "{word}");
    }
    for word in crate::policy::syntax::WORDS {
        assert!(MANUAL.contains(word), "{word}");
    }
}
